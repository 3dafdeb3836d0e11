/* SPDX-License-Identifier: ISC */
#include "noise_plan.h"
#include <string.h>

/*
 * The patterns, letter by letter as the specification prints them: 12 + 3
 * fundamental ones (7.4, 7.5) and 23 deferred ones (18.1).  Reading guide: the
 * first letter is the initiator's static key, the second the responder's.
 * N: none; K: known beforehand; X: transmitted; I: transmitted at once; a 1
 * behind a letter defers the Diffie-Hellman that authenticates it.
 */
const struct ss_noise_pattern ss_noise_patterns[] = {
	/* 7.4: one-way */
	{ 1, "N", "<- s\n...\n-> e, es" },
	{ 2, "K", "-> s\n<- s\n...\n-> e, es, ss" },
	{ 3, "X", "<- s\n...\n-> e, es, s, ss" },

	/* 7.5: interactive */
	{ 4, "NN", "-> e\n<- e, ee" },
	{ 5, "NK", "<- s\n...\n-> e, es\n<- e, ee" },
	{ 6, "NX", "-> e\n<- e, ee, s, es" },
	{ 7, "XN", "-> e\n<- e, ee\n-> s, se" },
	{ 8, "XK", "<- s\n...\n-> e, es\n<- e, ee\n-> s, se" },
	{ 9, "XX", "-> e\n<- e, ee, s, es\n-> s, se" },
	{ 10, "KN", "-> s\n...\n-> e\n<- e, ee, se" },
	{ 11, "KK", "-> s\n<- s\n...\n-> e, es, ss\n<- e, ee, se" },
	{ 12, "KX", "-> s\n...\n-> e\n<- e, ee, se, s, es" },
	{ 13, "IN", "-> e, s\n<- e, ee, se" },
	{ 14, "IK", "<- s\n...\n-> e, es, s, ss\n<- e, ee, se" },
	{ 15, "IX", "-> e, s\n<- e, ee, se, s, es" },

	/* 18.1: deferred */
	{ 16, "NK1", "<- s\n...\n-> e\n<- e, ee, es" },
	{ 17, "NX1", "-> e\n<- e, ee, s\n-> es" },
	{ 18, "X1N", "-> e\n<- e, ee\n-> s\n<- se" },
	{ 19, "X1K", "<- s\n...\n-> e, es\n<- e, ee\n-> s\n<- se" },
	{ 20, "XK1", "<- s\n...\n-> e\n<- e, ee, es\n-> s, se" },
	{ 21, "X1K1", "<- s\n...\n-> e\n<- e, ee, es\n-> s\n<- se" },
	{ 22, "X1X", "-> e\n<- e, ee, s, es\n-> s\n<- se" },
	{ 23, "XX1", "-> e\n<- e, ee, s\n-> es, s, se" },
	{ 24, "X1X1", "-> e\n<- e, ee, s\n-> es, s\n<- se" },
	{ 25, "K1N", "-> s\n...\n-> e\n<- e, ee\n-> se" },
	{ 26, "K1K", "-> s\n<- s\n...\n-> e, es\n<- e, ee\n-> se" },
	{ 27, "KK1", "-> s\n<- s\n...\n-> e\n<- e, ee, se, es" },
	{ 28, "K1K1", "-> s\n<- s\n...\n-> e\n<- e, ee, es\n-> se" },
	{ 29, "K1X", "-> s\n...\n-> e\n<- e, ee, s, es\n-> se" },
	{ 30, "KX1", "-> s\n...\n-> e\n<- e, ee, se, s\n-> es" },
	{ 31, "K1X1", "-> s\n...\n-> e\n<- e, ee, s\n-> se, es" },
	{ 32, "I1N", "-> e, s\n<- e, ee\n-> se" },
	{ 33, "I1K", "<- s\n...\n-> e, es, s\n<- e, ee\n-> se" },
	{ 34, "IK1", "<- s\n...\n-> e, s\n<- e, ee, se, es" },
	{ 35, "I1K1", "<- s\n...\n-> e, s\n<- e, ee, es\n-> se" },
	{ 36, "I1X", "-> e, s\n<- e, ee, s, es\n-> se" },
	{ 37, "IX1", "-> e, s\n<- e, ee, se, s\n-> es" },
	{ 38, "I1X1", "-> e, s\n<- e, ee, s\n-> se, es" },
	{ 0, NULL, NULL },
};

