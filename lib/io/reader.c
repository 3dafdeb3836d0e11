/* SPDX-License-Identifier: ISC */
#include "reader.h"
#include "../proto/armor.h"
#include "io.h"
#include "linux.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Room for four records of a byte stream, or for one line of armor with CR
 * and newline. */
#define BUFFER_BYTES (256 * 1024)
_Static_assert(BUFFER_BYTES >= SS_ARMOR_MAX + 1, "a line fits");
_Static_assert(BUFFER_BYTES >= SS_RECORD_MAX, "a record fits");

#define PLAIN_BYTES ((SS_ARMOR_MAX + 1) / 4 * 3)
_Static_assert(PLAIN_BYTES >= SS_RECORD_MAX, "a record fits");

#define PIPE_BYTES (1024 * 1024)

void
ss_reader_open(struct ss_reader *r, int fd, int exact)
{
	*r = (struct ss_reader){ .fd = fd, .exact = exact,
		.size = BUFFER_BYTES };
	r->buf = malloc(r->size);
	if (!r->buf)
		ss_die(SS_ERR_SYSTEM, "no memory");
	if (!exact)
		ss_linux_pipe_size(fd, PIPE_BYTES);
}

void
ss_reader_close(struct ss_reader *r)
{
	/* records are opened in place: this is plaintext by now */
	if (r->buf)
		sodium_memzero(r->buf, r->touched);
	if (r->plain)
		sodium_memzero(r->plain, PLAIN_BYTES);
	free(r->buf);
	free(r->plain);
	*r = (struct ss_reader){ .fd = -1 };
}

/*
 * How much to ask for when n bytes from r->at on are needed: an exact reader
 * takes no more.  Otherwise the record and as many further ones as fit, if
 * they are as long as the last one was: then equal records, as bulk data has
 * them, never straddle two reads and are never moved.
 */
static size_t
appetite(const struct ss_reader *r, size_t n)
{
	size_t pending = r->have - r->at;
	size_t room = r->size - r->have;
	size_t missing = (n < r->last ? r->last : n) - pending;

	if (r->exact)
		return n - pending;
	if (r->last == 0 || missing > room)
		return room;
	return missing + (room - missing) / r->last * r->last;
}

/*
 * Make n bytes from r->at on available, n at most the buffer's size.
 * SS_OK; SS_ERR_TRUNCATED at the end of input; SS_ERR_SYSTEM.
 */
static enum ss_err
need(struct ss_reader *r, size_t n)
{
	if (r->at == r->have)
		r->at = r->have = 0;
	if (r->at + n > r->size) {
		memmove(r->buf, r->buf + r->at, r->have - r->at);
		r->have -= r->at;
		r->at = 0;
	}
	while (r->have - r->at < n) {
		ssize_t got;

		if (r->eof)
			return SS_ERR_TRUNCATED;
		got = ss_read(r->fd, r->buf + r->have, appetite(r, n));
		if (got < 0)
			return SS_ERR_SYSTEM;
		r->eof = got == 0;
		r->have += (size_t)got;
		if (r->touched < r->have)
			r->touched = r->have;
	}
	return SS_OK;
}

static void
take(struct ss_reader *r, size_t n)
{
	r->at += n;
	r->offset += n;
}

static enum ss_err
next_binary(struct ss_reader *r, uint8_t **rec, size_t *len)
{
	struct ss_header h;
	enum ss_err e;

	/* not "ends too early" for two bytes of something else */
	if (r->buf[r->at] != 'S')
		return SS_ERR_FORMAT;
	if ((e = need(r, SS_HEADER_BYTES)) != SS_OK
	    || (e = ss_header_get(&h, r->buf + r->at)) != SS_OK
	    || (e = need(r, SS_HEADER_BYTES + h.body)) != SS_OK)
		return e;
	*rec = r->buf + r->at;
	*len = r->last = SS_HEADER_BYTES + h.body;
	take(r, *len);
	return SS_OK;
}

/*
 * The length of the line at r->at, with its newline.  What is there is
 * searched once; then a byte more is asked for at a time, which takes just one
 * from the descriptor if the reader is exact.  A last line may lack its
 * newline: whether it is whole, its record says.
 */
static enum ss_err
line_length(struct ss_reader *r, size_t *len)
{
	size_t searched = 0;

	for (;;) {
		size_t have = r->have - r->at;
		uint8_t *nl = memchr(r->buf + r->at + searched, '\n',
		    have - searched);
		enum ss_err e;

		if (nl) {
			*len = (size_t)(nl - (r->buf + r->at)) + 1;
			return SS_OK;
		}
		if (have > SS_ARMOR_MAX)
			return SS_ERR_ARMOR;
		searched = have;
		e = need(r, have + 1);
		if (e != SS_OK) {
			*len = have;
			return e;
		}
	}
}

static enum ss_err
next_armored(struct ss_reader *r, uint8_t **rec, size_t *len)
{
	enum ss_err e, end;
	size_t line;

	if (!r->plain && !(r->plain = malloc(PLAIN_BYTES)))
		return SS_ERR_SYSTEM;
	r->last = 0; /* lines: read what there is */
	end = line_length(r, &line);
	if (end != SS_OK && end != SS_ERR_TRUNCATED)
		return end;
	if (line > SS_ARMOR_MAX + 1) /* a CR */
		return SS_ERR_ARMOR;
	e = ss_armor_get(r->plain, len, (const char *)r->buf + r->at,
	    line - (end == SS_OK));
	if (e != SS_OK)
		return end != SS_OK ? end : e;
	take(r, line);
	r->armored = 1;
	*rec = r->plain;
	return SS_OK;
}

/* Blank lines: before armor, after it, and between its lines. */
static enum ss_err
skip_blank(struct ss_reader *r)
{
	enum ss_err e;

	while ((e = need(r, 1)) == SS_OK && (r->armored || r->count == 0)
	    && (r->buf[r->at] == '\n' || r->buf[r->at] == '\r'))
		take(r, 1);
	return e;
}

enum ss_err
ss_reader_next(struct ss_reader *r, uint8_t **rec, size_t *len)
{
	enum ss_err e = skip_blank(r);

	*rec = NULL;
	*len = 0;
	if (e != SS_OK)
		return e == SS_ERR_TRUNCATED ? SS_OK : e;
	if (r->buf[r->at] == 'U') {
		e = next_armored(r, rec, len);
	} else {
		r->armored = 0;
		e = next_binary(r, rec, len);
	}
	if (e == SS_OK)
		r->count++;
	else
		*len = 0;
	return e;
}

/* 1 if the next call has all it needs, for a record or for an error */
static int
buffered(const struct ss_reader *r)
{
	const uint8_t *p = r->buf + r->at;
	size_t have = r->have - r->at;
	struct ss_header h;

	while (have > 0 && (r->armored || r->count == 0)
	    && (*p == '\n' || *p == '\r')) {
		p++;
		have--;
	}
	if (have == 0)
		return 0;
	if (*p == 'U')
		return memchr(p, '\n', have) != NULL || have > SS_ARMOR_MAX;
	if (*p != 'S')
		return 1;
	if (have < SS_HEADER_BYTES)
		return 0;
	return ss_header_get(&h, p) != SS_OK
	    || have >= SS_HEADER_BYTES + h.body;
}

int
ss_reader_would_block(struct ss_reader *r)
{
	return !r->eof && !buffered(r) && ss_would_block(r->fd);
}
