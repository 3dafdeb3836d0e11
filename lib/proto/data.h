/* SPDX-License-Identifier: ISC */
#ifndef SS_DATA_H
#define SS_DATA_H

#include "epoch.h"

/* header 8, epoch id 16, sequence 8, flags 1: the associated data */
#define SS_DATA_AD_BYTES   (SS_HEADER_BYTES + 16 + 8 + 1)
#define SS_DATA_OVERHEAD   (SS_DATA_AD_BYTES + SS_AEAD_TAG_BYTES)
#define SS_DATA_TEXT_MAX   (SS_RECORD_MAX - SS_DATA_OVERHEAD)
#define SS_CHUNK_BYTES     65408 /* 511 x 128: fits a 64-KiB pipe whole */

#define SS_DATA_FINAL  0x01 /* ends the stream */
#define SS_DATA_PADDED 0x02 /* text, 0x80, zeros */

/* A data record's fields, as the wire table says them. */
struct ss_data {
	uint8_t epoch_id[SS_EPOCH_ID_BYTES];
	uint64_t sequence;
	uint8_t flags;
	struct ss_bytes cipher; /* inside the record; its tag stands behind */
	uint8_t tag[SS_AEAD_TAG_BYTES];
};

/*
 * ss_data_get - read one whole data record; nothing is verified yet.
 *
 * SS_OK; the errors of ss_header_get; SS_ERR_TRUNCATED if it is too short;
 * SS_ERR_LENGTH if too long; SS_ERR_FORMAT for another type or unknown flags.
 */
SS_CHECKED enum ss_err ss_data_get(
    struct ss_data *d, const uint8_t *rec, size_t len);

/*
 * ss_data_seal - one data record.
 *
 *   rec   out  len + SS_DATA_OVERHEAD bytes
 *   text  in   0 .. SS_DATA_TEXT_MAX bytes; may lie at rec + SS_DATA_AD_BYTES
 *   flags in   PADDED only says so: the caller has padded
 *
 * SS_OK; SS_ERR_LENGTH; SS_ERR_SYSTEM.          docs/protocol.md, 8
 */
SS_CHECKED enum ss_err ss_data_seal(uint8_t *rec, const uint8_t *text,
    size_t len, uint64_t sequence, uint8_t flags, struct ss_epoch *e);

/*
 * ss_data_open - verify and decrypt one whole data record.
 *
 *   text     out  len - SS_DATA_OVERHEAD bytes; *textlen without padding;
 *                 may be rec + SS_DATA_AD_BYTES
 *   rec      in   the record
 *
 * SS_OK; the errors of ss_data_get; SS_ERR_FOREIGN if the epoch id is not
 * e's; SS_ERR_AUTH if the tag is wrong, and then text holds zeros;
 * SS_ERR_FORMAT if the padding is wrong.
 */
SS_CHECKED enum ss_err ss_data_open(uint8_t *text, size_t *textlen,
    const uint8_t *rec, size_t len, struct ss_epoch *e);

#endif
