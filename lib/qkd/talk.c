/* SPDX-License-Identifier: ISC */
/* Whose turn it is, and what a message must be to be listened to. */
#include "talk_in.h"
#include <string.h>

/* One row for each phase: who speaks, what, and which stage that is. */
static const struct {
	uint8_t from, kind;
	const char *stage;
} phases[] = {
	[SS_TALK_BASES] = { SS_BOB, SS_QKD_BASES, "sift" },
	[SS_TALK_SIFT] = { SS_ALICE, SS_QKD_SIFT, "sift" },
	[SS_TALK_SAMPLE] = { SS_BOB, SS_QKD_SAMPLE, "estimate" },
	[SS_TALK_REVEAL] = { SS_BOB, SS_QKD_REVEAL, "estimate" },
	[SS_TALK_ESTIMATE] = { SS_ALICE, SS_QKD_ESTIMATE, "estimate" },
	[SS_TALK_ASK] = { SS_BOB, SS_QKD_ASK, "reconcile" },
	[SS_TALK_ANSWER] = { SS_ALICE, SS_QKD_ANSWER, "reconcile" },
	[SS_TALK_VERIFY] = { SS_ALICE, SS_QKD_VERIFY, "verify" },
	[SS_TALK_VERIFIED] = { SS_BOB, SS_QKD_VERIFIED, "verify" },
	[SS_TALK_AMPLIFY] = { SS_ALICE, SS_QKD_AMPLIFY, "amplify" },
	[SS_TALK_CONFIRM_BOB] = { SS_BOB, SS_QKD_CONFIRM, "amplify" },
	[SS_TALK_CONFIRM_ALICE] = { SS_ALICE, SS_QKD_CONFIRM, "amplify" },
	[SS_TALK_CONFIRM_LAST] = { SS_BOB, SS_QKD_CONFIRM, "amplify" },
	[SS_TALK_END] = { 0, 0, "amplify" },
};

static const char *const layouts[] = {
	[SS_QKD_BASES] = "qkd-bases", [SS_QKD_SIFT] = "qkd-sift",
	[SS_QKD_SAMPLE] = "qkd-sample", [SS_QKD_REVEAL] = "qkd-reveal",
	[SS_QKD_ESTIMATE] = "qkd-estimate", [SS_QKD_ASK] = "qkd-ask",
	[SS_QKD_ANSWER] = "qkd-answer", [SS_QKD_DONE] = "qkd-done",
	[SS_QKD_VERIFY] = "qkd-verify", [SS_QKD_VERIFIED] = "qkd-verified",
	[SS_QKD_AMPLIFY] = "qkd-amplify", [SS_QKD_CONFIRM] = "qkd-confirm",
	[SS_QKD_ABORT] = "qkd-abort",
};

static enum ss_err
check_config(const struct ss_talk_config *c)
{
	const struct ss_talk_auth *a = &c->auth;

	if ((a->method == SS_TALK_OPEN && !c->profile[0]) ||
	    (a->method == SS_TALK_PADS && (!a->point || !a->pads)) ||
	    (a->method == SS_TALK_SIGNED && (!a->self || !a->peer)) ||
	    c->pulses == 0 || !c->variant)
		return SS_ERR_USAGE;
	if (a->method == SS_TALK_PADS && a->npads < SS_TALK_TAGS)
		return SS_ERR_SPENT;
	return SS_OK;
}

enum ss_err
ss_talk_begin(struct ss_talk *t, const struct ss_talk_config *c)
{
	size_t bytes = 8 * ss_bits_words(c->pulses);
	enum ss_err e = check_config(c);

	memset(t, 0, sizeof(*t));
	if (e != SS_OK)
		return e;
	t->c = *c;
	t->variant = c->variant;
	ss_dice_init(&t->dice, c->entropy);
	sodium_memzero(t->c.entropy, sizeof(t->c.entropy));
	t->pad = t->pads_at = c->auth.at;
	if (c->role == SS_ALICE) { /* hers is the first proof */
		t->pads_agreed = 1;
		t->pads_at += SS_TALK_TAGS;
	}
	t->piece = c->room(c->arg, SS_TALK_PIECE / 8);
	t->peer_click = c->room(c->arg, bytes);
	t->peer_basis = c->room(c->arg, bytes);
	t->same = c->room(c->arg, bytes);
	t->raw = c->room(c->arg, bytes);
	if (!t->piece || !t->peer_click || !t->peer_basis || !t->same ||
	    !t->raw)
		return SS_ERR_SYSTEM;
	ss_talk_proof_begin(t);
	return SS_OK;
}

void
ss_talk_wipe(struct ss_talk *t)
{
	if (t)
		sodium_memzero(t, sizeof(*t));
}

const char *
ss_talk_stage(const struct ss_talk *t)
{
	enum ss_talk_phase p = t->phase;

	while (p < SS_TALK_END && phases[p].from != t->c.role)
		p++;
	/* behind Alice's answers come more questions, or her hash */
	return phases[t->phase == SS_TALK_ANSWER ? SS_TALK_ASK : p].stage;
}

enum ss_talk_turn
ss_talk_turn(const struct ss_talk *t)
{
	if (t->aborting)
		return SS_TALK_WRITE;
	if (t->error != SS_OK)
		return SS_TALK_DEAD;
	if (t->phase == SS_TALK_END) {
		if (t->settled)
			return SS_TALK_DONE;
		return t->c.role == SS_ALICE ? SS_TALK_SETTLE :
		    SS_TALK_LINGER;
	}
	if (phases[t->phase].from != t->c.role)
		return SS_TALK_READ;
	return t->phase == SS_TALK_CONFIRM_LAST && !t->settled ?
	    SS_TALK_SETTLE : SS_TALK_WRITE;
}

