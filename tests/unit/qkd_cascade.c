/* SPDX-License-Identifier: ISC */
#include "../../lib/qkd/poly.h"
#include "qkd_keys.h"
#include "tap.h"
#include <math.h>

/* Mean and standard deviation of the disclosed parities: n = 10,000, exactly
 * round(n p) errors, p known. */
static const struct published {
	const char *variant;
	double p, mean, sd;
} published[] = {
	{ "original", 0.01, 923.4, 9.8 },
	{ "original", 0.02, 1639.8, 12.6 },
	{ "original", 0.05, 3392.6, 15.0 },
	{ "original", 0.08, 4894.9, 22.4 },
	{ "biconf", 0.05, 3131.5, 52.1 },
	{ "yanetal", 0.05, 3083.7, 48.3 },
	{ "option3", 0.05, 3167.2, 30.6 },
};

static void
as_published(const struct published *w, int runs)
{
	struct pair_of_keys k;
	double sum = 0, squares = 0, mean, sd;
	uint32_t errors = (uint32_t)lround(10000 * w->p);
	int frames = 0, broken = 0;

	pair_make(&k, ss_cascade_find(w->variant), 10000);
	for (int r = 0; r < runs; r++) {
		double d;
		long left;

		pair_begin(&k, errors, w->p);
		left = pair_reconcile(&k);
		broken += left < 0;
		frames += left > 0;
		d = (double)k.b.disclosed;
		sum += d;
		squares += d * d;
	}
	pair_free(&k);
	mean = sum / runs;
	sd = sqrt((squares - sum * mean) / (runs - 1));
	ok(!broken && fabs(mean - w->mean) <= 4 * w->sd / sqrt(runs),
	    "%s at %.2f: %.1f parities, published %.1f", w->variant, w->p,
	    mean, w->mean);
	/* halves have long tails: a bound that holds for them too */
	ok(sd > w->sd / 2 && sd < w->sd * 2,
	    "  standard deviation %.1f, published %.1f", sd, w->sd);
	ok(frames <= 3 + runs / 100, "  frame error rate %.4f (%d of %d)",
	    (double)frames / runs, frames, runs);
}

/* Every variant finds every error of nearly every key. */
static void
corrects(const struct ss_cascade_variant *v)
{
	static const double rates[] = { 0.005, 0.03, 0.11, 0.25 };
	static const uint32_t sizes[] = { 1000, 4095, 4096, 5000, 40000 };
	int tries = 0, good = 0, flips = 1, counted = 1;

	for (size_t s = 0; s < 5; s++) {
		struct pair_of_keys k;

		pair_make(&k, v, sizes[s]);
		for (size_t r = 0; r < 4; r++, tries++) {
			pair_begin(&k, (uint32_t)(sizes[s] * rates[r]),
			    rates[r]);
			good += pair_reconcile(&k) == 0;
			flips &= k.b.corrected + ss_bits_distance(k.alice,
			    k.bob, k.n) == k.errors;
			counted &= k.b.disclosed == k.a.disclosed;
		}
		pair_free(&k);
	}
	ok(good >= tries - 2, "%s: %d of %d keys made equal", v->name, good,
	    tries);
	ok(flips, "  true parities never make Bob flip a bit that was right");
	ok(counted, "  both sides count the same");
}

/* Without errors, whole blocks are all that is asked. */
static void
nothing_wrong(const struct ss_cascade_variant *v)
{
	struct pair_of_keys k;
	uint64_t blocks = 2 * v->biconf;
	long left;

	for (unsigned p = 1; p <= v->passes; p++) {
		uint32_t size = v->block(p, 0.02, 10000);

		blocks += (10000 + size - 1) / size;
	}
	pair_make(&k, v, 10000);
	pair_begin(&k, 0, 0.02);
	left = pair_reconcile(&k);
	ok(left == 0 && k.b.corrected == 0 &&
	    k.b.disclosed == blocks && k.b.rounds == v->passes + v->biconf,
	    "%s: equal keys cost %llu parities in %llu rounds", v->name,
	    (unsigned long long)k.b.disclosed,
	    (unsigned long long)k.b.rounds);
	pair_free(&k);
}

