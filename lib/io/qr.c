/* SPDX-License-Identifier: ISC */
#include "qr.h"
#include "io.h"
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A quiet zone of 4 modules, as the standard asks for.  ISO 18004, 9.1 */
#define QUIET 4

static int
dark(const QRcode *qr, int x, int y)
{
	if (x < 0 || y < 0 || x >= qr->width || y >= qr->width)
		return 0;
	return qr->data[y * qr->width + x] & 1;
}

/*
 * Two modules in a character.  On a terminal black and white are said
 * explicitly, since its own colours may be the wrong way round.
 */
static void
draw(const QRcode *qr, int colour)
{
	static const char *const half[] = { " ", "\u2584", "\u2580",
		"\u2588" };

	for (int y = -QUIET; y < qr->width + QUIET; y += 2) {
		fputs(colour ? "\033[38;5;16;48;5;231m" : "", stdout);
		for (int x = -QUIET; x < qr->width + QUIET; x++)
			fputs(half[2 * dark(qr, x, y) + dark(qr, x, y + 1)],
			    stdout);
		fputs(colour ? "\033[0m\n" : "\n", stdout);
	}
}

static int
colours(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(1) && term && strcmp(term, "dumb") != 0
	    && (!no || *no == '\0');
}

void
xqr_print(const char *line)
{
	QRcode *qr = QRcode_encodeString8bit(line, 0, QR_ECLEVEL_M);

	if (!qr)
		ss_die(SS_ERR_SYSTEM, "cannot make a QR code");
	ss_narrate("QR code of the public key, version %d, level M: "
	    "15 %% of it may be damaged", qr->version);
	draw(qr, colours());
	QRcode_free(qr);
}
