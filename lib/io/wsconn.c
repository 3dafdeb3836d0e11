/* SPDX-License-Identifier: ISC */
#include "io.h"
#include "tls.h"
#include "wsserver_in.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FRAGMENTS_MAX 64
#define CLOSE_MS      5000 /* for what is queued, and the close frame */

static void
msg_drop(struct ss_msg *m)
{
	if (m != NULL && ss_msg_release(m))
		free(m);
}

struct conn *
ss_conn_new(struct ss_server *s, struct address *a)
{
	struct conn *c = calloc(1, sizeof *c);
	uint32_t slot;

	if (c == NULL)
		return NULL;
	slot = s->free_slots[--s->nfree];
	c->server = s;
	c->address = a;
	c->id = (uint64_t)++s->generation << 32 | slot;
	s->conns[slot] = c;
	ss_conn_due(c, ss_server_now() + 1000 * s->config.http_timeout_s);
	return c;
}

/* The library's own timeouts do not see a connection that says nothing at
 * all for three times as long, so this list is ours. */
void
ss_conn_due(struct conn *c, int64_t due_ms)
{
	struct ss_server *s = c->server;

	if (c->link_due != NULL) {
		*c->link_due = c->next_due;
		if (c->next_due != NULL)
			c->next_due->link_due = c->link_due;
		c->link_due = NULL;
	}
	c->due_ms = due_ms;
	if (due_ms == 0)
		return;
	c->next_due = s->due;
	c->link_due = &s->due;
	if (s->due != NULL)
		s->due->link_due = &c->next_due;
	s->due = c;
}

static struct ss_msg *
queue_take(struct conn *c)
{
	struct ss_msg *m = c->queue[c->qat];

	c->qat = (c->qat + 1) & (c->qmax - 1);
	c->qlen--;
	return m;
}

static int
queue_add(struct conn *c, struct ss_msg *m)
{
	struct ss_msg **grown;
	size_t max, i;

	if (c->qlen == c->qmax) {
		max = c->qmax ? 2 * c->qmax : 8;
		grown = malloc(max * sizeof *grown);
		if (grown == NULL)
			return -1;
		for (i = 0; i < c->qlen; i++)
			grown[i] = c->queue[(c->qat + i) & (c->qmax - 1)];
		free(c->queue);
		c->queue = grown;
		c->qmax = max;
		c->qat = 0;
	}
	c->queue[(c->qat + c->qlen++) & (c->qmax - 1)] = m;
	return 0;
}

void
ss_conn_free(struct conn *c)
{
	struct ss_server *s = c->server;
	uint32_t slot = (uint32_t)c->id;

	ss_conn_due(c, 0);
	while (c->qlen > 0)
		msg_drop(queue_take(c));
	free(c->queue);
	msg_drop(c->in);
	ss_address_leave(c->address);
	s->conns[slot] = NULL;
	s->free_slots[s->nfree++] = slot;
	free(c);
}

static struct conn *
conn_of(struct ss_server *s, uint64_t id)
{
	struct conn *c = s->conns[(uint32_t)id];

	return c != NULL && c->id == id && c->open ? c : NULL;
}

void
ss_server_send(struct ss_server *s, uint64_t id, struct ss_msg *m)
{
	struct conn *c = conn_of(s, id);

	if (c == NULL || c->code != 0 || queue_add(c, m) != 0) {
		msg_drop(m);
		return;
	}
	lws_callback_on_writable(c->wsi);
}

void
ss_server_ping(struct ss_server *s, uint64_t id)
{
	struct conn *c = conn_of(s, id);

	if (c == NULL)
		return;
	c->ping = 1;
	lws_callback_on_writable(c->wsi);
}

void
ss_server_close(struct ss_server *s, uint64_t id, uint16_t code)
{
	struct conn *c = conn_of(s, id);

	if (c == NULL || c->code != 0)
		return;
	c->code = code;
	ss_conn_due(c, ss_server_now() + CLOSE_MS);
	lws_callback_on_writable(c->wsi);
}

/*
 * Many frames leave in one write: this decides how many messages a second go
 * through (one TLS record and one system call each would cost thirty times
 * as much for small ones).
 */
