/* SPDX-License-Identifier: ISC */
#ifndef SS_WORDS_H
#define SS_WORDS_H

#include "err.h"
#include <stddef.h>

/*
 * The longer words for students, beside the wire table and the error codes.
 * Only explainers refer to this file, so that no filter carries it.
 */

/* What there is to say about one field of one layout. */
struct ss_words {
	const char *layout, *field; /* as in the wire table */
	const char *zero;           /* what all zero means, or NULL */
	const char *more;           /* a paragraph */
};

/* ss_words_field - NULL if there is nothing more to say. */
const struct ss_words *ss_words_field(const char *layout, const char *field);

/* ss_words_error - a paragraph: what it means, what to do, what attack it
 * might be.  NULL for an unknown code. */
const char *ss_words_error(enum ss_err e);

/*
 * A line of a "key: value" file.  In `words`, one letter stands for each word
 * of the value: p public, k made with a key, S secret; the last letter also
 * stands for all words that follow.
 */
struct ss_words_line {
	const char *key, *label, *words, *sentence;
};

/* Such a file: its first key names it, and the line "end: KEY" ends it. */
struct ss_words_file {
	const char *key; /* "secretsocket-session" */
	const char *label, *sentence, *spec;
	const struct ss_words_line *lines; /* key NULL ends */
};
extern const struct ss_words_file ss_words_files[]; /* key NULL ends */

const struct ss_words_file *ss_words_file(const char *key, size_t len);

/* What stands behind the last line of such a file. */
enum ss_words_tail { SS_TAIL_NONE, SS_TAIL_BITS, SS_TAIL_RECORDS };
enum ss_words_tail ss_words_tail(const struct ss_words_file *file);

const struct ss_words_line *ss_words_line(
    const struct ss_words_file *file, const char *key, size_t len);

/* A line of a TLS key log ("SERVER_TRAFFIC_SECRET_0"), or NULL. */
const struct ss_words_line *ss_words_tls(const char *label, size_t len);

#endif
