/* SPDX-License-Identifier: ISC */
#include "../lib/io/io.h"
#include "../lib/io/lab.h"
#include "../lib/io/qkd.h"
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ss-qkd: quantum key distribution (BB84), taken apart into stages. */

static const char usage[] =
    "usage: ss-qkd send [-f] [-n pulses] -o raw [-U profile] [-Z seed]\n"
    "       ss-qkd channel [-d p] [-l p] [-U profile] [-x p] [-Z seed]\n"
    "       ss-qkd eve [-f] [-e p] [-g strategy] -o raw [-U profile] "
    "[-Z seed]\n"
    "       ss-qkd measure [-f] -o raw [-U profile] [-Z seed]\n"
    "       ss-qkd run -A | -B [-Ef] [-a auth] [-F fd] [-k key] -o output\n"
    "              [-p peer] -r raw [-s p] [-T time] [-t p] [-U profile]\n"
    "              [-v variant] [-X] [-Z seed]\n"
    "       ss-qkd sift | estimate | reconcile | verify | amplify -S state\n"
    "              [-A | -B] [-f] [-a auth] [-F fd] [-k key] [-o output]\n"
    "              [-p peer] [-r raw] [-s p] [-t p] [-U profile] "
    "[-v variant]\n"
    "              [-Z seed]\n"
    "       ss-qkd secret [-f] -o auth [-R runs] [-U profile] [-Z seed]\n"
    "       ss-qkd analyze [-c csv] [-P plot] file [file]\n"
    "       ss-qkd sweep fraction | distance | cascade | sample [-c csv]\n"
    "              [-P plot] [-R runs] [-U profile] [-Z seed]\n"
    "       ss-qkd --help | --version\n";

