/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Records: from a sender into the store, from the store (or past it, when
 * the recipient reads along) to the recipient.
 */

static void
refuse(struct ss_relay *r, struct ss_session *s, const uint8_t *id,
    const char *code, const char *text)
{
	char hex[2 * SS_MSG_ID_BYTES + 1];
	size_t i;

	for (i = 0; i < SS_MSG_ID_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	r->counters.refused++;
	ss_say(r, s,
	    "{\"type\":\"error\",\"code\":\"%s\",\"text\":\"%s\","
	    "\"message\":\"%s\"}", code, text, hex);
}

static void
answer(struct ss_relay *r, struct ss_session *s, const uint8_t *id, int live)
{
	char hex[2 * SS_MSG_ID_BYTES + 1];
	size_t i;

	for (i = 0; i < SS_MSG_ID_BYTES; i++) {
		hex[2 * i] = "0123456789abcdef"[id[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[id[i] & 15];
	}
	hex[2 * i] = '\0';
	ss_say(r, s, "{\"type\":\"%s\",\"message\":\"%s\"}",
	    live ? "delivered" : "stored", hex);
}

static int
wants(const struct ss_session *s, const char *sender)
{
	return s->receiving &&
	    (s->from[0] == '\0' || strcmp(s->from, sender) == 0);
}

static int
has_room(const struct ss_relay *r, const struct ss_session *s)
{
	return s->credit > 0 && s->queued < r->config.queue_bytes &&
	    s->queued_msgs < r->config.queue_msgs;
}

/* m: with its routing header */
static void
deliver(struct ss_relay *r, struct ss_session *s, struct ss_msg *m,
    uint64_t row)
{
	s->cursor = row;
	s->credit--;
	r->counters.delivered++;
	r->counters.delivered_bytes += m->len;
	ss_send(r, s, ss_msg_keep(m));
}

/*
 * Mail that has just been committed, to whoever reads along.  The others of
 * its readers will find it in their mailbox.
 */
static int
offer(struct ss_relay *r, struct ss_presence *p, const struct ss_op *op)
{
	struct ss_session *s;
	int live = 0;

	for (s = p->sessions; s != NULL; s = s->same) {
		if (!wants(s, op->other) || !s->live || op->row <= s->cursor)
			continue;
		if (has_room(r, s)) {
			deliver(r, s, op->msg, op->row);
			live = 1;
		} else {
			s->live = 0;
		}
	}
	return live;
}

/*
 * A recipient who is reading, only slower than others send, must not see its
 * mailbox overflow: beyond half of the limits mail waits here for its ACKs.
 * How much that can be is bounded by every sender's window.  Without an ACK
 * for hold_ms the mailbox decides.
 */
static int
must_wait(const struct ss_relay *r, const struct ss_presence *p,
    const char *sender)
{
	const struct ss_session *s;

	if (p == NULL)
		return 0;
	if (p->held != NULL)
		return 1; /* order */
	if (p->count < r->config.mailbox.count / 2 &&
	    p->bytes < r->config.mailbox.bytes / 2)
		return 0;
	if (r->now_ms - p->progress_ms >= r->config.hold_ms)
		return 0;
	for (s = p->sessions; s != NULL; s = s->same)
		if (wants(s, sender))
			return 1;
	return 0;
}

static void
hold(struct ss_relay *r, struct ss_presence *p, struct ss_op *op)
{
	if (p->held == NULL) {
		p->next_held = r->held;
		p->link_held = &r->held;
		if (r->held != NULL)
			r->held->link_held = &p->next_held;
		r->held = p;
	}
	*p->held_end = op;
	p->held_end = &op->next;
	op->next = NULL;
	r->counters.held++;
}

static struct ss_op *
unhold(struct ss_relay *r, struct ss_presence *p)
{
	struct ss_op *op = p->held;

	p->held = op->next;
	r->counters.held--;
	if (p->held == NULL) {
		p->held_end = &p->held;
		*p->link_held = p->next_held;
		if (p->next_held != NULL)
			p->next_held->link_held = p->link_held;
	}
	return op;
}

/* Submit what may go: as much as makes the mailbox half full again. */
static void
release(struct ss_relay *r, struct ss_presence *p, int all)
{
	struct ss_op *op;

	while (p->held != NULL &&
	    (all || (p->count < r->config.mailbox.count / 2 &&
	    p->bytes < r->config.mailbox.bytes / 2))) {
		op = unhold(r, p);
		p->count++;
		p->bytes += op->msg->len;
		ss_submit(r, op);
	}
}

void
ss_mail_left(struct ss_relay *r, struct ss_presence *p)
{
	struct ss_session *s;

	for (s = p->sessions; s != NULL; s = s->same)
		if (s->receiving)
			return;
	if (!r->stopping)
		release(r, p, 1);
}

void
ss_mail_tick(struct ss_relay *r)
{
	struct ss_presence *p, *next;

	for (p = r->held; p != NULL && !r->stopping; p = next) {
		next = p->next_held;
		if (r->now_ms - p->progress_ms < r->config.hold_ms)
			continue;
		release(r, p, 1);
		ss_presence_prune(r, p);
	}
}

static void
audit_send(struct ss_relay *r, const struct ss_session *s,
    const struct ss_route *route, const unsigned *types, uint8_t family,
    size_t bytes)
{
	struct ss_audit *a = ss_audit(r, "send", s->pub.name);

	memcpy(a->peer, route->name, sizeof a->peer);
	memcpy(a->types, types, sizeof a->types);
	a->family = family;
	a->bytes = bytes;
}

/* 0: may not be sent at all; the sender has been told. */
static int
acceptable(struct ss_relay *r, struct ss_session *s, struct ss_route *route,
    const struct ss_msg *m)
{
	const uint8_t *in = m->bytes + m->at;
	unsigned types[SS_TYPES];
	uint8_t family;

	if (s->phase != SS_PHASE_IN || m->len > SS_MSG_BINARY_MAX ||
	    ss_route_get(route, in, m->len) != SS_OK ||
	    s->inflight >= r->config.window) {
		r->counters.refused++;
		ss_close(r, s, 1008);
		return 0;
	}
	if (route->kind != SS_ROUTE_DELIVER) {
		refuse(r, s, route->id, "kind", "no such kind of message");
		return 0;
	}
	if (m->len - route->records > SS_RECORD_MAX ||
	    ss_records_check(types, &family, in + route->records,
	        m->len - route->records) != SS_OK) {
		refuse(r, s, route->id, "format", "not whole records");
		return 0;
	}
	if (r->memory + m->len > r->config.budget) {
		refuse(r, s, route->id, "busy", "the relay is busy");
		return 0;
	}
	audit_send(r, s, route, types, family, m->len - route->records);
	return 1;
}

void
ss_mail_in(struct ss_relay *r, struct ss_session *s, struct ss_msg *m)
{
	struct ss_presence *p;
	struct ss_route route;
	struct ss_op *op;

	if (r->stopping || !acceptable(r, s, &route, m)) {
		ss_msg_drop(m);
		return;
	}
	op = ss_op_new(SS_OP_PUT);
	if (op == NULL)
		abort();
	op->conn = s->conn;
	memcpy(op->name, route.name, sizeof op->name);
	memcpy(op->other, s->pub.name, sizeof op->other);
	memcpy(op->id, route.id, sizeof op->id);
	m->at += route.records;
	m->len -= route.records;
	op->msg = m;
	s->inflight++;
	r->memory += m->len;
	p = ss_presence_find(r, route.name);
	if (must_wait(r, p, s->pub.name))
		hold(r, p, op);
	else
		ss_submit(r, op);
}

static void
put_done(struct ss_relay *r, struct ss_op *op)
{
	struct ss_presence *p = ss_presence_find(r, op->name);
	struct ss_session *s = ss_session_of(r, op->conn);
	int live = 0;

	r->memory -= op->msg->len;
	if (p != NULL && op->result <= SS_OP_FIRST) {
		struct ss_route route = { .kind = SS_ROUTE_DELIVER,
			.row = op->row };

		p->count = op->count;
		p->bytes = op->bytes;
		memcpy(route.name, op->other, sizeof route.name);
		memcpy(route.id, op->id, sizeof route.id);
		ss_msg_route(op->msg, &route);
		live = offer(r, p, op);
	}
	if (op->result == SS_OP_OK) {
		r->counters.accepted++;
		r->counters.accepted_bytes += op->msg->len;
	}
	if (s == NULL)
		return; /* it left; its mail stays */
	s->inflight--;
	if (op->result == SS_OP_OK || op->result == SS_OP_KNOWN)
		answer(r, s, op->id, live);
	else if (op->result == SS_OP_UNKNOWN)
		refuse(r, s, op->id, "unknown", "no such name");
	else if (op->result == SS_OP_FULL)
		refuse(r, s, op->id, "full", "the mailbox is full");
	else
		refuse(r, s, op->id, "failed", "the relay's disk failed");
}

/*
 * ss_mail_pump - a reader that is behind gets the next part of its mailbox.
 * One FETCH at a time: what the store answers to it is in order with what it
 * answers to every PUT, so nothing falls between the mailbox and live.
 */
void
ss_mail_pump(struct ss_relay *r, struct ss_session *s)
{
	struct ss_op *op;

	if (!s->receiving || s->live || s->fetching || r->stopping ||
	    s->credit == 0 || s->queued > r->config.queue_bytes / 2 ||
	    s->queued_msgs > r->config.queue_msgs / 2)
		return;
	op = ss_op_new(SS_OP_FETCH);
	if (op == NULL)
		abort();
	op->conn = s->conn;
	memcpy(op->name, s->pub.name, sizeof op->name);
	memcpy(op->other, s->from, sizeof op->other);
	op->row = s->cursor;
	op->max = s->credit < 256 ? s->credit : 256;
	op->maxlen = r->config.queue_bytes / 2;
	s->fetching = 1;
	ss_submit(r, op);
}

static void
fetch_done(struct ss_relay *r, struct ss_op *op)
{
	struct ss_session *s = ss_session_of(r, op->conn);
	struct ss_mail *m;

	if (s == NULL || !s->receiving)
		return;
	s->fetching = 0;
	if (op->result != SS_OP_OK) {
		ss_control_error(
		    r, s, "failed", "the relay's disk failed", s->request);
		ss_close(r, s, 1011);
		return;
	}
	for (m = op->mail; m != NULL; m = m->next) {
		struct ss_route route = { .kind = SS_ROUTE_DELIVER,
			.row = m->row };

		memcpy(route.name, m->sender, sizeof route.name);
		memcpy(route.id, m->id, sizeof route.id);
		ss_msg_route(m->msg, &route);
		deliver(r, s, m->msg, m->row);
	}
	s->live = op->all;
	if (!op->all) {
		ss_mail_pump(r, s);
	} else if (!s->told) {
		s->told = 1;
		ss_say(r, s, "{\"type\":\"empty\",\"row\":%llu%s}",
		    (unsigned long long)s->cursor, s->request);
	}
}

static void
ack_done(struct ss_relay *r, struct ss_op *op)
{
	struct ss_presence *p = ss_presence_find(r, op->name);
	struct ss_session *s = ss_session_of(r, op->conn);

	if (op->result == SS_OP_OK) {
		r->counters.acknowledged += op->nrows;
		if (p != NULL) {
			p->count = op->count;
			p->bytes = op->bytes;
			p->progress_ms = r->now_ms;
			release(r, p, 0);
			ss_presence_prune(r, p);
		}
	}
	if (s == NULL)
		return;
	s->asked--;
	if (op->result != SS_OP_OK)
		ss_control_error(r, s, "failed", "the relay's disk failed",
		    op->request);
	else if (op->request[0] != '\0')
		ss_say(r, s, "{\"type\":\"acked\"%s}", op->request);
}

void
ss_mail_stored(struct ss_relay *r, struct ss_op *op)
{
	if (op->kind == SS_OP_PUT)
		put_done(r, op);
	else if (op->kind == SS_OP_FETCH)
		fetch_done(r, op);
	else
		ack_done(r, op);
	ss_op_free(op);
}
