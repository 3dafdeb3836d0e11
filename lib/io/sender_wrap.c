/* SPDX-License-Identifier: ISC */
#include "file.h"
#include "io.h"
#include "lab.h"
#include "sender.h"
#include <sodium.h>
#include <string.h>

/* Epochs to a public key: nothing is remembered of them. */
static enum ss_err
step(struct ss_sender *s, struct ss_introducer *i,
    const uint8_t salt[static SS_SALT_BYTES])
{
	uint8_t entropy[SS_WRAP_ENTROPY];
	enum ss_err e;

	ss_random(entropy, sizeof(entropy));
	e = ss_wrap_send(&s->st.epoch, i, s->wrap, salt, entropy, &s->end);
	sodium_memzero(entropy, sizeof(entropy));
	return e;
}

static enum ss_err
put(struct ss_buf *b, struct ss_introducer *i, struct ss_sender *s)
{
	return ss_wrap_put(b, i, &s->st.epoch, &s->end);
}

static void
close_wrap(struct ss_sender *s)
{
	ss_wrap_wipe(&s->end);
	sodium_free(s->self); /* wipes */
	s->self = NULL;
}

static const struct ss_sender_kind wrapped = { "recipient", step, put,
	close_wrap };

/* Which family, which AEAD, and whether the sender is named as it does it. */
static void
choose(struct ss_sender *s, const struct ss_sender_to *o)
{
	const char *name = o->wrap ? o->wrap : o->sign ? "rsa" : "hpke";

	if (!(s->wrap = ss_wrap_find(name)))
		ss_die(SS_ERR_USAGE, "no way to wrap is called '%s'", name);
	s->each = s->wrap->each;
	/* HPKE proves the sender by a key agreement, RSA by a signature */
	if (s->wrap->sign ? o->from != NULL : o->sign != NULL) {
		ss_set_hint(s->wrap->sign ? "with rsa it is --sign-with" :
		    "with hpke it is --from");
		ss_die(SS_ERR_USAGE, "%s goes with another way to wrap",
		    s->wrap->sign ? "--from" : "--sign-with");
	}
	s->end.aead = SS_CHACHAPOLY;
	if (o->aead && !(s->end.aead = (uint8_t)ss_aead_find(o->aead)))
		ss_die(SS_ERR_USAGE, "no AEAD is called '%s'", o->aead);
}

void
xsender_wrap(struct ss_sender *s, const struct ss_sender_to *o,
    const struct ss_trace *trace)
{
	const char *from = o->from ? o->from : o->sign, *why;

	memset(s, 0, sizeof(*s));
	s->kind = &wrapped;
	s->path = o->to;
	choose(s, o);
	xpublic_load(&s->to, o->to);
	s->end.peer = &s->to;
	s->end.lab = ss_lab();
	s->end.trace = trace;
	if ((why = s->wrap->check(&s->end))) {
		if (!s->to.rsa.len)
			ss_set_hint("ss-keygen --rsa 3072 makes identities "
			    "with one; others take hpke");
		ss_die(SS_ERR_USAGE, "%s: %s", o->to, why);
	}
	if (from) {
		s->self = xsecret_alloc(sizeof(*s->self));
		xkey_load(s->self, from, o->passphrase_fd);
		s->end.self = s->self;
		ss_lab_mix(s->self->pub.name, strlen(s->self->pub.name));
	}
	ss_lab_mix(s->to.name, strlen(s->to.name));
}
