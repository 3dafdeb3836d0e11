/* SPDX-License-Identifier: ISC */
#include "value.h"
#include "file.h"
#include "io.h"
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define KEY_MAX 65536

struct ss_value
xvalue_room(size_t len)
{
	return (struct ss_value){ xsecret_alloc(len ? len : 1), len };
}

void
ss_value_drop(struct ss_value *v)
{
	sodium_free(v->at);
	*v = (struct ss_value){ NULL, 0 };
}

static void
take_stdin(void)
{
	static int taken;

	if (taken++)
		ss_die(SS_ERR_USAGE, "only one input may be standard input");
}

/* All of a descriptor. */
static struct ss_value
slurp(int fd, const char *what)
{
	struct ss_value v = xvalue_room(4096), more;
	size_t at = 0;
	ssize_t n;

	for (;;) {
		n = ss_read_full(fd, v.at + at, v.len - at);
		if (n < 0)
			ss_die(SS_ERR_SYSTEM, "%s", what);
		at += (size_t)n;
		if (at < v.len)
			break;
		if (at >= SS_VALUE_MAX) {
			ss_set_hint("a step by hand takes less than 16 MiB");
			ss_die(SS_ERR_LENGTH, "%s", what);
		}
		more = xvalue_room(2 * v.len);
		memcpy(more.at, v.at, at);
		ss_value_drop(&v);
		v = more;
	}
	v.len = at;
	return v;
}

struct ss_value
xvalue_stdin(void)
{
	take_stdin();
	return slurp(STDIN_FILENO, "standard input");
}

static int
unhex(struct ss_value *v)
{
	/* libsodium takes a zero byte for white space */
	if (memchr(v->at, 0, v->len))
		return -1;
	return sodium_hex2bin(v->at, v->len, (const char *)v->at, v->len,
	    " \t\r\n", &v->len, NULL);
}

void
xvalue_unhex(struct ss_value *v, const char *what)
{
	if (unhex(v) == 0)
		return;
	ss_set_hint("hex is two digits for each byte, and white space");
	ss_die(SS_ERR_FORMAT, "%s", what);
}

static struct ss_value
file(const char *path, const char *what)
{
	struct ss_value v;
	int fd;

	if (strcmp(path, "-") == 0) {
		take_stdin();
		return slurp(STDIN_FILENO, what);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		ss_die(SS_ERR_SYSTEM, "cannot open '%s'", path);
	v = slurp(fd, path);
	close(fd);
	return v;
}

struct ss_value
xvalue_of(const char *what, const char *text)
{
	static const char from_file[] = "file:", as_text[] = "text:";
	struct ss_value v;
	int hex = 1;

	if (strncmp(text, from_file, sizeof(from_file) - 1) == 0)
		return file(text + sizeof(from_file) - 1, what);
	if (strncmp(text, as_text, sizeof(as_text) - 1) == 0) {
		text += sizeof(as_text) - 1;
		hex = 0;
	}
	v = xvalue_room(strlen(text));
	memcpy(v.at, text, v.len);
	if (hex && unhex(&v) < 0)
		ss_die(SS_ERR_USAGE, "--%s: neither hex nor file:PATH nor "
		    "text:ANYTHING", what);
	return v;
}

struct ss_value
xvalue_of_length(const char *what, const char *text, size_t n)
{
	struct ss_value v = xvalue_of(what, text);

	if (v.len != n)
		ss_die(SS_ERR_LENGTH, "--%s of %zu bytes where %zu are needed",
		    what, v.len, n);
	return v;
}

struct ss_value
xvalue_key(const char *path, size_t want, int hex)
{
	struct ss_value v = xvalue_room(KEY_MAX);
	enum ss_err e;

	if (strcmp(path, "-") == 0)
		take_stdin();
	e = ss_file_read(v.at, &v.len, KEY_MAX, path, 1);
	if (e != SS_OK)
		ss_die(e, "%s", path);
	if (hex)
		xvalue_unhex(&v, path);
	else if (want && v.len != want && unhex(&v) < 0)
		v.len = 0;
	if (want && v.len != want) {
		ss_set_hint("as bytes or in hex, and nothing else");
		ss_die(SS_ERR_KEY, "%s: not %zu bytes", path, want);
	}
	return v;
}
