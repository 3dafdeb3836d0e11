/* SPDX-License-Identifier: ISC */
#include "noise.h"
#include <sodium.h>
#include <string.h>

/*
 * The Noise Protocol Framework, revision 34, section 5.3: HandshakeState.
 * What it processes is the token lists of a plan, in which each token stands
 * as the specification writes it.
 */

enum ss_err
ss_noise_start(struct ss_noise *n, const struct ss_noise_plan *plan,
    int initiator, const uint8_t *prologue, size_t prologuelen,
    const uint8_t *s, const uint8_t *pub, const uint8_t *rs,
    const uint8_t (*psks)[32], size_t npsks)
{
	int us = initiator ? 0 : 1, them = 1 - us;

	memset(n, 0, sizeof(*n));
	if ((plan->pre[us] || plan->sends[us]) && !s)
		return SS_ERR_USAGE;
	if ((plan->pre[them] && !rs) || npsks != plan->npsks)
		return SS_ERR_USAGE;
	n->plan = *plan;
	n->initiator = initiator;
	if (s)
		memcpy(n->s, s, 32);
	if (s && pub)
		memcpy(n->s_pub, pub, 32);
	else if (s)
		ss_dh_public(n->s_pub, n->s);
	if (plan->pre[them])
		memcpy(n->rs, rs, 32);
	for (size_t i = 0; i < npsks; i++)
		memcpy(n->psks[i], psks[i], 32);

	ss_noise_initialize(&n->sym, plan->name, plan->aead);
	ss_noise_mix_hash(&n->sym, prologue, prologuelen);
	/* pre-messages, the initiator's first */
	if (plan->pre[0])
		ss_noise_mix_hash(&n->sym, initiator ? n->s_pub : n->rs, 32);
	if (plan->pre[1])
		ss_noise_mix_hash(&n->sym, initiator ? n->rs : n->s_pub, 32);
	return SS_OK;
}

static void
tell_keys(const struct ss_noise *n)
{
	ss_trace_step(n->trace, "    MixKey: ck", n->sym.ck, 32, SS_SECRET);
	ss_trace_step(
	    n->trace, "    MixKey: k", n->sym.cipher.k, 32, SS_SECRET);
}

/* MixKey(DH(sec, pub)) */
static enum ss_err
mix_dh(struct ss_noise *n, const char *what, const uint8_t sec[static 32],
    const uint8_t pub[static 32])
{
	uint8_t shared[SS_DH_BYTES];
	enum ss_err e = ss_dh(shared, sec, pub);

	ss_trace_op(n->trace, SS_OP_DH);
	if (e == SS_OK) {
		ss_noise_mix_key(&n->sym, shared);
		ss_trace_step(n->trace, what, shared, 32, SS_SECRET);
		tell_keys(n);
	}
	sodium_memzero(shared, sizeof(shared));
	return e;
}

/* The tokens that write or read nothing: both sides do the same. */
static enum ss_err
mix_token(struct ss_noise *n, int token)
{
	switch (token) {
	case SS_NOISE_EE:
		return mix_dh(n, "  ee: DH(our e, their e)", n->e, n->re);
	case SS_NOISE_ES:
		return n->initiator
		    ? mix_dh(n, "  es: DH(our e, their s)", n->e, n->rs)
		    : mix_dh(n, "  es: DH(our s, their e)", n->s, n->re);
	case SS_NOISE_SE:
		return n->initiator
		    ? mix_dh(n, "  se: DH(our s, their e)", n->s, n->re)
		    : mix_dh(n, "  se: DH(our e, their s)", n->e, n->rs);
	case SS_NOISE_SS:
		return mix_dh(n, "  ss: DH(our s, their s)", n->s, n->rs);
	case SS_NOISE_PSK:
		ss_noise_mix_key_and_hash(&n->sym, n->psks[n->psk_next]);
		ss_trace_step(n->trace, "  psk: MixKeyAndHash",
		    n->psks[n->psk_next], 32, SS_SECRET);
		tell_keys(n);
		n->psk_next++;
		return SS_OK;
	default:
		return SS_ERR_SUITE;
	}
}

/*
 * 9.2: where a psk is used, an e enters the key too; otherwise two messages
 * under one psk would be encrypted with one key and one nonce.
 */
static void
mix_ephemeral(struct ss_noise *n, const uint8_t e_pub[static 32])
{
	ss_noise_mix_hash(&n->sym, e_pub, 32);
	ss_trace_step(n->trace, "    MixHash: h", n->sym.h, 32, SS_PUBLIC);
	if (n->plan.npsks > 0) {
		ss_noise_mix_key(&n->sym, e_pub);
		tell_keys(n);
	}
}

static void
tell_payload(const struct ss_noise *n, const uint8_t *payload, size_t len)
{
	if (len == 0)
		ss_trace_step(n->trace, "  payload: empty", NULL, 0,
		    SS_PUBLIC);
	else
		ss_trace_step(n->trace, n->sym.cipher.has_key
		    ? "  payload: encrypted on the wire"
		    : "  payload: in the clear", payload, len, SS_PUBLIC);
}

