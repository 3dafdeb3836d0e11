/* SPDX-License-Identifier: ISC */
#ifndef SS_STORE_H
#define SS_STORE_H

#include "../proto/msg.h"

/* ss_msg_new - a message in memory of its own; NULL without any. */
struct ss_msg *ss_msg_new(uint8_t opcode, size_t max);
void ss_msg_drop(struct ss_msg *m); /* NULL is fine */

/*
 * What the relay must not forget: identities and mail.  The core submits an
 * operation and gets it back, with its result, only after it is on the disk;
 * operations are carried out, and come back, in the order of their
 * submission.
 */
enum ss_op_kind {
	SS_OP_BIND = 1, /* name and public line; the first one stays */
	SS_OP_LOOKUP,   /* name -> public line */
	SS_OP_PUT,      /* records from `other` into name's mailbox */
	SS_OP_FETCH,    /* mail of name behind row, from `other` or anybody */
	SS_OP_ACK,      /* forget these rows of name's mailbox */
	SS_OP_EXPIRE,   /* forget mail that is too old */
};

enum ss_op_result {
	SS_OP_OK = 0,
	SS_OP_FIRST,   /* BIND: the name was free */
	SS_OP_REFUSED, /* BIND: the name has another key */
	SS_OP_UNKNOWN, /* LOOKUP, PUT: nobody registered the name */
	SS_OP_KNOWN,   /* PUT: this message id came before; row is its row */
	SS_OP_FULL,    /* PUT */
	SS_OP_FAILED,  /* the engine failed: nothing was done */
};

/* One stored message; FETCH returns a list in the order of rows. */
struct ss_mail {
	struct ss_mail *next;
	uint64_t row;
	char sender[SS_NAME_MAX + 1];
	uint8_t id[SS_MSG_ID_BYTES];
	struct ss_msg *msg; /* records only */
};

/* Limits of one mailbox. */
struct ss_mailbox_limits {
	uint64_t count, bytes;
	int64_t age_ms;
};

#define SS_REQUEST_ID_MAX 80

struct ss_op {
	struct ss_op *next;
	enum ss_op_kind kind;
	enum ss_op_result result; /* out */

	/* for the core alone */
	uint64_t conn;
	char request[SS_REQUEST_ID_MAX];
	int64_t held_ms;

	char name[SS_NAME_MAX + 1], other[SS_NAME_MAX + 1];
	char public[SS_PUBLIC_TEXT_MAX + 1]; /* BIND in, LOOKUP out */
	uint8_t id[SS_MSG_ID_BYTES];         /* PUT */
	struct ss_msg *msg;                  /* PUT: records only */
	uint64_t row;         /* FETCH: behind this one.  PUT: out */
	uint64_t max, maxlen; /* FETCH: messages, and bytes to stop at */
	struct ss_mail *mail; /* FETCH: out */
	int all;              /* FETCH: out, 1 if nothing is left behind it */
	uint64_t *rows;       /* ACK: owned */
	size_t nrows;
	int64_t now_ms;       /* BIND, PUT, EXPIRE: the date */
	uint64_t count, bytes; /* PUT, ACK: out, of the mailbox afterwards */
};

/* ss_op_new - zeroed; NULL without memory.  ss_op_free - with all it owns. */
struct ss_op *ss_op_new(enum ss_op_kind kind);
void ss_op_free(struct ss_op *op);

/*
 * struct ss_store - a backend.  run() carries out one operation inside the
 * transaction between begin() and commit(); commit() returns only when the
 * disk has it.  After a failed commit none of its operations happened; a
 * commit fails whenever the engine failed in one of them.
 * begin and commit: 0, or -1.
 */
struct ss_store {
	int (*begin)(struct ss_store *s);
	void (*run)(struct ss_store *s, struct ss_op *op);
	int (*commit)(struct ss_store *s);
	void (*close)(struct ss_store *s);
	const char *(*trouble)(struct ss_store *s); /* last error, as text */
};

/*
 * ss_store_sqlite - the embedded backend: one file.
 *
 * NULL, and *trouble says why in static or leaked words.
 */
struct ss_store *ss_store_sqlite(const char *path,
    const struct ss_mailbox_limits *limits, const char **trouble);

/* ss_store_batch - a list of operations as one transaction. */
void ss_store_batch(struct ss_store *s, struct ss_op *list);

/*
 * struct ss_writer - a thread that owns a store, so that the loop never waits
 * for a disk.  While one transaction is being written, the operations that
 * arrive form the next one: the busier the relay, the larger its batches.
 *
 *   wake  called from the thread whenever finished operations wait
 */
struct ss_writer;
struct ss_writer *ss_writer_start(
    struct ss_store *s, void (*wake)(void *), void *arg);
void ss_writer_submit(struct ss_writer *w, struct ss_op *op);
/* finished operations in order, or NULL */
struct ss_op *ss_writer_take(struct ss_writer *w);
/* finish what was submitted, end the thread, free the writer */
void ss_writer_stop(struct ss_writer *w);

#endif
