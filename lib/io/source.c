/* SPDX-License-Identifier: ISC */
#include "source.h"
#include "file.h"
#include "io.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW   ((size_t)1 << 20) /* resident memory stays flat */
#define WORTH_IT ((off_t)1 << 20)  /* below, a read is as good */

/* Somebody truncated the file: what was mapped is not there any more. */
static void
cut(int sig)
{
	static const char text[] =
	    ": input: the file was cut while it was read\ncode: SS-E202\n";
	ssize_t r;

	(void)sig;
	r = write(STDERR_FILENO, ss_progname, strlen(ss_progname));
	r = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)r;
	ss_out_remove();
	_exit(2);
}

void
ss_source_open(struct ss_source *s, int fd)
{
	struct sigaction sa = { .sa_handler = cut };
	struct stat st;

	memset(s, 0, sizeof(*s));
	s->fd = fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	s->at = lseek(fd, 0, SEEK_CUR);
	s->end = st.st_size;
	if (s->at < 0 || s->end - s->at < WORTH_IT)
		return;
	s->mapping = sigaction(SIGBUS, &sa, NULL) == 0;
}

void
ss_source_close(struct ss_source *s)
{
	if (s->window)
		munmap(s->window, s->length);
	s->window = NULL;
}

/* A window that begins at or just before s->at. */
static int
map(struct ss_source *s)
{
	off_t page = (off_t)sysconf(_SC_PAGESIZE), left;
	void *w;

	ss_source_close(s);
	s->first = s->at - s->at % page;
	left = s->end - s->first;
	s->length = left < (off_t)WINDOW ? (size_t)left : WINDOW;
	w = mmap(NULL, s->length, PROT_READ, MAP_PRIVATE, s->fd, s->first);
	if (w == MAP_FAILED)
		return 0;
	s->window = w;
	posix_madvise(w, s->length, POSIX_MADV_SEQUENTIAL);
	return 1;
}

/* 1 if `want` bytes at s->at stand in the window, or in a new one. */
static int
mapped(struct ss_source *s, size_t want)
{
	if (s->end - s->at < (off_t)want || want > WINDOW / 2)
		return 0;
	if (s->window &&
	    s->at + (off_t)want <= s->first + (off_t)s->length)
		return 1;
	return map(s);
}

/*
 * To the rest, and whatever was added meanwhile.  A file that was cut inside
 * the last page gave zeros there, and no signal.
 */
static int
leave(struct ss_source *s)
{
	struct stat st;

	s->mapping = 0;
	ss_source_close(s);
	if (fstat(s->fd, &st) < 0)
		return -1;
	if (st.st_size < s->at) {
		errno = EIO;
		return -1;
	}
	return lseek(s->fd, s->at, SEEK_SET) < 0 ? -1 : 0;
}

const uint8_t *
ss_source_next(struct ss_source *s, uint8_t *buf, size_t want, ssize_t *n)
{
	const uint8_t *at;

	if (s->mapping && mapped(s, want)) {
		at = s->window + (s->at - s->first);
		s->at += (off_t)want;
		*n = (ssize_t)want;
		return at;
	}
	if (s->mapping && leave(s) < 0) {
		*n = -1;
		return buf;
	}
	*n = ss_read_full(s->fd, buf, want);
	return buf;
}
