/* SPDX-License-Identifier: ISC */
#ifndef SS_KEYLEN_H
#define SS_KEYLEN_H

#include <stdint.h>

/*
 * How long the key may be, with n and k as finite as they are:
 *
 *     l = n (q - h(Q + mu)) - leak - t - 2 log2(1 / eps_sec)
 *
 *     mu = sqrt((n + k) / (n k) * (k + 1) / k * ln(2 / eps_sec))
 *
 * Tomamichel, Lim, Gisin, Renner: Tight finite-key analysis for quantum
 * cryptography, Nature Communications 3, 634 (2012), equations 2 and 3, where
 * t is log2(2 / eps_cor): what comparing hashes of the keys costs.  Here t is
 * the length of our hash if that is more.  Anything that Eve could do is in
 * eps_sec: the key differs from an ideal one, of which she knows nothing, by
 * at most that; the two keys differ from each other with a probability of at
 * most eps_cor.
 */
struct ss_keylen {
	/* in */
	uint64_t n;         /* bits of the reconciled key */
	uint64_t k;         /* bits of the sample that was compared */
	uint64_t leaked;    /* parities disclosed for it */
	uint64_t tag_bits;  /* hash disclosed to compare the keys */
	double qber;        /* Q: of the sample, or what was agreed before */
	double quality;     /* q: how well sources tell bases apart; 1 */
	double eps_sec, eps_cor;

	/* out: the terms, in bits where nothing else is said */
	double mu;          /* what Q may be off, as a rate */
	double phase;       /* Q + mu, at most 1/2, as a rate */
	double entropy;     /* h(phase), per bit */
	double eve;         /* n (1 - q + h(phase)): what Eve may know */
	double correct;     /* t */
	double margin;      /* 2 log2(1 / eps_sec) */
	double exact;       /* n - eve - leaked - correct - margin */
	uint64_t length;    /* exact, rounded down; 0 if there is no key */
};

/* ss_keylen - fill in the second half from the first.  Returns length. */
uint64_t ss_keylen(struct ss_keylen *l);

/* h(p) = -p log2 p - (1-p) log2(1-p), for p in 0 .. 1 */
double ss_keylen_entropy(double p);

/*
 * ss_keylen_interval - where the true rate lies if `errors` of `k` were seen,
 * with confidence 1 - alpha: Clopper and Pearson, exact for a random sample.
 */
void ss_keylen_interval(double *low, double *high, uint64_t errors,
    uint64_t k, double alpha);

#endif
