/* SPDX-License-Identifier: ISC */
/*
 * Light obeys the numbers of the textbooks, within four standard deviations.
 * 400 runs for each number, 10,000 with SS_LONG=1.
 *
 * Bennett, Brassard (1984): intercept and resend, 25 % of errors.  Bennett,
 * Bessette, Brassard, Salvail, Smolin: Experimental quantum cryptography
 * (1992), for the Breidbart basis: the same errors, and the right bit with a
 * probability of cos^2(pi / 8) = 85 %.
 */
#include "qkd_pair.h"
#include <math.h>
#include <sodium.h>

#define PULSES 4096

static struct count {
	double sent, clicks, sifted, errors; /* of sifted bits */
	double eve_took, eve_right;          /* of sifted bits */
	double eve_same, eve_same_right;     /* she guessed the basis */
} c;

static void
count_run(void)
{
	for (size_t i = 0; i < PULSES; i++) {
		int a = ss_bits_get(alice_notes.value, i);
		int basis = ss_bits_get(alice_notes.basis, i);

		c.sent++;
		c.clicks += ss_bits_get(bob_notes.click, i);
		if (!ss_bits_get(bob_notes.click, i) ||
		    ss_bits_get(bob_notes.basis, i) != basis)
			continue;
		c.sifted++;
		c.errors += ss_bits_get(bob_notes.value, i) != a;
		if (!ss_bits_get(eve_notes.click, i))
			continue;
		c.eve_took++;
		c.eve_right += ss_bits_get(eve_notes.value, i) == a;
		if (ss_bits_get(eve_notes.basis, i) != basis)
			continue;
		c.eve_same++;
		c.eve_same_right += ss_bits_get(eve_notes.value, i) == a;
	}
}

static void
runs(struct light_plan plan, size_t n)
{
	memset(&c, 0, sizeof(c));
	plan.pulses = PULSES;
	for (size_t i = 0; i < n; i++) {
		plan.seed = plan.seed * 6364136223846793005u + 1442695040888963407u;
		memset(&eve_notes, 0, PULSES / 8);
		memset(eve_notes.click, 0, sizeof(eve_notes.click));
		pair_light(&plan);
		count_run();
	}
}

/* hits of n, where each has a probability of p */
static void
near(double hits, double n, double p, const char *what)
{
	double sigma = sqrt(n * p * (1 - p));
	double off = fabs(hits - n * p);

	ok(n > 0 && (sigma > 0 ? off <= 4 * sigma : off == 0),
	    "%s: %.5f, should be %.5f (%.2f sigma)", what, hits / n, p,
	    sigma > 0 ? off / sigma : 0);
}

static uint64_t
chance(double p)
{
	return (uint64_t)(p * 4294967296.0 + 0.5);
}

static void
dice(size_t n)
{
	static const double ps[] = { 0, 1e-6, 0.01, 0.1, 0.146446609, 0.5, 0.9,
		0.999, 1 };
	struct ss_dice d;
	uint8_t seed[32] = { 3 };
	double below[5] = { 0 }, sum = 0;

	ss_dice_init(&d, seed);
	for (size_t k = 0; k < sizeof(ps) / sizeof(ps[0]); k++) {
		double hits = 0;
		char what[32];

		for (size_t i = 0; i < n; i++) {
			uint64_t w = ss_dice_chance(&d, chance(ps[k]));

			hits += (double)ss_bits_count(&w, 64);
		}
		snprintf(what, sizeof(what), "chances of %g", ps[k]);
		near(hits, 64.0 * (double)n,
		    (double)chance(ps[k]) / 4294967296.0, what);
	}
	for (size_t k = 0; k < sizeof(ps) / sizeof(ps[0]); k++) {
		struct ss_coin coin;
		double hits = 0, pairs = 0, p = 0;
		char what[32];

		ss_coin_init(&coin, chance(ps[k]));
		for (size_t i = 0; i < n; i++) {
			uint64_t w = ss_coin_toss(&coin, &d);

			hits += (double)ss_bits_count(&w, 64);
			/* neighbours: independent of each other */
			w &= w >> 1 & 0x5555555555555555u;
			pairs += (double)ss_bits_count(&w, 64);
		}
		p = (double)chance(ps[k]) / 4294967296.0;
		snprintf(what, sizeof(what), "tosses of %g", ps[k]);
		near(hits, 64.0 * (double)n, p, what);
		snprintf(what, sizeof(what), "pairs of tosses of %g", ps[k]);
		near(pairs, 32.0 * (double)n, p * p, what);
	}
	for (size_t i = 0; i < n; i++)
		below[ss_dice_below(&d, 5)]++;
	for (int i = 0; i < 5; i++) {
		sum += below[i];
		near(below[i], (double)n, 0.2, "numbers below 5");
	}
	ok(sum == (double)n, "and none above");
}

