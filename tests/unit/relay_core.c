/* SPDX-License-Identifier: ISC */
/*
 * The relay's core under hundreds of seeded schedules: connections drop, the
 * relay dies between any two events, batches of the store fail, senders
 * repeat.  Whatever happens, every accepted message arrives, none arrives at
 * somebody else, and none before it is committed.
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
};

static uint64_t
draw(struct sim *s, uint64_t n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (s->random >> 11) % n;
}

static const char *
name_of(int user)
{
	static const char *const names[] = { "ann", "ben", "cat", "dan",
		"nobody" };

	return names[user];
}

static struct message *
message_of(struct sim *s, const uint8_t *id)
{
	return &s->message[id[0]];
}

static void
push(struct wire ***end, struct ss_msg *m)
{
	struct wire *w = calloc(1, sizeof *w);

	w->msg = m;
	**end = w;
	*end = &w->next;
}

static struct ss_msg *
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

static struct client *
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
static void
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

static void
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
		if (a.kind == SS_ACT_CLOSE && c != NULL) {
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
		push(&c->down_end, a.msg);
	}
}

static void
event(struct sim *s, const struct ss_event *ev)
{
	ss_relay_event(s->core, ev, s->now);
	actions(s);
}

/* The store: a batch at a time; some fail as a whole. */
static void
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

static void
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

static void
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
static void
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

static void
say(struct client *c, const char *text)
{
	struct ss_msg *m = ss_msg_new(SS_WS_TEXT, strlen(text));

	memcpy(m->bytes + m->at, text, strlen(text));
	m->len = strlen(text);
	push(&c->up_end, m);
}

static void
dial(struct sim *s, int user)
{
	struct client *c = &s->client[user];
	struct ss_opening o = { .tls = 1, .address = "127.0.0.1" };

	s->generation++;
	c->conn = (uint64_t)s->generation << 32 |
	    (uint32_t)(user + (int)(s->generation % 2) * USERS);
	memset(o.challenge, (int)s->generation & 255, sizeof o.challenge);
	memset(o.exporter, user, sizeof o.exporter);
	event(s, &(struct ss_event){ .kind = SS_EV_OPEN, .conn = c->conn,
	    .opening = &o });
}

static void
prove(struct sim *s, int user, const char *hello)
{
	char text[1024], public[SS_PUBLIC_TEXT_MAX + 1], hex[129];
	uint8_t challenge[32], bound[32], sig[SS_SIGN_BYTES];
	struct ss_login l = { .relay = "localhost",
		.binding = SS_BIND_EXPORTER, .bound = bound, .boundlen = 32,
		.challenge = challenge, .name = name_of(user) };

	memset(bound, user, sizeof bound);
	sodium_hex2bin(challenge, 32, strstr(hello, "challenge\":\"") + 12, 64,
	    NULL, NULL, NULL);
	if (ss_login_sign(sig, &l, &s->id[user]) != SS_OK)
		abort();
	ss_public_put_text(public, &s->id[user].pub);
	sodium_bin2hex(hex, sizeof hex, sig, sizeof sig);
	snprintf(text, sizeof text,
	    "{\"type\":\"hello\",\"name\":\"%s\",\"public\":\"%s\"}",
	    name_of(user), public);
	say(&s->client[user], text);
	snprintf(text, sizeof text, "{\"type\":\"register\","
	    "\"binding\":\"tls-exporter\",\"signature\":\"%s\"}", hex);
	say(&s->client[user], text);
}

static void
transmit(struct sim *s, struct message *m)
{
	struct client *c = &s->client[m->from];
	struct ss_msg *out = ss_msg_new(SS_WS_BINARY, SS_ROUTE_MAX + BODY);
	struct ss_route r = { .kind = SS_ROUTE_DELIVER, .row = FORGED };
	uint8_t *at = out->bytes + out->at;
	size_t n;

	strcpy(r.name, name_of(m->to));
	memcpy(r.id, m->id, 16);
	n = ss_route_put(at, &r);
	memset(at + n, m->id[0], BODY);
	memcpy(at + n, "SS\x01\x03\x00\x00\x00", 7);
	at[n + 7] = BODY - SS_HEADER_BYTES;
	out->len = n + BODY;
	m->sent++;
	push(&c->up_end, out);
}

static void
on_answer(struct sim *s, int user, const char *text)
{
	const char *at = strstr(text, "\"message\":\"");
	struct message *m = NULL;
	uint8_t id[16];

	if (strstr(text, "\"type\":\"hello\"") != NULL)
		prove(s, user, text);
	if (strstr(text, "\"type\":\"registered\"") != NULL) {
		s->client[user].in = 1;
		s->client[user].receiving = 1;
		say(&s->client[user],
		    "{\"type\":\"receive\",\"window\":3}");
	}
	if (at == NULL)
		return;
	sodium_hex2bin(id, sizeof id, at + 11, 32, NULL, NULL, NULL);
	m = message_of(s, id);
	if (m->from != user)
		s->wrong++;
	if (strstr(text, "\"stored\"") || strstr(text, "\"delivered\"")) {
		if (!s->committed[id[0]])
			s->early++;
		m->accepted++;
	} else if (strstr(text, "\"unknown\"")) {
		m->refused++;
	} else {
		m->sent = 0; /* failed: once more */
	}
}

