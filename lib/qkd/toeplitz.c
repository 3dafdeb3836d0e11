/* SPDX-License-Identifier: ISC */
#include "toeplitz.h"
#include "bits.h"
#include <string.h>

/*
 * Residues modulo P = 15 * 2^27 + 1, in Montgomery's form where they are
 * factors: mul(a, b) is a b / 2^32.  31 is a generator of the group, so that
 * there are roots of unity of every order 2^k up to 2^27.  P is larger than
 * any sum of SS_TOEPLITZ_MAX ones and zeros.
 */
#define P 2013265921u
#define P_INVERSE 2281701377u /* P * P_INVERSE = 1 mod 2^32 */
#define LEVELS 27
#define GENERATOR 31

_Static_assert(SS_TOEPLITZ_MAX <= P && SS_TOEPLITZ_MAX == 1u << LEVELS &&
    P * P_INVERSE == 1u, "the modulus fits");

static uint32_t
mul(uint32_t a, uint32_t b)
{
	uint64_t t = (uint64_t)a * b;
	uint32_t m = (uint32_t)t * P_INVERSE;
	uint32_t high = (uint32_t)(t >> 32);
	uint32_t low = (uint32_t)((uint64_t)m * P >> 32);

	return high - low + (high < low ? P : 0);
}

static uint32_t
add(uint32_t a, uint32_t b)
{
	uint32_t s = a + b;

	return s >= P ? s - P : s;
}

static uint32_t
sub(uint32_t a, uint32_t b)
{
	return a - b + (a < b ? P : 0);
}

static uint32_t
power(uint32_t a, uint32_t e)
{
	uint32_t r = (uint32_t)(((uint64_t)1 << 32) % P);

	for (; e; e >>= 1, a = mul(a, a))
		if (e & 1)
			r = mul(r, a);
	return r;
}

/*
 * A transform takes a polynomial of 2^k coefficients modulo x^(2^k) - 1, and
 * splits it again and again: modulo x^(2h) - r^2 is modulo x^h - r and modulo
 * x^h + r, one butterfly for each coefficient.  At depth d there are 2^d
 * blocks, and the r of block s depends on s alone: each bit j that is set in
 * s turns it by a root of unity of order 2^(j+2).  From s to s + 1 one product
 * is enough, chosen by the ones at the end of s.
 */
struct roots {
	uint32_t one;
	uint32_t bit[LEVELS + 1];  /* of order 2^(j+2) */
	uint32_t next[LEVELS + 1]; /* from s to s + 1, by trailing ones */
};

static void
find_roots(struct roots *r, int back)
{
	uint32_t g = (uint32_t)(((uint64_t)GENERATOR << 32) % P);
	uint32_t gone; /* what the ones at the end had turned */

	r->one = power(g, 0);
	gone = r->one;
	for (int j = 0; j + 2 <= LEVELS; j++) {
		uint32_t order = 1u << (j + 2);
		uint32_t e = (P - 1) / order;

		r->bit[j] = power(g, back ? P - 1 - e : e);
		r->next[j] = mul(r->bit[j], gone);
		gone = mul(gone, power(g, back ? e : P - 1 - e));
	}
}

static uint32_t
root(const struct roots *r, uint32_t s)
{
	uint32_t v = r->one;

	for (int j = 0; s >> j; j++)
		if (s >> j & 1)
			v = mul(v, r->bit[j]);
	return v;
}

/* Blocks first .. first+count-1 of a depth, each of 2 * half coefficients. */
static void
split(uint32_t *a, size_t half, uint32_t first, uint32_t count,
    const struct roots *r)
{
	uint32_t w = root(r, first);

	for (uint32_t s = first; s < first + count; s++, a += 2 * half) {
		for (size_t i = 0; i < half; i++) {
			uint32_t x = a[i], y = mul(a[i + half], w);

			a[i] = add(x, y);
			a[i + half] = sub(x, y);
		}
		w = mul(w, r->next[__builtin_ctz(~s)]);
	}
}

static void
join(uint32_t *a, size_t half, uint32_t first, uint32_t count,
    const struct roots *r)
{
	uint32_t w = root(r, first);

	for (uint32_t s = first; s < first + count; s++, a += 2 * half) {
		for (size_t i = 0; i < half; i++) {
			uint32_t x = a[i], y = a[i + half];

			a[i] = add(x, y);
			a[i + half] = mul(sub(x, y), w);
		}
		w = mul(w, r->next[__builtin_ctz(~s)]);
	}
}

/* From some depth on, what belongs together fits into a cache. */
#define NEAR 15

static void
forth(uint32_t *a, int k)
{
	int top = k > NEAR ? k - NEAR : 0;
	struct roots r;

	find_roots(&r, 0);
	for (int d = 0; d < top; d++)
		split(a, (size_t)1 << (k - d - 1), 0, 1u << d, &r);
	for (uint32_t s = 0; s < 1u << top; s++)
		for (int d = top; d < k; d++)
			split(a + ((size_t)s << (k - top)),
			    (size_t)1 << (k - d - 1), s << (d - top),
			    1u << (d - top), &r);
}

static void
back(uint32_t *a, int k)
{
	int top = k > NEAR ? k - NEAR : 0;
	struct roots r;

	find_roots(&r, 1);
	for (uint32_t s = 0; s < 1u << top; s++)
		for (int d = k - 1; d >= top; d--)
			join(a + ((size_t)s << (k - top)),
			    (size_t)1 << (k - d - 1), s << (d - top),
			    1u << (d - top), &r);
	for (int d = top - 1; d >= 0; d--)
		join(a, (size_t)1 << (k - d - 1), 0, 1u << d, &r);
}

/* 2^k points are enough if k is the least for which they hold n + m - 1: the
 * products that come around the end meet places below n - 1 only. */
static int
order(size_t n, size_t m)
{
	int k = 0;

	while ((size_t)1 << k < n + m - 1)
		k++;
	return k;
}

size_t
ss_toeplitz_work(size_t n, size_t m)
{
	return 2 * sizeof(uint32_t) << order(n, m);
}

static void
unpack(uint32_t *a, const uint64_t *bits, size_t n, size_t points)
{
	for (size_t i = 0; i < n; i++)
		a[i] = (uint32_t)ss_bits_get(bits, i);
	memset(a + n, 0, (points - n) * sizeof(*a));
}

void
ss_toeplitz(uint64_t *out, size_t m, const uint64_t *in, size_t n,
    const uint64_t *seed, void *work)
{
	int k = order(n, m);
	size_t points = (size_t)1 << k;
	uint32_t *a = work, *b = a + points;
	uint32_t half = (uint32_t)(((uint64_t)(P + 1) / 2 << 32) % P);
	uint32_t scale = (uint32_t)(((uint64_t)1 << 32) % P);

	unpack(a, in, n, points);
	unpack(b, seed, n + m - 1, points);
	forth(a, k);
	forth(b, k);
	for (size_t i = 0; i < points; i++)
		a[i] = mul(a[i], b[i]);
	back(a, k);
	/* over 2^k, and over the 1/2^32 of the products, twice */
	scale = (uint32_t)((uint64_t)scale * scale % P);
	while (k-- > 0)
		scale = mul(scale, half);
	ss_bits_zero(out, m);
	for (size_t i = 0; i < m; i++)
		out[i / 64] |= (uint64_t)(mul(a[i + n - 1], scale) & 1)
		    << i % 64;
}
