/* SPDX-License-Identifier: ISC */
#ifndef SS_NOTE_H
#define SS_NOTE_H

#include "../proto/err.h"
#include <stdint.h>

/*
 * What could not be read, and why.  A hostile capture could make millions of
 * notes, so each topic speaks SS_NOTES_EACH times and is counted from there.
 */
enum ss_topic {
	SS_TOPIC_FILE,   /* the capture file */
	SS_TOPIC_KEYS,   /* lines of key logs */
	SS_TOPIC_IP,     /* packets that are no TCP segment */
	SS_TOPIC_TCP,    /* missing and contradicting bytes */
	SS_TOPIC_TLS,    /* no secrets, wrong secrets */
	SS_TOPIC_WS,     /* HTTP and WebSocket */
	SS_TOPIC_RECORD, /* records that are refused */
	SS_TOPIC_EPOCH,  /* epochs without a key */
	SS_TOPIC_THIEF,  /* what was tried with a stolen key */
	SS_TOPICS
};
extern const char *const ss_topics[SS_TOPICS]; /* their names */
#define SS_NOTES_EACH 20
#define SS_NOTE_MAX   320

struct ss_notes {
	/* one line, no newline; it may quote bytes of the capture */
	void (*say)(void *arg, enum ss_topic topic, const char *text);
	void *arg;
	uint64_t count[SS_TOPICS];
	int bad; /* something was damaged or did not verify: exit status 1 */
};

/* ss_note - something could not be read, and that is no fault of its own. */
void ss_note(struct ss_notes *n, enum ss_topic topic, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ss_note_bad - bytes were refused: damaged, forged, contradicting. */
void ss_note_bad(struct ss_notes *n, enum ss_topic topic, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* ss_notes_end - "12 more notes about tcp", where there are. */
void ss_notes_end(struct ss_notes *n);

#endif
