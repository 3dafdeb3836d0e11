/* SPDX-License-Identifier: ISC */
#include "lab_rsa.h"
#include "hash.h"
#include <sodium.h>
#include <string.h>

/*
 * 0x00 0x02 || at least 8 bytes that are not zero || 0x00 || key.  We pad and
 * look at the padding ourselves, around the bare power: libraries have learnt
 * to hide what this file shows.                    RFC 8017, 7.2
 */
#define HEAD 2
#define PAD_MIN 8

/* Bytes without a zero among them, from a seed. */
static void
fill(uint8_t *out, size_t len, const uint8_t seed[static SS_RSA_SEED_BYTES])
{
	uint8_t counter = 0, t[SS_HASH_BYTES];

	for (size_t at = 0; at < len; counter++) {
		ss_hash2(t, seed, SS_RSA_SEED_BYTES, &counter, 1);
		for (size_t i = 0; i < sizeof(t) && at < len; i++)
			if (t[i] != 0)
				out[at++] = t[i];
	}
	sodium_memzero(t, sizeof(t));
}

enum ss_err
ss_lab_rsa_wrap(uint8_t *out, const uint8_t key[static SS_RSA_KEY_BYTES],
    const uint8_t seed[static SS_RSA_SEED_BYTES], struct ss_rsa *r)
{
	uint8_t em[SS_RSA_BYTES_MAX] = { 0x00, 0x02 };
	enum ss_err e;

	if (r->len < HEAD + PAD_MIN + 1 + SS_RSA_KEY_BYTES)
		return SS_ERR_LENGTH;
	fill(em + HEAD, r->len - HEAD - 1 - SS_RSA_KEY_BYTES, seed);
	memcpy(em + r->len - SS_RSA_KEY_BYTES, key, SS_RSA_KEY_BYTES);
	e = ss_rsa_public_op(out, em, r);
	sodium_memzero(em, sizeof(em));
	return e;
}

enum ss_err
ss_lab_rsa_unwrap(uint8_t key[static SS_RSA_KEY_BYTES], const uint8_t *in,
    size_t len, struct ss_rsa *r)
{
	uint8_t em[SS_RSA_BYTES_MAX];
	size_t at = HEAD;
	enum ss_err e;

	if (len != r->len)
		return SS_ERR_LENGTH;
	memset(key, 0, SS_RSA_KEY_BYTES);
	if (memcmp(in, r->n, len) >= 0)
		return SS_ERR_FORMAT;
	if ((e = ss_rsa_secret_op(em, in, r)) != SS_OK)
		return e;
	/* LAB rsa-pkcs1, the flaw: one wrong number in about 50,000 gets past
	 * this line, and the sender learns which */
	if (em[0] != 0x00 || em[1] != 0x02)
		e = SS_ERR_FORMAT;
	while (at < len && em[at] != 0)
		at++;
	if (e == SS_OK && at == len - 1 - SS_RSA_KEY_BYTES)
		memcpy(key, em + at + 1, SS_RSA_KEY_BYTES);
	sodium_memzero(em, sizeof(em));
	return e;
}
