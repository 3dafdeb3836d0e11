/* SPDX-License-Identifier: ISC */

/*
 * The primitives beyond the published vectors: what aead.h, hash.h and dh.h
 * promise about sizes, buffers, keys that change, and refusals.
 */
#include "../../lib/proto/aead.h"
#include "../../lib/proto/dh.h"
#include "../../lib/proto/hash.h"
#include "tap.h"
#include <sodium.h>

#define MAX 65408

static uint8_t text[MAX], sealed[MAX + 16], out[MAX + 16], want[MAX + 16];
static const uint8_t key[32] = { 1, 2, 3 }, other[32] = { 3, 2, 1 };
static const uint8_t nonce[12] = { 0, 0, 0, 0, 9 };
static const uint8_t ad[33] = "SS";
static const enum ss_aead_id ids[] = { SS_CHACHAPOLY, SS_AESGCM };

/* around the length where libsodium hands over to OpenSSL */
static const size_t lengths[] = { 0, 1, 15, 16, 17, 64, 1000, 8191, 8192, 8193,
	16384, MAX };
#define EACH(i, a) for (size_t i = 0; i < sizeof(a) / sizeof((a)[0]); i++)

static int
all_zero(const void *p, size_t n)
{
	return sodium_is_zero(p, n);
}

/* libsodium's one-shot functions are the second opinion at every length. */
static int
reference(enum ss_aead_id id, size_t len)
{
	if (id == SS_CHACHAPOLY)
		return crypto_aead_chacha20poly1305_ietf_encrypt(want, NULL,
		    text, len, ad, sizeof(ad), NULL, nonce, key);
	if (!crypto_aead_aes256gcm_is_available())
		return -1;
	return crypto_aead_aes256gcm_encrypt(
	    want, NULL, text, len, ad, sizeof(ad), NULL, nonce, key);
}

static void
test_lengths(enum ss_aead_id id)
{
	const char *name = ss_aead_name((int)id);
	struct ss_aead a;

	ss_aead_init(&a, id, key);
	EACH (i, lengths) {
		size_t n = lengths[i];

		is_err(ss_aead_seal(&a, sealed, text, n, ad, 33, nonce), SS_OK,
		    "%s, %zu bytes: seals", name, n);
		if (reference(id, n) == 0)
			is_bytes(sealed, want, n + 16,
			    "%s, %zu bytes: as libsodium", name, n);
		else
			skip(1, "no AES instructions");
		is_err(ss_aead_open(&a, out, sealed, n + 16, ad, 33, nonce),
		    SS_OK, "%s, %zu bytes: opens", name, n);
		is_bytes(out, text, n, "%s, %zu bytes: round", name, n);

		memcpy(out, text, n);
		is_err(ss_aead_seal(&a, out, out, n, ad, 33, nonce), SS_OK,
		    "%s, %zu bytes: seals in place", name, n);
		is_bytes(out, sealed, n + 16, "%s, %zu bytes: in place", name,
		    n);
		is_err(ss_aead_open(&a, out, out, n + 16, ad, 33, nonce),
		    SS_OK, "%s, %zu bytes: opens in place", name, n);
		is_bytes(out, text, n, "%s, %zu bytes: round in place", name,
		    n);
	}
	ss_aead_wipe(&a);
	ok(all_zero(&a, sizeof(a)), "%s: wiped", name);
}

/* Whether a changed text is refused and leaves only zeros. */
static int
refused(struct ss_aead *a, size_t n, const uint8_t *aad, size_t aadlen,
    const uint8_t *iv)
{
	memset(out, 0xee, n);
	return ss_aead_open(a, out, sealed, n + 16, aad, aadlen, iv) ==
	    SS_ERR_AUTH && all_zero(out, n);
}

