/* SPDX-License-Identifier: ISC */
#ifndef SS_HSKEYS_H
#define SS_HSKEYS_H

#include "hsfile.h"
#include "prekeyfile.h"

#define SS_PSK_FILE_MAX 65536

/* The secrets of one side of a handshake; lives in secret memory. */
struct ss_hskeys {
	struct ss_identity self;
	uint8_t psks[SS_HSFILE_PSKS_MAX][32];
	int has_bundle, has_prekeys;
	struct ss_bundle bundle;
	struct ss_prekeyfile prekeys;
	uint8_t file[SS_PSK_FILE_MAX]; /* scratch */
};

/* Where a command line says they are. */
struct ss_hskeys_from {
	const char *key, *psks[SS_HSFILE_PSKS_MAX];
	size_t npsks;
	const char *bundle, *prekeys; /* or NULL */
	const char *fingerprint;      /* of the bundle's owner, or NULL */
	int passphrase_fd;
	int first; /* the handshake begins with them */
};

/*
 * xhskeys_path - a path as it will be found from another folder; "" for a
 * descriptor, which will be gone.  Dies if the path cannot stand in a state.
 */
void xhskeys_path(char out[static SS_HSFILE_PATH_MAX], const char *path);

/* xhskeys_name - what the state shall remember of where the secrets are. */
void xhskeys_name(struct ss_hsfile *f, const struct ss_hskeys_from *from);

/*
 * xhskeys_load - read what the handshake needs, from where it is said now or
 * else from where the state remembers it.  Dies if a file cannot be used, or
 * if it is not the key that the handshake began with.
 */
void xhskeys_load(struct ss_hskeys *k, struct ss_hsfile *f,
    const struct ss_hskeys_from *from);

/*
 * Prekeys of ours, if the handshake has them: claim makes us the only one and
 * reads them again, before the first message is read; spend, once the session
 * is on disk, saves what it used up.  SS_OK; SS_ERR_SYSTEM.
 */
void xhskeys_claim(struct ss_hskeys *k);
SS_CHECKED enum ss_err ss_hskeys_spend(
    struct ss_hskeys *k, const struct ss_prekey_use *use);

/*
 * xhskeys_spend_psks - the session is safe, and the messages are out:
 * pre-shared keys that serve once (.qkd files) are marked spent and erased.
 */
void xhskeys_spend_psks(
    const struct ss_hsfile *f, const struct ss_hskeys_from *from);

#endif
