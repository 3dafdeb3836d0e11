/* SPDX-License-Identifier: ISC */
#include "io.h"
#include <stdarg.h>

#define SHOWN_BYTES 96
#define LINE_BYTES  32

static int narrating, secrets_shown;

static void
step(void *arg, const char *what, const uint8_t *value, size_t len,
    enum ss_secrecy secrecy)
{
	(void)arg;
	fprintf(stderr, "# %s\n", what);
	if (!value)
		return;
	if (secrecy == SS_SECRET && !secrets_shown) {
		fprintf(stderr, "#     = (%zu secret bytes)\n", len);
		return;
	}
	fputs("#     = ", stderr);
	for (size_t i = 0; i < len && i < SHOWN_BYTES; i++) {
		if (i > 0 && i % LINE_BYTES == 0)
			fputs("\n#       ", stderr);
		fprintf(stderr, "%02x", value[i]);
	}
	if (len > SHOWN_BYTES)
		fprintf(stderr, "... (%zu bytes)", len);
	fputs(secrecy == SS_SECRET ? " SECRET\n" : "\n", stderr);
}

/* silent until ss_narrate_start */
struct ss_trace ss_narrator;

void
ss_narrate_start(int show_secrets)
{
	narrating = 1;
	secrets_shown = show_secrets;
	ss_narrator.step = step;
}

void
ss_narrate(const char *fmt, ...)
{
	va_list ap;

	if (!narrating)
		return;
	fputs("# ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}
