/* SPDX-License-Identifier: ISC */
/* Raw files: a header of text, then frames of packed bits. docs/protocol.md,
 * 15.10 */
#include "../proto/text.h"
#include "file.h"
#include "io.h"
#include "lab.h"
#include "qkd.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_MAX  256
#define FRAME_HEAD  (4 + 1) /* pulses, 1 for the last */
#define END         "end: secretsocket-qkd-raw\n"
#define RAW_MAX     ((uint64_t)1 << 32)

static const struct ss_name whose[] = {
	{ SS_RAW_ALICE, "alice" },
	{ SS_RAW_BOB, "bob" },
	{ SS_RAW_EVE, "eve" },
	{ 0, NULL },
};

/* Alice sent every pulse, so that nothing has to be said about that. */
static size_t
planes_of(uint32_t who)
{
	return who == SS_RAW_ALICE ? 2 : 3;
}

struct ss_qkd_writer {
	uint32_t who;
	struct ss_out out;
	uint8_t frame[FRAME_HEAD + 3 * SS_PLANE_BYTES];
};

struct ss_qkd_writer *
xqkd_raw_create(const char *path, int force, uint32_t who,
    const uint8_t run[static SS_QKD_RUN_BYTES])
{
	struct ss_qkd_writer *w = xsecret_alloc(sizeof(*w));
	char hex[2 * SS_QKD_RUN_BYTES + 1], text[HEADER_MAX];
	const char *profile = ss_lab_profile();
	int n;

	memset(w, 0, sizeof(*w));
	w->who = who;
	xout_open(&w->out, path, force);
	w->out.secret = 1;
	sodium_bin2hex(hex, sizeof(hex), run, SS_QKD_RUN_BYTES);
	n = snprintf(text, sizeof(text), "secretsocket-qkd-raw: 1\n"
	    "role: %s\nrun: %s\nprofile: %s\nspent: 0\n" END,
	    ss_name_of(whose, who), hex, *profile ? profile : "-");
	xwrite_full(w->out.fd, text, (size_t)n, path);
	return w;
}

void
xqkd_raw_add(struct ss_qkd_writer *w, const struct ss_notes *notes, int last)
{
	size_t bytes = ss_plane_bytes(notes->count);
	uint8_t *at = w->frame + FRAME_HEAD;

	ss_put32(w->frame, (uint32_t)notes->count);
	w->frame[4] = last != 0;
	if (w->who != SS_RAW_ALICE) {
		ss_plane_put(at, notes->click, notes->count);
		at += bytes;
	}
	ss_plane_put(at, notes->basis, notes->count);
	ss_plane_put(at + bytes, notes->value, notes->count);
	at += 2 * bytes;
	xwrite_full(w->out.fd, w->frame, (size_t)(at - w->frame),
	    "the raw file");
}

void
xqkd_raw_commit(struct ss_qkd_writer *w)
{
	xout_commit(&w->out);
	sodium_free(w);
}

/* One digit, so that it can be changed where it stands. */
static enum ss_err
get_spent(struct ss_qkd_raw *raw, const struct ss_line *l, long at)
{
	if (l->len != 1 || (*l->value != '0' && *l->value != '1'))
		return SS_ERR_FORMAT;
	raw->spent = *l->value == '1';
	raw->spent_at = at;
	return SS_OK;
}

/* The header's text ends with END; returns where the frames begin. */
static size_t
get_header(struct ss_qkd_raw *raw, const uint8_t *in, size_t len,
    enum ss_err *e)
{
	const char *text = (const char *)in;
	size_t left = len < HEADER_MAX ? len : HEADER_MAX;
	struct ss_line l;

	for (int i = 0; i < 6; i++) {
		static const char *const keys[] = { "secretsocket-qkd-raw",
			"role", "run", "profile", "spent", "end" };

		*e = ss_text_next(&l, &text, &left);
		if (*e == SS_OK && !ss_line_is(&l, keys[i]))
			*e = SS_ERR_FORMAT;
		if (*e == SS_OK && i == 0 && (l.len != 1 || *l.value != '1'))
			*e = SS_ERR_VERSION;
		if (*e == SS_OK && i == 1)
			*e = ss_line_name(&raw->who, whose, &l);
		if (*e == SS_OK && i == 2)
			*e = ss_text_hex(raw->run, sizeof(raw->run), l.value,
			    l.len);
		if (*e == SS_OK && i == 3) {
			if (l.len >= sizeof(raw->profile))
				*e = SS_ERR_FORMAT;
			else if (l.len != 1 || *l.value != '-')
				memcpy(raw->profile, l.value, l.len);
		}
		if (*e == SS_OK && i == 4)
			*e = get_spent(raw, &l, l.value - (const char *)in);
		if (*e != SS_OK)
			return 0;
	}
	return (size_t)(text - (const char *)in);
}

