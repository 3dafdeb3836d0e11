/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/wire_qkd.h"
#include "../../lib/qkd/physics.h"
#include "../../lib/qkd/talk.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * A stranger who talks to Alice and to Bob, in the lab, where nothing proves
 * who speaks: whatever comes, they end with a key or with an error, and touch
 * no memory but their own.  The first byte says to whom; then records follow,
 * whose header, run and step are put right, so that what is fuzzed is what
 * they say.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

#define PULSES 2000
#define ROOMS  128

static struct ss_light light;
static struct ss_notes alice, bob;
static void *rooms[ROOMS];
static size_t nrooms;

static void *
room(void *arg, size_t bytes)
{
	(void)arg;
	if (nrooms == ROOMS)
		return NULL;
	return rooms[nrooms++] = calloc(1, bytes ? bytes : 1);
}

static void
shine(void)
{
	uint8_t seed[32] = { 1 };
	struct ss_dice d;

	if (sodium_init() < 0)
		abort();
	ss_dice_init(&d, seed);
	ss_light_send(&light, &alice, PULSES, &d);
	ss_light_measure(&bob, &light, &d);
}

/* A frame of light: read and written, it is the same. */
static void
frame(const uint8_t *in, size_t len)
{
	static uint8_t again[4 * SS_PLANE_BYTES];
	size_t count = len * 2;

	if (len % 4 == 0 && count <= SS_FRAME_PULSES &&
	    ss_light_get(&light, in, len, count) == SS_OK &&
	    (ss_light_put(again, &light) != len ||
		memcmp(again, in, len) != 0))
		abort();
}

/* The next record of the input: kind, flags, two bytes of length, the rest. */
static size_t
next(uint8_t *rec, const uint8_t **in, size_t *len, const struct ss_talk *t,
    int who)
{
	size_t n;

	if (*len < 4)
		return 0;
	n = (size_t)(*in)[2] << 8 | (*in)[3];
	if (n > *len - 4)
		n = *len - 4;
	ss_header_put(rec, SS_QKD | SS_TYPE_LAB,
	    (uint32_t)(SS_QKD_HEAD - SS_HEADER_BYTES + 2 + n));
	rec[8] = (*in)[0];
	rec[9] = (*in)[1];
	rec[10] = who == SS_ALICE ? SS_BOB : SS_ALICE;
	memset(rec + 11, 0, 8);
	ss_put32(rec + 19, t->step);
	rec[23] = rec[24] = 0;
	memcpy(rec + 25, *in + 4, n);
	*in += 4 + n;
	*len -= 4 + n;
	return SS_QKD_HEAD + 2 + n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static uint8_t rec[SS_RECORD_MAX + 65536];
	static struct ss_talk t;
	struct ss_talk_config c = { .profile = "unauthenticated",
		.variant = ss_cascade_find("option8"), .sample = 0.25,
		.threshold = 0.5, .eps_sec = 0.5, .eps_cor = 0.5,
		.pulses = PULSES, .room = room };
	struct ss_buf b = { rec, 0, SS_RECORD_MAX, 0 };
	size_t n;

	if (!alice.count)
		shine();
	if (len == 0 || len > 65536)
		return 0;
	frame(in, len);
	c.role = in[0] & 1 ? SS_BOB : SS_ALICE;
	c.click = bob.click;
	c.basis = in[0] & 1 ? bob.basis : alice.basis;
	c.value = in[0] & 1 ? bob.value : alice.value;
	in++;
	len--;
	if (ss_talk_begin(&t, &c) != SS_OK)
		abort();
	for (int steps = 0; steps < 1000; steps++) {
		enum ss_talk_turn turn = ss_talk_turn(&t);

		b.len = 0;
		if (turn == SS_TALK_WRITE) {
			ss_talk_write(&b, &t);
		} else if (turn == SS_TALK_READ) {
			if (!(n = next(rec, &in, &len, &t, (int)c.role)))
				break;
			ss_talk_read(&t, rec, n);
		} else if (turn == SS_TALK_SETTLE || turn == SS_TALK_LINGER) {
			ss_talk_quiet(&t);
		} else {
			break;
		}
	}
	if (ss_talk_turn(&t) == SS_TALK_DONE && t.sum.length < 256)
		abort();
	ss_talk_wipe(&t);
	while (nrooms)
		free(rooms[--nrooms]);
	return 0;
}
