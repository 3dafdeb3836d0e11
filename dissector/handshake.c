/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include "../lib/proto/handshake.h"
#include <string.h>

/* A message of a key agreement: its rows come from the family's own walk. */

#define HANDSHAKE_AT(field) ((field) + SS_HEADER_BYTES)

static const struct ss_span *
span_of(const struct ss_span *spans, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(spans[i].field->name, name) == 0)
			return &spans[i];
	return NULL;
}

/* An identity in the clear: a payload of Noise, or the parts of X3DH's. */
static int
identity_get(struct ss_public *pub, const struct ss_record *r,
    const struct ss_span *spans, size_t n)
{
	const struct ss_span *whole = span_of(spans, n, "payload"),
	    *head = span_of(spans, n, "name_length"),
	    *name = span_of(spans, n, "name"),
	    *ed = span_of(spans, n, "ed25519"), *x = span_of(spans, n, "ik");

	if (whole)
		return ss_public_get(pub, r->bytes + whole->off, whole->len) ==
		    SS_OK;
	memset(pub, 0, sizeof(*pub));
	if (!head || !name || !ed || !x || ed->len != sizeof(pub->ed) ||
	    x->len != sizeof(pub->x) ||
	    !ss_name_ok((const char *)r->bytes + name->off, name->len))
		return 0;
	pub->lab = r->bytes[head->off] >> 7;
	memcpy(pub->name, r->bytes + name->off, name->len);
	memcpy(pub->ed, r->bytes + ed->off, ed->len);
	memcpy(pub->x, r->bytes + x->off, x->len);
	return 1;
}

/* It tells a name for everything else of that person. */
static void
identity(const struct ss_record *r, const struct ss_span *spans, size_t n)
{
	struct ss_public pub;

	if (!identity_get(&pub, r, spans, n))
		return;
	if (!PINFO_FD_VISITED(r->m->pinfo))
		ss_person_public(&pub);
	ss_record_name(r, ss_hf.identity, pub.name);
}

/* The fields of a handshake message, as its family knows them. */
void
ss_handshake_message(const struct ss_record *r, proto_item *item,
    const struct ss_span *span)
{
	const struct ss_family *f = ss_family_of(r->bytes[SS_HEADER_BYTES]);
	struct ss_span spans[SS_SPANS_MAX];
	proto_tree *tree = proto_item_add_subtree(item, ss_ett.handshake);
	size_t n;

	if (!f || !f->walk || f->walk(spans, &n, SS_SPANS_MAX,
		(uint16_t)ss_bytes_get(r->bytes + HANDSHAKE_AT(1), 2),
		r->bytes[SS_HANDSHAKE_FIXED - 1], span->len, span->off)
	    != SS_OK) {
		/* a profile may leave keys, and so tags, out of it */
		if (!r->tap.lab)
			ss_record_strange(r, SS_X_MALFORMED, f && f->walk ?
			    "No message of this suite and step looks like "
			    "this" : "The messages of this family are not "
			    "known here");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct ss_row *row = ss_message_row(spans[i].field);

		if (row)
			ss_tree_row(tree, r->tvb, row, (int)spans[i].off,
			    (int)spans[i].len);
	}
	identity(r, spans, n);
}

void
ss_handshake_dissect(struct ss_record *r)
{
	const uint8_t *b = r->bytes;
	unsigned step = b[SS_HANDSHAKE_FIXED - 1];
	uint8_t family = b[SS_HEADER_BYTES];
	char suite[SS_SUITE_TEXT];
	const struct ss_where *near = &r->m->where;
	struct ss_run *run;

	ss_suite_text(
	    suite, family, (uint16_t)ss_bytes_get(b + HANDSHAKE_AT(1), 2));
	r->tap.family = ss_name_of(ss_family_names, family);
	if (r->seen && !r->seen->run) {
		r->seen->run = ss_run_get(b + HANDSHAKE_AT(4));
		ss_order_handshake(r->seen, step);
	}
	if (suite[0])
		ss_record_name(r, ss_hf.suite_name, suite);
	ss_info(r->m, "handshake %s%s%s, message %u",
	    r->tap.family ? r->tap.family : "of an unknown family",
	    suite[0] ? " " : "", suite, step + 1);
	run = r->seen ? r->seen->run : NULL;
	if (!run || step >= SS_RUN_STEPS)
		return;
	if (step > 0)
		ss_tree_frame(r->tree, ss_hf.answers, r->tvb,
		    ss_order_frame(run->steps[step - 1], near));
	if (step + 1 < SS_RUN_STEPS)
		ss_tree_frame(r->tree, ss_hf.answered_in, r->tvb,
		    ss_order_frame(run->steps[step + 1], near));
}
