/* SPDX-License-Identifier: ISC */
#include "capture.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static void
on_open(void *arg, struct ss_tcp_conn *conn)
{
	struct ss_capture *c = arg;
	const struct ss_flow_env env = { &c->records, &c->keys, &c->notes,
		&c->pool, c->scratch };

	conn->user = ss_flow_new(conn, &env);
	if (!conn->user)
		c->failed = SS_ERR_SYSTEM;
}

static void
on_data(void *arg, struct ss_tcp_conn *conn, int dir, int64_t ns,
    const uint8_t *in, size_t len)
{
	const struct ss_capture *cap = arg;
	struct ss_flow *f = conn->user;

	if (!f)
		return;
	f->middle |= !conn->has_isn;
	ss_flow_data(
	    f, dir, (struct ss_when){ ns, cap->packets }, in, len);
}

static void
on_gap(void *arg, struct ss_tcp_conn *conn, int dir, uint64_t n)
{
	(void)arg;
	if (conn->user)
		ss_flow_gap(conn->user, dir, n);
}

static void
flow_ends(struct ss_capture *c, struct ss_flow *f, struct ss_flow_sum *sum)
{
	sum->name = f->name[0];
	sum->label = ss_flow_label(f);
	sum->peer = f->peer;
	sum->messages = f->messages;
	c->flow(c->arg, sum);
	ss_flow_free(f);
}

/* The oldest of the parked connections has waited long enough. */
static void
unpark(struct ss_capture *c)
{
	struct ss_parked p = c->parked[0];

	c->nparked--;
	memmove(c->parked, c->parked + 1, c->nparked * sizeof(*c->parked));
	flow_ends(c, p.flow, &p.sum);
}

/* While keys may come, a connection may end before it can be read. */
static int
park(struct ss_capture *c, struct ss_flow *f, const struct ss_flow_sum *sum)
{
	if (c->records.wait.patience == 0 || !ss_flow_waits(f))
		return 0;
	if (!c->parked && !(c->parked = calloc(
	    SS_PARKED_MAX, sizeof(*c->parked))))
		return 0;
	if (c->nparked == SS_PARKED_MAX)
		unpark(c);
	c->parked[c->nparked++] =
	    (struct ss_parked){ f, *sum, c->records.wait.now };
	return 1;
}

/* Those that can be read by now, or have waited so long. */
static void
look_at_parked(struct ss_capture *c, int new_keys)
{
	const struct ss_wait *w = &c->records.wait;

	for (size_t i = 0; new_keys && i < c->nparked; i++)
		ss_flow_retry(c->parked[i].flow);
	while (c->nparked > 0 && (!ss_flow_waits(c->parked[0].flow) ||
	    w->now - c->parked[0].since >= w->patience))
		unpark(c);
}

static void
on_close(void *arg, struct ss_tcp_conn *conn)
{
	struct ss_capture *c = arg;
	struct ss_flow *f = conn->user;
	struct ss_flow_sum sum;

	if (!f)
		return;
	if (c->new_keys)
		ss_flow_retry(f);
	sum = (struct ss_flow_sum){ .bytes = { conn->half[0].bytes,
		conn->half[1].bytes }, .missing = { conn->half[0].missing,
		conn->half[1].missing }, .packets = conn->packets,
		.first = conn->first, .last = conn->last };
	if (!park(c, f, &sum))
		flow_ends(c, f, &sum);
}

/* Layers 2 and 3; each kind of packet that is no segment is told once. */
static void
on_packet(void *arg, const struct ss_packet *p)
{
	struct ss_capture *c = arg;
	struct ss_segment s;
	const uint8_t *ip;
	size_t len;
	enum ss_err e;
	int is_ip = ss_link_strip(&ip, &len, p);

	c->packets++;
	c->now = p->ns;
	if (is_ip < 0 && c->unknown_link++ == 0)
		ss_note(&c->notes, SS_TOPIC_IP,
		    "packets of link type %lu are not read, or too short",
		    (unsigned long)p->link);
	if (is_ip <= 0) {
		c->other++;
		return;
	}
	switch (ss_ip_get(&s, ip, len)) {
	case SS_IP_TCP:
		c->segments++;
		s.ns = p->ns;
		if ((e = ss_tcp_push(&c->tcp, &s)) != SS_OK)
			c->failed = e;
		break;
	case SS_IP_FRAGMENT:
		ss_note(&c->notes, SS_TOPIC_IP,
		    "packet %llu is a fragment: not put together",
		    (unsigned long long)c->packets);
		break;
	case SS_IP_DAMAGED:
		ss_note(&c->notes, SS_TOPIC_IP,
		    "packet %llu is damaged or was cut off",
		    (unsigned long long)c->packets);
		break;
	case SS_IP_OTHER:
		c->other++;
	}
}

