/* SPDX-License-Identifier: ISC */
#ifndef SS_EXPLAIN_KEY_H
#define SS_EXPLAIN_KEY_H

#include "../proto/identity.h"
#include "explain.h"

/* What the files explain_*.c share about lines of text. */

/* The words of a value, secret ones hidden; the caller frees it. */
char *xexplain_words(const struct ss_sheet *s, const char *kinds,
    const char *in, size_t len);
enum ss_secrecy ss_explain_secrecy(const char *kinds);
/* A new part, whose lines follow; the last one ends. */
void ss_explain_open(struct ss_explain_file *f, const char *name,
    const char *title, const char *sentence);
void ss_explain_close(struct ss_explain_file *f);

/* Lines: "ss-pub-v1:...", "SECRETSOCKET_EPOCH ...", TLS secrets, comments. */
SS_CHECKED enum ss_err ss_explain_public(
    struct ss_explain_file *f, const char *line, size_t len);
SS_CHECKED enum ss_err ss_explain_epoch(
    struct ss_explain_file *f, const char *line, size_t len);
SS_CHECKED enum ss_err ss_explain_other(
    struct ss_explain_file *f, const char *line, size_t len);
/* The fingerprint as remarks. */
void ss_explain_fingerprint(struct ss_sheet *s, const struct ss_public *pub);

#endif
