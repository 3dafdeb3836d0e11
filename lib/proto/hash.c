/* SPDX-License-Identifier: ISC */
#include "hash.h"
#include <sodium.h>
#include <string.h>

void
ss_hash(uint8_t out[static SS_HASH_BYTES], const uint8_t *in, size_t len)
{
	crypto_hash_sha256(out, in, len);
}

void
ss_hash2(uint8_t out[static SS_HASH_BYTES], const uint8_t *a, size_t alen,
    const uint8_t *b, size_t blen)
{
	crypto_hash_sha256_state st;

	crypto_hash_sha256_init(&st);
	crypto_hash_sha256_update(&st, a, alen);
	crypto_hash_sha256_update(&st, b, blen);
	crypto_hash_sha256_final(&st, out);
	sodium_memzero(&st, sizeof(st));
}

void
ss_hmac(uint8_t out[static SS_HASH_BYTES], const uint8_t *in, size_t len,
    const uint8_t *key, size_t keylen)
{
	static const uint8_t empty[1];
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(&st, keylen ? key : empty, keylen);
	crypto_auth_hmacsha256_update(&st, in, len);
	crypto_auth_hmacsha256_final(&st, out);
	sodium_memzero(&st, sizeof(st));
}

void
ss_hkdf_extract(uint8_t prk[static SS_HASH_BYTES], const uint8_t *salt,
    size_t saltlen, const uint8_t *ikm, size_t ikmlen)
{
	/* HMAC pads its key with zeros: an empty salt is the zero salt */
	ss_hmac(prk, ikm, ikmlen, salt, saltlen);
}

void
ss_hkdf_expand(uint8_t *out, size_t len, const uint8_t *info, size_t infolen,
    const uint8_t prk[static SS_HASH_BYTES])
{
	crypto_auth_hmacsha256_state st;
	uint8_t t[SS_HASH_BYTES]; /* T(i) of RFC 5869 */

	for (uint8_t i = 1; len > 0; i++) {
		size_t n = len < sizeof(t) ? len : sizeof(t);

		crypto_auth_hmacsha256_init(&st, prk, SS_HASH_BYTES);
		if (i > 1)
			crypto_auth_hmacsha256_update(&st, t, sizeof(t));
		crypto_auth_hmacsha256_update(&st, info, infolen);
		crypto_auth_hmacsha256_update(&st, &i, 1);
		crypto_auth_hmacsha256_final(&st, t);
		memcpy(out, t, n);
		out += n;
		len -= n;
	}
	sodium_memzero(t, sizeof(t));
	sodium_memzero(&st, sizeof(st));
}

void
ss_hkdf(uint8_t *out, size_t len, const uint8_t *salt, size_t saltlen,
    const uint8_t *ikm, size_t ikmlen, const uint8_t *info, size_t infolen)
{
	uint8_t prk[SS_HASH_BYTES];

	ss_hkdf_extract(prk, salt, saltlen, ikm, ikmlen);
	ss_hkdf_expand(out, len, info, infolen, prk);
	sodium_memzero(prk, sizeof(prk));
}