static enum ss_err
write_token(struct ss_buf *out, int token, const uint8_t *entropy,
    struct ss_noise *n)
{
	switch (token) {
	case SS_NOISE_E:
		memcpy(n->e, entropy, 32);
		ss_dh_public(n->e_pub, n->e);
		if (out->max - out->len < 32)
			return SS_ERR_LENGTH;
		ss_buf_put(out, n->e_pub, 32);
		ss_trace_step(n->trace, "  e: our new ephemeral key, secret",
		    n->e, 32, SS_SECRET);
		ss_trace_step(n->trace, "  e: its public half, sent",
		    n->e_pub, 32, SS_PUBLIC);
		mix_ephemeral(n, n->e_pub);
		return SS_OK;
	case SS_NOISE_S:
		ss_trace_step(n->trace, n->sym.cipher.has_key
		    ? "  s: our static key, sent encrypted"
		    : "  s: our static key, sent in the clear",
		    n->s_pub, 32, SS_PUBLIC);
		return ss_noise_encrypt_and_hash(out, n->s_pub, 32, &n->sym);
	default:
		return mix_token(n, token);
	}
}

enum ss_err
ss_noise_write(struct ss_buf *out, const uint8_t *payload, size_t len,
    const uint8_t entropy[static 32], struct ss_noise *n)
{
	struct ss_noise copy = *n;
	size_t start = out->len;
	const uint8_t *t;
	enum ss_err e = SS_OK;

	if (ss_noise_done(n) || (n->message % 2 == 0) != !!n->initiator) {
		e = SS_ERR_SEQUENCE;
		goto out;
	}
	t = copy.plan.tokens[copy.message];
	for (; *t != SS_NOISE_END; t++)
		if ((e = write_token(out, *t, entropy, &copy)) != SS_OK)
			goto out;
	tell_payload(&copy, payload, len);
	e = ss_noise_encrypt_and_hash(out, payload, len, &copy.sym);
	if (e == SS_OK && out->len - start > SS_NOISE_MESSAGE_MAX)
		e = SS_ERR_LENGTH;
	if (e != SS_OK)
		goto out;
	ss_trace_step(n->trace, "  h after the payload", copy.sym.h, 32,
	    SS_PUBLIC);
	copy.message++;
	*n = copy;
out:
	if (e != SS_OK)
		out->len = start;
	sodium_memzero(&copy, sizeof(copy));
	return e;
}

static enum ss_err
read_token(struct ss_bytes *in, int token, struct ss_noise *n)
{
	size_t need = 32;
	enum ss_err e;

	switch (token) {
	case SS_NOISE_E:
		if (in->len < need)
			return SS_ERR_TRUNCATED;
		memcpy(n->re, in->at, 32);
		ss_trace_step(n->trace, "  e: their ephemeral key", n->re, 32,
		    SS_PUBLIC);
		mix_ephemeral(n, n->re);
		break;
	case SS_NOISE_S:
		if (n->sym.cipher.has_key)
			need += SS_AEAD_TAG_BYTES;
		if (in->len < need)
			return SS_ERR_TRUNCATED;
		e = ss_noise_decrypt_and_hash(n->rs, in->at, need, &n->sym);
		if (e != SS_OK)
			return e;
		ss_trace_step(n->trace, "  s: their static key", n->rs, 32,
		    SS_PUBLIC);
		break;
	default:
		return mix_token(n, token);
	}
	in->at += need;
	in->len -= need;
	return SS_OK;
}

/* The payload, what is left of the message. */
static enum ss_err
read_payload(uint8_t *payload, size_t *len, const struct ss_bytes *in,
    struct ss_noise *n)
{
	size_t tag = n->sym.cipher.has_key ? SS_AEAD_TAG_BYTES : 0;

	if (in->len < tag)
		return SS_ERR_TRUNCATED;
	*len = in->len - tag;
	return ss_noise_decrypt_and_hash(payload, in->at, in->len, &n->sym);
}

enum ss_err
ss_noise_read(uint8_t *payload, size_t *len, const uint8_t *msg,
    size_t msglen, struct ss_noise *n)
{
	struct ss_noise copy = *n;
	struct ss_bytes in = { msg, msglen };
	const uint8_t *t;
	enum ss_err e = SS_OK;

	*len = 0;
	if (ss_noise_done(n) || (n->message % 2 == 0) == !!n->initiator)
		e = SS_ERR_SEQUENCE;
	else if (msglen > SS_NOISE_MESSAGE_MAX)
		e = SS_ERR_LENGTH;
	if (e != SS_OK)
		goto out;
	t = copy.plan.tokens[copy.message];
	for (; *t != SS_NOISE_END; t++)
		if ((e = read_token(&in, *t, &copy)) != SS_OK)
			goto out;
	if ((e = read_payload(payload, len, &in, &copy)) != SS_OK)
		goto out;
	tell_payload(&copy, payload, *len);
	ss_trace_step(n->trace, "  h after the payload", copy.sym.h, 32,
	    SS_PUBLIC);
	copy.message++;
	*n = copy;
out:
	if (e != SS_OK)
		*len = 0;
	sodium_memzero(&copy, sizeof(copy));
	return e;
}

int
ss_noise_done(const struct ss_noise *n)
{
	return n->message == n->plan.nmessages;
}

void
ss_noise_split(uint8_t keys[static 64], uint8_t hash[static 32],
    const struct ss_noise *n)
{
	/* HKDF(ck, zerolen, 2) */
	ss_hkdf(keys, 64, n->sym.ck, 32, NULL, 0, NULL, 0);
	memcpy(hash, n->sym.h, 32);
}
