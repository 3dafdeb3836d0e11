/* SPDX-License-Identifier: ISC */
/* ss-qkd run: the whole discussion over two pipes. */
#include "file.h"
#include "io.h"
#include "qkd_side.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Two sides can never both be sure of the last message.  Bob's is answered by
 * nothing: Alice waits so long that he does not speak twice, keeps her key,
 * and goes.  He sees her go, without an abort, and keeps his.  Where he cannot
 * see that (through a relay), he waits until she would have complained: two
 * seconds longer than she waits for his last word.  Both take that time from
 * --timeout, if it is given, and both should give the same.
 */
#define TIMEOUT_MS 60000
#define SETTLE_MS  200
#define LAST_MS    5000 /* unless told */
#define LINGER_MS  2000

struct ear {
	uint8_t rec[SS_RECORD_MAX];
	size_t have;
};

/* 1: there is something to read, or the end; 0: time is up. */
static int
wait_until(int64_t deadline)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	for (;;) {
		int64_t left = deadline - ss_elapsed_ms();
		int n = poll(&p, 1, left <= 0 ? 0 :
		    left < INT_MAX ? (int)left : INT_MAX);

		if (n > 0)
			return 1;
		if (n == 0 && left <= 0)
			return 0;
		if (n < 0 && errno != EINTR)
			ss_die(SS_ERR_SYSTEM, "cannot wait for the peer");
	}
}

/* Bytes from ear->have up to want.  SS_ERR_TIMEOUT when it takes too long. */
static enum ss_err
hear_bytes(struct ear *ear, size_t want, int64_t deadline)
{
	while (ear->have < want) {
		ssize_t got;

		if (!wait_until(deadline))
			return SS_ERR_TIMEOUT;
		got = ss_read(STDIN_FILENO, ear->rec + ear->have,
		    want - ear->have);
		if (got < 0)
			return SS_ERR_SYSTEM;
		if (got == 0)
			return SS_ERR_TRUNCATED;
		ear->have += (size_t)got;
	}
	return SS_OK;
}

/* One record; ear->have is 0 if nothing came at all. */
static enum ss_err
hear(struct ear *ear, uint64_t ms)
{
	int64_t deadline = ss_elapsed_ms() + (int64_t)ms;
	struct ss_header h;
	enum ss_err e;

	ear->have = 0;
	if ((e = hear_bytes(ear, SS_HEADER_BYTES, deadline)) != SS_OK ||
	    (e = ss_header_get(&h, ear->rec)) != SS_OK)
		return e;
	return hear_bytes(ear, SS_HEADER_BYTES + h.body, deadline);
}

/* How long the other side may take now. */
static uint64_t
patience(const struct ss_qkd_side *s)
{
	if (s->o->timeout_ms)
		return s->o->timeout_ms;
	return s->talk.phase >= SS_TALK_CONFIRM_LAST ? LAST_MS : TIMEOUT_MS;
}

static void
listen_for(struct ss_qkd_side *s, struct ear *ear)
{
	struct ss_talk *t = &s->talk;
	uint64_t ms = patience(s);
	enum ss_err e = hear(ear, ms);

	if (e == SS_OK) {
		(void)ss_talk_read(t, ear->rec, ear->have);
		ss_qkd_narrate(t);
		return;
	}
	if (e == SS_ERR_TIMEOUT) {
		ss_warn("no message for %llu seconds: one was lost, or the "
		    "peer is gone", (unsigned long long)ms / 1000);
		e = SS_ERR_TRUNCATED;
	}
	ss_talk_fail(t, e);
}

/* Nothing should come now.  If something does, it is one too many. */
static void
hear_nothing(struct ss_qkd_side *s, struct ear *ear, uint64_t ms)
{
	enum ss_err e = hear(ear, ms);

	if (ear->have == 0 && (e == SS_ERR_TIMEOUT || e == SS_ERR_TRUNCATED))
		ss_talk_quiet(&s->talk);
	else if (e == SS_OK)
		(void)ss_talk_read(&s->talk, ear->rec, ear->have);
	else
		ss_talk_fail(&s->talk, e);
}

