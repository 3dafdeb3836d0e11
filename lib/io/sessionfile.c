/* SPDX-License-Identifier: ISC */
#include "sessionfile.h"
#include "file.h"
#include "io.h"
#include "lab.h"
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

/* Room for a text of at least len bytes; what was there is gone. */
static void
xroom(struct ss_sessionfile *f, size_t len)
{
	if (f->text && len <= f->room)
		return;
	sodium_free(f->text);
	f->text = xsecret_alloc(len);
	f->room = len;
}

/* It is no session: do we know what it is? */
static void
hint_at_kind(enum ss_err e, const char *text, size_t len)
{
	static const char key[] = "secretsocket-key";
	static const char state[] = "secretsocket-handshake";

	if (e != SS_ERR_FORMAT)
		return;
	if (len >= sizeof(key) && memcmp(text, key, sizeof(key) - 1) == 0)
		ss_set_hint("this is a key file; ss-handshake makes a session "
		    "with it");
	else if (len >= sizeof(state) &&
	    memcmp(text, state, sizeof(state) - 1) == 0)
		ss_set_hint("this is the state of a handshake under way; its "
		    "last call makes the session");
	else
		ss_set_hint("a session is the file that ss-handshake -o "
		    "makes");
}

/* Its profile must be ours. */
static void
xcheck_profile(const struct ss_sessionfile *f)
{
	const char *profile = f->s->profile;

	if (strcmp(profile, ss_lab_profile()) == 0)
		return;
	if (!ss_lab())
		ss_die(SS_ERR_LAB, "session '%s'", f->path);
	ss_die(SS_ERR_USAGE, "session '%s' %s%s%s", f->path, profile[0]
	    ? "has the lab profile '" : "is not of the lab", profile,
	    profile[0] ? "'" : "");
}

static void
xload(struct ss_sessionfile *f)
{
	enum ss_err e;
	size_t len;

	xroom(f, SS_SESSION_TEXT_MIN);
	e = ss_file_read(f->text, &len, f->room, f->path, 1);
	if (e == SS_ERR_LENGTH) { /* many skipped epochs */
		xroom(f, SS_SESSION_TEXT_MAX);
		e = ss_file_read(f->text, &len, f->room, f->path, 1);
	}
	if (e == SS_OK) {
		e = ss_session_get_text(f->s, f->text, len);
		hint_at_kind(e, f->text, len);
		sodium_memzero(f->text, len);
	}
	if (e != SS_OK)
		ss_die(e, "session '%s'", f->path);
	xcheck_profile(f);
	f->s->trace = f->trace;
}

/* With a seed: what tells this side, and this moment, from others. */
static void
mix(const struct ss_session *s)
{
	const struct ss_ratchet *r = &s->ratchet;

	ss_lab_mix(s->self_fp, sizeof(s->self_fp));
	ss_lab_mix(s->hash, sizeof(s->hash));
	ss_lab_mix(r->RK, sizeof(r->RK));
	ss_lab_mix(r->CKs, sizeof(r->CKs));
	ss_lab_mix(r->CKr, sizeof(r->CKr));
	ss_lab_mix(&(uint8_t[8]){ (uint8_t)(r->Ns >> 24),
	    (uint8_t)(r->Ns >> 16), (uint8_t)(r->Ns >> 8), (uint8_t)r->Ns,
	    (uint8_t)(r->Nr >> 24), (uint8_t)(r->Nr >> 16),
	    (uint8_t)(r->Nr >> 8), (uint8_t)r->Nr }, 8);
}

void
xsession_open(struct ss_sessionfile *f, const char *path,
    const struct ss_trace *trace)
{
	/* it is written as well as read, and locks stand beside it */
	if (ss_file_is_descriptor(path))
		ss_die(SS_ERR_USAGE, "a session is a file, not '%s'", path);
	memset(f, 0, sizeof(*f));
	f->path = path;
	f->trace = trace;
	f->lock = f->rx = -1;
	f->s = xsecret_alloc(sizeof(*f->s));
	xload(f);
	mix(f->s);
}

void
xsession_close(struct ss_sessionfile *f)
{
	xsession_unlock(f);
	if (f->rx >= 0)
		close(f->rx);
	sodium_free(f->s); /* wipes */
	sodium_free(f->text);
	memset(f, 0, sizeof(*f));
	f->lock = f->rx = -1;
}

void
xsession_lock(struct ss_sessionfile *f)
{
	f->lock = ss_file_lock(f->path, "lock", 1);
	if (f->lock < 0)
		ss_die(SS_ERR_SYSTEM, "session '%s': lock", f->path);
	xload(f);
}

void
xsession_save(struct ss_sessionfile *f)
{
	enum ss_err e;
	size_t len;

	xroom(f, SS_SESSION_TEXT_BYTES(f->s->ratchet.nskipped));
	e = ss_session_put_text(f->text, f->room, &len, f->s);
	if (e == SS_OK)
		e = ss_file_save(f->path, f->text, len, 1);
	sodium_memzero(f->text, len);
	if (e != SS_OK)
		ss_die(e, "session '%s': save", f->path);
}

void
xsession_unlock(struct ss_sessionfile *f)
{
	if (f->lock >= 0)
		close(f->lock);
	f->lock = -1;
}

void
xsession_claim(struct ss_sessionfile *f)
{
	f->rx = ss_file_lock(f->path, "rx", 0);
	if (f->rx >= 0)
		return;
	if (errno == EAGAIN)
		ss_die(SS_ERR_BUSY, "session '%s': another ss-open reads "
		    "with it", f->path);
	ss_die(SS_ERR_SYSTEM, "session '%s': lock", f->path);
}

enum ss_err
ss_sessionfile_create(const char *path, const struct ss_session *s, int force)
{
	char *text = xsecret_alloc(SS_SESSION_TEXT_MAX);
	enum ss_err e;
	size_t len;

	e = ss_session_put_text(text, SS_SESSION_TEXT_MAX, &len, s);
	if (e == SS_OK)
		e = ss_file_replace(path, text, len, 0600, force);
	sodium_free(text);
	return e;
}
