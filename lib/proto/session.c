/* SPDX-License-Identifier: ISC */
#include "session.h"
#include "hash.h"
#include "lab_session.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

void
ss_session_wipe(struct ss_session *s)
{
	if (s)
		sodium_memzero(s, sizeof(*s));
}

static const struct ss_lab *
lab_of(const struct ss_session *s)
{
	return ss_lab_find(s->profile);
}

/* An anonymous side has the fingerprint zero. */
static void
fingerprint(uint8_t fp[static 32], const struct ss_public *pub,
    const struct ss_lab *lab)
{
	if (ss_lab_session_nameless(lab) ||
	    (sodium_is_zero(pub->ed, sizeof(pub->ed)) &&
	    sodium_is_zero(pub->x, sizeof(pub->x))))
		memset(fp, 0, 32);
	else
		ss_public_fingerprint(fp, pub);
}

/*
 * label || version 1 || family 1 || suite 2 || mode 1 || aead 1 ||
 * length 1 || profile || initiator's fingerprint 32 || responder's 32
 */
static void
expand(uint8_t out[static 32], const char *label, const struct ss_session *s,
    const uint8_t prk[static 32])
{
	uint8_t info[160];
	struct ss_buf b = { info, 0, sizeof(info), 0 };

	ss_buf_str(&b, label);
	ss_buf_int(&b, SS_VERSION, 1);
	ss_buf_int(&b, s->family, 1);
	ss_buf_int(&b, s->suite, 2);
	ss_buf_int(&b, s->mode, 1);
	ss_buf_int(&b, s->aead, 1);
	ss_buf_int(&b, strlen(s->profile), 1);
	ss_buf_str(&b, s->profile);
	ss_buf_put(&b, s->initiator ? s->self_fp : s->peer_fp, 32);
	ss_buf_put(&b, s->initiator ? s->peer_fp : s->self_fp, 32);
	ss_hkdf_expand(out, 32, info, b.len, prk);
}

/* Mode dh: root and C0; the initiator is the Double Ratchet's Alice. */
static enum ss_err
begin_dh(struct ss_session *s, const struct ss_agreed *a,
    const uint8_t prk[static 32], const uint8_t fresh[static 32],
    const struct ss_trace *t)
{
	struct ss_ratchet *r = &s->ratchet;
	uint8_t *C0 = a->initiator ? r->CKr : r->CKs;
	enum ss_err e;

	expand(r->RK, SS_LABEL_ROOT, s, prk);
	ss_trace_step(t, "session root", r->RK, 32, SS_SECRET);
	if (!a->initiator_first) {
		expand(C0, SS_LABEL_CHAIN_FIRST, s, prk);
		ss_trace_step(t, "C0, the responder's first chain", C0, 32,
		    SS_SECRET);
	}
	if (!a->initiator) {
		memcpy(r->DHs, a->r0_sec, sizeof(r->DHs));
		memcpy(r->DHs_pub, a->r0_pub, sizeof(r->DHs_pub));
		r->has_CKs = !a->initiator_first;
		return SS_OK;
	}
	memcpy(r->DHr, a->r0_pub, sizeof(r->DHr));
	r->has_DHr = 1;
	r->has_CKr = !a->initiator_first;
	if ((e = ss_ratchet_turn(r, fresh)) != SS_OK)
		return e;
	ss_trace_step(t, "our new ratchet key, secret", r->DHs, 32, SS_SECRET);
	ss_trace_step(t, "root after it", r->RK, 32, SS_SECRET);
	ss_trace_step(t, "our sending chain", r->CKs, 32, SS_SECRET);
	return SS_OK;
}

/* Modes hash and static: one chain for each direction. */
static void
begin_chains(struct ss_session *s, const struct ss_agreed *a,
    const uint8_t prk[static 32])
{
	struct ss_ratchet *r = &s->ratchet;
	int init = s->initiator;

	expand(init ? r->CKs : r->CKr, SS_LABEL_CHAIN_INIT, s, prk);
	expand(init ? r->CKr : r->CKs, SS_LABEL_CHAIN_RESP, s, prk);
	/* LAB one-key, bare-hash: one chain for both directions */
	ss_lab_session_chains(r, a, lab_of(s));
	r->has_CKs = init || !s->one_way;
	r->has_CKr = !init || !s->one_way;
	if (!r->has_CKs)
		sodium_memzero(r->CKs, sizeof(r->CKs));
	if (!r->has_CKr)
		sodium_memzero(r->CKr, sizeof(r->CKr));
}

