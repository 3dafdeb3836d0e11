/* SPDX-License-Identifier: ISC */
#include "../lib/capture/capture.h"
#include "../lib/capture/print.h"
#include "../lib/io/io.h"
#include "../lib/io/linux.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ss-capture-decrypt: a capture and its key logs in, messages out. */

static const char usage[] =
    "usage: ss-capture-decrypt [-ajqv] [-k file] [-t file] [-x folder]\n"
    "               [capture]\n"
    "       ss-capture-decrypt --help | --version\n";

#define INPUT_BYTES (1 << 20)
#define INPUT_MAX   (SS_BLOCK_MAX + 65536)
#define KEYLOGS_MAX 16
#define LINE_BYTES  4096

/* A key log that may still grow; the rest of a line waits in line. */
struct keylog {
	const char *path;
	int fd, given; /* given: by option, so it should be there */
	char line[LINE_BYTES];
	size_t have;         /* bytes in line */
	size_t seen, taken;  /* bytes and keys so far */
};

struct reader {
	const char *input;
	struct keylog logs[KEYLOGS_MAX];
	size_t nlogs;
	struct ss_print print;
	struct ss_capture capture;
	int status;
};

/* Whole lines go to the capture, the rest stays; a line that does not fit is
 * none of ours. */
static void
take_lines(struct reader *r, struct keylog *k)
{
	char *nl = k->line + k->have;

	while (nl > k->line && nl[-1] != '\n')
		nl--;
	if (nl == k->line && k->have < sizeof(k->line))
		return;
	if (nl == k->line)
		nl = k->line + k->have;
	k->taken += ss_capture_keys(
	    &r->capture, k->line, (size_t)(nl - k->line));
	k->have -= (size_t)(nl - k->line);
	memmove(k->line, nl, k->have);
}

