/* SPDX-License-Identifier: ISC */
#ifndef SS_VALUE_H
#define SS_VALUE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Inputs of a computation by hand: whole, small, from wherever they come, and
 * in locked memory, since most of them are secret.  Standard input can be one
 * of them, once.  What cannot be read ends the command with a message.
 */
#define SS_VALUE_MAX ((size_t)16 << 20)

struct ss_value {
	uint8_t *at; /* sodium_malloc */
	size_t len;
};

/* xvalue_room - len bytes, not set. */
struct ss_value xvalue_room(size_t len);

/* ss_value_drop - erase and free; an empty one is fine. */
void ss_value_drop(struct ss_value *v);

/* xvalue_stdin - all of standard input; SS_ERR_LENGTH from 16 MiB on. */
struct ss_value xvalue_stdin(void);

/* xvalue_unhex - hex, with white space between bytes, becomes bytes.
 * SS_ERR_FORMAT if it is none. */
void xvalue_unhex(struct ss_value *v, const char *what);

/*
 * xvalue_of - a public value as an option gives it: hex, "file:PATH"
 * ("file:-" is standard input), or "text:ANYTHING".
 *
 *   what  in  the option's long name, for messages
 *
 * of_length: SS_ERR_LENGTH if it has not n bytes.
 */
struct ss_value xvalue_of(const char *what, const char *text);
struct ss_value xvalue_of_length(
    const char *what, const char *text, size_t n);

/*
 * xvalue_key - a secret, from a file that nobody else can read or from a
 * descriptor (see ss_file_read); never from the command line, which every
 * user of the machine can read.
 *
 *   want  in  its length in bytes; 0: any
 *   hex   in  1: the file is hex.  A key of a known length may be hex without
 *             being announced, since no length fits both forms.
 *
 * SS_ERR_KEY if it has another length.
 */
struct ss_value xvalue_key(const char *path, size_t want, int hex);

#endif
