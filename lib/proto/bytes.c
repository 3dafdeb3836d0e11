/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include <string.h>

void
ss_bytes_put(uint8_t *out, uint64_t v, size_t n)
{
	while (n > 0) {
		out[--n] = (uint8_t)v;
		v >>= 8;
	}
}

uint64_t
ss_bytes_get(const uint8_t *in, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | in[i];
	return v;
}

void
ss_buf_put(struct ss_buf *b, const void *in, size_t n)
{
	if (n > b->max - b->len) {
		b->over = 1;
		return;
	}
	if (n > 0)
		memcpy(b->at + b->len, in, n);
	b->len += n;
}

void
ss_buf_int(struct ss_buf *b, uint64_t v, size_t n)
{
	uint8_t be[8];

	ss_bytes_put(be, v, n);
	ss_buf_put(b, be, n);
}

void
ss_buf_str(struct ss_buf *b, const char *s)
{
	ss_buf_put(b, s, strlen(s));
}

void
ss_buf_hex(struct ss_buf *b, const uint8_t *in, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		ss_buf_put(b, &digits[in[i] >> 4], 1);
		ss_buf_put(b, &digits[in[i] & 15], 1);
	}
}

void
ss_buf_dec(struct ss_buf *b, uint64_t v)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	ss_buf_put(b, text + at, sizeof(text) - at);
}
