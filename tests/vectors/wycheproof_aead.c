/* SPDX-License-Identifier: ISC */

/*
 * Wycheproof's AES-GCM (256-bit keys, 96-bit nonces, 128-bit tags) and
 * ChaCha20-Poly1305.  Their texts are short, and aead.c sends short texts to
 * libsodium; so that OpenSSL's half passes the same vectors, aead.c is
 * included here and its inner functions are called as well.
 */
#include "../../lib/proto/aead.c"
#include "wycheproof.h"

#define MAX 1024

struct text {
	uint8_t key[32], nonce[12], ad[MAX], msg[MAX], sealed[MAX + 16];
	size_t adlen, len;
};

static enum ss_aead_id algorithm;

static int
wanted(const struct wp_case *c)
{
	return wp_int(c->group, "keySize") == 256 &&
	    wp_int(c->group, "ivSize") == 96 &&
	    wp_int(c->group, "tagSize") == 128;
}

static void
load(struct text *t, const struct wp_case *c)
{
	wp_hex(t->key, 32, c->test, "key");
	wp_hex(t->nonce, 12, c->test, "iv");
	t->adlen = wp_hex(t->ad, MAX, c->test, "aad");
	t->len = wp_hex(t->msg, MAX, c->test, "msg");
	wp_hex(t->sealed, MAX, c->test, "ct");
	wp_hex(t->sealed + t->len, 16, c->test, "tag");
}

/* How a path seals and opens: ss_aead_* decide themselves, bulk_* do not. */
typedef enum ss_err step(struct ss_aead *, uint8_t *, const uint8_t *, size_t,
    const uint8_t *, size_t, const uint8_t *);

static void
check(const struct text *t, const struct wp_case *c, const char *path,
    step *seal, step *open, size_t tag)
{
	uint8_t out[MAX + 16], zero[MAX] = { 0 };
	struct ss_aead a;

	ss_aead_init(&a, algorithm, t->key);
	if (c->valid) {
		is_err(seal(&a, out, t->msg, t->len, t->ad, t->adlen, t->nonce),
		    SS_OK, "%s %d: seals", path, c->id);
		is_bytes(out, t->sealed, t->len + 16, "%s %d: sealed", path,
		    c->id);
	}
	memset(out, 0xee, sizeof(out));
	is_err(open(&a, out, t->sealed, t->len + tag, t->ad, t->adlen,
		   t->nonce),
	    c->valid ? SS_OK : SS_ERR_AUTH, "%s %d: %s, %s", path, c->id,
	    c->result, c->comment);
	is_bytes(out, c->valid ? t->msg : zero, t->len, "%s %d: %s", path,
	    c->id, c->valid ? "opened" : "nothing came out");
	ss_aead_wipe(&a);
}

static void
run(const struct wp_case *c)
{
	static struct text t;
	const char *name = algorithm == SS_AESGCM ? "gcm" : "chacha";
	char path[32];

	load(&t, c);
	snprintf(path, sizeof(path), "%s", name);
	check(&t, c, path, ss_aead_seal, ss_aead_open, 16);
	/* bulk_open counts the text without its tag */
	snprintf(path, sizeof(path), "%s, bulk,", name);
	check(&t, c, path, bulk_seal, bulk_open, 0);
}

int
main(void)
{
	if (sodium_init() < 0)
		return 255;
	algorithm = SS_AESGCM;
	wp_each("aes_gcm", 66, wanted, run);
	algorithm = SS_CHACHAPOLY;
	wp_each("chacha20_poly1305", 316, wanted, run);
	return done_testing();
}
