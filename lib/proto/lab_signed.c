/* SPDX-License-Identifier: ISC */
/*
 * LAB sign-key-only: the family signed with the flaw that it was made
 * against.  Each side signs its ephemeral key and nothing else:
 *
 *     -> E_i, SIGN(initiator, E_i)
 *     <- E_r, SIGN(responder, E_r)
 *
 * The signature holds wherever the key is shown: under another's name if he
 * signs it too, and in every later run.  Beside it, family_signed.c: who signs
 * there says for whom, in which run, and proves that he has the secret.
 *                                                  docs/labs.md
 */
#include "hash.h"
#include "lab_handshake.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

struct state {
	uint8_t h[32];            /* of the prologue and both keys */
	uint8_t e[32], e_pub[32]; /* ours */
	uint8_t re[32];
};
_Static_assert(sizeof(struct state) <= SS_FAMILY_STATE_BYTES, "state fits");

static struct state *
state_of(struct ss_handshake *hs)
{
	return (struct state *)(void *)hs->state;
}

static enum ss_err
check(struct ss_handshake *hs)
{
	enum ss_aead_id aead;
	char variant[32];
	enum ss_err e =
	    ss_family_plain_describe(variant, &aead, hs->config.suite);

	if (e != SS_OK)
		return e;
	hs->steps = 2;
	if (!hs->config.self || !hs->config.peer)
		hs->why = "identities do not travel in the profile "
		    "sign-key-only: both keys are needed";
	else if (hs->config.npsks)
		hs->why = "this family has no use for a pre-shared key";
	return hs->why ? SS_ERR_USAGE : SS_OK;
}

static void
mix(struct state *st, const uint8_t key[static 32])
{
	ss_hash2(st->h, st->h, sizeof(st->h), key, 32);
}

static enum ss_err
start(struct ss_handshake *hs, const uint8_t *prologue, size_t len)
{
	struct state *st = state_of(hs);

	memset(st, 0, sizeof(*st));
	ss_hash2(st->h, (const uint8_t *)SS_LABEL_SIGNED_TRANSCRIPT,
	    sizeof(SS_LABEL_SIGNED_TRANSCRIPT) - 1, prologue, len);
	return SS_OK;
}

/* All that is signed: no role, no run, no peer. */
#define SIGNED_BYTES (sizeof(SS_LABEL_SIGN_KEY_ONLY) - 1 + 32)
static void
signed_text(uint8_t out[static SIGNED_BYTES], const uint8_t key[static 32])
{
	struct ss_buf b = { out, 0, SIGNED_BYTES, 0 };

	ss_buf_str(&b, SS_LABEL_SIGN_KEY_ONLY);
	ss_buf_put(&b, key, 32);
}

static enum ss_err
write(struct ss_buf *out, struct ss_handshake *hs,
    const uint8_t entropy[static 32])
{
	struct state *st = state_of(hs);
	uint8_t text[SIGNED_BYTES], sig[SS_SIGN_BYTES];

	if (out->max - out->len < SS_LAB_SIGNED_BYTES)
		return SS_ERR_LENGTH;
	memcpy(st->e, entropy, sizeof(st->e));
	ss_dh_public(st->e_pub, st->e);
	mix(st, st->e_pub);
	signed_text(text, st->e_pub);
	ss_identity_sign(sig, text, sizeof(text), hs->config.self);
	ss_trace_op(hs->config.trace, SS_OP_SIGN);
	ss_trace_step(hs->config.trace, "signed by us: our ephemeral key and "
	    "nothing else", text, sizeof(text), SS_PUBLIC);
	ss_buf_put(out, st->e_pub, sizeof(st->e_pub));
	ss_buf_put(out, sig, sizeof(sig));
	return SS_OK;
}

static enum ss_err
read(struct ss_handshake *hs, const uint8_t *msg, size_t len)
{
	struct state *st = state_of(hs);
	uint8_t text[SIGNED_BYTES];
	enum ss_err e;

	if (len != SS_LAB_SIGNED_BYTES)
		return len < SS_LAB_SIGNED_BYTES ? SS_ERR_TRUNCATED
		                                 : SS_ERR_LENGTH;
	if (ss_dh_low_order(msg))
		return SS_ERR_LOWORDER;
	signed_text(text, msg);
	ss_trace_op(hs->config.trace, SS_OP_VERIFY);
	e = ss_public_verify(msg + 32, text, sizeof(text),
	    hs->config.peer->ed);
	if (e != SS_OK)
		return e;
	memcpy(st->re, msg, sizeof(st->re));
	mix(st, st->re);
	return SS_OK;
}

static enum ss_err
finish(struct ss_agreed *a, struct ss_handshake *hs)
{
	const struct state *st = state_of(hs);
	const struct ss_handshake_config *c = &hs->config;

	memcpy(a->hash, st->h, sizeof(a->hash));
	a->secretlen = SS_DH_BYTES;
	a->peer = *c->peer;
	memcpy(a->r0_pub, c->initiator ? st->re : st->e_pub, 32);
	if (!c->initiator)
		memcpy(a->r0_sec, st->e, 32);
	ss_trace_op(c->trace, SS_OP_DH);
	return ss_dh(a->secret, st->e, st->re);
}

/* The rows are those of the family, which knows this message too. */
static enum ss_err
walk(struct ss_span *spans, size_t *n, size_t max, uint16_t code, size_t step,
    size_t len, size_t base)
{
	return ss_family_signed.walk(spans, n, max, code, step, len, base);
}

const struct ss_family ss_lab_family_signed = {
	.code = SS_FAMILY_SIGNED,
	.name = "signed",
	.aead = SS_AESGCM,
	.suite = ss_family_plain_suite,
	.describe = ss_family_plain_describe,
	.mode = ss_family_plain_mode,
	.check = check,
	.start = start,
	.write = write,
	.read = read,
	.finish = finish,
	.walk = walk,
};
