/* SPDX-License-Identifier: ISC */
#include "../../lib/qkd/keylen.h"
#include "../../lib/qkd/poly.h"
#include "../../lib/qkd/toeplitz.h"
#include "qkd_keys.h"
#include "tap.h"
#include <math.h>

/* Bit by bit, as the header says. */
static void
toeplitz_slow(uint64_t *out, size_t m, const uint64_t *in, size_t n,
    const uint64_t *seed)
{
	ss_bits_zero(out, m);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++)
			if (ss_bits_get(seed, i + n - 1 - j) &
			    ss_bits_get(in, j))
				ss_bits_flip(out, i);
}

static int
agrees(size_t n, size_t m, int ones)
{
	size_t s = ss_toeplitz_seed(n, m);
	uint64_t *in = room(8 * ss_bits_words(n));
	uint64_t *seed = room(8 * ss_bits_words(s));
	uint64_t *fast = room(8 * ss_bits_words(m));
	uint64_t *slow = room(8 * ss_bits_words(m));
	void *work = room(ss_toeplitz_work(n, m));
	int same;

	random_bits(in, n);
	random_bits(seed, s);
	for (size_t i = 0; ones && i < s; i++) {
		ss_bits_put(seed, i, 1);
		if (i < n)
			ss_bits_put(in, i, 1);
	}
	memset(fast, 0xff, 8 * ss_bits_words(m));
	ss_toeplitz(fast, m, in, n, seed, work);
	toeplitz_slow(slow, m, in, n, seed);
	same = memcmp(fast, slow, 8 * ss_bits_words(m)) == 0;
	if (!same)
		printf("# n %zu m %zu\n", n, m);
	free(in);
	free(seed);
	free(fast);
	free(slow);
	free(work);
	return same;
}

static void
toeplitz_agrees(void)
{
	int same = 1;

	for (size_t n = 1; n <= 20; n++)
		for (size_t m = 1; m <= 20; m++)
			same &= agrees(n, m, 0);
	ok(same, "toeplitz: every size up to 20 by 20");
	same = 1;
	for (int t = 0; t < 200; t++)
		same &= agrees(1 + random_below(700), 1 + random_below(700),
		    t % 8 == 0);
	ok(same, "toeplitz: 200 random sizes");
	/* sums as large as they get, and the transform's two regimes */
	same = agrees(16000, 384, 1) & agrees(16385, 300, 0) &
	    agrees(40000, 200, 1) & agrees(200, 40000, 0) &
	    agrees(65536, 1, 0) & agrees(1, 65536, 0);
	ok(same, "toeplitz: long and narrow, short and wide");
}

/* 2^17 x 2^16, where the definition would take too long: linear, and right in
 * single columns. */
static void
toeplitz_large(void)
{
	size_t n = 100000, m = 70000, s = ss_toeplitz_seed(n, m);
	uint64_t *x = room(8 * ss_bits_words(n)), *y = room(8 *
	    ss_bits_words(n)), *a = room(8 * ss_bits_words(m)), *b = room(8 *
	    ss_bits_words(m)), *seed = room(8 * ss_bits_words(s));
	void *work = room(ss_toeplitz_work(n, m));
	size_t column = 12345;
	int same = 1;

	random_bits(seed, s);
	random_bits(x, n);
	random_bits(y, n);
	ss_toeplitz(a, m, x, n, seed, work);
	ss_toeplitz(b, m, y, n, seed, work);
	ss_bits_xor(a, b, m);
	ss_bits_xor(x, y, n);
	ss_toeplitz(b, m, x, n, seed, work);
	ok(memcmp(a, b, 8 * ss_bits_words(m)) == 0, "toeplitz is linear");
	ss_bits_zero(x, n);
	ss_bits_put(x, column, 1);
	ss_toeplitz(b, m, x, n, seed, work);
	for (size_t i = 0; i < m; i++)
		same &= ss_bits_get(b, i) ==
		    ss_bits_get(seed, i + n - 1 - column);
	ok(same, "toeplitz: one column of a large matrix");
	free(x);
	free(y);
	free(a);
	free(b);
	free(seed);
	free(work);
}

