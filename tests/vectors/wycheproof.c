/* SPDX-License-Identifier: ISC */

/* Wycheproof's X25519, Ed25519, HKDF and HMAC, through our own functions. */
#include "../../lib/proto/dh.h"
#include "../../lib/proto/hash.h"
#include "../../lib/proto/identity.h"
#include "wycheproof.h"
#include <sodium.h>

#define MAX 4096

static int zeros; /* X25519 results that are all zero */

/*
 * "acceptable" are non-canonical and low-order public keys, where
 * implementations may differ.  Ours: a zero result is refused, all others
 * are computed as RFC 7748 says.
 */
static void
x25519(const struct wp_case *c)
{
	static const uint8_t zero[32];
	uint8_t sec[32], pub[32], want[32], out[32];
	int low;

	wp_hex(sec, 32, c->test, "private");
	wp_hex(pub, 32, c->test, "public");
	wp_hex(want, 32, c->test, "shared");
	low = memcmp(want, zero, 32) == 0;
	zeros += low;
	memset(out, 0xee, sizeof(out));
	is_err(ss_dh(out, sec, pub), low ? SS_ERR_LOWORDER : SS_OK,
	    "x25519 %d: %s, %s", c->id, c->result, c->comment);
	is_bytes(out, want, 32, "x25519 %d: result", c->id);
}

/* A signature of another length than 64 bytes is no signature to us. */
static int
whole_signature(const struct wp_case *c)
{
	json_t *sig = json_object_get(c->test, "sig");

	return json_string_length(sig) == 2 * SS_SIGN_BYTES;
}

static void
ed25519(const struct wp_case *c)
{
	static uint8_t msg[MAX];
	uint8_t pub[32], sig[SS_SIGN_BYTES];
	size_t len = wp_hex(msg, MAX, c->test, "msg");

	wp_hex(pub, 32, json_object_get(c->group, "publicKey"), "pk");
	wp_hex(sig, sizeof(sig), c->test, "sig");
	is_err(ss_public_verify(sig, msg, len, pub),
	    c->valid ? SS_OK : SS_ERR_AUTH, "ed25519 %d: %s, %s", c->id,
	    c->result, c->comment);
}

/* The three invalid ones ask for more than HKDF can give: 255 blocks. */
static int
possible(const struct wp_case *c)
{
	return wp_int(c->test, "size") <= 255 * SS_HASH_BYTES;
}

static void
hkdf(const struct wp_case *c)
{
	static uint8_t ikm[MAX], salt[MAX], info[MAX];
	static uint8_t want[255 * SS_HASH_BYTES], out[255 * SS_HASH_BYTES];
	size_t ikmlen = wp_hex(ikm, MAX, c->test, "ikm");
	size_t saltlen = wp_hex(salt, MAX, c->test, "salt");
	size_t infolen = wp_hex(info, MAX, c->test, "info");
	size_t len = wp_hex(want, sizeof(want), c->test, "okm");

	ss_hkdf(out, len, salt, saltlen, ikm, ikmlen, info, infolen);
	is_bytes(out, want, len, "hkdf %d: %s", c->id, c->comment);
}

static void
hmac(const struct wp_case *c)
{
	static uint8_t key[MAX], msg[MAX];
	uint8_t want[SS_HASH_BYTES], out[SS_HASH_BYTES];
	size_t keylen = wp_hex(key, MAX, c->test, "key");
	size_t len = wp_hex(msg, MAX, c->test, "msg");
	size_t n = wp_hex(want, sizeof(want), c->test, "tag"); /* 16 or 32 */

	ss_hmac(out, msg, len, key, keylen);
	ok((memcmp(out, want, n) == 0) == c->valid, "hmac %d: %s, %s", c->id,
	    c->result, c->comment);
}

int
main(void)
{
	if (sodium_init() < 0)
		return 255;
	wp_each("x25519", 518, NULL, x25519);
	wp_each("ed25519", 139, whole_signature, ed25519);
	wp_each("hkdf_sha256", 83, possible, hkdf);
	wp_each("hmac_sha256", 174, NULL, hmac);
	if (zeros)
		ok(zeros >= 31, "x25519: %d all-zero results refused", zeros);
	return done_testing();
}
