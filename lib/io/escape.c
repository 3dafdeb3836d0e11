/* SPDX-License-Identifier: ISC */
#include "io.h"

/*
 * Length of the well-formed UTF-8 sequence at p, 0 if there is none: no
 * overlong forms, no surrogates, nothing above U+10FFFF.   RFC 3629, 4
 */
static size_t
utf8_length(const uint8_t *p, size_t left, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2
	    : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	uint32_t c;

	if (n < 2 || n > left) {
		*code = p[0];
		return n == 1;
	}
	c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	*code = c;
	return c < least[n] || c > 0x10ffff || (c & 0x1ff800) == 0xd800 ? 0 : n;
}

/*
 * C0, DEL and C1 move the cursor, clear the screen, set titles; the marks of
 * direction make text read backwards ("Trojan Source", CVE-2021-42574).
 */
static int
harmful(uint32_t c, int keep)
{
	if (c == '\n' || c == '\t')
		return !keep;
	return c < 0x20 || c == '\\' || (c >= 0x7f && c < 0xa0) || c == 0x61c
	    || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e)
	    || (c >= 0x2066 && c <= 0x2069);
}

void
ss_escape(FILE *out, const uint8_t *in, size_t len, int keep)
{
	size_t at = 0, plain = 0;

	while (at < len) {
		uint32_t code = 0;
		size_t n = utf8_length(in + at, len - at, &code);

		if (n > 0 && !harmful(code, keep)) {
			at += n;
			continue;
		}
		fwrite(in + plain, 1, at - plain, out);
		if (n == 1 && code == '\\')
			fputs("\\\\", out);
		else
			for (size_t i = 0; i < (n > 0 ? n : 1); i++)
				fprintf(out, "\\x%02x", in[at + i]);
		at += n > 0 ? n : 1;
		plain = at;
	}
	fwrite(in + plain, 1, at - plain, out);
}
