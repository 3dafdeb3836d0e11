/* SPDX-License-Identifier: ISC */
/* One process at a time for a file of pads, a raw file or a state: two would
 * use the same pads, and whoever sees two messages under one pad knows the
 * point; or they would tell two things about the same bits. */
#include "file.h"
#include "io.h"
#include "qkd.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCKS 3
static struct {
	int fd;
	char name[4096];
} locks[LOCKS];
static size_t held;

/* The name goes while the lock is still ours. */
static void
release(void)
{
	while (held > 0) {
		held--;
		unlink(locks[held].name);
		close(locks[held].fd);
	}
}

static void
xname(char out[static 4096], const char *path)
{
	int n = snprintf(out, 4096, "%s.lock", path);

	if (n < 0 || n >= 4096)
		ss_die(SS_ERR_USAGE, "the path '%s' is too long", path);
}

void
xqkd_lock(const char *path)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat ours, named;
	char name[4096];
	int fd;

	if (ss_file_is_descriptor(path))
		ss_die(SS_ERR_USAGE, "'%s' is not a file that can be marked "
		    "as used", path);
	xname(name, path);
	if (held == LOCKS)
		ss_die(SS_ERR_USAGE, "too many locks");
	for (;;) {
		fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
		if (fd < 0)
			ss_die(SS_ERR_SYSTEM, "cannot lock '%s'", path);
		if (fcntl(fd, F_SETLK, &fl) < 0) {
			if (errno != EACCES && errno != EAGAIN)
				ss_die(SS_ERR_SYSTEM, "cannot lock '%s'",
				    path);
			ss_set_hint("another ss-qkd works with it");
			ss_die(SS_ERR_BUSY, "%s", path);
		}
		/* not one that its owner has just removed */
		if (fstat(fd, &ours) == 0 && stat(name, &named) == 0 &&
		    ours.st_ino == named.st_ino && ours.st_dev == named.st_dev)
			break;
		close(fd);
	}
	if (held == 0)
		atexit(release);
	memcpy(locks[held].name, name, sizeof(name));
	locks[held++].fd = fd;
}
