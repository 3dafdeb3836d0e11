/* SPDX-License-Identifier: ISC */
#include "rsa.h"
#include "hash.h"
#include "labels.h"
#include "rsa_numbers.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

/*
 * OpenSSL computes the powers, with its defences against timing (blinding,
 * constant-time exponentiation), and takes OAEP apart, in constant time too.
 * We put OAEP together ourselves, since the seed is an argument here and
 * everything else then follows from its inputs.
 */
#define HASH SS_HASH_BYTES
#define EXPONENT 65537

/* A number as OpenSSL takes and gives it: in the order of the processor. */
static OSSL_PARAM
number(const char *key, uint8_t *native, const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++)
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		native[i] = in[i];
#else
		native[i] = in[len - 1 - i];
#endif
	return (OSSL_PARAM){ key, OSSL_PARAM_UNSIGNED_INTEGER, native, len,
		OSSL_PARAM_UNMODIFIED };
}

/* A text among OpenSSL's parameters, which it only reads. */
static OSSL_PARAM
text(const char *key, unsigned type, const void *value, size_t len)
{
	return (OSSL_PARAM){ key, type, (void *)value, len,
		OSSL_PARAM_UNMODIFIED };
}
#define UTF8(key, value) \
	text(key, OSSL_PARAM_UTF8_STRING, value, sizeof(value) - 1)

static EVP_PKEY *
make_pkey(const struct ss_rsa_public *pub, const struct ss_rsa_secret *s)
{
	static const char *const keys[SS_RSA_NUMBERS] = { OSSL_PKEY_PARAM_RSA_D,
		OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
		OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
		OSSL_PKEY_PARAM_RSA_COEFFICIENT1 };
	static const uint8_t e[3] = { EXPONENT >> 16, EXPONENT >> 8 & 0xff,
		EXPONENT & 0xff };
	uint8_t n_native[SS_RSA_BYTES_MAX], e_native[3];
	struct ss_rsa_secret in = { 0 }, native;
	uint8_t *from[SS_RSA_NUMBERS], *to[SS_RSA_NUMBERS];
	OSSL_PARAM params[2 + SS_RSA_NUMBERS + 1] = { { 0 } };
	size_t sizes[SS_RSA_NUMBERS], count = 0;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;

	params[count++] = number(
	    OSSL_PKEY_PARAM_RSA_N, n_native, pub->n, pub->len);
	params[count++] = number(
	    OSSL_PKEY_PARAM_RSA_E, e_native, e, sizeof(e));
	if (s) {
		in = *s;
		ss_rsa_numbers(from, sizes, &in, pub->len);
		ss_rsa_numbers(to, sizes, &native, pub->len);
		for (size_t i = 0; i < SS_RSA_NUMBERS; i++)
			params[count++] = number(
			    keys[i], to[i], from[i], sizes[i]);
	}
	if (!c || EVP_PKEY_fromdata_init(c) != 1 ||
	    EVP_PKEY_fromdata(c, &pkey, s ? EVP_PKEY_KEYPAIR :
		EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(c);
	sodium_memzero(&in, sizeof(in));
	sodium_memzero(&native, sizeof(native));
	return pkey;
}

/* A context for one operation with one padding; NULL on failure. */
static EVP_PKEY_CTX *
begin(struct ss_rsa *r, int decrypt, const OSSL_PARAM *params)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, r->pkey, NULL);

	if (c && (decrypt ? EVP_PKEY_decrypt_init_ex(c, params)
	                  : EVP_PKEY_encrypt_init_ex(c, params)) == 1)
		return c;
	EVP_PKEY_CTX_free(c);
	return NULL;
}

