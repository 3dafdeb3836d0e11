/* SPDX-License-Identifier: ISC */
#ifndef SS_RSAMAKE_H
#define SS_RSAMAKE_H

#include "../proto/identity.h"

/*
 * xrsa_make - a new RSA key of so many bits for an identity, from OpenSSL's
 * random numbers, or from ss_random under --lab-seed.  Its fingerprint is
 * another one then.  Dies if there is no such key.
 */
void xrsa_make(struct ss_identity *id, unsigned bits);

#endif
