/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/noise.h"
#include "../unit/tap.h"
#include <jansson.h>
#include <sodium.h>

/*
 * Published Noise vectors (cacophony, flynn/noise): both sides are run, and
 * every message, handshake hash and transport message must come out byte for
 * byte.  Transport messages go on alternating where the handshake stopped;
 * one-way patterns have one direction only.
 */

struct side {
	struct ss_noise n;
	struct ss_noise_cipher send, receive;
	uint8_t ephemeral[32];
};

static size_t
member(uint8_t *out, size_t max, const json_t *v, const char *key)
{
	const char *hex = json_string_value(json_object_get(v, key));

	return hex ? unhex(out, max, hex) : 0;
}

/* The protocol's name, taken apart again into a suite. */
static enum ss_err
suite_of(uint16_t *suite, const json_t *v)
{
	const char *aead = json_string_value(json_object_get(v, "cipher"));
	const char *name = json_string_value(json_object_get(v, "name"));
	char variant[32] = "";

	if (!name || !aead || sscanf(name, "Noise_%31[^_]_", variant) != 1)
		return SS_ERR_FORMAT;
	return ss_noise_suite(suite, variant,
	    strcmp(aead, "AESGCM") == 0 ? SS_AESGCM : SS_CHACHAPOLY);
}

static enum ss_err
begin(struct side *side, int initiator, const struct ss_noise_plan *plan,
    const json_t *v)
{
	uint8_t prologue[256], s[32], their[32], rs[32], psks[4][32];
	const json_t *list = json_object_get(v, "psks");
	size_t len = member(prologue, sizeof(prologue), v, "init_prologue");
	size_t has_s, has_rs, npsks = json_array_size(list);

	memset(side, 0, sizeof(*side));
	has_s = member(s, 32, v, initiator ? "init_static" : "resp_static");
	has_rs = member(their, 32, v, initiator ? "resp_static"
	                                        : "init_static");
	if (has_rs)
		ss_dh_public(rs, their);
	for (size_t i = 0; i < npsks && i < 4; i++)
		unhex(psks[i], 32, json_string_value(json_array_get(list, i)));
	member(side->ephemeral, 32, v,
	    initiator ? "init_ephemeral" : "resp_ephemeral");
	return ss_noise_start(&side->n, plan, initiator, prologue, len,
	    has_s ? s : NULL, NULL, has_rs ? rs : NULL,
	    (const uint8_t (*)[32])psks, npsks);
}

static void
split(struct side *side, const char *name, const json_t *v)
{
	uint8_t keys[64], hash[32], want[32];
	int i = side->n.initiator;

	ss_noise_split(keys, hash, &side->n);
	if (member(want, 32, v, "handshake_hash") == 32)
		is_bytes(hash, want, 32, "%s: handshake hash", name);
	ss_noise_cipher_init(&side->send, side->n.plan.aead,
	    i ? keys : keys + 32);
	ss_noise_cipher_init(&side->receive, side->n.plan.aead,
	    i ? keys + 32 : keys);
}

/* One message, in the handshake or after it. */
static void
message(struct side *from, struct side *to, size_t m, const char *name,
    const json_t *v)
{
	uint8_t payload[256], want[512], got[512], back[512];
	size_t len = member(payload, sizeof(payload), v, "payload");
	size_t wantlen = member(want, sizeof(want), v, "ciphertext"), backlen;
	struct ss_buf b = { got, 0, sizeof(got), 0 };
	int handshake = m < from->n.plan.nmessages;
	enum ss_err e;

	if (handshake) {
		e = ss_noise_write(&b, payload, len, from->ephemeral, &from->n);
	} else {
		e = ss_noise_cipher_seal(&from->send, got, payload, len,
		    NULL, 0);
		b.len = len + 16;
	}
	is_err(e, SS_OK, "%s: message %zu is written", name, m);
	if (ok(b.len == wantlen, "%s: message %zu has %zu bytes", name, m,
	    wantlen))
		is_bytes(got, want, wantlen, "%s: message %zu", name, m);

	if (handshake) {
		e = ss_noise_read(back, &backlen, want, wantlen, &to->n);
	} else {
		e = ss_noise_cipher_open(&to->receive, back, want, wantlen,
		    NULL, 0);
		backlen = wantlen - 16;
	}
	is_err(e, SS_OK, "%s: message %zu is read", name, m);
	ok(backlen == len && memcmp(back, payload, len) == 0,
	    "%s: payload %zu", name, m);
}

static void
vector(const json_t *v)
{
	const char *name = json_string_value(json_object_get(v, "name"));
	const json_t *list = json_object_get(v, "messages");
	struct ss_noise_plan plan;
	static struct side a, b;
	uint16_t suite;

	if (!is_err(suite_of(&suite, v), SS_OK, "%s: suite", name))
		return;
	is_err(ss_noise_plan(&plan, suite), SS_OK, "%s: plan", name);
	ok(strcmp(plan.name, name) == 0, "%s: its name", name);
	is_err(begin(&a, 1, &plan, v), SS_OK, "%s: initiator", name);
	is_err(begin(&b, 0, &plan, v), SS_OK, "%s: responder", name);
	ok(json_array_size(list) > plan.nmessages, "%s: has transport", name);
	for (size_t m = 0; m < json_array_size(list); m++) {
		int first = m % 2 == 0 || plan.one_way;

		message(first ? &a : &b, first ? &b : &a, m, name,
		    json_array_get(list, m));
		if (m + 1 == plan.nmessages) {
			split(&a, name, v);
			split(&b, name, v);
		}
	}
}

int
main(void)
{
	const char *folder = getenv("SS_VECTORS");
	char path[1024];
	json_t *root;
	const json_t *list;

	if (sodium_init() < 0)
		return 1;
	snprintf(path, sizeof(path), "%s/noise/noise_25519_sha256.json",
	    folder ? folder : "../shared/vectors");
	if (!(root = json_load_file(path, 0, NULL))) {
		skip(1, "the shared Noise vectors are not here");
		return done_testing();
	}
	list = json_object_get(root, "vectors");
	ok(json_array_size(list) >= 18, "%zu vectors", json_array_size(list));
	for (size_t i = 0; i < json_array_size(list); i++)
		vector(json_array_get(list, i));
	json_decref(root);
	return done_testing();
}
