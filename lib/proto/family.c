/* SPDX-License-Identifier: ISC */
#include "family.h"
#include <string.h>

/* Every way to agree on a key.  A new one is a file and a line here. */
const struct ss_family *const ss_families[] = {
	&ss_family_noise,
	NULL,
};

const struct ss_family *
ss_family_find(const char *name)
{
	const struct ss_family *const *f = ss_families;

	while (*f && strcmp((*f)->name, name) != 0)
		f++;
	return *f;
}

const struct ss_family *
ss_family_of(uint8_t code)
{
	const struct ss_family *const *f = ss_families;

	while (*f && (*f)->code != code)
		f++;
	return *f;
}
