/* SPDX-License-Identifier: ISC */
#include "familyrun.h"
#include "file.h"
#include "io.h"
#include <sodium.h>
#include <string.h>

#define DAY      ((uint64_t)86400)
#define NOW      (20000 * DAY)
#define LIFETIME (30 * DAY)

static const char *const names[SS_SIDES] = { "alice", "bob" };

/* Keys of everything, under the name of a side. */
static enum ss_err
make_party(struct ss_party *p, int side, int one_time)
{
	uint8_t seed[64];
	enum ss_err e;

	ss_random(seed, sizeof(seed));
	if ((e = ss_identity_make(&p->id, names[side], seed)) != SS_OK)
		return e;
	ss_random(p->psk, sizeof(p->psk));
	ss_prekeys_init(&p->prekeys, &p->id.pub);
	ss_random(seed, sizeof(seed));
	e = ss_prekeys_rotate(
	    &p->prekeys, &p->id, seed, NOW, LIFETIME, LIFETIME, "");
	if (e == SS_OK && one_time)
		e = ss_prekeys_add(&p->prekeys, seed + 32);
	sodium_memzero(seed, sizeof(seed));
	return e == SS_OK ? ss_bundle_of(&p->bundle, &p->prekeys, NOW) : e;
}

/* One side, ready for the first message. */
static enum ss_err
start(struct ss_familyrun *r, int side, const struct ss_party *self,
    int brings)
{
	const struct ss_party *peer = &r->party[!side];
	uint8_t run[SS_RUN_BYTES];
	struct ss_handshake_config c = { .initiator = side == SS_SIDE_I,
		.suite = r->suite, .mode = r->family->mode(r->suite),
		.profile = "", .now = NOW, .trace = &r->trace[side] };

	if (brings & SS_BRINGS_SELF)
		c.self = &self->id;
	if (brings & SS_BRINGS_PEER)
		c.peer = &peer->id.pub;
	if (brings & SS_BRINGS_PSK) {
		c.psks = &self->psk;
		c.npsks = 1;
	}
	if (brings & SS_BRINGS_PREKEYS && side == SS_SIDE_I)
		c.bundle = &peer->bundle;
	if (brings & SS_BRINGS_PREKEYS && side == SS_SIDE_R)
		c.prekeys = &self->prekeys;
	memset(r->ops[side], 0, sizeof(r->ops[side]));
	ss_random(run, sizeof(run));
	return ss_handshake_start(&r->hs[side], r->family, &c, run);
}

static int
count_bits(int n)
{
	return n ? (n & 1) + count_bits(n >> 1) : 0;
}

/* By trying everything: the fewest things that a side can start with. */
static int
find_needs(struct ss_familyrun *r, int side)
{
	int best = -1;

	for (int b = 0; b < SS_BRINGS; b++)
		if ((best < 0 || count_bits(b) < count_bits(best)) &&
		    start(r, side, &r->party[side], b) == SS_OK)
			best = b;
	return best;
}

static void
count(void *arg, enum ss_keyop op)
{
	((int *)arg)[op]++;
}

void
xfamilyrun_open(struct ss_familyrun *r, const char *what, int one_time)
{
	enum ss_err e = ss_family_choose(&r->family, &r->suite, what, 0);

	r->one_time = one_time;
	for (int s = 0; s < SS_SIDES && e == SS_OK; s++) {
		r->trace[s] = (struct ss_trace){ .op = count,
			.arg = r->ops[s] };
		e = make_party(&r->party[s], s, one_time);
		if (e == SS_OK)
			e = make_party(&r->other[s], s, one_time);
		/* the public half is known to all */
		r->other[s].id.pub = r->party[s].id.pub;
		r->other[s].prekeys.owner = r->party[s].id.pub;
	}
	memcpy(r->party[SS_SIDE_R].psk, r->party[SS_SIDE_I].psk, 32);
	for (int s = 0; s < SS_SIDES && e == SS_OK; s++)
		if ((r->brings[s] = find_needs(r, s)) < 0)
			e = SS_ERR_USAGE;
	if (e != SS_OK)
		ss_die(e, "%s", what);
}

static int
same_secret(const struct ss_agreed *a, const struct ss_agreed *b)
{
	return memcmp(a->hash, b->hash, sizeof(a->hash)) == 0 &&
	    a->secretlen == b->secretlen &&
	    sodium_memcmp(a->secret, b->secret, sizeof(a->secret)) == 0;
}

/* All messages; 1 if every one was taken. */
static int
pass(struct ss_familyrun *r)
{
	for (r->messages = 0; r->messages < r->hs[SS_SIDE_I].steps;
	    r->messages++) {
		uint8_t entropy[32], *msg = r->msg[r->messages];
		struct ss_buf b = { msg, 0, sizeof(r->msg[0]), 0 };
		int from = r->messages % 2 ? SS_SIDE_R : SS_SIDE_I;

		ss_random(entropy, sizeof(entropy));
		if (ss_handshake_write(&b, entropy, &r->hs[from]) != SS_OK ||
		    ss_handshake_read(&r->hs[!from], msg, b.len) != SS_OK)
			return 0;
		r->len[r->messages] = b.len;
	}
	return 1;
}

