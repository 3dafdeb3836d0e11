/* SPDX-License-Identifier: ISC */
#ifndef SS_WHEN_H
#define SS_WHEN_H

#include <stdint.h>

/* When bytes came, and with which packet. */
struct ss_when {
	int64_t ns;      /* since 1970, UTC */
	uint64_t packet; /* its number in the capture, from 1 */
};

#endif
