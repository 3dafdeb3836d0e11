/* SPDX-License-Identifier: ISC */
#ifndef SS_FILE_H
#define SS_FILE_H

#include "../proto/err.h"
#include "../proto/identity.h"
#include <stddef.h>
#include <stdint.h>

/* xsecret_alloc - sodium_malloc; warns once if memory cannot be locked.
 * Never NULL: dies.  sodium_free ends it. */
void *xsecret_alloc(size_t n);

/*
 * ss_file_read - a whole small file into buf.  "-" and /dev/stdin are stdin,
 * /dev/fd/N is that descriptor.
 *
 *   secret  in  1: must be a regular file of ours that no one else can read
 *               (O_NOFOLLOW; SS_ERR_PERMISSION otherwise), or a pipe that
 *               came as a descriptor
 *
 * SS_OK; SS_ERR_LENGTH if larger than max; SS_ERR_PERMISSION; SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_file_read(
    void *buf, size_t *len, size_t max, const char *path, int secret);

/*
 * ss_file_replace - appear complete or not at all: temporary file in the same
 * folder, fsync, rename (or link if it must not exist: force 0), fsync of the
 * folder.  With force a character device is written to directly.
 *
 *   mode  in  of the file, whatever the umask
 *
 * SS_OK; SS_ERR_EXISTS; SS_ERR_SYSTEM.
 */
SS_CHECKED enum ss_err ss_file_replace(
    const char *path, const void *data, size_t len, int mode, int force);

/*
 * Its parts.  temporary: a new, empty file beside path, mode 0600; returns
 * its descriptor and its name, or -1.  publish: fsync, then path becomes its
 * name.  is_device: 1 if path is there and neither file nor folder.
 */
int ss_file_temporary(char *out, size_t size, const char *path);
SS_CHECKED enum ss_err ss_file_publish(
    const char *temporary, const char *path, int fd, int force);
int ss_file_is_device(const char *path);

/* ss_file_is_descriptor - 1 for "-", /dev/stdin and /dev/fd/N. */
int ss_file_is_descriptor(const char *path);

/*
 * ss_file_save - as ss_file_replace with mode 0600, but the temporary is
 * always PATH.new: whoever is killed here leaves secrets behind, and the next
 * save takes them away.  The caller holds a lock that makes it the only one.
 */
SS_CHECKED enum ss_err ss_file_save(
    const char *path, const void *data, size_t len, int force);

/*
 * ss_file_lock - open PATH.SUFFIX, which is never renamed, and lock it until
 * the descriptor is closed; -1 and errno, EAGAIN if another process has it
 * and wait is 0.
 */
int ss_file_lock(const char *path, const char *suffix, int wait);

/* ss_file_remove - unlink and fsync of the folder; overwritten with zeros
 * before, as far as the file system lets one. */
SS_CHECKED enum ss_err ss_file_remove(const char *path);

/*
 * struct ss_out - `-o FILE` of data: written to a temporary beside it, and
 * renamed at the end; with path NULL or "-" it is stdout.  A device or FIFO is
 * written to directly.  The temporary goes when the process ends without
 * xout_commit, by exit or by SIGINT, SIGTERM, SIGHUP or SIGPIPE.  One at a
 * time; the struct must outlive it.
 */
struct ss_out {
	int fd, force;
	int secret; /* set after xout_open: mode 0600, whatever the umask */
	const char *path; /* NULL: nothing to rename */
	char temporary[4096];
};
void xout_open(struct ss_out *o, const char *path, int force);
/* xout_keep - --force gives up what is there, but never a file that this same
 * call reads: dies if output and input (either may be NULL) are one file. */
void xout_keep(const char *output, const char *input, const char *what);
void xout_commit(struct ss_out *o);  /* mode 0666 & ~umask, fsync, rename */
void xout_abandon(struct ss_out *o); /* unlink */
void ss_out_remove(void); /* the temporary, from a signal handler */

/* Keys.  Die with the code's message if the file is not what it should be.
 * passphrase_fd -1: prompt on /dev/tty if one is needed. */
void xkey_load(struct ss_identity *id, const char *path, int passphrase_fd);
void xpublic_load(struct ss_public *pub, const char *path);
/* xkey_fence - lab keys are for the lab, and the lab is for lab keys: dies if
 * this one, which path is or belongs to, is on the other side. */
void xkey_fence(const struct ss_public *pub, const char *path);

/* A passphrase from descriptor fd (up to a newline), or with fd -1 from
 * /dev/tty without echo, asked twice if confirm.  At most 1023 bytes. */
#define SS_PASSPHRASE_MAX 1024
void xpassphrase(char out[static SS_PASSPHRASE_MAX], int fd,
    const char *prompt, int confirm);

/* Append one line to a log, created 0600 with its notice first, in one write
 * under a lock.  Warns once if others can read it. */
void xlog_append(const char *path, const char *notice, const char *line);

#endif
