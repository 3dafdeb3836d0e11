/* SPDX-License-Identifier: ISC */
#ifndef SS_X3DH_H
#define SS_X3DH_H

#include "dh.h"
#include "trace.h"
#include <stddef.h>

/*
 * X3DH, the key agreement of Signal, as its specification has it, for X25519
 * and SHA-256: IK is an identity key, SPK a signed prekey, OPK a one-time
 * prekey, EK the initiator's ephemeral key; A initiates, B responds.
 *              Signal, The X3DH Key Agreement Protocol, revision 1, 2.2, 3.3
 */
#define SS_X3DH_ENCODED 33               /* Encode(PK): 0x05, PK */
#define SS_X3DH_AD      (2 * SS_X3DH_ENCODED)
#define SS_X3DH_SK_MAX  64

/* The keys of each side; one-time prekey NULL: three DHs instead of four. */
struct ss_x3dh_initiator {
	const uint8_t *ik_sec, *ek_sec;  /* ours */
	const uint8_t *ik, *spk, *opk;   /* B's public keys */
};
struct ss_x3dh_responder {
	const uint8_t *ik_sec, *spk_sec, *opk_sec; /* ours */
	const uint8_t *ik, *ek;                    /* A's public keys */
};

/*
 * ss_x3dh_initiate, ss_x3dh_respond -
 *
 *     SK = HKDF(zero[32], F || DH1 || DH2 || DH3 [|| DH4], info, len)
 *
 *   sk    out  32 bytes in the specification; Signal's own programs take 64,
 *              whose second half is a first chain key
 *   info  in   names the application
 *
 * SS_OK; SS_ERR_LOWORDER, and then sk holds zeros.  The signature of SPK is
 * not looked at here.
 */
SS_CHECKED enum ss_err ss_x3dh_initiate(uint8_t *sk, size_t len,
    const struct ss_x3dh_initiator *keys, const char *info,
    const struct ss_trace *trace);
SS_CHECKED enum ss_err ss_x3dh_respond(uint8_t *sk, size_t len,
    const struct ss_x3dh_responder *keys, const char *info,
    const struct ss_trace *trace);

/* ss_x3dh_ad - AD = Encode(IKA) || Encode(IKB). */
void ss_x3dh_ad(uint8_t ad[static SS_X3DH_AD],
    const uint8_t ika[static SS_DH_BYTES],
    const uint8_t ikb[static SS_DH_BYTES]);

#endif
