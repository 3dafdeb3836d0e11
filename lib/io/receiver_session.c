/* SPDX-License-Identifier: ISC */
#include "receiver.h"
#include "file.h"
#include "io.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Keep n of them. */
static void
forget_pending(struct ss_receiver *r, size_t n)
{
	if (r->npending > n)
		sodium_memzero(r->pending + n,
		    (r->npending - n) * sizeof(*r->pending));
	r->npending = r->whole = n;
}

static void
close_session(struct ss_receiver *r)
{
	forget_pending(r, 0);
	free(r->pending);
	r->pending = NULL;
	sodium_free(r->work); /* wipes */
	r->work = NULL;
	xsession_close(&r->file);
}

/* Room for one more; the old copy is wiped, as realloc would not. */
static enum ss_err
reserve(struct ss_receiver *r)
{
	struct ss_receipt *more;
	size_t room = r->room ? 2 * r->room : 16;

	if (r->npending < r->room)
		return SS_OK;
	if (!(more = calloc(room, sizeof(*more))))
		return SS_ERR_SYSTEM;
	if (r->npending) {
		memcpy(more, r->pending, r->npending * sizeof(*more));
		sodium_memzero(r->pending, r->npending * sizeof(*more));
	}
	free(r->pending);
	r->pending = more;
	r->room = room;
	return SS_OK;
}

static enum ss_err
introduce(struct ss_receiver *r, struct ss_introducer *i,
    struct ss_news *news, const uint8_t *rec, size_t len)
{
	uint8_t key[SS_EPOCH_KEY_BYTES];
	struct ss_receipt *p;
	enum ss_err e;

	if ((e = reserve(r)) != SS_OK)
		return e;
	p = &r->pending[r->npending];
	ss_random(p->fresh, sizeof(p->fresh));
	e = ss_session_receive(key, i, &news->gap, r->work, rec, len,
	    p->fresh, r->file.s);
	if (e == SS_OK)
		e = ss_stream_introduce(&news->broken, &r->st, i);
	if (e != SS_OK) {
		sodium_memzero(key, sizeof(key));
		sodium_memzero(r->work, sizeof(*r->work));
		return e;
	}
	ss_session_accept(&r->st.epoch, r->file.s, r->work, key);
	memcpy(p->header.pub, i->ratchet, sizeof(p->header.pub));
	p->header.n = i->number;
	p->header.pn = i->previous;
	r->npending++;
	return SS_OK;
}

static void
whole(struct ss_receiver *r)
{
	r->whole = r->npending;
}

static void
give_up(struct ss_receiver *r)
{
	forget_pending(r, r->whole);
}

/* How far a stream of lines was delivered. */
static void
note_stream(struct ss_rx *rx, const struct ss_stream *st)
{
	sodium_memzero(rx, sizeof(*rx));
	if (!st->open || !st->lines)
		return;
	rx->open = 1;
	memcpy(rx->epoch_id, st->epoch.id, sizeof(rx->epoch_id));
	memcpy(rx->epoch_key, st->epoch.key, sizeof(rx->epoch_key));
	rx->next = st->next;
}

static void
commit(struct ss_receiver *r)
{
	uint8_t mk[32];
	uint32_t gap;
	enum ss_err e = SS_OK;

	if (!r->dirty && !r->npending)
		return;
	xsession_lock(&r->file);
	/* LAB one-key: nothing is counted */
	for (size_t k = 0; k < r->npending && e == SS_OK &&
	    !ss_lab_is(r->st.epoch.lab, SS_LAB_ONE_KEY); k++)
		e = ss_ratchet_receive(mk, &gap, &r->pending[k].header,
		    r->pending[k].fresh, &r->file.s->ratchet);
	sodium_memzero(mk, sizeof(mk));
	if (e != SS_OK) {
		ss_set_hint("was another file put in its place?");
		ss_die(e, "session '%s' changed while it was in use",
		    r->file.path);
	}
	note_stream(&r->file.s->rx, &r->st);
	xsession_save(&r->file);
	xsession_unlock(&r->file);
	forget_pending(r, 0);
}

static const struct ss_receiver_kind session = {
	.cut = "what came is authentic; the next ss-open goes on behind it",
	.introduce = introduce,
	.whole = whole,
	.give_up = give_up,
	.commit = commit,
	.close = close_session,
};

void
xreceiver_session(struct ss_receiver *r, const char *path,
    const struct ss_trace *trace)
{
	struct ss_rx *rx;

	memset(r, 0, sizeof(*r));
	r->kind = &session;
	xsession_open(&r->file, path, trace);
	r->work = xsecret_alloc(sizeof(*r->work));
	if (r->file.s->one_way && r->file.s->initiator)
		ss_die(SS_ERR_DIRECTION, "session '%s'", path);
	xsession_claim(&r->file);
	xsession_lock(&r->file); /* as the last receiver left it */
	xsession_unlock(&r->file);
	rx = &r->file.s->rx;
	if (!rx->open)
		return;
	ss_epoch_open(&r->st.epoch, r->file.s->aead, rx->epoch_key);
	r->st.epoch.lab = ss_lab_find(r->file.s->profile);
	r->st.open = 1;
	r->st.lines = 1;
	r->st.next = rx->next;
}
