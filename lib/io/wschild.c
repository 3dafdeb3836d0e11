/* SPDX-License-Identifier: ISC */
#include "wschild.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOP_MS 2000 /* from SIGTERM to SIGKILL */

static int signal_pipe[2] = { -1, -1 };

static void
on_child(int sig)
{
	int saved = errno;

	(void)sig;
	(void)!write(signal_pipe[1], "", 1);
	errno = saved;
}

static _Noreturn void
become(char *const argv[], int in, int out)
{
	/* ours is ignored, and that would be inherited */
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
		_exit(126);
	execvp(argv[0], argv);
	ss_complain(SS_ERR_SYSTEM, "%s", argv[0]);
	_exit(127);
}

void
xchild_start(struct ss_child *c, char *const argv[])
{
	struct sigaction sa = { .sa_handler = on_child,
		.sa_flags = SA_RESTART | SA_NOCLDSTOP };
	int in[2], out[2];

	xpipe(in);
	xpipe(out);
	xpipe(signal_pipe);
	fcntl(signal_pipe[0], F_SETFL, O_NONBLOCK);
	fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	sigaction(SIGCHLD, &sa, NULL);
	c->pid = fork();
	if (c->pid < 0)
		ss_die(SS_ERR_SYSTEM, "fork");
	if (c->pid == 0)
		become(argv, in[0], out[1]);
	close(out[1]);
	c->in = in[1];
	c->in_read = in[0];
	c->out = out[0];
	c->event = signal_pipe[0];
}

int
ss_child_ended(struct ss_child *c, int *status)
{
	char drain[64];
	int w;

	while (read(c->event, drain, sizeof drain) > 0)
		;
	if (c->pid == 0 || waitpid(c->pid, &w, WNOHANG) != c->pid)
		return 0;
	c->pid = 0;
	*status = WIFEXITED(w) ? WEXITSTATUS(w) : 128 + WTERMSIG(w);
	return 1;
}

uint64_t
ss_child_unread(struct ss_child *c)
{
	char buf[4096];
	uint64_t total = 0;
	ssize_t n;

	fcntl(c->in_read, F_SETFL, O_NONBLOCK);
	/* not ss_read, which would wait for more */
	while ((n = read(c->in_read, buf, sizeof buf)) > 0)
		total += (uint64_t)n;
	return total;
}

void
ss_child_stop(struct ss_child *c)
{
	struct pollfd p = { .fd = c->event, .events = POLLIN };
	int w;

	if (c->pid == 0)
		return;
	/* it sees the end of its input, and then is asked to go */
	close(c->in_read);
	close(c->out);
	if (c->in >= 0)
		close(c->in);
	kill(c->pid, SIGTERM);
	while (poll(&p, 1, STOP_MS) < 0 && errno == EINTR)
		;
	if (ss_child_ended(c, &w))
		return;
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &w, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
}
