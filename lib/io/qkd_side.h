/* SPDX-License-Identifier: ISC */
#ifndef SS_IO_QKD_SIDE_H
#define SS_IO_QKD_SIDE_H

#include "../proto/identity.h"
#include "qkd.h"

#define SS_QKD_ROOMS 96

/* One side of a discussion, with all it knows; lives in secret memory. */
struct ss_qkd_side {
	struct ss_qkd *o;
	struct ss_talk talk;
	struct ss_talk_config config;
	struct ss_qkd_raw raw;
	struct ss_qkd_pads pads;
	struct ss_identity self;
	struct ss_public peer;
	uint64_t spent; /* pads below this are gone from the disk */
	int told;       /* something about the raw file was, and it says so */
	void *rooms[SS_QKD_ROOMS];
	size_t nrooms;
	uint8_t record[SS_RECORD_MAX];
	struct ss_buf out;
};

/* Everything from the options; entropy is drawn, the talk not begun. */
struct ss_qkd_side *xqkd_side(struct ss_qkd *o);
void xqkd_side_begin(struct ss_qkd_side *s);
void ss_qkd_side_drop(struct ss_qkd_side *s);

/* Dies if there has been a discussion about this raw file. */
void xqkd_side_unspent(const struct ss_qkd_side *s);
/* 1 once it is our turn to tell more than which bases Bob had. */
int ss_qkd_side_tells(const struct ss_qkd_side *s);

/* 1 once a pad of ours has been in use, for a proof or to check one. */
int ss_qkd_side_proved(const struct ss_qkd_side *s);

/* What the talk has laid claim to is used up on the disk: its pads, and the
 * raw file.  To be called before a message leaves. */
void xqkd_side_spend(struct ss_qkd_side *s);
/* The key into its file, and some of it back to the pads. */
SS_CHECKED enum ss_err ss_qkd_side_keep(struct ss_qkd_side *s);
void ss_qkd_side_tell(const struct ss_qkd_side *s);

#endif
