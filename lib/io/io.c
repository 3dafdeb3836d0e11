/* SPDX-License-Identifier: ISC */
#include "io.h"
#include "lab.h"
#include "linux.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Weak: a command that does not use OpenSSL is not to carry it, and its 85
 * pages of relocations, for the sake of this call. */
#pragma weak OPENSSL_init_crypto

mode_t ss_umask = 077;

/*
 * A program may be started with descriptors 0, 1 or 2 closed, and then the
 * next file it opens takes that number: an error message would end up in the
 * session file.  Fill the gaps with descriptors that only fail.
 */
static void
fill_standard_descriptors(void)
{
	static const int unusable[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF
		    && open("/dev/null", unusable[fd]) != fd)
			_exit(2);
}

void
ss_start(const char *argv0)
{
	static const struct rlimit none = { 0, 0 };
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;

	fill_standard_descriptors();
	if (argv0)
		ss_progname = slash ? slash + 1 : argv0;
	/* a core file would hold every key of this process */
	(void)setrlimit(RLIMIT_CORE, &none);
	ss_linux_undumpable();
	ss_umask = umask(077);
	/* whole lines, so that two commands on one terminal do not mix */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	if (sodium_init() < 0)
		ss_die(SS_ERR_SYSTEM, "libsodium cannot start");
	/* openssl.cnf can load foreign code and costs half a millisecond */
	if (OPENSSL_init_crypto)
		OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	errno = 0;
}

/* Whoever shares our terminal may have made it non-blocking: then wait. */
static int
wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (errno == EINTR)
		return 1;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return 0;
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

ssize_t
ss_read(int fd, void *buf, size_t n)
{
	ssize_t got;

	while ((got = read(fd, buf, n)) < 0)
		if (!wait_for(fd, POLLIN))
			return -1;
	return got;
}

ssize_t
ss_read_full(int fd, void *buf, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = ss_read(fd, (char *)buf + have, n - have);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

int
ss_write_full(int fd, const void *buf, size_t n)
{
	const char *at = buf;

	while (n > 0) {
		ssize_t put = write(fd, at, n);

		if (put < 0 && !wait_for(fd, POLLOUT))
			return -1;
		if (put > 0) {
			at += put;
			n -= (size_t)put;
		}
	}
	return 0;
}

void
xwrite_full(int fd, const void *buf, size_t n, const char *what)
{
	if (ss_write_full(fd, buf, n) < 0)
		ss_die(SS_ERR_SYSTEM, "cannot write %s", what);
}

void
xpipe(int p[static 2])
{
	if (pipe(p) != 0)
		ss_die(SS_ERR_SYSTEM, "pipe");
	fcntl(p[0], F_SETFD, FD_CLOEXEC);
	fcntl(p[1], F_SETFD, FD_CLOEXEC);
}

int
ss_would_block(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

/*
 * A full disk shows at the last flush, or, on NFS, only at close.  EBADF at
 * close: there never was a standard output, and nothing was written to it.
 */
void
xclose_stdout(void)
{
	if (fflush(stdout) != 0)
		ss_die(SS_ERR_SYSTEM, "cannot write standard output");
	if (fclose(stdout) != 0 && errno != EBADF)
		ss_die(SS_ERR_SYSTEM, "cannot close standard output");
}

void
xrefuse_terminal(int fd, const char *hint)
{
	if (!isatty(fd))
		return;
	ss_set_hint(hint);
	ss_die(SS_ERR_USAGE, "refusing to write this to a terminal");
}

const char *
ss_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

void
ss_random(void *out, size_t n)
{
	if (!ss_lab_random(out, n))
		randombytes_buf(out, n);
}

static int64_t
read_clock(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		ss_die(SS_ERR_SYSTEM, "cannot read the clock");
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
ss_now_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

/* 2026-01-01T00:00:00Z */
#define LAB_DATE_MS INT64_C(1767225600000)

int64_t
ss_date_ms(void)
{
	return ss_lab_seeded() ? LAB_DATE_MS : ss_now_ms();
}

int64_t
ss_elapsed_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
