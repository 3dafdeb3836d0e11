/* SPDX-License-Identifier: ISC */
#include "wsclient.h"

#include "io.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Frames, both ways.                                     RFC 6455, 5 */
int64_t
ss_ws_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
ss_ws_wait(const struct ss_ws *ws, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = ws->fd, .events = events };
	int64_t left;
	int n;

	do {
		left = deadline_ms - ss_ws_clock();
		n = left > 0 ? poll(&p, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

void
ss_ws_free(struct ss_ws *ws)
{
	SSL_free(ws->ssl);
	SSL_CTX_free(ws->ctx);
	if (ws->fd >= 0)
		close(ws->fd);
	free(ws->in);
	free(ws->out);
}

short
ss_ws_events(const struct ss_ws *ws)
{
	return (short)(POLLIN |
	    (ws->out_len > 0 || ws->want_write ? POLLOUT : 0));
}

/* > 0 bytes; 0: not now; -1: lost or ended */
static ssize_t
pull(struct ss_ws *ws, void *buf, size_t n)
{
	ssize_t got;

	if (ws->ssl == NULL) {
		got = recv(ws->fd, buf, n, 0);
		if (got > 0)
			return got;
		return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	}
	got = SSL_read(ws->ssl, buf, (int)n);
	if (got > 0)
		return got;
	switch (SSL_get_error(ws->ssl, (int)got)) {
	case SSL_ERROR_WANT_WRITE:
		ws->want_write = 1;
		return 0;
	case SSL_ERROR_WANT_READ:
		return 0;
	default:
		return -1;
	}
}

static ssize_t
push(struct ss_ws *ws, const void *buf, size_t n)
{
	ssize_t put;

	if (ws->ssl == NULL) {
		put = send(ws->fd, buf, n, MSG_NOSIGNAL);
		if (put > 0)
			return put;
		return put < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	}
	put = SSL_write(ws->ssl, buf, (int)n);
	if (put > 0)
		return put;
	switch (SSL_get_error(ws->ssl, (int)put)) {
	case SSL_ERROR_WANT_WRITE:
	case SSL_ERROR_WANT_READ:
		return 0;
	default:
		return -1;
	}
}

static int
flush(struct ss_ws *ws)
{
	ssize_t n;

	while (ws->out_len > 0) {
		n = push(ws, ws->out + ws->out_at, ws->out_len);
		if (n < 0)
			return -1;
		if (n == 0)
			return 0;
		ws->out_at += (size_t)n;
		ws->out_len -= (size_t)n;
	}
	ws->out_at = 0;
	return 0;
}

enum ss_err
ss_ws_pump(struct ss_ws *ws)
{
	ssize_t n = 1;

	ws->want_write = 0;
	if (!ws->ended && flush(ws) != 0)
		ws->ended = 1; /* what came before may still be read */
	if (ws->in_at > 0) {
		memmove(ws->in, ws->in + ws->in_at, ws->in_len);
		ws->in_at = 0;
	}
	while (ws->in_len < SS_WS_BUFFER && n > 0) {
		n = pull(ws, ws->in + ws->in_len, SS_WS_BUFFER - ws->in_len);
		if (n > 0)
			ws->in_len += (size_t)n;
	}
	ws->more = ws->in_len == SS_WS_BUFFER;
	if (n < 0)
		ws->ended = 1;
	return ws->ended && ws->in_len == 0 ? SS_ERR_NETWORK : SS_OK;
}

/* The frame at the front: its payload and its length in all, or 0 if it is
 * not all here yet, or -1. */
static int
frame(struct ss_ws *ws, struct ss_ws_message *m, size_t *whole)
{
	const uint8_t *f = ws->in + ws->in_at;
	size_t have = ws->in_len, head = 2;
	uint64_t len;

	if (have < 2)
		return 0;
	/* FIN and no extension bits; and a server does not mask */
	if ((f[0] & 0xf0) != 0x80 || (f[1] & 0x80) != 0)
		return -1;
	len = f[1];
	if (len == 126)
		head += 2;
	else if (len == 127)
		head += 8;
	if (have < head)
		return 0;
	if (head > 2)
		len = ss_bytes_get(f + 2, head - 2);
	if (len > SS_MSG_BINARY_MAX || ((f[0] & 8) != 0 && len > 125))
		return -1;
	if (have - head < len)
		return 0;
	m->opcode = f[0] & 15;
	m->at = f + head;
	m->len = (size_t)len;
	*whole = head + (size_t)len;
	return 1;
}

int
ss_ws_next(struct ss_ws *ws, struct ss_ws_message *m)
{
	size_t whole;
	int got;

	while ((got = frame(ws, m, &whole)) == 1) {
		ws->in_at += whole;
		ws->in_len -= whole;
		if (m->opcode == SS_WS_TEXT || m->opcode == SS_WS_BINARY)
			return 1;
		if (m->opcode == SS_WS_PING) {
			if (ss_ws_room(ws, m->len))
				ss_ws_send(ws, SS_WS_PONG, m->at, m->len,
				    NULL, 0);
		} else if (m->opcode == SS_WS_CLOSE) {
			ws->ended = 1;
			ws->in_len = 0;
			if (m->len >= 2)
				ws->code = (uint16_t)ss_bytes_get(m->at, 2);
			return 0;
		} else if (m->opcode != SS_WS_PONG) {
			return -1;
		}
	}
	return got;
}

int
ss_ws_room(const struct ss_ws *ws, size_t len)
{
	return SS_WS_BUFFER - ws->out_len >= SS_WS_HEAD_MAX + len;
}

/* XOR with the mask, from position pos of the payload on.  The mask keeps a
 * page's script from choosing bytes that an old proxy takes for a request;
 * it protects nothing here, but the RFC wants it.         RFC 6455, 10.3 */
static void
put_masked(uint8_t *out, const uint8_t *in, size_t n, size_t pos,
    const uint8_t mask[4])
{
	uint8_t turned[8];
	uint64_t wide, word;
	size_t i;

	for (i = 0; i < 8; i++)
		turned[i] = mask[(pos + i) & 3];
	memcpy(&wide, turned, 8);
	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&word, in + i, 8);
		word ^= wide;
		memcpy(out + i, &word, 8);
	}
	for (; i < n; i++)
		out[i] = in[i] ^ turned[i & 7];
}

void
ss_ws_send(struct ss_ws *ws, uint8_t opcode, const void *a, size_t alen,
    const void *b, size_t blen)
{
	uint8_t *out, mask[4];
	size_t n;

	if (!ss_ws_room(ws, alen + blen))
		abort(); /* the caller asked ss_ws_room first */
	if (ws->out_at > 0) {
		memmove(ws->out, ws->out + ws->out_at, ws->out_len);
		ws->out_at = 0;
	}
	out = ws->out + ws->out_len;
	n = ss_frame_put(out, opcode, alen + blen);
	out[1] |= 0x80;
	ss_random(mask, sizeof mask);
	memcpy(out + n, mask, sizeof mask);
	n += sizeof mask;
	if (alen > 0)
		put_masked(out + n, a, alen, 0, mask);
	if (blen > 0)
		put_masked(out + n + alen, b, blen, alen, mask);
	ws->out_len += n + alen + blen;
}

void
ss_ws_text(struct ss_ws *ws, const char *fmt, ...)
{
	char text[SS_MSG_TEXT_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text)
		abort();
	ss_ws_send(ws, SS_WS_TEXT, text, (size_t)n, NULL, 0);
}
