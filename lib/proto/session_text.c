/* SPDX-License-Identifier: ISC */
#include "family.h"
#include "session.h"
#include "text.h"
#include <sodium.h>
#include <string.h>

/*
 * The session file, version 1: "key: value" lines in a fixed order, so that
 * a student can read it and a cut one is noticed.  docs/protocol.md, 9.4
 */

static void
put_word(struct ss_buf *b, const char *key, const char *value)
{
	ss_buf_str(b, key);
	ss_buf_str(b, ": ");
	ss_buf_str(b, value);
	ss_buf_str(b, "\n");
}

static void
put_key(struct ss_buf *b, const char *key, const uint8_t in[static 32])
{
	ss_buf_str(b, key);
	ss_buf_str(b, ": ");
	ss_buf_hex(b, in, 32);
}

static void
put_who(struct ss_buf *b, const char *key, const char *name,
    const uint8_t fp[static 32])
{
	ss_buf_str(b, key);
	ss_buf_str(b, ": ");
	ss_buf_str(b, name[0] ? name : "-");
	ss_buf_str(b, " ");
	ss_buf_hex(b, fp, 32);
	ss_buf_str(b, "\n");
}

/* "send-chain: <key> <number>" */
static void
put_chain(struct ss_buf *b, const char *key, int has,
    const uint8_t ck[static 32], uint32_t n)
{
	if (!has)
		return;
	put_key(b, key, ck);
	ss_buf_str(b, " ");
	ss_buf_dec(b, n);
	ss_buf_str(b, "\n");
}

static void
put_ratchet(struct ss_buf *b, const struct ss_ratchet *r)
{
	if (r->mode == SS_MODE_DH) {
		put_key(b, "root", r->RK);
		put_key(b, "\nown-ratchet", r->DHs);
		ss_buf_str(b, " ");
		ss_buf_hex(b, r->DHs_pub, 32);
		ss_buf_str(b, "\n");
	}
	if (r->has_DHr) {
		put_key(b, "peer-ratchet", r->DHr);
		ss_buf_str(b, "\n");
	}
	put_chain(b, "send-chain", r->has_CKs, r->CKs, r->Ns);
	put_chain(b, "receive-chain", r->has_CKr, r->CKr, r->Nr);
	ss_buf_str(b, "previous-chain: ");
	ss_buf_dec(b, r->PN);
	ss_buf_str(b, "\n");
	for (size_t i = 0; i < r->nskipped; i++) {
		put_key(b, "skipped", r->skipped[i].pub);
		ss_buf_str(b, " ");
		ss_buf_dec(b, r->skipped[i].n);
		ss_buf_str(b, " ");
		ss_buf_hex(b, r->skipped[i].key, 32);
		ss_buf_str(b, "\n");
	}
}

enum ss_err
ss_session_put_text(
    char *out, size_t max, size_t *len, const struct ss_session *s)
{
	struct ss_buf b = { (uint8_t *)out, 0, max, 0 };
	uint8_t suite[2];

	ss_bytes_put(suite, s->suite, 2);
	ss_buf_str(&b, "secretsocket-session: 1\nfamily: ");
	ss_buf_str(&b, ss_name_of(ss_family_names, s->family));
	ss_buf_str(&b, "\nsuite: ");
	ss_buf_hex(&b, suite, 2);
	ss_buf_str(&b, "\n");
	put_word(&b, "mode", ss_name_of(ss_mode_names, s->mode));
	put_word(&b, "aead", ss_name_of(ss_aead_names, s->aead));
	put_word(&b, "role", s->initiator ? "initiator" : "responder");
	put_word(&b, "one-way", s->one_way ? "yes" : "no");
	put_word(&b, "profile", s->profile[0] ? s->profile : "-");
	put_who(&b, "self", s->self_name, s->self_fp);
	put_who(&b, "peer", s->peer_name, s->peer_fp);
	put_key(&b, "transcript", s->hash);
	ss_buf_str(&b, "\n");
	put_ratchet(&b, &s->ratchet);
	if (s->rx.open) {
		ss_buf_str(&b, "open-stream: ");
		ss_buf_hex(&b, s->rx.epoch_id, 16);
		ss_buf_str(&b, " ");
		ss_buf_hex(&b, s->rx.epoch_key, 32);
		ss_buf_str(&b, " ");
		ss_buf_dec(&b, s->rx.next);
		ss_buf_str(&b, "\n");
	}
	ss_buf_str(&b, "end: secretsocket-session\n");
	*len = b.len;
	return b.over ? SS_ERR_LENGTH : SS_OK;
}