static void
on_mail(struct sim *s, int user, const struct ss_msg *msg)
{
	struct client *c = &s->client[user];
	const uint8_t *in = msg->bytes + msg->at;
	struct message *m;
	struct ss_route r;

	if (ss_route_get(&r, in, msg->len) != SS_OK ||
	    msg->len - r.records != BODY) {
		s->wrong++;
		return;
	}
	m = message_of(s, r.id);
	if (m->to != user || strcmp(r.name, name_of(m->from)) != 0 ||
	    memcmp(r.id, m->id, 16) != 0 ||
	    in[r.records + BODY - 1] != m->id[0] || r.row == FORGED)
		s->wrong++;
	if (m->delivered++ > 0)
		s->repeated++;
	else if (r.id[0] < s->last[m->from][user])
		s->disorder++;
	else
		s->last[m->from][user] = r.id[0];
	if (c->nrows < MESSAGES * 4)
		c->rows[c->nrows++] = r.row;
	say(c, "{\"type\":\"receive\",\"more\":1}");
}

static void
client_reads(struct sim *s, int user)
{
	struct client *c = &s->client[user];
	struct ss_msg *m;
	uint64_t conn = c->conn;
	char text[1100];

	if (c->down == NULL)
		return;
	m = pull(&c->down, &c->down_end);
	if (m->opcode == SS_WS_BINARY) {
		on_mail(s, user, m);
	} else {
		memcpy(text, m->bytes + m->at, m->len);
		text[m->len] = '\0';
		on_answer(s, user, text);
	}
	event(s, &(struct ss_event){ .kind = SS_EV_SENT, .conn = conn,
	    .n = m->len });
	ss_msg_drop(m);
}

static void
relay_reads(struct sim *s, int user)
{
	struct client *c = &s->client[user];
	struct ss_msg *m;

	if (c->up == NULL)
		return;
	m = pull(&c->up, &c->up_end);
	if (m->opcode == SS_WS_BINARY) {
		event(s, &(struct ss_event){ .kind = SS_EV_BINARY,
		    .conn = c->conn, .msg = m });
		return;
	}
	event(s, &(struct ss_event){ .kind = SS_EV_TEXT, .conn = c->conn,
	    .msg = m });
	ss_msg_drop(m);
}

static void
client_acks(struct sim *s, int user)
{
	struct client *c = &s->client[user];
	char text[128];

	if (!c->in || c->nrows == 0)
		return;
	snprintf(text, sizeof text, "{\"type\":\"ack\",\"rows\":[%llu]}",
	    (unsigned long long)c->rows[--c->nrows]);
	say(c, text);
}

/* Somebody says something new, or repeats what was not answered. */
static void
client_sends(struct sim *s, int user, int fresh)
{
	struct message *m;
	int i;

	if (!s->client[user].in)
		return;
	if (fresh && s->nmessages < MESSAGES) {
		m = &s->message[s->nmessages];
		*m = (struct message){ .from = user,
			.to = (int)draw(s, 12) == 0 ? USERS
			    : (int)draw(s, USERS) };
		memset(m->id, 0xa5, sizeof m->id);
		m->id[0] = (uint8_t)s->nmessages++;
		transmit(s, m);
		return;
	}
	for (i = 0; i < s->nmessages; i++) {
		m = &s->message[i];
		if (m->from == user && !m->accepted && !m->refused &&
		    m->sent == 0) {
			transmit(s, m);
			return;
		}
	}
}

static void
lose(struct sim *s, int user)
{
	struct client *c = &s->client[user];
	uint64_t conn = c->conn;

	if (conn == 0)
		return;
	cut(s, c);
	event(s, &(struct ss_event){ .kind = SS_EV_CLOSED, .conn = conn });
}

static void
step(struct sim *s, int faults)
{
	int user = (int)draw(s, USERS);
	uint64_t what = draw(s, 100);

	s->now += (int64_t)draw(s, 50);
	if (s->client[user].conn == 0)
		dial(s, user);
	if (what < 15)
		client_sends(s, user, !faults || draw(s, 4) > 0);
	else if (what < 40)
		relay_reads(s, user);
	else if (what < 65)
		client_reads(s, user);
	else if (what < 75)
		client_acks(s, user);
	else if (what < 84)
		store_step(s, faults);
	else if (what < 97)
		complete_step(s);
	else if (what < 99)
		event(s, &(struct ss_event){ .kind = SS_EV_TICK });
	else if (faults && draw(s, 3) == 0)
		crash(s);
	else if (faults)
		lose(s, user);
}

static void
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

static void
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

