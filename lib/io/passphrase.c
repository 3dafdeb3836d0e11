/* SPDX-License-Identifier: ISC */
#include "file.h"
#include "io.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
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

static void
catch_signals(struct sigaction old[static ENDS])
{
	struct sigaction sa = { .sa_handler = note }; /* no SA_RESTART */

	sigemptyset(&sa.sa_mask);
	came = 0;
	for (size_t i = 0; i < ENDS; i++)
		sigaction(ends[i], &sa, &old[i]);
}

static void
release_signals(const struct sigaction old[static ENDS])
{
	for (size_t i = 0; i < ENDS; i++)
		sigaction(ends[i], &old[i], NULL);
	if (came)
		raise(came);
}

/*
 * One line from fd, byte by byte: what follows the newline is for others.
 * Returns its length; -1 and errno, EMSGSIZE if it is too long.
 */
static ssize_t
read_line(char *out, size_t max, int fd)
{
	size_t n = 0;

	for (;;) {
		char c;
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR && !came)
			continue;
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

/* Ask once, without echo. */
static ssize_t
ask(char *out, size_t max, int tty, const char *prompt)
{
	struct sigaction old[ENDS];
	struct termios before, quiet;
	ssize_t n = -1;
	int number, again;

	do {
		catch_signals(old);
		if (tcgetattr(tty, &before) == 0) {
			quiet = before;
			quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
			quiet.c_lflag |= ICANON | ISIG;
			/* in this order: what answers the prompt is neither
			 * echoed nor flushed */
			if (tcsetattr(tty, TCSAFLUSH, &quiet) == 0 &&
			    ss_write_full(tty, prompt, strlen(prompt)) == 0)
				n = read_line(out, max, tty);
			number = errno;
			tcsetattr(tty, TCSADRAIN, &before);
			ss_write_full(tty, "\n", 1);
			errno = number;
		}
		number = errno;
		again = n < 0 && came == SIGTSTP; /* back from the shell */
		release_signals(old);
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
		n = read_line(out, SS_PASSPHRASE_MAX, fd);
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
