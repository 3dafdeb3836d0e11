/* SPDX-License-Identifier: ISC */
#include "bits.h"
#include "cascade.h"
#include <string.h>

/*
 * Alice's key does not change, so each pass is a table: the parity of the bits
 * before every place.  A question is the difference of two of its bits.
 */
static uint32_t
slots_of(const struct ss_cascade_variant *v)
{
	return v->passes + (v->biconf > 0);
}

/* in 64-bit words */
static size_t
table_words(uint32_t n)
{
	return ss_bits_words((size_t)n + 1);
}

size_t
ss_cascade_alice_bytes(const struct ss_cascade_variant *v, uint32_t n)
{
	return slots_of(v) * (8 * table_words(n) + sizeof(uint64_t)) +
	    ss_shuffle_bytes(n) + ss_shuffle_scratch(n) +
	    8 * ss_bits_words(n);
}

void
ss_cascade_alice_init(struct ss_cascade_alice *a, void *mem,
    const struct ss_cascade_variant *v, const uint64_t *key, uint32_t n,
    const uint8_t seed[static SS_SHUFFLE_SEED])
{
	uint64_t *at = mem;

	memset(a, 0, sizeof(*a));
	a->variant = v;
	a->key = key;
	a->n = n;
	memcpy(a->seed, seed, sizeof(a->seed));
	a->have = at;
	memset(a->have, 0, slots_of(v) * sizeof(*a->have));
	at += slots_of(v);
	a->prefix = at;
	at += slots_of(v) * table_words(n);
	a->bits = at;
	at += ss_bits_words(n);
	a->scratch = at;
	at += ss_shuffle_scratch(n) / 8;
	a->shuffle = at;
}

/* The table of a pass, made when it is first needed; NULL if there is no such
 * pass, or it is a random half that is over, or one that is not yet due. */
static const uint64_t *
table(struct ss_cascade_alice *a, uint32_t pass)
{
	uint32_t passes = a->variant->passes;
	uint32_t slot = pass <= passes ? pass - 1 : passes;
	uint64_t *t = a->prefix + slot * table_words(a->n);
	uint64_t last;
	struct ss_shuffle sh;

	if (pass == 0 || slot >= slots_of(a->variant))
		return NULL;
	if (a->have[slot] == pass)
		return t;
	last = slot == passes && a->have[slot] == 0 ? passes : a->have[slot];
	if (slot == passes && pass != last + 1)
		return NULL;
	if (pass == 1) {
		ss_bits_prefix(t, a->key, a->n);
	} else {
		ss_shuffle_init(&sh, a->shuffle, a->n, pass, a->seed);
		ss_shuffle_apply(a->bits, a->key, &sh, a->scratch);
		ss_bits_prefix(t, a->bits, a->n);
	}
	a->have[slot] = pass;
	return t;
}

int
ss_cascade_alice_answer(struct ss_cascade_alice *a, uint64_t *parities,
    const struct ss_cascade_question *q, size_t count)
{
	ss_bits_zero(parities, count);
	for (size_t k = 0; k < count; k++) {
		const uint64_t *t = table(a, q[k].pass);

		if (!t || q[k].from >= q[k].to || q[k].to > a->n) {
			ss_bits_zero(parities, count);
			return -1;
		}
		ss_bits_put(parities, k, ss_bits_get(t, q[k].from) ^
		    ss_bits_get(t, q[k].to));
	}
	a->disclosed += count;
	return 0;
}