static void
tiny(const struct ss_cascade_variant *v)
{
	static const double rates[] = { -1, 0, 1e-300, 0.1, 0.5, 1, 1e9 };
	int ends = 1, single = 1;

	for (uint32_t n = 1; n <= 70; n++) {
		struct pair_of_keys k;

		pair_make(&k, v, n);
		for (size_t r = 0; r < 8; r++) {
			double q = r < 7 ? rates[r] : nan("");

			pair_begin(&k, (uint32_t)random_below(n + 1), q);
			ends &= pair_reconcile(&k) >= 0;
			/* one error makes its block odd */
			pair_begin(&k, 1, q);
			single &= pair_reconcile(&k) == 0;
		}
		pair_free(&k);
	}
	ok(ends, "%s: keys of 1 .. 70 bits, any errors, any rate", v->name);
	ok(single, "  and a single error is always found");
}

static void
misjudged(const struct ss_cascade_variant *v)
{
	struct pair_of_keys k;
	long over, under;

	pair_make(&k, v, 20000);
	pair_begin(&k, 5000, 0.01);
	under = pair_reconcile(&k);
	ok(under >= 0 && k.b.corrected + (uint64_t)under == 5000,
	    "%s: 25 %% errors where 1 %% was thought: ends, %ld left", v->name,
	    under);
	pair_begin(&k, 20, 0.11);
	over = pair_reconcile(&k);
	ok(over == 0, "  0.1 %% where 11 %% was thought");
	pair_free(&k);
}

/* What verification would say, as the protocol does it. */
static int
same_hash(const struct pair_of_keys *k)
{
	uint8_t a[SS_POLY_TAG], b[SS_POLY_TAG], r[SS_POLY_POINT], in[1000];
	size_t len = ss_bits_bytes(k->n);

	for (size_t i = 0; i < sizeof(r); i++)
		r[i] = (uint8_t)random_word();
	ss_bits_to_bytes(in, k->alice, k->n);
	ss_poly_hash(a, in, len, r);
	ss_bits_to_bytes(in, k->bob, k->n);
	ss_poly_hash(b, in, len, r);
	return memcmp(a, b, sizeof(a)) == 0;
}

/* Answer number `at` is wrong: Bob ends, and either finds out or is left with
 * a key that verification refuses, unless the key is right all the same. */
static void
one_lie(const struct ss_cascade_variant *v)
{
	struct pair_of_keys k;
	uint64_t total, found = 0, refused = 0, equal = 0, wrong = 0;
	uint64_t rounds = 0;

	pair_make(&k, v, 400);
	pair_begin(&k, 20, 0.05);
	pair_reconcile(&k);
	total = k.b.disclosed;
	for (uint64_t at = 0; at < total; at++) {
		pair_begin(&k, 20, 0.05);
		while (k.b.state == SS_CASCADE_ASK && k.b.rounds < 100000) {
			uint64_t before = k.b.disclosed;

			if (ss_cascade_alice_answer(&k.a, k.parities,
				k.b.questions, k.b.count) != 0)
				break;
			if (at >= before && at < before + k.b.count)
				ss_bits_flip(k.parities, at - before);
			ss_cascade_bob_answer(&k.b, k.parities);
		}
		if (rounds < k.b.rounds)
			rounds = k.b.rounds;
		if (k.b.state == SS_CASCADE_FAILED)
			found++;
		else if (k.b.state == SS_CASCADE_ASK)
			wrong++;
		else if (ss_bits_distance(k.alice, k.bob, k.n) == 0)
			equal++;
		else if (!same_hash(&k))
			refused++;
		else
			wrong++;
	}
	pair_free(&k);
	ok(wrong == 0 && found > total / 2,
	    "%s: of %llu lies, Bob finds %llu, verification %llu, %llu do "
	    "nothing; at most %llu rounds", v->name,
	    (unsigned long long)total, (unsigned long long)found,
	    (unsigned long long)refused, (unsigned long long)equal,
	    (unsigned long long)rounds);
}