/* What a student needs to recompute an epoch by hand. */
static void
tell(const struct ss_trace *t, const struct ss_introducer *i,
    const uint8_t mk[static 32], const struct ss_epoch *e)
{
	ss_trace_step(t, "message key from the ratchet", mk, 32, SS_SECRET);
	ss_trace_step(t, "salt", i->salt, sizeof(i->salt), SS_PUBLIC);
	ss_trace_step(t, "epoch key", e->key, sizeof(e->key), SS_SECRET);
	ss_trace_step(t, "epoch id", e->id, sizeof(e->id), SS_KEYED);
	ss_trace_step(t, "MAC key", e->mac_key, sizeof(e->mac_key),
	    SS_SECRET);
	ss_trace_step(t, "AEAD key", e->aead.key, sizeof(e->aead.key),
	    SS_SECRET);
}

enum ss_err
ss_session_begin(struct ss_session *s, const struct ss_agreed *a,
    const uint8_t fresh[static 32], const struct ss_trace *trace)
{
	uint8_t prk[SS_HASH_BYTES];
	enum ss_err e = SS_OK;

	memset(s, 0, sizeof(*s));
	if (a->one_way && a->mode == SS_MODE_DH)
		return SS_ERR_SUITE;
	s->family = a->family;
	s->suite = a->suite;
	s->mode = s->ratchet.mode = a->mode;
	s->aead = a->aead;
	s->initiator = a->initiator != 0;
	s->one_way = a->one_way != 0;
	s->ratchet.label = ss_ratchet_label;
	memcpy(s->profile, a->profile, sizeof(s->profile));
	memcpy(s->self_name, a->self.name, sizeof(s->self_name));
	memcpy(s->peer_name, a->peer.name, sizeof(s->peer_name));
	fingerprint(s->self_fp, &a->self, lab_of(s));
	fingerprint(s->peer_fp, &a->peer, lab_of(s));
	memcpy(s->hash, a->hash, sizeof(s->hash));

	ss_hkdf_extract(prk, a->hash, sizeof(a->hash), a->secret,
	    a->secretlen);
	ss_trace_step(trace, "session PRK, from transcript hash and secret",
	    prk, sizeof(prk), SS_SECRET);
	if (a->mode == SS_MODE_DH)
		e = begin_dh(s, a, prk, fresh, trace);
	else
		begin_chains(s, a, prk);
	sodium_memzero(prk, sizeof(prk));
	if (e != SS_OK)
		ss_session_wipe(s);
	return e;
}

/* What is bound into an epoch's key.  sending: the epoch is ours. */
static void
context_of(
    struct ss_epoch_context *c, const struct ss_session *s, int sending)
{
	c->family = SS_RATCHET;
	c->mode = s->mode;
	c->aead = s->aead;
	c->profile = s->profile;
	/* LAB one-key: who sends and who reads is not in the key */
	if (ss_lab_is(lab_of(s), SS_LAB_ONE_KEY))
		sending = s->initiator;
	memcpy(c->sender, sending ? s->self_fp : s->peer_fp, 32);
	memcpy(c->audience, sending ? s->peer_fp : s->self_fp, 32);
}

/* ck: the chain that mk comes from, after its step. */
static void
epoch_key(uint8_t key[static SS_EPOCH_KEY_BYTES],
    const uint8_t salt[static SS_SALT_BYTES], const uint8_t mk[static 32],
    const uint8_t ck[static 32], const struct ss_epoch_context *c)
{
	/* LAB bare-hash: the chain of the mode static is the key itself */
	if (ss_lab_is(ss_lab_find(c->profile), SS_LAB_BARE_HASH))
		memcpy(key, ck, SS_EPOCH_KEY_BYTES);
	else
		ss_epoch_key(key, salt, mk, 32, c);
}

