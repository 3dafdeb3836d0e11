/* SPDX-License-Identifier: ISC */
/* ss-qkd sift, estimate, reconcile, verify, amplify: one turn for each call,
 * messages as files.                               docs/protocol.md, 15.12 */
#include "../proto/text.h"
#include "file.h"
#include "hsfile.h"
#include "io.h"
#include "lab.h"
#include "qkd_side.h"
#include "reader.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * STATE holds what the discussion is a function of: the options, 32 random
 * bytes, the pads laid claim to, and the messages that came.  The next call
 * plays them again.  What it would say a second time is the same, and thrown
 * away.
 */
#define STATE_FIRST "secretsocket-qkd-state"
#define PATH_MAX_   SS_HSFILE_PATH_MAX
#define HEADER_MAX  (8 * PATH_MAX_ + 2048)

struct state {
	uint32_t role;
	char raw[PATH_MAX_], auth[PATH_MAX_], key[PATH_MAX_];
	char peer[PATH_MAX_], output[PATH_MAX_], profile[32], variant[32];
	uint8_t entropy[32], point[16], pads[SS_TALK_PADS_BYTES];
	uint64_t at;       /* number of the first pad; 0 without any */
	uint64_t claimed;  /* pads in `pads`: none or all */
	uint64_t sample, threshold; /* in units of 1e-9 */
	uint64_t wrote;    /* records that we have written */
	uint8_t *came;     /* the records that came, one after the other */
	size_t have, room;
};

static const struct ss_name roles[] = {
	{ SS_ALICE, "alice" },
	{ SS_BOB, "bob" },
	{ 0, NULL },
};

struct row {
	const char *key;
	char *text;      /* a path or a name, "-" for none */
	uint64_t *value; /* or a number */
	uint8_t *bytes;  /* or bytes */
	size_t size;
};

#define ROWS 15
static void
rows_of(struct row rows[static ROWS], struct state *st)
{
	struct row r[ROWS] = {
		{ "raw", st->raw, NULL, NULL, sizeof(st->raw) },
		{ "auth", st->auth, NULL, NULL, sizeof(st->auth) },
		{ "key", st->key, NULL, NULL, sizeof(st->key) },
		{ "peer", st->peer, NULL, NULL, sizeof(st->peer) },
		{ "output", st->output, NULL, NULL, sizeof(st->output) },
		{ "profile", st->profile, NULL, NULL, sizeof(st->profile) },
		{ "variant", st->variant, NULL, NULL, sizeof(st->variant) },
		{ "entropy", NULL, NULL, st->entropy, sizeof(st->entropy) },
		{ "point", NULL, NULL, st->point, sizeof(st->point) },
		{ "pads", NULL, NULL, st->pads, sizeof(st->pads) },
		{ "at", NULL, &st->at, NULL, 0 },
		{ "claimed", NULL, &st->claimed, NULL, 0 },
		{ "sample", NULL, &st->sample, NULL, 0 },
		{ "threshold", NULL, &st->threshold, NULL, 0 },
		{ "wrote", NULL, &st->wrote, NULL, 0 },
	};

	memcpy(rows, r, sizeof(r));
}

static void
put_row(struct ss_buf *b, const struct row *r)
{
	ss_buf_str(b, r->key);
	ss_buf_str(b, ": ");
	if (r->text)
		ss_buf_str(b, r->text[0] ? r->text : "-");
	else if (r->bytes)
		ss_buf_hex(b, r->bytes, r->size);
	else
		ss_buf_dec(b, *r->value);
	ss_buf_str(b, "\n");
}

static enum ss_err
get_row(const struct row *r, const struct ss_line *l)
{
	if (!ss_line_is(l, r->key))
		return SS_ERR_FORMAT;
	if (r->bytes)
		return ss_text_hex(r->bytes, r->size, l->value, l->len);
	if (!r->text)
		return ss_text_dec(r->value, UINT32_MAX, l->value, l->len);
	if (l->len == 0 || l->len >= r->size)
		return SS_ERR_FORMAT;
	memcpy(r->text, l->value, l->len);
	if (l->len == 1 && *l->value == '-')
		r->text[0] = '\0';
	return SS_OK;
}

