/* SPDX-License-Identifier: ISC */
#ifndef SS_KEYLOG_H
#define SS_KEYLOG_H

#include "epoch.h"

/*
 * One epoch in the key log, a line of text (docs/protocol.md, 10):
 *
 *   SECRETSOCKET_EPOCH <epoch id> <family> <aead> <epoch key> <sender>
 *       <audience>
 *
 * all in lower-case hex but family ("ratchet") and aead ("chachapoly").
 */
struct ss_keylog {
	uint8_t id[SS_EPOCH_ID_BYTES];
	uint8_t family, aead;
	uint8_t key[SS_EPOCH_KEY_BYTES];
	uint8_t sender[SS_ID_BYTES], audience[SS_ID_BYTES];
};

#define SS_KEYLOG_LINE_MAX 256
#define SS_KEYLOG_WORD     "SECRETSOCKET_EPOCH"
/* the first line of a key log says what its reader can read */
extern const char ss_keylog_notice[];

/* ss_keylog_put - the line with its newline; returns its length. */
size_t ss_keylog_put(
    char out[static SS_KEYLOG_LINE_MAX], const struct ss_keylog *k);

/*
 * ss_keylog_get - read one line (with or without newline).
 *
 * SS_OK; SS_ERR_EMPTY if the line is not one of ours (a comment, a TLS
 * secret); SS_ERR_FORMAT if it is and is damaged, or the epoch id does not
 * come from the epoch key.
 */
SS_CHECKED enum ss_err ss_keylog_get(
    struct ss_keylog *k, const char *line, size_t len);

#endif
