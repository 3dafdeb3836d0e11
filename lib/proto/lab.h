/* SPDX-License-Identifier: ISC */
#ifndef SS_LAB_H
#define SS_LAB_H

/*
 * Lab profiles: flaws that real systems had, kept beside their fixes.  The
 * name of a profile enters every key derivation and every signature, and its
 * records carry the LAB bit: nothing made here passes for the real thing.
 *                                                  docs/protocol.md, 14
 *
 * Where the protocol is: `profile` "" and `lab` NULL.
 */
struct ss_lab {
	const char *name;
	const char *warning; /* one line: what is wrong with it */
};
extern const struct ss_lab ss_labs[]; /* name NULL ends */

/* keys, salts and nonces come from a seed that people know */
#define SS_LAB_SEEDED "seeded"
/* lab_handshake.c, lab_signed.c */
#define SS_LAB_UNAUTHENTICATED "unauthenticated"
#define SS_LAB_SIGN_KEY_ONLY   "sign-key-only"
/* lab_session.c */
#define SS_LAB_REINSTALL       "reinstall"
#define SS_LAB_ONE_KEY         "one-key"
#define SS_LAB_BARE_HASH       "bare-hash"
/* lab_data.c */
#define SS_LAB_REUSE_NONCE     "reuse-nonce"
#define SS_LAB_NO_TAG          "no-tag"
/* x3dh: the flaws of prekeys.c */
#define SS_LAB_UNSIGNED_PREKEY "unsigned-prekey"
#define SS_LAB_KEEP_ONE_TIME   "keep-one-time"

/* ss_lab_find - NULL if there is no such profile, and for "". */
const struct ss_lab *ss_lab_find(const char *name);

/* ss_lab_is - 1 if a profile (NULL: none) is the one of this name. */
int ss_lab_is(const struct ss_lab *lab, const char *name);

#endif
