/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include "../lib/proto/data.h"
#include "../lib/proto/handshake.h"
#include <string.h>

/* One record: its fields, what its key opens, and what is strange about it. */

#define HANDSHAKE_AT(field) ((field) + SS_HEADER_BYTES)

/* A record while it is dissected. */
struct record {
	struct ss_message *m;
	tvbuff_t *tvb;         /* exactly this record */
	const uint8_t *bytes;
	size_t len;
	const struct ss_sheet *sheet;
	struct ss_record_seen *seen; /* NULL if the first pass had none */
	proto_tree *tree;
	proto_item *item;
	struct ss_tap tap;
};

static const char *
text_or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

/* What was found out about it in the first pass. */
static void
experts(const struct record *r)
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

static void
strange(const struct record *r, enum ss_expert x, const char *why)
{
	expert_add_info_format(
	    r->m->pinfo, r->item, ss_expert(x), "%s", why);
}

static void
add_name(const struct record *r, int hf, const char *name)
{
	if (name)
		ss_tree_generated(proto_tree_add_string(
		    r->tree, hf, r->tvb, 0, 0, name));
}

/* Whose epoch this is, for the tap and for the later passes. */
static void
people(struct record *r, const uint8_t *sender, const uint8_t *audience)
{
	struct ss_record_seen *s = r->seen;

	r->tap.stream = ss_stream_of(sender, audience);
	r->tap.backwards = memcmp(sender, audience, SS_ID_BYTES) > 0;
	if (s && !s->sender) {
		s->sender = ss_person_text(wmem_file_scope(), sender);
		s->recipient = ss_person_text(wmem_file_scope(), audience);
	}
	r->tap.sender = s ? s->sender :
	    ss_person_text(r->m->pinfo->pool, sender);
	r->tap.recipient = s ? s->recipient :
	    ss_person_text(r->m->pinfo->pool, audience);
	if (!r->m->from) {
		r->m->from = r->tap.sender;
		r->m->to = r->tap.recipient;
	}
	ss_tree_generated(proto_tree_add_uint(r->tree, ss_hf.stream, r->tvb,
	    0, 0, r->tap.stream));
}

static void
verdict(const struct record *r, int hf, int verified)
{
	if (verified || ss_keys_any())
		ss_tree_generated(proto_tree_add_uint(
		    r->tree, hf, r->tvb, 0, 0, (uint32_t)verified));
}

static const char *
short_id(const struct record *r, const uint8_t *id)
{
	return bytes_to_str(r->m->pinfo->pool, id, 4);
}

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
identity_get(struct ss_public *pub, const struct record *r,
    const struct ss_span *spans, size_t n)
{
	const struct ss_span *whole = span_of(spans, n, "payload"),
	    *name = span_of(spans, n, "name"),
	    *ed = span_of(spans, n, "ed25519"), *x = span_of(spans, n, "ik");

	if (whole)
		return ss_public_get(pub, r->bytes + whole->off, whole->len) ==
		    SS_OK;
	memset(pub, 0, sizeof(*pub));
	if (!name || !ed || !x || ed->len != sizeof(pub->ed) ||
	    x->len != sizeof(pub->x) ||
	    !ss_name_ok((const char *)r->bytes + name->off, name->len))
		return 0;
	memcpy(pub->name, r->bytes + name->off, name->len);
	memcpy(pub->ed, r->bytes + ed->off, ed->len);
	memcpy(pub->x, r->bytes + x->off, x->len);
	return 1;
}

/* It tells a name for everything else of that person. */
static void
identity(const struct record *r, const struct ss_span *spans, size_t n)
{
	struct ss_public pub;

	if (!identity_get(&pub, r, spans, n))
		return;
	if (!PINFO_FD_VISITED(r->m->pinfo))
		ss_person_public(&pub);
	add_name(r, ss_hf.identity, pub.name);
}

