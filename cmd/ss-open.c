/* SPDX-License-Identifier: ISC */
#include "../lib/io/file.h"
#include "../lib/io/io.h"
#include "../lib/io/lab.h"
#include "../lib/io/keylogfile.h"
#include "../lib/io/linux.h"
#include "../lib/io/reader.h"
#include "../lib/io/receiver.h"
#include "../lib/proto/stream.h"
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ss-open: records in, plaintext out, each byte only after its tag held. */

static const char usage[] =
    "usage: ss-open -s session | -k key [-efmx] [-F fd] [-K keylog]\n"
    "               [-o output] [-p sender] [-U profile] [-Z seed] [file]\n"
    "       ss-open --help | --version\n";

#define GATHER 65536 /* small texts leave together */

struct opener {
	/* options */
	const char *session, *key, *from; /* a session, or a secret key */
	const char *keylog, *output, *input;
	int force, mailbox, passphrase_fd;
	const struct ss_trace *trace;
	/* what is under way */
	struct ss_receiver rx;
	struct ss_reader in;
	struct ss_out out;
	int escape;          /* the output is a terminal */
	int skipping;        /* --mailbox: until something fits again */
	enum ss_err noted;   /* why the last one was skipped */
	uint64_t more;       /* and how many after it for the same reason */
	int status;          /* of the whole run so far */
	uint8_t gather[GATHER];
	size_t gathered;
};

static void
flush(struct opener *o)
{
	xwrite_full(o->out.fd, o->gather, o->gathered, "output");
	o->gathered = 0;
}

static void
deliver(struct opener *o, const uint8_t *text, size_t len)
{
	if (o->escape) {
		ss_escape(stdout, text, len, 1);
		if (fflush(stdout) != 0)
			ss_die(SS_ERR_SYSTEM, "output");
		return;
	}
	if (len >= GATHER / 2 || o->gathered + len > GATHER)
		flush(o);
	if (len >= GATHER / 2) {
		xwrite_full(o->out.fd, text, len, "output");
	} else {
		memcpy(o->gather + o->gathered, text, len);
		o->gathered += len;
	}
}

/* All that was opened so far is out; now the session may know. */
static void
commit(struct opener *o)
{
	flush(o);
	if (!o->output) /* a file appears at the end, and so does its commit */
		xreceiver_commit(&o->rx);
}

static void
tell_more(struct opener *o)
{
	if (o->more)
		ss_warn("%llu more skipped: %s", (unsigned long long)o->more,
		    ss_strerror(o->noted));
	o->more = 0;
}

/* What a mailbox may well hold: a line for the first, a count for more. */
static void
note_skipped(struct opener *o, enum ss_err e, uint64_t number)
{
	if (e == o->noted) {
		o->more++;
		return;
	}
	tell_more(o);
	o->noted = e;
	ss_warn("record %llu skipped: %s", (unsigned long long)number,
	    ss_strerror(e));
}

/* Not a record at all: what a pasted mail looks like. */
static void
hint_at_format(enum ss_err e)
{
	if (e == SS_ERR_FORMAT)
		ss_set_hint("records begin with SS, lines of armor with U1MB: "
		    "remove what stands before them");
}

/*
 * A record is refused: the end, or with --mailbox a note and on.  The stream
 * under way stays: what a stranger puts between its records must not end it.
 */
static void
refuse(struct opener *o, enum ss_err e, uint64_t number)
{
	unsigned long long n = number;

	flush(o);
	if (!o->mailbox || ss_err_exit(e) != 1) {
		xout_abandon(&o->out);
		ss_die(e, "record %llu", n);
	}
	if (e == SS_ERR_REPLAY || e == SS_ERR_FOREIGN || e == SS_ERR_ORDER ||
	    e == SS_ERR_REFLECTED) {
		note_skipped(o, e, number);
	} else {
		ss_complain(e, "record %llu skipped", n);
		o->status = 1;
	}
	ss_set_hint(NULL);
	o->skipping = 1;
}

