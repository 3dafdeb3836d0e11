/* SPDX-License-Identifier: ISC */
#include "escape.h"
#include "utf8.h"

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

size_t
ss_escape_put(struct ss_buf *out, const uint8_t *in, size_t len, int keep)
{
	size_t at = 0;

	while (at < len && out->max - out->len >= SS_ESCAPE_MOST) {
		uint32_t code = 0;
		size_t n = ss_utf8_length(&code, in + at, len - at);
		size_t end = at + (n > 0 ? n : 1);

		if (n > 0 && !harmful(code, keep)) {
			ss_buf_put(out, in + at, n);
		} else if (n > 0 && code == '\\') {
			ss_buf_str(out, "\\\\");
		} else {
			for (size_t i = at; i < end; i++) {
				ss_buf_str(out, "\\x");
				ss_buf_hex(out, in + i, 1);
			}
		}
		at = end;
	}
	return at;
}
