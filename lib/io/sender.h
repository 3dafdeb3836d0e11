/* SPDX-License-Identifier: ISC */
#ifndef SS_SENDER_H
#define SS_SENDER_H

#include "../proto/stream.h"
#include "../proto/wrap.h"
#include "sessionfile.h"

/*
 * Where the epochs that ss-seal fills come from: a session, or a public key.
 * What is sealed and how is the same for both.
 */
struct ss_sender_kind;

struct ss_sender {
	const struct ss_sender_kind *kind;
	const char *path;           /* the session, or the recipient's key */
	struct ss_stream st;
	int each;                   /* a line is a stream of its own */
	/* a session */
	struct ss_sessionfile file;
	/* a public key */
	const struct ss_wrap *wrap;
	struct ss_wrap_end end;
	struct ss_identity *self;   /* ours, or NULL; in secret memory */
	struct ss_public to;
};

/* One of these begins it; both die with the reason if they cannot. */
void xsender_session(struct ss_sender *s, const char *path,
    const struct ss_trace *trace);

/* What the command line says of a public key. */
struct ss_sender_to {
	const char *to, *from, *sign, *wrap, *aead; /* NULL: not given */
	int passphrase_fd;
};
void xsender_wrap(struct ss_sender *s, const struct ss_sender_to *o,
    const struct ss_trace *trace);

/*
 * xsender_epoch - the stream's next epoch, or a stream's first: s->st is ready
 * to seal, and its introducer is appended to b.  Whatever must be remembered
 * is on disk when this returns.
 */
void xsender_epoch(struct ss_sender *s, struct ss_introducer *i,
    struct ss_buf *b, int lines);

void xsender_close(struct ss_sender *s);

/* The two of them. */
struct ss_sender_kind {
	const char *what; /* for messages, before the path */
	/* the epoch, and all of i but flags, prev_id and prev_records */
	enum ss_err (*step)(struct ss_sender *s, struct ss_introducer *i,
	    const uint8_t salt[static SS_SALT_BYTES]);
	enum ss_err (*put)(
	    struct ss_buf *b, struct ss_introducer *i, struct ss_sender *s);
	void (*close)(struct ss_sender *s);
};

#endif
