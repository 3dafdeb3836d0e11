/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Text messages.  Each type is one row of a table; a request that needs the
 * store goes out as an operation and is answered when it comes back.
 */
struct request {
	json_t *body;
	char id[SS_REQUEST_ID_MAX]; /* `,"id":...` to repeat, or empty */
};

void
ss_control_error(struct ss_relay *r, struct ss_session *s, const char *code,
    const char *text, const char *request)
{
	ss_say(r, s,
	    "{\"type\":\"error\",\"code\":\"%s\",\"text\":\"%s\"%s}", code,
	    text, request);
}

static void
to_hex(char *out, const uint8_t *in, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", in[i]);
}

static int
from_hex(uint8_t *out, size_t n, const char *in)
{
	static const char digits[] = "0123456789abcdef";
	const char *hi, *lo;
	size_t i;

	if (in == NULL || strlen(in) != 2 * n)
		return -1;
	for (i = 0; i < n; i++) {
		hi = strchr(digits, in[2 * i]);
		lo = strchr(digits, in[2 * i + 1]);
		if (hi == NULL || lo == NULL)
			return -1;
		out[i] = (uint8_t)((hi - digits) << 4 | (lo - digits));
	}
	return 0;
}

/* A name in field key; NULL if it is none. */
static const char *
name_in(const struct request *q, const char *key)
{
	const char *name = json_string_value(json_object_get(q->body, key));

	return name != NULL && ss_name_ok(name, strlen(name)) ? name : NULL;
}

void
ss_control_hello(struct ss_relay *r, struct ss_session *s)
{
	const struct ss_relay_config *c = &r->config;
	char hex[2 * SS_CHALLENGE_BYTES + 1];

	to_hex(hex, s->challenge, SS_CHALLENGE_BYTES);
	ss_say(r, s,
	    "{\"type\":\"hello\",\"relay\":\"%s\",\"challenge\":\"%s\","
	    "\"binding\":[%s%s%s],\"limits\":{\"records\":%d,\"text\":%d,"
	    "\"window\":%llu,\"mailbox\":%llu,\"mailbox_bytes\":%llu}}",
	    c->name, hex, s->tls ? "\"tls-exporter\"" : "",
	    s->tls && c->allow_origin ? "," : "",
	    c->allow_origin ? "\"origin\"" : "", SS_RECORD_MAX,
	    SS_MSG_TEXT_MAX, (unsigned long long)c->window,
	    (unsigned long long)c->mailbox.count,
	    (unsigned long long)c->mailbox.bytes);
}

/*
 * One answer for a bad proof and for a name that has another key: whoever
 * tries names learns nothing, not even that one exists.
 */
static void
refuse_login(struct ss_relay *r, struct ss_session *s, const char *request)
{
	r->counters.logins_refused++;
	ss_audit(r, "refuse", s->pub.name);
	ss_control_error(r, s, "login", SS_TEXT_LOGIN, request);
	ss_close(r, s, 1008);
}

static void
on_hello(struct ss_relay *r, struct ss_session *s, const struct request *q)
{
	const char *name = name_in(q, "name");
	const char *public =
	    json_string_value(json_object_get(q->body, "public"));

	if (name == NULL || public == NULL ||
	    ss_public_get_text(&s->pub, public, strlen(public)) != SS_OK ||
	    s->pub.lab != r->config.lab || strcmp(s->pub.name, name) != 0) {
		memset(&s->pub, 0, sizeof s->pub);
		refuse_login(r, s, q->id);
		return;
	}
	s->phase = SS_PHASE_REGISTER;
}

static int
own_origin(const struct ss_relay_config *c, const char *origin)
{
	const char *const *at;

	for (at = c->origins; at != NULL && *at != NULL; at++)
		if (strcmp(*at, origin) == 0)
			return 1;
	return 0;
}

/* Fill in what the signature must cover; -1: this binding is not taken. */
static int
binding_of(struct ss_login *l, const struct ss_relay *r,
    const struct ss_session *s, const struct request *q)
{
	const char *origin, *binding;

	binding = json_string_value(json_object_get(q->body, "binding"));
	origin = json_string_value(json_object_get(q->body, "origin"));
	if (binding == NULL)
		return -1;
	if (s->tls && strcmp(binding, "tls-exporter") == 0) {
		l->binding = SS_BIND_EXPORTER;
		l->bound = s->exporter;
		l->boundlen = sizeof s->exporter;
		return 0;
	}
	if (strcmp(binding, "origin") != 0 || !r->config.allow_origin ||
	    origin == NULL || !own_origin(&r->config, origin))
		return -1;
	l->binding = SS_BIND_ORIGIN;
	l->bound = (const uint8_t *)origin;
	l->boundlen = strlen(origin);
	return 0;
}

