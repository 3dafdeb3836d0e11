/* SPDX-License-Identifier: ISC */
/*
 * Ways to spoil a handshake of the family noise, and what a profile can be
 * had with.  What they leave out is in family_noise.c, at the places that call
 * them.                                             docs/labs.md
 */
#include "lab_handshake.h"
#include <string.h>

static const struct ss_lab *
lab_of(const struct ss_handshake_config *c)
{
	return ss_lab_find(c->profile);
}

/* 1 if both ephemeral keys meet in this handshake. */
static int
has_ee(const struct ss_handshake *hs)
{
	struct ss_noise_plan plan;

	return hs->family->code == SS_FAMILY_NOISE &&
	    ss_noise_plan(&plan, hs->config.suite) == SS_OK &&
	    memchr(plan.tokens, SS_NOISE_EE, sizeof(plan.tokens)) != NULL;
}

const char *
ss_lab_handshake_complaint(const struct ss_handshake *hs)
{
	const struct ss_lab *lab = lab_of(&hs->config);
	uint8_t mode = hs->config.mode;

	if (ss_lab_is(lab, SS_LAB_UNAUTHENTICATED) && !has_ee(hs))
		return "the profile unauthenticated is for patterns of the "
		       "family noise with the token ee";
	if (ss_lab_is(lab, SS_LAB_SIGN_KEY_ONLY) &&
	    hs->family->code != SS_FAMILY_SIGNED)
		return "the profile sign-key-only is for the family signed";
	if (ss_lab_is(lab, SS_LAB_REINSTALL) && mode == SS_MODE_DH)
		return "the profile reinstall is for the modes hash and "
		       "static";
	if (ss_lab_is(lab, SS_LAB_ONE_KEY) && mode != SS_MODE_STATIC)
		return "the profile one-key is for the mode static";
	if (ss_lab_is(lab, SS_LAB_BARE_HASH) &&
	    (mode != SS_MODE_STATIC || !has_ee(hs)))
		return "the profile bare-hash is for the mode static and for "
		       "patterns of the family noise with the token ee";
	return NULL;
}

const struct ss_family *
ss_lab_handshake_family(
    const struct ss_family *family, const struct ss_handshake_config *c)
{
	if (family->code == SS_FAMILY_SIGNED &&
	    ss_lab_is(lab_of(c), SS_LAB_SIGN_KEY_ONLY))
		return &ss_lab_family_signed;
	return family;
}

/*
 * LAB unauthenticated.  KK becomes what NN is: "-> e", "<- e, ee".  The keys
 * are asked for, and shown, and have no part in what is agreed.
 */
void
ss_lab_noise_plan(struct ss_noise_plan *plan)
{
	for (size_t m = 0; m < plan->nmessages; m++) {
		uint8_t *to = plan->tokens[m];

		for (const uint8_t *t = to; *t != SS_NOISE_END; t++)
			if (*t != SS_NOISE_ES && *t != SS_NOISE_SE &&
			    *t != SS_NOISE_SS)
				*to++ = *t;
		*to = SS_NOISE_END;
	}
	memset(plan->pre, 0, sizeof(plan->pre));
}

/*
 * LAB bare-hash.  The result of X25519 is a point of a curve, not 32 random
 * bytes; and nothing of the transcript is in it.
 */
enum ss_err
ss_lab_noise_secret(struct ss_agreed *a, const struct ss_noise *n)
{
	memset(a->secret, 0, sizeof(a->secret));
	a->secretlen = SS_DH_BYTES;
	return ss_dh(a->secret, n->e, n->re);
}
