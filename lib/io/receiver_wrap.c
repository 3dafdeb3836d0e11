/* SPDX-License-Identifier: ISC */
#include "file.h"
#include "io.h"
#include "lab.h"
#include "receiver.h"
#include <sodium.h>
#include <string.h>

/* An error that says more to whoever holds a key than the code does. */
static const char *
hint_at_foreign(const struct ss_introducer *i, const struct ss_receiver *r)
{
	uint8_t fp[SS_FINGERPRINT_BYTES];

	if (i->family == SS_RATCHET)
		return "it belongs to a session: -s opens it, -k does not";
	ss_public_fingerprint(fp, &r->self->pub);
	if (memcmp(i->audience, fp, sizeof(i->audience)) != 0)
		return "it was sealed to another key than this one";
	if (i->mode == SS_WRAP_BASE)
		return "it is anonymous, and with -p the sender must be "
		    "proved";
	return "it names another sender than -p does";
}

static const char *
hint_at(enum ss_err e, const struct ss_introducer *i,
    const struct ss_receiver *r)
{
	if (e == SS_ERR_PEER)
		return "it names its sender: -p with the sender's public key "
		    "verifies that";
	if (e == SS_ERR_FOREIGN)
		return hint_at_foreign(i, r);
	return NULL;
}

static enum ss_err
introduce(struct ss_receiver *r, struct ss_introducer *i,
    struct ss_news *news, const uint8_t *rec, size_t len)
{
	struct ss_epoch fresh;
	enum ss_err e;

	memset(i, 0, sizeof(*i));
	memset(&fresh, 0, sizeof(fresh));
	e = ss_wrap_receive(&fresh, i, rec, len, &r->end);
	if (e == SS_OK)
		e = ss_stream_introduce(&news->broken, &r->st, i);
	if (e != SS_OK) {
		news->hint = hint_at(e, i, r);
		ss_epoch_wipe(&fresh);
		return e;
	}
	ss_epoch_open(&r->st.epoch, i->aead, fresh.key);
	r->st.epoch.lab = fresh.lab;
	ss_epoch_wipe(&fresh);
	if (i->mode == SS_WRAP_BASE && !r->warned) {
		r->warned = 1;
		ss_warn("unauthenticated: anybody can have sent this");
	}
	return SS_OK;
}

static void
close_wrap(struct ss_receiver *r)
{
	ss_wrap_wipe(&r->end);
	sodium_free(r->self); /* wipes */
	r->self = NULL;
}

static const struct ss_receiver_kind wrapped = {
	.cut = "what came is as it was sent; the rest is missing",
	.introduce = introduce,
	.close = close_wrap,
};

void
xreceiver_wrap(struct ss_receiver *r, const char *key, const char *from,
    int passphrase_fd, const struct ss_trace *trace)
{
	memset(r, 0, sizeof(*r));
	r->kind = &wrapped;
	r->self = xsecret_alloc(sizeof(*r->self));
	xkey_load(r->self, key, passphrase_fd);
	if (from) {
		xpublic_load(&r->from, from);
		r->end.peer = &r->from;
	}
	r->end.self = r->self;
	r->end.lab = ss_lab();
	r->end.trace = trace;
	ss_lab_mix(r->self->pub.name, strlen(r->self->pub.name));
}
