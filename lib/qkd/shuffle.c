/* SPDX-License-Identifier: ISC */
#include "shuffle.h"
#include "../proto/bytes.h"
#include "../proto/hash.h"
#include "../proto/labels.h"
#include "bits.h"
#include <sodium.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood 2014).  Nothing here is secret, or has to
 * be hard to foresee once the seed is known. */
static uint64_t
draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t
start(uint32_t pass, const uint8_t seed[static SS_SHUFFLE_SEED])
{
	uint8_t hash[SS_HASH_BYTES], in[SS_SHUFFLE_SEED + 4];

	memcpy(in, seed, SS_SHUFFLE_SEED);
	ss_put32(in + SS_SHUFFLE_SEED, pass);
	ss_hash2(hash, (const uint8_t *)SS_LABEL_QKD_SHUFFLE,
	    strlen(SS_LABEL_QKD_SHUFFLE), in, sizeof(in));
	return ss_get64(hash);
}

/* What comes to each of n places (Fisher and Yates), and how far it is
 * turned, if that is wanted. */
static void
deal(uint32_t *from, uint8_t *turn, uint32_t n, uint64_t *state)
{
	for (uint32_t i = 0; i < n; i++)
		from[i] = i;
	for (uint32_t i = n; i-- > 0;) {
		uint64_t d = draw(state);
		uint32_t j = (uint32_t)((d >> 32) * (i + 1) >> 32);
		uint32_t t = from[i];

		from[i] = from[j];
		from[j] = t;
		if (turn)
			turn[i] = (uint8_t)(d % 64);
	}
}

static uint32_t
rows_of(uint32_t n)
{
	uint32_t rows = (uint32_t)ss_bits_words(n);

	return rows < SS_SHUFFLE_ROWS ? 0 : rows;
}

size_t
ss_shuffle_bytes(uint32_t n)
{
	size_t rows = rows_of(n);
	size_t each = rows ? SS_SHUFFLE_ROUNDS * rows * (4 + 4 + 1) : n * 8ul;

	return (each + 7) / 8 * 8;
}

size_t
ss_shuffle_scratch(uint32_t n)
{
	return 2 * 8 * ss_bits_words(n);
}

/* Row and column of place i before a round, to the place after it. */
static uint32_t
step(const struct ss_shuffle *sh, int round, uint32_t i)
{
	uint32_t row = sh->to[round][i / 64];

	return (i + sh->turn[round][row]) % 64 * sh->rows + row;
}

static uint32_t
through(const struct ss_shuffle *sh, uint32_t i)
{
	for (int r = 0; r < SS_SHUFFLE_ROUNDS; r++)
		i = step(sh, r, i);
	return i;
}

/* The ends of the matrix that no bit of the key fills go astray like all
 * others; they are left out of the result. */
static void
find_gaps(struct ss_shuffle *sh)
{
	uint32_t places = sh->rows * 64;

	for (uint32_t i = sh->n; i < places; i++) {
		uint32_t at = through(sh, i), g;

		for (g = sh->gaps++; g > 0 && sh->gap[g - 1] > at; g--)
			sh->gap[g] = sh->gap[g - 1];
		sh->gap[g] = at;
	}
	for (uint32_t g = 0; g < sh->gaps; g++)
		sh->gap[g] -= g;
}

void
ss_shuffle_init(struct ss_shuffle *sh, void *mem, uint32_t n, uint32_t pass,
    const uint8_t seed[static SS_SHUFFLE_SEED])
{
	uint32_t *words = mem, things;
	uint64_t state = start(pass, seed);
	int rounds;

	memset(sh, 0, sizeof(*sh));
	sh->n = n;
	if (pass == 1)
		return;
	sh->rows = rows_of(n);
	rounds = sh->rows ? SS_SHUFFLE_ROUNDS : 1;
	things = sh->rows ? sh->rows : n;
	for (int r = 0; r < rounds; r++) {
		sh->to[r] = words + 2 * (size_t)r * things;
		sh->from[r] = sh->to[r] + things;
		if (sh->rows)
			sh->turn[r] = (uint8_t *)(words +
			    2 * SS_SHUFFLE_ROUNDS * (size_t)things) +
			    (size_t)r * things;
		deal(sh->from[r], sh->turn[r], things, &state);
		for (uint32_t i = 0; i < things; i++)
			sh->to[r][sh->from[r][i]] = i;
	}
	if (sh->rows)
		find_gaps(sh);
}

