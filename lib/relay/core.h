/* SPDX-License-Identifier: ISC */
#ifndef SS_CORE_H
#define SS_CORE_H

#include "../proto/login.h"
#include "store.h"

/*
 * The relay as a function: (state, event, now) -> actions.  No network, disk,
 * clock or randomness is in here, so that a test can drive it through any
 * schedule.  Feed an event, then carry out the actions until there are none.
 * now_ms never goes back and has no date: when somebody sets the clock of the
 * machine, nobody may be cut off, and no timer may stand still.
 *
 * Mail: whatever the core accepts goes to the store first.  After the commit
 * the sender gets its answer, and the message goes at once to those of the
 * recipient's connections that have read their mailbox to its end; a
 * connection that falls behind reads the mailbox again when it has room.  So
 * live delivery is only a short cut, and rows leave by the owner's ACK alone.
 */
enum ss_event_kind {
	SS_EV_OPEN = 1, /* a WebSocket was opened; opening */
	SS_EV_TEXT,     /* msg, borrowed */
	SS_EV_BINARY,   /* msg, given away */
	SS_EV_ALIVE,    /* a pong */
	SS_EV_SENT,     /* n bytes of payload left the queue */
	SS_EV_CLOSED,   /* the connection is gone */
	SS_EV_STORED,   /* op came back from the store */
	SS_EV_TICK,     /* at least once in a second */
	SS_EV_STOP,     /* finish */
};

struct ss_opening {
	uint8_t challenge[SS_CHALLENGE_BYTES]; /* fresh */
	uint8_t exporter[32];                  /* RFC 9266, over TLS */
	int tls;
	const char *address; /* of the peer, for the audit log */
};

struct ss_event {
	enum ss_event_kind kind;
	uint64_t conn; /* any number but 0; low 32 bits below max_conns */
	struct ss_msg *msg;
	const struct ss_opening *opening;
	struct ss_op *op;
	size_t n;
};

/* What the server could learn: one line of the audit log. */
struct ss_audit {
	const char *what; /* "open", "login", "send", ... */
	char name[SS_NAME_MAX + 1], peer[SS_NAME_MAX + 1];
	char detail[64];  /* from a fixed vocabulary, or an address */
	size_t bytes;     /* 0: none */
	unsigned types[SS_TYPES];
	uint8_t family;
};

/* ss_audit_line - it as JSON and a newline; its length, 0 if too long. */
#define SS_AUDIT_LINE_MAX 1024
size_t ss_audit_line(
    char *out, size_t size, const struct ss_audit *a, const char *time);

enum ss_action_kind {
	SS_ACT_SEND = 1, /* msg, given away */
	SS_ACT_PING,
	SS_ACT_CLOSE, /* after what is queued; code (RFC 6455, 7.4) */
	SS_ACT_STORE, /* op, given away; its now_ms is to be filled in */
	SS_ACT_AUDIT,
};

struct ss_action {
	enum ss_action_kind kind;
	uint64_t conn;
	struct ss_msg *msg;
	struct ss_op *op;
	uint16_t code;
	struct ss_audit audit;
};

struct ss_relay_config {
	const char *name;           /* signed at login */
	const char *const *origins; /* own URLs, NULL at the end */
	int allow_origin;           /* take `origin` logins */
	int lab;                    /* take lab keys, and no others */
	uint32_t max_conns;
	uint64_t window;            /* unanswered messages of one sender */
	uint64_t queue_bytes, queue_msgs; /* per connection */
	uint64_t budget;            /* bytes of messages held in memory */
	struct ss_mailbox_limits mailbox;
	int64_t login_ms, ping_ms, dead_ms, hold_ms;
	uint8_t hash_key[16];       /* random */
};
/* the defaults of docs/protocol.md, 11.6; name, origins, key stay empty */
void ss_relay_defaults(struct ss_relay_config *c);

/* Counters for /metrics; SS_RELAY_COUNTERS names them in this order. */
struct ss_relay_counters {
	uint64_t connections, logins, logins_refused, users, accepted,
	    accepted_bytes, delivered, delivered_bytes, acknowledged,
	    refused, held, pending, expired;
};
extern const char *const ss_relay_counter_names[];

struct ss_relay;
/* NULL without memory; config is copied, what it points to is not. */
struct ss_relay *ss_relay_new(const struct ss_relay_config *config);
void ss_relay_free(struct ss_relay *r);
void ss_relay_event(
    struct ss_relay *r, const struct ss_event *ev, int64_t now_ms);
/* 1 and an action, or 0 */
int ss_relay_action(struct ss_relay *r, struct ss_action *out);
const struct ss_relay_counters *ss_relay_counters(const struct ss_relay *r);

#endif
