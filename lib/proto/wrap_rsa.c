/* SPDX-License-Identifier: ISC */
#include "lab_rsa.h"
#include "labels.h"
#include "wrap.h"
#include <sodium.h>
#include <string.h>

/*
 * WRAP_RSA: the epoch's secret is drawn at random and encrypted under the
 * recipient's RSA key, with OAEP, whose label says for whom, from whom and
 * what for.  Encryption to a public key does not tell who encrypted: that
 * takes a signature, by the sender's Ed25519 key, over all of the record that
 * stands before it.                               docs/protocol.md, 6.4
 *
 * There is no forward secrecy: whoever gets the RSA key one day opens every
 * epoch that was ever recorded.
 */
static const char *
check(const struct ss_wrap_end *w)
{
	if (!w->peer->rsa.len)
		return "that identity has no RSA key";
	if (w->peer->rsa.len < SS_RSA_OAEP_MIN &&
	    !ss_lab_is(w->lab, SS_LAB_RSA_PROFILE))
		return "that RSA key is too short for OAEP";
	return NULL;
}

/* The recipient's key, made once for all epochs of a process. */
static enum ss_err
open_key(struct ss_wrap_end *w, const struct ss_public *pub,
    const struct ss_rsa_secret *secret)
{
	return w->rsa.pkey ? SS_OK : ss_rsa_open(&w->rsa, &pub->rsa, secret);
}

static enum ss_err
make(uint8_t secret[static 32], struct ss_introducer *i,
    const struct ss_epoch_context *c,
    const uint8_t entropy[static SS_WRAP_ENTROPY], struct ss_wrap_end *w)
{
	uint8_t label[SS_WRAP_BOUND_MAX];
	size_t len = ss_wrap_bound(label, SS_LABEL_RSA, c);
	enum ss_err e = open_key(w, w->peer, NULL);

	if (e != SS_OK)
		return e;
	memcpy(secret, entropy, 32);
	if (ss_lab_is(w->lab, SS_LAB_RSA_PROFILE)) /* LAB rsa-pkcs1 */
		e = ss_lab_rsa_wrap(w->wrapped, secret, entropy + 32, &w->rsa);
	else
		e = ss_rsa_wrap(w->wrapped, secret, label, len, entropy + 32,
		    &w->rsa);
	ss_trace_op(w->trace, SS_OP_RSA);
	i->wrapped = (struct ss_bytes){ w->wrapped, w->rsa.len };
	ss_trace_step(w->trace, "OAEP label", label, len, SS_PUBLIC);
	ss_trace_step(w->trace, "wrapped key", w->wrapped, w->rsa.len,
	    SS_PUBLIC);
	return e;
}

/* label || profile || fingerprints || the record's first len bytes */
#define SIGNED_MAX (SS_WRAP_BOUND_MAX + SS_WRAP_RSA_RECORD_MAX)
static size_t
signed_text(uint8_t out[static SIGNED_MAX], const uint8_t *rec, size_t len,
    const struct ss_epoch_context *c)
{
	struct ss_buf b = { out, 0, SIGNED_MAX, 0 };

	b.len = ss_wrap_bound(out, SS_LABEL_RSA_SIGNED, c);
	ss_buf_put(&b, rec, len);
	return b.len;
}

/* The record is put together twice: before the signature and with it. */
static enum ss_err
sign(struct ss_introducer *i, const struct ss_epoch *e,
    const struct ss_epoch_context *c, struct ss_wrap_end *w)
{
	uint8_t rec[SS_WRAP_RSA_RECORD_MAX], text[SIGNED_MAX];
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };
	enum ss_err err;
	size_t len;

	i->signature = (struct ss_bytes){ w->signature, 0 };
	if (!w->self)
		return SS_OK;
	memset(w->signature, 0, sizeof(w->signature));
	i->signature.len = sizeof(w->signature);
	if ((err = ss_introducer_put(&b, i, e)) != SS_OK)
		return err;
	len = b.len - SS_MAC_BYTES - SS_EPOCH_ID_BYTES - SS_SIGN_BYTES - 2;
	len = signed_text(text, rec, len, c);
	ss_trace_op(w->trace, SS_OP_SIGN);
	ss_identity_sign(w->signature, text, len, w->self);
	ss_trace_step(w->trace, "signed: label, fingerprints, record",
	    text, len, SS_KEYED);
	ss_trace_step(w->trace, "signature", w->signature,
	    sizeof(w->signature), SS_KEYED);
	return SS_OK;
}

static enum ss_err
verify(const struct ss_introducer *i, const struct ss_epoch_context *c,
    const uint8_t *rec, const struct ss_wrap_end *w)
{
	uint8_t text[SIGNED_MAX];
	size_t len;

	if (i->mode == SS_WRAP_BASE)
		return i->signature.len == 0 ? SS_OK : SS_ERR_FORMAT;
	if (i->signature.len != SS_SIGN_BYTES)
		return SS_ERR_FORMAT;
	len = (size_t)(i->signature.at - 2 - rec);
	len = signed_text(text, rec, len, c);
	ss_trace_op(w->trace, SS_OP_VERIFY);
	return ss_public_verify(i->signature.at, text, len, w->peer->ed);
}

/* The signature first: with a known sender, a stranger cannot even ask what
 * our RSA key makes of a number. */
static enum ss_err
take(uint8_t secret[static 32], const struct ss_introducer *i,
    const struct ss_epoch_context *c, const uint8_t *rec,
    struct ss_wrap_end *w)
{
	uint8_t label[SS_WRAP_BOUND_MAX];
	size_t len = ss_wrap_bound(label, SS_LABEL_RSA, c);
	enum ss_err e;

	if (!w->self->pub.rsa.len)
		return SS_ERR_FOREIGN;
	if (i->wrapped.len != w->self->pub.rsa.len)
		return SS_ERR_LENGTH;
	if ((e = verify(i, c, rec, w)) != SS_OK ||
	    (e = open_key(w, &w->self->pub, &w->self->rsa)) != SS_OK)
		return e;
	ss_trace_op(w->trace, SS_OP_RSA);
	if (ss_lab_is(w->lab, SS_LAB_RSA_PROFILE)) /* LAB rsa-pkcs1 */
		return ss_lab_rsa_unwrap(secret, i->wrapped.at,
		    i->wrapped.len, &w->rsa);
	return ss_rsa_unwrap(secret, i->wrapped.at, i->wrapped.len, label,
	    len, &w->rsa);
}

const struct ss_wrap ss_wrap_rsa = {
	.code = SS_WRAP_RSA,
	.name = "rsa",
	.each = 1,
	.check = check,
	.make = make,
	.sign = sign,
	.take = take,
};
