/* SPDX-License-Identifier: ISC */
#include "x3dh.h"
#include "hash.h"
#include <sodium.h>
#include <string.h>

/*
 * What each Diffie-Hellman is for:
 *
 *     DH1 = DH(IKA, SPKB)  only A can have made this, so B knows whom he has
 *     DH2 = DH(EKA, IKB)   only B can follow, so A knows whom she has
 *     DH3 = DH(EKA, SPKB)  and neither identity key opens it later
 *     DH4 = DH(EKA, OPKB)  nor does the signed prekey, once OPKB is erased
 *
 * No signature over the conversation is made: each side could have computed
 * all of it alone, so that neither can prove to others what was said.
 */
#define DHS 4
struct step {
	const char *what;
	const uint8_t *sec, *pub;
};

/* F: 32 bytes that encode no key, so that KM is never mistaken for what XEdDSA
 * hashes, the signatures that Signal makes with the same identity key. */
static const uint8_t F[32] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

static enum ss_err
agree(uint8_t *sk, size_t len, const struct step steps[static DHS],
    const char *info, const struct ss_trace *trace)
{
	static const uint8_t salt[SS_HASH_BYTES]; /* zero */
	uint8_t km[sizeof(F) + DHS * SS_DH_BYTES];
	size_t n = sizeof(F);
	enum ss_err e = SS_OK;

	memcpy(km, F, sizeof(F));
	for (size_t i = 0; i < DHS && steps[i].sec && steps[i].pub; i++) {
		ss_trace_op(trace, SS_OP_DH);
		if ((e = ss_dh(km + n, steps[i].sec, steps[i].pub)) != SS_OK)
			break;
		ss_trace_step(trace, steps[i].what, km + n, SS_DH_BYTES,
		    SS_SECRET);
		n += SS_DH_BYTES;
	}
	if (e == SS_OK) {
		ss_hkdf(sk, len, salt, sizeof(salt), km, n,
		    (const uint8_t *)info, strlen(info));
		ss_trace_step(trace, "input of HKDF: F (32 times 0xff), then "
		    "the DHs", km, n, SS_SECRET);
		ss_trace_step(trace, "info of HKDF, whose salt is 32 zeros",
		    (const uint8_t *)info, strlen(info), SS_PUBLIC);
		ss_trace_step(trace, "SK", sk, len, SS_SECRET);
	} else {
		memset(sk, 0, len);
	}
	sodium_memzero(km, sizeof(km));
	return e;
}

enum ss_err
ss_x3dh_initiate(uint8_t *sk, size_t len, const struct ss_x3dh_initiator *k,
    const char *info, const struct ss_trace *trace)
{
	const struct step steps[DHS] = {
		{ "DH1: our identity, their signed prekey", k->ik_sec,
		    k->spk },
		{ "DH2: our ephemeral, their identity", k->ek_sec, k->ik },
		{ "DH3: our ephemeral, their signed prekey", k->ek_sec,
		    k->spk },
		{ "DH4: our ephemeral, their one-time prekey", k->ek_sec,
		    k->opk },
	};

	return agree(sk, len, steps, info, trace);
}

enum ss_err
ss_x3dh_respond(uint8_t *sk, size_t len, const struct ss_x3dh_responder *k,
    const char *info, const struct ss_trace *trace)
{
	const struct step steps[DHS] = {
		{ "DH1: our signed prekey, their identity", k->spk_sec,
		    k->ik },
		{ "DH2: our identity, their ephemeral", k->ik_sec, k->ek },
		{ "DH3: our signed prekey, their ephemeral", k->spk_sec,
		    k->ek },
		{ "DH4: our one-time prekey, their ephemeral", k->opk_sec,
		    k->ek },
	};

	return agree(sk, len, steps, info, trace);
}

/* 0x05 stands for the curve, as in Signal's programs. */
void
ss_x3dh_ad(uint8_t ad[static SS_X3DH_AD],
    const uint8_t ika[static SS_DH_BYTES],
    const uint8_t ikb[static SS_DH_BYTES])
{
	ad[0] = ad[SS_X3DH_ENCODED] = 0x05;
	memcpy(ad + 1, ika, SS_DH_BYTES);
	memcpy(ad + SS_X3DH_ENCODED + 1, ikb, SS_DH_BYTES);
}
