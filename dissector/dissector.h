/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SS_DISSECTOR_H
#define SS_DISSECTOR_H

#include "compat.h"
#include "../lib/proto/family.h"
#include "../lib/proto/keylog.h"
#include "../lib/proto/wire.h"
#include "../lib/proto/words.h"
#include <sodium.h>

/*
 * The Wireshark plugin.  What a record is, is said by the wire table and the
 * families' walks in lib/proto; what is here turns spans into fields (tree.c),
 * remembers what a capture showed so far (state.c, order.c), finds keys
 * (keys.c) and tells all that in words (info.c).
 */

#define ARROW " \xe2\x86\x92 " /* U+2192 */
#define ID_HEX (2 * SS_ID_BYTES + 1)

extern int ss_proto;

/* ---- fields.c: header fields, made from the wire table ---- */

/* One row of the table as Wireshark knows it. */
struct ss_row {
	const struct ss_field *field;
	const char *zero;  /* what all zero means, or NULL */
	int hf, hf_length; /* hf_length: of SS_LEN16 */
	int **bits;        /* of SS_FLAGS, NULL ends */
	int ett;
};

/* The fields that every introducer gets beside those of the table. */
struct ss_intro_hf {
	int sender_name, audience_name, previous_in, continued_in, verified;
};

struct ss_sheet {
	const struct ss_layout *layout;
	struct ss_row *rows; /* layout->nrows */
	int hf, ett;
	struct ss_intro_hf intro;
};
extern struct ss_sheet ss_header_sheet;

/* Fields that no table knows. */
struct ss_hf {
	int from, to, copy_of, stream, rest;
	int route, route_kind, route_length, route_name, route_message_id,
	    route_row;
	int suite_name, identity, answers, answered_in;
	int sender, recipient, introduced_in, verified, plaintext,
	    plaintext_bytes, padding;
};
extern struct ss_hf ss_hf;
struct ss_ett {
	int message, route, control, member, handshake;
};
extern struct ss_ett ss_ett;

void ss_fields_register(void);
struct ss_sheet *ss_sheet_of(const struct ss_layout *layout);
/* A row of a family's walk; NULL if it was never registered. */
const struct ss_row *ss_message_row(const struct ss_field *field);

/* ---- expert.c ---- */
enum ss_expert {
	SS_X_REPLAYED, SS_X_GONE_BACK, SS_X_MISSING, SS_X_NONCE,
	SS_X_UNKNOWN_EPOCH, SS_X_WRONG_TAG, SS_X_LAB, SS_X_CHANGES_KEYS,
	SS_X_TRUNCATED, SS_X_HANDSHAKE_ORDER, SS_X_MALFORMED, SS_EXPERTS
};
void ss_expert_register(void);
expert_field *ss_expert(enum ss_expert x);

/* ---- keys.c: the key log, and secrets inside the capture ---- */

/* An epoch key, ready to decrypt; NULL if there is none. */
struct ss_key {
	struct ss_keylog line;
	struct ss_epoch epoch;
};
struct ss_key *ss_keys_find(packet_info *pinfo,
    const uint8_t id[static SS_EPOCH_ID_BYTES], int look_again);
/* 1 if there is anywhere to look. */
int ss_keys_any(void);
void ss_keys_register(module_t *module);

/* ---- state.c: what the capture showed ---- */

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

/* A message of the capture while it is dissected. */
struct ss_message {
	tvbuff_t *tvb;
	packet_info *pinfo;
	proto_tree *tree;
	proto_item *item;
	struct ss_link *link;
	struct ss_where where;
	const char *from, *to; /* or NULL */
	wmem_strbuf_t *info;   /* NULL if nobody looks */
	unsigned records, said_for;
};

void ss_state_init(void);
struct ss_link *ss_link_of(packet_info *pinfo);
/* The lane of a message; sets link's client if a message told it. */
enum ss_lane ss_link_lane(const struct ss_link *l, const packet_info *pinfo);
void ss_link_client(struct ss_link *l, const packet_info *pinfo, int sent);

struct ss_epoch_seen *ss_epoch_get(const uint8_t id[static 16], int make);
struct ss_run *ss_run_get(const uint8_t id[static 8]);
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
struct ss_introducer;
void ss_order_introducer(struct ss_record_seen *r,
    const struct ss_introducer *i, int forged);
void ss_order_handshake(struct ss_record_seen *r, unsigned step);
/* The sighting that stands nearest to a place. */
uint32_t ss_order_frame(
    const struct ss_sighting *s, const struct ss_where *near);

/* ---- record.c, tree.c ---- */
void ss_records_dissect(struct ss_message *m, int offset);
/* One row; returns its item. */
proto_item *ss_tree_row(proto_tree *tree, tvbuff_t *tvb,
    const struct ss_row *row, int off, int len);
proto_item *ss_tree_generated(proto_item *item);
void ss_tree_frame(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t frame);

/* ---- control.c: JSON ---- */
void ss_control_register(void);
void ss_control_dissect(struct ss_message *m);
int ss_control_is_ours(tvbuff_t *tvb, packet_info *pinfo);

/* ---- stats.c, follow.c ---- */
struct ss_tap {
	const struct ss_layout *layout;
	const char *family;    /* of a handshake or introducer, or NULL */
	char epoch[2 * SS_EPOCH_ID_BYTES + 1];
	const char *sender, *recipient;
	uint32_t bytes, text;  /* on the wire; plaintext */
	uint32_t route;        /* share of the routing header */
	int copy, data, lab, verified;
	uint32_t stream;
	int backwards;         /* from the second of the pair to the first */
	const uint8_t *plain;
};
void ss_tap_register(void);
/* 1 if somebody listens. */
int ss_tap_wanted(void);
void ss_tap_queue(packet_info *pinfo, const struct ss_tap *t);
void ss_stats_register(void);
void ss_follow_register(void);

/* The words of a message so far, in the Info column. */
void ss_info(struct ss_message *m, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* Who handed it in and for whom it is, as fields. */
void ss_carriers_add(const struct ss_message *m);

#endif
