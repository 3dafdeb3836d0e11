/* SPDX-License-Identifier: ISC */
#include "prekeys.h"
#include "dh.h"
#include "text.h"
#include <sodium.h>
#include <string.h>

/*
 * The prekey file and the bundle, version 1: "key: value" lines in a fixed
 * order, ids ascending, so that each has one form.   docs/protocol.md, 5.8
 */
#define PREKEYS "secretsocket-prekeys"
#define BUNDLE  "secretsocket-bundle"

static void
put_head(struct ss_buf *b, const char *magic, const struct ss_public *owner)
{
	char text[SS_PUBLIC_TEXT_MAX + 1];

	ss_public_put_text(text, owner);
	ss_buf_str(b, magic);
	ss_buf_str(b, ": 1\npublic: ");
	ss_buf_str(b, text);
	ss_buf_str(b, "\n");
}

static void
put_end(struct ss_buf *b, const char *magic)
{
	ss_buf_str(b, "end: ");
	ss_buf_str(b, magic);
	ss_buf_str(b, "\n");
}

static void
put_dec(struct ss_buf *b, const char *before, uint64_t v)
{
	ss_buf_str(b, before);
	ss_buf_dec(b, v);
}

static void
put_hex(struct ss_buf *b, const uint8_t *in, size_t n, const char *after)
{
	ss_buf_str(b, " ");
	ss_buf_hex(b, in, n);
	ss_buf_str(b, after);
}

static void
put_one_time(
    struct ss_buf *b, const struct ss_one_time *o, size_t n, int secret)
{
	for (size_t i = 0; i < n; i++) {
		put_dec(b, "one-time: ", o[i].id);
		if (secret)
			put_hex(b, o[i].sec, 32, "");
		put_hex(b, o[i].pub, 32, "\n");
	}
}

enum ss_err
ss_bundle_put_text(
    char *out, size_t max, size_t *len, const struct ss_bundle *bundle)
{
	struct ss_buf b = { (uint8_t *)out, 0, max, 0 };

	put_head(&b, BUNDLE, &bundle->owner);
	put_dec(&b, "signed: ", bundle->id);
	put_dec(&b, " ", bundle->expires);
	put_hex(&b, bundle->spk, 32, "");
	put_hex(&b, bundle->sig, SS_SIGN_BYTES, "\n");
	put_one_time(&b, bundle->one_time, bundle->n, 0);
	put_end(&b, BUNDLE);
	*len = b.len;
	return b.over ? SS_ERR_LENGTH : SS_OK;
}

enum ss_err
ss_prekeys_put_text(
    char *out, size_t max, size_t *len, const struct ss_prekeys *p)
{
	struct ss_buf b = { (uint8_t *)out, 0, max, 0 };

	put_head(&b, PREKEYS, &p->owner);
	put_dec(&b, "next: ", p->next_signed);
	put_dec(&b, " ", p->next_one_time);
	ss_buf_str(&b, "\n");
	for (size_t i = 0; i < p->nspk; i++) {
		const struct ss_signed_prekey *s = &p->spk[i];

		put_dec(&b, "signed: ", s->id);
		put_dec(&b, " ", s->expires);
		put_dec(&b, " ", s->until);
		put_hex(&b, s->sec, 32, "");
		put_hex(&b, s->sig, SS_SIGN_BYTES, "\n");
	}
	put_one_time(&b, p->one_time, p->n, 1);
	for (size_t i = 0; i < p->nseen; i++) {
		put_dec(&b, "seen: ", p->seen[i].signed_id);
		put_dec(&b, " ", p->seen[i].one_time_id);
		put_hex(&b, p->seen[i].ek, 32, "\n");
	}
	put_end(&b, PREKEYS);
	*len = b.len;
	return b.over ? SS_ERR_LENGTH : SS_OK;
}

/* An id above the last one. */
static enum ss_err
get_id(uint32_t *id, uint32_t above, struct ss_line *l)
{
	uint64_t v = 0;
	enum ss_err e = ss_line_dec(&v, UINT32_MAX, l);

	*id = (uint32_t)v;
	return e == SS_OK && v > above ? SS_OK : SS_ERR_FORMAT;
}

static enum ss_err
get_one_time(
    struct ss_one_time *list, size_t *n, int secret, struct ss_line *l)
{
	enum ss_err e;

	if (*n == SS_ONE_TIME_MAX)
		return SS_ERR_FORMAT;
	e = get_id(&list[*n].id, *n > 0 ? list[*n - 1].id : 0, l);
	if (e == SS_OK && secret)
		e = ss_line_hex(list[*n].sec, 32, l);
	if (e == SS_OK)
		e = ss_line_hex(list[*n].pub, 32, l);
	if (e == SS_OK)
		(*n)++;
	return e;
}

/* One line into the file; SS_ERR_FORMAT if there is none such, or not here. */
static enum ss_err
bundle_line(void *file, struct ss_line *l)
{
	struct ss_bundle *b = file;
	enum ss_err e;

	if (ss_line_is(l, "one-time") && b->id)
		return get_one_time(b->one_time, &b->n, 0, l);
	if (!ss_line_is(l, "signed") || b->id)
		return SS_ERR_FORMAT;
	if ((e = get_id(&b->id, 0, l)) != SS_OK ||
	    (e = ss_line_dec(&b->expires, SS_PREKEY_TIME_MAX, l)) != SS_OK ||
	    (e = ss_line_hex(b->spk, 32, l)) != SS_OK)
		return e;
	return ss_line_hex(b->sig, SS_SIGN_BYTES, l);
}

