/* SPDX-License-Identifier: ISC */
#include "sender.h"
#include "io.h"
#include <string.h>

/*
 * A session is on disk before its introducer leaves, so that no crash can use
 * an epoch twice.
 */
static enum ss_err
session_step(struct ss_sender *s, struct ss_introducer *i,
    const uint8_t salt[static SS_SALT_BYTES])
{
	enum ss_err e;

	xsession_lock(&s->file);
	e = ss_session_send(&s->st.epoch, i, salt, s->file.s);
	if (e == SS_OK)
		xsession_save(&s->file);
	xsession_unlock(&s->file);
	return e;
}

static enum ss_err
session_put(struct ss_buf *b, struct ss_introducer *i, struct ss_sender *s)
{
	return ss_introducer_put(b, i, &s->st.epoch);
}

static void
session_close(struct ss_sender *s)
{
	xsession_close(&s->file);
}

static const struct ss_sender_kind session = { "session", session_step,
	session_put, session_close };

void
xsender_session(
    struct ss_sender *s, const char *path, const struct ss_trace *trace)
{
	memset(s, 0, sizeof(*s));
	s->kind = &session;
	s->path = path;
	xsession_open(&s->file, path, trace);
	if (!s->file.s->ratchet.has_CKs && !s->file.s->one_way)
		ss_set_hint("the initiator speaks first: open its first "
		    "stream with ss-open, then answer");
	if (!s->file.s->ratchet.has_CKs)
		ss_die(SS_ERR_DIRECTION, "session '%s'", path);
}

void
xsender_epoch(struct ss_sender *s, struct ss_introducer *i, struct ss_buf *b,
    int lines)
{
	uint8_t salt[SS_SALT_BYTES], prev[SS_EPOCH_ID_BYTES] = { 0 };
	uint64_t records = 0;
	enum ss_err e;

	if (s->st.open) {
		memcpy(prev, s->st.epoch.id, sizeof(prev));
		records = s->st.next;
	}
	ss_random(salt, sizeof(salt));
	if ((e = s->kind->step(s, i, salt)) != SS_OK)
		ss_die(e, "%s '%s'", s->kind->what, s->path);
	i->flags = lines ? SS_INTRO_LINES : 0;
	memcpy(i->prev_id, prev, sizeof(i->prev_id));
	i->prev_records = records;
	if ((e = s->kind->put(b, i, s)) != SS_OK)
		ss_die(e, "introducer");
	ss_stream_enter(&s->st, i);
}

void
xsender_close(struct ss_sender *s)
{
	s->kind->close(s);
	ss_stream_wipe(&s->st);
}
