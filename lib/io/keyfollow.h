/* SPDX-License-Identifier: ISC */
#ifndef SS_KEYFOLLOW_H
#define SS_KEYFOLLOW_H

#include <stddef.h>

/*
 * Key logs that may still grow, or not be there yet: whole lines are handed
 * on as they come, the rest of a line waits.
 */
#define SS_KEYFOLLOW_FILES 16
#define SS_KEYFOLLOW_LINE  4096

struct ss_keyfollow_file {
	const char *path;
	int fd, given; /* given: by option, so it should be there */
	char line[SS_KEYFOLLOW_LINE];
	size_t have;        /* bytes in line */
	size_t seen, taken; /* bytes and keys so far */
};

struct ss_keyfollow {
	struct ss_keyfollow_file files[SS_KEYFOLLOW_FILES];
	size_t n;
	/* whole lines; returns how many of them were keys */
	size_t (*lines)(void *arg, const char *text, size_t len);
	void *arg;
};

/* One more; NULL and "" are none.  Dies if there are too many. */
void xkeyfollow_add(struct ss_keyfollow *k, const char *path, int given);
/* What was appended since the last time.  Dies if it cannot be read. */
void xkeyfollow_poll(struct ss_keyfollow *k);
/* The last lines without a newline, and what was read is erased. */
void ss_keyfollow_last(struct ss_keyfollow *k);
/* Dies if one that was asked for is not there; warns of those without keys. */
void xkeyfollow_check(const struct ss_keyfollow *k);

#endif
