/* SPDX-License-Identifier: ISC */
#ifndef SS_SHUFFLE_H
#define SS_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

#define SS_SHUFFLE_SEED 32

/*
 * A permutation of n bits that follows from a public seed and the number of a
 * pass.  Reconciliation needs it for one thing: errors that sit together in a
 * block of one pass are to be apart, independently, in the next.  A table of n
 * swapped indices does that, and costs a cache miss for each bit, in each
 * pass, on both sides.  This one moves words: the key is a matrix of rows of
 * 64 bits; the rows change places at random, each is rotated at random, then
 * the matrix is transposed; all of that three times.  Bits from different rows
 * land independently and uniformly; the second time, it is chance who shares
 * a row, and the third, who shared one with whose neighbour.  Short keys
 * (under SS_SHUFFLE_ROWS rows) are shuffled bit by bit.
 *                                               docs/qkd.md, Reconciliation
 */
#define SS_SHUFFLE_ROWS 64
#define SS_SHUFFLE_ROUNDS 3

struct ss_shuffle {
	uint32_t n, rows;    /* rows: of 64 bits; 0: bit by bit */
	/* where row r goes and what comes to row r; or the same for bits */
	uint32_t *to[SS_SHUFFLE_ROUNDS], *from[SS_SHUFFLE_ROUNDS];
	uint8_t *turn[SS_SHUFFLE_ROUNDS];
	uint32_t gaps;       /* rows * 64 - n places that hold no bit */
	uint32_t gap[64];    /* place of gap g, less g; ascending */
};

/* Bytes of memory that a shuffle of n bits uses, and that of the scratch space
 * for ss_shuffle_apply.  Both are multiples of 8. */
size_t ss_shuffle_bytes(uint32_t n);
size_t ss_shuffle_scratch(uint32_t n);

/*
 * ss_shuffle_init - the permutation of a pass, counted from 1; in the first,
 * every bit stays where it is.  mem is ss_shuffle_bytes(n) bytes, aligned for
 * uint64_t; it belongs to the caller and is referred to as long as sh is used.
 */
void ss_shuffle_init(struct ss_shuffle *sh, void *mem, uint32_t n,
    uint32_t pass, const uint8_t seed[static SS_SHUFFLE_SEED]);

/* ss_shuffle_apply - out: the n bits of `in`, shuffled.  scratch is
 * ss_shuffle_scratch(n) bytes, aligned for uint64_t. */
void ss_shuffle_apply(uint64_t *out, const uint64_t *in,
    const struct ss_shuffle *sh, void *scratch);

/* Where bit i goes, and which bit comes to place i. */
uint32_t ss_shuffle_to(const struct ss_shuffle *sh, uint32_t i);
uint32_t ss_shuffle_from(const struct ss_shuffle *sh, uint32_t i);

#endif
