/* SPDX-License-Identifier: ISC */
#include "json.h"
#include <string.h>

struct cursor {
	const uint8_t *at, *end;
};

static void
blanks(struct cursor *c)
{
	while (c->at < c->end && memchr(" \t\r\n", *c->at, 4))
		c->at++;
}

/* Behind the opening quote, to behind the closing one; -1: it has none. */
static int
string(struct cursor *c, const uint8_t **text, size_t *len, int *escapes)
{
	*text = c->at;
	*escapes = 0;
	while (c->at < c->end && *c->at != '"') {
		if (*c->at == '\\') {
			*escapes = 1;
			c->at++;
			if (c->at == c->end)
				return -1;
		}
		c->at++;
	}
	if (c->at == c->end)
		return -1;
	*len = (size_t)(c->at++ - *text);
	return 0;
}

/* Past one value of any kind: nesting is counted, strings are passed over. */
static int
value(struct cursor *c)
{
	const uint8_t *text;
	size_t len, depth = 0;
	int escapes;

	while (c->at < c->end) {
		uint8_t b = *c->at;

		if (depth == 0 && (b == ',' || b == '}'))
			return 0;
		c->at++;
		if (b == '{' || b == '[')
			depth++;
		else if (b == '}' || b == ']')
			depth--;
		else if (b == '"' && string(c, &text, &len, &escapes) < 0)
			return -1;
	}
	return -1;
}

int
ss_json_string(char *out, size_t size, const uint8_t *in, size_t len,
    const char *key)
{
	struct cursor c = { in, in + len };
	const uint8_t *text;
	size_t n;
	int escapes, found;

	blanks(&c);
	if (c.at == c.end || *c.at++ != '{')
		return 0;
	for (;;) {
		blanks(&c);
		if (c.at == c.end || *c.at++ != '"' ||
		    string(&c, &text, &n, &escapes) < 0)
			return 0;
		found = n == strlen(key) && memcmp(text, key, n) == 0;
		blanks(&c);
		if (c.at == c.end || *c.at++ != ':')
			return 0;
		blanks(&c);
		if (found)
			break;
		if (value(&c) < 0 || *c.at++ != ',')
			return 0;
	}
	if (c.at == c.end || *c.at++ != '"' ||
	    string(&c, &text, &n, &escapes) < 0 || escapes || n >= size)
		return 0;
	memcpy(out, text, n);
	out[n] = '\0';
	return 1;
}

void
ss_json_put(FILE *out, const uint8_t *in, size_t len)
{
	size_t plain = 0;

	putc('"', out);
	for (size_t i = 0; i < len; i++) {
		uint8_t b = in[i];

		if (b >= 0x20 && b != '"' && b != '\\' && b != 0x7f)
			continue;
		fwrite(in + plain, 1, i - plain, out);
		plain = i + 1;
		if (b == '"' || b == '\\')
			fprintf(out, "\\%c", b);
		else if (b == '\n')
			fputs("\\n", out);
		else
			fprintf(out, "\\u%04x", b);
	}
	fwrite(in + plain, 1, len - plain, out);
	putc('"', out);
}

void
ss_json_put_base64(FILE *out, const uint8_t *in, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char four[4];

	putc('"', out);
	for (; len > 0; in += 3) {
		unsigned v = (unsigned)in[0] << 16 |
		    (len > 1 ? (unsigned)in[1] << 8 : 0) |
		    (len > 2 ? in[2] : 0);

		four[0] = digits[v >> 18];
		four[1] = digits[v >> 12 & 63];
		four[2] = len > 1 ? digits[v >> 6 & 63] : '=';
		four[3] = len > 2 ? digits[v & 63] : '=';
		fwrite(four, 1, 4, out);
		len -= len < 3 ? len : 3;
	}
	putc('"', out);
}

void
ss_json_put_hex(FILE *out, const uint8_t *in, size_t len)
{
	putc('"', out);
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x", in[i]);
	putc('"', out);
}
