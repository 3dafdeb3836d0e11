/* SPDX-License-Identifier: ISC */
#ifndef SS_WEBSOCKET_H
#define SS_WEBSOCKET_H

#include "hold.h"
#include "note.h"

/* One direction of a WebSocket: bytes become messages.     RFC 6455, 5 */
#define SS_WS_MESSAGE_MAX (131072 + 90) /* a record and its routing header */

enum { SS_WS_OP_MORE = 0, SS_WS_OP_TEXT = 1, SS_WS_OP_BINARY = 2,
	SS_WS_OP_CLOSE = 8, SS_WS_OP_PING = 9, SS_WS_OP_PONG = 10 };

struct ss_ws {
	uint8_t head[14]; /* of the frame: 2, length 0, 2 or 8, mask 0 or 4 */
	uint8_t headlen, control[125], controllen;
	uint8_t opcode; /* of the message under way, 0: none */
	uint8_t dead, lost, skip, guess; /* guess: maybe no WebSocket at all */
	uint64_t left;  /* of the frame's payload */
	uint64_t at;    /* in the frame's payload: place in the mask */
	struct ss_hold message;
	struct ss_notes *notes;
	struct ss_pool *pool;
	void (*got)(void *arg, int dir, struct ss_when when, int opcode,
	    const uint8_t *in, size_t len);
	void *arg;
	int dir;
};

void ss_ws_push(struct ss_ws *w, struct ss_when when, const uint8_t *in,
    size_t len);
/* Bytes are lost: go on where something looks like a frame of ours. */
void ss_ws_gap(struct ss_ws *w);
void ss_ws_free(struct ss_ws *w);

#endif