static void
introduced(struct opener *o, const uint8_t *rec, size_t len)
{
	struct ss_introducer i;
	struct ss_news news;
	enum ss_err e;

	e = ss_receiver_introduce(&o->rx, &i, &news, rec, len);
	if (e == SS_ERR_REPLAY && o->mailbox &&
	    ss_receiver_again(&o->rx, rec, len)) {
		o->skipping = 0; /* delivered twice: go on behind it */
		return;
	}
	if (e != SS_OK) {
		ss_set_hint(news.hint);
		refuse(o, e, o->in.count);
		return;
	}
	o->skipping = 0;
	if (news.broken) {
		ss_complain(SS_ERR_UNFINISHED,
		    "the stream before record %llu",
		    (unsigned long long)o->in.count);
		o->status = 1;
	}
	if (news.gap)
		ss_warn("%lu epoch%s of the sender %s missing before record "
		    "%llu", (unsigned long)news.gap, news.gap == 1 ? "" : "s",
		    news.gap == 1 ? "is" : "are",
		    (unsigned long long)o->in.count);
	xkeylog_epoch(o->keylog, &i, &o->rx.st.epoch);
	ss_trace_step(o->trace, "introducer accepted", rec, len, SS_PUBLIC);
}

static void
data(struct opener *o, uint8_t *rec, size_t len)
{
	uint8_t *text = rec + SS_DATA_AD_BYTES; /* in place */
	size_t n;
	int final;
	enum ss_err e;

	e = ss_stream_open(text, &n, &final, rec, len, &o->rx.st);
	if (e == SS_ERR_REPLAY && o->mailbox && o->rx.st.open)
		return; /* delivered twice */
	if (e != SS_OK) {
		if (e == SS_ERR_FOREIGN)
			ss_set_hint("it is of another stream than the one "
			    "that is under way");
		refuse(o, e, o->in.count);
		return;
	}
	o->skipping = 0;
	if (o->trace)
		ss_narrate("data record %llu: tag holds, %zu bytes of text%s",
		    (unsigned long long)o->rx.st.next - 1, n,
		    final ? ", the last one" : "");
	deliver(o, text, n);
	o->rx.dirty = 1;
	if (final) {
		ss_receiver_whole(&o->rx);
		commit(o);
	}
}

static void
refuse_handshake(struct opener *o)
{
	ss_set_hint("this is a message for ss-handshake");
	refuse(o, SS_ERR_FOREIGN, o->in.count);
}

static void
record(struct opener *o, uint8_t *rec, size_t len)
{
	uint8_t type = rec[3] & (uint8_t)~SS_TYPE_LAB;

	if (rec[3] != type && !ss_lab())
		refuse(o, SS_ERR_LAB, o->in.count);
	else if (type == SS_INTRODUCER)
		introduced(o, rec, len);
	else if (type == SS_HANDSHAKE)
		refuse_handshake(o);
	else if (!o->skipping || ss_stream_expects(&o->rx.st, rec, len))
		data(o, rec, len);
}

/* A stream of bytes lacks its end.  With --mailbox those before it count. */
static void
cut_short(struct opener *o)
{
	static const char what[] = "the stream's last record is missing";

	flush(o);
	if (!o->mailbox) {
		xout_abandon(&o->out);
		ss_die(SS_ERR_TRUNCATED, "%s", what);
	}
	ss_complain(SS_ERR_TRUNCATED, "%s", what);
	o->status = 1;
	ss_receiver_give_up(&o->rx);
}

/* The input is over: was it whole? */
static void
finish(struct opener *o)
{
	tell_more(o);
	if (o->in.count == 0 && !o->mailbox) {
		xout_abandon(&o->out);
		ss_die(SS_ERR_EMPTY, "input");
	}
	if (o->rx.st.open && !o->rx.st.lines)
		cut_short(o);
	commit(o); /* lines that came are delivered, whatever comes next */
	if (o->rx.st.open && !o->mailbox) {
		ss_set_hint(o->rx.kind->cut);
		ss_complain(SS_ERR_TRUNCATED,
		    "the stream's last record is missing");
		o->status = 1;
	}
	xout_commit(&o->out);
	if (o->output)
		xreceiver_commit(&o->rx);
}

