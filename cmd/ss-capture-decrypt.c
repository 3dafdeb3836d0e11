/* SPDX-License-Identifier: ISC */
#include "../lib/capture/annotate.h"
#include "../lib/capture/capture.h"
#include "../lib/capture/print.h"
#include "../lib/io/file.h"
#include "../lib/io/io.h"
#include "../lib/io/keyfollow.h"
#include "../lib/io/lab.h"
#include "../lib/io/linux.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ss-capture-decrypt: a capture and its key logs in, messages out. */

static const char usage[] =
    "usage: ss-capture-decrypt [-aFfijqv] [-A party] [-k file] [-p file]\n"
    "               [-S file] [-t file] [-U profile] [-w file] [-x folder]\n"
    "               [-Z seed] [capture]\n"
    "       ss-capture-decrypt --help | --version\n";

#define INPUT_BYTES (1 << 20)
#define INPUT_MAX   (SS_BLOCK_MAX + 65536)
#define LOOK_MS     100 /* how often key logs are looked at */

struct reader {
	const char *input, *annotated, *as, *stolen;
	int force, follow, inject;
	int live; /* the capture may still grow */
	struct ss_keyfollow logs;
	struct ss_print print;
	struct ss_annotate annotate;
	struct ss_out out;
	FILE *to;   /* the annotated capture */
	FILE *body; /* or what follows the secrets in it, until the end */
	struct ss_party party;
	struct ss_public peers[SS_PARTY_PEERS];
	struct ss_capture capture;
	int status;
};

static size_t
take_keys(void *arg, const char *text, size_t len)
{
	struct reader *r = arg;

	return ss_capture_keys(&r->capture, text, len);
}

/* At the start: what is asked for must be there, unless it can still come. */
static void
first_keys(struct reader *r)
{
	xkeyfollow_poll(&r->logs);
	if (r->live || r->follow)
		return;
	ss_keyfollow_last(&r->logs);
	xkeyfollow_check(&r->logs);
}

static int
open_input(struct reader *r)
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
	r->live = !S_ISREG(st.st_mode);
	ss_linux_pipe_size(fd, INPUT_BYTES);
	return fd;
}

static void
on_event(void *arg, const struct ss_event *e)
{
	struct reader *r = arg;

	ss_print_event(&r->print, e);
	if (r->annotated)
		ss_annotate_event(&r->annotate, e);
}

static void
on_flow(void *arg, const struct ss_flow_sum *f)
{
	ss_print_flow(&((struct reader *)arg)->print, f);
}

static void
on_raw(void *arg, const uint8_t *at, size_t len, const struct ss_packet *p)
{
	struct reader *r = arg;

	ss_annotate_raw(&r->annotate, at, len, p, r->live || r->follow
	    ? ss_elapsed_ms() : 0);
}

static void
on_note(void *arg, enum ss_topic topic, const char *text)
{
	const struct reader *r = arg;

	if (r->print.json)
		ss_print_json_note(topic, text);
	else
		ss_warn("%s", text);
}

/* e: of standard output; print may have met trouble with a file before. */
static void
xprinted(const struct reader *r, enum ss_err e)
{
	if (e != SS_OK)
		ss_die(e, "cannot write standard output");
	if (r->annotate.failed != SS_OK) {
		errno = r->annotate.number;
		ss_die(r->annotate.failed, "cannot write %s", r->annotated);
	}
	if (r->print.failed == SS_OK)
		return;
	errno = r->print.number;
	ss_die(r->print.failed, "'%s'", r->print.path);
}

/* Nothing comes just now: what is known leaves, what waits is looked at. */
static void
idle(struct reader *r)
{
	int64_t now = ss_elapsed_ms();

	xkeyfollow_poll(&r->logs);
	ss_capture_tick(&r->capture, now);
	if (r->annotated) /* without --follow-keys all of them */
		ss_annotate_release(
		    &r->annotate, r->follow ? now - SS_WAIT_MS : INT64_MAX);
	xprinted(r, ss_print_flush(&r->print));
}

