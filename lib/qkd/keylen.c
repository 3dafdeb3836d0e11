/* SPDX-License-Identifier: ISC */
#include "keylen.h"
#include <math.h>

double
ss_keylen_entropy(double p)
{
	if (p <= 0 || p >= 1)
		return 0;
	return -p * log2(p) - (1 - p) * log2(1 - p);
}

uint64_t
ss_keylen(struct ss_keylen *l)
{
	double n = (double)l->n, k = (double)l->k;

	l->mu = n > 0 && k > 0 ? sqrt((n + k) / (n * k) * (k + 1) / k *
	    log(2 / l->eps_sec)) : 0.5;
	/* beyond one half, h falls again, but Eve knows no less */
	l->phase = l->qber + l->mu < 0.5 ? l->qber + l->mu : 0.5;
	l->entropy = ss_keylen_entropy(l->phase);
	l->eve = n * (1 - l->quality + l->entropy);
	l->correct = log2(2 / l->eps_cor);
	if (l->correct < (double)l->tag_bits)
		l->correct = (double)l->tag_bits;
	l->margin = -2 * log2(l->eps_sec);
	l->exact = n - l->eve - (double)l->leaked - l->correct - l->margin;
	l->length = l->exact >= 1 ? (uint64_t)l->exact : 0;
	return l->length;
}

/* P(X <= x) for X of a binomial distribution of k tries. */
static double
at_most(uint64_t x, uint64_t k, double p)
{
	double logs = log(p / (1 - p)), term, sum = 0;

	if (p <= 0 || x >= k)
		return 1;
	if (p >= 1)
		return 0;
	term = (double)k * log1p(-p);
	for (uint64_t i = 0; i <= x; i++) {
		sum += exp(term);
		term += logs + log((double)(k - i) / (double)(i + 1));
	}
	return sum < 1 ? sum : 1;
}

/* The p at which at_most(x) is `level`: it falls as p grows. */
static double
solve(uint64_t x, uint64_t k, double level)
{
	double low = 0, high = 1;

	for (int i = 0; i < 50; i++) {
		double mid = (low + high) / 2;

		if (at_most(x, k, mid) > level)
			low = mid;
		else
			high = mid;
	}
	return (low + high) / 2;
}

void
ss_keylen_interval(double *low, double *high, uint64_t errors, uint64_t k,
    double alpha)
{
	*low = errors == 0 || k == 0 ? 0 :
	    solve(errors - 1, k, 1 - alpha / 2);
	*high = errors >= k ? 1 : solve(errors, k, alpha / 2);
}