int
ss_familyrun_talk(struct ss_familyrun *r, enum ss_actor initiator,
    enum ss_actor responder)
{
	const enum ss_actor who[SS_SIDES] = { initiator, responder };
	struct ss_prekeys *prekeys = &r->party[SS_SIDE_R].prekeys;

	for (int s = 0; s < SS_SIDES; s++)
		if (start(r, s, who[s] == SS_IMPOSTOR ? &r->other[s]
		    : &r->party[s], r->brings[s]) != SS_OK)
			return 0;
	if (!pass(r))
		return 0;
	for (int s = 0; s < SS_SIDES; s++)
		if (ss_handshake_finish(&r->agreed[s], &r->hs[s]) != SS_OK)
			return 0;
	if (responder == SS_HONEST && r->agreed[SS_SIDE_R].use.signed_id &&
	    ss_prekeys_take(prekeys, &r->agreed[SS_SIDE_R].use, NULL) !=
		SS_OK)
		return 0;
	return same_secret(&r->agreed[SS_SIDE_I], &r->agreed[SS_SIDE_R]);
}

/*
 * The thief is the responder again, with the recorded messages.  (He cannot be
 * the initiator again: that one's first message would be another.)
 */
int
ss_familyrun_thief(struct ss_familyrun *r, int later)
{
	struct ss_prekeys *prekeys = &r->party[SS_SIDE_R].prekeys;
	struct ss_handshake *thief = &r->hs[SS_SIDE_R];
	struct ss_agreed a;
	uint8_t entropy[32], own[2048];
	int got = 0;

	prekeys->nseen = 0; /* he is not bound by what bob remembers */
	if (later)
		(void)ss_prekeys_purge(prekeys, NOW + 3 * LIFETIME);
	if (start(r, SS_SIDE_R, &r->party[SS_SIDE_R],
		r->brings[SS_SIDE_R]) != SS_OK)
		return 0;
	for (size_t m = 0; m < r->messages; m++) {
		struct ss_buf b = { own, 0, sizeof(own), 0 };
		enum ss_err e;

		ss_random(entropy, sizeof(entropy));
		e = m % 2 ? ss_handshake_write(&b, entropy, thief)
			  : ss_handshake_read(thief, r->msg[m], r->len[m]);
		if (e != SS_OK)
			return 0;
	}
	if (ss_handshake_finish(&a, thief) == SS_OK)
		got = same_secret(&a, &r->agreed[SS_SIDE_I]);
	sodium_memzero(&a, sizeof(a));
	return got;
}

/* An epoch of `from`; who of the two can open it, bob or his copy. */
static void
epoch(int opened[2], struct ss_session *from, struct ss_session *to,
    const struct ss_session *copy)
{
	uint8_t salt[SS_SALT_BYTES], fresh[32], key[SS_EPOCH_KEY_BYTES];
	uint8_t rec[SS_RATCHET_RECORD_BYTES];
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };
	struct ss_epoch sent = { 0 }, got = { 0 };
	struct ss_ratchet *next = xsecret_alloc(sizeof(*next));
	struct ss_introducer i;
	uint32_t gap;

	opened[0] = opened[1] = 0;
	ss_random(salt, sizeof(salt));
	ss_random(fresh, sizeof(fresh));
	if (ss_session_send(&sent, &i, salt, from) == SS_OK &&
	    ss_introducer_put(&b, &i, &sent) == SS_OK) {
		opened[1] = copy && ss_session_receive(key, &i, &gap, next,
		    rec, b.len, fresh, copy) == SS_OK;
		ss_random(fresh, sizeof(fresh));
		opened[0] = ss_session_receive(key, &i, &gap, next, rec,
		    b.len, fresh, to) == SS_OK;
	}
	if (opened[0])
		ss_session_accept(&got, to, next, key);
	ss_epoch_wipe(&sent);
	ss_epoch_wipe(&got);
	sodium_memzero(key, sizeof(key));
	sodium_free(next);
}

#define ROUNDS 3 /* of talk after the theft */

int
ss_familyrun_recovers(const struct ss_familyrun *r)
{
	struct ss_session *s = xsecret_alloc(3 * sizeof(*s));
	struct ss_session *alice = &s[0], *bob = &s[1], *copy = &s[2];
	uint8_t fresh[32];
	int opened[2] = { 0, 0 }, ok;

	ss_random(fresh, sizeof(fresh));
	ok = ss_session_begin(alice, &r->agreed[SS_SIDE_I], fresh, NULL) ==
	    SS_OK && ss_session_begin(bob, &r->agreed[SS_SIDE_R], fresh,
	    NULL) == SS_OK;
	if (ok)
		epoch(opened, alice, bob, NULL);
	*copy = *bob; /* the theft */
	ok = ok && opened[0];
	for (int i = 0; ok && i < ROUNDS; i++) {
		epoch(opened, bob, alice, NULL); /* if bob can answer */
		epoch(opened, alice, bob, copy);
		ok = opened[0];
	}
	sodium_free(s); /* wipes */
	return ok && !opened[1];
}
