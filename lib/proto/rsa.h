/* SPDX-License-Identifier: ISC */
#ifndef SS_RSA_H
#define SS_RSA_H

#include "err.h"
#include <stddef.h>
#include <stdint.h>

/*
 * RSAES-OAEP with SHA-256 and MGF1-SHA-256 (RFC 8017, 7.1), to wrap a key of
 * 32 bytes.  The public exponent is always 65537.
 */
#define SS_RSA_BYTES_MAX 512 /* 4096 bits */
#define SS_RSA_KEY_BYTES 32  /* what is wrapped */
#define SS_RSA_SEED_BYTES 32 /* OAEP's random seed */
/* 0x00, seed, hash of the label, 0x01, key */
#define SS_RSA_OAEP_MIN (1 + 32 + 32 + 1 + SS_RSA_KEY_BYTES)

/* A modulus, big-endian; its first bit is 1, so its length says the size. */
struct ss_rsa_public {
	uint16_t len; /* bytes; 0: there is no RSA key */
	uint8_t n[SS_RSA_BYTES_MAX];
};

/* The secret numbers, big-endian with leading zeros, as RFC 8017, 3.2, names
 * them: d of the modulus's length, the others of half of it. */
struct ss_rsa_secret {
	uint8_t d[SS_RSA_BYTES_MAX];
	uint8_t p[SS_RSA_BYTES_MAX / 2], q[SS_RSA_BYTES_MAX / 2];
	uint8_t dP[SS_RSA_BYTES_MAX / 2], dQ[SS_RSA_BYTES_MAX / 2];
	uint8_t qInv[SS_RSA_BYTES_MAX / 2];
};
/* d, p, q, dP, dQ, qInv one behind the other, and a checksum */
#define SS_RSA_CHECK_BYTES       4
#define SS_RSA_SECRET_BYTES(len) \
	((size_t)(len) / 2 * 7 + ((len) ? SS_RSA_CHECK_BYTES : 0))
#define SS_RSA_SECRET_MAX        SS_RSA_SECRET_BYTES(SS_RSA_BYTES_MAX)

/* ss_rsa_size_ok - 1 for 2048, 3072 and 4096 bits; in the lab, whose keys are
 * marked, also for 512 and 1024. */
int ss_rsa_size_ok(size_t bytes, int lab);

/*
 * ss_rsa_public_get - a modulus of len bytes, or none if len is 0.
 * SS_OK; SS_ERR_KEY if this cannot be one, or not of this length.
 */
SS_CHECKED enum ss_err ss_rsa_public_get(
    struct ss_rsa_public *pub, const uint8_t *n, size_t len, int lab);

/*
 * ss_rsa_join - the secret numbers of a key with a modulus of len bytes as
 * SS_RSA_SECRET_BYTES(len) bytes.  split: the reverse; SS_OK, or SS_ERR_KEY
 * if the checksum is wrong, which finds damage that no other check would.
 */
void ss_rsa_join(uint8_t *out, const struct ss_rsa_secret *s, size_t len);
SS_CHECKED enum ss_err ss_rsa_split(
    struct ss_rsa_secret *s, const uint8_t *in, size_t len);

/*
 * ss_rsa_check - do these primes make this modulus?  Costs microseconds
 * and needs no library.  SS_OK; SS_ERR_KEY.
 */
SS_CHECKED enum ss_err ss_rsa_check(
    const struct ss_rsa_public *pub, const struct ss_rsa_secret *s);

/*
 * struct ss_rsa - a key in the form in which OpenSSL computes with it, made
 * once and used often.  Set it to zero before; ss_rsa_close ends it.
 */
struct ss_rsa {
	size_t len;
	uint8_t n[SS_RSA_BYTES_MAX];
	void *pkey;          /* EVP_PKEY */
	int secret;          /* it has the secret half */
	uint8_t reject[32];  /* for what cannot be unwrapped */
};

/*
 * ss_rsa_open - a key for computation; s NULL: to encrypt only.
 * SS_OK; SS_ERR_KEY if the numbers do not belong together; SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_rsa_open(struct ss_rsa *r,
    const struct ss_rsa_public *pub, const struct ss_rsa_secret *s);
void ss_rsa_close(struct ss_rsa *r); /* NULL is fine */

/* RSAEP and RSADP: r->len bytes to r->len bytes, a number below the modulus.
 * SS_OK; SS_ERR_SYSTEM.                                 RFC 8017, 5.1 */
SS_CHECKED enum ss_err ss_rsa_public_op(
    uint8_t *out, const uint8_t *in, struct ss_rsa *r);
SS_CHECKED enum ss_err ss_rsa_secret_op(
    uint8_t *out, const uint8_t *in, struct ss_rsa *r);

/*
 * ss_rsa_wrap - OAEP encryption.
 *
 *   out    out  r->len bytes
 *   label  in   what the key is for; the recipient must say the same
 *   seed   in   random; never twice
 *
 * SS_OK; SS_ERR_LENGTH if the modulus is too short for it; SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_rsa_wrap(uint8_t *out,
    const uint8_t key[static SS_RSA_KEY_BYTES], const uint8_t *label,
    size_t labellen, const uint8_t seed[static SS_RSA_SEED_BYTES],
    struct ss_rsa *r);

/*
 * ss_rsa_unwrap - OAEP decryption that never says whether it succeeded.
 *
 *   key  out  what was wrapped, or, if this is no ciphertext for us with this
 *             label, a pseudorandom key that depends on the ciphertext and on
 *             our secret.  What was to be opened with it then fails, as it
 *             does for any other wrong key.
 *
 * SS_OK; SS_ERR_LENGTH if len is not r->len, which everybody can see;
 * SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_rsa_unwrap(uint8_t key[static SS_RSA_KEY_BYTES],
    const uint8_t *in, size_t len, const uint8_t *label, size_t labellen,
    struct ss_rsa *r);

/*
 * ss_rsa_decrypt - OAEP decryption of a text of any length, which does say
 * it: for vectors and for computing by hand.  Whoever can send us ciphertexts
 * and learn which ones fail can decrypt with our key (Manger, 2001).
 *
 *   out  out  r->len bytes; *outlen of them are the text
 *
 * SS_OK; SS_ERR_LENGTH; SS_ERR_AUTH for every failure.
 */
SS_CHECKED enum ss_err ss_rsa_decrypt(uint8_t *out, size_t *outlen,
    const uint8_t *in, size_t len, const uint8_t *label, size_t labellen,
    struct ss_rsa *r);

#endif
