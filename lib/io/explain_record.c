/* SPDX-License-Identifier: ISC */
/* One record on a sheet: every byte of it named. */
#include "../proto/words.h"
#include "../proto/words_record.h"
#include "explain.h"
#include "io.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* One span as a row.  Returns 1 if its value cannot be. */
static int
row(struct ss_sheet *s, const struct ss_layout *l, const struct ss_span *span,
    const uint8_t *rec, size_t have)
{
	const struct ss_field *f = span->field;
	const struct ss_words *w = ss_words_field(l->name, f->name);
	size_t there = have > span->off ? have - span->off : 0;
	char value[SS_WORDS_VALUE] = "";
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
		r.wrong = ss_words_value(value, l, span, rec);
	}
	if (!value[0])
		r.value = NULL;
	ss_sheet_row(s, &r);
	return r.wrong;
}

/* The header's rows, whatever is in them, with the mark at the wrong one. */
static enum ss_err
header(struct ss_sheet *s, const uint8_t *rec, size_t have, enum ss_err e)
{
	static const char *const words[] = {
		"a record begins with the letters SS",
		"only version 1 is known", "the types are 1 to 5",
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
	e = ss_words_walk(spans, &n, rec, len);
	if (e != SS_OK && have < len) {
		/* a length that is not there says nothing of what follows */
		while (n > 0 && spans[n - 1].off >= have)
			n--;
	} else if (e != SS_OK) {
		ss_sheet_note(s, e, "the %zu bytes of body are too few for "
		    "the fields of this type", len - SS_HEADER_BYTES);
		return e;
	}
	for (size_t i = ss_header_layout.nrows; i < n; i++) {
		int bad = row(s, l, &spans[i], rec, have);

		if (bad && worst == SS_OK) {
			worst = have < spans[i].off + spans[i].len ?
			    SS_ERR_TRUNCATED : SS_ERR_FORMAT;
			ss_sheet_note(s, worst, "byte %u of the record",
			    worst == SS_ERR_TRUNCATED ? (unsigned)have :
			    spans[i].off);
		}
	}
	if (e != SS_OK && worst == SS_OK) {
		worst = SS_ERR_TRUNCATED;
		ss_sheet_note(s, worst, "byte %zu of the record", have);
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
		ss_sheet_note(s, SS_OK, "%s", ss_words_lab);
	if (e == SS_OK)
		e = body(s, whole, len, have);
	s->style->part_end(s);
	free(whole);
	return e;
}
