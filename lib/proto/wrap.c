/* SPDX-License-Identifier: ISC */
#include "wrap.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

const struct ss_wrap *const ss_wraps[] = {
	&ss_wrap_hpke,
	&ss_wrap_rsa,
	NULL,
};

const struct ss_wrap *
ss_wrap_find(const char *name)
{
	const struct ss_wrap *const *w = ss_wraps;

	while (*w && strcmp((*w)->name, name) != 0)
		w++;
	return *w;
}

const struct ss_wrap *
ss_wrap_of(uint8_t code)
{
	const struct ss_wrap *const *w = ss_wraps;

	while (*w && (*w)->code != code)
		w++;
	return *w;
}

size_t
ss_wrap_bound(uint8_t out[static SS_WRAP_BOUND_MAX], const char *label,
    const struct ss_epoch_context *c)
{
	struct ss_buf b = { out, 0, SS_WRAP_BOUND_MAX, 0 };

	ss_buf_str(&b, label);
	ss_buf_int(&b, SS_VERSION, 1);
	ss_buf_int(&b, c->aead, 1);
	ss_buf_int(&b, c->mode, 1);
	ss_buf_int(&b, strlen(c->profile), 1);
	ss_buf_str(&b, c->profile);
	ss_buf_put(&b, c->sender, sizeof(c->sender));
	ss_buf_put(&b, c->audience, sizeof(c->audience));
	return b.len;
}

/* What is bound into the epoch key; NULL is the anonymous sender. */
static void
context_of(struct ss_epoch_context *c, const struct ss_introducer *i,
    const struct ss_lab *lab, const struct ss_public *sender,
    const struct ss_public *audience)
{
	memset(c, 0, sizeof(*c));
	c->family = i->family;
	c->mode = i->mode;
	c->aead = i->aead;
	c->profile = lab ? lab->name : "";
	if (sender)
		ss_public_fingerprint(c->sender, sender);
	ss_public_fingerprint(c->audience, audience);
}

static void
sender_context(struct ss_epoch_context *c, const struct ss_introducer *i,
    const struct ss_wrap_end *w)
{
	context_of(c, i, w->lab, w->self ? &w->self->pub : NULL, w->peer);
}

/* The epoch of a secret: the same at both ends. */
static void
open_epoch(struct ss_epoch *e, const struct ss_introducer *i,
    const uint8_t secret[static 32], const struct ss_epoch_context *c,
    const struct ss_wrap_end *w)
{
	uint8_t key[SS_EPOCH_KEY_BYTES];

	ss_epoch_key(key, i->salt, secret, 32, c);
	ss_epoch_open(e, i->aead, key);
	e->lab = w->lab;
	ss_trace_step(w->trace, "secret from the family", secret, 32,
	    SS_SECRET);
	ss_trace_step(w->trace, "salt", i->salt, sizeof(i->salt), SS_PUBLIC);
	ss_trace_step(w->trace, "epoch key", e->key, sizeof(e->key),
	    SS_SECRET);
	ss_trace_step(w->trace, "epoch id", e->id, sizeof(e->id), SS_KEYED);
	ss_trace_step(w->trace, "MAC key", e->mac_key, sizeof(e->mac_key),
	    SS_SECRET);
	ss_trace_step(w->trace, "AEAD key", e->aead.key, sizeof(e->aead.key),
	    SS_SECRET);
	sodium_memzero(key, sizeof(key));
}

