/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/hash.h"
#include "../../lib/proto/labels.h"
#include "../../lib/proto/x3dh.h"
#include "hsdrive.h"
#include "pair.h"

/*
 * The family x3dh.  Bob has published a bundle; Alice, or who says so, writes
 * to him.  The forger knows every public key and may have a key of his own.
 */
#define NOW  UINT64_C(1800000000)
#define DAY  UINT64_C(86400)
#define ONES 3

static struct ss_prekeys bobs, none_left;
static struct ss_bundle bundle, empty;

static void
publish(void)
{
	uint8_t seed[32];

	memset(seed, 50, sizeof(seed));
	ss_prekeys_init(&bobs, &people[BOB].pub);
	if (ss_prekeys_rotate(&bobs, &people[BOB], seed, NOW, 30 * DAY,
		14 * DAY, "") != SS_OK)
		ok(0, "a signed prekey");
	none_left = bobs;
	for (int i = 0; i < ONES; i++) {
		memset(seed, 60 + i, sizeof(seed));
		if (ss_prekeys_add(&bobs, seed) != SS_OK)
			ok(0, "a one-time prekey");
	}
	if (ss_bundle_of(&bundle, &bobs, NOW) != SS_OK ||
	    ss_bundle_of(&empty, &none_left, NOW) != SS_OK)
		ok(0, "bundles");
}

/* "aesgcm dh one", "chachapoly hash none": AEAD, mode, one-time prekey */
static enum ss_err
config(struct ss_handshake_config *c, const char *variant, int who, int meant)
{
	char aead[16] = "", word[16] = "";
	const char *at = strchr(variant, ' ') + 1;
	int one = strcmp(strchr(at, ' '), " one") == 0;
	uint32_t mode;

	*c = (struct ss_handshake_config){ .initiator = who == ALICE,
		.profile = "", .self = &people[who], .now = NOW };
	memcpy(aead, variant, strcspn(variant, " "));
	memcpy(word, at, strcspn(at, " "));
	if (ss_family_find("x3dh")->suite(&c->suite, "",
		(enum ss_aead_id)ss_aead_find(aead)) != SS_OK ||
	    ss_value_of(&mode, ss_mode_names, word) != SS_OK)
		return SS_ERR_SYSTEM;
	c->mode = (uint8_t)mode;
	if (who == ALICE) {
		c->peer = &people[BOB].pub;
		c->bundle = one ? &bundle : &empty;
	} else {
		c->peer = meant ? &people[ALICE].pub : NULL;
		c->prekeys = &bobs;
	}
	return SS_OK;
}

static enum ss_err
start(struct ss_handshake *hs, const char *variant, int who, int meant,
    uint8_t run)
{
	uint8_t id[SS_RUN_BYTES] = { run };
	struct ss_handshake_config c;

	if (config(&c, variant, who, meant) != SS_OK)
		return SS_ERR_SYSTEM;
	return ss_handshake_start(hs, ss_family_of(SS_FAMILY_X3DH), &c, id);
}

/* Alice writes to Bob, and Bob reads; both are then done. */
static enum ss_err
pass(struct rec *r, struct ss_handshake s[2])
{
	enum ss_err e = write_record(r, &s[0], 1);

	return e == SS_OK ? refusal(&s[1], r->at, r->len) : e;
}

static void
start_both(struct ss_handshake s[2], const char *variant, int meant)
{
	if (start(&s[0], variant, ALICE, meant, 7) != SS_OK ||
	    start(&s[1], variant, BOB, meant, 7) != SS_OK)
		ok(0, "both sides start");
}

static int
contains(const struct ss_handshake *hs, const void *secret)
{
	for (size_t i = 0; i + 32 <= sizeof(hs->state); i++)
		if (memcmp(hs->state + i, secret, 32) == 0)
			return 1;
	return 0;
}

