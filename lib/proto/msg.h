/* SPDX-License-Identifier: ISC */
#ifndef SS_MSG_H
#define SS_MSG_H

#include "identity.h"
#include "wire.h"

/*
 * struct ss_msg - one WebSocket message of the relay, shared by all who queue
 * it.
 *
 * Payload stands behind enough free room that the relay can turn an incoming
 * message into an outgoing one where it lies: the routing header gets the
 * sender's name in the place of the recipient's, the WebSocket header goes in
 * front, and the records never move.  It lives in memory from malloc; one
 * thread counts the references.
 */
#define SS_ROUTE_BYTES(n) (1 + 1 + (n) + 16 + 8) /* kind, length, name of n,
						  * message id, row */
#define SS_ROUTE_MAX      SS_ROUTE_BYTES(SS_NAME_MAX)
#define SS_FRAME_HEAD_MAX 10 /* RFC 6455, 5.2, unmasked */
#define SS_MSG_ROOM       (SS_FRAME_HEAD_MAX + SS_ROUTE_MAX)
#define SS_MSG_BINARY_MAX (SS_ROUTE_MAX + SS_RECORD_MAX)
#define SS_MSG_TEXT_MAX   8192
#define SS_MSG_ID_BYTES   16

enum ss_opcode { /* RFC 6455, 11.8 */
	SS_WS_TEXT = 1,
	SS_WS_BINARY = 2,
	SS_WS_CLOSE = 8,
	SS_WS_PING = 9,
	SS_WS_PONG = 10,
};

struct ss_msg {
	unsigned refs;
	uint8_t opcode;
	size_t at, len; /* payload: bytes + at */
	size_t frame;   /* where its WebSocket frame begins; 0: not framed */
	size_t size;    /* of bytes */
	uint8_t bytes[];
};

/* Memory that a message of max bytes needs. */
#define SS_MSG_MEMORY(max) (sizeof(struct ss_msg) + SS_MSG_ROOM + (max))

/* ss_msg_init - one reference, room for max bytes of payload, len 0. */
void ss_msg_init(struct ss_msg *m, uint8_t opcode, size_t max);
struct ss_msg *ss_msg_keep(struct ss_msg *m);
/* ss_msg_release - 1 if that was the last reference: free it. */
int ss_msg_release(struct ss_msg *m);

/*
 * ss_frame_put - the header of an unmasked, unfragmented WebSocket frame of
 * len bytes: 2, 4 or 10 bytes.                        RFC 6455, 5.2
 */
size_t ss_frame_put(
    uint8_t out[static SS_FRAME_HEAD_MAX], uint8_t opcode, size_t len);

/* ss_msg_frame - the whole frame, made at the first call. */
const uint8_t *ss_msg_frame(struct ss_msg *m, size_t *len);

/* The routing header in front of the records.      docs/protocol.md, 11.3 */
enum ss_route_kind {
	SS_ROUTE_DELIVER = 1,
	SS_ROUTE_ROOM = 2,
};

struct ss_route {
	uint8_t kind;
	char name[SS_NAME_MAX + 1];
	uint8_t id[SS_MSG_ID_BYTES];
	uint64_t row;
	size_t records; /* where they start in the payload */
};

/*
 * ss_route_get - read it.
 *
 * SS_OK; SS_ERR_TRUNCATED; SS_ERR_FORMAT if the kind or the name is not
 * allowed.
 */
SS_CHECKED enum ss_err ss_route_get(
    struct ss_route *r, const uint8_t *in, size_t len);

/* ss_route_put - SS_ROUTE_BYTES(strlen(name)) bytes. */
size_t ss_route_put(uint8_t out[static SS_ROUTE_MAX], const struct ss_route *r);

/* ss_msg_route - the same in front of m's payload, which is records only. */
void ss_msg_route(struct ss_msg *m, const struct ss_route *r);

/*
 * ss_records_check - whole records from in to in + len and nothing else.
 * The relay can read no more of them than this.
 *
 *   types  out  how many of each type were seen, by number
 *   family out  of the last handshake or introducer record; 0 if none came
 *
 * SS_OK; SS_ERR_EMPTY; SS_ERR_TRUNCATED; the errors of ss_header_get.
 */
#define SS_TYPES (SS_QKD + 1) /* enum ss_type, from 0 */
SS_CHECKED enum ss_err ss_records_check(unsigned types[static SS_TYPES],
    uint8_t *family, const uint8_t *in, size_t len);

#endif
