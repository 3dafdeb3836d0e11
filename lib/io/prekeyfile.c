/* SPDX-License-Identifier: ISC */
#include "prekeyfile.h"
#include "file.h"
#include "io.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t
ss_prekeys_now(void)
{
	int64_t now = ss_date_ms() / 1000;

	return now > 0 ? (uint64_t)now : 0;
}

static void
hint_at_kind(enum ss_err e, int is_prekeys)
{
	if (e == SS_ERR_HALF)
		ss_set_hint(is_prekeys ? "this is a bundle, the public half"
		    : "these are the secret prekeys: ss-keygen --bundle makes "
		    "the public half of them");
	else if (e == SS_ERR_FORMAT)
		ss_set_hint(is_prekeys ? "prekeys are the file that "
		    "ss-keygen --prekeys makes"
		    : "a bundle is what ss-keygen --bundle prints");
}

static void
xload(struct ss_prekeys *p, const char *path)
{
	char *text = xsecret_alloc(SS_PREKEYS_TEXT_MAX);
	enum ss_err e;
	size_t len;

	e = ss_file_read(text, &len, SS_PREKEYS_TEXT_MAX, path, 1);
	if (e == SS_OK) {
		e = ss_prekeys_get_text(p, text, len);
		hint_at_kind(e, 1);
	}
	sodium_free(text);
	if (e != SS_OK)
		ss_die(e, "prekeys '%s'", path);
}

void
xprekeys_open(struct ss_prekeyfile *f, const char *path)
{
	f->path = path;
	f->lock = -1;
	f->p = xsecret_alloc(sizeof(*f->p));
	xload(f->p, path);
}

void
xprekeys_close(struct ss_prekeyfile *f)
{
	xprekeys_unlock(f);
	sodium_free(f->p); /* wipes */
	f->p = NULL;
}

static void
xlock(struct ss_prekeyfile *f)
{
	f->lock = ss_file_lock(f->path, "lock", 1);
	if (f->lock < 0)
		ss_die(SS_ERR_SYSTEM, "prekeys '%s': lock", f->path);
}

void
xprekeys_lock(struct ss_prekeyfile *f)
{
	/* it is written as well as read, and the lock stands beside it */
	if (ss_file_is_descriptor(f->path))
		ss_die(SS_ERR_USAGE, "prekeys that change are a file, "
		    "not '%s'", f->path);
	xlock(f);
	xload(f->p, f->path);
}

void
xprekeys_unlock(struct ss_prekeyfile *f)
{
	if (f->lock >= 0)
		close(f->lock);
	f->lock = -1;
}

enum ss_err
ss_prekeys_save(const struct ss_prekeyfile *f)
{
	char *text = xsecret_alloc(SS_PREKEYS_TEXT_MAX);
	enum ss_err e;
	size_t len;

	e = ss_prekeys_put_text(text, SS_PREKEYS_TEXT_MAX, &len, f->p);
	if (e == SS_OK)
		e = ss_file_save(f->path, text, len, 1);
	sodium_free(text);
	return e;
}

void
xprekeys_create(const char *path, const struct ss_prekeys *p, int force)
{
	struct ss_prekeyfile f = { .path = path, .lock = -1 };
	char *text = xsecret_alloc(SS_PREKEYS_TEXT_MAX);
	enum ss_err e;
	size_t len;

	/* whoever is reading a message now would put the old ones back */
	if (force && !ss_file_is_device(path))
		xlock(&f);
	e = ss_prekeys_put_text(text, SS_PREKEYS_TEXT_MAX, &len, p);
	if (e == SS_OK)
		e = ss_file_replace(path, text, len, 0600, force);
	xprekeys_unlock(&f);
	sodium_free(text);
	if (e != SS_OK)
		ss_die(e, "%s", path);
}

void
xbundle_load(struct ss_bundle *b, const char *path)
{
	char *text = malloc(SS_BUNDLE_TEXT_MAX);
	enum ss_err e;
	size_t len;

	if (!text)
		ss_die(SS_ERR_SYSTEM, "no memory");
	e = ss_file_read(text, &len, SS_BUNDLE_TEXT_MAX, path, 0);
	if (e == SS_OK) {
		e = ss_bundle_get_text(b, text, len);
		hint_at_kind(e, 0);
	}
	if (e == SS_ERR_HALF) /* a secret */
		sodium_memzero(text, SS_BUNDLE_TEXT_MAX);
	free(text);
	if (e != SS_OK)
		ss_die(e, "bundle '%s'", path);
}
