/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/aead.h"
#include "../../lib/proto/ratchet.h"
#include "../unit/tap.h"
#include "vectors.h"
#include <sodium.h>

/*
 * Transcripts of the Double Ratchet made by another implementation: every
 * header, every message key and every ciphertext must come out the same,
 * whatever the order of arrival.
 */

static struct ss_ratchet alice, bob;

static void
hex_of(json_t *o, const char *key, uint8_t *out, size_t len)
{
	const char *s = json_string_value(json_object_get(o, key));

	if (!s || unhex(out, len, s) != len) {
		printf("Bail out! bad vector: %s\n", key);
		exit(255);
	}
}

/* The secret of a ratchet public key, from the transcript's table. */
static void
secret_of(uint8_t sec[static 32], json_t *t, const char *pub)
{
	hex_of(json_object_get(t, "ratchet_private_keys_by_pub"), pub, sec,
	    32);
}

/* The key pair that a side uses next after event `from`: its next send. */
static void
next_secret(uint8_t sec[static 32], json_t *t, size_t from, const char *side)
{
	json_t *events = json_object_get(t, "events");

	memset(sec, 7, 32); /* never seen: it does not send again */
	for (size_t i = from + 1; i < json_array_size(events); i++) {
		json_t *e = json_array_get(events, i);
		const char *frm = json_string_value(json_object_get(e, "frm"));

		if (!frm || strcmp(frm, side) != 0)
			continue;
		secret_of(sec, t,
		    json_string_value(json_object_get(e, "ratchet_pub")));
		return;
	}
}

static void
header_of(struct ss_ratchet_header *h, json_t *e)
{
	hex_of(e, "ratchet_pub", h->pub, 32);
	h->pn = (uint32_t)json_integer_value(json_object_get(e, "pn"));
	h->n = (uint32_t)json_integer_value(json_object_get(e, "n"));
}

/* The ciphertext of a send event under a message key: AES-256-GCM. */
static int
ciphertext_fits(json_t *e, const uint8_t mk[static 32])
{
	const char *ad = json_string_value(json_object_get(e, "aead_ad"));
	const char *pt = json_string_value(json_object_get(e, "plaintext"));
	const char *ct = json_string_value(json_object_get(e, "ciphertext"));
	uint8_t adb[512], ptb[1024], ctb[1040], got[1040], nonce[12] = { 0 };
	size_t adn = unhex(adb, sizeof(adb), ad);
	size_t ptn = unhex(ptb, sizeof(ptb), pt);
	size_t ctn = unhex(ctb, sizeof(ctb), ct);
	struct ss_aead a;
	enum ss_err err;

	ss_aead_init(&a, SS_AESGCM, mk);
	err = ss_aead_seal(&a, got, ptb, ptn, adb, adn, nonce);
	ss_aead_wipe(&a);
	return err == SS_OK && ctn == ptn + 16 && memcmp(got, ctb, ctn) == 0;
}

static json_t *
event_sent(json_t *events, json_t *id)
{
	json_t *e;
	size_t i;

	json_array_foreach(events, i, e)
		if (json_equal(json_object_get(e, "id"), id) &&
		    strcmp(json_string_value(json_object_get(e, "op")),
			"send") == 0)
			return e;
	return NULL;
}

static void
start(json_t *t)
{
	json_t *first = json_array_get(json_object_get(t, "events"), 0);
	uint8_t fresh[32];

	memset(&alice, 0, sizeof(alice));
	memset(&bob, 0, sizeof(bob));
	alice.label = bob.label =
	    json_string_value(json_object_get(t, "root_info"));
	hex_of(t, "initial_root_key", alice.RK, 32);
	hex_of(t, "initial_root_key", bob.RK, 32);
	hex_of(t, "bob_initial_ratchet_priv", bob.DHs, 32);
	ss_dh_public(bob.DHs_pub, bob.DHs);
	memcpy(alice.DHr, bob.DHs_pub, 32);
	alice.has_DHr = 1;
	secret_of(fresh, t,
	    json_string_value(json_object_get(first, "ratchet_pub")));
	is_err(ss_ratchet_turn(&alice, fresh), SS_OK, "RatchetInitAlice");
}

static void
transcript(json_t *t, size_t number)
{
	json_t *events = json_object_get(t, "events"), *e;
	size_t i, wrong = 0, sends = 0, receives = 0;

	start(t);
	json_array_foreach(events, i, e) {
		const char *op = json_string_value(json_object_get(e, "op"));
		int send = strcmp(op, "send") == 0;
		const char *who = json_string_value(
		    json_object_get(e, send ? "frm" : "by"));
		struct ss_ratchet *r = who && *who == 'A' ? &alice : &bob;
		json_t *sent = event_sent(events, json_object_get(e, "id"));
		struct ss_ratchet_header h, want;
		uint8_t mk[32], key[32], fresh[32];
		uint32_t gap;

		if (strcmp(op, "lost") == 0)
			continue;
		header_of(&want, sent);
		hex_of(sent, "message_key", key, 32);
		if (send) {
			wrong += ss_ratchet_send(mk, &h, r) != SS_OK ||
			    memcmp(h.pub, want.pub, 32) != 0 ||
			    h.n != want.n || h.pn != want.pn;
			sends++;
		} else {
			next_secret(fresh, t, i, who);
			wrong += ss_ratchet_receive(mk, &gap, &want, fresh,
				     r) != SS_OK;
			receives++;
		}
		wrong += memcmp(mk, key, 32) != 0 || !ciphertext_fits(sent, mk);
	}
	ok(sends > 0 && receives > 0 && wrong == 0,
	    "transcript %zu: %zu sent, %zu received", number, sends, receives);
}

int
main(void)
{
	json_t *file, *t;
	size_t i;

	if (sodium_init() < 0)
		return 1;
	file = vectors_load("x3dh-doubleratchet/x3dh_doubleratchet.json");
	if (!file) {
		skip(1, "no ratchet transcripts here");
		return done_testing();
	}
	json_array_foreach(json_object_get(file, "double_ratchet"), i, t)
		transcript(t, i);
	json_decref(file);
	return done_testing();
}
