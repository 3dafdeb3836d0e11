/* SPDX-License-Identifier: ISC */
/*
 * Two ways to spoil a data record.  What they leave out is in data.c, at the
 * places that call them.                            docs/labs.md
 */
#include "lab_data.h"
#include <openssl/evp.h>
#include <string.h>

/*
 * LAB reuse-nonce.  A nonce is public and may be guessed; what it may not be
 * is used twice with one key.  A stream cipher then encrypts twice with the
 * same keystream, and the one-time key of a polynomial MAC serves twice.
 */
void
ss_lab_data_nonce(uint8_t nonce[static SS_AEAD_NONCE_BYTES])
{
	memset(nonce, 0, SS_AEAD_NONCE_BYTES);
}

/*
 * LAB no-tag.  The text is XORed with a keystream: nobody can read it, and
 * whoever turns over a bit of the ciphertext has turned over that bit of the
 * text.  The counter block is the nonce, then 32 bits from 0.
 */
static enum ss_err
ctr(uint8_t *out, const uint8_t *in, size_t len, const uint8_t *nonce,
    const struct ss_epoch *e)
{
	uint8_t iv[16] = { 0 };
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, ok;

	memcpy(iv, nonce, SS_AEAD_NONCE_BYTES);
	ok = cipher && c &&
	    EVP_EncryptInit_ex2(c, cipher, e->aead.key, iv, NULL) &&
	    EVP_EncryptUpdate(c, out, &n, in, (int)len);
	EVP_CIPHER_CTX_free(c); /* OpenSSL wipes the key */
	EVP_CIPHER_free(cipher);
	return ok ? SS_OK : SS_ERR_SYSTEM;
}

enum ss_err
ss_lab_data_seal(uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t nonce[static SS_AEAD_NONCE_BYTES], const struct ss_epoch *e)
{
	enum ss_err err = ctr(out, in, len, nonce, e);

	memset(out + len, 0, SS_AEAD_TAG_BYTES);
	return err;
}

enum ss_err
ss_lab_data_open(uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t nonce[static SS_AEAD_NONCE_BYTES], const struct ss_epoch *e)
{
	return ctr(out, in, len, nonce, e);
}
