/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/noise.h"
#include "tap.h"
#include <sodium.h>

/*
 * The interpreter against the specification: token lists, names, modifiers,
 * a run of every pattern on both sides, keys of low order in every slot.
 */

/* Noise revision 34, 7.4, 7.5 and 18.1, written down a second time: known
 * beforehand of initiator and responder, then the messages. */
static const struct spec {
	const char *name, *pre, *messages[4];
} spec[] = {
	{ "N", "-s", { "e es" } },
	{ "K", "ss", { "e es ss" } },
	{ "X", "-s", { "e es s ss" } },
	{ "NN", "--", { "e", "e ee" } },
	{ "KN", "s-", { "e", "e ee se" } },
	{ "NK", "-s", { "e es", "e ee" } },
	{ "KK", "ss", { "e es ss", "e ee se" } },
	{ "NX", "--", { "e", "e ee s es" } },
	{ "KX", "s-", { "e", "e ee se s es" } },
	{ "XN", "--", { "e", "e ee", "s se" } },
	{ "IN", "--", { "e s", "e ee se" } },
	{ "XK", "-s", { "e es", "e ee", "s se" } },
	{ "IK", "-s", { "e es s ss", "e ee se" } },
	{ "XX", "--", { "e", "e ee s es", "s se" } },
	{ "IX", "--", { "e s", "e ee se s es" } },
	{ "NK1", "-s", { "e", "e ee es" } },
	{ "NX1", "--", { "e", "e ee s", "es" } },
	{ "X1N", "--", { "e", "e ee", "s", "se" } },
	{ "X1K", "-s", { "e es", "e ee", "s", "se" } },
	{ "XK1", "-s", { "e", "e ee es", "s se" } },
	{ "X1K1", "-s", { "e", "e ee es", "s", "se" } },
	{ "X1X", "--", { "e", "e ee s es", "s", "se" } },
	{ "XX1", "--", { "e", "e ee s", "es s se" } },
	{ "X1X1", "--", { "e", "e ee s", "es s", "se" } },
	{ "K1N", "s-", { "e", "e ee", "se" } },
	{ "K1K", "ss", { "e es", "e ee", "se" } },
	{ "KK1", "ss", { "e", "e ee se es" } },
	{ "K1K1", "ss", { "e", "e ee es", "se" } },
	{ "K1X", "s-", { "e", "e ee s es", "se" } },
	{ "KX1", "s-", { "e", "e ee se s", "es" } },
	{ "K1X1", "s-", { "e", "e ee s", "se es" } },
	{ "I1N", "--", { "e s", "e ee", "se" } },
	{ "I1K", "-s", { "e es s", "e ee", "se" } },
	{ "IK1", "-s", { "e s", "e ee se es" } },
	{ "I1K1", "-s", { "e s", "e ee es", "se" } },
	{ "I1X", "--", { "e s", "e ee s es", "se" } },
	{ "IX1", "--", { "e s", "e ee se s", "es" } },
	{ "I1X1", "--", { "e s", "e ee s", "se es" } },
};
#define NSPEC (sizeof(spec) / sizeof(spec[0]))

static int
same_tokens(const uint8_t *got, const char *want)
{
	char text[64] = "";

	for (; *got != SS_NOISE_END; got++) {
		if (text[0])
			strcat(text, " ");
		strcat(text, ss_noise_token_name(*got));
	}
	return strcmp(text, want) == 0;
}

static void
token_lists(void)
{
	struct ss_noise_plan p;
	uint16_t suite;
	size_t count = 0;

	for (size_t i = 0; i < NSPEC; i++) {
		const struct spec *s = &spec[i];
		int good = ss_noise_suite(&suite, s->name, SS_CHACHAPOLY) ==
		    SS_OK && ss_noise_plan(&p, suite) == SS_OK &&
		    p.pre[0] == (s->pre[0] == 's') &&
		    p.pre[1] == (s->pre[1] == 's');
		size_t m = 0;

		for (; good && m < 4 && s->messages[m]; m++)
			good = same_tokens(p.tokens[m], s->messages[m]);
		ok(good && p.nmessages == m, "%s is as in the specification",
		    s->name);
	}
	for (const struct ss_noise_pattern *q = ss_noise_patterns; q->name; q++)
		for (size_t i = 0; i < NSPEC; i++)
			count += strcmp(q->name, spec[i].name) == 0;
	ok(count == NSPEC && ss_noise_patterns[NSPEC].name == NULL,
	    "15 fundamental and 23 deferred patterns, no others");
}