static const char *
complete(const char *variant, int meant)
{
	static struct ss_handshake s[2];
	int dh = strstr(variant, "dh") != NULL, one = strstr(variant, " one")
	    != NULL;
	struct ss_agreed a, b;
	uint8_t entropy[32];
	struct rec r;

	memset(entropy, 1, sizeof(entropy));
	start_both(s, variant, meant);
	if (pass(&r, s) != SS_OK)
		return "message";
	if (!tiled(&r))
		return "walk";
	if (contains(&s[0], entropy))
		return "the ephemeral secret";
	if (ss_handshake_finish(&a, &s[0]) != SS_OK ||
	    ss_handshake_finish(&b, &s[1]) != SS_OK)
		return "finish";
	if (memcmp(a.secret, b.secret, 64) || memcmp(a.hash, b.hash, 32) ||
	    a.secretlen != 32 || b.secretlen != 32 ||
	    sodium_is_zero(a.secret, 32))
		return "secret";
	if (memcmp(&a.peer, &people[BOB].pub, sizeof(a.peer)) ||
	    memcmp(&b.peer, &people[ALICE].pub, sizeof(b.peer)))
		return "peer";
	if (memcmp(&a.use, &b.use, sizeof(a.use)) || a.use.signed_id != 1 ||
	    (a.use.one_time_id != 0) != one)
		return "what it cost";
	if (!a.initiator_first || !b.initiator_first)
		return "who is first";
	if (memcmp(a.r0_pub, bundle.spk, 32) || memcmp(b.r0_pub, bundle.spk,
		32) || !sodium_is_zero(a.r0_sec, 32))
		return "r0";
	return dh ? memcmp(b.r0_sec, bobs.spk[0].sec, 32) ? "r0's secret" : NULL
	          : sodium_is_zero(b.r0_sec, 32) ? NULL : "r0 kept";
}

/* SK again, from the specification's text and primitives alone. */
static void
by_hand(void)
{
	static struct ss_handshake s[2];
	uint8_t km[32 + 4 * 32], sk[32], ek[32], h[32], keys[64], mac[32];
	uint8_t text[66 + 32], fp[32], opk_pub[32];
	const struct ss_one_time *opk;
	struct ss_agreed a;
	struct rec r;
	const uint8_t *msg = r.at + SS_HANDSHAKE_FIXED;
	char label[256] = SS_LABEL_X3DH_TRANSCRIPT SS_LABEL_PROLOGUE "\1";
	size_t n = strlen(label);

	start_both(s, "aesgcm dh one", 0);
	is_err(pass(&r, s), SS_OK, "by hand: passes");
	(void)!ss_handshake_finish(&a, &s[1]);
	opk = ss_prekeys_one_time(&bobs, a.use.one_time_id);
	memset(ek, 1, sizeof(ek));
	memset(km, 0xff, 32);
	if (!opk || crypto_scalarmult(km + 32, people[ALICE].x_sec,
		bundle.spk) != 0 ||
	    crypto_scalarmult(km + 64, ek, people[BOB].pub.x) != 0 ||
	    crypto_scalarmult(km + 96, ek, bundle.spk) != 0 ||
	    crypto_scalarmult_base(opk_pub, opk->sec) != 0 ||
	    crypto_scalarmult(km + 128, ek, opk_pub) != 0)
		ok(0, "DHs");
	memset(h, 0, sizeof(h));
	ss_hkdf(sk, 32, h, 32, km, sizeof(km),
	    (const uint8_t *)"SecretSocket-v1 x3dh secret", 27);

	memcpy(label + n, r.at + 8, 12); /* family, suite, flags, run */
	label[n + 12] = 0;               /* no profile */
	ss_hash(h, (const uint8_t *)label, n + 13);
	ss_public_fingerprint(fp, &people[BOB].pub);
	ss_hash2(h, h, 32, fp, 32);
	ss_hash2(h, h, 32, bundle.spk, 32);
	ss_hash2(h, h, 32, opk_pub, 32);
	ss_hash2(h, h, 32, msg, r.len - SS_HANDSHAKE_FIXED - 32);
	ss_hkdf(keys, 64, h, 32, sk, 32,
	    (const uint8_t *)"SecretSocket-v1 x3dh keys", 25);
	text[0] = text[33] = 5;
	memcpy(text + 1, people[ALICE].pub.x, 32);
	memcpy(text + 34, people[BOB].pub.x, 32);
	memcpy(text + 66, h, 32);
	ss_hmac(mac, text, sizeof(text), keys, 32);
	is_bytes(r.at + r.len - 32, mac, 32, "by hand: the MAC");
	is_bytes(a.secret, keys + 32, 32, "by hand: the secret");
	ss_hash2(h, h, 32, mac, 32);
	is_bytes(a.hash, h, 32, "by hand: the transcript hash");
}

