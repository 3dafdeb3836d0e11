/* SPDX-License-Identifier: ISC */
#include "hssay.h"
#include "io.h"
#include <sodium.h>
#include <stdio.h>

/* So few one-time prekeys are worth a word. */
#define STOCK_LOW 10

/* SS_ERR_SUITE: what the other side has, in the words of our options. */
static const char *
other_suite(const uint8_t *rec, size_t len)
{
	static char hint[160];
	struct ss_handshake_record r;
	const struct ss_family *family;
	enum ss_aead_id aead;
	char variant[32];

	if (ss_handshake_get(&r, rec, len) != SS_OK ||
	    !(family = ss_family_of(r.family)) ||
	    family->describe(variant, &aead, r.suite) != SS_OK)
		return NULL;
	snprintf(hint, sizeof(hint),
	    "the other side has: %s%s%s --aead %s --mode %s", family->name,
	    variant[0] ? ":" : "", variant, ss_aead_name((int)aead),
	    ss_name_of(ss_mode_names, r.flags));
	return hint;
}

void
ss_hssay_refusal(const struct ss_handshake *hs, enum ss_err e,
    const uint8_t *rec, size_t len)
{
	const char *hint = e == SS_ERR_SUITE ? other_suite(rec, len)
	    : ss_handshake_why(hs, e, rec, len);

	if (hint)
		ss_set_hint(hint);
}

static void
say_prekeys(const struct ss_agreed *a, const struct ss_hskeys *k)
{
	if (a->family != SS_FAMILY_X3DH)
		return;
	if (!a->use.one_time_id)
		ss_warn("without a one-time prekey: three DHs; until the "
		    "peer's ratchet turns, who steals %s identity key and "
		    "signed prekey reads this session",
		    a->initiator ? "its" : "our");
	if (k->has_prekeys && k->prekeys.p->n < STOCK_LOW)
		ss_warn("%zu one-time prekeys are left: ss-keygen --prekeys "
		    "adds some", k->prekeys.p->n);
}

void
ss_hssay_session(const struct ss_agreed *a, const struct ss_hsfile *f,
    const struct ss_hskeys *k)
{
	char digits[SS_FINGERPRINT_TEXT];
	uint8_t fp[32];

	if (a->mode == SS_MODE_STATIC)
		ss_warn("mode static: one key each way for good, so no "
		    "forward secrecy and no recovery");
	say_prekeys(a, k);
	if (sodium_is_zero(a->peer.x, sizeof(a->peer.x))) {
		ss_warn("session with an anonymous peer: %s",
		    f->npsks ? "whoever knows the pre-shared key"
		             : "whoever was on the line");
		return;
	}
	ss_public_fingerprint(fp, &a->peer);
	ss_fingerprint_text(digits, fp);
	ss_warn("session with %s", a->peer.name);
	/* as ss-keygen prints it */
	fprintf(stderr, "fingerprint: %.35s\n             %s\n", digits,
	    digits + 36);
	if (!f->has_peer)
		ss_warn("not verified: the name is the peer's own word; "
		    "compare the fingerprint over another channel, "
		    "or give -p");
}
