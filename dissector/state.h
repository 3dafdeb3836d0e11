/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SS_DISSECTOR_STATE_H
#define SS_DISSECTOR_STATE_H

#include "compat.h"
#include "../lib/proto/epoch.h"

/*
 * What a capture showed so far.  All of it is built up in the first pass, in
 * the order of the packets; later passes only look.
 */

/* ---- state.c ---- */

/* Which way a message went: no relay, to it, from it. */
enum ss_lane { SS_LANE_NONE, SS_LANE_UP, SS_LANE_DOWN, SS_LANES };

/* A connection. */
struct ss_link {
	uint32_t number;
	int sure;          /* who the client is was said by a message */
	address client;
	uint32_t client_port;
	const char *name;  /* of the client, or NULL */
};

/* Where a record was seen. */
struct ss_where {
	uint32_t frame, link;
	enum ss_lane lane;
	int routed;
	uint8_t message_id[16];
};

/* Enough of a record to tell it from another one. */
struct ss_print {
	uint8_t tail[16]; /* tag, or the end of a MAC */
	uint32_t hash, len;
};

struct ss_sighting {
	struct ss_where where;
	struct ss_print print;
	struct ss_sighting *next; /* later */
};

/* One direction's count in an epoch. */
struct ss_count {
	int begun, final;
	uint64_t next; /* sequence number expected */
};

struct ss_epoch_seen {
	uint8_t id[SS_EPOCH_ID_BYTES];
	int introduced, lines, has_ids;
	uint8_t sender[SS_ID_BYTES], audience[SS_ID_BYTES];
	uint32_t stream;
	uint32_t continued_in;
	struct ss_epoch_seen *previous;
	struct ss_sighting *introducers;
	struct ss_count count[SS_LANES];
	wmem_map_t *records; /* sequence -> struct ss_sighting */
};

#define SS_RUN_STEPS 16
struct ss_run {
	uint8_t id[8];
	struct ss_sighting *steps[SS_RUN_STEPS];
};

/* What the first pass found out about one record; the only thing that later
 * passes go by. */
struct ss_record_seen {
	struct ss_print print;
	struct ss_where where;
	struct ss_epoch_seen *epoch;
	struct ss_run *run;
	unsigned experts; /* bits of enum ss_expert */
	uint32_t copy_of; /* frame, or 0 */
	uint32_t other;   /* frame that an expert info speaks of */
	uint64_t from, to; /* missing records */
	const char *sender, *recipient; /* or NULL */
};

struct ss_message;
void ss_state_init(void);
struct ss_link *ss_link_of(packet_info *pinfo);
/* The lane of a message; sets link's client if a message told it. */
enum ss_lane ss_link_lane(const struct ss_link *l, const packet_info *pinfo);
void ss_link_client(struct ss_link *l, const packet_info *pinfo, int sent);

struct ss_epoch_seen *ss_epoch_get(const uint8_t id[static 16], int make);
struct ss_run *ss_run_get(const uint8_t id[static 8]);
/* Where a record of another kind was seen. */
struct ss_sighting **ss_other_get(const struct ss_print *print);
const char *ss_person(const uint8_t id[static SS_ID_BYTES]);
void ss_person_learn(const uint8_t id[static SS_ID_BYTES], const char *name,
    int sure);
void ss_person_public(const struct ss_public *pub);
/* A name, "anonymous", or the id in hex. */
const char *ss_person_text(wmem_allocator_t *scope, const uint8_t *id);
/* The number of a pair of people, from 0. */
uint32_t ss_stream_of(const uint8_t *a, const uint8_t *b);
uint32_t ss_stream_count(void);
/* The stream's epoch under way in a lane; set to `now`, which may be NULL. */
struct ss_epoch_seen *ss_stream_current(const struct ss_epoch_seen *now,
    enum ss_lane lane);

/* The state of the next record of this frame: a new one in the first pass,
 * the same one in later passes, NULL if there was none. */
struct ss_record_seen *ss_record_next(
    const struct ss_message *m, const struct ss_print *print);
struct ss_print ss_print_of(const uint8_t *rec, size_t len);

/* ---- order.c: replays, gaps and repeated nonces; first pass only ---- */
void ss_order_data(struct ss_record_seen *r, uint64_t sequence, int final,
    int forged);
void ss_order_introducer(struct ss_record_seen *r,
    const struct ss_introducer *i, int forged);
void ss_order_handshake(struct ss_record_seen *r, unsigned step);
void ss_order_other(struct ss_record_seen *r);
/* The sighting that stands nearest to a place. */
uint32_t ss_order_frame(
    const struct ss_sighting *s, const struct ss_where *near);

#endif
