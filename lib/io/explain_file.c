/* SPDX-License-Identifier: ISC */
/* Text artifacts on a sheet, line by line. */
#include "../proto/handshake.h"
#include "../proto/keylog.h"
#include "../proto/text.h"
#include "../proto/words.h"
#include "explain.h"
#include "explain_key.h"
#include "io.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 160 /* characters of a word before it is abbreviated */

/* One word of a line, hidden if it is secret. */
static void
word(FILE *out, const struct ss_sheet *s, char kind, const char *in,
    size_t len)
{
	if (kind == 'S' && !s->show_secrets) {
		fprintf(out, "[secret, %zu bytes]", len / 2);
	} else if (len > WORD_MAX && !s->full) {
		ss_escape(out, (const uint8_t *)in, WORD_MAX / 2, 0);
		fprintf(out, "... [%zu more characters]", len - WORD_MAX / 2);
	} else {
		ss_escape(out, (const uint8_t *)in, len, 0);
	}
}

char *
xexplain_words(const struct ss_sheet *s, const char *kinds, const char *in,
    size_t len)
{
	struct ss_line l = { .value = in, .len = len };
	char *text = NULL;
	size_t size = 0, n;
	FILE *f = open_memstream(&text, &size);
	const char *w;

	if (!f)
		ss_die(SS_ERR_SYSTEM, "no memory");
	for (int first = 1; (w = ss_line_word(&l, &n)); first = 0) {
		if (!first)
			fputc(' ', f);
		word(f, s, *kinds, w, n);
		if (kinds[1])
			kinds++;
	}
	if (fclose(f) != 0)
		ss_die(SS_ERR_SYSTEM, "no memory");
	return text;
}

enum ss_secrecy
ss_explain_secrecy(const char *kinds)
{
	return strchr(kinds, 'S') ? SS_SECRET :
	    strchr(kinds, 'k') ? SS_KEYED : SS_PUBLIC;
}

void
ss_explain_open(struct ss_explain_file *f, const char *name,
    const char *title, const char *sentence)
{
	struct ss_part p = { .name = name, .title = title,
		.sentence = sentence, .off = f->off };

	ss_explain_close(f);
	ss_sheet_part(f->sheet, &p);
	f->open = 1;
}

void
ss_explain_close(struct ss_explain_file *f)
{
	if (f->open)
		f->sheet->style->part_end(f->sheet);
	f->open = 0;
}

/* "suite: 0302" of a session in words, since its family line came before. */
static void
suite(char out[static 48], const struct ss_explain_file *f,
    const struct ss_line *l)
{
	uint8_t code[2];

	if (ss_text_hex(code, 2, l->value, l->len) == SS_OK)
		ss_suite_text(
		    out, f->family, (uint16_t)ss_bytes_get(code, 2));
}

/* The end of a signed prekey as a date. */
static void
until(char out[static 48], struct ss_line l)
{
	char date[SS_TIME_TEXT];
	uint64_t id, end;

	if (ss_line_dec(&id, UINT32_MAX, &l) != SS_OK ||
	    ss_line_dec(&end, SS_PREKEY_TIME_MAX, &l) != SS_OK)
		return;
	ss_time_text(date, (int64_t)end * 1000);
	snprintf(out, 48, "until %s", date);
}

/* What a line's value tells beyond its words. */
static void
remember(char value[static 48], struct ss_explain_file *f,
    const struct ss_line *l)
{
	char name[16] = "";
	uint32_t code;

	if (ss_line_is(l, "family") && l->len < sizeof(name)) {
		memcpy(name, l->value, l->len);
		if (ss_value_of(&code, ss_family_names, name) == SS_OK)
			f->family = (uint8_t)code;
	} else if (ss_line_is(l, "suite")) {
		suite(value, f, l);
	} else if (ss_line_is(l, "signed")) {
		until(value, *l);
	} else if (ss_line_is(l, "end")) {
		f->ended = 1;
	}
}