/* The fields of a handshake message, as its family knows them. */
static void
message(const struct record *r, proto_item *item, const struct ss_span *span)
{
	const struct ss_family *f = ss_family_of(r->bytes[SS_HEADER_BYTES]);
	struct ss_span spans[SS_SPANS_MAX];
	proto_tree *tree = proto_item_add_subtree(item, ss_ett.handshake);
	size_t n;

	if (!f || !f->walk || f->walk(spans, &n, SS_SPANS_MAX,
		(uint16_t)ss_bytes_get(r->bytes + HANDSHAKE_AT(1), 2),
		r->bytes[SS_HANDSHAKE_FIXED - 1], span->len, span->off)
	    != SS_OK) {
		strange(r, SS_X_MALFORMED, f && f->walk ?
		    "No message of this suite and step looks like this" :
		    "The messages of this family are not known here");
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

static void
handshake(struct record *r)
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
		add_name(r, ss_hf.suite_name, suite);
	ss_info(r->m, "handshake %s%s%s, message %u",
	    text_or(r->tap.family, "of an unknown family"),
	    suite[0] ? " " : "", suite, step);
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

static void
introducer_links(const struct record *r, const struct ss_introducer *i)
{
	const struct ss_intro_hf *hf = &r->sheet->intro;
	const struct ss_epoch_seen *e = r->seen ? r->seen->epoch : NULL;

	add_name(r, hf->sender_name, ss_person(i->sender));
	add_name(r, hf->audience_name, ss_person(i->audience));
	if (!e)
		return;
	if (e->previous)
		ss_tree_frame(r->tree, hf->previous_in, r->tvb, ss_order_frame(
		    e->previous->introducers, &r->m->where));
	ss_tree_frame(r->tree, hf->continued_in, r->tvb, e->continued_in);
}

static void
introducer(struct record *r)
{
	struct ss_introducer i;
	struct ss_key *key;
	int verified = 0;

	if (ss_introducer_get(&i, r->bytes, r->len) != SS_OK)
		return; /* of a shape that lib/proto does not know yet */
	key = ss_keys_find(r->m->pinfo, i.epoch_id, 1);
	if (key)
		verified = ss_introducer_verify(&i, r->bytes, r->len,
		    &key->epoch) == SS_OK ? 1 : 2;
	if (r->seen && !r->seen->epoch) {
		r->seen->epoch = ss_epoch_get(i.epoch_id, 1);
		ss_order_introducer(r->seen, &i, verified == 2);
		/* the relay vouches for the name, not for the id */
		ss_person_learn(i.sender, r->m->from, 0);
		ss_person_learn(i.audience, r->m->to, 0);
	}
	people(r, i.sender, i.audience);
	introducer_links(r, &i);
	verdict(r, r->sheet->intro.verified, verified);
	if (verified == 2)
		strange(r, SS_X_WRONG_TAG, "The MAC does not fit the epoch "
		    "key: changed on the way, or not made with that key");
	r->tap.verified = verified;
	r->tap.family = ss_name_of(ss_introducer_names, i.family);
	bytes_to_hexstr(r->tap.epoch, i.epoch_id, sizeof(i.epoch_id));
	ss_info(r->m, "opens epoch %s (%s)%s", short_id(r, i.epoch_id),
	    text_or(r->tap.family, "unknown family"),
	    verified == 2 ? ", MAC wrong" : "");
}

/* The text of a data record, in a tab of its own. */
static void
plaintext(struct record *r, uint8_t *text, size_t len, size_t all)
{
	packet_info *pinfo = r->m->pinfo;
	tvbuff_t *tvb;

	r->tap.plain = text;
	r->tap.text = (uint32_t)len;
	if (all == 0 || !r->tree)
		return;
	tvb = tvb_new_child_real_data(
	    r->tvb, text, (unsigned)all, (int)all);
	add_new_data_source(pinfo, tvb, "Decrypted record");
	if (len > 0) {
		/* a line is shown without its newline */
		proto_tree_add_item(r->tree, ss_hf.plaintext, tvb, 0,
		    (int)(len - (text[len - 1] == '\n')),
		    ENC_UTF_8 | ENC_NA);
		proto_tree_add_item(r->tree, ss_hf.plaintext_bytes, tvb, 0,
		    (int)len, ENC_NA);
	}
	if (all > len)
		proto_tree_add_item(r->tree, ss_hf.padding, tvb, (int)len,
		    (int)(all - len), ENC_NA);
}

#define QUOTE_MAX 72

/* What a data record says, for the Info column. */
static void
say_data(struct record *r, const struct ss_data *d, int verified)
{
	const struct ss_epoch_seen *e = r->seen ? r->seen->epoch : NULL;
	size_t len = r->tap.text, n;
	const char *end = d->flags & SS_DATA_FINAL ? ", the end" : "";

	if (!r->m->info)
		return;
	if (verified == 2) {
		ss_info(r->m, "%zu bytes that do not verify", d->cipher.len);
		return;
	}
	if (verified == 0) {
		ss_info(r->m, "%zu bytes sealed%s", d->cipher.len, end);
		return;
	}
	if (len == 0) {
		ss_info(r->m, "%s", d->flags & SS_DATA_FINAL ?
		    "ends the stream" : "an empty text");
		return;
	}
	len -= r->tap.plain[len - 1] == '\n';
	n = MIN(len, QUOTE_MAX);
	/* do not cut a character of several bytes */
	while (n < len && n > 0 && (r->tap.plain[n] & 0xc0) == 0x80)
		n--;
	if (!g_utf8_validate((const char *)r->tap.plain, (gssize)n, NULL)) {
		ss_info(r->m, "%zu bytes%s", len, end);
		return;
	}
	if (e && e->introduced && !e->lines)
		ss_info(r->m, "%zu bytes%s, ", len, end);
	ss_info(r->m, "\xe2\x80\x9c%s%s\xe2\x80\x9d%s",
	    ws_format_text(r->m->pinfo->pool,
		(const char *)r->tap.plain, n),
	    n < len ? "\xe2\x80\xa6" : "",
	    e && e->introduced && !e->lines ? "" : end);
}

static int
decrypt(struct record *r, struct ss_key *key, const struct ss_data *d)
{
	uint8_t *text = wmem_alloc(r->m->pinfo->pool, d->cipher.len + 1);
	enum ss_err e;
	size_t len;

	e = ss_data_open(text, &len, r->bytes, r->len, &key->epoch);
	if (e == SS_ERR_AUTH)
		return 2;
	if (e != SS_OK) {
		strange(r, SS_X_MALFORMED, "The tag holds, but the padding "
		    "is not what it should be");
		len = d->cipher.len;
	}
	plaintext(r, text, len, d->cipher.len);
	return 1;
}

static void
data(struct record *r)
{
	struct ss_data d;
	struct ss_key *key;
	struct ss_epoch_seen *e;
	int verified = 0;

	if (ss_data_get(&d, r->bytes, r->len) != SS_OK) {
		strange(r, SS_X_MALFORMED, "Flags that are not known");
		return;
	}
	e = r->seen && r->seen->epoch ? r->seen->epoch :
	    ss_epoch_get(d.epoch_id, r->seen != NULL);
	key = ss_keys_find(r->m->pinfo, d.epoch_id, 0);
	if (key && e && !e->has_ids) {
		memcpy(e->sender, key->line.sender, SS_ID_BYTES);
		memcpy(e->audience, key->line.audience, SS_ID_BYTES);
		e->has_ids = 1;
	}
	if (e && e->has_ids) {
		people(r, e->sender, e->audience);
		add_name(r, ss_hf.sender, r->tap.sender);
		add_name(r, ss_hf.recipient, r->tap.recipient);
	}
	if (e)
		ss_tree_frame(r->tree, ss_hf.introduced_in, r->tvb,
		    ss_order_frame(e->introducers, &r->m->where));
	if (key)
		verified = decrypt(r, key, &d);
	if (r->seen && !r->seen->epoch) {
		r->seen->epoch = e;
		ss_order_data(r->seen, d.sequence, d.flags & SS_DATA_FINAL,
		    verified == 2);
	}
	verdict(r, ss_hf.verified, verified);
	if (verified == 2)
		strange(r, SS_X_WRONG_TAG,
		    expert_get_summary(ss_expert(SS_X_WRONG_TAG)));
	r->tap.data = 1;
	r->tap.verified = verified;
	bytes_to_hexstr(r->tap.epoch, d.epoch_id, sizeof(d.epoch_id));
	proto_item_append_text(r->item, ", sequence %" PRIu64, d.sequence);
	say_data(r, &d, verified);
}

/* The rows of the table; a handshake's message in the family's own rows. */
static void
rows(struct record *r, const struct ss_span *spans, size_t n)
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
			message(r, item, &spans[i]);
	}
}