static void
intercept(size_t n)
{
	static const double fs[] = { 0, 0.25, 0.5, 1 };

	for (int k = 0; k < 4; k++) {
		char what[80];
		double f = fs[k];

		runs((struct light_plan){ .eve = f, .seed = 11 }, n);
		snprintf(what, sizeof(what), "Eve takes %.2f: errors", f);
		near(c.errors, c.sifted, f / 4, what);
		near(c.sifted, c.sent, 0.5, "  sifted");
		if (f == 0)
			continue;
		near(c.eve_took, c.sifted, f, "  sifted bits that she took");
		near(c.eve_same, c.eve_took, 0.5, "  in the right basis");
		near(c.eve_same_right, c.eve_same, 1, "  which she knows");
		near(c.eve_right - c.eve_same_right, c.eve_took - c.eve_same,
		    0.5, "  in the wrong basis, which she guesses");
		near(c.eve_right, c.eve_took, 0.75, "  right in all");
	}
}

static void
breidbart(size_t n)
{
	double right = pow(cos(acos(-1) / 8), 2);

	runs((struct light_plan){ .eve = 1, .strategy = SS_EVE_BREIDBART,
	    .seed = 12 }, n);
	near(c.errors, c.sifted, 0.25, "Breidbart: errors");
	near(c.eve_right, c.eve_took, right, "Breidbart: she is right");
	runs((struct light_plan){ .eve = 0.5, .strategy = SS_EVE_BREIDBART,
	    .seed = 13 }, n);
	near(c.errors, c.sifted, 0.125, "Breidbart, half: errors");
}

static void
fibre(size_t n)
{
	runs((struct light_plan){ .seed = 14,
	    .fibre = { .loss = chance(0.3) } }, n);
	near(c.clicks, c.sent, 0.7, "loss of 0.3: clicks");
	near(c.errors, c.sifted, 0, "  no errors");
	runs((struct light_plan){ .seed = 15,
	    .fibre = { .noise = chance(0.08) } }, n);
	near(c.errors, c.sifted, 0.04, "depolarised 0.08: half are errors");
	near(c.clicks, c.sent, 1, "  all arrive");
	runs((struct light_plan){ .seed = 16, .fibre = { .loss = chance(0.9),
	    .dark = chance(0.01) } }, n);
	near(c.clicks, c.sent, 0.1 + 0.9 * 0.01, "dark counts: clicks");
	near(c.errors, c.sifted, 0.5 * 0.009 / 0.109, "  half are errors");
	/* she stands behind a noisy fibre, too */
	runs((struct light_plan){ .seed = 17, .eve = 1,
	    .fibre = { .noise = chance(0.2) } }, n);
	near(c.errors, c.sifted, 0.25 * 0.8 + 0.5 * 0.2,
	    "Eve and noise: errors");
}

