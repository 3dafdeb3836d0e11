/* SPDX-License-Identifier: ISC */
/* The wire table and the tables of lines, as docs/protocol.md prints them. */
#include "../proto/lab.h"
#include "../proto/words.h"
#include "explain.h"
#include <string.h>

static const char *
kind_of(const struct ss_field *f)
{
	switch (f->kind) {
	case SS_UINT:
		return "number";
	case SS_BYTES:
		return "bytes";
	case SS_ENUM:
		return "code";
	case SS_FLAGS:
		return "flags";
	case SS_LEN16:
		return "2 bytes of length, bytes";
	case SS_REST:
		return "bytes";
	}
	return "";
}

/* "1 handshake, 2 introducer": the values, those with LAB left out. */
static void
values(FILE *out, const struct ss_field *f)
{
	const char *between = " Values: ";

	if (f->kind != SS_ENUM && f->kind != SS_FLAGS)
		return;
	for (const struct ss_name *n = f->values; n->name; n++) {
		if (f->kind == SS_ENUM && n->value & SS_TYPE_LAB)
			continue;
		fprintf(out, "%s%lu %s", between, (unsigned long)n->value,
		    n->name);
		between = ", ";
	}
	fputc('.', out);
}

/* An offset or length: a number, and n and m for lengths that vary. */
static void
place(FILE *out, size_t fixed, const char *letters)
{
	if (fixed || !*letters)
		fprintf(out, "%zu%s", fixed, *letters ? "+" : "");
	for (; *letters; letters++)
		fprintf(out, "%c%s", *letters, letters[1] ? "+" : "");
}

static void
layout(FILE *out, const struct ss_layout *l)
{
	size_t off = l == &ss_header_layout ? 0 : SS_HEADER_BYTES;
	static const char names[] = "nm";
	char before[sizeof(names)] = ""; /* lengths that vary */
	size_t many = 0;

	fprintf(out, "<!-- wire: %s -->\n\n| offset | length | field | kind | "
	    "meaning |\n|---|---|---|---|---|\n", l->name);
	for (size_t i = 0; i < l->nrows; i++) {
		const struct ss_field *f = &l->rows[i];
		size_t len = f->kind == SS_LEN16 ? 2 : f->len;
		char own[2] = "";

		fputs("| ", out);
		place(out, off, before);
		fputs(" | ", out);
		if (f->kind == SS_REST || f->kind == SS_LEN16)
			own[0] = before[many] = names[many];
		place(out, len, own);
		fprintf(out, " | `%s` | %s | %s", f->name, kind_of(f),
		    f->sentence);
		values(out, f);
		fputs(" |\n", out);
		off += len;
		many += own[0] != '\0';
	}
	fputs("\n<!-- end -->\n", out);
}

static void
file(FILE *out, const struct ss_words_file *f)
{
	fprintf(out, "<!-- wire: %s -->\n\n| line | secret | meaning |\n"
	    "|---|---|---|\n", f->key);
	for (const struct ss_words_line *l = f->lines; l->key; l++)
		fprintf(out, "| `%s` | %s | %s |\n", l->key,
		    strchr(l->words, 'S') ? "yes" : "", l->sentence);
	fputs("\n<!-- end -->\n", out);
}

static void
errors(FILE *out)
{
	fputs("<!-- wire: errors -->\n\n| code | exit | phrase |\n"
	    "|---|---|---|\n", out);
	for (const struct ss_err_row *r = ss_err_rows; r->code != SS_OK; r++)
		fprintf(out, "| SS-E%d | %d | %s |\n", (int)r->code,
		    ss_err_exit(r->code), r->phrase);
	fputs("\n<!-- end -->\n", out);
}

static void
lab_profiles(FILE *out)
{
	fputs("<!-- wire: labs -->\n\n| profile | what is wrong with it |\n"
	    "|---|---|\n", out);
	for (const struct ss_lab *l = ss_labs; l->name; l++)
		fprintf(out, "| `%s` | %s |\n", l->name, l->warning);
	fputs("\n<!-- end -->\n", out);
}

static int
wanted(const char *name, const char *this)
{
	return !name || strcmp(name, this) == 0;
}

enum ss_err
ss_explain_tables(FILE *out, const char *name)
{
	int found = 0;

	if (wanted(name, ss_header_layout.name)) {
		layout(out, &ss_header_layout);
		found = 1;
	}
	for (size_t i = 0; i < ss_nlayouts; i++) {
		if (!wanted(name, ss_layouts[i].name))
			continue;
		layout(out, &ss_layouts[i]);
		found = 1;
	}
	for (const struct ss_words_file *f = ss_words_files; f->key; f++) {
		if (!wanted(name, f->key))
			continue;
		file(out, f);
		found = 1;
	}
	if (wanted(name, "errors")) {
		errors(out);
		found = 1;
	}
	if (wanted(name, "labs")) {
		lab_profiles(out);
		found = 1;
	}
	return found ? SS_OK : SS_ERR_FORMAT;
}
