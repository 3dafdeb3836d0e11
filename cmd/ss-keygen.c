/* SPDX-License-Identifier: ISC */
#include "../lib/io/file.h"
#include "../lib/io/io.h"
#include "../lib/io/lab.h"
#include "../lib/io/prekeymake.h"
#include "../lib/io/qr.h"
#include "../lib/io/rsamake.h"
#include "../lib/proto/prekeys.h"
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: ss-keygen -n name [-efP] [-F fd] [-o file] [-s bits]\n"
    "                 [-U profile] [-Z seed]\n"
    "       ss-keygen -p [-ef] [-o file] [file]\n"
    "       ss-keygen -l [-e] [file]\n"
    "       ss-keygen -q [-e] [file]\n"
    "       ss-keygen -c [-e] [-F fd] [-U profile] [-Z seed] file\n"
    "       ss-keygen -K n -k key -o prekeys [-ef] [-F fd] [-g grace]\n"
    "                 [-t life] [-U profile] [-Z seed]\n"
    "       ss-keygen -K n [-e] [-U profile] [-Z seed] prekeys\n"
    "       ss-keygen -r -k key [-e] [-F fd] [-g grace] [-t life]\n"
    "                 [-U profile] [-Z seed] prekeys\n"
    "       ss-keygen -b [-ef] [-1[id]] [-o file] [-U profile] [-Z seed]\n"
    "                 [prekeys]\n"
    "       ss-keygen --help | --version\n";

/* Argon2id with the parameters that RFC 9106, 4, gives for small machines:
 * a fifth of a second for us, and for each guess of whoever finds the file. */
#define PASSES 3
#define MEMORY ((uint64_t)64 << 20)

struct options {
	const char *name, *output, *input;
	int force, protect, passphrase_fd;
	unsigned rsa; /* bits; 0: none */
	struct ss_prekeymake prekeys;
};

/* Group by group, as one person reads it to another. */
static void
print_fingerprint(FILE *out, const struct ss_public *pub)
{
	uint8_t fp[SS_FINGERPRINT_BYTES];
	char text[SS_FINGERPRINT_TEXT], id[2 * SS_ID_BYTES + 1];

	ss_public_fingerprint(fp, pub);
	ss_fingerprint_text(text, fp);
	sodium_bin2hex(id, sizeof(id), fp, SS_ID_BYTES);
	fprintf(out, "name:        %s%s\n", pub->name,
	    pub->lab ? " (lab key: for experiments only)" : "");
	fprintf(out, "fingerprint: %.35s\n             %s\n", text, text + 36);
	fprintf(out, "id:          %s\n", id);
}

static void
explain_public(const struct ss_public *pub)
{
	uint8_t fp[SS_FINGERPRINT_BYTES];

	ss_public_fingerprint(fp, pub);
	ss_trace_step(&ss_narrator, "Ed25519 public key, to verify signatures",
	    pub->ed, 32, SS_PUBLIC);
	ss_trace_step(&ss_narrator, "X25519 public key, to agree on keys",
	    pub->x, 32, SS_PUBLIC);
	if (pub->rsa.len)
		ss_trace_step(&ss_narrator, "RSA modulus, to wrap keys for",
		    pub->rsa.n, pub->rsa.len, SS_PUBLIC);
	ss_trace_step(&ss_narrator, pub->rsa.len ? "fingerprint = "
	    "SHA-256(label || Ed25519 key || X25519 key || RSA modulus); its "
	    "first 8 bytes are the id" : "fingerprint = SHA-256(label || "
	    "Ed25519 key || X25519 key); its first 8 bytes are the id",
	    fp, sizeof(fp), SS_PUBLIC);
}

/* The key file's text, with a passphrase if that is not NULL. */
static size_t
xkey_text(char *text, const struct ss_identity *id, const char *passphrase)
{
	struct ss_kdf kdf = { .passes = PASSES, .memory = MEMORY };
	enum ss_err e;
	size_t len;

	ss_random(kdf.salt, sizeof(kdf.salt));
	ss_random(kdf.nonce, sizeof(kdf.nonce));
	if (passphrase) {
		ss_narrate("key = Argon2id(passphrase, salt), %d passes over "
		    "%llu MiB", PASSES, (unsigned long long)MEMORY >> 20);
		ss_narrate("sealed = XChaCha20-Poly1305(key, nonce, secrets), "
		    "which authenticates the lines before it");
	}
	e = ss_identity_put_text(text, &len, id, passphrase, &kdf);
	if (e != SS_OK)
		ss_die(e, "cannot protect the key with a passphrase");
	return len;
}