static enum ss_err
started_with(const struct ss_bundle *b, const struct ss_public *peer,
    uint64_t now, int demand)
{
	static struct ss_handshake hs;
	static const uint8_t run[SS_RUN_BYTES];
	struct ss_handshake_config c;

	(void)!config(&c, "aesgcm dh one", ALICE, 0);
	c.bundle = b;
	c.peer = peer;
	c.now = now;
	c.require_one_time = demand;
	return ss_handshake_start(&hs, ss_family_of(SS_FAMILY_X3DH), &c, run);
}

/* What a directory might hand out. */
static void
bundles(void)
{
	static struct ss_bundle b;
	static struct ss_prekeys other;
	const struct ss_public *bob = &people[BOB].pub;
	uint8_t seed[32] = { 9 };

	is_err(started_with(&bundle, bob, NOW, 1), SS_OK, "Bob's bundle");
	is_err(started_with(&bundle, &people[ALICE].pub, NOW, 0), SS_ERR_PEER,
	    "a bundle of somebody else");
	ss_prekeys_init(&other, &people[MALLORY].pub);
	(void)!ss_prekeys_rotate(
	    &other, &people[MALLORY], seed, NOW, DAY, DAY, "");
	(void)!ss_bundle_of(&b, &other, NOW);
	is_err(started_with(&b, &people[MALLORY].pub, NOW, 0), SS_OK,
	    "Mallory's own bundle");
	is_err(started_with(&b, bob, NOW, 0), SS_ERR_PEER,
	    "Mallory's bundle in the place of Bob's");
	b.owner = *bob;
	is_err(started_with(&b, bob, NOW, 0), SS_ERR_AUTH,
	    "another user's signature");
	b = bundle;
	b.owner.x[0] ^= 1;
	is_err(started_with(&b, bob, NOW, 0), SS_ERR_PEER, "another IK");
	b = bundle;
	b.id++;
	is_err(started_with(&b, bob, NOW, 0), SS_ERR_AUTH, "another id");
	b = bundle;
	b.expires++;
	is_err(started_with(&b, bob, NOW, 0), SS_ERR_AUTH, "another expiry");
	is_err(started_with(&bundle, bob, NOW + 30 * DAY, 0), SS_OK,
	    "on its last second");
	is_err(started_with(&bundle, bob, NOW + 30 * DAY + 1, 0),
	    SS_ERR_SPENT, "expired");
	is_err(started_with(&empty, bob, NOW, 0), SS_OK,
	    "none left: three DHs");
	is_err(started_with(&empty, bob, NOW, 1), SS_ERR_SPENT,
	    "none left where one is demanded");
}

/* Every bit of a bundle: refused when read, when checked, or, the one-time key
 * being unsigned in X3DH, by Bob. */
static void
changed_bundle(void)
{
	static char text[SS_BUNDLE_TEXT_MAX];
	static struct ss_bundle b, one;
	static struct ss_handshake s[2];
	size_t len, found = 0, by_bob = 0;
	static const uint8_t run[SS_RUN_BYTES];
	struct ss_handshake_config c;
	struct rec r;

	one = bundle;
	(void)!ss_bundle_one(&one, 2);
	(void)!ss_bundle_put_text(text, sizeof(text), &len, &one);
	(void)!config(&c, "aesgcm dh one", ALICE, 0);
	c.bundle = &b;
	for (size_t bit = 0; bit < len * 8; bit++) {
		enum ss_err e;

		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
		e = ss_bundle_get_text(&b, text, len);
		if (e == SS_OK)
			e = ss_handshake_start(&s[0],
			    ss_family_of(SS_FAMILY_X3DH), &c, run);
		if (e == SS_OK) {
			(void)!start(&s[1], "aesgcm dh one", BOB, 0, 1);
			e = pass(&r, s);
			by_bob += e != SS_OK;
		}
		found += e != SS_OK && e != SS_ERR_SYSTEM;
		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
	}
	ok(found == len * 8, "a bundle: all %zu bits are found out", len * 8);
	ok(by_bob > 0 && by_bob < 65 * 8, "%zu of them by Bob", by_bob);
}