static void
names(void)
{
	static const char *const bad[] = { "", "nn", "NNN", "NN ", "NNpsk",
		"NNpsk4", "NNpsk-1", "NNpsk3", "Kpsk2", "NNpsk0psk2",
		"NNpsk2+psk0", "NNpsk0+psk0", "NNpsk0+", "NNpsk0+fallback",
		"XXfallback", "psk0", "NN1", "KK1psk3", "NNhfs" };
	static const char *const good[] = { "NN", "Npsk0", "Kpsk1",
		"NNpsk0+psk2", "XXpsk0+psk1+psk2+psk3", "X1X1psk3" };
	struct ss_noise_plan p;
	char variant[32];
	uint16_t suite;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_err(ss_noise_suite(&suite, bad[i], SS_AESGCM), SS_ERR_SUITE,
		    "\"%s\" is no pattern", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		is_err(ss_noise_suite(&suite, good[i], SS_AESGCM), SS_OK,
		    "%s is one", good[i]);
		is_err(ss_noise_variant(variant, sizeof(variant), suite),
		    SS_OK, "%s: named again", good[i]);
		ok(strcmp(variant, good[i]) == 0, "%s: the same", good[i]);
	}
	is_err(ss_noise_suite(&suite, "NN", 3), SS_ERR_SUITE, "no such AEAD");
	is_err(ss_noise_plan(&p, 0), SS_ERR_SUITE, "suite 0");
	is_err(ss_noise_plan(&p, SS_NOISE_SUITE(39, 0, 1)), SS_ERR_SUITE,
	    "suite past the last");
	is_err(ss_noise_plan(&p, SS_NOISE_SUITE(4, 8, 1)), SS_ERR_SUITE,
	    "NNpsk3 by number");

	/* section 9.4 */
	ok(ss_noise_suite(&suite, "XXpsk0+psk3", SS_AESGCM) == SS_OK &&
	    ss_noise_plan(&p, suite) == SS_OK &&
	    same_tokens(p.tokens[0], "psk e") &&
	    same_tokens(p.tokens[1], "e ee s es") &&
	    same_tokens(p.tokens[2], "s se psk"), "psk0 begins, psk3 ends");
	ok(strcmp(p.name, "Noise_XXpsk0+psk3_25519_AESGCM_SHA256") == 0,
	    "the name that is hashed");
}

/* Two sides and a secret for everything. */
struct pair {
	struct ss_noise_plan plan;
	struct ss_noise side[2];
	uint8_t sec[2][32], pub[2][32], psks[4][32];
};

static enum ss_err
start(struct pair *p, int us, const uint8_t *rs)
{
	const struct ss_noise_plan *plan = &p->plan;

	return ss_noise_start(&p->side[us], plan, us == 0,
	    (const uint8_t *)"test", 4,
	    plan->pre[us] || plan->sends[us] ? p->sec[us] : NULL, NULL,
	    plan->pre[1 - us] ? rs : NULL, (const uint8_t (*)[32])p->psks,
	    plan->npsks);
}

static enum ss_err
prepare(struct pair *p, uint16_t suite)
{
	enum ss_err e = ss_noise_plan(&p->plan, suite);

	for (int i = 0; i < 2; i++) {
		memset(p->sec[i], 'A' + i, 32);
		ss_dh_public(p->pub[i], p->sec[i]);
	}
	for (int i = 0; i < 4; i++)
		memset(p->psks[i], '0' + i, 32);
	if (e == SS_OK)
		e = start(p, 0, p->pub[1]);
	return e == SS_OK ? start(p, 1, p->pub[0]) : e;
}

static size_t
write_message(struct pair *p, size_t m, uint8_t *msg, size_t max)
{
	struct ss_buf b = { msg, 0, max, 0 };
	uint8_t entropy[32];

	memset(entropy, 'e' + (int)m, sizeof(entropy));
	if (ss_noise_write(&b, (const uint8_t *)"payload", 7, entropy,
	    &p->side[m % 2]) != SS_OK)
		return 0;
	return b.len;
}

/* The spans tile the message, and say 32 or 48 bytes where tokens do. */
static int
tiled(uint16_t suite, size_t m, size_t len)
{
	struct ss_span spans[8];
	size_t n, off = 100;

	if (ss_noise_walk(spans, &n, 8, suite, m, len, 100) != SS_OK)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (spans[i].off != off || spans[i].len == 0)
			return 0;
		off += spans[i].len;
	}
	return off == 100 + len;
}

