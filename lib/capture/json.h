/* SPDX-License-Identifier: ISC */
#ifndef SS_JSON_H
#define SS_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * ss_json_string - the string value of a key of the outermost object, without
 * escapes, for names and types, which have none.
 *
 * 1; 0 if there is no such key, its value is no string, has escapes or does
 * not fit, or the text is not JSON up to there.
 */
int ss_json_string(char *out, size_t size, const uint8_t *text, size_t len,
    const char *key);

/* Writing: a string with its quotes; in must be UTF-8.     RFC 8259, 7 */
void ss_json_put(FILE *out, const uint8_t *in, size_t len);
/* Base64 with its quotes; hex with its quotes. */
void ss_json_put_base64(FILE *out, const uint8_t *in, size_t len);
void ss_json_put_hex(FILE *out, const uint8_t *in, size_t len);

#endif
