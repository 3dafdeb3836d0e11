/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include <string.h>

/* One record: its fields, and what is strange about it. */

/* What was found out about it in the first pass. */
static void
experts(const struct ss_record *r)
{
	packet_info *pinfo = r->m->pinfo;
	unsigned bits = r->seen ? r->seen->experts : 0;
	uint32_t other = r->seen ? r->seen->other : 0;

	for (int x = 0; x < SS_EXPERTS; x++) {
		expert_field *f = ss_expert((enum ss_expert)x);

		if (!(bits & 1u << x))
			continue;
		if (x == SS_X_MISSING && r->seen->from == r->seen->to)
			expert_add_info_format(pinfo, r->item, f,
			    "Record %" PRIu64 " of this epoch is missing",
			    r->seen->from);
		else if (x == SS_X_MISSING)
			expert_add_info_format(pinfo, r->item, f,
			    "Records %" PRIu64 " to %" PRIu64
			    " of this epoch are missing",
			    r->seen->from, r->seen->to);
		else if (x == SS_X_TRUNCATED)
			expert_add_info_format(pinfo, r->item, f,
			    "The sender's stream before this one ended "
			    "without its last record");
		else if (other && (x == SS_X_REPLAYED || x == SS_X_NONCE ||
		    x == SS_X_CHANGES_KEYS || x == SS_X_HANDSHAKE_ORDER))
			expert_add_info_format(pinfo, r->item, f,
			    "%s (frame %u)", expert_get_summary(f), other);
		else
			expert_add_info(pinfo, r->item, f);
	}
}

void
ss_record_strange(const struct ss_record *r, enum ss_expert x, const char *why)
{
	expert_add_info_format(
	    r->m->pinfo, r->item, ss_expert(x), "%s", why);
}

void
ss_record_name(const struct ss_record *r, int hf, const char *name)
{
	if (name)
		ss_tree_generated(proto_tree_add_string(
		    r->tree, hf, r->tvb, 0, 0, name));
}

/* The rows of the table; a handshake's message in the family's own rows. */
static void
rows(struct ss_record *r, const struct ss_span *spans, size_t n)
{
	size_t nhead = ss_header_layout.nrows;
	proto_tree *head;
	proto_item *item = proto_tree_add_item(r->tree, ss_header_sheet.hf,
	    r->tvb, 0, SS_HEADER_BYTES, ENC_NA);

	head = proto_item_add_subtree(item, ss_header_sheet.ett);
	for (size_t i = 0; i < nhead && i < n; i++)
		ss_tree_row(head, r->tvb, &ss_header_sheet.rows[i],
		    (int)spans[i].off, (int)spans[i].len);
	for (size_t i = nhead; i < n; i++) {
		const struct ss_row *row = &r->sheet->rows[i - nhead];

		item = ss_tree_row(r->tree, r->tvb, row, (int)spans[i].off,
		    (int)spans[i].len);
		if (r->sheet->layout->type == SS_HANDSHAKE &&
		    strcmp(row->field->name, "message") == 0)
			ss_handshake_message(r, item, &spans[i]);
	}
}

static void
other(const struct ss_record *r)
{
	if (r->seen && !PINFO_FD_VISITED(r->m->pinfo))
		ss_order_other(r->seen);
	ss_info(r->m, "%s", r->sheet->layout->label);
}

/* A whole record of a known layout. */
static void
body(struct ss_record *r, const struct ss_header *h)
{
	struct ss_span spans[SS_SPANS_MAX];
	struct ss_print print = ss_print_of(r->bytes, r->len);
	size_t n;

	r->seen = ss_record_next(r->m, &print);
	if (ss_wire_walk(spans, &n, r->bytes, r->len) != SS_OK) {
		proto_tree_add_item(r->tree, ss_hf.rest, r->tvb,
		    SS_HEADER_BYTES, -1, ENC_NA);
		ss_record_strange(r, SS_X_MALFORMED,
		    "The body is too short for the fields of this type");
		ss_info(r->m, "a damaged record");
		return;
	}
	rows(r, spans, n);
	if (h->type == SS_HANDSHAKE)
		ss_handshake_dissect(r);
	else if (h->type == SS_INTRODUCER)
		ss_introducer_dissect(r);
	else if (h->type == SS_DATA)
		ss_data_dissect(r);
	else /* the table alone describes it */
		other(r);
	if (r->seen) {
		r->tap.copy = r->seen->copy_of != 0;
		ss_tree_frame(
		    r->tree, ss_hf.copy_of, r->tvb, r->seen->copy_of);
	}
	experts(r);
	if (ss_tap_wanted())
		ss_tap_queue(r->m->pinfo, &r->tap);
}

static void
record(struct ss_message *m, int off, const struct ss_header *h)
{
	size_t len = SS_HEADER_BYTES + h->body;
	struct ss_record r = { .m = m, .len = len,
		.tvb = tvb_new_subset_length(m->tvb, off, (int)len) };
	const struct ss_layout *l;

#ifdef __SANITIZE_ADDRESS__
	/* in a block of its own, so that a byte too many is noticed */
	r.bytes = tvb_memdup(m->pinfo->pool, r.tvb, 0, len);
#else
	r.bytes = tvb_get_ptr(r.tvb, 0, (int)len);
#endif
	l = ss_layout_of(r.bytes, len);
	r.tap.bytes = (uint32_t)len;
	r.tap.layout = l;
	r.tap.lab = h->lab;
	if (m->records++ == 0)
		r.tap.route = (uint32_t)off;
	if (!l) {
		r.item = proto_tree_add_item(
		    m->tree, ss_hf.rest, r.tvb, 0, (int)len, ENC_NA);
		ss_record_strange(&r, SS_X_MALFORMED,
		    "No record of this type and family is known");
		ss_info(m, "an unknown record");
		return;
	}
	r.sheet = ss_sheet_of(l);
	r.item = proto_tree_add_item(
	    m->tree, r.sheet->hf, r.tvb, 0, (int)len, ENC_NA);
	proto_item_append_text(r.item, ", %zu bytes", len);
	r.tree = proto_item_add_subtree(r.item, r.sheet->ett);
	if (h->lab) {
		expert_add_info(m->pinfo, r.item, ss_expert(SS_X_LAB));
		ss_info(m, "LAB");
	}
	body(&r, h);
}

void
ss_records_dissect(struct ss_message *m, int off)
{
	int left;

	while ((left = tvb_captured_length_remaining(m->tvb, off)) > 0) {
		struct ss_header h;
		enum ss_err e = SS_ERR_TRUNCATED;
		proto_item *item;

		if (left >= SS_HEADER_BYTES)
			e = ss_header_get(&h, tvb_get_ptr(m->tvb, off,
			    SS_HEADER_BYTES));
		if (e == SS_OK && h.body > (uint32_t)left - SS_HEADER_BYTES)
			e = SS_ERR_TRUNCATED;
		if (e == SS_OK) {
			record(m, off, &h);
			off += (int)(SS_HEADER_BYTES + h.body);
			continue;
		}
		item = proto_tree_add_item(
		    m->tree, ss_hf.rest, m->tvb, off, left, ENC_NA);
		if (e == SS_ERR_TRUNCATED)
			expert_add_info_format(m->pinfo, item,
			    ss_expert(SS_X_TRUNCATED),
			    "The message ends inside a record");
		else
			expert_add_info_format(m->pinfo, item,
			    ss_expert(SS_X_MALFORMED), "No record: %s",
			    ss_strerror(e));
		ss_info(m, "%d bytes that are no whole record", left);
		return;
	}
}
