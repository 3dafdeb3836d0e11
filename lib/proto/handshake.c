/* SPDX-License-Identifier: ISC */
#include "handshake.h"
#include "hash.h"
#include "lab_handshake.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

/*
 * What agreed means: both sides hash this before the first message, so that
 * whoever changes a byte of a record's head changes every key.
 *
 * label || version 1 || family 1 || suite 2 || flags 1 || run 8 ||
 * length 1 || profile
 */
static enum ss_err
begin(struct ss_handshake *hs, const uint8_t run[static SS_RUN_BYTES])
{
	uint8_t prologue[sizeof(SS_LABEL_PROLOGUE) + 14 + SS_PROFILE_MAX];
	struct ss_buf b = { prologue, 0, sizeof(prologue), 0 };
	const struct ss_handshake_config *c = &hs->config;
	enum ss_err e;

	ss_buf_str(&b, SS_LABEL_PROLOGUE);
	ss_buf_int(&b, SS_VERSION, 1);
	ss_buf_int(&b, hs->family->code, 1);
	ss_buf_int(&b, c->suite, 2);
	ss_buf_int(&b, c->mode, 1);
	ss_buf_put(&b, run, SS_RUN_BYTES);
	ss_buf_int(&b, strlen(c->profile), 1);
	ss_buf_str(&b, c->profile);
	if (b.over)
		return SS_ERR_USAGE;
	ss_trace_step(c->trace, "prologue: what both sides must agree on",
	    prologue, b.len, SS_PUBLIC);
	if ((e = hs->family->start(hs, prologue, b.len)) != SS_OK)
		return e;
	memcpy(hs->run, run, SS_RUN_BYTES);
	hs->started = 1;
	return SS_OK;
}

/* As if the responder had not seen a first message. */
static void
unbegin(struct ss_handshake *hs)
{
	sodium_memzero(hs->state, sizeof(hs->state));
	sodium_memzero(hs->run, sizeof(hs->run));
	hs->started = 0;
}

enum ss_err
ss_handshake_start(struct ss_handshake *hs, const struct ss_family *family,
    const struct ss_handshake_config *c,
    const uint8_t run[static SS_RUN_BYTES])
{
	enum ss_err e;

	memset(hs, 0, sizeof(*hs));
	/* LAB sign-key-only: another one takes the place of signed */
	hs->family = ss_lab_handshake_family(family, c);
	hs->config = *c;
	if (c->mode > SS_MODE_STATIC || strlen(c->profile) > SS_PROFILE_MAX) {
		hs->why = "there is no such mode or profile";
		return SS_ERR_USAGE;
	}
	if (!family->prekeys &&
	    (c->bundle || c->prekeys || c->require_one_time)) {
		hs->why = "this family has no use for prekeys";
		return SS_ERR_USAGE;
	}
	if ((e = hs->family->check(hs)) != SS_OK)
		return e;
	if ((hs->why = ss_lab_handshake_complaint(hs)))
		return SS_ERR_USAGE;
	/* the responder learns the run id from the first record */
	return c->initiator ? begin(hs, run) : SS_OK;
}

enum ss_turn
ss_handshake_turn(const struct ss_handshake *hs)
{
	int initiators = hs->step % 2 == 0;

	if (hs->step == hs->steps)
		return SS_TURN_DONE;
	return initiators == !!hs->config.initiator ? SS_TURN_WRITE
	                                            : SS_TURN_READ;
}

enum ss_err
ss_handshake_write(struct ss_buf *out, const uint8_t entropy[static 32],
    struct ss_handshake *hs)
{
	struct ss_handshake_record r = { .family = hs->family->code,
		.suite = hs->config.suite, .flags = hs->config.mode,
		.step = hs->step };
	size_t start = out->len;
	enum ss_err e;

	if (ss_handshake_turn(hs) != SS_TURN_WRITE)
		return SS_ERR_SEQUENCE;
	memcpy(r.run, hs->run, sizeof(r.run));
	/* the fields, then the message behind them, then the length */
	e = ss_wire_put(out, ss_layout_find("handshake"), 0, &r);
	if (e == SS_OK)
		e = hs->family->write(out, hs, entropy);
	if (e != SS_OK) {
		out->len = start;
		return e;
	}
	ss_header_put(out->at + start,
	    hs->config.profile[0] ? SS_TYPE_LAB | SS_HANDSHAKE : SS_HANDSHAKE,
	    (uint32_t)(out->len - start - SS_HEADER_BYTES));
	hs->step++;
	return SS_OK;
}

