/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/hash.h"
#include "../../lib/proto/labels.h"
#include "hsdrive.h"

/*
 * The family signed.  Its attackers know more than they can: the forger below
 * makes second and third messages from the protocol's text, with the
 * Diffie-Hellman secret in hand, so that encryption does not stop him and each
 * proof inside has to hold by itself.
 */

/* "aesgcm dh": AEAD and mode */
static enum ss_err
start(struct ss_handshake *hs, const char *variant, int who, int meant,
    uint8_t run)
{
	struct ss_handshake_config c = { .initiator = who == ALICE,
		.profile = "", .self = &people[who],
		.peer = meant ? &people[who == ALICE ? BOB : ALICE].pub
		              : NULL };
	uint8_t id[SS_RUN_BYTES] = { run };
	char aead[16] = "";
	uint32_t mode;

	memcpy(aead, variant, strcspn(variant, " "));
	if (ss_family_find("signed")->suite(&c.suite, "",
		(enum ss_aead_id)ss_aead_find(aead)) != SS_OK ||
	    ss_value_of(&mode, ss_mode_names, strchr(variant, ' ') + 1) !=
		SS_OK)
		return SS_ERR_SYSTEM;
	c.mode = (uint8_t)mode;
	return ss_handshake_start(hs, ss_family_of(SS_FAMILY_SIGNED), &c, id);
}

static void
start_both(struct ss_handshake s[2], int meant)
{
	if (start(&s[0], "aesgcm dh", ALICE, meant, 1) != SS_OK ||
	    start(&s[1], "aesgcm dh", BOB, meant, 1) != SS_OK)
		ok(0, "both sides start");
}

/* Message m, written and read; the reader's answer. */
static enum ss_err
pass(struct rec *r, struct ss_handshake s[2], int m)
{
	enum ss_err e = write_record(r, &s[m % 2], (uint8_t)(m + 1));

	return e == SS_OK ? refusal(&s[1 - m % 2], r->at, r->len) : e;
}

static int
contains(const struct ss_handshake *hs, uint8_t entropy)
{
	uint8_t e[32];

	memset(e, entropy, sizeof(e));
	for (size_t i = 0; i + 32 <= sizeof(hs->state); i++)
		if (memcmp(hs->state + i, e, 32) == 0)
			return 1;
	return 0;
}

static const char *
complete(const char *variant, int meant)
{
	static struct ss_handshake s[2];
	int dh = strstr(variant, "dh") != NULL;
	struct ss_agreed a, b;
	uint8_t r0[32];
	struct rec r;

	if (start(&s[0], variant, ALICE, meant, 7) != SS_OK ||
	    start(&s[1], variant, BOB, meant, 7) != SS_OK)
		return "start";
	for (int m = 0; m < 3; m++) {
		if (pass(&r, s, m) != SS_OK)
			return "message";
		if (!tiled(&r))
			return "walk";
		if (contains(&s[0], 1) != (m == 0))
			return "the initiator's ephemeral secret";
		if (contains(&s[1], 2) != (m > 0 && dh))
			return "the responder's ephemeral secret";
	}
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
	if (!dh)
		return sodium_is_zero(b.r0_sec, 32) ? NULL : "r0 kept";
	ss_dh_public(r0, b.r0_sec);
	if (memcmp(a.r0_pub, r0, 32) || memcmp(b.r0_pub, r0, 32) ||
	    !sodium_is_zero(a.r0_sec, 32))
		return "r0";
	return NULL;
}

/*
 * The forger: the transcript as docs/protocol.md, 5.7 says it, from the
 * records so far and one ephemeral secret, then a message of the `sender`.
 */
struct forger {
	uint8_t h[32], keys[160];
};

static void
absorb(struct forger *f, const void *p, size_t len)
{
	ss_hash2(f->h, f->h, 32, p, len);
}

