/* SPDX-License-Identifier: ISC */
#ifndef SS_QKD_KEYS_H
#define SS_QKD_KEYS_H

#include "../../lib/qkd/bits.h"
#include "../../lib/qkd/cascade.h"
#include <stdlib.h>
#include <string.h>

/* Random bits that are the same in every run, unless SS_SEED says otherwise:
 * a test of a mean is to fail for a reason. */
static uint64_t random_state;

static inline uint64_t
random_word(void)
{
	uint64_t z;

	if (random_state == 0) {
		const char *s = getenv("SS_SEED");

		random_state = s ? strtoull(s, NULL, 0) * 2 + 1 : 1;
	}
	z = random_state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline size_t
random_below(size_t n)
{
	return random_word() % n;
}

static inline void
random_bits(uint64_t *b, size_t n)
{
	for (size_t w = 0; w < ss_bits_words(n); w++)
		b[w] = random_word();
	if (n % 64)
		b[n / 64] &= ss_bits_tail(n);
}

static inline void *
room(size_t bytes)
{
	void *p = calloc(1, bytes + 8);

	if (!p)
		abort();
	return p;
}

/* Alice's and Bob's keys, and all that reconciling them needs. */
struct pair_of_keys {
	const struct ss_cascade_variant *variant;
	uint32_t n, errors;
	uint64_t *alice, *bob, *parities;
	void *alice_memory, *bob_memory;
	struct ss_cascade_alice a;
	struct ss_cascade_bob b;
};

static inline void
pair_free(struct pair_of_keys *k)
{
	free(k->alice);
	free(k->bob);
	free(k->parities);
	free(k->alice_memory);
	free(k->bob_memory);
}

static inline void
pair_make(
    struct pair_of_keys *k, const struct ss_cascade_variant *v, uint32_t n)
{
	memset(k, 0, sizeof(*k));
	k->variant = v;
	k->n = n;
	k->alice = room(8 * ss_bits_words(n));
	k->bob = room(8 * ss_bits_words(n));
	k->parities = room(8 * ss_bits_words(n + 64));
	k->alice_memory = room(ss_cascade_alice_bytes(v, n));
	k->bob_memory = room(ss_cascade_bob_bytes(v, n));
}

/* New keys that differ in exactly so many places, and both sides begin. */
static inline void
pair_begin(struct pair_of_keys *k, uint32_t errors, double qber)
{
	uint8_t seed[SS_SHUFFLE_SEED];

	random_bits(k->alice, k->n);
	memcpy(k->bob, k->alice, 8 * ss_bits_words(k->n));
	k->errors = errors;
	for (uint32_t have = 0; have < errors;) {
		size_t i = random_below(k->n);

		if (ss_bits_get(k->alice, i) != ss_bits_get(k->bob, i))
			continue;
		ss_bits_flip(k->bob, i);
		have++;
	}
	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)random_word();
	ss_cascade_alice_init(&k->a, k->alice_memory, k->variant, k->alice,
	    k->n, seed);
	ss_cascade_bob_init(&k->b, k->bob_memory, k->variant, qber, k->bob,
	    k->n, seed);
}

/* One batch there and back; 0 if Alice refused it. */
static inline int
pair_round(struct pair_of_keys *k)
{
	if (ss_cascade_alice_answer(&k->a, k->parities, k->b.questions,
		k->b.count) != 0)
		return 0;
	ss_cascade_bob_answer(&k->b, k->parities);
	return 1;
}

/* Until the end; how many bits differ then, or -1 if it went wrong. */
static inline long
pair_reconcile(struct pair_of_keys *k)
{
	while (k->b.state == SS_CASCADE_ASK)
		if (!pair_round(k))
			return -1;
	if (k->b.state != SS_CASCADE_DONE ||
	    k->a.disclosed != k->b.disclosed)
		return -1;
	return (long)ss_bits_distance(k->alice, k->bob, k->n);
}

#endif