/* What Mallory can write who has a key of her own. */
static void
claims(void)
{
	static struct ss_handshake s[2], before;
	static struct ss_identity me;
	struct ss_agreed b;
	struct rec r;

	/* Alice's name and keys, and no secret of hers */
	start_both(s, "aesgcm dh one", 0);
	me = people[MALLORY];
	me.pub = people[ALICE].pub;
	s[0].config.self = &me;
	is_err(pass(&r, s), SS_ERR_AUTH, "Alice's keys without her secret");

	/* Alice's name and signing key with a key of Mallory's: genuine, and
	 * nobody whom anybody knows */
	start_both(s, "aesgcm dh one", 0);
	memcpy(me.pub.x, people[MALLORY].pub.x, 32);
	s[0].config.self = &me;
	before = s[1];
	is_err(pass(&r, s), SS_OK,
	    "half of Alice: genuine, and known to nobody");
	is_err(ss_handshake_finish(&b, &s[1]), SS_OK, "half of Alice");
	s[1] = before;
	s[1].config.peer = &people[ALICE].pub;
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_PEER,
	    "half of Alice: refused by who means Alice");

	start_both(s, "aesgcm dh one", 1);
	s[0].config.self = &people[MALLORY];
	is_err(pass(&r, s), SS_ERR_PEER, "another initiator than meant");

	/* a name is no part of the fingerprint: ours for her counts */
	start_both(s, "aesgcm dh one", 1);
	me = people[ALICE];
	memcpy(me.pub.name, "boss", 5);
	s[0].config.self = &me;
	is_err(pass(&r, s), SS_OK, "Alice under another name");
	is_err(ss_handshake_finish(&b, &s[1]), SS_OK, "is Alice");
	ok(strcmp(b.peer.name, "alice") == 0, "and called so");

	/* in a genuine message, by a program of her own */
	start_both(s, "aesgcm dh one", 0);
	me = people[ALICE];
	me.pub.lab = 1;
	s[0].config.self = &me;
	is_err(pass(&r, s), SS_OK, "a lab key outside the lab");
	is_err(ss_handshake_finish(&b, &s[1]), SS_ERR_LAB, "no session");

	/* for Bob, read by Mallory with the same prekeys */
	start_both(s, "aesgcm dh one", 0);
	me = people[MALLORY];
	memcpy(me.pub.ed, people[BOB].pub.ed, 32);
	s[1].config.self = &me;
	is_err(pass(&r, s), SS_ERR_AUTH, "prekeys stolen, identity not");
}

/* Two who hold the same bundle should seldom want the same one. */
static void
choices(void)
{
	static struct ss_handshake s;
	int taken[ONES + 1] = { 0 };

	for (uint8_t i = 1; i < 50; i++) {
		struct ss_handshake_record h;
		struct rec r;
		uint32_t id;

		(void)!start(&s, "aesgcm dh one", ALICE, 0, 8);
		(void)!write_record(&r, &s, i);
		(void)!ss_handshake_get(&h, r.at, r.len);
		id = ss_get32(h.message.at + h.message.len - 36);
		taken[id <= ONES ? id : 0]++;
	}
	ok(taken[0] == 0 && taken[1] > 5 && taken[2] > 5 && taken[3] > 5,
	    "each one-time prekey of a bundle is chosen now and then");
}

