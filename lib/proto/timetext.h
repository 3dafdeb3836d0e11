/* SPDX-License-Identifier: ISC */
#ifndef SS_TIMETEXT_H
#define SS_TIMETEXT_H

#include <stdint.h>

/*
 * ss_time_text - milliseconds since 1970 as "2026-11-21T09:00:00.123Z": ISO
 * 8601, in UTC, the same whatever the locale.  "-" outside the years 0000 to
 * 9999.
 */
#define SS_TIME_TEXT 32
void ss_time_text(char out[static SS_TIME_TEXT], int64_t ms);

#endif
