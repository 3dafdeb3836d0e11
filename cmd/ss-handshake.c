/* SPDX-License-Identifier: ISC */
#include "../lib/io/file.h"
#include "../lib/io/hskeys.h"
#include "../lib/io/hssay.h"
#include "../lib/io/io.h"
#include "../lib/io/lab.h"
#include "../lib/io/reader.h"
#include "../lib/io/sessionfile.h"
#include "../lib/proto/armor.h"
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ss-handshake: one side of a key agreement; messages in and out, and at the
 * end a session. */

static const char usage[] =
    "usage: ss-handshake family[:pattern] -i | -r [-1aefx] [-A aead]\n"
    "                    [-b bundle] [-F fd] [-g fingerprint] [-K prekeys]\n"
    "                    [-k key] [-m mode] [-o session] [-P psk] [-p peer]\n"
    "                    [-S state] [-U profile] [-Z seed]\n"
    "       ss-handshake -S state [-aefx] [-F fd] [-k key] [-o session]\n"
    "                    [-P psk] [-U profile] [-Z seed]\n"
    "       ss-handshake --help | --version\n";

/* What nobody else may see, in memory that is locked and wiped. */
struct secrets {
	struct ss_hsfile f;      /* what is agreed, and the steps so far */
	struct ss_hsfile before; /* as it was on disk when we came */
	struct ss_hskeys keys;
	struct ss_handshake hs;
	struct ss_agreed agreed;
	struct ss_session session;
};

struct side {
	/* options */
	const char *what; /* "noise:KK", "signed"; NULL: go on with a state */
	const char *peer, *output, *state, *mode, *aead;
	struct ss_hskeys_from from;
	int initiator, responder, armor, force, require_one_time;
	const struct ss_trace *trace;
	/* what is under way */
	struct secrets *x;
	struct ss_reader in;
	uint8_t rec[SS_HANDSHAKE_RECORD_MAX];
	struct ss_buf out;
};

static char locked[SS_HSFILE_PATH_MAX];
static int lock = -1;

static void
unlock(void)
{
	if (lock >= 0)
		xhsfile_unlock(locked, lock);
	lock = -1;
}

/* "noise:KK", "signed", and the options. */
static void
set_suite(struct side *s, struct ss_hsfile *f)
{
	const struct ss_family *family;
	int aead = s->aead ? ss_aead_find(s->aead) : 0;
	uint32_t mode;

	if (s->aead && !aead)
		ss_usage(usage, "no AEAD is called '%s'", s->aead);
	if (ss_family_choose(&family, &f->suite, s->what, aead) != SS_OK)
		ss_usage(usage, family ? "%s: there is no such pattern"
		    : "'%s' does not begin with a family", s->what);
	f->family = family->code;
	f->mode = family->mode(f->suite);
	if (s->mode) {
		if (ss_value_of(&mode, ss_mode_names, s->mode) != SS_OK)
			ss_usage(usage, "no mode is called '%s'", s->mode);
		f->mode = (uint8_t)mode;
	}
}

/* With a seed: both sides, and every call, draw numbers of their own. */
static void
mix(const struct ss_hsfile *f)
{
	ss_lab_mix(f->initiator ? "initiator" : "responder", 9);
	ss_lab_mix(f->run, sizeof(f->run));
	ss_lab_mix(&(uint8_t){ (uint8_t)f->nsteps }, 1);
}

/* A new handshake, from the command line. */
static void
describe(struct side *s)
{
	struct ss_hsfile *f = &s->x->f;

	if (s->state && !s->force && ss_hsfile_exists(s->state)) {
		ss_set_hint("a handshake is under way in it; "
		    "--force gives that up");
		ss_die(SS_ERR_EXISTS, "handshake state '%s'", s->state);
	}
	set_suite(s, f);
	f->initiator = s->initiator != 0;
	f->armor = s->armor != 0;
	memcpy(f->profile, ss_lab_profile(), strlen(ss_lab_profile()));
	mix(f);
	ss_random(f->run, sizeof(f->run));
	xhskeys_name(f, &s->from);
	if (s->peer) {
		f->has_peer = 1;
		xpublic_load(&f->peer, s->peer);
	}
}