static void
forger_begin(struct forger *f, const struct rec *m0, const uint8_t er[32],
    const uint8_t *sec, const uint8_t *pub)
{
	static const char labels[] = SS_LABEL_SIGNED_TRANSCRIPT
	    SS_LABEL_PROLOGUE;
	uint8_t text[256], ee[32];
	struct ss_buf b = { text, 0, sizeof(text), 0 };

	ss_buf_str(&b, labels);
	ss_buf_int(&b, 1, 1);
	ss_buf_put(&b, m0->at + 8, 12); /* family, suite, flags, run */
	ss_buf_int(&b, 0, 1);           /* no profile */
	ss_hash(f->h, text, b.len);
	absorb(f, m0->at + 21, 32);
	absorb(f, m0->at + 53, 32);
	absorb(f, er, 32);
	if (ss_dh(ee, sec, pub) != SS_OK)
		ok(0, "the forger's DH");
	ss_hkdf(f->keys, 160, f->h, 32, ee, 32,
	    (const uint8_t *)SS_LABEL_SIGNED_KEYS,
	    strlen(SS_LABEL_SIGNED_KEYS));
}

/* What is told in the place of the truth; all zero: nothing. */
struct lie {
	const char *role;                  /* label in the signature */
	const struct ss_public *responder; /* in an initiator's signature */
	const struct ss_public *says;      /* who we say we are */
	const uint8_t *sig;                /* an older signature */
	int mac, blind;                    /* a bit of these is wrong */
	int other_mac_key;
};

static void
forge(struct rec *r, const struct forger *f, int initiator,
    const struct ss_identity *me, const uint8_t er[32],
    const uint8_t blind[32], const struct lie *lie)
{
	const struct ss_public *pub = lie->says ? lie->says : &me->pub;
	uint8_t text[512], sign[512], sig[64], mac[64];
	struct ss_buf t = { text, 0, sizeof(text), 0 };
	struct ss_buf s = { sign, 0, sizeof(sign), 0 };
	static const uint8_t nonce[12];
	struct ss_aead a;

	ss_buf_str(&s, lie->role ? lie->role : initiator
	    ? SS_LABEL_SIGNED_INITIATOR : SS_LABEL_SIGNED_RESPONDER);
	ss_buf_put(&s, f->h, 32);
	if (initiator)
		ss_public_put(&s, lie->responder ? lie->responder
		                                 : &people[BOB].pub);
	ss_public_put(&s, pub);
	ss_identity_sign(sig, sign, s.len, me);
	if (lie->sig)
		memcpy(sig, lie->sig, 64);
	if (initiator)
		ss_buf_put(&t, blind, 32);
	ss_public_put(&t, pub);
	ss_buf_put(&t, sig, 64);
	/* h || identity || signature */
	memcpy(sign, f->h, 32);
	memcpy(sign + 32, text + (initiator ? 32 : 0),
	    t.len - (initiator ? 32 : 0));
	ss_hmac(mac, sign, 32 + t.len - (initiator ? 32 : 0),
	    f->keys + (!initiator == !lie->other_mac_key ? 96 : 64), 32);
	mac[5] ^= (uint8_t)lie->mac;
	text[7] ^= (uint8_t)lie->blind;
	ss_buf_put(&t, mac, 32);

	memset(r->at + 20, initiator ? 2 : 1, 1);
	r->len = SS_HANDSHAKE_FIXED;
	if (!initiator) {
		memcpy(r->at + r->len, er, 32);
		r->len += 32;
	}
	ss_aead_init(&a, SS_AESGCM, f->keys + (initiator ? 0 : 32));
	if (ss_aead_seal(&a, r->at + r->len, text, t.len, f->h, 32, nonce) !=
	    SS_OK)
		ok(0, "the forger's AEAD");
	ss_aead_wipe(&a);
	r->len += t.len + 16;
	set_length(r);
}

/* A second message that Mallory makes for Alice, who means Bob or nobody. */
static enum ss_err
second(const struct ss_identity *me, const struct lie *lie, int meant)
{
	static struct ss_handshake alice;
	uint8_t sec[32], er[32];
	struct forger f;
	struct rec r;

	memset(sec, 77, sizeof(sec));
	ss_dh_public(er, sec);
	if (start(&alice, "aesgcm dh", ALICE, meant, 9) != SS_OK ||
	    write_record(&r, &alice, 1) != SS_OK)
		return SS_ERR_SYSTEM;
	forger_begin(&f, &r, er, sec, r.at + 21);
	forge(&r, &f, 0, me, er, NULL, lie);
	return refusal(&alice, r.at, r.len);
}

