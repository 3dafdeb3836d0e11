/* SPDX-License-Identifier: ISC */
#ifndef SS_IO_H
#define SS_IO_H

#include "../proto/err.h"
#include "../proto/timetext.h"
#include "../proto/trace.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * The edges of every command: start, messages, whole reads and writes.
 * Functions that begin with x do not return on failure.
 */

extern const char *ss_progname;

/* The umask we were started with: for output that is not secret. */
extern mode_t ss_umask;

/*
 * ss_start - first call of every main: name, no core dumps, not dumpable,
 * sodium_init, OpenSSL without configuration file, umask 077, descriptors
 * 0 to 2 in use.
 */
void ss_start(const char *argv0);

/*
 * ss_die - say what failed and why, and exit with the code's status:
 *
 *   ss-open: what failed: why
 *   hint: ...
 *   code: SS-E103
 *
 * fmt names what failed ("record 3 of epoch 8f12", "alice.key"); the phrase
 * of the code is added, and for SS_ERR_SYSTEM strerror(errno); with
 * SS_ERR_USAGE fmt says it all.  The message is escaped as by ss_escape.
 */
_Noreturn void ss_die(enum ss_err e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* ss_complain - the same without leaving; ss_warn - one line, no code. */
void ss_complain(enum ss_err e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void ss_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* a hint of the command's own, printed in the place of the code's */
void ss_set_hint(const char *hint);

/*
 * ss_help / ss_version - --help and --version to stdout, exit 0.
 * ss_usage - misuse: message (NULL: getopt has said it), usage to stderr,
 * exit 2.
 */
_Noreturn void ss_help(const char *usage);
_Noreturn void ss_version(void);
_Noreturn void ss_usage(const char *usage, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ss_read - as read(2), through EINTR.  ss_read_full - until n or the end. */
ssize_t ss_read(int fd, void *buf, size_t n);
ssize_t ss_read_full(int fd, void *buf, size_t n);
/* 0, or -1 and errno */
int ss_write_full(int fd, const void *buf, size_t n);
void xwrite_full(int fd, const void *buf, size_t n, const char *what);
/* a pipe that no program we start inherits; dies if there is none */
void xpipe(int p[static 2]);
/* 1 if a read of fd would block now */
int ss_would_block(int fd);
/* the last act of a filter: close stdout and say if that failed */
void xclose_stdout(void);
/* dies (SS_ERR_USAGE) if binary data would go to a terminal */
void xrefuse_terminal(int fd, const char *hint);

/* A variable of the environment; empty is as good as unset: NULL. */
const char *ss_env(const char *name);

void ss_random(void *out, size_t n);
/* wall clock: milliseconds since 1970 */
int64_t ss_now_ms(void);
/* the same, for dates that are stored or sent; fixed under --lab-seed */
int64_t ss_date_ms(void);
/* milliseconds of a clock that nobody can set, for intervals */
int64_t ss_elapsed_ms(void);

/* ss_escape - ss_escape_put to a stream */
void ss_escape(FILE *out, const uint8_t *in, size_t len, int keep);

/* ss_narrate - --explain: a struct ss_trace that prints on stderr. */
extern struct ss_trace ss_narrator;
void ss_narrate(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void ss_narrate_start(int show_secrets);

/* number with an upper bound from an option; dies with usage trouble */
uint64_t xnumber(const char *option, const char *text, uint64_t max);
/* seconds from "90", "90s", "15m", "2h", "1d" */
uint64_t xduration(const char *option, const char *text);

#endif
