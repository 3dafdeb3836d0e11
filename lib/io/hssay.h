/* SPDX-License-Identifier: ISC */
#ifndef SS_HSSAY_H
#define SS_HSSAY_H

#include "hskeys.h"

/* What ss-handshake says about its peer. */

/* ss_hssay_refusal - set the hint that goes with a refused record. */
void ss_hssay_refusal(const struct ss_handshake *hs, enum ss_err e,
    const uint8_t *rec, size_t len);

/* ss_hssay_session - with whom the session is, and what that is worth. */
void ss_hssay_session(const struct ss_agreed *a, const struct ss_hsfile *f,
    const struct ss_hskeys *k);

#endif
