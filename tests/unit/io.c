/* SPDX-License-Identifier: ISC */
#include "../../lib/io/io.h"
#include "child.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

static char err[4096];

static void
die_auth(void *arg)
{
	ss_die(SS_ERR_AUTH, "record %d of %s", 3, (const char *)arg);
}

static void
die_system(void *arg)
{
	(void)arg;
	errno = ENOSPC;
	ss_die(SS_ERR_SYSTEM, "cannot write file");
}

static void
die_hint(void *arg)
{
	(void)arg;
	ss_set_hint("ask Bob");
	ss_complain(SS_ERR_AUTH, "first");
	ss_die(SS_ERR_FORMAT, "second");
}

static void
misuse(void *arg)
{
	(void)arg;
	ss_usage("usage: io\n", "unknown option %s", "--x");
}

static void
messages(void)
{
	ok(child(err, sizeof(err), die_auth, "m1") == 1, "refused: exit 1");
	ok(strcmp(err, "io: record 3 of m1: authentication failed\n"
	    "hint: it was changed on the way, or made with other keys\n"
	    "code: SS-E103\n") == 0, "what, why, hint, code");
	ok(child(err, sizeof(err), die_system, NULL) == 2, "system: exit 2");
	ok(strcmp(err, "io: cannot write file: No space left on device\n"
	    "code: SS-E202\n") == 0, "the system's reason");
	ok(child(err, sizeof(err), die_hint, NULL) == 1, "a hint of its own");
	ok(strstr(err, "failed\nhint: ask Bob\n") &&
	    strcmp(strstr(err, "io: second"), "io: second: not in the "
	    "expected format\ncode: SS-E102\n") == 0, "is used once");
	ok(child(err, sizeof(err), misuse, NULL) == 2, "misuse: exit 2");
	ok(strcmp(err, "io: unknown option --x\nusage: io\ncode: SS-E201\n")
	    == 0, "with the usage");
	child(err, sizeof(err), die_auth, "\033]0;x\a\n");
	ok(strncmp(err, "io: record 3 of \\x1b]0;x\\x07\\x0a: ", 34) == 0,
	    "a message cannot talk to the terminal");
}

/* Run number or duration in a child: status 0 if it gave this value. */
struct option {
	const char *text;
	uint64_t max, want;
	int duration;
};

static void
parse(void *arg)
{
	struct option *o = arg;
	uint64_t v = o->duration ? xduration("--time", o->text)
	                         : xnumber("--number", o->text, o->max);

	_exit(v == o->want ? 0 : 97);
}

static void
numbers(void)
{
	static struct option good[] = { { "0", 9, 0, 0 }, { "9", 9, 9, 0 },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, 0 },
		{ "007", 9, 7, 0 }, { "90", 0, 90, 1 }, { "90s", 0, 90, 1 },
		{ "15m", 0, 900, 1 }, { "2h", 0, 7200, 1 },
		{ "1d", 0, 86400, 1 }, { "0", 0, 0, 1 } };
	static struct option bad[] = { { "", 9, 0, 0 }, { "10", 9, 0, 0 },
		{ "-1", 9, 0, 0 }, { "+1", 9, 0, 0 }, { " 1", 9, 0, 0 },
		{ "1 ", 9, 0, 0 }, { "0x1", 9, 0, 0 }, { "1e0", 9, 0, 0 },
		{ "18446744073709551616", UINT64_MAX, 0, 0 },
		{ "7", 5, 0, 0 }, { "", 0, 0, 1 }, { "s", 0, 0, 1 },
		{ "1w", 0, 0, 1 }, { "1 h", 0, 0, 1 }, { "1hh", 0, 0, 1 },
		{ "-1s", 0, 0, 1 }, { "1.5h", 0, 0, 1 },
		{ "4294967296", 0, 0, 1 } };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ok(child(err, sizeof(err), parse, &good[i]) == 0,
		    "'%s' is taken", good[i].text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(child(err, sizeof(err), parse, &bad[i]) == 2 &&
		    strstr(err, "SS-E201"), "'%s' is misuse", bad[i].text);
}

