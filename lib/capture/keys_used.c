/* SPDX-License-Identifier: ISC */
/* Keys as lines again: those that a capture asked for. */
#include "keys.h"
#include "../proto/bytes.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* label, blank, random, blank, secret, newline */
#define TLS_LINE_MAX (32 + 1 + 2 * SS_RANDOM_BYTES + 1 + \
    2 * SS_TLS_SECRET_MAX + 1)

/* Their numbers, sorted by id: the order in the table is nobody's business. */
static size_t
asked(const uint8_t **rows, const struct ss_key_table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->size; i++)
		if (t->used[i] & SS_ROW_ASKED)
			rows[n++] = (const uint8_t *)t->rows + i * t->width;
	return n;
}

static int
by_id(const void *a, const void *b)
{
	/* both kinds of id have at least these bytes */
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b,
	    SS_EPOCH_ID_BYTES);
}

static size_t
put_tls(struct ss_buf *b, const struct ss_tls_keys *k)
{
	size_t n = 0;

	for (size_t i = 0; i < SS_TLS_SECRETS; i++) {
		if (k->len[i] == 0)
			continue;
		ss_buf_str(b, ss_tls_labels[i]);
		ss_buf_str(b, " ");
		ss_buf_hex(b, k->random, sizeof(k->random));
		ss_buf_str(b, " ");
		ss_buf_hex(b, k->secret[i], k->len[i]);
		ss_buf_str(b, "\n");
		n++;
	}
	return n;
}

char *
ss_keys_used(const struct ss_keys *k, size_t *len, size_t *n)
{
	size_t all = k->tls.size + k->epochs.size, tls, epochs, max;
	const uint8_t **rows = calloc(all + 1, sizeof(*rows));
	struct ss_buf b = { 0 };

	*len = *n = 0;
	if (!rows)
		return NULL;
	tls = asked(rows, &k->tls);
	epochs = asked(rows + tls, &k->epochs);
	qsort(rows, tls, sizeof(*rows), by_id);
	qsort(rows + tls, epochs, sizeof(*rows), by_id);
	max = tls * SS_TLS_SECRETS * TLS_LINE_MAX +
	    epochs * SS_KEYLOG_LINE_MAX + 4;
	if (!(b.at = sodium_malloc(max)))
		goto out;
	b.max = max;
	for (size_t i = 0; i < tls; i++)
		*n += put_tls(&b, (const void *)rows[i]);
	for (size_t i = tls; i < tls + epochs; i++, ++*n) {
		char line[SS_KEYLOG_LINE_MAX];

		ss_buf_put(&b, line,
		    ss_keylog_put(line, (const void *)rows[i]));
		sodium_memzero(line, sizeof(line));
	}
	*len = b.len;
	ss_buf_put(&b, "\0\0\0", 3);
out:
	free(rows);
	return (char *)b.at;
}