/* Who answers for another key than Alice's makes Bob agree with that one. */
static void
impostor(const struct ss_cascade_variant *v)
{
	struct pair_of_keys k;
	int refused = 0;

	pair_make(&k, v, 2000);
	for (int r = 0; r < 10; r++) {
		pair_begin(&k, 60, 0.03);
		ss_bits_flip(k.alice, random_below(k.n));
		pair_reconcile(&k);
		ss_bits_flip(k.alice, random_below(k.n));
		refused += k.b.state == SS_CASCADE_DONE && !same_hash(&k);
	}
	pair_free(&k);
	ok(refused == 10, "%s: answers for another key: verification fails",
	    v->name);
}

/* Answers that have nothing to do with any key. */
static void
nonsense(const struct ss_cascade_variant *v)
{
	int ends = 1;

	for (int how = 0; how < 40; how++) {
		struct pair_of_keys k;

		pair_make(&k, v, 300 + (uint32_t)how);
		pair_begin(&k, 15, 0.05);
		while (k.b.state == SS_CASCADE_ASK && k.b.rounds < 100000) {
			for (size_t i = 0; i < k.b.count; i++)
				ss_bits_put(k.parities, i, how == 0 ? 0 :
				    how == 1 ? 1 : (int)(random_word() & 1));
			ss_cascade_bob_answer(&k.b, k.parities);
		}
		ends &= k.b.state != SS_CASCADE_ASK;
		pair_free(&k);
	}
	ok(ends, "%s: zeros, ones, and chance for answers: it ends", v->name);
}

static void
alice_refuses(void)
{
	static const struct {
		struct ss_cascade_question q;
		int good;
		const char *what;
	} tries[] = {
		{ { 1, 0, 1000 }, 1, "the whole key" },
		{ { 2, 999, 1000 }, 1, "one bit of pass 2" },
		{ { 0, 0, 1 }, 0, "pass 0" },
		{ { 1, 5, 5 }, 0, "an empty range" },
		{ { 1, 6, 5 }, 0, "a range backwards" },
		{ { 1, 0, 1001 }, 0, "a bit too many" },
		{ { 1, 0xffffffff, 1 }, 0, "the far end of numbers" },
		{ { 5, 0, 1 }, 0, "a half that is not yet due" },
		{ { 3, 0, 1 }, 1, "the first half" },
		{ { 4, 0, 1 }, 1, "the second half" },
		{ { 3, 0, 1 }, 0, "a half that is over" },
		{ { 0xffffffff, 0, 1 }, 0, "a pass far away" },
	};
	struct pair_of_keys k;
	uint64_t disclosed = 0;

	pair_make(&k, ss_cascade_find("biconf"), 1000);
	pair_begin(&k, 0, 0.05);
	for (size_t t = 0; t < sizeof(tries) / sizeof(tries[0]); t++) {
		int is = ss_cascade_alice_answer(&k.a, k.parities,
		    &tries[t].q, 1) == 0;

		disclosed += (uint64_t)tries[t].good;
		ok(is == tries[t].good && k.a.disclosed == disclosed,
		    "Alice %s %s", is ? "answers" : "refuses", tries[t].what);
	}
	pair_free(&k);
	pair_make(&k, ss_cascade_find("original"), 1000);
	pair_begin(&k, 0, 0.05);
	ok(ss_cascade_alice_answer(&k.a, k.parities,
	    &(struct ss_cascade_question){ 5, 0, 1 }, 1) == -1,
	    "and a fifth pass of four");
	pair_free(&k);
}

int
main(void)
{
	const char *more = getenv("SS_LONG");
	int runs = more && *more ? 2000 : 100;

	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		as_published(&published[i], runs);
	for (const struct ss_cascade_variant *v = ss_cascade_variants;
	     v->name; v++) {
		ok(ss_cascade_find(v->name) == v, "variant %s", v->name);
		corrects(v);
		nothing_wrong(v);
		tiny(v);
		misjudged(v);
		one_lie(v);
		impostor(v);
		nonsense(v);
	}
	ok(!ss_cascade_find("cascade") && !ss_cascade_find(""),
	    "no variant of another name");
	alice_refuses();
	return done_testing();
}