/* One that is under way. */
static void
resume(struct side *s)
{
	struct ss_hsfile *f = &s->x->f;

	xhsfile_load(f, s->state);
	if (strcmp(f->profile, ss_lab_profile()) != 0)
		ss_die(ss_lab() ? SS_ERR_USAGE : SS_ERR_LAB,
		    "handshake state '%s'%s", s->state,
		    ss_lab() ? " has another lab profile" : "");
	mix(f);
}

/* The handshake as it was left, or at its beginning. */
static void
begin(struct side *s)
{
	struct secrets *x = s->x;
	struct ss_hsfile *f = &x->f;
	struct ss_handshake_config c = { .initiator = f->initiator,
		.suite = f->suite, .mode = f->mode, .profile = f->profile,
		.self = f->has_key ? &x->keys.self : NULL,
		.peer = f->has_peer ? &f->peer : NULL,
		.psks = (const uint8_t (*)[32])x->keys.psks, .npsks = f->npsks,
		.bundle = x->keys.has_bundle ? &x->keys.bundle : NULL,
		.prekeys = x->keys.has_prekeys ? x->keys.prekeys.p : NULL,
		.require_one_time = s->require_one_time,
		.now = ss_prekeys_now(),
		.trace = f->nsteps ? NULL : s->trace };
	const struct ss_family *family = ss_family_of(f->family);
	enum ss_err e = SS_ERR_SUITE;

	if (family)
		e = ss_handshake_start(&x->hs, family, &c, f->run);
	if (e == SS_ERR_USAGE) {
		ss_set_hint("-k is our key, -p the peer's public key, -P a "
		    "pre-shared key, -b a bundle, -K our prekeys, -m the "
		    "mode of the session");
		ss_die(e, "%s: %s", s->what ? s->what : s->state, x->hs.why);
	}
	if (e != SS_OK && x->hs.why) {
		ss_set_hint(x->hs.why);
		ss_die(e, "%s", s->from.bundle ? s->from.bundle
		                               : s->from.prekeys);
	}
	if (e == SS_OK)
		e = ss_hsfile_replay(&x->hs, f);
	if (e != SS_OK)
		ss_die(e, "%s", s->what ? s->what : s->state);
	x->hs.config.trace = s->trace;
	s->armor |= f->armor;
}

/* LAB reinstall: a state is never spent, and its session made anew. */
static int
reinstalls(void)
{
	return ss_lab_is(ss_lab(), SS_LAB_REINSTALL);
}

/* The session must not take the place of what it is made with. */
static void
keep_inputs(const struct side *s)
{
	const struct ss_hsfile *f = &s->x->f;

	xout_keep(s->output, s->peer, "peer's key");
	xout_keep(s->output, s->from.bundle, "bundle");
	xout_keep(s->output, s->from.prekeys, "prekeys");
	xout_keep(s->output, s->from.key ? s->from.key : f->key.path, "key");
	for (size_t i = 0; i < f->npsks; i++)
		xout_keep(s->output, i < s->from.npsks ? s->from.psks[i] :
		    f->psks[i].path, "pre-shared key");
}

