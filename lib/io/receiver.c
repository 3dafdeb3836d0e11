/* SPDX-License-Identifier: ISC */
#include "receiver.h"
#include <string.h>

enum ss_err
ss_receiver_introduce(struct ss_receiver *r, struct ss_introducer *i,
    struct ss_news *news, const uint8_t *rec, size_t len)
{
	enum ss_err e;

	memset(news, 0, sizeof(*news));
	e = r->kind->introduce(r, i, news, rec, len);
	if (e == SS_OK)
		ss_stream_enter(&r->st, i);
	return e;
}

int
ss_receiver_again(
    const struct ss_receiver *r, const uint8_t *rec, size_t len)
{
	struct ss_introducer i;

	return r->st.open && ss_introducer_get(&i, rec, len) == SS_OK &&
	    ss_introducer_verify(&i, rec, len, &r->st.epoch) == SS_OK;
}

void
ss_receiver_whole(struct ss_receiver *r)
{
	if (r->kind->whole)
		r->kind->whole(r);
}

void
ss_receiver_give_up(struct ss_receiver *r)
{
	if (r->kind->give_up)
		r->kind->give_up(r);
	r->st.open = 0;
}

void
xreceiver_commit(struct ss_receiver *r)
{
	if (r->kind->commit)
		r->kind->commit(r);
	r->dirty = 0;
}

void
xreceiver_close(struct ss_receiver *r)
{
	r->kind->close(r);
	ss_stream_wipe(&r->st);
}