/* Prekeys serve once, and not for ever. */
static void
serving(void)
{
	static struct ss_prekeys p;
	static struct ss_handshake s[2], fresh;
	uint8_t seed[32] = { 5 };
	struct ss_agreed b;
	struct rec r;

	p = bobs;
	start_both(s, "aesgcm dh one", 0);
	s[1].config.prekeys = &p;
	fresh = s[1];
	is_err(pass(&r, s), SS_OK, "a first message");
	(void)!ss_handshake_finish(&b, &s[1]);
	is_err(ss_prekeys_take(&p, &b.use, NULL), SS_OK, "is taken");
	ok(p.n == ONES - 1 && !ss_prekeys_one_time(&p, b.use.one_time_id),
	    "its one-time prekey is gone");
	s[1] = fresh;
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_REPLAY, "replayed");
	ok(strstr(ss_handshake_why(&s[1], SS_ERR_REPLAY, r.at, r.len),
		"before") != NULL, "and why");
	(void)!start(&s[0], "aesgcm dh one", ALICE, 0, 8);
	(void)!write_record(&r, &s[0], 1);
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_REPLAY,
	    "the same ephemeral key in another run");
	s[0].config.bundle = &bundle;
	for (uint8_t i = 2; i < 50; i++) {
		struct ss_handshake_record h;

		(void)!start(&s[0], "aesgcm dh one", ALICE, 0, 8);
		(void)!write_record(&r, &s[0], i);
		(void)!ss_handshake_get(&h, r.at, r.len);
		if (ss_get32(h.message.at + h.message.len - 36) !=
		    b.use.one_time_id)
			continue;
		is_err(refusal(&s[1], r.at, r.len), SS_ERR_SPENT,
		    "the one-time prekey a second time");
		ok(strstr(ss_handshake_why(&s[1], SS_ERR_SPENT, r.at, r.len),
			"one-time prekey was used") != NULL, "and why");
		break;
	}

	/* three DHs */
	start_both(s, "aesgcm dh none", 0);
	s[1].config.prekeys = &p;
	s[1].config.require_one_time = 1;
	(void)!write_record(&r, &s[0], 76);
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_SPENT,
	    "without one where one is demanded");
	ok(strstr(ss_handshake_why(&s[1], SS_ERR_SPENT, r.at, r.len),
		"demanded") != NULL, "and why");
	s[1].config.require_one_time = 0;
	(void)!start(&s[0], "aesgcm dh none", ALICE, 0, 8);
	(void)!write_record(&r, &s[0], 1);
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_REPLAY,
	    "its ephemeral key was seen with another message");
	(void)!start(&s[0], "aesgcm dh none", ALICE, 0, 8);
	(void)!write_record(&r, &s[0], 77);
	fresh = s[1];
	is_err(refusal(&s[1], r.at, r.len), SS_OK, "without one");
	(void)!ss_handshake_finish(&b, &s[1]);
	is_err(ss_prekeys_take(&p, &b.use, NULL), SS_OK, "is taken");
	ok(p.n == ONES - 1, "and costs none");
	s[1] = fresh;
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_REPLAY, "replayed");

	/* rotation, and grace */
	(void)!start(&s[0], "aesgcm dh none", ALICE, 0, 8);
	(void)!write_record(&r, &s[0], 78);
	is_err(ss_prekeys_rotate(&p, &people[BOB], seed, NOW + DAY, 30 * DAY,
		   14 * DAY, ""), SS_OK, "rotated");
	s[1].config.now = NOW + 15 * DAY;
	fresh = s[1];
	is_err(refusal(&s[1], r.at, r.len), SS_OK, "within the grace time");
	s[1] = fresh;
	s[1].config.now++;
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_SPENT, "after it");
	ok(strstr(ss_handshake_why(&s[1], SS_ERR_SPENT, r.at, r.len),
		"signed prekey is gone") != NULL, "and why");
	ok(ss_prekeys_purge(&p, NOW + 15 * DAY) == 0 && p.nseen == 2,
	    "nothing is erased in the grace time");
	ok(ss_prekeys_purge(&p, NOW + 15 * DAY + 1) == 1 && p.nspk == 1 &&
	    p.nseen == 0, "then it is, and what was remembered for it");
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_SPENT, "erased");
	p = bobs;
	start_both(s, "aesgcm dh none", 0);
	s[1].config.prekeys = &p;
	(void)!write_record(&r, &s[0], 79);
	p.nseen = SS_PREKEYS_SEEN_MAX;
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_SPENT,
	    "no room to remember it");
	ok(strstr(ss_handshake_why(&s[1], SS_ERR_SPENT, r.at, r.len),
		"no room") != NULL, "and why");
	p.nseen--;
	is_err(refusal(&s[1], r.at, r.len), SS_OK, "room for one more");
}

