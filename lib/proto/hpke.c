/* SPDX-License-Identifier: ISC */
#include "hpke.h"
#include "bytes.h"
#include "hash.h"
#include <sodium.h>
#include <string.h>

#define KEM_ID 0x0020 /* DHKEM(X25519, HKDF-SHA256).           7.1 */
#define KDF_ID 0x0001 /* HKDF-SHA256.                          7.2 */

/* "KEM" or "HPKE" with all three numbers: it stands in every derivation, so
 * that no value of one suite is one of another. */
struct suite {
	uint8_t id[4 + 2 + 2 + 2];
	size_t len;
};

#define LABEL_MAX 32 /* "HPKE-v1", suite and label, without their data */
#define TEXT_MAX  (2 + LABEL_MAX + SS_HPKE_INFO_MAX)

static struct suite
kem_suite(void)
{
	struct suite s;
	struct ss_buf b = { s.id, 0, sizeof(s.id), 0 };

	ss_buf_str(&b, "KEM");
	ss_buf_int(&b, KEM_ID, 2);
	s.len = b.len;
	return s;
}

static struct suite
hpke_suite(enum ss_hpke_aead aead)
{
	struct suite s;
	struct ss_buf b = { s.id, 0, sizeof(s.id), 0 };

	ss_buf_str(&b, "HPKE");
	ss_buf_int(&b, KEM_ID, 2);
	ss_buf_int(&b, KDF_ID, 2);
	ss_buf_int(&b, aead, 2);
	s.len = b.len;
	return s;
}

static void
begin(struct ss_buf *b, const struct suite *s, const char *label)
{
	ss_buf_str(b, "HPKE-v1");
	ss_buf_put(b, s->id, s->len);
	ss_buf_str(b, label);
}

/* LabeledExtract.  Inputs are at most SS_HPKE_INFO_MAX long.     4 */
static void
extract(uint8_t prk[static 32], const uint8_t *salt, size_t saltlen,
    const char *label, const uint8_t *ikm, size_t len, const struct suite *s)
{
	uint8_t text[TEXT_MAX];
	struct ss_buf b = { text, 0, sizeof(text), 0 };

	begin(&b, s, label);
	ss_buf_put(&b, ikm, len);
	ss_hkdf_extract(prk, salt, saltlen, text, b.len);
	sodium_memzero(text, sizeof(text));
}

/* LabeledExpand.                                                 4 */
static void
expand(uint8_t *out, size_t outlen, const uint8_t prk[static 32],
    const char *label, const uint8_t *info, size_t len, const struct suite *s)
{
	uint8_t text[TEXT_MAX];
	struct ss_buf b = { text, 0, sizeof(text), 0 };

	ss_buf_int(&b, outlen, 2);
	begin(&b, s, label);
	ss_buf_put(&b, info, len);
	ss_hkdf_expand(out, outlen, text, b.len, prk);
	sodium_memzero(text, sizeof(text));
}

enum ss_hpke_aead
ss_hpke_aead(int aead)
{
	return aead == SS_AESGCM ? SS_HPKE_AES256GCM : SS_HPKE_CHACHAPOLY;
}

void
ss_hpke_derive(uint8_t sec[static 32], const uint8_t ikm[static 32])
{
	struct suite s = kem_suite();
	uint8_t prk[32];

	extract(prk, NULL, 0, "dkp_prk", ikm, 32, &s);
	expand(sec, 32, prk, "sk", NULL, 0, &s);
	sodium_memzero(prk, sizeof(prk));
}

/* ExtractAndExpand: dh, and every public key that had a part in it.  4.1 */
static void
finish_kem(uint8_t shared[static 32], const uint8_t *dh, size_t dhlen,
    const uint8_t enc[static 32], const uint8_t pkR[static 32],
    const uint8_t *pkS)
{
	struct suite s = kem_suite();
	uint8_t context[3 * 32], prk[32];
	struct ss_buf b = { context, 0, sizeof(context), 0 };

	ss_buf_put(&b, enc, 32);
	ss_buf_put(&b, pkR, 32);
	if (pkS)
		ss_buf_put(&b, pkS, 32);
	extract(prk, NULL, 0, "eae_prk", dh, dhlen, &s);
	expand(shared, 32, prk, "shared_secret", context, b.len, &s);
	sodium_memzero(prk, sizeof(prk));
}

enum ss_err
ss_hpke_encap(uint8_t shared[static 32], uint8_t enc[static 32],
    const uint8_t skE[static 32], const uint8_t pkR[static 32],
    const uint8_t *skS)
{
	uint8_t dh[2 * SS_DH_BYTES], pkS[32];
	enum ss_err e;

	sodium_memzero(shared, 32);
	ss_dh_public(enc, skE);
	if ((e = ss_dh(dh, skE, pkR)) != SS_OK ||
	    (skS && (e = ss_dh(dh + 32, skS, pkR)) != SS_OK))
		goto out;
	if (skS)
		ss_dh_public(pkS, skS);
	finish_kem(shared, dh, skS ? 64 : 32, enc, pkR, skS ? pkS : NULL);
out:
	sodium_memzero(dh, sizeof(dh));
	return e;
}