/* Swap the upper right and lower left quarters of all squares of 2j by 2j.
 * With a constant j, compilers make loops of vectors of it. */
static inline void
quarters(uint64_t a[static 64], int j, uint64_t mask)
{
	for (int base = 0; base < 64; base += 2 * j)
		for (int k = base; k < base + j; k++) {
			uint64_t t = (a[k] >> j ^ a[k + j]) & mask;

			a[k + j] ^= t;
			a[k] ^= t << j;
		}
}

/* Bit c of word r becomes bit r of word c (Warren, Hacker's Delight, 7-3). */
static void
transpose(uint64_t a[static 64])
{
	quarters(a, 32, 0x00000000ffffffff);
	quarters(a, 16, 0x0000ffff0000ffff);
	quarters(a, 8, 0x00ff00ff00ff00ff);
	quarters(a, 4, 0x0f0f0f0f0f0f0f0f);
	quarters(a, 2, 0x3333333333333333);
	quarters(a, 1, 0x5555555555555555);
}

/* One round: rows in their new order and turned, then transposed.  The 64
 * columns of 64 rows are pieces of the result, at any place in its words. */
static void
turn_over(uint64_t *out, const uint64_t *in, const struct ss_shuffle *sh,
    int round)
{
	const uint32_t *from = sh->from[round];
	const uint8_t *turn = sh->turn[round];
	uint64_t a[64];

	memset(out, 0, 8 * (size_t)sh->rows);
	for (uint32_t r = 0; r < sh->rows; r += 64) {
		uint32_t have = sh->rows - r < 64 ? sh->rows - r : 64;

		memset(a, 0, sizeof(a));
		for (uint32_t i = 0; i < have; i++) {
			uint64_t v = in[from[r + i]];
			unsigned t = turn[r + i];

			a[i] = v << t | v >> (64 - t) % 64;
		}
		transpose(a);
		for (uint32_t c = 0; c < 64; c++) {
			size_t at = (size_t)c * sh->rows + r;
			uint64_t *o = out + at / 64;

			o[0] |= a[c] << at % 64;
			if (at % 64 + have > 64)
				o[1] |= a[c] >> (64 - at % 64);
		}
	}
	sodium_memzero(a, sizeof(a));
}

void
ss_shuffle_apply(uint64_t *out, const uint64_t *in,
    const struct ss_shuffle *sh, void *scratch)
{
	uint64_t *a = scratch, *b = a + sh->rows;
	uint32_t at = 0, to = 0;

	ss_bits_zero(out, sh->n);
	if (!sh->rows) {
		for (uint32_t i = 0; i < sh->n; i++)
			ss_bits_put(out, i,
			    ss_bits_get(in, ss_shuffle_from(sh, i)));
		return;
	}
	turn_over(a, in, sh, 0);
	for (int r = 1; r < SS_SHUFFLE_ROUNDS; r++) {
		uint64_t *t = a;

		turn_over(b, a, sh, r);
		a = b;
		b = t;
	}
	for (uint32_t g = 0; g <= sh->gaps; g++) {
		uint32_t end = g < sh->gaps ? sh->gap[g] : sh->n;

		ss_bits_copy(out, to, a, at, end - to);
		at = end + g + 1;
		to = end;
	}
}

/* How many gaps lie before a place: of the matrix (with = 1), or of the
 * shuffled key, where gaps have no place. */
static uint32_t
gaps_before(const struct ss_shuffle *sh, uint32_t place, uint32_t with)
{
	uint32_t low = 0, high = sh->gaps;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (sh->gap[mid] + with * mid <= place)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint32_t
ss_shuffle_to(const struct ss_shuffle *sh, uint32_t i)
{
	if (sh->rows) {
		i = through(sh, i);
		return i - gaps_before(sh, i, 1);
	}
	return sh->to[0] ? sh->to[0][i] : i;
}

uint32_t
ss_shuffle_from(const struct ss_shuffle *sh, uint32_t i)
{
	if (!sh->rows)
		return sh->from[0] ? sh->from[0][i] : i;
	i += gaps_before(sh, i, 0);
	for (int r = SS_SHUFFLE_ROUNDS; r-- > 0;) {
		uint32_t row = i % sh->rows, column = i / sh->rows;

		i = sh->from[r][row] * 64 +
		    (column - sh->turn[r][row]) % 64;
	}
	return i;
}
