/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/noise.h"
#include "hsdrive.h"

/*
 * Handshake records and the family noise: every pattern from end to end, and
 * everything that must be refused, with the state unchanged afterwards.
 */

static uint8_t psks[4][32];

/* One side of "XX" or "IKpsk2": the keys that the pattern needs, and with
 * `meant` also the peer's where it travels. */
static enum ss_err
start(struct ss_handshake *hs, const char *variant, int who, int meant,
    uint8_t run)
{
	struct ss_handshake_config c = { .initiator = who == ALICE,
		.mode = SS_MODE_DH, .profile = "",
		.psks = (const uint8_t (*)[32])psks };
	int us = who == ALICE ? 0 : 1;
	uint8_t id[SS_RUN_BYTES] = { run };
	struct ss_noise_plan p;

	if (ss_noise_suite(&c.suite, variant, SS_CHACHAPOLY) != SS_OK ||
	    ss_noise_plan(&p, c.suite) != SS_OK)
		return SS_ERR_SYSTEM;
	if (p.pre[us] || p.sends[us])
		c.self = &people[who];
	if (p.pre[1 - us] || (meant && p.sends[1 - us]))
		c.peer = &people[who == ALICE ? BOB : ALICE].pub;
	c.npsks = p.npsks;
	if (p.one_way)
		c.mode = SS_MODE_HASH;
	return ss_handshake_start(hs, ss_family_of(SS_FAMILY_NOISE), &c, id);
}

/* Whom does a side see at the end? */
static int
sees(const struct ss_agreed *a, const struct ss_noise_plan *p)
{
	int them = a->initiator;
	const struct ss_public *want = &people[a->initiator ? BOB : ALICE].pub;
	int known = p->pre[them] || p->sends[them];

	return known ? memcmp(&a->peer, want, sizeof(*want)) == 0
	             : sodium_is_zero((const uint8_t *)&a->peer,
	                   sizeof(a->peer));
}

static const char *
complete(const char *variant, int meant)
{
	static struct ss_handshake sides[2];
	struct ss_agreed a, b;
	struct ss_noise_plan p;
	uint8_t r0[32];
	struct rec r;

	if (start(&sides[0], variant, ALICE, meant, 7) != SS_OK ||
	    start(&sides[1], variant, BOB, meant, 7) != SS_OK)
		return "start";
	for (int m = 0; ss_handshake_turn(&sides[0]) != SS_TURN_DONE; m++) {
		if (write_record(&r, &sides[m % 2], (uint8_t)(m + 1)) !=
		    SS_OK)
			return "write";
		if (!tiled(&r))
			return "walk";
		if (ss_handshake_read(&sides[1 - m % 2], r.at, r.len) !=
		    SS_OK)
			return "read";
	}
	if (ss_handshake_finish(&a, &sides[0]) != SS_OK ||
	    ss_handshake_finish(&b, &sides[1]) != SS_OK)
		return "finish";
	if (memcmp(a.secret, b.secret, 64) || memcmp(a.hash, b.hash, 32) ||
	    a.secretlen != 64 || b.secretlen != 64)
		return "secret";
	if (ss_noise_plan(&p, a.suite) != SS_OK || !sees(&a, &p) ||
	    !sees(&b, &p))
		return "peer";
	if (a.one_way != p.one_way || b.one_way != p.one_way)
		return "one way";
	if (p.one_way)
		return NULL;
	ss_dh_public(r0, b.r0_sec);
	if (memcmp(a.r0_pub, r0, 32) || memcmp(b.r0_pub, r0, 32) ||
	    !sodium_is_zero(a.r0_sec, 32))
		return "r0";
	return NULL;
}

static void
every_pattern(void)
{
	for (const struct ss_noise_pattern *q = ss_noise_patterns; q->name;
	    q++) {
		char psk[32];

		snprintf(psk, sizeof(psk), "%spsk0", q->name);
		for (int meant = 0; meant < 2; meant++) {
			const char *t = complete(q->name, meant);
			const char *u = complete(psk, meant);

			ok(!t && !u, "%s%s: %s %s", q->name,
			    meant ? ", named" : "", t ? t : "complete",
			    u ? u : "with psk0");
		}
	}
}

/* Message m of a handshake whose sides the caller has started. */
static enum ss_err
play(struct ss_handshake sides[2], int messages)
{
	struct rec r;
	enum ss_err e = SS_OK;

	for (int m = 0; e == SS_OK && m < messages; m++) {
		e = write_record(&r, &sides[m % 2], (uint8_t)(m + 1));
		if (e == SS_OK)
			e = refusal(&sides[1 - m % 2], r.at, r.len);
	}
	return e;
}