/* One frame, at pulse raw->pulses. */
static enum ss_err
get_frame(struct ss_qkd_raw *raw, const uint8_t **in, size_t *left, int *last)
{
	size_t at = raw->pulses / 64, count, bytes, planes;
	uint64_t *to[3] = { raw->click, raw->basis, raw->value };
	enum ss_err e = SS_OK;

	if (*left < FRAME_HEAD)
		return SS_ERR_TRUNCATED;
	count = ss_get32(*in);
	*last = (*in)[4];
	bytes = ss_plane_bytes(count);
	planes = planes_of(raw->who);
	if (count > SS_FRAME_PULSES || *last > 1 ||
	    (!*last && count != SS_FRAME_PULSES))
		return SS_ERR_FORMAT;
	if (*left - FRAME_HEAD < planes * bytes)
		return SS_ERR_TRUNCATED;
	*in += FRAME_HEAD;
	for (size_t p = 3 - planes; p < 3 && e == SS_OK; p++) {
		e = ss_plane_get(to[p] + at, *in, count);
		*in += bytes;
	}
	*left -= FRAME_HEAD + planes * bytes;
	raw->pulses += count;
	return e;
}

static enum ss_err
get_frames(struct ss_qkd_raw *raw, const uint8_t *in, size_t left)
{
	int last = 0;
	enum ss_err e = SS_OK;

	while (e == SS_OK && !last)
		e = get_frame(raw, &in, &left, &last);
	if (e == SS_OK && left)
		e = SS_ERR_LENGTH;
	if (e == SS_OK && raw->pulses == 0)
		e = SS_ERR_EMPTY;
	return e;
}

void
xqkd_raw_load(struct ss_qkd_raw *raw, const char *path)
{
	struct stat st;
	size_t size, len, at, plane;
	uint8_t *file;
	enum ss_err e;

	memset(raw, 0, sizeof(*raw));
	if (stat(path, &st) < 0)
		ss_die(SS_ERR_SYSTEM, "raw file '%s'", path);
	if ((uint64_t)st.st_size > RAW_MAX)
		ss_die(SS_ERR_LENGTH, "raw file '%s'", path);
	size = (size_t)st.st_size;
	file = xsecret_alloc(size + 1);
	if ((e = ss_file_read(file, &len, size + 1, path, 1)) != SS_OK)
		ss_die(e, "raw file '%s'", path);
	at = get_header(raw, file, len, &e);
	if (e == SS_OK) { /* a plane has fewer bytes than the file */
		plane = (len - at) / 8 * 8 + SS_PLANE_BYTES;
		raw->click = xsecret_alloc(plane);
		raw->basis = xsecret_alloc(plane);
		raw->value = xsecret_alloc(plane);
		memset(raw->click, 0, plane);
		memset(raw->basis, 0, plane);
		memset(raw->value, 0, plane);
		e = get_frames(raw, file + at, len - at);
	}
	sodium_free(file);
	if (e != SS_OK)
		ss_die(e == SS_ERR_EMPTY && len ? SS_ERR_TRUNCATED : e,
		    "raw file '%s'", path);
	if (strcmp(raw->profile, ss_lab_profile()) != 0)
		ss_die(ss_lab() ? SS_ERR_USAGE : SS_ERR_LAB,
		    "raw file '%s'%s", path, ss_lab() ?
		    " has another lab profile" : "");
}

void
xqkd_raw_spend(struct ss_qkd_raw *raw, const char *path)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || pwrite(fd, "1", 1, raw->spent_at) != 1 ||
	    fsync(fd) < 0 || close(fd) < 0)
		ss_die(SS_ERR_SYSTEM, "cannot mark '%s' as spent", path);
	raw->spent = 1;
}

void
ss_qkd_raw_drop(struct ss_qkd_raw *raw)
{
	sodium_free(raw->click);
	sodium_free(raw->basis);
	sodium_free(raw->value);
	memset(raw, 0, sizeof(*raw));
}
