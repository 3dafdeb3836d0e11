/* SPDX-License-Identifier: ISC */
/* A sheet for programs: one line of JSON for each part. */
#include "explain.h"

/* Text is printable by now (xsheet_escape), so two characters are left. */
static void
string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void
member(FILE *out, const char *name, const char *text)
{
	if (!text)
		return;
	fprintf(out, ",\"%s\":", name);
	string(out, text);
}

static void
json_part(struct ss_sheet *s, const struct ss_part *p)
{
	fputs("{\"part\":", s->out);
	string(s->out, p->name);
	member(s->out, "title", p->title);
	member(s->out, "sentence", p->sentence);
	if (p->number)
		fprintf(s->out, ",\"number\":%llu",
		    (unsigned long long)p->number);
	fprintf(s->out, ",\"offset\":%llu", (unsigned long long)p->off);
	if (p->len)
		fprintf(s->out, ",\"length\":%llu",
		    (unsigned long long)p->len);
	fprintf(s->out, ",\"armored\":%s,\"rows\":[",
	    p->armored ? "true" : "false");
}

static void
json_row(struct ss_sheet *s, const struct ss_row *r)
{
	static const char *const secrecy[] = { "public", "keyed", "secret" };

	fputs(s->rows > 1 ? ",{\"name\":" : "{\"name\":", s->out);
	string(s->out, r->name);
	member(s->out, "label", r->label);
	fprintf(s->out, ",\"offset\":%llu,\"length\":%zu",
	    (unsigned long long)r->off, r->len);
	if (r->bytes) {
		fputs(",\"hex\":\"", s->out);
		for (size_t i = 0; i < r->have; i++)
			fprintf(s->out, "%02x", r->bytes[i]);
		fputc('"', s->out);
	}
	member(s->out, "text", r->text);
	member(s->out, "value", r->value);
	member(s->out, "sentence", r->sentence);
	if (s->more)
		member(s->out, "more", r->more);
	member(s->out, "section", r->spec);
	member(s->out, "secrecy", secrecy[r->secrecy]);
	if (r->wrong)
		fputs(",\"wrong\":true", s->out);
	fputc('}', s->out);
}

static void
json_note(struct ss_sheet *s, enum ss_err code, const char *text)
{
	fputs(s->rows > 1 ? ",{\"note\":" : "{\"note\":", s->out);
	string(s->out, text);
	if (code != SS_OK)
		fprintf(s->out, ",\"error\":\"SS-E%d\"", (int)code);
	fputc('}', s->out);
}

static void
json_part_end(struct ss_sheet *s)
{
	fputs("]}\n", s->out);
}

static void
json_nothing(struct ss_sheet *s)
{
	(void)s;
}

const struct ss_sheet_style ss_sheet_json = { json_nothing, json_part,
	json_row, json_note, json_part_end, json_nothing };
