/* SPDX-License-Identifier: ISC */
#ifndef SS_CASCADE_H
#define SS_CASCADE_H

#include "shuffle.h"

/*
 * Cascade: Bob finds the places where his key differs from Alice's by asking
 * for parities of ranges of it.  Everything asked and answered is public; each
 * answer tells Eve one bit, and is counted.
 *
 * Brassard, Salvail: Secret-key reconciliation by public discussion (1993).
 * Martinez-Mateo, Pacher, Peev, Ciurana, Martin: Demystifying the information
 * reconciliation protocol Cascade (2015), from which the names and parameters
 * of the variants are.                          docs/qkd.md, Reconciliation
 */
struct ss_cascade_variant {
	const char *name;
	const char *text;    /* one line for people */
	unsigned passes;     /* with blocks, each in an order of its own */
	unsigned biconf;     /* then random halves, until so many in a row
	                      * were without an error */
	int reuse;           /* a corrected bit makes every known block that
	                      * holds it a candidate, not only whole ones,
	                      * and no question is asked twice */
	/* size of a block in pass 1 .. passes */
	uint32_t (*block)(unsigned pass, double qber, uint32_t n);
};

/* original, biconf, yanetal, option3, option4, option7, option8; ended by a
 * row without a name. */
extern const struct ss_cascade_variant ss_cascade_variants[];

/* ss_cascade_find - the variant of that name, or NULL. */
const struct ss_cascade_variant *ss_cascade_find(const char *name);

/* Keys are of 1 .. SS_CASCADE_MAX bits. */
#define SS_CASCADE_MAX (1u << 30)

/* "What is the parity of the bits from .. to-1 of your key, shuffled for that
 * pass?"  Passes count from 1; pass 1 is the key as it is. */
struct ss_cascade_question {
	uint32_t pass, from, to;
};

/* How the engine stands after init and after each answer. */
enum ss_cascade_state {
	SS_CASCADE_ASK,    /* a batch of questions waits for its answers */
	SS_CASCADE_DONE,   /* to be verified: a few keys stay different */
	SS_CASCADE_FAILED, /* the answers contradict each other */
};

struct ss_cascade_pass;

/* Bob's side.  The members up to the blank line are for reading. */
struct ss_cascade_bob {
	enum ss_cascade_state state;
	const struct ss_cascade_question *questions; /* this batch */
	size_t count;        /* how many */
	uint64_t disclosed;  /* parities that were answered */
	uint64_t corrected;  /* bits */
	uint64_t rounds;     /* batches that were answered */
	uint32_t pass;       /* the latest, counted from 1 */

	const struct ss_cascade_variant *variant;
	struct ss_cascade_pass *passes;
	struct ss_cascade_question *asked;
	uint32_t *ends;      /* of the blocks that are being halved */
	size_t max;          /* room for questions */
	uint32_t *fixed;     /* corrected bits, in order */
	uint8_t *finder;     /* the pass that found each */
	uint32_t head, tail; /* of them: looked into, found */
	uint64_t *key, *flipped;
	void *scratch;
	double qber;
	uint32_t n, slots;
	unsigned streak;     /* halves without an error still wanted */
	uint32_t before;     /* tail when this half was begun */
	int opening;         /* the questions are a pass's whole blocks */
	uint8_t seed[SS_SHUFFLE_SEED];
};

/*
 * ss_cascade_bob_bytes - how much memory Bob's side works in: linear in n,
 * about 14 n bytes and n more for each pass.
 */
size_t ss_cascade_bob_bytes(const struct ss_cascade_variant *v, uint32_t n);

/*
 * ss_cascade_bob_init - begin; the first batch is in b->questions.
 *
 *   mem   in/out  ss_cascade_bob_bytes() bytes, aligned as by malloc; the
 *                 caller's, to be wiped and freed when b is no longer used
 *   key   in/out  n bits, corrected in place
 *   qber  in      the error rate that was estimated; a wrong one costs
 *                 parities or leaves errors, no more
 *   seed  in      public; both sides use the same
 */
void ss_cascade_bob_init(struct ss_cascade_bob *b, void *mem,
    const struct ss_cascade_variant *v, double qber, uint64_t *key,
    uint32_t n, const uint8_t seed[static SS_SHUFFLE_SEED]);

/*
 * ss_cascade_bob_answer - the parities for b->questions: b->count bits, in
 * their order.  Afterwards b->questions is the next batch, or b->state says
 * that there is none.  Ends whatever the answers are: true ones never make
 * Bob flip a bit twice, and he gives up when they do.
 */
enum ss_cascade_state ss_cascade_bob_answer(
    struct ss_cascade_bob *b, const uint64_t *parities);

/* Alice's side.  `disclosed` is for reading. */
struct ss_cascade_alice {
	uint64_t disclosed;

	const struct ss_cascade_variant *variant;
	const uint64_t *key;
	uint64_t *prefix;    /* a table for each pass, one for all halves */
	uint64_t *have;      /* the pass that each is for; 0: none yet */
	uint64_t *bits;
	void *shuffle, *scratch;
	uint32_t n;
	uint8_t seed[SS_SHUFFLE_SEED];
};

/* About n / 8 bytes for each pass, and n beside. */
size_t ss_cascade_alice_bytes(const struct ss_cascade_variant *v, uint32_t n);

/* ss_cascade_alice_init - as above; key stays the caller's, unchanged. */
void ss_cascade_alice_init(struct ss_cascade_alice *a, void *mem,
    const struct ss_cascade_variant *v, const uint64_t *key, uint32_t n,
    const uint8_t seed[static SS_SHUFFLE_SEED]);

/*
 * ss_cascade_alice_answer - parities: one bit for each question.  0, or -1
 * if there is a question that makes no sense (empty or outside the key, a
 * pass that the variant has not, a random half that is over); then a->disclosed
 * is as before and parities hold zeros.
 */
int ss_cascade_alice_answer(struct ss_cascade_alice *a, uint64_t *parities,
    const struct ss_cascade_question *q, size_t count);

#endif
