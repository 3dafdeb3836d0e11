/* SPDX-License-Identifier: ISC */
#ifndef SS_HASH_H
#define SS_HASH_H

#include "err.h"
#include <stddef.h>
#include <stdint.h>

#define SS_HASH_BYTES 32 /* SHA-256 */

/* ss_hash - SHA-256.                                        FIPS 180-4 */
void ss_hash(
    uint8_t out[static SS_HASH_BYTES], const uint8_t *in, size_t len);

/* ss_hash2 - SHA-256 of a || b. */
void ss_hash2(uint8_t out[static SS_HASH_BYTES], const uint8_t *a,
    size_t alen, const uint8_t *b, size_t blen);

/* ss_hmac - HMAC-SHA-256 with a key of any length.            RFC 2104 */
void ss_hmac(uint8_t out[static SS_HASH_BYTES], const uint8_t *in, size_t len,
    const uint8_t *key, size_t keylen);

/*
 * ss_hkdf_extract - prk = HMAC(salt, ikm).  An empty salt is 32 zero bytes.
 *                                                        RFC 5869, 2.2
 */
void ss_hkdf_extract(uint8_t prk[static SS_HASH_BYTES], const uint8_t *salt,
    size_t saltlen, const uint8_t *ikm, size_t ikmlen);

/*
 * ss_hkdf_expand - len bytes (1 .. 255 * 32) from prk.    RFC 5869, 2.3
 */
void ss_hkdf_expand(uint8_t *out, size_t len, const uint8_t *info,
    size_t infolen, const uint8_t prk[static SS_HASH_BYTES]);

/* ss_hkdf - extract, then expand.                         RFC 5869, 2 */
void ss_hkdf(uint8_t *out, size_t len, const uint8_t *salt, size_t saltlen,
    const uint8_t *ikm, size_t ikmlen, const uint8_t *info, size_t infolen);

#endif
