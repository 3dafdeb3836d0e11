/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRE_MS (60 * 1000)

const char *const ss_relay_counter_names[] = { "connections", "logins",
	"logins_refused", "users", "accepted", "accepted_bytes", "delivered",
	"delivered_bytes", "acknowledged", "refused", "held", "pending",
	"expired", NULL };

void
ss_relay_defaults(struct ss_relay_config *c)
{
	*c = (struct ss_relay_config){
		.name = "localhost",
		.max_conns = 16384,
		.window = 64,
		.queue_bytes = 1 << 20,
		.queue_msgs = 4096,
		.budget = 256 << 20,
		.mailbox = { .count = 10000, .bytes = 64 << 20,
		    .age_ms = 30LL * 24 * 3600 * 1000 },
		.login_ms = 10 * 1000,
		.ping_ms = 30 * 1000,
		.dead_ms = 75 * 1000,
		.hold_ms = 5 * 1000,
	};
}

struct ss_relay *
ss_relay_new(const struct ss_relay_config *config)
{
	struct ss_relay *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->config = *config;
	for (r->nbuckets = 64; r->nbuckets < config->max_conns;)
		r->nbuckets *= 2;
	r->sessions = calloc(config->max_conns, sizeof(void *));
	r->presence = calloc(r->nbuckets, sizeof(void *));
	if (r->sessions != NULL && r->presence != NULL)
		return r;
	ss_relay_free(r);
	return NULL;
}

static void
presence_free(struct ss_presence *p)
{
	struct ss_op *op;

	while ((op = p->held) != NULL) {
		p->held = op->next;
		ss_op_free(op);
	}
	free(p);
}

void
ss_relay_free(struct ss_relay *r)
{
	struct ss_presence *p;
	struct ss_action act;
	size_t i;

	if (r == NULL)
		return;
	while (ss_relay_action(r, &act)) {
		ss_msg_drop(act.msg);
		ss_op_free(act.op);
	}
	for (i = 0; r->sessions != NULL && i < r->config.max_conns; i++)
		free(r->sessions[i]);
	for (i = 0; r->presence != NULL && i < r->nbuckets; i++)
		while ((p = r->presence[i]) != NULL) {
			r->presence[i] = p->next;
			presence_free(p);
		}
	free(r->actions);
	free(r->sessions);
	free(r->presence);
	free(r);
}

const struct ss_relay_counters *
ss_relay_counters(const struct ss_relay *r)
{
	return &r->counters;
}

/*
 * Actions.  An action that finds no memory is the one thing that cannot be
 * answered with an action: the relay ends like any program whose malloc
 * fails, and loses nothing that it has acknowledged.
 */
struct ss_action *
ss_act(struct ss_relay *r, enum ss_action_kind kind, uint64_t conn)
{
	struct ss_action *grown;

	if (r->nactions == r->maxactions) {
		r->maxactions = r->maxactions ? r->maxactions * 2 : 64;
		grown = realloc(r->actions, r->maxactions * sizeof *grown);
		if (grown == NULL)
			abort();
		r->actions = grown;
	}
	r->actions[r->nactions] = (struct ss_action){ .kind = kind,
		.conn = conn };
	return &r->actions[r->nactions++];
}

int
ss_relay_action(struct ss_relay *r, struct ss_action *out)
{
	if (r->at == r->nactions) {
		r->at = r->nactions = 0;
		return 0;
	}
	*out = r->actions[r->at++];
	return 1;
}

struct ss_audit *
ss_audit(struct ss_relay *r, const char *what, const char *name)
{
	struct ss_audit *a = &ss_act(r, SS_ACT_AUDIT, 0)->audit;

	a->what = what;
	snprintf(a->name, sizeof a->name, "%s", name);
	return a;
}

void
ss_submit(struct ss_relay *r, struct ss_op *op)
{
	op->next = NULL;
	r->counters.pending++;
	ss_act(r, SS_ACT_STORE, 0)->op = op;
}

/* Who asks faster than the disk answers would fill our memory. */
void
ss_ask(struct ss_relay *r, struct ss_session *s, struct ss_op *op,
    const char *request)
{
	if (s->asked == SS_ASKED) {
		ss_op_free(op);
		ss_close(r, s, 1008);
		return;
	}
	s->asked++;
	op->conn = s->conn;
	snprintf(op->request, sizeof op->request, "%s", request);
	ss_submit(r, op);
}

void
ss_send(struct ss_relay *r, struct ss_session *s, struct ss_msg *m)
{
	s->queued += m->len;
	s->queued_msgs++;
	ss_act(r, SS_ACT_SEND, s->conn)->msg = m;
}

void
ss_reply(struct ss_relay *r, struct ss_session *s, struct ss_msg *m)
{
	ss_send(r, s, m);
	/* answers come one for one request: who does not read them, goes */
	if (s->queued > 2 * r->config.queue_bytes)
		ss_close(r, s, 1008);
}

