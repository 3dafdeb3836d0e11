/* SPDX-License-Identifier: ISC */
#ifndef SS_RECORDS_H
#define SS_RECORDS_H

#include "epochs.h"
#include "party.h"
#include "wait.h"
#include "when.h"
#include <sodium.h>

/* Our records, out of whatever carried them, opened where a key is known. */
#define SS_STREAM_HEAD   4096 /* of a byte stream, kept to be shown */
#define SS_SHAKEN        64   /* handshake records known again */
#define SS_STREAMS_MAX   4096 /* under way at a time */

enum ss_event_kind {
	SS_EVENT_HANDSHAKE,
	SS_EVENT_INTRODUCER,
	SS_EVENT_MESSAGE, /* a record of a LINES epoch, opened */
	SS_EVENT_PIECE,   /* a record of a byte stream, opened */
	SS_EVENT_STREAM,  /* a byte stream is over */
	SS_EVENT_SEALED,  /* a data record without a key */
	SS_EVENT_REFUSED, /* its tag or MAC is wrong */
	SS_EVENT_CONTROL, /* a JSON message of the relay's protocol */
	SS_EVENT_PUBLIC,  /* qubits, and what is said about them */
};

/* Who carried it. */
struct ss_carrier {
	struct ss_when when;
	const char *flow;      /* "a:1 -> b:2" */
	const char *from, *to; /* names, "" if not known */
	const uint8_t *message_id; /* 16 bytes, or NULL */
};

struct ss_event {
	enum ss_event_kind kind;
	struct ss_carrier by;
	int repeat;              /* seen before: the other side of the relay */
	int twice;               /* its number came before, with another tag */
	const uint8_t *record;   /* the whole record, or NULL */
	size_t record_len;
	const uint8_t *epoch;    /* 16 bytes, or NULL */
	const uint8_t *sender, *audience; /* 8 bytes, or NULL */
	uint64_t sequence;
	uint8_t flags;
	int lab;
	const uint8_t *text;     /* plaintext; of a stream its beginning */
	size_t len;
	/* SS_EVENT_STREAM and _PIECE */
	uint64_t stream, records, bytes;
	int complete;            /* nothing is missing, FINAL seen */
	int whole;               /* and all came in order */
	const uint8_t *sha256;   /* if whole */
	/* SS_EVENT_INTRODUCER: 1 its MAC holds, 0 no key */
	int verified;
	const struct ss_introducer *introducer;
};

struct ss_stream_seen {
	uint64_t number, records, bytes;
	struct ss_when when; /* began; its latest packet */
	int lab;
	char from[65], to[65], flow[136];
	uint8_t sender[SS_ID_BYTES], audience[SS_ID_BYTES];
	uint8_t epoch[SS_EPOCH_ID_BYTES]; /* the current one */
	uint64_t next;                    /* sequence number in it */
	int broken; /* not in order */
	int holes;  /* something is missing */
	uint8_t head[SS_STREAM_HEAD];
	size_t headlen;
	crypto_hash_sha256_state sha;
	struct ss_stream_seen *newer, **link;
};

struct ss_records {
	struct ss_epochs epochs;
	struct ss_stream_seen *streams;
	uint64_t nstreams, open_streams;
	uint64_t messages, opened_bytes, refused;
	uint64_t sealed, sealed_bytes, sealed_epochs;
	const struct ss_keys *keys;
	struct ss_party *party; /* NULL: who has all the keys */
	struct ss_wait wait;
	struct ss_notes *notes;
	uint8_t *text; /* SS_RECORD_MAX bytes */
	uint8_t shaken[SS_SHAKEN][16]; /* the last of handshakes and QKD */
	unsigned nshaken;
	void (*event)(void *arg, const struct ss_event *e);
	void *arg;
};

SS_CHECKED enum ss_err ss_records_init(struct ss_records *r);
/* Whole records from in to in + len, and nothing else. */
void ss_records_push(struct ss_records *r, const struct ss_carrier *by,
    const uint8_t *in, size_t len);
/* One record, now: it does not wait for its key any more. */
void ss_records_read(struct ss_records *r, const struct ss_carrier *by,
    const uint8_t *rec, size_t len);
/* The capture is over: streams without an end are told. */
void ss_records_free(struct ss_records *r);

/* streams.c: the records of one byte stream. */
struct ss_stream_seen *ss_stream_begin(struct ss_records *r,
    const struct ss_carrier *by, const struct ss_introducer *i);
void ss_stream_piece(struct ss_records *r, struct ss_epoch_seen *epoch,
    struct ss_event *e);
void ss_stream_end(
    struct ss_records *r, struct ss_stream_seen *s, int complete);

#endif
