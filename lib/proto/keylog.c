/* SPDX-License-Identifier: ISC */
#include "keylog.h"
#include "text.h"
#include <sodium.h>
#include <string.h>

const char ss_keylog_notice[] =
    "# SecretSocket epoch keys: whoever reads this file can read every "
    "message of the epochs below\n";

size_t
ss_keylog_put(char out[static SS_KEYLOG_LINE_MAX], const struct ss_keylog *k)
{
	struct ss_buf b = { (uint8_t *)out, 0, SS_KEYLOG_LINE_MAX, 0 };

	ss_buf_str(&b, SS_KEYLOG_WORD " ");
	ss_buf_hex(&b, k->id, sizeof(k->id));
	ss_buf_str(&b, " ");
	ss_buf_str(&b, ss_name_of(ss_introducer_names, k->family));
	ss_buf_str(&b, " ");
	ss_buf_str(&b, ss_name_of(ss_aead_names, k->aead));
	ss_buf_str(&b, " ");
	ss_buf_hex(&b, k->key, sizeof(k->key));
	ss_buf_str(&b, " ");
	ss_buf_hex(&b, k->sender, sizeof(k->sender));
	ss_buf_str(&b, " ");
	ss_buf_hex(&b, k->audience, sizeof(k->audience));
	ss_buf_str(&b, "\n");
	return b.len;
}

/* The next word as a name of a table. */
static enum ss_err
named(uint8_t *value, const struct ss_name *table, struct ss_line *l)
{
	size_t len;
	const char *word = ss_line_word(l, &len);

	for (; word && table->name; table++) {
		if (strlen(table->name) == len &&
		    memcmp(table->name, word, len) == 0) {
			*value = (uint8_t)table->value;
			return SS_OK;
		}
	}
	return SS_ERR_FORMAT;
}

/* The next word as exactly n bytes of hex. */
static enum ss_err
hex(uint8_t *out, size_t n, struct ss_line *l)
{
	size_t len;
	const char *word = ss_line_word(l, &len);

	return word ? ss_text_hex(out, n, word, len) : SS_ERR_FORMAT;
}

/* Another key under a known id would be somebody's forgery. */
static enum ss_err
id_fits(const struct ss_keylog *k)
{
	struct ss_epoch e;
	int same;

	memset(&e, 0, sizeof(e));
	ss_epoch_open(&e, k->aead, k->key);
	same = memcmp(e.id, k->id, sizeof(e.id)) == 0;
	ss_epoch_wipe(&e);
	return same ? SS_OK : SS_ERR_FORMAT;
}

enum ss_err
ss_keylog_get(struct ss_keylog *k, const char *line, size_t len)
{
	static const char word[] = SS_KEYLOG_WORD " ";
	struct ss_line l;
	size_t n = sizeof(word) - 1;
	enum ss_err e;

	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (len < n || memcmp(line, word, n) != 0)
		return SS_ERR_EMPTY;
	l = (struct ss_line){ .value = line + n, .len = len - n };
	if ((e = hex(k->id, sizeof(k->id), &l)) == SS_OK &&
	    (e = named(&k->family, ss_introducer_names, &l)) == SS_OK &&
	    (e = named(&k->aead, ss_aead_names, &l)) == SS_OK &&
	    (e = hex(k->key, sizeof(k->key), &l)) == SS_OK &&
	    (e = hex(k->sender, sizeof(k->sender), &l)) == SS_OK &&
	    (e = hex(k->audience, sizeof(k->audience), &l)) == SS_OK)
		e = ss_line_word(&l, &n) ? SS_ERR_FORMAT : id_fits(k);
	if (e != SS_OK)
		sodium_memzero(k, sizeof(*k));
	return e;
}