/* A whole record of a known layout. */
static void
body(struct record *r, const struct ss_header *h)
{
	struct ss_span spans[SS_SPANS_MAX];
	struct ss_print print = ss_print_of(r->bytes, r->len);
	size_t n;

	r->seen = ss_record_next(r->m, &print);
	if (ss_wire_walk(spans, &n, r->bytes, r->len) != SS_OK) {
		proto_tree_add_item(r->tree, ss_hf.rest, r->tvb,
		    SS_HEADER_BYTES, -1, ENC_NA);
		strange(r, SS_X_MALFORMED,
		    "The body is too short for the fields of this type");
		ss_info(r->m, "a damaged record");
		return;
	}
	rows(r, spans, n);
	if (h->type == SS_HANDSHAKE)
		handshake(r);
	else if (h->type == SS_INTRODUCER)
		introducer(r);
	else
		data(r);
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
	struct record r = { .m = m, .len = len,
		.tvb = tvb_new_subset_length(m->tvb, off, (int)len) };
	const struct ss_layout *l;

	r.bytes = tvb_get_ptr(r.tvb, 0, (int)len);
	l = ss_layout_of(r.bytes, len);
	r.tap.bytes = (uint32_t)len;
	r.tap.layout = l;
	r.tap.lab = h->lab;
	if (m->records++ == 0)
		r.tap.route = (uint32_t)off;
	if (!l) {
		r.item = proto_tree_add_item(
		    m->tree, ss_hf.rest, r.tvb, 0, (int)len, ENC_NA);
		strange(&r, SS_X_MALFORMED,
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
