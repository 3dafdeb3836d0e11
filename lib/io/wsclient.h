/* SPDX-License-Identifier: ISC */
#ifndef SS_WSCLIENT_H
#define SS_WSCLIENT_H

#include "../proto/identity.h"
#include "../proto/msg.h"

#include <openssl/ssl.h>

/*
 * The client's end of a WebSocket, on a poll loop of the caller's: it never
 * blocks after it is open, and stdin stays the caller's own business.  Only
 * what a relay speaks: TLS 1.3, one subprotocol, whole frames, no extensions.
 */
#define SS_WS_HEAD_MAX (2 + 8 + 4) /* with the mask; RFC 6455, 5.2 */
#define SS_WS_BUFFER   (2 * (SS_WS_HEAD_MAX + SS_MSG_BINARY_MAX))

struct ss_ws {
	int fd, tls;
	SSL_CTX *ctx;
	SSL *ssl;               /* NULL over ws:// */
	char origin[300];       /* the URL that was dialled: scheme, host,
	                         * port and a slash */
	uint8_t exporter[32];   /* RFC 9266, over TLS */
	uint8_t *in, *out;      /* owned, SS_WS_BUFFER bytes each */
	size_t in_at, in_len, out_at, out_len;
	int want_write;         /* TLS cannot read before it has written */
	int more;               /* in is full: read again before poll */
	int ended;              /* closed by the relay */
	uint16_t code;          /* of its close frame, or 0 */
};

struct ss_ws_dial {
	const char *url, *subprotocol;
	const char *pin;    /* NULL: the certificate is verified with a CA */
	const char *ca;     /* PEM file; NULL: those of the system */
	const char *keylog; /* or NULL */
	int timeout_ms;
};

/* xws_dial - connect, verify, upgrade; dies if any of it fails. */
void xws_dial(struct ss_ws *ws, const struct ss_ws_dial *d);
void ss_ws_free(struct ss_ws *ws);

/* What to poll fd for. */
short ss_ws_events(const struct ss_ws *ws);

/* ss_ws_pump - read and write what can be.  SS_OK; SS_ERR_NETWORK if the
 * connection is lost. */
SS_CHECKED enum ss_err ss_ws_pump(struct ss_ws *ws);

/* A whole message, valid until the next call of anything here. */
struct ss_ws_message {
	uint8_t opcode; /* SS_WS_TEXT or SS_WS_BINARY */
	const uint8_t *at;
	size_t len;
};
/* 1 and a message; 0: none yet; -1: not WebSocket.  Pings are answered. */
int ss_ws_next(struct ss_ws *ws, struct ss_ws_message *m);

/* ss_ws_room - 1 if a message of len bytes can be queued now. */
int ss_ws_room(const struct ss_ws *ws, size_t len);
/* ss_ws_send - queue a message, in two parts (the second may be empty). */
void ss_ws_send(struct ss_ws *ws, uint8_t opcode, const void *a, size_t alen,
    const void *b, size_t blen);
void ss_ws_text(struct ss_ws *ws, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What the relay says about itself and us. */
struct ss_ws_welcome {
	unsigned window; /* messages without an answer */
	int first;       /* the name was registered just now */
};
/*
 * xws_login - prove who we are.  Dies: SS_ERR_LOGIN if refused,
 * SS_ERR_NETWORK, SS_ERR_FORMAT if this is no relay.
 */
void xws_login(struct ss_ws *ws, struct ss_ws_welcome *w,
    const struct ss_identity *id, int timeout_ms);

/* Wait until the socket is ready for events or the time is up: 1, or 0. */
int ss_ws_wait(const struct ss_ws *ws, short events, int64_t deadline_ms);
int64_t ss_ws_clock(void); /* milliseconds that never go back */

#endif
