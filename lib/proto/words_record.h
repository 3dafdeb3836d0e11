/* SPDX-License-Identifier: ISC */
#ifndef SS_WORDS_RECORD_H
#define SS_WORDS_RECORD_H

#include "wire.h"

/*
 * A record in words, for all who explain one: the rows of ss-explain and the
 * comments in a capture say the same, since both say it from here.
 */

/*
 * ss_words_value - the value of one field in words: a number, a name, flags,
 * whose identity; "" where only its bytes say what it is.
 *
 * 1 if such a value cannot be; 0.
 */
#define SS_WORDS_VALUE 192
int ss_words_value(char out[static SS_WORDS_VALUE], const struct ss_layout *l,
    const struct ss_span *span, const uint8_t *rec);

/*
 * ss_words_walk - as ss_wire_walk, but a handshake's message in the fields
 * that its family knows, where it can be walked.
 */
SS_CHECKED enum ss_err ss_words_walk(
    struct ss_span spans[static SS_SPANS_MAX], size_t *n, const uint8_t *rec,
    size_t len);

/*
 * ss_words_record - one whole record in one paragraph: what it is, the
 * sentence of ss-explain, then each field with its value.
 *
 *   b  in/out  appended to; SS_WORDS_RECORD bytes are enough
 */
#define SS_WORDS_RECORD 2048
void ss_words_record(struct ss_buf *b, const uint8_t *rec, size_t len);

/* What is said of every record with the LAB bit. */
extern const char ss_words_lab[];

#endif
