/* SPDX-License-Identifier: ISC */
#ifndef SS_EPOCHS_H
#define SS_EPOCHS_H

#include "keys.h"

/*
 * What a capture showed of each epoch.  A message crosses the relay, so most
 * records are seen twice: which numbers have come is kept as intervals.
 */
#define SS_SEEN_MAX   64      /* intervals; then the lowest hole is closed */
#define SS_EPOCHS_MAX 1048576 /* then new ones are not told apart */

struct ss_interval {
	uint64_t from, to; /* to is behind the last */
};

struct ss_stream_seen; /* records.h */
struct ss_number;      /* epochs.c */

struct ss_epoch_seen {
	uint8_t id[SS_EPOCH_ID_BYTES];
	uint8_t introduced, lines, no_key, bad;
	uint8_t sender[SS_ID_BYTES], audience[SS_ID_BYTES];
	struct ss_stream_seen *stream; /* of bytes, or NULL */
	uint64_t records, sealed, sealed_bytes; /* sealed: without a key */
	struct ss_interval *seen; /* owned, ascending */
	uint32_t nseen, size;
	struct ss_epoch_seen *chain;
};

struct ss_epochs {
	struct ss_epoch_seen **table;
	size_t count, buckets;
	uint8_t hash_key[16]; /* as in keys.h */
	/* a few epochs stay ready to decrypt */
	struct ss_epoch *ready; /* guarded memory */
	uint8_t *is_ready;
	const struct ss_lab *lab; /* the profile of LAB records, or NULL */
	struct ss_number *numbers; /* the latest records, by hash */
};

SS_CHECKED enum ss_err ss_epochs_init(struct ss_epochs *e);
void ss_epochs_free(struct ss_epochs *e);

/* The epoch of an id, made if it is new; NULL if there is no room. */
struct ss_epoch_seen *ss_epochs_get(struct ss_epochs *e,
    const uint8_t id[static SS_EPOCH_ID_BYTES], int make);

/* Ready to decrypt, valid until the next call; NULL without a key. */
struct ss_epoch *ss_epochs_key(struct ss_epochs *e, const struct ss_keys *k,
    const uint8_t id[static SS_EPOCH_ID_BYTES], int lab);

/* 1 if record n came before; from now on it did. */
int ss_epoch_saw(struct ss_epoch_seen *e, uint64_t n);
/* 1 if record n of an epoch came not long ago, and had another tag: the relay
 * repeats a record as it was. */
int ss_epochs_twice(struct ss_epochs *e, const uint8_t *id, uint64_t n,
    const uint8_t tag[static SS_AEAD_TAG_BYTES]);
/* 1 if exactly the records 0 .. n - 1 came. */
int ss_epoch_whole(const struct ss_epoch_seen *e, uint64_t n);

#endif