/* Until there is something to read. */
static void
wait_for(struct reader *r, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (ss_would_block(fd)) {
		idle(r);
		if (!r->follow || poll(&p, 1, LOOK_MS) != 0)
			break;
	}
}

/* The capture is over: its last records may still wait for their keys. */
static void
last_keys(struct reader *r)
{
	int64_t now = ss_elapsed_ms(), end = now + SS_WAIT_MS + LOOK_MS;

	xkeyfollow_poll(&r->logs);
	for (; r->follow && now < end && ss_capture_tick(&r->capture, now) > 0;
	    now = ss_elapsed_ms()) {
		poll(NULL, 0, LOOK_MS);
		idle(r);
	}
	if (r->live || r->follow)
		ss_keyfollow_last(&r->logs);
}

/* What cannot be read on is said after all that could be read. */
static enum ss_err
read_capture(struct reader *r, int fd)
{
	size_t size = INPUT_BYTES, have = 0, used;
	uint8_t *buf = malloc(size);
	uint64_t total = 0;
	enum ss_err e = SS_OK;
	ssize_t n;

	while (buf && e == SS_OK) {
		if (r->live)
			wait_for(r, fd);
		n = ss_read(fd, buf + have, size - have);
		if (n < 0)
			ss_die(SS_ERR_SYSTEM, "capture '%s'", r->input);
		if (n == 0)
			break;
		have += (size_t)n;
		total += (uint64_t)n;
		if (r->live || r->follow) {
			xkeyfollow_poll(&r->logs);
			ss_capture_tick(&r->capture, ss_elapsed_ms());
		}
		e = ss_capture_push(&r->capture, buf, have, &used);
		xprinted(r, SS_OK);
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

/* A temporary without a name, beside the output, for all that is to stand
 * behind the secrets: which of them are needed is known at the end. */
static FILE *
xbody(const char *path)
{
	char name[4096];
	int fd = ss_file_temporary(name, sizeof(name), path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");

	if (!f || unlink(name) < 0)
		ss_die(SS_ERR_SYSTEM, "cannot write beside %s", path);
	return f;
}

static void
begin_annotate(struct reader *r)
{
	if (!r->annotated)
		return;
	xout_open(&r->out, r->annotated, r->force);
	r->out.secret = 1; /* texts stand in it, and perhaps the keys */
	if (!(r->to = fdopen(dup(r->out.fd), "w")))
		ss_die(SS_ERR_SYSTEM, "cannot write %s", r->annotated);
	if (r->inject)
		r->body = xbody(r->annotated);
	r->annotate.out = r->body ? r->body : r->to;
	r->annotate.pcap = &r->capture.pcap;
	r->annotate.wait = r->live || r->follow;
}

/* e: of the capture.  A copy of a damaged one does not appear. */
static void
end_annotate(struct reader *r, enum ss_err e)
{
	enum ss_err written;
	size_t n;

	if (!r->annotated)
		return;
	written = ss_annotate_end(&r->annotate);
	if (e != SS_OK && r->out.path) {
		xout_abandon(&r->out);
		return;
	}
	if (written == SS_OK && r->body)
		written = ss_annotate_inject(
		    r->to, r->body, &r->capture.keys, &n);
	if (written == SS_OK && fclose(r->to) != 0)
		written = SS_ERR_SYSTEM;
	if (written != SS_OK)
		ss_die(written, "cannot write %s", r->annotated);
	xout_commit(&r->out);
	if (r->annotate.lost > 0)
		ss_warn("%llu comments came after the last packet",
		    (unsigned long long)r->annotate.lost);
	if (r->print.quiet || r->print.json)
		return;
	ss_warn("%s: %llu comments on %llu packets", r->annotated,
	    (unsigned long long)r->annotate.comments,
	    (unsigned long long)r->annotate.packets);
	if (r->body)
		ss_warn("%s: it carries %zu secrets and opens itself to "
		    "whoever has it", r->annotated, n);
}

/* Whose file this is, it says itself. */
static void
steal(struct reader *r)
{
	static const char session[] = "secretsocket-session";
	struct ss_thief *t = xsecret_alloc(sizeof(*t));
	size_t len, ahead = SS_THIEF_SESSIONS * sizeof(*t->ahead);
	char *text = xsecret_alloc(SS_SESSION_TEXT_MAX);
	enum ss_err e;

	memset(t, 0, sizeof(*t));
	t->ahead = xsecret_alloc(ahead);
	memset(t->ahead, 0, ahead);
	t->next = xsecret_alloc(sizeof(*t->next));
	t->name = r->stolen;
	e = ss_file_read(text, &len, SS_SESSION_TEXT_MAX, r->stolen, 1);
	if (e != SS_OK)
		ss_die(e, "%s", r->stolen);
	if (len >= sizeof(session) &&
	    memcmp(text, session, sizeof(session) - 1) == 0) {
		t->what = SS_STOLEN_SESSION;
		e = ss_session_get_text(&t->ahead[0], text, len);
		if (e != SS_OK)
			ss_die(e, "%s", r->stolen);
	} else {
		t->what = SS_STOLEN_KEY;
		xkey_load(&t->id, r->stolen, -1);
	}
	sodium_free(text);
	r->party.thief = t;
}

/* Through whose eyes? */
static void
begin_party(struct reader *r)
{
	struct ss_party *p = &r->party;
	uint8_t fp[SS_FINGERPRINT_BYTES];

	if (!r->as)
		return;
	p->as = strcmp(r->as, "relay") == 0 ? SS_AS_RELAY
	    : strcmp(r->as, "thief") == 0 ? SS_AS_THIEF : SS_AS_PERSON;
	if ((p->as == SS_AS_THIEF) != (r->stolen != NULL))
		ss_usage(usage, "--as thief and --stolen belong together");
	if (!ss_name_ok(r->as, strlen(r->as)))
		ss_usage(usage, "'%s' is no name", r->as);
	snprintf(p->name, sizeof(p->name), "%s", r->as);
	p->peers = r->peers;
	for (size_t i = 0; i < p->npeers; i++) {
		if (strcmp(r->peers[i].name, r->as) != 0)
			continue;
		ss_public_fingerprint(fp, &r->peers[i]);
		memcpy(p->id, fp, sizeof(p->id));
		p->known = p->given = 1;
	}
	p->keys = &r->capture.keys;
	p->notes = &r->capture.notes;
	p->profile = ss_lab_profile();
	r->capture.records.party = p;
	r->capture.keys.no_epochs = p->as != SS_AS_PERSON;
	r->print.party = p;
	r->print.verbose |= p->as == SS_AS_RELAY;
	if (p->as != SS_AS_THIEF)
		return;
	steal(r);
	ss_thief_begin(p);
}

static void
end_party(struct reader *r)
{
	struct ss_thief *t = r->party.thief;

	if (!t)
		return;
	ss_thief_wipe(t);
	sodium_free(t->ahead);
	sodium_free(t->next);
	sodium_free(t);
}

static void
run(struct reader *r)
{
	const struct ss_capture_handler h = { on_event, on_note, on_flow, r,
		r->annotated ? on_raw : NULL };
	int fd = open_input(r);
	enum ss_err e = ss_capture_init(&r->capture, &h);

	if (e != SS_OK)
		ss_die(e, "memory");
	if ((e = ss_print_begin(&r->print)) != SS_OK)
		ss_die(e, "folder '%s'", r->print.folder);
	r->capture.records.epochs.lab = ss_lab();
	r->capture.records.wait.patience = r->follow ? SS_WAIT_MS : 0;
	begin_party(r);
	begin_annotate(r);
	first_keys(r);
	e = read_capture(r, fd);
	last_keys(r);
	ss_capture_drain(&r->capture);
	end_annotate(r, e);
	ss_capture_end(&r->capture);
	xprinted(r, ss_print_end(&r->print, &r->capture));
	end_party(r);
	if (e != SS_OK)
		ss_complain(e, "capture '%s', byte %llu", r->input,
		    (unsigned long long)r->capture.pcap.offset);
	r->status = e != SS_OK ? ss_err_exit(e) : r->capture.notes.bad;
	xclose_stdout();
}

static const struct option options[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "annotate", required_argument, NULL, 'w' },
	{ "as", required_argument, NULL, 'A' },
	{ "extract", required_argument, NULL, 'x' },
	{ "follow-keys", no_argument, NULL, 'F' },
	{ "force", no_argument, NULL, 'f' },
	{ "inject-secrets", no_argument, NULL, 'i' },
	{ "json", no_argument, NULL, 'j' },
	{ "keys", required_argument, NULL, 'k' },
	{ "lab-seed", required_argument, NULL, 'Z' },
	{ "lab-unsafe", required_argument, NULL, 'U' },
	{ "peer", required_argument, NULL, 'p' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "stolen", required_argument, NULL, 'S' },
	{ "tls-keys", required_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
add_peer(struct reader *r, const char *path)
{
	if (r->party.npeers == SS_PARTY_PEERS)
		ss_die(SS_ERR_USAGE, "more than %d public keys",
		    SS_PARTY_PEERS);
	xpublic_load(&r->peers[r->party.npeers++], path);
}

/* What does not go together. */
static void
check(const struct reader *r)
{
	if (r->inject && !r->annotated)
		ss_usage(usage, "--inject-secrets needs --annotate");
	if (r->inject && (strcmp(r->annotated, "-") == 0 ||
	    ss_file_is_device(r->annotated)))
		ss_usage(usage, "--inject-secrets needs a file: which secrets "
		    "stand first in it is known at the end");
	if (r->stolen && !r->as)
		ss_usage(usage, "--as thief and --stolen belong together");
	if (r->annotated && strcmp(r->annotated, "-") == 0 && r->print.json)
		ss_usage(usage, "both --json and --annotate - write to "
		    "standard output");
}

static void
parse(struct reader *r, int argc, char **argv)
{
	int c, keys = 0, tls = 0;

	while ((c = getopt_long(argc, argv, "aA:fFijk:p:qS:t:U:vw:x:Z:hV",
		    options, NULL)) != -1) {
		switch (c) {
		case 'a': r->print.all = 1; break;
		case 'A': r->as = optarg; break;
		case 'f': r->force = 1; break;
		case 'F': r->follow = 1; break;
		case 'i': r->inject = 1; break;
		case 'j': r->print.json = 1; break;
		case 'k': xkeyfollow_add(&r->logs, optarg, 1); keys = 1; break;
		case 'p': add_peer(r, optarg); break;
		case 'q': r->print.quiet = 1; break;
		case 'S': r->stolen = optarg; break;
		case 't': xkeyfollow_add(&r->logs, optarg, 1); tls = 1; break;
		case 'U': xlab_unsafe(optarg); break;
		case 'v': r->print.verbose = 1; break;
		case 'w': r->annotated = optarg; break;
		case 'x': r->print.folder = optarg; break;
		case 'Z': xlab_seed(optarg); break;
		case 'h': ss_help(usage);
		case 'V': ss_version();
		default: ss_usage(usage, NULL);
		}
	}
	if (argc - optind > 1)
		ss_usage(usage, "more than one capture");
	r->input = argc > optind ? argv[optind] : "-";
	if (!keys)
		xkeyfollow_add(&r->logs, ss_env("SS_KEYLOG"), 0);
	if (!tls)
		xkeyfollow_add(&r->logs, ss_env("SSLKEYLOGFILE"), 0);
	check(r);
}

int
main(int argc, char **argv)
{
	static struct reader r;

	ss_start(argv[0]);
	r.logs.lines = take_keys;
	r.logs.arg = &r;
	parse(&r, argc, argv);
	/* standard output has one use */
	r.print.mute = r.annotated && strcmp(r.annotated, "-") == 0;
	run(&r);
	return r.status;
}