static enum ss_err
get_signed(struct ss_prekeys *p, struct ss_line *l)
{
	struct ss_signed_prekey *s = &p->spk[p->nspk];
	enum ss_err e;

	if (p->nspk == SS_PREKEYS_SIGNED_MAX)
		return SS_ERR_FORMAT;
	e = get_id(&s->id, p->nspk > 0 ? s[-1].id : 0, l);
	if (e != SS_OK || s->id >= p->next_signed ||
	    ss_line_dec(&s->expires, SS_PREKEY_TIME_MAX, l) != SS_OK ||
	    ss_line_dec(&s->until, SS_PREKEY_TIME_MAX, l) != SS_OK ||
	    ss_line_hex(s->sec, 32, l) != SS_OK ||
	    ss_line_hex(s->sig, SS_SIGN_BYTES, l) != SS_OK)
		return SS_ERR_FORMAT;
	ss_dh_public(s->pub, s->sec);
	p->nspk++;
	return SS_OK;
}

static enum ss_err
get_seen(struct ss_prekeys *p, struct ss_line *l)
{
	struct ss_prekey_use *use = &p->seen[p->nseen];
	uint64_t one_time = 0;
	enum ss_err e;

	if (p->nseen == SS_PREKEYS_SEEN_MAX)
		return SS_ERR_FORMAT;
	if ((e = get_id(&use->signed_id, 0, l)) != SS_OK ||
	    (e = ss_line_dec(&one_time, UINT32_MAX, l)) != SS_OK)
		return e;
	use->one_time_id = (uint32_t)one_time;
	p->nseen++;
	return ss_line_hex(use->ek, 32, l);
}

static enum ss_err
prekeys_line(void *file, struct ss_line *l)
{
	struct ss_prekeys *p = file;
	enum ss_err e;

	if (ss_line_is(l, "next") && !p->next_signed) {
		e = get_id(&p->next_signed, 0, l);
		return e == SS_OK ? get_id(&p->next_one_time, 0, l) : e;
	}
	if (!p->next_signed)
		return SS_ERR_FORMAT;
	if (ss_line_is(l, "signed") && p->n == 0 && p->nseen == 0)
		return get_signed(p, l);
	if (ss_line_is(l, "one-time") && p->nseen == 0) {
		e = get_one_time(p->one_time, &p->n, 1, l);
		return e == SS_OK &&
		    p->one_time[p->n - 1].id >= p->next_one_time
		    ? SS_ERR_FORMAT : e;
	}
	return ss_line_is(l, "seen") ? get_seen(p, l) : SS_ERR_FORMAT;
}

/* What the first line says, if it is not our kind of file. */
static enum ss_err
get_magic(const char *magic, const char **text, size_t *len)
{
	const char *other = strcmp(magic, BUNDLE) == 0 ? PREKEYS : BUNDLE;
	struct ss_line l;
	enum ss_err e = ss_text_next(&l, text, len);

	if (e != SS_OK)
		return e;
	if (ss_line_is(&l, other))
		return SS_ERR_HALF;
	if (!ss_line_is(&l, magic))
		return SS_ERR_FORMAT;
	return l.len == 1 && *l.value == '1' ? SS_OK : SS_ERR_VERSION;
}

static enum ss_err
get_lines(void *file, struct ss_public *owner,
    enum ss_err (*line)(void *file, struct ss_line *l), const char *magic,
    const char *text, size_t len)
{
	struct ss_line l;
	size_t rest;
	enum ss_err e = get_magic(magic, &text, &len);

	if (e != SS_OK)
		return e;
	if (ss_text_next(&l, &text, &len) != SS_OK)
		return SS_ERR_TRUNCATED;
	if (!ss_line_is(&l, "public") ||
	    ss_public_get_text(owner, l.value, l.len) != SS_OK)
		return SS_ERR_FORMAT;
	for (;;) {
		if (ss_text_next(&l, &text, &len) != SS_OK)
			return SS_ERR_TRUNCATED; /* before its last line */
		if (ss_line_is(&l, "end"))
			return len == 0 && l.len == strlen(magic) &&
			    memcmp(l.value, magic, l.len) == 0
			    ? SS_OK : SS_ERR_FORMAT;
		e = line(file, &l);
		if (e != SS_OK || ss_line_word(&l, &rest))
			return SS_ERR_FORMAT;
	}
}

enum ss_err
ss_bundle_get_text(struct ss_bundle *b, const char *text, size_t len)
{
	enum ss_err e;

	memset(b, 0, sizeof(*b));
	e = get_lines(b, &b->owner, bundle_line, BUNDLE, text, len);
	if (e == SS_OK && !b->id)
		e = SS_ERR_FORMAT;
	if (e != SS_OK)
		memset(b, 0, sizeof(*b));
	return e;
}

enum ss_err
ss_prekeys_get_text(struct ss_prekeys *p, const char *text, size_t len)
{
	enum ss_err e;

	memset(p, 0, sizeof(*p));
	e = get_lines(p, &p->owner, prekeys_line, PREKEYS, text, len);
	if (e == SS_OK && !p->next_signed)
		e = SS_ERR_FORMAT;
	if (e != SS_OK)
		ss_prekeys_wipe(p);
	return e;
}
