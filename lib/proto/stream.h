/* SPDX-License-Identifier: ISC */
#ifndef SS_STREAM_H
#define SS_STREAM_H

#include "data.h"
#include "session.h"

/*
 * A stream: introducer, data records, perhaps further epochs, FINAL.  This is
 * its grammar, the same for every family of introducer: where epochs must
 * follow each other and records must count.         docs/protocol.md, 8.3
 */
struct ss_stream {
	int open;        /* between introducer and FINAL */
	int lines;       /* a record is a message */
	uint64_t next;   /* sequence number of the next record */
	struct ss_epoch epoch;
};

/*
 * ss_stream_introduce - may this epoch follow here?  Call it after the
 * introducer was verified and before its epoch replaces st->epoch.
 *
 *   broken  out  1 if an unfinished stream is given up by this one's start
 *
 * SS_OK; SS_ERR_CHAIN if it continues another stream or epoch than the
 * current one; SS_ERR_SEQUENCE if it continues this one at another place.
 */
SS_CHECKED enum ss_err ss_stream_introduce(
    int *broken, const struct ss_stream *st, const struct ss_introducer *i);

/* ss_stream_enter - the epoch (already in st->epoch) begins. */
void ss_stream_enter(struct ss_stream *st, const struct ss_introducer *i);

/*
 * ss_stream_open - the next data record of the stream.
 *
 *   text     out  as ss_data_open
 *   final    out  1 if it ends the stream
 *
 * SS_OK; SS_ERR_ORDER without an open epoch; SS_ERR_FOREIGN for a record of
 * another epoch; SS_ERR_REPLAY for one that was here before; SS_ERR_SEQUENCE
 * for one that comes too early; SS_ERR_LAB; the errors of ss_data_open.
 * After any of them st is as before.
 */
SS_CHECKED enum ss_err ss_stream_open(uint8_t *text, size_t *textlen,
    int *final, const uint8_t *rec, size_t len, struct ss_stream *st);

/* ss_stream_expects - 1 if the record claims to be the stream's next one. */
int ss_stream_expects(
    const struct ss_stream *st, const uint8_t *rec, size_t len);

/* ss_stream_seal - one more record; the caller says which is the last. */
SS_CHECKED enum ss_err ss_stream_seal(uint8_t *rec, const uint8_t *text,
    size_t len, uint8_t flags, struct ss_stream *st);

void ss_stream_wipe(struct ss_stream *st);

#endif
