/* SPDX-License-Identifier: ISC */
#ifndef SS_HTTP_H
#define SS_HTTP_H

#include <stddef.h>
#include <stdint.h>

/* The HTTP/1.1 exchange that opens a WebSocket.          RFC 6455, 4 */
#define SS_HTTP_HEAD_MAX 16384
#define SS_SUBPROTOCOL   "secretsocket.v1"

struct ss_http {
	int request;   /* or a response */
	int status;    /* of a response */
	int websocket; /* Upgrade: websocket */
	int ours;      /* our subprotocol is offered, or chosen */
	int deflate;   /* permessage-deflate is offered, or chosen */
	char protocol[33]; /* the subprotocol, for a message */
};

/* ss_http_looks - 1 if it begins like one; 0; -1: too short to say */
int ss_http_looks(const uint8_t *in, size_t len);

/* Length of the head with its empty line, 0 if that has not come. */
size_t ss_http_length(const uint8_t *in, size_t len);
void ss_http_get(struct ss_http *h, const uint8_t *in, size_t len);

#endif
