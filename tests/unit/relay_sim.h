/* SPDX-License-Identifier: ISC */
#ifndef RELAY_SIM_H
#define RELAY_SIM_H

/*
 * A world for the relay's core: clients, wires that can be cut, a store whose
 * batches can fail, a clock.  This file has the world, relay_client.h what
 * the people in it do.
 */
#include "../../lib/relay/core.h"
#include "tap.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define USERS    4
#define CONNS    8
#define MESSAGES 120
#define BODY     40
#define FORGED   ((uint64_t)1 << 50) /* a sender cannot choose rows */

struct message {
	int from, to; /* to == USERS: an unknown name */
	uint8_t id[16];
	int sent, accepted, refused, delivered, acked;
};

struct wire {
	struct wire *next;
	struct ss_msg *msg;
};

struct client {
	uint64_t conn; /* 0: not connected */
	int in, receiving;
	struct wire *up, **up_end, *down, **down_end;
	uint64_t rows[MESSAGES * 4];
	int nrows;
};

struct sim {
	uint64_t random;
	int faults;
	struct ss_identity id[USERS];
	struct client client[USERS];
	struct message message[MESSAGES];
	int nmessages, last[USERS][USERS + 1];
	struct ss_relay_config config;
	struct ss_relay *core;
	struct ss_store *store;
	struct ss_op *todo, **todo_end, *done, **done_end;
	uint8_t committed[MESSAGES];
	uint32_t generation;
	int64_t now;
	int wrong, early, disorder, repeated;
	uint16_t code;   /* of the last close */
	char said[1100]; /* the last text of the relay */
	int pings, linger; /* 1: what is closed is not gone yet */
};

static inline uint64_t
draw(struct sim *s, uint64_t n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (s->random >> 11) % n;
}

static inline const char *
name_of(int user)
{
	static const char *const names[] = { "ann", "ben", "cat", "dan",
		"nobody" };

	return names[user];
}

static inline struct message *
message_of(struct sim *s, const uint8_t *id)
{
	return &s->message[id[0]];
}

static inline void
push(struct wire ***end, struct ss_msg *m)
{
	struct wire *w = calloc(1, sizeof *w);

	w->msg = m;
	**end = w;
	*end = &w->next;
}

static inline struct ss_msg *
pull(struct wire **first, struct wire ***end)
{
	struct wire *w = *first;
	struct ss_msg *m = w->msg;

	*first = w->next;
	if (*first == NULL)
		*end = first;
	free(w);
	return m;
}

static inline struct client *
client_of(struct sim *s, uint64_t conn)
{
	int i;

	for (i = 0; i < USERS; i++)
		if (s->client[i].conn == conn)
			return &s->client[i];
	return NULL;
}

/* A connection is gone, and everything on its way with it: what has no
 * answer will be sent again. */
static inline void
cut(struct sim *s, struct client *c)
{
	int i;

	for (i = 0; i < s->nmessages; i++)
		if (&s->client[s->message[i].from] == c &&
		    !s->message[i].accepted)
			s->message[i].sent = 0;
	while (c->up != NULL)
		ss_msg_drop(pull(&c->up, &c->up_end));
	while (c->down != NULL)
		ss_msg_drop(pull(&c->down, &c->down_end));
	c->conn = 0;
	c->in = c->receiving = c->nrows = 0;
}

static inline void
actions(struct sim *s)
{
	struct ss_action a;
	struct client *c;
	struct ss_route r;

	while (ss_relay_action(s->core, &a)) {
		if (a.kind == SS_ACT_STORE) {
			*s->todo_end = a.op;
			s->todo_end = &a.op->next;
			continue;
		}
		c = a.conn ? client_of(s, a.conn) : NULL;
		s->pings += a.kind == SS_ACT_PING;
		if (a.kind == SS_ACT_CLOSE)
			s->code = a.code;
		if (a.kind == SS_ACT_CLOSE && c != NULL && !s->linger) {
			cut(s, c);
			ss_relay_event(s->core, &(struct ss_event){
			    .kind = SS_EV_CLOSED, .conn = a.conn }, s->now);
		}
		if (a.kind != SS_ACT_SEND)
			continue;
		if (c == NULL) {
			ss_msg_drop(a.msg);
			continue;
		}
		if (a.msg->opcode == SS_WS_BINARY &&
		    (ss_route_get(&r, a.msg->bytes + a.msg->at,
		         a.msg->len) != SS_OK ||
		    !s->committed[r.id[0]]))
			s->early++;
		if (a.msg->opcode == SS_WS_TEXT)
			snprintf(s->said, sizeof s->said, "%.*s",
			    (int)a.msg->len,
			    (const char *)a.msg->bytes + a.msg->at);
		push(&c->down_end, a.msg);
	}
}

