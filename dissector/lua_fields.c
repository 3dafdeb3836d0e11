/* SPDX-License-Identifier: ISC */
#include "../lib/proto/family.h"
#include "../lib/proto/noise_plan.h"
#include "../lib/proto/wire.h"
#include <stdio.h>
#include <string.h>

/*
 * lua_fields - the wire table as Lua: the part of dissector/secretsocket.lua
 * that nobody types.  dissector/refresh puts it there.
 */

/* The longest handshake message, and so the longest that is tried. */
#define LENGTH_MAX 65535
#define STEPS_MAX  8

static const char *
kind_of(enum ss_kind kind)
{
	static const char *const kinds[] = { [SS_UINT] = "number",
		[SS_BYTES] = "bytes", [SS_ENUM] = "code", [SS_FLAGS] = "flags",
		[SS_LEN16] = "counted", [SS_REST] = "rest" };

	return kinds[kind];
}

static void
quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

/* { [1] = "handshake", [2] = "introducer" } */
static void
names(const struct ss_name *n)
{
	const char *between = "{ ";

	for (; n->name; n++, between = ", ") {
		printf("%s[%lu] = ", between, (unsigned long)n->value);
		quoted(n->name);
	}
	fputs(" }", stdout);
}

/* The row as a table, on two or three lines. */
static void
row(const struct ss_field *f)
{
	fputs("\t{ name = ", stdout);
	quoted(f->name);
	fputs(", label = ", stdout);
	quoted(f->label);
	printf(", kind = \"%s\", length = %u,\n\t  sentence = ",
	    kind_of(f->kind), f->len);
	quoted(f->sentence);
	if (f->values) {
		fputs(",\n\t  values = ", stdout);
		names(f->values);
	}
	fputs(" },\n", stdout);
}

static int
alike(const struct ss_field *a, const struct ss_field *b)
{
	return strcmp(a->name, b->name) == 0 &&
	    strcmp(a->label, b->label) == 0 &&
	    strcmp(a->sentence, b->sentence) == 0 && a->kind == b->kind &&
	    a->len == b->len && a->values == b->values;
}

/* Introducers have much in common: such a row is told once, and then by its
 * name, "ratchet.salt".  1 if that was done. */
static int
told(const struct ss_layout *l, const struct ss_field *f)
{
	for (const struct ss_layout *k = ss_layouts; k < l; k++) {
		for (size_t i = 0; i < k->nrows; i++) {
			if (!alike(&k->rows[i], f))
				continue;
			printf("\t\"%s.%s\",\n", k->name, f->name);
			return 1;
		}
	}
	return 0;
}

static void
layout(const char *opening, const struct ss_layout *l)
{
	printf("%s{ name = ", opening);
	quoted(l->name);
	fputs(", label = ", stdout);
	quoted(l->label);
	printf(", type = %u, family = %u,\n\t  sentence = ", l->type,
	    l->family);
	quoted(l->sentence);
	fputs(",\n", stdout);
	for (size_t i = 0; i < l->nrows; i++)
		if (l == &ss_header_layout || !told(l, &l->rows[i]))
			row(&l->rows[i]);
}

static void
layouts(void)
{
	layout("local header = ", &ss_header_layout);
	fputs("}\n\nlocal layouts = {\n", stdout);
	for (size_t i = 0; i < ss_nlayouts; i++) {
		layout("", &ss_layouts[i]);
		fputs("},\n", stdout);
	}
	fputs("}\n", stdout);
}

/* [11] = { "KK", "e es ss", "e ee se" }: pattern 11 and its messages */
static void
patterns(void)
{
	const struct ss_noise_pattern *p = ss_noise_patterns;
	struct ss_noise_plan plan;

	printf("\nlocal noise_family = %u\nlocal noise_patterns = {\n",
	    ss_family_noise.code);
	for (; p->name; p++) {
		if (ss_noise_plan(&plan, SS_NOISE_SUITE(p->number, 0,
			SS_CHACHAPOLY)) != SS_OK)
			continue;
		printf("\t[%u] = { \"%s\"", p->number, p->name);
		for (size_t m = 0; m < plan.nmessages; m++) {
			const char *between = "";

			fputs(", \"", stdout);
			for (const uint8_t *t = plan.tokens[m]; *t; t++) {
				printf("%s%s", between,
				    ss_noise_token_name(*t));
				between = " ";
			}
			putchar('"');
		}
		fputs(" },\n", stdout);
	}
	fputs("}\n", stdout);
}

/* What a message of one length is. */
struct parts {
	struct ss_span spans[SS_SPANS_MAX];
	size_t n;
};

static int
parts(struct parts *p, const struct ss_family *f, uint16_t suite, size_t step,
    size_t len)
{
	p->n = 0;
	return f->walk(p->spans, &p->n, SS_SPANS_MAX, suite, step, len, 0) ==
	    SS_OK;
}

