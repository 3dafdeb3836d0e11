/* SPDX-License-Identifier: ISC */
/* RAND_set_rand_method is forwarded for rsamake.c */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

/*
 * libcrypto, loaded when the first bulk text or the first RSA key comes.
 * Merely linking it costs a small command a third of its time, and most
 * messages are small.  These are the functions of lib/proto/aead.c and rsa.c
 * under their own names: each finds the real one and calls it.  Commands that
 * need libcrypto anyway link it, and then nothing of this file.
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

FORWARD(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_name,
    (OSSL_LIB_CTX * ctx, const char *name, const char *properties),
    (ctx, name, properties))
FORWARD(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_pkey,
    (OSSL_LIB_CTX * ctx, EVP_PKEY *pkey, const char *properties),
    (ctx, pkey, properties))
FORWARD(int, EVP_PKEY_fromdata_init, (EVP_PKEY_CTX * c), (c))
FORWARD(int, EVP_PKEY_fromdata,
    (EVP_PKEY_CTX * c, EVP_PKEY **pkey, int selection, OSSL_PARAM params[]),
    (c, pkey, selection, params))
FORWARD(int, EVP_PKEY_encrypt_init_ex,
    (EVP_PKEY_CTX * c, const OSSL_PARAM params[]), (c, params))
FORWARD(int, EVP_PKEY_decrypt_init_ex,
    (EVP_PKEY_CTX * c, const OSSL_PARAM params[]), (c, params))
FORWARD(int, EVP_PKEY_encrypt,
    (EVP_PKEY_CTX * c, unsigned char *out, size_t *outlen,
	const unsigned char *in, size_t inlen),
    (c, out, outlen, in, inlen))
FORWARD(int, EVP_PKEY_decrypt,
    (EVP_PKEY_CTX * c, unsigned char *out, size_t *outlen,
	const unsigned char *in, size_t inlen),
    (c, out, outlen, in, inlen))
FORWARD(int, EVP_PKEY_keygen_init, (EVP_PKEY_CTX * c), (c))
FORWARD(int, EVP_PKEY_CTX_set_params,
    (EVP_PKEY_CTX * c, const OSSL_PARAM *params), (c, params))
FORWARD(int, EVP_PKEY_generate, (EVP_PKEY_CTX * c, EVP_PKEY **pkey),
    (c, pkey))
FORWARD(int, EVP_PKEY_get_params, (const EVP_PKEY *pkey, OSSL_PARAM params[]),
    (pkey, params))

FORWARD(int, RAND_set_rand_method, (const RAND_METHOD *meth), (meth))

/* These have nothing to do if nothing was ever made. */

#define FORWARD_FREE(type, name)                       \
	void name(type *p)                             \
	{                                              \
		void (*real)(type *);                  \
		void *f;                               \
                                                       \
		if (p && (f = find(#name))) {          \
			memcpy(&real, &f, sizeof(f));  \
			real(p);                       \
		}                                      \
	}

FORWARD_FREE(EVP_CIPHER, EVP_CIPHER_free)
FORWARD_FREE(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
FORWARD_FREE(EVP_PKEY, EVP_PKEY_free)
FORWARD_FREE(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
