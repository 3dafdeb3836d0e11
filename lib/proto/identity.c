/* SPDX-License-Identifier: ISC */
#include "identity.h"
#include "dh.h"
#include "hash.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

static int
alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

int
ss_name_ok(const char *name, size_t len)
{
	if (len == 0 || len > SS_NAME_MAX || !alnum(name[0]))
		return 0;
	for (size_t i = 1; i < len; i++)
		if (!alnum(name[i]) && name[i] != '.' && name[i] != '_'
		    && name[i] != '-')
			return 0;
	return 1;
}

/* X25519 sets these bits whenever it uses a secret; stored as they are used,
 * each key has one form only.                             RFC 7748, 5 */
static void
clamp(uint8_t sec[static 32])
{
	sec[0] &= 248;
	sec[31] &= 127;
	sec[31] |= 64;
}

/*
 * Two keys and not one used twice: a signature key that also agrees on keys
 * would need a proof that the two uses do not help an attacker.
 */
enum ss_err
ss_identity_make(struct ss_identity *id, const char *name,
    const uint8_t seed[static 64])
{
	uint8_t sec[crypto_sign_SECRETKEYBYTES];
	size_t len = strlen(name);

	if (!ss_name_ok(name, len))
		return SS_ERR_FORMAT;
	memset(id, 0, sizeof(*id));
	memcpy(id->pub.name, name, len);
	memcpy(id->ed_seed, seed, 32);
	memcpy(id->x_sec, seed + 32, 32);
	clamp(id->x_sec);
	crypto_sign_seed_keypair(id->pub.ed, sec, id->ed_seed);
	ss_dh_public(id->pub.x, id->x_sec);
	sodium_memzero(sec, sizeof(sec));
	return SS_OK;
}

void
ss_identity_wipe(struct ss_identity *id)
{
	if (id)
		sodium_memzero(id, sizeof(*id));
}

void
ss_public_fingerprint(uint8_t out[static SS_FINGERPRINT_BYTES],
    const struct ss_public *pub)
{
	uint8_t text[sizeof(SS_LABEL_LAB_FINGERPRINT) - 1 + 64 +
	    SS_RSA_BYTES_MAX];
	struct ss_buf b = { .at = text, .max = sizeof(text) };

	ss_buf_str(&b, pub->lab ? SS_LABEL_LAB_FINGERPRINT
	                        : SS_LABEL_FINGERPRINT);
	ss_buf_put(&b, pub->ed, 32);
	ss_buf_put(&b, pub->x, 32);
	ss_buf_put(&b, pub->rsa.n, pub->rsa.len);
	ss_hash(out, text, b.len);
}

int
ss_public_same(const struct ss_public *a, const struct ss_public *b)
{
	return memcmp(a->ed, b->ed, 32) == 0 && memcmp(a->x, b->x, 32) == 0 &&
	    a->rsa.len == b->rsa.len &&
	    memcmp(a->rsa.n, b->rsa.n, a->rsa.len) == 0;
}

/* 60 digits are 199 bits: to find a second key with these is out of reach,
 * and two people can read them to each other over the telephone. */
void
ss_fingerprint_text(char out[static SS_FINGERPRINT_TEXT],
    const uint8_t fingerprint[static SS_FINGERPRINT_BYTES])
{
	uint8_t h[crypto_hash_sha512_BYTES];

	crypto_hash_sha512(h, fingerprint, SS_FINGERPRINT_BYTES);
	for (size_t i = 0; i < 12; i++) {
		uint64_t v = ss_bytes_get(h + 5 * i, 5) % 100000;

		for (size_t d = 5; d-- > 0; v /= 10)
			out[6 * i + d] = (char)('0' + v % 10);
		out[6 * i + 5] = i < 11 ? ' ' : '\0';
	}
}

/* on the length of the name */
#define LAB_BIT 0x80

void
ss_public_put(struct ss_buf *b, const struct ss_public *pub)
{
	size_t len = strlen(pub->name);

	ss_buf_int(b, len | (pub->lab ? LAB_BIT : 0), 1);
	ss_buf_put(b, pub->name, len);
	ss_buf_put(b, pub->ed, 32);
	ss_buf_put(b, pub->x, 32);
	ss_buf_put(b, pub->rsa.n, pub->rsa.len);
}

enum ss_err
ss_public_get(struct ss_public *pub, const uint8_t *in, size_t len)
{
	size_t namelen = len > 0 ? in[0] & 0x7f : 0;

	memset(pub, 0, sizeof(*pub));
	if (len < 1 + namelen + 64
	    || !ss_name_ok((const char *)in + 1, namelen)
	    || ss_rsa_public_get(&pub->rsa, in + 1 + namelen + 64,
		   len - (1 + namelen + 64), in[0] & LAB_BIT) != SS_OK)
		return SS_ERR_FORMAT;
	pub->lab = (in[0] & LAB_BIT) != 0;
	memcpy(pub->name, in + 1, namelen);
	memcpy(pub->ed, in + 1 + namelen, 32);
	memcpy(pub->x, in + 1 + namelen + 32, 32);
	return SS_OK;
}

size_t
ss_public_name_bytes(size_t n)
{
	for (size_t rsa = 0; rsa <= SS_RSA_BYTES_MAX; rsa += SS_NAME_MAX)
		if ((rsa == 0 || ss_rsa_size_ok(rsa, 1)) && n > rsa &&
		    n - rsa <= SS_NAME_MAX)
			return n - rsa;
	return n;
}

void
ss_identity_sign(uint8_t sig[static SS_SIGN_BYTES], const uint8_t *msg,
    size_t len, const struct ss_identity *id)
{
	uint8_t sec[crypto_sign_SECRETKEYBYTES];

	/*
	 * The library's form of a secret.  Whoever signs twice with one seed
	 * and two public keys gives the seed away: ss_identity_make and the
	 * reader of key files make sure that they belong together.
	 */
	memcpy(sec, id->ed_seed, 32);
	memcpy(sec + 32, id->pub.ed, 32);
	crypto_sign_detached(sig, NULL, msg, len, sec);
	sodium_memzero(sec, sizeof(sec));
}

/*
 * Always libsodium: libraries disagree about signatures with odd points and
 * scalars, and two readers that disagree are two different protocols.
 */
enum ss_err
ss_public_verify(const uint8_t sig[static SS_SIGN_BYTES], const uint8_t *msg,
    size_t len, const uint8_t ed[static 32])
{
	return crypto_sign_verify_detached(sig, msg, len, ed) == 0
	    ? SS_OK : SS_ERR_AUTH;
}
