/* SPDX-License-Identifier: ISC */
#include "print.h"
#include "json.h"
#include "../proto/data.h"
#include "../proto/escape.h"
#include "../proto/handshake.h"
#include "../proto/timetext.h"
#include "../proto/utf8.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUT_BYTES     65536
/* "/stream-", its number, two names of at most 64, ".bin" */
#define FILE_NAME_MAX 192

enum ss_err
ss_print_begin(struct ss_print *p)
{
	setvbuf(stdout, NULL, _IOFBF, OUT_BYTES);
	if (!p->folder)
		return SS_OK;
	if (strlen(p->folder) >= sizeof(p->path) - FILE_NAME_MAX) {
		errno = ENAMETOOLONG;
		return SS_ERR_SYSTEM;
	}
	return mkdir(p->folder, 0700) == 0 || errno == EEXIST
	    ? SS_OK : SS_ERR_SYSTEM;
}

enum ss_err
ss_print_flush(struct ss_print *p)
{
	(void)p;
	return fflush(stdout) == 0 ? SS_OK : SS_ERR_SYSTEM;
}

/* A name; where there is none, the id from the introducer. */
static void
put_name(const char *name, const uint8_t *id)
{
	char hex[2 * SS_ID_BYTES + 1];

	if (name[0] != '\0')
		fputs(name, stdout);
	else if (id)
		fputs(sodium_bin2hex(hex, sizeof(hex), id, SS_ID_BYTES),
		    stdout);
	else
		putchar('?');
}

static void
put_head(const struct ss_event *e)
{
	char when[SS_TIME_TEXT];

	ss_time_text(when, e->by.when.ns / 1000000);
	printf("%s ", when);
	put_name(e->by.from, e->sender);
	fputs(" -> ", stdout);
	put_name(e->by.to, e->audience);
	fputs(": ", stdout);
}

static void
put_escaped(const uint8_t *in, size_t len)
{
	uint8_t text[1024];

	while (len > 0) {
		struct ss_buf b = { text, 0, sizeof(text), 0 };
		size_t n = ss_escape_put(&b, in, len, 0);

		fwrite(text, 1, b.len, stdout);
		in += n;
		len -= n;
	}
}

/* One line, whatever the text is. */
static void
put_text(const uint8_t *in, size_t len)
{
	const uint8_t *nl;

	if (len > 0 && in[len - 1] == '\n')
		len--;
	if (!ss_utf8_valid(in, len) || memchr(in, 0, len)) {
		printf("[%zu bytes, binary]", len);
		return;
	}
	while ((nl = memchr(in, '\n', len))) {
		put_escaped(in, (size_t)(nl - in));
		fputs("\\n", stdout);
		len -= (size_t)(nl + 1 - in);
		in = nl + 1;
	}
	put_escaped(in, len);
}

static void
put_stream(const struct ss_event *e)
{
	char hex[65];

	if (e->whole && e->bytes == e->len && ss_utf8_valid(e->text, e->len) &&
	    !memchr(e->text, 0, e->len)) {
		put_text(e->text, e->len);
		return;
	}
	printf("[%llu bytes in %llu records, ", (unsigned long long)e->bytes,
	    (unsigned long long)e->records);
	if (e->whole)
		printf("sha256 %s]",
		    sodium_bin2hex(hex, sizeof(hex), e->sha256, 32));
	else
		fputs(e->complete ? "out of order]" : "not whole]", stdout);
}

static void
put_handshake(const struct ss_event *e)
{
	struct ss_handshake_record h;
	const char *family;

	if (ss_wire_get(&h, ss_layout_of(e->record, e->record_len), e->record,
	    e->record_len) != SS_OK) {
		fputs("(handshake, damaged)", stdout);
		return;
	}
	family = ss_name_of(ss_family_names, h.family);
	printf("(handshake %s, message %u, %zu bytes)",
	    family ? family : "of an unknown family", h.step + 1u,
	    h.message.len);
}

static void
put_public(const struct ss_event *e)
{
	const struct ss_layout *l = ss_layout_of(e->record, e->record_len);

	printf("(%s, %zu bytes)", l ? l->name : "a record of an unknown type",
	    e->record_len);
}

static void
put_body(const struct ss_event *e)
{
	char hex[2 * SS_EPOCH_ID_BYTES + 1] = "";

	if (e->epoch)
		sodium_bin2hex(hex, sizeof(hex), e->epoch, SS_EPOCH_ID_BYTES);
	switch (e->kind) {
	case SS_EVENT_HANDSHAKE:
		put_handshake(e);
		break;
	case SS_EVENT_INTRODUCER:
		printf("(epoch %s%s)", hex, e->verified ? "" : ", no key");
		break;
	case SS_EVENT_MESSAGE:
		put_text(e->text, e->len);
		break;
	case SS_EVENT_PIECE:
		printf("(epoch %s, record %llu: %zu bytes)", hex,
		    (unsigned long long)e->sequence, e->len);
		break;
	case SS_EVENT_STREAM:
		put_stream(e);
		break;
	case SS_EVENT_SEALED:
		printf("(epoch %s, record %llu: %zu bytes, no key)", hex,
		    (unsigned long long)e->sequence,
		    e->record_len - SS_DATA_OVERHEAD);
		break;
	case SS_EVENT_REFUSED:
		printf("(epoch %s: does not verify)", hex);
		break;
	case SS_EVENT_CONTROL:
		put_text(e->text, e->len);
		break;
	case SS_EVENT_PUBLIC:
		put_public(e);
	}
	if (e->lab)
		fputs(" (LAB)", stdout);
	if (e->repeat)
		fputs(" (again)", stdout);
	if (e->twice)
		fputs(" (another one of this number)", stdout);
	putchar('\n');
}

