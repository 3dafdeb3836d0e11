/* SPDX-License-Identifier: ISC */
/*
 * The wire table: it tiles every record, it agrees with the codec written by
 * hand, it refuses what is no record, and what was made from it is fresh.
 */
#include "../../lib/io/explain.h"
#include "../../lib/proto/data.h"
#include "../../lib/proto/handshake.h"
#include "../../lib/proto/wire_qkd.h"
#include "../../lib/proto/words.h"
#include "tap.h"
#include <sodium.h>

#define DOCUMENT "docs/protocol.md"

/* Not random, but no two bytes near each other are alike. */
static void
fill(uint8_t *out, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(i * 167 + seed * 59 + (i >> 8));
}

/* The bytes that a body of this layout needs at least. */
static size_t
least(const struct ss_layout *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nrows; i++)
		n += l->rows[i].kind == SS_LEN16 ? 2 : l->rows[i].len;
	return n;
}

static int
has_kind(const struct ss_layout *l, enum ss_kind kind)
{
	for (size_t i = 0; i < l->nrows; i++)
		if (l->rows[i].kind == kind)
			return 1;
	return 0;
}

/* 1 if its records can have different lengths. */
static int
has_rest(const struct ss_layout *l)
{
	return has_kind(l, SS_REST) || has_kind(l, SS_LEN16);
}

/* Fields that say their length: the first one gets all that is left over, or a
 * third of it if the rest of the body can be longer still. */
static void
set_lengths(uint8_t *rec, const struct ss_layout *l, size_t body)
{
	size_t off = SS_HEADER_BYTES, left = body - least(l);

	if (has_kind(l, SS_REST))
		left = left / 3 < UINT16_MAX ? left / 3 : UINT16_MAX;
	for (size_t i = 0; i < l->nrows; i++) {
		size_t n = l->rows[i].len;

		if (l->rows[i].kind == SS_LEN16) {
			ss_bytes_put(rec + off, left, 2);
			n = 2 + left;
			left = 0;
		}
		off += n;
	}
}

/* A record of a layout with so many bytes of body; returns its length. */
static size_t
make(uint8_t *rec, const struct ss_layout *l, size_t body)
{
	fill(rec, SS_HEADER_BYTES + body, (unsigned)body);
	ss_header_put(rec, l->type, (uint32_t)body);
	if (l->family)
		rec[SS_HEADER_BYTES] = l->family;
	set_lengths(rec, l, body);
	return SS_HEADER_BYTES + body;
}

/* Each byte is claimed by one span, in order, header first. */
static int
tiled(const struct ss_span *spans, size_t n, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (spans[i].off != at)
			return 0;
		at += spans[i].len;
	}
	return at == len;
}

static uint8_t rec[SS_RECORD_MAX + 1], again[SS_RECORD_MAX + 1];

static void
tile(const struct ss_layout *l)
{
	static const size_t extra[] = { 0, 1, 2, 15, 16, 255, 256, 65407,
		65408, 65535, SS_BODY_MAX };
	size_t min = least(l), good = 0, tried = 0, n, body, len;
	struct ss_span spans[SS_SPANS_MAX];

	for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
		body = extra[i] == SS_BODY_MAX ? SS_BODY_MAX : min + extra[i];
		if (!has_kind(l, SS_REST) && body - min > UINT16_MAX)
			continue;
		if (!has_rest(l) && body != min)
			continue;
		len = make(rec, l, body);
		tried++;
		good += ss_wire_walk(spans, &n, rec, len) == SS_OK &&
		    n == ss_header_layout.nrows + l->nrows &&
		    tiled(spans, n, len);
	}
	ok(good == tried, "%s: every byte has one owner, in records of %zu "
	    "sizes", l->name, tried);
	if (has_rest(l))
		return;
	len = make(rec, l, min + 1);
	is_err(ss_wire_walk(spans, &n, rec, len), SS_ERR_LENGTH,
	    "%s: a byte too many has none", l->name);
}

/* Cut after every byte: the file ends, or the header lies about it. */
static void
cut(const struct ss_layout *l)
{
	size_t len = make(rec, l, least(l)), good = 0, lies = 0, n;
	struct ss_span spans[SS_SPANS_MAX];
	enum ss_err e;

	for (size_t at = 0; at < len; at++) {
		e = ss_wire_walk(spans, &n, rec, at);
		good += e == (at ? SS_ERR_TRUNCATED : SS_ERR_EMPTY);
	}
	ok(good == len, "%s: refused when cut at any of %zu bytes", l->name,
	    len);
	for (size_t body = 1; body < least(l); body++) {
		memcpy(again, rec, len);
		ss_header_put(again, l->type, (uint32_t)body);
		e = ss_wire_walk(spans, &n, again, SS_HEADER_BYTES + body);
		lies += e == SS_ERR_TRUNCATED;
	}
	ok(lies == least(l) - 1, "%s: refused with any body that is too "
	    "short", l->name);
	is_err(ss_wire_walk(spans, &n, rec, len + 1), SS_ERR_LENGTH,
	    "%s: refused with a byte behind it", l->name);
}