void
ss_talk_quiet(struct ss_talk *t)
{
	t->settled = 1;
}

void
ss_talk_fail(struct ss_talk *t, enum ss_err e)
{
	if (t->error != SS_OK)
		return;
	t->error = e;
	t->aborting = 1;
}

/* Behind the last record of a phase. */
static void
advance(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	if (m->kind == SS_QKD_ANSWER)
		t->phase = SS_TALK_ASK;
	else if (m->kind == SS_QKD_DONE)
		t->phase = SS_TALK_VERIFY;
	else
		t->phase++;
	t->done = 0;
	t->settled = 0;
}

/* A phase ends with the sender's turn, or with a message that is alone. */
static int
ends_phase(const struct ss_qkd_msg *m)
{
	return (m->flags & SS_QKD_OVER) || m->kind == SS_QKD_SAMPLE;
}

static enum ss_err
encode(struct ss_buf *b, struct ss_talk *t, struct ss_qkd_msg *m)
{
	static const uint8_t empty[SS_SIGN_BYTES];
	const struct ss_layout *l = ss_layout_find(layouts[m->kind]);
	size_t start = b->len;
	enum ss_err e;

	m->tag = (struct ss_bytes){ empty, ss_talk_proof_bytes(t, m) };
	if ((e = ss_wire_put(b, l, t->c.profile[0] != '\0', m)) != SS_OK)
		return e;
	return ss_talk_prove(t, b->at + start, b->len - start, m);
}

/* The last thing that we say. */
static enum ss_err
give_up(struct ss_buf *b, struct ss_talk *t, struct ss_qkd_msg *m)
{
	m->kind = SS_QKD_ABORT;
	m->flags = SS_QKD_OVER;
	m->reason = (uint16_t)t->error;
	t->aborting = 0;
	return encode(b, t, m);
}

enum ss_err
ss_talk_write(struct ss_buf *b, struct ss_talk *t)
{
	struct ss_qkd_msg m = { .kind = phases[t->phase].kind,
		.from = (uint8_t)t->c.role, .step = t->step };
	enum ss_err e;

	memcpy(m.run, t->c.run, sizeof(m.run));
	if (t->aborting)
		return give_up(b, t, &m);
	if (ss_talk_turn(t) != SS_TALK_WRITE)
		return SS_ERR_USAGE;
	if ((e = ss_talk_make(&m, t)) != SS_OK ||
	    (e = encode(b, t, &m)) != SS_OK) {
		ss_talk_fail(t, e);
		return e;
	}
	t->step++;
	if (ends_phase(&m))
		advance(t, &m);
	/* she says what she saw before she says that it is too much */
	if (m.kind == SS_QKD_ESTIMATE && t->qber > t->c.threshold)
		ss_talk_fail(t, SS_ERR_NOISY);
	return SS_OK;
}

/* What the peer gives as its reason is the peer's word, no more. */
static enum ss_err
peer_gave_up(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	enum ss_err e = (enum ss_err)m->reason;

	t->by_peer = 1;
	return ss_err_exit(e) == 1 && m->reason < 200 &&
	    *ss_strerror(e) ? e : SS_ERR_TRUNCATED;
}

static enum ss_err
listen(struct ss_talk *t, const uint8_t *rec, size_t len,
    struct ss_qkd_msg *m)
{
	const struct ss_layout *l = ss_layout_of(rec, len);
	struct ss_header h;
	enum ss_err e;

	if (len < SS_HEADER_BYTES)
		return SS_ERR_TRUNCATED;
	if ((e = ss_header_get(&h, rec)) != SS_OK)
		return e;
	if (h.lab != (t->c.profile[0] != '\0'))
		return h.lab ? SS_ERR_LAB : SS_ERR_SUITE;
	if (h.type != SS_QKD || !l)
		return SS_ERR_FORMAT;
	if ((e = ss_wire_get(m, l, rec, len)) != SS_OK)
		return e;
	if (memcmp(m->run, t->c.run, sizeof(m->run)) != 0)
		return SS_ERR_FOREIGN;
	if (m->from == t->c.role)
		return SS_ERR_REFLECTED;
	if (m->kind == SS_QKD_ABORT)
		return peer_gave_up(t, m);
	if (m->step != t->step || ss_talk_turn(t) != SS_TALK_READ ||
	    (m->kind != phases[t->phase].kind &&
		!(m->kind == SS_QKD_DONE && t->phase == SS_TALK_ASK)))
		return SS_ERR_SEQUENCE;
	if (m->from > SS_BOB || m->flags & ~SS_QKD_OVER)
		return SS_ERR_FORMAT;
	return ss_talk_check(t, rec, len, m);
}

enum ss_err
ss_talk_read(struct ss_talk *t, const uint8_t *rec, size_t len)
{
	struct ss_qkd_msg m = { 0 };
	enum ss_err e = t->error;

	if (e != SS_OK)
		return e;
	if ((e = listen(t, rec, len, &m)) == SS_OK)
		e = ss_talk_take(t, &m);
	if (e != SS_OK) {
		ss_talk_fail(t, e);
		t->aborting = !t->by_peer;
		return e;
	}
	t->step++;
	if (ends_phase(&m))
		advance(t, &m);
	return SS_OK;
}
