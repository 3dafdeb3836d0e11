/* SPDX-License-Identifier: ISC */
#ifndef SS_DH_H
#define SS_DH_H

#include "err.h"
#include <stdint.h>

#define SS_DH_BYTES 32 /* X25519: secrets, public keys and shared secrets */

/* ss_dh_public - the public key of a secret one.            RFC 7748, 5 */
void ss_dh_public(
    uint8_t pub[static SS_DH_BYTES], const uint8_t sec[static SS_DH_BYTES]);

/*
 * ss_dh - X25519 of our secret and their public key.
 *
 * SS_OK; SS_ERR_LOWORDER if the result is all zero (the peer sent a point of
 * low order and would know the secret), and then out holds zeros.
 *                                                         RFC 7748, 6.1
 */
SS_CHECKED enum ss_err ss_dh(uint8_t out[static SS_DH_BYTES],
    const uint8_t sec[static SS_DH_BYTES],
    const uint8_t pub[static SS_DH_BYTES]);

/*
 * ss_dh_low_order - 1 if a public key is of low order, known without a secret
 * to multiply it with: any of the 14 encodings that yield zero with every
 * secret.  ss_dh refuses the same ones.
 */
int ss_dh_low_order(const uint8_t pub[static SS_DH_BYTES]);

#endif
