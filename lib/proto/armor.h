/* SPDX-License-Identifier: ISC */
#ifndef SS_ARMOR_H
#define SS_ARMOR_H

#include "wire.h"

/*
 * Armor: one record is one line of base64 (RFC 4648, 4, with padding) and a
 * newline.  The magic and the version make every line begin with "U1MB",
 * which is how readers detect it.                  docs/protocol.md, 5.3
 */
#define SS_ARMOR_BYTES(n) (((n) + 2) / 3 * 4 + 1) /* with the newline */
#define SS_ARMOR_MAX      SS_ARMOR_BYTES(SS_RECORD_MAX)

/* ss_armor_put - len bytes to SS_ARMOR_BYTES(len) characters; no zero. */
void ss_armor_put(char *out, const uint8_t *in, size_t len);

/*
 * ss_armor_get - one line, without its newline (a CR before it is ignored).
 *
 *   out  out  len / 4 * 3 bytes at most; *outlen of them
 *
 * SS_OK; SS_ERR_ARMOR for foreign characters, wrong padding or length, or a
 * line that does not hold exactly one record.
 */
SS_CHECKED enum ss_err ss_armor_get(
    uint8_t *out, size_t *outlen, const char *in, size_t len);

#endif