/* A photon between two bases, measured in each of them. */
static void
malus(size_t n)
{
	static struct ss_light l;
	static struct ss_notes bob;
	double far = pow(sin(acos(-1) / 8), 2);
	uint8_t seed[32] = { 18 };
	struct ss_dice d;

	ss_dice_init(&d, seed);
	for (int state = 0; state < 8; state++) {
		double hits[2] = { 0, 0 }, all[2] = { 0, 0 };

		for (size_t i = 0; i < n / 8; i++) {
			l.count = 4096;
			for (size_t w = 0; w < 64; w++) {
				l.photon[w] = UINT64_MAX;
				l.half[w] = state & 1 ? UINT64_MAX : 0;
				l.basis[w] = state & 2 ? UINT64_MAX : 0;
				l.value[w] = state & 4 ? UINT64_MAX : 0;
			}
			ss_light_measure(&bob, &l, &d);
			for (size_t k = 0; k < 4096; k++) {
				int b = ss_bits_get(bob.basis, k);

				all[b]++;
				hits[b] += ss_bits_get(bob.value, k);
			}
		}
		for (int b = 0; b < 2; b++) {
			double off = 22.5 * state - (45 * b + 90);
			double p = pow(cos(off * acos(-1) / 180), 2);
			char what[64];

			p = p < 1e-9 ? 0 : p > 1 - 1e-9 ? 1 : p;
			p = fabs(p - far) < 1e-6 ? far : p;
			snprintf(what, sizeof(what), "%.1f degrees, basis %d: "
			    "cos^2", 22.5 * state, b);
			near(hits[b], all[b], p, what);
		}
	}
	ok(sodium_is_zero((const uint8_t *)&l, sizeof(l)) == 1,
	    "what is measured is gone");
}

/* Frames as bytes. */
static void
frames(void)
{
	static struct ss_light l, again;
	static struct ss_notes a;
	static uint8_t text[4 * SS_PLANE_BYTES];
	static const size_t counts[] = { 1, 7, 8, 63, 64, 65, 1000, 65535,
		65536 };
	size_t good = 0, refused = 0;
	uint8_t seed[32] = { 19 };
	struct ss_dice d;

	ss_dice_init(&d, seed);
	for (size_t i = 0; i < 9; i++) {
		struct ss_fibre f = { .loss = chance(0.5) };
		size_t n, words = (counts[i] + 63) / 64;

		ss_light_send(&l, &a, counts[i], &d);
		ss_light_channel(&l, &f, &d);
		n = ss_light_put(text, &l);
		good += ss_light_get(&again, text, n, counts[i]) == SS_OK &&
		    memcmp(l.photon, again.photon, 8 * words) == 0 &&
		    memcmp(l.half, again.half, 8 * words) == 0 &&
		    memcmp(l.basis, again.basis, 8 * words) == 0 &&
		    memcmp(l.value, again.value, 8 * words) == 0;
		refused += ss_light_get(&again, text, n - 1, counts[i]) ==
		    SS_ERR_LENGTH;
	}
	ok(good == 9, "frames of 9 sizes are the same as bytes and back");
	ok(refused == 9, "and refused when a byte is missing");
	ss_light_send(&l, &a, 60, &d);
	ss_light_put(text, &l);
	text[7] |= 0x80;
	is_err(ss_light_get(&again, text, 32, 60), SS_ERR_FORMAT,
	    "a photon behind the last pulse");
	text[7] &= 0x7f;
	text[0] &= 0xfe;
	text[24] |= 1;
	is_err(ss_light_get(&again, text, 32, 60), SS_ERR_FORMAT,
	    "a polarised pulse without a photon");
	is_err(ss_light_get(&again, text, 32, SS_FRAME_PULSES + 1),
	    SS_ERR_LENGTH, "too many pulses");
}

int
main(void)
{
	size_t n = getenv("SS_LONG") ? 10000 : 400;

	if (sodium_init() < 0)
		return 2;
	frames();
	dice(1000 * n);
	malus(n);
	intercept(n);
	breidbart(n);
	fibre(n);
	return done_testing();
}
