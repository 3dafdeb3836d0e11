/* SPDX-License-Identifier: ISC */
#ifndef SS_FAMILYRUN_H
#define SS_FAMILYRUN_H

#include "../proto/handshake.h"

/*
 * Both sides of a key agreement in one process: honest, or with somebody in
 * the place of one.  Everything is drawn afresh.
 */
enum { SS_SIDE_I, SS_SIDE_R, SS_SIDES }; /* initiator, responder */

/* What a side brings. */
enum {
	SS_BRINGS_SELF = 1,
	SS_BRINGS_PEER = 2,
	SS_BRINGS_PSK = 4,
	SS_BRINGS_PREKEYS = 8, /* the bundle, or its secrets */
	SS_BRINGS = 16         /* so many combinations */
};

/* Who takes the place of a side. */
enum ss_actor {
	SS_HONEST,
	SS_IMPOSTOR, /* knows every public key, and no secret one */
	SS_THIEF,    /* has what the side has on its disk after the run */
};

/* What one party owns. */
struct ss_party {
	struct ss_identity id;
	uint8_t psk[32];
	struct ss_prekeys prekeys;
	struct ss_bundle bundle;
};

struct ss_familyrun {
	const struct ss_family *family;
	uint16_t suite;
	int one_time;  /* with one-time prekeys, where there are prekeys */
	int brings[SS_SIDES]; /* the least that the side can start with */
	struct ss_party party[SS_SIDES], other[SS_SIDES];
	/* of the last run */
	struct ss_handshake hs[SS_SIDES];
	struct ss_agreed agreed[SS_SIDES];
	struct ss_trace trace[SS_SIDES];
	int ops[SS_SIDES][SS_OPS];
	size_t len[SS_HANDSHAKE_STEPS_MAX], messages;
	uint8_t msg[SS_HANDSHAKE_STEPS_MAX][2048];
};

/* xfamilyrun_open - two parties for a family ("noise:KK"); in memory that the
 * caller got from xsecret_alloc. */
void xfamilyrun_open(struct ss_familyrun *r, const char *what, int one_time);

/*
 * ss_familyrun_talk - all messages, with these two; 1 if both sides end with
 * the same secret.
 */
int ss_familyrun_talk(struct ss_familyrun *r, enum ss_actor initiator,
    enum ss_actor responder);

/*
 * ss_familyrun_thief - 1 if somebody who recorded the honest run in r and then
 * stole what both sides still have gets its secret.  r is used up.
 *   later  in  1: he comes when old prekeys are erased
 */
int ss_familyrun_thief(struct ss_familyrun *r, int later);

/*
 * ss_familyrun_recovers - 1 if a copied session file of the responder is of
 * no use for what the initiator sends after the two have gone on talking.
 */
int ss_familyrun_recovers(const struct ss_familyrun *r);

#endif
