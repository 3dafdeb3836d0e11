/* SPDX-License-Identifier: ISC */
#include "text.h"
#include "wire.h"
#include <string.h>

/* one line, its newline included; 0 if there is none */
static size_t
line_length(const char *text, size_t left)
{
	const char *nl = left > 0 ? memchr(text, '\n', left) : NULL;

	return nl ? (size_t)(nl - text) + 1 : 0;
}

enum ss_err
ss_text_next(struct ss_line *line, const char **text, size_t *left)
{
	const char *at, *colon;
	size_t n;

	do {
		if (*left == 0)
			return SS_ERR_EMPTY;
		n = line_length(*text, *left);
		if (n == 0)
			return SS_ERR_FORMAT;
		at = *text;
		*text += n;
		*left -= n;
		n--;
	} while (n == 0 || at[0] == '#');

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)at[i] < 0x20 || at[i] == 0x7f)
			return SS_ERR_FORMAT;
	colon = memchr(at, ':', n);
	if (!colon || colon == at || colon + 1 == at + n || colon[1] != ' ')
		return SS_ERR_FORMAT;
	line->key = at;
	line->keylen = (size_t)(colon - at);
	line->value = colon + 2;
	line->len = n - line->keylen - 2;
	return SS_OK;
}

int
ss_line_is(const struct ss_line *line, const char *key)
{
	return strlen(key) == line->keylen
	    && memcmp(line->key, key, line->keylen) == 0;
}

const char *
ss_line_word(struct ss_line *line, size_t *len)
{
	const char *word;
	size_t n = 0;

	while (line->len > 0 && *line->value == ' ') {
		line->value++;
		line->len--;
	}
	if (line->len == 0)
		return NULL;
	word = line->value;
	while (n < line->len && word[n] != ' ')
		n++;
	line->value += n;
	line->len -= n;
	*len = n;
	return word;
}

/*
 * The value of a digit, above 15 if it is none.  By arithmetic: a table would
 * be read at places that depend on a secret, and so would a branch.
 */
static unsigned
digit(char c)
{
	unsigned u = (unsigned char)c;
	unsigned dec = u - '0', hex = u - 'a';
	/* all ones if below the bound: the subtraction borrows */
	unsigned is_dec = 0 - ((dec - 10) >> 31 & ~(dec >> 31) & 1);
	unsigned is_hex = 0 - ((hex - 6) >> 31 & ~(hex >> 31) & 1);

	return (dec & is_dec) | ((hex + 10) & is_hex)
	    | (~(is_dec | is_hex) & 0x100);
}

enum ss_err
ss_text_hex(uint8_t *out, size_t n, const char *in, size_t len)
{
	unsigned bad = 0;

	if (len % 2 != 0 || len / 2 != n)
		return SS_ERR_FORMAT;
	for (size_t i = 0; i < n; i++) {
		unsigned v = digit(in[2 * i]) << 4 | digit(in[2 * i + 1]);

		bad |= v >> 8;
		out[i] = (uint8_t)v;
	}
	return bad ? SS_ERR_FORMAT : SS_OK;
}

enum ss_err
ss_text_dec(uint64_t *out, uint64_t max, const char *in, size_t len)
{
	uint64_t v = 0;

	if (len == 0 || (len > 1 && in[0] == '0'))
		return SS_ERR_FORMAT;
	for (size_t i = 0; i < len; i++) {
		uint64_t d = (uint64_t)(unsigned char)in[i] - '0';

		if (d > 9 || d > max || v > (max - d) / 10)
			return SS_ERR_FORMAT;
		v = v * 10 + d;
	}
	*out = v;
	return SS_OK;
}

enum ss_err
ss_line_hex(uint8_t *out, size_t n, struct ss_line *line)
{
	size_t len;
	const char *w = ss_line_word(line, &len);

	return w ? ss_text_hex(out, n, w, len) : SS_ERR_FORMAT;
}

enum ss_err
ss_line_dec(uint64_t *out, uint64_t max, struct ss_line *line)
{
	size_t len;
	const char *w = ss_line_word(line, &len);

	return w ? ss_text_dec(out, max, w, len) : SS_ERR_FORMAT;
}

enum ss_err
ss_line_name(uint32_t *value, const struct ss_name *table,
    struct ss_line *line)
{
	size_t len;
	const char *w = ss_line_word(line, &len);

	for (; w && table->name; table++) {
		if (strlen(table->name) == len &&
		    memcmp(table->name, w, len) == 0) {
			*value = table->value;
			return SS_OK;
		}
	}
	return SS_ERR_FORMAT;
}
