/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/wrap.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * An introducer for our key, anonymous or not (the first byte says which).
 * The inputs have no MAC, and nobody finds one by searching: none is accepted.
 * Two that are right are tried first, or the target might only look at the
 * outside.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

static struct ss_identity alice, bob;

static int
people(void)
{
	uint8_t seed[64];

	if (sodium_init() < 0)
		return 0;
	memset(seed, 'a', sizeof(seed));
	if (ss_identity_make(&alice, "alice", seed) != SS_OK)
		return 0;
	memset(seed, 'b', sizeof(seed));
	return ss_identity_make(&bob, "bob", seed) == SS_OK;
}

/* One that is right, at both ends. */
static void
right(int auth)
{
	uint8_t rec[SS_INTRODUCER_RECORD_MAX], zeros[64] = { 0 };
	struct ss_wrap_end from = { .self = auth ? &alice : NULL,
		.peer = &bob.pub, .aead = SS_AESGCM };
	struct ss_wrap_end to = { .self = &bob,
		.peer = auth ? &alice.pub : NULL };
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };
	struct ss_epoch e = { 0 }, back = { 0 };
	struct ss_introducer i;

	if (ss_wrap_send(&e, &i, &ss_wrap_hpke, zeros, zeros, &from) !=
		SS_OK || ss_wrap_put(&b, &i, &e, &from) != SS_OK ||
	    ss_wrap_receive(&back, &i, rec, b.len, &to) != SS_OK ||
	    memcmp(e.key, back.key, 32) != 0)
		abort();
	ss_epoch_wipe(&e);
	ss_epoch_wipe(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static int made;
	struct ss_wrap_end to = { .self = &bob };
	struct ss_epoch e = { 0 };
	struct ss_introducer i;

	if (!made) {
		if (!people())
			abort();
		right(0);
		right(1);
		made = 1;
	}
	if (len == 0)
		return 0;
	if (in[0] & 1)
		to.peer = &alice.pub;
	if (ss_wrap_receive(&e, &i, in + 1, len - 1, &to) == SS_OK ||
	    !sodium_is_zero((uint8_t *)&e, sizeof(e)))
		abort();
	ss_wrap_wipe(&to);
	return 0;
}
