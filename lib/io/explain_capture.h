/* SPDX-License-Identifier: ISC */
#ifndef SS_EXPLAIN_CAPTURE_H
#define SS_EXPLAIN_CAPTURE_H

#include "explain.h"

#define SS_CAPTURE_HEAD 24 /* bytes that say what a capture is */

/* Is this the beginning of a pcap or pcapng file? */
int ss_explain_is_capture(const uint8_t *in, size_t len);
/* Its first fields, and who reads the rest. */
SS_CHECKED enum ss_err ss_explain_capture(
    struct ss_sheet *s, const uint8_t *in, size_t len);

#endif
