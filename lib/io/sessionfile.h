/* SPDX-License-Identifier: ISC */
#ifndef SS_SESSIONFILE_H
#define SS_SESSIONFILE_H

#include "../proto/session.h"

/*
 * A session file that several processes share.  SESSION.lock (never renamed)
 * is held only around re-read, step and save, never during input or output;
 * SESSION.rx is held by a receiver for its life.     docs/protocol.md, 9.4
 */
struct ss_sessionfile {
	const char *path;
	int lock, rx;           /* descriptors, -1: not held */
	struct ss_session *s;   /* as last read; owned, in secret memory */
	char *text;             /* the file; owned, in secret memory */
	size_t room;            /* of text, bytes */
	const struct ss_trace *trace;
};

/* Read and check the file; dies with the reason if it is not a session. */
void xsession_open(struct ss_sessionfile *f, const char *path,
    const struct ss_trace *trace);
void xsession_close(struct ss_sessionfile *f);

/* Wait for the lock and read the file again. */
void xsession_lock(struct ss_sessionfile *f);
/* f->s is on disk when this returns; only while locked. */
void xsession_save(struct ss_sessionfile *f);
void xsession_unlock(struct ss_sessionfile *f);

/* Be the only receiver: dies with SS_ERR_BUSY if there is one. */
void xsession_claim(struct ss_sessionfile *f);

/*
 * ss_sessionfile_create - a new session, durable when this returns.
 * SS_OK; SS_ERR_EXISTS if path exists and force is 0; SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_sessionfile_create(
    const char *path, const struct ss_session *s, int force);

#endif