/* The field that grows between two messages of the same fields; p->n if none
 * does; -1 if they are of different fields. */
static int
grows(const struct parts *p, const struct parts *q)
{
	int grown = (int)p->n;

	if (p->n != q->n)
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		if (p->spans[i].field != q->spans[i].field)
			return -1;
		if (p->spans[i].len == q->spans[i].len)
			continue;
		if (grown != (int)p->n)
			return -1;
		grown = (int)i;
	}
	return grown;
}

/* { 0, 64, 64, { "e", 32 }, { "commitment", 32 } }: message 0, of 64 to 64
 * bytes; a field without a length takes what the others leave. */
static void
form(size_t step, const struct parts *p, size_t from, size_t to, int grown)
{
	printf("\t{ %zu, %zu, %zu", step, from, to);
	for (size_t i = 0; i < p->n; i++) {
		printf(", { \"%s\"", p->spans[i].field->name);
		if ((int)i != grown)
			printf(", %lu", (unsigned long)p->spans[i].len);
		fputs(" }", stdout);
	}
	fputs(" },\n", stdout);
}

/* The forms of one message, found by asking for every length. */
static void
forms(const struct ss_family *f, uint16_t suite, size_t step)
{
	struct parts first = { .n = 0 }, p;
	size_t from = 0, to = 0;
	int open = 0, grown = 0;

	for (size_t len = 0; len <= LENGTH_MAX + 1; len++) {
		int fits = len <= LENGTH_MAX && parts(&p, f, suite, step, len);
		int g = fits && open ? grows(&first, &p) : -1;

		if (open && (g < 0 || (to > from && g != grown))) {
			form(step, &first, from, to, grown);
			open = 0;
		}
		if (!fits)
			continue;
		grown = open ? g : (int)p.n;
		if (!open) {
			first = p;
			from = len;
		}
		open = 1;
		to = len;
	}
}

/* Are the messages of two suites of one family the same? */
static int
same(const struct ss_family *f, uint16_t one, uint16_t other)
{
	struct parts p, q;

	for (size_t step = 0; step < STEPS_MAX; step++) {
		for (size_t len = 0; len <= LENGTH_MAX; len++) {
			int fits = parts(&p, f, one, step, len);

			if (fits != parts(&q, f, other, step, len))
				return 0;
			if (fits && (p.n != q.n || memcmp(p.spans, q.spans,
				p.n * sizeof(p.spans[0])) != 0))
				return 0;
		}
	}
	return 1;
}

static int
exists(const struct ss_family *f, unsigned suite)
{
	enum ss_aead_id aead;
	char variant[64];

	return f->describe(variant, &aead, (uint16_t)suite) == SS_OK;
}

/* One suite that has not been told, and those that are like it. */
static void
suites(const struct ss_family *f, unsigned first,
    uint8_t told[static UINT16_MAX + 1])
{
	const char *between = "{ ";
	char text[SS_SUITE_TEXT];

	printf("{ family = %u, suites = ", f->code);
	for (unsigned suite = first; suite <= UINT16_MAX; suite++) {
		if (told[suite] || !exists(f, suite) ||
		    !same(f, (uint16_t)first, (uint16_t)suite))
			continue;
		told[suite] = 1;
		ss_suite_text(text, f->code, (uint16_t)suite);
		printf("%s[%u] = \"%s\"", between, suite, text);
		between = ", ";
	}
	fputs(" },\n", stdout);
	for (size_t step = 0; step < STEPS_MAX; step++)
		forms(f, (uint16_t)first, step);
	fputs("},\n", stdout);
}

/* Families whose messages are always the same: all but Noise. */
static void
family(const struct ss_family *f)
{
	static uint8_t told[UINT16_MAX + 1];

	memset(told, 0, sizeof(told));
	for (unsigned suite = 0; suite <= UINT16_MAX; suite++)
		if (!told[suite] && exists(f, suite))
			suites(f, suite, told);
}

/* What the messages of all families consist of; a name counts once. */
static void
message_fields(void)
{
	for (size_t i = 0; ss_families[i]; i++) {
		for (size_t j = 0; j < ss_families[i]->nrows; j++) {
			const struct ss_field *f = &ss_families[i]->rows[j];
			int seen = 0;

			for (size_t k = 0; k < i; k++)
				for (size_t r = 0; r < ss_families[k]->nrows;
				    r++)
					seen |= strcmp(f->name,
					    ss_families[k]->rows[r].name) == 0;
			if (!seen)
				row(f);
		}
	}
}

int
main(void)
{
	layouts();
	patterns();
	fputs("\nlocal message_forms = {\n", stdout);
	for (size_t i = 0; ss_families[i]; i++)
		if (ss_families[i] != &ss_family_noise)
			family(ss_families[i]);
	fputs("}\n\nlocal message_fields = {\n", stdout);
	message_fields();
	fputs("}\n", stdout);
	return fflush(stdout) || ferror(stdout) ? 2 : 0;
}
