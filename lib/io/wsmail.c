/* SPDX-License-Identifier: ISC */
#include "wsmail.h"

#include "io.h"

#include <stdlib.h>
#include <string.h>

#define ACKS_MAX 256 /* in one message: 256 rows of 20 digits fit in 8 KiB */
#define NOBODY   UINT16_MAX

struct ss_letter {
	struct ss_letter *next;
	uint64_t row;
	size_t at, len;
	uint8_t bytes[];
};

static void *
xalloc(void *old, size_t n)
{
	void *p = realloc(old, n);

	if (p == NULL)
		ss_die(SS_ERR_SYSTEM, "memory");
	return p;
}

void
ss_inbox_open(struct ss_inbox *b)
{
	*b = (struct ss_inbox){ .first = NULL };
	b->end = &b->first;
	b->seen = xalloc(NULL, SS_INBOX_SEEN * sizeof *b->seen);
	b->chain = xalloc(NULL, SS_INBOX_SEEN * sizeof *b->chain);
	b->bucket = xalloc(NULL, SS_INBOX_SEEN * sizeof *b->bucket);
	memset(b->bucket, 0xff, SS_INBOX_SEEN * sizeof *b->bucket);
}

void
ss_inbox_free(struct ss_inbox *b)
{
	struct ss_letter *l;

	while ((l = b->first) != NULL) {
		b->first = l->next;
		free(l);
	}
	free(b->acks);
	free(b->handed);
	free(b->seen);
	free(b->chain);
	free(b->bucket);
}

void
ss_inbox_ask(struct ss_inbox *b, struct ss_ws *ws, const char *from)
{
	b->granted = 0;
	ss_ws_text(ws, "{\"type\":\"receive\",\"after\":0,\"window\":%d,"
	    "\"from\":\"%s\"}", SS_INBOX_WINDOW, from);
}

/*
 * Message ids are random, so their first bytes serve as hash.  The relay
 * forgets an id with its ACK, so what a sender repeats after that comes here
 * a second time.
 */
static uint16_t *
bucket_of(struct ss_inbox *b, const uint8_t *id)
{
	return &b->bucket[ss_bytes_get(id, 2) % SS_INBOX_SEEN];
}

static int
seen_before(struct ss_inbox *b, const uint8_t *id)
{
	uint16_t slot = (uint16_t)(b->nseen % SS_INBOX_SEEN), *at;

	for (at = bucket_of(b, id); *at != NOBODY; at = &b->chain[*at])
		if (memcmp(b->seen[*at], id, SS_MSG_ID_BYTES) == 0)
			return 1;
	if (b->nseen >= SS_INBOX_SEEN) { /* forget the oldest */
		for (at = bucket_of(b, b->seen[slot]); *at != slot;)
			at = &b->chain[*at];
		*at = b->chain[slot];
	}
	memcpy(b->seen[slot], id, SS_MSG_ID_BYTES);
	at = bucket_of(b, id);
	b->chain[slot] = *at;
	*at = slot;
	b->nseen++;
	return 0;
}

static void
acknowledge(struct ss_inbox *b, uint64_t row)
{
	if (b->nacks == b->maxacks) {
		b->maxacks = b->maxacks ? 2 * b->maxacks : 64;
		b->acks = xalloc(b->acks, b->maxacks * sizeof *b->acks);
	}
	b->acks[b->nacks++] = row;
}

enum ss_err
ss_inbox_put(
    struct ss_inbox *b, const struct ss_ws_message *m, const char *from)
{
	unsigned types[SS_TYPES];
	struct ss_letter *l;
	struct ss_route r;
	uint8_t family;
	enum ss_err e = ss_route_get(&r, m->at, m->len);

	if (e == SS_OK)
		e = ss_records_check(types, &family, m->at + r.records,
		    m->len - r.records);
	if (e != SS_OK)
		return e;
	if (r.kind != SS_ROUTE_DELIVER || strcmp(r.name, from) != 0)
		return SS_OK;
	if (b->waiting == SS_INBOX_WINDOW)
		return SS_ERR_LENGTH; /* nobody asked for so many */
	if (seen_before(b, r.id)) {
		acknowledge(b, r.row);
		b->granted++;
		return SS_OK;
	}
	l = xalloc(NULL, sizeof *l + m->len - r.records);
	*l = (struct ss_letter){ .row = r.row, .len = m->len - r.records };
	memcpy(l->bytes, m->at + r.records, l->len);
	*b->end = l;
	b->end = &l->next;
	b->waiting++;
	return SS_OK;
}

const uint8_t *
ss_inbox_front(const struct ss_inbox *b, size_t *n)
{
	*n = b->first != NULL ? b->first->len - b->first->at : 0;
	return b->first != NULL ? b->first->bytes + b->first->at : NULL;
}

static void
hand_over(struct ss_inbox *b, uint64_t row)
{
	if (b->nhanded == b->maxhanded) {
		b->maxhanded = b->maxhanded ? 2 * b->maxhanded : 64;
		b->handed =
		    xalloc(b->handed, b->maxhanded * sizeof *b->handed);
	}
	b->handed[b->nhanded++] = (struct ss_handed){ row, b->written };
}

void
ss_inbox_wrote(struct ss_inbox *b, size_t n, int hold)
{
	struct ss_letter *l = b->first;

	b->written += n;
	l->at += n;
	if (l->at < l->len)
		return;
	if (hold)
		hand_over(b, l->row);
	else
		acknowledge(b, l->row);
	b->first = l->next;
	if (b->first == NULL)
		b->end = &b->first;
	b->waiting--;
	b->granted++;
	free(l);
}

void
ss_inbox_consumed(struct ss_inbox *b, uint64_t bytes)
{
	size_t i;

	for (i = 0; i < b->nhanded && b->handed[i].end <= bytes; i++)
		acknowledge(b, b->handed[i].row);
	b->nhanded = 0;
}

static void
send_acks(struct ss_inbox *b, struct ss_ws *ws)
{
	char text[SS_MSG_TEXT_MAX];
	size_t n = b->nacks < ACKS_MAX ? b->nacks : ACKS_MAX, i;
	struct ss_buf t = { .at = (uint8_t *)text, .max = sizeof text - 1 };

	ss_buf_str(&t, "{\"type\":\"ack\",\"id\":0,\"rows\":");
	for (i = 0; i < n; i++) {
		ss_buf_str(&t, i == 0 ? "[" : ",");
		ss_buf_dec(&t, b->acks[i]);
	}
	ss_buf_str(&t, "]}");
	text[t.len] = '\0';
	ss_ws_text(ws, "%s", text);
	memmove(b->acks, b->acks + n, (b->nacks - n) * sizeof *b->acks);
	b->nacks -= n;
	b->acks_out++;
}

int
ss_inbox_report(struct ss_inbox *b, struct ss_ws *ws)
{
	while (b->nacks > 0 && ss_ws_room(ws, SS_MSG_TEXT_MAX))
		send_acks(b, ws);
	if (b->granted >= SS_INBOX_WINDOW / 2 && ss_ws_room(ws, 256)) {
		ss_ws_text(
		    ws, "{\"type\":\"receive\",\"more\":%u}", b->granted);
		b->granted = 0;
	}
	return b->nacks == 0 && b->acks_out == 0;
}
