/* SPDX-License-Identifier: ISC */
#include "file.h"
#include "io.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *
xsecret_alloc(size_t n)
{
	static int warned;
	void *p = sodium_malloc(n);

	if (!p)
		ss_die(SS_ERR_SYSTEM, "no memory for secrets");
	/* sodium_malloc locks too, but does not say when it could not */
	if (!warned && mlock(p, n) < 0) {
		warned = 1;
		ss_warn("memory cannot be locked: secrets may reach the swap");
	}
	return p;
}

/* "-", "/dev/stdin" and "/dev/fd/N", as in `-k <(pass show key)`, name
 * descriptors that are open already; -1 for other paths. */
static int
descriptor_of(const char *path)
{
	static const char dev[] = "/dev/fd/";
	int fd = 0;

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0)
		return 0;
	if (strncmp(path, dev, sizeof(dev) - 1) != 0)
		return -1;
	path += sizeof(dev) - 1;
	if (*path == '\0')
		return -1;
	for (; *path != '\0'; path++) {
		if (*path < '0' || *path > '9' || fd > 99999)
			return -1;
		fd = fd * 10 + (*path - '0');
	}
	return fd;
}

int
ss_file_is_descriptor(const char *path)
{
	return descriptor_of(path) >= 0;
}

/*
 * Checked on the open descriptor, since a path may be exchanged between the
 * look and the opening.  A pipe (only by descriptor) has no mode to check.
 */
static enum ss_err
check_secret(int fd, int by_path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return SS_ERR_SYSTEM;
	if (!S_ISREG(st.st_mode))
		return by_path ? SS_ERR_PERMISSION : SS_OK;
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return SS_ERR_PERMISSION;
	return SS_OK;
}

/* O_NONBLOCK: do not wait for the writer of a FIFO that will be refused. */
static enum ss_err
open_input(int *fd, const char *path, int secret)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;

	if (secret)
		flags |= O_NOFOLLOW | O_NONBLOCK;
	*fd = open(path, flags);
	if (*fd >= 0)
		return SS_OK;
	return secret && errno == ELOOP ? SS_ERR_PERMISSION : SS_ERR_SYSTEM;
}

enum ss_err
ss_file_read(
    void *buf, size_t *len, size_t max, const char *path, int secret)
{
	int fd = descriptor_of(path), by_path = fd < 0, number;
	enum ss_err e = SS_OK;
	uint8_t more;
	ssize_t got = 0;

	*len = 0;
	if (by_path && (e = open_input(&fd, path, secret)) != SS_OK)
		return e;
	if (secret)
		e = check_secret(fd, by_path);
	if (e == SS_OK) {
		got = ss_read_full(fd, buf, max);
		if (got < 0)
			e = SS_ERR_SYSTEM;
		else if ((size_t)got == max && ss_read(fd, &more, 1) > 0)
			e = SS_ERR_LENGTH;
		else
			*len = (size_t)got;
		sodium_memzero(&more, 1);
	}
	number = errno;
	if (e != SS_OK && secret)
		sodium_memzero(buf, max);
	if (by_path)
		close(fd);
	errno = number;
	return e;
}

/* A rename is on disk only when the folder is. */
static int
sync_folder(const char *path)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	int fd, bad;

	if (n >= sizeof(folder)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(folder, path, n);
	folder[n] = '\0';
	if (n == 0)
		memcpy(folder, slash ? "/" : ".", 2);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	/* some file systems know no fsync of a folder, and say EINVAL */
	bad = fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP;
	close(fd);
	return bad ? -1 : 0;
}

int
ss_file_temporary(char *out, size_t size, const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path) + 1 : 0;

	for (int tries = 0; tries < 16; tries++) {
		uint8_t r[8];
		char hex[2 * sizeof(r) + 1];
		int n, fd;

		ss_random(r, sizeof(r));
		sodium_bin2hex(hex, sizeof(hex), r, sizeof(r));
		n = snprintf(out, size, "%.*s.ss-%s", folder, path, hex);
		if (n < 0 || (size_t)n >= size) {
			errno = ENAMETOOLONG;
			break;
		}
		fd = open(out,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			break;
	}
	out[0] = '\0';
	return -1;
}

/*
 * Without force the name must be free.  link(2) fails if it is not; on file
 * systems without hard links an empty file takes the name first.  Both are
 * atomic, a look beforehand would not be.
 */
static enum ss_err
take_name(const char *temporary, const char *path, int force)
{
	int fd;

	if (!force) {
		if (link(temporary, path) == 0) {
			unlink(temporary);
			return SS_OK;
		}
		if (errno == EEXIST)
			return SS_ERR_EXISTS;
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return errno == EEXIST ? SS_ERR_EXISTS : SS_ERR_SYSTEM;
		close(fd);
	}
	return rename(temporary, path) == 0 ? SS_OK : SS_ERR_SYSTEM;
}

