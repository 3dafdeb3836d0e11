/* SPDX-License-Identifier: ISC */
#ifndef SS_TOEPLITZ_H
#define SS_TOEPLITZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * Privacy amplification: the key, n bits of which Eve knows some, times a
 * random Toeplitz matrix over GF(2), is m bits of which she knows none to
 * speak of.  A Toeplitz matrix is constant along its diagonals, so that n + m
 * - 1 bits describe it:
 *
 *     out[i] = sum over j of seed[i + n - 1 - j] in[j]   (mod 2)
 *
 * Such matrices are a 2-universal family (Mansour, Nisan, Tiwari 1990;
 * Krawczyk 1994), which is what the leftover hash lemma asks for, if the seed
 * is n + m - 1 truly random bits, drawn when the key is fixed; it is public.
 * A short seed stretched by a cipher would do for anybody who cannot break
 * the cipher, but the claim would no longer be one about all adversaries.
 *
 * That sum is a convolution: counted in integers modulo a prime, by a number
 * theoretic transform of 2^k >= n + m - 1 points, and then taken modulo 2.
 */
#define SS_TOEPLITZ_MAX (1u << 27) /* n + m - 1 bits */

/* bits of seed */
static inline size_t
ss_toeplitz_seed(size_t n, size_t m)
{
	return n + m - 1;
}

/* Bytes of work space: 8 * 2^k, that is 8 to 16 times n + m. */
size_t ss_toeplitz_work(size_t n, size_t m);

/*
 * ss_toeplitz - out: m bits from the n of in; 1 <= m, 1 <= n, n + m - 1 at
 * most SS_TOEPLITZ_MAX.  work is ss_toeplitz_work(n, m) bytes, aligned for
 * uint32_t; it then holds what the key follows from, and is the caller's to
 * wipe.
 */
void ss_toeplitz(uint64_t *out, size_t m, const uint64_t *in, size_t n,
    const uint64_t *seed, void *work);

#endif
