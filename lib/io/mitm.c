/* SPDX-License-Identifier: ISC */
#include "mitm.h"
#include "io.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUEUE_FULL (1 << 20) /* who does not read is not read from */

/* Ends. */

/* The commands of this process, for a signal that ends it: as kill(2) takes
 * them, a process or (negative) its group. */
static volatile pid_t running[2];

static void
on_signal(int number)
{
	for (int i = 0; i < 2; i++)
		if (running[i] != 0)
			kill(running[i], SIGTERM);
	raise(number); /* SA_RESETHAND: this time with the default action */
}

static const int ends[] = { SIGHUP, SIGINT, SIGTERM };
#define NENDS (sizeof(ends) / sizeof(*ends))

static void
catch_signals(void)
{
	struct sigaction old, sa = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND | SA_NODEFER };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < NENDS; i++)
		if (sigaction(ends[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_DFL)
			sigaction(ends[i], &sa, NULL);
	/* a side that has gone must not end the other one */
	signal(SIGPIPE, SIG_IGN);
}

/* how: SIG_BLOCK or SIG_UNBLOCK */
static void
mask_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < NENDS; i++)
		sigaddset(&set, ends[i]);
	sigprocmask(how, &set, NULL);
}

static void
nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static _Noreturn void
become(const char *command, int in, int out)
{
	signal(SIGPIPE, SIG_DFL);
	mask_signals(SIG_UNBLOCK);
	umask(ss_umask);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
		_exit(126);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/*
 * What /bin/sh starts for a command is to end with it, so each one has a
 * process group.  Not in the foreground of a terminal: there it may ask for a
 * passphrase, which only the foreground group may, and Ctrl-C reaches all.
 */
static int
in_foreground(void)
{
	int tty = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int yes = tty >= 0 && tcgetpgrp(tty) == getpgrp();

	if (tty >= 0)
		close(tty);
	return yes;
}

/* No signal may come while a command runs that is not noted yet. */
static pid_t
start(const char *command, int end, int *in, int *out)
{
	int to[2], from[2], group = !in_foreground();
	pid_t pid;

	xpipe(to);
	xpipe(from);
	mask_signals(SIG_BLOCK);
	pid = fork();
	if (pid < 0)
		ss_die(SS_ERR_SYSTEM, "fork");
	if (group)
		setpgid(pid, 0); /* both do it: nobody knows who is first */
	if (pid == 0)
		become(command, to[0], from[1]);
	running[end] = group ? -pid : pid;
	mask_signals(SIG_UNBLOCK);
	close(to[0]);
	close(from[1]);
	*in = from[0];
	*out = to[1];
	return pid;
}

/* Nobody may be writing yet: without O_NONBLOCK that would be waited for. */
static int
xfifo_in(const char *path, size_t len)
{
	char name[4096];
	struct stat st;
	int fd;

	if (len == 0 || len >= sizeof(name))
		ss_die(SS_ERR_USAGE, "fifo:IN,OUT takes two paths");
	memcpy(name, path, len);
	name[len] = '\0';
	fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		ss_die(SS_ERR_SYSTEM, "'%s'", name);
	if (!S_ISFIFO(st.st_mode))
		ss_die(SS_ERR_USAGE, "'%s' is no FIFO: mkfifo makes one", name);
	return fd;
}

/* Our reading ends are open by now, so that whoever opens his writing end
 * first gets on; then he opens the other, for which we wait here. */
static int
xfifo_out(const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st) != 0)
		ss_die(SS_ERR_SYSTEM, "'%s'", path);
	if (!S_ISFIFO(st.st_mode))
		ss_die(SS_ERR_USAGE, "'%s' is no FIFO: mkfifo makes one", path);
	while ((fd = open(path, O_WRONLY | O_CLOEXEC)) < 0)
		if (errno != EINTR)
			ss_die(SS_ERR_SYSTEM, "'%s'", path);
	return fd;
}

void
xmitm_open(struct ss_mitm *m, const char *left, const char *right)
{
	const char *end[2] = { left, right }, *comma[2] = { NULL, NULL };

	catch_signals();
	for (int i = 0; i < 2; i++) {
		struct ss_way *reads = &m->way[i], *writes = &m->way[!i];

		if (strncmp(end[i], "exec:", 5) == 0) {
			m->child[i] = start(end[i] + 5, i, &reads->in,
			    &writes->out);
			continue;
		}
		comma[i] = strchr(end[i], ',');
		if (strncmp(end[i], "fifo:", 5) != 0 || !comma[i])
			ss_die(SS_ERR_USAGE, "an end is fifo:IN,OUT or "
			    "exec:COMMAND, not '%s'", end[i]);
		reads->in = xfifo_in(end[i] + 5,
		    (size_t)(comma[i] - end[i] - 5));
	}
	for (int i = 0; i < 2; i++)
		if (comma[i])
			m->way[!i].out = xfifo_out(comma[i] + 1);
	m->way[0].from = "left";
	m->way[1].from = "right";
}

/* One direction. */

