/* SPDX-License-Identifier: ISC */
#ifndef SS_PREKEYMAKE_H
#define SS_PREKEYMAKE_H

#include <stdint.h>

/* What ss-keygen does with prekeys; each dies with the reason. */
struct ss_prekeymake {
	const char *key, *path;     /* key file, prekey file */
	const char *output;         /* of a bundle; NULL: standard output */
	int force, passphrase_fd;
	uint64_t count;             /* one-time prekeys to make */
	uint64_t lifetime, grace;   /* of a signed prekey, seconds */
	int one;                    /* a bundle with just one ... */
	uint32_t id;                /* ... this one, or 0: the first */
};
#define SS_PREKEY_LIFETIME (30 * UINT64_C(86400))
#define SS_PREKEY_GRACE    (14 * UINT64_C(86400))

/* A new prekey file; more one-time prekeys for one that is there; a new signed
 * prekey for it. */
void xprekeymake_new(const struct ss_prekeymake *m);
void xprekeymake_add(const struct ss_prekeymake *m);
void xprekeymake_rotate(const struct ss_prekeymake *m);
/* The public half of a prekey file, which stays as it is. */
void xprekeymake_bundle(const struct ss_prekeymake *m);

#endif
