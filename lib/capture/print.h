/* SPDX-License-Identifier: ISC */
#ifndef SS_PRINT_H
#define SS_PRINT_H

#include "capture.h"

/* Events as lines for people on stdout, or as lines of JSON. */
#define SS_PRINT_FLOWS 1000 /* of the summary; the rest is counted */

struct ss_print {
	/* options */
	int json, all, verbose, quiet;
	int mute; /* standard output is not for text */
	const struct ss_party *party; /* through whose eyes, or NULL */
	const char *folder; /* byte streams become files here, or NULL */
	/* a file that cannot be written: after that nothing is printed */
	enum ss_err failed;
	int number; /* errno */
	char path[4096];
	/* what is under way */
	char *flows; /* owned: their lines, each ended by a zero */
	size_t len, size;
	uint64_t nflows, messages, streams, stream_bytes, broken;
};

/* SS_ERR_SYSTEM, errno: the folder cannot be made. */
SS_CHECKED enum ss_err ss_print_begin(struct ss_print *p);
/* SS_ERR_SYSTEM, errno: standard output cannot be written. */
SS_CHECKED enum ss_err ss_print_flush(struct ss_print *p);
/* After the capture's end: the summary.  As ss_print_flush. */
SS_CHECKED enum ss_err ss_print_end(
    struct ss_print *p, const struct ss_capture *c);

/* Callbacks of struct ss_capture_handler; arg is a struct ss_print. */
void ss_print_event(void *arg, const struct ss_event *e);
void ss_print_flow(void *arg, const struct ss_flow_sum *f);

/* print_party.c: what this party read, and why not the rest. */
void ss_print_party(const struct ss_print *p, const struct ss_capture *c);

/* print_json.c */
void ss_print_json(const struct ss_event *e);
void ss_print_json_note(enum ss_topic topic, const char *text);
void ss_print_json_flow(const struct ss_flow_sum *f);
void ss_print_json_end(const struct ss_print *p, const struct ss_capture *c);

#endif
