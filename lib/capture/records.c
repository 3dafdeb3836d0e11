/* SPDX-License-Identifier: ISC */
#include "records.h"
#include "../proto/data.h"
#include <stdlib.h>
#include <string.h>

#define SHORT_ID 8 /* bytes of an epoch id that a note shows */

enum ss_err
ss_records_init(struct ss_records *r)
{
	r->text = malloc(SS_RECORD_MAX);
	if (!r->text)
		return SS_ERR_SYSTEM;
	return ss_epochs_init(&r->epochs);
}

static void
note_epoch(struct ss_records *r, const uint8_t *id, int bad, const char *what)
{
	char hex[2 * SHORT_ID + 1];

	sodium_bin2hex(hex, sizeof(hex), id, SHORT_ID);
	if (bad)
		ss_note_bad(r->notes, SS_TOPIC_EPOCH, "%s...: %s", hex, what);
	else
		ss_note(r->notes, SS_TOPIC_EPOCH, "%s...: %s", hex, what);
}

/* The first sight of an epoch that we cannot open. */
static void
no_key(struct ss_records *r, struct ss_epoch_seen *s)
{
	if (s->no_key)
		return;
	s->no_key = 1;
	r->sealed_epochs++;
	if (!r->party || !r->party->thief) /* who has said why not */
		note_epoch(r, s->id, 0, "no key");
}

/* The epoch, ready to decrypt; NULL without a key, or if whoever looks at the
 * capture does not have it. */
static struct ss_epoch *
key_for(struct ss_records *r, const struct ss_event *e)
{
	const struct ss_keylog *log;

	if (r->party && (!(log = ss_keys_epoch(r->keys, e->epoch)) ||
	    !ss_party_has(r->party, log, &e->by)))
		return NULL;
	return ss_epochs_key(&r->epochs, r->keys, e->epoch, e->lab);
}

/* Does this epoch go on with a stream, or begin one? */
static void
follow_stream(struct ss_records *r, struct ss_epoch_seen *s,
    const struct ss_event *e)
{
	const struct ss_introducer *i = e->introducer;
	struct ss_epoch_seen *prev;

	if (s->lines)
		return;
	prev = sodium_is_zero(i->prev_id, sizeof(i->prev_id)) ? NULL
	    : ss_epochs_get(&r->epochs, i->prev_id, 0);
	if (prev && prev->stream) {
		s->stream = prev->stream;
		prev->stream = NULL;
		if (!ss_epoch_whole(prev, i->prev_records))
			s->stream->holes = 1;
		memcpy(s->stream->epoch, s->id, sizeof(s->id));
		s->stream->next = 0;
		return;
	}
	s->stream = ss_stream_begin(r, &e->by, i);
	if (s->stream && !sodium_is_zero(i->prev_id, sizeof(i->prev_id)))
		s->stream->holes = 1; /* its beginning was not captured */
}

static void
introducer(struct ss_records *r, struct ss_event *e)
{
	struct ss_introducer i;
	struct ss_epoch_seen *s;
	struct ss_epoch *key;

	if (ss_introducer_get(&i, e->record, e->record_len) != SS_OK) {
		ss_note_bad(r->notes, SS_TOPIC_RECORD, "a damaged introducer");
		return;
	}
	e->introducer = &i;
	e->epoch = i.epoch_id;
	e->sender = i.sender;
	e->audience = i.audience;
	e->kind = SS_EVENT_INTRODUCER;
	if (r->party && !ss_keys_epoch(r->keys, i.epoch_id) &&
	    !ss_epochs_get(&r->epochs, i.epoch_id, 0))
		ss_thief_introducer(r->party, e->record, e->record_len);
	key = key_for(r, e);
	if (key && ss_introducer_verify(&i, e->record, e->record_len, key)
	    != SS_OK) {
		note_epoch(r, i.epoch_id, 1, "the introducer does not verify");
		r->refused++;
		e->kind = SS_EVENT_REFUSED;
		r->event(r->arg, e);
		return; /* nothing that it says counts */
	}
	e->verified = key != NULL;
	if (!(s = ss_epochs_get(&r->epochs, i.epoch_id, 1)))
		return;
	e->repeat = s->introduced && (!key || s->introduced == 2);
	if (!e->repeat) {
		s->introduced = key ? 2 : 1;
		s->lines = i.flags & SS_INTRO_LINES;
		memcpy(s->sender, i.sender, sizeof(s->sender));
		memcpy(s->audience, i.audience, sizeof(s->audience));
		if (key && !s->stream)
			follow_stream(r, s, e);
	}
	r->event(r->arg, e);
}

/* The relay repeats a record as it was; what is not, is another one. */
static void
again(struct ss_records *r, struct ss_epoch_seen *s, struct ss_event *e,
    const uint8_t *tag)
{
	char what[160];

	e->twice = ss_epochs_twice(&r->epochs, e->epoch, e->sequence, tag);
	e->repeat = s && ss_epoch_saw(s, e->sequence) && !e->twice;
	if (!e->twice)
		return;
	snprintf(what, sizeof(what), "record %llu came before, and this is "
	    "another one: %s", (unsigned long long)e->sequence, e->text ?
	    "a nonce was used twice" : "a nonce was used twice, or it was "
	    "changed on the way");
	note_epoch(r, e->epoch, 1, what);
}