static int
flush(struct ss_server *s, struct conn *c)
{
	uint8_t *out = s->gather + LWS_PRE;
	const uint8_t *frame;
	struct ss_msg *m;
	size_t n, len;

	do {
		n = 0;
		if (c->ping) {
			n = ss_frame_put(out, SS_WS_PING, 0);
			c->ping = 0;
		}
		while (c->qlen > 0 && n < SS_GATHER) {
			m = queue_take(c);
			frame = ss_msg_frame(m, &len);
			memcpy(out + n, frame, len);
			n += len;
			s->config.handler->sent(s->config.arg, c->id, m->len);
			msg_drop(m);
		}
		if (n > 0 && lws_write(c->wsi, out, n, LWS_WRITE_RAW) < (int)n)
			return -1;
	} while (c->qlen > 0 && !lws_send_pipe_choked(c->wsi));
	if (c->qlen > 0)
		lws_callback_on_writable(c->wsi);
	else if (c->code != 0)
		/* a close from here would send no close frame */
		lws_set_timer_usecs(c->wsi, 1);
	return 0;
}

static int
refuse(struct lws *wsi, const char *status)
{
	char text[LWS_PRE + 256];
	int n = snprintf(text + LWS_PRE, sizeof text - LWS_PRE,
	    "HTTP/1.1 %s\r\nSec-WebSocket-Version: 13\r\n"
	    "Content-Length: 0\r\nConnection: close\r\n\r\n", status);

	(void)lws_write(wsi, (unsigned char *)text + LWS_PRE, (size_t)n,
	    LWS_WRITE_HTTP_FINAL);
	return -1;
}

static int
has_token(const char *list, const char *token)
{
	size_t n = strlen(token), len;

	for (;;) {
		list += strspn(list, " \t,");
		if (*list == '\0')
			return 0;
		len = strcspn(list, " \t,");
		if (len == n && memcmp(list, token, n) == 0)
			return 1;
		list += len;
	}
}

/* The library looks at none of this by itself.          RFC 6455, 4.2.1 */
static int
may_upgrade(struct ss_server *s, struct lws *wsi, const char *to)
{
	char text[256];

	if (to == NULL || strcasecmp(to, "websocket") != 0 ||
	    lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_GET_URI) < 1 ||
	    strcmp(text, "/") != 0)
		return refuse(wsi, "400 Bad Request");
	if (lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_VERSION) < 1 ||
	    strcmp(text, "13") != 0)
		return refuse(wsi, "426 Upgrade Required");
	if (lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_KEY) != 24 ||
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	           "0123456789+/") != 22 || strcmp(text + 22, "==") != 0)
		return refuse(wsi, "400 Bad Request");
	if (lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_PROTOCOL) < 1 ||
	    !has_token(text, s->config.subprotocol))
		return refuse(wsi, "400 Bad Request");
	return s->finishing ? refuse(wsi, "503 Service Unavailable") : 0;
}

/*
 * A plain HTTP request: one answer, and the connection ends.  A second
 * request on it would lead libwebsockets 4.1.6 into freed memory.
 */
static int
plain(struct ss_server *s, struct lws *wsi, const char *path)
{
	static char text[LWS_PRE + 256 + 8192];
	char body[8192];
	int n = s->config.handler->page(
	    s->config.arg, path, body, sizeof body);
	const char *status = n < 0 ? "404 Not Found" : "200 OK";

	if (n < 0)
		n = snprintf(body, sizeof body, "not found\n");
	n = snprintf(text + LWS_PRE, sizeof text - LWS_PRE,
	    "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
	    "Content-Length: %d\r\nConnection: close\r\n\r\n%s",
	    status, n, body);
	(void)lws_write(wsi, (unsigned char *)text + LWS_PRE, (size_t)n,
	    LWS_WRITE_HTTP_FINAL);
	return -1;
}

static int
established(struct ss_server *s, struct conn *c)
{
	struct ss_server_peer peer = { .conn = c->id,
		.tls = s->config.cert != NULL };

	if (peer.tls && ss_tls_exporter(peer.exporter, lws_get_ssl(c->wsi)))
		return -1;
	memcpy(peer.address, c->address->text, sizeof peer.address);
	c->open = 1;
	ss_conn_due(c, 0);
	s->config.handler->open(s->config.arg, &peer);
	return 0;
}

