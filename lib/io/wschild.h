/* SPDX-License-Identifier: ISC */
#ifndef SS_WSCHILD_H
#define SS_WSCHILD_H

#include <stdint.h>
#include <sys/types.h>

/*
 * struct ss_child - a command between two pipes.  We keep the reading end of
 * its stdin open as well: what it left unread can be counted when it has
 * ended, and writing to it never fails.
 */
struct ss_child {
	pid_t pid;     /* 0: none, or ended */
	int in, out;   /* its stdin, its stdout; in never blocks */
	int in_read;   /* the other end of in */
	int event;     /* readable when the child may have ended */
};

void xchild_start(struct ss_child *c, char *const argv[]);
/* ss_child_ended - 1 and its exit status as a shell says it (128 + signal) */
int ss_child_ended(struct ss_child *c, int *status);
/* ss_child_unread - bytes of its stdin that nobody took; once, at the end */
uint64_t ss_child_unread(struct ss_child *c);
/* end it, if it runs */
void ss_child_stop(struct ss_child *c);

#endif
