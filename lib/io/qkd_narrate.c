/* SPDX-License-Identifier: ISC */
/* ss-qkd run --explain: the discussion as it goes. */
#include "io.h"
#include "qkd.h"
#include <sodium.h>
#include <string.h>

/* Bits as bytes, as in files: at most those that are shown anyway. */
static void
bits(const char *what, const uint64_t *in, size_t n, enum ss_secrecy secrecy)
{
	uint8_t out[128];
	size_t len = ss_bits_bytes(n);

	if (len > sizeof(out)) {
		len = sizeof(out);
		ss_narrate("(the first %zu of the next %zu bytes)", len,
		    ss_bits_bytes(n));
		n = 8 * len;
	}
	ss_bits_to_bytes(out, in, n);
	ss_trace_step(&ss_narrator, what, out, len, secrecy);
	sodium_memzero(out, sizeof(out));
}

static void
sifted(const struct ss_talk *t)
{
	size_t seen = ss_bits_count(t->c.role == SS_BOB ? t->c.click :
	    t->peer_click, t->c.pulses);

	ss_narrate("sifting: Bob saw %zu of %zu photons; in %zu pulses both "
	    "had the same basis, which both may know now", seen, t->c.pulses,
	    t->sifted);
	bits("our bits there, the sifted key", t->raw, t->sifted, SS_SECRET);
}

static void
estimated(const struct ss_talk *t)
{
	ss_narrate("estimate: of %zu bits of the sample, %zu are different: "
	    "QBER %.2f %%, and by its size the truth is between %.2f and "
	    "%.2f %%", t->sample, t->errors, 100 * t->qber, 100 * t->low,
	    100 * t->high);
	if (t->qber > t->c.threshold) {
		ss_narrate("that is above the threshold of %.2f %%: no key",
		    100 * t->c.threshold);
		return;
	}
	ss_narrate("reconciliation: Cascade, %s; the orders of its passes "
	    "follow from a public seed", t->variant->name);
}

/* Alice sees no more of it than which pass is asked for. */
static void
cascade(const struct ss_talk *t)
{
	static uint32_t pass;

	if (t->c.role == SS_ALICE || t->bob.pass == pass)
		return;
	pass = t->bob.pass;
	ss_narrate("Cascade, pass %u: %zu blocks; %llu parities were told so "
	    "far, %llu errors found", (unsigned)pass, t->bob.count,
	    (unsigned long long)t->bob.disclosed,
	    (unsigned long long)t->bob.corrected);
}

static void
reconciled(const struct ss_talk *t)
{
	ss_narrate("Cascade is over: %llu parities in %llu rounds, each of "
	    "which tells Eve a bit at most",
	    (unsigned long long)t->disclosed, (unsigned long long)t->rounds);
	if (t->c.role == SS_BOB)
		ss_narrate("%llu bits of ours were wrong",
		    (unsigned long long)t->corrected);
	bits("the key, which may now be the same on both sides", t->raw, t->n,
	    SS_SECRET);
}

static void
amplified(const struct ss_talk *t)
{
	const struct ss_keylen *l = &t->sum;

	ss_narrate("privacy amplification: of %zu bits Eve may know %.0f from "
	    "the photons (%.0f h(%.4f + %.4f)), %llu from parities, %.0f from "
	    "the comparison; %.0f are the price of not being sure",
	    t->n, l->eve, (double)l->n, l->qber, l->mu,
	    (unsigned long long)l->leaked, l->correct, l->margin);
	bits("the matrix, which Alice drew just now", t->matrix,
	    t->n + (size_t)l->length - 1, SS_PUBLIC);
	bits("times the key: the key that Eve knows nothing of", t->key,
	    (size_t)l->length, SS_SECRET);
}

/* A phase is over. */
static void
entered(const struct ss_talk *t, enum ss_talk_phase before,
    enum ss_talk_phase now)
{
	if (before < SS_TALK_SAMPLE && now == SS_TALK_SAMPLE)
		sifted(t);
	else if (now == SS_TALK_REVEAL)
		ss_trace_step(&ss_narrator, "estimate: which bits are "
		    "compared follows from a seed that Bob drew just now",
		    t->seed, sizeof(t->seed), SS_PUBLIC);
	else if (now == SS_TALK_ESTIMATE)
		ss_narrate("the sample is public and of no more use: %zu bits "
		    "remain", t->n);
	else if (before == SS_TALK_ESTIMATE && now == SS_TALK_ASK)
		estimated(t);
	else if (now == SS_TALK_VERIFY)
		reconciled(t);
	else if (now == SS_TALK_VERIFIED)
		ss_narrate("verification: Alice told the hash of her key at a "
		    "point that she drew just now");
	else if (now == SS_TALK_AMPLIFY)
		ss_narrate("verification: Bob's key has the same hash");
	else if (now == SS_TALK_CONFIRM_BOB)
		amplified(t);
	else if (now == SS_TALK_END)
		ss_narrate("both have named the same length, and everything "
		    "that was said is proven");
}

void
ss_qkd_narrate(const struct ss_talk *t)
{
	static enum ss_talk_phase before;

	if (!ss_narrator.step ||
	    (t->error != SS_OK && t->error != SS_ERR_NOISY))
		return;
	if (t->phase != before)
		entered(t, before, t->phase);
	before = t->phase;
	if (t->phase == SS_TALK_ASK || t->phase == SS_TALK_ANSWER)
		cascade(t);
}
