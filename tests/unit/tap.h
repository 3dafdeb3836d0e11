/* SPDX-License-Identifier: ISC */
#ifndef SS_TAP_H
#define SS_TAP_H

#include "../../lib/proto/err.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The Test Anything Protocol, all of it that we need.  The plan ("1..N") is
 * printed last, by done_testing(): a program that dies on the way has none,
 * and tests/run counts that as a failure.
 *
 *     int main(void) {
 *             ok(1 + 1 == 2, "sums");
 *             return done_testing();
 *     }
 */
static int tap_count, tap_failed;

static inline int
tap_line(int good, const char *fmt, va_list ap)
{
	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	tap_failed += !good;
	return good;
}

/* ok - one test; returns whether it held, so that `if (!ok(...))` can say
 * more on lines that begin with '#'. */
__attribute__((format(printf, 2, 3))) static inline int
ok(int good, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line(good != 0, fmt, ap);
	va_end(ap);
	return good != 0;
}

static inline void
tap_hex(const char *what, const uint8_t *p, size_t len)
{
	printf("# %s ", what);
	for (size_t i = 0; i < len && i < 80; i++)
		printf("%02x", p[i]);
	printf("%s (%zu bytes)\n", len > 80 ? "..." : "", len);
}

/* is_bytes - the same len bytes; where they differ, both are shown. */
__attribute__((format(printf, 4, 5))) static inline int
is_bytes(const void *got, const void *want, size_t len, const char *fmt, ...)
{
	const uint8_t *g = got, *w = want;
	int good = len == 0 || memcmp(g, w, len) == 0;
	va_list ap;

	va_start(ap, fmt);
	tap_line(good, fmt, ap);
	va_end(ap);
	if (!good) {
		size_t at = 0;

		while (at + 1 < len && g[at] == w[at])
			at++;
		printf("# first difference at byte %zu\n", at);
		tap_hex("got ", g, len);
		tap_hex("want", w, len);
	}
	return good;
}

/* is_err - the same code; where they differ, both phrases are shown. */
__attribute__((format(printf, 3, 4))) static inline int
is_err(enum ss_err got, enum ss_err want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		printf("# got %d (%s), want %d (%s)\n", (int)got,
		    ss_strerror(got), (int)want, ss_strerror(want));
	return got == want;
}

/* skip - n tests that cannot run here, and why. */
static inline void
skip(int n, const char *why)
{
	while (n-- > 0)
		printf("ok %d # SKIP %s\n", ++tap_count, why);
	fflush(stdout);
}

/* done_testing - the plan; main returns its value. */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	return fflush(stdout) != 0 || tap_count == 0 || tap_failed != 0;
}

/* unhex - hex text (blanks are passed over) to at most max bytes; returns how
 * many.  A wrong digit or too many end the program without a plan. */
static inline size_t
unhex(uint8_t *out, size_t max, const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	size_t nibbles = 0;

	for (; *hex; hex++) {
		const char *d = strchr(digits, *hex | 0x20);

		if (strchr(" \t\n", *hex))
			continue;
		if (!d || nibbles / 2 >= max) {
			printf("Bail out! unhex: bad input at \"%.20s\"\n", hex);
			exit(255);
		}
		out[nibbles / 2] = (uint8_t)((nibbles % 2 ?
		    out[nibbles / 2] << 4 : 0) | (d - digits));
		nibbles++;
	}
	return nibbles / 2;
}

#endif
