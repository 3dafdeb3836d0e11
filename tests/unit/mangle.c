/* SPDX-License-Identifier: ISC */
/* Surgery on records: every field of the table found where the walk says it
 * is, and other bytes put into its place without harm to the rest. */
#include "../../lib/proto/data.h"
#include "../../lib/proto/mangle.h"
#include "tap.h"
#include <string.h>

static uint8_t rec[SS_RECORD_MAX];
static size_t len;

/* A data record with n bytes of ciphertext. */
static void
make(size_t n)
{
	len = SS_DATA_OVERHEAD + n;
	for (size_t i = 0; i < len; i++)
		rec[i] = (uint8_t)i;
	ss_header_put(rec, SS_DATA, (uint32_t)(len - SS_HEADER_BYTES));
}

static void
test_find(void)
{
	struct ss_span spans[SS_SPANS_MAX], s;
	char name[64];
	size_t n;

	make(5);
	is_err(ss_wire_walk(spans, &n, rec, len), SS_OK, "a record");
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s.%s", i < 4 ? "header" :
		    "data", spans[i].field->name);
		ok(ss_mangle_find(&s, rec, len, name) == SS_OK &&
		    s.off == spans[i].off && s.len == spans[i].len &&
		    ss_mangle_find(&s, rec, len, spans[i].field->name) ==
		    SS_OK && s.off == spans[i].off, "%s is found", name);
	}
	is_err(ss_mangle_find(&s, rec, len, "ratchet.flags"), SS_ERR_FORMAT,
	    "a field of another layout");
	is_err(ss_mangle_find(&s, rec, len, "dat.flags"), SS_ERR_FORMAT,
	    "half a name of a layout");
	is_err(ss_mangle_find(&s, rec, len, "flag"), SS_ERR_FORMAT,
	    "half a name");
	is_err(ss_mangle_find(&s, rec, len, ""), SS_ERR_FORMAT, "no name");
	is_err(ss_mangle_find(&s, rec, len - 1, "tag"), SS_ERR_FORMAT,
	    "a record that is cut has no fields");
	is_err(ss_mangle_find(&s, rec, len - 1, "type"), SS_OK,
	    "but those of its header");
	is_err(ss_mangle_find(&s, rec, 7, "type"), SS_ERR_FORMAT,
	    "unless that is cut");
}

static void
test_put(void)
{
	static const uint8_t more[SS_RECORD_MAX];
	static const struct ss_field len16 = { .name = "x",
		.kind = SS_LEN16 };
	uint8_t tag[16];
	struct ss_span s;

	make(5);
	memcpy(tag, rec + len - 16, 16);
	is_err(ss_mangle_find(&s, rec, len, "ciphertext"), SS_OK, "found");
	is_err(ss_mangle_put(rec, &len, &s, more, 9), SS_OK, "longer");
	ok(len == SS_DATA_OVERHEAD + 9 && ss_get32(rec + 4) == len - 8,
	    "the header says so");
	is_bytes(rec + len - 16, tag, 16, "what stood behind has moved");
	is_err(ss_mangle_find(&s, rec, len, "ciphertext"), SS_OK, "found");
	is_err(ss_mangle_put(rec, &len, &s, NULL, 0), SS_OK, "taken away");
	is_bytes(rec + SS_DATA_AD_BYTES, tag, 16, "what stood behind follows");
	s.len = 0;
	is_err(ss_mangle_put(rec, &len, &s, more,
	    SS_RECORD_MAX - SS_DATA_OVERHEAD + 1), SS_ERR_LENGTH, "too long");
	is_err(ss_mangle_put(rec, &len, &s, more,
	    SS_RECORD_MAX - SS_DATA_OVERHEAD), SS_OK, "as long as can be");
	make(5);
	s = (struct ss_span){ s.field, 8, (uint32_t)len - 8 };
	is_err(ss_mangle_put(rec, &len, &s, NULL, 0), SS_ERR_LENGTH,
	    "a record without a body");
	is_err(ss_mangle_find(&s, rec, len, "length"), SS_OK, "found");
	is_err(ss_mangle_put(rec, &len, &s, more, 3), SS_ERR_LENGTH,
	    "a header keeps its length");
	is_err(ss_mangle_put(rec, &len, &s, more, 4), SS_OK, "and may lie");
	ok(ss_get32(rec + 4) == 0 && len == SS_DATA_OVERHEAD + 5, "it does");

	make(5);
	ss_bytes_put(rec + 20, 3, 2);
	s = (struct ss_span){ &len16, 20, 2 + 3 };
	is_err(ss_mangle_put(rec, &len, &s, more, 4), SS_OK, "with a length");
	ok(ss_bytes_get(rec + 20, 2) == 4 && rec[26] == 25 &&
	    len == SS_DATA_OVERHEAD + 6, "which is mended");
	s.len = 2 + 4;
	is_err(ss_mangle_put(rec, &len, &s, more, 65536), SS_ERR_LENGTH,
	    "which has two bytes");
}

static void
test_flag(void)
{
	uint8_t bits;
	size_t off;

	make(0);
	is_err(ss_mangle_flag(&off, &bits, rec, len, "PADDED"), SS_OK, "flag");
	ok(off == 32 && bits == SS_DATA_PADDED, "and where");
	is_err(ss_mangle_flag(&off, &bits, rec, len, "LINES"), SS_ERR_FORMAT,
	    "a flag of another record");
	is_err(ss_mangle_flag(&off, &bits, rec, len - 1, "FINAL"),
	    SS_ERR_FORMAT, "of a record that is cut");
}

int
main(void)
{
	test_find();
	test_put();
	test_flag();
	return done_testing();
}
