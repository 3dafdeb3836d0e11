/* SPDX-License-Identifier: ISC */
#include "handshake.h"
#include "lab_handshake.h"
#include "noise.h"
#include <sodium.h>
#include <string.h>

/*
 * The family `noise`.  Where a pattern sends a static key, the payload of
 * that message is the sender's whole identity, so that the peer learns a name
 * and a signature key together with the X25519 key that the handshake proves.
 * All other payloads are empty.                    docs/protocol.md, 5.4
 */
struct state {
	struct ss_noise n;
	struct ss_public peer; /* as it came */
	int learned;
};
_Static_assert(sizeof(struct state) <= SS_FAMILY_STATE_BYTES, "state fits");

/* e, s and its tag, identity, tag */
#define MESSAGE_MAX (32 + 48 + SS_PUBLIC_BYTES_MAX + 16)

static struct state *
state_of(struct ss_handshake *hs)
{
	return (struct state *)(void *)hs->state;
}

static enum ss_err
describe(char *variant, enum ss_aead_id *aead, uint16_t suite)
{
	struct ss_noise_plan plan;
	enum ss_err e = ss_noise_plan(&plan, suite);

	if (e != SS_OK)
		return e;
	*aead = plan.aead;
	return ss_noise_variant(variant, 32, suite);
}

static uint8_t
mode(uint16_t suite)
{
	struct ss_noise_plan plan;

	if (ss_noise_plan(&plan, suite) == SS_OK && plan.one_way)
		return SS_MODE_HASH;
	return SS_MODE_DH;
}

/* NULL, or what is wrong with the keys of this side. */
static const char *
complaint(const struct ss_noise_plan *plan,
    const struct ss_handshake_config *c)
{
	int us = c->initiator ? 0 : 1, them = 1 - us;

	if ((plan->pre[us] || plan->sends[us]) && !c->self)
		return "this pattern needs our own key";
	if (!plan->pre[us] && !plan->sends[us] && c->self)
		return "in this pattern our side is anonymous: "
		       "a key of ours would prove nothing";
	if (plan->pre[them] && !c->peer)
		return "this pattern needs the peer's public key beforehand";
	if (!plan->pre[them] && !plan->sends[them] && c->peer)
		return "in this pattern the peer is anonymous: "
		       "nothing would prove that it has this public key";
	if (c->npsks < plan->npsks)
		return "this pattern needs a pre-shared key for each of its "
		       "psk modifiers";
	if (c->npsks > plan->npsks)
		return "more pre-shared keys than the pattern has psk "
		       "modifiers";
	/* the ratchet turns on an answer, and there is none */
	if (plan->one_way && c->mode == SS_MODE_DH)
		return "a one-way pattern cannot have the mode dh";
	return NULL;
}

static enum ss_err
check(struct ss_handshake *hs)
{
	struct ss_noise_plan plan;
	enum ss_err e = ss_noise_plan(&plan, hs->config.suite);

	if (e != SS_OK)
		return e;
	hs->steps = plan.nmessages;
	hs->why = complaint(&plan, &hs->config);
	return hs->why ? SS_ERR_USAGE : SS_OK;
}

static enum ss_err
start(struct ss_handshake *hs, const uint8_t *prologue, size_t len)
{
	const struct ss_handshake_config *c = &hs->config;
	struct state *st = state_of(hs);
	struct ss_noise_plan plan;
	enum ss_err e;

	memset(st, 0, sizeof(*st));
	if ((e = ss_noise_plan(&plan, c->suite)) != SS_OK)
		return e;
	/* LAB unauthenticated: the static keys are left out */
	if (ss_lab_is(ss_lab_find(c->profile), SS_LAB_UNAUTHENTICATED))
		ss_lab_noise_plan(&plan);
	e = ss_noise_start(&st->n, &plan, c->initiator, prologue, len,
	    c->self ? c->self->x_sec : NULL, c->self ? c->self->pub.x : NULL,
	    c->peer ? c->peer->x : NULL, c->psks, c->npsks);
	if (e != SS_OK)
		return e;
	ss_trace_step(c->trace, plan.name, NULL, 0, SS_PUBLIC);
	ss_trace_step(c->trace, "h after protocol name, prologue and keys "
	    "known beforehand", st->n.sym.h, 32, SS_PUBLIC);
	return SS_OK;
}