/* Everything that can be refused before a byte is read or written. */
static void
check_outputs(struct side *s)
{
	const struct ss_handshake *hs = &s->x->hs;
	struct ss_hsfile *f = &s->x->f;
	size_t left = hs->steps - hs->step;
	size_t reads = ss_handshake_turn(hs) == SS_TURN_READ;
	/* with a state: at most one message read, and one written */
	int completes = !s->state || left <= reads + 1;
	int writes = s->state ? left > reads
	                      : hs->steps > 1 || hs->config.initiator;

	if (s->output)
		xhskeys_path(f->output, s->output);
	else if (f->output[0])
		s->output = f->output;
	/* the state goes at the end, and would take the session with it */
	if (s->state && strcmp(s->state, f->output) == 0)
		ss_usage(usage, "state and session cannot be one file");
	keep_inputs(s);
	if (completes && !s->output)
		ss_usage(usage, "where shall the session go? -o FILE");
	if (s->output && !s->force && !reinstalls() &&
	    ss_hsfile_exists(s->output) && !ss_file_is_device(s->output))
		ss_die(SS_ERR_EXISTS, "%s", s->output);
	if (writes && !s->armor)
		xrefuse_terminal(STDOUT_FILENO, "-a writes text");
}

/* One record of the peer's; an end of the input instead is an error. */
static enum ss_err
next_record(struct side *s, uint8_t **rec, size_t *len)
{
	enum ss_err e = ss_reader_next(&s->in, rec, len);

	if (e == SS_OK && *len == 0)
		e = s->in.count ? SS_ERR_TRUNCATED : SS_ERR_EMPTY;
	if (e == SS_OK)
		ss_trace_step(s->trace, "record read", *rec, *len, SS_PUBLIC);
	return e;
}

/*
 * The peer's message.  On a duplex pipe there may be answers to an earlier
 * attempt before it, left over in a mailbox: they are passed over.
 */
static void
read_message(struct side *s)
{
	struct ss_handshake *hs = &s->x->hs;
	int number = hs->step + 1, stale = 0;
	uint8_t *rec;
	size_t len;
	enum ss_err e;

	for (;; stale++) {
		if ((e = next_record(s, &rec, &len)) != SS_OK)
			break;
		xhskeys_claim(&s->x->keys);
		if ((e = ss_handshake_read(hs, rec, len)) != SS_ERR_FOREIGN)
			break;
		ss_set_hint("this answers another attempt: begin again on "
		    "both sides, with empty mailboxes");
		if (s->state)
			break;
		ss_warn("an answer to another attempt is passed over");
	}
	if (e == SS_ERR_TRUNCATED && stale)
		e = SS_ERR_FOREIGN; /* nothing else came */
	if (e != SS_OK && len > 0)
		ss_hssay_refusal(hs, e, rec, len);
	if (e == SS_OK)
		e = ss_hsfile_came(&s->x->f, rec, len);
	if (e != SS_OK)
		ss_die(e, "message %d", number);
	ss_set_hint(NULL);
	memcpy(s->x->f.run, hs->run, sizeof(s->x->f.run));
}

static void
make_message(struct side *s)
{
	uint8_t entropy[32];
	enum ss_err e;

	ss_random(entropy, sizeof(entropy));
	e = ss_handshake_write(&s->out, entropy, &s->x->hs);
	if (e == SS_OK)
		e = ss_hsfile_wrote(&s->x->f, entropy);
	sodium_memzero(entropy, sizeof(entropy));
	if (e != SS_OK)
		ss_die(e, "message %d", s->x->hs.step + 1);
	ss_trace_step(s->trace, "record written", s->out.at, s->out.len,
	    SS_PUBLIC);
}

/*
 * The message could not be written: the peer cannot go on from it, so what
 * was saved for it is taken back, and the call may be repeated.
 */
static void
undo(struct side *s, int done)
{
	int number = errno;

	if (done && !ss_file_is_device(s->output) &&
	    ss_file_remove(s->output) != SS_OK)
		ss_warn("cannot remove %s, which is of no use", s->output);
	if (s->state && !s->what) {
		xhsfile_save(&s->x->before, s->state, 1);
	} else if (s->state && !done) {
		xhsfile_remove(s->state);
	}
	errno = number;
}

