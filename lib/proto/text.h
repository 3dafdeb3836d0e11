/* SPDX-License-Identifier: ISC */
#ifndef SS_TEXT_H
#define SS_TEXT_H

#include "err.h"
#include <stddef.h>
#include <stdint.h>

/*
 * Files of "key: value" lines: key files, sessions, handshake states.  The
 * reader walks them line by line; nothing is allocated.
 */
struct ss_line {
	const char *key, *value; /* not zero terminated */
	size_t keylen, len;
};

/*
 * ss_text_next - the next line of *text, which moves on.  Empty lines and
 * lines that begin with '#' are passed over.
 *
 * SS_OK; SS_ERR_EMPTY at the end; SS_ERR_FORMAT for a line without ": " or
 * without a newline (a cut file), or with a control character.
 */
SS_CHECKED enum ss_err ss_text_next(
    struct ss_line *line, const char **text, size_t *left);

/* ss_line_is - 1 if the line's key is this one. */
int ss_line_is(const struct ss_line *line, const char *key);

struct ss_name; /* wire.h */

/* ss_line_word - split the next word off the line's value; NULL at its end. */
const char *ss_line_word(struct ss_line *line, size_t *len);

/* Exactly n bytes of lower-case hex; a decimal number of at most max. */
SS_CHECKED enum ss_err ss_text_hex(
    uint8_t *out, size_t n, const char *in, size_t len);
SS_CHECKED enum ss_err ss_text_dec(
    uint64_t *out, uint64_t max, const char *in, size_t len);

/* The next word of a line as hex of n bytes, as a decimal number, or as a
 * name of a table.  SS_OK; SS_ERR_FORMAT if it is missing or no such thing. */
SS_CHECKED enum ss_err ss_line_hex(
    uint8_t *out, size_t n, struct ss_line *line);
SS_CHECKED enum ss_err ss_line_dec(
    uint64_t *out, uint64_t max, struct ss_line *line);
SS_CHECKED enum ss_err ss_line_name(
    uint32_t *value, const struct ss_name *table, struct ss_line *line);

#endif
