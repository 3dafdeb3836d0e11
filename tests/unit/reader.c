/* SPDX-License-Identifier: ISC */
#include "../../lib/io/reader.h"
#include "../../lib/io/io.h"
#include "../../lib/proto/armor.h"
#include "tap.h"
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Input for a reader: records and other things, one after another.  `piece`
 * is how many bytes the feeding process writes at a time.
 */
static uint8_t input[2 << 20];
static size_t length;

static size_t
add_record(uint8_t *at, size_t body)
{
	ss_header_put(at, SS_DATA, (uint32_t)body);
	for (size_t i = 0; i < body; i++)
		at[SS_HEADER_BYTES + i] = (uint8_t)(body * 7 + i * 13);
	return SS_HEADER_BYTES + body;
}

static void
add(size_t body)
{
	length += add_record(input + length, body);
}

static void
add_text(const char *text)
{
	memcpy(input + length, text, strlen(text));
	length += strlen(text);
}

static void
add_armored(size_t body, const char *end)
{
	static uint8_t record[SS_RECORD_MAX];
	size_t n = add_record(record, body);

	ss_armor_put((char *)input + length, record, n);
	length += SS_ARMOR_BYTES(n) - 1;
	add_text(end);
}

static int
feed(size_t from, size_t to, size_t piece)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		close(fds[0]);
		for (size_t at = from; at < to; at += piece) {
			size_t n = to - at < piece ? to - at : piece;

			if (ss_write_full(fds[1], input + at, n) < 0)
				_exit(1);
		}
		_exit(0);
	}
	close(fds[1]);
	return fds[0];
}

static void
done(int fd)
{
	close(fd);
	while (wait(NULL) > 0)
		;
}

static int
is_record(const uint8_t *rec, size_t len)
{
	static uint8_t want[SS_RECORD_MAX];

	return len > SS_HEADER_BYTES && len <= SS_RECORD_MAX
	    && add_record(want, len - SS_HEADER_BYTES) == len
	    && memcmp(want, rec, len) == 0;
}

/* Read all; returns how many good records came, and the last code. */
static int
drain(struct ss_reader *r, enum ss_err *e, size_t *total)
{
	int good = 0;
	uint8_t *rec;
	size_t len;

	*total = 0;
	while ((*e = ss_reader_next(r, &rec, &len)) == SS_OK && len > 0) {
		good += is_record(rec, len);
		*total += len;
		memset(rec, 0xee, len); /* it may be changed in place */
	}
	return good;
}

static void
all_sizes(int exact, size_t piece, int armored)
{
	static const size_t bodies[] = { 1, 57, 58, 59, 188, 65449, 1, 65449,
		65449, 65449, 65449, 65449, SS_BODY_MAX, 3, SS_BODY_MAX,
		SS_BODY_MAX, 105, 105, 105 };
	const int n = sizeof(bodies) / sizeof(*bodies);
	struct ss_reader r;
	enum ss_err e;
	size_t total, want = 0;
	int good, fd;

	length = 0;
	for (int i = 0; i < n; i++) {
		if (!armored)
			add(bodies[i]);
		else
			add_armored(bodies[i],
			    i % 3 == 0 ? "\n" : i % 3 == 1 ? "\r\n" : "\n\n");
		want += SS_HEADER_BYTES + bodies[i];
	}
	fd = feed(0, length, piece);
	ss_reader_open(&r, fd, exact);
	good = drain(&r, &e, &total);
	ok(e == SS_OK && good == n && total == want && r.count == (uint64_t)n,
	    "%s, %s, %zu bytes at a time: %d of %d records",
	    armored ? "armor" : "binary", exact ? "exact" : "buffered", piece,
	    good, n);
	ok(r.offset == length || (armored && r.offset + 1 >= length),
	    "the offset is that of the end");
	ok(r.armored == armored, "what it was is known");
	ss_reader_close(&r);
	done(fd);
}

