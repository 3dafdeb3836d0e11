/* SPDX-License-Identifier: ISC */
#include "noise_plan.h"
#include <string.h>

/*
 * What the bytes of a Noise message are, without any key: found by walking
 * the tokens that the handshake walks, and remembering only whether there is
 * a key by now.
 */

enum row {
	ROW_E, ROW_S, ROW_S_SEALED, ROW_PAYLOAD, ROW_SEALED, ROW_TAG, ROWS
};
_Static_assert(ROWS == SS_NOISE_ROWS, "rows");

#define FIELD(name, label, sentence, spec, kind, len, secrecy)               \
	{ name, label, sentence, spec, kind, len, secrecy, NULL, SS_NOWHERE }
const struct ss_field ss_noise_rows[SS_NOISE_ROWS] = {
	[ROW_E] = FIELD("e", "Ephemeral key", "A public key made for this "
	    "handshake only (token e).", "Noise 7.1", SS_BYTES, 32, SS_PUBLIC),
	[ROW_S] = FIELD("s", "Static key", "The sender's long-lived public "
	    "key, in the clear: there is no key yet to hide it (token s).",
	    "Noise 7.1", SS_BYTES, 32, SS_PUBLIC),
	[ROW_S_SEALED] = FIELD("s_sealed", "Static key, encrypted", "The "
	    "sender's long-lived public key and a tag of 16 bytes (token s).",
	    "Noise 7.1", SS_BYTES, 48, SS_KEYED),
	[ROW_PAYLOAD] = FIELD("payload", "Payload", "The sender's identity "
	    "(name, Ed25519 key, X25519 key), in the clear.", "Noise 5.3",
	    SS_REST, 0, SS_PUBLIC),
	[ROW_SEALED] = FIELD("payload_sealed", "Payload, encrypted", "The "
	    "sender's identity (name, Ed25519 key, X25519 key).", "Noise 5.3",
	    SS_REST, 0, SS_KEYED),
	[ROW_TAG] = FIELD("tag", "Tag", "Proves that the sender knows the keys "
	    "mixed so far and saw every byte so far.", "Noise 5.2", SS_BYTES,
	    SS_AEAD_TAG_BYTES, SS_KEYED),
};

struct walker {
	struct ss_span *spans;
	size_t n, max, off, left;
};

static enum ss_err
add(struct walker *w, enum row row, size_t len)
{
	if (len > w->left)
		return SS_ERR_TRUNCATED;
	if (len == 0)
		return SS_OK;
	if (w->n == w->max)
		return SS_ERR_LENGTH;
	w->spans[w->n++] = (struct ss_span){ &ss_noise_rows[row],
		(uint32_t)w->off, (uint32_t)len };
	w->off += len;
	w->left -= len;
	return SS_OK;
}

/* Is there a key after this token? */
static int
keys(const struct ss_noise_plan *plan, int token)
{
	return token >= SS_NOISE_EE || (token == SS_NOISE_E && plan->npsks);
}

enum ss_err
ss_noise_walk(struct ss_span *spans, size_t *n, size_t max, uint16_t suite,
    size_t message, size_t msglen, size_t base)
{
	struct walker w = { spans, 0, max, base, msglen };
	struct ss_noise_plan plan;
	const uint8_t *t;
	int has_key = 0;
	enum ss_err e;

	*n = 0;
	if ((e = ss_noise_plan(&plan, suite)) != SS_OK)
		return e;
	if (message >= plan.nmessages)
		return SS_ERR_SEQUENCE;
	for (size_t m = 0; m < message; m++)
		for (t = plan.tokens[m]; *t != SS_NOISE_END; t++)
			has_key |= keys(&plan, *t);
	for (t = plan.tokens[message]; *t != SS_NOISE_END; t++) {
		if (*t == SS_NOISE_E)
			e = add(&w, ROW_E, 32);
		else if (*t == SS_NOISE_S)
			e = has_key ? add(&w, ROW_S_SEALED, 48)
			            : add(&w, ROW_S, 32);
		if (e != SS_OK)
			return e;
		has_key |= keys(&plan, *t);
	}
	if (!has_key)
		e = add(&w, ROW_PAYLOAD, w.left);
	else if (w.left < SS_AEAD_TAG_BYTES)
		e = SS_ERR_TRUNCATED;
	else if ((e = add(&w, ROW_SEALED, w.left - SS_AEAD_TAG_BYTES)) == SS_OK)
		e = add(&w, ROW_TAG, SS_AEAD_TAG_BYTES);
	if (e == SS_OK)
		*n = w.n;
	return e;
}
