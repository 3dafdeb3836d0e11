/* SPDX-License-Identifier: ISC */
#include "io.h"
#include "../proto/escape.h"

void
ss_escape(FILE *out, const uint8_t *in, size_t len, int keep)
{
	uint8_t text[1024];

	while (len > 0) {
		struct ss_buf b = { text, 0, sizeof(text), 0 };
		size_t n = ss_escape_put(&b, in, len, keep);

		fwrite(text, 1, b.len, out);
		in += n;
		len -= n;
	}
}
