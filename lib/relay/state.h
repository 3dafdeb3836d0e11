/* SPDX-License-Identifier: ISC */
#ifndef SS_STATE_H
#define SS_STATE_H

#include "core.h"

/* The inside of the relay's core, shared by its three files. */

enum ss_phase {
	SS_PHASE_HELLO = 1, /* our challenge is out */
	SS_PHASE_REGISTER,  /* the client said who it is */
	SS_PHASE_BINDING,   /* its signature holds; the store is asked */
	SS_PHASE_IN,
	SS_PHASE_CLOSING,
};

struct ss_session {
	uint64_t conn;
	enum ss_phase phase;
	uint8_t challenge[SS_CHALLENGE_BYTES], exporter[32];
	int tls;
	struct ss_public pub;
	struct ss_presence *presence;
	struct ss_session *same; /* next connection of the same name */

	uint64_t inflight;             /* messages without an answer */
	unsigned asked;                /* other requests without one */
	uint64_t queued, queued_msgs;  /* given to the transport */

	/* reading the mailbox */
	int receiving;
	char from[SS_NAME_MAX + 1];    /* empty: anybody's */
	uint64_t cursor;               /* last row sent */
	uint64_t credit;               /* messages that the client wants */
	int live;                      /* it has read to the end */
	int fetching;                  /* a FETCH is on its way */
	int told;                      /* `empty` was said */
	char request[SS_REQUEST_ID_MAX];

	int64_t heard_ms, opened_ms;
	int pinged;
	struct ss_session *next, **link; /* in the timer wheel */
};

/* A name with connections, or with mail held back: the wake list. */
struct ss_presence {
	struct ss_presence *next; /* in its hash bucket */
	char name[SS_NAME_MAX + 1];
	struct ss_session *sessions;
	struct ss_op *held, **held_end;
	struct ss_presence *next_held, **link_held;
	uint64_t count, bytes; /* of the mailbox, as last heard */
	int64_t progress_ms;   /* last ACK */
};

#define SS_WHEEL 128 /* slots of one second */
#define SS_ASKED 1024 /* requests of one connection without an answer */

struct ss_relay {
	struct ss_relay_config config;
	struct ss_session **sessions; /* by the low half of conn */
	struct ss_presence **presence;
	size_t nbuckets;
	struct ss_presence *held;
	struct ss_session *wheel[SS_WHEEL];
	int64_t turned_s; /* the wheel stands here */
	int64_t now_ms, expired_ms;
	uint64_t memory; /* of accepted messages without an answer */
	struct ss_action *actions;
	size_t at, nactions, maxactions;
	struct ss_relay_counters counters;
	int stopping, told_stop;
};

/* core.c */
struct ss_session *ss_session_of(struct ss_relay *r, uint64_t conn);
struct ss_presence *ss_presence_find(struct ss_relay *r, const char *name);
int ss_presence_enter(struct ss_relay *r, struct ss_session *s);
void ss_presence_prune(struct ss_relay *r, struct ss_presence *p);
struct ss_action *ss_act(
    struct ss_relay *r, enum ss_action_kind kind, uint64_t conn);
void ss_send(struct ss_relay *r, struct ss_session *s, struct ss_msg *m);
/* JSON text from a format whose arguments are all harmless */
void ss_say(struct ss_relay *r, struct ss_session *s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void ss_close(struct ss_relay *r, struct ss_session *s, uint16_t code);
/* what ss_say does with a message that is ready */
void ss_reply(struct ss_relay *r, struct ss_session *s, struct ss_msg *m);
void ss_submit(struct ss_relay *r, struct ss_op *op);
/* a request of s itself, with the id that its answer repeats */
void ss_ask(struct ss_relay *r, struct ss_session *s, struct ss_op *op,
    const char *request);
struct ss_audit *ss_audit(
    struct ss_relay *r, const char *what, const char *name);

/* control.c: text messages */
void ss_control(struct ss_relay *r, struct ss_session *s,
    const struct ss_msg *m);
void ss_control_hello(struct ss_relay *r, struct ss_session *s);
void ss_control_stored(struct ss_relay *r, struct ss_op *op);
#define SS_TEXT_LOGIN "wrong name, key or signature"
void ss_control_error(struct ss_relay *r, struct ss_session *s,
    const char *code, const char *text, const char *request);

/* mail.c: records */
void ss_mail_in(struct ss_relay *r, struct ss_session *s, struct ss_msg *m);
void ss_mail_stored(struct ss_relay *r, struct ss_op *op);
void ss_mail_pump(struct ss_relay *r, struct ss_session *s);
void ss_mail_left(struct ss_relay *r, struct ss_presence *p);
void ss_mail_tick(struct ss_relay *r);

#endif
