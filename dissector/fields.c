/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include <string.h>

/*
 * Header fields out of the wire table: nobody types a name, a label or a
 * sentence here.  What no table knows (links between packets, plaintext,
 * names of people) follows at the end.
 */

struct ss_sheet ss_header_sheet;
struct ss_hf ss_hf;
struct ss_ett ss_ett;
static struct ss_sheet *sheets;         /* ss_nlayouts */
static struct ss_row *message_rows;     /* of all families */
static size_t nmessage_rows;
static wmem_array_t *hfs, *etts;        /* until they are registered */

static const value_string route_kinds[] = {
	{ 1, "deliver" },
	{ 2, "room" },
	{ 0, NULL },
};

static const value_string verified[] = {
	{ 0, "no key" },
	{ 1, "yes" },
	{ 2, "no" },
	{ 3, "there is no tag" },
	{ 0, NULL },
};

/* All these live as long as the program. */
static void
add(int *hf, const char *name, const char *filter, enum ftenum type,
    int display, const void *strings, uint64_t mask, const char *blurb)
{
	hf_register_info h = { hf, { name, filter, type, display, strings,
		mask, blurb, HFILL } };

	*hf = -1;
	wmem_array_append_one(hfs, h);
}

static void
add_ett(int *ett)
{
	*ett = -1;
	wmem_array_append_one(etts, ett);
}

/* "wrap-rsa", "flags" -> "secretsocket.wrap_rsa.flags" */
static char *
filter_of(const char *layout, const char *field)
{
	char *s = field ?
	    g_strdup_printf("secretsocket.%s.%s", layout, field) :
	    g_strdup_printf("secretsocket.%s", layout);

	return g_ascii_strdown(g_strdelimit(s, "- ", '_'), -1);
}

static value_string *
values_of(const struct ss_name *names)
{
	value_string *v;
	size_t n = 0;

	while (names[n].name)
		n++;
	v = g_new0(value_string, n + 1);
	for (size_t i = 0; i < n; i++)
		v[i] = (value_string){ names[i].value, names[i].name };
	return v;
}

static enum ftenum
uint_of(uint16_t len)
{
	static const enum ftenum types[] = { FT_BYTES, FT_UINT8, FT_UINT16,
		FT_UINT24, FT_UINT32, FT_UINT40, FT_UINT48, FT_UINT56,
		FT_UINT64 };

	return len <= 8 ? types[len] : FT_BYTES;
}

/* The bits of a flags field, as children of it. */
static void
add_bits(struct ss_row *row, const char *filter)
{
	const struct ss_field *f = row->field;
	size_t n = 0;
	int *ids;

	while (f->values[n].name)
		n++;
	ids = g_new0(int, n);
	row->bits = g_new0(int *, n + 1);
	for (size_t i = 0; i < n; i++) {
		char *s = g_strdup_printf("%s.%s", filter, f->values[i].name);

		row->bits[i] = &ids[i];
		add(row->bits[i], f->values[i].name,
		    g_ascii_strdown(g_strdelimit(s, "- ", '_'), -1),
		    FT_BOOLEAN, 8 * f->len, TFS(&tfs_set_notset),
		    f->values[i].value, f->sentence);
	}
	add_ett(&row->ett);
}

static void
add_row(struct ss_row *row, const char *layout, const struct ss_field *f)
{
	const struct ss_words *w = ss_words_field(layout, f->name);
	char *filter = filter_of(layout, f->name);
	enum ftenum type = uint_of(f->len);
	int base = type == FT_BYTES ? BASE_NONE : BASE_DEC;

	*row = (struct ss_row){ .field = f, .hf = -1, .hf_length = -1,
		.ett = -1, .zero = w ? w->zero : NULL };
	switch (f->kind) {
	case SS_UINT:
		add(&row->hf, f->label, filter, type, base, NULL, 0,
		    f->sentence);
		break;
	case SS_ENUM:
		add(&row->hf, f->label, filter, type, base,
		    VALS(values_of(f->values)), 0, f->sentence);
		break;
	case SS_FLAGS:
		add(&row->hf, f->label, filter, type, BASE_HEX, NULL, 0,
		    f->sentence);
		add_bits(row, filter);
		break;
	case SS_LEN16:
		add(&row->hf_length, g_strdup_printf("%s: length", f->label),
		    g_strdup_printf("%s.length", filter), FT_UINT16, BASE_DEC,
		    NULL, 0, f->sentence);
		/* fallthrough */
	case SS_BYTES:
	case SS_REST:
		add(&row->hf, f->label, filter, FT_BYTES, BASE_NONE, NULL, 0,
		    f->sentence);
	}
}