static void
on_register(struct ss_relay *r, struct ss_session *s, const struct request *q)
{
	struct ss_login l = { .relay = r->config.name,
		.challenge = s->challenge, .name = s->pub.name };
	uint8_t sig[SS_SIGN_BYTES];
	struct ss_op *op;

	if (from_hex(sig, sizeof sig,
	        json_string_value(json_object_get(q->body, "signature"))) !=
	        0 ||
	    binding_of(&l, r, s, q) != 0 ||
	    ss_login_verify(sig, &l, &s->pub) != SS_OK) {
		refuse_login(r, s, q->id);
		return;
	}
	op = ss_op_new(SS_OP_BIND);
	if (op == NULL)
		abort();
	memcpy(op->name, s->pub.name, sizeof op->name);
	ss_public_put_text(op->public, &s->pub);
	s->phase = SS_PHASE_BINDING;
	ss_ask(r, s, op, q->id);
}

static void
bound(struct ss_relay *r, struct ss_session *s, const struct ss_op *op)
{
	if (op->result == SS_OP_FAILED) {
		ss_control_error(
		    r, s, "failed", "the relay's disk failed", op->request);
		ss_close(r, s, 1011);
		return;
	}
	if (op->result == SS_OP_REFUSED) {
		refuse_login(r, s, op->request);
		return;
	}
	if (ss_presence_enter(r, s) != 0)
		abort();
	s->phase = SS_PHASE_IN;
	r->counters.logins++;
	ss_audit(r, op->result == SS_OP_FIRST ? "register" : "login",
	    s->pub.name);
	ss_say(r, s,
	    "{\"type\":\"registered\",\"name\":\"%s\",\"first\":%s%s}",
	    s->pub.name, op->result == SS_OP_FIRST ? "true" : "false",
	    op->request);
}

static void
on_get_pubkey(
    struct ss_relay *r, struct ss_session *s, const struct request *q)
{
	const char *name = name_in(q, "name");
	struct ss_op *op;

	if (name == NULL) {
		ss_control_error(r, s, "unknown", "no such name", q->id);
		return;
	}
	op = ss_op_new(SS_OP_LOOKUP);
	if (op == NULL)
		abort();
	strcpy(op->name, name);
	ss_ask(r, s, op, q->id);
}

void
ss_control_stored(struct ss_relay *r, struct ss_op *op)
{
	struct ss_session *s = ss_session_of(r, op->conn);

	if (s != NULL)
		s->asked--;
	if (s == NULL || s->phase == SS_PHASE_CLOSING)
		;
	else if (op->kind == SS_OP_BIND)
		bound(r, s, op);
	else if (op->result == SS_OP_FAILED)
		ss_control_error(r, s, "failed", "the relay's disk failed",
		    op->request);
	else if (op->result == SS_OP_OK)
		ss_say(r, s,
		    "{\"type\":\"pubkey\",\"name\":\"%s\",\"public\":\"%s\"%s}",
		    op->name, op->public, op->request);
	else
		ss_control_error(r, s, "unknown", "no such name", op->request);
	ss_op_free(op);
}

/* Who is here; as many as one message holds. */
static void
on_user_list(struct ss_relay *r, struct ss_session *s, const struct request *q)
{
	struct ss_msg *m = ss_msg_new(SS_WS_TEXT, SS_MSG_TEXT_MAX);
	const struct ss_presence *p;
	struct ss_buf b;
	size_t i;

	if (m == NULL)
		abort();
	b = (struct ss_buf){ .at = m->bytes + m->at,
		.max = SS_MSG_TEXT_MAX - SS_REQUEST_ID_MAX - 4 };
	ss_buf_str(&b, "{\"type\":\"user_list\",\"users\":[");
	for (i = 0; i < r->nbuckets; i++)
		for (p = r->presence[i]; p != NULL; p = p->next) {
			if (p->sessions == NULL ||
			    b.max - b.len < SS_NAME_MAX + 3)
				continue;
			ss_buf_str(&b, b.at[b.len - 1] == '[' ? "\"" : ",\"");
			ss_buf_str(&b, p->name);
			ss_buf_str(&b, "\"");
		}
	b.max = SS_MSG_TEXT_MAX;
	ss_buf_str(&b, "]");
	ss_buf_str(&b, q->id);
	ss_buf_str(&b, "}");
	m->len = b.len;
	ss_reply(r, s, m);
}

/*
 * receive: the mailbox from row `after` on, of `from` or of everybody, and
 * `window` messages of it; later `more` asks for that many further ones.
 */
