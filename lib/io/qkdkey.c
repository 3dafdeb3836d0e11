/* SPDX-License-Identifier: ISC */
#include "qkdkey.h"
#include "../proto/bytes.h"
#include "../proto/text.h"
#include "file.h"
#include "io.h"
#include "lab.h"
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_MAX 512

int
ss_qkdkey_is(const char *path)
{
	char start[sizeof(SS_QKDKEY_FIRST)];
	int fd, is;

	if (ss_file_is_descriptor(path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return 0;
	is = ss_read_full(fd, start, sizeof(start) - 1) ==
	    (ssize_t)sizeof(start) - 1 &&
	    memcmp(start, SS_QKDKEY_FIRST, sizeof(start) - 1) == 0;
	sodium_memzero(start, sizeof(start)); /* it may be another secret */
	close(fd);
	return is;
}

static enum ss_err
word(char *out, size_t size, const struct ss_line *l)
{
	if (l->len == 0 || l->len >= size)
		return SS_ERR_KEY;
	memcpy(out, l->value, l->len);
	out[l->len] = '\0';
	return SS_OK;
}

static enum ss_err
key_line(struct ss_qkdkey *k, const struct ss_line *l)
{
	k->len = (size_t)(k->bits / 8);
	if (l->len != 2 * k->len || k->len == 0)
		return SS_ERR_KEY;
	k->key = xsecret_alloc(k->len);
	return ss_text_hex(k->key, k->len, l->value, l->len);
}

/* The lines in their order; `key` is missing when it is spent. */
static enum ss_err
line(struct ss_qkdkey *k, int i, const struct ss_line *l)
{
	char yes[4];
	enum ss_err e;

	switch (i) {
	case 0:
		return l->len == 1 && *l->value == '1' ? SS_OK :
		    SS_ERR_VERSION;
	case 1:
		return word(k->role, sizeof(k->role), l);
	case 2:
		return ss_text_hex(k->run, sizeof(k->run), l->value, l->len);
	case 3:
		e = word(k->profile, sizeof(k->profile), l);
		if (e == SS_OK && strcmp(k->profile, "-") == 0)
			k->profile[0] = '\0';
		return e;
	case 4:
		return ss_text_dec(&k->bits, 8 * SS_QKDKEY_MAX, l->value,
		    l->len);
	case 5:
		if (word(yes, sizeof(yes), l) != SS_OK)
			return SS_ERR_KEY;
		k->spent = strcmp(yes, "yes") == 0;
		return k->spent || strcmp(yes, "no") == 0 ? SS_OK :
		    SS_ERR_KEY;
	case 6:
		return key_line(k, l);
	default:
		return SS_OK;
	}
}

static enum ss_err
parse(struct ss_qkdkey *k, const char *text, size_t left)
{
	static const char *const names[] = { "secretsocket-qkd-key", "role",
		"run", "profile", "bits", "spent", "key", "end" };
	struct ss_line l;
	enum ss_err e = SS_OK;

	for (int i = 0; i < 8 && e == SS_OK; i++) {
		if (i == 6 && k->spent)
			continue;
		if (ss_text_next(&l, &text, &left) != SS_OK ||
		    !ss_line_is(&l, names[i]))
			return SS_ERR_KEY;
		e = line(k, i, &l);
		if (e != SS_OK && e != SS_ERR_VERSION)
			e = SS_ERR_KEY;
	}
	return e == SS_OK && left ? SS_ERR_KEY : e;
}

static enum ss_err
load(struct ss_qkdkey *k, const char *path)
{
	struct stat st;
	size_t size, len;
	char *text;
	enum ss_err e;

	memset(k, 0, sizeof(*k));
	if (stat(path, &st) < 0)
		return SS_ERR_SYSTEM;
	if ((uint64_t)st.st_size > SS_QKDKEY_MAX)
		return SS_ERR_LENGTH;
	size = (size_t)st.st_size + 1;
	text = xsecret_alloc(size);
	e = ss_file_read(text, &len, size, path, 1);
	if (e == SS_OK)
		e = parse(k, text, len);
	sodium_free(text);
	return e;
}

enum ss_err
ss_qkdkey_load(struct ss_qkdkey *k, const char *path)
{
	enum ss_err e = load(k, path);

	if (e == SS_OK && k->spent)
		e = SS_ERR_SPENT;
	if (e == SS_OK && strcmp(k->profile, ss_lab_profile()) != 0)
		e = SS_ERR_LAB;
	if (e != SS_OK)
		ss_qkdkey_drop(k);
	return e;
}

enum ss_err
ss_qkdkey_save(const struct ss_qkdkey *k, const char *path, int force)
{
	size_t size = HEADER_MAX + 2 * k->len;
	char *text = xsecret_alloc(size);
	struct ss_buf b = { (uint8_t *)text, 0, size, 0 };
	enum ss_err e;

	ss_buf_str(&b, SS_QKDKEY_FIRST "1\nrole: ");
	ss_buf_str(&b, k->role);
	ss_buf_str(&b, "\nrun: ");
	ss_buf_hex(&b, k->run, sizeof(k->run));
	ss_buf_str(&b, "\nprofile: ");
	ss_buf_str(&b, k->profile[0] ? k->profile : "-");
	ss_buf_str(&b, "\nbits: ");
	ss_buf_dec(&b, k->bits);
	ss_buf_str(&b, k->spent ? "\nspent: yes" : "\nspent: no");
	if (!k->spent) {
		ss_buf_str(&b, "\nkey: ");
		ss_buf_hex(&b, k->key, k->len);
	}
	ss_buf_str(&b, "\nend: secretsocket-qkd-key\n");
	e = b.over ? SS_ERR_LENGTH :
	    ss_file_replace(path, text, b.len, 0600, force);
	sodium_free(text);
	return e;
}

/* Zeros over what has no name any more: on a simple file system they reach
 * the blocks of the key. */
static void
blank(int fd, uint64_t size)
{
	static const uint8_t zeros[4096];

	while (size > 0) {
		size_t n = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);

		if (ss_write_full(fd, zeros, n) < 0)
			break;
		size -= n;
	}
	(void)fsync(fd);
}

enum ss_err
ss_qkdkey_spend(const char *path)
{
	struct ss_qkdkey k;
	enum ss_err e = load(&k, path);
	struct stat st;
	int fd;

	if (e == SS_OK && !k.spent) {
		k.spent = 1;
		fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
		e = ss_qkdkey_save(&k, path, 1);
		if (fd >= 0 && e == SS_OK && fstat(fd, &st) == 0)
			blank(fd, (uint64_t)st.st_size);
		if (fd >= 0)
			close(fd);
	}
	ss_qkdkey_drop(&k);
	return e;
}

void
ss_qkdkey_drop(struct ss_qkdkey *k)
{
	sodium_free(k->key);
	memset(k, 0, sizeof(*k));
}
