/* SPDX-License-Identifier: ISC */
#ifndef SS_LINUX_H
#define SS_LINUX_H

#include <stddef.h>

/*
 * Every call of the project that only Linux has, each behind a function that
 * does nothing, or says so, on another system.  All the rest is POSIX.
 */

/* No core file of this process, no ptrace and no /proc/PID/mem by others of
 * the same user. */
void ss_linux_undumpable(void);

/* Ask for a pipe buffer of n bytes; fd may be anything, failure is fine. */
void ss_linux_pipe_size(int fd, size_t n);

#endif
