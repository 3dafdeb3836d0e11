/* SPDX-License-Identifier: ISC */
#ifndef SS_EXPLAIN_H
#define SS_EXPLAIN_H

#include "../proto/wire.h"
#include <stdio.h>

/*
 * A sheet is what ss-explain writes: parts (a record, a file) that consist
 * of rows (a field, a line), each with its place, its bytes, its value in
 * words and a sentence.  Styles differ in how they set it.
 */
struct ss_row {
	const char *name, *label, *sentence;
	const char *spec;      /* section of docs/protocol.md, or NULL */
	const char *more;      /* a paragraph, or NULL */
	uint64_t off;          /* within the part */
	size_t len;
	const uint8_t *bytes;  /* shown in hex; have of len are there */
	size_t have;
	const char *text;      /* shown instead of bytes; NULL otherwise */
	const char *value;     /* in words, or NULL */
	enum ss_secrecy secrecy;
	int wrong;             /* here something is wrong */
};

struct ss_part {
	const char *name;     /* "data", "secretsocket-session" */
	const char *title;    /* "Data record" */
	const char *sentence; /* or NULL */
	uint64_t number;      /* of the record, from 1; 0: no record */
	uint64_t off, len;    /* in the input; len 0: not known yet */
	int armored;
};

struct ss_sheet;
struct ss_sheet_style {
	void (*begin)(struct ss_sheet *s);
	void (*part)(struct ss_sheet *s, const struct ss_part *p);
	void (*row)(struct ss_sheet *s, const struct ss_row *r);
	/* a remark; code SS_OK, or what is wrong */
	void (*note)(struct ss_sheet *s, enum ss_err code, const char *text);
	void (*part_end)(struct ss_sheet *s);
	void (*end)(struct ss_sheet *s);
};
extern const struct ss_sheet_style ss_sheet_text, ss_sheet_json,
    ss_sheet_html;

struct ss_sheet {
	const struct ss_sheet_style *style;
	FILE *out;
	unsigned width;    /* columns of text */
	int full;          /* all bytes of long fields */
	int more;          /* the paragraphs too */
	int show_secrets;
	int colour;
	unsigned parts, rows; /* so far; rows of this part */
};

/* Part, row, end of part: by way of these, which count. */
void ss_sheet_part(struct ss_sheet *s, const struct ss_part *p);
void ss_sheet_row(struct ss_sheet *s, const struct ss_row *r);
/* Words, wrapped at the sheet's width behind an indent. */
void ss_sheet_wrap(struct ss_sheet *s, unsigned indent, const char *text);
/* A remark in the sheet, formatted. */
void ss_sheet_note(struct ss_sheet *s, enum ss_err code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Bytes of the input as escaped text; the caller frees it.  Never NULL. */
char *xsheet_escape(const void *in, size_t len);

/*
 * ss_explain_record - one record, whole or cut: all rows that are there.
 *
 *   rec   in  have bytes of a record that says it has len of them
 *
 * SS_OK, or what is wrong with it, which the sheet says too.
 */
SS_CHECKED enum ss_err ss_explain_record(struct ss_sheet *s,
    const struct ss_part *where, const uint8_t *rec, size_t have);

/*
 * struct ss_explain_file - a text artifact, line by line: key file, session
 * file, handshake state, public key, key log.
 */
struct ss_explain_file {
	struct ss_sheet *sheet;
	const struct ss_words_file *kind; /* NULL: public key or key log */
	uint64_t off;                     /* of the line, in its file */
	uint64_t lines;                   /* so far */
	uint8_t family;                   /* of a session, once known */
	int open;                         /* a part is under way */
	int ended;                        /* its "end:" line was there */
};
SS_CHECKED enum ss_err ss_explain_line(
    struct ss_explain_file *f, const char *line, size_t len);
/* after the last line: was it whole?  Or, after an error, no more of it. */
SS_CHECKED enum ss_err ss_explain_line_end(struct ss_explain_file *f);
void ss_explain_line_abandon(struct ss_explain_file *f);

/*
 * ss_explain_input - whatever comes from a descriptor, by its content.
 * SS_OK, or the first thing that is wrong; *where then says at which byte.
 */
SS_CHECKED enum ss_err ss_explain_input(
    struct ss_sheet *s, int fd, uint64_t *where);

/* The wire table as Markdown: one layout or file by name, or NULL for all,
 * with their marks.  SS_ERR_FORMAT if there is no such name. */
SS_CHECKED enum ss_err ss_explain_tables(FILE *out, const char *name);

#endif