/*
 * Numbers below 2^272, as 34 bytes from the least significant one, each held
 * in an int: slow, and with nothing in common with the fast way.
 */
static void
carry(uint32_t v[34])
{
	for (int i = 0; i < 33; i++) {
		v[i + 1] += v[i] >> 8;
		v[i] &= 255;
	}
}

/* What is above 2^130, times 5, is added below. */
static void
reduce(uint32_t v[34])
{
	for (int t = 0; t < 4; t++) {
		uint32_t high[34] = { 0 };

		carry(v);
		for (int i = 16; i < 34; i++) {
			high[i - 16] = v[i] >> 2 |
			    (i < 33 ? v[i + 1] << 6 & 255 : 0);
			v[i] = i == 16 ? v[i] & 3 : 0;
		}
		for (int i = 0; i < 18; i++)
			v[i] += 5 * high[i];
	}
	carry(v);
}

static void
poly_slow(uint8_t tag[16], const uint8_t *in, size_t len, const uint8_t r[16],
    const uint8_t pad[16])
{
	uint32_t h[34] = { 0 }, point[16], p[34] = { 0 };

	for (int i = 0; i < 16; i++)
		point[i] = r[i] & (i % 4 == 3 ? 15 : i > 0 && i % 4 == 0 ?
		    252 : 255);
	while (len > 0) {
		size_t take = len < 16 ? len : 16;
		uint32_t product[34] = { 0 };

		for (size_t i = 0; i < take; i++)
			h[i] += in[i];
		h[take] += 1;
		reduce(h);
		for (int i = 0; i < 17; i++)
			for (int j = 0; j < 16; j++)
				product[i + j] += h[i] * point[j];
		memcpy(h, product, sizeof(h));
		reduce(h);
		in += take;
		len -= take;
	}
	/* h - (2^130 - 5), if that is not negative: h + 5 has bit 130 set */
	memcpy(p, h, sizeof(p));
	p[0] += 5;
	carry(p);
	if (p[16] >= 4)
		memcpy(h, p, sizeof(h));
	for (int i = 0; i < 16; i++)
		h[i] += pad[i];
	carry(h);
	for (int i = 0; i < 16; i++)
		tag[i] = (uint8_t)h[i];
}