/* The session is on disk, and then the state is spent. */
static void
save_session(struct side *s)
{
	struct secrets *x = s->x;
	uint8_t fresh[32];
	enum ss_err e = ss_handshake_finish(&x->agreed, &x->hs);

	ss_random(fresh, sizeof(fresh));
	if (e == SS_OK)
		e = ss_session_begin(
		    &x->session, &x->agreed, fresh, s->trace);
	sodium_memzero(fresh, sizeof(fresh));
	if (e == SS_OK)
		e = ss_sessionfile_create(s->output, &x->session,
		    s->force || reinstalls());
	if (e != SS_OK)
		ss_die(e, "%s", s->output);
	/* only now: after a crash in between the message is read again */
	if (ss_hskeys_spend(&x->keys, &x->agreed.use) != SS_OK) {
		undo(s, 1);
		ss_die(SS_ERR_SYSTEM, "prekeys '%s': save", s->from.prekeys);
	}
	if (s->state && ss_hsfile_exists(s->state) && !reinstalls())
		xhsfile_remove(s->state);
	/* ephemeral secrets are gone before the last message leaves */
	sodium_memzero(x->f.steps, sizeof(x->f.steps));
	x->f.nsteps = 0;
}

static void
emit(struct side *s, int done)
{
	static char text[SS_ARMOR_BYTES(SS_HANDSHAKE_RECORD_MAX)];
	const void *at = s->out.at;
	size_t len = s->out.len;

	if (len == 0)
		return;
	if (s->armor) {
		ss_armor_put(text, at, len);
		at = text;
		len = SS_ARMOR_BYTES(len);
	}
	if (ss_write_full(STDOUT_FILENO, at, len) < 0) {
		undo(s, done);
		ss_die(SS_ERR_SYSTEM, "cannot write message %d",
		    s->x->hs.step);
	}
	s->out.len = 0;
}

static void
run(struct side *s)
{
	struct ss_handshake *hs = &s->x->hs;
	int done;

	ss_reader_open(&s->in, STDIN_FILENO, 1);
	do {
		if (ss_handshake_turn(hs) == SS_TURN_READ)
			read_message(s);
		if (ss_handshake_turn(hs) == SS_TURN_WRITE)
			make_message(s);
		done = ss_handshake_turn(hs) == SS_TURN_DONE;
		if (done)
			save_session(s);
		else if (s->state)
			xhsfile_save(&s->x->f, s->state,
			    !s->what || s->force);
		emit(s, done);
	} while (!done && !s->state);
	if (done) {
		xhskeys_spend_psks(&s->x->f, &s->from);
		ss_hssay_session(&s->x->agreed, &s->x->f, &s->x->keys);
	}
	ss_reader_close(&s->in);
}

