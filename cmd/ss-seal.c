/* SPDX-License-Identifier: ISC */
#include "../lib/io/file.h"
#include "../lib/io/io.h"
#include "../lib/io/lab.h"
#include "../lib/io/keylogfile.h"
#include "../lib/io/linux.h"
#include "../lib/io/sender.h"
#include "../lib/io/source.h"
#include "../lib/proto/armor.h"
#include "../lib/proto/stream.h"
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ss-seal: plaintext in, introducers and data records out. */

static const char usage[] =
    "usage: ss-seal -s session [-aeflx] [-K keylog] [-n records]\n"
    "               [-o output] [-p multiple] [-t time] [-U profile]\n"
    "               [-Z seed] [file]\n"
    "       ss-seal -r recipient [-aeflx] [-A aead] [-F fd] [-k sender |\n"
    "               -S sender] [-K keylog] [-o output] [-p multiple]\n"
    "               [-U profile] [-w way] [-Z seed] [file]\n"
    "       ss-seal --help | --version\n";

#define LINES_REKEY 20     /* a new epoch after so many lines */
#define GATHER      65536  /* small records leave together */

struct sealer {
	/* options */
	int armor, lines;
	uint64_t rekey_after;    /* records, 0: never */
	uint64_t rekey_every;    /* milliseconds, 0: never */
	size_t pad;              /* texts become multiples of this, 0: not */
	const char *session, *keylog, *output, *input;
	struct ss_sender_to to;  /* in the place of a session */
	int force;
	const struct ss_trace *trace;
	/* what is under way */
	struct ss_sender tx;
	int64_t began;           /* when the epoch did */
	struct ss_out out;
	uint8_t gather[GATHER + SS_ARMOR_MAX];
	size_t gathered;
};

static void
flush(struct sealer *s)
{
	xwrite_full(s->out.fd, s->gather, s->gathered, "output");
	s->gathered = 0;
}

/*
 * A record leaves: gathered if small, at once if large.  One that was made in
 * its place among the gathered ones is there already.
 */
static void
emit(struct sealer *s, const uint8_t *rec, size_t len)
{
	size_t need = s->armor ? SS_ARMOR_BYTES(len) : len;

	if (rec == s->gather + s->gathered) {
		s->gathered += len;
		return;
	}
	if (s->gathered + need > GATHER)
		flush(s);
	if (s->armor) {
		ss_armor_put((char *)s->gather + s->gathered, rec, len);
		s->gathered += need;
	} else if (len >= SS_CHUNK_BYTES / 2) {
		flush(s);
		xwrite_full(s->out.fd, rec, len, "output");
	} else {
		memcpy(s->gather + s->gathered, rec, len);
		s->gathered += len;
	}
}

static void
introduce(struct sealer *s)
{
	uint8_t rec[SS_INTRODUCER_RECORD_MAX];
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };
	struct ss_introducer i;

	xsender_epoch(&s->tx, &i, &b, s->lines);
	xkeylog_epoch(s->keylog, &i, &s->tx.st.epoch);
	s->began = s->rekey_every ? ss_elapsed_ms() : 0;
	ss_trace_step(s->trace, "introducer record", rec, b.len, SS_PUBLIC);
	emit(s, rec, b.len);
}

/* Is it time for the stream's next epoch, before one more record? */
static int
rekey_due(const struct sealer *s)
{
	if (s->rekey_after && s->tx.st.next >= s->rekey_after)
		return 1;
	return s->rekey_every &&
	    ss_elapsed_ms() - s->began >= (int64_t)s->rekey_every;
}

/* Pads a text in place: text, 0x80, zeros up to a multiple. */
static size_t
pad(uint8_t *text, size_t len, size_t multiple)
{
	size_t to = (len / multiple + 1) * multiple;

	memset(text + len, 0, to - len);
	text[len] = 0x80;
	return to;
}

/* Opens an epoch if a record of len bytes needs one; an empty last record
 * does not need one of its own. */
static void
prepare(struct sealer *s, size_t len)
{
	if (!s->tx.st.open || (len > 0 && rekey_due(s)))
		introduce(s);
}

/*
 * Seals text, which may stand at rec + SS_DATA_AD_BYTES and does so if it is
 * to be padded.
 */
