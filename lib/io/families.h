/* SPDX-License-Identifier: ISC */
#ifndef SS_FAMILIES_H
#define SS_FAMILIES_H

#include <stdio.h>

/*
 * xfamilies - what each way to a key costs and gives, as two tables in
 * Markdown.  Every cell comes from runs in memory that are made on the spot:
 * messages are counted and measured, operations counted through the trace,
 * and a property stands there because the attack on it failed.
 */
void xfamilies(FILE *out);

#endif