const char *
ss_noise_token_name(int token)
{
	static const char *const names[] = { [SS_NOISE_E] = "e",
		[SS_NOISE_S] = "s", [SS_NOISE_EE] = "ee", [SS_NOISE_ES] = "es",
		[SS_NOISE_SE] = "se", [SS_NOISE_SS] = "ss",
		[SS_NOISE_PSK] = "psk" };

	return token > SS_NOISE_END && token <= SS_NOISE_PSK ? names[token]
	                                                     : NULL;
}

/* The token at *text, which moves behind it and its comma; END if none. */
static enum ss_noise_token
next_token(const char **text)
{
	size_t n = strspn(*text, "eskp");

	for (int t = SS_NOISE_E; n > 0 && t <= SS_NOISE_SS; t++) {
		const char *name = ss_noise_token_name(t);

		if (strlen(name) == n && strncmp(*text, name, n) == 0) {
			*text += n;
			*text += strspn(*text, ", ");
			return (enum ss_noise_token)t;
		}
	}
	return SS_NOISE_END;
}

/* "-> e, es": tokens to the end of the line. */
static enum ss_err
parse_line(uint8_t tokens[static SS_NOISE_TOKENS_MAX], const char **text)
{
	size_t n = 0;
	uint8_t t;

	*text += 3; /* the arrow and a blank */
	while ((t = (uint8_t)next_token(text)) != SS_NOISE_END) {
		/* room for the psks of a modifier and for END */
		if (n == SS_NOISE_TOKENS_MAX - 3)
			return SS_ERR_SUITE;
		tokens[n++] = t;
	}
	if (**text != '\n' && **text != '\0')
		return SS_ERR_SUITE;
	*text += **text == '\n';
	return SS_OK;
}

/*
 * Lines above the "..." say which static keys are known beforehand; those
 * below are the messages, the initiator's first.
 */
static enum ss_err
parse_text(struct ss_noise_plan *plan, const char *text)
{
	const char *dots = strstr(text, "...\n");
	uint8_t tokens[SS_NOISE_TOKENS_MAX];
	enum ss_err e;

	while (dots && text < dots) {
		int side = text[0] == '<';

		memset(tokens, 0, sizeof(tokens));
		if ((e = parse_line(tokens, &text)) != SS_OK)
			return e;
		if (tokens[0] != SS_NOISE_S || tokens[1] != SS_NOISE_END)
			return SS_ERR_SUITE;
		plan->pre[side] = 1;
	}
	if (dots)
		text = dots + 4;
	while (*text != '\0') {
		size_t m = plan->nmessages;

		if (m == SS_NOISE_MESSAGES_MAX || (text[0] == '<') != (m % 2))
			return SS_ERR_SUITE;
		if ((e = parse_line(plan->tokens[m], &text)) != SS_OK)
			return e;
		if (memchr(plan->tokens[m], SS_NOISE_S, SS_NOISE_TOKENS_MAX))
			plan->sends[m % 2] = 1;
		plan->nmessages++;
	}
	plan->one_way = plan->nmessages == 1;
	return SS_OK;
}

/*
 * Section 9.4: psk0 puts a psk token before the first message's tokens, pskN
 * behind those of message N.
 */
static enum ss_err
add_psk(struct ss_noise_plan *plan, size_t modifier)
{
	uint8_t *t = plan->tokens[modifier ? modifier - 1 : 0];

	if (modifier > plan->nmessages)
		return SS_ERR_SUITE;
	if (modifier == 0) {
		memmove(t + 1, t, SS_NOISE_TOKENS_MAX - 1);
		t[0] = SS_NOISE_PSK;
	} else {
		while (*t != SS_NOISE_END)
			t++;
		*t = SS_NOISE_PSK;
	}
	plan->npsks++;
	return SS_OK;
}

