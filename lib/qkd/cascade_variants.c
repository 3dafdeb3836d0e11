/* SPDX-License-Identifier: ISC */
#include "cascade.h"
#include <string.h>

/* The smallest integer that is not below x, for 0 < x < 2^31. */
static uint32_t
above(double x)
{
	uint32_t whole = (uint32_t)x;

	return whole + (whole < x);
}

/* The smallest power of two that is not below x. */
static uint32_t
power(double x)
{
	uint32_t p = 1;

	while (p < x)
		p *= 2;
	return p;
}

static uint32_t
half(uint32_t n)
{
	return n < 2 ? 1 : n / 2;
}

static uint32_t
block_original(unsigned pass, double qber, uint32_t n)
{
	(void)n;
	return above(0.73 / qber) << (pass - 1);
}

static uint32_t
block_biconf(unsigned pass, double qber, uint32_t n)
{
	(void)n;
	return above(0.92 / qber) * (pass == 1 ? 1 : 3);
}

static uint32_t
block_yanetal(unsigned pass, double qber, uint32_t n)
{
	return pass > 2 ? half(n) : above(0.80 / qber) * (pass == 1 ? 1 : 5);
}

static uint32_t
block_option34(unsigned pass, double qber, uint32_t n)
{
	return pass > 2 ? half(n) : above(1.00 / qber) * (pass == 1 ? 1 : 2);
}

static uint32_t
block_option7(unsigned pass, double qber, uint32_t n)
{
	return pass > 2 ? half(n) : power(1.00 / qber) * (pass == 1 ? 1 : 4);
}

/* 2^ceil(a), 2^ceil((a + 12) / 2), 4096, with a = log2(1 / qber) - 1/2 */
static uint32_t
block_option8(unsigned pass, double qber, uint32_t n)
{
	static const double root2 = 1.41421356237309504880;
	double two_to_a = 1 / qber / root2;
	uint32_t second = 1;

	switch (pass) {
	case 1:
		return power(two_to_a);
	case 2:
		while ((double)second * second < 4096 * two_to_a)
			second *= 2;
		return second;
	case 3:
		return 4096;
	default:
		return half(n);
	}
}

const struct ss_cascade_variant ss_cascade_variants[] = {
	{ "original", "4 passes, blocks of 0.73/Q bits, then twice as many",
	    4, 0, 0, block_original },
	{ "biconf", "2 passes of 0.92/Q and 3 times that, then random halves",
	    2, 10, 0, block_biconf },
	{ "yanetal", "0.8/Q, 5 times that, then 8 passes of halves",
	    10, 0, 0, block_yanetal },
	{ "option3", "1/Q, twice that, then 14 passes of halves",
	    16, 0, 0, block_option34 },
	{ "option4", "as option3, using parts of blocks again",
	    16, 0, 1, block_option34 },
	{ "option7", "powers of two from 1/Q, 4 times that, then halves",
	    14, 0, 1, block_option7 },
	{ "option8", "powers of two, 4096 in pass 3, then halves",
	    14, 0, 1, block_option8 },
	{ NULL, NULL, 0, 0, 0, NULL },
};

const struct ss_cascade_variant *
ss_cascade_find(const char *name)
{
	const struct ss_cascade_variant *v = ss_cascade_variants;

	while (v->name && strcmp(v->name, name) != 0)
		v++;
	return v->name ? v : NULL;
}
