/* SPDX-License-Identifier: ISC */
#ifndef SS_WSSERVER_IN_H
#define SS_WSSERVER_IN_H

#include "wsserver.h"

#include <libwebsockets.h>
#include <uv.h>

/* The inside of the server, shared by wsserver.c (listening, limits, loop)
 * and wsconn.c (what happens on one connection). */

#define SS_GATHER   65536 /* bytes that one write aims at */
#define SS_LISTEN_MAX 8
#define SS_ADDRESSES 1024 /* buckets */

/* How many connections an address has. */
struct address {
	struct address *next, **link;
	unsigned count;
	char text[64];
};

struct conn {
	struct ss_server *server;
	struct lws *wsi;
	uint64_t id;
	struct address *address;
	int open;        /* the handler knows it */
	int ping;        /* one is to be sent */
	uint16_t code;   /* to close with, after the queue; 0: stay */
	/* on the list of those who must go, or be upgraded, by due_ms */
	int64_t due_ms;
	struct conn *next_due, **link_due;
	struct ss_msg *in; /* being put together */
	unsigned fragments;
	struct ss_msg **queue; /* a ring of qmax, a power of two */
	size_t qat, qlen, qmax;
};

struct ss_server {
	struct ss_server_config config;
	struct lws_context *context;
	struct lws_vhost *vhost;
	uv_loop_t loop;
	int uv;
	int listen[SS_LISTEN_MAX], nlisten;
	int wake[2];
	struct conn **conns; /* by slot, max_conns of them */
	uint32_t *free_slots, nfree;
	uint32_t generation;
	struct conn *adopting, *due;
	struct address *addresses[SS_ADDRESSES];
	lws_sorted_usec_list_t tick;
	int finishing, started;
	int64_t finish_ms;
	uint8_t *gather; /* LWS_PRE + SS_GATHER + one frame */
};

struct conn *ss_conn_new(struct ss_server *s, struct address *a);
void ss_conn_free(struct conn *c);
/* put it on the list, or with due_ms 0 take it off */
void ss_conn_due(struct conn *c, int64_t due_ms);
int ss_conn_callback(struct lws *wsi, enum lws_callback_reasons reason,
    void *user, void *in, size_t len);
void ss_address_leave(struct address *a);

#endif
