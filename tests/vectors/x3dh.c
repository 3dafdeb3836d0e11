/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/hash.h"
#include "../../lib/proto/ratchet.h"
#include "../../lib/proto/x3dh.h"
#include "../unit/tap.h"
#include "vectors.h"
#include <sodium.h>

/*
 * X3DH as two other implementations compute it: python3-x3dh (both sides,
 * with and without a one-time prekey, keys of both formats), and what the
 * tests of libsignal-protocol-c expect.  Signatures of prekeys are not among
 * it: in those programs XEdDSA makes them.
 */

/* 0 if the member is null or missing */
static size_t
hex_of(uint8_t *out, size_t max, json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? unhex(out, max, s) : 0;
}

static void
need(uint8_t out[static 32], json_t *o, const char *key)
{
	if (hex_of(out, 32, o, key) == 32)
		return;
	printf("Bail out! bad vector: %s\n", key);
	exit(255);
}

/* The secret of an identity that is given by a seed, as in RFC 8032. */
static void
secret_of(uint8_t sec[static 32], json_t *o, const char *key)
{
	uint8_t seed[32], hash[64];

	need(seed, o, key);
	crypto_hash_sha512(hash, seed, sizeof(seed));
	memcpy(sec, hash, 32);
}

static void
agreement(json_t *v, size_t i)
{
	const char *info = json_string_value(json_object_get(v, "info"));
	int ed = strcmp(json_string_value(json_object_get(v,
	    "identity_key_format")), "ED_25519") == 0;
	uint8_t ika[32], ikb[32], ek[32], spk[32], opk[32];
	uint8_t pub[5][32], said[2][32], got[32], want[32];
	uint8_t ad[SS_X3DH_AD], want_ad[256];
	int one = hex_of(opk, 32, v, "bob_opk_priv") == 32;
	const struct ss_x3dh_initiator a = { ika, ek, pub[1], pub[3],
		one ? pub[4] : NULL };
	const struct ss_x3dh_responder b = { ikb, spk, one ? opk : NULL,
		pub[0], pub[2] };

	secret_of(ika, v, "alice_identity_secret");
	secret_of(ikb, v, "bob_identity_secret");
	need(ek, v, "alice_ek_priv");
	need(spk, v, "bob_spk_priv");
	ss_dh_public(pub[0], ika);
	ss_dh_public(pub[1], ikb);
	ss_dh_public(pub[2], ek);
	ss_dh_public(pub[3], spk);
	if (one)
		ss_dh_public(pub[4], opk);
	need(said[0], v, "alice_identity_pub");
	need(said[1], v, "bob_identity_pub");
	need(want, v, "alice_ek_pub");
	ok((ed || (memcmp(said[0], pub[0], 32) == 0 &&
	    memcmp(said[1], pub[1], 32) == 0)) &&
	    memcmp(want, pub[2], 32) == 0, "%zu: the public keys", i);

	need(want, v, "shared_secret");
	is_err(ss_x3dh_initiate(got, 32, &a, info, NULL), SS_OK,
	    "%zu: A, %d DHs", i, one ? 4 : 3);
	is_bytes(got, want, 32, "%zu: A's SK", i);
	is_err(ss_x3dh_respond(got, 32, &b, info, NULL), SS_OK, "%zu: B", i);
	is_bytes(got, want, 32, "%zu: B's SK", i);
	ss_x3dh_ad(ad, said[0], said[1]);
	ok(hex_of(want_ad, sizeof(want_ad), v, "associated_data") >= sizeof(ad),
	    "%zu: there is AD", i);
	is_bytes(ad, want_ad, sizeof(ad), "%zu: AD", i);
}

/* Bob's first session in Signal: three DHs, 64 bytes of which the second half
 * is a chain key. */
static void
signal_session(json_t *v)
{
	uint8_t ika[32], ek[32], ikb[32], spk[32], sk[64], want[32];
	const struct ss_x3dh_responder b = { ikb, spk, NULL, ika, ek };

	need(ika, v, "alice_identity_pub");
	need(ek, v, "alice_base_pub");
	need(ikb, v, "bob_identity_priv");
	need(spk, v, "bob_spk_priv");
	need(want, v, "expected_chain_key");
	is_err(ss_x3dh_respond(sk, sizeof(sk), &b, "WhisperText", NULL),
	    SS_OK, "Signal: B");
	is_bytes(sk + 32, want, 32, "Signal: the chain key");
	ss_dh_public(want, ikb);
	need(sk, v, "bob_identity_pub");
	is_bytes(want, sk, 32, "Signal: B's identity key");
	ss_dh_public(want, spk);
	need(sk, v, "bob_spk_pub");
	is_bytes(want, sk, 32, "Signal: B's signed prekey");
}

/* A step of the chain; Signal expands the message key once more. */
static void
signal_chain(json_t *v)
{
	static const char info[] = "WhisperMessageKeys";
	uint8_t ck[32], mk[32], keys[80], want[32], zero[32] = { 0 };

	need(ck, v, "chain_key");
	ss_ratchet_kdf_ck(mk, ck);
	need(want, v, "next_chain_key");
	is_bytes(ck, want, 32, "Signal: the next chain key");
	ss_hkdf(keys, sizeof(keys), zero, 32, mk, 32, (const uint8_t *)info,
	    sizeof(info) - 1);
	need(want, v, "cipher_key");
	is_bytes(keys, want, 32, "Signal: the cipher key");
	need(want, v, "mac_key");
	is_bytes(keys + 32, want, 32, "Signal: the MAC key");
}

static void
signal_dh(json_t *v)
{
	uint8_t sec[32], pub[32], got[32], want[32];

	need(want, v, "shared");
	need(sec, v, "alicePrivate");
	need(pub, v, "bobPublic");
	is_err(ss_dh(got, sec, pub), SS_OK, "Signal: A's DH");
	is_bytes(got, want, 32, "Signal: A's DH");
	need(sec, v, "bobPrivate");
	need(pub, v, "alicePublic");
	is_err(ss_dh(got, sec, pub), SS_OK, "Signal: B's DH");
	is_bytes(got, want, 32, "Signal: B's DH");
}

static void
signal_hkdf(json_t *list)
{
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		uint8_t ikm[128], salt[128], info[128], want[128], got[128];
		size_t n = hex_of(ikm, sizeof(ikm), v, "ikm");
		size_t s = hex_of(salt, sizeof(salt), v, "salt");
		size_t f = hex_of(info, sizeof(info), v, "info");
		size_t len = hex_of(want, sizeof(want), v, "okm");

		ss_hkdf(got, len, salt, s, ikm, n, info, f);
		ok(len > 0 && memcmp(got, want, len) == 0,
		    "Signal: HKDF %zu, %zu bytes", i, len);
	}
}

int
main(void)
{
	json_t *file, *v;
	size_t i;

	if (sodium_init() < 0)
		return 1;
	if ((file = vectors_load("x3dh-doubleratchet/x3dh_doubleratchet.json")))
		json_array_foreach(json_object_get(file, "x3dh"), i, v)
			agreement(v, i);
	else
		skip(1, "no vectors of X3DH here");
	json_decref(file);
	if ((file = vectors_load("signal/signal_kat.json"))) {
		signal_session(json_object_get(file, "x3dh_no_opk_bob_side"));
		signal_chain(json_object_get(file, "chain_key_step_v3"));
		signal_dh(json_object_get(file, "x25519_agreement"));
		signal_hkdf(json_object_get(file, "hkdf_v3"));
	} else {
		skip(1, "no vectors of Signal here");
	}
	json_decref(file);
	return done_testing();
}