/* The tag holds: e has the text. */
static void
opened(struct ss_records *r, struct ss_epoch_seen *s, struct ss_event *e,
    const uint8_t *tag)
{
	again(r, s, e, tag);
	if (!e->repeat) {
		r->messages++;
		r->opened_bytes += e->len;
	}
	if (!e->repeat && !e->twice && s && s->stream) {
		ss_stream_piece(r, s, e);
		return;
	}
	/* what crosses the relay again, or comes when the stream is over, is a
	 * piece; without its introducer a record stands for itself */
	e->kind = s && s->introduced && !s->lines && !e->twice
	    ? SS_EVENT_PIECE : SS_EVENT_MESSAGE;
	r->event(r->arg, e);
}

static void
sealed(struct ss_records *r, struct ss_epoch_seen *s, struct ss_event *e,
    const uint8_t *tag)
{
	e->kind = SS_EVENT_SEALED;
	again(r, s, e, tag);
	if (s)
		no_key(r, s);
	if (!e->repeat) {
		r->sealed++;
		r->sealed_bytes += e->record_len - SS_DATA_OVERHEAD;
	}
	r->event(r->arg, e);
}

static void
data(struct ss_records *r, struct ss_event *e)
{
	struct ss_data d;
	struct ss_epoch_seen *s;
	struct ss_epoch *key;

	if (ss_data_get(&d, e->record, e->record_len) != SS_OK) {
		ss_note_bad(r->notes, SS_TOPIC_RECORD, "a damaged data record");
		return;
	}
	e->epoch = d.epoch_id;
	e->sequence = d.sequence;
	e->flags = d.flags;
	s = ss_epochs_get(&r->epochs, d.epoch_id, 1);
	if (s && s->introduced) {
		e->sender = s->sender;
		e->audience = s->audience;
	}
	key = key_for(r, e);
	if (!key) {
		sealed(r, s, e, d.tag);
		return;
	}
	if (ss_data_open(r->text, &e->len, e->record, e->record_len, key)
	    != SS_OK) {
		if (!s || !s->bad)
			note_epoch(r, d.epoch_id, 1,
			    "a record does not verify");
		if (s)
			s->bad = 1;
		r->refused++;
		e->kind = SS_EVENT_REFUSED;
		r->event(r->arg, e);
		return;
	}
	e->text = r->text;
	if (s && s->no_key) { /* the key came after the first records */
		s->no_key = 0;
		s->nseen = 0;
	}
	opened(r, s, e, d.tag);
}

/* On its way out of the relay a handshake record is seen again, and so are
 * qubits and what is said about them. */
static void
public(struct ss_records *r, struct ss_event *e, enum ss_event_kind kind)
{
	uint8_t id[16];

	crypto_generichash(
	    id, sizeof(id), e->record, e->record_len, NULL, 0);
	for (unsigned i = 0; i < r->nshaken && i < SS_SHAKEN; i++)
		e->repeat |= memcmp(r->shaken[i], id, sizeof(id)) == 0;
	if (!e->repeat)
		memcpy(r->shaken[r->nshaken++ % SS_SHAKEN], id, sizeof(id));
	if (!e->repeat && r->party && kind == SS_EVENT_HANDSHAKE)
		ss_thief_handshake(r->party, e->record, e->record_len);
	e->kind = kind;
	r->event(r->arg, e);
}

void
ss_records_read(struct ss_records *r, const struct ss_carrier *by,
    const uint8_t *rec, size_t len)
{
	struct ss_event e = { .by = *by, .record = rec, .record_len = len,
		.lab = (rec[3] & SS_TYPE_LAB) != 0 };

	switch (rec[3] & ~SS_TYPE_LAB) {
	case SS_HANDSHAKE:
		public(r, &e, SS_EVENT_HANDSHAKE);
		break;
	case SS_INTRODUCER:
		introducer(r, &e);
		break;
	case SS_DATA:
		data(r, &e);
		break;
	default:
		public(r, &e, SS_EVENT_PUBLIC);
	}
}

void
ss_records_push(struct ss_records *r, const struct ss_carrier *by,
    const uint8_t *in, size_t len)
{
	struct ss_header h;

	while (len > 0) {
		size_t n;

		if (len < SS_HEADER_BYTES || ss_header_get(&h, in) != SS_OK ||
		    h.body > len - SS_HEADER_BYTES) {
			ss_note_bad(r->notes, SS_TOPIC_RECORD,
			    "%zu bytes that are no record (%s)", len,
			    by->flow);
			return;
		}
		n = SS_HEADER_BYTES + h.body;
		if (r->wait.patience == 0 || !ss_wait_put(r, by, in, n))
			ss_records_read(r, by, in, n);
		in += n;
		len -= n;
	}
}

void
ss_records_free(struct ss_records *r)
{
	ss_wait_end(r);
	while (r->streams)
		ss_stream_end(r, r->streams, 0);
	if (r->text)
		sodium_memzero(r->text, SS_RECORD_MAX);
	free(r->text);
	r->text = NULL;
	ss_epochs_free(&r->epochs);
}
