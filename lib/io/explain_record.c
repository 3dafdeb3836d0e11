/* SPDX-License-Identifier: ISC */
/* One record on a sheet: every byte of it named. */
#include "../proto/epoch.h"
#include "../proto/handshake.h"
#include "../proto/words.h"
#include "explain.h"
#include "io.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_BYTES 128

/* "FINAL, PADDED"; *unknown: bits without a name. */
static void
flags(char *out, uint64_t v, const struct ss_name *names, int *unknown)
{
	size_t at = 0;

	out[0] = '\0';
	for (; names->name; names++) {
		if ((v & names->value) == 0)
			continue;
		at += (size_t)snprintf(out + at, VALUE_BYTES - at, "%s%s",
		    at ? ", " : "", names->name);
		v &= ~(uint64_t)names->value;
	}
	*unknown = v != 0;
	if (v)
		snprintf(out + at, VALUE_BYTES - at, "%sunknown bits %02llx",
		    at ? ", " : "", (unsigned long long)v);
	else if (!at)
		snprintf(out, VALUE_BYTES, "none");
}

/* A number, a name, flags.  Returns 1 if the value cannot be. */
static int
number(char *out, const struct ss_field *f, const uint8_t *in)
{
	uint64_t v = ss_bytes_get(in, f->len);
	const char *name;
	int unknown = 0;

	switch (f->kind) {
	case SS_ENUM:
		name = ss_name_of(f->values, (uint32_t)v);
		snprintf(out, VALUE_BYTES, "%s", name ? name : "unknown");
		return name == NULL;
	case SS_FLAGS:
		flags(out, v, f->values, &unknown);
		return unknown;
	case SS_UINT:
		snprintf(out, VALUE_BYTES, "%llu", (unsigned long long)v);
		return 0;
	case SS_BYTES:
	case SS_LEN16:
	case SS_REST:
		break;
	}
	out[0] = '\0';
	return 0;
}

/* An identity that travels in the clear. */
static void
identity(char *out, const uint8_t *in, size_t len)
{
	struct ss_public pub;

	if (ss_public_get(&pub, in, len) == SS_OK)
		snprintf(out, VALUE_BYTES, "the identity of \"%s\"", pub.name);
}

/* Who an initiator of x3dh says that it is. */
static void
name(char *out, const uint8_t *in, size_t len)
{
	if (ss_name_ok((const char *)in, len))
		snprintf(out, VALUE_BYTES, "\"%.*s\"", (int)len,
		    (const char *)in);
}

static int
is(const struct ss_layout *l, const char *layout, const struct ss_field *f,
    const char *field)
{
	return strcmp(l->name, layout) == 0 && strcmp(f->name, field) == 0;
}

/* One span as a row.  Returns 1 if its value cannot be. */
static int
row(struct ss_sheet *s, const struct ss_layout *l, const struct ss_span *span,
    const uint8_t *rec, size_t have)
{
	const struct ss_field *f = span->field;
	const struct ss_words *w = ss_words_field(l->name, f->name);
	size_t there = have > span->off ? have - span->off : 0;
	char value[VALUE_BYTES] = "";
	struct ss_row r = { .name = f->name, .label = f->label,
		.sentence = f->sentence, .spec = f->spec, .off = span->off,
		.len = span->len, .bytes = rec + span->off,
		.have = there < span->len ? there : span->len,
		.secrecy = f->secrecy, .value = value };

	r.more = w ? w->more : NULL;
	if (r.have < span->len) {
		snprintf(value, sizeof(value), r.have ?
		    "only %zu of %u bytes are there" : "missing", r.have,
		    span->len);
		r.wrong = 1;
	} else {
		r.wrong = number(value, f, rec + span->off);
		if (is(l, "header", f, "magic"))
			snprintf(value, sizeof(value), "\"SS\"");
		if (is(l, "handshake", f, "suite"))
			ss_suite_text(value, rec[SS_HEADER_BYTES], (uint16_t)
			    ss_bytes_get(rec + span->off, 2));
		if (is(l, "handshake", f, "payload"))
			identity(value, rec + span->off, span->len);
		if (is(l, "handshake", f, "name"))
			name(value, rec + span->off, span->len);
		if (w && w->zero && sodium_is_zero(rec + span->off, span->len))
			snprintf(value, sizeof(value), "%s", w->zero);
		if (span->len == 0)
			snprintf(value, sizeof(value), "empty");
	}
	if (!value[0])
		r.value = NULL;
	ss_sheet_row(s, &r);
	return r.wrong;
}

/*
 * The rows of a handshake message, as its family knows them; the one span of
 * the table if it does not.
 */
