/* SPDX-License-Identifier: ISC */
#ifndef SS_WAIT_H
#define SS_WAIT_H

#include "hold.h"
#include "../proto/epoch.h"

/*
 * Records whose key may still come: a key log grows beside the capture.  They
 * wait so long and so many; what follows one on its connection waits behind
 * it, so that the order stays.  Then they count as records without a key, and
 * their epoch is waited for no more.
 */
#define SS_WAIT_MS      5000
#define SS_WAIT_RECORDS 1024
#define SS_WAIT_BYTES   (16 << 20)

struct ss_records;
struct ss_carrier;

struct ss_waiter {
	struct ss_waiter *next;
	int64_t since;
	uint64_t where; /* which connection and direction, hashed */
	struct ss_when when;
	char flow[136], from[65], to[65];
	uint8_t message_id[16], has_message_id;
	uint8_t epoch[SS_EPOCH_ID_BYTES], has_epoch;
	size_t len;
	uint8_t record[];
};

struct ss_wait {
	int64_t patience; /* milliseconds; 0: nothing waits */
	int64_t now;
	struct ss_waiter *first, *last;
	size_t count, bytes;
};

/* ss_wait_put - 1 if this record waits now; 0 if it is to be read. */
int ss_wait_put(struct ss_records *r, const struct ss_carrier *by,
    const uint8_t *rec, size_t len);
/* ss_wait_retry - keys have come, or time has passed: who can go, goes. */
void ss_wait_retry(struct ss_records *r);
/* All go. */
void ss_wait_end(struct ss_records *r);

#endif
