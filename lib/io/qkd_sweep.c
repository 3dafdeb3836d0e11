/* SPDX-License-Identifier: ISC */
/* ss-qkd sweep: what theory says, and what happens when it is tried. */
#include "../qkd/cascade.h"
#include "../qkd/keylen.h"
#include "file.h"
#include "io.h"
#include "qkd.h"
#include "qkd_table.h"
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Light from Alice to Bob, counted. */
struct lab {
	struct ss_light light;
	struct ss_notes alice, bob, eve;
	struct ss_dice dice;
};

struct counts {
	double sent, sifted, errors, eve_right;
};

static size_t
ones(uint64_t w)
{
	return ss_bits_count(&w, 64);
}

/* One frame of so many pulses. */
static void
shine(struct lab *l, struct counts *c, size_t pulses, double eve,
    enum ss_eve strategy, const struct ss_fibre *f)
{
	ss_light_send(&l->light, &l->alice, pulses, &l->dice);
	ss_light_eve(&l->light, &l->eve, strategy, ss_qkd_chance(eve),
	    &l->dice);
	if (f)
		ss_light_channel(&l->light, f, &l->dice);
	ss_light_measure(&l->bob, &l->light, &l->dice);
	c->sent += (double)pulses;
	for (size_t w = 0; w < ss_bits_words(pulses); w++) {
		uint64_t same = l->bob.click[w] &
		    ~(l->bob.basis[w] ^ l->alice.basis[w]);

		c->sifted += (double)ones(same);
		c->errors += (double)ones(same &
		    (l->bob.value[w] ^ l->alice.value[w]));
		c->eve_right += (double)ones(same & l->eve.click[w] &
		    ~(l->eve.value[w] ^ l->alice.value[w]));
	}
}

/* ---- QBER against the fraction that Eve measures ---- */

static void
sweep_fraction(struct ss_table *t, struct lab *l, size_t runs)
{
	*t = (struct ss_table){ .title = "QBER when Eve intercepts a fraction "
		"of the qubits", .columns = 6,
		.names = { "fraction", "intercept", "breidbart", "f/4",
		    "she has (i)", "she has (b)" },
		.formats = { "%.2f", "%.4f", "%.4f", "%.4f", "%.4f", "%.4f" },
		.plot = "set xlabel 'fraction of the qubits that Eve "
		"measures'\nset ylabel 'QBER'\nset key top left\n"
		"set xrange [0:1]\nset yrange [0:0.3]\n"
		"set label 'no key above 11 %' at 0.62,0.117 tc rgb '#888888'\n"
		"plot 0.11 notitle ls 9, x/4 title 'theory: f/4' ls 6, "
		"$d u 1:2 title 'intercept and resend' w p ls 1 ps 1.3, "
		"$d u 1:3 title 'in the Breidbart basis' w p ls 2 ps 0.9" };
	for (size_t i = 0; i <= 20; i++) {
		double f = (double)i / 20, *row = xtable_row(t);
		struct counts c[2];

		memset(c, 0, sizeof(c));
		for (size_t r = 0; r < runs; r++) {
			shine(l, &c[0], 4096, f, SS_EVE_INTERCEPT, NULL);
			shine(l, &c[1], 4096, f, SS_EVE_BREIDBART, NULL);
		}
		row[0] = f;
		row[3] = f / 4;
		for (int k = 0; k < 2; k++) {
			row[1 + k] = c[k].errors / c[k].sifted;
			row[4 + k] = c[k].eve_right / c[k].sifted;
		}
		ss_progress("sweep", i + 1, 21);
	}
}

/* ---- key rate against distance ---- */

#define DETECTOR 0.2  /* of the photons that arrive, so many click */
#define DARK     2e-6 /* clicks in the dark, for each pulse */
#define FIBRE    0.2  /* dB for each km, at 1550 nm */
#define EC       1.1  /* what Cascade tells, as a multiple of h(Q) */

/* Secret bits for each pulse, of a block of so many pulses. */
static double
rate(double sifted, double q, double pulses)
{
	struct ss_keylen l = { .n = (uint64_t)(0.75 * sifted * pulses),
		.k = (uint64_t)(0.25 * sifted * pulses), .tag_bits = 128,
		.qber = q, .quality = 1, .eps_sec = 1e-10,
		.eps_cor = 1e-10 };
	uint64_t length;

	if (l.n == 0 || l.k == 0)
		return nan("");
	l.leaked = (uint64_t)(EC * (double)l.n * ss_keylen_entropy(q));
	length = ss_keylen(&l);
	return length ? (double)length / pulses : nan("");
}