/* n bytes of text: every bit of sealed text, associated data and nonce. */
static void
test_flips(enum ss_aead_id id, size_t n, size_t step)
{
	const char *name = ss_aead_name((int)id);
	uint8_t aad[33], iv[12];
	size_t bad = 0, tried = 0;
	struct ss_aead a;

	ss_aead_init(&a, id, key);
	is_err(ss_aead_seal(&a, sealed, text, n, ad, 33, nonce), SS_OK,
	    "%s, %zu bytes to be changed", name, n);
	for (size_t bit = 0; bit < (n + 16) * 8; bit += step, tried++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		bad += !refused(&a, n, ad, 33, nonce);
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ok(bad == 0, "%s: %zu single bits of text and tag", name, tried);
	for (size_t bit = 0; bit < sizeof(aad) * 8; bit++) {
		memcpy(aad, ad, sizeof(aad));
		aad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		bad += !refused(&a, n, aad, 33, nonce);
	}
	ok(bad == 0, "%s: every bit of the associated data", name);
	for (size_t bit = 0; bit < sizeof(iv) * 8; bit++) {
		memcpy(iv, nonce, sizeof(iv));
		iv[bit / 8] ^= (uint8_t)(1 << bit % 8);
		bad += !refused(&a, n, ad, 33, iv);
	}
	ok(bad == 0, "%s: every bit of the nonce", name);
	ok(refused(&a, n, ad, 32, nonce), "%s: shorter data", name);
	ok(refused(&a, n - 1, ad, 33, nonce), "%s: shorter text", name);
	ss_aead_rekey(&a, id, other);
	ok(refused(&a, n, ad, 33, nonce), "%s: another key", name);
	ss_aead_rekey(&a, id, key);
	is_err(ss_aead_open(&a, out, sealed, n + 16, ad, 33, nonce), SS_OK,
	    "%s: unchanged, after all of it", name);
	for (size_t len = 0; len < 16; len++)
		bad += ss_aead_open(&a, out, sealed, len, ad, 33, nonce) !=
		    SS_ERR_TRUNCATED;
	ok(bad == 0, "%s: less than a tag", name);
	ss_aead_wipe(&a);
}

/*
 * Contexts outlive their keys.  A stale one would seal under the old key,
 * and nobody would notice before the peer does: every change of key and
 * cipher, small and bulk, must equal a fresh start.
 */
static void
test_rekey(void)
{
	static const struct {
		enum ss_aead_id id;
		const uint8_t *key;
		size_t len;
	} turns[] = {
		{ SS_CHACHAPOLY, key, 16384 }, { SS_CHACHAPOLY, other, 16384 },
		{ SS_CHACHAPOLY, key, 100 }, { SS_AESGCM, key, 100 },
		{ SS_AESGCM, other, 100 }, { SS_AESGCM, key, 16384 },
		{ SS_AESGCM, other, 16384 }, { SS_CHACHAPOLY, other, 16384 },
		{ SS_AESGCM, other, 64 }, { SS_CHACHAPOLY, key, 8192 },
	};
	struct ss_aead a, fresh;

	ss_aead_init(&a, SS_AESGCM, other);
	EACH (i, turns) {
		size_t n = turns[i].len;

		ss_aead_rekey(&a, turns[i].id, turns[i].key);
		ss_aead_init(&fresh, turns[i].id, turns[i].key);
		is_err(ss_aead_seal(&a, sealed, text, n, ad, 33, nonce),
		    SS_OK, "turn %zu: seals", i);
		is_err(ss_aead_seal(&fresh, want, text, n, ad, 33, nonce),
		    SS_OK, "turn %zu: fresh", i);
		is_bytes(sealed, want, n + 16, "turn %zu: as fresh", i);
		is_err(ss_aead_open(&a, out, sealed, n + 16, ad, 33, nonce),
		    SS_OK, "turn %zu: opens", i);
		ss_aead_wipe(&fresh);
	}
	ss_aead_wipe(&a);
	ss_aead_wipe(NULL);
	ok(1, "wiping nothing");
}

static void
test_names(void)
{
	ok(strcmp(ss_aead_name(SS_CHACHAPOLY), "chachapoly") == 0, "name");
	ok(strcmp(ss_aead_name(SS_AESGCM), "aesgcm") == 0, "name");
	ok(!ss_aead_name(0) && !ss_aead_name(3), "no other names");
	ok(ss_aead_find("chachapoly") == SS_CHACHAPOLY &&
	    ss_aead_find("aesgcm") == SS_AESGCM, "found by name");
	ok(!ss_aead_find("rot13") && !ss_aead_find(""), "none such");
}

static void
test_hash(void)
{
	uint8_t abc[32], a[32], b[32], long_okm[255 * 32], zero[32] = { 0 };
	size_t bad = 0;

	unhex(abc, 32, /* FIPS 180-4, the example */
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	ss_hash(a, (const uint8_t *)"abc", 3);
	is_bytes(a, abc, 32, "SHA-256 of abc");
	for (size_t i = 0; i <= 200; i++) {
		ss_hash2(a, text, i, text + i, 200 - i);
		ss_hash(b, text, 200);
		bad += memcmp(a, b, 32) != 0;
	}
	ok(bad == 0, "two parts hash as one, wherever they meet");
	ss_hkdf_extract(a, NULL, 0, text, 40);
	ss_hkdf_extract(b, zero, 32, text, 40);
	is_bytes(a, b, 32, "no salt is the zero salt");
	ss_hkdf_expand(long_okm, sizeof(long_okm), ad, 3, a);
	for (size_t n = 1; n <= 100; n++) {
		ss_hkdf_expand(out, n, ad, 3, a);
		bad += memcmp(out, long_okm, n) != 0;
	}
	ok(bad == 0, "shorter output is the beginning of longer output");
	ss_hkdf(out, 64, ad, 4, text, 40, ad, 7);
	ss_hkdf_extract(a, ad, 4, text, 40);
	ss_hkdf_expand(want, 64, ad, 7, a);
	is_bytes(out, want, 64, "HKDF is extract, then expand");
}

/*
 * All points whose order divides 8, with their non-canonical forms: whoever
 * accepts one agrees with everybody on the same secret.   RFC 7748, 6.1
 */
static void
test_loworder(void)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	uint8_t sec[32] = { 77 }, pub[32], shared[32];

	EACH (i, points)
		for (int top = 0; top < 2; top++) {
			unhex(pub, 32, points[i]);
			pub[31] |= (uint8_t)(top << 7); /* ignored, 5 */
			memset(shared, 0xee, 32);
			is_err(ss_dh(shared, sec, pub), SS_ERR_LOWORDER,
			    "point %zu of low order, top bit %d", i, top);
			ok(all_zero(shared, 32), "and nothing came out");
		}
	ss_dh_public(pub, sec);
	is_err(ss_dh(shared, sec, pub), SS_OK, "an honest key");
}

int
main(void)
{
	if (sodium_init() < 0)
		return 255;
	randombytes_buf_deterministic(text, sizeof(text), key);
	EACH (i, ids) {
		test_lengths(ids[i]);
		test_flips(ids[i], 100, 1);
		test_flips(ids[i], 16384, 131);
	}
	test_rekey();
	test_names();
	test_hash();
	test_loworder();
	return done_testing();
}
