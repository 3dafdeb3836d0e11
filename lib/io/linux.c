/* SPDX-License-Identifier: ISC */
#ifndef __linux__
#include "linux.h"

void
ss_linux_undumpable(void)
{
}

void
ss_linux_pipe_size(int fd, size_t n)
{
	(void)fd;
	(void)n;
}

#else
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include "linux.h"
#include <fcntl.h>
#include <sys/prctl.h>

void
ss_linux_undumpable(void)
{
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* An unprivileged user may ask for /proc/sys/fs/pipe-max-size, 1 MiB. */
void
ss_linux_pipe_size(int fd, size_t n)
{
	(void)fcntl(fd, F_SETPIPE_SZ, (int)n);
}
#endif
