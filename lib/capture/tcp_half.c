/* SPDX-License-Identifier: ISC */
#include "tcp.h"
#include <stdlib.h>
#include <string.h>

/* A piece counts for more than its bytes: a queue of a million tiny ones
 * would be searched again for each segment. */
#define PIECE_COST 1024

/* How far a stands before b; sequence numbers wrap around. RFC 9293, 3.4 */
static int32_t
until(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a);
}

static void
differs(struct ss_tcp *t, const struct ss_tcp_conn *c, int dir, size_t n)
{
	char from[SS_END_TEXT], to[SS_END_TEXT];

	ss_end_text(from, &c->end[dir]);
	ss_end_text(to, &c->end[!dir]);
	ss_note_bad(t->notes, SS_TOPIC_TCP,
	    "%zu bytes came twice with different content, "
	    "the first copy counts (%s -> %s)", n, from, to);
}

static void
remember(struct ss_tcp *t, struct ss_tcp_half *h, uint32_t seq,
    const uint8_t *in, size_t len)
{
	size_t at, n;

	if (!h->history) {
		if (t->histories >= SS_TCP_QUEUES_MAX / SS_TCP_HISTORY)
			return;
		if (!(h->history = malloc(SS_TCP_HISTORY)))
			return;
		t->histories++;
		h->remembered = 0;
	}
	h->remembered += len;
	if (h->remembered > SS_TCP_HISTORY)
		h->remembered = SS_TCP_HISTORY;
	if (len > SS_TCP_HISTORY) {
		in += len - SS_TCP_HISTORY;
		seq += (uint32_t)(len - SS_TCP_HISTORY);
		len = SS_TCP_HISTORY;
	}
	at = seq % SS_TCP_HISTORY;
	n = len < SS_TCP_HISTORY - at ? len : SS_TCP_HISTORY - at;
	memcpy(h->history + at, in, n);
	memcpy(h->history, in + n, len - n);
}

static void
deliver(struct ss_tcp *t, struct ss_tcp_conn *c, int dir, int64_t ns,
    const uint8_t *in, size_t len)
{
	struct ss_tcp_half *h = &c->half[dir];

	remember(t, h, h->next, in, len);
	h->next += (uint32_t)len;
	h->bytes += len;
	t->data(t->arg, c, dir, ns, in, len);
}

/* Bytes that were handed up before come again: are they the same? */
static void
compare_old(struct ss_tcp *t, struct ss_tcp_conn *c, int dir, uint32_t seq,
    const uint8_t *in, size_t len)
{
	struct ss_tcp_half *h = &c->half[dir];
	size_t bad = 0;

	if (!h->history)
		return;
	/* a keep-alive: one byte before the next, its value is arbitrary */
	if (len == 1 && seq + 1 == h->next)
		return;
	for (size_t i = 0; i < len; i++, seq++)
		if (until(seq, h->next) <= (int32_t)h->remembered &&
		    h->history[seq % SS_TCP_HISTORY] != in[i])
			bad++;
	if (bad > 0)
		differs(t, c, dir, bad);
}

static enum ss_err
insert(struct ss_tcp *t, struct ss_tcp_half *h, struct ss_tcp_piece **at,
    uint32_t seq, const uint8_t *in, size_t len, int64_t ns)
{
	struct ss_tcp_piece *p = malloc(sizeof(*p) + len);

	if (!p)
		return SS_ERR_SYSTEM;
	p->next = *at;
	p->ns = ns;
	p->seq = seq;
	p->len = len;
	memcpy(p->bytes, in, len);
	*at = p;
	if (h->queued == 0)
		h->waiting = ns;
	h->queued += len + PIECE_COST;
	t->queued += len + PIECE_COST;
	return SS_OK;
}

/* Fill the holes of the queue, compare the rest. */
static enum ss_err
enqueue(struct ss_tcp *t, struct ss_tcp_conn *c, int dir, uint32_t seq,
    const uint8_t *in, size_t len, int64_t ns)
{
	struct ss_tcp_half *h = &c->half[dir];
	struct ss_tcp_piece **at = &h->queue;
	size_t n;
	enum ss_err e;

	while (len > 0) {
		struct ss_tcp_piece *p = *at;

		if (!p || until(seq, p->seq) > 0) { /* a hole before p */
			n = p ? (size_t)until(seq, p->seq) : len;
			if (n > len)
				n = len;
			if ((e = insert(t, h, at, seq, in, n, ns)) != SS_OK)
				return e;
			at = &(*at)->next;
		} else {
			size_t skip = (size_t)until(p->seq, seq);

			at = &p->next;
			if (skip >= p->len)
				continue;
			n = p->len - skip < len ? p->len - skip : len;
			if (memcmp(p->bytes + skip, in, n) != 0)
				differs(t, c, dir, n);
		}
		seq += (uint32_t)n;
		in += n;
		len -= n;
	}
	return SS_OK;
}

