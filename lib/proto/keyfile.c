/* SPDX-License-Identifier: ISC */
/* Key files: ss_identity_put_text, _get_text, _peek_text. */
#include "identity.h"
#include "text.h"
#include <sodium.h>
#include <string.h>

#define MAGIC  "secretsocket-key"
/* Ed25519 seed, X25519 secret, numbers of an RSA key of so many bytes */
#define SECRET(rsa) (32 + 32 + SS_RSA_SECRET_BYTES(rsa))
#define SECRET_MAX  SECRET(SS_RSA_BYTES_MAX)
#define TAG         crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SEALED_MAX  (SECRET_MAX + TAG)
/* the lines around it, and each byte as two digits */
_Static_assert(SS_KEY_TEXT_MAX > 1024 + SS_PUBLIC_TEXT_MAX + 2 * SEALED_MAX,
    "a key file fits");

_Static_assert(sizeof(((struct ss_kdf *)0)->nonce)
	== crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(
    sizeof(((struct ss_kdf *)0)->salt) == crypto_pwhash_SALTBYTES, "salt");

/* Below: too cheap to guess at.  Above: a file could make us run for hours. */
#define PASSES_MAX 16
#define MEMORY_MIN ((uint64_t)8 << 20)
#define MEMORY_MAX ((uint64_t)1 << 30)

/* Argon2id of the passphrase.                              RFC 9106 */
static enum ss_err
stretch(uint8_t key[static 32], const char *passphrase,
    const struct ss_kdf *kdf)
{
	return crypto_pwhash(key, 32, passphrase, strlen(passphrase),
		   kdf->salt, kdf->passes, (size_t)kdf->memory,
		   crypto_pwhash_ALG_ARGON2ID13) == 0 ? SS_OK : SS_ERR_SYSTEM;
}

static void
put_hex(struct ss_buf *b, const char *key, const uint8_t *in, size_t n)
{
	ss_buf_str(b, key);
	ss_buf_str(b, ": ");
	ss_buf_hex(b, in, n);
	ss_buf_str(b, "\n");
}

static void
put_public(struct ss_buf *b, const struct ss_public *pub)
{
	char text[SS_PUBLIC_TEXT_MAX + 1];

	ss_public_put_text(text, pub);
	ss_buf_str(b, MAGIC ": 1\nname: ");
	ss_buf_str(b, pub->name);
	ss_buf_str(b, "\npublic: ");
	ss_buf_str(b, text);
	ss_buf_str(b, "\n");
}

/*
 * The associated data is all of the file before the sealed line: nobody can
 * put our secret under another name or public key, or lower the cost of
 * guessing for the next time, without the passphrase failing.
 */
static enum ss_err
put_sealed(struct ss_buf *b, const struct ss_identity *id,
    const char *passphrase, const struct ss_kdf *kdf)
{
	uint8_t key[32], secret[SECRET_MAX], sealed[SEALED_MAX];
	size_t len = SECRET(id->pub.rsa.len);
	enum ss_err e;

	ss_buf_str(b, "kdf: argon2id ");
	ss_buf_dec(b, kdf->passes);
	ss_buf_str(b, " ");
	ss_buf_dec(b, kdf->memory);
	ss_buf_str(b, "\n");
	put_hex(b, "salt", kdf->salt, sizeof(kdf->salt));
	put_hex(b, "nonce", kdf->nonce, sizeof(kdf->nonce));

	memcpy(secret, id->ed_seed, 32);
	memcpy(secret + 32, id->x_sec, 32);
	ss_rsa_join(secret + 64, &id->rsa, id->pub.rsa.len);
	e = stretch(key, passphrase, kdf);
	if (e == SS_OK) {
		crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL,
		    secret, len, b->at, b->len, NULL, kdf->nonce, key);
		put_hex(b, "sealed", sealed, len + TAG);
	}
	sodium_memzero(key, sizeof(key));
	sodium_memzero(secret, sizeof(secret));
	return e;
}

static void
put_clear(struct ss_buf *b, const struct ss_identity *id)
{
	uint8_t rsa[SS_RSA_SECRET_MAX];

	put_hex(b, "ed25519", id->ed_seed, 32);
	put_hex(b, "x25519", id->x_sec, 32);
	if (id->pub.rsa.len) {
		ss_rsa_join(rsa, &id->rsa, id->pub.rsa.len);
		put_hex(b, "rsa", rsa, SS_RSA_SECRET_BYTES(id->pub.rsa.len));
		sodium_memzero(rsa, sizeof(rsa));
	}
}

