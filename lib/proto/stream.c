/* SPDX-License-Identifier: ISC */
#include "stream.h"
#include <sodium.h>
#include <string.h>

static int
starts_stream(const struct ss_introducer *i)
{
	return sodium_is_zero(i->prev_id, sizeof(i->prev_id));
}

enum ss_err
ss_stream_introduce(
    int *broken, const struct ss_stream *st, const struct ss_introducer *i)
{
	*broken = 0;
	if (starts_stream(i)) {
		*broken = st->open;
		return i->prev_records == 0 ? SS_OK : SS_ERR_FORMAT;
	}
	if (!st->open || memcmp(i->prev_id, st->epoch.id, 16) != 0)
		return SS_ERR_CHAIN;
	if (i->prev_records != st->next ||
	    ((i->flags & SS_INTRO_LINES) != 0) != st->lines)
		return SS_ERR_SEQUENCE;
	return SS_OK;
}

void
ss_stream_enter(struct ss_stream *st, const struct ss_introducer *i)
{
	st->open = 1;
	st->next = 0;
	st->lines = (i->flags & SS_INTRO_LINES) != 0;
}

enum ss_err
ss_stream_open(uint8_t *text, size_t *textlen, int *final, const uint8_t *rec,
    size_t len, struct ss_stream *st)
{
	struct ss_data d;
	enum ss_err e;
	int lab, counts;

	*final = 0;
	*textlen = 0;
	if ((e = ss_data_get(&d, rec, len)) != SS_OK)
		return e;
	lab = rec[3] >> 7;
	if (st->open && lab != (st->epoch.lab != NULL))
		return lab ? SS_ERR_LAB : SS_ERR_SUITE;
	if (memcmp(d.epoch_id, st->epoch.id, sizeof(d.epoch_id)) != 0)
		return st->open ? SS_ERR_FOREIGN : SS_ERR_ORDER;
	/* LAB one-key: whatever place a record claims, it has */
	counts = !ss_lab_is(st->epoch.lab, SS_LAB_ONE_KEY);
	if (counts && d.sequence < st->next)
		return SS_ERR_REPLAY;
	if (!st->open)
		return SS_ERR_ORDER; /* behind FINAL */
	if (counts && d.sequence > st->next)
		return SS_ERR_SEQUENCE;
	if ((e = ss_data_open(text, textlen, rec, len, &st->epoch)) != SS_OK)
		return e;
	st->next++;
	if (d.flags & SS_DATA_FINAL) {
		*final = 1;
		st->open = 0;
	}
	return SS_OK;
}

int
ss_stream_expects(const struct ss_stream *st, const uint8_t *rec, size_t len)
{
	struct ss_data d;

	return st->open && ss_data_get(&d, rec, len) == SS_OK &&
	    memcmp(d.epoch_id, st->epoch.id, sizeof(d.epoch_id)) == 0 &&
	    d.sequence == st->next;
}

enum ss_err
ss_stream_seal(uint8_t *rec, const uint8_t *text, size_t len, uint8_t flags,
    struct ss_stream *st)
{
	enum ss_err e;

	if (!st->open || st->next == UINT64_MAX)
		return SS_ERR_ORDER;
	e = ss_data_seal(rec, text, len, st->next, flags, &st->epoch);
	if (e != SS_OK)
		return e;
	st->next++;
	if (flags & SS_DATA_FINAL)
		st->open = 0;
	return SS_OK;
}

void
ss_stream_wipe(struct ss_stream *st)
{
	if (!st)
		return;
	ss_epoch_wipe(&st->epoch);
	sodium_memzero(st, sizeof(*st));
}