static void
xstate_save(struct state *st, const char *path, const char *next)
{
	size_t size = HEADER_MAX + st->have;
	uint8_t *text = xsecret_alloc(size);
	struct ss_buf b = { text, 0, size, 0 };
	struct row rows[ROWS];
	enum ss_err e;

	rows_of(rows, st);
	ss_buf_str(&b, STATE_FIRST ": 1\nrole: ");
	ss_buf_str(&b, ss_name_of(roles, st->role));
	ss_buf_str(&b, "\nnext: ");
	ss_buf_str(&b, next);
	ss_buf_str(&b, "\n");
	for (size_t i = 0; i < ROWS; i++)
		put_row(&b, &rows[i]);
	ss_buf_str(&b, "end: " STATE_FIRST "\n");
	ss_buf_put(&b, st->came, st->have);
	e = b.over ? SS_ERR_LENGTH :
	    ss_file_save(path, text, b.len, 1);
	sodium_free(text);
	if (e != SS_OK)
		ss_die(e, "%s", path);
}

static enum ss_err
parse(struct state *st, const char *text, size_t left)
{
	struct row rows[ROWS];
	struct ss_line l;
	enum ss_err e;

	rows_of(rows, st);
	if ((e = ss_text_next(&l, &text, &left)) != SS_OK)
		return e;
	if (!ss_line_is(&l, STATE_FIRST))
		return SS_ERR_FORMAT;
	if (l.len != 1 || *l.value != '1')
		return SS_ERR_VERSION;
	if ((e = ss_text_next(&l, &text, &left)) != SS_OK ||
	    !ss_line_is(&l, "role") ||
	    (e = ss_line_name(&st->role, roles, &l)) != SS_OK ||
	    (e = ss_text_next(&l, &text, &left)) != SS_OK ||
	    !ss_line_is(&l, "next"))
		return e != SS_OK ? e : SS_ERR_FORMAT;
	for (size_t i = 0; i < ROWS; i++)
		if ((e = ss_text_next(&l, &text, &left)) != SS_OK ||
		    (e = get_row(&rows[i], &l)) != SS_OK)
			return e;
	if ((e = ss_text_next(&l, &text, &left)) != SS_OK)
		return e;
	if (!ss_line_is(&l, "end"))
		return SS_ERR_FORMAT;
	st->have = left;
	memcpy(st->came, text, left);
	return SS_OK;
}

static void
xstate_load(struct state *st, const char *path)
{
	struct stat sb;
	size_t size, len;
	char *text;
	enum ss_err e;

	if (stat(path, &sb) < 0)
		ss_die(SS_ERR_SYSTEM, "%s", path);
	size = (size_t)sb.st_size + 1;
	text = xsecret_alloc(size);
	st->room = size;
	st->came = xsecret_alloc(size);
	e = ss_file_read(text, &len, size, path, 1);
	if (e == SS_OK)
		e = parse(st, text, len);
	sodium_free(text);
	if (e != SS_OK)
		ss_die(e, "state '%s'", path);
	if (strcmp(st->profile, ss_lab_profile()) != 0)
		ss_die(ss_lab() ? SS_ERR_USAGE : SS_ERR_LAB, "state '%s'%s",
		    path, ss_lab() ? " has another lab profile" : "");
}

/* The options of the first call. */
static void
describe(struct state *st, const struct ss_qkd *o)
{
	const char *from[] = { o->raw, o->auth, o->key, o->peer, o->output,
		ss_lab_profile(), o->variant->name };
	struct row rows[ROWS];

	if (!o->role || !o->raw || !o->output ||
	    (!o->auth && (!o->key || !o->peer) &&
		!ss_lab_is(ss_lab(), "unauthenticated")))
		ss_die(SS_ERR_USAGE, "a new state needs --alice or --bob, "
		    "--raw, --output, and --auth or --key and --peer");
	rows_of(rows, st);
	st->role = (uint32_t)o->role;
	for (size_t i = 0; i < sizeof(from) / sizeof(*from); i++) {
		const char *text = from[i] ? from[i] : "";

		if (strlen(text) >= rows[i].size)
			ss_die(SS_ERR_USAGE, "'%s' is too long", text);
		memcpy(rows[i].text, text, strlen(text));
	}
	st->sample = (uint64_t)(o->sample * 1e9);
	st->threshold = (uint64_t)(o->threshold * 1e9);
	ss_lab_mix(&o->role, sizeof(o->role));
	ss_random(st->entropy, sizeof(st->entropy));
}

