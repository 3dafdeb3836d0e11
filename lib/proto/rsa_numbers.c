/* SPDX-License-Identifier: ISC */
/* RSA keys as numbers: what key files and public lines need of them, without
 * a library that computes with them. */
#include "rsa_numbers.h"
#include "hash.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

int
ss_rsa_size_ok(size_t bytes, int lab)
{
	if (lab && (bytes == 512 / 8 || bytes == 1024 / 8))
		return 1;
	return bytes == 2048 / 8 || bytes == 3072 / 8 || bytes == 4096 / 8;
}

enum ss_err
ss_rsa_public_get(
    struct ss_rsa_public *pub, const uint8_t *n, size_t len, int lab)
{
	memset(pub, 0, sizeof(*pub));
	if (len == 0)
		return SS_OK;
	if (!ss_rsa_size_ok(len, lab) || !(n[0] & 0x80) || !(n[len - 1] & 1))
		return SS_ERR_KEY;
	pub->len = (uint16_t)len;
	memcpy(pub->n, n, len);
	return SS_OK;
}

void
ss_rsa_numbers(uint8_t *at[static SS_RSA_NUMBERS],
    size_t sizes[static SS_RSA_NUMBERS], struct ss_rsa_secret *s, size_t len)
{
	uint8_t *const all[SS_RSA_NUMBERS] = { s->d, s->p, s->q, s->dP, s->dQ,
		s->qInv };

	for (size_t i = 0; i < SS_RSA_NUMBERS; i++) {
		at[i] = all[i];
		sizes[i] = i == 0 ? len : len / 2;
	}
}

static void
checksum(uint8_t out[static SS_RSA_CHECK_BYTES], const uint8_t *in, size_t len)
{
	uint8_t hash[SS_HASH_BYTES];

	ss_hash2(hash, (const uint8_t *)SS_LABEL_RSA_CHECKSUM,
	    sizeof(SS_LABEL_RSA_CHECKSUM) - 1, in, len);
	memcpy(out, hash, SS_RSA_CHECK_BYTES);
	sodium_memzero(hash, sizeof(hash));
}

void
ss_rsa_join(uint8_t *out, const struct ss_rsa_secret *s, size_t len)
{
	struct ss_rsa_secret copy = *s;
	uint8_t *at[SS_RSA_NUMBERS], *start = out;
	size_t sizes[SS_RSA_NUMBERS];

	if (len == 0)
		return;
	ss_rsa_numbers(at, sizes, &copy, len);
	for (size_t i = 0; i < SS_RSA_NUMBERS; out += sizes[i++])
		memcpy(out, at[i], sizes[i]);
	checksum(out, start, (size_t)(out - start));
	sodium_memzero(&copy, sizeof(copy));
}

enum ss_err
ss_rsa_split(struct ss_rsa_secret *s, const uint8_t *in, size_t len)
{
	uint8_t *at[SS_RSA_NUMBERS], check[SS_RSA_CHECK_BYTES];
	const uint8_t *start = in;
	size_t sizes[SS_RSA_NUMBERS];

	memset(s, 0, sizeof(*s));
	if (len == 0)
		return SS_OK;
	ss_rsa_numbers(at, sizes, s, len);
	for (size_t i = 0; i < SS_RSA_NUMBERS; in += sizes[i++])
		memcpy(at[i], in, sizes[i]);
	checksum(check, start, (size_t)(in - start));
	return memcmp(check, in, sizeof(check)) == 0 ? SS_OK : SS_ERR_KEY;
}

/* out[2 * len] = a[len] * b[len], as on paper, a byte for a digit. */
static void
multiply(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t len)
{
	memset(out, 0, 2 * len);
	for (size_t i = len; i-- > 0;) {
		uint32_t carry = 0;

		for (size_t j = len; j-- > 0;) {
			carry += (uint32_t)a[i] * b[j] + out[i + j + 1];
			out[i + j + 1] = (uint8_t)carry;
			carry >>= 8;
		}
		out[i] = (uint8_t)carry;
	}
}

enum ss_err
ss_rsa_check(const struct ss_rsa_public *pub, const struct ss_rsa_secret *s)
{
	uint8_t product[SS_RSA_BYTES_MAX];
	int bad;

	if (pub->len > SS_RSA_BYTES_MAX || pub->len % 2 != 0)
		return SS_ERR_KEY;
	multiply(product, s->p, s->q, pub->len / 2);
	bad = sodium_memcmp(product, pub->n, pub->len);
	sodium_memzero(product, sizeof(product));
	return bad ? SS_ERR_KEY : SS_OK;
}