void
ss_say(struct ss_relay *r, struct ss_session *s, const char *fmt, ...)
{
	struct ss_msg *m;
	va_list ap;
	int n;

	if (s->phase == SS_PHASE_CLOSING)
		return;
	m = ss_msg_new(SS_WS_TEXT, 1024);
	if (m == NULL)
		abort();
	va_start(ap, fmt);
	n = vsnprintf((char *)m->bytes + m->at, 1024, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= 1024)
		abort(); /* a format of ours that cannot be */
	m->len = (size_t)n;
	ss_reply(r, s, m);
}

void
ss_close(struct ss_relay *r, struct ss_session *s, uint16_t code)
{
	if (s->phase == SS_PHASE_CLOSING)
		return;
	ss_act(r, SS_ACT_CLOSE, s->conn)->code = code;
	s->phase = SS_PHASE_CLOSING;
	s->receiving = 0;
	if (s->presence != NULL)
		ss_mail_left(r, s->presence);
}

/* Timers: a wheel of seconds, so that a tick looks only at who is due. */
static void
wheel_off(struct ss_session *s)
{
	if (s->link == NULL)
		return;
	*s->link = s->next;
	if (s->next != NULL)
		s->next->link = s->link;
	s->link = NULL;
}

static void
wheel_on(struct ss_relay *r, struct ss_session *s, int64_t due_ms)
{
	int64_t due = (due_ms + 999) / 1000;
	struct ss_session **slot;

	if (due <= r->turned_s)
		due = r->turned_s + 1;
	if (due >= r->turned_s + SS_WHEEL)
		due = r->turned_s + SS_WHEEL - 1;
	slot = &r->wheel[due % SS_WHEEL];
	wheel_off(s);
	s->next = *slot;
	s->link = slot;
	if (s->next != NULL)
		s->next->link = &s->next;
	*slot = s;
}

static void
session_due(struct ss_relay *r, struct ss_session *s)
{
	const struct ss_relay_config *c = &r->config;
	int64_t due;

	if (s->phase < SS_PHASE_IN) {
		due = s->opened_ms + c->login_ms;
		if (r->now_ms >= due)
			ss_close(r, s, 1008);
	} else {
		if (r->now_ms >= s->heard_ms + c->dead_ms) {
			ss_close(r, s, 1001);
		} else if (!s->pinged &&
		    r->now_ms >= s->heard_ms + c->ping_ms) {
			ss_act(r, SS_ACT_PING, s->conn);
			s->pinged = 1;
		}
		due = s->heard_ms + (s->pinged ? c->dead_ms : c->ping_ms);
	}
	if (s->phase != SS_PHASE_CLOSING)
		wheel_on(r, s, due);
}

static void
wheel_turn(struct ss_relay *r)
{
	int64_t now_s = r->now_ms / 1000;
	struct ss_session *s;

	if (now_s - r->turned_s > SS_WHEEL)
		r->turned_s = now_s - SS_WHEEL; /* the machine slept */
	while (r->turned_s < now_s) {
		r->turned_s++;
		while ((s = r->wheel[r->turned_s % SS_WHEEL]) != NULL) {
			wheel_off(s);
			session_due(r, s);
		}
	}
}

/* Sessions and presence */
struct ss_session *
ss_session_of(struct ss_relay *r, uint64_t conn)
{
	uint32_t slot = (uint32_t)conn;
	struct ss_session *s;

	if (conn == 0 || slot >= r->config.max_conns)
		return NULL;
	s = r->sessions[slot];
	return s != NULL && s->conn == conn ? s : NULL;
}

static struct ss_presence **
bucket_of(struct ss_relay *r, const char *name)
{
	uint8_t h[crypto_shorthash_BYTES];

	/* keyed: names are chosen by strangers */
	crypto_shorthash(
	    h, (const uint8_t *)name, strlen(name), r->config.hash_key);
	return &r->presence[ss_get64(h) & (r->nbuckets - 1)];
}

struct ss_presence *
ss_presence_find(struct ss_relay *r, const char *name)
{
	struct ss_presence *p = *bucket_of(r, name);

	while (p != NULL && strcmp(p->name, name) != 0)
		p = p->next;
	return p;
}

int
ss_presence_enter(struct ss_relay *r, struct ss_session *s)
{
	struct ss_presence *p = ss_presence_find(r, s->pub.name), **bucket;

	if (p == NULL) {
		p = calloc(1, sizeof *p);
		if (p == NULL)
			return -1;
		memcpy(p->name, s->pub.name, sizeof p->name);
		p->held_end = &p->held;
		bucket = bucket_of(r, p->name);
		p->next = *bucket;
		*bucket = p;
		r->counters.users++;
	}
	s->same = p->sessions;
	p->sessions = s;
	s->presence = p;
	return 0;
}

void
ss_presence_prune(struct ss_relay *r, struct ss_presence *p)
{
	struct ss_presence **at;

	if (p->sessions != NULL || p->held != NULL)
		return;
	for (at = bucket_of(r, p->name); *at != p;)
		at = &(*at)->next;
	*at = p->next;
	r->counters.users--;
	presence_free(p);
}

