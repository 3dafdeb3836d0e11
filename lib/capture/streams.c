/* SPDX-License-Identifier: ISC */
#include "records.h"
#include "../proto/data.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A byte stream is many records, perhaps of many epochs, and is told as one
 * thing: how long it was, its hash, and its text if that is short.
 */
struct ss_stream_seen *
ss_stream_begin(struct ss_records *r, const struct ss_carrier *by,
    const struct ss_introducer *i)
{
	struct ss_stream_seen *s;

	if (r->open_streams >= SS_STREAMS_MAX || !(s = calloc(1, sizeof(*s))))
		return NULL;
	s->number = ++r->nstreams;
	s->when = by->when;
	snprintf(s->from, sizeof(s->from), "%s", by->from);
	snprintf(s->to, sizeof(s->to), "%s", by->to);
	snprintf(s->flow, sizeof(s->flow), "%s", by->flow);
	memcpy(s->sender, i->sender, sizeof(s->sender));
	memcpy(s->audience, i->audience, sizeof(s->audience));
	memcpy(s->epoch, i->epoch_id, sizeof(s->epoch));
	crypto_hash_sha256_init(&s->sha);
	s->newer = r->streams;
	s->link = &r->streams;
	if (s->newer)
		s->newer->link = &s->newer;
	r->streams = s;
	r->open_streams++;
	return s;
}

void
ss_stream_piece(struct ss_records *r, struct ss_epoch_seen *epoch,
    struct ss_event *e)
{
	struct ss_stream_seen *s = epoch->stream;
	size_t n = e->len < SS_STREAM_HEAD - s->headlen
	    ? e->len : SS_STREAM_HEAD - s->headlen;

	if (memcmp(s->epoch, e->epoch, sizeof(s->epoch)) != 0 ||
	    e->sequence != s->next)
		s->broken = 1;
	s->next = e->sequence + 1;
	s->when.packet = e->by.when.packet;
	s->lab |= e->lab;
	memcpy(s->head + s->headlen, e->text, n);
	s->headlen += n;
	s->bytes += e->len;
	s->records++;
	crypto_hash_sha256_update(&s->sha, e->text, e->len);
	e->kind = SS_EVENT_PIECE;
	e->stream = s->number;
	e->bytes = s->bytes;
	e->records = s->records;
	e->by.from = s->from;
	e->by.to = s->to;
	r->event(r->arg, e);
	if (e->flags & SS_DATA_FINAL) {
		ss_stream_end(r, s,
		    !s->holes && ss_epoch_whole(epoch, e->sequence + 1));
		epoch->stream = NULL;
	}
}

void
ss_stream_end(struct ss_records *r, struct ss_stream_seen *s, int complete)
{
	uint8_t sha[crypto_hash_sha256_BYTES];
	struct ss_event e = { .kind = SS_EVENT_STREAM, .epoch = s->epoch,
		.sender = s->sender, .audience = s->audience,
		.by = { s->when, s->flow, s->from, s->to, NULL },
		.text = s->head, .len = s->headlen, .stream = s->number,
		.records = s->records, .bytes = s->bytes,
		.complete = complete, .whole = complete && !s->broken,
		.sha256 = sha, .lab = s->lab };

	crypto_hash_sha256_final(&s->sha, sha);
	if (s->records > 0)
		r->event(r->arg, &e);
	*s->link = s->newer;
	if (s->newer)
		s->newer->link = s->link;
	r->open_streams--;
	sodium_memzero(s, sizeof(*s));
	free(s);
}
