/* SPDX-License-Identifier: ISC */
/* Byte streams as files: what is written, and what is refused. */
#include "../../lib/capture/print.h"
#include "tap.h"
#include <errno.h>
#include <unistd.h>

static char folder[] = "/tmp/capture_print.XXXXXX";

static void
piece(struct ss_print *p, uint64_t stream, uint64_t number, const char *text)
{
	struct ss_event e = { .kind = SS_EVENT_PIECE, .stream = stream,
		.records = number, .text = (const uint8_t *)text,
		.len = strlen(text), .by = { .from = "alice", .to = "" } };

	ss_print_event(p, &e);
}

static int
file_is(const char *name, const char *want)
{
	char path[128], got[64] = "";
	FILE *f;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((f = fopen(path, "r"))) {
		n = fread(got, 1, sizeof(got) - 1, f);
		fclose(f);
		remove(path);
	}
	return f && n == strlen(want) && strcmp(got, want) == 0;
}

static void
files(void)
{
	struct ss_print p = { .folder = folder };
	char victim[128], path[128];

	is_err(ss_print_begin(&p), SS_OK, "a folder that is there already");
	piece(&p, 1, 1, "");
	piece(&p, 1, 2, "abc");
	piece(&p, 1, 3, "def");
	ok(p.failed == SS_OK, "three pieces, the first one empty");
	piece(&p, 1, 1, "other");
	ok(p.failed == SS_ERR_EXISTS && p.number == EEXIST &&
	    strstr(p.path, "/stream-0001-alice-unknown.bin"),
	    "no file is written twice");
	piece(&p, 2, 1, "more");
	ok(!file_is("stream-0002-alice-unknown.bin", "more"),
	    "nothing after that");
	ok(file_is("stream-0001-alice-unknown.bin", "abcdef"), "the file");

	p = (struct ss_print){ .folder = folder };
	snprintf(victim, sizeof(victim), "%s/victim", folder);
	snprintf(path, sizeof(path), "%s/stream-0003-alice-unknown.bin",
	    folder);
	ok(symlink(victim, path) == 0, "a link lies in wait");
	piece(&p, 3, 1, "x");
	ok(p.failed == SS_ERR_EXISTS && access(victim, F_OK) < 0,
	    "it is not followed");
	p.failed = SS_OK;
	piece(&p, 3, 2, "x");
	ok(p.failed == SS_ERR_SYSTEM && p.number == ELOOP &&
	    access(victim, F_OK) < 0, "nor by a later piece");
	remove(path);
}

static void
folders(void)
{
	static char longer[5000];
	struct ss_print p = { .folder = longer };

	memset(longer, 'x', sizeof(longer) - 1);
	is_err(ss_print_begin(&p), SS_ERR_SYSTEM, "a name of 5,000 bytes");
	ok(errno == ENAMETOOLONG, "too long");
	p.folder = "/dev/null/x";
	is_err(ss_print_begin(&p), SS_ERR_SYSTEM, "a folder in a file");
	ok(errno == ENOTDIR, "why");
}

int
main(void)
{
	if (!mkdtemp(folder))
		return 99;
	files();
	folders();
	remove(folder);
	return done_testing();
}
