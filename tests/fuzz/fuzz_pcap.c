/* SPDX-License-Identifier: ISC */
#include "../../lib/capture/annotate.h"
#include "../../lib/capture/capture.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * A capture file, read in pieces of varying size, through all layers.  A file
 * of the corpus may carry its own keys in a pcapng secrets block, so that
 * what is behind TLS and behind our own encryption is reached as well.
 *
 * Meanwhile it is annotated, and the copy is read again: as many packets, if
 * all of it was a capture.  The size says who looks at it, and whether they
 * wait for keys.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	uint64_t sum;
	struct ss_annotate *annotate; /* NULL: of a copy */
	struct ss_capture capture;
};

static void
on_event(void *arg, const struct ss_event *e)
{
	struct seen *s = arg;

	/* touch all that an event promises */
	s->sum += e->by.when.ns != 0;
	s->sum += strlen(e->by.flow) + strlen(e->by.from) + strlen(e->by.to);
	for (size_t i = 0; e->text && i < e->len; i++)
		s->sum += e->text[i];
	for (size_t i = 0; e->record && i < e->record_len; i++)
		s->sum += e->record[i];
	if (e->epoch)
		s->sum += e->epoch[15];
	if (s->annotate)
		ss_annotate_event(s->annotate, e);
}

static void
on_note(void *arg, enum ss_topic topic, const char *text)
{
	((struct seen *)arg)->sum += strlen(text) + topic;
}

static void
on_flow(void *arg, const struct ss_flow_sum *f)
{
	((struct seen *)arg)->sum += strlen(f->name) + strlen(f->label) +
	    strlen(f->peer);
}

static void
on_raw(void *arg, const uint8_t *at, size_t len, const struct ss_packet *p)
{
	struct seen *s = arg;

	ss_annotate_raw(s->annotate, at, len, p, s->capture.records.wait.now);
}

/* In pieces; a copy of exactly what has come, so that reading on is seen. */
static enum ss_err
feed(struct ss_capture *c, const uint8_t *data, size_t size)
{
	size_t at = 0, have = 0, used = 0;
	enum ss_err e = SS_OK;
	uint8_t *buf;

	for (size_t step = 1; at < size && e == SS_OK; step = step * 2 + 1) {
		size_t n = step < size - at ? step : size - at;

		have += n;
		at += n;
		if (!(buf = malloc(have)))
			abort();
		memcpy(buf, data + at - have, have);
		e = ss_capture_push(c, buf, have, &used);
		if (used > have)
			abort();
		free(buf);
		have -= used;
		ss_capture_tick(c, c->records.wait.now + 700);
	}
	return e == SS_OK && have > 0 ? SS_ERR_TRUNCATED : e;
}

/* As the size says: everybody's eyes, a relay's, Alice's, a thief's. */
static void
look(struct seen *s, struct ss_party *p, struct ss_thief *t, size_t size)
{
	static struct ss_session ahead[SS_THIEF_SESSIONS];
	static struct ss_ratchet next;
	static const uint8_t seed[64] = { 7 };

	s->capture.records.wait.patience = size & 4 ? SS_WAIT_MS : 0;
	if ((size & 3) == 0)
		return;
	*p = (struct ss_party){ .as = (enum ss_as)(size & 3),
		.name = "alice", .profile = "", .keys = &s->capture.keys,
		.notes = &s->capture.notes };
	if (p->as == SS_AS_THIEF) {
		*t = (struct ss_thief){ .what = SS_STOLEN_KEY,
			.ahead = ahead, .next = &next };
		if (ss_identity_make(&t->id, "alice", seed) != SS_OK)
			abort();
		p->thief = t;
	}
	s->capture.keys.no_epochs = p->as != SS_AS_PERSON;
	s->capture.records.party = p;
}

/* The copy is a capture, and has as many packets. */
static void
again(const uint8_t *data, size_t size, uint64_t packets)
{
	static struct seen s;
	const struct ss_capture_handler h = { on_event, on_note, on_flow, &s,
		NULL };

	s = (struct seen){ 0 };
	if (ss_capture_init(&s.capture, &h) != SS_OK)
		abort();
	if (feed(&s.capture, data, size) != SS_OK ||
	    s.capture.packets != packets)
		abort();
	ss_capture_end(&s.capture);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int ready;
	static struct seen s;
	static struct ss_annotate a;
	struct ss_party party;
	struct ss_thief thief;
	const struct ss_capture_handler h = { on_event, on_note, on_flow, &s,
		on_raw };
	char *copy = NULL;
	size_t len = 0;
	enum ss_err e;

	if (!ready && sodium_init() < 0)
		abort();
	ready = 1;
	a = (struct ss_annotate){ .out = open_memstream(&copy, &len),
		.pcap = &s.capture.pcap, .wait = size & 4 };
	s = (struct seen){ .annotate = &a };
	if (!a.out || ss_capture_init(&s.capture, &h) != SS_OK)
		abort();
	look(&s, &party, &thief, size);
	e = feed(&s.capture, data, size);
	ss_capture_drain(&s.capture);
	if (ss_annotate_end(&a) != SS_OK || fclose(a.out) != 0)
		abort();
	if (e == SS_OK && size > 0)
		again((uint8_t *)copy, len, s.capture.packets);
	free(copy);
	ss_capture_end(&s.capture);
	return 0;
}
