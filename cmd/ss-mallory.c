/* SPDX-License-Identifier: ISC */
#include "../lib/io/io.h"
#include "../lib/io/mallory.h"
#include "../lib/io/mitm.h"
#include "../lib/io/reader.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * ss-mallory: the attacker.  He has the wire and no keys: records in, records
 * out.  Each operation is a row of a table in lib/io/mallory_ops.c.
 */

static const char usage[] =
    "usage: ss-mallory drop [-e] [-r records] [-t type] [-w field=value]\n"
    "       ss-mallory dup [-e] [-r records] [-t type] [-w field=value]\n"
    "       ss-mallory swap [-e] [-r records] [-t type] [-w field=value]\n"
    "       ss-mallory replay [-e] [-A record] [-r records] [-t type]\n"
    "           [-w field=value]\n"
    "       ss-mallory reflect [-ex] [-r records] [-t type]\n"
    "           [-w field=value]\n"
    "       ss-mallory flip [-e] [-m mask] [-r records] [-t type]\n"
    "           [-w field=value] [field] [offset]\n"
    "       ss-mallory set [-e] [-r records] [-t type] [-w field=value]\n"
    "           field value\n"
    "       ss-mallory splice [-e] -f file [-n record] [-r records]\n"
    "           [-t type] [-w field=value] [field]\n"
    "       ss-mallory strip [-ez] [-r records] [-t type]\n"
    "           [-w field=value] what\n"
    "       ss-mallory truncate [-e] [-b bytes] [-r records] [-t type]\n"
    "           [-w field=value] [field length]\n"
    "       ss-mallory get [-e] [-r records] [-t type] [-w field=value]\n"
    "           field\n"
    "       ss-mallory mitm [-e] [-L operation] [-R operation] left right\n"
    "       ss-mallory --help | --version\n";

static const struct option options[] = {
	{ "after", required_argument, NULL, 'A' },
	{ "bytes", required_argument, NULL, 'b' },
	{ "explain", no_argument, NULL, 'e' },
	{ "file", required_argument, NULL, 'f' },
	{ "from-left", required_argument, NULL, 'L' },
	{ "mask", required_argument, NULL, 'm' },
	{ "number", required_argument, NULL, 'n' },
	{ "from-right", required_argument, NULL, 'R' },
	{ "records", required_argument, NULL, 'r' },
	{ "type", required_argument, NULL, 't' },
	{ "where", required_argument, NULL, 'w' },
	{ "exchange", no_argument, NULL, 'x' },
	{ "zero", no_argument, NULL, 'z' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* What every operation takes, and the man in the middle. */
#define COMMON "erwt"
static const struct ss_operation mitm = { .name = "mitm", .least = 2,
	.most = 2, .takes = "LR" };

/* One command line, taken apart but not yet understood. */
struct line {
	const struct ss_operation *op;
	char *value[128]; /* of each option, by its letter; "" if bare */
	char **arg;
	size_t nargs;
};

static int
among(const char *letters, int c)
{
	return letters && strchr(letters, c) != NULL;
}

/* No option that means nothing here, and none missing. */
static void
check(const struct line *l)
{
	const struct ss_operation *op = l->op;

	for (const struct option *o = options; o->name; o++) {
		if (l->value[o->val] && !among(op->takes, o->val) &&
		    !among(op == &mitm ? "e" : COMMON, o->val))
			ss_usage(usage, "%s takes no --%s", op->name, o->name);
		if (!l->value[o->val] && among(op->needs, o->val))
			ss_usage(usage, "%s needs --%s", op->name, o->name);
	}
	if (l->nargs < op->least)
		ss_usage(usage, "%s: an argument is missing", op->name);
	if (l->nargs > op->most)
		ss_usage(usage, "%s: too many arguments: '%s'", op->name,
		    l->arg[op->most]);
	if (op->choosy && l->nargs == 0 && !l->value['r'] &&
	    !l->value['t'] && !l->value['w'])
		ss_usage(usage, "%s: which records? -r, -t or -w", op->name);
}

static void
parse(struct line *l, int argc, char **argv)
{
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "A:b:ef:L:m:n:R:r:t:w:xzhV",
	    options, NULL)) != -1) {
		if (c == 'h')
			ss_help(usage);
		if (c == 'V')
			ss_version();
		if (c == '?')
			ss_usage(usage, NULL);
		l->value[c] = optarg ? optarg : "";
	}
	if (optind == argc)
		ss_usage(usage, "which operation?");
	l->op = strcmp(argv[optind], mitm.name) == 0 ? &mitm :
	    ss_operation_find(argv[optind]);
	if (!l->op)
		ss_usage(usage, "no operation '%s'", argv[optind]);
	l->arg = argv + optind + 1;
	l->nargs = (size_t)(argc - optind - 1);
	check(l);
}

static void
condition(struct ss_selector *s, char *text)
{
	char *equals = strchr(text, '=');

	if (!equals || equals == text)
		ss_usage(usage, "--where takes FIELD=VALUE");
	*equals = '\0';
	s->field = text;
	s->value = xvalue_of("where", equals + 1);
}

