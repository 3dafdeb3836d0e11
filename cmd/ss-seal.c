/* SPDX-License-Identifier: ISC */
#include "../lib/io/file.h"
#include "../lib/io/io.h"
#include "../lib/io/lab.h"
#include "../lib/io/keylogfile.h"
#include "../lib/io/linux.h"
#include "../lib/io/sessionfile.h"
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
	int force;
	const struct ss_trace *trace;
	/* what is under way */
	struct ss_sessionfile file;
	struct ss_stream st;
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

/*
 * A new epoch: the session is on disk before its introducer leaves, so that
 * no crash can use an epoch twice.
 */
static void
introduce(struct sealer *s)
{
	uint8_t salt[SS_SALT_BYTES], prev[SS_EPOCH_ID_BYTES] = { 0 };
	uint8_t rec[SS_RATCHET_RECORD_BYTES];
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };
	struct ss_introducer i;
	uint64_t records = 0;
	enum ss_err e;

	if (s->st.open) {
		memcpy(prev, s->st.epoch.id, sizeof(prev));
		records = s->st.next;
	}
	ss_random(salt, sizeof(salt));
	xsession_lock(&s->file);
	e = ss_session_send(&s->st.epoch, &i, salt, s->file.s);
	if (e != SS_OK)
		ss_die(e, "session '%s'", s->session);
	xsession_save(&s->file);
	xsession_unlock(&s->file);

	i.flags = s->lines ? SS_INTRO_LINES : 0;
	memcpy(i.prev_id, prev, sizeof(prev));
	i.prev_records = records;
	if ((e = ss_introducer_put(&b, &i, &s->st.epoch)) != SS_OK)
		ss_die(e, "introducer");
	ss_stream_enter(&s->st, &i);
	xkeylog_epoch(s->keylog, &i, &s->st.epoch);
	s->began = s->rekey_every ? ss_elapsed_ms() : 0;
	ss_trace_step(s->trace, "introducer record", rec, b.len, SS_PUBLIC);
	emit(s, rec, b.len);
}

/* Is it time for the stream's next epoch, before one more record? */
static int
rekey_due(const struct sealer *s)
{
	if (s->rekey_after && s->st.next >= s->rekey_after)
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
	if (!s->st.open || (len > 0 && rekey_due(s)))
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
	e = ss_stream_seal(rec, text, len, flags, &s->st);
	if (e != SS_OK)
		ss_die(e, "record");
	if (s->trace) {
		ss_narrate("data record %llu: %zu bytes of text%s",
		    (unsigned long long)s->st.next - 1, len,
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
seal_line(struct sealer *s, const uint8_t *line, size_t len)
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
	seal(s, rec, rec + SS_DATA_AD_BYTES, len, 0);
}

/* Seals every whole line of in[0..len); returns how much that was. */
static size_t
seal_whole_lines(struct sealer *s, const uint8_t *in, size_t len, int last)
{
	size_t at = 0, n;

	while (at < len) {
		const uint8_t *nl = memchr(in + at, '\n', len - at);

		n = nl ? (size_t)(nl - (in + at)) + 1 : len - at;
		if (n > SS_CHUNK_BYTES)
			n = SS_CHUNK_BYTES; /* goes on in the next record */
		else if (!nl && !last && n < SS_CHUNK_BYTES)
			break;
		seal_line(s, in + at, n);
		at += n;
	}
	return at;
}

/* Lines: each leaves as soon as the input pauses behind it. */
static void
seal_lines(struct sealer *s, int fd)
{
	static uint8_t in[2 * SS_CHUNK_BYTES], rec[SS_DATA_OVERHEAD + 65536];
	size_t have = 0, used;
	ssize_t n;

	for (;;) {
		n = ss_read(fd, in + have, sizeof(in) - have);
		if (n < 0)
			ss_die(SS_ERR_SYSTEM, "input");
		have += (size_t)n;
		used = seal_whole_lines(s, in, have, n == 0);
		have -= used;
		memmove(in, in + used, have);
		if (n == 0)
			break;
		if (s->gathered && ss_would_block(fd))
			flush(s);
	}
	prepare(s, 0);
	seal(s, rec, rec + SS_DATA_AD_BYTES, 0, SS_DATA_FINAL);
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
	xsession_open(&s->file, s->session, s->trace);
	if (!s->file.s->ratchet.has_CKs && !s->file.s->one_way)
		ss_set_hint("the initiator speaks first: open its first "
		    "stream with ss-open, then answer");
	if (!s->file.s->ratchet.has_CKs)
		ss_die(SS_ERR_DIRECTION, "session '%s'", s->session);
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
	xsession_close(&s->file);
	ss_stream_wipe(&s->st);
}

static const struct option options[] = {
	{ "session", required_argument, NULL, 's' },
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

static void
parse(struct sealer *s, int argc, char **argv)
{
	int c, after = 0, explain = 0, secrets = 0;

	s->keylog = ss_env("SS_KEYLOG");
	while ((c = getopt_long(argc, argv, "aefhK:ln:o:p:s:t:U:VxZ:", options,
		    NULL)) != -1) {
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
		default: ss_usage(usage, NULL);
		}
	}
	if (!s->session)
		ss_usage(usage, "no session given: -s FILE");
	if (s->output && strcmp(s->output, s->session) == 0)
		ss_usage(usage, "the output would replace the session");
	if (argc - optind > 1)
		ss_usage(usage, "more than one input file");
	s->input = argv[optind];
	if (s->lines && !after)
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