static int
idle(const struct sim *s)
{
	int i;

	for (i = 0; i < USERS; i++)
		if (!s->client[i].in || s->client[i].up || s->client[i].down ||
		    s->client[i].nrows > 0)
			return 0;
	for (i = 0; i < s->nmessages; i++)
		if (!s->message[i].accepted && !s->message[i].refused)
			return 0;
	return s->todo == NULL && s->done == NULL;
}

/* Everybody comes back, nothing fails any more, all that can move moves. */
static void
settle(struct sim *s)
{
	int i, k;

	s->now += 10000; /* beyond hold_ms */
	for (k = 0; k < 4000 && !idle(s); k++) {
		for (i = 0; i < USERS; i++) {
			if (s->client[i].conn == 0)
				dial(s, i);
			relay_reads(s, i);
			client_reads(s, i);
			client_acks(s, i);
			client_sends(s, i, 0);
		}
		store_step(s, 0);
		complete_step(s);
		complete_step(s);
		if (k % 100 == 0) {
			s->now += 1000;
			event(s, &(struct ss_event){ .kind = SS_EV_TICK });
		}
	}
}

/* Names are known from their first login on. */
static void
everybody_in(struct sim *s)
{
	int i, k;

	for (k = 0; k < 10; k++)
		for (i = 0; i < USERS; i++) {
			if (s->client[i].conn == 0)
				dial(s, i);
			relay_reads(s, i);
			client_reads(s, i);
			store_step(s, 0);
			complete_step(s);
		}
}

/* NULL or what went wrong */
static const char *
schedule(uint64_t seed, int faults)
{
	static struct sim s;
	const char *bad = NULL;
	struct message *m;
	int i;

	start(&s, seed, faults);
	everybody_in(&s);
	for (i = 0; i < 4000; i++)
		step(&s, faults);
	settle(&s);
	for (i = 0; i < s.nmessages; i++) {
		m = &s.message[i];
		if (m->to == USERS && (m->accepted || m->delivered))
			bad = "accepted for nobody";
		if (m->to == USERS && !m->refused)
			bad = "no answer about an unknown name";
		if (m->to < USERS && !m->accepted)
			bad = "never accepted";
		if (m->to < USERS && m->accepted && !m->delivered)
			bad = "accepted and not delivered";
	}
	if (s.wrong)
		bad = "delivered wrongly";
	if (s.early)
		bad = "before the commit";
	if (!faults && s.disorder)
		bad = "out of order";
	if (!faults && s.repeated)
		bad = "twice without a reason";
	if (s.nmessages < MESSAGES / 2)
		bad = "the schedule did nothing";
	finish(&s);
	return bad;
}

/* The login table and its refusals, without any schedule. */
static int
answered(struct sim *s, int user, const char *what)
{
	struct client *c = &s->client[user];
	struct ss_msg *m;
	int found = 0;
	char text[1100];

	while (c->down != NULL) {
		m = pull(&c->down, &c->down_end);
		memcpy(text, m->bytes + m->at, m->len);
		text[m->len] = '\0';
		found |= strstr(text, what) != NULL;
		ss_msg_drop(m);
	}
	return found;
}

static void
refusals(void)
{
	static const char *const bad[] = { "{\"type\":\"receive\"}", "[]",
		"{\"type\":\"hello\",\"type\":\"hello\"}", "{", "",
		"{\"type\":\"hello\",\"name\":\"Ann\"}",
		"{\"type\":\"register\"}", "{\"type\":3}" };
	static struct sim s;
	size_t i;

	start(&s, 1, 0);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		dial(&s, 0);
		say(&s.client[0], bad[i]);
		relay_reads(&s, 0);
		ok(s.client[0].conn == 0, "before the login: %s", bad[i]);
	}
	dial(&s, 0);
	s.client[0].in = 1;
	client_sends(&s, 0, 1);
	relay_reads(&s, 0);
	ok(s.client[0].conn == 0, "records before the login");
	dial(&s, 1);
	client_reads(&s, 1); /* hello: proves */
	relay_reads(&s, 1);
	s.id[1].ed_seed[0] ^= 1; /* somebody else's signature */
	relay_reads(&s, 1);
	store_step(&s, 0);
	complete_step(&s);
	(void)answered(&s, 1, "");
	ok(s.client[1].conn != 0, "a good login stays");
	finish(&s);
}

int
main(void)
{
	uint64_t seed;
	const char *bad = NULL;

	if (sodium_init() < 0)
		return 1;
	for (seed = 1; seed <= 150 && bad == NULL; seed++)
		bad = schedule(seed, 0);
	ok(bad == NULL, "150 schedules without faults%s%s, seed %d",
	    bad ? ": " : "", bad ? bad : "", (int)seed - 1);
	bad = NULL;
	for (seed = 1; seed <= 300 && bad == NULL; seed++)
		bad = schedule(seed + 1000, 1);
	ok(bad == NULL, "300 schedules with faults%s%s, seed %d",
	    bad ? ": " : "", bad ? bad : "", (int)seed + 999);
	refusals();
	return done_testing();
}