union host {
	struct ss_handshake_record handshake;
	struct ss_introducer introducer;
	struct ss_data data;
	struct ss_qubits qubits;
	struct ss_qkd_msg qkd;
	uint8_t bytes[512];
};

/* Decode, encode: the same bytes. */
static void
round_trip(const struct ss_layout *l)
{
	static const size_t extra[] = { 0, 1, 7, 48, 1000, 65408 };
	size_t good = 0, tried = 0;

	for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
		struct ss_buf b = { again, 0, sizeof(again), 0 };
		union host host;
		size_t len;

		if (extra[i] && !has_rest(l))
			continue;
		len = make(rec, l, least(l) + extra[i]);
		memset(&host, 0, sizeof(host));
		tried++;
		good += ss_wire_get(&host, l, rec, len) == SS_OK &&
		    ss_wire_put(&b, l, 0, &host) == SS_OK && b.len == len &&
		    memcmp(rec, again, len) == 0;
	}
	ok(good == tried, "%s: decoded and encoded, %zu records are the same",
	    l->name, tried);
}

static void
another_layout(void)
{
	union host host;
	size_t len = make(rec, ss_layout_find("data"), 100);

	is_err(ss_wire_get(&host, ss_layout_find("handshake"), rec, len),
	    SS_ERR_FORMAT, "a record is not decoded as one of another type");
	make(rec, ss_layout_find("ratchet"), 164);
	rec[SS_HEADER_BYTES] = SS_GROUP;
	is_err(ss_wire_get(&host, ss_layout_find("ratchet"), rec, 172),
	    SS_ERR_FORMAT, "an introducer of an unknown family is refused");
}

static void
no_room(void)
{
	size_t good = 0, len = make(rec, ss_layout_find("ratchet"), 164);
	struct ss_introducer i;

	if (!ok(ss_wire_get(&i, ss_layout_find("ratchet"), rec, len) == SS_OK,
		"an introducer is decoded"))
		return;
	for (size_t max = 0; max < len; max++) {
		struct ss_buf b = { again, 0, max, 0 };

		good += ss_wire_put(&b, ss_layout_find("ratchet"), 0, &i) ==
		    SS_ERR_LENGTH;
	}
	ok(good == len, "and is not encoded into less than its room");
}

/* What the table says of a data record, byte by byte. */
static int
table_agrees(const struct ss_data *d, size_t len)
{
	const struct ss_layout *l = ss_layout_find("data");
	struct ss_data t;

	return ss_wire_get(&t, l, rec, len) == SS_OK &&
	    memcmp(t.epoch_id, d->epoch_id, sizeof(t.epoch_id)) == 0 &&
	    t.sequence == d->sequence && t.flags == d->flags &&
	    t.cipher.at == d->cipher.at && t.cipher.len == d->cipher.len &&
	    memcmp(t.tag, d->tag, sizeof(t.tag)) == 0;
}

static void
by_hand(void)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 33, 128, 4096,
		SS_CHUNK_BYTES - 1, SS_CHUNK_BYTES, SS_DATA_TEXT_MAX };
	static const uint64_t places[] = { 0, 1, 255, 256, 65536, UINT32_MAX,
		(uint64_t)UINT32_MAX + 1, UINT64_MAX };
	static uint8_t text[SS_DATA_TEXT_MAX];
	uint8_t key[32] = { 7 };
	struct ss_epoch e;
	size_t good = 0, tried = 0;

	memset(&e, 0, sizeof(e));
	ss_epoch_open(&e, SS_CHACHAPOLY, key);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t j = 0; j < 8; j++) {
			uint8_t flags = (uint8_t)(tried % 4);
			struct ss_data d;

			tried++;
			good += ss_data_seal(rec, text, sizes[i], places[j],
				    flags, &e) == SS_OK &&
			    ss_data_get(&d, rec, sizes[i] +
				    SS_DATA_OVERHEAD) == SS_OK &&
			    d.sequence == places[j] && d.flags == flags &&
			    table_agrees(&d, sizes[i] + SS_DATA_OVERHEAD);
		}
	}
	ok(good == tried, "the data codec written by hand agrees with the "
	    "table on %zu records", tried);
	is_err(ss_data_seal(rec, text, SS_DATA_TEXT_MAX + 1, 0, 0, &e),
	    SS_ERR_LENGTH, "a text that no record holds is refused");
	ok(ss_wire_offset(ss_layout_find("data"), "ciphertext") ==
	    SS_DATA_AD_BYTES, "the associated data ends where the table's "
	    "ciphertext begins");
	ok(ss_wire_offset(ss_layout_find("ratchet"), "mac") + SS_MAC_BYTES ==
	    SS_RATCHET_RECORD_BYTES, "an introducer is as long as its sum");
	ok(ss_wire_offset(ss_layout_find("handshake"), "message") ==
	    SS_HANDSHAKE_FIXED, "a handshake message begins where its sum "
	    "says");
	ss_epoch_wipe(&e);
}

