/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/handshake.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * handshake FAMILY:PATTERN RUNS - complete handshakes, both sides on one core,
 * until both have what a session begins with; and in turns with them, in
 * rounds, the primitives of one handshake and nothing else: libsodium's own
 * functions, keys at hand.
 * Prints handshakes per second, what the primitives would allow, and the
 * median ratio of the rounds.
 */
#define ROUNDS 9

/* What both sides together cannot do without. */
struct cost {
	const char *what;
	enum ss_aead_id aead;
	int keypairs, dhs, signatures, verifications;
	int hmacs, hashes, seals;
};
static const struct cost costs[] = {
	/*
	 * On each side: es, ss, ee, se; an HKDF of 3 HMACs for each of them
	 * and for Split; MixHash of prologue, 2 static and 2 ephemeral keys,
	 * 2 payloads; 2 payloads.
	 */
	{ "noise:KK", SS_CHACHAPOLY, 2, 8, 0, 0, 30, 14, 4 },
	/*
	 * On each side: ee; HKDF of 6 HMACs, 2 MACs; 6 steps of the
	 * transcript and the commitment; 2 texts.  Once: the blind.
	 */
	{ "signed", SS_AESGCM, 2, 2, 2, 2, 18, 14, 4 },
	/*
	 * On each side: four DHs; HKDF of 2 HMACs for SK and of 3 for the
	 * keys, the MAC; 6 steps of the transcript, with a fingerprint in
	 * it.  Once: EK, the signature of the bundle and what it covers, the
	 * choice of a one-time prekey.  Prekeys are made beforehand.
	 */
	{ "x3dh", SS_CHACHAPOLY, 1, 8, 0, 1, 14, 15, 0 },
};

static struct ss_identity people[2];
static struct ss_prekeys prekeys; /* of people[1] */
static struct ss_bundle bundle;

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(int good)
{
	if (!good)
		abort();
}

static void
start(struct ss_handshake *hs, const char *what, int us,
    const uint8_t run[static SS_RUN_BYTES])
{
	const struct ss_family *family;
	struct ss_handshake_config c = { .initiator = us == 0, .profile = "",
		.self = &people[us], .peer = &people[1 - us].pub };

	must(ss_family_choose(&family, &c.suite, what, 0) == SS_OK);
	c.mode = family->mode(c.suite);
	if (family->prekeys && us == 0)
		c.bundle = &bundle;
	else if (family->prekeys)
		c.prekeys = &prekeys;
	must(ss_handshake_start(hs, family, &c, run) == SS_OK);
}

/* As many one-time prekeys as one has, and none is used up here. */
static void
publish(void)
{
	uint8_t seed[32];

	ss_prekeys_init(&prekeys, &people[1].pub);
	randombytes_buf(seed, sizeof(seed));
	must(ss_prekeys_rotate(&prekeys, &people[1], seed, 0, 1, 1, "") ==
	    SS_OK);
	for (int i = 0; i < 100; i++) {
		randombytes_buf(seed, sizeof(seed));
		must(ss_prekeys_add(&prekeys, seed) == SS_OK);
	}
	must(ss_bundle_of(&bundle, &prekeys, 0) == SS_OK);
}

static void
complete(const char *what)
{
	static struct ss_handshake hs[2];
	static uint8_t rec[1024];
	uint8_t run[SS_RUN_BYTES], entropy[32];
	struct ss_agreed a, b;

	randombytes_buf(run, sizeof(run));
	start(&hs[0], what, 0, run);
	start(&hs[1], what, 1, run);
	for (size_t m = 0; m < hs[0].steps; m++) {
		struct ss_buf out = { rec, 0, sizeof(rec), 0 };

		randombytes_buf(entropy, sizeof(entropy));
		must(ss_handshake_write(&out, entropy, &hs[m % 2]) == SS_OK);
		must(ss_handshake_read(&hs[1 - m % 2], rec, out.len) == SS_OK);
	}
	must(ss_handshake_finish(&a, &hs[0]) == SS_OK &&
	    ss_handshake_finish(&b, &hs[1]) == SS_OK);
	must(memcmp(a.secret, b.secret, sizeof(a.secret)) == 0);
	ss_handshake_wipe(&hs[0]);
	ss_handshake_wipe(&hs[1]);
}

