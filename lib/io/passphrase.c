/* SPDX-License-Identifier: ISC */
#include "file.h"
#include "io.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

/* Whoever interrupts a prompt must get the terminal back with its echo. */
static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP };
#define ENDS (sizeof(ends) / sizeof(*ends))

static volatile sig_atomic_t came;

static void
note(int number)
{
	came = number;
}

/* How signals were handled before a prompt. */
struct manners {
	struct sigaction actions[ENDS];
	sigset_t mask;
};

/* From here on they are blocked but in pselect: one that comes between the
 * prompt and the read would otherwise be noted, and the read wait on. */
static void
catch_signals(struct manners *before)
{
	struct sigaction sa = { .sa_handler = note };
	sigset_t blocked;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&blocked);
	came = 0;
	for (size_t i = 0; i < ENDS; i++)
		sigaddset(&blocked, ends[i]);
	sigprocmask(SIG_BLOCK, &blocked, &before->mask);
	for (size_t i = 0; i < ENDS; i++) {
		sigaction(ends[i], NULL, &before->actions[i]);
		/* what is ignored stays ignored, as under nohup */
		if (before->actions[i].sa_handler != SIG_IGN)
			sigaction(ends[i], &sa, NULL);
	}
}

static void
release_signals(const struct manners *before)
{
	for (size_t i = 0; i < ENDS; i++)
		sigaction(ends[i], &before->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
	if (came)
		raise(came);
}

/* 0 if fd can be read, -1 and EINTR if a signal came first. */
static int
wait_readable(int fd, const sigset_t *mask)
{
	fd_set set;

	if (fd >= FD_SETSIZE) {
		errno = EMFILE;
		return -1;
	}
	do {
		FD_ZERO(&set);
		FD_SET(fd, &set);
		if (pselect(fd + 1, &set, NULL, NULL, NULL, mask) >= 0)
			return 0;
	} while (errno == EINTR && !came);
	return -1;
}

/*
 * One line from fd, byte by byte: what follows the newline is for others.
 *
 *   mask  in  NULL, or the signals that may not interrupt
 *
 * Returns its length; -1 and errno, EMSGSIZE if it is too long.
 */
static ssize_t
read_line(char *out, size_t max, int fd, const sigset_t *mask)
{
	size_t n = 0;

	for (;;) {
		char c;
		ssize_t got;

		if (mask && wait_readable(fd, mask) < 0)
			return -1;
		got = ss_read(fd, &c, 1);
		if (got < 0)
			return -1;
		if (got == 0 || c == '\n')
			break;
		if (n + 1 == max) {
			errno = EMSGSIZE;
			return -1;
		}
		out[n++] = c;
	}
	if (n > 0 && out[n - 1] == '\r')
		n--;
	out[n] = '\0';
	return (ssize_t)n;
}

/* In this order: what answers the prompt is neither echoed nor flushed. */
static ssize_t
ask_quietly(char *out, size_t max, int tty, const char *prompt,
    const sigset_t *mask)
{
	struct termios before, quiet;
	ssize_t n = -1;
	int number;

	if (tcgetattr(tty, &before) < 0)
		return -1;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	if (tcsetattr(tty, TCSAFLUSH, &quiet) == 0
	    && ss_write_full(tty, prompt, strlen(prompt)) == 0)
		n = read_line(out, max, tty, mask);
	number = errno;
	tcsetattr(tty, TCSADRAIN, &before);
	ss_write_full(tty, "\n", 1);
	errno = number;
	return n;
}

static ssize_t
ask(char *out, size_t max, int tty, const char *prompt)
{
	struct manners before;
	int number, again;
	ssize_t n;

	do {
		catch_signals(&before);
		n = ask_quietly(out, max, tty, prompt, &before.mask);
		number = errno;
		again = n < 0 && came == SIGTSTP; /* back from the shell */
		release_signals(&before);
		errno = number;
	} while (again);
	return n;
}

static void
ask_again(const char *first, int tty)
{
	char *second = xsecret_alloc(SS_PASSPHRASE_MAX);
	int same;

	if (ask(second, SS_PASSPHRASE_MAX, tty, "Once more: ") < 0)
		ss_die(SS_ERR_SYSTEM, "cannot read the passphrase");
	same = strcmp(first, second) == 0;
	sodium_free(second);
	if (!same)
		ss_die(SS_ERR_USAGE, "the two passphrases differ");
}

void
xpassphrase(char out[static SS_PASSPHRASE_MAX], int fd, const char *prompt,
    int confirm)
{
	int tty = -1;
	ssize_t n;

	if (fd >= 0) {
		n = read_line(out, SS_PASSPHRASE_MAX, fd, NULL);
	} else {
		tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (tty < 0) {
			ss_set_hint("in scripts: --passphrase-fd N");
			ss_die(SS_ERR_SYSTEM, "no terminal for a passphrase");
		}
		n = ask(out, SS_PASSPHRASE_MAX, tty, prompt);
	}
	if (n < 0)
		ss_die(SS_ERR_SYSTEM, "cannot read the passphrase");
	if (n == 0)
		ss_die(SS_ERR_USAGE, "an empty passphrase protects nothing");
	if (confirm && tty >= 0)
		ask_again(out, tty);
	if (tty >= 0)
		close(tty);
}