/* The options, as the state remembers them. */
static void
remember(struct ss_qkd *o, const struct state *st)
{
	o->role = (enum ss_qkd_role)st->role;
	o->raw = st->raw;
	o->auth = st->auth[0] ? st->auth : NULL;
	o->key = st->key[0] ? st->key : NULL;
	o->peer = st->peer[0] ? st->peer : NULL;
	o->output = st->output;
	o->variant = ss_cascade_find(st->variant);
	o->sample = (double)st->sample / 1e9;
	o->threshold = (double)st->threshold / 1e9;
	if (!o->variant)
		ss_die(SS_ERR_FORMAT, "state '%s'", o->state);
}

/* The pads are ours alone, as soon as their number is agreed. */
static void
claim(struct state *st, struct ss_qkd_side *s)
{
	const struct ss_talk_auth *a = &s->config.auth;
	uint64_t first = s->talk.pads_at - SS_TALK_TAGS;

	xqkd_side_spend(s);
	if (st->claimed || a->method != SS_TALK_PADS ||
	    !s->talk.pads_agreed || !ss_qkd_side_proved(s))
		return;
	memcpy(st->point, a->point, 16);
	memcpy(st->pads, a->pads + 16 * (first - a->at), sizeof(st->pads));
	st->at = first;
	st->claimed = 1;
}

/* Pads from the state instead of the file. */
static void
use_claimed(struct state *st, struct ss_qkd_side *s)
{
	if (!st->claimed)
		return;
	s->config.auth.point = st->point;
	s->config.auth.pads = st->pads;
	s->config.auth.npads = SS_TALK_TAGS;
	s->config.auth.at = st->at;
	s->spent = st->at + SS_TALK_TAGS;
}

static void
replay(struct state *st, struct ss_qkd_side *s)
{
	uint64_t left = st->wrote;
	size_t at = 0;
	struct ss_header h;

	while (left || at < st->have) {
		enum ss_talk_turn turn = ss_talk_turn(&s->talk);
		enum ss_err e = SS_ERR_FORMAT;

		if (turn == SS_TALK_SETTLE) {
			ss_talk_quiet(&s->talk);
			continue;
		}
		if (turn == SS_TALK_WRITE && left) {
			s->out.len = 0;
			e = ss_talk_write(&s->out, &s->talk);
			left--;
		} else if (turn == SS_TALK_READ &&
		    st->have - at >= SS_HEADER_BYTES &&
		    ss_header_get(&h, st->came + at) == SS_OK &&
		    st->have - at >= SS_HEADER_BYTES + h.body) {
			e = ss_talk_read(&s->talk, st->came + at,
			    SS_HEADER_BYTES + h.body);
			at += SS_HEADER_BYTES + h.body;
		}
		if (e != SS_OK)
			ss_die(e, "state '%s' cannot be played again",
			    s->o->state);
	}
}

static void
came(struct state *st, const uint8_t *rec, size_t len)
{
	if (st->have + len > st->room) {
		size_t room = 2 * st->room + len;
		uint8_t *more = xsecret_alloc(room);

		memcpy(more, st->came, st->have);
		sodium_free(st->came);
		st->came = more;
		st->room = room;
	}
	memcpy(st->came + st->have, rec, len);
	st->have += len;
}

/* The peer's turn, whole, and nothing behind it. */
static void
read_turn(struct state *st, struct ss_qkd_side *s)
{
	struct ss_reader in;
	uint8_t *rec;
	size_t len;
	enum ss_err e = SS_OK;

	ss_reader_open(&in, STDIN_FILENO, 0);
	while (ss_talk_turn(&s->talk) == SS_TALK_READ) {
		e = ss_reader_next(&in, &rec, &len);
		if (e == SS_OK && len == 0)
			e = in.count ? SS_ERR_TRUNCATED : SS_ERR_EMPTY;
		if (e != SS_OK)
			ss_talk_fail(&s->talk, e);
		else if (ss_talk_read(&s->talk, rec, len) == SS_OK)
			came(st, rec, len);
	}
	if (s->talk.error == SS_OK) {
		e = ss_reader_next(&in, &rec, &len);
		if (e != SS_OK || len)
			ss_talk_fail(&s->talk,
			    e != SS_OK ? e : SS_ERR_SEQUENCE);
	}
	ss_reader_close(&in);
}

