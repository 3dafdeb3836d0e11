/* SPDX-License-Identifier: ISC */
#ifndef SS_FLOW_H
#define SS_FLOW_H

#include "http.h"
#include "records.h"
#include "tcp.h"
#include "tls.h"
#include "websocket.h"

/*
 * One connection from TCP upwards.  What it carries is told by its bytes, not
 * by its port: TLS, then or at once the HTTP upgrade and WebSocket messages;
 * or just our records, as of `ss-seal | nc`.
 */
enum ss_carries {
	SS_CARRIES_UNKNOWN,
	SS_CARRIES_HEAD,    /* HTTP, until the empty line */
	SS_CARRIES_FRAMES,  /* WebSocket */
	SS_CARRIES_RECORDS,
	SS_CARRIES_OTHER,   /* nothing that we read */
};

struct ss_side {
	enum ss_carries carries;
	struct ss_hold held; /* a head or record that is not whole */
	struct ss_ws ws;
};

#define SS_FLOW_TEXT 136

struct ss_flow {
	char name[2][SS_FLOW_TEXT]; /* "a:1 -> b:2", for either direction */
	char peer[65];              /* who logged in here, or "" */
	uint8_t peer_id[SS_ID_BYTES], has_id; /* as it says */
	struct ss_side side[2];
	struct ss_tls *tls;         /* owned, or NULL */
	uint8_t client;             /* which side asked for the upgrade */
	uint8_t decided, middle;    /* middle: the SYN was not captured */
	uint8_t websocket, foreign; /* foreign: not our subprotocol */
	uint64_t messages;
	struct ss_records *records;
	struct ss_notes *notes;
	struct ss_pool *pool;
};

/* What all connections share; borrowed. */
struct ss_flow_env {
	struct ss_records *records;
	const struct ss_keys *keys;
	struct ss_notes *notes;
	struct ss_pool *pool;
	uint8_t *scratch; /* SS_TLS_RECORD_MAX bytes */
};

/* NULL without memory. */
struct ss_flow *ss_flow_new(
    const struct ss_tcp_conn *c, const struct ss_flow_env *env);
void ss_flow_data(struct ss_flow *f, int dir, struct ss_when when,
    const uint8_t *in, size_t len);
void ss_flow_gap(struct ss_flow *f, int dir, uint64_t n);
/* 1 if bytes wait for TLS secrets */
int ss_flow_waits(const struct ss_flow *f);
/* Secrets have come. */
void ss_flow_retry(struct ss_flow *f);
/* What it was, in a few words: "TLS 1.3, WebSocket". */
const char *ss_flow_label(const struct ss_flow *f);
void ss_flow_free(struct ss_flow *f);

/* message.c: one WebSocket message. */
void ss_flow_message(void *flow, int dir, struct ss_when when, int opcode,
    const uint8_t *in, size_t len);

#endif