static void
identities(void)
{
	static struct ss_handshake s[2];
	struct ss_identity liar = people[ALICE];
	struct ss_public other = people[ALICE].pub;
	struct ss_noise *n;
	uint8_t msg[256];
	struct ss_buf b = { msg, 0, sizeof(msg), 0 };
	struct rec r;

	/* somebody else's X25519 key in the payload */
	memcpy(liar.pub.x, people[MALLORY].pub.x, 32);
	(void)!start(&s[0], "XX", ALICE, 0, 1);
	(void)!start(&s[1], "XX", BOB, 0, 1);
	s[0].config.self = &liar;
	is_err(play(s, 3), SS_ERR_PEER, "the identity of another key");

	/* the right X25519 key, and another signature key than we meant */
	memcpy(other.ed, people[MALLORY].pub.ed, 32);
	(void)!start(&s[0], "XX", ALICE, 0, 1);
	(void)!start(&s[1], "XX", BOB, 1, 1);
	s[1].config.peer = &other;
	is_err(play(s, 3), SS_ERR_PEER, "another Ed25519 key than meant");

	(void)!start(&s[0], "IX", ALICE, 0, 1);
	(void)!start(&s[1], "IX", BOB, 0, 1);
	s[0].config.self = &people[MALLORY];
	s[1].config.peer = &people[ALICE].pub;
	is_err(play(s, 2), SS_ERR_PEER, "somebody else than meant");

	(void)!start(&s[0], "NK", ALICE, 0, 1);
	(void)!start(&s[1], "NK", BOB, 0, 1);
	s[1].config.self = &people[MALLORY];
	is_err(play(s, 2), SS_ERR_AUTH, "a responder without the known key");

	/* a payload where none belongs: state begins with struct ss_noise */
	(void)!start(&s[0], "KK", ALICE, 0, 1);
	(void)!start(&s[1], "KK", BOB, 0, 1);
	if (play(s, 1) == SS_OK && write_record(&r, &s[1], 2) == SS_OK) {
		(void)!start(&s[0], "KK", ALICE, 0, 1);
		(void)!start(&s[1], "KK", BOB, 0, 1);
		(void)!play(s, 1);
		n = (struct ss_noise *)(void *)s[1].state;
		memset(msg, 2, 32);
		is_err(ss_noise_write(&b, (const uint8_t *)"x", 1, msg, n),
		    SS_OK, "a message with a payload");
		memcpy(r.at + SS_HANDSHAKE_FIXED, msg, b.len);
		r.len = SS_HANDSHAKE_FIXED + b.len;
		set_length(&r);
		is_err(refusal(&s[0], r.at, r.len), SS_ERR_LENGTH,
		    "is refused, although it is authentic");
	}
}

static enum ss_err
try_config(const char *variant, int initiator, int self, int peer,
    size_t npsks, uint8_t mode, const char **why)
{
	static struct ss_handshake hs;
	struct ss_handshake_config c = { .initiator = initiator,
		.mode = mode, .profile = "",
		.self = self ? &people[ALICE] : NULL,
		.peer = peer ? &people[BOB].pub : NULL,
		.psks = (const uint8_t (*)[32])psks, .npsks = npsks };
	uint8_t run[SS_RUN_BYTES] = { 0 };
	enum ss_err e = ss_noise_suite(&c.suite, variant, SS_AESGCM);

	if (e == SS_OK)
		e = ss_handshake_start(&hs, ss_family_of(SS_FAMILY_NOISE), &c,
		    run);
	*why = hs.why;
	return e;
}

