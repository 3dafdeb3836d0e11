/* SPDX-License-Identifier: ISC */
#include "../../lib/qkd/toeplitz.h"
#include "../unit/qkd_keys.h"
#include <math.h>
#include <stdio.h>
#include <time.h>

/*
 * qkd_cascade table             every variant, 10^4 and 10^6 bits, 1 2 5 8 %
 * qkd_cascade VARIANT N Q       bits per second, and the yardstick's
 * qkd_cascade amplify N M       seconds, and the yardstick's
 *
 * Cascade is timed with both sides in one process, from two keys to none that
 * differ, permutations and all.  Its yardstick is only a part of that: the
 * same questions, answered bit by bit through a table of indices that is made
 * beforehand, once for Alice and once for Bob, as straightforward
 * implementations do it.  That of amplification is reading the n + m - 1 bits of
 * the seed through one random table, 2 log2(n + m) times: the touches of a
 * transform, without its arithmetic.  They take turns, round after round, and
 * the median of the rounds' ratios counts.
 */
#define ROUNDS 7

static volatile unsigned sink;

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), ascending);
	return v[ROUNDS / 2];
}

static uint32_t *
indices(uint32_t n)
{
	uint32_t *t = room(4ul * n);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = (uint32_t)random_below(i + 1);

		t[i] = t[j];
		t[j] = i;
	}
	return t;
}

/* The questions of a run, in the order in which they were asked. */
struct asked {
	struct ss_cascade_question *q;
	size_t count, room;
};

static int
reconcile(struct pair_of_keys *k, struct asked *all)
{
	all->count = 0;
	while (k->b.state == SS_CASCADE_ASK) {
		size_t bytes = k->b.count * sizeof(*all->q);

		while (all->room < all->count + k->b.count) {
			all->room = 2 * all->room + 1000;
			all->q = realloc(all->q, all->room * sizeof(*all->q));
			if (!all->q)
				abort();
		}
		memcpy(all->q + all->count, k->b.questions, bytes);
		all->count += k->b.count;
		if (!pair_round(k))
			abort();
	}
	return ss_bits_distance(k->alice, k->bob, k->n) > 0;
}

static double
by_bits(const struct pair_of_keys *k, const struct asked *all,
    const uint32_t *table)
{
	unsigned parity = 0;
	double began = cpu();

	for (int side = 0; side < 2; side++) {
		const uint64_t *key = side ? k->bob : k->alice;

		for (size_t q = 0; q < all->count; q++)
			for (uint32_t i = all->q[q].from; i < all->q[q].to; i++)
				parity ^= (unsigned)ss_bits_get(key, table[i]);
	}
	sink = parity;
	return cpu() - began;
}

struct result {
	double rate, raw, ratio, parities, rounds, left;
};

static struct result
cascade(const struct ss_cascade_variant *v, uint32_t n, double q)
{
	struct result r = { .parities = 0 };
	int runs = n > 100000 ? 1 : 50;
	double ours[ROUNDS], raw[ROUNDS], ratio[ROUNDS];
	uint32_t *table = indices(n);
	struct asked all = { NULL, 0, 0 };
	struct pair_of_keys k;

	pair_make(&k, v, n);
	for (int t = 0; t < ROUNDS; t++) {
		ours[t] = raw[t] = 0;
		for (int i = 0; i < runs; i++) {
			double began;

			pair_begin(&k, (uint32_t)lround(n * q), q);
			/* again, to have their beginning in the time */
			began = cpu();
			ss_cascade_alice_init(&k.a, k.alice_memory, v,
			    k.alice, n, k.a.seed);
			ss_cascade_bob_init(&k.b, k.bob_memory, v, q, k.bob,
			    n, k.a.seed);
			r.left += reconcile(&k, &all);
			ours[t] += cpu() - began;
			raw[t] += by_bits(&k, &all, table);
			r.parities += (double)k.b.disclosed;
			r.rounds += (double)k.b.rounds;
		}
		ratio[t] = raw[t] / ours[t];
	}
	pair_free(&k);
	free(table);
	free(all.q);
	r.rate = (double)n * runs / median(ours);
	r.raw = (double)n * runs / median(raw);
	r.ratio = median(ratio);
	r.parities /= ROUNDS * runs;
	r.rounds /= ROUNDS * runs;
	return r;
}

static int
full_table(void)
{
	static const uint32_t sizes[] = { 10000, 1000000 };
	static const double rates[] = { 0.01, 0.02, 0.05, 0.08 };

	printf("variant          n     Q  Mbit/s  by bits  parities  of Shannon"
	    "  rounds  left\n");
	for (const struct ss_cascade_variant *v = ss_cascade_variants;
	     v->name; v++)
		for (int s = 0; s < 2; s++)
			for (int q = 0; q < 4; q++) {
				double p = rates[q], h = -p * log2(p) -
				    (1 - p) * log2(1 - p);
				struct result r = cascade(v, sizes[s], p);

				printf("%-8s %9u  %.2f  %6.1f  %7.1f  %8.0f"
				    "  %10.3f  %6.0f  %4.0f\n", v->name,
				    sizes[s], p, r.rate / 1e6, r.raw / 1e6,
				    r.parities, r.parities / sizes[s] / h,
				    r.rounds, r.left);
				fflush(stdout);
			}
	return 0;
}

static int
amplify(size_t n, size_t m)
{
	size_t s = ss_toeplitz_seed(n, m);
	uint64_t *in = room(8 * ss_bits_words(n)), *out = room(8 *
	    ss_bits_words(m)), *seed = room(8 * ss_bits_words(s));
	void *work = room(ss_toeplitz_work(n, m));
	uint32_t *table = indices((uint32_t)s);
	double began, ours, raw;
	unsigned parity = 0;
	int depth = 0;

	while ((size_t)1 << depth < s)
		depth++;
	random_bits(in, n);
	random_bits(seed, s);
	memset(work, 1, ss_toeplitz_work(n, m));
	began = cpu();
	ss_toeplitz(out, m, in, n, seed, work);
	ours = cpu() - began;
	began = cpu();
	for (int d = 0; d < 2 * depth; d++)
		for (size_t i = 0; i < s; i++)
			parity ^= (unsigned)ss_bits_get(seed, table[i]);
	sink = parity;
	raw = cpu() - began;
	printf("%.2f %.2f %.3f\n", ours, raw, raw / ours);
	free(in);
	free(out);
	free(seed);
	free(work);
	free(table);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct ss_cascade_variant *v;

	if (argc == 2 && strcmp(argv[1], "table") == 0)
		return full_table();
	if (argc == 4 && strcmp(argv[1], "amplify") == 0)
		return amplify(strtoul(argv[2], NULL, 10),
		    strtoul(argv[3], NULL, 10));
	if (argc == 4 && (v = ss_cascade_find(argv[1]))) {
		struct result r = cascade(v,
		    (uint32_t)strtoul(argv[2], NULL, 10),
		    strtod(argv[3], NULL));

		printf("%.1f %.1f %.3f\n", r.rate / 1e6, r.raw / 1e6, r.ratio);
		return 0;
	}
	fprintf(stderr, "usage: qkd_cascade table | VARIANT N Q | "
	    "amplify N M\n");
	return 2;
}