/* From words to an operation that is ready. */
static void
understand(struct ss_mallory *m, const struct line *l)
{
	char *const *v = l->value;
	uint32_t type = 0;

	*m = (struct ss_mallory){ .op = l->op };
	if (v['r'])
		xranges(&m->select, v['r']);
	if (v['t'] && (ss_value_of(&type, ss_type_names, v['t']) != SS_OK ||
	    type & SS_TYPE_LAB))
		ss_usage(usage, "no type of record is called '%s'", v['t']);
	m->select.type = (uint8_t)type;
	if (v['w'])
		condition(&m->select, v['w']);
	if (l->op == ss_operation_find("flip"))
		m->how.bytes = xvalue_of("mask", v['m'] ? v['m'] : "01");
	if (v['m'] && m->how.bytes.len == 0)
		ss_usage(usage, "--mask is empty");
	if (v['A'])
		m->how.after = xnumber("--after", v['A'], UINT32_MAX);
	if (v['b'])
		m->how.length = xnumber("--bytes", v['b'], SS_ARMOR_MAX);
	if (v['n'])
		m->how.source = xnumber("--number", v['n'], UINT32_MAX);
	m->how.file = v['f'];
	m->how.exchange = v['x'] != NULL;
	m->how.zero = v['z'] != NULL;
	if (l->op->arguments)
		l->op->arguments(m, l->nargs, l->arg);
	if (m->how.field && v['b'])
		ss_usage(usage, "truncate: --bytes is for the stream, "
		    "without a field");
}

/* It was asked for and did not happen: nobody is to take that for a defence
 * that held.  Returns the exit status. */
static int
untouched(const struct ss_mallory *m, const char *from)
{
	if (m->touched > 0)
		return 0;
	ss_complain(m->seen ? SS_ERR_NOSUCH : SS_ERR_EMPTY,
	    "%s, %llu records%s%s", m->op->name, (unsigned long long)m->seen,
	    from ? " from " : "", from ? from : "");
	return 1;
}

/* A filter. */

static void
write_out(void *arg, struct ss_packet *p)
{
	static char text[SS_ARMOR_MAX];

	(void)arg;
	if (p->armored && !p->raw) {
		ss_armor_put(text, p->at, p->len);
		xwrite_full(STDOUT_FILENO, text, SS_ARMOR_BYTES(p->len),
		    "standard output");
	} else {
		xwrite_full(STDOUT_FILENO, p->at, p->len, "standard output");
	}
}

static int
filter(struct ss_mallory *m)
{
	static uint8_t room[SS_PACKET_ROOM];
	struct ss_packet p = { .at = room };
	struct ss_reader in;
	enum ss_err e;
	uint8_t *rec;
	int status;

	m->emit = write_out;
	xmallory_open(m);
	ss_reader_open(&in, STDIN_FILENO, 0);
	for (;;) {
		p.off = in.offset;
		e = ss_reader_next(&in, &rec, &p.len);
		if (e != SS_OK || p.len == 0)
			break;
		memcpy(room, rec, p.len);
		p.at = room;
		p.number = in.count;
		p.armored = in.armored;
		p.raw = 0;
		ss_mallory_put(m, &p);
	}
	if (e == SS_OK)
		ss_mallory_end(m);
	else
		ss_complain(e, "record %llu",
		    (unsigned long long)in.count + 1);
	status = e == SS_OK ? untouched(m, NULL) : ss_err_exit(e);
	ss_reader_close(&in);
	ss_mallory_close(m);
	return status;
}

/* In the middle. */

/* "drop -r 3 | flip data.tag": words, and operations behind each other */
static void
operations(struct ss_way *w, char *text)
{
	char *word[64] = { (char *)(uintptr_t)"ss-mallory" };
	char *next = strtok(text, " \t");
	int n = 1;

	for (;; next = strtok(NULL, " \t")) {
		struct line l = { .op = NULL };

		if (next && strcmp(next, "|") != 0) {
			if (n == 63)
				ss_usage(usage, "too many words");
			word[n++] = next;
			continue;
		}
		word[n] = NULL;
		if (w->nops == SS_MITM_OPS_MAX)
			ss_usage(usage, "too many operations");
		parse(&l, n, word);
		if (l.op == &mitm || l.op->raw)
			ss_usage(usage, "%s stands alone", l.op->name);
		understand(&w->op[w->nops++], &l);
		if (!next)
			return;
		n = 1;
	}
}

static int
between(const struct line *l)
{
	static struct ss_mitm m;
	int status;

	if (l->value['L'])
		operations(&m.way[0], l->value['L']);
	if (l->value['R'])
		operations(&m.way[1], l->value['R']);
	xmitm_open(&m, l->arg[0], l->arg[1]);
	status = ss_mitm_run(&m);
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; k < m.way[i].nops; k++)
			if (untouched(&m.way[i].op[k], m.way[i].from))
				status = 1;
	ss_mitm_close(&m);
	return status;
}

int
main(int argc, char **argv)
{
	static struct ss_mallory m;
	struct line l = { .op = NULL };
	int status;

	ss_start(argv[0]);
	parse(&l, argc, argv);
	if (l.value['e'])
		ss_narrate_start(0);
	if (l.op == &mitm) {
		status = between(&l);
	} else {
		understand(&m, &l);
		xrefuse_terminal(STDOUT_FILENO, "records go into a file or "
		    "a pipe");
		status = filter(&m);
	}
	xclose_stdout();
	return status;
}
