/* SPDX-License-Identifier: ISC */
#include "epoch.h"
#include "hash.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

/* label, version 1, family 1, mode 1, aead 1, length 1, profile, 2 x 32 */
#define INFO_MAX (sizeof(SS_LABEL_EPOCH) - 1 + 5 + SS_PROFILE_MAX + 2 * 32)

void
ss_epoch_key(uint8_t key[static SS_EPOCH_KEY_BYTES],
    const uint8_t salt[static SS_SALT_BYTES], const uint8_t *secret,
    size_t len, const struct ss_epoch_context *c)
{
	uint8_t info[INFO_MAX];
	struct ss_buf b = { info, 0, sizeof(info), 0 };

	ss_buf_str(&b, SS_LABEL_EPOCH);
	ss_buf_int(&b, SS_VERSION, 1);
	ss_buf_int(&b, c->family, 1);
	ss_buf_int(&b, c->mode, 1);
	ss_buf_int(&b, c->aead, 1);
	ss_buf_int(&b, strlen(c->profile), 1);
	ss_buf_str(&b, c->profile);
	ss_buf_put(&b, c->sender, sizeof(c->sender));
	ss_buf_put(&b, c->audience, sizeof(c->audience));
	ss_hkdf(key, SS_EPOCH_KEY_BYTES, salt, SS_SALT_BYTES, secret, len,
	    info, b.len);
}

static void
expand(uint8_t *out, size_t len, const char *label, const uint8_t *key)
{
	ss_hkdf_expand(out, len, (const uint8_t *)label, strlen(label), key);
}

void
ss_epoch_open(struct ss_epoch *e, enum ss_aead_id aead,
    const uint8_t key[static SS_EPOCH_KEY_BYTES])
{
	uint8_t aead_key[SS_AEAD_KEY_BYTES];

	memmove(e->key, key, sizeof(e->key));
	expand(e->id, sizeof(e->id), SS_LABEL_EPOCH_ID, e->key);
	expand(e->mac_key, sizeof(e->mac_key), SS_LABEL_EPOCH_MAC, e->key);
	expand(aead_key, sizeof(aead_key), SS_LABEL_EPOCH_AEAD, e->key);
	ss_aead_rekey(&e->aead, aead, aead_key);
	sodium_memzero(aead_key, sizeof(aead_key));
}

void
ss_epoch_wipe(struct ss_epoch *e)
{
	if (!e)
		return;
	ss_aead_wipe(&e->aead);
	sodium_memzero(e, sizeof(*e));
}

/* The layout of an introducer family, NULL if unknown. */
static const struct ss_layout *
layout_of(uint8_t family)
{
	for (size_t i = 0; i < ss_nlayouts; i++)
		if (ss_layouts[i].type == SS_INTRODUCER &&
		    ss_layouts[i].family == family)
			return &ss_layouts[i];
	return NULL;
}

const struct ss_name *
ss_introducer_modes(uint8_t family)
{
	const struct ss_layout *l = layout_of(family);

	for (size_t row = 0; l && row < l->nrows; row++)
		if (strcmp(l->rows[row].name, "mode") == 0)
			return l->rows[row].values;
	return NULL;
}

enum ss_err
ss_introducer_put(
    struct ss_buf *b, struct ss_introducer *i, const struct ss_epoch *e)
{
	const struct ss_layout *l = layout_of(i->family);
	size_t start = b->len, covered;
	enum ss_err err;

	if (!l)
		return SS_ERR_FORMAT;
	memcpy(i->epoch_id, e->id, sizeof(i->epoch_id));
	memset(i->mac, 0, sizeof(i->mac));
	if ((err = ss_wire_put(b, l, i->lab, i)) != SS_OK)
		return err;
	covered = b->len - start - SS_MAC_BYTES;
	ss_hmac(i->mac, b->at + start, covered, e->mac_key,
	    sizeof(e->mac_key));
	memcpy(b->at + start + covered, i->mac, sizeof(i->mac));
	return SS_OK;
}

enum ss_err
ss_introducer_get(struct ss_introducer *i, const uint8_t *rec, size_t len)
{
	const struct ss_layout *l = ss_layout_of(rec, len);
	struct ss_header h;
	enum ss_err e;

	memset(i, 0, sizeof(*i));
	if (len < SS_HEADER_BYTES)
		return SS_ERR_TRUNCATED;
	if ((e = ss_header_get(&h, rec)) != SS_OK)
		return e;
	if (!l || l->type != SS_INTRODUCER)
		return SS_ERR_FORMAT;
	i->lab = h.lab;
	return ss_wire_get(i, l, rec, len);
}

enum ss_err
ss_introducer_admit(
    struct ss_introducer *i, const uint8_t *rec, size_t len, int lab)
{
	struct ss_header h;
	enum ss_err e;

	if (len < SS_HEADER_BYTES)
		return SS_ERR_TRUNCATED;
	if ((e = ss_header_get(&h, rec)) != SS_OK)
		return e;
	if (h.lab != lab)
		return h.lab ? SS_ERR_LAB : SS_ERR_SUITE;
	if (h.type == SS_DATA)
		return SS_ERR_ORDER;
	return ss_introducer_get(i, rec, len);
}

enum ss_err
ss_introducer_verify(const struct ss_introducer *i, const uint8_t *rec,
    size_t len, const struct ss_epoch *e)
{
	uint8_t mac[SS_MAC_BYTES];
	int bad;

	if (len < SS_HEADER_BYTES + SS_MAC_BYTES)
		return SS_ERR_TRUNCATED;
	ss_hmac(mac, rec, len - SS_MAC_BYTES, e->mac_key, sizeof(e->mac_key));
	bad = sodium_memcmp(mac, i->mac, sizeof(mac)) |
	    sodium_memcmp(e->id, i->epoch_id, sizeof(e->id));
	sodium_memzero(mac, sizeof(mac));
	return bad ? SS_ERR_AUTH : SS_OK;
}