/* An exact reader stops at the record's last byte. */
static void
exact(int armored, const char *end)
{
	struct ss_reader r;
	uint8_t *rec, rest[8];
	size_t len;
	int fd;

	length = 0;
	if (armored)
		add_armored(100, end);
	else
		add(100);
	add_text("rest");
	fd = feed(0, length, length);
	ss_reader_open(&r, fd, 1);
	is_err(ss_reader_next(&r, &rec, &len), SS_OK, "exact: the record");
	ok(is_record(rec, len), "as it was written");
	ok(ss_read_full(fd, rest, sizeof(rest)) == 4 &&
	    memcmp(rest, "rest", 4) == 0, "not one byte more was taken");
	ss_reader_close(&r);
	done(fd);
}

/* Binary and armor in one stream, each recognised where it begins. */
static void
mixed(void)
{
	struct ss_reader r;
	enum ss_err e;
	size_t total;
	int fd;

	length = 0;
	add_armored(10, "\n");
	add(20);
	add_armored(30, "\r\n\r\n\n");
	add(40);
	add_armored(50, ""); /* a last line may lack its newline */
	for (size_t piece = 1; piece <= length; piece += length - 1)
		for (int exactly = 0; exactly < 2; exactly++) {
			int good;

			fd = feed(0, length, piece);
			ss_reader_open(&r, fd, exactly);
			good = drain(&r, &e, &total);
			ok(e == SS_OK && good == 5,
			    "mixed, %zu bytes at a time: %d of 5", piece,
			    good);
			ss_reader_close(&r);
			done(fd);
		}
}

static enum ss_err
outcome(size_t from, size_t to, int exactly, int *good)
{
	struct ss_reader r;
	enum ss_err e;
	size_t total;
	int fd = feed(from, to, 4096);

	ss_reader_open(&r, fd, exactly);
	*good = drain(&r, &e, &total);
	ss_reader_close(&r);
	done(fd);
	return e;
}

/* Three records cut at every byte: whole ones come, the rest is truncated,
 * and between records the end is a clean one. */
static void
cuts(int armored)
{
	int wrong = 0, good;
	size_t ends[4] = { 0 };

	length = 0;
	for (int i = 0; i < 3; i++) {
		if (armored)
			add_armored(40, "\n");
		else
			add(40);
		ends[i + 1] = length;
	}
	for (size_t cut = 0; cut <= length; cut++)
		for (int exactly = 0; exactly < 2; exactly++) {
			enum ss_err e = outcome(0, cut, exactly, &good);
			int whole = 0, clean = 0;

			for (int i = 0; i < 4; i++) {
				/* the newline of the last line */
				int bare = armored && i > 0
				    && cut + 1 == ends[i];

				whole += i > 0 && (cut >= ends[i] || bare);
				clean |= cut == ends[i] || bare;
			}
			wrong += good != whole
			    || e != (clean ? SS_OK : SS_ERR_TRUNCATED);
		}
	ok(wrong == 0, "%s cut anywhere", armored ? "armor" : "binary");
}

static void
refusals(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum ss_err e;
		const char *what;
	} rows[] = {
		{ "x", 1, SS_ERR_FORMAT, "one foreign byte" },
		{ "hello world\n", 12, SS_ERR_FORMAT, "text" },
		{ "SX\x01\x03\0\0\0\1x", 9, SS_ERR_FORMAT, "half a magic" },
		{ "SS\x02\x03\0\0\0\1x", 9, SS_ERR_VERSION, "version 2" },
		{ "SS\x01\x09\0\0\0\1x", 9, SS_ERR_FORMAT, "type 9" },
		{ "SS\x01\x03\0\0\0\0x", 9, SS_ERR_LENGTH, "no body" },
		{ "SS\x01\x03\0\1\xff\xf9x", 9, SS_ERR_LENGTH,
		    "128 KiB + 1" },
		{ "SS\x01\x03\xff\xff\xff\xffx", 9, SS_ERR_LENGTH,
		    "2^32 - 1" },
		{ "SS", 2, SS_ERR_TRUNCATED, "two bytes" },
		{ "U1MB\n", 5, SS_ERR_ARMOR, "armor of three bytes" },
		{ "U1MBAwAAAAF4\n", 13, SS_OK, "armor of a record" },
		{ "U1MBAwAAAAF4x\n", 14, SS_ERR_ARMOR, "a digit more" },
		{ "U1MBAwAA\nAAF4\n", 14, SS_ERR_ARMOR, "a line broken" },
		{ " U1MBAwAAAAF4\n", 14, SS_ERR_FORMAT, "indented" },
		{ "U1MBAwAA", 8, SS_ERR_TRUNCATED, "half a line" },
		{ "\n\r\n", 3, SS_OK, "nothing but blank lines" },
	};
	int good;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (int exactly = 0; exactly < 2; exactly++) {
			length = rows[i].len;
			memcpy(input, rows[i].bytes, length);
			is_err(outcome(0, length, exactly, &good), rows[i].e,
			    "%s, %s", rows[i].what,
			    exactly ? "exact" : "buffered");
		}
	length = 0;
	add(5);
	add_text("\n");
	add(5);
	is_err(outcome(0, length, 0, &good), SS_ERR_FORMAT,
	    "a newline between binary records");
	length = 2 * SS_ARMOR_MAX;
	memset(input, 'U', length);
	for (int exactly = 0; exactly < 2; exactly++)
		is_err(outcome(0, length, exactly, &good), SS_ERR_ARMOR,
		    "a line without end");
}

