/* SPDX-License-Identifier: ISC */
#ifndef SS_FAMILY_H
#define SS_FAMILY_H

#include "handshake.h"

/* The rows of ss_families, one for each family_*.c. */
extern const struct ss_family ss_family_noise;

#endif
