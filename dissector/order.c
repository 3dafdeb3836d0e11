/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include "../lib/proto/data.h"
#include <string.h>

/*
 * Replays, gaps, numbers that go back and nonces that come again.
 *
 * A relayed record crosses the wire twice, once in each lane (to the relay,
 * from the relay), and that is no replay.  Nor is mail that the relay sends
 * again on another connection because nobody has acknowledged it, or that a
 * sender repeats there because nobody has answered: it keeps its message id.
 */
enum meets { NEW, COPY, REPEATED, DIFFERENT };

static enum meets
meets(const struct ss_sighting *s, const struct ss_record_seen *r)
{
	if (memcmp(&s->print, &r->print, sizeof(s->print)) != 0)
		return DIFFERENT;
	if (s->where.lane != r->where.lane)
		return COPY;
	if (s->where.link != r->where.link && s->where.routed &&
	    memcmp(s->where.message_id, r->where.message_id, 16) == 0)
		return COPY;
	return REPEATED;
}

/* Holds a record against the earlier ones of its place. */
struct verdict {
	enum meets meets;   /* the worst of them */
	int lane_is_new;    /* nothing of this place came in this lane */
};

static struct verdict
judge(struct ss_sighting *all, struct ss_record_seen *r)
{
	struct verdict v = { NEW, 1 };

	for (struct ss_sighting *s = all; s; s = s->next) {
		enum meets m = meets(s, r);

		if (s->where.lane == r->where.lane)
			v.lane_is_new = 0;
		if (m > v.meets) {
			v.meets = m;
			if (m != COPY)
				r->other = s->where.frame;
		}
		if (m == COPY && !r->copy_of)
			r->copy_of = s->where.frame;
	}
	return v;
}

/* At most so many are kept for one place: more would only cost time. */
#define SIGHTINGS_MAX 16

static void
append(struct ss_sighting **all, const struct ss_record_seen *r)
{
	unsigned n = 0;

	for (; *all; all = &(*all)->next)
		if (++n == SIGHTINGS_MAX)
			return;
	*all = wmem_new0(wmem_file_scope(), struct ss_sighting);
	(*all)->where = r->where;
	(*all)->print = r->print;
}

static void
point(struct ss_record_seen *r, enum ss_expert x)
{
	r->experts |= 1u << x;
}

/* A record that is new in its lane: does its number follow? */
static void
count(struct ss_record_seen *r, struct ss_count *c, uint64_t sequence)
{
	if (!c->begun && r->epoch->introduced)
		c->begun = 1; /* from 0 */
	else if (!c->begun) {
		/* the capture began in the middle */
		c->begun = 1;
		c->next = sequence;
	}
	if (sequence < c->next) {
		point(r, SS_X_GONE_BACK);
		return;
	}
	if (sequence > c->next) {
		point(r, SS_X_MISSING);
		r->from = c->next;
		r->to = sequence - 1;
	}
	c->next = sequence + (sequence < UINT64_MAX);
}

void
ss_order_data(
    struct ss_record_seen *r, uint64_t sequence, int final, int forged)
{
	struct ss_epoch_seen *e = r->epoch;
	struct ss_count *c = &e->count[r->where.lane];
	struct ss_sighting *all = wmem_map_lookup(e->records, &sequence);
	struct verdict v = judge(all, r);
	uint64_t *key;

	if (!e->introduced)
		point(r, SS_X_UNKNOWN_EPOCH);
	if (forged)
		return; /* nothing that it says counts */
	if (v.meets == REPEATED)
		point(r, SS_X_REPLAYED);
	if (v.meets == DIFFERENT)
		point(r, SS_X_NONCE);
	if (v.lane_is_new)
		count(r, c, sequence);
	c->final |= final;
	if (all) {
		append(&all, r);
		return;
	}
	append(&all, r);
	key = wmem_new(wmem_file_scope(), uint64_t);
	*key = sequence;
	wmem_map_insert(e->records, key, all);
}

/* What an introducer says of the epoch before it. */
static void
follow(struct ss_record_seen *r, const struct ss_introducer *i)
{
	static const uint8_t zero[SS_EPOCH_ID_BYTES];
	struct ss_epoch_seen *e = r->epoch, *was;
	struct ss_count *c;

	was = ss_stream_current(e, r->where.lane);
	if (memcmp(i->prev_id, zero, sizeof(zero)) == 0) {
		if (was && was != e && !was->count[r->where.lane].final &&
		    memcmp(i->sender, zero, SS_ID_BYTES) != 0)
			point(r, SS_X_TRUNCATED);
		return;
	}
	e->previous = ss_epoch_get(i->prev_id, 0);
	if (!e->previous)
		return;
	if (!e->previous->continued_in)
		e->previous->continued_in = r->where.frame;
	c = &e->previous->count[r->where.lane];
	c->final = 1;
	/* only where its beginning was seen in this lane */
	if (c->begun && c->next < i->prev_records) {
		point(r, SS_X_MISSING);
		r->from = c->next;
		r->to = i->prev_records - 1;
	}
}

void
ss_order_introducer(
    struct ss_record_seen *r, const struct ss_introducer *i, int forged)
{
	struct ss_epoch_seen *e = r->epoch;
	struct verdict v = judge(e->introducers, r);

	if (v.meets == REPEATED)
		point(r, SS_X_REPLAYED);
	if (v.meets == DIFFERENT)
		point(r, SS_X_CHANGES_KEYS);
	if (forged || v.meets == DIFFERENT)
		return;
	if (!e->introduced) {
		e->introduced = e->has_ids = 1;
		e->lines = i->flags & SS_INTRO_LINES;
		memcpy(e->sender, i->sender, sizeof(e->sender));
		memcpy(e->audience, i->audience, sizeof(e->audience));
		e->stream = ss_stream_of(e->sender, e->audience);
	}
	if (v.lane_is_new) {
		e->count[r->where.lane].begun = 1;
		follow(r, i);
	}
	append(&e->introducers, r);
}

/* Was a later step of the run there before, on this connection (0: on any)? */
static int
later(const struct ss_run *run, unsigned step, uint32_t link)
{
	for (step++; step < SS_RUN_STEPS; step++)
		for (const struct ss_sighting *s = run->steps[step]; s;
		    s = s->next)
			if (!link || s->where.link == link)
				return 1;
	return 0;
}

void
ss_order_handshake(struct ss_record_seen *r, unsigned step)
{
	struct ss_run *run = r->run;
	struct verdict v;

	if (step >= SS_RUN_STEPS) {
		point(r, SS_X_HANDSHAKE_ORDER);
		return;
	}
	v = judge(run->steps[step], r);
	if (v.meets == REPEATED)
		point(r, SS_X_REPLAYED);
	if (v.meets == DIFFERENT || (step > 0 && !run->steps[step - 1]) ||
	    later(run, step, v.meets == NEW ? 0 : r->where.link))
		point(r, SS_X_HANDSHAKE_ORDER);
	append(&run->steps[step], r);
}

/* Qubits and what is said about them: each has its number, so none is twice
 * the same. */
void
ss_order_other(struct ss_record_seen *r)
{
	struct ss_sighting **all = ss_other_get(&r->print);

	if (judge(*all, r).meets == REPEATED)
		point(r, SS_X_REPLAYED);
	append(all, r);
}

uint32_t
ss_order_frame(const struct ss_sighting *s, const struct ss_where *near)
{
	const struct ss_sighting *best = s;

	for (; s; s = s->next)
		if (s->where.link == near->link) {
			best = s;
			break;
		}
	return best ? best->where.frame : 0;
}
