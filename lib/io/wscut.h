/* SPDX-License-Identifier: ISC */
#ifndef SS_WSCUT_H
#define SS_WSCUT_H

#include "../proto/armor.h"

/*
 * struct ss_cut - a stream of records, binary or armored, cut into whole
 * records for somebody who must never wait: bytes are put in as they come,
 * records are taken out when they are complete.  (struct ss_reader is the
 * same for those who may wait.)
 */
struct ss_cut {
	uint8_t *buf; /* owned */
	size_t at, have;
	uint8_t *plain; /* owned: one record out of its armor */
	size_t used;    /* of buf, by the record that was looked at */
};

#define SS_CUT_SIZE (2 * SS_ARMOR_MAX)

void ss_cut_open(struct ss_cut *c); /* dies without memory */
void ss_cut_close(struct ss_cut *c);

/* ss_cut_space - where to read to, and how much; *n is 0 if full. */
uint8_t *ss_cut_space(struct ss_cut *c, size_t *n);
void ss_cut_filled(struct ss_cut *c, size_t n);

/*
 * ss_cut_look - the record at the front, which stays there.
 *
 *   len  out  0: it is not all here yet
 *
 * SS_OK; the errors of ss_header_get and ss_armor_get.
 */
SS_CHECKED enum ss_err ss_cut_look(
    struct ss_cut *c, const uint8_t **rec, size_t *len);
/* ss_cut_take - remove what was looked at. */
void ss_cut_take(struct ss_cut *c);
/* ss_cut_rest - bytes in the buffer, whole records or not. */
size_t ss_cut_rest(const struct ss_cut *c);

#endif
