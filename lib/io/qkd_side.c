/* SPDX-License-Identifier: ISC */
/* One side of the public discussion: what it brings, and what it takes home. */
#include "qkd_side.h"
#include "file.h"
#include "io.h"
#include "lab.h"
#include "qkdkey.h"
#include <sodium.h>
#include <string.h>

#define EPS_SEC 1e-10
#define EPS_COR 1e-10

/* sodium_malloc puts the end of a block at a page's end: only blocks of a
 * round size are aligned. */
static void *
room(void *arg, size_t bytes)
{
	struct ss_qkd_side *s = arg;
	void *p;

	bytes = (bytes + 63) / 64 * 64;
	if (s->nrooms == SS_QKD_ROOMS || !(p = sodium_malloc(bytes)))
		return NULL;
	memset(p, 0, bytes);
	s->rooms[s->nrooms++] = p;
	return p;
}

/* How the messages will be authenticated.  LAB unauthenticated: not at all. */
static void
authenticate(struct ss_qkd_side *s)
{
	struct ss_talk_auth *a = &s->config.auth;
	struct ss_qkd *o = s->o;

	if (ss_lab_is(ss_lab(), "unauthenticated")) {
		a->method = SS_TALK_OPEN;
	} else if (o->auth) {
		xqkd_lock(o->auth);
		xqkd_pads_load(&s->pads, o->auth);
		*a = (struct ss_talk_auth){ .method = SS_TALK_PADS,
			.point = s->pads.point, .pads = s->pads.pads,
			.npads = s->pads.have, .at = s->pads.at };
	} else {
		xkey_load(&s->self, o->key, o->passphrase_fd);
		xpublic_load(&s->peer, o->peer);
		*a = (struct ss_talk_auth){ .method = SS_TALK_SIGNED,
			.self = &s->self, .peer = &s->peer };
	}
	s->spent = a->at;
}

struct ss_qkd_side *
xqkd_side(struct ss_qkd *o)
{
	struct ss_qkd_side *s = xsecret_alloc(sizeof(*s));
	uint32_t who;

	memset(s, 0, sizeof(*s));
	s->o = o;
	s->out = (struct ss_buf){ s->record, 0, sizeof(s->record), 0 };
	xqkd_lock(o->raw);
	xqkd_raw_load(&s->raw, o->raw);
	who = s->raw.who;
	if (who != (uint32_t)o->role)
		ss_die(SS_ERR_USAGE, "'%s' was not written by %s", o->raw,
		    o->role == SS_ALICE ? "alice" : "bob");
	s->config = (struct ss_talk_config){ .role = o->role,
		.profile = ss_lab_profile(),
		.keep_sample = ss_lab_is(ss_lab(), "keep-sample"),
		.variant = o->variant, .sample = o->sample,
		.threshold = o->threshold, .eps_sec = EPS_SEC,
		.eps_cor = EPS_COR, .pulses = s->raw.pulses,
		.click = s->raw.click, .basis = s->raw.basis,
		.value = s->raw.value, .room = room, .arg = s };
	memcpy(s->config.run, s->raw.run, sizeof(s->config.run));
	authenticate(s);
	ss_lab_mix(&o->role, sizeof(o->role));
	ss_random(s->config.entropy, sizeof(s->config.entropy));
	return s;
}

void
xqkd_side_begin(struct ss_qkd_side *s)
{
	enum ss_err e = ss_talk_begin(&s->talk, &s->config);

	if (e == SS_ERR_SPENT) {
		ss_set_hint("ss-qkd secret makes new pads");
		ss_die(e, "authentication key '%s': %zu pads left, %d are "
		    "needed", s->o->auth, s->config.auth.npads, SS_TALK_TAGS);
	}
	if (e != SS_OK)
		ss_die(e, "the discussion cannot begin");
}

void
ss_qkd_side_drop(struct ss_qkd_side *s)
{
	ss_talk_wipe(&s->talk);
	for (size_t i = 0; i < s->nrooms; i++)
		sodium_free(s->rooms[i]);
	ss_qkd_raw_drop(&s->raw);
	ss_qkd_pads_drop(&s->pads);
	ss_identity_wipe(&s->self);
	sodium_free(s);
}

