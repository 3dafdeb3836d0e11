/* SPDX-License-Identifier: ISC */
#ifndef SS_MANGLE_H
#define SS_MANGLE_H

#include "wire.h"

/*
 * Surgery on one record, for ss-mallory: the same table that names every byte
 * for a reader names them for an attacker.  No key is known here, so whatever
 * comes out has the tags and MACs that were there before.
 */

/*
 * ss_mangle_find - where a field is, by its name in the wire table:
 * "ciphertext", or "data.ciphertext" to mean one layout only.  Fields of the
 * message inside a handshake record count as that record's own
 * ("handshake.payload").
 *
 * SS_OK; SS_ERR_FORMAT if the record has no such field.
 */
SS_CHECKED enum ss_err ss_mangle_find(struct ss_span *found,
    const uint8_t *rec, size_t len, const char *name);

/*
 * ss_mangle_flag - a flag by its name ("FINAL"): the byte and the bits of it.
 * SS_OK; SS_ERR_FORMAT if the record has no such flag.
 */
SS_CHECKED enum ss_err ss_mangle_flag(size_t *off, uint8_t *bits,
    const uint8_t *rec, size_t len, const char *name);

/*
 * ss_mangle_put - other bytes in the place of a field, and the lengths that
 * speak of it mended: that of the header, and that in front of an SS_LEN16.
 *
 *   rec    in/out  room for SS_RECORD_MAX
 *   bytes  in      not inside rec; of an SS_LEN16 without its length
 *
 * SS_OK; SS_ERR_LENGTH if the record would become too long or its body
 * empty, or if a field of the header would change its length.
 */
SS_CHECKED enum ss_err ss_mangle_put(uint8_t *rec, size_t *len,
    const struct ss_span *field, const uint8_t *bytes, size_t n);

#endif
