/* SPDX-License-Identifier: ISC */
#include "tcp.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 16384

/* The same for either direction. */
static size_t
bucket(const struct ss_tcp *t, const struct ss_end *a, const struct ss_end *b)
{
	uint64_t x, y;

	crypto_shorthash((uint8_t *)&x, (const uint8_t *)a, sizeof(*a),
	    t->hash_key);
	crypto_shorthash((uint8_t *)&y, (const uint8_t *)b, sizeof(*b),
	    t->hash_key);
	return (size_t)((x + y) % BUCKETS);
}

static int
same(const struct ss_end *a, const struct ss_end *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

enum ss_err
ss_tcp_init(struct ss_tcp *t)
{
	crypto_shorthash_keygen(t->hash_key);
	t->table = calloc(BUCKETS, sizeof(*t->table));
	return t->table ? SS_OK : SS_ERR_SYSTEM;
}

static void
unlink_recent(struct ss_tcp *t, struct ss_tcp_conn *c)
{
	*(c->newer ? &c->newer->older : &t->newest) = c->older;
	*(c->older ? &c->older->newer : &t->oldest) = c->newer;
}

static void
link_recent(struct ss_tcp *t, struct ss_tcp_conn *c)
{
	c->newer = NULL;
	c->older = t->newest;
	*(t->newest ? &t->newest->newer : &t->oldest) = c;
	t->newest = c;
}

/* No more bytes will come: the upper layers are told, the rest is freed. */
static void
close_conn(struct ss_tcp *t, struct ss_tcp_conn *c)
{
	if (c->closed)
		return;
	for (int dir = 0; dir < 2; dir++)
		ss_tcp_half_expire(t, c, dir, 0, 1);
	c->closed = 1;
	t->close(t->arg, c);
	c->user = NULL;
	for (int dir = 0; dir < 2; dir++)
		ss_tcp_half_free(t, &c->half[dir]);
}

static void
drop_conn(struct ss_tcp *t, struct ss_tcp_conn *c)
{
	struct ss_tcp_conn **at = &t->table[bucket(t, &c->end[0], &c->end[1])];

	close_conn(t, c);
	while (*at != c)
		at = &(*at)->chain;
	*at = c->chain;
	unlink_recent(t, c);
	t->count--;
	free(c);
}

/*
 * Who is the client?  Who sends the SYN; in the middle of a connection the
 * higher port is more likely one that was taken for the purpose.
 */
static int
from_client(const struct ss_segment *s)
{
	if (s->flags & SS_TCP_SYN)
		return !(s->flags & SS_TCP_ACK);
	return s->src.port >= s->dst.port;
}

static struct ss_tcp_conn *
new_conn(struct ss_tcp *t, const struct ss_segment *s)
{
	size_t b = bucket(t, &s->src, &s->dst);
	struct ss_tcp_conn *c;
	int client = from_client(s);

	if (t->count >= SS_TCP_CONNS_MAX)
		drop_conn(t, t->oldest);
	if (!(c = calloc(1, sizeof(*c))))
		return NULL;
	c->end[!client] = s->src;
	c->end[client] = s->dst;
	c->first = s->ns;
	c->chain = t->table[b];
	t->table[b] = c;
	t->count++;
	link_recent(t, c);
	t->open(t->arg, c);
	return c;
}

static struct ss_tcp_conn *
find(struct ss_tcp *t, const struct ss_segment *s, int *dir)
{
	struct ss_tcp_conn *c = t->table[bucket(t, &s->src, &s->dst)];

	for (; c; c = c->chain) {
		if (same(&c->end[0], &s->src) && same(&c->end[1], &s->dst)) {
			*dir = 0;
			return c;
		}
		if (same(&c->end[1], &s->src) && same(&c->end[0], &s->dst)) {
			*dir = 1;
			return c;
		}
	}
	return NULL;
}

/* A SYN with another number than ours: the same ports, used once more. */
static int
is_reuse(const struct ss_tcp_conn *c, const struct ss_segment *s)
{
	const struct ss_tcp_half *h = &c->half[0];
	uint32_t first = s->seq + 1;

	if ((s->flags & (SS_TCP_SYN | SS_TCP_ACK)) != SS_TCP_SYN)
		return 0;
	if (c->has_isn)
		return c->isn != s->seq;
	if (c->closed)
		return 1;
	/* a late SYN, behind the data that it announces? */
	return !h->known || !same(&c->end[0], &s->src) ||
	    h->next - first > SS_TCP_WINDOW;
}

/*
 * While a connection lives its ends do not take another SYN, and anybody can
 * send one, to hide what follows.  So it counts when the other end, if we see
 * that at all, answers: new numbers for the same ports.  RFC 9293, 3.10.7.4
 */
static int
must_be_answered(const struct ss_tcp_conn *c, int dir)
{
	return !c->closed && c->half[!dir].known;
}

static int
answers(const struct ss_tcp_conn *c, const struct ss_segment *s)
{
	return c->has_again && s->ack == c->again + 1 &&
	    (s->flags & (SS_TCP_SYN | SS_TCP_ACK)) == (SS_TCP_SYN | SS_TCP_ACK);
}

/* s is the answer to that SYN: its sender is the server. */
static struct ss_tcp_conn *
begin_again(struct ss_tcp *t, struct ss_tcp_conn *old,
    const struct ss_segment *s)
{
	uint32_t isn = old->again;
	struct ss_tcp_conn *c;

	drop_conn(t, old);
	if (!(c = new_conn(t, s)))
		return NULL;
	c->has_isn = 1;
	c->isn = isn;
	c->half[0].known = 1;
	c->half[0].next = isn + 1;
	return c;
}

/* Only at its place: anybody can send a RST with a guessed number. */
static int
reset_holds(const struct ss_tcp_half *h, const struct ss_segment *s)
{
	return !h->known || s->seq == h->next || s->seq + 1 == h->next ||
	    s->seq - h->next < 65536;
}

static void
acknowledge(struct ss_tcp *t, struct ss_tcp_conn *c, int dir,
    const struct ss_segment *s)
{
	struct ss_tcp_half *peer = &c->half[!dir];

	if (!(s->flags & SS_TCP_ACK))
		return;
	if (!peer->has_acked || (int32_t)(s->ack - peer->acked) > 0)
		peer->acked = s->ack;
	peer->has_acked = 1;
	if (peer->queue)
		ss_tcp_half_expire(t, c, !dir, s->ns, 0);
}

enum ss_err
ss_tcp_push(struct ss_tcp *t, const struct ss_segment *s)
{
	int dir = 0;
	struct ss_tcp_conn *c = find(t, s, &dir);
	enum ss_err e;

	if (c && is_reuse(c, s)) {
		if (must_be_answered(c, dir)) {
			c->has_again = 1;
			c->again = s->seq;
			return SS_OK;
		}
		drop_conn(t, c);
		c = NULL;
	}
	if (c && answers(c, s)) {
		if (!(c = begin_again(t, c, s)))
			return SS_ERR_SYSTEM;
		dir = 1;
	}
	if (!c) {
		if (!(c = new_conn(t, s)))
			return SS_ERR_SYSTEM;
		dir = !same(&c->end[0], &s->src);
	} else if (t->newest != c) {
		unlink_recent(t, c);
		link_recent(t, c);
	}
	c->packets++;
	c->last = s->ns;
	if (c->closed) { /* the last retransmissions and ACKs */
		if (s->len > 0 && (int32_t)(s->seq + (uint32_t)s->len -
		    c->half[dir].next) > 0)
			ss_tcp_half_stray(t, c, dir, "behind the end");
		return SS_OK;
	}
	if ((s->flags & (SS_TCP_SYN | SS_TCP_ACK)) == SS_TCP_SYN) {
		c->has_isn = 1;
		c->isn = s->seq;
	}
	if (s->flags & SS_TCP_RST) {
		if (reset_holds(&c->half[dir], s))
			close_conn(t, c);
		return SS_OK;
	}
	e = SS_OK;
	if (s->len > 0 || (s->flags & (SS_TCP_SYN | SS_TCP_FIN)))
		e = ss_tcp_half_push(t, c, dir, s);
	acknowledge(t, c, dir, s);
	if (c->half[0].finished && c->half[1].finished)
		close_conn(t, c);
	return e;
}

void
ss_tcp_free(struct ss_tcp *t)
{
	while (t->oldest)
		drop_conn(t, t->oldest);
	free(t->table);
	t->table = NULL;
}