/* The last operation's output: into the queue. */
static void
enqueue(void *arg, struct ss_packet *p)
{
	struct ss_way *w = arg;
	size_t n = p->armored && !p->raw ? SS_ARMOR_BYTES(p->len) : p->len;

	if (w->out < 0)
		return;
	if (w->at > 0) {
		memmove(w->queue, w->queue + w->at, w->have);
		w->at = 0;
	}
	if (w->have + n > w->size) {
		w->size = 2 * (w->have + n);
		w->queue = realloc(w->queue, w->size);
		if (!w->queue)
			ss_die(SS_ERR_SYSTEM, "memory");
	}
	if (n != p->len)
		ss_armor_put((char *)w->queue + w->have, p->at, p->len);
	else
		memcpy(w->queue + w->have, p->at, n);
	w->have += n;
}

static void
into_next(void *arg, struct ss_packet *p)
{
	ss_mallory_put(arg, p);
}

static void
way_open(struct ss_way *w)
{
	ss_cut_open(&w->cut);
	nonblocking(w->in);
	nonblocking(w->out);
	for (size_t i = 0; i < w->nops; i++) {
		int last = i + 1 == w->nops;

		xmallory_open(&w->op[i]);
		w->op[i].emit = last ? enqueue : into_next;
		w->op[i].arg = last ? (void *)w : (void *)&w->op[i + 1];
	}
}

/* Every whole record that is here, through the operations. */
static void
pass(struct ss_way *w)
{
	static uint8_t room[SS_PACKET_ROOM];
	char name[SS_PACKET_NAME];
	const uint8_t *rec;
	enum ss_err e;
	size_t len;

	while ((e = ss_cut_look(&w->cut, &rec, &len)) == SS_OK && len > 0) {
		struct ss_packet p = { room, len, rec == w->cut.plain, 0,
			++w->count, w->off };

		memcpy(room, rec, len);
		w->off += w->cut.used;
		ss_cut_take(&w->cut);
		ss_warn("from %s: %s", w->from, ss_packet_name(name, &p));
		if (w->nops > 0)
			ss_mallory_put(&w->op[0], &p);
		else
			enqueue(w, &p);
	}
	if (e != SS_OK) {
		ss_complain(e, "from %s, record %llu", w->from,
		    (unsigned long long)w->count + 1);
		w->failed = 1;
	}
}

/* Nothing more comes: what waited in the operations leaves. */
static void
finish(struct ss_way *w)
{
	if (ss_cut_rest(&w->cut) > 0 && !w->failed) {
		ss_complain(SS_ERR_TRUNCATED, "from %s, record %llu", w->from,
		    (unsigned long long)w->count + 1);
		w->failed = 1;
	}
	for (size_t i = 0; i < w->nops; i++)
		ss_mallory_end(&w->op[i]);
	close(w->in);
	w->in = -1;
}

static void
take(struct ss_way *w)
{
	size_t room;
	uint8_t *to = ss_cut_space(&w->cut, &room);
	ssize_t n = read(w->in, to, room);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		ss_die(SS_ERR_SYSTEM, "reading from %s", w->from);
	ss_cut_filled(&w->cut, (size_t)n);
	pass(w);
	if (n == 0 || w->failed)
		finish(w);
}

static void
give(struct ss_way *w)
{
	ssize_t n = write(w->out, w->queue + w->at, w->have);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) { /* its reader has gone: the rest is for nobody */
		close(w->out);
		w->out = -1;
		w->have = 0;
		return;
	}
	w->at += (size_t)n;
	w->have -= (size_t)n;
}

/* What to wait for; 0 if nothing is left to do. */
static int
prepare(struct ss_way *w, struct pollfd p[2])
{
	if (w->in < 0 && w->out >= 0 && w->have == 0) {
		close(w->out); /* the reader sees the end */
		w->out = -1;
	}
	p[0] = (struct pollfd){ .fd = w->have < QUEUE_FULL ? w->in : -1,
		.events = POLLIN };
	p[1] = (struct pollfd){ .fd = w->have > 0 ? w->out : -1,
		.events = POLLOUT };
	return w->in >= 0 || w->out >= 0;
}

/* The exit status of a command as a shell says it. */
static int
reap(pid_t pid)
{
	int w;

	while (waitpid(pid, &w, 0) < 0)
		if (errno != EINTR)
			return 0;
	return WIFEXITED(w) ? WEXITSTATUS(w) : 128 + WTERMSIG(w);
}

int
ss_mitm_run(struct ss_mitm *m)
{
	struct pollfd p[4];
	int status[2] = { 0, 0 };

	way_open(&m->way[0]);
	way_open(&m->way[1]);
	while (prepare(&m->way[0], p) | prepare(&m->way[1], p + 2)) {
		if (poll(p, 4, -1) < 0) {
			if (errno != EINTR)
				ss_die(SS_ERR_SYSTEM, "poll");
			continue;
		}
		for (int i = 0; i < 2; i++) {
			if (p[2 * i].revents)
				take(&m->way[i]);
			if (p[2 * i + 1].revents && m->way[i].out >= 0)
				give(&m->way[i]);
		}
	}
	for (int i = 0; i < 2; i++) {
		if (m->child[i] > 0)
			status[i] = reap(m->child[i]);
		running[i] = 0;
	}
	if (m->way[0].failed || m->way[1].failed)
		return 1;
	return status[0] ? status[0] : status[1];
}

void
ss_mitm_close(struct ss_mitm *m)
{
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < m->way[i].nops; k++)
			ss_mallory_close(&m->way[i].op[k]);
		ss_cut_close(&m->way[i].cut);
		free(m->way[i].queue);
	}
}
