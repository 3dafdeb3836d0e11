/* SPDX-License-Identifier: ISC */
#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

/*
 * libcrypto, loaded when the first bulk text comes.  Merely linking it costs
 * a small command a third of its time, and most messages are small.  These
 * are the functions of lib/proto/aead.c under their own names: each finds the
 * real one and calls it.  Commands that need libcrypto anyway link it, and
 * then nothing of this file.
 */

#define LIBRARY "libcrypto.so.3"

static void *
find(const char *name)
{
	static void *library;
	int (*init)(uint64_t, const OPENSSL_INIT_SETTINGS *);
	void *f;

	if (!library) {
		library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
		if (!library)
			return NULL;
		/* no configuration file: it costs time and is not ours */
		f = dlsym(library, "OPENSSL_init_crypto");
		memcpy(&init, &f, sizeof(init));
		if (init)
			init(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	}
	return dlsym(library, name);
}

#define FORWARD(type, name, params, args)              \
	type name params                               \
	{                                              \
		static type(*real) params;             \
		void *f;                               \
                                                       \
		if (!real) {                           \
			f = find(#name);               \
			memcpy(&real, &f, sizeof(f));  \
		}                                      \
		return real ? real args : (type)0;     \
	}

FORWARD(EVP_CIPHER *, EVP_CIPHER_fetch,
    (OSSL_LIB_CTX * ctx, const char *name, const char *properties),
    (ctx, name, properties))
FORWARD(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), ())
FORWARD(int, EVP_CipherInit_ex2,
    (EVP_CIPHER_CTX * c, const EVP_CIPHER *cipher, const unsigned char *key,
	const unsigned char *iv, int enc, const OSSL_PARAM *params),
    (c, cipher, key, iv, enc, params))
FORWARD(int, EVP_EncryptInit_ex2,
    (EVP_CIPHER_CTX * c, const EVP_CIPHER *cipher, const unsigned char *key,
	const unsigned char *iv, const OSSL_PARAM *params),
    (c, cipher, key, iv, params))
FORWARD(int, EVP_DecryptInit_ex2,
    (EVP_CIPHER_CTX * c, const EVP_CIPHER *cipher, const unsigned char *key,
	const unsigned char *iv, const OSSL_PARAM *params),
    (c, cipher, key, iv, params))
FORWARD(int, EVP_EncryptUpdate,
    (EVP_CIPHER_CTX * c, unsigned char *out, int *outl,
	const unsigned char *in, int inl),
    (c, out, outl, in, inl))
FORWARD(int, EVP_DecryptUpdate,
    (EVP_CIPHER_CTX * c, unsigned char *out, int *outl,
	const unsigned char *in, int inl),
    (c, out, outl, in, inl))
FORWARD(int, EVP_EncryptFinal_ex,
    (EVP_CIPHER_CTX * c, unsigned char *out, int *outl), (c, out, outl))
FORWARD(int, EVP_DecryptFinal_ex,
    (EVP_CIPHER_CTX * c, unsigned char *out, int *outl), (c, out, outl))
FORWARD(int, EVP_CIPHER_CTX_ctrl,
    (EVP_CIPHER_CTX * c, int type, int arg, void *ptr), (c, type, arg, ptr))

/* These two have nothing to do if nothing was ever made. */

void
EVP_CIPHER_free(EVP_CIPHER *cipher)
{
	void (*real)(EVP_CIPHER *);
	void *f;

	if (cipher && (f = find("EVP_CIPHER_free"))) {
		memcpy(&real, &f, sizeof(real));
		real(cipher);
	}
}

void
EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *c)
{
	void (*real)(EVP_CIPHER_CTX *);
	void *f;

	if (c && (f = find("EVP_CIPHER_CTX_free"))) {
		memcpy(&real, &f, sizeof(real));
		real(c);
	}
}
