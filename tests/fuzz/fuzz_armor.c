/* SPDX-License-Identifier: ISC */
#include "../../lib/io/reader.h"
#include "../../lib/proto/armor.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A line of armor, and a whole input of armored and binary records.  What is
 * taken must be a record whose armor is that line; the exact reader and the
 * buffered one must say the same of every input.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

#define MAX 8192

static void
line(const char *in, size_t len)
{
	static uint8_t record[MAX];
	static char again[SS_ARMOR_BYTES(MAX)];
	size_t n;

	if (ss_armor_get(record, &n, in, len) != SS_OK) {
		if (n != 0)
			abort();
		return;
	}
	if (len > 0 && in[len - 1] == '\r')
		len--;
	ss_armor_put(again, record, n);
	if (SS_ARMOR_BYTES(n) != len + 1 || memcmp(again, in, len) != 0)
		abort();
}

struct outcome {
	enum ss_err e;
	uint64_t count, offset;
	uint32_t sum;
};

static struct outcome
read_all(int fd, int exact)
{
	struct outcome o = { .sum = 1 };
	struct ss_reader r;
	uint8_t *rec;
	size_t len;

	if (lseek(fd, 0, SEEK_SET) != 0)
		abort();
	ss_reader_open(&r, fd, exact);
	while ((o.e = ss_reader_next(&r, &rec, &len)) == SS_OK && len > 0)
		for (size_t i = 0; i < len; i++)
			o.sum = o.sum * 31 + rec[i];
	o.count = r.count;
	o.offset = r.offset;
	ss_reader_close(&r);
	return o;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static int fd = -1;
	struct outcome a, b;

	if (len > MAX)
		return 0;
	line((const char *)in, len);
	if (fd < 0) {
		char path[] = "/tmp/ss-fuzz-armor-XXXXXX";

		if ((fd = mkstemp(path)) < 0 || unlink(path) < 0)
			abort();
	}
	if (ftruncate(fd, 0) < 0 || pwrite(fd, in, len, 0) != (ssize_t)len)
		abort();
	a = read_all(fd, 0);
	b = read_all(fd, 1);
	if (a.e != b.e || a.count != b.count || a.offset != b.offset
	    || a.sum != b.sum || a.offset > len)
		abort();
	return 0;
}
