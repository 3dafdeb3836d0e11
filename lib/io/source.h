/* SPDX-License-Identifier: ISC */
#ifndef SS_SOURCE_H
#define SS_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Input in large pieces.  A large file is mapped, window by window, so that
 * the cipher reads it where the system holds it; everything else, and the end
 * of every file, is read.
 */
struct ss_source {
	int fd;
	int mapping;
	off_t at, end;   /* in the file, while mapping */
	uint8_t *window; /* or NULL */
	off_t first;     /* the window's first byte in the file */
	size_t length;   /* of the window */
};

/* fd stays the caller's; it is read from where it stands. */
void ss_source_open(struct ss_source *s, int fd);
void ss_source_close(struct ss_source *s);

/*
 * ss_source_next - the next `want` bytes, fewer only at the end of the input.
 *
 *   buf   in   want bytes of the caller's, for what must be read
 *   n     out  how many; -1 and errno on failure
 *
 * Returns where they are: buf, or inside the mapped file, valid until the
 * next call.  A file that is cut while it is mapped ends the process with a
 * message and status 2.
 */
const uint8_t *ss_source_next(
    struct ss_source *s, uint8_t *buf, size_t want, ssize_t *n);

#endif