static void
sweep_distance(struct ss_table *t, struct lab *l, size_t runs)
{
	*t = (struct ss_table){ .title = "Key rate over fibre: 0.2 dB/km, a "
		"fifth of the photons detected, 2e-6 dark", .columns = 8,
		.names = { "km", "dB", "sifted/pulse", "QBER", "QBER (sim)",
		    "key 10^7", "key 10^9", "key 10^12" },
		.formats = { "%.0f", "%.0f", "%.2e", "%.4f", "%.4f", "%.2e",
		    "%.2e", "%.2e" },
		.plot = "set xlabel 'km of fibre'\n"
		"set ylabel 'secret bits for each pulse'\nset logscale y\n"
		"set format y '10^{%T}'\nset yrange [1e-8:1]\n"
		"set xrange [0:260]\n"
		"plot $d u 1:3 title 'sifted bits' w l ls 9, "
		"$d u 1:8 title 'key, from 10^{12} pulses' w lp ls 3, "
		"$d u 1:7 title 'key, from 10^9 pulses' w lp ls 1, "
		"$d u 1:6 title 'key, from 10^7 pulses' w lp ls 2" };
	for (size_t i = 0; i <= 25; i++) {
		double km = 10.0 * (double)i, *row = xtable_row(t);
		double arrive = DETECTOR * pow(10, -FIBRE * km / 10);
		double dark = (1 - arrive) * DARK;
		struct ss_fibre f = { ss_qkd_chance(1 - arrive), 0,
			ss_qkd_chance(DARK) };
		struct counts c;

		memset(&c, 0, sizeof(c));
		for (size_t r = 0; r < runs; r++)
			shine(l, &c, SS_FRAME_PULSES, 0, SS_EVE_INTERCEPT, &f);
		row[0] = km;
		row[1] = FIBRE * km;
		row[2] = (arrive + dark) / 2;
		row[3] = 0.5 * dark / (arrive + dark);
		row[4] = c.sifted > 0 ? c.errors / c.sifted : nan("");
		row[5] = rate(row[2], row[3], 1e7);
		row[6] = rate(row[2], row[3], 1e9);
		row[7] = rate(row[2], row[3], 1e12);
		ss_progress("sweep", i + 1, 26);
	}
}

/* ---- efficiency of Cascade against the error rate ---- */

#define KEY_BITS 10000u

/* Alice's key at random, Bob's with exactly `errors` of them wrong. */
static void
two_keys(uint64_t *alice, uint64_t *bob, uint32_t errors, struct ss_dice *d)
{
	size_t words = ss_bits_words(KEY_BITS);

	for (size_t w = 0; w < words; w++)
		alice[w] = ss_dice_word(d);
	alice[words - 1] &= ss_bits_tail(KEY_BITS);
	memcpy(bob, alice, 8 * words);
	for (uint32_t i = 0; i < KEY_BITS && errors; i++) {
		if (ss_dice_below(d, KEY_BITS - i) < errors) {
			ss_bits_flip(bob, i);
			errors--;
		}
	}
}

/* Only blocks of a round size are aligned. */
static void *
xround(size_t bytes)
{
	return xsecret_alloc((bytes + 63) / 64 * 64);
}

static double
reconcile(const struct ss_cascade_variant *v, double p, struct ss_dice *d)
{
	uint64_t keys[2][KEY_BITS / 64 + 1], *parities;
	struct ss_cascade_alice alice;
	struct ss_cascade_bob bob;
	void *amem = xround(ss_cascade_alice_bytes(v, KEY_BITS));
	void *bmem = xround(ss_cascade_bob_bytes(v, KEY_BITS));
	uint8_t seed[32];
	double told;

	parities = xround(KEY_BITS);
	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)ss_dice_word(d);
	two_keys(keys[0], keys[1], (uint32_t)(p * KEY_BITS + 0.5), d);
	ss_cascade_alice_init(&alice, amem, v, keys[0], KEY_BITS, seed);
	ss_cascade_bob_init(&bob, bmem, v, p, keys[1], KEY_BITS, seed);
	while (bob.state == SS_CASCADE_ASK &&
	    ss_cascade_alice_answer(&alice, parities, bob.questions,
		bob.count) == 0)
		ss_cascade_bob_answer(&bob, parities);
	told = (double)bob.disclosed;
	sodium_free(amem);
	sodium_free(bmem);
	sodium_free(parities);
	return told;
}

static void
sweep_cascade(struct ss_table *t, struct lab *l, size_t runs)
{
	static char plot[2048];
	size_t n = 0, at;

	*t = (struct ss_table){ .title = "Parities told, as a multiple of "
		"Shannon's limit n h(p); 10,000 bits", .columns = 1,
		.names = { "p" }, .formats = { "%.3f" }, .plot = plot };
	at = (size_t)snprintf(plot, sizeof(plot), "set xlabel 'error rate p'\n"
	    "set ylabel 'parities / n h(p)'\nset yrange [0.98:1.26]\n"
	    "set xrange [0.005:0.115]\nset key outside right center\n"
	    "plot 1 title 'Shannon' ls 9");
	for (; ss_cascade_variants[n].name; n++) {
		t->names[n + 1] = ss_cascade_variants[n].name;
		t->formats[n + 1] = "%.4f";
		at += (size_t)snprintf(plot + at, sizeof(plot) - at,
		    ", $d u 1:%zu title '%s' w lp ls %zu", n + 2,
		    ss_cascade_variants[n].name, n + 1);
	}
	t->columns = n + 1;
	for (size_t i = 1; i <= 11; i++) {
		double p = (double)i / 100, *row = xtable_row(t);

		row[0] = p;
		for (size_t v = 0; v < n; v++) {
			double sum = 0;

			for (size_t r = 0; r < runs; r++)
				sum += reconcile(&ss_cascade_variants[v], p,
				    &l->dice);
			row[v + 1] = sum / (double)runs /
			    (KEY_BITS * ss_keylen_entropy(p));
			ss_progress("sweep", (i - 1) * n + v + 1, 11 * n);
		}
	}
}

