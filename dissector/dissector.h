/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SS_DISSECTOR_H
#define SS_DISSECTOR_H

#include "compat.h"
#include "../lib/proto/family.h"
#include "../lib/proto/keylog.h"
#include "../lib/proto/wire.h"
#include "../lib/proto/words.h"
#include "state.h"
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

/* What the statistics and the streams are told of a record. */
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
	const uint8_t *plain;  /* NULL: not opened */
};
/* A record while it is dissected. */
struct ss_record {
	struct ss_message *m;
	tvbuff_t *tvb;         /* exactly this record */
	const uint8_t *bytes;
	size_t len;
	const struct ss_sheet *sheet;
	struct ss_record_seen *seen; /* NULL if the first pass had none */
	proto_tree *tree;
	proto_item *item;
	struct ss_tap tap;
};

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

/* handshake.c, epoch.c: what one kind of record says */
void ss_handshake_dissect(struct ss_record *r);
void ss_handshake_message(const struct ss_record *r, proto_item *item,
    const struct ss_span *span);
void ss_introducer_dissect(struct ss_record *r);
void ss_data_dissect(struct ss_record *r);
/* An expert info in words of its own; a name, if there is one. */
void ss_record_strange(
    const struct ss_record *r, enum ss_expert x, const char *why);
void ss_record_name(const struct ss_record *r, int hf, const char *name);

/* ---- stats.c, follow.c ---- */
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