enum ss_err
ss_identity_put_text(char *out, size_t *len, const struct ss_identity *id,
    const char *passphrase, const struct ss_kdf *kdf)
{
	struct ss_buf b = { .at = (uint8_t *)out, .max = SS_KEY_TEXT_MAX - 1 };
	enum ss_err e = SS_OK;

	put_public(&b, &id->pub);
	if (passphrase)
		e = put_sealed(&b, id, passphrase, kdf);
	else
		put_clear(&b, id);
	ss_buf_str(&b, "end: " MAGIC "\n");
	if (e == SS_OK && b.over)
		e = SS_ERR_LENGTH;
	if (e != SS_OK) {
		sodium_memzero(out, SS_KEY_TEXT_MAX);
		b.len = 0;
	}
	out[b.len] = '\0';
	*len = b.len;
	return e;
}

/* A key file, taken apart; the secrets are still text. */
struct keyfile {
	struct ss_public pub;
	int protected;
	struct ss_line ed, x, rsa; /* in the clear */
	struct ss_kdf kdf;    /* or sealed */
	struct ss_line sealed;
	size_t adlen; /* bytes before the sealed line */
};

/* the next line must have this key */
static enum ss_err
expect(struct ss_line *l, const char *key, const char **text, size_t *left)
{
	if (ss_text_next(l, text, left) != SS_OK || !ss_line_is(l, key))
		return SS_ERR_KEY;
	return SS_OK;
}

/* What stands there, if it is not our kind of file: the empty file, the
 * public half, a later version. */
static enum ss_err
get_magic(const char **text, size_t *left)
{
	struct ss_line l;
	size_t at = 0;

	while (at < *left && memchr(" \t\r\n", (*text)[at], 4))
		at++;
	if (at == *left)
		return SS_ERR_EMPTY;
	if (ss_public_is_text(*text + at, *left - at))
		return SS_ERR_HALF;
	if (expect(&l, MAGIC, text, left) != SS_OK)
		return SS_ERR_KEY;
	return l.len == 1 && l.value[0] == '1' ? SS_OK : SS_ERR_VERSION;
}

static enum ss_err
get_public(struct keyfile *k, const char **text, size_t *left)
{
	struct ss_line name, pub;

	if (expect(&name, "name", text, left) != SS_OK
	    || expect(&pub, "public", text, left) != SS_OK
	    || ss_public_get_text(&k->pub, pub.value, pub.len) != SS_OK
	    || name.len != strlen(k->pub.name)
	    || memcmp(name.value, k->pub.name, name.len) != 0)
		return SS_ERR_KEY;
	return SS_OK;
}

static enum ss_err
get_kdf(struct ss_kdf *kdf, struct ss_line *l)
{
	uint64_t passes, memory;
	const char *name, *p, *m;
	size_t nlen, plen, mlen;

	if (!(name = ss_line_word(l, &nlen)) || !(p = ss_line_word(l, &plen))
	    || !(m = ss_line_word(l, &mlen)) || l->len != 0 || nlen != 8
	    || memcmp(name, "argon2id", 8) != 0
	    || ss_text_dec(&passes, PASSES_MAX, p, plen) != SS_OK
	    || ss_text_dec(&memory, MEMORY_MAX, m, mlen) != SS_OK
	    || passes < 1 || memory < MEMORY_MIN)
		return SS_ERR_KEY;
	kdf->passes = (uint32_t)passes;
	kdf->memory = memory;
	return SS_OK;
}

static enum ss_err
get_protected(struct keyfile *k, struct ss_line *kdf, const char *start,
    const char **text, size_t *left)
{
	struct ss_line salt, nonce;

	if (get_kdf(&k->kdf, kdf) != SS_OK
	    || expect(&salt, "salt", text, left) != SS_OK
	    || ss_text_hex(k->kdf.salt, sizeof(k->kdf.salt), salt.value,
		   salt.len) != SS_OK
	    || expect(&nonce, "nonce", text, left) != SS_OK
	    || ss_text_hex(k->kdf.nonce, sizeof(k->kdf.nonce), nonce.value,
		   nonce.len) != SS_OK)
		return SS_ERR_KEY;
	k->adlen = (size_t)(*text - start);
	return expect(&k->sealed, "sealed", text, left);
}

