/* SPDX-License-Identifier: ISC */

/*
 * raw CIPHER SIZE COUNT - COUNT AEAD calls over SIZE bytes, nothing around
 * them: the ceiling that ss-seal is held against.
 * raw read SIZE 0 - read stdin to its end, SIZE bytes at a time, and no more:
 * what a filter pays before it begins.
 *
 * Key and context are made once, the nonce counts, and 33 bytes of associated
 * data go in, as they do for every data record.  Texts of 8,192 bytes and
 * more take OpenSSL, smaller ones libsodium: whichever is faster there.  Text
 * and output stay where they are, in the cache.  Prints the CPU seconds.
 */
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROOM (65408 + 16)

static uint8_t text[ROOM], out[ROOM], ad[33], nonce[12];
static const uint8_t key[32] = { 7 };

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
bulk(const char *name, int size, long count)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, bad;

	if (!cipher || !c ||
	    !EVP_EncryptInit_ex2(c, cipher, key, nonce, NULL))
		return 1;
	bad = 0;
	for (long i = 0; i < count; i++) {
		memcpy(nonce + 4, &i, 8);
		bad |= !EVP_EncryptInit_ex2(c, NULL, NULL, nonce, NULL) ||
		    !EVP_EncryptUpdate(c, NULL, &n, ad, sizeof(ad)) ||
		    !EVP_EncryptUpdate(c, out, &n, text, size) ||
		    !EVP_EncryptFinal_ex(c, out + size, &n) ||
		    !EVP_CIPHER_CTX_ctrl(
			c, EVP_CTRL_AEAD_GET_TAG, 16, out + size);
	}
	EVP_CIPHER_CTX_free(c);
	EVP_CIPHER_free(cipher);
	return bad;
}

static int
small_chacha(size_t size, long count)
{
	int bad = 0;

	for (long i = 0; i < count; i++) {
		memcpy(nonce + 4, &i, 8);
		bad |= crypto_aead_chacha20poly1305_ietf_encrypt(
		    out, NULL, text, size, ad, sizeof(ad), NULL, nonce, key);
	}
	return bad;
}

static int
small_gcm(size_t size, long count)
{
	crypto_aead_aes256gcm_state st;
	int bad = 0;

	crypto_aead_aes256gcm_beforenm(&st, key);
	for (long i = 0; i < count; i++) {
		memcpy(nonce + 4, &i, 8);
		bad |= crypto_aead_aes256gcm_encrypt_afternm(
		    out, NULL, text, size, ad, sizeof(ad), NULL, nonce, &st);
	}
	return bad;
}

static int
read_all(size_t size)
{
	ssize_t n;

	while ((n = read(0, text, size)) > 0)
		;
	return n < 0;
}

int
main(int argc, char **argv)
{
	int gcm, size, bad;
	double began;
	long count;

	if (argc != 4 || sodium_init() < 0)
		return 2;
	gcm = strcmp(argv[1], "aesgcm") == 0;
	size = atoi(argv[2]);
	count = atol(argv[3]);
	if (size < 1 || size > ROOM - 16)
		return 2;
	memset(text, 'x', sizeof(text));
	began = cpu();
	if (strcmp(argv[1], "read") == 0)
		bad = read_all((size_t)size);
	else if (size >= 8192 || (gcm && !crypto_aead_aes256gcm_is_available()))
		bad = bulk(gcm ? "AES-256-GCM" : "ChaCha20-Poly1305", size,
		    count);
	else if (gcm)
		bad = small_gcm((size_t)size, count);
	else
		bad = small_chacha((size_t)size, count);
	printf("cpu %.6f\n", cpu() - began);
	return bad;
}
