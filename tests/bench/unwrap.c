/* SPDX-License-Identifier: ISC */
#include "../../lib/io/rsamake.h"
#include "../../lib/proto/rsa.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * unwrap [ROUNDS] - what it costs to unwrap a key, and numbers that are wrong
 * in different ways, in turns.  Prints the largest of the medians divided by
 * the smallest: 1.00 if nobody can tell by the clock which it was.
 */
#define KINDS 5
#define LEN   256

static const uint8_t label[] = { 'L' }, other[] = { 'X' };

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Right; another label; random; above the modulus; only the first byte of
 * what is encrypted as it should be. */
static int
make(uint8_t in[KINDS][LEN], struct ss_rsa *r)
{
	uint8_t key[SS_RSA_KEY_BYTES], seed[SS_RSA_SEED_BYTES], bare[LEN];

	randombytes_buf(key, sizeof(key));
	randombytes_buf(seed, sizeof(seed));
	randombytes_buf(in[2], LEN);
	in[2][0] = 0;
	memset(in[3], 0xff, LEN);
	memset(bare, 0x11, LEN);
	bare[0] = 0;
	return ss_rsa_wrap(in[0], key, label, 1, seed, r) == SS_OK &&
	    ss_rsa_wrap(in[1], key, other, 1, seed, r) == SS_OK &&
	    ss_rsa_public_op(in[4], bare, r) == SS_OK;
}

int
main(int argc, char **argv)
{
	size_t rounds = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 2000;
	uint8_t in[KINDS][LEN], key[SS_RSA_KEY_BYTES], seed[64] = { 1 };
	double *took = calloc(KINDS * rounds, sizeof(*took));
	double least = 1e9, most = 0;
	struct ss_identity id;
	struct ss_rsa r = { 0 };

	if (rounds == 0 || !took || sodium_init() < 0 ||
	    ss_identity_make(&id, "bob", seed) != SS_OK)
		return 2;
	xrsa_make(&id, 8 * LEN);
	if (ss_rsa_open(&r, &id.pub.rsa, &id.rsa) != SS_OK || !make(in, &r))
		return 2;
	for (size_t i = 0; i < rounds; i++) {
		for (size_t k = 0; k < KINDS; k++) {
			double begin = now();

			if (ss_rsa_unwrap(key, in[k], LEN, label, 1, &r) !=
			    SS_OK)
				return 2;
			took[k * rounds + i] = now() - begin;
		}
	}
	for (size_t k = 0; k < KINDS; k++) {
		double *t = took + k * rounds, median;

		qsort(t, rounds, sizeof(*t), ascending);
		median = t[rounds / 2];
		least = median < least ? median : least;
		most = median > most ? median : most;
	}
	printf("%.1f %.4f\n", least * 1e6, most / least);
	ss_rsa_close(&r);
	free(took);
	return 0;
}
