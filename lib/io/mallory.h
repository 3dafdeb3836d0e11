/* SPDX-License-Identifier: ISC */
#ifndef SS_MALLORY_H
#define SS_MALLORY_H

#include "../proto/armor.h"
#include "../proto/mangle.h"
#include "value.h"

/*
 * The attacker's operations on a stream of records.  Each takes one record at
 * a time and hands on none, one or several; so they can stand behind each
 * other, in a filter or in the middle of two people who talk.
 */

/* One record on its way, or with raw set some bytes that are none. */
#define SS_PACKET_ROOM SS_ARMOR_MAX
struct ss_packet {
	uint8_t *at; /* room for SS_PACKET_ROOM, free to be changed */
	size_t len;
	int armored, raw;
	uint64_t number; /* in the input, from 1 */
	uint64_t off;    /* its first byte in the input */
};

/* Which records: all conditions hold.  Nothing given: every record. */
#define SS_RANGES_MAX 32
struct ss_selector {
	struct ss_range {
		uint64_t from, to;
	} ranges[SS_RANGES_MAX];
	size_t nranges;    /* 0: any number */
	uint8_t type;      /* 0: any; otherwise numbers count these only */
	const char *field; /* NULL, or this field has this value */
	struct ss_value value;
};

/* What an operation is told beside the selector. */
struct ss_tampering {
	const char *field;     /* NULL: the whole record */
	size_t offset;         /* flip: the first byte */
	size_t length;         /* truncate: how much stays */
	struct ss_value bytes; /* flip: the mask; set: the value */
	uint64_t after;        /* replay: behind this record; 0: at the end */
	const char *file;      /* splice: the other stream */
	uint64_t source;       /* splice: its record; 0: at the same place */
	int exchange;          /* reflect: sender and audience */
	int zero;              /* strip: leave zeros */
};

/* Records that wait, oldest first; NULL, NULL: none. */
struct ss_waiting {
	struct ss_held *first, *last;
};

/* One operation at work. */
struct ss_mallory {
	const struct ss_operation *op;
	struct ss_selector select;
	struct ss_tampering how;
	void (*emit)(void *arg, struct ss_packet *p); /* its output */
	void *arg;

	uint64_t seen;    /* records in all */
	uint64_t counted; /* of the selector's type */
	uint64_t touched; /* something was done to them */
	int over;         /* the stream was cut off */
	struct ss_waiting held, other;
	uint64_t gone;    /* of other, already dropped */
	uint8_t *room;    /* for what was held and leaves */
};

/* The operations: one row each, the last one without a name. */
struct ss_operation {
	const char *name;
	/* a record that is selected, and one that is not (NULL: hand it on) */
	void (*selected)(struct ss_mallory *m, struct ss_packet *p);
	void (*passed)(struct ss_mallory *m, struct ss_packet *p);
	void (*end)(struct ss_mallory *m);
	/* its arguments, of which there are least to most */
	void (*arguments)(struct ss_mallory *m, size_t n, char **arg);
	size_t least, most;
	const char *takes; /* options beside the selector's, by letter */
	const char *needs;
	int choosy;        /* not without a selector */
	int raw;           /* its output is no stream of records */
};
extern const struct ss_operation ss_operations[];
const struct ss_operation *ss_operation_find(const char *name);

/* xmallory_open - when op, select and how are set; dies if splice's file
 * cannot be read. */
void xmallory_open(struct ss_mallory *m);
void ss_mallory_close(struct ss_mallory *m);

/* One record in, and the end of them: emit is called for what comes out. */
void ss_mallory_put(struct ss_mallory *m, struct ss_packet *p);
void ss_mallory_end(struct ss_mallory *m);

/* For operations: keep a copy, the last of a list; the oldest one held leaves;
 * the oldest of a list, or NULL. */
void ss_mallory_hold(struct ss_waiting *list, const struct ss_packet *p);
void ss_mallory_release(struct ss_mallory *m);
const struct ss_packet *ss_mallory_first(const struct ss_waiting *list);

/* ss_mallory_other - for splice: the record in the place of the one at hand,
 * or NULL.  Places only go up. */
const struct ss_packet *ss_mallory_other(struct ss_mallory *m);

/* xranges - "3", "2-4,7", "5-"; dies with usage trouble. */
void xranges(struct ss_selector *s, const char *text);

/* ss_packet_name - "record 3 (data, 62 bytes at 241)", for people. */
#define SS_PACKET_NAME 96
const char *ss_packet_name(
    char out[static SS_PACKET_NAME], const struct ss_packet *p);

#endif
