/* SPDX-License-Identifier: ISC */
#ifndef QKD_PAIR_H
#define QKD_PAIR_H

#include "../../lib/qkd/physics.h"
#include "../../lib/qkd/talk.h"
#include "tap.h"

/*
 * Alice, a fibre, Eve on it, and Bob, in one process; then their public
 * discussion over a line that does as it is told.
 */
#define PAIR_FRAMES 24
#define PAIR_ROOMS  192

struct pair_notes {
	uint64_t click[PAIR_FRAMES * SS_LIGHT_WORDS];
	uint64_t basis[PAIR_FRAMES * SS_LIGHT_WORDS];
	uint64_t value[PAIR_FRAMES * SS_LIGHT_WORDS];
};
static struct pair_notes alice_notes, bob_notes, eve_notes;

struct light_plan {
	size_t pulses;
	struct ss_fibre fibre;
	double eve; /* fraction */
	enum ss_eve strategy;
	uint64_t seed;
};

static inline void
seed_of(uint8_t out[static 32], uint64_t seed)
{
	memset(out, 0, 32);
	memcpy(out, &seed, sizeof(seed));
}

static inline void
pair_note(struct pair_notes *to, size_t frame, const struct ss_notes *n)
{
	size_t at = frame * SS_LIGHT_WORDS, bytes = (n->count + 63) / 64 * 8;

	memcpy(to->click + at, n->click, bytes);
	memcpy(to->basis + at, n->basis, bytes);
	memcpy(to->value + at, n->value, bytes);
}

static inline void
pair_light(const struct light_plan *p)
{
	static struct ss_light l;
	static struct ss_notes a, b, e;
	struct ss_dice dice;
	uint8_t seed[32];
	size_t left = p->pulses;

	seed_of(seed, p->seed);
	ss_dice_init(&dice, seed);
	for (size_t f = 0; left; f++) {
		size_t n = left < SS_FRAME_PULSES ? left : SS_FRAME_PULSES;

		ss_light_send(&l, &a, n, &dice);
		if (p->eve > 0) {
			ss_light_eve(&l, &e, p->strategy,
			    (uint64_t)(p->eve * 4294967296.0), &dice);
			pair_note(&eve_notes, f, &e);
		}
		if (p->fibre.loss | p->fibre.noise | p->fibre.dark)
			ss_light_channel(&l, &p->fibre, &dice);
		ss_light_measure(&b, &l, &dice);
		pair_note(&alice_notes, f, &a);
		pair_note(&bob_notes, f, &b);
		left -= n;
	}
}

/* ---- a side and its memory ---- */

struct pair_side {
	struct ss_talk talk;
	void *rooms[PAIR_ROOMS];
	size_t nrooms;
};

static inline void *
pair_room(void *arg, size_t bytes)
{
	struct pair_side *s = arg;

	if (s->nrooms == PAIR_ROOMS)
		return NULL;
	return s->rooms[s->nrooms++] = calloc(1, bytes + 8);
}

static inline void
pair_drop(struct pair_side *s)
{
	while (s->nrooms)
		free(s->rooms[--s->nrooms]);
	ss_talk_wipe(&s->talk);
}

struct pair {
	struct pair_side side[2]; /* alice, bob */
	struct ss_talk_config config[2];
	uint8_t point[16], pads[32 * 16];
	struct ss_identity id[2];
};

static inline void
pair_config(struct pair *p, size_t pulses, enum ss_talk_auth_method method,
    uint64_t seed)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < sizeof(p->pads); i++)
		p->pads[i] = (uint8_t)(i * 37 + 11);
	for (size_t i = 0; i < 16; i++)
		p->point[i] = (uint8_t)(i * 91 + 5);
	for (int i = 0; i < 2; i++) {
		uint8_t key[64] = { (uint8_t)(i + 1) };
		const struct pair_notes *n = i ? &bob_notes : &alice_notes;
		struct ss_talk_config *c = &p->config[i];

		if (ss_identity_make(&p->id[i], i ? "bob" : "alice", key) !=
		    SS_OK)
			exit(255);
		*c = (struct ss_talk_config){ .role = i ? SS_BOB : SS_ALICE,
			.profile = "", .variant = ss_cascade_find("option8"),
			.sample = 0.25, .threshold = 0.11, .eps_sec = 1e-10,
			.eps_cor = 1e-10, .run = { 1, 2, 3, 4, 5, 6, 7, 8 },
			.pulses = pulses, .click = n->click,
			.basis = n->basis, .value = n->value,
			.room = pair_room, .arg = &p->side[i],
			.auth = { .method = method, .point = p->point,
				.pads = p->pads, .npads = 32, .at = 7,
				.self = &p->id[i] } };
		seed_of(c->entropy, seed * 2 + (uint64_t)i + 1000);
	}
	p->config[0].auth.peer = &p->id[1].pub;
	p->config[1].auth.peer = &p->id[0].pub;
}

/* ---- the line ---- */

enum fault { NO_FAULT, FLIP, DROP, REPEAT, SWAP, CUT, EXTEND, REFLECT };