/* The 14 points in every place of a key. */
static void
low_order(void)
{
	static struct ss_handshake s[2];
	static struct ss_identity bob, alice;
	static struct ss_prekeys p;
	static struct ss_bundle b;
	int ek = 0, ika = 0, ikb = 0, spk = 0, opk = 0, theirs = 0;
	uint8_t point[32], seed[32] = { 3 };
	struct rec r, bad;

	for (int i = 0; i < 14; i++) {
		low_order_point(point, i);
		start_both(s, "aesgcm dh one", 0);
		(void)!write_record(&r, &s[0], 1);
		bad = r; /* length 5, "alice", Ed25519, X25519, EK */
		memcpy(bad.at + SS_HANDSHAKE_FIXED + 6 + 64, point, 32);
		ek += refusal(&s[1], bad.at, bad.len) == SS_ERR_LOWORDER;
		bad = r;
		memcpy(bad.at + SS_HANDSHAKE_FIXED + 6 + 32, point, 32);
		ika += refusal(&s[1], bad.at, bad.len) == SS_ERR_LOWORDER;
		/* with a MAC that would hold */
		alice = people[ALICE];
		memcpy(alice.pub.x, point, 32);
		start_both(s, "aesgcm dh one", 0);
		s[0].config.self = &alice;
		theirs += pass(&r, s) == SS_ERR_LOWORDER;

		b = bundle;
		memcpy(b.one_time[1].pub, point, 32);
		opk += started_with(&b, &people[BOB].pub, NOW, 0) ==
		    SS_ERR_LOWORDER;
		/* signed by Bob himself */
		bob = people[BOB];
		memcpy(bob.pub.x, point, 32);
		ss_prekeys_init(&p, &bob.pub);
		(void)!ss_prekeys_rotate(&p, &bob, seed, NOW, DAY, DAY, "");
		(void)!ss_bundle_of(&b, &p, NOW);
		ikb += started_with(&b, &bob.pub, NOW, 0) == SS_ERR_LOWORDER;
		{
			uint8_t text[128], fp[32];
			struct ss_buf t = { text, 0, sizeof(text), 0 };

			b = bundle;
			memcpy(b.spk, point, 32);
			ss_public_fingerprint(fp, &b.owner);
			ss_buf_str(&t, "SecretSocket-v1 signed prekey");
			ss_buf_put(&t, fp, 32);
			ss_buf_int(&t, b.id, 4);
			ss_buf_put(&t, b.spk, 32);
			ss_buf_int(&t, b.expires, 8);
			ss_buf_int(&t, 0, 1); /* no profile */
			ss_identity_sign(b.sig, text, t.len, &people[BOB]);
			spk += started_with(&b, &people[BOB].pub, NOW, 0) ==
			    SS_ERR_LOWORDER;
		}
	}
	ok(ek == 14, "low order: ephemeral key");
	ok(ika == 14, "low order: initiator's identity key");
	ok(theirs == 14, "low order: the same, in a genuine message");
	ok(ikb == 14, "low order: responder's identity key");
	ok(spk == 14, "low order: signed prekey, with a genuine signature");
	ok(opk == 14, "low order: one-time prekey");
}

static void
configs(void)
{
	static struct ss_handshake hs;
	static const uint8_t psks[1][32] = { { 1 } };
	static const uint8_t run[SS_RUN_BYTES];
	static struct ss_prekeys other;
	const struct ss_family *f = ss_family_find("x3dh"), *g;
	struct ss_handshake_config c;
	uint16_t suite;

	for (int who = ALICE; who <= BOB; who++) {
		const char *w = who == ALICE ? "initiator" : "responder";

		(void)!config(&c, "aesgcm dh one", who, 0);
		is_err(ss_handshake_start(&hs, f, &c, run), SS_OK, "%s", w);
		ok(hs.steps == 1, "%s: one message", w);
		c.self = NULL;
		is_err(ss_handshake_start(&hs, f, &c, run), SS_ERR_USAGE,
		    "%s: no key of ours", w);
		ok(hs.why != NULL, "%s: and why", w);
		(void)!config(&c, "aesgcm dh one", who, 0);
		c.psks = psks;
		c.npsks = 1;
		is_err(ss_handshake_start(&hs, f, &c, run), SS_ERR_USAGE,
		    "%s: a psk", w);
		(void)!config(&c, "aesgcm dh one", who, 0);
		c.bundle = &bundle;
		c.prekeys = &bobs;
		is_err(ss_handshake_start(&hs, f, &c, run), SS_ERR_USAGE,
		    "%s: bundle and prekeys", w);
		c.bundle = NULL;
		c.prekeys = NULL;
		is_err(ss_handshake_start(&hs, f, &c, run), SS_ERR_USAGE,
		    "%s: neither", w);
	}
	(void)!config(&c, "aesgcm dh one", ALICE, 0);
	c.peer = NULL;
	is_err(ss_handshake_start(&hs, f, &c, run), SS_ERR_USAGE,
	    "a bundle and nobody who is meant");
	c.peer = &people[BOB].pub;
	is_err(ss_handshake_start(&hs, ss_family_find("signed"), &c, run),
	    SS_ERR_USAGE, "signed has no use for a bundle");
	(void)!config(&c, "aesgcm dh one", BOB, 0);
	ss_prekeys_init(&other, &people[MALLORY].pub);
	c.prekeys = &other;
	is_err(ss_handshake_start(&hs, f, &c, run), SS_ERR_FOREIGN,
	    "prekeys of another key");
	c.prekeys = &bobs;
	for (unsigned i = 0, good = 0; i < 65536; i++) {
		c.suite = (uint16_t)i;
		good += ss_handshake_start(&hs, f, &c, run) == SS_OK;
		if (i == 65535)
			ok(good == 2, "two suites of 65536");
	}
	is_err(ss_family_choose(&g, &suite, "x3dh", 0), SS_OK, "x3dh");
	ok(g == f && suite == SS_CHACHAPOLY, "ChaCha20-Poly1305 by default");
	is_err(ss_family_choose(&g, &suite, "x3dh:XX", 0), SS_ERR_SUITE,
	    "x3dh:XX");
}

