/* SPDX-License-Identifier: ISC */
/* What each way to a key costs and gives, found by doing it. */
#include "families.h"
#include "../proto/stream.h"
#include "familyrun.h"
#include "familywrap.h"
#include "file.h"
#include "io.h"
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

/* In the order of the tables. */
static const struct row {
	const char *what, *label;
	int one_time; /* x3dh: such prekeys are left */
} rows[] = {
	{ "noise:NN", "noise:NN", 0 },
	{ "psk", "psk", 0 },
	{ "noise:N", "noise:N", 0 },
	{ "noise:K", "noise:K", 0 },
	{ "noise:KK", "noise:KK", 0 },
	{ "noise:IK", "noise:IK", 0 },
	{ "noise:XX", "noise:XX", 0 },
	{ "signed", "signed", 0 },
	{ "x3dh", "x3dh", 1 },
	{ "x3dh", "x3dh, 3 DHs", 0 },
};
#define NROWS (sizeof(rows) / sizeof(rows[0]))

static const struct wrap_row {
	const char *what, *label;
	int from;
} wrap_rows[] = {
	{ "hpke", "hpke", 0 },
	{ "hpke", "hpke --from", 1 },
	{ "rsa", "rsa", 0 },
	{ "rsa", "rsa, signed", 1 },
};
#define NWRAPS (sizeof(wrap_rows) / sizeof(wrap_rows[0]))

/* A table is 80 columns wide at most. */
#define COLUMNS 8
#define CELL    24
struct column {
	const char *head;
	int width;
};
struct cells {
	char at[COLUMNS][CELL];
	int n;
};

__attribute__((format(printf, 2, 3))) static void
add(struct cells *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->at[c->n++], CELL, fmt, ap);
	va_end(ap);
}

static void
put(FILE *out, const struct column *columns, const struct cells *c)
{
	for (int i = 0; columns[i].head; i++)
		fprintf(out, "| %-*s ", columns[i].width,
		    c ? c->at[i] : columns[i].head);
	fputs("|\n", out);
}

static void
put_head(FILE *out, const struct column *columns)
{
	static const char dashes[] = "------------------------";

	put(out, columns, NULL);
	for (int i = 0; columns[i].head; i++)
		fprintf(out, "|%.*s", columns[i].width + 2, dashes);
	fputs("|\n", out);
}

static void
add_yes(struct cells *c, int it_is)
{
	add(c, "%s", it_is ? "yes" : "no");
}

/* "69 + 69" */
static void
add_messages(struct cells *c, const struct ss_familyrun *r)
{
	char text[CELL] = "";
	size_t n = 0;

	for (size_t i = 0; i < r->messages && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%zu",
		    i ? " + " : "", r->len[i]);
	add(c, "%s", text);
}

/* What this side must know beforehand beside its own key. */
static void
add_knows(struct cells *c, int brings, int side)
{
	static const char *const names[] = { "peer", "psk", "bundle" };
	char text[CELL] = "";
	size_t n = 0;

	for (int i = 0; i < 3 && n < sizeof(text); i++)
		if (brings >> (i + 1) & 1)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n ? ", " : "", i == 2 &&
			    side == SS_SIDE_R ? "prekeys" : names[i]);
	add(c, "%s", n ? text : "-");
}

/* Whose place nobody else can take. */
static void
add_proven(struct cells *c, int initiator, int responder)
{
	add(c, "%s%s%s", initiator ? "I" : "", initiator && responder
	    ? " and " : "", responder ? "R" : initiator ? "" : "-");
}

static int
sum(const struct ss_familyrun *r, enum ss_keyop op)
{
	return r->ops[SS_SIDE_I][op] + r->ops[SS_SIDE_R][op];
}

/* The bytes of an empty record, and of what opens an epoch: made, measured. */
static void
add_overhead(struct cells *c, const struct ss_familyrun *r)
{
	struct ss_session *s = xsecret_alloc(sizeof(*s));
	uint8_t salt[SS_SALT_BYTES], rec[SS_RECORD_MAX];
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };
	struct ss_stream st = { 0 };
	struct ss_introducer i;
	struct ss_header h = { 0 };
	size_t opens;
	enum ss_err e;

	ss_random(salt, sizeof(salt));
	e = ss_session_begin(s, &r->agreed[SS_SIDE_I], salt, NULL);
	if (e == SS_OK)
		e = ss_session_send(&st.epoch, &i, salt, s);
	if (e == SS_OK)
		e = ss_introducer_put(&b, &i, &st.epoch);
	opens = b.len;
	if (e == SS_OK) {
		ss_stream_enter(&st, &i);
		e = ss_stream_seal(rec, NULL, 0, SS_DATA_FINAL, &st);
	}
	if (e == SS_OK)
		e = ss_header_get(&h, rec);
	if (e != SS_OK)
		ss_die(e, "a record of the family %s", r->family->name);
	add(c, "%zu", SS_HEADER_BYTES + (size_t)h.body);
	add(c, "%zu", opens);
	ss_stream_wipe(&st);
	sodium_free(s);
}

static void
cost(struct cells *c, struct ss_familyrun *r)
{
	add_messages(c, r);
	add(c, "%zu", r->messages / 2);
	add(c, "%d", sum(r, SS_OP_DH));
	add(c, "%d, %d", sum(r, SS_OP_SIGN), sum(r, SS_OP_VERIFY));
	add_overhead(c, r);
}