static void
seal(const struct cost *c, const uint8_t key[static 32])
{
	static uint8_t box[200 + 16];
	static const uint8_t nonce[12], text[200], ad[32];
	size_t len = c->signatures ? sizeof(text) : 0;

	if (c->aead == SS_AESGCM)
		crypto_aead_aes256gcm_encrypt(box, NULL, text, len, ad,
		    sizeof(ad), NULL, nonce, key);
	else
		crypto_aead_chacha20poly1305_ietf_encrypt(box, NULL, text, len,
		    ad, sizeof(ad), NULL, nonce, key);
}

static void
primitives(const struct cost *c)
{
	static uint8_t sec[32], pub[32], out[32], msg[200], sig[64];
	static uint8_t ed_pub[32], ed_sec[64];
	static int made;

	if (!made++) {
		randombytes_buf(sec, sizeof(sec));
		crypto_scalarmult_base(pub, sec);
		crypto_sign_keypair(ed_pub, ed_sec);
		crypto_sign_detached(sig, NULL, msg, sizeof(msg), ed_sec);
	}
	for (int i = 0; i < c->keypairs; i++) {
		randombytes_buf(sec, sizeof(sec));
		crypto_scalarmult_base(pub, sec);
	}
	for (int i = 0; i < c->dhs; i++)
		must(crypto_scalarmult(out, sec, pub) == 0);
	for (int i = 0; i < c->signatures; i++)
		crypto_sign_detached(sig, NULL, msg, sizeof(msg), ed_sec);
	for (int i = 0; i < c->verifications; i++)
		must(crypto_sign_verify_detached(
			 sig, msg, sizeof(msg), ed_pub) == 0);
	for (int i = 0; i < c->hmacs; i++)
		crypto_auth_hmacsha256(out, msg, 64, sec);
	for (int i = 0; i < c->hashes; i++)
		crypto_hash_sha256(out, msg, 64);
	for (int i = 0; i < c->seals; i++)
		seal(c, sec);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(const struct cost *c, int runs)
{
	double ours[ROUNDS], bare[ROUNDS], ratio[ROUNDS];

	for (int r = 0; r < ROUNDS; r++) {
		double a = cpu(), b, end;

		for (int i = 0; i < runs; i++)
			complete(c->what);
		b = cpu();
		for (int i = 0; i < runs; i++)
			primitives(c);
		end = cpu();
		ours[r] = (b - a) / runs;
		bare[r] = (end - b) / runs;
		ratio[r] = bare[r] / ours[r];
	}
	qsort(ours, ROUNDS, sizeof(ours[0]), ascending);
	qsort(bare, ROUNDS, sizeof(bare[0]), ascending);
	qsort(ratio, ROUNDS, sizeof(ratio[0]), ascending);
	printf("%.0f %.0f %.3f\n", 1 / ours[ROUNDS / 2], 1 / bare[ROUNDS / 2],
	    ratio[ROUNDS / 2]);
}

int
main(int argc, char **argv)
{
	static const uint8_t seeds[2][64] = { { 1 }, { 2 } };
	int runs = argc == 3 ? atoi(argv[2]) : 0;

	if (runs < 1 || sodium_init() < 0)
		return 2;
	must(ss_identity_make(&people[0], "alice", seeds[0]) == SS_OK &&
	    ss_identity_make(&people[1], "bob", seeds[1]) == SS_OK);
	publish();
	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		if (strcmp(costs[i].what, argv[1]) == 0) {
			measure(&costs[i], runs);
			return 0;
		}
	return 2;
}