static void
would_block(int armored)
{
	struct ss_reader r;
	uint8_t *rec;
	size_t len, cut;
	int fds[2];

	if (pipe(fds) < 0)
		abort();
	length = 0;
	for (int i = 0; i < 3; i++)
		if (armored)
			add_armored(60, "\r\n");
		else
			add(60);
	cut = length - 10;
	ss_reader_open(&r, fds[0], 0);
	ok(ss_reader_would_block(&r), "an empty pipe would block");
	ok(ss_write_full(fds[1], input, cut) == 0, "two records and a part");
	ok(!ss_reader_would_block(&r), "something can be read");
	is_err(ss_reader_next(&r, &rec, &len), SS_OK, "the first");
	ok(!ss_reader_would_block(&r), "the second is buffered");
	is_err(ss_reader_next(&r, &rec, &len), SS_OK, "the second");
	ok(ss_reader_would_block(&r), "a part of the third would block");
	ok(ss_write_full(fds[1], input + cut, length - cut) == 0, "the rest");
	ok(!ss_reader_would_block(&r), "it would not any more");
	is_err(ss_reader_next(&r, &rec, &len), SS_OK, "the third");
	ok(is_record(rec, len), "whole");
	ok(ss_reader_would_block(&r), "and now it would again");
	close(fds[1]);
	ok(!ss_reader_would_block(&r), "the end does not block");
	is_err(ss_reader_next(&r, &rec, &len), SS_OK, "the end");
	ok(len == 0 && !ss_reader_would_block(&r), "and still does not");
	ss_reader_close(&r);
	close(fds[0]);
}

/* A writer that made the pipe non-blocking, for both sides of a terminal. */
static void
nonblocking(void)
{
	struct ss_reader r;
	enum ss_err e;
	size_t total;
	int fd, good;

	length = 0;
	for (int i = 0; i < 20; i++)
		add(65449);
	fd = feed(0, length, 1000);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	ss_reader_open(&r, fd, 0);
	good = drain(&r, &e, &total);
	ok(e == SS_OK && good == 20, "a non-blocking pipe is waited for");
	ss_reader_close(&r);
	done(fd);
	ss_reader_open(&r, -1, 0);
	is_err(ss_reader_next(&r, &(uint8_t *){ NULL }, &total),
	    SS_ERR_SYSTEM, "no descriptor");
	ss_reader_close(&r);
}

int
main(int argc, char **argv)
{
	(void)argc;
	ss_start(argv[0]);
	for (int armored = 0; armored < 2; armored++) {
		for (int exactly = 0; exactly < 2; exactly++) {
			all_sizes(exactly, sizeof(input), armored);
			all_sizes(exactly, 65457, armored);
			all_sizes(exactly, 997, armored);
			all_sizes(exactly, 1, armored);
		}
		cuts(armored);
		would_block(armored);
	}
	exact(0, "");
	exact(1, "\n");
	exact(1, "\r\n");
	mixed();
	refusals();
	nonblocking();
	return done_testing();
}
