/* SPDX-License-Identifier: ISC */
#include "data.h"
#include "lab_data.h"
#include "labels.h"
#include <string.h>

/*
 * The hot path, coded by hand; the wire table has the same fields and a test
 * holds one against the other.
 *
 *   0   8   header: "SS", version, type, length of the body
 *   8   16  epoch id
 *   24  8   sequence number
 *   32  1   flags
 *   33  n   ciphertext
 *   33+n 16 tag
 */
#define OFF_EPOCH    SS_HEADER_BYTES
#define OFF_SEQUENCE (OFF_EPOCH + SS_EPOCH_ID_BYTES)
#define OFF_FLAGS    (OFF_SEQUENCE + 8)
#define OFF_CIPHER   (OFF_FLAGS + 1)
_Static_assert(OFF_CIPHER == SS_DATA_AD_BYTES, "the AD ends at the text");

/* 4 zero bytes, then the sequence number, big-endian */
static void
nonce_of(uint8_t nonce[static SS_AEAD_NONCE_BYTES], uint64_t sequence,
    const struct ss_lab *lab)
{
	memset(nonce, 0, 4);
	ss_put64(nonce + 4, sequence);
	/* LAB reuse-nonce: always zero */
	if (ss_lab_is(lab, SS_LAB_REUSE_NONCE))
		ss_lab_data_nonce(nonce);
}

/* The header, the epoch's id, the place in it and the flags. */
static size_t
ad_bytes(const struct ss_lab *lab)
{
	/* LAB one-key: none of it */
	return ss_lab_is(lab, SS_LAB_ONE_KEY) ? 0 : SS_DATA_AD_BYTES;
}

enum ss_err
ss_data_get(struct ss_data *d, const uint8_t *rec, size_t len)
{
	struct ss_header h;
	enum ss_err e;

	if (len < SS_HEADER_BYTES)
		return SS_ERR_TRUNCATED;
	if ((e = ss_header_get(&h, rec)) != SS_OK)
		return e;
	if (h.type != SS_DATA)
		return SS_ERR_FORMAT;
	if (len - SS_HEADER_BYTES > h.body)
		return SS_ERR_LENGTH;
	if (len - SS_HEADER_BYTES < h.body || len < SS_DATA_OVERHEAD)
		return SS_ERR_TRUNCATED;
	memcpy(d->epoch_id, rec + OFF_EPOCH, sizeof(d->epoch_id));
	d->sequence = ss_get64(rec + OFF_SEQUENCE);
	d->flags = rec[OFF_FLAGS];
	d->cipher.at = rec + OFF_CIPHER;
	d->cipher.len = len - SS_DATA_OVERHEAD;
	memcpy(d->tag, rec + len - sizeof(d->tag), sizeof(d->tag));
	if (d->flags & ~(SS_DATA_FINAL | SS_DATA_PADDED))
		return SS_ERR_FORMAT;
	return SS_OK;
}

enum ss_err
ss_data_seal(uint8_t *rec, const uint8_t *text, size_t len,
    uint64_t sequence, uint8_t flags, struct ss_epoch *e)
{
	uint8_t nonce[SS_AEAD_NONCE_BYTES];

	if (len > SS_DATA_TEXT_MAX)
		return SS_ERR_LENGTH;
	ss_header_put(rec, (uint8_t)(SS_DATA | (e->lab ? SS_TYPE_LAB : 0)),
	    (uint32_t)(len + SS_DATA_OVERHEAD - SS_HEADER_BYTES));
	memcpy(rec + OFF_EPOCH, e->id, SS_EPOCH_ID_BYTES);
	ss_put64(rec + OFF_SEQUENCE, sequence);
	rec[OFF_FLAGS] = flags;
	nonce_of(nonce, sequence, e->lab);
	/* LAB no-tag: a keystream and nothing else */
	if (ss_lab_is(e->lab, SS_LAB_NO_TAG))
		return ss_lab_data_seal(rec + OFF_CIPHER, text, len, nonce, e);
	return ss_aead_seal(&e->aead, rec + OFF_CIPHER, text, len, rec,
	    ad_bytes(e->lab), nonce);
}

/* Text, 0x80, zeros (ISO/IEC 7816-4): *len becomes that of the text. */
static enum ss_err
unpad(const uint8_t *text, size_t *len)
{
	size_t n = *len;

	while (n > 0 && text[n - 1] == 0)
		n--;
	if (n == 0 || text[n - 1] != 0x80)
		return SS_ERR_FORMAT;
	*len = n - 1;
	return SS_OK;
}

enum ss_err
ss_data_open(uint8_t *text, size_t *textlen, const uint8_t *rec, size_t len,
    struct ss_epoch *e)
{
	uint8_t nonce[SS_AEAD_NONCE_BYTES];
	struct ss_data d;
	enum ss_err err;

	*textlen = 0;
	if ((err = ss_data_get(&d, rec, len)) != SS_OK)
		return err;
	if (memcmp(d.epoch_id, e->id, sizeof(d.epoch_id)) != 0)
		return SS_ERR_FOREIGN;
	nonce_of(nonce, d.sequence, e->lab);
	err = ss_lab_is(e->lab, SS_LAB_NO_TAG)
	    ? ss_lab_data_open(text, d.cipher.at, d.cipher.len, nonce, e)
	    : ss_aead_open(&e->aead, text, d.cipher.at,
	        d.cipher.len + SS_AEAD_TAG_BYTES, rec, ad_bytes(e->lab),
	        nonce);
	if (err != SS_OK)
		return err;
	len = d.cipher.len;
	/* only after the tag: padding is no oracle for strangers */
	if (d.flags & SS_DATA_PADDED)
		err = unpad(text, &len);
	if (err == SS_OK)
		*textlen = len;
	return err;
}
