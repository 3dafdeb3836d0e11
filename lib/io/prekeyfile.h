/* SPDX-License-Identifier: ISC */
#ifndef SS_PREKEYFILE_H
#define SS_PREKEYFILE_H

#include "../proto/prekeys.h"

/*
 * A prekey file that several processes share, and bundles.  PREKEYS.lock
 * (never renamed) is held around re-read, change and save, never during
 * input or output.                                  docs/protocol.md, 5.8
 */
struct ss_prekeyfile {
	const char *path;
	int lock;              /* descriptor, -1: not held */
	struct ss_prekeys *p;  /* as last read; owned, in secret memory */
};

/* Read and check the file; dies with the reason if it is no such file. */
void xprekeys_open(struct ss_prekeyfile *f, const char *path);
void xprekeys_close(struct ss_prekeyfile *f);

/* Wait for the lock and read the file again. */
void xprekeys_lock(struct ss_prekeyfile *f);
/* ss_prekeys_save - f->p is on disk when this returns; only while locked. */
SS_CHECKED enum ss_err ss_prekeys_save(const struct ss_prekeyfile *f);
void xprekeys_unlock(struct ss_prekeyfile *f);

/* xprekeys_create - a new file, durable when this returns. */
void xprekeys_create(const char *path, const struct ss_prekeys *p, int force);

/* A bundle by path, "-" for standard input.  Dies with the reason. */
void xbundle_load(struct ss_bundle *b, const char *path);

/* Seconds since 1970, for what expires. */
uint64_t ss_prekeys_now(void);

#endif
