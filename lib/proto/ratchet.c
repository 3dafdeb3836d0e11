/* SPDX-License-Identifier: ISC */
#include "ratchet.h"
#include "hash.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

const char ss_ratchet_label[] = SS_LABEL_RATCHET;

void
ss_ratchet_kdf_rk(uint8_t rk[static 32], uint8_t ck[static 32],
    const uint8_t dh[static 32], const char *label)
{
	uint8_t out[64];

	ss_hkdf(out, sizeof(out), rk, 32, dh, 32, (const uint8_t *)label,
	    strlen(label));
	memcpy(rk, out, 32);
	memcpy(ck, out + 32, 32);
	sodium_memzero(out, sizeof(out));
}

void
ss_ratchet_kdf_ck(uint8_t mk[static 32], uint8_t ck[static 32])
{
	uint8_t next[32];

	ss_hmac(mk, &(uint8_t){ 0x01 }, 1, ck, 32);
	ss_hmac(next, &(uint8_t){ 0x02 }, 1, ck, 32);
	memcpy(ck, next, 32);
	sodium_memzero(next, sizeof(next));
}

/* One step of a chain.  Static chains stand still: that is their flaw. */
static void
step(const struct ss_ratchet *r, uint8_t mk[static 32], uint8_t ck[static 32])
{
	uint8_t stay[32];

	memcpy(stay, ck, 32);
	ss_ratchet_kdf_ck(mk, ck);
	if (r->mode == SS_MODE_STATIC)
		memcpy(ck, stay, 32);
	sodium_memzero(stay, sizeof(stay));
}

/* Double Ratchet 3.4, RatchetEncrypt, up to the message key */
enum ss_err
ss_ratchet_send(uint8_t mk[static 32], struct ss_ratchet_header *h,
    struct ss_ratchet *r)
{
	if (!r->has_CKs)
		return SS_ERR_DIRECTION;
	if (r->Ns == UINT32_MAX)
		return SS_ERR_SPENT;
	step(r, mk, r->CKs);
	memset(h, 0, sizeof(*h));
	if (r->mode == SS_MODE_DH)
		memcpy(h->pub, r->DHs_pub, sizeof(h->pub));
	h->pn = r->PN;
	h->n = r->Ns++;
	return SS_OK;
}

/* TrySkippedMessageKeys: 1 and the key, which is then forgotten. */
static int
take_skipped(uint8_t mk[static 32], const struct ss_ratchet_header *h,
    struct ss_ratchet *r)
{
	for (size_t i = 0; i < r->nskipped; i++) {
		struct ss_skipped *k = &r->skipped[i];

		if (k->n != h->n || memcmp(k->pub, h->pub, 32) != 0)
			continue;
		memcpy(mk, k->key, 32);
		r->nskipped--;
		memmove(k, k + 1, (r->nskipped - i) * sizeof(*k));
		sodium_memzero(&r->skipped[r->nskipped], sizeof(*k));
		return 1;
	}
	return 0;
}

/* SkipMessageKeys: keep the keys of the receiving chain up to `until`. */
static uint32_t
skip(struct ss_ratchet *r, uint32_t until)
{
	uint32_t n = 0;

	for (; r->has_CKr && r->Nr < until; r->Nr++, n++) {
		struct ss_skipped *k;

		if (r->nskipped == SS_SKIP_MAX) { /* the oldest makes room */
			r->nskipped--;
			memmove(r->skipped, r->skipped + 1,
			    r->nskipped * sizeof(*k));
		}
		k = &r->skipped[r->nskipped++];
		memcpy(k->pub, r->DHr, sizeof(k->pub));
		k->n = r->Nr;
		step(r, k->key, r->CKr);
	}
	return n;
}

enum ss_err
ss_ratchet_turn(struct ss_ratchet *r, const uint8_t fresh[static 32])
{
	uint8_t dh[32];
	enum ss_err e;

	memcpy(r->DHs, fresh, sizeof(r->DHs));
	ss_dh_public(r->DHs_pub, r->DHs);
	if ((e = ss_dh(dh, r->DHs, r->DHr)) == SS_OK) {
		ss_ratchet_kdf_rk(r->RK, r->CKs, dh, r->label);
		r->has_CKs = 1;
	}
	sodium_memzero(dh, sizeof(dh));
	return e;
}

/* DHRatchet */
static enum ss_err
dh_ratchet(struct ss_ratchet *r, const uint8_t pub[static 32],
    const uint8_t fresh[static 32])
{
	uint8_t dh[32];
	enum ss_err e;

	r->PN = r->Ns;
	r->Ns = 0;
	r->Nr = 0;
	memcpy(r->DHr, pub, sizeof(r->DHr));
	r->has_DHr = 1;
	if ((e = ss_dh(dh, r->DHs, r->DHr)) == SS_OK) {
		ss_ratchet_kdf_rk(r->RK, r->CKr, dh, r->label);
		r->has_CKr = 1;
		e = ss_ratchet_turn(r, fresh);
	}
	sodium_memzero(dh, sizeof(dh));
	return e;
}

/* Would this header make us skip too much, or is it bogus? */
static enum ss_err
check(const struct ss_ratchet_header *h, int turn, const struct ss_ratchet *r)
{
	uint64_t skips = h->n;

	if (!turn && !r->has_CKr)
		return SS_ERR_DIRECTION;
	if (!turn && h->n < r->Nr)
		return SS_ERR_REPLAY;
	if (!turn)
		skips = h->n - r->Nr;
	else if (r->has_CKr && h->pn > r->Nr)
		skips += h->pn - r->Nr;
	return skips > SS_SKIP_MAX ? SS_ERR_SKIPPED : SS_OK;
}

/* Double Ratchet 3.5, RatchetDecrypt, up to the message key */
enum ss_err
ss_ratchet_receive(uint8_t mk[static 32], uint32_t *gap,
    const struct ss_ratchet_header *h, const uint8_t fresh[static 32],
    struct ss_ratchet *r)
{
	int dh = r->mode == SS_MODE_DH;
	int turn = dh && (!r->has_DHr || memcmp(h->pub, r->DHr, 32) != 0);
	enum ss_err e;

	*gap = 0;
	if (!dh && (!sodium_is_zero(h->pub, 32) || h->pn != 0))
		return SS_ERR_FORMAT;
	if (dh && memcmp(h->pub, r->DHs_pub, 32) == 0)
		return SS_ERR_REFLECTED;
	if (take_skipped(mk, h, r))
		return SS_OK;
	if ((e = check(h, turn, r)) != SS_OK)
		return e;
	if (turn) {
		*gap = skip(r, h->pn);
		if ((e = dh_ratchet(r, h->pub, fresh)) != SS_OK)
			return e;
	}
	*gap += skip(r, h->n);
	step(r, mk, r->CKr);
	r->Nr++;
	return SS_OK;
}