/* 0, or the code to close with */
static uint16_t
collect(struct ss_server *s, struct conn *c, const void *in, size_t len)
{
	int binary = lws_frame_is_binary(c->wsi);
	size_t left = lws_remaining_packet_payload(c->wsi);
	size_t max = binary ? s->config.max_binary : s->config.max_text;
	size_t have = c->in != NULL ? c->in->len : 0;
	struct ss_msg *m;

	if (lws_is_first_fragment(c->wsi) && c->in == NULL)
		c->fragments = 0;
	if (have > max || len > max - have || left > max - have - len)
		return 1009;
	if (left == 0 && ++c->fragments > FRAGMENTS_MAX)
		return 1009;
	if (c->in == NULL ||
	    c->in->at + have + len > c->in->size) {
		m = malloc(SS_MSG_MEMORY(have + len + left));
		if (m == NULL)
			return 1013;
		ss_msg_init(m, binary ? SS_WS_BINARY : SS_WS_TEXT,
		    have + len + left);
		if (have > 0)
			memcpy(m->bytes + m->at, c->in->bytes + c->in->at,
			    have);
		m->len = have;
		msg_drop(c->in);
		c->in = m;
	}
	if (len > 0)
		memcpy(c->in->bytes + c->in->at + have, in, len);
	c->in->len += len;
	return 0;
}

static int
receive(struct ss_server *s, struct conn *c, const void *in, size_t len)
{
	uint16_t code;
	struct ss_msg *m;

	if (c->code != 0)
		return 0; /* it is told to go */
	code = collect(s, c, in, len);
	if (code != 0) {
		lws_close_reason(c->wsi, code, NULL, 0);
		return -1;
	}
	if (!lws_is_final_fragment(c->wsi) ||
	    lws_remaining_packet_payload(c->wsi) > 0)
		return 0;
	m = c->in;
	c->in = NULL;
	if (m->opcode == SS_WS_BINARY) {
		s->config.handler->binary(s->config.arg, c->id, m);
	} else {
		s->config.handler->text(s->config.arg, c->id, m);
		msg_drop(m);
	}
	return 0;
}

static int
gone(struct ss_server *s, struct conn *c)
{
	if (c->open) {
		c->open = 0;
		s->config.handler->closed(s->config.arg, c->id);
	}
	return 0;
}

static int
on_timer(struct conn *c)
{
	if (c->code == 0)
		return 0;
	lws_close_reason(c->wsi, c->code, NULL, 0);
	return -1;
}

int
ss_conn_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct ss_server *s = lws_context_user(lws_get_context(wsi));
	struct conn *c;

	if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) {
		ss_tls_harden(user);
		xtls_keylog(user, s->config.keylog);
		return 0;
	}
	if (s == NULL || wsi == NULL ||
	    (c = lws_get_opaque_user_data(wsi)) == NULL)
		return 0;
	c->wsi = wsi;
	switch (reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return may_upgrade(s, wsi, in);
	case LWS_CALLBACK_HTTP:
		return plain(s, wsi, in);
	case LWS_CALLBACK_ESTABLISHED:
		return established(s, c);
	case LWS_CALLBACK_RECEIVE:
		return receive(s, c, in, len);
	case LWS_CALLBACK_RECEIVE_PONG:
		if (c->open)
			s->config.handler->alive(s->config.arg, c->id);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return flush(s, c);
	case LWS_CALLBACK_TIMER:
		return on_timer(c);
	case LWS_CALLBACK_CLOSED:
		return gone(s, c);
	case LWS_CALLBACK_WSI_DESTROY:
		if (s->adopting == c)
			s->adopting = NULL;
		(void)gone(s, c);
		ss_conn_free(c);
		return 0;
	case LWS_CALLBACK_RAW_ADOPT: /* neither CONNECT nor anything raw */
	case LWS_CALLBACK_RAW_RX:
	case LWS_CALLBACK_RAW_WRITEABLE:
		return -1;
	default:
		return 0;
	}
}
