/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/bytes.h"
#include "../../lib/proto/hash.h"
#include "qkd_keys.h"
#include "tap.h"
#include <math.h>

static const uint32_t sizes[] = { 1, 2, 63, 64, 65, 127, 128, 129, 1000, 4032,
	4033, 4096, 5000, 8191, 10000, 64000 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* No bit is set behind the end. */
static int
clean(const uint64_t *b, size_t n)
{
	return n % 64 == 0 || (b[n / 64] & ~ss_bits_tail(n)) == 0;
}

static void
order_of_bits(void)
{
	static const uint8_t bytes[] = { 0x01, 0x80, 0xff };
	uint64_t b[1];
	uint8_t out[3];

	ss_bits_from_bytes(b, bytes, 24);
	ok(b[0] == 0xff8001 && ss_bits_get(b, 0) == 1 &&
	    ss_bits_get(b, 7) == 0 && ss_bits_get(b, 15) == 1,
	    "bit 0 is the least significant of the first byte");
	ss_bits_from_bytes(b, bytes, 17);
	ok(b[0] == 0x18001, "bits behind the end are dropped");
	ss_bits_to_bytes(out, b, 17);
	is_bytes(out, "\x01\x80\x01", 3, "and written as zeros");
}

static void
parities(uint32_t n)
{
	uint64_t *b = room(8 * ss_bits_words(n));
	uint64_t *prefix = room(8 * ss_bits_words(n + 1));
	int same = 1, before = 0;

	random_bits(b, n);
	ss_bits_prefix(prefix, b, n);
	for (uint32_t i = 0; i <= n; i++) {
		same &= ss_bits_get(prefix, i) == before;
		if (i < n)
			before ^= ss_bits_get(b, i);
	}
	for (int t = 0; t < 300; t++) {
		uint32_t from = (uint32_t)random_below(n + 1);
		uint32_t to = from + (uint32_t)random_below(n - from + 1);
		int odd = 0;

		for (uint32_t i = from; i < to; i++)
			odd ^= ss_bits_get(b, i);
		same &= odd == ss_bits_parity(b, from, to) && odd ==
		    (ss_bits_get(prefix, from) ^ ss_bits_get(prefix, to));
	}
	ok(same && clean(prefix, (size_t)n + 1),
	    "parities of ranges of %u bits", n);
	free(b);
	free(prefix);
}

static void
moves(uint32_t n)
{
	uint64_t *a = room(8 * ss_bits_words(n)), *b = room(8 *
	    ss_bits_words(n)), *c = room(8 * ss_bits_words(n));
	uint8_t *bytes = room(ss_bits_bytes(n));
	size_t have = 0, distance = 0;
	int same = 1;

	random_bits(a, n);
	random_bits(b, n);
	for (uint32_t i = 0; i < n; i++)
		distance += ss_bits_get(a, i) != ss_bits_get(b, i);
	memcpy(c, a, 8 * ss_bits_words(n));
	same &= distance == ss_bits_distance(a, b, n);
	ss_bits_xor(c, b, n);
	same &= ss_bits_count(c, n) == distance && clean(c, n);
	ok(same, "differences of %u bits", n);

	same = ss_bits_select(c, a, b, n) == ss_bits_count(b, n);
	for (uint32_t i = 0; i < n; i++)
		if (ss_bits_get(b, i))
			same &= ss_bits_get(c, have++) == ss_bits_get(a, i);
	memcpy(c, a, 8 * ss_bits_words(n));
	same &= ss_bits_select(c, c, b, n) == have && clean(c, have);
	ok(same, "selected from %u bits, also in place", n);

	for (int t = 0; t < 100; t++) {
		size_t len = random_below(n + 1);
		size_t at = random_below(n - len + 1);
		size_t to = random_below(n - len + 1);

		memcpy(c, b, 8 * ss_bits_words(n));
		ss_bits_copy(c, to, a, at, len);
		for (uint32_t i = 0; i < n; i++)
			same &= ss_bits_get(c, i) ==
			    (i >= to && i - to < len ?
			    ss_bits_get(a, i - to + at) : ss_bits_get(b, i));
	}
	ss_bits_to_bytes(bytes, a, n);
	ss_bits_from_bytes(c, bytes, n);
	ok(same && memcmp(a, c, 8 * ss_bits_words(n)) == 0,
	    "copied within %u bits, and to bytes and back", n);
	free(a);
	free(b);
	free(c);
	free(bytes);
}

/* A permutation: there, back, and as a whole, it is the same one. */
static void
shuffles(uint32_t n, uint32_t pass)
{
	uint64_t *a = room(8 * ss_bits_words(n)), *b = room(8 *
	    ss_bits_words(n)), *seen = room(8 * ss_bits_words(n));
	void *mem = room(ss_shuffle_bytes(n));
	void *scratch = room(ss_shuffle_scratch(n));
	uint8_t seed[SS_SHUFFLE_SEED] = { 7 };
	struct ss_shuffle sh;
	int same = 1;

	random_bits(a, n);
	ss_shuffle_init(&sh, mem, n, pass, seed);
	ss_shuffle_apply(b, a, &sh, scratch);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t to = ss_shuffle_to(&sh, i);

		same &= to < n && ss_shuffle_from(&sh, to) == i &&
		    ss_bits_get(b, to) == ss_bits_get(a, i);
		if (to < n)
			ss_bits_put(seen, to, 1);
	}
	ok(same && ss_bits_count(seen, n) == n && clean(b, n),
	    "a permutation of %u bits for pass %u", n, pass);
	free(a);
	free(b);
	free(seen);
	free(mem);
	free(scratch);
}

