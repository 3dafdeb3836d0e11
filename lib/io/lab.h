/* SPDX-License-Identifier: ISC */
#ifndef SS_IO_LAB_H
#define SS_IO_LAB_H

#include "../proto/lab.h"
#include <stddef.h>
#include <stdint.h>

/*
 * The fence around the lab.  Nothing in it works without SS_LAB=1 in the
 * environment and the option on the command line, and one line on stderr says
 * what is wrong with it, before anything is made.
 */
/* --lab-unsafe NAME; dies with usage trouble */
void xlab_unsafe(const char *name);

/*
 * --lab-seed SEED: from now on ss_random gives a stream that only depends on
 * the seed, the command's name and what ss_lab_mix was told, and ss_date_ms
 * stands still.  The profile is `seeded` unless --lab-unsafe names another.
 */
void xlab_seed(const char *seed);

/* ss_lab_mix - two parties with one seed must not draw the same numbers: what
 * tells this call from another (a role, a name).  Without a seed nothing.  What
 * is drawn next does not depend on how much was drawn before. */
void ss_lab_mix(const void *what, size_t len);

/* ss_lab - the profile of this process; NULL outside the lab.  Not before all
 * options are read. */
const struct ss_lab *ss_lab(void);
/* its name; "" outside the lab */
const char *ss_lab_profile(void);

/* ss_lab_random - 1, and n bytes, if there is a seed. */
int ss_lab_random(void *out, size_t n);
int ss_lab_seeded(void);

#endif