/* Links and names that an introducer gets beside its rows. */
static void
add_introducer(struct ss_sheet *s)
{
	const char *l = s->layout->name;
	struct ss_intro_hf *hf = &s->intro;

	add(&hf->sender_name, "Sender", filter_of(l, "sender_name"),
	    FT_STRING, BASE_NONE, NULL, 0,
	    "Whose id this is, as the capture showed it.");
	add(&hf->audience_name, "Audience", filter_of(l, "audience_name"),
	    FT_STRING, BASE_NONE, NULL, 0,
	    "Whose id this is, as the capture showed it.");
	add(&hf->previous_in, "Previous epoch introduced in frame",
	    filter_of(l, "previous_in"), FT_FRAMENUM, BASE_NONE, NULL, 0,
	    "Where the epoch of this stream that ends here was opened.");
	add(&hf->continued_in, "Next epoch introduced in frame",
	    filter_of(l, "continued_in"), FT_FRAMENUM, BASE_NONE, NULL, 0,
	    "Where the next epoch of this stream is opened.");
	add(&hf->verified, "MAC verified", filter_of(l, "verified"),
	    FT_UINT8, BASE_DEC, VALS(verified), 0,
	    "Whether the epoch key of the key log fits this record.");
}

static void
add_sheet(struct ss_sheet *s, const struct ss_layout *l)
{
	s->layout = l;
	s->rows = g_new0(struct ss_row, l->nrows);
	add(&s->hf, l->label, filter_of(l->name, NULL), FT_NONE, BASE_NONE,
	    NULL, 0, l->sentence);
	add_ett(&s->ett);
	for (size_t i = 0; i < l->nrows; i++)
		add_row(&s->rows[i], l->name, &l->rows[i]);
	if (l->type == SS_INTRODUCER)
		add_introducer(s);
}

/* What the messages of each family are made of. */
static void
add_messages(void)
{
	size_t n = 0;

	for (size_t i = 0; ss_families[i]; i++)
		n += ss_families[i]->nrows;
	message_rows = g_new0(struct ss_row, n);
	for (size_t i = 0; ss_families[i]; i++)
		for (size_t k = 0; k < ss_families[i]->nrows; k++)
			if (ss_families[i]->rows[k].name)
				add_row(&message_rows[nmessage_rows++],
				    "handshake", &ss_families[i]->rows[k]);
}

/* name, filter, type, strings, sentence */
#define HF(id, name, filter, type, base, vals, blurb)                        \
	add(&ss_hf.id, name, "secretsocket." filter, type, base, vals, 0, blurb)

static void
add_message_fields(void)
{
	HF(from, "From", "from", FT_STRING, BASE_NONE, NULL,
	    "Who handed this message in, as the capture showed it.");
	HF(to, "To", "to", FT_STRING, BASE_NONE, NULL,
	    "For whom it is, as the capture showed it.");
	HF(copy_of, "The same record in frame", "copy_of", FT_FRAMENUM,
	    BASE_NONE, NULL, "Where this record was seen first: a relayed "
	    "record crosses the wire twice.");
	HF(stream, "Conversation", "stream", FT_UINT32, BASE_DEC, NULL,
	    "The number of the pair of people who talk, from 0.");
	HF(rest, "Bytes that are no record", "rest", FT_BYTES, BASE_NONE,
	    NULL, "They cannot be read.");
	HF(route, "Routing header", "route", FT_NONE, BASE_NONE, NULL,
	    "Stands before the records, for the relay.");
	HF(route_kind, "Kind", "route.kind", FT_UINT8, BASE_DEC,
	    VALS(route_kinds), "Whether a person or a room is meant.");
	HF(route_length, "Length of the name", "route.length", FT_UINT8,
	    BASE_DEC, NULL, "How many bytes of name follow.");
	HF(route_name, "Name", "route.name", FT_STRING, BASE_NONE, NULL,
	    "The recipient on the way in, the sender on the way out.");
	HF(route_message_id, "Message id", "route.message_id", FT_BYTES,
	    BASE_NONE, NULL, "Random, chosen by the sender.");
	HF(route_row, "Row", "route.row", FT_UINT64, BASE_DEC, NULL,
	    "The row in the mailbox on the way out, to acknowledge it.");
}

