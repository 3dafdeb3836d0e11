/* SPDX-License-Identifier: ISC */
/* A sheet as one page that needs nothing else: no script, no font, no net. */
#include "explain.h"

#define EDGE_BYTES 64

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>SecretSocket, byte by byte</title>\n"
    "<style>\n"
    "body { font: 16px/1.45 Georgia, serif; max-width: 62em; margin: 2em\n"
    "  auto; padding: 0 1em; color: #222; background: #fff }\n"
    "h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2.5em }\n"
    "table { border-collapse: collapse; width: 100% }\n"
    "td, th { text-align: left; vertical-align: top; padding: .35em .7em;\n"
    "  border-top: 1px solid #ccc }\n"
    "td.n { text-align: right; font-variant-numeric: tabular-nums }\n"
    "code { font: 13px/1.5 monospace; overflow-wrap: anywhere }\n"
    ".keyed code { color: #06508c } .secret code { color: #a00 }\n"
    ".wrong { background: #fdd } .note { font-style: italic }\n"
    "summary { cursor: pointer; color: #555 }\n"
    "@media (prefers-color-scheme: dark) { body { color: #ddd;\n"
    "  background: #181818 } td, th { border-color: #444 }\n"
    "  .keyed code { color: #8cf } .secret code { color: #f88 }\n"
    "  .wrong { background: #522 } summary { color: #aaa } }\n"
    "</style>\n"
    "<h1>SecretSocket, byte by byte</h1>\n"
    "<p>Black: anybody on the wire can read and make it. Blue: public, but\n"
    "computed with a key. Red: secret. Sections are those of\n"
    "docs/protocol.md.</p>\n";

static void
text(FILE *out, const char *in)
{
	for (; *in; in++) {
		switch (*in) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*in, out);
		}
	}
}

static void
html_begin(struct ss_sheet *s)
{
	fputs(head, s->out);
}

static void
html_part(struct ss_sheet *s, const struct ss_part *p)
{
	fprintf(s->out, "<h2 id=\"p%u\">", s->parts);
	if (p->number)
		fprintf(s->out, "%llu. ", (unsigned long long)p->number);
	text(s->out, p->title);
	fputs("</h2>\n<p>", s->out);
	if (p->sentence)
		text(s->out, p->sentence);
	if (p->len)
		fprintf(s->out, " %llu bytes, at byte %llu of the input%s.",
		    (unsigned long long)p->len, (unsigned long long)p->off,
		    p->armored ? ", armored" : "");
	fputs("</p>\n<table>\n<tr><th>Offset<th>Length<th>Bytes"
	    "<th>Field<th>Meaning</tr>\n", s->out);
}

static void
hex(FILE *out, const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02x%s", in[i], i % 4 == 3 ? " " : "");
}

static void
bytes(struct ss_sheet *s, const struct ss_row *r)
{
	if (s->full || r->have <= 2 * EDGE_BYTES) {
		hex(s->out, r->bytes, r->have);
		return;
	}
	hex(s->out, r->bytes, EDGE_BYTES);
	fprintf(s->out, "... %zu more ... ", r->have - 2 * EDGE_BYTES);
	hex(s->out, r->bytes + r->have - EDGE_BYTES, EDGE_BYTES);
}

static void
html_row(struct ss_sheet *s, const struct ss_row *r)
{
	static const char *const secrecy[] = { "public", "keyed", "secret" };

	fprintf(s->out, "<tr id=\"p%ur%u\" class=\"%s%s\"><td class=\"n\">%llu"
	    "<td class=\"n\">%zu<td><code>", s->parts, s->rows,
	    secrecy[r->secrecy], r->wrong ? " wrong" : "",
	    (unsigned long long)r->off, r->len);
	if (r->bytes)
		bytes(s, r);
	else if (r->text)
		text(s->out, r->text);
	fputs("</code><td><b>", s->out);
	text(s->out, r->label);
	fputs("</b><td>", s->out);
	if (r->value) {
		fputs("<i>", s->out);
		text(s->out, r->value);
		fputs("</i><br>", s->out);
	}
	text(s->out, r->sentence);
	if (r->spec) {
		fputs(" (", s->out);
		text(s->out, r->spec);
		fputc(')', s->out);
	}
	if (r->more) {
		fputs("<details><summary>more</summary>", s->out);
		text(s->out, r->more);
		fputs("</details>", s->out);
	}
	fputs("</tr>\n", s->out);
}

static void
html_note(struct ss_sheet *s, enum ss_err code, const char *note)
{
	fprintf(s->out, "<tr class=\"note%s\"><td colspan=\"5\">",
	    code == SS_OK ? "" : " wrong");
	text(s->out, note);
	if (code != SS_OK)
		fprintf(s->out, ": %s (SS-E%d)", ss_strerror(code), (int)code);
	fputs("</tr>\n", s->out);
}

static void
html_part_end(struct ss_sheet *s)
{
	fputs("</table>\n", s->out);
}

static void
html_end(struct ss_sheet *s)
{
	fputs("</html>\n", s->out);
}

const struct ss_sheet_style ss_sheet_html = { html_begin, html_part, html_row,
	html_note, html_part_end, html_end };