static void
poly_agrees(void)
{
	static const char text[] = "Cryptographic Forum Research Group";
	uint8_t key[32], tag[16], want[16], in[300], none[16] = { 0 };
	int same = 1;

	unhex(key, 32, "85d6be7857556d337f4452fe42d506a8"
	    "0103808afb0db2fd4abff6af4149f51b");
	unhex(want, 16, "a8061dc1305136c6c22b8baf0c0127a9");
	ss_poly_tag(tag, (const uint8_t *)text, strlen(text), key, key + 16);
	is_bytes(tag, want, 16, "poly: RFC 8439, 2.5.2");
	ok(ss_poly_check(want, (const uint8_t *)text, strlen(text), key,
	    key + 16), "  the tag is right");
	for (int bit = 0; bit < 128; bit++) {
		want[bit / 8] ^= (uint8_t)(1 << bit % 8);
		same &= !ss_poly_check(want, (const uint8_t *)text,
		    strlen(text), key, key + 16);
		want[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ok(same, "  with any bit flipped it is not");
	same = 1;
	for (size_t t = 0; t < 600; t++) {
		size_t len = t / 2;

		for (size_t i = 0; i < 32; i++)
			key[i] = t % 2 ? 0xff : (uint8_t)random_word();
		for (size_t i = 0; i < len; i++)
			in[i] = t % 2 ? 0xff : (uint8_t)random_word();
		poly_slow(want, in, len, key, key + 16);
		ss_poly_tag(tag, in, len, key, key + 16);
		same &= memcmp(tag, want, 16) == 0;
		poly_slow(want, in, len, key, none);
		ss_poly_hash(tag, in, len, key);
		same &= memcmp(tag, want, 16) == 0;
	}
	ok(same, "poly: as by hand, for every length up to 299");
	ok(ss_poly_bound(0) == -103 && ss_poly_bound(16) == -103 &&
	    ss_poly_bound(17) == -102 && ss_poly_bound(1 << 20) == -87,
	    "poly: the bounds");
}

static int
near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fabs(b);
}

/* Recomputed in another language from the formula in the paper. */
static void
key_length(void)
{
	struct ss_keylen l = { .n = 1000000, .k = 250000, .leaked = 160000,
		.tag_bits = 128, .qber = 0.02, .quality = 1,
		.eps_sec = 1e-10, .eps_cor = 1e-15 };

	ok(ss_keylen(&l) == 640969 && near(l.exact, 640969.0793491211) &&
	    near(l.mu, 0.010890154495344142) &&
	    near(l.phase, 0.030890154495344144) &&
	    near(l.entropy, 0.1988364820889812) &&
	    near(l.eve, 198836.4820889812) && near(l.correct, 128) &&
	    near(l.margin, 66.43856189774725),
	    "key length: a million bits, every term");
	ok(near(1000000 - l.eve - 160000 - l.correct - l.margin, l.exact),
	    "  which is their sum");
	l.quality = 0.95;
	ok(ss_keylen(&l) == 590969, "  and with worse sources");
	l = (struct ss_keylen){ .n = 10000, .k = 2500, .leaked = 1640,
		.qber = 0.02, .quality = 1, .eps_sec = 1e-10,
		.eps_cor = 1e-15 };
	ok(ss_keylen(&l) == 2697 && near(l.exact, 2697.958685743266) &&
	    near(l.correct, 50.82892142331043), "ten thousand bits");
	l.qber = 0.11;
	l.leaked = 5800;
	ok(ss_keylen(&l) == 0 && l.exact < 0, "11 %% leave nothing");
	l.qber = 0.9;
	ok(ss_keylen(&l) == 0 && l.phase == 0.5 && l.entropy == 1,
	    "no rate is better than one half");
	l.qber = 0;
	l.k = 0;
	ok(ss_keylen(&l) == 0, "no sample, no key");
	l.n = 0;
	l.k = 100;
	ok(ss_keylen(&l) == 0, "no bits, no key");
	ok(ss_keylen_entropy(0.5) == 1 && ss_keylen_entropy(0) == 0 &&
	    ss_keylen_entropy(1) == 0 &&
	    near(ss_keylen_entropy(0.11), ss_keylen_entropy(0.89)),
	    "entropy of a bit");
}

static void
interval(uint64_t errors, uint64_t k, double low, double high)
{
	double l, h;

	ss_keylen_interval(&l, &h, errors, k, 0.05);
	ok(fabs(l - low) < 1e-9 && fabs(h - high) < 1e-9,
	    "%llu of %llu: %.4f .. %.4f", (unsigned long long)errors,
	    (unsigned long long)k, l, h);
}

int
main(void)
{
	double l, h;

	toeplitz_agrees();
	toeplitz_large();
	poly_agrees();
	key_length();
	/* from exact sums of binomials, with alpha = 0.05 */
	interval(0, 256, 0, 0.014306362729039344);
	interval(10, 100, 0.04900468922148587, 0.1762225977400226);
	interval(13, 300, 0.023271841004682322, 0.0729614642202821);
	interval(256, 256, 0.9856936372709606, 1);
	interval(0, 0, 0, 1);
	ss_keylen_interval(&l, &h, 50000, 2500000, 0.05);
	ok(near(round(l * 1e5), 1983) && near(round(h * 1e5), 2017),
	    "50000 of 2500000: %.5f .. %.5f, as by the normal", l, h);
	return done_testing();
}
