/* SPDX-License-Identifier: ISC */
#include "poly.h"
#include <math.h>
#include <sodium.h>
#include <string.h>

_Static_assert(SS_POLY_POINT + SS_POLY_PAD == crypto_onetimeauth_KEYBYTES &&
    SS_POLY_TAG == crypto_onetimeauth_BYTES, "Poly1305, as in RFC 8439");

double
ss_poly_bound(uint64_t len)
{
	uint64_t blocks = len / 16 + (len % 16 != 0);

	return 3 + log2(blocks ? (double)blocks : 1) - 106;
}

void
ss_poly_tag(uint8_t tag[static SS_POLY_TAG], const uint8_t *in, size_t len,
    const uint8_t r[static SS_POLY_POINT],
    const uint8_t pad[static SS_POLY_PAD])
{
	uint8_t key[SS_POLY_POINT + SS_POLY_PAD];

	memcpy(key, r, SS_POLY_POINT);
	memcpy(key + SS_POLY_POINT, pad, SS_POLY_PAD);
	crypto_onetimeauth_poly1305(tag, in, len, key);
	sodium_memzero(key, sizeof(key));
}

void
ss_poly_hash(uint8_t hash[static SS_POLY_TAG], const uint8_t *in, size_t len,
    const uint8_t r[static SS_POLY_POINT])
{
	static const uint8_t none[SS_POLY_PAD];

	ss_poly_tag(hash, in, len, r, none);
}

int
ss_poly_check(const uint8_t tag[static SS_POLY_TAG], const uint8_t *in,
    size_t len, const uint8_t r[static SS_POLY_POINT],
    const uint8_t pad[static SS_POLY_PAD])
{
	uint8_t want[SS_POLY_TAG];
	int good;

	ss_poly_tag(want, in, len, r, pad);
	good = sodium_memcmp(want, tag, SS_POLY_TAG) == 0;
	sodium_memzero(want, sizeof(want));
	return good;
}
