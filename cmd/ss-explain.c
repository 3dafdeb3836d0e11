/* SPDX-License-Identifier: ISC */
#include "../lib/io/explain.h"
#include "../lib/io/families.h"
#include "../lib/io/io.h"
#include "../lib/proto/words.h"
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ss-explain: any artifact or error code, in words. */

static const char usage[] =
    "usage: ss-explain [-flS] [-j | -H] [-w columns] [file | code ...]\n"
    "       ss-explain -e | -F\n"
    "       ss-explain -t [name ...]\n"
    "       ss-explain --help | --version\n";

static const struct option options[] = {
	{ "errors", no_argument, NULL, 'e' },
	{ "families", no_argument, NULL, 'F' },
	{ "full", no_argument, NULL, 'f' },
	{ "html", no_argument, NULL, 'H' },
	{ "json", no_argument, NULL, 'j' },
	{ "long", no_argument, NULL, 'l' },
	{ "show-secrets", no_argument, NULL, 'S' },
	{ "tables", no_argument, NULL, 't' },
	{ "width", required_argument, NULL, 'w' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

enum action { EXPLAIN, ERRORS, TABLES, FAMILIES };

/* "SS-E103", "ss-e103" or "E103" to its code; SS_OK if it is none. */
static enum ss_err
code_of(const char *text)
{
	unsigned code;
	char end;

	if (strncasecmp(text, "SS-", 3) == 0)
		text += 3;
	if (*text != 'E' && *text != 'e')
		return SS_OK;
	text++;
	if (strlen(text) != 3 || sscanf(text, "%3u%c", &code, &end) != 1)
		return SS_OK;
	return ss_words_error((enum ss_err)code) ? (enum ss_err)code : SS_OK;
}

/* A code is a part with three rows, so that every style can set it. */
static void
explain_code(struct ss_sheet *s, enum ss_err code)
{
	char name[16], status[64];
	struct ss_part p = { .name = "error", .title = name };
	struct ss_row r = { .name = "code", .label = name, .value = status,
		.text = ss_strerror(code), .sentence = ss_words_error(code) };

	snprintf(name, sizeof(name), "SS-E%d", (int)code);
	snprintf(status, sizeof(status), "exit status %d", ss_err_exit(code));
	if (s->style != &ss_sheet_text) {
		ss_sheet_part(s, &p);
		ss_sheet_row(s, &r);
		if (ss_err_hint(code))
			ss_sheet_note(s, SS_OK, "hint: %s", ss_err_hint(code));
		s->style->part_end(s);
		return;
	}
	fprintf(s->out, "%s%s: %s (%s)\n", s->parts++ ? "\n" : "", name,
	    ss_strerror(code), status);
	ss_sheet_wrap(s, 4, ss_words_error(code));
	if (ss_err_hint(code)) {
		char hint[256];

		snprintf(hint, sizeof(hint), "hint: %s", ss_err_hint(code));
		ss_sheet_wrap(s, 4, hint);
	}
}

static enum ss_err
explain_file(struct ss_sheet *s, const char *path)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO :
	    open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint64_t where;
	enum ss_err e;

	if (fd < 0 && strncasecmp(path, "SS-E", 4) == 0)
		ss_die(SS_ERR_USAGE, "there is no code '%s'; --errors lists "
		    "all", path);
	if (fd < 0)
		ss_die(SS_ERR_SYSTEM, "cannot open '%s'", path);
	e = ss_explain_input(s, fd, &where);
	if (fd != STDIN_FILENO)
		close(fd);
	if (e != SS_OK) {
		fflush(s->out);
		ss_complain(e, "%s%s%s, from byte %llu on",
		    fd == STDIN_FILENO ? "" : "'",
		    fd == STDIN_FILENO ? "standard input" : path,
		    fd == STDIN_FILENO ? "" : "'",
		    (unsigned long long)where);
	}
	return e;
}

static int
colourful(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (!no || !*no) && term && *term &&
	    strcmp(term, "dumb") != 0;
}

static enum ss_err
explain(struct ss_sheet *s, char **args)
{
	static char *const standard_input[] = { "-", NULL };
	enum ss_err first = SS_OK, e;

	s->style->begin(s);
	for (char *const *a = *args ? args : standard_input; *a; a++) {
		enum ss_err code = code_of(*a);

		e = SS_OK;
		if (code != SS_OK)
			explain_code(s, code);
		else
			e = explain_file(s, *a);
		if (first == SS_OK)
			first = e;
	}
	s->style->end(s);
	return first;
}

static enum ss_err
tables(char **args)
{
	enum ss_err e = *args ? SS_OK : ss_explain_tables(stdout, NULL);

	for (; *args && e == SS_OK; args++)
		if ((e = ss_explain_tables(stdout, *args)) != SS_OK)
			ss_complain(e, "no table '%s'", *args);
	return e;
}

static enum action
parse(struct ss_sheet *s, int argc, char **argv)
{
	enum action action = EXPLAIN;
	int c;

	while ((c = getopt_long(argc, argv, "eFfHjlStw:hV", options, NULL)) !=
	    -1) {
		switch (c) {
		case 'e':
			action = ERRORS;
			break;
		case 'F':
			action = FAMILIES;
			break;
		case 'f':
			s->full = 1;
			break;
		case 'H':
			s->style = &ss_sheet_html;
			break;
		case 'j':
			s->style = &ss_sheet_json;
			break;
		case 'l':
			s->more = 1;
			break;
		case 'S':
			s->show_secrets = 1;
			break;
		case 't':
			action = TABLES;
			break;
		case 'w':
			s->width = (unsigned)xnumber("--width", optarg, 1000);
			break;
		case 'h':
			ss_help(usage);
		case 'V':
			ss_version();
		default:
			ss_usage(usage, "unknown option, or no value for one");
		}
	}
	if (s->width < 40)
		ss_usage(usage, "--width is at least 40");
	if ((action == ERRORS || action == FAMILIES) && argv[optind])
		ss_usage(usage, "--errors and --families take no arguments");
	return action;
}

int
main(int argc, char **argv)
{
	struct ss_sheet s = { .style = &ss_sheet_text, .out = stdout,
		.width = 80 };
	enum ss_err e = SS_OK;

	ss_start(argv[0]);
	s.colour = colourful();
	switch (parse(&s, argc, argv)) {
	case EXPLAIN:
		e = explain(&s, argv + optind);
		break;
	case TABLES:
		e = tables(argv + optind);
		break;
	case FAMILIES:
		xfamilies(stdout);
		break;
	case ERRORS:
		s.style->begin(&s);
		for (const struct ss_err_row *r = ss_err_rows;
		    r->code != SS_OK; r++)
			explain_code(&s, r->code);
		s.style->end(&s);
		break;
	}
	xclose_stdout();
	return ss_err_exit(e);
}
