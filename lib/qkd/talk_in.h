/* SPDX-License-Identifier: ISC */
#ifndef SS_QKD_TALK_IN_H
#define SS_QKD_TALK_IN_H

#include "talk.h"

/* Between talk.c, which knows whose turn it is, and talk_steps.c, which knows
 * what is said.  A piece is at most so many bits of something longer. */
#define SS_TALK_PIECE     ((size_t)7 << 16)
#define SS_TALK_QUESTIONS 4096 /* in one record, 12 bytes each */

/* The body of our next message; *over: it ends our turn. */
enum ss_err ss_talk_make(struct ss_qkd_msg *m, struct ss_talk *t);
/* What the peer said. */
enum ss_err ss_talk_take(struct ss_talk *t, const struct ss_qkd_msg *m);

/* talk_proof.c: the transcript */
void ss_talk_proof_begin(struct ss_talk *t);
int ss_talk_proof_due(uint8_t kind, uint8_t flags);
/* bytes of the tag field of such a message */
size_t ss_talk_proof_bytes(const struct ss_talk *t, const struct ss_qkd_msg *m);
/* Add a record to the transcript; write or check its tag. */
enum ss_err ss_talk_prove(struct ss_talk *t, uint8_t *rec, size_t len,
    const struct ss_qkd_msg *m);
enum ss_err ss_talk_check(struct ss_talk *t, const uint8_t *rec, size_t len,
    const struct ss_qkd_msg *m);

#endif
