/* SPDX-License-Identifier: ISC */
#ifndef SS_FAMILYWRAP_H
#define SS_FAMILYWRAP_H

#include "../proto/wrap.h"

/*
 * One epoch to a public key, both ends in one process: honest, or with
 * somebody in the place of one.
 */
struct ss_wraprun {
	const struct ss_wrap *family;
	int from; /* the sender says, and proves, who it is */
	struct ss_identity alice, bob, not_alice, not_bob;
	/* of the last run */
	struct ss_trace trace;
	int ops[SS_OPS];
	uint8_t rec[2048]; /* the introducer */
	size_t len, record; /* and an empty data record */
};

/* xwraprun_open - alice and bob for "hpke" or "rsa"; in memory that the caller
 * got from xsecret_alloc. */
void xwraprun_open(struct ss_wraprun *r, const char *what, int from);

/*
 * ss_wraprun_send - 1 if what this sender makes opens for this recipient, who
 * are honest or impostors: these know every public key and no secret one.
 */
int ss_wraprun_send(struct ss_wraprun *r, int false_alice, int false_bob);

/* ss_wraprun_thief - 1 if somebody who recorded the last run and stole the
 * recipient's key file opens it. */
int ss_wraprun_thief(struct ss_wraprun *r);

/* ss_wraprun_needs_peer - 1 if the recipient of the last run opens it only
 * with the sender's public key. */
int ss_wraprun_needs_peer(struct ss_wraprun *r);

#endif