/* A third message for Bob, in a run that Alice began (and so committed), by
 * somebody who knows even her ephemeral secret and her blind. */
static enum ss_err
third(const struct ss_identity *me, const struct lie *lie, int meant)
{
	static struct ss_handshake s[2];
	uint8_t sec[32], blind[32];
	struct rec m0, r;
	struct forger f;

	memset(sec, 1, sizeof(sec));
	ss_hkdf(blind, 32, NULL, 0, sec, 32,
	    (const uint8_t *)SS_LABEL_SIGNED_BLIND,
	    strlen(SS_LABEL_SIGNED_BLIND));
	start_both(s, 0);
	if (meant)
		s[1].config.peer = &people[ALICE].pub;
	if (pass(&m0, s, 0) != SS_OK || pass(&r, s, 1) != SS_OK)
		return SS_ERR_SYSTEM;
	forger_begin(&f, &m0, r.at + 21, sec, r.at + 21);
	absorb(&f, r.at + 53, r.len - 53);
	forge(&r, &f, 1, me, NULL, blind, lie);
	return refusal(&s[1], r.at, r.len);
}

static void
forgeries(void)
{
	static const struct lie truth, mac = { .mac = 1 },
	    blind = { .blind = 1 }, key = { .other_mac_key = 1 },
	    as_i = { .role = SS_LABEL_SIGNED_INITIATOR },
	    as_r = { .role = SS_LABEL_SIGNED_RESPONDER },
	    as_login = { .role = SS_LABEL_LOGIN };
	const struct lie as_bob = { .says = &people[BOB].pub },
	    as_alice = { .says = &people[ALICE].pub },
	    to_mallory = { .responder = &people[MALLORY].pub };
	struct ss_public renamed = people[BOB].pub;
	struct lie rename = { .says = &renamed };

	is_err(second(&people[BOB], &truth, 1), SS_OK,
	    "what the forger makes with Bob's key is genuine");
	is_err(third(&people[ALICE], &truth, 1), SS_OK, "and with Alice's");
	is_err(second(&people[MALLORY], &truth, 0), SS_OK,
	    "Mallory may answer in her own name");
	is_err(second(&people[MALLORY], &truth, 1), SS_ERR_PEER,
	    "but not where Bob is meant");
	is_err(second(&people[MALLORY], &as_bob, 0), SS_ERR_AUTH,
	    "Bob's identity, signed by another key");
	is_err(third(&people[MALLORY], &as_alice, 0), SS_ERR_AUTH,
	    "Alice's identity, signed by another key");
	is_err(third(&people[MALLORY], &truth, 0), SS_ERR_AUTH,
	    "misbinding: Mallory ends what Alice began, keys in hand");
	is_err(third(&people[ALICE], &to_mallory, 0), SS_ERR_AUTH,
	    "misbinding: Alice signed for Mallory, not for Bob");
	is_err(second(&people[BOB], &as_i, 0), SS_ERR_AUTH,
	    "second message: role swapped");
	is_err(third(&people[ALICE], &as_r, 0), SS_ERR_AUTH,
	    "third message: role swapped");
	is_err(second(&people[BOB], &as_login, 0), SS_ERR_AUTH,
	    "a signature made for a relay");
	is_err(second(&people[BOB], &mac, 0), SS_ERR_AUTH, "second: MAC");
	is_err(third(&people[ALICE], &mac, 0), SS_ERR_AUTH, "third: MAC");
	is_err(second(&people[BOB], &key, 0), SS_ERR_AUTH,
	    "second: MAC with the key of the other side");
	is_err(third(&people[ALICE], &key, 0), SS_ERR_AUTH,
	    "third: MAC with the key of the other side");
	is_err(third(&people[ALICE], &blind, 0), SS_ERR_AUTH, "third: blind");
	strcpy(renamed.name, "bobby");
	is_err(second(&people[BOB], &rename, 1), SS_OK,
	    "a name is its owner's own word");
	strcpy(renamed.name, "Bob");
	is_err(second(&people[BOB], &rename, 1), SS_ERR_FORMAT,
	    "but it must be one");
	renamed = people[BOB].pub;
	memcpy(renamed.x, people[MALLORY].pub.x, 32);
	is_err(second(&people[BOB], &rename, 1), SS_ERR_PEER,
	    "Bob's signature key with another X25519 key");
	renamed = people[BOB].pub;
	memcpy(renamed.ed, people[MALLORY].pub.ed, 32);
	is_err(second(&people[MALLORY], &rename, 1), SS_ERR_PEER,
	    "Bob's X25519 key with another signature key");
}

