/* SPDX-License-Identifier: ISC */
#ifndef SS_WSSERVER_H
#define SS_WSSERVER_H

#include "../proto/msg.h"

/*
 * A WebSocket server on libwebsockets, reduced to what a relay needs: whole
 * messages in, whole messages out, gathered into few writes.  All callbacks
 * come from the thread of ss_server_run.
 */
struct ss_server;

struct ss_server_peer {
	uint64_t conn; /* never 0; its low 32 bits are below max_conns */
	int tls;
	uint8_t exporter[32];
	char address[64];
};

struct ss_server_handler {
	void (*open)(void *arg, const struct ss_server_peer *peer);
	void (*text)(void *arg, uint64_t conn, struct ss_msg *m);
	void (*binary)(void *arg, uint64_t conn, struct ss_msg *m); /* given */
	void (*alive)(void *arg, uint64_t conn); /* pong */
	void (*sent)(void *arg, uint64_t conn, size_t payload);
	void (*closed)(void *arg, uint64_t conn);
	void (*tick)(void *arg);           /* four times a second */
	void (*woken)(void *arg);          /* after ss_server_wake */
	/* body of a plain GET into out; -1: there is no such page */
	int (*page)(void *arg, const char *path, char *out, size_t size);
};

struct ss_server_config {
	const char *const *listen; /* "127.0.0.1:8443", "[::1]:0", NULL */
	const char *subprotocol;
	const char *cert, *key; /* PEM files; NULL: no TLS */
	const char *keylog;     /* or NULL */
	uint32_t max_conns, per_address;
	unsigned http_timeout_s; /* for TLS and the upgrade */
	size_t max_text, max_binary;
	const struct ss_server_handler *handler;
	void *arg;
};

/*
 * xserver_new - listening, but nobody is accepted before ss_server_run.
 * max_conns is lowered to what the descriptor limit allows.
 */
struct ss_server *xserver_new(struct ss_server_config *config);
unsigned ss_server_port(const struct ss_server *s, size_t which);
const char *ss_server_loop(const struct ss_server *s); /* "libuv", "poll" */

/* until ss_server_finish was called and the last connection is gone, or
 * two more seconds have passed */
void ss_server_run(struct ss_server *s);
void ss_server_finish(struct ss_server *s); /* accept nobody any more */
void ss_server_free(struct ss_server *s);

int64_t ss_server_now(void); /* milliseconds that never go back */

/* from any thread or signal handler */
void ss_server_wake(struct ss_server *s);

/* m is given away.  A connection that is gone takes it without a word. */
void ss_server_send(struct ss_server *s, uint64_t conn, struct ss_msg *m);
void ss_server_ping(struct ss_server *s, uint64_t conn);
void ss_server_close(struct ss_server *s, uint64_t conn, uint16_t code);

#endif