enum ss_err
ss_wrap_send(struct ss_epoch *e, struct ss_introducer *i,
    const struct ss_wrap *family, const uint8_t salt[static SS_SALT_BYTES],
    const uint8_t entropy[static SS_WRAP_ENTROPY], struct ss_wrap_end *w)
{
	struct ss_epoch_context c;
	uint8_t secret[32];
	enum ss_err err;

	*i = (struct ss_introducer){ .lab = w->lab != NULL,
		.family = family->code, .aead = w->aead,
		.mode = w->self ? SS_WRAP_AUTH : SS_WRAP_BASE };
	sender_context(&c, i, w);
	memcpy(i->sender, c.sender, sizeof(i->sender));
	memcpy(i->audience, c.audience, sizeof(i->audience));
	memcpy(i->salt, salt, sizeof(i->salt));
	if ((err = family->make(secret, i, &c, entropy, w)) == SS_OK)
		open_epoch(e, i, secret, &c, w);
	sodium_memzero(secret, sizeof(secret));
	return err;
}

enum ss_err
ss_wrap_put(struct ss_buf *b, struct ss_introducer *i,
    const struct ss_epoch *e, struct ss_wrap_end *w)
{
	const struct ss_wrap *family = ss_wrap_of(i->family);
	struct ss_epoch_context c;
	enum ss_err err;

	sender_context(&c, i, w);
	if (family && family->sign &&
	    (err = family->sign(i, e, &c, w)) != SS_OK)
		return err;
	return ss_introducer_put(b, i, e);
}

/* All that can be refused before any computation. */
static enum ss_err
admit(struct ss_introducer *i, const uint8_t *rec, size_t len,
    const struct ss_wrap_end *w)
{
	enum ss_err e = ss_introducer_admit(i, rec, len, w->lab != NULL);

	if (e != SS_OK)
		return e;
	if (!ss_wrap_of(i->family)) /* a session's */
		return SS_ERR_FOREIGN;
	if (!ss_aead_name(i->aead) || i->flags & ~SS_INTRO_LINES ||
	    !ss_name_of(ss_wrap_mode_names, i->mode) ||
	    (i->mode == SS_WRAP_BASE) !=
		sodium_is_zero(i->sender, sizeof(i->sender)))
		return SS_ERR_FORMAT;
	return SS_OK;
}

/* Is it for us, and from whom we mean?  Ids only; the key will say it. */
static enum ss_err
check_people(const struct ss_introducer *i, const struct ss_epoch_context *c,
    const struct ss_wrap_end *w)
{
	if (memcmp(i->audience, c->audience, sizeof(i->audience)) != 0)
		return SS_ERR_FOREIGN;
	if (i->mode == SS_WRAP_AUTH && !w->peer)
		return SS_ERR_PEER;
	if (memcmp(i->sender, c->sender, sizeof(i->sender)) != 0)
		return SS_ERR_FOREIGN;
	/* an epoch that went on with another one could be anybody's */
	if (!sodium_is_zero(i->prev_id, sizeof(i->prev_id)))
		return SS_ERR_CHAIN;
	return SS_OK;
}

enum ss_err
ss_wrap_receive(struct ss_epoch *e, struct ss_introducer *i,
    const uint8_t *rec, size_t len, struct ss_wrap_end *w)
{
	struct ss_epoch_context c;
	struct ss_epoch probe;
	uint8_t secret[32];
	enum ss_err err;

	if ((err = admit(i, rec, len, w)) != SS_OK)
		return err;
	context_of(&c, i, w->lab, w->peer, &w->self->pub);
	if ((err = check_people(i, &c, w)) != SS_OK)
		return err;
	memset(&probe, 0, sizeof(probe));
	err = ss_wrap_of(i->family)->take(secret, i, &c, rec, w);
	if (err == SS_OK) {
		open_epoch(&probe, i, secret, &c, w);
		err = ss_introducer_verify(i, rec, len, &probe);
	}
	if (err == SS_OK) {
		ss_epoch_open(e, i->aead, probe.key);
		e->lab = w->lab;
	}
	ss_epoch_wipe(&probe);
	sodium_memzero(secret, sizeof(secret));
	return err;
}

void
ss_wrap_wipe(struct ss_wrap_end *w)
{
	if (!w)
		return;
	ss_rsa_close(&w->rsa);
	sodium_memzero(w, sizeof(*w));
}