static void
escape(const char *in, size_t len, int keep, const char *want)
{
	char *got = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&got, &n);

	if (!f)
		abort();
	ss_escape(f, (const uint8_t *)in, len, keep);
	fclose(f);
	ok(n == strlen(want) && memcmp(got, want, n) == 0,
	    "%zu bytes become %zu", len, strlen(want));
	free(got);
}

static void
escapes(void)
{
#define E(in, keep, want) escape(in, sizeof(in) - 1, keep, want)
	E("plain text", 0, "plain text");
	E("", 0, "");
	E("a\nb\tc", 1, "a\nb\tc");
	E("a\nb\tc", 0, "a\\x0ab\\x09c");
	E("\x1b[2J\x07\r", 1, "\\x1b[2J\\x07\\x0d");
	E("a\0b", 1, "a\\x00b");
	E("back\\slash", 0, "back\\\\slash");
	E("\x7f", 0, "\\x7f");
	E("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", 0,
	    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
	E("\xc2\x9b" "2J", 0, "\\xc2\\x9b2J");         /* C1: CSI */
	E("\x9b" "2J", 0, "\\x9b2J");                  /* its bare byte */
	E("\xe2\x80\xae", 0, "\\xe2\\x80\\xae");       /* right to left */
	E("\xe2\x81\xa6", 0, "\\xe2\\x81\\xa6");       /* isolate */
	E("\xe2\x80\xa8", 1, "\\xe2\\x80\\xa8");       /* line separator */
	E("\xc0\xaf", 0, "\\xc0\\xaf");                /* overlong */
	E("\xe0\x80\xaf", 0, "\\xe0\\x80\\xaf");
	E("\xf0\x80\x80\xaf", 0, "\\xf0\\x80\\x80\\xaf");
	E("\xed\xa0\x80", 0, "\\xed\\xa0\\x80");       /* surrogate */
	E("\xf4\x90\x80\x80", 0, "\\xf4\\x90\\x80\\x80");
	E("\xff\xfe", 0, "\\xff\\xfe");
	E("\xe2\x82", 0, "\\xe2\\x82");                /* cut */
	E("\xe2\x82x", 0, "\\xe2\\x82x");
#undef E
}

static void
times(void)
{
	char t[SS_TIME_TEXT];
	struct timespec now;
	int64_t elapsed;

	ss_time_text(t, 0);
	ok(strcmp(t, "1970-01-01T00:00:00.000Z") == 0, "%s", t);
	ss_time_text(t, 1795251600123);
	ok(strcmp(t, "2026-11-21T09:00:00.123Z") == 0, "%s", t);
	ss_time_text(t, -1);
	ok(strcmp(t, "1969-12-31T23:59:59.999Z") == 0, "%s", t);
	ss_time_text(t, 253402300799999);
	ok(strcmp(t, "9999-12-31T23:59:59.999Z") == 0, "%s", t);
	ss_time_text(t, INT64_MAX);
	ok(strcmp(t, "-") == 0, "a time that has no text");
	ss_time_text(t, INT64_MIN);
	ok(strcmp(t, "-") == 0, "nor this");
	ok(ss_now_ms() > 1700000000000, "the clock runs");
	clock_gettime(CLOCK_MONOTONIC, &now);
	elapsed = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	ok(ss_elapsed_ms() >= elapsed && ss_elapsed_ms() < elapsed + 60000,
	    "intervals do not follow the wall clock");
}

/* 1 MiB through a pipe that is non-blocking on both sides. */
static void
whole_writes(void)
{
	static uint8_t out[1 << 20], in[1 << 20];
	int fds[2];
	pid_t pid;

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 31 >> 3);
	if (pipe(fds) < 0)
		abort();
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	ok(ss_would_block(fds[0]), "an empty pipe would block");
	if ((pid = fork()) == 0)
		_exit(ss_write_full(fds[1], out, sizeof(out)) < 0);
	close(fds[1]);
	ok(ss_read_full(fds[0], in, sizeof(in)) == sizeof(in), "all came");
	is_bytes(in, out, sizeof(in), "as it was");
	ok(ss_read_full(fds[0], in, 1) == 0, "the end");
	ok(!ss_would_block(fds[0]), "which does not block");
	close(fds[0]);
	ok(ss_read(fds[0], in, 1) < 0 && errno == EBADF, "closed");
	waitpid(pid, NULL, 0);
	ok(ss_write_full(-1, out, 1) < 0 && errno == EBADF, "no descriptor");
}

