/* SPDX-License-Identifier: ISC */
#ifndef SS_READER_H
#define SS_READER_H

#include "../proto/wire.h"

/*
 * Records from a descriptor, binary or armored, detected at the first byte
 * of each record.
 *
 * An exact reader takes the header, then the body, and not one byte more
 * (armor byte by byte to the newline), so that whoever reads the descriptor
 * next finds what follows.  Otherwise input is buffered.
 */
struct ss_reader {
	int fd, exact, eof;
	uint8_t *buf; /* owned */
	size_t at, have, size, touched;
	size_t last;  /* length of the last binary record, or 0 */
	uint8_t *plain; /* one record out of its armor, or NULL */
	uint64_t offset; /* of the next record in the input, in bytes */
	uint64_t count;  /* records returned */
	int armored;     /* the last one was */
};

/* Memory is taken here; dies without it. */
void ss_reader_open(struct ss_reader *r, int fd, int exact);
void ss_reader_close(struct ss_reader *r);

/*
 * ss_reader_next - one whole record.
 *
 *   rec  out  inside the reader, may be changed in place, valid until the
 *             next call
 *   len  out  0 at a clean end of input
 *
 * SS_OK; SS_ERR_TRUNCATED if input ends inside a record; the errors of
 * ss_header_get and ss_armor_get; SS_ERR_SYSTEM.  An error is final.  The
 * last line of armor may lack its newline; blank lines around lines of armor
 * are passed over.
 */
SS_CHECKED enum ss_err ss_reader_next(
    struct ss_reader *r, uint8_t **rec, size_t *len);

/*
 * ss_reader_would_block - 1 if no whole record is buffered and a read of
 * the descriptor would wait: the moment to flush and to commit.
 */
int ss_reader_would_block(struct ss_reader *r);

#endif