static void
on_secrets(void *arg, const uint8_t *text, size_t len)
{
	ss_capture_keys(arg, (const char *)text, len);
}

static void
on_raw(void *arg, const uint8_t *at, size_t len, const struct ss_packet *p)
{
	struct ss_capture *c = arg;

	c->raw(c->arg, at, len, p);
}

enum ss_err
ss_capture_init(struct ss_capture *c, const struct ss_capture_handler *h)
{
	enum ss_err e;

	memset(c, 0, sizeof(*c));
	c->notes.say = h->note;
	c->notes.arg = h->arg;
	c->flow = h->flow;
	c->arg = h->arg;
	c->raw = h->raw;
	ss_keys_init(&c->keys, &c->notes);
	c->pcap.notes = &c->notes;
	c->pcap.packet = on_packet;
	c->pcap.secrets = on_secrets;
	c->pcap.arg = c;
	c->pcap.raw = h->raw ? on_raw : NULL;
	c->tcp.notes = &c->notes;
	c->tcp.open = on_open;
	c->tcp.data = on_data;
	c->tcp.gap = on_gap;
	c->tcp.close = on_close;
	c->tcp.arg = c;
	c->records.keys = &c->keys;
	c->records.notes = &c->notes;
	c->records.event = h->event;
	c->records.arg = h->arg;
	c->scratch = malloc(SS_TLS_RECORD_MAX);
	if (!c->scratch)
		return SS_ERR_SYSTEM;
	if ((e = ss_tcp_init(&c->tcp)) != SS_OK)
		return e;
	return ss_records_init(&c->records);
}

/* All logs have been read: what waited for one kind of key and is opened now
 * may need the other kind. */
static void
retry(struct ss_capture *c)
{
	struct ss_tcp_conn *t = c->tcp.oldest;

	if (!c->new_keys)
		return;
	c->new_keys = 0;
	look_at_parked(c, 1);
	for (; t; t = t->newer)
		if (t->user)
			ss_flow_retry(t->user);
	ss_wait_retry(&c->records);
}

size_t
ss_capture_tick(struct ss_capture *c, int64_t now)
{
	size_t open = 0;

	c->records.wait.now = now;
	retry(c);
	look_at_parked(c, 0);
	ss_wait_retry(&c->records);
	for (const struct ss_tcp_conn *t = c->tcp.oldest; t; t = t->newer)
		open += t->user && ss_flow_waits(t->user);
	return open + c->records.wait.count + c->nparked;
}

enum ss_err
ss_capture_push(
    struct ss_capture *c, const uint8_t *in, size_t len, size_t *used)
{
	enum ss_err e;

	retry(c);
	e = ss_pcap_push(&c->pcap, in, len, used);
	return e != SS_OK ? e : c->failed;
}

size_t
ss_capture_keys(struct ss_capture *c, const char *text, size_t len)
{
	size_t taken = ss_keys_text(&c->keys, text, len);

	c->new_keys |= taken > 0;
	return taken;
}

void
ss_capture_drain(struct ss_capture *c)
{
	retry(c);
	if (c->tcp.table)
		ss_tcp_free(&c->tcp);
	while (c->nparked > 0)
		unpark(c);
	free(c->parked);
	c->parked = NULL;
	ss_records_free(&c->records);
}

void
ss_capture_end(struct ss_capture *c)
{
	ss_capture_drain(c);
	ss_pcap_free(&c->pcap);
	ss_notes_end(&c->notes);
	ss_keys_wipe(&c->keys);
	if (c->scratch)
		sodium_memzero(c->scratch, SS_TLS_RECORD_MAX);
	free(c->scratch);
	c->scratch = NULL;
}
