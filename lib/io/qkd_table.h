/* SPDX-License-Identifier: ISC */
#ifndef SS_IO_QKD_TABLE_H
#define SS_IO_QKD_TABLE_H

#include <stddef.h>

/* Numbers for people: a table on stdout, CSV, and a plot. */
#define SS_TABLE_COLUMNS 9
#define SS_TABLE_ROWS    256

struct ss_table {
	const char *title;
	const char *names[SS_TABLE_COLUMNS];   /* "QBER" */
	const char *formats[SS_TABLE_COLUMNS]; /* "%.4f" */
	size_t columns, rows;
	double at[SS_TABLE_ROWS][SS_TABLE_COLUMNS];
	const char *plot; /* gnuplot commands; the data are $d */
};

/* Another row; its values follow in at[]. */
double *xtable_row(struct ss_table *t);
void ss_table_print(const struct ss_table *t);
void xtable_csv(const struct ss_table *t, const char *path);
/* PREFIX.svg and PREFIX.png.  Dies if gnuplot is not there. */
void xtable_plot(const struct ss_table *t, const char *prefix);

/* A bar on stderr, if that is a terminal; gone when done is all. */
void ss_progress(const char *what, size_t done, size_t all);

#endif
