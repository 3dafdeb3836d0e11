/* SPDX-License-Identifier: ISC */
/* ss_explain_input: what is this, and who explains it? */
#include "../proto/armor.h"
#include "../proto/keylog.h"
#include "../proto/words.h"
#include "explain.h"
#include "explain_capture.h"
#include "io.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (256 * 1024)
#define LINE_MAX_   ((size_t)64 << 20) /* a key of quantum bits is one line */
#define LOOK_BYTES   4096 /* enough to tell what a text is */
_Static_assert(BUFFER_BYTES > SS_ARMOR_MAX + 2, "a line of armor fits");

struct input {
	struct ss_sheet *sheet;
	int fd, eof;
	uint8_t *buf;
	size_t size, at, have;
	uint64_t offset; /* of buf[at] in the input */
	uint64_t records;
};

/* Up to n bytes from in->at on; returns how many are there. */
static size_t
fill(struct input *in, size_t n)
{
	if (in->at + n > in->size) {
		memmove(in->buf, in->buf + in->at, in->have - in->at);
		in->have -= in->at;
		in->at = 0;
	}
	while (!in->eof && in->have - in->at < n) {
		ssize_t got = ss_read(in->fd, in->buf + in->have,
		    in->size - in->have);

		if (got < 0)
			ss_die(SS_ERR_SYSTEM, "cannot read input");
		in->eof = got == 0;
		in->have += (size_t)got;
	}
	return in->have - in->at;
}

/* Room for a longer line; no copy of what may be a secret stays behind. */
static void
grow(struct input *in)
{
	uint8_t *more = malloc(2 * in->size);

	if (!more)
		ss_die(SS_ERR_SYSTEM, "no memory");
	memcpy(more, in->buf, in->have);
	sodium_memzero(in->buf, in->size);
	free(in->buf);
	in->buf = more;
	in->size *= 2;
}

static void
take(struct input *in, size_t n)
{
	in->at += n;
	in->offset += n;
}

/* The line at in->at with its newline, the last one perhaps without; 0 at
 * the end; more than max: too long. */
static size_t
line_length(struct input *in, size_t max)
{
	size_t have = fill(in, 1), seen = 0;

	for (;;) {
		const uint8_t *nl = memchr(in->buf + in->at + seen, '\n',
		    have - seen);

		if (nl)
			return (size_t)(nl - (in->buf + in->at)) + 1;
		seen = have;
		if (have >= in->size && have <= max)
			grow(in);
		if (have > max || (have = fill(in, have + 1)) == seen)
			return have;
	}
}

static enum ss_err
binary(struct input *in)
{
	struct ss_part p = { .number = ++in->records, .off = in->offset };
	struct ss_header h;
	size_t len = SS_HEADER_BYTES, have = fill(in, len);
	enum ss_err e;

	if (have >= len && ss_header_get(&h, in->buf + in->at) == SS_OK) {
		len += h.body;
		have = fill(in, len);
	}
	have = have < len ? have : len;
	e = ss_explain_record(in->sheet, &p, in->buf + in->at, have);
	take(in, have);
	return e;
}

/* A damaged line: what can be decoded before the damage is explained. */
static enum ss_err
damaged(struct input *in, struct ss_part *p, const char *line, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
	    "mnopqrstuvwxyz0123456789+/";
	static uint8_t rec[SS_ARMOR_MAX];
	size_t good = 0, n = 0;
	enum ss_err e;

	while (good < len && line[good] && strchr(alphabet, line[good]))
		good++;
	if (sodium_base642bin(rec, sizeof(rec), line, good / 4 * 4, NULL, &n,
		NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 && n > 0)
		e = ss_explain_record(in->sheet, p, rec, n);
	else
		e = SS_ERR_ARMOR;
	ss_warn("armor: line of %zu characters, the first %zu are base64",
	    len, good);
	return e == SS_OK ? SS_ERR_ARMOR : e;
}

static enum ss_err
armor(struct input *in)
{
	struct ss_part p = { .number = ++in->records, .off = in->offset,
		.armored = 1 };
	size_t n = line_length(in, SS_ARMOR_MAX + 1), len = n, reclen;
	const char *line = (const char *)in->buf + in->at;
	uint8_t *rec = malloc(n + 3);
	enum ss_err e;

	if (!rec)
		ss_die(SS_ERR_SYSTEM, "no memory");
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (n > SS_ARMOR_MAX + 1)
		e = SS_ERR_ARMOR;
	else if (ss_armor_get(rec, &reclen, line, len) == SS_OK)
		e = ss_explain_record(in->sheet, &p, rec, reclen);
	else
		e = damaged(in, &p, line, len);
	take(in, n);
	free(rec);
	return e;
}

/* A line by which a text is recognised. */
static int
known(const char *line, size_t len)
{
	static const char log[] = SS_KEYLOG_WORD " ",
	    notice[] = "# SecretSocket";
	const char *colon = memchr(line, ':', len);
	size_t word = 0;

	while (word < len && line[word] != ' ')
		word++;
	return ss_public_is_text(line, len) ||
	    (len >= sizeof(log) - 1 && !memcmp(line, log, sizeof(log) - 1)) ||
	    (len >= sizeof(notice) - 1 && !memcmp(line, notice,
		sizeof(notice) - 1)) ||
	    (colon && ss_words_file(line, (size_t)(colon - line))) ||
	    ss_words_tls(line, word);
}

/* Comments and blank lines may stand before the line that tells. */
static int
is_text(struct input *in)
{
	size_t have = fill(in, LOOK_BYTES);
	const char *at = (const char *)in->buf + in->at, *end = at + have;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = nl ? (size_t)(nl - at) : (size_t)(end - at);

		if (known(at, n))
			return 1;
		if (n > 0 && *at != '#' && *at != '\r')
			return 0;
		at += n + 1;
	}
	return 0;
}