static int
message(struct ss_sheet *s, const struct ss_layout *l,
    const struct ss_span *span, const uint8_t *rec, size_t have)
{
	const struct ss_family *family = ss_family_of(rec[SS_HEADER_BYTES]);
	struct ss_span spans[SS_SPANS_MAX];
	int wrong = 0;
	size_t n;

	if (!family || !family->walk ||
	    family->walk(spans, &n, SS_SPANS_MAX,
		(uint16_t)ss_bytes_get(rec + SS_HEADER_BYTES + 1, 2),
		rec[SS_HANDSHAKE_FIXED - 1], span->len, span->off) != SS_OK)
		return row(s, l, span, rec, have);
	for (size_t i = 0; i < n; i++)
		wrong |= row(s, l, &spans[i], rec, have);
	return wrong;
}

/* The header's rows, whatever is in them, with the mark at the wrong one. */
static enum ss_err
header(struct ss_sheet *s, const uint8_t *rec, size_t have, enum ss_err e)
{
	static const char *const words[] = {
		"a record begins with the letters SS",
		"only version 1 is known", "the types are 1, 2 and 3",
		"a body has 1 to 131,064 bytes" };
	size_t wrong = e == SS_ERR_FORMAT ? (rec[0] != 'S' || rec[1] != 'S' ?
	    0 : 2) : e == SS_ERR_VERSION ? 1 : 3;
	size_t off = 0;

	for (size_t i = 0; i < ss_header_layout.nrows; i++) {
		struct ss_span span = { &ss_header_layout.rows[i],
			(uint32_t)off, ss_header_layout.rows[i].len };

		off += span.len;
		row(s, &ss_header_layout, &span, rec, have);
		if (e != SS_OK && i == wrong)
			ss_sheet_note(s, e, "%s", words[i]);
	}
	return e;
}

/*
 * A cut record is walked as if the rest were zeros, and each row says what
 * of it is there.
 */
static enum ss_err
body(struct ss_sheet *s, const uint8_t *rec, size_t len, size_t have)
{
	const struct ss_layout *l = ss_layout_of(rec, len);
	struct ss_span spans[SS_SPANS_MAX];
	enum ss_err e = SS_OK, worst = SS_OK;
	size_t n;

	if (!l || have <= SS_HEADER_BYTES) {
		e = have <= SS_HEADER_BYTES ? SS_ERR_TRUNCATED : SS_ERR_FORMAT;
		ss_sheet_note(s, e, e == SS_ERR_TRUNCATED ?
		    "the body is missing" :
		    "no introducer of this family is known");
		return e;
	}
	if ((e = ss_wire_walk(spans, &n, rec, len)) != SS_OK) {
		ss_sheet_note(s, e, "the %zu bytes of body are too few for "
		    "the fields of this type", len - SS_HEADER_BYTES);
		return e;
	}
	for (size_t i = ss_header_layout.nrows; i < n; i++) {
		int bad = is(l, "handshake", spans[i].field, "message") ?
		    message(s, l, &spans[i], rec, have) :
		    row(s, l, &spans[i], rec, have);

		if (bad && worst == SS_OK) {
			worst = have < spans[i].off + spans[i].len ?
			    SS_ERR_TRUNCATED : SS_ERR_FORMAT;
			ss_sheet_note(s, worst, "byte %u of the record",
			    worst == SS_ERR_TRUNCATED ? (unsigned)have :
			    spans[i].off);
		}
	}
	return worst;
}

static const struct ss_layout unknown = { .name = "record",
	.label = "Record", .sentence = "It cannot be read further." };

enum ss_err
ss_explain_record(struct ss_sheet *s, const struct ss_part *where,
    const uint8_t *rec, size_t have)
{
	struct ss_part p = *where;
	const struct ss_layout *l = &unknown;
	uint8_t start[SS_HEADER_BYTES] = { 0 }, *whole = NULL;
	struct ss_header h = { 0 };
	enum ss_err e = SS_ERR_TRUNCATED;
	size_t len = 0;

	memcpy(start, rec, have < sizeof(start) ? have : sizeof(start));
	if (have >= SS_HEADER_BYTES && (e = ss_header_get(&h, rec)) == SS_OK) {
		len = SS_HEADER_BYTES + h.body;
		if (!(whole = calloc(1, len + 1)))
			ss_die(SS_ERR_SYSTEM, "no memory");
		memcpy(whole, rec, have < len ? have : len);
		if (ss_layout_of(whole, len))
			l = ss_layout_of(whole, len);
	}
	p.name = l->name;
	p.title = l->label;
	p.sentence = l->sentence;
	p.len = have;
	ss_sheet_part(s, &p);
	header(s, whole ? whole : start, have,
	    have < SS_HEADER_BYTES ? SS_OK : e);
	if (have < SS_HEADER_BYTES)
		ss_sheet_note(s, e, "byte %zu of the record", have);
	if (h.lab)
		ss_sheet_note(s, SS_OK, "LAB: this record was made by an "
		    "insecure profile; normal readers refuse it.");
	if (e == SS_OK)
		e = body(s, whole, len, have);
	s->style->part_end(s);
	free(whole);
	return e;
}
