/* SPDX-License-Identifier: ISC */
#include "wsspool.h"

#include "../proto/wire.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the last whole record ends. */
static off_t
xwhole(int fd, off_t size, const char *path)
{
	uint8_t head[SS_HEADER_BYTES];
	struct ss_header h;
	off_t at = 0;
	ssize_t n;
	enum ss_err e;

	while (at < size) {
		n = pread(fd, head, sizeof head, at);
		if (n <= 0)
			ss_die(SS_ERR_SYSTEM, "%s", path);
		if (memcmp(head, "SS", n < 2 ? 1 : 2) != 0)
			ss_die(SS_ERR_FORMAT, "%s", path);
		if (n < (ssize_t)sizeof head)
			break;
		e = ss_header_get(&h, head);
		if (e != SS_OK)
			ss_die(e, "%s", path);
		if (size - at - (off_t)sizeof head < (off_t)h.body)
			break;
		at += (off_t)sizeof head + (off_t)h.body;
	}
	return at;
}

int
xspool_open(const char *path)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct stat st;
	off_t end;

	if (fd < 0 || fstat(fd, &st) != 0)
		ss_die(SS_ERR_SYSTEM, "%s", path);
	if (!S_ISREG(st.st_mode))
		return fd;
	if (fcntl(fd, F_SETLK, &whole) != 0) {
		if (errno == EAGAIN || errno == EACCES)
			errno = EBUSY;
		ss_die(SS_ERR_SYSTEM, "%s", path);
	}
	/* again: another one may have written until we had the lock */
	if (fstat(fd, &st) != 0)
		ss_die(SS_ERR_SYSTEM, "%s", path);
	end = xwhole(fd, st.st_size, path);
	if (end == st.st_size)
		return fd;
	if (ftruncate(fd, end) != 0)
		ss_die(SS_ERR_SYSTEM, "%s", path);
	ss_warn("%s: half a record at its end was cut off", path);
	return fd;
}
