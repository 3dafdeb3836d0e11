/* SPDX-License-Identifier: ISC */
#include "note.h"
#include <stdarg.h>
#include <stdio.h>

const char *const ss_topics[SS_TOPICS] = { "capture", "key log", "ip",
	"tcp", "tls", "websocket", "record", "epoch", "thief" };

static void
say(struct ss_notes *n, enum ss_topic topic, const char *fmt, va_list ap)
{
	char text[SS_NOTE_MAX];
	int at;

	if (n->count[topic]++ >= SS_NOTES_EACH)
		return;
	at = snprintf(text, sizeof(text), "%s: ", ss_topics[topic]);
	vsnprintf(text + at, sizeof(text) - (size_t)at, fmt, ap);
	n->say(n->arg, topic, text);
}

void
ss_note(struct ss_notes *n, enum ss_topic topic, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(n, topic, fmt, ap);
	va_end(ap);
}

void
ss_note_bad(struct ss_notes *n, enum ss_topic topic, const char *fmt, ...)
{
	va_list ap;

	n->bad = 1;
	va_start(ap, fmt);
	say(n, topic, fmt, ap);
	va_end(ap);
}

void
ss_notes_end(struct ss_notes *n)
{
	char text[SS_NOTE_MAX];

	for (int t = 0; t < SS_TOPICS; t++) {
		if (n->count[t] <= SS_NOTES_EACH)
			continue;
		snprintf(text, sizeof(text), "%s: %llu more such notes",
		    ss_topics[t],
		    (unsigned long long)(n->count[t] - SS_NOTES_EACH));
		n->say(n->arg, (enum ss_topic)t, text);
	}
}