/* R2's flaw: a signature that covers the ephemeral key alone serves again in
 * every run, for whoever learned that ephemeral secret. */
static void
splice(void)
{
	static struct ss_handshake s[2];
	uint8_t sec[32], er[32], text[512], nonce[12] = { 0 };
	struct rec m0, m1, later;
	struct lie old = { 0 };
	struct forger f;
	struct ss_aead a;

	start_both(s, 1);
	is_err(pass(&m0, s, 0), SS_OK, "run 1: first message");
	is_err(pass(&m1, s, 1), SS_OK, "run 1: Bob's answer");
	is_err(pass(&later, s, 2), SS_OK, "run 1: complete");
	is_err(refusal(&s[0], m1.at, m1.len), SS_ERR_SEQUENCE,
	    "the second message again: no key is installed twice");
	is_err(refusal(&s[1], later.at, later.len), SS_ERR_SEQUENCE,
	    "the third message again");

	/* run 2: Bob's whole answer to run 1 */
	if (start(&s[0], "aesgcm dh", ALICE, 1, 2) != SS_OK ||
	    write_record(&m0, &s[0], 5) != SS_OK)
		ok(0, "run 2");
	is_err(refusal(&s[0], m1.at, m1.len), SS_ERR_FOREIGN,
	    "run 2: the old answer");
	memcpy(m1.at + 12, m0.at + 12, 8);
	is_err(refusal(&s[0], m1.at, m1.len), SS_ERR_AUTH,
	    "run 2: the old answer, with the new run id");

	/* the old ephemeral secret is known, and with it the signature */
	memset(sec, 2, sizeof(sec));
	ss_dh_public(er, sec);
	is_bytes(er, m1.at + 21, 32, "Bob's old ephemeral key");
	start_both(s, 1);
	if (write_record(&m0, &s[0], 1) != SS_OK)
		ok(0, "run 1 once more");
	forger_begin(&f, &m0, er, sec, m0.at + 21);
	ss_aead_init(&a, SS_AESGCM, f.keys + 32);
	is_err(ss_aead_open(&a, text, m1.at + 53, m1.len - 53, f.h, 32, nonce),
	    SS_OK, "its text");
	ss_aead_wipe(&a);
	old.sig = text + (m1.len - 53 - 16) - 96;
	if (start(&s[0], "aesgcm dh", ALICE, 1, 2) != SS_OK ||
	    write_record(&m0, &s[0], 5) != SS_OK)
		ok(0, "run 2");
	forger_begin(&f, &m0, er, sec, m0.at + 21);
	forge(&m0, &f, 0, &people[BOB], er, NULL, &old);
	is_err(refusal(&s[0], m0.at, m0.len), SS_ERR_AUTH,
	    "run 2: old ephemeral key and old signature, all else new");
	old.sig = NULL;
	if (start(&s[0], "aesgcm dh", ALICE, 1, 2) != SS_OK ||
	    write_record(&m0, &s[0], 5) != SS_OK)
		ok(0, "run 2");
	forge(&m0, &f, 0, &people[BOB], er, NULL, &old);
	is_err(refusal(&s[0], m0.at, m0.len), SS_OK,
	    "run 2: only a new signature passes");
}

/* Mallory puts a commitment of her own into Alice's first message: Bob would
 * believe to talk with her. */