static void
seal(struct sealer *s, uint8_t *rec, const uint8_t *text, size_t len,
    uint8_t flags)
{
	enum ss_err e;

	if (s->pad) {
		len = pad(rec + SS_DATA_AD_BYTES, len, s->pad);
		flags |= SS_DATA_PADDED;
	}
	e = ss_stream_seal(rec, text, len, flags, &s->tx.st);
	if (e != SS_OK)
		ss_die(e, "record");
	if (s->trace) {
		ss_narrate("data record %llu: %zu bytes of text%s",
		    (unsigned long long)s->tx.st.next - 1, len,
		    flags & SS_DATA_FINAL ? ", the last one" : "");
		ss_trace_step(s->trace, "associated data", rec,
		    SS_DATA_AD_BYTES, SS_PUBLIC);
		ss_trace_step(s->trace, "tag", rec + SS_DATA_AD_BYTES + len,
		    SS_AEAD_TAG_BYTES, SS_KEYED);
	}
	emit(s, rec, len + SS_DATA_OVERHEAD);
}

/* Bytes: chunks as large as possible; the short one is the last. */
static void
seal_bytes(struct sealer *s, int fd)
{
	static uint8_t rec[SS_RECORD_MAX];
	uint8_t *room = rec + SS_DATA_AD_BYTES;
	struct ss_source in;
	const uint8_t *text;
	ssize_t n;

	ss_source_open(&in, fd);
	do {
		text = ss_source_next(&in, room, SS_CHUNK_BYTES, &n);
		if (n < 0)
			ss_die(SS_ERR_SYSTEM, "input");
		if (s->pad && text != room) {
			memcpy(room, text, (size_t)n);
			text = room;
		}
		prepare(s, (size_t)n);
		seal(s, rec, text, (size_t)n,
		    n < SS_CHUNK_BYTES ? SS_DATA_FINAL : 0);
	} while (n == SS_CHUNK_BYTES);
	ss_source_close(&in);
	sodium_memzero(rec, sizeof(rec));
}

/* One line; a record of bytes is made where it will leave from. */
static void
seal_line(struct sealer *s, const uint8_t *line, size_t len, uint8_t flags)
{
	static uint8_t apart[SS_RECORD_MAX]; /* for armor: made into text */
	uint8_t *rec = apart;
	size_t need = len + s->pad + SS_DATA_OVERHEAD;

	prepare(s, len);
	if (!s->armor && need <= GATHER) {
		if (s->gathered + need > GATHER)
			flush(s);
		rec = s->gather + s->gathered;
	}
	memcpy(rec + SS_DATA_AD_BYTES, line, len);
	seal(s, rec, rec + SS_DATA_AD_BYTES, len, flags);
}

/* Seals every whole line of in[0..len); returns how much that was. */
static size_t
seal_whole_lines(struct sealer *s, const uint8_t *in, size_t len, int last)
{
	size_t at = 0, n;
	int ends;

	while (at < len) {
		const uint8_t *nl = memchr(in + at, '\n', len - at);

		n = nl ? (size_t)(nl - (in + at)) + 1 : len - at;
		if (n > SS_CHUNK_BYTES)
			n = SS_CHUNK_BYTES; /* goes on in the next record */
		else if (!nl && !last && n < SS_CHUNK_BYTES)
			break;
		ends = in[at + n - 1] == '\n' || (last && at + n == len);
		seal_line(s, in + at, n,
		    s->tx.each && ends ? SS_DATA_FINAL : 0);
		at += n;
	}
	return at;
}

/* Lines: each leaves as soon as the input pauses behind it. */
static void
seal_lines(struct sealer *s, int fd)
{
	static uint8_t in[2 * SS_CHUNK_BYTES], rec[SS_DATA_OVERHEAD + 65536];
	size_t have = 0, used, all = 0;
	ssize_t n;

	for (;;) {
		n = ss_read(fd, in + have, sizeof(in) - have);
		if (n < 0)
			ss_die(SS_ERR_SYSTEM, "input");
		have += (size_t)n;
		used = seal_whole_lines(s, in, have, n == 0);
		have -= used;
		all += used;
		memmove(in, in + used, have);
		if (n == 0)
			break;
		if (s->gathered && ss_would_block(fd))
			flush(s);
	}
	if (!s->tx.each || s->tx.st.open || all == 0) {
		prepare(s, 0);
		seal(s, rec, rec + SS_DATA_AD_BYTES, 0, SS_DATA_FINAL);
	}
	sodium_memzero(in, sizeof(in));
}