/* Every pattern, cipher and set of modifiers, from end to end. */
static const char *
run(uint16_t suite)
{
	uint8_t msg[512], payload[512], keys[2][64], hash[2][32];
	size_t len = 0, n, step = suite >> 4 & 15 ? 13 : 1;
	struct pair p;

	if (prepare(&p, suite) != SS_OK)
		return "start";
	for (size_t m = 0; m < p.plan.nmessages; m++) {
		struct ss_noise *to = &p.side[1 - m % 2], before = *to;

		if (!(len = write_message(&p, m, msg, sizeof(msg))))
			return "write";
		if (write_message(&p, m, msg + 256, 256) != 0)
			return "a second write in one turn";
		for (size_t cut = 0; cut < len; cut += step) {
			struct ss_span spans[8];
			enum ss_err e = ss_noise_read(payload, &n, msg, cut,
			    to);

			/* a payload in the clear has no end of its own */
			if (e == SS_OK && cut >= len - 7 &&
			    !to->sym.cipher.has_key) {
				*to = before;
				continue;
			}
			if (e == SS_OK || n != 0 ||
			    memcmp(to, &before, sizeof(before)) != 0)
				return "a cut message";
			if (cut < 32 && p.plan.tokens[m][0] != SS_NOISE_SE &&
			    p.plan.tokens[m][0] != SS_NOISE_ES &&
			    ss_noise_walk(spans, &n, 8, suite, m, cut, 0) ==
			    SS_OK)
				return "walk of a cut message";
		}
		if (ss_noise_read(payload, &n, msg, len, to) != SS_OK ||
		    n != 7 || memcmp(payload, "payload", 7) != 0)
			return "read";
		if (!tiled(suite, m, len))
			return "walk";
	}
	for (int i = 0; i < 2; i++)
		ss_noise_split(keys[i], hash[i], &p.side[i]);
	if (memcmp(keys[0], keys[1], 64) != 0 ||
	    memcmp(hash[0], hash[1], 32) != 0)
		return "split";
	if (write_message(&p, 0, msg, sizeof(msg)) != 0 ||
	    ss_noise_read(payload, &n, msg, len, &p.side[1]) !=
	    SS_ERR_SEQUENCE)
		return "a message after the last";
	return NULL;
}

static void
every_pattern(void)
{
	for (size_t i = 0; i < NSPEC; i++) {
		unsigned number = ss_noise_patterns[i].number;
		const char *name = ss_noise_patterns[i].name;
		int runs = 0, good = 1;

		for (unsigned rest = 0; rest < 32; rest++) {
			uint16_t suite = SS_NOISE_SUITE(number, rest >> 1,
			    1 + rest % 2);
			struct ss_noise_plan plan;
			const char *trouble;

			if (ss_noise_plan(&plan, suite) != SS_OK)
				continue;
			runs++;
			if ((trouble = run(suite)) != NULL) {
				printf("# %s: %s\n", plan.name, trouble);
				good = 0;
			}
		}
		ok(good && runs >= 8, "%s, both ciphers, %d sets of psks",
		    name, runs / 2);
	}
}

/* u of every point of small order, and the same numbers in other clothes:
 * unreduced, and with the top bit that X25519 ignores. */
static const char *const low_order[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};
#define NLOW (sizeof(low_order) / sizeof(low_order[0]))

enum slot { SLOT_E, SLOT_S, SLOT_PRE };

/*
 * Plays a pattern in which side `bad` brings the point as its e or s of
 * message `at`, or as the key known beforehand.  Returns what the other side
 * says first that is not SS_OK.
 */
static enum ss_err
play(uint16_t suite, const uint8_t point[32], int bad, enum slot slot,
    size_t at)
{
	uint8_t msg[512], payload[512], entropy[32] = { 7 };
	struct pair p;
	enum ss_err e = prepare(&p, suite);
	int victim = 1 - bad;
	size_t n;

	if (e == SS_OK && slot == SLOT_PRE)
		e = start(&p, victim, point);
	if (e != SS_OK)
		return SS_ERR_SYSTEM;
	if (slot == SLOT_S)
		memcpy(p.side[bad].s_pub, point, 32);
	if (slot == SLOT_PRE) /* both hashed the point */
		p.side[bad].sym = p.side[victim].sym;
	for (size_t m = 0; m < p.plan.nmessages; m++) {
		struct ss_buf b = { msg, 0, sizeof(msg), 0 };
		int from = (int)(m % 2);

		e = ss_noise_write(&b, NULL, 0, entropy, &p.side[from]);
		if (e != SS_OK)
			return from == victim ? e : SS_ERR_SYSTEM;
		if (slot == SLOT_E && m == at)
			memcpy(msg, point, 32);
		e = ss_noise_read(payload, &n, msg, b.len, &p.side[1 - from]);
		if (e != SS_OK)
			return from == victim ? SS_ERR_SYSTEM : e;
	}
	return SS_OK;
}