/* The fingerprint of a key line, which people compare. */
static void
fingerprint(struct ss_explain_file *f, const struct ss_line *l)
{
	struct ss_public pub;

	if (!ss_line_is(l, "public") && !ss_line_is(l, "peer"))
		return;
	if (ss_public_get_text(&pub, l->value, l->len) == SS_OK)
		ss_explain_fingerprint(f->sheet, &pub);
}

/* "key: value" of a known kind of file. */
static enum ss_err
key_value(struct ss_explain_file *f, const char *line, size_t len)
{
	const char *at = line;
	size_t left = len;
	const struct ss_words_line *w;
	struct ss_line l;
	char value[48] = "", *name, *text;
	struct ss_row r = { .off = f->off, .len = len,
		.spec = f->kind->spec, .value = value };
	enum ss_err e = ss_text_next(&l, &at, &left);

	if (e == SS_ERR_EMPTY) /* a comment */
		return SS_OK;
	if (e != SS_OK || f->ended) {
		ss_sheet_note(f->sheet, SS_ERR_FORMAT, f->ended ?
		    "a line behind the last one, at byte %llu" :
		    "no \"key: value\" line, at byte %llu",
		    (unsigned long long)f->off);
		return SS_ERR_FORMAT;
	}
	w = ss_words_line(f->kind, l.key, l.keylen);
	name = xsheet_escape(l.key, l.keylen);
	text = xexplain_words(f->sheet, w ? w->words : "S", l.value, l.len);
	remember(value, f, &l);
	r.name = name;
	r.label = w ? w->label : name;
	r.sentence = w ? w->sentence : "No line of this kind of file; what "
	    "it says might be secret.";
	r.text = text;
	r.secrecy = w ? ss_explain_secrecy(w->words) : SS_SECRET;
	r.wrong = !w;
	if (!value[0])
		r.value = NULL;
	ss_sheet_row(f->sheet, &r);
	if (!w)
		ss_sheet_note(f->sheet, SS_ERR_FORMAT, "byte %llu",
		    (unsigned long long)f->off);
	fingerprint(f, &l);
	free(name);
	free(text);
	return w ? SS_OK : SS_ERR_FORMAT;
}

/* The first line of a file says which kind it is. */
static void
begin(struct ss_explain_file *f, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);

	if (colon)
		f->kind = ss_words_file(line, (size_t)(colon - line));
	if (f->kind)
		ss_explain_open(f, f->kind->key, f->kind->label,
		    f->kind->sentence);
}

static int
begins(const char *line, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

static int
blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", line[i]) || !line[i])
			return 0;
	return 1;
}

/* The version line of a kind of file that has later versions. */
static enum ss_err
version(struct ss_explain_file *f, const char *line, size_t len)
{
	size_t n = strlen(f->kind->key);

	while (len > 0 && strchr("\r\n", line[len - 1]))
		len--;
	if (len == n + 3 && line[n + 2] == '1')
		return SS_OK;
	ss_sheet_note(f->sheet, SS_ERR_VERSION, "only version 1 is known");
	return SS_ERR_VERSION;
}

enum ss_err
ss_explain_line(struct ss_explain_file *f, const char *line, size_t len)
{
	enum ss_err e = SS_OK;

	if (f->lines++ == 0)
		begin(f, line, len);
	if (f->kind) {
		e = key_value(f, line, len);
		if (e == SS_OK && f->lines == 1)
			e = version(f, line, len);
	} else if (ss_public_is_text(line, len)) {
		e = ss_explain_public(f, line, len);
	} else if (begins(line, len, SS_KEYLOG_WORD " ")) {
		e = ss_explain_epoch(f, line, len);
	} else if (!blank(line, len)) {
		e = ss_explain_other(f, line, len);
	}
	f->off += len;
	return e;
}

enum ss_err
ss_explain_line_end(struct ss_explain_file *f)
{
	enum ss_err e = f->kind && !f->ended ? SS_ERR_TRUNCATED : SS_OK;

	if (e != SS_OK)
		ss_sheet_note(f->sheet, e, "the line \"end: %s\" is missing, "
		    "at byte %llu", f->kind->key, (unsigned long long)f->off);
	ss_explain_close(f);
	return e;
}

void
ss_explain_line_abandon(struct ss_explain_file *f)
{
	ss_explain_close(f);
}