static void
run(struct sealer *s)
{
	int fd = STDIN_FILENO;

	if (s->input && strcmp(s->input, "-") != 0)
		fd = open(s->input, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ss_die(SS_ERR_SYSTEM, "input '%s'", s->input);
	if (s->to.to)
		xsender_wrap(&s->tx, &s->to, s->trace);
	else
		xsender_session(&s->tx, s->session, s->trace);
	xout_open(&s->out, s->output, s->force);
	if (!s->armor && !s->output)
		xrefuse_terminal(s->out.fd, "-a writes text, -o - insists");
	ss_linux_pipe_size(s->out.fd, 1 << 20);
	if (s->lines)
		seal_lines(s, fd);
	else
		seal_bytes(s, fd);
	flush(s);
	xout_commit(&s->out);
	xsender_close(&s->tx);
}

static const struct option options[] = {
	{ "session", required_argument, NULL, 's' },
	{ "to", required_argument, NULL, 'r' },
	{ "from", required_argument, NULL, 'k' },
	{ "sign-with", required_argument, NULL, 'S' },
	{ "wrap", required_argument, NULL, 'w' },
	{ "aead", required_argument, NULL, 'A' },
	{ "passphrase-fd", required_argument, NULL, 'F' },
	{ "armor", no_argument, NULL, 'a' },
	{ "lines", no_argument, NULL, 'l' },
	{ "output", required_argument, NULL, 'o' },
	{ "rekey-after", required_argument, NULL, 'n' },
	{ "rekey-every", required_argument, NULL, 't' },
	{ "pad", required_argument, NULL, 'p' },
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

/* A session or a recipient, each with its own options. */
static void
check_epochs(const struct sealer *s, int after)
{
	const struct ss_sender_to *t = &s->to;

	if (!s->session == !t->to)
		ss_usage(usage, t->to ? "a session or a recipient, not both" :
		    "no session given: -s FILE (or -r FILE for a public key)");
	if (s->session && (t->from || t->sign || t->wrap || t->aead ||
	    t->passphrase_fd >= 0))
		ss_usage(usage, "-k, -S, -w, -A and -F go with -r: a session "
		    "has agreed on all that");
	if (t->from && t->sign)
		ss_usage(usage, "-k or -S, not both");
	if (t->to && (after || s->rekey_every))
		ss_usage(usage, "-n and -t go with -s: to a public key, one "
		    "stream is one epoch");
	xout_keep(s->output, s->session, "session");
	xout_keep(s->output, t->to, "recipient's key");
	xout_keep(s->output, t->from ? t->from : t->sign, "sender's key");
}

/* The options that go with a recipient. */
static void
to_option(struct ss_sender_to *t, int c)
{
	switch (c) {
	case 'r':
		if (t->to)
			ss_usage(usage, "one recipient, not more");
		t->to = optarg;
		break;
	case 'k': t->from = optarg; break;
	case 'S': t->sign = optarg; break;
	case 'w': t->wrap = optarg; break;
	case 'A': t->aead = optarg; break;
	case 'F':
		t->passphrase_fd = (int)xnumber("--passphrase-fd", optarg,
		    65535);
		break;
	default: ss_usage(usage, NULL);
	}
}

static int
two_from_stdin(const struct sealer *s)
{
	return s->to.to && strcmp(s->to.to, "-") == 0 &&
	    (!s->input || strcmp(s->input, "-") == 0);
}

static void
parse(struct sealer *s, int argc, char **argv)
{
	int c, after = 0, explain = 0, secrets = 0;

	s->keylog = ss_env("SS_KEYLOG");
	s->to.passphrase_fd = -1;
	while ((c = getopt_long(argc, argv,
		    "aA:efF:hk:K:ln:o:p:r:s:S:t:U:Vw:xZ:", options, NULL)) !=
	    -1) {
		switch (c) {
		case 's': s->session = optarg; break;
		case 'a': s->armor = 1; break;
		case 'l': s->lines = 1; break;
		case 'o': s->output = optarg; break;
		case 'e': explain = 1; break;
		case 'n':
			s->rekey_after = xnumber("--rekey-after", optarg,
			    UINT32_MAX);
			after = 1;
			break;
		case 't':
			s->rekey_every = 1000 *
			    xduration("--rekey-every", optarg);
			break;
		case 'p':
			s->pad = xnumber("--pad", optarg, SS_CHUNK_BYTES);
			break;
		case 'K': s->keylog = optarg; break;
		case 'x': secrets = 1; break;
		case 'f': s->force = 1; break;
		case 'U': xlab_unsafe(optarg); break;
		case 'Z': xlab_seed(optarg); break;
		case 'h': ss_help(usage);
		case 'V': ss_version();
		default: to_option(&s->to, c);
		}
	}
	check_epochs(s, after);
	if (argc - optind > 1)
		ss_usage(usage, "more than one input file");
	s->input = argv[optind];
	if (two_from_stdin(s))
		ss_usage(usage, "the recipient's key and the text cannot both "
		    "be standard input");
	if (s->lines && !after && s->session)
		s->rekey_after = LINES_REKEY;
	if (explain) {
		ss_narrate_start(secrets);
		s->trace = &ss_narrator;
	}
}

int
main(int argc, char **argv)
{
	static struct sealer s;

	ss_start(argv[0]);
	parse(&s, argc, argv);
	run(&s);
	return 0;
}