/* A stream of records, binary and armored as they come. */
static enum ss_err
records(struct input *in, uint64_t *where)
{
	enum ss_err first = SS_OK, e;

	while (fill(in, 4) > 0) {
		const uint8_t *at = in->buf + in->at;
		int line = fill(in, 4) >= 4 && memcmp(at, "U1MB", 4) == 0;
		uint64_t offset = in->offset;

		if (*at == '\n' || *at == '\r') {
			take(in, 1);
			continue;
		}
		e = line ? armor(in) : binary(in);
		if (e != SS_OK && first == SS_OK) {
			first = e;
			*where = offset;
		}
		if (e != SS_OK && !line) /* where would the next one begin? */
			break;
	}
	return first;
}

/* Behind the lines of a raw file: what nobody else may see. */
static void
packed_bits(struct input *in)
{
	unsigned long long bytes = 0;
	size_t n;

	while ((n = fill(in, LOOK_BYTES)) > 0) {
		bytes += n;
		take(in, n);
	}
	ss_sheet_note(in->sheet, SS_OK, "Then %llu bytes: frames of secret "
	    "bits, which ss-qkd analyze looks at.", bytes);
}

static enum ss_err
text(struct input *in, uint64_t *where)
{
	struct ss_explain_file f = { .sheet = in->sheet };
	enum ss_err first = SS_OK, e;
	enum ss_words_tail tail = SS_TAIL_NONE;
	size_t n;

	while ((n = line_length(in, LINE_MAX_ - 2)) > 0) {
		e = n > LINE_MAX_ - 2 ? SS_ERR_LENGTH :
		    ss_explain_line(&f, (const char *)in->buf + in->at, n);
		if (e != SS_OK && first == SS_OK) {
			first = e;
			*where = in->offset;
		}
		if (e == SS_ERR_LENGTH || e == SS_ERR_VERSION)
			break;
		take(in, n);
		if (f.ended && (tail = ss_words_tail(f.kind)) != SS_TAIL_NONE)
			break;
	}
	if (first != SS_OK) {
		ss_explain_line_abandon(&f);
		return first;
	}
	*where = in->offset;
	if (tail == SS_TAIL_BITS)
		packed_bits(in);
	e = ss_explain_line_end(&f);
	return e == SS_OK && tail == SS_TAIL_RECORDS ? records(in, where) : e;
}

enum ss_err
ss_explain_input(struct ss_sheet *s, int fd, uint64_t *where)
{
	struct input in = { .sheet = s, .fd = fd, .size = BUFFER_BYTES };
	enum ss_err e = SS_ERR_FORMAT;
	const uint8_t *at;
	size_t have;

	*where = 0;
	if (!(in.buf = malloc(BUFFER_BYTES)))
		ss_die(SS_ERR_SYSTEM, "no memory");
	have = fill(&in, SS_CAPTURE_HEAD);
	if (ss_explain_is_capture(in.buf, have)) {
		e = ss_explain_capture(s, in.buf, have);
		goto out;
	}
	while ((have = fill(&in, SS_CAPTURE_HEAD)) > 0 &&
	    (in.buf[in.at] == '\r' || in.buf[in.at] == '\n'))
		take(&in, 1);
	at = in.buf + in.at;
	if (have == 0)
		e = SS_ERR_EMPTY;
	else if (memcmp(at, "SS", have < 2 ? have : 2) == 0 ||
	    (have >= 4 && memcmp(at, "U1MB", 4) == 0))
		e = records(&in, where);
	else if (is_text(&in))
		e = text(&in, where);
out:
	sodium_memzero(in.buf, in.size);
	free(in.buf);
	return e;
}
