/* SPDX-License-Identifier: ISC */
#include "../lib/io/file.h"
#include "../lib/io/io.h"
#include "../lib/io/value.h"
#include "../lib/proto/aead.h"
#include "../lib/proto/dh.h"
#include "../lib/proto/hash.h"
#include "../lib/proto/identity.h"
#include <getopt.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

/*
 * ss-prim: the primitives as filters.  Each sub-command is one row of a table
 * and one function that calls lib/proto; everything else is bytes in, bytes
 * out.  A row says which options it takes, so that a slip is not ignored.
 */

static const char usage[] =
    "usage: ss-prim hash [-rwx]\n"
    "       ss-prim hmac [-Krwx] -k file\n"
    "       ss-prim hkdf [-rwx] [-i info] [-l length] [-s salt]\n"
    "       ss-prim hkdf-extract [-rwx] [-s salt]\n"
    "       ss-prim hkdf-expand [-rwx] [-i info] [-l length]\n"
    "       ss-prim dh [-Krwx] -k file\n"
    "       ss-prim dh -P [-Kwx] -k file\n"
    "       ss-prim sign [-Krwx] -k file\n"
    "       ss-prim sign -P [-Kwx] -k file\n"
    "       ss-prim verify [-rx] -p public -S signature\n"
    "       ss-prim aead-seal [-Krwx] [-A aead] [-d data] -k file -n nonce\n"
    "       ss-prim aead-open [-Krwx] [-A aead] [-d data] -k file -n nonce\n"
    "       ss-prim xor [-rwx] -m mask\n"
    "       ss-prim hex\n"
    "       ss-prim unhex\n"
    "       ss-prim -L\n"
    "       ss-prim --help | --version\n";

