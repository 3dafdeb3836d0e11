/* SPDX-License-Identifier: ISC */
#ifndef SS_CAPTURE_H
#define SS_CAPTURE_H

#include "flow.h"
#include "pcap.h"

/*
 * All layers put together: bytes of a capture file go in at the bottom,
 * events come out at the top.
 *
 *   pcap -> link, ip -> tcp -> flow: [tls ->] websocket -> records
 */
struct ss_flow_sum { /* a connection is over */
	const char *name, *label, *peer;
	uint64_t bytes[2], missing[2], packets, messages;
	int64_t first, last;
};

/* A connection that is over, and whose TLS secrets may still come. */
#define SS_PARKED_MAX 256
struct ss_parked {
	struct ss_flow *flow;
	struct ss_flow_sum sum;
	int64_t since;
};

struct ss_capture {
	struct ss_notes notes;
	struct ss_keys keys;
	struct ss_pcap pcap;
	struct ss_tcp tcp;
	struct ss_records records;
	struct ss_pool pool;
	uint8_t *scratch;
	struct ss_parked *parked; /* owned, oldest first */
	size_t nparked;
	uint64_t packets, segments, other, unknown_link;
	int64_t now;
	void (*raw)(void *arg, const uint8_t *at, size_t len,
	    const struct ss_packet *p);
	int new_keys; /* what waits has not been tried with them */
	enum ss_err failed; /* by a layer below whoever noticed */
	void (*flow)(void *arg, const struct ss_flow_sum *f);
	void *arg;
};

struct ss_capture_handler {
	void (*event)(void *arg, const struct ss_event *e);
	void (*note)(void *arg, enum ss_topic topic, const char *text);
	void (*flow)(void *arg, const struct ss_flow_sum *f);
	void *arg;
	/* NULL, or who copies the file: as in struct ss_pcap */
	void (*raw)(void *arg, const uint8_t *at, size_t len,
	    const struct ss_packet *p);
};

SS_CHECKED enum ss_err ss_capture_init(
    struct ss_capture *c, const struct ss_capture_handler *h);

/*
 * ss_capture_push - more bytes of the file; *used of them were read, the
 * rest must come again.  SS_OK; SS_ERR_CAPTURE; SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_capture_push(
    struct ss_capture *c, const uint8_t *in, size_t len, size_t *used);

/* Lines of key logs; connections that waited for them go on at the next
 * push, or at the end. */
size_t ss_capture_keys(struct ss_capture *c, const char *text, size_t len);

/*
 * ss_capture_tick - what time it is, in milliseconds of a clock that only
 * goes forward.  For a capture that grows together with its key logs, and of
 * use once c->records.wait.patience is set.  How many records and connections
 * still wait.
 */
size_t ss_capture_tick(struct ss_capture *c, int64_t now);

/*
 * The capture is over.  drain: the last events and flows, and no more bytes
 * after it; the keys are still there.  end: that, the last notes, all freed.
 */
void ss_capture_drain(struct ss_capture *c);
void ss_capture_end(struct ss_capture *c);

#endif
