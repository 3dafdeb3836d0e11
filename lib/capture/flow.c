/* SPDX-License-Identifier: ISC */
#include "flow.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void plain(void *flow, int dir, struct ss_when when, const uint8_t *in,
    size_t len);
static void plain_gap(void *flow, int dir);

struct ss_flow *
ss_flow_new(const struct ss_tcp_conn *c, const struct ss_flow_env *env)
{
	struct ss_flow *f = calloc(1, sizeof(*f));
	char end[2][SS_END_TEXT];

	if (!f || !(f->tls = calloc(1, sizeof(*f->tls)))) {
		free(f);
		return NULL;
	}
	for (int dir = 0; dir < 2; dir++)
		ss_end_text(end[dir], &c->end[dir]);
	for (int dir = 0; dir < 2; dir++) {
		snprintf(f->name[dir], SS_FLOW_TEXT, "%s -> %s", end[dir],
		    end[!dir]);
		f->side[dir].ws.notes = env->notes;
		f->side[dir].ws.pool = env->pool;
		f->side[dir].ws.got = ss_flow_message;
		f->side[dir].ws.arg = f;
		f->side[dir].ws.dir = dir;
	}
	f->records = env->records;
	f->notes = env->notes;
	f->pool = env->pool;
	f->tls->keys = env->keys;
	f->tls->notes = env->notes;
	f->tls->pool = env->pool;
	f->tls->scratch = env->scratch;
	f->tls->plain = plain;
	f->tls->gap = plain_gap;
	f->tls->arg = f;
	return f;
}

static void
not_ours(struct ss_flow *f)
{
	f->side[0].carries = f->side[1].carries = SS_CARRIES_OTHER;
}

/*
 * The request or the answer to it.  A client's frames follow its request; if
 * the answer is no, what was read as frames was not meant as such.
 */
static void
upgrade(struct ss_flow *f, int dir, const uint8_t *head, size_t len)
{
	struct ss_http h;
	struct ss_side *s = &f->side[dir];

	ss_http_get(&h, head, len);
	s->carries = SS_CARRIES_OTHER;
	if (h.request && h.websocket) {
		f->client = (uint8_t)dir;
		s->carries = h.ours ? SS_CARRIES_FRAMES : SS_CARRIES_OTHER;
	} else if (!h.request && h.status == 101 && h.websocket) {
		f->client = !dir;
		f->websocket = 1;
		if (h.ours) {
			s->carries = SS_CARRIES_FRAMES;
			return;
		}
		f->foreign = 1;
		ss_note(f->notes, SS_TOPIC_WS,
		    "a subprotocol that is not ours: '%s' (%s)", h.protocol,
		    f->name[!dir]);
		not_ours(f);
	} else if (!h.request) {
		not_ours(f);
	}
}

/* Our records without any wrapping. */
static void
bare_records(struct ss_flow *f, int dir, struct ss_when when)
{
	struct ss_side *s = &f->side[dir];
	struct ss_carrier by = { when, f->name[dir], "", "", NULL };
	struct ss_header h;
	size_t at = 0, n;

	while (s->held.len - at >= SS_HEADER_BYTES) {
		if (ss_header_get(&h, s->held.at + at) != SS_OK) {
			ss_note_bad(f->notes, SS_TOPIC_RECORD,
			    "bytes that are no record (%s)", f->name[dir]);
			s->carries = SS_CARRIES_OTHER;
			at = s->held.len;
			break;
		}
		n = SS_HEADER_BYTES + h.body;
		if (n > s->held.len - at)
			break;
		f->messages++;
		ss_records_push(f->records, &by, s->held.at + at, n);
		at += n;
	}
	ss_hold_drop(&s->held, at);
}

/* What does this side begin with?  HTTP, a record, or what we cannot say. */
static enum ss_carries
begins_with(const struct ss_flow *f, const uint8_t *in, size_t len)
{
	int http = ss_http_looks(in, len);
	int record = len < 3 ? memcmp(in, "SS\001", len) == 0 ? -1 : 0
	    : memcmp(in, "SS\001", 3) == 0;

	if (http > 0)
		return SS_CARRIES_HEAD;
	if (record > 0)
		return SS_CARRIES_RECORDS;
	if (http < 0 || record < 0)
		return SS_CARRIES_UNKNOWN;
	/* without its beginning it may be our WebSocket all the same */
	return f->middle ? SS_CARRIES_FRAMES : SS_CARRIES_OTHER;
}