static int
write_all(int fd, const uint8_t *in, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, in, len);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			in += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static void
fail(struct ss_print *p, enum ss_err e)
{
	p->failed = e;
	p->number = errno;
}

/* The stream's file; names come from elsewhere, but are names by now:
 * letters, digits, and . _ - not in the first place. */
static void
extract(struct ss_print *p, const struct ss_event *e)
{
	int first = e->records == 1, fd;

	snprintf(p->path, sizeof(p->path), "%s/stream-%04llu-%s-%s.bin",
	    p->folder, (unsigned long long)e->stream,
	    e->by.from[0] ? e->by.from : "unknown",
	    e->by.to[0] ? e->by.to : "unknown");
	fd = open(p->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
	    (first ? O_CREAT | O_EXCL : O_APPEND), 0600);
	if (fd < 0) {
		fail(p, errno == EEXIST ? SS_ERR_EXISTS : SS_ERR_SYSTEM);
		return;
	}
	if (write_all(fd, e->text, e->len) < 0)
		fail(p, SS_ERR_SYSTEM);
	if (close(fd) < 0 && p->failed == SS_OK)
		fail(p, SS_ERR_SYSTEM);
}

static int
wanted(const struct ss_print *p, const struct ss_event *e)
{
	if (e->repeat && !p->all)
		return 0;
	switch (e->kind) {
	case SS_EVENT_MESSAGE: /* an empty one only ends the stream */
		return e->len > 0 || !(e->flags & SS_DATA_FINAL) || p->all;
	case SS_EVENT_STREAM:
		return 1;
	case SS_EVENT_PIECE:
		return p->all;
	default:
		return p->json || p->verbose;
	}
}

void
ss_print_event(void *arg, const struct ss_event *e)
{
	struct ss_print *p = arg;

	if (p->failed == SS_OK && e->kind == SS_EVENT_PIECE && p->folder &&
	    e->stream > 0)
		extract(p, e);
	if (p->failed != SS_OK)
		return;
	if (e->kind == SS_EVENT_STREAM) {
		p->streams++;
		p->stream_bytes += e->bytes;
		p->broken += !e->complete;
	}
	if (!wanted(p, e))
		return;
	if (p->mute) {
		p->messages += e->kind == SS_EVENT_MESSAGE && !e->repeat;
		return;
	}
	if (e->kind == SS_EVENT_MESSAGE && !e->repeat)
		p->messages++;
	if (p->json) {
		ss_print_json(e);
		return;
	}
	put_head(e);
	put_body(e);
}

void
ss_print_flow(void *arg, const struct ss_flow_sum *f)
{
	struct ss_print *p = arg;
	char line[512];
	size_t n;

	p->nflows++;
	if (p->json) {
		ss_print_json_flow(f);
		return;
	}
	if (p->nflows > SS_PRINT_FLOWS || p->quiet)
		return;
	snprintf(line, sizeof(line), "  %s  %s%s%s, %llu + %llu bytes",
	    f->name, f->label, f->peer[0] ? ", " : "", f->peer,
	    (unsigned long long)f->bytes[0], (unsigned long long)f->bytes[1]);
	n = strlen(line) + 1;
	if (p->size - p->len < n) {
		size_t size = p->size ? 2 * p->size : 4096;
		char *flows = realloc(p->flows, size);

		if (!flows)
			return;
		p->flows = flows;
		p->size = size;
	}
	memcpy(p->flows + p->len, line, n);
	p->len += n;
}

static void
put_count(const char *before, uint64_t n, const char *what)
{
	fprintf(stderr, "%s%llu %s%s", before, (unsigned long long)n, what,
	    n == 1 ? "" : "s");
}

static void
summary(const struct ss_print *p, const struct ss_capture *c)
{
	put_count("", p->nflows, "flow");
	put_count(" in ", c->packets, "packet");
	fputs(":\n", stderr);
	for (size_t at = 0; at < p->len; at += strlen(p->flows + at) + 1)
		fprintf(stderr, "%s\n", p->flows + at);
	if (p->nflows > SS_PRINT_FLOWS)
		fprintf(stderr, "  and %llu more\n",
		    (unsigned long long)(p->nflows - SS_PRINT_FLOWS));
	put_count("read: ", p->messages, "message");
	put_count(", ", p->streams, "stream");
	put_count(" of ", p->stream_bytes, "byte");
	if (p->broken > 0)
		fprintf(stderr, " (%llu not whole)",
		    (unsigned long long)p->broken);
	put_count("\nnot read: ", c->records.sealed, "record");
	put_count(" of ", c->records.sealed_bytes, "byte");
	put_count(" in ", c->records.sealed_epochs, "epoch");
	fputs(" without a key", stderr);
	if (c->records.refused > 0)
		put_count("; refused: ", c->records.refused, "record");
	fputc('\n', stderr);
}

enum ss_err
ss_print_end(struct ss_print *p, const struct ss_capture *c)
{
	/* messages first, where both go to a terminal */
	enum ss_err e = ss_print_flush(p);

	if (p->json)
		ss_print_json_end(p, c);
	else if (!p->quiet && e == SS_OK)
		summary(p, c);
	if (p->party && e == SS_OK)
		ss_print_party(p, c);
	free(p->flows);
	p->flows = NULL;
	return e;
}
