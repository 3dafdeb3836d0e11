/* SPDX-License-Identifier: ISC */
#include "noise.h"
#include <sodium.h>
#include <string.h>

/* Section 5.1: the CipherState object, a key and a nonce. */

void
ss_noise_cipher_init(struct ss_noise_cipher *c, enum ss_aead_id id,
    const uint8_t key[static 32])
{
	c->id = id;
	memcpy(c->k, key, sizeof(c->k));
	c->n = 0;
	c->has_key = 1;
}

/* 12.3: ChaChaPoly counts little-endian; 12.4: AESGCM big-endian. */
static void
put_nonce(uint8_t nonce[static SS_AEAD_NONCE_BYTES],
    const struct ss_noise_cipher *c)
{
	memset(nonce, 0, SS_AEAD_NONCE_BYTES);
	ss_put64(nonce + 4, c->n);
	if (c->id == SS_CHACHAPOLY)
		for (size_t i = 0; i < 8; i++)
			nonce[4 + i] = (uint8_t)(c->n >> (8 * i));
}

/*
 * The AEAD's working state lives only inside a call.  That costs a key setup
 * each time, and keeps a whole handshake plain memory: to be copied before a
 * message is tried, and wiped, without anything that hangs on it.
 */
enum ss_err
ss_noise_cipher_seal(struct ss_noise_cipher *c, uint8_t *out,
    const uint8_t *in, size_t len, const uint8_t *ad, size_t adlen)
{
	uint8_t nonce[SS_AEAD_NONCE_BYTES];
	struct ss_aead aead;
	enum ss_err e;

	if (c->n == UINT64_MAX)
		return SS_ERR_SEQUENCE;
	put_nonce(nonce, c);
	ss_aead_init(&aead, c->id, c->k);
	e = ss_aead_seal(&aead, out, in, len, ad, adlen, nonce);
	if (e == SS_OK)
		c->n++;
	ss_aead_wipe(&aead);
	return e;
}

enum ss_err
ss_noise_cipher_open(struct ss_noise_cipher *c, uint8_t *out,
    const uint8_t *in, size_t len, const uint8_t *ad, size_t adlen)
{
	uint8_t nonce[SS_AEAD_NONCE_BYTES];
	struct ss_aead aead;
	enum ss_err e;

	if (c->n == UINT64_MAX)
		return SS_ERR_SEQUENCE;
	put_nonce(nonce, c);
	ss_aead_init(&aead, c->id, c->k);
	e = ss_aead_open(&aead, out, in, len, ad, adlen, nonce);
	if (e == SS_OK) /* 5.1: a failed message does not use up a nonce */
		c->n++;
	ss_aead_wipe(&aead);
	return e;
}

/* Section 5.2: the SymmetricState object. */

void
ss_noise_initialize(
    struct ss_noise_symmetric *y, const char *name, enum ss_aead_id id)
{
	size_t len = strlen(name);

	memset(y, 0, sizeof(*y));
	y->cipher.id = id;
	if (len <= sizeof(y->h))
		memcpy(y->h, name, len); /* zeros behind it */
	else
		ss_hash(y->h, (const uint8_t *)name, len);
	memcpy(y->ck, y->h, sizeof(y->ck));
}

void
ss_noise_mix_hash(
    struct ss_noise_symmetric *y, const uint8_t *data, size_t len)
{
	uint8_t h[SS_HASH_BYTES];

	ss_hash2(h, y->h, sizeof(y->h), data, len);
	memcpy(y->h, h, sizeof(y->h));
}

/* 4.3: HKDF(ck, ikm, n) is RFC 5869 with ck as salt and no info. */
void
ss_noise_mix_key(
    struct ss_noise_symmetric *y, const uint8_t ikm[static 32])
{
	uint8_t out[64];

	ss_hkdf(out, sizeof(out), y->ck, sizeof(y->ck), ikm, 32, NULL, 0);
	memcpy(y->ck, out, 32);
	ss_noise_cipher_init(&y->cipher, y->cipher.id, out + 32);
	sodium_memzero(out, sizeof(out));
}

void
ss_noise_mix_key_and_hash(
    struct ss_noise_symmetric *y, const uint8_t psk[static 32])
{
	uint8_t out[96];

	ss_hkdf(out, sizeof(out), y->ck, sizeof(y->ck), psk, 32, NULL, 0);
	memcpy(y->ck, out, 32);
	ss_noise_mix_hash(y, out + 32, 32);
	ss_noise_cipher_init(&y->cipher, y->cipher.id, out + 64);
	sodium_memzero(out, sizeof(out));
}

enum ss_err
ss_noise_encrypt_and_hash(struct ss_buf *out, const uint8_t *in, size_t len,
    struct ss_noise_symmetric *y)
{
	size_t n = len + (y->cipher.has_key ? SS_AEAD_TAG_BYTES : 0);
	uint8_t *at = out->at + out->len;
	enum ss_err e;

	if (n > out->max - out->len)
		return SS_ERR_LENGTH;
	if (y->cipher.has_key) {
		e = ss_noise_cipher_seal(
		    &y->cipher, at, in, len, y->h, sizeof(y->h));
		if (e != SS_OK)
			return e;
	} else if (len > 0) {
		memcpy(at, in, len);
	}
	out->len += n;
	ss_noise_mix_hash(y, at, n);
	return SS_OK;
}

enum ss_err
ss_noise_decrypt_and_hash(uint8_t *out, const uint8_t *in, size_t len,
    struct ss_noise_symmetric *y)
{
	enum ss_err e;

	if (y->cipher.has_key) {
		e = ss_noise_cipher_open(
		    &y->cipher, out, in, len, y->h, sizeof(y->h));
		if (e != SS_OK)
			return e;
	} else if (len > 0) {
		memcpy(out, in, len);
	}
	ss_noise_mix_hash(y, in, len);
	return SS_OK;
}