/* Both refuse the same damage: a short, a long and a lying record. */
static void
by_hand_refusals(void)
{
	const struct ss_layout *l = ss_layout_find("data");
	size_t len = make(rec, l, 60), same = 0;
	struct ss_data d;

	rec[SS_DATA_AD_BYTES - 1] = SS_DATA_FINAL;
	for (size_t at = 1; at < len; at++)
		same += ss_data_get(&d, rec, at) == SS_ERR_TRUNCATED &&
		    ss_wire_get(&d, l, rec, at) == SS_ERR_TRUNCATED;
	ok(same == len - 1, "both codecs refuse %zu cut records", len - 1);
	is_err(ss_data_get(&d, rec, len + 1), SS_ERR_LENGTH,
	    "a byte too many is refused");
	for (unsigned bit = 4; bit < 256; bit <<= 1) {
		rec[SS_DATA_AD_BYTES - 1] = (uint8_t)bit;
		is_err(ss_data_get(&d, rec, len), SS_ERR_FORMAT,
		    "unknown flag %02x is refused", bit);
	}
}

static void
headers(void)
{
	static const struct {
		uint8_t in[SS_HEADER_BYTES];
		enum ss_err want;
		const char *what;
	} cases[] = {
		{ { 'S', 'S', 1, 3, 0, 0, 0, 1 }, SS_OK, "body of 1" },
		{ { 'S', 'S', 1, 1, 0, 1, 0xff, 0xf8 }, SS_OK,
		    "128 KiB in all" },
		{ { 'S', 'S', 1, 3, 0, 0, 0, 0 }, SS_ERR_LENGTH,
		    "body of 0" },
		{ { 'S', 'S', 1, 3, 0, 1, 0xff, 0xf9 }, SS_ERR_LENGTH,
		    "128 KiB + 1 in all" },
		{ { 'S', 'S', 1, 3, 0, 2, 0, 1 }, SS_ERR_LENGTH,
		    "body of 128 KiB + 1" },
		{ { 'S', 'S', 1, 3, 0xff, 0xff, 0xff, 0xff }, SS_ERR_LENGTH,
		    "body of 2^32 - 1" },
		{ { 'S', 'S', 1, 3, 0x80, 0, 0, 0 }, SS_ERR_LENGTH,
		    "body of 2^31" },
		{ { 'S', 'T', 1, 3, 0, 0, 0, 1 }, SS_ERR_FORMAT, "magic ST" },
		{ { 's', 'S', 1, 3, 0, 0, 0, 1 }, SS_ERR_FORMAT, "magic sS" },
		{ { 'S', 'S', 0, 3, 0, 0, 0, 1 }, SS_ERR_VERSION,
		    "version 0" },
		{ { 'S', 'S', 2, 3, 0, 0, 0, 1 }, SS_ERR_VERSION,
		    "version 2" },
	};
	struct ss_header h;
	uint8_t in[SS_HEADER_BYTES] = { 'S', 'S', 1, 0, 0, 0, 0, 9 };
	size_t good = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_err(ss_header_get(&h, cases[i].in), cases[i].want,
		    "header: %s", cases[i].what);
	for (unsigned type = 0; type < 256; type++) {
		unsigned bare = type & 0x7f;
		enum ss_err want = bare >= 1 && bare <= 5 ? SS_OK :
		    SS_ERR_FORMAT;

		in[3] = (uint8_t)type;
		good += ss_header_get(&h, in) == want && (want != SS_OK ||
		    (h.type == bare && h.lab == type >> 7 && h.body == 9));
	}
	ok(good == 256, "header: of 256 types, 5 are known, and 5 with LAB");
}