static enum ss_err
power(uint8_t *out, const uint8_t *in, struct ss_rsa *r, int decrypt)
{
	const OSSL_PARAM params[] = {
		UTF8(OSSL_ASYM_CIPHER_PARAM_PAD_MODE,
		    OSSL_PKEY_RSA_PAD_MODE_NONE),
		{ 0 } };
	EVP_PKEY_CTX *c = begin(r, decrypt, params);
	size_t n = r->len;
	int good;

	good = c && (decrypt ? EVP_PKEY_decrypt(c, out, &n, in, r->len)
	                     : EVP_PKEY_encrypt(c, out, &n, in, r->len)) == 1;
	EVP_PKEY_CTX_free(c);
	return good && n == r->len ? SS_OK : SS_ERR_SYSTEM;
}

enum ss_err
ss_rsa_public_op(uint8_t *out, const uint8_t *in, struct ss_rsa *r)
{
	return power(out, in, r, 0);
}

enum ss_err
ss_rsa_secret_op(uint8_t *out, const uint8_t *in, struct ss_rsa *r)
{
	return r->secret ? power(out, in, r, 1) : SS_ERR_SYSTEM;
}

/*
 * The exponents belong to the modulus if one power undoes the other.  A wrong
 * one among them would not only fail: with the Chinese remainder theorem it
 * gives the primes away to whoever sees the result (Boneh, DeMillo, Lipton,
 * 1997).
 */
static enum ss_err
try_key(struct ss_rsa *r)
{
	uint8_t in[SS_RSA_BYTES_MAX], out[SS_RSA_BYTES_MAX];
	enum ss_err e;

	memset(in, 0x5a, r->len); /* below the modulus, whose top bit is 1 */
	if ((e = ss_rsa_public_op(out, in, r)) == SS_OK &&
	    (e = ss_rsa_secret_op(out, out, r)) == SS_OK &&
	    memcmp(in, out, r->len) != 0)
		e = SS_ERR_KEY;
	return e;
}

enum ss_err
ss_rsa_open(struct ss_rsa *r, const struct ss_rsa_public *pub,
    const struct ss_rsa_secret *s)
{
	enum ss_err e = SS_OK;

	ss_rsa_close(r);
	if (s && (e = ss_rsa_check(pub, s)) != SS_OK)
		return e;
	r->len = pub->len;
	memcpy(r->n, pub->n, pub->len);
	r->secret = s != NULL;
	if (!(r->pkey = make_pkey(pub, s)))
		return SS_ERR_SYSTEM;
	if (s) {
		ss_hmac(r->reject, (const uint8_t *)SS_LABEL_RSA_REJECT,
		    sizeof(SS_LABEL_RSA_REJECT) - 1, s->d, pub->len);
		e = try_key(r);
	}
	if (e != SS_OK)
		ss_rsa_close(r);
	return e;
}

void
ss_rsa_close(struct ss_rsa *r)
{
	if (!r)
		return;
	EVP_PKEY_free(r->pkey); /* OpenSSL wipes the numbers */
	sodium_memzero(r, sizeof(*r));
}

/* MGF1 with SHA-256: out ^= hash(seed || 0), hash(seed || 1), ...
 *                                              RFC 8017, B.2.1 */
static void
mask(uint8_t *out, size_t len, const uint8_t *seed, size_t seedlen)
{
	uint8_t counter[4] = { 0 }, t[HASH];

	for (size_t at = 0; at < len; at += HASH, counter[3]++) {
		ss_hash2(t, seed, seedlen, counter, sizeof(counter));
		for (size_t i = 0; i < HASH && at + i < len; i++)
			out[at + i] ^= t[i];
	}
	sodium_memzero(t, sizeof(t));
}

/*
 * EME-OAEP encoding: 0x00 || masked seed || masked DB, where
 * DB = hash of the label || zeros || 0x01 || key.          7.1.1, step 2
 */
