/* SPDX-License-Identifier: ISC */
#ifndef SS_BITS_H
#define SS_BITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * A bit string of n bits is an array of ss_bits_words(n) 64-bit words.  Bit i
 * is bit i % 64 of word i / 64, counted from the least significant one; what
 * is left of the last word is zero, and every function here keeps it so.  As
 * bytes (in files and messages), bit i is bit i % 8 of byte i / 8, again from
 * the least significant one.                            docs/qkd.md, Bits
 */
static inline size_t
ss_bits_words(size_t n)
{
	return n / 64 + (n % 64 != 0);
}

static inline size_t
ss_bits_bytes(size_t n)
{
	return n / 8 + (n % 8 != 0);
}

static inline int
ss_bits_get(const uint64_t *b, size_t i)
{
	return (int)(b[i / 64] >> i % 64 & 1);
}

static inline void
ss_bits_put(uint64_t *b, size_t i, int v)
{
	uint64_t one = (uint64_t)1 << i % 64;

	b[i / 64] = v ? b[i / 64] | one : b[i / 64] & ~one;
}

static inline void
ss_bits_flip(uint64_t *b, size_t i)
{
	b[i / 64] ^= (uint64_t)1 << i % 64;
}

/* Parity of one word: 1 if an odd number of its bits are set. */
static inline int
ss_bits_odd(uint64_t w)
{
	return __builtin_parityll(w);
}

/* The bits of the last word of n that are part of the string. */
static inline uint64_t
ss_bits_tail(size_t n)
{
	return n % 64 ? ((uint64_t)1 << n % 64) - 1 : ~(uint64_t)0;
}

void ss_bits_zero(uint64_t *b, size_t n);

/* ss_bits_xor - out ^= in. */
void ss_bits_xor(uint64_t *out, const uint64_t *in, size_t n);

/* How many bits are set; in how many places a and b differ. */
size_t ss_bits_count(const uint64_t *b, size_t n);
size_t ss_bits_distance(const uint64_t *a, const uint64_t *b, size_t n);

/* ss_bits_parity - of the bits from .. to-1. */
int ss_bits_parity(const uint64_t *b, size_t from, size_t to);

/*
 * ss_bits_copy - len bits of `in`, from bit `at` on, become the bits of out
 * from bit `to` on.  The two do not overlap.  Words of out outside that range
 * keep their value.
 */
void ss_bits_copy(
    uint64_t *out, size_t to, const uint64_t *in, size_t at, size_t len);

/*
 * ss_bits_select - the bits of `in` whose bit in `keep` is set, one after
 * the other: sifting, and taking a sample out.  Returns how many.  out may be
 * the same array as in; it has room for as many bits as are selected.
 */
size_t ss_bits_select(
    uint64_t *out, const uint64_t *in, const uint64_t *keep, size_t n);

/* ss_bits_prefix - bit i of out is the parity of bits 0 .. i-1 of in, for i
 * in 0 .. n: n + 1 bits.  The parity of any range is then two look-ups. */
void ss_bits_prefix(uint64_t *out, const uint64_t *in, size_t n);

void ss_bits_to_bytes(uint8_t *out, const uint64_t *b, size_t n);
/* bits after the n-th are dropped */
void ss_bits_from_bytes(uint64_t *b, const uint8_t *in, size_t n);

#endif
