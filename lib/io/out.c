/* SPDX-License-Identifier: ISC */
/* `-o FILE`: output that appears complete or not at all. */
#include "file.h"
#include "io.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The temporary of this process, for those who leave without committing:
 * exit through ss_die, and the signals that end a pipeline. */
static const char *volatile pending;

void
ss_out_remove(void)
{
	if (pending)
		unlink(pending);
	pending = NULL;
}

static void
on_signal(int number)
{
	ss_out_remove();
	raise(number); /* SA_RESETHAND: this time with the default action */
}

static void
remove_pending_at_exit(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };
	struct sigaction old, ours = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND | SA_NODEFER };

	atexit(ss_out_remove);
	sigemptyset(&ours.sa_mask);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (sigaction(ends[i], NULL, &old) == 0
		    && old.sa_handler == SIG_DFL)
			sigaction(ends[i], &ours, NULL);
}

void
xout_open(struct ss_out *o, const char *path, int force)
{
	struct stat st;

	*o = (struct ss_out){ .fd = 1, .force = force };
	if (!path || strcmp(path, "-") == 0)
		return;
	if (ss_file_is_device(path)) {
		o->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	} else {
		/* said at once; the check that counts is at the commit */
		if (!force && lstat(path, &st) == 0)
			ss_die(SS_ERR_EXISTS, "%s", path);
		o->path = path;
		o->fd = ss_file_temporary(
		    o->temporary, sizeof(o->temporary), path);
	}
	if (o->fd < 0)
		ss_die(SS_ERR_SYSTEM, "cannot write %s", path);
	if (o->path) {
		pending = o->temporary;
		remove_pending_at_exit();
	}
}

/* By file and not by path: there are many paths to one file. */
void
xout_keep(const char *output, const char *input, const char *what)
{
	struct stat a, b;

	if (!output || !input || stat(output, &a) < 0 || stat(input, &b) < 0 ||
	    !S_ISREG(a.st_mode))
		return;
	if (a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		ss_die(SS_ERR_USAGE, "the output would replace the %s", what);
}

void
xout_commit(struct ss_out *o)
{
	enum ss_err e;

	if (!o->path) {
		if (o->fd != 1 && close(o->fd) < 0)
			ss_die(SS_ERR_SYSTEM, "cannot write the output");
		return;
	}
	/* what the shell's > would have given it */
	if (fchmod(o->fd, o->secret ? 0600 : 0666 & ~ss_umask) < 0)
		ss_die(SS_ERR_SYSTEM, "%s", o->path);
	e = ss_file_publish(o->temporary, o->path, o->fd, o->force);
	if (e != SS_OK)
		ss_die(e, "%s", o->path);
	pending = NULL;
	if (close(o->fd) < 0)
		ss_die(SS_ERR_SYSTEM, "%s", o->path);
}

void
xout_abandon(struct ss_out *o)
{
	if (!o->path)
		return;
	ss_out_remove();
	close(o->fd);
}