static enum ss_err
get_dec32(uint32_t *out, struct ss_line *l)
{
	uint64_t v = 0;
	enum ss_err e = ss_line_dec(&v, UINT32_MAX, l);

	*out = (uint32_t)v;
	return e;
}

/* A name (or "-"), then a fingerprint. */
static enum ss_err
get_who(char *name, uint8_t fp[static 32], struct ss_line *l)
{
	size_t len;
	const char *w = ss_line_word(l, &len);

	if (!w || (!(len == 1 && *w == '-') && !ss_name_ok(w, len)))
		return SS_ERR_FORMAT;
	memset(name, 0, SS_NAME_MAX + 1);
	if (*w != '-')
		memcpy(name, w, len);
	return ss_line_hex(fp, 32, l);
}

static enum ss_err
get_chain(uint8_t *has, uint8_t ck[static 32], uint32_t *n, struct ss_line *l)
{
	enum ss_err e;

	*has = 1;
	if ((e = ss_line_hex(ck, 32, l)) != SS_OK)
		return e;
	return get_dec32(n, l);
}

static enum ss_err
get_skipped(struct ss_ratchet *r, struct ss_line *l)
{
	struct ss_skipped *k = &r->skipped[r->nskipped];
	enum ss_err e;

	if (r->nskipped == SS_SKIP_MAX)
		return SS_ERR_FORMAT;
	if ((e = ss_line_hex(k->pub, 32, l)) != SS_OK ||
	    (e = get_dec32(&k->n, l)) != SS_OK ||
	    (e = ss_line_hex(k->key, 32, l)) != SS_OK)
		return e;
	r->nskipped++;
	return SS_OK;
}

static const struct ss_name role_names[] = { { 1, "initiator" },
	{ 0, "responder" }, { 0, NULL } };
static const struct ss_name yes_names[] = { { 1, "yes" }, { 0, "no" },
	{ 0, NULL } };

/* The lines that say what the session is. */
static enum ss_err
get_head(struct ss_session *s, struct ss_line *l)
{
	uint8_t suite[2];
	uint32_t v = 0;
	enum ss_err e;
	size_t n;
	const char *w;

	if (ss_line_is(l, "family")) {
		e = ss_line_name(&v, ss_family_names, l);
		s->family = (uint8_t)v;
	} else if (ss_line_is(l, "suite")) {
		if ((e = ss_line_hex(suite, 2, l)) == SS_OK)
			s->suite = (uint16_t)ss_bytes_get(suite, 2);
	} else if (ss_line_is(l, "mode")) {
		e = ss_line_name(&v, ss_mode_names, l);
		s->mode = s->ratchet.mode = (uint8_t)v;
	} else if (ss_line_is(l, "aead")) {
		e = ss_line_name(&v, ss_aead_names, l);
		s->aead = (uint8_t)v;
	} else if (ss_line_is(l, "role")) {
		e = ss_line_name(&v, role_names, l);
		s->initiator = (uint8_t)v;
	} else if (ss_line_is(l, "one-way")) {
		e = ss_line_name(&v, yes_names, l);
		s->one_way = (uint8_t)v;
	} else if (ss_line_is(l, "profile")) {
		w = ss_line_word(l, &n);
		e = w && n <= SS_PROFILE_MAX ? SS_OK : SS_ERR_FORMAT;
		if (e == SS_OK && !(n == 1 && *w == '-'))
			memcpy(s->profile, w, n);
	} else if (ss_line_is(l, "self")) {
		e = get_who(s->self_name, s->self_fp, l);
	} else if (ss_line_is(l, "peer")) {
		e = get_who(s->peer_name, s->peer_fp, l);
	} else if (ss_line_is(l, "transcript")) {
		e = ss_line_hex(s->hash, 32, l);
	} else {
		return SS_ERR_EMPTY; /* not one of these */
	}
	return e;
}

