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
on_close(void *arg, struct ss_tcp_conn *conn)
{
	struct ss_capture *c = arg;
	struct ss_flow *f = conn->user;
	struct ss_flow_sum sum;

	if (!f)
		return;
	if (c->new_keys)
		ss_flow_retry(f);
	sum = (struct ss_flow_sum){ f->name[0], ss_flow_label(f), f->peer,
		{ conn->half[0].bytes, conn->half[1].bytes },
		{ conn->half[0].missing, conn->half[1].missing },
		conn->packets, f->messages, conn->first, conn->last };
	c->flow(c->arg, &sum);
	ss_flow_free(f);
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
	struct ss_tcp_conn *t = c->tcp.newest;

	if (!c->new_keys)
		return;
	for (c->new_keys = 0; t; t = t->older)
		if (t->user)
			ss_flow_retry(t->user);
	ss_wait_retry(&c->records);
}

size_t
ss_capture_tick(struct ss_capture *c, int64_t now)
{
	c->records.wait.now = now;
	retry(c);
	ss_wait_retry(&c->records);
	return c->records.wait.count;
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