/* The shell made the file of `> alice.key`, and others can read it. */
static void
xwrite_stdout(const char *text, size_t len)
{
	struct stat st;

	if (fstat(1, &st) == 0 && S_ISREG(st.st_mode) && fchmod(1, 0600) < 0)
		ss_die(SS_ERR_SYSTEM, "cannot hide the output from others");
	xwrite_full(1, text, len, "standard output");
}

static void
write_key(const struct options *o, const struct ss_identity *id,
    const char *path, int force)
{
	char *passphrase = NULL, *text = xsecret_alloc(SS_KEY_TEXT_MAX);
	enum ss_err e = SS_OK;
	size_t len;

	if (o->protect) {
		passphrase = xsecret_alloc(SS_PASSPHRASE_MAX);
		xpassphrase(
		    passphrase, o->passphrase_fd, "New passphrase: ", 1);
	}
	len = xkey_text(text, id, passphrase);
	if (strcmp(path, "-") == 0)
		xwrite_stdout(text, len);
	else
		e = ss_file_replace(path, text, len, 0600, force);
	if (e != SS_OK)
		ss_die(e, "%s", path);
	sodium_free(text);
	sodium_free(passphrase);
}

/* --rsa BITS, once all options are known: the lab has smaller sizes. */
static void
check_rsa(const struct options *o)
{
	if (!o->rsa || (o->rsa % 8 == 0 &&
	    ss_rsa_size_ok(o->rsa / 8, ss_lab() != NULL)))
		return;
	ss_set_hint("RSA keys have 2048, 3072 or 4096 bits");
	ss_die(SS_ERR_USAGE, "no RSA key of %u bits", o->rsa);
}

/* -n: two secrets, and all the rest follows from them, but for RSA */
static void
make(const struct options *o)
{
	struct ss_identity *id = xsecret_alloc(sizeof(*id));
	uint8_t *seed = xsecret_alloc(64);
	const char *path = o->output ? o->output : "-";
	struct stat st;

	check_rsa(o);
	if (!o->output)
		xrefuse_terminal(1, "-o FILE stores the key, -o - shows it");
	/* said before anybody types a passphrase; made sure of when writing */
	if (o->output && !o->force && strcmp(path, "-") != 0
	    && lstat(path, &st) == 0)
		ss_die(SS_ERR_EXISTS, "%s", path);
	ss_lab_mix(o->name, strlen(o->name));
	ss_random(seed, 64);
	if (ss_identity_make(id, o->name, seed) != SS_OK) {
		ss_set_hint("a name is [a-z0-9][a-z0-9._-]*, "
		    "at most 64 characters");
		ss_die(SS_ERR_USAGE, "'%s' cannot be a name", o->name);
	}
	id->pub.lab = ss_lab() != NULL;
	ss_trace_step(&ss_narrator, "random: Ed25519 seed and X25519 secret",
	    seed, 64, SS_SECRET);
	if (o->rsa)
		xrsa_make(id, o->rsa);
	explain_public(&id->pub);
	write_key(o, id, path, o->force);
	print_fingerprint(stderr, &id->pub);
	sodium_free(seed);
	sodium_free(id);
}

/* The public half out of either half's text.  A key file has it in the
 * clear: no passphrase is needed. */
static enum ss_err
get_public(
    struct ss_public *pub, int *is_key, const char *text, size_t len)
{
	enum ss_err e = ss_public_get_text(pub, text, len);
	int protected;

	*is_key = e == SS_ERR_HALF;
	return *is_key ? ss_identity_peek_text(pub, &protected, text, len)
	               : e;
}

/* Only a secret has to have a mode that hides it, so what others can read is
 * read all the same, and refused if it turns out to be a key. */
static void
xpublic_half(struct ss_public *pub, const char *path, int key_only)
{
	char *text = xsecret_alloc(SS_KEY_TEXT_MAX);
	int is_key = 0;
	size_t len;
	enum ss_err e, mode;

	e = mode = ss_file_read(text, &len, SS_KEY_TEXT_MAX, path, 1);
	if (mode == SS_ERR_PERMISSION)
		e = ss_file_read(text, &len, SS_KEY_TEXT_MAX, path, 0);
	if (e == SS_OK)
		e = get_public(pub, &is_key, text, len);
	else if (e == SS_ERR_LENGTH)
		e = SS_ERR_KEY;
	sodium_free(text);
	if (is_key && mode != SS_OK) {
		e = mode;
	} else if (e == SS_OK && !is_key && key_only) {
		e = SS_ERR_HALF;
		ss_set_hint("this is the public half already");
	}
	if (e != SS_OK)
		ss_die(e, "%s",
		    strcmp(path, "-") == 0 ? "standard input" : path);
	explain_public(pub);
}