/* The two flaws that are kept for the lab, and nothing else with them. */
static void
lab(void)
{
	static struct ss_handshake s[2];
	static struct ss_prekeys p;
	static struct ss_bundle b;
	struct ss_prekey_use use = { 1, 1, { 1 } };
	const char *why = NULL;
	struct rec r;

	b = bundle;
	b.sig[0] ^= 1;
	is_err(ss_bundle_check(&b, &people[BOB].pub, NOW, "", &why, NULL),
	    SS_ERR_AUTH, "a wrong signature");
	is_err(ss_bundle_check(&b, &people[BOB].pub, NOW, "unsigned-prekey",
		   &why, NULL), SS_ERR_LAB, "a real bundle in the lab");
	b.owner.lab = 1;
	is_err(ss_bundle_check(&b, &people[BOB].pub, NOW, "", &why, NULL),
	    SS_ERR_LAB, "one of the lab outside");
	is_err(ss_bundle_check(&b, &people[BOB].pub, NOW, "keep-one-time",
		   &why, NULL), SS_ERR_AUTH, "in another profile");
	is_err(ss_bundle_check(&b, &people[BOB].pub, NOW, "unsigned-prekey",
		   &why, NULL), SS_OK, "nobody looks at it there");
	is_err(ss_bundle_check(&b, &people[MALLORY].pub, NOW,
		   "unsigned-prekey", &why, NULL), SS_ERR_PEER,
	    "but at whose it is");
	b = bundle;
	b.owner.lab = 1;
	is_err(ss_bundle_check(&b, &people[BOB].pub, NOW, "seeded", &why,
		   NULL), SS_ERR_AUTH, "a signature is for one profile");

	p = bobs;
	is_err(ss_prekeys_take(&p, &use, ss_lab_find("keep-one-time")), SS_OK,
	    "taken");
	ok(memcmp(&p, &bobs, sizeof(p)) == 0, "and nothing is changed");
	start_both(s, "aesgcm dh one", 0);
	s[1].config.prekeys = &p;
	is_err(pass(&r, s), SS_OK, "once");
	is_err(ss_prekeys_take(&p, &use, ss_lab_find("unsigned-prekey")),
	    SS_OK, "taken");
	ok(p.n == bobs.n - 1 && p.nseen == 1, "there it is");
}

static void
other_options(void)
{
	static struct ss_handshake s[2];
	struct rec r;

	start_both(s, "aesgcm dh one", 0);
	(void)!start(&s[1], "chachapoly dh one", BOB, 0, 1);
	is_err(pass(&r, s), SS_ERR_SUITE, "another AEAD");
	start_both(s, "aesgcm dh one", 0);
	(void)!start(&s[1], "aesgcm hash one", BOB, 0, 1);
	is_err(pass(&r, s), SS_ERR_SUITE, "another mode");
	start_both(s, "aesgcm dh one", 0);
	s[0].config.profile = s[1].config.profile = "lab";
	(void)!write_record(&r, &s[0], 1);
	s[1].config.profile = "flaw";
	is_err(refusal(&s[1], r.at, r.len), SS_ERR_AUTH, "another profile");
}