static const struct option options[] = {
	{ "require-one-time", no_argument, NULL, '1' },
	{ "aead", required_argument, NULL, 'A' },
	{ "armor", no_argument, NULL, 'a' },
	{ "bundle", required_argument, NULL, 'b' },
	{ "explain", no_argument, NULL, 'e' },
	{ "passphrase-fd", required_argument, NULL, 'F' },
	{ "force", no_argument, NULL, 'f' },
	{ "fingerprint", required_argument, NULL, 'g' },
	{ "initiator", no_argument, NULL, 'i' },
	{ "prekeys", required_argument, NULL, 'K' },
	{ "key", required_argument, NULL, 'k' },
	{ "mode", required_argument, NULL, 'm' },
	{ "output", required_argument, NULL, 'o' },
	{ "psk", required_argument, NULL, 'P' },
	{ "peer", required_argument, NULL, 'p' },
	{ "responder", no_argument, NULL, 'r' },
	{ "state", required_argument, NULL, 'S' },
	{ "show-secrets", no_argument, NULL, 'x' },
	{ "lab-unsafe", required_argument, NULL, 'U' },
	{ "lab-seed", required_argument, NULL, 'Z' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
add_psk(struct ss_hskeys_from *from, const char *path)
{
	if (from->npsks == SS_HSFILE_PSKS_MAX)
		ss_usage(usage, "more than %d pre-shared keys",
		    SS_HSFILE_PSKS_MAX);
	from->psks[from->npsks++] = path;
}

/* Do these options make sense together? */
static void
check_options(const struct side *s, int rest)
{
	if (rest > 0)
		ss_usage(usage, "one FAMILY[:PATTERN], not more");
	if (!s->what && !s->state)
		ss_usage(usage, "which handshake? FAMILY[:PATTERN], "
		    "such as noise:KK or signed");
	if (s->what && s->initiator + s->responder != 1)
		ss_usage(usage, "which side is this? -i or -r");
	if (!s->what && (s->initiator || s->responder || s->peer || s->mode ||
	    s->aead || s->from.bundle || s->from.prekeys ||
	    s->require_one_time))
		ss_usage(usage, "the state of a handshake under way knows "
		    "its side, peer, mode and AEAD");
	if (s->from.fingerprint && (s->peer || !s->from.bundle))
		ss_usage(usage, "-g says whose the bundle (-b) must be, "
		    "in the place of -p");
	if (s->output && strcmp(s->output, "-") == 0)
		ss_usage(usage, "standard output is for messages, "
		    "not for the session");
}

static void
parse(struct side *s, int argc, char **argv)
{
	int c, explain = 0, secrets = 0;

	while ((c = getopt_long(argc, argv,
	    "1A:ab:eF:fg:hiK:k:m:o:P:p:rS:U:VxZ:", options, NULL)) != -1) {
		switch (c) {
		case '1': s->require_one_time = 1; break;
		case 'A': s->aead = optarg; break;
		case 'a': s->armor = 1; break;
		case 'b': s->from.bundle = optarg; break;
		case 'e': explain = 1; break;
		case 'F':
			s->from.passphrase_fd = (int)xnumber(
			    "--passphrase-fd", optarg, 65535);
			break;
		case 'f': s->force = 1; break;
		case 'g': s->from.fingerprint = optarg; break;
		case 'i': s->initiator = 1; break;
		case 'K': s->from.prekeys = optarg; break;
		case 'k': s->from.key = optarg; break;
		case 'm': s->mode = optarg; break;
		case 'o': s->output = optarg; break;
		case 'P': add_psk(&s->from, optarg); break;
		case 'p': s->peer = optarg; break;
		case 'r': s->responder = 1; break;
		case 'S': s->state = optarg; break;
		case 'x': secrets = 1; break;
		case 'U': xlab_unsafe(optarg); break;
		case 'Z': xlab_seed(optarg); break;
		case 'h': ss_help(usage);
		case 'V': ss_version();
		default: ss_usage(usage, "wrong option");
		}
	}
	s->what = argv[optind];
	check_options(s, argc - optind - 1);
	if (explain) {
		ss_narrate_start(secrets);
		s->trace = &ss_narrator;
	}
}

int
main(int argc, char **argv)
{
	static struct side s = { .from.passphrase_fd = -1 };

	ss_start(argv[0]);
	signal(SIGPIPE, SIG_IGN); /* a write that fails is undone */
	parse(&s, argc, argv);
	s.out = (struct ss_buf){ s.rec, 0, sizeof(s.rec), 0 };
	s.x = xsecret_alloc(sizeof(*s.x));
	memset(s.x, 0, sizeof(*s.x));
	if (s.state) {
		xhskeys_path(locked, s.state);
		lock = xhsfile_lock(locked);
		atexit(unlock);
		s.state = locked;
	}
	if (s.what)
		describe(&s);
	else
		resume(&s);
	s.x->before = s.x->f;
	s.from.first = s.what != NULL;
	xhskeys_load(&s.x->keys, &s.x->f, &s.from);
	begin(&s);
	check_outputs(&s);
	run(&s);
	sodium_free(s.x); /* wipes */
	return 0;
}
