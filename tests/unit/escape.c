/* SPDX-License-Identifier: ISC */
/* UTF-8, escaped text, times: what people are shown. */
#include "../../lib/proto/escape.h"
#include "../../lib/proto/timetext.h"
#include "../../lib/proto/utf8.h"
#include "tap.h"
#include <time.h>

static int
valid(const char *in)
{
	return ss_utf8_valid((const uint8_t *)in, strlen(in));
}

/* Every code point, encoded by the rule, is read back; surrogates are not. */
static void
utf8(void)
{
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xff", "a\xe2\x82", "\xe2\x82z", "\xf0\x9f\x98", "\xc3" };
	int good = 1;

	for (uint32_t c = 0; c < 0x110000; c++) {
		uint32_t got = UINT32_MAX;
		uint8_t b[4];
		size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

		for (size_t i = 1; i < n; i++)
			b[i] = 0x80 | (c >> 6 * (n - 1 - i) & 0x3f);
		b[0] = (uint8_t)(lead[n] | c >> 6 * (n - 1));
		if (c >= 0xd800 && c < 0xe000)
			good &= ss_utf8_length(&got, b, n) == 0;
		else
			good &= ss_utf8_length(&got, b, n) == n && got == c &&
			    (n == 1 || ss_utf8_length(&got, b, n - 1) == 0);
	}
	ok(good, "every character, whole and cut");
	ok(valid("") && valid("\xc3\xa4\xf4\x8f\xbf\xbf"), "text");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!valid(bad[i]), "malformed %zu", i);
}

/* Whatever room there is, the pieces make up the same text. */
static void
escape(void)
{
	static const uint8_t in[] = "a\\b\n\t\x1b[2J gr\xc3\xbc\xc3\x9f "
	    "\xe2\x80\xae\xf0\x9f\x98\x80 \xff\xe2\x82";
	static const char want[] = "a\\\\b\\x0a\\x09\\x1b[2J gr\xc3\xbc\xc3\x9f "
	    "\\xe2\\x80\\xae\xf0\x9f\x98\x80 \\xff\\xe2\\x82";
	size_t len = sizeof(in) - 1;

	for (size_t room = SS_ESCAPE_MOST; room < 80; room++) {
		char got[256] = "";
		size_t at = 0, have = 0, n;

		do {
			struct ss_buf b = { (uint8_t *)got + have, 0, room, 0 };

			n = ss_escape_put(&b, in + at, len - at, 0);
			at += n;
			have += b.len;
			if (b.over || b.len > room)
				break;
		} while (n > 0);
		ok(at == len && strcmp(got, want) == 0,
		    "pieces of %zu bytes", room);
	}
	{
		uint8_t out[64];
		struct ss_buf b = { out, 0, SS_ESCAPE_MOST - 1, 0 };

		ok(ss_escape_put(&b, in, len, 0) == 0 && b.len == 0 && !b.over,
		    "too little room: nothing");
		b.max = sizeof(out);
		ok(ss_escape_put(&b, (const uint8_t *)"a\n\tb\r", 5, 1) == 5,
		    "all of it");
		is_bytes(out, "a\n\tb\\x0d", 8, "newline and tab are kept");
	}
}

static int
same_as_libc(int64_t seconds)
{
	char got[SS_TIME_TEXT], want[64];
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return 0;
	snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.007Z",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	ss_time_text(got, seconds * 1000 + 7);
	return strcmp(got, want) == 0;
}

static void
times(void)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = { { 0, "1970-01-01T00:00:00.000Z" },
		{ 1795251600123, "2026-11-21T09:00:00.123Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ -62167219200000, "0000-01-01T00:00:00.000Z" },
		{ -62167219200001, "-" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
		{ 253402300800000, "-" }, { INT64_MAX, "-" },
		{ INT64_MIN, "-" } };
	char got[SS_TIME_TEXT];
	int good = 1;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ss_time_text(got, rows[i].ms);
		ok(strcmp(got, rows[i].text) == 0, "%s", rows[i].text);
	}
	/* one moment of each day of 10,000 years */
	for (int64_t day = 0; day < 3652425; day++)
		good &= same_as_libc(-62167219200 + day * 86400 +
		    day * 7919 % 86400);
	ok(good, "every day is the C library's day");
}

int
main(void)
{
	utf8();
	escape();
	times();
	return done_testing();
}