static const struct option options[] = {
	{ "aead", required_argument, NULL, 'A' },
	{ "ad", required_argument, NULL, 'd' },
	{ "info", required_argument, NULL, 'i' },
	{ "key-hex", no_argument, NULL, 'K' },
	{ "key", required_argument, NULL, 'k' },
	{ "list", no_argument, NULL, 'L' },
	{ "length", required_argument, NULL, 'l' },
	{ "mask", required_argument, NULL, 'm' },
	{ "nonce", required_argument, NULL, 'n' },
	{ "public", no_argument, NULL, 'P' },
	{ "public-key", required_argument, NULL, 'p' },
	{ "read-hex", no_argument, NULL, 'r' },
	{ "signature", required_argument, NULL, 'S' },
	{ "salt", required_argument, NULL, 's' },
	{ "write-hex", no_argument, NULL, 'w' },
	{ "hex", no_argument, NULL, 'x' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* What one call works on. */
struct job {
	const char *value[128]; /* of each option, by its letter; "" if bare */
	enum ss_aead_id aead;
	size_t length; /* of HKDF's output */
	struct ss_value in, key, salt, info, nonce, ad, public, signature, mask;
	struct ss_value out;
};

struct prim {
	const char *name, *sentence;
	enum ss_err (*run)(struct job *);
	const char *takes, *needs; /* options, by their letters; NULL: none */
	size_t key;                /* length of its key, 0: any */
	char always;               /* an option that it always has */
	int text;                  /* what comes out may have been text */
};

static enum ss_err
wrong_length(const char *hint)
{
	ss_set_hint(hint);
	return SS_ERR_LENGTH;
}

/* The sub-commands.  Each fills job->out. */

static enum ss_err
hash(struct job *j)
{
	j->out = xvalue_room(SS_HASH_BYTES);
	ss_hash(j->out.at, j->in.at, j->in.len);
	return SS_OK;
}

static enum ss_err
hmac(struct job *j)
{
	j->out = xvalue_room(SS_HASH_BYTES);
	ss_hmac(j->out.at, j->in.at, j->in.len, j->key.at, j->key.len);
	return SS_OK;
}

static enum ss_err
hkdf(struct job *j)
{
	j->out = xvalue_room(j->length);
	ss_hkdf(j->out.at, j->out.len, j->salt.at, j->salt.len, j->in.at,
	    j->in.len, j->info.at, j->info.len);
	return SS_OK;
}

static enum ss_err
hkdf_extract(struct job *j)
{
	j->out = xvalue_room(SS_HASH_BYTES);
	ss_hkdf_extract(j->out.at, j->salt.at, j->salt.len, j->in.at,
	    j->in.len);
	return SS_OK;
}

static enum ss_err
hkdf_expand(struct job *j)
{
	if (j->in.len != SS_HASH_BYTES)
		return wrong_length("a pseudorandom key has 32 bytes");
	j->out = xvalue_room(j->length);
	ss_hkdf_expand(j->out.at, j->out.len, j->info.at, j->info.len,
	    j->in.at);
	return SS_OK;
}

static enum ss_err
dh(struct job *j)
{
	j->out = xvalue_room(SS_DH_BYTES);
	if (j->value['P']) {
		ss_dh_public(j->out.at, j->key.at);
		return SS_OK;
	}
	if (j->in.len != SS_DH_BYTES)
		return wrong_length("their public key has 32 bytes");
	return ss_dh(j->out.at, j->key.at, j->in.at);
}

/* RFC 8032's secret key is a seed; of an identity only that half is used. */
static enum ss_err
sign(struct job *j)
{
	struct ss_value seed = xvalue_room(64);
	struct ss_identity *id = xsecret_alloc(sizeof(*id));
	enum ss_err e;

	memset(seed.at, 0, seed.len);
	memcpy(seed.at, j->key.at, j->key.len);
	if ((e = ss_identity_make(id, "prim", seed.at)) != SS_OK)
		goto out;
	if (j->value['P']) {
		j->out = xvalue_room(sizeof(id->pub.ed));
		memcpy(j->out.at, id->pub.ed, j->out.len);
	} else {
		j->out = xvalue_room(SS_SIGN_BYTES);
		ss_identity_sign(j->out.at, j->in.at, j->in.len, id);
	}
out:
	sodium_free(id);
	ss_value_drop(&seed);
	return e;
}

static enum ss_err
verify(struct job *j)
{
	return ss_public_verify(j->signature.at, j->in.at, j->in.len,
	    j->public.at);
}

static enum ss_err
aead_seal(struct job *j)
{
	struct ss_aead *a = xsecret_alloc(sizeof(*a));
	enum ss_err e;

	ss_aead_init(a, j->aead, j->key.at);
	j->out = xvalue_room(j->in.len + SS_AEAD_TAG_BYTES);
	e = ss_aead_seal(a, j->out.at, j->in.at, j->in.len, j->ad.at,
	    j->ad.len, j->nonce.at);
	ss_aead_wipe(a);
	sodium_free(a);
	return e;
}

static enum ss_err
aead_open(struct job *j)
{
	struct ss_aead *a;
	enum ss_err e;

	if (j->in.len < SS_AEAD_TAG_BYTES)
		return SS_ERR_TRUNCATED;
	a = xsecret_alloc(sizeof(*a));
	ss_aead_init(a, j->aead, j->key.at);
	j->out = xvalue_room(j->in.len - SS_AEAD_TAG_BYTES);
	e = ss_aead_open(a, j->out.at, j->in.at, j->in.len, j->ad.at,
	    j->ad.len, j->nonce.at);
	ss_aead_wipe(a);
	sodium_free(a);
	return e;
}

static enum ss_err
xor(struct job *j)
{
	if (j->in.len != j->mask.len)
		return wrong_length("data and mask must be of one length");
	j->out = xvalue_room(j->in.len);
	for (size_t i = 0; i < j->in.len; i++)
		j->out.at[i] = j->in.at[i] ^ j->mask.at[i];
	return SS_OK;
}

/* hex and unhex: reading or writing does the work. */
static enum ss_err
copy(struct job *j)
{
	j->out = xvalue_room(j->in.len);
	memcpy(j->out.at, j->in.at, j->in.len);
	return SS_OK;
}

static const struct prim prims[] = {
	{ "hash", "SHA-256 of standard input",
	    .run = hash, .takes = "rwx" },
	{ "hmac", "HMAC-SHA-256 of standard input, with a key of any length",
	    .run = hmac, .takes = "kKrwx", .needs = "k" },
	{ "hkdf", "HKDF-SHA-256: extract, then expand",
	    .run = hkdf, .takes = "ilsrwx" },
	{ "hkdf-extract",
	    "HKDF's first half: key material in, a pseudorandom key out",
	    .run = hkdf_extract, .takes = "srwx" },
	{ "hkdf-expand", "HKDF's second half: that key in, any length out",
	    .run = hkdf_expand, .takes = "ilrwx" },
	{ "dh", "X25519 of our secret key and their public key",
	    .run = dh, .takes = "kKPrwx", .needs = "k",
	    .key = SS_DH_BYTES },
	{ "sign", "Ed25519 signature of standard input",
	    .run = sign, .takes = "kKPrwx", .needs = "k", .key = 32 },
	{ "verify", "say by the exit status whether a signature is right",
	    .run = verify, .takes = "pSrx", .needs = "pS" },
	{ "aead-seal", "encrypt: plaintext in, ciphertext and tag out",
	    .run = aead_seal, .takes = "AdkKnrwx", .needs = "kn",
	    .key = SS_AEAD_KEY_BYTES },
	{ "aead-open", "decrypt: ciphertext and tag in, plaintext out",
	    .run = aead_open, .takes = "AdkKnrwx", .needs = "kn",
	    .key = SS_AEAD_KEY_BYTES, .text = 1 },
	{ "xor", "each byte with the byte of a mask of the same length",
	    .run = xor, .takes = "mrwx", .needs = "m", .text = 1 },
	{ "hex", "bytes in, hex out",
	    .run = copy, .always = 'w' },
	{ "unhex", "hex in, bytes out",
	    .run = copy, .always = 'r', .text = 1 },
};
#define NPRIMS (sizeof(prims) / sizeof(*prims))

static const struct prim *
find(const char *name)
{
	for (size_t i = 0; i < NPRIMS; i++)
		if (strcmp(prims[i].name, name) == 0)
			return &prims[i];
	ss_usage(usage, "no sub-command '%s'", name);
}

static void
list(void)
{
	for (size_t i = 0; i < NPRIMS; i++)
		printf("%-14s%s\n", prims[i].name, prims[i].sentence);
}

static int
among(const char *letters, int c)
{
	return letters && strchr(letters, c) != NULL;
}

/* No option that means nothing here, and none missing. */
static void
check(const struct prim *p, const struct job *j)
{
	for (const struct option *o = options; o->name; o++) {
		if (j->value[o->val] && !among(p->takes, o->val))
			ss_usage(usage, "%s takes no --%s", p->name, o->name);
		if (!j->value[o->val] && among(p->needs, o->val))
			ss_usage(usage, "%s needs --%s", p->name, o->name);
	}
	if (j->value['P'] && j->value['r'])
		ss_usage(usage, "--public reads no standard input");
}

/* The table knows each option; what it means is decided by the row. */
static const struct prim *
parse(struct job *j, int argc, char **argv)
{
	const struct prim *p;
	int c;

	while ((c = getopt_long(argc, argv, "A:d:i:Kk:Ll:m:n:Pp:rS:s:wxhV",
	    options, NULL)) != -1) {
		if (c == 'h')
			ss_help(usage);
		if (c == 'V')
			ss_version();
		if (c == '?')
			ss_usage(usage, NULL);
		j->value[c] = optarg ? optarg : "";
	}
	if (j->value['L'] && argc == 2)
		return NULL;
	if (optind == argc)
		ss_usage(usage, "which sub-command? --list names them");
	p = find(argv[optind]);
	if (argv[optind + 1])
		ss_usage(usage, "%s takes no argument '%s'", p->name,
		    argv[optind + 1]);
	check(p, j);
	if (p->always)
		j->value[(int)p->always] = "";
	if (j->value['x'] && !j->value['P'])
		j->value['r'] = "";
	if (j->value['x'])
		j->value['w'] = "";
	return p;
}

/* Everything that the row takes, read and of the right length. */
static void
load(struct job *j, const struct prim *p)
{
	const char *const *v = j->value;

	j->length = v['l'] ? xnumber("--length", v['l'], 255 * SS_HASH_BYTES)
	                   : SS_HASH_BYTES;
	if (j->length == 0)
		ss_usage(usage, "--length is at least 1");
	j->aead = v['A'] ? (enum ss_aead_id)ss_aead_find(v['A'])
	                 : SS_CHACHAPOLY;
	if (j->aead == 0)
		ss_usage(usage, "--aead is chachapoly or aesgcm");
	if (v['k'])
		j->key = xvalue_key(v['k'], p->key, v['K'] != NULL);
	if (v['n'])
		j->nonce = xvalue_of_length("nonce", v['n'],
		    SS_AEAD_NONCE_BYTES);
	if (v['p'])
		j->public = xvalue_of_length("public-key", v['p'], 32);
	if (v['S'])
		j->signature = xvalue_of_length("signature", v['S'],
		    SS_SIGN_BYTES);
	j->ad = xvalue_of("ad", v['d'] ? v['d'] : "");
	j->info = xvalue_of("info", v['i'] ? v['i'] : "");
	j->salt = xvalue_of("salt", v['s'] ? v['s'] : "");
	j->mask = xvalue_of("mask", v['m'] ? v['m'] : "");
	if (v['P'])
		return;
	j->in = xvalue_stdin();
	if (v['r'])
		xvalue_unhex(&j->in, "standard input");
}

/* A terminal gets hex, or text in which nothing speaks to it. */
static void
write_out(const struct job *j)
{
	struct ss_value hex;

	if (!j->value['w']) {
		if (isatty(STDOUT_FILENO))
			ss_escape(stdout, j->out.at, j->out.len, 1);
		else if (j->out.len > 0)
			xwrite_full(STDOUT_FILENO, j->out.at, j->out.len,
			    "standard output");
		return;
	}
	hex = xvalue_room(2 * j->out.len + 1);
	sodium_bin2hex((char *)hex.at, hex.len, j->out.at, j->out.len);
	hex.at[hex.len - 1] = '\n';
	xwrite_full(STDOUT_FILENO, hex.at, hex.len, "standard output");
	ss_value_drop(&hex);
}

static void
wipe(struct job *j)
{
	struct ss_value *all[] = { &j->in, &j->key, &j->salt, &j->info,
		&j->nonce, &j->ad, &j->public, &j->signature, &j->mask,
		&j->out };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		ss_value_drop(all[i]);
}

int
main(int argc, char **argv)
{
	struct job j = { .value = { NULL } };
	const struct prim *p;
	enum ss_err e;

	ss_start(argv[0]);
	if ((p = parse(&j, argc, argv)) == NULL) {
		list();
		xclose_stdout();
		return 0;
	}
	if (!j.value['w'] && !p->text && p->run != verify)
		xrefuse_terminal(STDOUT_FILENO, "--write-hex writes hex");
	load(&j, p);
	e = p->run(&j);
	if (e == SS_OK && p->run != verify)
		write_out(&j);
	wipe(&j);
	if (e != SS_OK)
		ss_die(e, "%s", p->name);
	xclose_stdout();
	return 0;
}
