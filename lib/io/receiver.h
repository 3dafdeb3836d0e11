/* SPDX-License-Identifier: ISC */
#ifndef SS_RECEIVER_H
#define SS_RECEIVER_H

#include "../proto/stream.h"
#include "sessionfile.h"

/*
 * The receiving half of a session: its stream, and the steps of the ratchet
 * that were taken in memory since the session file last heard of them.
 */
struct ss_receipt {
	struct ss_ratchet_header header;
	uint8_t fresh[32];
};

struct ss_receiver {
	struct ss_sessionfile file; /* file.s is ahead of the disk */
	struct ss_ratchet *work;    /* scratch; owned, in secret memory */
	struct ss_stream st;
	struct ss_receipt *pending; /* owned, in the order of arrival */
	size_t npending, room;
	size_t whole; /* of them belong to streams that are complete */
	int dirty; /* something was delivered since the last commit */
};

struct ss_news {
	int broken;   /* the last stream was given up */
	uint32_t gap; /* epochs that are missing before this one */
};

/* The only receiver of this session; goes on in a stream of lines. */
void xreceiver_open(struct ss_receiver *r, const char *path,
    const struct ss_trace *trace);
void xreceiver_close(struct ss_receiver *r);

/*
 * ss_receiver_introduce - the next epoch, in memory only.
 * SS_OK; the errors of ss_session_receive and ss_stream_introduce, and then
 * r is as before.
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
 * xreceiver_commit - take the same steps on the session file as it is now
 * (a sender may have moved it on) and note how far a stream of lines came.
 */
void xreceiver_commit(struct ss_receiver *r);

#endif
