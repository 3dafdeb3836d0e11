/* SPDX-License-Identifier: ISC */
#ifndef SS_RECEIVER_H
#define SS_RECEIVER_H

#include "../proto/stream.h"
#include "../proto/wrap.h"
#include "sessionfile.h"

/*
 * Where the epochs that ss-open empties come from: a session, or a secret key.
 * What is opened and how is the same for both.
 *
 * A session also has the steps of the ratchet that were taken in memory since
 * its file last heard of them.  A key remembers nothing.
 */
struct ss_receiver_kind;

struct ss_receipt {
	struct ss_ratchet_header header;
	uint8_t fresh[32];
};

struct ss_receiver {
	const struct ss_receiver_kind *kind;
	struct ss_stream st;
	int dirty; /* something was delivered since the last commit */
	/* a session */
	struct ss_sessionfile file; /* file.s is ahead of the disk */
	struct ss_ratchet *work;    /* scratch; owned, in secret memory */
	struct ss_receipt *pending; /* owned, in the order of arrival */
	size_t npending, room;
	size_t whole; /* of them belong to streams that are complete */
	/* a secret key */
	struct ss_wrap_end end;
	struct ss_identity *self;   /* owned, in secret memory */
	struct ss_public from;
	int warned;                 /* that nobody is authenticated */
};

struct ss_news {
	int broken;   /* the last stream was given up */
	uint32_t gap; /* epochs that are missing before this one */
	const char *hint; /* after an error: a remedy, or NULL */
};

/* The only receiver of this session; goes on in a stream of lines. */
void xreceiver_session(struct ss_receiver *r, const char *path,
    const struct ss_trace *trace);

/* What is for our key, and from whom `from` (NULL: from anybody) says. */
void xreceiver_wrap(struct ss_receiver *r, const char *key, const char *from,
    int passphrase_fd, const struct ss_trace *trace);

void xreceiver_close(struct ss_receiver *r);

/*
 * ss_receiver_introduce - the next epoch, in memory only.
 * SS_OK; the errors of ss_session_receive or ss_wrap_receive, and of
 * ss_stream_introduce, and then r is as before.
 */
SS_CHECKED enum ss_err ss_receiver_introduce(struct ss_receiver *r,
    struct ss_introducer *i, struct ss_news *news, const uint8_t *rec,
    size_t len);

/* 1 if this is the introducer of the epoch that is under way. */
int ss_receiver_again(
    const struct ss_receiver *r, const uint8_t *rec, size_t len);

/* The stream under way is complete. */
void ss_receiver_whole(struct ss_receiver *r);

/* As if the epochs since the last complete stream had not come: they can come
 * again.  Only xreceiver_commit and _close may follow. */
void ss_receiver_give_up(struct ss_receiver *r);

/*
 * xreceiver_commit - what was delivered is remembered: take the same steps on
 * the session file as it is now (a sender may have moved it on) and note how
 * far a stream of lines came.
 */
void xreceiver_commit(struct ss_receiver *r);

/* The two of them. */
struct ss_receiver_kind {
	/* in a stream of lines that is cut, what whoever asks can do */
	const char *cut;
	enum ss_err (*introduce)(struct ss_receiver *r,
	    struct ss_introducer *i, struct ss_news *news, const uint8_t *rec,
	    size_t len);
	void (*whole)(struct ss_receiver *r);
	void (*give_up)(struct ss_receiver *r);
	void (*commit)(struct ss_receiver *r);
	void (*close)(struct ss_receiver *r);
};

#endif
