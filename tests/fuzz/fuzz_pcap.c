/* SPDX-License-Identifier: ISC */
#include "../../lib/capture/capture.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * A capture file, read in pieces of varying size, through all layers.  A file
 * of the corpus may carry its own keys in a pcapng secrets block, so that
 * what is behind TLS and behind our own encryption is reached as well.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_event(void *arg, const struct ss_event *e)
{
	uint64_t *sum = arg;

	/* touch all that an event promises */
	*sum += e->by.when.ns != 0;
	*sum += strlen(e->by.flow) + strlen(e->by.from) + strlen(e->by.to);
	for (size_t i = 0; e->text && i < e->len; i++)
		*sum += e->text[i];
	for (size_t i = 0; e->record && i < e->record_len; i++)
		*sum += e->record[i];
	if (e->epoch)
		*sum += e->epoch[15];
}

static void
on_note(void *arg, enum ss_topic topic, const char *text)
{
	*(uint64_t *)arg += strlen(text) + topic;
}

static void
on_flow(void *arg, const struct ss_flow_sum *f)
{
	*(uint64_t *)arg += strlen(f->name) + strlen(f->label) +
	    strlen(f->peer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int ready;
	uint64_t sum = 0;
	const struct ss_capture_handler h = { on_event, on_note, on_flow,
		&sum };
	static struct ss_capture c;
	size_t at = 0, have = 0, used = 0;
	uint8_t *buf;

	if (!ready && sodium_init() < 0)
		abort();
	ready = 1;
	if (ss_capture_init(&c, &h) != SS_OK)
		abort();
	/* a copy of exactly what has come, so that reading on is seen */
	for (size_t step = 1; at < size; step = step * 2 + 1) {
		size_t n = step < size - at ? step : size - at;
		enum ss_err e;

		have += n;
		at += n;
		if (!(buf = malloc(have)))
			abort();
		memcpy(buf, data + at - have, have);
		e = ss_capture_push(&c, buf, have, &used);
		if (used > have)
			abort();
		free(buf);
		have -= used;
		if (e != SS_OK)
			break;
	}
	ss_capture_end(&c);
	return 0;
}
