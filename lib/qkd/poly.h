/* SPDX-License-Identifier: ISC */
#ifndef SS_POLY_H
#define SS_POLY_H

#include <stddef.h>
#include <stdint.h>

/*
 * A message as a polynomial, evaluated at a secret or late point r: the hash
 * of Poly1305 (RFC 8439, 2.5), over the integers modulo 2^130 - 5, in two
 * roles that need no assumption about anybody's computing power.
 *
 * The bound, for two different messages of at most len bytes, any difference
 * of their hashes, and r drawn at random after both are fixed or unknown to
 * who chose them:  8 ceil(len / 16) / 2^106.   (Bernstein 2005, theorem 3.3)
 */
#define SS_POLY_POINT 16 /* r; 22 of its bits are ignored */
#define SS_POLY_PAD 16   /* a one-time pad */
#define SS_POLY_TAG 16
#define SS_POLY_BITS (8 * SS_POLY_TAG)

/* ss_poly_bound - log2 of that bound; -103 for a message of up to 16 bytes. */
double ss_poly_bound(uint64_t len);

/*
 * ss_poly_hash - for comparing keys in public.  Alice draws r when
 * reconciliation is over, and sends it with the hash.  Equal hashes of
 * different keys: see the bound.  The hash tells Eve SS_POLY_BITS bits about
 * the key, to be counted as disclosed.
 */
void ss_poly_hash(uint8_t hash[static SS_POLY_TAG], const uint8_t *in,
    size_t len, const uint8_t r[static SS_POLY_POINT]);

/*
 * ss_poly_tag - authentication as by Wegman and Carter (1981): the hash plus
 * a pad.  r may serve for many messages as long as it stays secret, which the
 * pads see to: each is random, secret, and used for one message only.  Who
 * sees any number of tags forges one with a probability of the bound per
 * attempt.  Both sides take r and pads from a key shared beforehand, and put
 * back some of the key that they make.
 */
void ss_poly_tag(uint8_t tag[static SS_POLY_TAG], const uint8_t *in,
    size_t len, const uint8_t r[static SS_POLY_POINT],
    const uint8_t pad[static SS_POLY_PAD]);

/* ss_poly_check - 1 if the tag is right; in constant time. */
int ss_poly_check(const uint8_t tag[static SS_POLY_TAG], const uint8_t *in,
    size_t len, const uint8_t r[static SS_POLY_POINT],
    const uint8_t pad[static SS_POLY_PAD]);

#endif
