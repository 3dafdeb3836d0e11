/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/bytes.h"
#include "../../lib/proto/hash.h"
#include "../../lib/qkd/bits.h"
#include "../../lib/qkd/cascade.h"
#include "../../lib/qkd/poly.h"
#include "../../lib/qkd/toeplitz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * qkd_side - what lib/qkd makes of the lines on stdin, for qkd.py:
 *
 *     order N PASS SEED               SHA-256 of where each place comes from
 *     amplify N M IN MATRIX           the key
 *     hash IN POINT                   the hash
 *     cascade VARIANT N RATE ALICE BOB SEED
 *                    how it ended, parities, rounds, SHA-256 of all questions
 *                    in order, and Bob's key
 *
 * Bytes are hex, numbers decimal.
 */
static void *
room(size_t bytes)
{
	void *p = calloc(1, bytes + 8);

	if (!p)
		abort();
	return p;
}

static uint8_t *
bytes_of(const char *hex, size_t *len)
{
	uint8_t *out = room(strlen(hex) / 2);

	for (*len = 0; hex[2 * *len] && hex[2 * *len + 1]; ++*len) {
		char two[3] = { hex[2 * *len], hex[2 * *len + 1], 0 };

		out[*len] = (uint8_t)strtoul(two, NULL, 16);
	}
	return out;
}

static uint64_t *
bits_of(const char *hex, size_t n)
{
	uint64_t *out = room(8 * ss_bits_words(n));
	size_t len;
	uint8_t *bytes = bytes_of(hex, &len);

	if (len != ss_bits_bytes(n))
		abort();
	ss_bits_from_bytes(out, bytes, n);
	free(bytes);
	return out;
}

static void
print(const uint8_t *p, size_t len)
{
	while (len-- > 0)
		printf("%02x", *p++);
}

static void
print_bits(const uint64_t *b, size_t n)
{
	uint8_t *out = room(ss_bits_bytes(n));

	ss_bits_to_bytes(out, b, n);
	print(out, ss_bits_bytes(n));
	free(out);
}

static void
order(char **word)
{
	uint32_t n = (uint32_t)atoi(word[1]);
	size_t len;
	uint8_t *seed = bytes_of(word[3], &len), *all = room(4ul * n);
	uint8_t hash[SS_HASH_BYTES];
	void *mem = room(ss_shuffle_bytes(n));
	struct ss_shuffle sh;

	ss_shuffle_init(&sh, mem, n, (uint32_t)atoi(word[2]), seed);
	for (uint32_t i = 0; i < n; i++)
		ss_put32(all + 4ul * i, ss_shuffle_from(&sh, i));
	ss_hash(hash, all, 4ul * n);
	print(hash, sizeof(hash));
	free(seed);
	free(all);
	free(mem);
}

static void
amplify(char **word)
{
	size_t n = strtoul(word[1], NULL, 10), m = strtoul(word[2], NULL, 10);
	uint64_t *in = bits_of(word[3], n), *out = room(8 * ss_bits_words(m));
	uint64_t *matrix = bits_of(word[4], ss_toeplitz_seed(n, m));
	void *work = room(ss_toeplitz_work(n, m));

	ss_toeplitz(out, m, in, n, matrix, work);
	print_bits(out, m);
	free(in);
	free(out);
	free(matrix);
	free(work);
}

static void
hash(char **word)
{
	uint8_t out[SS_POLY_TAG];
	size_t len, points;
	uint8_t *in = bytes_of(word[1], &len);
	uint8_t *point = bytes_of(word[2], &points);

	ss_poly_hash(out, in, len, point);
	print(out, sizeof(out));
	free(in);
	free(point);
}

static void
cascade(char **word)
{
	const struct ss_cascade_variant *v = ss_cascade_find(word[1]);
	uint32_t n = (uint32_t)atoi(word[2]);
	uint64_t *alice = bits_of(word[4], n), *bob = bits_of(word[5], n);
	uint64_t *parities = room(n + 64);
	size_t len;
	uint8_t *seed = bytes_of(word[6], &len), sum[SS_HASH_BYTES] = { 0 };
	void *amem = room(ss_cascade_alice_bytes(v, n));
	void *bmem = room(ss_cascade_bob_bytes(v, n));
	struct ss_cascade_alice a;
	struct ss_cascade_bob b;

	ss_cascade_alice_init(&a, amem, v, alice, n, seed);
	ss_cascade_bob_init(&b, bmem, v, strtod(word[3], NULL), bob, n, seed);
	while (b.state == SS_CASCADE_ASK) {
		for (size_t i = 0; i < b.count; i++) {
			uint8_t q[12];

			ss_put32(q, b.questions[i].pass);
			ss_put32(q + 4, b.questions[i].from);
			ss_put32(q + 8, b.questions[i].to);
			ss_hash2(sum, sum, sizeof(sum), q, sizeof(q));
		}
		if (ss_cascade_alice_answer(&a, parities, b.questions,
			b.count) != 0)
			abort();
		ss_cascade_bob_answer(&b, parities);
	}
	printf("%s %llu %llu ", b.state == SS_CASCADE_DONE ? "done" : "failed",
	    (unsigned long long)b.disclosed, (unsigned long long)b.rounds);
	print(sum, sizeof(sum));
	putchar(' ');
	print_bits(bob, n);
	free(alice);
	free(bob);
	free(parities);
	free(seed);
	free(amem);
	free(bmem);
}

int
main(void)
{
	static char line[1 << 20];
	static const struct {
		const char *name;
		int words;
		void (*run)(char **);
	} can[] = { { "order", 4, order }, { "amplify", 5, amplify },
		{ "hash", 3, hash }, { "cascade", 7, cascade } };

	while (fgets(line, sizeof(line), stdin)) {
		char *word[8] = { NULL };
		int n = 0, done = 0;

		for (char *w = strtok(line, " \n"); w && n < 8;
		     w = strtok(NULL, " \n"))
			word[n++] = w;
		for (size_t c = 0; n > 0 && c < 4; c++)
			if (strcmp(word[0], can[c].name) == 0 &&
			    n == can[c].words) {
				can[c].run(word);
				done = 1;
			}
		if (!done)
			return 2;
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}
