/* SPDX-License-Identifier: ISC */
#ifndef SS_HOLD_H
#define SS_HOLD_H

#include "when.h"
#include <stddef.h>

/*
 * Bytes that wait for more bytes, or for a key.  A capture may hold thousands
 * of connections, each with its part of a record, so they draw from one pool.
 */
#define SS_POOL_MAX (128 << 20)

struct ss_pool {
	size_t used; /* bytes allocated by all */
};

struct ss_hold {
	uint8_t *at; /* owned */
	size_t len, size;
};

/* ss_hold_room - room for n more bytes behind len.  0; -1: no memory, or the
 * pool is used up.  pool may be NULL: no bound. */
int ss_hold_room(struct ss_hold *h, struct ss_pool *pool, size_t n);
/* ss_hold_put - append; 0 or -1 as above, and then nothing has changed */
int ss_hold_put(struct ss_hold *h, struct ss_pool *pool, const uint8_t *in,
    size_t n);
/* ss_hold_drop - the first n bytes are done with. */
void ss_hold_drop(struct ss_hold *h, size_t n);
void ss_hold_free(struct ss_hold *h, struct ss_pool *pool);

/*
 * What came when, of the bytes in a hold that may wait for long.  At most
 * SS_MARKS_MAX pieces are told apart, then the last one counts as longer.
 */
#define SS_MARKS_MAX 4096

struct ss_marks {
	struct ss_mark {
		size_t end; /* behind the piece's last byte, in the hold */
		struct ss_when when;
	} *at; /* owned */
	unsigned n, size;
};

/* Bytes up to end have come. */
void ss_marks_put(struct ss_marks *m, size_t end, struct ss_when when);
/* When the byte before `end` came; otherwise if that is not known. */
struct ss_when ss_marks_find(
    const struct ss_marks *m, size_t end, struct ss_when otherwise);
/* as ss_hold_drop */
void ss_marks_drop(struct ss_marks *m, size_t n);
void ss_marks_free(struct ss_marks *m);

#endif
