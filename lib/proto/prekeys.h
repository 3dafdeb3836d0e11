/* SPDX-License-Identifier: ISC */
#ifndef SS_PREKEYS_H
#define SS_PREKEYS_H

#include "identity.h"
#include "lab.h"
#include "trace.h"

/*
 * Prekeys: what the family x3dh needs of somebody who is away.  A signed
 * prekey serves many and for weeks, a one-time prekey serves once.  The owner
 * keeps their secrets in struct ss_prekeys; a struct ss_bundle is the public
 * half, for the directory or from hand to hand.     docs/protocol.md, 5.8
 *
 * Times are seconds since 1970; ids count from 1 and are never used again.
 */
#define SS_ONE_TIME_MAX   1000
#define SS_PREKEYS_SIGNED_MAX     16   /* the current one, and those in grace */
#define SS_PREKEYS_SEEN_MAX       4096 /* first messages remembered */
#define SS_PREKEY_TIME_MAX 253402300799 /* the year 9999 */

struct ss_one_time {
	uint32_t id;
	uint8_t sec[32]; /* zero in a bundle */
	uint8_t pub[32];
};

struct ss_bundle {
	struct ss_public owner;
	uint32_t id;         /* of the signed prekey */
	uint64_t expires;
	uint8_t spk[32];
	uint8_t sig[SS_SIGN_BYTES];
	size_t n;
	struct ss_one_time one_time[SS_ONE_TIME_MAX];
};

struct ss_signed_prekey {
	uint32_t id;
	uint64_t expires;    /* nobody begins with it any more */
	uint64_t until;      /* what is under way by then is still read */
	uint8_t sec[32], pub[32];
	uint8_t sig[SS_SIGN_BYTES];
};

/* What a first message made use of. */
struct ss_prekey_use {
	uint32_t signed_id, one_time_id; /* 0: none */
	uint8_t ek[32];      /* the initiator's ephemeral key */
};

/* Secret: lives in sodium_malloc memory of the command. */
struct ss_prekeys {
	struct ss_public owner;
	uint32_t next_signed, next_one_time;
	size_t nspk;      /* oldest first; the last one is current */
	struct ss_signed_prekey spk[SS_PREKEYS_SIGNED_MAX];
	size_t n;
	struct ss_one_time one_time[SS_ONE_TIME_MAX];
	size_t nseen;        /* used, by their signed prekey and EK */
	struct ss_prekey_use seen[SS_PREKEYS_SEEN_MAX];
};

/* ss_prekeys_init - no keys yet. */
void ss_prekeys_init(struct ss_prekeys *p, const struct ss_public *owner);
void ss_prekeys_wipe(struct ss_prekeys *p); /* NULL is fine */

/*
 * ss_prekeys_rotate - a new signed prekey, which becomes the current one.
 *
 *   seed      in  32 random bytes
 *   lifetime  in  seconds for which others may begin with it
 *   grace     in  seconds for which it is kept beyond that; the one before
 *                 it is kept so long from now on
 *   profile   in  "" outside the lab
 *
 * SS_OK; SS_ERR_FOREIGN if id is not the owner; SS_ERR_LENGTH for a time past
 * SS_PREKEY_TIME_MAX; SS_ERR_SPENT when there are no more ids.
 */
SS_CHECKED enum ss_err ss_prekeys_rotate(struct ss_prekeys *p,
    const struct ss_identity *id, const uint8_t seed[static 32],
    uint64_t now, uint64_t lifetime, uint64_t grace, const char *profile);

/* ss_prekeys_add - a one-time prekey from 32 random bytes.
 * SS_OK; SS_ERR_LENGTH if there are SS_ONE_TIME_MAX; SS_ERR_SPENT. */
SS_CHECKED enum ss_err ss_prekeys_add(
    struct ss_prekeys *p, const uint8_t seed[static 32]);

/* ss_prekeys_purge - erase what is past its grace; the number of these. */
size_t ss_prekeys_purge(struct ss_prekeys *p, uint64_t now);

/* The secrets with these ids; NULL if they are gone, or past their time. */
const struct ss_signed_prekey *ss_prekeys_signed(
    const struct ss_prekeys *p, uint32_t id, uint64_t now);
const struct ss_one_time *ss_prekeys_one_time(
    const struct ss_prekeys *p, uint32_t id);
/* 1 if a first message with this ephemeral key was taken before. */
int ss_prekeys_seen(
    const struct ss_prekeys *p, const struct ss_prekey_use *use);

/*
 * ss_prekeys_take - a first message was accepted: its one-time prekey goes,
 * its ephemeral key is remembered.  SS_ERR_LENGTH if SS_PREKEYS_SEEN_MAX are.
 */
SS_CHECKED enum ss_err ss_prekeys_take(
    struct ss_prekeys *p, const struct ss_prekey_use *use,
    const struct ss_lab *lab);

/*
 * ss_bundle_of - the public half: current signed prekey, all one-time ones.
 * ss_bundle_one - keep only the one with this id (0: the first).
 * SS_OK; SS_ERR_SPENT if there is none such, or it has expired.
 */
SS_CHECKED enum ss_err ss_bundle_of(
    struct ss_bundle *b, const struct ss_prekeys *p, uint64_t now);
SS_CHECKED enum ss_err ss_bundle_one(struct ss_bundle *b, uint32_t id);

/*
 * ss_bundle_check - is it whose it should be, and still good?
 *
 *   peer  in   whom we mean: a bundle vouches for itself only
 *   why   out  a hint for the error, or as it was
 *
 * SS_OK; SS_ERR_LAB; SS_ERR_PEER; SS_ERR_AUTH for the signature;
 * SS_ERR_LOWORDER; SS_ERR_SPENT if it has expired.
 */
SS_CHECKED enum ss_err ss_bundle_check(const struct ss_bundle *b,
    const struct ss_public *peer, uint64_t now, const char *profile,
    const char **why, const struct ss_trace *trace);

/*
 * The files.                                         docs/protocol.md, 5.8
 *
 * put: at most max bytes to out, no terminator; SS_OK; SS_ERR_LENGTH.
 * get: SS_OK; SS_ERR_EMPTY; SS_ERR_VERSION; SS_ERR_TRUNCATED; SS_ERR_HALF if
 * it is the other one of the two; SS_ERR_FORMAT; wiped unless SS_OK.
 */
#define SS_BUNDLE_TEXT_MAX (1024 + SS_ONE_TIME_MAX * 96)
#define SS_PREKEYS_TEXT_MAX (1024 + SS_PREKEYS_SIGNED_MAX * 288 + \
	SS_ONE_TIME_MAX * 160 + SS_PREKEYS_SEEN_MAX * 96)
SS_CHECKED enum ss_err ss_bundle_put_text(
    char *out, size_t max, size_t *len, const struct ss_bundle *b);
SS_CHECKED enum ss_err ss_bundle_get_text(
    struct ss_bundle *b, const char *text, size_t len);
SS_CHECKED enum ss_err ss_prekeys_put_text(
    char *out, size_t max, size_t *len, const struct ss_prekeys *p);
SS_CHECKED enum ss_err ss_prekeys_get_text(
    struct ss_prekeys *p, const char *text, size_t len);

#endif
