/* SPDX-License-Identifier: ISC */
#include "utf8.h"

size_t
ss_utf8_length(uint32_t *code, const uint8_t *p, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2
	    : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	uint32_t c;

	if (n == 0 || n > left)
		return 0;
	c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c & 0x1ff800) == 0xd800)
		return 0;
	*code = c;
	return n;
}

int
ss_utf8_valid(const uint8_t *in, size_t len)
{
	uint32_t code;
	size_t n;

	for (size_t at = 0; at < len; at += n)
		if ((n = ss_utf8_length(&code, in + at, len - at)) == 0)
			return 0;
	return 1;
}