enum ss_err
ss_hpke_decap(uint8_t shared[static 32], const uint8_t enc[static 32],
    const uint8_t skR[static 32], const uint8_t *pkS)
{
	uint8_t dh[2 * SS_DH_BYTES], pkR[32];
	enum ss_err e;

	sodium_memzero(shared, 32);
	if ((e = ss_dh(dh, skR, enc)) != SS_OK ||
	    (pkS && (e = ss_dh(dh + 32, skR, pkS)) != SS_OK))
		goto out;
	ss_dh_public(pkR, skR);
	finish_kem(shared, dh, pkS ? 64 : 32, enc, pkR, pkS);
out:
	sodium_memzero(dh, sizeof(dh));
	return e;
}

/* VerifyPSKInputs, and what our buffers hold.                    5.1 */
static enum ss_err
check(const struct ss_hpke_setup *s)
{
	int psk = s->mode == SS_HPKE_PSK;

	if (s->infolen > SS_HPKE_INFO_MAX || s->psklen > SS_HPKE_INFO_MAX ||
	    s->psk_idlen > SS_HPKE_INFO_MAX)
		return SS_ERR_LENGTH;
	if ((s->psklen > 0) != psk || (s->psk_idlen > 0) != psk)
		return SS_ERR_SUITE;
	return SS_OK;
}

static int
seals(enum ss_hpke_aead aead)
{
	return aead == SS_HPKE_AES256GCM || aead == SS_HPKE_CHACHAPOLY;
}

enum ss_err
ss_hpke_start(struct ss_hpke *c, const struct ss_hpke_setup *s,
    const uint8_t shared[static 32])
{
	struct suite suite = hpke_suite(s->aead);
	uint8_t context[1 + 32 + 32], secret[32];
	enum ss_err e = check(s);

	memset(c, 0, sizeof(*c));
	if (e != SS_OK)
		return e;
	c->id = s->aead;
	/* key_schedule_context = mode || psk_id_hash || info_hash */
	context[0] = (uint8_t)s->mode;
	extract(context + 1, NULL, 0, "psk_id_hash", s->psk_id, s->psk_idlen,
	    &suite);
	extract(context + 33, NULL, 0, "info_hash", s->info, s->infolen,
	    &suite);
	extract(secret, shared, 32, "secret", s->psk, s->psklen, &suite);
	expand(c->exporter_secret, 32, secret, "exp", context,
	    sizeof(context), &suite);
	if (s->aead != SS_HPKE_EXPORT_ONLY) {
		expand(c->key, s->aead == SS_HPKE_AES128GCM ? 16 : 32, secret,
		    "key", context, sizeof(context), &suite);
		expand(c->base_nonce, sizeof(c->base_nonce), secret,
		    "base_nonce", context, sizeof(context), &suite);
	}
	if (seals(s->aead))
		ss_aead_init(&c->aead, s->aead == SS_HPKE_AES256GCM ?
		    SS_AESGCM : SS_CHACHAPOLY, c->key);
	sodium_memzero(secret, sizeof(secret));
	return SS_OK;
}

void
ss_hpke_wipe(struct ss_hpke *c)
{
	if (!c)
		return;
	ss_aead_wipe(&c->aead);
	sodium_memzero(c, sizeof(*c));
}

void
ss_hpke_nonce(
    uint8_t nonce[static SS_HPKE_NONCE_BYTES], const struct ss_hpke *c)
{
	uint8_t seq[8];

	memcpy(nonce, c->base_nonce, SS_HPKE_NONCE_BYTES);
	ss_put64(seq, c->seq);
	for (size_t i = 0; i < sizeof(seq); i++)
		nonce[SS_HPKE_NONCE_BYTES - 8 + i] ^= seq[i];
}

/* Before a message: may there be one, and under which nonce? */
static enum ss_err
next(uint8_t nonce[static SS_HPKE_NONCE_BYTES], const struct ss_hpke *c)
{
	if (!seals(c->id))
		return SS_ERR_SUITE;
	if (c->seq == UINT64_MAX)
		return SS_ERR_SPENT;
	ss_hpke_nonce(nonce, c);
	return SS_OK;
}

enum ss_err
ss_hpke_seal(struct ss_hpke *c, uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t *aad, size_t aadlen)
{
	uint8_t nonce[SS_HPKE_NONCE_BYTES];
	enum ss_err e = next(nonce, c);

	if (e == SS_OK)
		e = ss_aead_seal(&c->aead, out, in, len, aad, aadlen, nonce);
	c->seq += e == SS_OK;
	return e;
}

enum ss_err
ss_hpke_open(struct ss_hpke *c, uint8_t *out, const uint8_t *in, size_t len,
    const uint8_t *aad, size_t aadlen)
{
	uint8_t nonce[SS_HPKE_NONCE_BYTES];
	enum ss_err e = next(nonce, c);

	if (e == SS_OK)
		e = ss_aead_open(&c->aead, out, in, len, aad, aadlen, nonce);
	c->seq += e == SS_OK;
	return e;
}

enum ss_err
ss_hpke_export(uint8_t *out, size_t len, const uint8_t *context,
    size_t contextlen, const struct ss_hpke *c)
{
	struct suite s = hpke_suite(c->id);

	if (contextlen > SS_HPKE_INFO_MAX || len == 0 ||
	    len > 255 * SS_HASH_BYTES)
		return SS_ERR_LENGTH;
	expand(out, len, c->exporter_secret, "sec", context, contextlen, &s);
	return SS_OK;
}
