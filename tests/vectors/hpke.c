/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/hpke.h"
#include "../unit/tap.h"
#include "vectors.h"
#include <openssl/evp.h>
#include <sodium.h>

/*
 * The vectors of RFC 9180, appendix A, for X25519: base and psk with
 * AES-128-GCM, ChaCha20-Poly1305 and export only.  Every intermediate value,
 * every ciphertext and every export, byte for byte, on both sides.
 */
static char name[128];
static int encryptions, exports;

static size_t
hex(uint8_t *out, size_t max, json_t *from, const char *key)
{
	const char *s = json_string_value(json_object_get(from, key));

	return s ? unhex(out, max, s) : 0;
}

/* The file has numbers as text, the larger ones in hex. */
static unsigned long
number(json_t *from, const char *key)
{
	const char *s = json_string_value(json_object_get(from, key));

	return s ? strtoul(s, NULL, 0) : 0;
}

static void
is(const uint8_t *got, json_t *from, const char *key)
{
	uint8_t want[256];
	size_t len = hex(want, sizeof(want), from, key);

	ok(len > 0, "%s: has %s", name, key);
	is_bytes(got, want, len, "%s: %s", name, key);
}

/* AES-128-GCM is in no product of ours: only the vectors need it. */
static int
aes128(uint8_t *out, const uint8_t *key, const uint8_t *nonce,
    const uint8_t *pt, size_t len, const uint8_t *aad, size_t aadlen)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, good = c &&
	    EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, nonce) &&
	    EVP_EncryptUpdate(c, NULL, &n, aad, (int)aadlen) &&
	    EVP_EncryptUpdate(c, out, &n, pt, (int)len) &&
	    EVP_EncryptFinal_ex(c, out + len, &n) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, out + len);

	EVP_CIPHER_CTX_free(c);
	return good;
}

/* One encryption at its sequence number (vectors leave some out). */
static void
encryption(struct ss_hpke *s, struct ss_hpke *r, json_t *v)
{
	uint8_t pt[256], aad[64], got[272], back[256];
	uint8_t nonce[SS_HPKE_NONCE_BYTES], ct[272];
	size_t len = hex(pt, sizeof(pt), v, "pt");
	size_t aadlen = hex(aad, sizeof(aad), v, "aad");
	size_t ctlen = hex(ct, sizeof(ct), v, "ct");

	s->seq = r->seq = number(v, "sequence number");
	ss_hpke_nonce(nonce, s);
	is(nonce, v, "nonce");
	ok(ctlen == len + 16, "%s: length of the ciphertext", name);
	if (s->id == SS_HPKE_AES128GCM) {
		ok(aes128(got, s->key, nonce, pt, len, aad, aadlen),
		    "%s: aes-128", name);
		is_err(ss_hpke_seal(s, back, pt, len, aad, aadlen),
		    SS_ERR_SUITE, "%s: no product of ours", name);
	} else {
		is_err(ss_hpke_seal(s, got, pt, len, aad, aadlen), SS_OK,
		    "%s: seal", name);
		is_err(ss_hpke_open(r, back, ct, ctlen, aad, aadlen), SS_OK,
		    "%s: open", name);
		is_bytes(back, pt, len, "%s: the text again", name);
		ok(s->seq == r->seq, "%s: both count", name);
		ct[0] ^= 1;
		is_err(ss_hpke_open(r, back, ct, ctlen, aad, aadlen),
		    SS_ERR_AUTH, "%s: changed", name);
		ok(s->seq == r->seq, "%s: a refusal does not count", name);
	}
	is(got, v, "ct");
	encryptions++;
}

static void
export(const struct ss_hpke *s, json_t *v)
{
	uint8_t context[64], got[256];
	size_t n = hex(context, sizeof(context), v, "exporter_context");
	size_t len = number(v, "L");

	is_err(ss_hpke_export(got, len, context, n, s), SS_OK, "%s: export",
	    name);
	is(got, v, "exported_value");
	exports++;
}