enum ss_err
ss_file_publish(const char *temporary, const char *path, int fd, int force)
{
	enum ss_err e;

	if (fsync(fd) < 0)
		return SS_ERR_SYSTEM;
	e = take_name(temporary, path, force);
	if (e == SS_OK && sync_folder(path) < 0)
		e = SS_ERR_SYSTEM;
	return e;
}

/* /dev/null, a FIFO, a terminal: nothing to rename, nothing overwritten. */
int
ss_file_is_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode)
	    && !S_ISDIR(st.st_mode);
}

/* Secrets go to /dev/full when a test asks for it, but never into a FIFO that
 * somebody else has put where our file is to be. */
static int
is_character_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode);
}

enum ss_err
ss_file_replace(
    const char *path, const void *data, size_t len, int mode, int force)
{
	char temporary[4096] = "";
	enum ss_err e = SS_OK;
	int device = force && is_character_device(path);
	int fd = device ? open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
	                : ss_file_temporary(temporary, sizeof(temporary), path);
	int number;

	if (fd < 0)
		return SS_ERR_SYSTEM;
	if (ss_write_full(fd, data, len) < 0)
		e = SS_ERR_SYSTEM;
	else if (!device && fchmod(fd, (mode_t)mode) < 0)
		e = SS_ERR_SYSTEM;
	else if (!device)
		e = ss_file_publish(temporary, path, fd, force);
	number = errno;
	if (e != SS_OK && !device)
		unlink(temporary);
	close(fd);
	errno = number;
	return e;
}

/* Zeros first: on a simple file system they reach the old blocks.  On a
 * copying one, or on flash, only an encrypted disk would help. */
static int
overwrite(const char *path)
{
	static const uint8_t zeros[4096];
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	off_t left;

	if (fd < 0)
		return -1;
	left = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
	while (left > 0) {
		size_t n = left < (off_t)sizeof(zeros) ? (size_t)left
		                                       : sizeof(zeros);

		if (ss_write_full(fd, zeros, n) < 0)
			break;
		left -= (off_t)n;
	}
	(void)fsync(fd);
	return close(fd);
}

enum ss_err
ss_file_remove(const char *path)
{
	(void)overwrite(path);
	if (unlink(path) < 0 || sync_folder(path) < 0)
		return SS_ERR_SYSTEM;
	return SS_OK;
}

static void
warn_of_readers(const char *path, mode_t mode)
{
	static int warned;

	if (!warned && (mode & 077) != 0)
		ss_warn("warning: others can read the log %s", path);
	warned = 1;
}

void
xlog_append(const char *path, const char *notice, const char *line)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	char text[2048];
	struct stat st;
	int n;

	if (fd < 0 || fstat(fd, &st) < 0)
		ss_die(SS_ERR_SYSTEM, "cannot open log %s", path);
	if (S_ISREG(st.st_mode)) { /* the notice is first, and once */
		while (fcntl(fd, F_SETLKW, &lock) < 0)
			if (errno != EINTR)
				ss_die(SS_ERR_SYSTEM, "cannot lock %s", path);
		if (fstat(fd, &st) < 0)
			ss_die(SS_ERR_SYSTEM, "cannot read %s", path);
		warn_of_readers(path, st.st_mode);
	}
	n = snprintf(text, sizeof(text), "%s%s",
	    S_ISREG(st.st_mode) && st.st_size == 0 ? notice : "", line);
	if (n < 0 || (size_t)n >= sizeof(text))
		ss_die(SS_ERR_LENGTH, "line for log %s", path);
	if (ss_write_full(fd, text, (size_t)n) < 0 || close(fd) < 0)
		ss_die(SS_ERR_SYSTEM, "cannot write log %s", path);
	sodium_memzero(text, sizeof(text));
}

enum ss_err
ss_file_save(const char *path, const void *data, size_t len, int force)
{
	enum ss_err e = SS_ERR_SYSTEM;
	char name[4096];
	int fd = -1, number, n;

	n = snprintf(name, sizeof(name), "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return SS_ERR_SYSTEM;
	}
	if (unlink(name) == 0 || errno == ENOENT)
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
	if (fd < 0)
		return SS_ERR_SYSTEM;
	if (ss_write_full(fd, data, len) == 0)
		e = ss_file_publish(name, path, fd, force);
	number = errno;
	if (e != SS_OK)
		unlink(name);
	close(fd);
	errno = number;
	return e;
}

int
ss_file_lock(const char *path, const char *suffix, int wait)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char name[4096];
	int fd, r, n;

	n = snprintf(name, sizeof(name), "%s.%s", path, suffix);
	if (n < 0 || (size_t)n >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	do
		r = fcntl(fd, wait ? F_SETLKW : F_SETLK, &fl);
	while (r < 0 && errno == EINTR);
	if (r < 0) {
		/* POSIX allows both; EACCES of open means something else */
		r = errno == EACCES ? EAGAIN : errno;
		close(fd);
		errno = r;
		return -1;
	}
	return fd;
}
