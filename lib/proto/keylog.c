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
	uint32_t family = 0, aead = 0;
	enum ss_err e;

	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (len < n || memcmp(line, word, n) != 0)
		return SS_ERR_EMPTY;
	l = (struct ss_line){ .value = line + n, .len = len - n };
	if ((e = ss_line_hex(k->id, sizeof(k->id), &l)) == SS_OK &&
	    (e = ss_line_name(&family, ss_introducer_names, &l)) == SS_OK &&
	    (e = ss_line_name(&aead, ss_aead_names, &l)) == SS_OK &&
	    (e = ss_line_hex(k->key, sizeof(k->key), &l)) == SS_OK &&
	    (e = ss_line_hex(k->sender, sizeof(k->sender), &l)) == SS_OK &&
	    (e = ss_line_hex(k->audience, sizeof(k->audience), &l)) == SS_OK) {
		k->family = (uint8_t)family;
		k->aead = (uint8_t)aead;
		e = ss_line_word(&l, &n) ? SS_ERR_FORMAT : id_fits(k);
	}
	if (e != SS_OK)
		sodium_memzero(k, sizeof(*k));
	return e;
}
