/* SPDX-License-Identifier: ISC */
/*
 * A thousand keys: both sides have the same one each time, and all of them
 * together look random to the FIPS 140-2 tests of rng-tools (rngtest).
 */
#include "qkd_pair.h"
#include <sodium.h>

#define RUNS 1000

static uint8_t keys[1u << 20];
static size_t used;

static void
collect(const struct ss_talk *t)
{
	size_t bytes = (size_t)t->sum.length / 8;

	if (used + bytes + 8 > sizeof(keys))
		return;
	ss_bits_to_bytes(keys + used, t->key, 8 * bytes);
	used += bytes;
}

/* "rngtest: FIPS 140-2 failures: 0" */
static long
failures(const uint8_t *in, size_t len, long *passed)
{
	char name[] = "/tmp/qkd-runs.XXXXXX", command[128], line[256];
	long failed = -1;
	int fd = mkstemp(name);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f || fwrite(in, 1, len, f) != len || fclose(f) != 0)
		return -1;
	snprintf(command, sizeof(command), "rngtest <%s 2>&1", name);
	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "rngtest: FIPS 140-2 failures: %ld", &failed);
		sscanf(line, "rngtest: FIPS 140-2 successes: %ld", passed);
	}
	if (f)
		pclose(f);
	remove(name);
	return failed;
}

int
main(void)
{
	static struct pair p;
	struct light_plan plan = { .pulses = 20000,
		.fibre = { .noise = 4294967296ull / 100,
		    .loss = 4294967296ull / 10 } };
	size_t same = 0, differ = 0;
	long passed = 0, failed;

	if (sodium_init() < 0)
		return 2;
	for (size_t i = 0; i < RUNS; i++) {
		struct line l = { .fault = NO_FAULT };

		plan.seed = 5000 + i;
		pair_light(&plan);
		pair_config(&p, plan.pulses, SS_TALK_PADS, 5000 + i);
		if (pair_talk(&p, &l) != SS_OK)
			break;
		if (pair_same_key(&p)) {
			same++;
			collect(&p.side[0].talk);
		} else {
			differ++;
			printf("# run %zu: alice %d, bob %d\n", i,
			    (int)p.side[0].talk.error,
			    (int)p.side[1].talk.error);
		}
		pair_drop(&p.side[0]);
		pair_drop(&p.side[1]);
		line_drop(&l);
	}
	ok(same == RUNS, "of %d runs, %zu ended with the same key on both "
	    "sides, %zu with none", RUNS, same, differ);
	if (system("command -v rngtest >/dev/null 2>&1") != 0) {
		skip(2, "rngtest (rng-tools5) is missing");
		return done_testing();
	}
	failed = failures(keys, used, &passed);
	ok(failed == 0 && passed >= 10, "rngtest: %ld blocks of 20,000 bits "
	    "pass, %ld fail", passed, failed);
	for (size_t i = 0; i < used; i++) /* one bit in eight is gone */
		keys[i] &= 0xfe;
	failed = failures(keys, used, &passed);
	ok(failed > 0, "and would not, were a bit of each byte zero");
	return done_testing();
}