static void
put_public(const struct options *o)
{
	struct ss_public pub;
	struct ss_out out;
	char line[SS_PUBLIC_TEXT_MAX + 2];

	xout_keep(o->output, o->input, "key");
	xpublic_half(&pub, o->input, 1);
	ss_public_put_text(line, &pub);
	ss_narrate("ss-pub-v1:NAME:BASE64URL(Ed25519 key || X25519 key || "
	    "%s4 bytes of checksum)", pub.rsa.len ? "RSA modulus || " : "");
	strcat(line, "\n");
	xout_open(&out, o->output, o->force);
	xwrite_full(out.fd, line, strlen(line), "the public key");
	xout_commit(&out);
}

static void
put_fingerprint(const struct options *o)
{
	struct ss_public pub;

	xpublic_half(&pub, o->input, 0);
	ss_narrate("12 groups of 5 digits: 5 bytes of SHA-512(fingerprint) "
	    "each, modulo 100,000");
	print_fingerprint(stdout, &pub);
}

static void
put_qr(const struct options *o)
{
	struct ss_public pub;
	char line[SS_PUBLIC_TEXT_MAX + 1];

	xpublic_half(&pub, o->input, 0);
	ss_public_put_text(line, &pub);
	xqr_print(line);
}

static void
change_passphrase(const struct options *o)
{
	struct ss_identity *id = xsecret_alloc(sizeof(*id));

	if (strcmp(o->input, "-") == 0)
		ss_usage(usage, "--change-passphrase needs a file");
	xkey_load(id, o->input, o->passphrase_fd);
	explain_public(&id->pub);
	write_key(o, id, o->input, 1);
	print_fingerprint(stderr, &id->pub);
	sodium_free(id);
}

/* -K with -o makes a prekey file, without it adds to one */
static void
make_prekeys(const struct options *o)
{
	struct ss_prekeymake m = o->prekeys;

	m.force = o->force;
	m.passphrase_fd = o->passphrase_fd;
	m.path = o->output ? o->output : o->input;
	if (strcmp(m.path, "-") == 0)
		ss_usage(usage, "prekeys change with use: -o FILE, or the "
		    "file to add to");
	if (!o->output) {
		if (m.key)
			ss_usage(usage, "only a new file needs a key: -o FILE");
		xprekeymake_add(&m);
		return;
	}
	if (strcmp(o->input, "-") != 0)
		ss_usage(usage, "-o makes a new file, an operand is one "
		    "that is there");
	if (!m.key)
		ss_usage(usage, "whose prekeys? -k FILE");
	xprekeymake_new(&m);
}

static void
rotate_prekey(const struct options *o)
{
	struct ss_prekeymake m = o->prekeys;

	m.passphrase_fd = o->passphrase_fd;
	m.path = o->input;
	if (!m.key)
		ss_usage(usage, "who signs the new prekey? -k FILE");
	xprekeymake_rotate(&m);
}

static void
put_bundle(const struct options *o)
{
	struct ss_prekeymake m = o->prekeys;

	m.force = o->force;
	m.output = o->output;
	m.path = o->input;
	xprekeymake_bundle(&m);
}

/* What the command can do, each with the options that go with it. */
static const struct action {
	int letter;
	const char *takes;
	int operands_min, operands_max;
	void (*run)(const struct options *o);
} actions[] = {
	{ 'n', "ofPFseUZ", 0, 0, make },
	{ 'p', "ofe", 0, 1, put_public },
	{ 'l', "e", 0, 1, put_fingerprint },
	{ 'q', "e", 0, 1, put_qr },
	{ 'c', "FeUZ", 1, 1, change_passphrase },
	{ 'K', "kofFgteUZ", 0, 1, make_prekeys },
	{ 'r', "kFgteUZ", 1, 1, rotate_prekey },
	{ 'b', "1ofeUZ", 0, 1, put_bundle },
};
#define ACTIONS (sizeof(actions) / sizeof(*actions))