static void
exchanged_commitment(void)
{
	static struct ss_handshake s[2], mallory;
	struct rec m0, hers, m1;

	start_both(s, 0);
	(void)!start(&mallory, "aesgcm dh", ALICE, 0, 1);
	mallory.config.self = &people[MALLORY];
	if (write_record(&m0, &s[0], 1) != SS_OK ||
	    write_record(&hers, &mallory, 1) != SS_OK)
		ok(0, "two first messages");
	is_bytes(m0.at, hers.at, 53, "the same but for the commitment");
	ok(memcmp(m0.at + 53, hers.at + 53, 32) != 0, "which differs");
	is_err(ss_handshake_read(&s[1], hers.at, hers.len), SS_OK,
	    "Bob takes Mallory's");
	is_err(pass(&m1, s, 1), SS_ERR_AUTH, "Alice refuses his answer");
}

static void
low_order(void)
{
	static struct ss_handshake s[2];
	int first = 0, answer = 0, static_r = 0, static_i = 0, list = 0;
	uint8_t point[32], sec[32], out[32];
	struct ss_public pub;
	struct lie lie = { .says = &pub };
	struct rec m0, m1;

	memset(sec, 99, sizeof(sec));
	for (int i = 0; i < 14; i++) {
		struct rec bad;

		low_order_point(point, i);
		list += ss_dh_low_order(point) &&
		    ss_dh(out, sec, point) == SS_ERR_LOWORDER;
		start_both(s, 0);
		(void)!write_record(&m0, &s[0], 1);
		bad = m0;
		memcpy(bad.at + 21, point, 32);
		first += refusal(&s[1], bad.at, bad.len) == SS_ERR_LOWORDER;
		(void)!ss_handshake_read(&s[1], m0.at, m0.len);
		(void)!write_record(&m1, &s[1], 2);
		memcpy(m1.at + 21, point, 32);
		answer += refusal(&s[0], m1.at, m1.len) == SS_ERR_LOWORDER;
		pub = people[MALLORY].pub;
		memcpy(pub.x, point, 32);
		static_r += second(&people[MALLORY], &lie, 0) ==
		    SS_ERR_LOWORDER;
		/* Alice herself would have to commit to it */
		start_both(s, 0);
		people[PEOPLE - 1].pub = pub;
		s[0].config.self = &people[PEOPLE - 1];
		(void)!pass(&m0, s, 0);
		(void)!pass(&m1, s, 1);
		static_i += pass(&m1, s, 2) == SS_ERR_LOWORDER;
		(void)!people_make();
	}
	ok(list == 14, "14 points are on the list, and yield zero");
	ok(first == 14, "low order: initiator's ephemeral key");
	ok(answer == 14, "low order: responder's ephemeral key");
	ok(static_r == 14, "low order: X25519 key in a responder's identity");
	ok(static_i == 14, "low order: X25519 key in an initiator's identity");
	ss_dh_public(out, sec);
	ok(!ss_dh_low_order(out) && !ss_dh_low_order(people[BOB].pub.x),
	    "others are not on the list");
}

/* Ed25519 keys of low order: for these, signatures exist that hold for many
 * texts; verification must not know them. */
static void
low_order_ed(void)
{
	static const char *const hex[] = {
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	};
	struct ss_public pub = people[MALLORY].pub;
	uint8_t sig[64] = { 1 }; /* R is the neutral point, S is 0 */
	struct lie lie = { .says = &pub, .sig = sig };
	int refused = 0;

	for (size_t i = 0; i < 8; i++) {
		unhex(pub.ed, 32, hex[i]);
		refused += second(&people[MALLORY], &lie, 0) == SS_ERR_AUTH;
	}
	ok(refused == 8, "low order: 8 Ed25519 keys in an identity");
}

