/* SPDX-License-Identifier: ISC */
#ifndef SS_MITM_H
#define SS_MITM_H

#include "mallory.h"
#include "wscut.h"
#include <sys/types.h>

/*
 * The man in the middle: two ends, left and right, each a pair of FIFOs or a
 * command between two pipes.  Whole records go both ways, through operations
 * of the attacker's, in one poll loop that never waits for one of the two.
 */
#define SS_MITM_OPS_MAX 16

/* One direction. */
struct ss_way {
	const char *from;
	int in, out; /* -1 when closed */
	struct ss_cut cut;
	uint64_t count, off; /* of the records that came */
	struct ss_mallory op[SS_MITM_OPS_MAX];
	size_t nops;
	/* what waits for the reader */
	uint8_t *queue;
	size_t at, have, size;
	int failed; /* what came was no stream of records */
};

struct ss_mitm {
	struct ss_way way[2]; /* from left to right, from right to left */
	pid_t child[2];       /* 0: none */
};

/*
 * xmitm_open - "fifo:IN,OUT" (we read IN, somebody else writes it) or
 * "exec:COMMAND" for each end.  Waits until both readers have opened their
 * FIFO; dies if an end cannot be opened.  The ways' operations are set.
 */
void xmitm_open(struct ss_mitm *m, const char *left, const char *right);

/*
 * ss_mitm_run - until both sides have closed.
 *
 * 0, or the exit status: 1 if a side sent what is no record, otherwise the
 * first command's that failed.
 */
int ss_mitm_run(struct ss_mitm *m);
void ss_mitm_close(struct ss_mitm *m);

#endif