static void
add_record_fields(void)
{
	HF(suite_name, "Pattern and algorithms", "handshake.suite_name",
	    FT_STRING, BASE_NONE, NULL, "What the suite's number means.");
	HF(identity, "Identity of", "handshake.identity", FT_STRING,
	    BASE_NONE, NULL, "The name in an identity that travels in the "
	    "clear.");
	HF(answers, "Answers the message in frame", "handshake.answers",
	    FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST),
	    "The step before this one of the same run.");
	HF(answered_in, "Answered in frame", "handshake.answered_in",
	    FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE),
	    "The step after this one of the same run.");
	HF(sender, "Sender", "data.sender", FT_STRING, BASE_NONE, NULL,
	    "Whose epoch this is: the name, where the capture shows it.");
	HF(recipient, "Recipient", "data.recipient", FT_STRING, BASE_NONE,
	    NULL, "For whom the epoch is: the name, where the capture shows "
	    "it.");
	HF(introduced_in, "Introduced in frame", "data.introduced_in",
	    FT_FRAMENUM, BASE_NONE, NULL, "Where the epoch of this record "
	    "was opened.");
	HF(verified, "Tag verified", "data.verified", FT_UINT8, BASE_DEC,
	    VALS(verified), "Whether the epoch key of the key log opens "
	    "this record.");
	HF(plaintext, "Plaintext", "data.plaintext", FT_STRING, BASE_NONE,
	    NULL, "The text, decrypted with the epoch key of the key log.");
	HF(plaintext_bytes, "Plaintext bytes", "data.plaintext_bytes",
	    FT_BYTES, BASE_NONE, NULL, "The same, byte by byte.");
	HF(padding, "Padding", "data.padding", FT_BYTES, BASE_NONE, NULL,
	    "0x80 and zeros, which hide the length of the text.");
}

void
ss_fields_register(void)
{
	hfs = wmem_array_new(wmem_epan_scope(), sizeof(hf_register_info));
	etts = wmem_array_new(wmem_epan_scope(), sizeof(int *));
	add_sheet(&ss_header_sheet, &ss_header_layout);
	sheets = g_new0(struct ss_sheet, ss_nlayouts);
	for (size_t i = 0; i < ss_nlayouts; i++)
		add_sheet(&sheets[i], &ss_layouts[i]);
	add_messages();
	add_message_fields();
	add_record_fields();
	add_ett(&ss_ett.message);
	add_ett(&ss_ett.route);
	add_ett(&ss_ett.control);
	add_ett(&ss_ett.member);
	add_ett(&ss_ett.handshake);
	proto_register_field_array(ss_proto, wmem_array_get_raw(hfs),
	    (int)wmem_array_get_count(hfs));
	proto_register_subtree_array(wmem_array_get_raw(etts),
	    (int)wmem_array_get_count(etts));
}

struct ss_sheet *
ss_sheet_of(const struct ss_layout *layout)
{
	return &sheets[layout - ss_layouts];
}

const struct ss_row *
ss_message_row(const struct ss_field *field)
{
	for (size_t i = 0; i < nmessage_rows; i++)
		if (message_rows[i].field == field)
			return &message_rows[i];
	return NULL;
}
