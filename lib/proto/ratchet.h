/* SPDX-License-Identifier: ISC */
#ifndef SS_RATCHET_H
#define SS_RATCHET_H

#include "dh.h"
#include "err.h"
#include "trace.h"
#include "wire.h"
#include <stddef.h>
#include <stdint.h>

#define SS_SKIP_MAX 1024

/* The key of an epoch that was passed over and may still come. */
struct ss_skipped {
	uint8_t pub[32]; /* of its chain */
	uint32_t n;
	uint8_t key[32];
};

/*
 * struct ss_ratchet - the Double Ratchet with an epoch in the place of a
 * message; the names are those of the specification.  In the modes hash and
 * static the root and the ratchet keys are zero and no DH step happens; in
 * static a chain's step gives the same key again.
 *                  Signal, The Double Ratchet Algorithm, 3; protocol.md, 9
 */
struct ss_ratchet {
	uint8_t mode;               /* enum ss_mode */
	const char *label;          /* of KDF_RK; static text */
	uint8_t DHs[32], DHs_pub[32];
	uint8_t DHr[32];
	uint8_t RK[32], CKs[32], CKr[32];
	uint8_t has_DHr, has_CKs, has_CKr;
	uint32_t Ns, Nr, PN;
	size_t nskipped;            /* oldest first */
	struct ss_skipped skipped[SS_SKIP_MAX];
};

/* The label that sessions use, for ss_ratchet.label. */
extern const char ss_ratchet_label[];

/* What an introducer tells of its place in the ratchet. */
struct ss_ratchet_header {
	uint8_t pub[32];
	uint32_t pn, n;
};

/*
 * ss_ratchet_send - the next message (epoch) key of the sending chain.
 *
 * SS_OK; SS_ERR_DIRECTION if there is no sending chain; SS_ERR_SPENT after
 * 2^32 - 1 epochs.
 */
SS_CHECKED enum ss_err ss_ratchet_send(uint8_t mk[static 32],
    struct ss_ratchet_header *h, struct ss_ratchet *r);

/*
 * ss_ratchet_receive - the message (epoch) key that a header asks for.
 *
 *   r      in/out  works in place: the caller hands in a copy and keeps it
 *                  only after the epoch's MAC held
 *   fresh  in      32 random bytes: the next DHs, used if a DH step happens
 *   gap    out     epochs that are missing before this one, from now on
 *                  kept as skipped; 0 if this is one of those
 *
 * SS_OK; SS_ERR_SKIPPED if more than SS_SKIP_MAX epochs would be passed
 * over, checked before anything is derived; SS_ERR_REPLAY if the epoch was
 * received before; SS_ERR_REFLECTED if the ratchet key is our own;
 * SS_ERR_FORMAT if a mode without ratchet keys shows one;
 * SS_ERR_LOWORDER; SS_ERR_DIRECTION without a receiving chain.
 */
SS_CHECKED enum ss_err ss_ratchet_receive(uint8_t mk[static 32],
    uint32_t *gap, const struct ss_ratchet_header *h,
    const uint8_t fresh[static 32],
    struct ss_ratchet *r);

/* KDF_RK and KDF_CK; ck moves on.        Double Ratchet, 5.2 */
void ss_ratchet_kdf_rk(uint8_t rk[static 32], uint8_t ck[static 32],
    const uint8_t dh[static 32], const char *label);
void ss_ratchet_kdf_ck(uint8_t mk[static 32], uint8_t ck[static 32]);

/*
 * ss_ratchet_turn - the sending half of a DH step, and the whole of it in
 * RatchetInitAlice: a new DHs, and CKs from it and DHr.
 * SS_OK; SS_ERR_LOWORDER, and then r is spoilt: work on a copy.
 */
SS_CHECKED enum ss_err ss_ratchet_turn(
    struct ss_ratchet *r, const uint8_t fresh[static 32]);

#endif