/* Bytes outside of TLS, or out of it. */
static void
plain(void *flow, int dir, struct ss_when when, const uint8_t *in, size_t len)
{
	struct ss_flow *f = flow;
	struct ss_side *s = &f->side[dir];
	size_t n;

	if (len == 0 || s->carries == SS_CARRIES_OTHER)
		return;
	if (s->carries == SS_CARRIES_FRAMES) {
		ss_ws_push(&s->ws, when, in, len);
		return;
	}
	if (ss_hold_put(&s->held, f->pool, in, len) < 0) {
		ss_note(f->notes, SS_TOPIC_TCP, "too much is under way at a "
		    "time, not read on (%s)", f->name[dir]);
		s->carries = SS_CARRIES_OTHER;
	}
	if (s->carries == SS_CARRIES_UNKNOWN) {
		s->carries = begins_with(f, s->held.at, s->held.len);
		s->ws.guess = s->ws.lost = s->carries == SS_CARRIES_FRAMES;
	}
	if (s->carries == SS_CARRIES_RECORDS) {
		bare_records(f, dir, when);
	} else if (s->carries == SS_CARRIES_HEAD) {
		n = ss_http_length(s->held.at, s->held.len);
		if (n == 0 && s->held.len <= SS_HTTP_HEAD_MAX)
			return;
		upgrade(f, dir, s->held.at, n);
		ss_hold_drop(&s->held, n);
	}
	if (s->carries == SS_CARRIES_FRAMES)
		ss_ws_push(&s->ws, when, s->held.at, s->held.len);
	if (s->carries == SS_CARRIES_FRAMES || s->carries == SS_CARRIES_OTHER)
		ss_hold_free(&s->held, f->pool);
}

static void
plain_gap(void *flow, int dir)
{
	struct ss_flow *f = flow;
	struct ss_side *s = &f->side[dir];

	if (s->carries == SS_CARRIES_FRAMES)
		ss_ws_gap(&s->ws);
	else
		s->carries = SS_CARRIES_OTHER;
	ss_hold_free(&s->held, f->pool);
}

static void
carry(struct ss_flow *f, int dir, struct ss_when when, const uint8_t *in,
    size_t len)
{
	if (f->tls)
		ss_tls_push(f->tls, dir, when, in, len);
	else
		plain(f, dir, when, in, len);
}

/* Enough bytes to see whether they are TLS: what was held goes up. */
static void
decide(struct ss_flow *f, int dir, struct ss_when when)
{
	f->decided = 1;
	if (!ss_tls_looks(f->side[dir].held.at, f->side[dir].held.len)) {
		ss_tls_end(f->tls);
		free(f->tls);
		f->tls = NULL;
	}
	for (int i = 0; i < 2; i++) {
		struct ss_side *s = &f->side[i];
		struct ss_hold held = s->held;

		s->held = (struct ss_hold){ 0 };
		if (held.len > 0)
			carry(f, i, when, held.at, held.len);
		ss_hold_free(&held, f->pool);
	}
}

void
ss_flow_data(struct ss_flow *f, int dir, struct ss_when when, const uint8_t *in,
    size_t len)
{
	struct ss_side *s = &f->side[dir];

	if (f->decided)
		carry(f, dir, when, in, len);
	else if (len > 0 && ss_hold_put(&s->held, f->pool, in, len) == 0 &&
	    ss_tls_looks(s->held.at, s->held.len) >= 0)
		decide(f, dir, when);
}

void
ss_flow_gap(struct ss_flow *f, int dir, uint64_t n)
{
	if (!f->decided) {
		f->side[dir].held.len = 0;
		f->middle = 1;
	} else if (f->tls) {
		ss_tls_gap(f->tls, dir, n);
	} else {
		plain_gap(f, dir);
	}
}

int
ss_flow_waits(const struct ss_flow *f)
{
	return f->tls && (ss_tls_waits(f->tls, 0) || ss_tls_waits(f->tls, 1));
}

void
ss_flow_retry(struct ss_flow *f)
{
	if (f->tls)
		ss_tls_retry(f->tls);
}

/* We came too late, and nothing of it looked like one of our frames. */
static int
came_late(const struct ss_flow *f)
{
	return f->middle && !f->websocket && f->messages == 0 &&
	    (f->side[0].ws.lost || f->side[1].ws.lost);
}

const char *
ss_flow_label(const struct ss_flow *f)
{
	int bare = f->side[0].carries == SS_CARRIES_RECORDS ||
	    f->side[1].carries == SS_CARRIES_RECORDS;

	if (f->tls && f->decided) {
		if (f->websocket)
			return "TLS 1.3, WebSocket";
		if (bare)
			return "TLS 1.3, records";
		return f->tls->half[0].records + f->tls->half[1].records > 0
		    ? "TLS 1.3, read" : "TLS, not read";
	}
	if (came_late(f))
		return "begun before the capture, not read";
	return f->websocket || f->messages > 0
	    ? bare ? "records" : "WebSocket" : "not ours";
}

void
ss_flow_free(struct ss_flow *f)
{
	if (!f)
		return;
	if (came_late(f))
		ss_note(f->notes, SS_TOPIC_TCP,
		    "begun before the capture, not read (%s)", f->name[0]);
	if (f->tls) {
		ss_tls_end(f->tls);
		free(f->tls);
	}
	for (int dir = 0; dir < 2; dir++) {
		ss_ws_free(&f->side[dir].ws);
		ss_hold_free(&f->side[dir].held, f->pool);
	}
	free(f);
}
