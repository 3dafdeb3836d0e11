/* SPDX-License-Identifier: ISC */
#ifndef SS_LAB_HANDSHAKE_H
#define SS_LAB_HANDSHAKE_H

#include "handshake.h"
#include "lab.h"
#include "noise.h"

/*
 * Key agreement as lab profiles make it.            docs/protocol.md, 14.2
 */

/* NULL, or why this handshake cannot have its profile. */
const char *ss_lab_handshake_complaint(const struct ss_handshake *hs);

/*
 * sign-key-only takes the place of the family signed: the same code and
 * suites, two messages of an ephemeral key and a signature of it alone.
 */
#define SS_LAB_SIGNED_BYTES (32 + SS_SIGN_BYTES) /* e, signature */
extern const struct ss_family ss_lab_family_signed; /* lab_signed.c */
const struct ss_family *ss_lab_handshake_family(
    const struct ss_family *family, const struct ss_handshake_config *c);

/* unauthenticated: no token, and no key known beforehand, has a static key. */
void ss_lab_noise_plan(struct ss_noise_plan *plan);

/* bare-hash: DH(e, e) of a complete handshake becomes the family's secret. */
SS_CHECKED enum ss_err ss_lab_noise_secret(
    struct ss_agreed *a, const struct ss_noise *n);

#endif
