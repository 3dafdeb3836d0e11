/* SPDX-License-Identifier: ISC */
#ifndef SS_LAB_DATA_H
#define SS_LAB_DATA_H

#include "epoch.h"
#include "lab.h"

/*
 * Data records as the profiles reuse-nonce and no-tag make them.
 *                                                  docs/protocol.md, 14.2
 */

/* reuse-nonce: the same for every record of an epoch. */
void ss_lab_data_nonce(uint8_t nonce[static SS_AEAD_NONCE_BYTES]);

/*
 * no-tag: AES-256-CTR.  out of seal has room for a tag, which is zero; open
 * does not look at it.  out may be in.  SS_OK; SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_lab_data_seal(uint8_t *out, const uint8_t *in,
    size_t len, const uint8_t nonce[static SS_AEAD_NONCE_BYTES],
    const struct ss_epoch *e);
SS_CHECKED enum ss_err ss_lab_data_open(uint8_t *out, const uint8_t *in,
    size_t len, const uint8_t nonce[static SS_AEAD_NONCE_BYTES],
    const struct ss_epoch *e);

#endif