static void
configs(void)
{
	static const struct {
		const char *variant, *what;
		int initiator, self, peer;
		size_t npsks;
		uint8_t mode;
		enum ss_err want;
	} t[] = {
		{ "KK", "keys", 1, 1, 1, 0, SS_MODE_DH, SS_OK },
		{ "KK", "no own key", 1, 0, 1, 0, SS_MODE_DH, SS_ERR_USAGE },
		{ "KK", "no peer", 0, 1, 0, 0, SS_MODE_DH, SS_ERR_USAGE },
		{ "NN", "nothing", 1, 0, 0, 0, SS_MODE_DH, SS_OK },
		{ "NN", "useless key", 1, 1, 0, 0, SS_MODE_DH, SS_ERR_USAGE },
		{ "NN", "useless peer", 0, 0, 1, 0, SS_MODE_DH, SS_ERR_USAGE },
		{ "NK", "useless peer", 0, 1, 1, 0, SS_MODE_DH, SS_ERR_USAGE },
		{ "XX", "no peer", 0, 1, 0, 0, SS_MODE_STATIC, SS_OK },
		{ "XX", "with peer", 0, 1, 1, 0, SS_MODE_HASH, SS_OK },
		{ "XX", "useless psk", 0, 1, 1, 1, SS_MODE_DH, SS_ERR_USAGE },
		{ "NNpsk0", "no psk", 1, 0, 0, 0, SS_MODE_DH, SS_ERR_USAGE },
		{ "NNpsk0", "two", 1, 0, 0, 2, SS_MODE_DH, SS_ERR_USAGE },
		{ "NNpsk0+psk2", "two", 1, 0, 0, 2, SS_MODE_DH, SS_OK },
		{ "K", "dh", 1, 1, 1, 0, SS_MODE_DH, SS_ERR_USAGE },
		{ "K", "hash", 1, 1, 1, 0, SS_MODE_HASH, SS_OK },
		{ "K", "static", 0, 1, 1, 0, SS_MODE_STATIC, SS_OK },
		{ "KK", "no mode", 1, 1, 1, 0, 3, SS_ERR_USAGE },
	};
	const struct ss_family *f = ss_family_find("noise");
	const char *why;
	uint16_t suite;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		is_err(try_config(t[i].variant, t[i].initiator, t[i].self,
			   t[i].peer, t[i].npsks, t[i].mode, &why),
		    t[i].want, "%s: %s", t[i].variant, t[i].what);
		ok(!why == (t[i].want == SS_OK), "%s: %s: why", t[i].variant,
		    t[i].what);
	}
	ok(f && f == ss_family_of(SS_FAMILY_NOISE), "the family is found");
	ok(!ss_family_find("nose") && !ss_family_of(99), "others are not");
	ok(ss_noise_suite(&suite, "X", SS_AESGCM) == SS_OK &&
	    f->mode(suite) == SS_MODE_HASH, "one-way means hash");
	ok(ss_noise_suite(&suite, "XX", SS_AESGCM) == SS_OK &&
	    f->mode(suite) == SS_MODE_DH, "all others dh");
}

/* What is agreed beforehand must be equal, and so must a psk. */
static void
disagreements(void)
{
	static struct ss_handshake s[2];
	static uint8_t wrong[4][32] = { { 9 } };
	static const char *const variants[] = { "KK", "IK", "NNpsk0" };
	uint16_t suite;

	for (size_t i = 0; i < 3; i++) {
		(void)!start(&s[0], variants[i], ALICE, 0, 1);
		(void)!start(&s[1], i == 1 ? "XX" : "NN", BOB, 0, 1);
		is_err(play(s, 1), SS_ERR_SUITE, "%s against another pattern",
		    variants[i]);
	}
	(void)!start(&s[0], "XX", ALICE, 0, 1);
	(void)!start(&s[1], "XX", BOB, 0, 1);
	(void)!ss_noise_suite(&suite, "XX", SS_AESGCM);
	s[1].config.suite = suite;
	is_err(play(s, 1), SS_ERR_SUITE, "another AEAD");

	(void)!start(&s[0], "NNpsk0", ALICE, 0, 1);
	(void)!start(&s[1], "NNpsk0", BOB, 0, 1);
	s[1].config.psks = (const uint8_t (*)[32])wrong;
	is_err(play(s, 1), SS_ERR_AUTH, "another psk");

	/* a profile is in the prologue */
	(void)!start(&s[0], "KK", ALICE, 0, 1);
	(void)!start(&s[1], "KK", BOB, 0, 1);
	s[1].config.profile = "lab";
	is_err(play(s, 1), SS_ERR_SUITE, "into the lab from outside");
	(void)!start(&s[0], "KK", ALICE, 0, 1);
	s[0].config.profile = "flaw";
	is_err(play(s, 1), SS_ERR_AUTH, "another profile");
	(void)!start(&s[0], "KK", ALICE, 0, 1);
	s[0].config.profile = "flaw";
	(void)!start(&s[1], "KK", BOB, 0, 1);
	is_err(play(s, 1), SS_ERR_LAB, "out of the lab");
}

int
main(void)
{
	static const char *const all[] = { "KK", "XX", "IK", "NN", "IKpsk2",
		"X1X1", "K" };
	static const uint8_t seed[64] = { 's' };

	if (sodium_init() < 0 || !people_make())
		return 1;
	for (int i = 0; i < 4; i++)
		ss_handshake_psk(psks[i], seed, (size_t)(32 + i));
	configs();
	every_pattern();
	identities();
	disagreements();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		exhaustive(all[i], start);
	return done_testing();
}
