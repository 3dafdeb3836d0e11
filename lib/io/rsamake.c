/* SPDX-License-Identifier: ISC */
/* RAND_set_rand_method: the one way to give OpenSSL other random numbers that
 * works with a library that is loaded late. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "rsamake.h"
#include "../proto/rsa_numbers.h"
#include "io.h"
#include "lab.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sodium.h>
#include <string.h>

static int
from_seed(unsigned char *out, int n)
{
	ss_random(out, (size_t)n);
	return 1;
}

static const RAND_METHOD seeded = { .bytes = from_seed,
	.pseudorand = from_seed };

static EVP_PKEY *
generate(unsigned bits)
{
	const OSSL_PARAM params[] = { { OSSL_PKEY_PARAM_RSA_BITS,
		OSSL_PARAM_UNSIGNED_INTEGER, &bits, sizeof(bits),
		OSSL_PARAM_UNMODIFIED }, { 0 } };
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;

	/* this process makes one key and does nothing else with the library */
	if (ss_lab_seeded())
		RAND_set_rand_method(&seeded);
	if (!c || EVP_PKEY_keygen_init(c) != 1 ||
	    EVP_PKEY_CTX_set_params(c, params) != 1 ||
	    EVP_PKEY_generate(c, &pkey) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(c);
	return pkey;
}

/* One number of a key, big-endian with leading zeros. */
static int
number(uint8_t *out, size_t len, const char *name, EVP_PKEY *pkey)
{
	uint8_t native[SS_RSA_BYTES_MAX];
	OSSL_PARAM params[] = { { name, OSSL_PARAM_UNSIGNED_INTEGER, native,
		len, OSSL_PARAM_UNMODIFIED }, { 0 } };
	int good = EVP_PKEY_get_params(pkey, params) == 1;

	for (size_t i = 0; i < len && good; i++)
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		out[i] = native[i];
#else
		out[i] = native[len - 1 - i];
#endif
	sodium_memzero(native, sizeof(native));
	return good;
}

void
xrsa_make(struct ss_identity *id, unsigned bits)
{
	static const char *const names[SS_RSA_NUMBERS] = {
		OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
		OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
		OSSL_PKEY_PARAM_RSA_EXPONENT2,
		OSSL_PKEY_PARAM_RSA_COEFFICIENT1 };
	EVP_PKEY *pkey = generate(bits);
	uint8_t *at[SS_RSA_NUMBERS], n[SS_RSA_BYTES_MAX];
	size_t sizes[SS_RSA_NUMBERS], len = bits / 8;
	int good;

	good = pkey && number(n, len, OSSL_PKEY_PARAM_RSA_N, pkey) &&
	    ss_rsa_public_get(&id->pub.rsa, n, len, id->pub.lab) == SS_OK;
	ss_rsa_numbers(at, sizes, &id->rsa, len);
	for (size_t i = 0; i < SS_RSA_NUMBERS && good; i++)
		good = number(at[i], sizes[i], names[i], pkey);
	EVP_PKEY_free(pkey);
	if (!good || ss_rsa_check(&id->pub.rsa, &id->rsa) != SS_OK) {
		ss_identity_wipe(id);
		ss_die(SS_ERR_SYSTEM, "cannot make an RSA key");
	}
}
