/* SPDX-License-Identifier: ISC */
#ifndef SS_CHILD_H
#define SS_CHILD_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Functions that exit are called in a child; what it wrote on stderr comes
 * back, zero terminated, and its status: the exit status, or 128 + signal.
 */
static inline int
child(char *err, size_t max, void (*run)(void *), void *arg)
{
	int fds[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	fflush(stdout);
	if (pipe(fds) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		if (dup2(fds[1], 2) < 0 || !freopen("/dev/null", "w", stdout))
			_exit(99);
		close(fds[0]);
		close(fds[1]);
		run(arg);
		_exit(98); /* it came back */
	}
	close(fds[1]);
	while ((got = read(fds[0], err + n, max - 1 - n)) > 0)
		n += (size_t)got;
	close(fds[0]);
	err[n] = '\0';
	if (waitpid(pid, &status, 0) != pid)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status)
	                         : 128 + WTERMSIG(status);
}

#endif