struct line {
	enum fault fault;
	size_t at;  /* the record, counted over both directions, from 0 */
	size_t bit; /* FLIP */
	/* what came by */
	size_t records;
	uint8_t *all;
	size_t len, room, starts[4096];
	/* on their way, to alice and to bob */
	struct queue {
		uint8_t *rec[8];
		size_t len[8], n;
	} to[2];
	uint8_t *held; /* SWAP */
	size_t held_len;
	int held_for;
};

static inline void
line_push(struct line *l, int to, const uint8_t *rec, size_t len)
{
	struct queue *q = &l->to[to];

	if (q->n == 8)
		abort();
	q->rec[q->n] = malloc(len + 1);
	memcpy(q->rec[q->n], rec, len);
	q->len[q->n++] = len;
}

static inline void
line_carry(struct line *l, int to, uint8_t *rec, size_t len)
{
	size_t number = l->records++;

	if (l->len + len > l->room) {
		l->room = 2 * l->room + len;
		l->all = realloc(l->all, l->room);
	}
	memcpy(l->all + l->len, rec, len);
	if (number < 4096)
		l->starts[number] = l->len;
	l->len += len;
	if (l->fault == NO_FAULT || number != l->at) {
		line_push(l, to, rec, len);
		if (l->held && l->held_for == to) {
			line_push(l, to, l->held, l->held_len);
			free(l->held);
			l->held = NULL;
		}
		return;
	}
	switch (l->fault) {
	case FLIP: rec[l->bit / 8] ^= (uint8_t)(1 << l->bit % 8); break;
	case CUT: len--; break;
	case EXTEND: rec[len++] = 0; break;
	case REFLECT: to = !to; break;
	case REPEAT: line_push(l, to, rec, len); break;
	case SWAP:
		l->held = malloc(len);
		memcpy(l->held, rec, len);
		l->held_len = len;
		l->held_for = to;
		return;
	case DROP: return;
	case NO_FAULT: break;
	}
	line_push(l, to, rec, len);
}

static inline int
over(const struct ss_talk *t)
{
	enum ss_talk_turn turn = ss_talk_turn(t);

	return turn == SS_TALK_DONE || turn == SS_TALK_DEAD;
}

/* One step of one side; 0 if it can only wait. */
static inline int
pair_step(struct pair *p, struct line *l, int i)
{
	static uint8_t rec[SS_RECORD_MAX + 1];
	struct ss_talk *t = &p->side[i].talk;
	struct ss_buf b = { rec, 0, SS_RECORD_MAX, 0 };
	struct queue *q = &l->to[i];

	switch (ss_talk_turn(t)) {
	case SS_TALK_WRITE:
		ss_talk_write(&b, t);
		if (b.len)
			line_carry(l, !i, rec, b.len);
		return 1;
	case SS_TALK_READ:
	case SS_TALK_SETTLE:
	case SS_TALK_LINGER:
		if (q->n) {
			ss_talk_read(t, q->rec[0], q->len[0]);
			free(q->rec[0]);
			q->n--;
			memmove(q->rec, q->rec + 1, q->n * sizeof(q->rec[0]));
			memmove(q->len, q->len + 1, q->n * sizeof(q->len[0]));
			return 1;
		}
		if (ss_talk_turn(t) == SS_TALK_SETTLE ||
		    (ss_talk_turn(t) == SS_TALK_LINGER &&
			over(&p->side[!i].talk))) {
			ss_talk_quiet(t);
			return 1;
		}
		return 0;
	case SS_TALK_DONE:
	case SS_TALK_DEAD:
		break;
	}
	return 0;
}

/* Both until they are over.  Whoever hears nothing gives up; she who waits for
 * the last word first. */
static inline enum ss_err
pair_talk(struct pair *p, struct line *l)
{
	enum ss_err e;

	for (int i = 0; i < 2; i++)
		if ((e = ss_talk_begin(&p->side[i].talk, &p->config[i])) !=
		    SS_OK)
			return e;
	while (!over(&p->side[0].talk) || !over(&p->side[1].talk)) {
		if (pair_step(p, l, 0) | pair_step(p, l, 1))
			continue;
		for (int i = 0; i < 2; i++) {
			struct ss_talk *t = &p->side[i].talk;

			if (ss_talk_turn(t) == SS_TALK_READ) {
				ss_talk_fail(t, SS_ERR_TRUNCATED);
				break;
			}
		}
	}
	return SS_OK;
}

static inline void
line_drop(struct line *l)
{
	for (int i = 0; i < 2; i++)
		while (l->to[i].n)
			free(l->to[i].rec[--l->to[i].n]);
	free(l->held);
	free(l->all);
	memset(l, 0, sizeof(*l));
}

static inline int
pair_same_key(const struct pair *p)
{
	const struct ss_talk *a = &p->side[0].talk, *b = &p->side[1].talk;

	return ss_talk_turn(a) == SS_TALK_DONE &&
	    ss_talk_turn(b) == SS_TALK_DONE &&
	    a->sum.length == b->sum.length &&
	    ss_bits_distance(a->key, b->key, (size_t)a->sum.length) == 0;
}

#endif