/*
 * Does this record belong here?  Only the family can tell whether it is
 * genuine, but these answers say more than a failed tag does.
 */
static enum ss_err
check_place(const struct ss_handshake *hs, const struct ss_handshake_record *r)
{
	int ours = r->step % 2 == !hs->config.initiator;
	int lab = hs->config.profile[0] != '\0';

	if (r->lab != lab)
		return r->lab ? SS_ERR_LAB : SS_ERR_SUITE;
	if (r->flags > SS_MODE_STATIC)
		return SS_ERR_FORMAT;
	if (r->family != hs->family->code || r->suite != hs->config.suite ||
	    r->flags != hs->config.mode)
		return SS_ERR_SUITE;
	if (hs->started && memcmp(r->run, hs->run, SS_RUN_BYTES) != 0)
		return SS_ERR_FOREIGN;
	if (hs->started && ours && r->step < hs->step)
		return SS_ERR_REFLECTED;
	if (r->step != hs->step || ss_handshake_turn(hs) != SS_TURN_READ)
		return SS_ERR_SEQUENCE;
	return SS_OK;
}

enum ss_err
ss_handshake_get(
    struct ss_handshake_record *r, const uint8_t *rec, size_t len)
{
	struct ss_header h;
	enum ss_err e;

	if (len >= SS_HEADER_BYTES) {
		if ((e = ss_header_get(&h, rec)) != SS_OK)
			return e;
		if (h.type != SS_HANDSHAKE)
			return SS_ERR_FORMAT;
		r->lab = h.lab;
	}
	return ss_wire_get(r, ss_layout_find("handshake"), rec, len);
}

enum ss_err
ss_handshake_read(struct ss_handshake *hs, const uint8_t *rec, size_t len)
{
	struct ss_handshake_record r;
	int first = !hs->started;
	enum ss_err e;

	if ((e = ss_handshake_get(&r, rec, len)) != SS_OK ||
	    (e = check_place(hs, &r)) != SS_OK)
		return e;
	if (first && (e = begin(hs, r.run)) != SS_OK)
		return e;
	e = hs->family->read(hs, r.message.at, r.message.len);
	if (e == SS_OK)
		hs->step++;
	else if (first)
		unbegin(hs);
	return e;
}

const char *
ss_handshake_why(const struct ss_handshake *hs, enum ss_err e,
    const uint8_t *rec, size_t len)
{
	struct ss_handshake_record r;

	if (!hs->family->why || ss_handshake_get(&r, rec, len) != SS_OK)
		return NULL;
	return hs->family->why(hs, e, r.message.at, r.message.len);
}

enum ss_err
ss_handshake_finish(struct ss_agreed *a, struct ss_handshake *hs)
{
	const struct ss_handshake_config *c = &hs->config;
	enum ss_aead_id aead;
	char variant[32];
	int lab = c->profile[0] != '\0';
	enum ss_err e;

	memset(a, 0, sizeof(*a));
	if (ss_handshake_turn(hs) != SS_TURN_DONE)
		return SS_ERR_SEQUENCE;
	if ((e = hs->family->describe(variant, &aead, c->suite)) != SS_OK)
		return e;
	a->family = hs->family->code;
	a->suite = c->suite;
	a->mode = c->mode;
	a->aead = (uint8_t)aead;
	memcpy(a->profile, c->profile, strlen(c->profile));
	a->initiator = c->initiator != 0;
	if (c->self)
		a->self = c->self->pub;
	if ((e = hs->family->finish(a, hs)) != SS_OK)
		return e;
	/* an anonymous peer has no key that could be marked */
	if (!sodium_is_zero(a->peer.x, 32) && a->peer.lab != lab)
		return SS_ERR_LAB;
	return SS_OK;
}

void
ss_handshake_wipe(struct ss_handshake *hs)
{
	if (hs)
		sodium_memzero(hs, sizeof(*hs));
}

void
ss_handshake_psk(uint8_t psk[static 32], const uint8_t *content, size_t len)
{
	ss_hkdf(psk, 32, (const uint8_t *)"", 0, content, len,
	    (const uint8_t *)SS_LABEL_PSK, sizeof(SS_LABEL_PSK) - 1);
}