enum ss_err
ss_session_send(struct ss_epoch *e, struct ss_introducer *i,
    const uint8_t salt[static SS_SALT_BYTES], struct ss_session *s)
{
	struct ss_ratchet_header h;
	struct ss_epoch_context c;
	uint8_t mk[32], key[SS_EPOCH_KEY_BYTES];
	enum ss_err err;

	if ((err = ss_ratchet_send(mk, &h, &s->ratchet)) != SS_OK)
		return err;
	context_of(&c, s, 1);
	/* LAB reinstall: no salt */
	salt = ss_lab_session_salt(salt, lab_of(s));
	epoch_key(key, salt, mk, s->ratchet.CKs, &c);
	ss_epoch_open(e, s->aead, key);
	e->lab = lab_of(s);
	*i = (struct ss_introducer){ .family = SS_RATCHET, .aead = s->aead,
		.mode = s->mode, .lab = s->profile[0] != 0, .number = h.n,
		.previous = h.pn };
	memcpy(i->sender, s->self_fp, sizeof(i->sender));
	memcpy(i->audience, s->peer_fp, sizeof(i->audience));
	memcpy(i->salt, salt, sizeof(i->salt));
	memcpy(i->ratchet, h.pub, sizeof(i->ratchet));
	tell(s->trace, i, mk, e);
	sodium_memzero(mk, sizeof(mk));
	sodium_memzero(key, sizeof(key));
	return SS_OK;
}

/* From the peer, and to us? */
static enum ss_err
addressed(const struct ss_introducer *i, const struct ss_session *s)
{
	/* LAB one-key: there is no such question */
	if (ss_lab_is(lab_of(s), SS_LAB_ONE_KEY))
		return SS_OK;
	if (memcmp(s->self_fp, s->peer_fp, SS_ID_BYTES) != 0 &&
	    memcmp(i->sender, s->self_fp, SS_ID_BYTES) == 0 &&
	    memcmp(i->audience, s->peer_fp, SS_ID_BYTES) == 0)
		return SS_ERR_REFLECTED;
	if (memcmp(i->sender, s->peer_fp, SS_ID_BYTES) != 0 ||
	    memcmp(i->audience, s->self_fp, SS_ID_BYTES) != 0)
		return SS_ERR_FOREIGN;
	return SS_OK;
}

/* All that can be refused without a key. */
static enum ss_err
admit(struct ss_introducer *i, const uint8_t *rec, size_t len,
    const struct ss_session *s)
{
	enum ss_err e = ss_introducer_admit(i, rec, len, s->profile[0] != 0);

	if (e != SS_OK || (e = addressed(i, s)) != SS_OK)
		return e;
	if (i->family != SS_RATCHET) /* to one of the keys, not to a session */
		return SS_ERR_FOREIGN;
	if (i->mode != s->mode || i->aead != s->aead)
		return SS_ERR_SUITE;
	return i->flags & ~SS_INTRO_LINES ? SS_ERR_FORMAT : SS_OK;
}

enum ss_err
ss_session_receive(uint8_t key[static SS_EPOCH_KEY_BYTES],
    struct ss_introducer *i, uint32_t *gap, struct ss_ratchet *next,
    const uint8_t *rec, size_t len, const uint8_t fresh[static 32],
    const struct ss_session *s)
{
	struct ss_ratchet_header h;
	struct ss_epoch_context c;
	struct ss_epoch probe;
	uint8_t mk[32];
	enum ss_err e;

	if ((e = admit(i, rec, len, s)) != SS_OK)
		return e;
	memcpy(h.pub, i->ratchet, sizeof(h.pub));
	h.n = i->number;
	h.pn = i->previous;
	memset(&probe, 0, sizeof(probe));
	memcpy(next, &s->ratchet, sizeof(*next));
	/* LAB one-key: nothing is counted */
	if (ss_lab_is(lab_of(s), SS_LAB_ONE_KEY))
		ss_lab_session_step(mk, gap, next);
	else if ((e = ss_ratchet_receive(mk, gap, &h, fresh, next)) != SS_OK)
		goto out;
	context_of(&c, s, 0);
	epoch_key(key, i->salt, mk, next->CKr, &c);
	ss_epoch_open(&probe, s->aead, key);
	probe.lab = lab_of(s);
	if ((e = ss_introducer_verify(i, rec, len, &probe)) == SS_OK)
		tell(s->trace, i, mk, &probe);
out:
	if (e != SS_OK) {
		sodium_memzero(next, sizeof(*next));
		sodium_memzero(key, SS_EPOCH_KEY_BYTES);
	}
	ss_epoch_wipe(&probe);
	sodium_memzero(mk, sizeof(mk));
	return e;
}

void
ss_session_accept(struct ss_epoch *e, struct ss_session *s,
    struct ss_ratchet *next, uint8_t key[static SS_EPOCH_KEY_BYTES])
{
	memcpy(&s->ratchet, next, sizeof(*next));
	ss_epoch_open(e, s->aead, key);
	e->lab = lab_of(s);
	sodium_memzero(next, sizeof(*next));
	sodium_memzero(key, SS_EPOCH_KEY_BYTES);
}
