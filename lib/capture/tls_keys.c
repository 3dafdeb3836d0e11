/* SPDX-License-Identifier: ISC */
#include "tls.h"
#include "../proto/bytes.h"
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/core_names.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* RFC 8446, B.4 */
static const struct suite {
	uint16_t number;
	const char *cipher, *digest;
	uint8_t key_bytes, hash_bytes;
} suites[] = {
	{ 0x1301, "AES-128-GCM", "SHA256", 16, 32 },
	{ 0x1302, "AES-256-GCM", "SHA384", 32, 48 },
	{ 0x1303, "ChaCha20-Poly1305", "SHA256", 32, 32 },
};

static const struct suite *
suite_of(uint16_t number)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (suites[i].number == number)
			return &suites[i];
	return NULL;
}

int
ss_tls_suite_known(uint16_t suite)
{
	return suite_of(suite) != NULL;
}

/*
 * HKDF-Expand-Label(secret, label, "", len)            RFC 8446, 7.1
 *   info = length 2 || length of label 1 || "tls13 " label || 0
 */
static int
expand_label(uint8_t *out, size_t len, const char *label,
    const uint8_t *secret, const struct suite *s)
{
	uint8_t info[64];
	struct ss_buf b = { info, 0, sizeof(info), 0 };
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY, good = 0;
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
		    (char *)(uintptr_t)s->digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
		    (void *)(uintptr_t)secret, s->hash_bytes),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info,
		    0),
		OSSL_PARAM_construct_end(),
	};

	ss_buf_int(&b, len, 2);
	ss_buf_int(&b, 6 + strlen(label), 1);
	ss_buf_str(&b, "tls13 ");
	ss_buf_str(&b, label);
	ss_buf_int(&b, 0, 1);
	params[3].data_size = b.len;
	good = ctx && !b.over && EVP_KDF_derive(ctx, out, len, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return good;
}

/* From the half's secret: write key and IV.                RFC 8446, 7.3 */
static int
set_key(struct ss_tls_half *h, const struct suite *s)
{
	uint8_t key[32];
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, s->cipher, NULL);
	int good = 0;

	if (!h->cipher)
		h->cipher = EVP_CIPHER_CTX_new();
	if (cipher && h->cipher &&
	    expand_label(key, s->key_bytes, "key", h->secret, s) &&
	    expand_label(h->iv, sizeof(h->iv), "iv", h->secret, s))
		good = EVP_DecryptInit_ex2(h->cipher, cipher, key, NULL, NULL);
	EVP_CIPHER_free(cipher);
	sodium_memzero(key, sizeof(key));
	h->seq = 0;
	h->keyed = good == 1;
	return h->keyed;
}

int
ss_tls_rekey(struct ss_tls *t, int dir)
{
	struct ss_tls_half *h = &t->half[dir];
	const struct suite *s = suite_of(t->suite);
	const struct ss_tls_keys *k = ss_keys_tls(t->keys, t->random);
	int which = dir == t->client ? SS_CLIENT_HANDSHAKE
				     : SS_SERVER_HANDSHAKE;

	if (h->phase == SS_TLS_TRAFFIC)
		which = dir == t->client ? SS_CLIENT_TRAFFIC
					 : SS_SERVER_TRAFFIC;
	h->keyed = 0;
	if (!s || !k || k->len[which] != s->hash_bytes)
		return 0;
	memcpy(h->secret, k->secret[which], s->hash_bytes);
	return set_key(h, s);
}

int
ss_tls_update(struct ss_tls *t, int dir)
{
	struct ss_tls_half *h = &t->half[dir];
	const struct suite *s = suite_of(t->suite);
	uint8_t next[SS_TLS_SECRET_MAX];
	int good;

	if (!s)
		return 0;
	good = expand_label(next, s->hash_bytes, "traffic upd", h->secret, s);
	if (good)
		memcpy(h->secret, next, s->hash_bytes);
	sodium_memzero(next, sizeof(next));
	return good && set_key(h, s);
}

int
ss_tls_decrypt(struct ss_tls_half *h, uint8_t *out, const uint8_t *rec,
    size_t len, uint64_t seq)
{
	EVP_CIPHER_CTX *c = h->cipher;
	uint8_t nonce[12], tag[16];
	int n, text = (int)len - 5 - (int)sizeof(tag);

	if (text < 0)
		return -1;
	/* the IV, and the record's number added to its end    RFC 8446, 5.3 */
	memcpy(nonce, h->iv, sizeof(nonce));
	for (size_t i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(seq >> 8 * i);
	memcpy(tag, rec + 5 + text, sizeof(tag));
	if (!EVP_DecryptInit_ex2(c, NULL, NULL, nonce, NULL) ||
	    !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, 16, tag) ||
	    !EVP_DecryptUpdate(c, NULL, &n, rec, 5) ||
	    !EVP_DecryptUpdate(c, out, &n, rec + 5, text) ||
	    EVP_DecryptFinal_ex(c, out + text, &n) != 1)
		return -1;
	return text;
}

void
ss_tls_half_wipe(struct ss_tls *t, int dir)
{
	struct ss_tls_half *h = &t->half[dir];
	uint64_t opened = h->records;

	EVP_CIPHER_CTX_free(h->cipher);
	ss_hold_free(&h->in, t->pool);
	ss_marks_free(&h->marks);
	ss_hold_free(&h->hello, t->pool);
	sodium_memzero(h, sizeof(*h));
	h->phase = SS_TLS_DEAD;
	h->records = opened;
}