/* The file line by line, in the one order it can have. */
static enum ss_err
parse(struct keyfile *k, const char *text, size_t len)
{
	const char *start = text;
	struct ss_line l;
	enum ss_err e;

	memset(k, 0, sizeof(*k));
	if ((e = get_magic(&text, &len)) != SS_OK
	    || (e = get_public(k, &text, &len)) != SS_OK)
		return e;
	if (ss_text_next(&l, &text, &len) != SS_OK)
		return SS_ERR_KEY;
	k->protected = ss_line_is(&l, "kdf");
	if (k->protected) {
		e = get_protected(k, &l, start, &text, &len);
	} else if (ss_line_is(&l, "ed25519")) {
		k->ed = l;
		e = expect(&k->x, "x25519", &text, &len);
		if (e == SS_OK && k->pub.rsa.len)
			e = expect(&k->rsa, "rsa", &text, &len);
	} else {
		e = SS_ERR_KEY;
	}
	if (e != SS_OK || expect(&l, "end", &text, &len) != SS_OK
	    || l.len != sizeof(MAGIC) - 1 || memcmp(l.value, MAGIC, l.len) != 0
	    || ss_text_next(&l, &text, &len) != SS_ERR_EMPTY)
		return SS_ERR_KEY;
	return SS_OK;
}

static enum ss_err
open_sealed(uint8_t secret[static SECRET_MAX], const struct keyfile *k,
    const char *start, const char *passphrase)
{
	uint8_t key[32], sealed[SEALED_MAX];
	size_t len = SECRET(k->pub.rsa.len) + TAG;
	enum ss_err e;

	if (ss_text_hex(sealed, len, k->sealed.value,
		k->sealed.len) != SS_OK)
		return SS_ERR_KEY;
	if (!passphrase)
		return SS_ERR_PASSPHRASE;
	e = stretch(key, passphrase, &k->kdf);
	if (e == SS_OK && crypto_aead_xchacha20poly1305_ietf_decrypt(secret,
		NULL, NULL, sealed, len, (const uint8_t *)start, k->adlen,
		k->kdf.nonce, key) != 0)
		e = SS_ERR_PASSPHRASE;
	sodium_memzero(key, sizeof(key));
	return e;
}

static enum ss_err
read_clear(uint8_t secret[static SECRET_MAX], const struct keyfile *k)
{
	if (ss_text_hex(secret, 32, k->ed.value, k->ed.len) != SS_OK
	    || ss_text_hex(secret + 32, 32, k->x.value, k->x.len) != SS_OK
	    || (k->pub.rsa.len && ss_text_hex(secret + 64,
		   SS_RSA_SECRET_BYTES(k->pub.rsa.len), k->rsa.value,
		   k->rsa.len) != SS_OK))
		return SS_ERR_KEY;
	return SS_OK;
}

/* Do the halves belong together, and is this their one form?  Of RSA that is
 * the product of the primes; the exponents are tried before they are used. */
static enum ss_err
join_halves(struct ss_identity *id, const struct ss_public *pub,
    const uint8_t secret[static SECRET_MAX])
{
	if (ss_identity_make(id, pub->name, secret) != SS_OK
	    || ss_rsa_split(&id->rsa, secret + 64, pub->rsa.len) != SS_OK)
		return SS_ERR_KEY;
	id->pub.lab = pub->lab;
	id->pub.rsa = pub->rsa;
	if (sodium_memcmp(id->x_sec, secret + 32, 32) != 0
	    || !ss_public_same(&id->pub, pub))
		return SS_ERR_KEY;
	return pub->rsa.len ? ss_rsa_check(&pub->rsa, &id->rsa) : SS_OK;
}

enum ss_err
ss_identity_get_text(struct ss_identity *id, const char *text, size_t len,
    const char *passphrase)
{
	uint8_t secret[SECRET_MAX];
	struct keyfile k;
	enum ss_err e = parse(&k, text, len);

	if (e == SS_OK)
		e = k.protected ? open_sealed(secret, &k, text, passphrase)
		                : read_clear(secret, &k);
	if (e == SS_OK)
		e = join_halves(id, &k.pub, secret);
	sodium_memzero(secret, sizeof(secret));
	if (e != SS_OK)
		ss_identity_wipe(id);
	return e;
}

enum ss_err
ss_identity_peek_text(
    struct ss_public *pub, int *protected, const char *text, size_t len)
{
	struct keyfile k;
	enum ss_err e = parse(&k, text, len);

	*pub = k.pub;
	*protected = k.protected;
	if (e != SS_OK)
		memset(pub, 0, sizeof(*pub));
	return e;
}