void
xqkd_side_unspent(const struct ss_qkd_side *s)
{
	if (!s->raw.spent)
		return;
	ss_set_hint("two discussions tell more about the same bits than one: "
	    "send new qubits");
	ss_die(SS_ERR_SPENT, "raw file '%s'", s->o->raw);
}

/* Bob's bases say nothing: he chose them by chance, and `measure` has told
 * them.  Alice's answer tells hers, before she knows to whom. */
int
ss_qkd_side_tells(const struct ss_qkd_side *s)
{
	const struct ss_talk *t = &s->talk;

	if (s->config.role == SS_BOB)
		return t->phase >= SS_TALK_REVEAL;
	return t->phase > SS_TALK_SIFT ||
	    (t->phase == SS_TALK_SIFT && t->done > 0);
}

/* Else whoever talks nonsense to Alice would cost her ten pads each time. */
int
ss_qkd_side_proved(const struct ss_qkd_side *s)
{
	return s->talk.pad != s->config.auth.at;
}

void
xqkd_side_spend(struct ss_qkd_side *s)
{
	if (!s->told && ss_qkd_side_tells(s)) {
		xqkd_side_unspent(s);
		xqkd_raw_spend(&s->raw, s->o->raw);
		s->told = 1;
	}
	if (s->config.auth.method != SS_TALK_PADS ||
	    s->talk.pads_at == s->spent || !ss_qkd_side_proved(s))
		return;
	s->spent = s->talk.pads_at;
	xqkd_pads_spend(&s->pads, s->spent);
}

/*
 * What authentication used up comes back out of the new key, if the key can
 * bear it; then so much less is left for other uses.
 */
static size_t
debt(const struct ss_qkd_side *s, size_t len)
{
	size_t n = SS_TALK_PADS_BYTES;

	if (s->config.auth.method != SS_TALK_PADS)
		return 0;
	return len < n + SS_TALK_KEY_MIN / 8 ? 0 : n;
}

static void
repay(struct ss_qkd_side *s, const uint8_t *key, size_t n)
{
	if (s->config.auth.method != SS_TALK_PADS)
		return;
	xqkd_pads_add(&s->pads, key, n);
	ss_warn("authentication: %d bytes used, %zu put back from the new "
	    "key, %zu left", SS_TALK_PADS_BYTES, n, 16 * s->pads.have);
}

enum ss_err
ss_qkd_side_keep(struct ss_qkd_side *s)
{
	size_t len = (size_t)s->talk.sum.length / 8, n = debt(s, len);
	struct ss_qkdkey k = { .len = len - n, .bits = 8 * (len - n) };
	uint8_t *bytes = xsecret_alloc(len + 1);
	enum ss_err e;

	ss_bits_to_bytes(bytes, s->talk.key, 8 * len);
	k.key = bytes + n;
	memcpy(k.role, s->o->role == SS_ALICE ? "alice" : "bob",
	    s->o->role == SS_ALICE ? 6 : 4);
	memcpy(k.profile, ss_lab_profile(), strlen(ss_lab_profile()));
	memcpy(k.run, s->config.run, sizeof(k.run));
	e = ss_qkdkey_save(&k, s->o->output, s->o->force);
	if (e == SS_OK)
		repay(s, bytes, n);
	sodium_free(bytes);
	if (e == SS_OK)
		ss_warn("%s: a key of %llu bits", s->o->output,
		    (unsigned long long)k.bits);
	return e;
}

void
ss_qkd_side_tell(const struct ss_qkd_side *s)
{
	const struct ss_talk *t = &s->talk;

	ss_qkd_tell_estimate(t);
	ss_warn("cascade, %s: %llu parities in %llu rounds",
	    t->variant->name, (unsigned long long)t->disclosed,
	    (unsigned long long)t->rounds);
	if (t->c.role == SS_BOB)
		ss_warn("  %llu errors corrected",
		    (unsigned long long)t->corrected);
	ss_qkd_tell_sum(&t->sum);
}