static void
vector(json_t *v)
{
	json_t *u = json_object_get(v, "setup"), *x;
	uint8_t info[64], psk[64], psk_id[64], ikm[32], sk[32], pk[32];
	uint8_t skR[32], shared[32], enc[32], again[32], key[32];
	struct ss_hpke_setup setup = { .info = info, .psk = psk,
		.psk_id = psk_id };
	struct ss_hpke s, r;
	size_t i, keylen;

	snprintf(name, sizeof(name), "%s, %s",
	    json_string_value(json_object_get(v, "suite")),
	    json_string_value(json_object_get(v, "mode_name")));
	setup.mode = (enum ss_hpke_mode)number(u, "mode");
	setup.aead = (enum ss_hpke_aead)number(u, "aead_id");
	setup.infolen = hex(info, sizeof(info), u, "info");
	setup.psklen = hex(psk, sizeof(psk), u, "psk");
	setup.psk_idlen = hex(psk_id, sizeof(psk_id), u, "psk_id");

	hex(ikm, 32, u, "ikmR");
	ss_hpke_derive(skR, ikm);
	is(skR, u, "skRm");
	hex(ikm, 32, u, "ikmE");
	ss_hpke_derive(sk, ikm);
	is(sk, u, "skEm");
	hex(pk, 32, u, "pkRm");
	is_err(ss_hpke_encap(shared, enc, sk, pk, NULL), SS_OK, "%s: encap",
	    name);
	is(enc, u, "enc");
	is(shared, u, "shared_secret");
	is_err(ss_hpke_decap(again, enc, skR, NULL), SS_OK, "%s: decap",
	    name);
	is(again, u, "shared_secret");
	is_err(ss_hpke_start(&s, &setup, shared), SS_OK, "%s: start", name);
	is_err(ss_hpke_start(&r, &setup, again), SS_OK, "%s: start", name);
	is(s.exporter_secret, u, "exporter_secret");
	is_err(ss_hpke_seal(&s, sk, NULL, 0, NULL, 0), setup.aead ==
	    SS_HPKE_CHACHAPOLY ? SS_OK : SS_ERR_SUITE, "%s: seals", name);
	if ((keylen = hex(key, sizeof(key), u, "key")) > 0) {
		is_bytes(s.key, key, keylen, "%s: key", name);
		is(s.base_nonce, u, "base_nonce");
	}
	json_array_foreach(json_object_get(v, "encryptions"), i, x)
		encryption(&s, &r, x);
	json_array_foreach(json_object_get(v, "exports"), i, x)
		export(&s, x);
	ss_hpke_wipe(&s);
	ss_hpke_wipe(&r);
}

/* What must be refused whatever the vectors say. */
static void
refusals(void)
{
	static const uint8_t zero[32], psk[] = "a psk of our own";
	static const uint8_t longer[SS_HPKE_INFO_MAX + 1];
	uint8_t sk[32] = { 1 }, pk[32], shared[32], enc[32];
	struct ss_hpke_setup s = { .mode = SS_HPKE_BASE,
		.aead = SS_HPKE_CHACHAPOLY };
	struct ss_hpke c;

	ss_dh_public(pk, sk);
	is_err(ss_hpke_encap(shared, enc, sk, zero, NULL), SS_ERR_LOWORDER,
	    "encap to a key of low order");
	is_bytes(shared, zero, 32, "no secret");
	is_err(ss_hpke_decap(shared, zero, sk, NULL), SS_ERR_LOWORDER,
	    "decap of a key of low order");
	is_err(ss_hpke_decap(shared, pk, sk, zero), SS_ERR_LOWORDER,
	    "a sender of low order");
	is_bytes(shared, zero, 32, "no secret");
	s.psk = psk;
	s.psklen = sizeof(psk);
	is_err(ss_hpke_start(&c, &s, shared), SS_ERR_SUITE,
	    "base mode with a psk");
	s.mode = SS_HPKE_PSK;
	is_err(ss_hpke_start(&c, &s, shared), SS_ERR_SUITE,
	    "a psk without an id");
	s.mode = SS_HPKE_AUTH;
	s.psklen = 0;
	s.info = longer;
	s.infolen = sizeof(longer);
	is_err(ss_hpke_start(&c, &s, shared), SS_ERR_LENGTH, "a long info");
	s.infolen = 0;
	is_err(ss_hpke_start(&c, &s, shared), SS_OK, "none");
	is_err(ss_hpke_export(enc, 32, longer, sizeof(longer), &c),
	    SS_ERR_LENGTH, "a long context");
	is_err(ss_hpke_export(enc, 0, NULL, 0, &c), SS_ERR_LENGTH,
	    "an empty export");
	c.seq = UINT64_MAX;
	is_err(ss_hpke_seal(&c, enc, NULL, 0, NULL, 0), SS_ERR_SPENT,
	    "too many messages");
	ss_hpke_wipe(&c);
	ss_hpke_wipe(NULL);
}

int
main(void)
{
	json_t *root, *v;
	size_t i;

	if (sodium_init() < 0)
		return 255;
	refusals();
	if (!(root = vectors_load("hpke/rfc9180_x25519_base_psk.json"))) {
		skip(1, "the shared HPKE vectors are not here");
		return done_testing();
	}
	json_array_foreach(root, i, v)
		vector(v);
	ok(i == 6 && encryptions >= 24 && exports >= 18,
	    "%zu setups, %d encryptions, %d exports", i, encryptions,
	    exports);
	json_decref(root);
	return done_testing();
}