static void
write_turn(struct state *st, struct ss_qkd_side *s)
{
	struct ss_buf out = { NULL, 0, 0, 0 };

	/* all of it is made, and what made it saved, before any of it goes */
	while (ss_talk_turn(&s->talk) == SS_TALK_WRITE) {
		s->out.len = 0;
		(void)ss_talk_write(&s->out, &s->talk);
		if (out.len + s->out.len > out.max) {
			out.max = 2 * out.max + s->out.len;
			out.at = realloc(out.at, out.max);
			if (!out.at)
				ss_die(SS_ERR_SYSTEM, "no memory");
		}
		ss_buf_put(&out, s->out.at, s->out.len);
		st->wrote++;
	}
	claim(st, s);
	if (s->talk.error == SS_OK)
		xstate_save(st, s->o->state, ss_talk_stage(&s->talk));
	xwrite_full(STDOUT_FILENO, out.at, out.len, "the message");
	free(out.at);
}

/* This stage's turn: at most one read, at most one written. */
static void
take_turn(struct state *st, struct ss_qkd_side *s)
{
	struct ss_talk *t = &s->talk;

	if (ss_talk_turn(t) == SS_TALK_READ)
		read_turn(st, s);
	if (ss_talk_turn(t) == SS_TALK_SETTLE)
		ss_talk_quiet(t);
	if (ss_talk_turn(t) == SS_TALK_WRITE)
		write_turn(st, s);
	if (t->error != SS_OK) {
		if (ss_hsfile_exists(s->o->state))
			xhsfile_remove(s->o->state);
		ss_qkd_die(t);
	}
	/* with files, whoever carries them sees to it that the last arrives */
	if (ss_talk_turn(t) == SS_TALK_LINGER)
		ss_talk_quiet(t);
	claim(st, s);
	if (ss_talk_turn(t) != SS_TALK_DONE) {
		xstate_save(st, s->o->state, ss_talk_stage(t));
		return;
	}
	ss_qkd_side_tell(s);
	if (ss_qkd_side_keep(s) != SS_OK)
		ss_die(SS_ERR_SYSTEM, "%s", s->o->output);
	xhsfile_remove(s->o->state);
}

void
xqkd_step(struct ss_qkd *o)
{
	struct state *st = xsecret_alloc(sizeof(*st));
	struct ss_qkd_side *s;
	int fresh;

	xqkd_lock(o->state);
	memset(st, 0, sizeof(*st));
	fresh = !ss_hsfile_exists(o->state);
	xrefuse_terminal(STDOUT_FILENO, "messages are not text");
	if (fresh) {
		describe(st, o);
		st->room = 4096;
		st->came = xsecret_alloc(st->room);
	} else {
		xstate_load(st, o->state);
	}
	remember(o, st);
	if (!o->force && ss_hsfile_exists(o->output))
		ss_die(SS_ERR_EXISTS, "%s", o->output);
	s = xqkd_side(o);
	memcpy(s->config.entropy, st->entropy, sizeof(st->entropy));
	use_claimed(st, s);
	xqkd_side_begin(s);
	/* his bases went out while he measured */
	if (fresh && o->role == SS_BOB && strcmp(o->stage, "sift") != 0)
		st->wrote = (s->raw.pulses + SS_FRAME_PULSES - 1) /
		    SS_FRAME_PULSES;
	if (fresh)
		xqkd_side_unspent(s);
	replay(st, s);
	s->told = !fresh && ss_qkd_side_tells(s) && st->wrote > 0;
	/* whether Bob has more questions she learns only from his message */
	if (strcmp(ss_talk_stage(&s->talk), o->stage) != 0 &&
	    (s->talk.phase != SS_TALK_ASK || o->role != SS_ALICE ||
		strcmp(o->stage, "verify") != 0))
		ss_die(SS_ERR_USAGE, "the next stage is %s, not %s",
		    ss_talk_stage(&s->talk), o->stage);
	take_turn(st, s);
	ss_qkd_side_drop(s);
	sodium_free(st->came);
	sodium_free(st);
}