static void
refuses(uint16_t suite, const char *name, int bad, enum slot slot, size_t at)
{
	static const char *const what[] = { "e", "s", "s beforehand" };
	size_t refused = 0;

	for (size_t i = 0; i < NLOW; i++) {
		uint8_t point[32];

		unhex(point, sizeof(point), low_order[i]);
		refused += play(suite, point, bad, slot, at) ==
		    SS_ERR_LOWORDER;
	}
	ok(refused == NLOW, "%s: %s of message %zu, of low order: %zu refused",
	    name, what[slot], at + 1, refused);
}

static void
low_orders(void)
{
	uint8_t out[32], sec[32] = { 9 }, point[32];

	for (size_t i = 0; i < NLOW; i++) {
		unhex(point, sizeof(point), low_order[i]);
		is_err(ss_dh(out, sec, point), SS_ERR_LOWORDER,
		    "point %zu of low order", i);
	}
	for (size_t i = 0; i < NSPEC; i++) {
		uint16_t suite = SS_NOISE_SUITE(ss_noise_patterns[i].number, 0,
		    SS_CHACHAPOLY);
		const char *name = ss_noise_patterns[i].name;
		struct ss_noise_plan p;

		if (ss_noise_plan(&p, suite) != SS_OK)
			continue;
		for (int side = 0; side < 2; side++)
			if (p.pre[side])
				refuses(suite, name, side, SLOT_PRE, 0);
		for (size_t m = 0; m < p.nmessages; m++)
			for (const uint8_t *t = p.tokens[m]; *t; t++)
				if (*t <= SS_NOISE_S)
					refuses(suite, name, (int)(m % 2),
					    *t == SS_NOISE_E ? SLOT_E : SLOT_S,
					    m);
	}
}

static void
starts(void)
{
	uint8_t key[32] = { 1 }, psks[2][32] = { { 1 }, { 2 } };
	struct ss_noise_plan p;
	struct ss_noise n;
	uint16_t suite;

	ok(ss_noise_suite(&suite, "IKpsk1", SS_AESGCM) == SS_OK &&
	    ss_noise_plan(&p, suite) == SS_OK, "IKpsk1");
	is_err(ss_noise_start(&n, &p, 1, NULL, 0, NULL, NULL, key,
	    (const uint8_t (*)[32])psks, 1), SS_ERR_USAGE, "no key of ours");
	is_err(ss_noise_start(&n, &p, 1, NULL, 0, key, NULL, NULL,
	    (const uint8_t (*)[32])psks, 1), SS_ERR_USAGE, "no key of theirs");
	is_err(ss_noise_start(&n, &p, 1, NULL, 0, key, NULL, key, NULL, 0),
	    SS_ERR_USAGE, "no psk");
	is_err(ss_noise_start(&n, &p, 1, NULL, 0, key, NULL, key,
	    (const uint8_t (*)[32])psks, 2), SS_ERR_USAGE, "a psk too many");
	is_err(ss_noise_start(&n, &p, 0, NULL, 0, key, NULL, NULL,
	    (const uint8_t (*)[32])psks, 1), SS_OK,
	    "the responder of IK needs no peer");
}

/* Section 5.1: the last nonce is never used. */
static void
nonces(void)
{
	uint8_t key[32] = { 1 }, text[32] = "text", back[32];
	struct ss_noise_cipher a, b;

	for (int id = SS_CHACHAPOLY; id <= SS_AESGCM; id++) {
		ss_noise_cipher_init(&a, (enum ss_aead_id)id, key);
		a.n = UINT64_MAX - 1;
		b = a;
		is_err(ss_noise_cipher_seal(&a, text, text, 4, NULL, 0),
		    SS_OK, "the last but one nonce");
		text[0] ^= 1;
		is_err(ss_noise_cipher_open(&b, back, text, 20, NULL, 0),
		    SS_ERR_AUTH, "a changed text");
		text[0] ^= 1;
		is_err(ss_noise_cipher_open(&b, back, text, 20, NULL, 0),
		    SS_OK, "did not use it up");
		is_err(ss_noise_cipher_seal(&a, back, text, 4, NULL, 0),
		    SS_ERR_SEQUENCE, "the last nonce is not for sealing");
		is_err(ss_noise_cipher_open(&b, back, text, 20, NULL, 0),
		    SS_ERR_SEQUENCE, "nor for opening");
	}
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	token_lists();
	names();
	starts();
	nonces();
	every_pattern();
	low_orders();
	return done_testing();
}
