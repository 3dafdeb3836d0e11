/* SPDX-License-Identifier: ISC */
#include "hsfile.h"
#include "file.h"
#include "io.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ss_err
ss_hsfile_wrote(struct ss_hsfile *f, const uint8_t entropy[static 32])
{
	struct ss_hsfile_step *s = &f->steps[f->nsteps];

	if (f->nsteps == SS_HANDSHAKE_STEPS_MAX)
		return SS_ERR_LENGTH;
	s->read = 0;
	memcpy(s->entropy, entropy, sizeof(s->entropy));
	f->nsteps++;
	return SS_OK;
}

enum ss_err
ss_hsfile_came(struct ss_hsfile *f, const uint8_t *rec, size_t len)
{
	struct ss_hsfile_step *s = &f->steps[f->nsteps];

	if (f->nsteps == SS_HANDSHAKE_STEPS_MAX ||
	    len > sizeof(f->records) - f->used)
		return SS_ERR_LENGTH;
	s->read = 1;
	s->at = f->used;
	s->len = len;
	memcpy(f->records + f->used, rec, len);
	f->used += len;
	f->nsteps++;
	return SS_OK;
}

enum ss_err
ss_hsfile_replay(struct ss_handshake *hs, const struct ss_hsfile *f)
{
	uint8_t *rec = xsecret_alloc(SS_HANDSHAKE_RECORD_MAX);
	enum ss_err e = SS_OK;

	for (size_t i = 0; i < f->nsteps && e == SS_OK; i++) {
		const struct ss_hsfile_step *s = &f->steps[i];
		struct ss_buf b = { rec, 0, SS_HANDSHAKE_RECORD_MAX, 0 };

		e = s->read
		    ? ss_handshake_read(hs, f->records + s->at, s->len)
		    : ss_handshake_write(&b, s->entropy, hs);
	}
	sodium_free(rec);
	return e == SS_OK ? SS_OK : SS_ERR_FORMAT;
}

int
ss_hsfile_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void
lock_name(char *out, size_t size, const char *path)
{
	int n = snprintf(out, size, "%s.lock", path);

	if (n < 0 || (size_t)n >= size) {
		errno = ENAMETOOLONG;
		ss_die(SS_ERR_SYSTEM, "handshake state '%s'", path);
	}
}

/*
 * The lock file goes with the state.  Whoever waited for a lock that is gone
 * by now holds a file without a name, and must look again.
 */
int
xhsfile_lock(const char *path)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat held, named;
	char name[4096];
	int fd;

	lock_name(name, sizeof(name), path);
	for (;;) {
		fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
		if (fd < 0)
			ss_die(SS_ERR_SYSTEM, "handshake state '%s': lock",
			    path);
		if (fcntl(fd, F_SETLK, &fl) < 0) {
			if (errno != EACCES && errno != EAGAIN)
				ss_die(SS_ERR_SYSTEM,
				    "handshake state '%s': lock", path);
			ss_set_hint("another ss-handshake works on it");
			ss_die(SS_ERR_BUSY, "handshake state '%s'", path);
		}
		if (fstat(fd, &held) == 0 && stat(name, &named) == 0 &&
		    held.st_ino == named.st_ino && held.st_dev == named.st_dev)
			return fd;
		close(fd);
	}
}

void
xhsfile_unlock(const char *path, int lock)
{
	char name[4096];

	lock_name(name, sizeof(name), path);
	unlink(name); /* before the lock ends with the descriptor */
	close(lock);
}

void
xhsfile_load(struct ss_hsfile *f, const char *path)
{
	char *text = xsecret_alloc(SS_HSFILE_TEXT_MAX);
	enum ss_err e;
	size_t len;

	if (!ss_hsfile_exists(path)) {
		ss_set_hint("no such file: a state is removed when its "
		    "handshake is complete; FAMILY[:PATTERN] begins a new one");
		ss_die(SS_ERR_SPENT, "handshake state '%s'", path);
	}
	e = ss_file_read(text, &len, SS_HSFILE_TEXT_MAX, path, 1);
	if (e == SS_OK)
		e = ss_hsfile_get_text(f, text, len);
	sodium_free(text);
	if (e != SS_OK)
		ss_die(e, "handshake state '%s'", path);
}

void
xhsfile_save(const struct ss_hsfile *f, const char *path, int force)
{
	char *text = xsecret_alloc(SS_HSFILE_TEXT_MAX);
	enum ss_err e;
	size_t len;

	e = ss_hsfile_put_text(text, &len, f);
	if (e == SS_OK)
		e = ss_file_save(path, text, len, force);
	sodium_free(text);
	if (e != SS_OK)
		ss_die(e, "handshake state '%s'", path);
}

void
xhsfile_remove(const char *path)
{
	if (ss_file_remove(path) != SS_OK)
		ss_die(SS_ERR_SYSTEM, "cannot remove handshake state '%s'",
		    path);
}
