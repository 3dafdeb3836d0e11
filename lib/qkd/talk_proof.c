/* SPDX-License-Identifier: ISC */
/* Proofs over the whole discussion, so far.        docs/protocol.md, 15.3 */
#include "../proto/labels.h"
#include "../proto/hash.h"
#include "talk_in.h"
#include <string.h>

#define TAG_AT     (SS_QKD_HEAD + 2) /* behind the length of the field */
#define PADS_FIELD (8 + 16)          /* number of the pad, tag */
_Static_assert(crypto_onetimeauth_poly1305_KEYBYTES == 32, "point and pad");

/* The part of the field that cannot cover itself. */
static size_t
hole(const struct ss_talk *t, size_t field, size_t *at)
{
	*at = TAG_AT + (t->c.auth.method == SS_TALK_PADS && field ? 8 : 0);
	return field == 0 ? 0 : TAG_AT + field - *at;
}

static void
absorb(struct ss_talk *t, const uint8_t *in, size_t len)
{
	if (t->c.auth.method == SS_TALK_PADS)
		crypto_onetimeauth_poly1305_update(&t->poly, in, len);
	else if (t->c.auth.method == SS_TALK_SIGNED)
		crypto_hash_sha256_update(&t->sha, in, len);
}

/* A record, with zeros in the place of its tag. */
static void
absorb_record(struct ss_talk *t, const uint8_t *rec, size_t len, size_t field)
{
	static const uint8_t zeros[SS_SIGN_BYTES];
	size_t at, n = hole(t, field, &at);

	absorb(t, rec, at);
	absorb(t, zeros, n);
	absorb(t, rec + at + n, len - at - n);
}

/* Who talks to whom about what, before the first message. */
void
ss_talk_proof_begin(struct ss_talk *t)
{
	const struct ss_talk_auth *a = &t->c.auth;
	uint8_t key[32] = { 0 }, text[160], fp[2][SS_FINGERPRINT_BYTES];
	struct ss_buf b = { text, 0, sizeof(text), 0 };
	int bob = t->c.role == SS_BOB;

	memset(fp, 0, sizeof(fp));
	if (a->method == SS_TALK_PADS) {
		memcpy(key, a->point, 16);
		crypto_onetimeauth_poly1305_init(&t->poly, key);
	} else if (a->method == SS_TALK_SIGNED) {
		crypto_hash_sha256_init(&t->sha);
		ss_public_fingerprint(fp[bob], &a->self->pub);
		ss_public_fingerprint(fp[!bob], a->peer);
	}
	ss_buf_str(&b, SS_LABEL_QKD);
	ss_buf_int(&b, SS_VERSION, 1);
	ss_buf_int(&b, (uint64_t)a->method, 1);
	ss_buf_int(&b, strlen(t->c.profile), 1);
	ss_buf_str(&b, t->c.profile);
	ss_buf_put(&b, t->c.run, sizeof(t->c.run));
	ss_buf_put(&b, fp, sizeof(fp));
	absorb(t, text, b.len);
	sodium_memzero(key, sizeof(key));
}

/*
 * Each turn ends in a proof, but for Bob's bases, which he writes while he
 * measures, and the hundreds of questions of Cascade: what comes next proves
 * those too.  An abort needs none, since who could forge one could as well
 * cut the line.
 */
int
ss_talk_proof_due(uint8_t kind, uint8_t flags)
{
	return (flags & SS_QKD_OVER) && kind != SS_QKD_BASES &&
	    kind != SS_QKD_ASK && kind != SS_QKD_ANSWER &&
	    kind != SS_QKD_ABORT;
}

size_t
ss_talk_proof_bytes(const struct ss_talk *t, const struct ss_qkd_msg *m)
{
	if (!ss_talk_proof_due(m->kind, m->flags))
		return 0;
	return t->c.auth.method == SS_TALK_PADS ? PADS_FIELD :
	    t->c.auth.method == SS_TALK_SIGNED ? SS_SIGN_BYTES : 0;
}

/* Wegman and Carter: the hash of everything so far, plus a pad. */
static enum ss_err
tag(uint8_t out[static 16], const struct ss_talk *t, uint64_t pad)
{
	const struct ss_talk_auth *a = &t->c.auth;
	crypto_onetimeauth_poly1305_state s = t->poly;
	unsigned carry = 0;

	if (pad < a->at || pad - a->at >= a->npads)
		return SS_ERR_SPENT;
	crypto_onetimeauth_poly1305_final(&s, out);
	for (size_t i = 0; i < 16; i++) { /* modulo 2^128 */
		carry += out[i] + (unsigned)a->pads[16 * (pad - a->at) + i];
		out[i] = (uint8_t)carry;
		carry >>= 8;
	}
	sodium_memzero(&s, sizeof(s));
	return SS_OK;
}

/* What a signature is over: not the role's own words alone, but who says
 * them, so that nobody's can come back as the other's. */
static void
statement(uint8_t out[static sizeof(SS_LABEL_QKD_SIGNED) + 32],
    const struct ss_talk *t, uint8_t from)
{
	crypto_hash_sha256_state s = t->sha;

	memcpy(out, SS_LABEL_QKD_SIGNED, sizeof(SS_LABEL_QKD_SIGNED) - 1);
	out[sizeof(SS_LABEL_QKD_SIGNED) - 1] = from;
	crypto_hash_sha256_final(&s, out + sizeof(SS_LABEL_QKD_SIGNED));
}

enum ss_err
ss_talk_prove(struct ss_talk *t, uint8_t *rec, size_t len,
    const struct ss_qkd_msg *m)
{
	uint8_t said[sizeof(SS_LABEL_QKD_SIGNED) + 32];

	if (m->tag.len && t->c.auth.method == SS_TALK_PADS)
		ss_put64(rec + TAG_AT, t->pad);
	absorb_record(t, rec, len, m->tag.len);
	if (m->tag.len == 0)
		return SS_OK;
	if (t->c.auth.method == SS_TALK_PADS)
		return tag(rec + TAG_AT + 8, t, t->pad++);
	statement(said, t, m->from);
	ss_identity_sign(rec + TAG_AT, said, sizeof(said), t->c.auth.self);
	return SS_OK;
}

static enum ss_err
check_pads(struct ss_talk *t, const uint8_t *field)
{
	uint64_t pad = ss_get64(field);
	uint8_t want[16];

	/* the first one says where both are: never behind us */
	if (t->pads_agreed ? pad != t->pad : pad < t->pad)
		return SS_ERR_REPLAY;
	if (tag(want, t, pad) != SS_OK ||
	    sodium_memcmp(want, field + 8, 16) != 0)
		return SS_ERR_AUTH;
	if (!t->pads_agreed)
		t->pads_at = pad + SS_TALK_TAGS;
	t->pads_agreed = 1;
	t->pad = pad + 1;
	return SS_OK;
}

enum ss_err
ss_talk_check(struct ss_talk *t, const uint8_t *rec, size_t len,
    const struct ss_qkd_msg *m)
{
	uint8_t said[sizeof(SS_LABEL_QKD_SIGNED) + 32];

	if (m->tag.len != ss_talk_proof_bytes(t, m))
		return SS_ERR_AUTH;
	absorb_record(t, rec, len, m->tag.len);
	if (m->tag.len == 0)
		return SS_OK;
	if (t->c.auth.method == SS_TALK_PADS)
		return check_pads(t, m->tag.at);
	statement(said, t, m->from);
	return ss_public_verify(
	    m->tag.at, said, sizeof(said), t->c.auth.peer->ed);
}