static enum ss_err
encode(uint8_t *em, size_t len, const uint8_t *key, const uint8_t *label,
    size_t labellen, const uint8_t *seed)
{
	uint8_t *db = em + 1 + HASH;
	size_t dblen = len - 1 - HASH;

	if (len < SS_RSA_OAEP_MIN)
		return SS_ERR_LENGTH;
	memset(em, 0, len);
	memcpy(em + 1, seed, HASH);
	ss_hash(db, label, labellen);
	db[dblen - SS_RSA_KEY_BYTES - 1] = 1;
	memcpy(db + dblen - SS_RSA_KEY_BYTES, key, SS_RSA_KEY_BYTES);
	mask(db, dblen, em + 1, HASH);
	mask(em + 1, HASH, db, dblen);
	return SS_OK;
}

enum ss_err
ss_rsa_wrap(uint8_t *out, const uint8_t key[static SS_RSA_KEY_BYTES],
    const uint8_t *label, size_t labellen,
    const uint8_t seed[static SS_RSA_SEED_BYTES], struct ss_rsa *r)
{
	uint8_t em[SS_RSA_BYTES_MAX];
	enum ss_err e = encode(em, r->len, key, label, labellen, seed);

	if (e == SS_OK)
		e = ss_rsa_public_op(out, em, r);
	sodium_memzero(em, sizeof(em));
	return e;
}

/*
 * OAEP decryption: 1 if there was a text, and whatever else if not; OpenSSL
 * takes the same time for either.  A number that is no ciphertext because it
 * is not below the modulus (everybody sees that) goes the same way, with its
 * first byte cleared.
 */
static int
decrypt(uint8_t *out, size_t *outlen, const uint8_t *in, const uint8_t *label,
    size_t labellen, struct ss_rsa *r)
{
	const OSSL_PARAM params[] = {
		UTF8(OSSL_ASYM_CIPHER_PARAM_PAD_MODE,
		    OSSL_PKEY_RSA_PAD_MODE_OAEP),
		UTF8(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, "SHA256"),
		UTF8(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, "SHA256"),
		text(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL,
		    OSSL_PARAM_OCTET_STRING, label, labellen),
		{ 0 } };
	EVP_PKEY_CTX *c = begin(r, 1, params);
	uint8_t number[SS_RSA_BYTES_MAX];
	int good = 0;

	memcpy(number, in, r->len);
	if (memcmp(in, r->n, r->len) >= 0)
		number[0] = 0;
	*outlen = r->len;
	if (c)
		good = EVP_PKEY_decrypt(c, out, outlen, number, r->len);
	EVP_PKEY_CTX_free(c);
	return good;
}

/* 0xff if a == b, otherwise 0; without a branch. */
static uint8_t
equal_mask(size_t a, size_t b)
{
	size_t d = a ^ b;

	return (uint8_t)(((d | (0 - d)) >> (8 * sizeof(d) - 1)) - 1);
}

enum ss_err
ss_rsa_unwrap(uint8_t key[static SS_RSA_KEY_BYTES], const uint8_t *in,
    size_t len, const uint8_t *label, size_t labellen, struct ss_rsa *r)
{
	uint8_t out[SS_RSA_BYTES_MAX] = { 0 }, reject[SS_HASH_BYTES], yes;
	size_t outlen;
	int good;

	if (len != r->len)
		return SS_ERR_LENGTH;
	good = decrypt(out, &outlen, in, label, labellen, r);
	ss_hmac(reject, in, len, r->reject, sizeof(r->reject));
	yes = equal_mask((size_t)good, 1) &
	    equal_mask(outlen, SS_RSA_KEY_BYTES);
	for (size_t i = 0; i < SS_RSA_KEY_BYTES; i++)
		key[i] = (uint8_t)((out[i] & yes) | (reject[i] & ~yes));
	sodium_memzero(out, sizeof(out));
	sodium_memzero(reject, sizeof(reject));
	return SS_OK;
}

enum ss_err
ss_rsa_decrypt(uint8_t *out, size_t *outlen, const uint8_t *in, size_t len,
    const uint8_t *label, size_t labellen, struct ss_rsa *r)
{
	if (len != r->len)
		return SS_ERR_LENGTH;
	return decrypt(out, outlen, in, label, labellen, r) == 1 ? SS_OK
	    : SS_ERR_AUTH;
}