/* Each message of each pattern is tiled, whatever its length. */
static void
noise(void)
{
	const struct ss_family *f = ss_family_find("noise");
	size_t good = 0, tried = 0, n, cuts = 0, refused = 0;
	struct ss_span spans[SS_SPANS_MAX];

	for (unsigned suite = 0; suite < 65536; suite++) {
		enum ss_aead_id aead;
		char variant[32];

		if (f->describe(variant, &aead, (uint16_t)suite) != SS_OK)
			continue;
		for (size_t step = 0; step < SS_HANDSHAKE_STEPS_MAX; step++) {
			enum ss_err e = f->walk(spans, &n, SS_SPANS_MAX,
			    (uint16_t)suite, step, 300, SS_HANDSHAKE_FIXED);
			size_t off = SS_HANDSHAKE_FIXED;

			if (e == SS_ERR_SEQUENCE)
				break;
			tried++;
			for (size_t i = 0; e == SS_OK && i < n; i++)
				off = spans[i].off == off ?
				    off + spans[i].len : 0;
			good += e == SS_OK && off == SS_HANDSHAKE_FIXED + 300;
			cuts++;
			refused += f->walk(spans, &n, SS_SPANS_MAX,
			    (uint16_t)suite, step, 15, 0) != SS_OK;
		}
	}
	ok(tried > 500 && good == tried, "noise: %zu messages of all suites "
	    "are tiled", tried);
	ok(refused == cuts, "noise: 15 bytes are too few for any of them");
}

/* Rows that say nothing would not help anybody. */
static void
rows(const struct ss_layout *l)
{
	size_t good = 0, words = 0;

	for (size_t i = 0; i < l->nrows; i++) {
		const struct ss_field *f = &l->rows[i];
		size_t n = strlen(f->sentence);

		good += *f->name && *f->label && *f->spec && n > 10 &&
		    f->sentence[n - 1] == '.' &&
		    (f->kind == SS_REST || f->kind == SS_LEN16 || f->len) &&
		    ((f->kind != SS_ENUM && f->kind != SS_FLAGS) || f->values);
		words += ss_words_field(l->name, f->name) != NULL;
	}
	ok(good == l->nrows, "%s: all rows have name, label, section and a "
	    "sentence", l->name);
	ok(words == l->nrows, "%s: each has a paragraph too", l->name);
}

static void
errors(void)
{
	size_t all = 0, good = 0;

	for (const struct ss_err_row *r = ss_err_rows; r->code != SS_OK; r++) {
		all++;
		good += ss_words_error(r->code) != NULL;
	}
	ok(all > 30 && good == all, "each of %zu error codes has a paragraph",
	    all);
	ok(ss_words_error(SS_OK) == NULL, "what is no code has none");
}

static char *
slurp(const char *path)
{
	static char text[256 * 1024];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return text;
}

/* The document's copy of one table, from mark to mark. */
static void
fresh(const char *document, const char *name)
{
	char mark[64], *want = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&want, &size);
	const char *at;

	if (!f || ss_explain_tables(f, name) != SS_OK || fclose(f) != 0) {
		ok(0, "%s: its table can be printed", name);
		return;
	}
	snprintf(mark, sizeof(mark), "<!-- wire: %s -->", name);
	at = strstr(document, mark);
	if (ok(at != NULL, "%s stands in " DOCUMENT, name))
		ok(strncmp(at, want, size) == 0, "%s is fresh there (if not: "
		    "make docs)", name);
	free(want);
}

int
main(void)
{
	const char *document = slurp(DOCUMENT);
	FILE *null = fopen("/dev/null", "w");

	if (sodium_init() < 0)
		return 2;
	for (size_t i = 0; i < ss_nlayouts; i++) {
		tile(&ss_layouts[i]);
		cut(&ss_layouts[i]);
		round_trip(&ss_layouts[i]);
		rows(&ss_layouts[i]);
		fresh(document, ss_layouts[i].name);
	}
	rows(&ss_header_layout);
	fresh(document, ss_header_layout.name);
	for (const struct ss_words_file *f = ss_words_files; f->key; f++)
		fresh(document, f->key);
	fresh(document, "errors");
	is_err(ss_explain_tables(null, "nothing"), SS_ERR_FORMAT,
	    "there is no table of nothing");
	another_layout();
	no_room();
	by_hand();
	by_hand_refusals();
	headers();
	noise();
	errors();
	fclose(null);
	return done_testing();
}
