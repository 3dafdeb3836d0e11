/* SPDX-License-Identifier: ISC */
#ifndef SS_RSA_NUMBERS_H
#define SS_RSA_NUMBERS_H

#include "rsa.h"

/* d, p, q, dP, dQ, qInv: where each is in s, and its length, with a modulus of
 * len bytes. */
#define SS_RSA_NUMBERS 6
void ss_rsa_numbers(uint8_t *at[static SS_RSA_NUMBERS],
    size_t sizes[static SS_RSA_NUMBERS], struct ss_rsa_secret *s, size_t len);

#endif
