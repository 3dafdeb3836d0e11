/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/armor.h"
#include "tap.h"
#include <sodium.h>
#include <stdlib.h>

static uint8_t record[SS_RECORD_MAX], back[SS_RECORD_MAX + 8];
static char line[SS_ARMOR_MAX + 8];

static void
make_record(size_t body)
{
	ss_header_put(record, SS_DATA, (uint32_t)body);
	for (size_t i = 0; i < body; i++)
		record[SS_HEADER_BYTES + i] = (uint8_t)(i * 37 + body);
}

/* libsodium has a codec of its own: both must agree on every length. */
static void
agree(void)
{
	static char want[SS_ARMOR_MAX + 8];
	int wrong = 0;

	for (size_t body = 1; body < 300; body++) {
		size_t len = SS_HEADER_BYTES + body, n = 0;
		size_t chars = SS_ARMOR_BYTES(len) - 1;

		make_record(body);
		ss_armor_put(line, record, len);
		sodium_bin2base64(want, sizeof(want), record, len,
		    sodium_base64_VARIANT_ORIGINAL);
		wrong += strlen(want) != chars || line[chars] != '\n'
		    || memcmp(line, want, chars) != 0;
		wrong += ss_armor_get(back, &n, line, chars) != SS_OK
		    || n != len || memcmp(back, record, n) != 0;
	}
	ok(wrong == 0, "299 lengths there and back, as libsodium does it");
	ok(memcmp(line, "U1MB", 4) == 0, "a line begins with U1MB");
}

static void
largest(void)
{
	size_t n = 0;

	make_record(SS_BODY_MAX);
	ss_armor_put(line, record, SS_RECORD_MAX);
	ok(line[SS_ARMOR_MAX - 1] == '\n', "the longest line");
	is_err(ss_armor_get(back, &n, line, SS_ARMOR_MAX - 1), SS_OK,
	    "the largest record");
	ok(n == SS_RECORD_MAX, "its length");
	is_bytes(back, record, n, "its bytes");
}

static void
ends_of_lines(void)
{
	size_t n = 0, chars = SS_ARMOR_BYTES(SS_HEADER_BYTES + 10) - 1;

	make_record(10);
	ss_armor_put(line, record, SS_HEADER_BYTES + 10);
	line[chars] = '\r';
	is_err(ss_armor_get(back, &n, line, chars + 1), SS_OK, "CR at the end");
	line[chars + 1] = '\r';
	is_err(ss_armor_get(back, &n, line, chars + 2), SS_ERR_ARMOR,
	    "two CRs");
	is_err(ss_armor_get(back, &n, line, 0), SS_ERR_ARMOR, "an empty line");
	is_err(ss_armor_get(back, &n, "\r", 1), SS_ERR_ARMOR, "only a CR");
}

/* A record of 8 + 10 + pad bytes, so that the line ends in so many '='. */
static void
damage(size_t pad)
{
	size_t len = SS_HEADER_BYTES + 13 - pad, n = 0;
	size_t chars = SS_ARMOR_BYTES(len) - 1;
	int taken = 0, wrong = 0;

	make_record(len - SS_HEADER_BYTES);
	ss_armor_put(line, record, len);
	for (size_t at = 0; at < chars; at++) {
		char was = line[at];

		for (int c = 0; c < 256; c++) {
			if ((char)c == was)
				continue;
			line[at] = (char)c;
			if (ss_armor_get(back, &n, line, chars) != SS_OK)
				continue;
			/* another record then, and written just so */
			taken++;
			ss_armor_put(line, back, n);
			wrong += line[at] != (char)c || n != len
			    || memcmp(back, record, n) == 0;
			ss_armor_put(line, record, len);
		}
		line[at] = was;
	}
	ok(taken > 0 && wrong == 0,
	    "%zu '=': each line that is taken has one form only", pad);
	for (size_t cut = 0; cut < chars; cut++)
		if (ss_armor_get(back, &n, line, cut) != SS_ERR_ARMOR)
			wrong++;
	ok(wrong == 0, "%zu '=': cut anywhere it is refused", pad);
	ss_armor_put(line, record, len);
	memcpy(line + chars, "AAAA", 4);
	is_err(ss_armor_get(back, &n, line, chars + 4), SS_ERR_ARMOR,
	    "%zu '=': bytes after the record", pad);
	ok(n == 0, "and no length");
}

static void
not_a_record(void)
{
	size_t n = 0;

	is_err(ss_armor_get(back, &n, "U1MBAwAA", 8), SS_ERR_ARMOR,
	    "half a header");
	is_err(ss_armor_get(back, &n, "U1MBAwAAAAA=", 12), SS_ERR_ARMOR,
	    "a body of no bytes");
	is_err(ss_armor_get(back, &n, "AAAAAAAAAAAA", 12), SS_ERR_ARMOR,
	    "no magic");
	is_err(ss_armor_get(back, &n, "====", 4), SS_ERR_ARMOR, "padding");
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	agree();
	largest();
	ends_of_lines();
	for (size_t pad = 0; pad < 3; pad++)
		damage(pad);
	not_a_record();
	return done_testing();
}
