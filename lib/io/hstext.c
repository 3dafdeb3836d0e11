/* SPDX-License-Identifier: ISC */
#include "../proto/text.h"
#include "hsfile.h"
#include <sodium.h>
#include <string.h>

/*
 * The handshake state as text, version 1.  A path is the rest of its line,
 * blanks and all.
 */

static const struct ss_name roles[] = { { 1, "initiator" },
	{ 0, "responder" }, { 0, NULL } };
static const struct ss_name yes[] = { { 1, "yes" }, { 0, "no" }, { 0, NULL } };

static void
put_line(struct ss_buf *b, const char *key, const char *value)
{
	ss_buf_str(b, key);
	ss_buf_str(b, ": ");
	ss_buf_str(b, value[0] ? value : "-");
	ss_buf_str(b, "\n");
}

static void
put_hex(struct ss_buf *b, const char *key, const uint8_t *in, size_t n)
{
	ss_buf_str(b, key);
	ss_buf_str(b, ": ");
	ss_buf_hex(b, in, n);
	ss_buf_str(b, "\n");
}

/* "key: <fingerprint> <path>" */
static void
put_secret(
    struct ss_buf *b, const char *key, const struct ss_hsfile_secret *s)
{
	ss_buf_str(b, key);
	ss_buf_str(b, ": ");
	ss_buf_hex(b, s->mark, sizeof(s->mark));
	ss_buf_str(b, " ");
	ss_buf_str(b, s->path[0] ? s->path : "-");
	ss_buf_str(b, "\n");
}

static void
put_steps(struct ss_buf *b, const struct ss_hsfile *f)
{
	for (size_t i = 0; i < f->nsteps; i++) {
		const struct ss_hsfile_step *s = &f->steps[i];

		if (s->read)
			put_hex(b, "read", f->records + s->at, s->len);
		else
			put_hex(b, "write", s->entropy, sizeof(s->entropy));
	}
}

enum ss_err
ss_hsfile_put_text(char *out, size_t *len, const struct ss_hsfile *f)
{
	struct ss_buf b = { (uint8_t *)out, 0, SS_HSFILE_TEXT_MAX, 0 };
	char pub[SS_PUBLIC_TEXT_MAX + 1];
	uint8_t suite[2];

	ss_bytes_put(suite, f->suite, 2);
	ss_buf_str(&b, "secretsocket-handshake: 1\n");
	put_line(&b, "family", ss_name_of(ss_family_names, f->family));
	put_hex(&b, "suite", suite, 2);
	put_line(&b, "mode", ss_name_of(ss_mode_names, f->mode));
	put_line(&b, "role", ss_name_of(roles, f->initiator));
	put_line(&b, "profile", f->profile);
	put_hex(&b, "run", f->run, sizeof(f->run));
	if (f->has_key)
		put_secret(&b, "key", &f->key);
	if (f->has_peer) {
		ss_public_put_text(pub, &f->peer);
		put_line(&b, "peer", pub);
	}
	for (size_t i = 0; i < f->npsks; i++)
		put_secret(&b, "psk", &f->psks[i]);
	put_line(&b, "armor", ss_name_of(yes, f->armor));
	if (f->output[0])
		put_line(&b, "output", f->output);
	put_steps(&b, f);
	put_line(&b, "end", "secretsocket-handshake");
	*len = b.len;
	return b.over ? SS_ERR_LENGTH : SS_OK;
}

/* The rest of the line. */
static enum ss_err
get_rest(char *out, size_t size, struct ss_line *l)
{
	if (l->len == 0 || l->len >= size)
		return SS_ERR_FORMAT;
	memset(out, 0, size);
	if (!(l->len == 1 && *l->value == '-'))
		memcpy(out, l->value, l->len);
	l->len = 0;
	return SS_OK;
}

static enum ss_err
get_secret(struct ss_hsfile_secret *s, struct ss_line *l)
{
	enum ss_err e = ss_line_hex(s->mark, sizeof(s->mark), l);

	if (e != SS_OK || l->len < 2)
		return SS_ERR_FORMAT;
	l->value++; /* the blank */
	l->len--;
	return get_rest(s->path, sizeof(s->path), l);
}

