/* SPDX-License-Identifier: ISC */
#ifndef SS_ESCAPE_H
#define SS_ESCAPE_H

#include "bytes.h"

/*
 * ss_escape_put - text from elsewhere, made harmless for a terminal: control
 * characters, DEL, C1, marks of direction and malformed UTF-8 become \xNN,
 * backslash \\; newline and tab stay if keep is 1.
 *
 *   out  in/out  takes as much as fits; `over` is not set
 *   in   in      len bytes
 *
 * How many bytes of in were used; at least one if SS_ESCAPE_MOST bytes fit
 * and there is one.  No character is torn apart.
 */
#define SS_ESCAPE_MOST 16 /* four bytes of a character, \xNN for each */
size_t ss_escape_put(
    struct ss_buf *out, const uint8_t *in, size_t len, int keep);

#endif