static void
run(struct opener *o)
{
	int fd = STDIN_FILENO;
	uint8_t *rec;
	size_t len;
	enum ss_err e;

	if (o->input && strcmp(o->input, "-") != 0)
		fd = open(o->input, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ss_die(SS_ERR_SYSTEM, "input '%s'", o->input);
	if (o->key)
		xreceiver_wrap(&o->rx, o->key, o->from, o->passphrase_fd,
		    o->trace);
	else
		xreceiver_session(&o->rx, o->session, o->trace);
	xout_open(&o->out, o->output, o->force);
	o->escape = !o->output && isatty(o->out.fd);
	ss_linux_pipe_size(fd, 1 << 20);
	ss_reader_open(&o->in, fd, 0);
	while ((e = ss_reader_next(&o->in, &rec, &len)) == SS_OK && len > 0) {
		record(o, rec, len);
		if ((o->gathered || (o->rx.dirty && o->rx.st.lines)) &&
		    ss_reader_would_block(&o->in)) {
			flush(o);
			if (o->rx.st.lines)
				commit(o);
		}
	}
	if (e != SS_OK) { /* where one record ends is not known any more */
		o->mailbox = 0;
		hint_at_format(e);
		refuse(o, e, o->in.count + 1);
	}
	finish(o);
	ss_reader_close(&o->in);
	xreceiver_close(&o->rx);
}

static const struct option options[] = {
	{ "session", required_argument, NULL, 's' },
	{ "key", required_argument, NULL, 'k' },
	{ "from", required_argument, NULL, 'p' },
	{ "passphrase-fd", required_argument, NULL, 'F' },
	{ "mailbox", no_argument, NULL, 'm' },
	{ "output", required_argument, NULL, 'o' },
	{ "keylog", required_argument, NULL, 'K' },
	{ "explain", no_argument, NULL, 'e' },
	{ "show-secrets", no_argument, NULL, 'x' },
	{ "force", no_argument, NULL, 'f' },
	{ "lab-unsafe", required_argument, NULL, 'U' },
	{ "lab-seed", required_argument, NULL, 'Z' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
parse(struct opener *o, int argc, char **argv)
{
	int c, explain = 0, secrets = 0;

	o->passphrase_fd = -1;
	o->keylog = ss_env("SS_KEYLOG");
	while ((c = getopt_long(argc, argv, "efF:hk:K:mo:p:s:U:VxZ:", options,
		    NULL)) != -1) {
		switch (c) {
		case 's': o->session = optarg; break;
		case 'k': o->key = optarg; break;
		case 'p': o->from = optarg; break;
		case 'F':
			o->passphrase_fd = (int)xnumber("--passphrase-fd",
			    optarg, 65535);
			break;
		case 'm': o->mailbox = 1; break;
		case 'o': o->output = optarg; break;
		case 'e': explain = 1; break;
		case 'K': o->keylog = optarg; break;
		case 'x': secrets = 1; break;
		case 'f': o->force = 1; break;
		case 'U': xlab_unsafe(optarg); break;
		case 'Z': xlab_seed(optarg); break;
		case 'h': ss_help(usage);
		case 'V': ss_version();
		default: ss_usage(usage, NULL);
		}
	}
	if (!o->session == !o->key)
		ss_usage(usage, o->key ? "a session or a key, not both" :
		    "no session given: -s FILE (or -k KEY for what was "
		    "sealed to a public key)");
	if (o->from && !o->key)
		ss_usage(usage, "-p goes with -k: a session knows its peer");
	xout_keep(o->output, o->session, "session");
	xout_keep(o->output, o->key, "key");
	xout_keep(o->output, o->from, "sender's key");
	if (argc - optind > 1)
		ss_usage(usage, "more than one input file");
	o->input = argv[optind];
	if (o->key && strcmp(o->key, "-") == 0 &&
	    (!o->input || strcmp(o->input, "-") == 0))
		ss_usage(usage, "key and records cannot both be standard "
		    "input");
	if (explain) {
		ss_narrate_start(secrets);
		o->trace = &ss_narrator;
	}
}

int
main(int argc, char **argv)
{
	static struct opener o;

	ss_start(argv[0]);
	parse(&o, argc, argv);
	run(&o);
	return o.status;
}
