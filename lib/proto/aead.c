/* SPDX-License-Identifier: ISC */
#include "aead.h"
#include "wire.h"
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

/* From here on OpenSSL's faster loops pay for its slower start. */
#define BULK_BYTES 8192

_Static_assert(sizeof(crypto_aead_aes256gcm_state) <=
	sizeof(((struct ss_aead *)0)->schedule),
    "room for libsodium's key schedule");

const char *
ss_aead_name(int id)
{
	return ss_name_of(ss_aead_names, (uint32_t)id);
}

int
ss_aead_find(const char *name)
{
	uint32_t id;

	return ss_value_of(&id, ss_aead_names, name) == SS_OK ? (int)id : 0;
}

void
ss_aead_init(struct ss_aead *a, enum ss_aead_id id,
    const uint8_t key[static SS_AEAD_KEY_BYTES])
{
	memset(a, 0, sizeof(*a));
	ss_aead_rekey(a, id, key);
}

/* The old key leaves a context at once, not when the next bulk text comes. */
static void
rekey_ctx(void **ctx, int seal, int other, const uint8_t *key)
{
	if (*ctx && (other || !EVP_CipherInit_ex2(*ctx, NULL, key, NULL, seal,
				  NULL))) {
		EVP_CIPHER_CTX_free(*ctx);
		*ctx = NULL;
	}
}

void
ss_aead_rekey(struct ss_aead *a, enum ss_aead_id id,
    const uint8_t key[static SS_AEAD_KEY_BYTES])
{
	int other = a->id != id;

	rekey_ctx(&a->seal_ctx, 1, other, key);
	rekey_ctx(&a->open_ctx, 0, other, key);
	a->id = id;
	memcpy(a->key, key, SS_AEAD_KEY_BYTES);
	sodium_memzero(a->schedule, sizeof(a->schedule));
	a->scheduled = 0;
}

void
ss_aead_wipe(struct ss_aead *a)
{
	if (!a)
		return;
	EVP_CIPHER_CTX_free(a->seal_ctx); /* OpenSSL wipes the key */
	EVP_CIPHER_CTX_free(a->open_ctx);
	sodium_memzero(a, sizeof(*a));
}

/* The context for one direction, made when it is first needed. */
static EVP_CIPHER_CTX *
bulk_ctx(struct ss_aead *a, int seal)
{
	void **slot = seal ? &a->seal_ctx : &a->open_ctx;
	EVP_CIPHER *cipher;

	if (*slot)
		return *slot;
	cipher = EVP_CIPHER_fetch(NULL,
	    a->id == SS_AESGCM ? "AES-256-GCM" : "ChaCha20-Poly1305", NULL);
	*slot = EVP_CIPHER_CTX_new();
	if (!cipher || !*slot ||
	    !EVP_CipherInit_ex2(*slot, cipher, a->key, NULL, seal, NULL)) {
		EVP_CIPHER_CTX_free(*slot);
		*slot = NULL;
	}
	EVP_CIPHER_free(cipher);
	return *slot;
}

static enum ss_err
bulk_seal(struct ss_aead *a, uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t *ad, size_t adlen, const uint8_t *nonce)
{
	EVP_CIPHER_CTX *c = bulk_ctx(a, 1);
	int n;

	if (!c || !EVP_EncryptInit_ex2(c, NULL, NULL, nonce, NULL) ||
	    !EVP_EncryptUpdate(c, NULL, &n, ad, (int)adlen) ||
	    !EVP_EncryptUpdate(c, out, &n, in, (int)len) ||
	    !EVP_EncryptFinal_ex(c, out + len, &n) ||
	    !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, SS_AEAD_TAG_BYTES,
		out + len))
		return SS_ERR_SYSTEM;
	return SS_OK;
}

/* len is the length of the text, the tag stands behind it */
static enum ss_err
bulk_open(struct ss_aead *a, uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t *ad, size_t adlen, const uint8_t *nonce)
{
	EVP_CIPHER_CTX *c = bulk_ctx(a, 0);
	uint8_t tag[SS_AEAD_TAG_BYTES];
	int n;

	memcpy(tag, in + len, sizeof(tag));
	if (!c || !EVP_DecryptInit_ex2(c, NULL, NULL, nonce, NULL) ||
	    !EVP_CIPHER_CTX_ctrl(
		c, EVP_CTRL_AEAD_SET_TAG, SS_AEAD_TAG_BYTES, tag) ||
	    !EVP_DecryptUpdate(c, NULL, &n, ad, (int)adlen) ||
	    !EVP_DecryptUpdate(c, out, &n, in, (int)len)) {
		sodium_memzero(out, len);
		return SS_ERR_SYSTEM;
	}
	if (EVP_DecryptFinal_ex(c, out + len, &n) != 1) {
		sodium_memzero(out, len);
		return SS_ERR_AUTH;
	}
	return SS_OK;
}

/* libsodium has AES-256-GCM only where the processor helps. */
static int
use_bulk(const struct ss_aead *a, size_t len)
{
	return len >= BULK_BYTES ||
	    (a->id == SS_AESGCM && !crypto_aead_aes256gcm_is_available());
}

static const crypto_aead_aes256gcm_state *
aes_schedule(struct ss_aead *a)
{
	crypto_aead_aes256gcm_state *st = (void *)a->schedule;

	if (!a->scheduled) {
		crypto_aead_aes256gcm_beforenm(st, a->key);
		a->scheduled = 1;
	}
	return st;
}

enum ss_err
ss_aead_seal(struct ss_aead *a, uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t *ad, size_t adlen,
    const uint8_t nonce[static SS_AEAD_NONCE_BYTES])
{
	if (use_bulk(a, len))
		return bulk_seal(a, out, in, len, ad, adlen, nonce);
	if (a->id == SS_AESGCM)
		crypto_aead_aes256gcm_encrypt_afternm(out, NULL, in, len, ad,
		    adlen, NULL, nonce, aes_schedule(a));
	else
		crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, in, len,
		    ad, adlen, NULL, nonce, a->key);
	return SS_OK;
}

enum ss_err
ss_aead_open(struct ss_aead *a, uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t *ad, size_t adlen,
    const uint8_t nonce[static SS_AEAD_NONCE_BYTES])
{
	int bad;

	if (len < SS_AEAD_TAG_BYTES)
		return SS_ERR_TRUNCATED;
	len -= SS_AEAD_TAG_BYTES;
	if (use_bulk(a, len))
		return bulk_open(a, out, in, len, ad, adlen, nonce);
	if (a->id == SS_AESGCM)
		bad = crypto_aead_aes256gcm_decrypt_afternm(out, NULL, NULL,
		    in, len + SS_AEAD_TAG_BYTES, ad, adlen, nonce,
		    aes_schedule(a));
	else
		bad = crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL,
		    NULL, in, len + SS_AEAD_TAG_BYTES, ad, adlen, nonce,
		    a->key);
	if (bad) {
		sodium_memzero(out, len);
		return SS_ERR_AUTH;
	}
	return SS_OK;
}
