/* SPDX-License-Identifier: ISC */
#ifndef SS_AEAD_H
#define SS_AEAD_H

#include "err.h"
#include <stddef.h>
#include <stdint.h>

#define SS_AEAD_KEY_BYTES   32
#define SS_AEAD_NONCE_BYTES 12
#define SS_AEAD_TAG_BYTES   16

enum ss_aead_id {
	SS_CHACHAPOLY = 1, /* ChaCha20-Poly1305, RFC 8439; the default */
	SS_AESGCM = 2,     /* AES-256-GCM, NIST SP 800-38D */
};

/*
 * struct ss_aead - one key under one algorithm.  Small texts go through
 * libsodium, which costs nothing to start; bulk goes through OpenSSL, which
 * is two to three times faster at that size, and whose context is made when
 * the first bulk text comes.  Owned by the caller, ended by ss_aead_wipe.
 */
struct ss_aead {
	enum ss_aead_id id;
	uint8_t key[SS_AEAD_KEY_BYTES];
	void *seal_ctx, *open_ctx;           /* EVP_CIPHER_CTX, or NULL */
	_Alignas(16) uint8_t schedule[512];  /* libsodium's AES key schedule */
	int scheduled;
};

/* ss_aead_name - "chachapoly" or "aesgcm"; NULL for another id. */
const char *ss_aead_name(int id);
/* ss_aead_find - the id of a name, 0 if there is none. */
int ss_aead_find(const char *name);

/*
 * ss_aead_init - ready to seal and open with a key.
 *
 *   a    out  what it held before is overwritten, not wiped
 *   key  in   copied
 */
void ss_aead_init(struct ss_aead *a, enum ss_aead_id id,
    const uint8_t key[static SS_AEAD_KEY_BYTES]);

/* ss_aead_rekey - as wipe and init, but keeps the bulk contexts. */
void ss_aead_rekey(struct ss_aead *a, enum ss_aead_id id,
    const uint8_t key[static SS_AEAD_KEY_BYTES]);

/* ss_aead_wipe - erase the key, free the contexts; NULL is fine. */
void ss_aead_wipe(struct ss_aead *a);

/*
 * ss_aead_seal - encrypt and authenticate.
 *
 *   out    out  len + 16 bytes: ciphertext, then tag; may be in
 *   in     in   plaintext, 0 .. 2^31 - 1 - 16 bytes
 *   ad     in   associated data, authenticated and not encrypted
 *   nonce  in   never twice with one key
 *
 * SS_OK; SS_ERR_SYSTEM if the library has no memory or no such cipher.
 */
SS_CHECKED enum ss_err ss_aead_seal(struct ss_aead *a, uint8_t *out,
    const uint8_t *in, size_t len, const uint8_t *ad, size_t adlen,
    const uint8_t nonce[static SS_AEAD_NONCE_BYTES]);

/*
 * ss_aead_open - authenticate, then decrypt.
 *
 *   out    out  len - 16 bytes; may be in
 *   in     in   ciphertext, then tag; at least 16 bytes
 *
 * SS_OK; SS_ERR_TRUNCATED if len < 16; SS_ERR_AUTH if the tag is wrong, and
 * then out holds zeros; SS_ERR_SYSTEM as above.
 */
SS_CHECKED enum ss_err ss_aead_open(struct ss_aead *a, uint8_t *out,
    const uint8_t *in, size_t len, const uint8_t *ad, size_t adlen,
    const uint8_t nonce[static SS_AEAD_NONCE_BYTES]);

#endif
