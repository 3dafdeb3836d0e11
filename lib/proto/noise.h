/* SPDX-License-Identifier: ISC */
#ifndef SS_NOISE_H
#define SS_NOISE_H

#include "aead.h"
#include "bytes.h"
#include "dh.h"
#include "hash.h"
#include "noise_plan.h"
#include "trace.h"

/*
 * The Noise Protocol Framework, revision 34: an interpreter over the text of
 * the patterns.  25519, ChaChaPoly or AESGCM, SHA256.
 */

/* CipherState, section 5.1.  All of a handshake is plain memory. */
struct ss_noise_cipher {
	enum ss_aead_id id;
	int has_key;
	uint64_t n;
	uint8_t k[32];
};

/* SymmetricState, section 5.2. */
struct ss_noise_symmetric {
	struct ss_noise_cipher cipher;
	uint8_t ck[32], h[32];
};

/* HandshakeState, section 5.3. */
struct ss_noise {
	struct ss_noise_plan plan;
	int initiator;
	size_t message;              /* the next one */
	struct ss_noise_symmetric sym;
	uint8_t s[32], s_pub[32], e[32], e_pub[32], rs[32], re[32];
	uint8_t psks[SS_NOISE_PSKS_MAX][32];
	size_t psk_next;
	const struct ss_trace *trace;
};

/*
 * ss_noise_start - Initialize().
 *
 *   s    in  our static secret, NULL if none
 *   pub  in  its public key, NULL: to be computed
 *   rs   in  the peer's static public key, NULL if not known beforehand
 *   psks in  npsks keys of 32 bytes, in the order of use
 *
 * SS_OK; SS_ERR_USAGE if the pattern needs a key that was not given, or
 * another number of psks; a key of low order shows at its first use.
 *                                                        Noise, 5.3
 */
SS_CHECKED enum ss_err ss_noise_start(struct ss_noise *n,
    const struct ss_noise_plan *plan, int initiator, const uint8_t *prologue,
    size_t prologuelen, const uint8_t *s, const uint8_t *pub,
    const uint8_t *rs, const uint8_t (*psks)[32], size_t npsks);

/*
 * ss_noise_write - WriteMessage().
 *
 *   entropy  in  32 random bytes: our ephemeral secret, if the message has e
 *
 * SS_OK; SS_ERR_SEQUENCE if it is not our turn; SS_ERR_LENGTH; SS_ERR_LOWORDER.
 * After an error n and out are as before.
 */
SS_CHECKED enum ss_err ss_noise_write(struct ss_buf *out,
    const uint8_t *payload, size_t len, const uint8_t entropy[static 32],
    struct ss_noise *n);

/*
 * ss_noise_read - ReadMessage().
 *
 *   payload  out  at most msglen bytes; *len of them
 *
 * SS_OK; SS_ERR_SEQUENCE; SS_ERR_TRUNCATED; SS_ERR_LENGTH; SS_ERR_AUTH;
 * SS_ERR_LOWORDER.  After an error n is as before.
 */
SS_CHECKED enum ss_err ss_noise_read(uint8_t *payload, size_t *len,
    const uint8_t *msg, size_t msglen, struct ss_noise *n);

int ss_noise_done(const struct ss_noise *n);

/*
 * ss_noise_split - Split(): k1 for initiator to responder, k2 for the other
 * direction, together 64 bytes; and the handshake hash.     Noise, 5.2
 */
void ss_noise_split(uint8_t keys[static 64], uint8_t hash[static 32],
    const struct ss_noise *n);

/*
 * Section 5.1, and transport messages: EncryptWithAd, DecryptWithAd.  out has
 * room for len + 16 bytes, or len - 16.  SS_ERR_SEQUENCE if no nonce is left;
 * SS_ERR_TRUNCATED; SS_ERR_AUTH, and then the nonce is not used up.
 */
void ss_noise_cipher_init(struct ss_noise_cipher *c, enum ss_aead_id id,
    const uint8_t key[static 32]);
SS_CHECKED enum ss_err ss_noise_cipher_seal(struct ss_noise_cipher *c,
    uint8_t *out, const uint8_t *in, size_t len, const uint8_t *ad,
    size_t adlen);
SS_CHECKED enum ss_err ss_noise_cipher_open(struct ss_noise_cipher *c,
    uint8_t *out, const uint8_t *in, size_t len, const uint8_t *ad,
    size_t adlen);

/* Section 5.2, by their names there.  decrypt: len - 16 bytes come out once
 * there is a key, before that len. */
void ss_noise_initialize(
    struct ss_noise_symmetric *y, const char *name, enum ss_aead_id id);
void ss_noise_mix_hash(
    struct ss_noise_symmetric *y, const uint8_t *data, size_t len);
void ss_noise_mix_key(
    struct ss_noise_symmetric *y, const uint8_t ikm[static 32]);
void ss_noise_mix_key_and_hash(
    struct ss_noise_symmetric *y, const uint8_t psk[static 32]);
SS_CHECKED enum ss_err ss_noise_encrypt_and_hash(struct ss_buf *out,
    const uint8_t *in, size_t len, struct ss_noise_symmetric *y);
SS_CHECKED enum ss_err ss_noise_decrypt_and_hash(uint8_t *out,
    const uint8_t *in, size_t len, struct ss_noise_symmetric *y);

#endif