static inline void
event(struct sim *s, const struct ss_event *ev)
{
	ss_relay_event(s->core, ev, s->now);
	actions(s);
}

/* The store: a batch at a time; some fail as a whole. */
static inline void
store_step(struct sim *s, int may_fail)
{
	struct ss_op *list = s->todo, *op, **end;
	uint64_t n = 1 + draw(s, 6);

	if (list == NULL)
		return;
	for (end = &s->todo; *end != NULL && n > 0; n--)
		end = &(*end)->next;
	s->todo = *end;
	*end = NULL;
	if (s->todo == NULL)
		s->todo_end = &s->todo;
	if (may_fail && draw(s, 20) == 0) {
		for (op = list; op != NULL; op = op->next)
			op->result = SS_OP_FAILED;
	} else {
		for (op = list; op != NULL; op = op->next)
			op->now_ms = s->now;
		ss_store_batch(s->store, list);
		for (op = list; op != NULL; op = op->next)
			if (op->kind == SS_OP_PUT &&
			    (op->result == SS_OP_OK ||
			    op->result == SS_OP_KNOWN))
				s->committed[op->id[0]] = 1;
	}
	*s->done_end = list;
	while (*s->done_end != NULL)
		s->done_end = &(*s->done_end)->next;
}

static inline void
complete_step(struct sim *s)
{
	struct ss_op *op = s->done;

	if (op == NULL)
		return;
	s->done = op->next;
	if (s->done == NULL)
		s->done_end = &s->done;
	op->next = NULL;
	event(s, &(struct ss_event){ .kind = SS_EV_STORED, .op = op });
}

static inline void
drop_ops(struct ss_op **first, struct ss_op ***end)
{
	struct ss_op *op;

	while ((op = *first) != NULL) {
		*first = op->next;
		ss_op_free(op);
	}
	*end = first;
}

/* kill -9: what was not committed is gone, and every connection. */
static inline void
crash(struct sim *s)
{
	int i;

	ss_relay_free(s->core);
	drop_ops(&s->todo, &s->todo_end);
	drop_ops(&s->done, &s->done_end);
	for (i = 0; i < USERS; i++)
		cut(s, &s->client[i]);
	s->core = ss_relay_new(&s->config);
}

static inline void
start(struct sim *s, uint64_t seed, int faults)
{
	const char *trouble;
	uint8_t secret[64];
	int i, k;

	memset(s, 0, sizeof *s);
	s->random = seed * 0x9e3779b97f4a7c15u + 1;
	s->faults = faults;
	s->now = 1000000;
	s->todo_end = &s->todo;
	s->done_end = &s->done;
	for (i = 0; i < USERS; i++) {
		s->client[i].up_end = &s->client[i].up;
		s->client[i].down_end = &s->client[i].down;
		memset(secret, i + 1, sizeof secret);
		if (ss_identity_make(&s->id[i], name_of(i), secret) != SS_OK)
			abort();
		for (k = 0; k <= USERS; k++)
			s->last[i][k] = -1;
	}
	ss_relay_defaults(&s->config);
	s->config.max_conns = CONNS;
	s->config.queue_msgs = 1 + draw(s, 8); /* readers fall behind */
	s->config.mailbox.count = draw(s, 2) ? 16 : 10000; /* and are held */
	s->config.window = 1000;
	s->config.login_ms = s->config.dead_ms = 1 << 30;
	s->core = ss_relay_new(&s->config);
	s->config.mailbox.count = 10000;
	s->store = ss_store_sqlite(":memory:", &s->config.mailbox, &trouble);
	if (s->core == NULL || s->store == NULL)
		abort();
}

static inline void
finish(struct sim *s)
{
	int i;

	for (i = 0; i < USERS; i++)
		cut(s, &s->client[i]);
	drop_ops(&s->todo, &s->todo_end);
	drop_ops(&s->done, &s->done_end);
	ss_relay_free(s->core);
	s->store->close(s->store);
}

#endif
