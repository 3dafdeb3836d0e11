/* SPDX-License-Identifier: ISC */
/* What commands say on stderr, and the options that need saying why not. */
#include "io.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *ss_progname = "ss";

static const char *own_hint;

void
ss_set_hint(const char *hint)
{
	own_hint = hint;
}

/*
 * Messages quote names of files and of people, so all of a message is escaped:
 * a file called "\033]0;..." must not talk to the terminal.
 */
static void
say(const char *fmt, va_list ap)
{
	char text[1024];
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	fprintf(stderr, "%s: ", ss_progname);
	ss_escape(stderr, (const uint8_t *)text, len, 0);
}

static const char *
hint_of(enum ss_err e)
{
	const char *hint = own_hint ? own_hint : ss_err_hint(e);

	own_hint = NULL;
	return hint;
}

static void
complain(enum ss_err e, int number, const char *fmt, va_list ap)
{
	const char *hint = hint_of(e);

	say(fmt, ap);
	if (e == SS_ERR_SYSTEM && number != 0)
		fprintf(stderr, ": %s\n", strerror(number));
	else if (e == SS_ERR_USAGE) /* the message is the reason */
		fputc('\n', stderr);
	else
		fprintf(stderr, ": %s\n", ss_strerror(e));
	if (hint)
		fprintf(stderr, "hint: %s\n", hint);
	fprintf(stderr, "code: SS-E%d\n", (int)e);
	fflush(stderr);
}

void
ss_die(enum ss_err e, const char *fmt, ...)
{
	int number = errno;
	va_list ap;

	va_start(ap, fmt);
	complain(e, number, fmt, ap);
	va_end(ap);
	exit(ss_err_exit(e));
}

void
ss_complain(enum ss_err e, const char *fmt, ...)
{
	int number = errno;
	va_list ap;

	va_start(ap, fmt);
	complain(e, number, fmt, ap);
	va_end(ap);
}

void
ss_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	fflush(stderr);
}

void
ss_help(const char *usage)
{
	fputs(usage, stdout);
	xclose_stdout();
	exit(0);
}

void
ss_version(void)
{
	printf("%s (SecretSocket) %s\n", ss_progname, SS_PACKAGE_VERSION);
	xclose_stdout();
	exit(0);
}

void
ss_usage(const char *usage, const char *fmt, ...)
{
	va_list ap;

	if (fmt) { /* otherwise getopt has said it */
		va_start(ap, fmt);
		say(fmt, ap);
		va_end(ap);
		fputc('\n', stderr);
	}
	fprintf(stderr, "%scode: SS-E%d\n", usage, (int)SS_ERR_USAGE);
	exit(ss_err_exit(SS_ERR_USAGE));
}

/* Digits only: strtoull would take "-1" and " 0x10". */
static const char *
digits(uint64_t *out, const char *text, uint64_t max)
{
	uint64_t v = 0;

	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		uint64_t d = (uint64_t)(*text - '0');

		if (d > max || v > (max - d) / 10)
			return NULL;
		v = v * 10 + d;
	}
	*out = v;
	return text;
}

uint64_t
xnumber(const char *option, const char *text, uint64_t max)
{
	uint64_t v = 0;
	const char *end = digits(&v, text, max);

	if (!end || *end != '\0')
		ss_die(SS_ERR_USAGE,
		    "%s takes a number from 0 to %llu, not '%s'", option,
		    (unsigned long long)max, text);
	return v;
}

uint64_t
xduration(const char *option, const char *text)
{
	static const struct {
		const char *unit;
		uint64_t seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 },
		{ "d", 86400 } };
	uint64_t v = 0;
	const char *end = digits(&v, text, UINT32_MAX);

	for (size_t i = 0; end && i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(end, units[i].unit) == 0)
			return v * units[i].seconds;
	ss_die(SS_ERR_USAGE, "%s takes a time such as 90, 90s, 15m or 2h, "
	    "not '%s'", option, text);
}
