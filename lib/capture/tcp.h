/* SPDX-License-Identifier: ISC */
#ifndef SS_TCP_H
#define SS_TCP_H

#include "net.h"

/*
 * TCP reassembly: segments in the order of the capture become two byte
 * streams.  What is missing is waited for, within bounds, then reported.
 * Of bytes that came twice the first copy counts; if the second differs,
 * somebody may be injecting, and that is reported too.     RFC 9293, 3.4
 */
#define SS_TCP_QUEUE_MAX   (4 << 20)  /* bytes held for one direction */
#define SS_TCP_QUEUES_MAX  (64 << 20) /* for all */
#define SS_TCP_HISTORY     32768      /* bytes compared with later copies */
#define SS_TCP_WINDOW      (1 << 27)  /* further ahead is no part of it */
#define SS_TCP_PATIENCE_NS 1000000000 /* for bytes that the peer did get */
#define SS_TCP_CONNS_MAX   16384      /* then the least recent is dropped */

struct ss_tcp_piece { /* waits for bytes before it */
	struct ss_tcp_piece *next;
	int64_t ns;
	uint32_t seq;
	size_t len;
	uint8_t bytes[];
};

struct ss_tcp_half {
	uint32_t next;   /* sequence number of the next byte upwards */
	uint32_t acked;  /* the peer has everything before this */
	uint32_t fin;    /* sequence number of the FIN */
	uint8_t known, has_acked, has_fin, finished;
	uint8_t strayed; /* that bytes were passed over has been said */
	struct ss_tcp_piece *queue; /* in order, without overlap */
	size_t queued;
	int64_t waiting; /* since when the queue is not empty */
	uint8_t *history; /* ring of SS_TCP_HISTORY, or NULL */
	size_t remembered;
	uint64_t bytes, missing;
};

struct ss_tcp_conn {
	struct ss_end end[2]; /* client, server, as far as one can tell */
	struct ss_tcp_half half[2]; /* [0]: sent by end[0] */
	int64_t first, last;
	uint64_t packets;
	uint32_t isn;   /* of the SYN, if has_isn */
	uint32_t again; /* of another SYN, if has_again: nobody answered it */
	uint8_t has_isn, has_again, closed;
	void *user; /* of the layer above */
	struct ss_tcp_conn *chain, *newer, *older;
};

struct ss_tcp {
	struct ss_tcp_conn **table;
	struct ss_tcp_conn *newest, *oldest;
	size_t count, queued, histories;
	uint8_t hash_key[16]; /* nobody chooses addresses that collide */
	struct ss_notes *notes;
	/* a connection begins; sets c->user */
	void (*open)(void *arg, struct ss_tcp_conn *c);
	void (*data)(void *arg, struct ss_tcp_conn *c, int dir, int64_t ns,
	    const uint8_t *in, size_t len);
	/* n bytes of this direction are not in the capture */
	void (*gap)(void *arg, struct ss_tcp_conn *c, int dir, uint64_t n);
	/* frees c->user */
	void (*close)(void *arg, struct ss_tcp_conn *c);
	void *arg;
};

SS_CHECKED enum ss_err ss_tcp_init(struct ss_tcp *t);
/* SS_OK; SS_ERR_SYSTEM without memory. */
SS_CHECKED enum ss_err ss_tcp_push(
    struct ss_tcp *t, const struct ss_segment *s);
/* The capture is over: hand up what waits, close everything, free. */
void ss_tcp_free(struct ss_tcp *t);

/* tcp_half.c: one direction. */
SS_CHECKED enum ss_err ss_tcp_half_push(struct ss_tcp *t,
    struct ss_tcp_conn *c, int dir, const struct ss_segment *s);
/* Pass over what is missing, if it is lost (or in any case). */
void ss_tcp_half_expire(struct ss_tcp *t, struct ss_tcp_conn *c, int dir,
    int64_t now, int any_case);
/* Once for each half: these bytes have no place. */
void ss_tcp_half_stray(struct ss_tcp *t, struct ss_tcp_conn *c, int dir,
    const char *what);
void ss_tcp_half_free(struct ss_tcp *t, struct ss_tcp_half *h);

#endif
