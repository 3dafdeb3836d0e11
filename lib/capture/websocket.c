/* SPDX-License-Identifier: ISC */
#include "websocket.h"
#include "../proto/bytes.h"
#include <string.h>

#define FIN     0x80
#define RSV     0x70
#define OPCODE  0x0f
#define MASKED  0x80
#define CONTROL 0x08

static void
die(struct ss_ws *w, const char *why)
{
	if (!w->guess)
		ss_note_bad(w->notes, SS_TOPIC_WS, "%s", why);
	w->dead = 1;
}

/* How long is the header?  The second byte says so. */
static size_t
head_length(const uint8_t *head)
{
	size_t n = (head[1] & 0x7f) == 127 ? 10 : (head[1] & 0x7f) == 126 ? 4
	    : 2;

	return head[1] & MASKED ? n + 4 : n;
}

static uint64_t
payload_length(const uint8_t *head)
{
	unsigned n = head[1] & 0x7f;

	return n == 127 ? ss_bytes_get(head + 2, 8)
	    : n == 126 ? ss_bytes_get(head + 2, 2) : n;
}

/* The header is whole. */
static void
frame_begins(struct ss_ws *w)
{
	uint8_t opcode = w->head[0] & OPCODE;

	w->left = payload_length(w->head);
	w->at = 0;
	if (w->head[0] & RSV) {
		die(w, "frames are compressed or of an unknown extension");
	} else if (opcode & CONTROL) {
		if (w->left > sizeof(w->control) || !(w->head[0] & FIN))
			die(w, "a control frame that is none");
		w->controllen = 0;
	} else if (opcode > SS_WS_OP_BINARY ||
	    (opcode == SS_WS_OP_MORE) != (w->opcode != 0)) {
		die(w, "frames out of order");
	} else {
		if (opcode != SS_WS_OP_MORE) {
			w->opcode = opcode;
			w->message.len = 0;
			w->skip = 0;
		}
		if (w->left > SS_WS_MESSAGE_MAX - w->message.len && !w->skip) {
			ss_note(w->notes, SS_TOPIC_WS,
			    "a message of more than %d bytes is passed over",
			    SS_WS_MESSAGE_MAX);
			w->skip = 1;
		}
	}
}

static void
unmask(struct ss_ws *w, uint8_t *out, const uint8_t *in, size_t n)
{
	const uint8_t *mask = w->head + head_length(w->head) - 4;

	if (!(w->head[1] & MASKED)) {
		memcpy(out, in, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = in[i] ^ mask[(w->at + i) & 3];
}

static void
frame_ends(struct ss_ws *w, struct ss_when when)
{
	uint8_t opcode = w->head[0] & OPCODE;

	w->headlen = 0;
	if (opcode & CONTROL) {
		w->got(w->arg, w->dir, when, opcode, w->control, w->controllen);
	} else if (w->head[0] & FIN) {
		opcode = w->opcode;
		w->opcode = 0;
		if (!w->skip)
			w->got(w->arg, w->dir, when, opcode,
			    w->message.at ? w->message.at : w->head,
			    w->message.len);
	}
}

static size_t
payload(struct ss_ws *w, const uint8_t *in, size_t len)
{
	size_t n = w->left < len ? (size_t)w->left : len;

	if (n == 0)
		return 0;
	if (w->head[0] & CONTROL) {
		unmask(w, w->control + w->controllen, in, n);
		w->controllen = (uint8_t)(w->controllen + n);
	} else if (!w->skip) {
		if (ss_hold_room(&w->message, w->pool, n) < 0) {
			die(w, "too much is under way at a time");
			return len;
		}
		unmask(w, w->message.at + w->message.len, in, n);
		w->message.len += n;
	}
	w->at += n;
	w->left -= n;
	return n;
}

/*
 * Does a frame of our protocol begin here?  Unfragmented, not compressed, and
 * long enough or short enough; a binary one with a routing header.
 */
static int
plausible(const uint8_t *in, size_t len)
{
	uint8_t start[2];
	size_t head;

	if (len < 2 || !(in[0] & FIN) || (in[0] & RSV) ||
	    len < head_length(in) + 2)
		return 0;
	head = head_length(in);
	for (size_t i = 0; i < 2; i++)
		start[i] = in[head + i] ^
		    (in[1] & MASKED ? in[head - 4 + i] : 0);
	if ((in[0] & OPCODE) == SS_WS_OP_TEXT)
		return start[0] == '{' && payload_length(in) <= 8192;
	return (in[0] & OPCODE) == SS_WS_OP_BINARY &&
	    (start[0] == 1 || start[0] == 2) && start[1] > 0 &&
	    start[1] <= 64 && payload_length(in) > 26 &&
	    payload_length(in) <= SS_WS_MESSAGE_MAX;
}

void
ss_ws_push(struct ss_ws *w, struct ss_when when, const uint8_t *in, size_t len)
{
	if (w->lost && !w->dead) {
		/* a gathered write begins with a frame, and so does what
		 * became of it: a segment, a TLS record */
		if (!plausible(in, len))
			return;
		w->lost = 0;
	}
	while (len > 0 && !w->dead) {
		size_t n = 1;

		if (w->headlen < 2 || w->headlen < head_length(w->head)) {
			w->head[w->headlen++] = *in;
			if (w->headlen >= 2 &&
			    w->headlen == head_length(w->head))
				frame_begins(w);
		} else {
			n = payload(w, in, len);
		}
		in += n;
		len -= n;
		if (!w->dead && w->left == 0 && w->headlen >= 2 &&
		    w->headlen == head_length(w->head))
			frame_ends(w, when);
	}
}

void
ss_ws_gap(struct ss_ws *w)
{
	w->lost = 1;
	w->headlen = 0;
	w->opcode = 0;
	w->left = 0;
}

void
ss_ws_free(struct ss_ws *w)
{
	ss_hold_free(&w->message, w->pool);
}
