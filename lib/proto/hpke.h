/* SPDX-License-Identifier: ISC */
#ifndef SS_HPKE_H
#define SS_HPKE_H

#include "aead.h"
#include "dh.h"

/*
 * Hybrid Public Key Encryption, RFC 9180, with DHKEM(X25519, HKDF-SHA256) and
 * HKDF-SHA256: from the recipient's public key, and from nothing that the
 * recipient would have to send first, to a secret that both sides have.
 * Names are those of the RFC.
 */
#define SS_HPKE_INFO_MAX 256 /* of info, psk, psk_id, exporter context */
#define SS_HPKE_NONCE_BYTES 12

enum ss_hpke_mode { /* RFC 9180, 5 */
	SS_HPKE_BASE = 0, /* anybody could have sent it */
	SS_HPKE_PSK = 1,  /* somebody who has the psk */
	SS_HPKE_AUTH = 2, /* the owner of an X25519 key */
};

enum ss_hpke_aead { /* RFC 9180, 7.3 */
	SS_HPKE_AES128GCM = 1, /* its key schedule only: for vectors */
	SS_HPKE_AES256GCM = 2,
	SS_HPKE_CHACHAPOLY = 3,
	SS_HPKE_EXPORT_ONLY = 0xffff, /* no messages, only secrets */
};

/* What both sides put in beside the KEM's shared secret. */
struct ss_hpke_setup {
	enum ss_hpke_mode mode;
	enum ss_hpke_aead aead;
	const uint8_t *info, *psk, *psk_id; /* NULL with length 0 */
	size_t infolen, psklen, psk_idlen;
};

/* A context.  Secret; ss_hpke_wipe ends it. */
struct ss_hpke {
	enum ss_hpke_aead id;
	uint8_t key[32]; /* 16 bytes with AES-128; none to export only */
	uint8_t base_nonce[SS_HPKE_NONCE_BYTES];
	uint8_t exporter_secret[32];
	uint64_t seq;
	struct ss_aead aead;
};

/* ss_hpke_aead - the RFC's number for one of our AEADs. */
enum ss_hpke_aead ss_hpke_aead(int aead);

/* ss_hpke_derive - DeriveKeyPair: a secret key from random bytes.  7.1.3 */
void ss_hpke_derive(uint8_t sec[static 32], const uint8_t ikm[static 32]);

/*
 * ss_hpke_encap - Encap, or AuthEncap if skS is not NULL.          4.1
 *
 *   shared  out  for ss_hpke_start; zeros unless SS_OK
 *   enc     out  for the recipient
 *   skE     in   an ephemeral secret, for this once
 *   pkR     in   the recipient's key
 *
 * SS_OK; SS_ERR_LOWORDER for a recipient's key of low order.
 */
SS_CHECKED enum ss_err ss_hpke_encap(uint8_t shared[static 32],
    uint8_t enc[static 32], const uint8_t skE[static 32],
    const uint8_t pkR[static 32], const uint8_t *skS);

/*
 * ss_hpke_decap - Decap, or AuthDecap if pkS is not NULL.          4.1
 * SS_OK; SS_ERR_LOWORDER for enc or pkS of low order.
 */
SS_CHECKED enum ss_err ss_hpke_decap(uint8_t shared[static 32],
    const uint8_t enc[static 32], const uint8_t skR[static 32],
    const uint8_t *pkS);

/*
 * ss_hpke_start - KeySchedule.                                     5.1
 * SS_OK; SS_ERR_LENGTH if an input is longer than SS_HPKE_INFO_MAX;
 * SS_ERR_SUITE if psk and psk_id are there without the mode PSK, or the other
 * way round.
 */
SS_CHECKED enum ss_err ss_hpke_start(struct ss_hpke *c,
    const struct ss_hpke_setup *s, const uint8_t shared[static 32]);
void ss_hpke_wipe(struct ss_hpke *c); /* NULL is fine */

/* ss_hpke_nonce - ComputeNonce of the context's sequence number.   5.2 */
void ss_hpke_nonce(
    uint8_t nonce[static SS_HPKE_NONCE_BYTES], const struct ss_hpke *c);

/*
 * Seal and Open; the sequence number grows by one with each success.  5.2
 *
 *   out  out  len + 16 (seal) or len - 16 bytes (open)
 *
 * SS_OK; SS_ERR_SUITE without an AEAD of ours; SS_ERR_SPENT after 2^64 - 1
 * messages; the errors of ss_aead_seal and ss_aead_open.
 */
SS_CHECKED enum ss_err ss_hpke_seal(struct ss_hpke *c, uint8_t *out,
    const uint8_t *in, size_t len, const uint8_t *aad, size_t aadlen);
SS_CHECKED enum ss_err ss_hpke_open(struct ss_hpke *c, uint8_t *out,
    const uint8_t *in, size_t len, const uint8_t *aad, size_t aadlen);

/*
 * ss_hpke_export - Export: a secret of len bytes (1 .. 8160) for a use that
 * the context names.  SS_OK; SS_ERR_LENGTH.                        5.3
 */
SS_CHECKED enum ss_err ss_hpke_export(uint8_t *out, size_t len,
    const uint8_t *context, size_t contextlen, const struct ss_hpke *c);

#endif
