/* SPDX-License-Identifier: ISC */
#ifndef SS_PRINT_H
#define SS_PRINT_H

#include "capture.h"

/* Events as lines for people on stdout, or as lines of JSON. */
#define SS_PRINT_FLOWS 1000 /* of the summary; the rest is counted */

struct ss_print {
	/* options */
	int json, all, verbose, quiet;
	const char *folder; /* byte streams become files here, or NULL */
	/* what is under way */
	char *flows; /* owned: their lines, each ended by a zero */
	size_t len, size;
	uint64_t nflows, messages, streams, stream_bytes, broken;
};

void ss_print_begin(struct ss_print *p);
void ss_print_flush(struct ss_print *p);
/* After the capture's end: the summary. */
void ss_print_end(struct ss_print *p, const struct ss_capture *c);

/* The callbacks of struct ss_capture_handler; arg is a struct ss_print. */
void ss_print_event(void *arg, const struct ss_event *e);
void ss_print_note(void *arg, enum ss_topic topic, const char *text);
void ss_print_flow(void *arg, const struct ss_flow_sum *f);

/* print_json.c */
void ss_print_json(const struct ss_event *e);
void ss_print_json_note(enum ss_topic topic, const char *text);
void ss_print_json_flow(const struct ss_flow_sum *f);
void ss_print_json_end(const struct ss_print *p, const struct ss_capture *c);

#endif