/* Both sessions; 0 if they could not begin. */
static int
sessions(struct pair *p, const char *variant)
{
	static struct ss_handshake s[2];
	struct ss_agreed a, b;
	uint8_t fresh[32];
	struct rec r;

	memset(p, 0, sizeof(*p));
	start_both(s, variant, 0);
	if (pass(&r, s) != SS_OK || ss_handshake_finish(&a, &s[0]) != SS_OK ||
	    ss_handshake_finish(&b, &s[1]) != SS_OK)
		return 0;
	pair_random(fresh, sizeof(fresh));
	return ss_session_begin(&p->a.s, &a, fresh, NULL) == SS_OK &&
	    ss_session_begin(&p->b.s, &b, fresh, NULL) == SS_OK;
}

/* A session written and read again. */
static int
kept(struct ss_session *s)
{
	static char text[SS_SESSION_TEXT_MAX];
	size_t len;

	return ss_session_put_text(text, sizeof(text), &len, s) == SS_OK &&
	    ss_session_get_text(s, text, len) == SS_OK;
}

static void
ratchet(void)
{
	static struct pair p;
	static char text[SS_SESSION_TEXT_MAX], *line;
	static struct ss_session back;
	uint8_t spk[32];
	size_t len;
	int bad = 0;

	ok(sessions(&p, "aesgcm dh one"), "sessions begin");
	ok(p.a.s.ratchet.has_CKs && !p.a.s.ratchet.has_CKr &&
	    !p.b.s.ratchet.has_CKs && !p.b.s.ratchet.has_CKr,
	    "one chain, Alice's");
	memcpy(spk, bobs.spk[0].sec, 32);
	ok(memcmp(p.b.s.ratchet.DHs, spk, 32) == 0, "R0 is the signed prekey");
	ok(kept(&p.a.s) && kept(&p.b.s), "both sessions as text");
	ok(ss_session_put_text(text, sizeof(text), &len, &p.a.s) == SS_OK,
	    "Alice's");
	line = strstr(text, "send-chain: ");
	memcpy(line, "#end", 4); /* a comment */
	is_err(ss_session_get_text(&back, text, len), SS_ERR_FORMAT,
	    "an initiator without a chain");
	is_err(pair_say(&p.b, &p.a, "too early"), SS_ERR_DIRECTION,
	    "Bob cannot speak first");
	is_err(pair_say(&p.a, &p.b, "hello"), SS_OK, "Alice can");
	ok(memcmp(p.b.s.ratchet.DHs, spk, 32) != 0,
	    "and then the prekey is out of Bob's session");
	is_err(pair_say(&p.b, &p.a, "now"), SS_OK, "Bob answers");
	for (int i = 0; i < 20; i++)
		bad |= pair_say(&p.a, &p.b, "to bob") != SS_OK ||
		    pair_say(&p.a, &p.b, "again") != SS_OK ||
		    pair_say(&p.b, &p.a, "to alice") != SS_OK;
	ok(!bad, "60 epochs to and fro");
	pair_wipe(&p);
	ok(sessions(&p, "chachapoly hash none"), "mode hash");
	is_err(pair_say(&p.b, &p.a, "first"), SS_OK, "there Bob may be first");
	pair_wipe(&p);
}

int
main(void)
{
	static const char *const all[] = { "aesgcm dh one", "aesgcm hash none",
		"aesgcm static one", "chachapoly dh none",
		"chachapoly hash one", "chachapoly static none" };

	if (sodium_init() < 0 || !people_make())
		return 1;
	publish();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (int m = 0; m < 2; m++) {
			const char *why = complete(all[i], m);

			ok(!why, "%s%s: %s", all[i], m ? ", named" : "",
			    why ? why : "complete");
		}
	}
	by_hand();
	bundles();
	changed_bundle();
	claims();
	choices();
	serving();
	low_order();
	configs();
	lab();
	other_options();
	ratchet();
	exhaustive("aesgcm dh one", start);
	exhaustive("chachapoly hash none", start);
	return done_testing();
}