static void
full_disk(void *arg)
{
	if (!freopen(arg, "w", stdout))
		_exit(99);
	ss_version();
}

static void
closed_stdout(void *arg)
{
	(void)arg;
	close(1);
	xclose_stdout();
	_exit(0);
}

static void
full_disk_written(void *arg)
{
	int fd = open(arg, O_WRONLY);

	xwrite_full(fd, "x", 1, "output");
}

static void
stdout_trouble(void)
{
	if (access("/dev/full", W_OK) == 0) {
		ok(child(err, sizeof(err), full_disk, "/dev/full") == 2,
		    "a full disk behind stdio: exit 2");
		ok(strstr(err, "No space left on device\ncode: SS-E202\n")
		    != NULL, "and says so");
		ok(child(err, sizeof(err), full_disk_written, "/dev/full")
		    == 2, "behind write: exit 2");
		ok(strstr(err, "cannot write output: No space") != NULL,
		    "and says so");
	} else {
		skip(4, "no /dev/full");
	}
	ok(child(err, sizeof(err), full_disk, "/dev/null") == 0,
	    "another file takes it");
	ok(child(err, sizeof(err), closed_stdout, NULL) == 0,
	    "no stdout and nothing to say");
}

/* Started with 0, 1 and 2 closed: a file must not get their numbers. */
static void
no_descriptors(void *arg)
{
	close(0);
	close(1);
	close(2);
	ss_start("io");
	if (open(arg, O_WRONLY | O_CREAT, 0600) < 3)
		_exit(97);
	_exit(write(1, "x", 1) < 0 && read(0, arg, 1) < 0 ? 0 : 96);
}

static void
start(void)
{
	struct rlimit core;

	ok(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 &&
	    core.rlim_max == 0, "no core files");
	ok(strcmp(ss_progname, "io") == 0, "the name without its path");
	ok(child(err, sizeof(err), no_descriptors, "/dev/null") == 0,
	    "descriptors 0 to 2 are filled");
}

static void
narrate(void *arg)
{
	static const uint8_t v[102] = { 0xab, 0xcd };

	if (arg)
		ss_narrate_start(*(int *)arg);
	ss_narrate("step %d", 1);
	ss_trace_step(&ss_narrator, "key", v, 2, SS_SECRET);
	ss_trace_step(&ss_narrator, "tag", v, 2, SS_KEYED);
	ss_trace_step(&ss_narrator, "long", v, sizeof(v), SS_PUBLIC);
	ss_trace_step(&ss_narrator, "note", NULL, 0, SS_PUBLIC);
}

static void
narration(void)
{
	int no = 0, yes = 1;

	child(err, sizeof(err), narrate, NULL);
	ok(err[0] == '\0', "silent by itself");
	child(err, sizeof(err), narrate, &no);
	ok(strncmp(err, "# step 1\n# key\n#     = (2 secret bytes)\n# tag\n"
	    "#     = abcd\n# long\n#     = abcd0000", 67) == 0 &&
	    strstr(err, "... (102 bytes)\n# note\n"),
	    "steps are told, secrets are not");
	child(err, sizeof(err), narrate, &yes);
	ok(strstr(err, "# key\n#     = abcd SECRET\n") != NULL,
	    "unless they are asked for");
}

int
main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	ss_start("/somewhere/io");
	start();
	messages();
	numbers();
	escapes();
	times();
	whole_writes();
	stdout_trouble();
	narration();
	return done_testing();
}