static void
gain(struct cells *c, struct ss_familyrun *r)
{
	int signs = sum(r, SS_OP_SIGN), recovers, now, later;

	add_knows(c, r->brings[SS_SIDE_I], SS_SIDE_I);
	add_knows(c, r->brings[SS_SIDE_R], SS_SIDE_R);
	recovers = ss_familyrun_recovers(r);
	now = ss_familyrun_thief(r, 0);
	later = ss_familyrun_thief(r, 1);
	add_proven(c, !ss_familyrun_talk(r, SS_IMPOSTOR, SS_HONEST),
	    !ss_familyrun_talk(r, SS_HONEST, SS_IMPOSTOR));
	add(c, "%s", now && !later ? "later" : now ? "no" : "yes");
	add_yes(c, recovers);
	add_yes(c, !signs);
}

/* There is no message but the introducer of each epoch. */
static void
wrap_cost(struct cells *c, struct ss_wraprun *r)
{
	add(c, "-");
	add(c, "0");
	if (r->ops[SS_OP_RSA])
		add(c, "%d RSA", r->ops[SS_OP_RSA]);
	else
		add(c, "%d", r->ops[SS_OP_DH]);
	add(c, "%d, %d", r->ops[SS_OP_SIGN], r->ops[SS_OP_VERIFY]);
	add(c, "%zu", r->record);
	add(c, "%zu", r->len);
}

/* There is no session, and so nothing that could recover. */
static void
wrap_gain(struct cells *c, struct ss_wraprun *r)
{
	int signs = r->ops[SS_OP_SIGN], stolen = ss_wraprun_thief(r);

	add_knows(c, SS_BRINGS_PEER, SS_SIDE_I);
	add_knows(c, ss_wraprun_needs_peer(r) ? SS_BRINGS_PEER : 0,
	    SS_SIDE_R);
	add_proven(c, r->from && !ss_wraprun_send(r, 1, 0),
	    !ss_wraprun_send(r, 0, 1));
	add_yes(c, !stolen);
	add_yes(c, !(ss_wraprun_send(r, 0, 0) && ss_wraprun_thief(r)));
	add_yes(c, !signs);
}

/* One row of each table. */
static void
measure(struct cells *costs, struct cells *gains, const struct row *row)
{
	struct ss_familyrun *r = xsecret_alloc(sizeof(*r));

	sodium_memzero(r, sizeof(*r));
	xfamilyrun_open(r, row->what, row->one_time);
	if (!ss_familyrun_talk(r, SS_HONEST, SS_HONEST))
		ss_die(SS_ERR_SYSTEM, "%s does not work", row->what);
	add(costs, "%s", row->label);
	cost(costs, r);
	add(gains, "%s", row->label);
	gain(gains, r);
	sodium_free(r);
}

static void
wrap_measure(struct cells *costs, struct cells *gains,
    const struct wrap_row *row)
{
	struct ss_wraprun *r = xsecret_alloc(sizeof(*r));

	sodium_memzero(r, sizeof(*r));
	xwraprun_open(r, row->what, row->from);
	if (!ss_wraprun_send(r, 0, 0))
		ss_die(SS_ERR_SYSTEM, "%s does not work", row->label);
	add(costs, "%s", row->label);
	wrap_cost(costs, r);
	add(gains, "%s", row->label);
	wrap_gain(gains, r);
	sodium_free(r);
}

static void
table(FILE *out, const struct column *columns, const struct cells *c)
{
	put_head(out, columns);
	for (size_t i = 0; i < NROWS + NWRAPS; i++)
		put(out, columns, &c[i]);
}

void
xfamilies(FILE *out)
{
	static const struct column cost_columns[] = { { "family", 11 },
		{ "messages", 14 }, { "trips", 5 }, { "DHs", 5 },
		{ "signs", 5 }, { "per record", 10 }, { "epoch", 5 },
		{ NULL, 0 } };
	static const struct column gain_columns[] = { { "family", 11 },
		{ "I knows", 12 }, { "R knows", 7 }, { "proven", 7 },
		{ "FS", 5 }, { "recovery", 8 }, { "deniable", 8 },
		{ NULL, 0 } };
	static struct cells costs[NROWS + NWRAPS], gains[NROWS + NWRAPS];

	for (size_t i = 0; i < NROWS; i++)
		measure(&costs[i], &gains[i], &rows[i]);
	for (size_t i = 0; i < NWRAPS; i++)
		wrap_measure(&costs[NROWS + i], &gains[NROWS + i],
		    &wrap_rows[i]);
	table(out, cost_columns, costs);
	fputs("\n", out);
	table(out, gain_columns, gains);
	fputs("\nI, R: initiator, responder.  messages: bytes of each.  "
	    "trips: round trips before\nthe initiator sends.  DHs, signs: of "
	    "both sides; signatures as made, checked.\nper record, epoch: "
	    "bytes beside the text.  knows: beforehand, beside own keys.\n"
	    "proven: whose place nobody takes.  FS: forward secrecy, against "
	    "a thief of key\nfiles; later: once the prekey is erased.  "
	    "recovery: after a session file was\ncopied.  deniable: nobody "
	    "signs the run.\n", out);
}
