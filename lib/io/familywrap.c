/* SPDX-License-Identifier: ISC */
#include "familywrap.h"
#include "../proto/data.h"
#include "io.h"
#include "rsamake.h"
#include <sodium.h>
#include <string.h>

#define RSA_BITS 3072

static void
count(void *arg, enum ss_keyop op)
{
	((int *)arg)[op]++;
}

/* An identity, and another one that goes under the same public half. */
static void
xmake(struct ss_identity *id, struct ss_identity *impostor, const char *name,
    int rsa)
{
	struct ss_identity *const both[] = { id, impostor };
	uint8_t seed[64];

	for (int i = 0; i < 2; i++) {
		ss_random(seed, sizeof(seed));
		if (ss_identity_make(both[i], name, seed) != SS_OK)
			ss_die(SS_ERR_SYSTEM, "an identity");
	}
	if (rsa)
		xrsa_make(id, RSA_BITS);
	impostor->pub = id->pub;
	sodium_memzero(seed, sizeof(seed));
}

void
xwraprun_open(struct ss_wraprun *r, const char *what, int from)
{
	if (!(r->family = ss_wrap_find(what)))
		ss_die(SS_ERR_SUITE, "%s", what);
	r->from = from;
	xmake(&r->alice, &r->not_alice, "alice", 0);
	xmake(&r->bob, &r->not_bob, "bob", r->family->code == SS_WRAP_RSA);
	r->trace = (struct ss_trace){ .op = count, .arg = r->ops };
}

/* Opens what was sent, by the sender if one is meant; 1 if the epoch is
 * ours. */
static int
take(struct ss_wraprun *r, const struct ss_identity *self,
    const struct ss_public *peer)
{
	struct ss_wrap_end w = { .self = self, .trace = &r->trace,
		.peer = peer };
	struct ss_epoch e = { 0 };
	struct ss_introducer i;
	int ok = ss_wrap_receive(&e, &i, r->rec, r->len, &w) == SS_OK;

	ss_epoch_wipe(&e);
	ss_wrap_wipe(&w);
	return ok;
}

int
ss_wraprun_send(struct ss_wraprun *r, int false_alice, int false_bob)
{
	struct ss_wrap_end w = { .peer = &r->bob.pub,
		.aead = SS_CHACHAPOLY, .trace = &r->trace };
	struct ss_buf b = { r->rec, 0, sizeof(r->rec), 0 };
	uint8_t salt[SS_SALT_BYTES], entropy[SS_WRAP_ENTROPY];
	struct ss_epoch e = { 0 };
	uint8_t data[SS_DATA_OVERHEAD];
	struct ss_introducer i;
	struct ss_header h = { 0 };
	int ok;

	memset(r->ops, 0, sizeof(r->ops));
	if (r->from)
		w.self = false_alice ? &r->not_alice : &r->alice;
	ss_random(salt, sizeof(salt));
	ss_random(entropy, sizeof(entropy));
	ok = ss_wrap_send(&e, &i, r->family, salt, entropy, &w) == SS_OK &&
	    ss_wrap_put(&b, &i, &e, &w) == SS_OK &&
	    ss_data_seal(data, NULL, 0, 0, SS_DATA_FINAL, &e) == SS_OK &&
	    ss_header_get(&h, data) == SS_OK;
	r->len = b.len;
	r->record = SS_HEADER_BYTES + h.body;
	sodium_memzero(entropy, sizeof(entropy));
	ss_epoch_wipe(&e);
	ss_wrap_wipe(&w);
	return ok && take(r, false_bob ? &r->not_bob : &r->bob,
	    r->from ? &r->alice.pub : NULL);
}

int
ss_wraprun_thief(struct ss_wraprun *r)
{
	return take(r, &r->bob, r->from ? &r->alice.pub : NULL);
}

int
ss_wraprun_needs_peer(struct ss_wraprun *r)
{
	return !take(r, &r->bob, NULL) && take(r, &r->bob, &r->alice.pub);
}