/*
 * All of it, to a peer that may have stopped reading.  Where poll promises room
 * in a pipe there is some for PIPE_BUF bytes, so that write does not block.
 */
static enum ss_err
say(const uint8_t *at, size_t left, uint64_t ms)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (left > 0) {
		size_t n = left < PIPE_BUF ? left : PIPE_BUF;
		int ready = poll(&p, 1, ms < INT_MAX ? (int)ms : INT_MAX);
		ssize_t put;

		if (ready == 0)
			return SS_ERR_TIMEOUT;
		if (ready < 0 && errno == EINTR)
			continue;
		put = write(STDOUT_FILENO, at, n);
		if (put < 0 && errno != EINTR && errno != EAGAIN)
			return SS_ERR_SYSTEM;
		if (put > 0) {
			at += put;
			left -= (size_t)put;
		}
	}
	return SS_OK;
}

static void
speak(struct ss_qkd_side *s, struct ear *ear)
{
	struct ss_talk *t = &s->talk;
	enum ss_err e;

	s->out.len = 0;
	(void)ss_talk_write(&s->out, t);
	if (s->out.len == 0)
		return;
	xqkd_side_spend(s);
	ss_qkd_narrate(t);
	e = say(s->out.at, s->out.len, patience(s));
	if (e == SS_OK)
		return;
	if (e == SS_ERR_SYSTEM && errno != EPIPE)
		ss_die(e, "cannot write messages");
	if (e == SS_ERR_TIMEOUT)
		ss_warn("the peer does not read what it is told");
	/* gone, but not without a word */
	if (t->error == SS_OK && hear(ear, SETTLE_MS) == SS_OK)
		(void)ss_talk_read(t, ear->rec, ear->have);
	if (t->error == SS_OK)
		ss_talk_fail(t, SS_ERR_TRUNCATED);
	t->aborting = 0;
}

/* Everything that can be refused before a message is read or written. */
static void
check_output(const struct ss_qkd *o)
{
	struct stat st;

	if (!o->force && lstat(o->output, &st) == 0)
		ss_die(SS_ERR_EXISTS, "%s", o->output);
}

/* Her key is on the disk before she leaves. */
static void
keep(struct ss_qkd_side *s)
{
	enum ss_err e = ss_qkd_side_keep(s);

	if (e == SS_OK)
		return;
	if (s->o->role == SS_ALICE) {
		s->talk.settled = 0;
		ss_talk_fail(&s->talk, e);
		s->out.len = 0;
		if (ss_talk_write(&s->out, &s->talk) == SS_OK)
			(void)say(s->out.at, s->out.len, LINGER_MS);
	}
	ss_die(e, "%s", s->o->output);
}

void
xqkd_run(struct ss_qkd *o)
{
	struct ear *ear = xsecret_alloc(sizeof(*ear));
	struct ss_qkd_side *s;

	check_output(o);
	xrefuse_terminal(STDOUT_FILENO, "messages are not text");
	signal(SIGPIPE, SIG_IGN); /* a peer that left is said in words */
	s = xqkd_side(o);
	xqkd_side_unspent(s);
	xqkd_side_begin(s);
	if (o->explain)
		ss_narrate_start(o->show_secrets);
	for (;;) {
		switch (ss_talk_turn(&s->talk)) {
		case SS_TALK_WRITE: speak(s, ear); break;
		case SS_TALK_READ: listen_for(s, ear); break;
		case SS_TALK_SETTLE: hear_nothing(s, ear, SETTLE_MS); break;
		case SS_TALK_LINGER:
			hear_nothing(s, ear, patience(s) + LINGER_MS);
			break;
		case SS_TALK_DEAD: ss_qkd_die(&s->talk);
		case SS_TALK_DONE:
			ss_qkd_side_tell(s);
			keep(s);
			ss_qkd_side_drop(s);
			sodium_free(ear);
			return;
		}
	}
}