/* Events */
static void
opened(struct ss_relay *r, uint64_t conn, const struct ss_opening *o)
{
	struct ss_session *s = calloc(1, sizeof *s);
	struct ss_audit *a;

	if (s == NULL)
		abort();
	s->conn = conn;
	s->phase = SS_PHASE_HELLO;
	memcpy(s->challenge, o->challenge, sizeof s->challenge);
	memcpy(s->exporter, o->exporter, sizeof s->exporter);
	s->tls = o->tls;
	s->opened_ms = s->heard_ms = r->now_ms;
	r->sessions[(uint32_t)conn] = s;
	r->counters.connections++;
	wheel_on(r, s, s->opened_ms + r->config.login_ms);
	a = ss_audit(r, "open", "");
	snprintf(a->detail, sizeof a->detail, "%s", o->address);
	if (r->stopping)
		ss_close(r, s, 1001);
	else
		ss_control_hello(r, s);
}

static void
closed(struct ss_relay *r, struct ss_session *s)
{
	struct ss_presence *p = s->presence;
	struct ss_session **at;

	wheel_off(s);
	r->sessions[(uint32_t)s->conn] = NULL;
	r->counters.connections--;
	if (p != NULL) {
		ss_audit(r, "close", s->pub.name);
		for (at = &p->sessions; *at != s;)
			at = &(*at)->same;
		*at = s->same;
		ss_mail_left(r, p);
		ss_presence_prune(r, p);
	}
	sodium_memzero(s, sizeof *s);
	free(s);
}

static void
sent(struct ss_relay *r, struct ss_session *s, size_t n)
{
	s->queued -= n < s->queued ? n : s->queued;
	s->queued_msgs -= s->queued_msgs > 0;
	if (s->receiving && !s->live)
		ss_mail_pump(r, s);
}

static void
stored(struct ss_relay *r, struct ss_op *op)
{
	r->counters.pending--;
	switch (op->kind) {
	case SS_OP_PUT:
	case SS_OP_FETCH:
	case SS_OP_ACK:
		ss_mail_stored(r, op);
		break;
	case SS_OP_BIND:
	case SS_OP_LOOKUP:
		ss_control_stored(r, op);
		break;
	case SS_OP_EXPIRE:
		if (op->result == SS_OP_OK) {
			r->counters.expired += op->count;
			if (op->count > 0) /* there may be more */
				r->expired_ms = r->now_ms - EXPIRE_MS;
		}
		ss_op_free(op);
		break;
	}
}

static void
tick(struct ss_relay *r)
{
	struct ss_op *op;

	wheel_turn(r);
	ss_mail_tick(r);
	if (r->now_ms - r->expired_ms < EXPIRE_MS || r->stopping)
		return;
	r->expired_ms = r->now_ms;
	op = ss_op_new(SS_OP_EXPIRE);
	if (op == NULL)
		return;
	ss_submit(r, op);
}

/* Everything accepted is answered before anybody is told to go. */
static void
stop_when_idle(struct ss_relay *r)
{
	uint32_t i;

	if (r->counters.pending > 0 || r->told_stop)
		return;
	r->told_stop = 1;
	for (i = 0; i < r->config.max_conns; i++)
		if (r->sessions[i] != NULL)
			ss_close(r, r->sessions[i], 1001);
}

void
ss_relay_event(struct ss_relay *r, const struct ss_event *ev, int64_t now_ms)
{
	struct ss_session *s = ss_session_of(r, ev->conn);

	if (r->turned_s == 0)
		r->turned_s = now_ms / 1000;
	r->now_ms = now_ms;
	if (s != NULL && ev->kind != SS_EV_SENT) {
		s->heard_ms = now_ms;
		s->pinged = 0;
	}
	if (ev->kind == SS_EV_OPEN) {
		opened(r, ev->conn, ev->opening);
	} else if (ev->kind == SS_EV_STORED) {
		stored(r, ev->op);
	} else if (ev->kind == SS_EV_TICK) {
		tick(r);
	} else if (ev->kind == SS_EV_STOP) {
		r->stopping = 1;
	} else if (s == NULL || s->phase == SS_PHASE_CLOSING) {
		if (ev->kind == SS_EV_BINARY)
			ss_msg_drop(ev->msg);
		if (s != NULL && ev->kind == SS_EV_CLOSED)
			closed(r, s);
	} else if (ev->kind == SS_EV_TEXT) {
		ss_control(r, s, ev->msg);
	} else if (ev->kind == SS_EV_BINARY) {
		ss_mail_in(r, s, ev->msg);
	} else if (ev->kind == SS_EV_SENT) {
		sent(r, s, ev->n);
	} else if (ev->kind == SS_EV_CLOSED) {
		closed(r, s);
	}
	if (r->stopping)
		stop_when_idle(r);
}
