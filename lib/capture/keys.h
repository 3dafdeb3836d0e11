/* SPDX-License-Identifier: ISC */
#ifndef SS_KEYS_H
#define SS_KEYS_H

#include "../proto/keylog.h"
#include "note.h"

/*
 * What opens a capture: TLS secrets by client random, epoch keys by epoch id.
 * Both come as lines of text, which may stand in one file.
 */
#define SS_RANDOM_BYTES     32
#define SS_TLS_SECRET_MAX   48 /* of SHA-384 */

enum ss_tls_secret {
	SS_CLIENT_HANDSHAKE,
	SS_SERVER_HANDSHAKE,
	SS_CLIENT_TRAFFIC,
	SS_SERVER_TRAFFIC,
	SS_TLS_SECRETS
};

extern const char *const ss_tls_labels[SS_TLS_SECRETS];

struct ss_tls_keys {
	uint8_t random[SS_RANDOM_BYTES];
	uint8_t len[SS_TLS_SECRETS]; /* 32 or 48; 0: not known */
	uint8_t secret[SS_TLS_SECRETS][SS_TLS_SECRET_MAX];
};

#define SS_ROW_TAKEN 1
#define SS_ROW_ASKED 2

struct ss_key_table { /* open addressing, in guarded memory */
	void *rows;
	uint8_t *used; /* 0, SS_ROW_TAKEN, and SS_ROW_ASKED for */
	size_t count, size, width, id_bytes;
	/* SipHash: ids come out of the capture, and nobody is to choose them
	 * so that all fall into one place */
	uint8_t hash_key[16];
};

struct ss_keys {
	struct ss_key_table tls, epochs;
	int no_epochs; /* lines of that kind are passed over */
	struct ss_notes *notes;
};

void ss_keys_init(struct ss_keys *k, struct ss_notes *notes);
void ss_keys_wipe(struct ss_keys *k);

/*
 * ss_keys_text - take every line that is a secret; others are passed over.
 * Returns how many were taken.  A damaged line is noted.
 */
size_t ss_keys_text(struct ss_keys *k, const char *text, size_t len);

/* One epoch key that comes from elsewhere.  SS_OK; SS_ERR_SYSTEM. */
SS_CHECKED enum ss_err ss_keys_add(
    struct ss_keys *k, const struct ss_keylog *log);

/* NULL if not known; the result holds until the next ss_keys_text. */
const struct ss_tls_keys *ss_keys_tls(
    const struct ss_keys *k, const uint8_t random[static SS_RANDOM_BYTES]);
const struct ss_keylog *ss_keys_epoch(
    const struct ss_keys *k, const uint8_t id[static SS_EPOCH_ID_BYTES]);

/*
 * ss_keys_used - the lines of all keys that were asked for so far, sorted, and
 * zeros up to a multiple of 4: what this capture needs, and no more.  How many
 * lines in *n.  sodium_free ends it.  NULL without memory.
 */
char *ss_keys_used(const struct ss_keys *k, size_t *len, size_t *n);

#endif
