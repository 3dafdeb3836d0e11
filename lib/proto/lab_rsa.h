/* SPDX-License-Identifier: ISC */
#ifndef SS_LAB_RSA_H
#define SS_LAB_RSA_H

#include "rsa.h"

/*
 * The lab profile rsa-pkcs1: keys wrapped as in PKCS #1 version 1.5, and an
 * error that tells whether the padding was right.  Whoever can send us numbers
 * and see that error computes with our secret key (Bleichenbacher, 1998).
 * ss_rsa_wrap and ss_rsa_unwrap are the fix.       docs/protocol.md, 14
 */
#define SS_LAB_RSA_PROFILE "rsa-pkcs1"

/* SS_OK; SS_ERR_LENGTH if the modulus is too short; SS_ERR_SYSTEM. */
SS_CHECKED enum ss_err ss_lab_rsa_wrap(uint8_t *out,
    const uint8_t key[static SS_RSA_KEY_BYTES],
    const uint8_t seed[static SS_RSA_SEED_BYTES], struct ss_rsa *r);

/*
 * SS_OK, perhaps with zeros for a key that is not there; SS_ERR_FORMAT, and
 * this is the flaw, if the number does not begin as it must; SS_ERR_LENGTH if
 * len is not r->len; SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_lab_rsa_unwrap(uint8_t key[static SS_RSA_KEY_BYTES],
    const uint8_t *in, size_t len, struct ss_rsa *r);

#endif
