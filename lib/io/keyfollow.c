/* SPDX-License-Identifier: ISC */
#include "keyfollow.h"
#include "io.h"
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

void
xkeyfollow_add(struct ss_keyfollow *k, const char *path, int given)
{
	struct ss_keyfollow_file *f = &k->files[k->n];

	if (!path || path[0] == '\0')
		return;
	if (k->n == SS_KEYFOLLOW_FILES)
		ss_die(SS_ERR_USAGE, "more than %d key logs",
		    SS_KEYFOLLOW_FILES);
	f->path = path;
	f->given = given;
	f->fd = -1;
	k->n++;
}

/* Whole lines go on, the rest stays; a line that does not fit is none of
 * ours. */
static void
take_lines(struct ss_keyfollow *k, struct ss_keyfollow_file *f)
{
	char *nl = f->line + f->have;

	while (nl > f->line && nl[-1] != '\n')
		nl--;
	if (nl == f->line && f->have < sizeof(f->line))
		return;
	if (nl == f->line)
		nl = f->line + f->have;
	f->taken += k->lines(k->arg, f->line, (size_t)(nl - f->line));
	f->have -= (size_t)(nl - f->line);
	memmove(f->line, nl, f->have);
}

static void
poll_file(struct ss_keyfollow *k, struct ss_keyfollow_file *f)
{
	ssize_t n;

	if (f->fd < 0)
		f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (f->fd < 0)
		return;
	while ((n = ss_read(f->fd, f->line + f->have,
	    sizeof(f->line) - f->have)) > 0) {
		f->have += (size_t)n;
		f->seen += (size_t)n;
		take_lines(k, f);
	}
	if (n < 0)
		ss_die(SS_ERR_SYSTEM, "key log '%s'", f->path);
}

void
xkeyfollow_poll(struct ss_keyfollow *k)
{
	for (size_t i = 0; i < k->n; i++)
		poll_file(k, &k->files[i]);
}

void
ss_keyfollow_last(struct ss_keyfollow *k)
{
	for (size_t i = 0; i < k->n; i++) {
		struct ss_keyfollow_file *f = &k->files[i];

		if (f->have > 0)
			f->taken += k->lines(k->arg, f->line, f->have);
		sodium_memzero(f->line, sizeof(f->line));
		f->have = 0;
	}
}

void
xkeyfollow_check(const struct ss_keyfollow *k)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct ss_keyfollow_file *f = &k->files[i];

		if (f->fd < 0 && f->given)
			ss_die(SS_ERR_SYSTEM, "key log '%s'", f->path);
		if (f->seen > 0 && f->taken == 0)
			ss_warn("no key in '%s'", f->path);
	}
}
