/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SS_DISSECTOR_LAB_OPEN_H
#define SS_DISSECTOR_LAB_OPEN_H

#include "../lib/proto/data.h"

/*
 * ss_lab_open - as ss_data_open; and a record with the LAB mark that does not
 * open as records of the protocol do is tried as the lab profiles make it that
 * treat data in another way.
 *
 *   lab  out  the profile by which it opened, or NULL.  With no-tag nothing
 *             was verified: there is nothing to verify.
 */
SS_CHECKED enum ss_err ss_lab_open(uint8_t *text, size_t *textlen,
    const struct ss_lab **lab, const uint8_t *rec, size_t len,
    struct ss_epoch *e);

#endif