/* From tests/interop/qkd.py. */
static void
known_shuffles(void)
{
	static const struct {
		uint32_t n, pass, first[6];
		const char *hash;
	} known[] = {
		{ 70, 1, { 0, 1, 2, 3, 4, 5 }, "24d7f96a64fae3fb" },
		{ 70, 2, { 32, 58, 61, 26, 39, 44 }, "0c1d2858674ebddd" },
		{ 4033, 2, { 4010, 2506, 687, 643, 1690, 1047 },
		    "eff5b6d9f78b528e" },
		{ 5000, 2, { 388, 2934, 605, 4930, 205, 971 },
		    "eebe3ce887f7447b" },
		{ 5000, 17, { 168, 1654, 2637, 2274, 2998, 1211 },
		    "cafaaef6050f6f45" },
		{ 10000, 3, { 8584, 2603, 3760, 1560, 4570, 6680 },
		    "e6258f18708c135e" },
	};
	uint8_t seed[SS_SHUFFLE_SEED], hash[SS_HASH_BYTES], want[8];
	static uint8_t all[40000];

	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)i;
	for (size_t t = 0; t < sizeof(known) / sizeof(known[0]); t++) {
		void *mem = room(ss_shuffle_bytes(known[t].n));
		struct ss_shuffle sh;
		int same = 1;

		ss_shuffle_init(&sh, mem, known[t].n, known[t].pass, seed);
		for (uint32_t i = 0; i < 6; i++)
			same &= ss_shuffle_from(&sh, i) == known[t].first[i];
		for (uint32_t i = 0; i < known[t].n; i++)
			ss_put32(all + 4 * i, ss_shuffle_from(&sh, i));
		ss_hash(hash, all, 4ul * known[t].n);
		unhex(want, sizeof(want), known[t].hash);
		ok(same, "where the first bits of %u come from in pass %u",
		    known[t].n, known[t].pass);
		is_bytes(hash, want, sizeof(want), "  and all others");
		free(mem);
	}
}

/*
 * What Cascade needs: bits that were neighbours are apart afterwards as if by
 * chance.  Over many passes, the share of neighbours that end up in the same
 * block, against that of a uniform permutation.
 */
static void
spreads(uint32_t n, uint32_t distance, uint32_t block)
{
	void *mem = room(ss_shuffle_bytes(n));
	uint8_t seed[SS_SHUFFLE_SEED] = { 1 };
	double pairs = 0, together = 0, expect, blocks = n / block;
	struct ss_shuffle sh;

	for (uint32_t pass = 2; pass < 200; pass++) {
		ss_shuffle_init(&sh, mem, n, pass, seed);
		for (uint32_t i = 0; i + distance < n; i += 2 * distance) {
			pairs++;
			together += ss_shuffle_to(&sh, i) / block ==
			    ss_shuffle_to(&sh, i + distance) / block;
		}
	}
	expect = pairs * (blocks * block * (block - 1)) / ((double)n * (n - 1));
	ok(fabs(together - expect) < 5 * sqrt(expect),
	    "bits %u apart of %u share a block of %u: %.0f times, %.0f "
	    "expected", distance, n, block, together, expect);
	free(mem);
}

int
main(void)
{
	order_of_bits();
	for (size_t s = 0; s < SIZES; s++) {
		parities(sizes[s]);
		moves(sizes[s]);
		for (uint32_t pass = 1; pass < 4; pass++)
			shuffles(sizes[s], pass);
	}
	known_shuffles();
	for (uint32_t distance = 1; distance <= 64; distance *= 4) {
		spreads(2000, distance, 50);
		spreads(10000, distance, 50);
		spreads(10000, distance, 5000);
	}
	return done_testing();
}