static const struct option options[] = {
	{ "name", required_argument, NULL, 'n' },
	{ "public", no_argument, NULL, 'p' },
	{ "fingerprint", no_argument, NULL, 'l' },
	{ "qr", no_argument, NULL, 'q' },
	{ "change-passphrase", no_argument, NULL, 'c' },
	{ "prekeys", required_argument, NULL, 'K' },
	{ "rotate-prekey", no_argument, NULL, 'r' },
	{ "bundle", no_argument, NULL, 'b' },
	{ "one", optional_argument, NULL, '1' },
	{ "key", required_argument, NULL, 'k' },
	{ "grace", required_argument, NULL, 'g' },
	{ "lifetime", required_argument, NULL, 't' },
	{ "output", required_argument, NULL, 'o' },
	{ "force", no_argument, NULL, 'f' },
	{ "rsa", required_argument, NULL, 's' },
	{ "passphrase", no_argument, NULL, 'P' },
	{ "passphrase-fd", required_argument, NULL, 'F' },
	{ "explain", no_argument, NULL, 'e' },
	{ "lab-unsafe", required_argument, NULL, 'U' },
	{ "lab-seed", required_argument, NULL, 'Z' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char *
option_name(int letter)
{
	const struct option *o = options;

	while (o->name && o->val != letter)
		o++;
	return o->name;
}

/* Options of prekeys; 1 if c is one. */
static int
take_prekey_option(struct ss_prekeymake *m, int c)
{
	switch (c) {
	case 'K':
		m->count = xnumber("--prekeys", optarg, SS_ONE_TIME_MAX);
		return 1;
	case '1':
		m->one = 1;
		m->id = optarg ? (uint32_t)xnumber("--one", optarg,
		    UINT32_MAX) : 0;
		return 1;
	case 'k':
		m->key = optarg;
		return 1;
	case 'g':
		m->grace = xduration("--grace", optarg);
		return 1;
	case 't':
		m->lifetime = xduration("--lifetime", optarg);
		return 1;
	}
	return 0;
}

static void
take_option(struct options *o, int c, char **argv)
{
	if (take_prekey_option(&o->prekeys, c))
		return;
	switch (c) {
	case 'n':
		o->name = optarg;
		break;
	case 'o':
		o->output = optarg;
		break;
	case 'f':
		o->force = 1;
		break;
	case 'P':
		o->protect = 1;
		break;
	case 'F':
		o->protect = 1;
		o->passphrase_fd =
		    (int)xnumber("--passphrase-fd", optarg, 65535);
		break;
	case 's':
		o->rsa = (unsigned)xnumber("--rsa", optarg, 65535);
		if (!o->rsa)
			ss_usage(usage, "--rsa needs a number of bits");
		break;
	case 'e':
		ss_narrate_start(0);
		break;
	case 'U':
		xlab_unsafe(optarg);
		break;
	case 'Z':
		xlab_seed(optarg);
		break;
	case 'h':
		ss_help(usage);
	case 'V':
		ss_version();
	case '?':
		ss_usage(usage, "unknown option or missing argument: %s",
		    argv[optind - 1]);
	}
}

/* The one action among the letters given, once all of them go with it. */
static const struct action *
choose(const char *given)
{
	const struct action *a = NULL;

	for (size_t i = 0; i < ACTIONS; i++) {
		if (!strchr(given, actions[i].letter))
			continue;
		if (a)
			ss_usage(usage, "--%s and --%s do not go together",
			    option_name(a->letter),
			    option_name(actions[i].letter));
		a = &actions[i];
	}
	if (!a)
		ss_usage(usage, "nothing to do: one of --name, --public, "
		    "--fingerprint, --qr, --change-passphrase, --prekeys, "
		    "--rotate-prekey, --bundle is needed");
	for (; *given != '\0'; given++)
		if (*given != a->letter && !strchr(a->takes, *given))
			ss_usage(usage, "--%s and --%s do not go together",
			    option_name(a->letter), option_name(*given));
	return a;
}

int
main(int argc, char **argv)
{
	struct options o = { .input = "-", .passphrase_fd = -1,
		.prekeys = { .lifetime = SS_PREKEY_LIFETIME,
		    .grace = SS_PREKEY_GRACE } };
	char given[ACTIONS + sizeof("ofPFseUZ1kgt")] = "";
	const struct action *a;
	int c;

	ss_start(argv[0]);
	opterr = 0;
	while ((c = getopt_long(argc, argv,
		    "n:plqcK:rb1::k:g:t:o:fPF:s:eU:Z:hV", options, NULL)) !=
	    -1) {
		take_option(&o, c, argv);
		if (!strchr(given, c))
			given[strlen(given)] = (char)c;
	}
	a = choose(given);
	argc -= optind;
	argv += optind;
	if (argc < a->operands_min)
		ss_usage(usage, "--%s needs a file", option_name(a->letter));
	if (argc > a->operands_max)
		ss_usage(usage, "too many operands: %s",
		    argv[a->operands_max]);
	if (argc > 0)
		o.input = argv[0];
	if (a->letter == 'c')
		o.protect = 1;
	(void)ss_lab(); /* its warning, whatever the action makes of it */
	a->run(&o);
	xclose_stdout();
	return 0;
}