/* What was appended since the last time. */
static void
poll_keylog(struct reader *r, struct keylog *k)
{
	ssize_t n;

	if (k->fd < 0)
		k->fd = open(k->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (k->fd < 0)
		return;
	while ((n = ss_read(k->fd, k->line + k->have,
	    sizeof(k->line) - k->have)) > 0) {
		k->have += (size_t)n;
		k->seen += (size_t)n;
		take_lines(r, k);
	}
	if (n < 0)
		ss_die(SS_ERR_SYSTEM, "key log '%s'", k->path);
}

static void
poll_keys(struct reader *r)
{
	for (size_t i = 0; i < r->nlogs; i++)
		poll_keylog(r, &r->logs[i]);
}

/* A last line without a newline. */
static void
last_lines(struct reader *r)
{
	for (size_t i = 0; i < r->nlogs; i++) {
		struct keylog *k = &r->logs[i];

		if (k->have > 0)
			k->taken += ss_capture_keys(
			    &r->capture, k->line, k->have);
		sodium_memzero(k->line, sizeof(k->line));
		k->have = 0;
	}
}

/* At the start: what is asked for must be there, unless it can still come. */
static void
first_keys(struct reader *r, int live)
{
	poll_keys(r);
	for (size_t i = 0; i < r->nlogs; i++) {
		struct keylog *k = &r->logs[i];

		if (k->fd < 0 && k->given && !live)
			ss_die(SS_ERR_SYSTEM, "key log '%s'", k->path);
	}
	if (live)
		return;
	last_lines(r);
	for (size_t i = 0; i < r->nlogs; i++)
		if (r->logs[i].seen > 0 && r->logs[i].taken == 0)
			ss_warn("no key in '%s'", r->logs[i].path);
}

static int
open_input(const struct reader *r, int *live)
{
	int fd = STDIN_FILENO;
	struct stat st;

	if (strcmp(r->input, "-") != 0)
		fd = open(r->input, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		ss_die(SS_ERR_SYSTEM, "capture '%s'", r->input);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		ss_die(SS_ERR_SYSTEM, "capture '%s'", r->input);
	}
	*live = !S_ISREG(st.st_mode);
	ss_linux_pipe_size(fd, INPUT_BYTES);
	return fd;
}

static void
say_note(void *arg, enum ss_topic topic, const char *text)
{
	const struct ss_print *p = arg;

	if (p->json)
		ss_print_json_note(topic, text);
	else
		ss_warn("%s", text);
}

/* e: of standard output; p may have met trouble with a file before. */
static void
xprinted(const struct ss_print *p, enum ss_err e)
{
	if (e != SS_OK)
		ss_die(e, "cannot write standard output");
	if (p->failed == SS_OK)
		return;
	errno = p->number;
	ss_die(p->failed, "'%s'", p->path);
}

/* What cannot be read on is said after all that could be read. */
static enum ss_err
read_capture(struct reader *r, int fd, int live)
{
	size_t size = INPUT_BYTES, have = 0, used;
	uint8_t *buf = malloc(size);
	uint64_t total = 0;
	enum ss_err e = SS_OK;
	ssize_t n;

	while (buf && e == SS_OK) {
		if (live && ss_would_block(fd))
			xprinted(&r->print, ss_print_flush(&r->print));
		n = ss_read(fd, buf + have, size - have);
		if (n < 0)
			ss_die(SS_ERR_SYSTEM, "capture '%s'", r->input);
		if (n == 0)
			break;
		have += (size_t)n;
		total += (uint64_t)n;
		if (live)
			poll_keys(r);
		e = ss_capture_push(&r->capture, buf, have, &used);
		xprinted(&r->print, SS_OK);
		have -= used;
		if (used > 0)
			memmove(buf, buf + used, have);
		if (have == size && size < INPUT_MAX) {
			uint8_t *larger = realloc(buf, size *= 2);

			if (!larger)
				free(buf);
			buf = larger;
		}
	}
	if (!buf)
		ss_die(SS_ERR_SYSTEM, "memory");
	free(buf);
	if (e == SS_OK && total == 0)
		return SS_ERR_EMPTY;
	return e == SS_OK && have > 0 ? SS_ERR_TRUNCATED : e;
}

static void
run(struct reader *r)
{
	const struct ss_capture_handler h = { ss_print_event, say_note,
		ss_print_flow, &r->print };
	int live, fd = open_input(r, &live);
	enum ss_err e = ss_capture_init(&r->capture, &h);

	if (e != SS_OK)
		ss_die(e, "memory");
	if ((e = ss_print_begin(&r->print)) != SS_OK)
		ss_die(e, "folder '%s'", r->print.folder);
	first_keys(r, live);
	e = read_capture(r, fd, live);
	if (live) {
		poll_keys(r);
		last_lines(r);
	}
	ss_capture_end(&r->capture);
	xprinted(&r->print, ss_print_end(&r->print, &r->capture));
	if (e != SS_OK)
		ss_complain(e, "capture '%s', byte %llu", r->input,
		    (unsigned long long)r->capture.pcap.offset);
	r->status = e != SS_OK ? ss_err_exit(e) : r->capture.notes.bad;
	xclose_stdout();
}

static void
add_keylog(struct reader *r, const char *path, int given)
{
	struct keylog *k = &r->logs[r->nlogs];

	if (!path || path[0] == '\0')
		return;
	if (r->nlogs == KEYLOGS_MAX)
		ss_die(SS_ERR_USAGE, "more than %d key logs", KEYLOGS_MAX);
	k->path = path;
	k->given = given;
	k->fd = -1;
	r->nlogs++;
}

static const struct option options[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	{ "keys", required_argument, NULL, 'k' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "tls-keys", required_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "extract", required_argument, NULL, 'x' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
parse(struct reader *r, int argc, char **argv)
{
	int c, keys = 0, tls = 0;

	while ((c = getopt_long(argc, argv, "ajk:qt:vx:hV", options, NULL)) !=
	    -1) {
		switch (c) {
		case 'a': r->print.all = 1; break;
		case 'j': r->print.json = 1; break;
		case 'k': add_keylog(r, optarg, 1); keys = 1; break;
		case 'q': r->print.quiet = 1; break;
		case 't': add_keylog(r, optarg, 1); tls = 1; break;
		case 'v': r->print.verbose = 1; break;
		case 'x': r->print.folder = optarg; break;
		case 'h': ss_help(usage);
		case 'V': ss_version();
		default: ss_usage(usage, NULL);
		}
	}
	if (argc - optind > 1)
		ss_usage(usage, "more than one capture");
	r->input = argc > optind ? argv[optind] : "-";
	if (!keys)
		add_keylog(r, ss_env("SS_KEYLOG"), 0);
	if (!tls)
		add_keylog(r, ss_env("SSLKEYLOGFILE"), 0);
}

int
main(int argc, char **argv)
{
	static struct reader r;

	ss_start(argv[0]);
	parse(&r, argc, argv);
	run(&r);
	return r.status;
}
