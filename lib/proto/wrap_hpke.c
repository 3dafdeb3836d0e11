/* SPDX-License-Identifier: ISC */
#include "hpke.h"
#include "labels.h"
#include "wrap.h"
#include <sodium.h>
#include <string.h>

/*
 * WRAP_HPKE: the epoch's secret is exported from an HPKE context, in the mode
 * base or, if the sender gave a key, auth.  HPKE's own messages are not used:
 * data records are the same for all families.     docs/protocol.md, 6.3
 */
static const char *
check(const struct ss_wrap_end *w)
{
	return ss_dh_low_order(w->peer->x) ? "that key is of low order" : NULL;
}

/* The context of one epoch, and from it the secret. */
static enum ss_err
export(uint8_t secret[static 32], const uint8_t shared[static 32],
    const struct ss_epoch_context *c, const struct ss_trace *trace)
{
	static const char label[] = SS_LABEL_HPKE_SECRET;
	uint8_t info[SS_WRAP_BOUND_MAX];
	struct ss_hpke_setup s = { .mode = c->mode == SS_WRAP_AUTH ?
		SS_HPKE_AUTH : SS_HPKE_BASE, .aead = ss_hpke_aead(c->aead),
		.info = info };
	struct ss_hpke hpke;
	enum ss_err e;

	s.infolen = ss_wrap_bound(info, SS_LABEL_HPKE, c);
	ss_trace_step(trace, "HPKE shared secret", shared, 32, SS_SECRET);
	ss_trace_step(trace, "HPKE info", info, s.infolen, SS_PUBLIC);
	if ((e = ss_hpke_start(&hpke, &s, shared)) == SS_OK)
		e = ss_hpke_export(secret, 32, (const uint8_t *)label,
		    sizeof(label) - 1, &hpke);
	ss_hpke_wipe(&hpke);
	return e;
}

/* One for the ephemeral key, and one that proves the sender. */
static void
tell_dhs(const struct ss_epoch_context *c, const struct ss_trace *trace)
{
	ss_trace_op(trace, SS_OP_DH);
	if (c->mode == SS_WRAP_AUTH)
		ss_trace_op(trace, SS_OP_DH);
}

static enum ss_err
make(uint8_t secret[static 32], struct ss_introducer *i,
    const struct ss_epoch_context *c,
    const uint8_t entropy[static SS_WRAP_ENTROPY], struct ss_wrap_end *w)
{
	uint8_t skE[32], shared[32];
	enum ss_err e;

	ss_hpke_derive(skE, entropy);
	tell_dhs(c, w->trace);
	e = ss_hpke_encap(shared, i->enc, skE, w->peer->x,
	    w->self ? w->self->x_sec : NULL);
	ss_trace_step(w->trace, "HPKE ephemeral secret skE", skE, 32,
	    SS_SECRET);
	ss_trace_step(w->trace, "HPKE enc", i->enc, 32, SS_PUBLIC);
	if (e == SS_OK)
		e = export(secret, shared, c, w->trace);
	sodium_memzero(skE, sizeof(skE));
	sodium_memzero(shared, sizeof(shared));
	return e;
}

static enum ss_err
take(uint8_t secret[static 32], const struct ss_introducer *i,
    const struct ss_epoch_context *c, const uint8_t *rec,
    struct ss_wrap_end *w)
{
	uint8_t shared[32];
	enum ss_err e;

	(void)rec;
	tell_dhs(c, w->trace);
	e = ss_hpke_decap(shared, i->enc, w->self->x_sec,
	    i->mode == SS_WRAP_AUTH ? w->peer->x : NULL);
	if (e == SS_OK)
		e = export(secret, shared, c, w->trace);
	sodium_memzero(shared, sizeof(shared));
	return e;
}

const struct ss_wrap ss_wrap_hpke = {
	.code = SS_WRAP_HPKE,
	.name = "hpke",
	.check = check,
	.make = make,
	.take = take,
};