/* "message 2 of 3, we write: <- e, ee, s, es" */
static void
tell_message(const struct ss_noise *n, const char *who)
{
	uint8_t text[96];
	struct ss_buf b = { text, 0, sizeof(text) - 1, 0 };
	const uint8_t *t = n->plan.tokens[n->message];

	if (!n->trace)
		return;
	ss_buf_str(&b, "message ");
	ss_buf_dec(&b, n->message + 1);
	ss_buf_str(&b, " of ");
	ss_buf_dec(&b, n->plan.nmessages);
	ss_buf_str(&b, who);
	ss_buf_str(&b, n->message % 2 ? "<-" : "->");
	for (const char *comma = " "; *t != SS_NOISE_END; t++, comma = ", ") {
		ss_buf_str(&b, comma);
		ss_buf_str(&b, ss_noise_token_name(*t));
	}
	text[b.len] = '\0';
	ss_trace_step(n->trace, (const char *)text, NULL, 0, SS_PUBLIC);
}

/* Does the next message carry a static key, and so an identity? */
static int
carries_identity(const struct ss_noise *n)
{
	return memchr(n->plan.tokens[n->message], SS_NOISE_S,
	    SS_NOISE_TOKENS_MAX) != NULL;
}

static enum ss_err
write(struct ss_buf *out, struct ss_handshake *hs,
    const uint8_t entropy[static 32])
{
	uint8_t payload[SS_PUBLIC_BYTES_MAX];
	struct ss_buf b = { payload, 0, sizeof(payload), 0 };
	struct ss_noise *n = &state_of(hs)->n;

	n->trace = hs->config.trace;
	tell_message(n, ", we write: ");
	if (carries_identity(n))
		ss_public_put(&b, &hs->config.self->pub);
	return ss_noise_write(out, payload, b.len, entropy, n);
}

/* The identity that came, held against the key that proves itself and
 * against the one that we were told to expect. */
static enum ss_err
take_identity(struct state *st, const struct ss_public *expected,
    const uint8_t *payload, size_t len)
{
	enum ss_err e = ss_public_get(&st->peer, payload, len);

	if (e != SS_OK)
		return e;
	if (sodium_memcmp(st->peer.x, st->n.rs, 32) != 0)
		return SS_ERR_PEER;
	if (expected && !ss_public_same(&st->peer, expected))
		return SS_ERR_PEER;
	st->learned = 1;
	return SS_OK;
}

static enum ss_err
read(struct ss_handshake *hs, const uint8_t *msg, size_t len)
{
	struct state *st = state_of(hs), copy = *st;
	uint8_t payload[MESSAGE_MAX];
	int identity = carries_identity(&st->n);
	enum ss_err e;
	size_t n;

	copy.n.trace = hs->config.trace;
	tell_message(&copy.n, ", we read: ");
	if (len > sizeof(payload)) {
		e = SS_ERR_LENGTH;
		goto out;
	}
	if ((e = ss_noise_read(payload, &n, msg, len, &copy.n)) != SS_OK)
		goto out;
	if (identity)
		e = take_identity(&copy, hs->config.peer, payload, n);
	else if (n > 0)
		e = SS_ERR_LENGTH;
	if (e == SS_OK)
		*st = copy;
out:
	sodium_memzero(&copy, sizeof(copy));
	return e;
}

static enum ss_err
finish(struct ss_agreed *a, struct ss_handshake *hs)
{
	struct state *st = state_of(hs);
	const struct ss_noise *n = &st->n;
	enum ss_err e;

	ss_noise_split(a->secret, a->hash, n);
	a->secretlen = sizeof(a->secret);
	/* LAB bare-hash: what Diffie-Hellman gives, as it is */
	if (ss_lab_is(ss_lab_find(a->profile), SS_LAB_BARE_HASH) &&
	    (e = ss_lab_noise_secret(a, n)) != SS_OK)
		return e;
	ss_trace_step(n->trace, "Split: both keys, the family's secret",
	    a->secret, a->secretlen, SS_SECRET);
	ss_trace_step(n->trace, "transcript hash", a->hash, sizeof(a->hash),
	    SS_PUBLIC);
	a->one_way = n->plan.one_way;
	/* a name that we gave the peer counts more than its own word */
	if (hs->config.peer)
		a->peer = *hs->config.peer;
	else if (st->learned)
		a->peer = st->peer;
	memcpy(a->r0_pub, n->initiator ? n->re : n->e_pub, 32);
	if (!n->initiator)
		memcpy(a->r0_sec, n->e, 32);
	return SS_OK;
}

const struct ss_family ss_family_noise = {
	.code = SS_FAMILY_NOISE,
	.name = "noise",
	.aead = SS_CHACHAPOLY,
	.suite = ss_noise_suite,
	.describe = describe,
	.mode = mode,
	.check = check,
	.start = start,
	.write = write,
	.read = read,
	.finish = finish,
	.walk = ss_noise_walk,
	.rows = ss_noise_rows,
	.nrows = SS_NOISE_ROWS,
};
