/* SPDX-License-Identifier: ISC */
#ifndef SS_IDENTITY_H
#define SS_IDENTITY_H

#include "bytes.h"
#include "err.h"
#include "rsa.h"

#define SS_NAME_MAX          64 /* [a-z0-9][a-z0-9._-]{0,63} */
#define SS_SIGN_BYTES        64
#define SS_FINGERPRINT_BYTES 32
#define SS_ID_BYTES          8
/* "ss-pub-v1:" name ":" base64url of 32 + 32 + RSA modulus + 4 bytes */
#define SS_PUBLIC_TEXT_MAX   (10 + SS_NAME_MAX + 1 + 774)
/* the same without an RSA key: it fits a small QR code */
#define SS_PUBLIC_TEXT_SMALL (10 + SS_NAME_MAX + 1 + 91)
/* name, Ed25519 key, X25519 key, RSA modulus, as it travels in a handshake */
#define SS_PUBLIC_BYTES_MAX  (1 + SS_NAME_MAX + 32 + 32 + SS_RSA_BYTES_MAX)
#define SS_KEY_TEXT_MAX      8192

/* The public half of an identity. */
struct ss_public {
	uint8_t lab; /* 1: made for experiments; part of the fingerprint */
	char name[SS_NAME_MAX + 1];
	uint8_t ed[32]; /* Ed25519, to verify signatures */
	uint8_t x[32];  /* X25519, to agree on keys */
	struct ss_rsa_public rsa; /* to wrap keys for; len 0: none */
};

/* Both halves.  Secret: lives in sodium_malloc memory of the command. */
struct ss_identity {
	struct ss_public pub;
	uint8_t ed_seed[32];
	uint8_t x_sec[32];
	struct ss_rsa_secret rsa; /* if pub.rsa.len is not 0 */
};

/* ss_name_ok - 1 if name (of len characters) is allowed as a name. */
int ss_name_ok(const char *name, size_t len);

/*
 * ss_identity_make - an identity from a name and 64 random bytes, without an
 * RSA key.
 *
 * SS_OK; SS_ERR_FORMAT if the name is not allowed.
 */
SS_CHECKED enum ss_err ss_identity_make(struct ss_identity *id,
    const char *name, const uint8_t seed[static 64]);

/* ss_identity_wipe - erase; NULL is fine. */
void ss_identity_wipe(struct ss_identity *id);

/*
 * ss_public_fingerprint - SHA-256(label || Ed25519 key || X25519 key || RSA
 * modulus, if any).  The name is not part of it; a lab key has another label.
 *                                                  docs/protocol.md, 4.2
 */
void ss_public_fingerprint(uint8_t out[static SS_FINGERPRINT_BYTES],
    const struct ss_public *pub);

/* ss_public_same - 1 if the keys are the same, whatever the names. */
int ss_public_same(const struct ss_public *a, const struct ss_public *b);

/*
 * ss_fingerprint_text - a fingerprint for people: 12 groups of 5 decimal
 * digits, one space between (71 characters and a zero).  Group i is bytes
 * 5i .. 5i+4 of SHA-512(fingerprint) modulo 100,000.  docs/protocol.md, 4.2
 */
#define SS_FINGERPRINT_TEXT 72
void ss_fingerprint_text(char out[static SS_FINGERPRINT_TEXT],
    const uint8_t fingerprint[static SS_FINGERPRINT_BYTES]);

/*
 * ss_public_put_text - the one-line form "ss-pub-v1:NAME:BASE64URL" (of a lab
 * key "ss-lab-v1:..."), zero terminated, no newline.
 *                                                  docs/protocol.md, 4.3
 */
void ss_public_put_text(
    char out[static SS_PUBLIC_TEXT_MAX + 1], const struct ss_public *pub);

/*
 * ss_public_get_text - read that line; white space around it is ignored.
 *
 * SS_OK; SS_ERR_EMPTY; SS_ERR_VERSION for another ss-pub-v*; SS_ERR_HALF if
 * it is a secret key file; SS_ERR_KEY if damaged (checksum, name, base64).
 */
SS_CHECKED enum ss_err ss_public_get_text(
    struct ss_public *pub, const char *text, size_t len);

/* ss_public_is_text - 1 if a line begins as that one does, in any version. */
int ss_public_is_text(const char *line, size_t len);

/* The binary form in handshake payloads: length of name 1 (its top bit: a lab
 * key), name, ed, x, RSA modulus if any. */
void ss_public_put(struct ss_buf *b, const struct ss_public *pub);
SS_CHECKED enum ss_err ss_public_get(
    struct ss_public *pub, const uint8_t *in, size_t len);

/* How many of n bytes are the name, if a modulus or none follows it: a name is
 * shorter than what the sizes of moduli differ by. */
size_t ss_public_name_bytes(size_t n);

/*
 * Argon2id, as stored beside a protected key.  Bounded on read: 1..16 passes,
 * 8 MiB..1 GiB.
 */
struct ss_kdf {
	uint32_t passes;
	uint64_t memory; /* bytes */
	uint8_t salt[16];
	uint8_t nonce[24];
};

/*
 * ss_identity_put_text - the key file.              docs/protocol.md, 4.4
 *
 *   out         out  SS_KEY_TEXT_MAX bytes, zero terminated; *len without it
 *   passphrase  in   NULL: stored in the clear (mode 0600 protects it)
 *   kdf         in   with a passphrase: parameters, fresh salt and nonce
 *
 * SS_OK; SS_ERR_SYSTEM if Argon2id has no memory.
 */
SS_CHECKED enum ss_err ss_identity_put_text(char *out, size_t *len,
    const struct ss_identity *id, const char *passphrase,
    const struct ss_kdf *kdf);

/*
 * ss_identity_get_text - read a key file.
 *
 *   id          out  wiped unless SS_OK
 *   passphrase  in   NULL: SS_ERR_PASSPHRASE if one is needed
 *
 * SS_OK; SS_ERR_EMPTY; SS_ERR_VERSION; SS_ERR_HALF if it is a public key;
 * SS_ERR_KEY if damaged, cut, or the halves do not belong together;
 * SS_ERR_PASSPHRASE; SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_identity_get_text(struct ss_identity *id,
    const char *text, size_t len, const char *passphrase);

/*
 * ss_identity_peek_text - only the public half of a key file, without the
 * passphrase.  Errors as above.
 */
SS_CHECKED enum ss_err ss_identity_peek_text(
    struct ss_public *pub, int *protected, const char *text, size_t len);

/* Ed25519 over msg.                                            RFC 8032 */
void ss_identity_sign(uint8_t sig[static SS_SIGN_BYTES], const uint8_t *msg,
    size_t len, const struct ss_identity *id);
SS_CHECKED enum ss_err ss_public_verify(const uint8_t sig[static SS_SIGN_BYTES],
    const uint8_t *msg, size_t len, const uint8_t ed[static 32]);

#endif