/* What follows without a hole goes up. */
static void
drain(struct ss_tcp *t, struct ss_tcp_conn *c, int dir)
{
	struct ss_tcp_half *h = &c->half[dir];
	struct ss_tcp_piece *p;

	while ((p = h->queue) && until(h->next, p->seq) <= 0) {
		size_t skip = (size_t)until(p->seq, h->next);

		h->queue = p->next;
		h->queued -= p->len + PIECE_COST;
		t->queued -= p->len + PIECE_COST;
		if (skip > 0)
			compare_old(t, c, dir, p->seq, p->bytes,
			    skip < p->len ? skip : p->len);
		if (skip < p->len)
			deliver(t, c, dir, p->ns, p->bytes + skip,
			    p->len - skip);
		h->waiting = p->ns;
		free(p);
	}
	if (h->has_fin && h->next == h->fin)
		h->finished = 1;
}

static void
skip_hole(struct ss_tcp *t, struct ss_tcp_conn *c, int dir, uint32_t to)
{
	struct ss_tcp_half *h = &c->half[dir];
	uint32_t n = to - h->next;
	char from[SS_END_TEXT], peer[SS_END_TEXT];

	ss_end_text(from, &c->end[dir]);
	ss_end_text(peer, &c->end[!dir]);
	ss_note(t->notes, SS_TOPIC_TCP,
	    "%lu bytes missing from the capture (%s -> %s)",
	    (unsigned long)n, from, peer);
	h->missing += n;
	h->next = to;
	h->remembered = 0;
	t->gap(t->arg, c, dir, n);
}

void
ss_tcp_half_stray(
    struct ss_tcp *t, struct ss_tcp_conn *c, int dir, const char *what)
{
	char from[SS_END_TEXT], to[SS_END_TEXT];

	if (c->half[dir].strayed)
		return;
	c->half[dir].strayed = 1;
	ss_end_text(from, &c->end[dir]);
	ss_end_text(to, &c->end[!dir]);
	ss_note(t->notes, SS_TOPIC_TCP, "bytes %s are not read (%s -> %s)",
	    what, from, to);
}

void
ss_tcp_half_expire(struct ss_tcp *t, struct ss_tcp_conn *c, int dir,
    int64_t now, int any_case)
{
	struct ss_tcp_half *h = &c->half[dir];

	while (h->queue) {
		int peer_has_it = h->has_acked &&
		    until(h->acked, h->queue->seq) <= 0;
		int too_much = h->queued > SS_TCP_QUEUE_MAX ||
		    t->queued > SS_TCP_QUEUES_MAX;

		if (!any_case && !too_much && !(peer_has_it &&
		    now - h->waiting > SS_TCP_PATIENCE_NS))
			return;
		skip_hole(t, c, dir, h->queue->seq);
		drain(t, c, dir);
	}
	if (any_case && h->known && h->has_fin && until(h->next, h->fin) > 0)
		skip_hole(t, c, dir, h->fin);
}

enum ss_err
ss_tcp_half_push(struct ss_tcp *t, struct ss_tcp_conn *c, int dir,
    const struct ss_segment *s)
{
	struct ss_tcp_half *h = &c->half[dir];
	uint32_t seq = s->seq;
	const uint8_t *in = s->data;
	size_t len = s->len, old;
	enum ss_err e = SS_OK;

	if (s->flags & SS_TCP_SYN)
		seq++;
	if (!h->known) {
		h->known = 1;
		h->next = seq;
	}
	if (until(h->next, seq) > SS_TCP_WINDOW ||
	    until(seq, h->next) > SS_TCP_WINDOW) {
		if (len > 0) /* of an older or another connection */
			ss_tcp_half_stray(t, c, dir, "far from their place");
		return SS_OK;
	}
	if ((s->flags & SS_TCP_FIN) && !h->has_fin) {
		h->has_fin = 1;
		h->fin = seq + (uint32_t)(s->len + s->cut);
	}
	if (until(seq, h->next) > 0) {
		old = (size_t)until(seq, h->next);
		if (old > len)
			old = len;
		compare_old(t, c, dir, seq, in, old);
		seq += (uint32_t)old;
		in += old;
		len -= old;
	}
	if (len > 0 && seq == h->next && !h->queue)
		deliver(t, c, dir, s->ns, in, len);
	else if (len > 0)
		e = enqueue(t, c, dir, seq, in, len, s->ns);
	drain(t, c, dir);
	ss_tcp_half_expire(t, c, dir, s->ns, 0);
	return e;
}

void
ss_tcp_half_free(struct ss_tcp *t, struct ss_tcp_half *h)
{
	while (h->queue) {
		struct ss_tcp_piece *p = h->queue;

		h->queue = p->next;
		t->queued -= p->len + PIECE_COST;
		free(p);
	}
	h->queued = 0;
	if (h->history)
		t->histories--;
	free(h->history);
	h->history = NULL;
}
