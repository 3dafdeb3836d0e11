/* SPDX-License-Identifier: ISC */
#include "qkd_table.h"
#include "file.h"
#include "io.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

double *
xtable_row(struct ss_table *t)
{
	if (t->rows == SS_TABLE_ROWS)
		ss_die(SS_ERR_LENGTH, "too many rows");
	return t->at[t->rows++];
}

static void
cell(char out[static 64], const struct ss_table *t, size_t row, size_t col)
{
	double v = t->at[row][col];

	/* the formats are constants of this program, one number each */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(out, 64, t->formats[col], v);
#pragma GCC diagnostic pop
	if (isnan(v))
		memcpy(out, "-", 2);
}

void
ss_table_print(const struct ss_table *t)
{
	size_t width[SS_TABLE_COLUMNS];
	char text[64];

	printf("%s\n\n", t->title);
	for (size_t c = 0; c < t->columns; c++) {
		width[c] = strlen(t->names[c]);
		for (size_t r = 0; r < t->rows; r++) {
			cell(text, t, r, c);
			if (strlen(text) > width[c])
				width[c] = strlen(text);
		}
		printf("%s%*s", c ? "  " : "", (int)width[c], t->names[c]);
	}
	putchar('\n');
	for (size_t r = 0; r < t->rows; r++) {
		for (size_t c = 0; c < t->columns; c++) {
			cell(text, t, r, c);
			printf("%s%*s", c ? "  " : "", (int)width[c], text);
		}
		putchar('\n');
	}
}

void
xtable_csv(const struct ss_table *t, const char *path)
{
	static char text[SS_TABLE_ROWS * SS_TABLE_COLUMNS * 32];
	size_t at = 0;
	enum ss_err e;

	for (size_t c = 0; c < t->columns; c++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s\"%s\"",
		    c ? "," : "", t->names[c]);
	at += (size_t)snprintf(text + at, sizeof(text) - at, "\n");
	for (size_t r = 0; r < t->rows; r++) {
		for (size_t c = 0; c < t->columns; c++) {
			double v = t->at[r][c];

			at += (size_t)(isnan(v) ?
			    snprintf(text + at, sizeof(text) - at, "%s",
				c ? "," : "") :
			    snprintf(text + at, sizeof(text) - at, "%s%.9g",
				c ? "," : "", v));
		}
		at += (size_t)snprintf(text + at, sizeof(text) - at, "\n");
	}
	e = ss_file_replace(path, text, at, (int)(0666 & ~ss_umask), 1);
	if (e != SS_OK)
		ss_die(e, "%s", path);
}

static void
plot_to(FILE *f, const struct ss_table *t, const char *prefix,
    const char *ending, const char *terminal)
{
	fprintf(f, "reset\nset terminal %s\nset output '", terminal);
	for (const char *p = prefix; *p; p++)
		fprintf(f, *p == '\'' ? "''" : "%c", *p);
	fprintf(f, ".%s'\n$d << END_OF_DATA\n", ending);
	for (size_t r = 0; r < t->rows; r++) {
		for (size_t c = 0; c < t->columns; c++)
			fprintf(f, isnan(t->at[r][c]) ? "NaN " : "%.9g ",
			    t->at[r][c]);
		fputc('\n', f);
	}
	fprintf(f, "END_OF_DATA\n"
	    "set title \"%s\" font ',13'\n"
	    "set border 3 lc rgb '#444444'\nset tics nomirror\n"
	    "set grid lc rgb '#dddddd' lt 1\nset key opaque\n"
	    "set style line 1 lc rgb '#1b6ca8' lw 2 pt 7 ps 0.6\n"
	    "set style line 2 lc rgb '#d1495b' lw 2 pt 5 ps 0.6\n"
	    "set style line 3 lc rgb '#3a7d44' lw 2 pt 9 ps 0.7\n"
	    "set style line 4 lc rgb '#8d5a97' lw 2 pt 13 ps 0.7\n"
	    "set style line 5 lc rgb '#c98a00' lw 2 pt 11 ps 0.7\n"
	    "set style line 6 lc rgb '#444444' lw 2 pt 4 ps 0.6\n"
	    "set style line 7 lc rgb '#00868b' lw 2 pt 6 ps 0.6\n"
	    "set style line 9 lc rgb '#888888' lw 1.5 dt 2\n"
	    "%s\nset output\n", t->title, t->plot);
}

void
xtable_plot(const struct ss_table *t, const char *prefix)
{
	mode_t ours;
	FILE *f;
	int status;

	for (const char *p = prefix; *p; p++)
		if ((unsigned char)*p < 0x20)
			ss_die(SS_ERR_USAGE, "--plot '%s'", prefix);
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN); /* no gnuplot is said in words */
	/* what it warns about is nothing for us to repeat */
	ours = umask(ss_umask); /* gnuplot makes the files */
	f = popen("gnuplot 2>/dev/null", "w");
	umask(ours);
	if (!f)
		ss_die(SS_ERR_SYSTEM, "cannot start gnuplot");
	plot_to(f, t, prefix, "svg", "svg size 720,430 font 'sans,12' "
	    "background rgb 'white'");
	plot_to(f, t, prefix, "png", "pngcairo size 1080,645 font 'sans,12' "
	    "fontscale 1.3 background rgb 'white'");
	status = pclose(f);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		ss_set_hint("apt-get install gnuplot-nox");
		ss_die(SS_ERR_USAGE, "plots are drawn by gnuplot, which is "
		    "not installed");
	}
	if (status != 0) {
		ss_set_hint("can files be made there?");
		ss_die(SS_ERR_USAGE, "gnuplot could not draw %s.svg", prefix);
	}
}

void
ss_progress(const char *what, size_t done, size_t all)
{
	static int on = -1;
	const char *term = ss_env("TERM");
	int filled = all ? (int)(40 * done / all) : 40;

	if (on < 0)
		on = isatty(STDERR_FILENO) && term &&
		    strcmp(term, "dumb") != 0;
	if (!on)
		return;
	fprintf(stderr, "\r%s [%.*s%.*s] %3zu %%", what, filled,
	    "########################################", 40 - filled,
	    "                                        ",
	    all ? 100 * done / all : 100);
	if (done >= all)
		fprintf(stderr, "\r\033[K");
	fflush(stderr);
}