static void
configs(void)
{
	static struct ss_handshake hs, s[2];
	static const uint8_t psks[1][32] = { { 1 } };
	struct ss_handshake_config c = { .initiator = 1, .suite = SS_AESGCM,
		.profile = "", .self = &people[ALICE] };
	const struct ss_family *f = ss_family_find("signed"), *g;
	uint8_t run[SS_RUN_BYTES] = { 0 };
	struct rec r;
	uint16_t suite;

	is_err(ss_handshake_start(&hs, f, &c, run), SS_OK, "no peer: fine");
	c.self = NULL;
	is_err(ss_handshake_start(&hs, f, &c, run), SS_ERR_USAGE,
	    "no key of ours");
	ok(hs.why != NULL, "and why");
	c.self = &people[ALICE];
	c.psks = psks;
	c.npsks = 1;
	is_err(ss_handshake_start(&hs, f, &c, run), SS_ERR_USAGE, "a psk");
	c.npsks = 0;
	for (unsigned i = 0, good = 0; i < 65536; i++) {
		c.suite = (uint16_t)i;
		good += ss_handshake_start(&hs, f, &c, run) == SS_OK;
		if (i == 65535)
			ok(good == 2, "two suites of 65536");
	}

	is_err(ss_family_choose(&g, &suite, "signed", 0), SS_OK, "signed");
	ok(g == f && suite == SS_AESGCM, "AES-256-GCM by default");
	is_err(ss_family_choose(&g, &suite, "signed", SS_CHACHAPOLY), SS_OK,
	    "signed, chachapoly");
	ok(suite == SS_CHACHAPOLY, "where asked for");
	is_err(ss_family_choose(&g, &suite, "signed:XX", 0), SS_ERR_SUITE,
	    "signed:XX");
	is_err(ss_family_choose(&g, &suite, "signed:", 0), SS_ERR_SUITE,
	    "signed:");
	is_err(ss_family_choose(&g, &suite, "noise", 0), SS_ERR_SUITE,
	    "noise without a pattern");
	ok(g != NULL, "whose family is known");
	is_err(ss_family_choose(&g, &suite, "sign", 0), SS_ERR_SUITE, "sign");
	ok(g == NULL, "whose family is not");
	is_err(ss_family_choose(&g, &suite, "a name that is much too long:KK",
		   0), SS_ERR_SUITE, "a long name");
	is_err(ss_family_choose(&g, &suite, "psk", 0), SS_OK, "psk");
	ok(g == ss_family_find("noise") && suite == (4 << 8 | 1 << 4 | 1),
	    "is noise:NNpsk0, with ChaCha20-Poly1305");

	start_both(s, 0);
	s[0].config.profile = "flaw";
	s[1].config.profile = "lab";
	is_err(pass(&r, s, 0), SS_OK, "another profile: begins");
	is_err(pass(&r, s, 1), SS_ERR_AUTH, "another profile: ends");
	(void)!start(&s[0], "aesgcm dh", ALICE, 0, 1);
	(void)!start(&s[1], "chachapoly dh", BOB, 0, 1);
	is_err(pass(&r, s, 0), SS_ERR_SUITE, "another AEAD");
	(void)!start(&s[1], "aesgcm hash", BOB, 0, 1);
	(void)!write_record(&r, &s[0], 1);
	(void)!start(&s[0], "aesgcm dh", ALICE, 0, 1);
	is_err(pass(&r, s, 0), SS_ERR_SUITE, "another mode");
}

static void
meant(void)
{
	static struct ss_handshake s[2];
	struct rec r;

	start_both(s, 1);
	s[1].config.self = &people[MALLORY];
	(void)!pass(&r, s, 0);
	is_err(pass(&r, s, 1), SS_ERR_PEER, "another responder than meant");
	start_both(s, 1);
	s[0].config.self = &people[MALLORY];
	(void)!pass(&r, s, 0);
	(void)!pass(&r, s, 1);
	is_err(pass(&r, s, 2), SS_ERR_PEER, "another initiator than meant");
}

int
main(void)
{
	static const char *const all[] = { "aesgcm dh", "aesgcm hash",
		"aesgcm static", "chachapoly dh", "chachapoly hash",
		"chachapoly static" };

	if (sodium_init() < 0 || !people_make())
		return 1;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (int m = 0; m < 2; m++) {
			const char *why = complete(all[i], m);

			ok(!why, "%s%s: %s", all[i], m ? ", named" : "",
			    why ? why : "complete");
		}
	}
	configs();
	meant();
	forgeries();
	splice();
	exchanged_commitment();
	low_order();
	low_order_ed();
	exhaustive("aesgcm dh", start);
	exhaustive("chachapoly hash", start);
	return done_testing();
}