/* ---- how often Eve is not noticed ---- */

/* P(at most max of k), each with probability p: the sum in logarithms. */
static double
binomial(uint64_t k, uint64_t max, double p)
{
	double sum = 0, log_c = 0;

	for (uint64_t i = 0; i <= max && i <= k; i++) {
		sum += exp(log_c + (double)i * log(p) +
		    (double)(k - i) * log1p(-p));
		log_c += log((double)(k - i)) - log((double)(i + 1));
	}
	return sum;
}

/* How often, of so many samples of k bits, at most max are wrong. */
static double
unnoticed(struct lab *l, double f, uint64_t k, uint64_t max, size_t tries)
{
	size_t passed = 0;

	for (size_t i = 0; i < tries; i++) {
		struct counts c;

		memset(&c, 0, sizeof(c));
		while (c.sifted < (double)k) { /* to k sifted bits, exactly */
			struct counts one = { 0, 0, 0, 0 };

			shine(l, &one, 1, f, SS_EVE_INTERCEPT, NULL);
			c.sifted += one.sifted;
			c.errors += one.errors;
		}
		passed += c.errors <= (double)max;
	}
	return (double)passed / (double)tries;
}

static void
sweep_sample(struct ss_table *t, struct lab *l, size_t runs)
{
	static const uint64_t sizes[] = { 4, 8, 16, 32, 48, 64, 96, 128, 192,
		256, 384, 512 };
	static const double fractions[] = { 1, 0.75, 0.5 };
	size_t n = sizeof(sizes) / sizeof(sizes[0]);

	*t = (struct ss_table){ .title = "How often Eve is not noticed: at "
		"most 11 % of a sample are wrong", .columns = 7,
		.names = { "sample", "f=1", "theory", "f=0.75", "theory",
		    "f=0.5", "theory" },
		.formats = { "%.0f", "%.4f", "%.2e", "%.4f", "%.2e", "%.4f",
		    "%.2e" },
		.plot = "set xlabel 'bits in the sample'\n"
		"set ylabel 'chance that Eve is not noticed'\n"
		"set logscale x 2\nset logscale y\nset yrange [1e-8:1.5]\n"
		"set format y '10^{%T}'\nset xrange [4:512]\n"
		"set key bottom left\n"
		"plot $d u 1:7 title 'she measures half' w l ls 3, "
		"$d u 1:6 notitle w p ls 3, "
		"$d u 1:5 title 'three quarters' w l ls 2, "
		"$d u 1:4 notitle w p ls 2, "
		"$d u 1:3 title 'all' w l ls 1, $d u 1:2 notitle w p ls 1" };
	for (size_t i = 0; i < n; i++) {
		double *row = xtable_row(t);
		uint64_t max = (uint64_t)(0.11 * (double)sizes[i]);

		row[0] = (double)sizes[i];
		for (int k = 0; k < 3; k++) {
			double f = fractions[k];

			row[1 + 2 * k] = unnoticed(l, f, sizes[i], max,
			    16 * runs);
			row[2 + 2 * k] = binomial(sizes[i], max, f / 4);
		}
		ss_progress("sweep", i + 1, n);
	}
}

void
xqkd_sweep(struct ss_qkd *o)
{
	static const struct {
		const char *name;
		void (*run)(struct ss_table *t, struct lab *l, size_t runs);
	} sweeps[] = { { "fraction", sweep_fraction },
		{ "distance", sweep_distance }, { "cascade", sweep_cascade },
		{ "sample", sweep_sample } };
	static struct ss_table t;
	struct lab *l = xsecret_alloc(sizeof(*l));
	size_t i = 0, n = sizeof(sweeps) / sizeof(sweeps[0]);

	memset(l, 0, sizeof(*l));
	while (i < n && strcmp(sweeps[i].name, o->what) != 0)
		i++;
	if (i == n || o->runs == 0)
		ss_die(SS_ERR_USAGE, i == n ? "nothing is called '%s': "
		    "fraction, distance, cascade or sample" :
		    "%s: --runs: at least one", o->what);
	ss_qkd_dice(&l->dice, sweeps[i].name);
	sweeps[i].run(&t, l, (size_t)o->runs);
	sodium_free(l);
	ss_table_print(&t);
	if (o->csv)
		xtable_csv(&t, o->csv);
	if (o->plot)
		xtable_plot(&t, o->plot);
}