static enum ss_err
get_record(struct ss_hsfile *f, struct ss_line *l)
{
	struct ss_hsfile_step *s = &f->steps[f->nsteps];
	enum ss_err e;

	if (f->nsteps == SS_HANDSHAKE_STEPS_MAX || l->len % 2 != 0 ||
	    l->len / 2 > sizeof(f->records) - f->used)
		return SS_ERR_FORMAT;
	s->read = 1;
	s->at = f->used;
	s->len = l->len / 2;
	if ((e = ss_line_hex(f->records + s->at, s->len, l)) != SS_OK)
		return e;
	f->used += s->len;
	f->nsteps++;
	return SS_OK;
}

static enum ss_err
get_entropy(struct ss_hsfile *f, struct ss_line *l)
{
	uint8_t entropy[32];
	enum ss_err e = ss_line_hex(entropy, sizeof(entropy), l);

	if (e == SS_OK)
		e = ss_hsfile_wrote(f, entropy);
	sodium_memzero(entropy, sizeof(entropy));
	return e == SS_OK ? SS_OK : SS_ERR_FORMAT;
}

static enum ss_err
get_byte(uint8_t *out, const struct ss_name *table, struct ss_line *l)
{
	uint32_t v = 0;
	enum ss_err e = ss_line_name(&v, table, l);

	*out = (uint8_t)v;
	return e;
}

static enum ss_err
get_suite(struct ss_hsfile *f, struct ss_line *l)
{
	uint8_t suite[2] = { 0 };
	enum ss_err e = ss_line_hex(suite, 2, l);

	f->suite = (uint16_t)ss_bytes_get(suite, 2);
	return e;
}

static enum ss_err
get_peer(struct ss_hsfile *f, struct ss_line *l)
{
	size_t len = l->len;

	f->has_peer = 1;
	l->len = 0;
	return ss_public_get_text(&f->peer, l->value, len);
}

static enum ss_err
get_line(struct ss_hsfile *f, struct ss_line *l)
{
	if (ss_line_is(l, "family"))
		return get_byte(&f->family, ss_family_names, l);
	if (ss_line_is(l, "suite"))
		return get_suite(f, l);
	if (ss_line_is(l, "mode"))
		return get_byte(&f->mode, ss_mode_names, l);
	if (ss_line_is(l, "profile"))
		return get_rest(f->profile, sizeof(f->profile), l);
	if (ss_line_is(l, "role"))
		return get_byte(&f->initiator, roles, l);
	if (ss_line_is(l, "armor"))
		return get_byte(&f->armor, yes, l);
	if (ss_line_is(l, "key")) {
		f->has_key = 1;
		return get_secret(&f->key, l);
	}
	if (ss_line_is(l, "peer"))
		return get_peer(f, l);
	if (ss_line_is(l, "psk") && f->npsks < SS_HSFILE_PSKS_MAX)
		return get_secret(&f->psks[f->npsks++], l);
	if (ss_line_is(l, "output"))
		return get_rest(f->output, sizeof(f->output), l);
	if (ss_line_is(l, "run"))
		return ss_line_hex(f->run, sizeof(f->run), l);
	if (ss_line_is(l, "write"))
		return get_entropy(f, l);
	if (ss_line_is(l, "read"))
		return get_record(f, l);
	return SS_ERR_FORMAT;
}

static enum ss_err
get_lines(struct ss_hsfile *f, const char *text, size_t len)
{
	struct ss_line l;
	size_t rest;

	for (;;) {
		if (ss_text_next(&l, &text, &len) != SS_OK)
			return SS_ERR_TRUNCATED; /* before its last line */
		if (ss_line_is(&l, "end"))
			return len == 0 ? SS_OK : SS_ERR_FORMAT;
		if (get_line(f, &l) != SS_OK || ss_line_word(&l, &rest))
			return SS_ERR_FORMAT;
	}
}

enum ss_err
ss_hsfile_get_text(struct ss_hsfile *f, const char *text, size_t len)
{
	struct ss_line l;
	enum ss_err e;

	memset(f, 0, sizeof(*f));
	if (len == 0)
		return SS_ERR_EMPTY;
	e = ss_text_next(&l, &text, &len);
	if (e != SS_OK || !ss_line_is(&l, "secretsocket-handshake"))
		return SS_ERR_FORMAT;
	if (l.len != 1 || *l.value != '1')
		return SS_ERR_VERSION;
	e = get_lines(f, text, len);
	if (e == SS_OK && (!f->family || f->nsteps == 0))
		e = SS_ERR_FORMAT;
	if (e != SS_OK)
		sodium_memzero(f, sizeof(*f));
	return e;
}
