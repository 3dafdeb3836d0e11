/* SPDX-License-Identifier: ISC */
#include "records.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The id of the epoch that a record needs; 0 if it needs none. */
static int
epoch_of(uint8_t id[static SS_EPOCH_ID_BYTES], const uint8_t *rec, size_t len)
{
	struct ss_introducer i;

	switch (rec[3] & ~SS_TYPE_LAB) {
	case SS_DATA:
		if (len < SS_HEADER_BYTES + SS_EPOCH_ID_BYTES)
			return 0;
		memcpy(id, rec + SS_HEADER_BYTES, SS_EPOCH_ID_BYTES);
		return 1;
	case SS_INTRODUCER:
		if (ss_introducer_get(&i, rec, len) != SS_OK)
			return 0;
		memcpy(id, i.epoch_id, SS_EPOCH_ID_BYTES);
		return 1;
	default:
		return 0;
	}
}

/* Nothing to wait for: no epoch, its key is there, or it never came. */
static int
can_go(struct ss_records *r, const uint8_t *epoch)
{
	const struct ss_epoch_seen *s;

	if (!epoch || ss_keys_epoch(r->keys, epoch))
		return 1;
	s = ss_epochs_get(&r->epochs, epoch, 0);
	return s && s->no_key;
}

static uint64_t
where(const struct ss_carrier *by)
{
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a: a clash only delays */

	for (const char *p = by->flow; *p; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3;
	return h;
}

static int
is_behind(const struct ss_wait *w, const struct ss_waiter *end, uint64_t flow)
{
	for (const struct ss_waiter *x = w->first; x && x != end; x = x->next)
		if (x->where == flow)
			return 1;
	return 0;
}

/* The one behind prev (NULL: the first) is read, as it is. */
static void
go(struct ss_records *r, struct ss_waiter *prev)
{
	struct ss_wait *w = &r->wait;
	struct ss_waiter *x = prev ? prev->next : w->first;
	struct ss_carrier by = { x->when, x->flow, x->from, x->to,
		x->has_message_id ? x->message_id : NULL };

	if (prev)
		prev->next = x->next;
	else
		w->first = x->next;
	if (w->last == x)
		w->last = prev;
	w->count--;
	w->bytes -= x->len;
	ss_records_read(r, &by, x->record, x->len);
	free(x);
}

int
ss_wait_put(struct ss_records *r, const struct ss_carrier *by,
    const uint8_t *rec, size_t len)
{
	struct ss_wait *w = &r->wait;
	uint8_t id[SS_EPOCH_ID_BYTES];
	int has = epoch_of(id, rec, len);
	uint64_t flow = where(by);
	struct ss_waiter *x;

	if (can_go(r, has ? id : NULL) && !is_behind(w, NULL, flow))
		return 0;
	while (w->first && (w->count >= SS_WAIT_RECORDS ||
	    w->bytes + len > SS_WAIT_BYTES))
		go(r, NULL);
	if (!(x = calloc(1, sizeof(*x) + len))) {
		ss_wait_end(r);
		return 0;
	}
	x->since = w->now;
	x->where = flow;
	x->when = by->when;
	snprintf(x->flow, sizeof(x->flow), "%s", by->flow);
	snprintf(x->from, sizeof(x->from), "%s", by->from);
	snprintf(x->to, sizeof(x->to), "%s", by->to);
	x->has_message_id = by->message_id != NULL;
	if (by->message_id)
		memcpy(x->message_id, by->message_id, 16);
	x->has_epoch = (uint8_t)has;
	memcpy(x->epoch, id, has ? sizeof(id) : 0);
	x->len = len;
	memcpy(x->record, rec, len);
	if (w->last)
		w->last->next = x;
	else
		w->first = x;
	w->last = x;
	w->count++;
	w->bytes += len;
	return 1;
}

void
ss_wait_retry(struct ss_records *r)
{
	struct ss_wait *w = &r->wait;
	struct ss_waiter *prev = NULL, *x = w->first;

	while (x) {
		struct ss_waiter *next = x->next;
		int late = w->now - x->since >= w->patience;

		if (!is_behind(w, x, x->where) &&
		    (late || can_go(r, x->has_epoch ? x->epoch : NULL)))
			go(r, prev);
		else
			prev = x;
		x = next;
	}
}

void
ss_wait_end(struct ss_records *r)
{
	while (r->wait.first)
		go(r, NULL);
}