/* The lines that move on with each epoch. */
static enum ss_err
get_state(struct ss_session *s, struct ss_line *l)
{
	struct ss_ratchet *r = &s->ratchet;
	enum ss_err e;

	if (ss_line_is(l, "root"))
		return ss_line_hex(r->RK, 32, l);
	if (ss_line_is(l, "own-ratchet")) {
		e = ss_line_hex(r->DHs, 32, l);
		return e == SS_OK ? ss_line_hex(r->DHs_pub, 32, l) : e;
	}
	if (ss_line_is(l, "peer-ratchet")) {
		r->has_DHr = 1;
		return ss_line_hex(r->DHr, 32, l);
	}
	if (ss_line_is(l, "send-chain"))
		return get_chain(&r->has_CKs, r->CKs, &r->Ns, l);
	if (ss_line_is(l, "receive-chain"))
		return get_chain(&r->has_CKr, r->CKr, &r->Nr, l);
	if (ss_line_is(l, "previous-chain"))
		return get_dec32(&r->PN, l);
	if (ss_line_is(l, "skipped"))
		return get_skipped(r, l);
	if (ss_line_is(l, "open-stream")) {
		s->rx.open = 1;
		if ((e = ss_line_hex(s->rx.epoch_id, 16, l)) != SS_OK ||
		    (e = ss_line_hex(s->rx.epoch_key, 32, l)) != SS_OK)
			return e;
		return ss_line_dec(&s->rx.next, UINT64_MAX, l);
	}
	return SS_ERR_FORMAT;
}

static enum ss_err
get_lines(struct ss_session *s, const char *text, size_t len)
{
	struct ss_line l;
	size_t rest;
	enum ss_err e;

	for (;;) {
		if ((e = ss_text_next(&l, &text, &len)) != SS_OK)
			return SS_ERR_TRUNCATED; /* before its last line */
		if (ss_line_is(&l, "end"))
			return len == 0 ? SS_OK : SS_ERR_FORMAT;
		if ((e = get_head(s, &l)) == SS_ERR_EMPTY)
			e = get_state(s, &l);
		if (e == SS_OK && ss_line_word(&l, &rest))
			e = SS_ERR_FORMAT;
		if (e != SS_OK)
			return e;
	}
}

/* What every session has, whatever order the lines came in. */
static int
complete(const struct ss_session *s)
{
	const struct ss_ratchet *r = &s->ratchet;

	if (!s->family || !s->aead || sodium_is_zero(s->hash, 32))
		return 0;
	if (s->mode == SS_MODE_DH && sodium_is_zero(r->DHs_pub, 32))
		return 0;
	/* a responder of x3dh has no chain before the first epoch comes */
	return r->has_CKs || r->has_CKr || (s->family == SS_FAMILY_X3DH &&
	    s->mode == SS_MODE_DH && !s->initiator && !r->has_DHr);
}

enum ss_err
ss_session_get_text(struct ss_session *s, const char *text, size_t len)
{
	struct ss_line l;
	enum ss_err e;

	memset(s, 0, sizeof(*s));
	s->ratchet.label = ss_ratchet_label;
	e = ss_text_next(&l, &text, &len);
	if (e == SS_OK && !ss_line_is(&l, "secretsocket-session"))
		e = SS_ERR_FORMAT;
	if (e == SS_OK && (l.len != 1 || *l.value != '1'))
		e = SS_ERR_VERSION;
	if (e == SS_OK)
		e = get_lines(s, text, len);
	if (e == SS_OK && !complete(s))
		e = SS_ERR_FORMAT;
	if (e != SS_OK)
		ss_session_wipe(s);
	return e;
}
