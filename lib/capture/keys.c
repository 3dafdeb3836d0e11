/* SPDX-License-Identifier: ISC */
#include "keys.h"
#include "../proto/text.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(offsetof(struct ss_keylog, id) == 0 &&
	offsetof(struct ss_tls_keys, random) == 0,
    "a row begins with what it is found by");

/* NSS key log format; other labels (early data, exporter) are not needed. */
const char *const ss_tls_labels[SS_TLS_SECRETS] = {
	"CLIENT_HANDSHAKE_TRAFFIC_SECRET",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET",
	"CLIENT_TRAFFIC_SECRET_0",
	"SERVER_TRAFFIC_SECRET_0",
};

void
ss_keys_init(struct ss_keys *k, struct ss_notes *notes)
{
	memset(k, 0, sizeof(*k));
	k->tls.width = sizeof(struct ss_tls_keys);
	k->tls.id_bytes = SS_RANDOM_BYTES;
	k->epochs.width = sizeof(struct ss_keylog);
	k->epochs.id_bytes = SS_EPOCH_ID_BYTES;
	k->notes = notes;
	crypto_shorthash_keygen(k->tls.hash_key);
	crypto_shorthash_keygen(k->epochs.hash_key);
}

static void
table_free(struct ss_key_table *t)
{
	sodium_free(t->rows); /* erases it */
	free(t->used);
	t->rows = NULL;
	t->used = NULL;
	t->count = t->size = 0;
}

void
ss_keys_wipe(struct ss_keys *k)
{
	if (!k)
		return;
	table_free(&k->tls);
	table_free(&k->epochs);
}

/* The row of an id, or the free row where it belongs. */
static size_t
slot(const struct ss_key_table *t, const uint8_t *id)
{
	uint64_t hash;
	size_t i;

	crypto_shorthash((uint8_t *)&hash, id, t->id_bytes, t->hash_key);
	i = (size_t)hash & (t->size - 1);
	while (t->used[i] && memcmp((uint8_t *)t->rows + i * t->width, id,
	    t->id_bytes) != 0)
		i = (i + 1) & (t->size - 1);
	return i;
}

static int
grow(struct ss_key_table *t)
{
	struct ss_key_table old = *t;

	t->size = old.size ? 2 * old.size : 64;
	t->rows = sodium_allocarray(t->size, t->width);
	t->used = calloc(t->size, 1);
	if (!t->rows || !t->used) {
		sodium_free(t->rows);
		free(t->used);
		*t = old;
		return -1;
	}
	for (size_t i = 0; i < old.size; i++) {
		uint8_t *row = (uint8_t *)old.rows + i * old.width;
		size_t to;

		if (!old.used[i])
			continue;
		to = slot(t, row);
		memcpy((uint8_t *)t->rows + to * t->width, row, t->width);
		t->used[to] = old.used[i];
	}
	table_free(&old);
	return 0;
}

/* The row of an id, made (zero but for the id) if it is new. */
static void *
row_for(struct ss_key_table *t, const uint8_t *id)
{
	uint8_t *row;
	size_t i;

	if (2 * (t->count + 1) > t->size && grow(t) < 0)
		return NULL;
	i = slot(t, id);
	row = (uint8_t *)t->rows + i * t->width;
	if (!t->used[i]) {
		memset(row, 0, t->width);
		memcpy(row, id, t->id_bytes);
		t->used[i] = SS_ROW_TAKEN;
		t->count++;
	}
	return row;
}

static const void *
find(const struct ss_key_table *t, const uint8_t *id)
{
	size_t i;

	if (t->size == 0)
		return NULL;
	i = slot(t, id);
	if (!t->used[i])
		return NULL;
	t->used[i] |= SS_ROW_ASKED;
	return (const uint8_t *)t->rows + i * t->width;
}

/* LABEL, client random, secret. */
static enum ss_err
take_tls(struct ss_keys *k, int which, struct ss_line *l)
{
	uint8_t random[SS_RANDOM_BYTES], secret[SS_TLS_SECRET_MAX];
	struct ss_tls_keys *row;
	const char *w;
	size_t len;
	enum ss_err e;

	if ((e = ss_line_hex(random, sizeof(random), l)) != SS_OK)
		return e;
	w = ss_line_word(l, &len);
	if (!w || (len != 64 && len != 96))
		return SS_ERR_FORMAT;
	if ((e = ss_text_hex(secret, len / 2, w, len)) == SS_OK) {
		if ((row = row_for(&k->tls, random))) {
			memcpy(row->secret[which], secret, len / 2);
			row->len[which] = (uint8_t)(len / 2);
		} else {
			e = SS_ERR_SYSTEM;
		}
	}
	sodium_memzero(secret, sizeof(secret));
	return e;
}

enum ss_err
ss_keys_add(struct ss_keys *k, const struct ss_keylog *log)
{
	struct ss_keylog *row = row_for(&k->epochs, log->id);

	if (!row)
		return SS_ERR_SYSTEM;
	*row = *log;
	return SS_OK;
}

static enum ss_err
take_epoch(struct ss_keys *k, const char *line, size_t len)
{
	struct ss_keylog log;
	enum ss_err e = ss_keylog_get(&log, line, len);

	if (e == SS_OK && !k->no_epochs)
		e = ss_keys_add(k, &log);
	sodium_memzero(&log, sizeof(log));
	return e;
}

static enum ss_err
take(struct ss_keys *k, const char *line, size_t len)
{
	struct ss_line l = { .value = line, .len = len };
	const char *w;
	size_t n;

	while (l.len > 0 && (line[l.len - 1] == '\r' || line[l.len - 1] == ' '))
		l.len--;
	if (!(w = ss_line_word(&l, &n)))
		return SS_ERR_EMPTY;
	for (int i = 0; i < SS_TLS_SECRETS; i++)
		if (strlen(ss_tls_labels[i]) == n &&
		    memcmp(ss_tls_labels[i], w, n) == 0)
			return take_tls(k, i, &l);
	return take_epoch(k, line, len);
}

size_t
ss_keys_text(struct ss_keys *k, const char *text, size_t len)
{
	size_t taken = 0;

	while (len > 0) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl ? (size_t)(nl - text) : len;
		enum ss_err e = take(k, text, n);

		taken += e == SS_OK;
		if (e != SS_OK && e != SS_ERR_EMPTY)
			ss_note(k->notes, SS_TOPIC_KEYS,
			    "a line of %zu bytes is damaged", n);
		n += nl != NULL;
		text += n;
		len -= n;
	}
	return taken;
}

const struct ss_tls_keys *
ss_keys_tls(
    const struct ss_keys *k, const uint8_t random[static SS_RANDOM_BYTES])
{
	return find(&k->tls, random);
}

const struct ss_keylog *
ss_keys_epoch(
    const struct ss_keys *k, const uint8_t id[static SS_EPOCH_ID_BYTES])
{
	return find(&k->epochs, id);
}
