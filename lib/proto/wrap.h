/* SPDX-License-Identifier: ISC */
#ifndef SS_WRAP_H
#define SS_WRAP_H

#include "epoch.h"

/*
 * WRAP epochs: to the owner of a public key, without a session.  One stream
 * is one epoch.  Nothing is remembered between streams, so whoever sends a
 * whole stream a second time is believed a second time.
 *                                                  docs/protocol.md, 6.2
 */
#define SS_WRAP_ENTROPY 64

/* One end.  Pointers stay the caller's; the rest begins as zero and
 * ss_wrap_wipe ends it. */
struct ss_wrap_end {
	const struct ss_identity *self; /* sender: NULL, anonymous */
	const struct ss_public *peer;   /* receiver: NULL, anonymous only */
	uint8_t aead;                   /* sender: of the data records */
	const struct ss_lab *lab;       /* NULL outside the lab */
	const struct ss_trace *trace;   /* NULL: silent */
	/* the families' */
	struct ss_rsa rsa;              /* the recipient's, once it is used */
	uint8_t wrapped[SS_RSA_BYTES_MAX], signature[SS_SIGN_BYTES];
};

/* struct ss_wrap - a row for each way to wrap: a file wrap_NAME.c, a code, a
 * layout in the wire table, and a line in wrap.c. */
struct ss_wrap {
	uint8_t code;     /* enum ss_introducer_family */
	const char *name; /* as commands say it */
	int each;         /* with --lines every message has its own epoch */
	/* why this sender cannot send so to this peer; NULL: it can */
	const char *(*check)(const struct ss_wrap_end *w);
	/* a fresh secret, and the fields of i that bring it to the peer */
	enum ss_err (*make)(uint8_t secret[static 32],
	    struct ss_introducer *i, const struct ss_epoch_context *c,
	    const uint8_t entropy[static SS_WRAP_ENTROPY],
	    struct ss_wrap_end *w);
	/* i->signature over the record that i makes; NULL: has none */
	enum ss_err (*sign)(struct ss_introducer *i, const struct ss_epoch *e,
	    const struct ss_epoch_context *c, struct ss_wrap_end *w);
	/* the secret of an introducer that came */
	enum ss_err (*take)(uint8_t secret[static 32],
	    const struct ss_introducer *i, const struct ss_epoch_context *c,
	    const uint8_t *rec, struct ss_wrap_end *w);
};
extern const struct ss_wrap *const ss_wraps[]; /* NULL ends */
const struct ss_wrap *ss_wrap_find(const char *name);
const struct ss_wrap *ss_wrap_of(uint8_t code);

/*
 * ss_wrap_send - the epoch of a new stream.
 *
 *   e        in/out  the epoch (zeroed before its first use)
 *   i        out     all but flags; epoch_id and mac are set by _put
 *   salt     in      32 random bytes, fresh for each epoch
 *   entropy  in      as many random bytes, for this epoch only
 *
 * SS_OK; SS_ERR_LOWORDER; SS_ERR_KEY if the peer's RSA key cannot be used;
 * SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_wrap_send(struct ss_epoch *e,
    struct ss_introducer *i, const struct ss_wrap *family,
    const uint8_t salt[static SS_SALT_BYTES],
    const uint8_t entropy[static SS_WRAP_ENTROPY], struct ss_wrap_end *w);

/* ss_wrap_put - as ss_introducer_put, with the sender's signature if there is
 * one. */
SS_CHECKED enum ss_err ss_wrap_put(struct ss_buf *b, struct ss_introducer *i,
    const struct ss_epoch *e, struct ss_wrap_end *w);

/*
 * ss_wrap_receive - check an introducer and take its epoch's key.
 *
 *   e  in/out  opened only with SS_OK (zeroed before its first use)
 *   i  out     as in the record
 *
 * SS_OK; SS_ERR_LAB; SS_ERR_ORDER for a data record; SS_ERR_FORMAT;
 * SS_ERR_SUITE without the LAB bit in the lab; SS_ERR_FOREIGN if it is of a
 * session, for somebody else, or not from the peer; SS_ERR_PEER if it names a
 * sender and no peer is known; SS_ERR_CHAIN if it does not begin a stream;
 * SS_ERR_LENGTH for a wrapped key that is not as long as our modulus;
 * SS_ERR_LOWORDER; SS_ERR_AUTH for all
 * other failures, of unwrapping, signature and MAC.
 */
SS_CHECKED enum ss_err ss_wrap_receive(struct ss_epoch *e,
    struct ss_introducer *i, const uint8_t *rec, size_t len,
    struct ss_wrap_end *w);

/* ss_wrap_wipe - erase, and free what was made; NULL is fine. */
void ss_wrap_wipe(struct ss_wrap_end *w);

/* The rows. */
extern const struct ss_wrap ss_wrap_hpke, ss_wrap_rsa;

/* For the rows: label || version || aead || mode || length of profile ||
 * profile || both fingerprints, which binds them to whatever takes it in. */
#define SS_WRAP_BOUND_MAX 192
size_t ss_wrap_bound(uint8_t out[static SS_WRAP_BOUND_MAX], const char *label,
    const struct ss_epoch_context *c);

#endif
