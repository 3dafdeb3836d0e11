/* SPDX-License-Identifier: ISC */
/* What all styles of a sheet need, and the plain one for a terminal. */
#include "explain.h"
#include "io.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define INDENT      15 /* offset 6, length 6, and blanks */
#define LABEL_WIDTH 20
#define SHORT_BYTES 8  /* stand beside the label */
#define EDGE_BYTES  16 /* of an abbreviated field: its first, its last */

#define BOLD  "\033[1m"
#define RED   "\033[31m"
#define CYAN  "\033[36m"
#define PLAIN "\033[0m"

char *
xsheet_escape(const void *in, size_t len)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		ss_die(SS_ERR_SYSTEM, "no memory");
	ss_escape(f, in, len, 0);
	if (fclose(f) != 0)
		ss_die(SS_ERR_SYSTEM, "no memory");
	return text;
}

void
ss_sheet_note(struct ss_sheet *s, enum ss_err code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->rows++;
	s->style->note(s, code, text);
}

void
ss_sheet_part(struct ss_sheet *s, const struct ss_part *p)
{
	s->parts++;
	s->rows = 0;
	s->style->part(s, p);
}

void
ss_sheet_row(struct ss_sheet *s, const struct ss_row *r)
{
	s->rows++;
	s->style->row(s, r);
}

void
ss_sheet_wrap(struct ss_sheet *s, unsigned indent, const char *text)
{
	unsigned column = 0, room = s->width - indent;

	text += strspn(text, " ");
	while (*text) {
		unsigned n = (unsigned)strcspn(text, " ");

		if (n > room) /* a word that no line can hold */
			n = room;
		if (column > 0 && column + 1 + n > room) {
			fputc('\n', s->out);
			column = 0;
		}
		if (column == 0) {
			fprintf(s->out, "%*s", (int)indent, "");
		} else {
			fputc(' ', s->out);
			column++;
		}
		fwrite(text, 1, n, s->out);
		column += n;
		text += n + strspn(text + n, " ");
	}
	if (column > 0)
		fputc('\n', s->out);
}

static void
paint(struct ss_sheet *s, const char *colour)
{
	if (s->colour)
		fputs(colour, s->out);
}

static void
text_begin(struct ss_sheet *s)
{
	(void)s;
}

static void
text_part(struct ss_sheet *s, const struct ss_part *p)
{
	if (s->parts > 1)
		fputc('\n', s->out);
	paint(s, BOLD);
	if (p->number)
		fprintf(s->out, "%llu. ", (unsigned long long)p->number);
	fputs(p->title, s->out);
	paint(s, PLAIN);
	if (p->len)
		fprintf(s->out, ", %llu bytes", (unsigned long long)p->len);
	if (p->number)
		fprintf(s->out, ", at byte %llu of the input%s",
		    (unsigned long long)p->off,
		    p->armored ? " (armored)" : "");
	fputc('\n', s->out);
	if (p->sentence)
		ss_sheet_wrap(s, 0, p->sentence);
	fputs("\noffset length  field\n", s->out);
}

static void
hex(FILE *out, const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x", in[i]);
}

/* Lines of hex, each of a multiple of 8 bytes. */
static void
hex_lines(struct ss_sheet *s, const uint8_t *in, size_t len)
{
	size_t fit = (s->width - INDENT) / 2 / 8 * 8;

	for (; len > 0; in += fit, len -= fit) {
		if (fit > len)
			fit = len;
		fprintf(s->out, "%*s", INDENT, "");
		hex(s->out, in, fit);
		fputc('\n', s->out);
	}
}

static void
text_bytes(struct ss_sheet *s, const struct ss_row *r)
{
	char more[64];

	if (r->have <= SHORT_BYTES)
		return;
	paint(s, r->secrecy == SS_PUBLIC ? "" : CYAN);
	if (s->full || r->have <= 64) {
		hex_lines(s, r->bytes, r->have);
	} else {
		hex_lines(s, r->bytes, EDGE_BYTES);
		snprintf(more, sizeof(more), "... (%zu more, shown by "
		    "--full)", r->have - 2 * EDGE_BYTES);
		ss_sheet_wrap(s, INDENT, more);
		hex_lines(s, r->bytes + r->have - EDGE_BYTES, EDGE_BYTES);
	}
	paint(s, s->colour && r->secrecy != SS_PUBLIC ? PLAIN : "");
}

/* The row's first line: place, label, short bytes, value. */
static void
text_head(struct ss_sheet *s, const struct ss_row *r)
{
	char beside[2 * SHORT_BYTES + 1] = "";
	int column;

	fprintf(s->out, "%6llu %6zu  ", (unsigned long long)r->off, r->len);
	paint(s, r->wrong ? RED : BOLD);
	fputs(r->label, s->out);
	paint(s, PLAIN);
	if (r->bytes && r->have <= SHORT_BYTES)
		for (size_t i = 0; i < r->have; i++)
			snprintf(beside + 2 * i, 3, "%02x", r->bytes[i]);
	column = (int)strlen(r->label);
	if (*beside) {
		int pad = column < LABEL_WIDTH ? LABEL_WIDTH - column : 1;

		fprintf(s->out, "%*s %s", pad, "", beside);
		column += pad + 1 + (int)strlen(beside);
	}
	if (r->value && INDENT + column + 2 + (int)strlen(r->value) <=
		(int)s->width) {
		int to = *beside ? LABEL_WIDTH + 18 : LABEL_WIDTH + 1;

		if (INDENT + to + (int)strlen(r->value) > (int)s->width)
			to = 0;
		fprintf(s->out, "%*s%s", column < to ? to - column : 2, "",
		    r->value);
		fputc('\n', s->out);
	} else {
		fputc('\n', s->out);
		if (r->value)
			ss_sheet_wrap(s, INDENT, r->value);
	}
}

static void
text_row(struct ss_sheet *s, const struct ss_row *r)
{
	struct ss_row head = *r;
	char sentence[512];
	/* a short text stands beside its label */
	int beside = r->text && !r->value &&
	    INDENT + LABEL_WIDTH + 1 + strlen(r->text) <= s->width;

	if (beside)
		head.value = r->text;
	text_head(s, &head);
	if (r->bytes)
		text_bytes(s, r);
	else if (r->text && !beside)
		ss_sheet_wrap(s, INDENT, r->text);
	if (r->spec)
		snprintf(sentence, sizeof(sentence), "%s (%s)", r->sentence,
		    r->spec);
	ss_sheet_wrap(s, INDENT, r->spec ? sentence : r->sentence);
	if (s->more && r->more)
		ss_sheet_wrap(s, INDENT + 2, r->more);
}

static void
text_note(struct ss_sheet *s, enum ss_err code, const char *text)
{
	char line[600];

	if (code == SS_OK) {
		ss_sheet_wrap(s, INDENT, text);
		return;
	}
	snprintf(line, sizeof(line), "wrong here: %s: %s (SS-E%d)", text,
	    ss_strerror(code), (int)code);
	paint(s, RED);
	ss_sheet_wrap(s, INDENT, line);
	paint(s, PLAIN);
}

static void
text_end(struct ss_sheet *s)
{
	(void)s;
}

const struct ss_sheet_style ss_sheet_text = { text_begin, text_part, text_row,
	text_note, text_end, text_end };