static const struct ss_noise_pattern *
pattern_of(unsigned number)
{
	const struct ss_noise_pattern *p = ss_noise_patterns;

	while (p->name && p->number != number)
		p++;
	return p->name ? p : NULL;
}

/* "KKpsk0+psk2": the pattern's name and its modifiers. */
static void
put_variant(struct ss_buf *b, const char *name, unsigned psks)
{
	const char *join = "psk";

	ss_buf_str(b, name);
	for (unsigned i = 0; i < SS_NOISE_PSKS_MAX; i++) {
		if (!(psks >> i & 1))
			continue;
		ss_buf_str(b, join);
		ss_buf_dec(b, i);
		join = "+psk";
	}
}

enum ss_err
ss_noise_plan(struct ss_noise_plan *plan, uint16_t suite)
{
	const struct ss_noise_pattern *p = pattern_of(suite >> 8);
	unsigned psks = suite >> 4 & 15;
	struct ss_buf b = { (uint8_t *)plan->name, 0, sizeof(plan->name) - 1,
		0 };
	enum ss_err e;

	memset(plan, 0, sizeof(*plan));
	plan->aead = suite & 15;
	if (!p || (plan->aead != SS_CHACHAPOLY && plan->aead != SS_AESGCM))
		return SS_ERR_SUITE;
	if ((e = parse_text(plan, p->text)) != SS_OK)
		return e;
	for (size_t i = 0; i < SS_NOISE_PSKS_MAX; i++)
		if ((psks >> i & 1) && (e = add_psk(plan, i)) != SS_OK)
			return e;

	ss_buf_str(&b, "Noise_");
	put_variant(&b, p->name, psks);
	ss_buf_str(&b, plan->aead == SS_AESGCM ? "_25519_AESGCM_SHA256"
	                                       : "_25519_ChaChaPoly_SHA256");
	return b.over ? SS_ERR_SUITE : SS_OK;
}

enum ss_err
ss_noise_variant(char *out, size_t size, uint16_t suite)
{
	const struct ss_noise_pattern *p = pattern_of(suite >> 8);
	struct ss_buf b = { (uint8_t *)out, 0, size - 1, 0 };

	if (!p)
		return SS_ERR_SUITE;
	put_variant(&b, p->name, suite >> 4 & 15);
	out[b.len] = '\0';
	return b.over ? SS_ERR_SUITE : SS_OK;
}

/* "psk0+psk2", in ascending order and each once (section 8). */
static enum ss_err
get_modifiers(unsigned *psks, const char *text)
{
	unsigned next = 0;

	*psks = 0;
	while (*text != '\0') {
		unsigned i;

		if (strncmp(text, "psk", 3) != 0 || text[3] < '0' ||
		    text[3] >= '0' + SS_NOISE_PSKS_MAX)
			return SS_ERR_SUITE;
		i = (unsigned)(text[3] - '0');
		text += 4;
		if (i < next)
			return SS_ERR_SUITE;
		next = i + 1;
		*psks |= 1u << i;
		if (*text == '+' && text[1] == 'p')
			text++;
		else if (*text != '\0')
			return SS_ERR_SUITE;
	}
	return SS_OK;
}

enum ss_err
ss_noise_suite(uint16_t *suite, const char *variant, enum ss_aead_id aead)
{
	const struct ss_noise_pattern *p = ss_noise_patterns;
	const char *modifiers = strstr(variant, "psk");
	size_t len = modifiers ? (size_t)(modifiers - variant)
	                       : strlen(variant);
	struct ss_noise_plan plan;
	unsigned psks;
	enum ss_err e;

	while (p->name &&
	    (strlen(p->name) != len || strncmp(p->name, variant, len) != 0))
		p++;
	if (!p->name)
		return SS_ERR_SUITE;
	if ((e = get_modifiers(&psks, variant + len)) != SS_OK)
		return e;
	*suite = SS_NOISE_SUITE(p->number, psks, aead);
	return ss_noise_plan(&plan, *suite);
}
