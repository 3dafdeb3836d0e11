/* SPDX-License-Identifier: ISC */
#include "words_record.h"
#include "epoch.h"
#include "family.h"
#include "handshake.h"
#include "words.h"
#include <sodium.h>
#include <string.h>

const char ss_words_lab[] = "LAB: this record was made by an insecure "
    "profile; normal readers refuse it.";

/* "FINAL, PADDED"; returns 1 for bits without a name. */
static int
flags(struct ss_buf *b, uint64_t v, const struct ss_name *names)
{
	const char *comma = "";
	uint8_t bits;

	for (; names->name; names++) {
		if ((v & names->value) == 0)
			continue;
		ss_buf_str(b, comma);
		ss_buf_str(b, names->name);
		comma = ", ";
		v &= ~(uint64_t)names->value;
	}
	if (v) {
		bits = (uint8_t)v;
		ss_buf_str(b, comma);
		ss_buf_str(b, "unknown bits ");
		ss_buf_hex(b, &bits, 1);
	} else if (!*comma) {
		ss_buf_str(b, "none");
	}
	return v != 0;
}

/* A number, a name, flags.  Returns 1 if the value cannot be. */
static int
number(struct ss_buf *b, const struct ss_field *f, const uint8_t *in)
{
	uint64_t v = f->len <= 8 ? ss_bytes_get(in, f->len) : 0;
	const char *name;

	switch (f->kind) {
	case SS_ENUM:
		name = ss_name_of(f->values, (uint32_t)v);
		ss_buf_str(b, name ? name : "unknown");
		return name == NULL;
	case SS_FLAGS:
		return flags(b, v, f->values);
	case SS_UINT:
		ss_buf_dec(b, v);
		return 0;
	case SS_BYTES:
	case SS_LEN16:
	case SS_REST:
		break;
	}
	return 0;
}

static int
is(const struct ss_layout *l, const char *layout, const struct ss_field *f,
    const char *field)
{
	return strcmp(l->name, layout) == 0 && strcmp(f->name, field) == 0;
}

/* What says more than the number: it stands in the number's place. */
static void
better(struct ss_buf *b, const struct ss_layout *l,
    const struct ss_span *span, const uint8_t *rec)
{
	const struct ss_field *f = span->field;
	const struct ss_words *w = ss_words_field(l->name, f->name);
	const uint8_t *in = rec + span->off;
	char suite[SS_SUITE_TEXT];
	struct ss_public pub;

	if (is(l, "header", f, "magic")) {
		b->len = 0;
		ss_buf_str(b, "\"SS\"");
	} else if (is(l, "handshake", f, "suite")) {
		ss_suite_text(suite, rec[SS_HEADER_BYTES],
		    (uint16_t)ss_bytes_get(in, 2));
		b->len = 0;
		ss_buf_str(b, suite);
	} else if (is(l, "handshake", f, "payload") &&
	    ss_public_get(&pub, in, span->len) == SS_OK) {
		ss_buf_str(b, "the identity of \"");
		ss_buf_str(b, pub.name);
		ss_buf_str(b, "\"");
	} else if (is(l, "handshake", f, "name") &&
	    ss_name_ok((const char *)in, span->len)) {
		/* who an initiator of x3dh says that it is */
		ss_buf_str(b, "\"");
		ss_buf_put(b, in, span->len);
		ss_buf_str(b, "\"");
	}
	if (w && w->zero && sodium_is_zero(in, span->len)) {
		b->len = 0;
		ss_buf_str(b, w->zero);
	}
	if (span->len == 0) {
		b->len = 0;
		ss_buf_str(b, "empty");
	}
}

int
ss_words_value(char out[static SS_WORDS_VALUE], const struct ss_layout *l,
    const struct ss_span *span, const uint8_t *rec)
{
	struct ss_buf b = { (uint8_t *)out, 0, SS_WORDS_VALUE - 1, 0 };
	int wrong = number(&b, span->field, rec + span->off);

	better(&b, l, span, rec);
	out[b.len] = '\0';
	return wrong;
}

enum ss_err
ss_words_walk(struct ss_span spans[static SS_SPANS_MAX], size_t *n,
    const uint8_t *rec, size_t len)
{
	const struct ss_family *family;
	struct ss_span *last;
	size_t more;
	enum ss_err e = ss_wire_walk(spans, n, rec, len);

	if (e != SS_OK || (rec[3] & ~SS_TYPE_LAB) != SS_HANDSHAKE)
		return e;
	/* the message, of which only the family knows the fields, is last */
	family = ss_family_of(rec[SS_HEADER_BYTES]);
	last = &spans[*n - 1];
	if (family && family->walk &&
	    family->walk(last, &more, SS_SPANS_MAX - (*n - 1),
		(uint16_t)ss_bytes_get(rec + SS_HEADER_BYTES + 1, 2),
		rec[SS_HANDSHAKE_FIXED - 1],
		len - SS_HANDSHAKE_FIXED, SS_HANDSHAKE_FIXED) == SS_OK)
		*n += more - 1;
	else
		return ss_wire_walk(spans, n, rec, len);
	return SS_OK;
}

/* "Sequence number 3", "Epoch id 8f12...", "Ciphertext of 120 bytes" */
static void
field(struct ss_buf *b, const struct ss_layout *l, const struct ss_span *span,
    const uint8_t *rec)
{
	char value[SS_WORDS_VALUE];

	ss_words_value(value, l, span, rec);
	ss_buf_str(b, span->field->label);
	if (value[0]) {
		ss_buf_str(b, ": ");
		ss_buf_str(b, value);
	} else if (span->len <= SS_EPOCH_ID_BYTES) {
		ss_buf_str(b, ": ");
		ss_buf_hex(b, rec + span->off, span->len);
	} else {
		ss_buf_str(b, " of ");
		ss_buf_dec(b, span->len);
		ss_buf_str(b, " bytes");
	}
}

void
ss_words_record(struct ss_buf *b, const uint8_t *rec, size_t len)
{
	const struct ss_layout *l = ss_layout_of(rec, len);
	struct ss_span spans[SS_SPANS_MAX];
	size_t n = 0, first = ss_header_layout.nrows;
	enum ss_err e = l ? ss_words_walk(spans, &n, rec, len)
	    : SS_ERR_FORMAT;

	ss_buf_str(b, l ? l->label : "Record");
	ss_buf_str(b, ", ");
	ss_buf_dec(b, len);
	ss_buf_str(b, " bytes.");
	if (l) {
		ss_buf_str(b, " ");
		ss_buf_str(b, l->sentence);
	}
	if (len > 3 && rec[3] & SS_TYPE_LAB) {
		ss_buf_str(b, " ");
		ss_buf_str(b, ss_words_lab);
	}
	if (e != SS_OK) {
		ss_buf_str(b, " It cannot be read further.");
		return;
	}
	for (size_t i = first; i < n; i++) {
		ss_buf_str(b, i == first ? " " : "; ");
		field(b, l, &spans[i], rec);
	}
	ss_buf_str(b, ".");
}
