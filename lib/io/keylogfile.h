/* SPDX-License-Identifier: ISC */
#ifndef SS_KEYLOGFILE_H
#define SS_KEYLOGFILE_H

#include "../proto/epoch.h"

/* Append an epoch to the key log at path; NULL does nothing.  Dies on error. */
void xkeylog_epoch(const char *path, const struct ss_introducer *i,
    const struct ss_epoch *e);

#endif
