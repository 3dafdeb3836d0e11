/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/text.h"
#include "tap.h"

static enum ss_err
first(struct ss_line *l, const char *text)
{
	size_t left = strlen(text);

	return ss_text_next(l, &text, &left);
}

static void
lines(void)
{
	const char *text = "# a comment: yes\n\na: 1\nkey two: b: c \n\nz: \n";
	size_t left = strlen(text);
	struct ss_line l;

	is_err(ss_text_next(&l, &text, &left), SS_OK, "comment and blank line "
	    "are passed over");
	ok(ss_line_is(&l, "a") && l.len == 1 && l.value[0] == '1', "a: 1");
	is_err(ss_text_next(&l, &text, &left), SS_OK, "second line");
	ok(ss_line_is(&l, "key two") && l.len == 5 &&
	    memcmp(l.value, "b: c ", 5) == 0, "only the first colon divides");
	ok(!ss_line_is(&l, "key") && !ss_line_is(&l, "key two "),
	    "keys are compared whole");
	is_err(ss_text_next(&l, &text, &left), SS_OK, "third line");
	ok(ss_line_is(&l, "z") && l.len == 0, "an empty value");
	is_err(ss_text_next(&l, &text, &left), SS_ERR_EMPTY, "the end");
	is_err(ss_text_next(&l, &text, &left), SS_ERR_EMPTY, "still the end");
}

static void
bad_lines(void)
{
	static const char *const bad[] = { "a: 1", "a", "a\n", "a:\n", "a:1\n",
		": 1\n", "a: \t\n", "a: 1\r\n", "a: \x7f\n", "a\x01: 1\n",
		"a: \x1b[2J\n", " \n", "#", "# cut", "\n\na" };
	struct ss_line l;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_err(first(&l, bad[i]), SS_ERR_FORMAT, "bad line %zu", i);
	is_err(first(&l, ""), SS_ERR_EMPTY, "nothing");
	is_err(first(&l, "\n#\n"), SS_ERR_EMPTY, "nothing but blank lines");
}

static void
words(void)
{
	struct ss_line l;
	const char *w;
	size_t n = 0;

	is_err(first(&l, "k:  one two  \n"), SS_OK, "a line of words");
	w = ss_line_word(&l, &n);
	ok(w && n == 3 && memcmp(w, "one", 3) == 0, "first word");
	w = ss_line_word(&l, &n);
	ok(w && n == 3 && memcmp(w, "two", 3) == 0, "second word");
	ok(!ss_line_word(&l, &n), "no third");
}

static enum ss_err
hex(uint8_t *out, size_t n, const char *in)
{
	return ss_text_hex(out, n, in, strlen(in));
}

static void
hexadecimal(void)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t b[4];
	int wrong = 0;

	is_err(hex(b, 4, "00ff09af"), SS_OK, "hex");
	is_bytes(b, "\x00\xff\x09\xaf", 4, "its bytes");
	is_err(hex(b, 0, ""), SS_OK, "no bytes");
	is_err(hex(b, 4, "00ff09a"), SS_ERR_FORMAT, "a digit short");
	is_err(hex(b, 4, "00ff09aff"), SS_ERR_FORMAT, "a digit long");
	is_err(hex(b, 4, "00FF09AF"), SS_ERR_FORMAT, "upper case");
	is_err(hex(b, 3, "00ff09af"), SS_ERR_FORMAT, "a byte too many");
	/* all 256 characters in both places */
	for (int c = 0; c < 256; c++) {
		const char *d = c ? strchr(digits, c) : NULL;
		char high[2] = { (char)c, '0' }, low[2] = { '0', (char)c };
		enum ss_err want = d ? SS_OK : SS_ERR_FORMAT;

		wrong += ss_text_hex(b, 1, high, 2) != want;
		wrong += d && b[0] != (d - digits) << 4;
		wrong += ss_text_hex(b, 1, low, 2) != want;
		wrong += d && b[0] != d - digits;
	}
	ok(wrong == 0, "each character is a digit or refused (%d)", wrong);
}

static enum ss_err
dec(uint64_t *v, uint64_t max, const char *in)
{
	return ss_text_dec(v, max, in, strlen(in));
}

static void
decimal(void)
{
	static const char *const bad[] = { "", "-1", "+1", "01", "00", "1 ",
		" 1", "0x1", "1a", "101", "1000", "99999999999999999999999" };
	uint64_t v = 0;

	is_err(dec(&v, 100, "0"), SS_OK, "0");
	is_err(dec(&v, 100, "100"), SS_OK, "the greatest allowed");
	ok(v == 100, "its value");
	is_err(dec(&v, UINT64_MAX, "18446744073709551615"), SS_OK, "2^64 - 1");
	ok(v == UINT64_MAX, "its value");
	is_err(dec(&v, UINT64_MAX, "18446744073709551616"), SS_ERR_FORMAT,
	    "2^64");
	is_err(dec(&v, 5, "7"), SS_ERR_FORMAT, "one digit too great");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_err(dec(&v, 100, bad[i]), SS_ERR_FORMAT, "'%s'", bad[i]);
}

int
main(void)
{
	lines();
	bad_lines();
	words();
	hexadecimal();
	decimal();
	return done_testing();
}
