/* SPDX-License-Identifier: ISC */
/*
 * A peer whose messages are proven and wrong all the same.  Nothing but the
 * reader's own looking stands between them and the key, so the proofs are
 * left out here, as in the lab.
 */
#include "qkd_pair.h"
#include <sodium.h>

#define PULSES 2100
#define BODY   (SS_QKD_HEAD + 2) /* behind a tag that is empty */
#define PIECE  (8 + 4)           /* first, count */

static struct pair p;
static struct line l;

static void
begin(uint64_t seed)
{
	pair_config(&p, PULSES, SS_TALK_OPEN, seed);
	p.config[0].profile = p.config[1].profile = "unauthenticated";
	p.config[0].eps_sec = p.config[1].eps_sec = 0.99; /* short keys do */
}

static void
end(void)
{
	pair_drop(&p.side[0]);
	pair_drop(&p.side[1]);
	line_drop(&l);
}

/* Which record is the first of a kind; the same in every talk of a seed. */
static size_t first[SS_QKD_ABORT + 1];

static void
learn(void)
{
	begin(21);
	is_err(pair_talk(&p, &l), SS_OK, "an honest talk");
	ok(pair_same_key(&p), "ends with a key of %llu bits",
	    (unsigned long long)p.side[0].talk.sum.length);
	ok(p.side[0].talk.sample == SS_TALK_SAMPLE_MIN, "a quarter of %zu "
	    "bits is too small a sample: 256", p.side[0].talk.sifted);
	for (size_t i = l.records; i-- > 0;)
		first[l.all[l.starts[i] + SS_HEADER_BYTES]] = i;
	end();
}

/* One bit of the first record of a kind, at a byte behind the tag. */
static void
lie(enum ss_qkd_kind kind, size_t at, unsigned bit, enum ss_err want,
    const char *what)
{
	int from = kind == SS_QKD_SIFT || kind == SS_QKD_ESTIMATE ||
	    kind == SS_QKD_AMPLIFY || kind == SS_QKD_VERIFY ||
	    kind == SS_QKD_ANSWER ? SS_ALICE : SS_BOB;
	const struct ss_talk *reader = &p.side[from == SS_ALICE].talk;

	begin(21);
	l.fault = FLIP;
	l.at = first[kind];
	l.bit = 8 * (BODY + at) + bit;
	if (pair_talk(&p, &l) != SS_OK)
		exit(255);
	is_err(reader->error, want, "%s", what);
	ok(!reader->by_peer && reader->step == first[kind] &&
	    ss_talk_turn(reader) == SS_TALK_DEAD,
	    "  by who read it, at once");
	end();
}

/* The first pulse that Bob did not see. */
static size_t
dark(void)
{
	size_t i = 0;

	while (ss_bits_get(bob_notes.click, i))
		i++;
	return i;
}

static void
lies(void)
{
	size_t at = dark(), plane = ss_bits_bytes(PULSES);

	lie(SS_QKD_BASES, PIECE + plane + at / 8, at % 8, SS_ERR_FORMAT,
	    "a basis where he saw nothing");
	lie(SS_QKD_BASES, PIECE - 1, 0, SS_ERR_LENGTH, "a pulse more");
	lie(SS_QKD_SIFT, PIECE + at / 8, at % 8, SS_ERR_FORMAT,
	    "the same basis where he saw nothing");
	lie(SS_QKD_SAMPLE, 6, 0, SS_ERR_LENGTH, "a sample of no bits");
	lie(SS_QKD_SAMPLE, 6, 7, SS_ERR_LENGTH, "one of more than all");
	lie(SS_QKD_SAMPLE, 0, 7, SS_ERR_LENGTH, "one of 2^63 and more");
	lie(SS_QKD_ESTIMATE, 0, 0, SS_ERR_FORMAT,
	    "more errors than the sample has bits");
	lie(SS_QKD_ESTIMATE, 7, 6, SS_ERR_NOISY, "64 errors more");
	lie(SS_QKD_ESTIMATE, 8, 3, SS_ERR_FORMAT, "a Cascade that is none");
	lie(SS_QKD_ESTIMATE, 9, 7, SS_ERR_FORMAT, "a rate above 1");
	lie(SS_QKD_ASK, 0, 7, SS_ERR_FORMAT, "a pass that is none");
	lie(SS_QKD_ASK, 8, 7, SS_ERR_FORMAT, "a block behind the key");
	lie(SS_QKD_DONE, 7, 0, SS_ERR_SEQUENCE, "parities miscounted");
	lie(SS_QKD_VERIFY, 20, 0, SS_ERR_DIFFER, "another hash");
	lie(SS_QKD_AMPLIFY, 5, 0, SS_ERR_LENGTH, "a key longer than the sum");
	lie(SS_QKD_AMPLIFY, 0, 7, SS_ERR_LENGTH, "one of 2^63 bits");
	lie(SS_QKD_CONFIRM, 7, 0, SS_ERR_FORMAT, "another length");
}

/* A question that Alice could answer for ever: always the same block. */
static enum ss_err
ask_again(struct ss_talk *alice)
{
	static uint8_t blocks[12 * 512], rec[SS_RECORD_MAX];
	struct ss_qkd_msg m = { .kind = SS_QKD_ASK, .from = SS_BOB,
		.flags = SS_QKD_OVER, .step = alice->step,
		.body = { blocks, sizeof(blocks) } };
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };

	for (size_t i = 0; i < sizeof(blocks); i += 12) {
		ss_put32(blocks + i, 1);
		ss_put32(blocks + i + 4, (uint32_t)i / 12);
		ss_put32(blocks + i + 8, (uint32_t)i / 12 + 1);
	}
	memcpy(m.run, alice->c.run, sizeof(m.run));
	if (ss_wire_put(&b, ss_layout_find("qkd-ask"), 1, &m) != SS_OK)
		exit(255);
	return ss_talk_read(alice, rec, b.len);
}

/* Whoever asks for as many parities as there are bits has them all. */
static void
greed(void)
{
	static uint8_t rec[SS_RECORD_MAX];
	struct ss_talk *alice = &p.side[0].talk;
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };
	enum ss_err e = SS_OK;
	size_t turns = 0;

	begin(22);
	for (int i = 0; i < 2; i++)
		if (ss_talk_begin(&p.side[i].talk, &p.config[i]) != SS_OK)
			exit(255);
	while (alice->phase != SS_TALK_ASK)
		pair_step(&p, &l, ss_talk_turn(alice) == SS_TALK_READ &&
		    !l.to[0].n);
	while (e == SS_OK && turns++ < 100) {
		e = ask_again(alice);
		while (e == SS_OK && ss_talk_turn(alice) == SS_TALK_WRITE) {
			b.len = 0;
			e = ss_talk_write(&b, alice);
		}
	}
	is_err(e, SS_ERR_NOISY, "Alice gives up when all would be told");
	ok(turns == (alice->n + 511) / 512, "not before, and not later: "
	    "after %zu times 512 of %zu", turns, alice->n);
	end();
}

int
main(void)
{
	struct light_plan plan = { .pulses = PULSES, .seed = 20,
		.fibre = { .loss = 4294967296ull / 20,
			.noise = 4294967296ull / 100 } };

	if (sodium_init() < 0)
		return 2;
	pair_light(&plan);
	learn();
	lies();
	greed();
	return done_testing();
}
