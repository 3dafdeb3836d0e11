/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/rsa.h"
#include "wycheproof.h"
#include <sodium.h>

/*
 * Wycheproof's RSA-OAEP with SHA-256, 2048 bits.  decrypt says what is wrong
 * with a ciphertext and is held against every vector; unwrap must never say
 * it, and gives another key for each of the wrong ones.
 */
static struct ss_rsa rsa;
static uint8_t refused[64][SS_RSA_KEY_BYTES];
static size_t nrefused;

/* A number of the file: signed hex, so that a zero may stand before it. */
static void
number(uint8_t *out, size_t len, json_t *key, const char *name)
{
	const char *hex = json_string_value(json_object_get(key, name));
	uint8_t all[SS_RSA_BYTES_MAX + 1];
	size_t n = hex ? unhex(all, sizeof(all), hex) : 0, skip0 = 0;

	while (n - skip0 > len && all[skip0] == 0)
		skip0++;
	memset(out, 0, len);
	if (n - skip0 <= len)
		memcpy(out + len - (n - skip0), all + skip0, n - skip0);
}

static void
load(json_t *group)
{
	json_t *k = json_object_get(group, "privateKey");
	struct ss_rsa_public pub = { .len = 256 };
	struct ss_rsa_secret s = { 0 };

	number(pub.n, 256, k, "modulus");
	number(s.d, 256, k, "privateExponent");
	number(s.p, 128, k, "prime1");
	number(s.q, 128, k, "prime2");
	number(s.dP, 128, k, "exponent1");
	number(s.dQ, 128, k, "exponent2");
	number(s.qInv, 128, k, "coefficient");
	is_err(ss_rsa_open(&rsa, &pub, &s), SS_OK, "the key");
}

static void
unwrap(const struct wp_case *c, const uint8_t *ct, size_t len,
    const uint8_t *label, size_t labellen)
{
	uint8_t key[SS_RSA_KEY_BYTES], again[SS_RSA_KEY_BYTES];
	int other = 1;

	is_err(ss_rsa_unwrap(key, ct, len, label, labellen, &rsa),
	    len == 256 ? SS_OK : SS_ERR_LENGTH, "%d: unwrap", c->id);
	if (len != 256 || nrefused == 64)
		return;
	is_err(ss_rsa_unwrap(again, ct, len, label, labellen, &rsa), SS_OK,
	    "%d: once more", c->id);
	is_bytes(again, key, sizeof(key), "%d: the same key", c->id);
	for (size_t i = 0; i < nrefused; i++)
		other &= memcmp(key, refused[i], sizeof(key)) != 0;
	ok(other && !sodium_is_zero(key, sizeof(key)), "%d: a key of its own",
	    c->id);
	memcpy(refused[nrefused++], key, sizeof(key));
}

static void
oaep(const struct wp_case *c)
{
	uint8_t ct[600], msg[256], label[256], out[SS_RSA_BYTES_MAX];
	size_t len = wp_hex(ct, sizeof(ct), c->test, "ct");
	size_t msglen = wp_hex(msg, sizeof(msg), c->test, "msg");
	size_t labellen = wp_hex(label, sizeof(label), c->test, "label");
	size_t outlen = 0;
	enum ss_err e;

	if (!rsa.pkey)
		load(c->group);
	e = ss_rsa_decrypt(out, &outlen, ct, len, label, labellen, &rsa);
	is_err(e, c->valid ? SS_OK : len != 256 ? SS_ERR_LENGTH : SS_ERR_AUTH,
	    "%d: %s, %s", c->id, c->result, c->comment);
	if (c->valid) {
		ok(outlen == msglen, "%d: %zu bytes", c->id, msglen);
		is_bytes(out, msg, msglen, "%d: the text", c->id);
	}
	if (!c->valid || msglen != SS_RSA_KEY_BYTES)
		unwrap(c, ct, len, label, labellen);
}

int
main(void)
{
	if (sodium_init() < 0)
		return 255;
	wp_each("rsa_oaep_2048_sha256_mgf1sha256", 37, NULL, oaep);
	ss_rsa_close(&rsa);
	return done_testing();
}