static void
on_receive(struct ss_relay *r, struct ss_session *s, const struct request *q)
{
	json_t *more = json_object_get(q->body, "more");
	json_t *after = json_object_get(q->body, "after");
	json_t *window = json_object_get(q->body, "window");
	json_t *from = json_object_get(q->body, "from");
	json_int_t n = json_integer_value(more != NULL ? more : window);

	if (more == NULL && window == NULL)
		n = (json_int_t)r->config.window;
	if (n < 1 || n > 1000000 ||
	    (after != NULL && !json_is_integer(after)) ||
	    json_integer_value(after) < 0 ||
	    (more != NULL && !s->receiving) ||
	    (more == NULL && s->receiving) ||
	    (from != NULL && name_in(q, "from") == NULL)) {
		ss_control_error(r, s, "format", "bad receive", q->id);
		return;
	}
	s->credit += (uint64_t)n;
	if (s->credit > 1000000)
		s->credit = 1000000;
	if (more == NULL) {
		s->receiving = 1;
		s->cursor = (uint64_t)json_integer_value(after);
		if (from != NULL)
			strcpy(s->from, json_string_value(from));
		memcpy(s->request, q->id, sizeof s->request);
		/* a hold begins with the benefit of the doubt */
		s->presence->progress_ms = r->now_ms;
	}
	ss_mail_pump(r, s);
}

static void
on_ack(struct ss_relay *r, struct ss_session *s, const struct request *q)
{
	json_t *rows = json_object_get(q->body, "rows"), *row;
	struct ss_op *op;
	size_t i;

	if (!json_is_array(rows) || json_array_size(rows) == 0) {
		ss_control_error(r, s, "format", "bad ack", q->id);
		return;
	}
	op = ss_op_new(SS_OP_ACK);
	if (op == NULL ||
	    (op->rows = calloc(json_array_size(rows), 8)) == NULL)
		abort();
	json_array_foreach (rows, i, row) {
		if (json_integer_value(row) < 1) {
			ss_op_free(op);
			ss_control_error(r, s, "format", "bad ack", q->id);
			return;
		}
		op->rows[op->nrows++] = (uint64_t)json_integer_value(row);
	}
	memcpy(op->name, s->pub.name, sizeof op->name);
	ss_ask(r, s, op, q->id);
}

static const struct {
	const char *type;
	enum ss_phase phase; /* in which it is allowed */
	void (*handle)(struct ss_relay *, struct ss_session *,
	    const struct request *);
} messages[] = {
	{ "hello", SS_PHASE_HELLO, on_hello },
	{ "register", SS_PHASE_REGISTER, on_register },
	{ "get_pubkey", SS_PHASE_IN, on_get_pubkey },
	{ "user_list", SS_PHASE_IN, on_user_list },
	{ "receive", SS_PHASE_IN, on_receive },
	{ "ack", SS_PHASE_IN, on_ack },
};

static void
dispatch(struct ss_relay *r, struct ss_session *s, const struct request *q)
{
	const char *type =
	    json_string_value(json_object_get(q->body, "type"));
	size_t i;

	for (i = 0; type != NULL && i < sizeof messages / sizeof *messages;
	     i++) {
		if (strcmp(type, messages[i].type) != 0)
			continue;
		if (s->phase == messages[i].phase) {
			messages[i].handle(r, s, q);
			return;
		}
		break;
	}
	if (s->phase != SS_PHASE_IN) {
		refuse_login(r, s, q->id);
		return;
	}
	ss_control_error(r, s, "type", "no such message here", q->id);
}

/* The id goes back as it came; only what is short and simple is taken. */
static int
request_id(struct request *q)
{
	json_t *id = json_object_get(q->body, "id");
	char *text;

	q->id[0] = '\0';
	if (id == NULL)
		return 0;
	if (!json_is_integer(id) && !json_is_string(id))
		return -1;
	text = json_dumps(id, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	if (text == NULL || strlen(text) > sizeof q->id - 7) {
		free(text);
		return -1;
	}
	snprintf(q->id, sizeof q->id, ",\"id\":%s", text);
	free(text);
	return 0;
}

void
ss_control(struct ss_relay *r, struct ss_session *s, const struct ss_msg *m)
{
	struct request q = { .body = NULL };

	if (m->len <= SS_MSG_TEXT_MAX)
		q.body = json_loadb((const char *)m->bytes + m->at, m->len,
		    JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(q.body) || request_id(&q) != 0) {
		r->counters.refused++;
		ss_control_error(r, s, "format", "not a JSON object", "");
		ss_close(r, s, 1007);
	} else if (!r->stopping) {
		dispatch(r, s, &q);
	}
	json_decref(q.body);
}
