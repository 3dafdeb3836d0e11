/* SPDX-License-Identifier: ISC */
#ifndef SS_LAB_SESSION_H
#define SS_LAB_SESSION_H

#include "lab.h"
#include "session.h"

/*
 * Sessions as lab profiles make them.               docs/protocol.md, 14.2
 */

/* unauthenticated, sign-key-only: 1 if no fingerprint enters a key. */
int ss_lab_session_nameless(const struct ss_lab *lab);

/*
 * one-key, bare-hash: one chain takes the place of both, the initiator's or
 * HASH(the family's secret).  In other profiles nothing changes.
 */
void ss_lab_session_chains(struct ss_ratchet *r, const struct ss_agreed *a,
    const struct ss_lab *lab);

/* one-key: the message key of the peer's next epoch, which is not counted. */
void ss_lab_session_step(
    uint8_t mk[static 32], uint32_t *gap, const struct ss_ratchet *r);

/* reinstall: zeros in the place of an epoch's salt; otherwise the salt. */
const uint8_t *ss_lab_session_salt(
    const uint8_t salt[static SS_SALT_BYTES], const struct ss_lab *lab);

#endif