static const struct option options[] = {
	{ "alice", no_argument, NULL, 'A' },
	{ "auth", required_argument, NULL, 'a' },
	{ "bob", no_argument, NULL, 'B' },
	{ "csv", required_argument, NULL, 'c' },
	{ "dark", required_argument, NULL, 'd' },
	{ "explain", no_argument, NULL, 'E' },
	{ "force", no_argument, NULL, 'f' },
	{ "fraction", required_argument, NULL, 'e' },
	{ "key", required_argument, NULL, 'k' },
	{ "loss", required_argument, NULL, 'l' },
	{ "noise", required_argument, NULL, 'x' },
	{ "output", required_argument, NULL, 'o' },
	{ "passphrase-fd", required_argument, NULL, 'F' },
	{ "peer", required_argument, NULL, 'p' },
	{ "plot", required_argument, NULL, 'P' },
	{ "pulses", required_argument, NULL, 'n' },
	{ "raw", required_argument, NULL, 'r' },
	{ "runs", required_argument, NULL, 'R' },
	{ "sample", required_argument, NULL, 's' },
	{ "show-secrets", no_argument, NULL, 'X' },
	{ "state", required_argument, NULL, 'S' },
	{ "strategy", required_argument, NULL, 'g' },
	{ "threshold", required_argument, NULL, 't' },
	{ "timeout", required_argument, NULL, 'T' },
	{ "variant", required_argument, NULL, 'v' },
	{ "lab-unsafe", required_argument, NULL, 'U' },
	{ "lab-seed", required_argument, NULL, 'Z' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

#define TALK "ABFUZafkoprstv"

/* What each stage takes and needs. */
static const struct stage {
	const char *name, *takes, *needs;
	int operands_min, operands_max;
	void (*run)(struct ss_qkd *o);
} stages[] = {
	{ "send", "fnoUZ", "o", 0, 0, xqkd_send },
	{ "channel", "dlxUZ", "", 0, 0, xqkd_channel },
	{ "eve", "efgoUZ", "o", 0, 0, xqkd_eve },
	{ "measure", "foUZ", "o", 0, 0, xqkd_measure },
	{ "run", TALK "ETX", "or", 0, 0, xqkd_run },
	{ "sift", TALK "S", "S", 0, 0, xqkd_step },
	{ "estimate", TALK "S", "S", 0, 0, xqkd_step },
	{ "reconcile", TALK "S", "S", 0, 0, xqkd_step },
	{ "verify", TALK "S", "S", 0, 0, xqkd_step },
	{ "amplify", TALK "S", "S", 0, 0, xqkd_step },
	{ "secret", "foRUZ", "o", 0, 0, xqkd_secret },
	{ "analyze", "cP", "", 1, 2, xqkd_analyze },
	{ "sweep", "cPRUZ", "", 1, 1, xqkd_sweep },
};
#define STAGES (sizeof(stages) / sizeof(*stages))

/* "0.11" or "11%" */
static double
xprobability(const char *option, const char *text)
{
	char *end = NULL;
	double p = strtod(text, &end);

	if (end != text && strcmp(end, "%") == 0) {
		p /= 100;
		end++;
	}
	if (end == text || *end || !isfinite(p) || p < 0 || p > 1)
		ss_die(SS_ERR_USAGE, "%s takes a probability such as 0.11 or "
		    "11%%, not '%s'", option, text);
	return p;
}

static enum ss_eve
xstrategy(const char *name)
{
	if (strcmp(name, "breidbart") == 0)
		return SS_EVE_BREIDBART;
	if (strcmp(name, "intercept") != 0)
		ss_usage(usage, "no strategy is called '%s': intercept or "
		    "breidbart", name);
	return SS_EVE_INTERCEPT;
}

static uint64_t
xpatience(const char *text)
{
	uint64_t seconds = xduration("--timeout", text);

	if (seconds == 0)
		ss_die(SS_ERR_USAGE, "--timeout: a second at least");
	return seconds;
}

static const struct ss_cascade_variant *
xvariant(const char *name)
{
	const struct ss_cascade_variant *v = ss_cascade_find(name);

	if (v)
		return v;
	fputs("variants:", stderr);
	for (v = ss_cascade_variants; v->name; v++)
		fprintf(stderr, " %s", v->name);
	fputc('\n', stderr);
	ss_usage(usage, "no Cascade is called '%s'", name);
}

static void
take_option(struct ss_qkd *o, int c)
{
	switch (c) {
	case 'A': o->role |= SS_ALICE; break;
	case 'B': o->role |= SS_BOB; break;
	case 'E': o->explain = 1; break;
	case 'F':
		o->passphrase_fd = (int)xnumber("--passphrase-fd", optarg,
		    65535);
		break;
	case 'P': o->plot = optarg; break;
	case 'R': o->runs = xnumber("--runs", optarg, 1000000); break;
	case 'S': o->state = optarg; break;
	case 'T': o->timeout_ms = 1000 * xpatience(optarg); break;
	case 'U': xlab_unsafe(optarg); break;
	case 'X': o->show_secrets = 1; break;
	case 'Z': xlab_seed(optarg); break;
	case 'a': o->auth = optarg; break;
	case 'c': o->csv = optarg; break;
	case 'd': o->dark = xprobability("--dark", optarg); break;
	case 'e': o->fraction = xprobability("--fraction", optarg); break;
	case 'f': o->force = 1; break;
	case 'g': o->strategy = xstrategy(optarg); break;
	case 'k': o->key = optarg; break;
	case 'l': o->loss = xprobability("--loss", optarg); break;
	case 'n': o->pulses = xnumber("--pulses", optarg, 1u << 30); break;
	case 'o': o->output = optarg; break;
	case 'p': o->peer = optarg; break;
	case 'r': o->raw = optarg; break;
	case 's': o->sample = xprobability("--sample", optarg); break;
	case 't': o->threshold = xprobability("--threshold", optarg); break;
	case 'v': o->variant = xvariant(optarg); break;
	case 'x': o->noise = xprobability("--noise", optarg); break;
	case 'h': ss_help(usage);
	case 'V': ss_version();
	default: ss_usage(usage, NULL);
	}
}

static const char *
long_name(int c)
{
	const struct option *o = options;

	while (o->name && o->val != c)
		o++;
	return o->name;
}

static const struct stage *
find_stage(const char *name)
{
	for (size_t i = 0; i < STAGES; i++)
		if (strcmp(stages[i].name, name) == 0)
			return &stages[i];
	ss_usage(usage, "there is no stage '%s'", name);
}

/* Do these options make sense together? */
static void
check(const struct ss_qkd *o, const struct stage *s, const char *given)
{
	int talk = strchr(s->takes, 'A') != NULL;

	for (; *given; given++)
		if (!strchr(s->takes, *given))
			ss_usage(usage, "%s does not take --%s", s->name,
			    long_name(*given));
	for (const char *n = s->needs; *n; n++)
		if ((*n == 'o' && !o->output) || (*n == 'r' && !o->raw) ||
		    (*n == 'S' && !o->state))
			ss_usage(usage, "%s needs --%s", s->name,
			    long_name(*n));
	if (o->output && strcmp(o->output, "-") == 0)
		ss_usage(usage, "standard output is for messages and light");
	if (talk && o->role == (SS_ALICE | SS_BOB))
		ss_usage(usage, "alice or bob, not both");
	if (strcmp(s->name, "run") == 0 && !o->role)
		ss_usage(usage, "which side is this? --alice or --bob");
	if (talk && !o->state && !ss_lab_is(ss_lab(), "unauthenticated") &&
	    !o->auth && (!o->key || !o->peer))
		ss_usage(usage, "how are messages authenticated? -a AUTH, or "
		    "-k KEY -p PEER");
	if (o->show_secrets && !o->explain)
		ss_usage(usage, "--show-secrets needs --explain");
	if (o->auth && (o->key || o->peer))
		ss_usage(usage, "-a AUTH or -k KEY -p PEER, not both");
	if (strcmp(s->name, "send") == 0 && o->pulses == 0)
		ss_usage(usage, "--pulses: at least one");
	if (talk && (o->sample <= 0 || o->sample >= 1))
		ss_usage(usage, "--sample: more than nothing, less than all");
}

static const struct stage *
parse(struct ss_qkd *o, int argc, char **argv)
{
	char given[sizeof(options) / sizeof(*options) + 1] = "";
	const struct stage *s;
	int c, rest;

	while ((c = getopt_long(argc, argv,
	    "ABEF:P:R:S:T:U:VXZ:a:c:d:e:fg:hk:l:n:o:p:r:s:t:v:x:", options,
	    NULL)) != -1) {
		take_option(o, c);
		if (!strchr(given, c))
			given[strlen(given)] = (char)c;
	}
	if (optind == argc)
		ss_usage(usage, "which stage?");
	s = find_stage(argv[optind]);
	rest = argc - optind - 1;
	if (rest < s->operands_min || rest > s->operands_max)
		ss_usage(usage, "%s: %s", s->name, rest < s->operands_min ?
		    "of what?" : "too many arguments");
	o->stage = s->name;
	o->what = rest > 0 ? argv[optind + 1] : NULL;
	o->other = rest > 1 ? argv[optind + 2] : NULL;
	check(o, s, given);
	return s;
}

int
main(int argc, char **argv)
{
	static struct ss_qkd o = { .passphrase_fd = -1, .pulses = 100000,
		.fraction = 1, .sample = 0.25, .threshold = 0.11, .runs = 64 };
	void (*run)(struct ss_qkd *);

	ss_start(argv[0]);
	o.variant = ss_cascade_find("option8");
	run = parse(&o, argc, argv)->run;
	(void)ss_lab(); /* its warning, whatever the stage makes of it */
	run(&o);
	xclose_stdout();
	return 0;
}
