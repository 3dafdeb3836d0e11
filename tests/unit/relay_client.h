/* SPDX-License-Identifier: ISC */
#ifndef RELAY_CLIENT_H
#define RELAY_CLIENT_H

#include "relay_sim.h"

static inline void
say(struct client *c, const char *text)
{
	struct ss_msg *m = ss_msg_new(SS_WS_TEXT, strlen(text));

	memcpy(m->bytes + m->at, text, strlen(text));
	m->len = strlen(text);
	push(&c->up_end, m);
}

static inline void
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

static inline void
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

static inline void
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

static inline void
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

static inline void
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

static inline void
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

static inline void
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

static inline void
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
static inline void
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

static inline void
lose(struct sim *s, int user)
{
	struct client *c = &s->client[user];
	uint64_t conn = c->conn;

	if (conn == 0)
		return;
	cut(s, c);
	event(s, &(struct ss_event){ .kind = SS_EV_CLOSED, .conn = conn });
}

/* Names are known from their first login on. */
static inline void
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

/* Reads all that came down; was this among it? */
static inline int
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

#endif
