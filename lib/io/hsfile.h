/* SPDX-License-Identifier: ISC */
#ifndef SS_HSFILE_H
#define SS_HSFILE_H

#include "../proto/handshake.h"

/*
 * STATE, the file in which `ss-handshake -S` keeps a handshake between two
 * calls.  It is the list of the handshake's inputs: what was agreed on the
 * command line, the run id, and for each step the entropy we used or the
 * record that came.  The core is a function of its inputs, so resuming is
 * playing them again, and no family needs a format of its own.
 *
 * Secret keys are not in it, only where their files are and which key must be
 * found there; but the ephemeral secret of a handshake under way is.
 */
#define SS_HSFILE_PATH_MAX 1024
#define SS_HSFILE_PSKS_MAX 4
#define SS_HSFILE_RECORDS  32768 /* bytes of all records that came */
#define SS_HSFILE_TEXT_MAX (16384 + 2 * SS_HSFILE_RECORDS)

/* A secret that stays in its own file: its path ("" if it has none, such as a
 * pipe) and what tells that it is the same one. */
struct ss_hsfile_secret {
	char path[SS_HSFILE_PATH_MAX];
	uint8_t mark[32]; /* key: fingerprint; psk: hash */
};

struct ss_hsfile_step {
	int read;            /* 1: a record came, 0: we wrote */
	uint8_t entropy[32]; /* wrote */
	size_t at, len;      /* read: in records */
};

struct ss_hsfile {
	uint8_t family, mode, initiator, armor;
	uint16_t suite;
	char profile[SS_PROFILE_MAX + 1];
	int has_key, has_peer;
	struct ss_hsfile_secret key, psks[SS_HSFILE_PSKS_MAX];
	size_t npsks;
	struct ss_public peer;
	char output[SS_HSFILE_PATH_MAX]; /* -o of an earlier call, or "" */
	uint8_t run[SS_RUN_BYTES];
	struct ss_hsfile_step steps[SS_HANDSHAKE_STEPS_MAX];
	size_t nsteps;
	uint8_t records[SS_HSFILE_RECORDS];
	size_t used;
};

/* The text of the file, SS_HSFILE_TEXT_MAX bytes at most, and back.
 * get: SS_OK; SS_ERR_EMPTY; SS_ERR_VERSION; SS_ERR_TRUNCATED; SS_ERR_FORMAT;
 * f is wiped unless SS_OK. */
SS_CHECKED enum ss_err ss_hsfile_put_text(
    char *out, size_t *len, const struct ss_hsfile *f);
SS_CHECKED enum ss_err ss_hsfile_get_text(
    struct ss_hsfile *f, const char *text, size_t len);

/* Remember a step.  SS_ERR_LENGTH if there is no room for it. */
SS_CHECKED enum ss_err ss_hsfile_wrote(
    struct ss_hsfile *f, const uint8_t entropy[static 32]);
SS_CHECKED enum ss_err ss_hsfile_came(
    struct ss_hsfile *f, const uint8_t *rec, size_t len);

/*
 * ss_hsfile_replay - bring a started handshake to where the file is.
 * SS_OK; SS_ERR_FORMAT if the inputs do not make a handshake.
 */
SS_CHECKED enum ss_err ss_hsfile_replay(
    struct ss_handshake *hs, const struct ss_hsfile *f);

/*
 * xhsfile_lock - be the only process that works on the state.  Dies with
 * SS_ERR_BUSY if another one does.  Locks STATE.lock; returns its descriptor.
 */
int xhsfile_lock(const char *path);
void xhsfile_unlock(const char *path, int lock);

/* 1 if there is a file of that name. */
int ss_hsfile_exists(const char *path);
/* Read; dies with the reason.  Durable when save and remove return. */
void xhsfile_load(struct ss_hsfile *f, const char *path);
void xhsfile_save(const struct ss_hsfile *f, const char *path, int force);
void xhsfile_remove(const char *path);

#endif
