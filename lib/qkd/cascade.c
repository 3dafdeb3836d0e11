/* SPDX-License-Identifier: ISC */
#include "cascade.h"
#include "bits.h"
#include <string.h>

/*
 * What Bob knows of one pass.  Halving a block asks for the parity of its
 * first half; the second half's follows.  So all that is ever learnt is the
 * parity of Alice's bits up to some place, and a pass needs no tree of blocks:
 * one bit for each place says that it is known, another what it is.
 */
struct ss_cascade_pass {
	struct ss_shuffle sh;
	void *shuffle;    /* memory for that */
	uint32_t block;   /* size of a whole one */
	uint64_t *bits;   /* Bob's key, shuffled, as far as corrected */
	uint64_t *sums;   /* parity of each word of it */
	uint64_t *known;  /* Alice's parity of the bits before place i ... */
	uint64_t *alice;  /* ... and which; if not known: 1 is "was asked" */
	uint64_t *odd;    /* whole blocks that differ in an odd number */
};

/* Memory to be handed out; without mem it is only added up. */
struct arena {
	uint8_t *mem;
	size_t used;
};

static void *
take(struct arena *a, size_t bytes)
{
	size_t at = a->used;

	a->used += (bytes + 7) / 8 * 8;
	return a->mem ? a->mem + at : NULL;
}

static uint32_t
slots_of(const struct ss_cascade_variant *v)
{
	return v->passes + (v->biconf > 0);
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void
lay_out(struct ss_cascade_bob *b, struct arena *a)
{
	uint32_t n = b->n;
	size_t words = 8 * ss_bits_words(n);
	size_t places = 8 * ss_bits_words((size_t)n + 1);

	/* whole blocks have two bits at least; later questions, which are
	 * fewer, take turns if ever they are more */
	b->max = n / 2 + 2 + b->slots;
	b->asked = take(a, b->max * sizeof(*b->asked));
	b->ends = take(a, b->max * sizeof(*b->ends));
	b->fixed = take(a, n * sizeof(*b->fixed));
	b->finder = take(a, n * sizeof(*b->finder));
	b->flipped = take(a, words);
	b->scratch = take(a, ss_shuffle_scratch(n));
	b->passes = take(a, b->slots * sizeof(*b->passes));
	for (uint32_t s = 0; s < b->slots; s++) {
		struct ss_cascade_pass p = { .block = 0 };

		p.shuffle = take(a, ss_shuffle_bytes(n));
		p.bits = take(a, words);
		p.sums = take(a, 8 * ss_bits_words(ss_bits_words(n)));
		p.known = take(a, places);
		p.alice = take(a, places);
		p.odd = take(a, words);
		if (b->passes)
			b->passes[s] = p;
	}
}

size_t
ss_cascade_bob_bytes(const struct ss_cascade_variant *v, uint32_t n)
{
	struct ss_cascade_bob b = { .n = n, .slots = slots_of(v) };
	struct arena a = { NULL, 0 };

	lay_out(&b, &a);
	return a.used;
}

/* Parity of Bob's bits from .. to-1; far apart, by the words' parities. */
static int
bobs(const struct ss_cascade_pass *p, uint32_t from, uint32_t to)
{
	uint32_t first = from / 64 + 1, last = (to - 1) / 64;

	if (last < first + 8)
		return ss_bits_parity(p->bits, from, to);
	return ss_bits_parity(p->bits, from, first * 64) ^
	    ss_bits_parity(p->sums, first, last) ^
	    ss_bits_parity(p->bits, last * 64, to);
}

/* Do Alice and Bob differ in an odd number of these bits?  Both ends of the
 * range are known. */
static int
differ(const struct ss_cascade_pass *p, uint32_t from, uint32_t to)
{
	return ss_bits_get(p->alice, from) ^ ss_bits_get(p->alice, to) ^
	    bobs(p, from, to);
}

static void
ask(struct ss_cascade_bob *b, uint32_t pass, uint32_t from, uint32_t to,
    uint32_t end)
{
	b->asked[b->count].pass = pass;
	b->asked[b->count].from = from;
	b->asked[b->count].to = to;
	b->ends[b->count++] = end;
}

static struct ss_cascade_pass *
pass_of(struct ss_cascade_bob *b, uint32_t pass)
{
	return &b->passes[smaller(pass, b->slots) - 1];
}

static int
halves(const struct ss_cascade_bob *b)
{
	return b->pass > b->variant->passes;
}

/*
 * Bit i is wrong, as was found in a pass.  A block with an odd number of
 * differences, halved down to one bit, is a difference, if the parities were
 * true, and then no bit is ever wrong twice.
 */
static void
correct(struct ss_cascade_bob *b, uint32_t i, uint32_t pass)
{
	if (ss_bits_get(b->flipped, i)) {
		b->state = SS_CASCADE_FAILED;
		return;
	}
	ss_bits_flip(b->flipped, i);
	ss_bits_flip(b->key, i);
	b->finder[b->tail] = (uint8_t)smaller(pass, b->slots);
	b->fixed[b->tail++] = i;
	b->corrected++;
	for (uint32_t q = halves(b) ? b->pass : 1; q <= b->pass; q++) {
		struct ss_cascade_pass *p = pass_of(b, q);
		uint32_t at = ss_shuffle_to(&p->sh, i);

		ss_bits_flip(p->bits, at);
		ss_bits_flip(p->sums, at / 64);
		ss_bits_flip(p->odd, at / p->block);
	}
}

/*
 * Halve a block with an odd number of differences: as far as is known, then
 * one question.  Searches do not know of each other: two that come to the
 * same half before its parity is known ask for it twice, and the published
 * numbers count it twice.  With `reuse` the second gives up: the first will
 * see what has changed meanwhile.
 */
static void
search(struct ss_cascade_bob *b, uint32_t pass, uint32_t from, uint32_t to)
{
	struct ss_cascade_pass *p = pass_of(b, pass);

	while (to - from > 1) {
		uint32_t mid = from + (to - from) / 2;

		if (!ss_bits_get(p->known, mid)) {
			if (!b->variant->reuse || !ss_bits_get(p->alice, mid))
				ask(b, pass, from, mid, to);
			ss_bits_put(p->alice, mid, 1);
			return;
		}
		if (differ(p, from, mid))
			to = mid;
		else
			from = mid;
	}
	correct(b, ss_shuffle_from(&p->sh, from), pass);
}

/* The smallest block around a place that is known to differ in an odd number,
 * starting from the whole one.  0 if there is none. */
static int
smallest(const struct ss_cascade_pass *p, uint32_t at, uint32_t *odd_from,
    uint32_t *odd_to, int odd)
{
	uint32_t from = *odd_from, to = *odd_to;

	while (to - from > 1) {
		uint32_t mid = from + (to - from) / 2;

		if (!ss_bits_get(p->known, mid))
			break;
		if (at < mid)
			to = mid;
		else
			from = mid;
		if (differ(p, from, to)) {
			odd = 1;
			*odd_from = from;
			*odd_to = to;
		}
	}
	return odd;
}

/*
 * The cascade: a bit was wrong, so in every pass the block that holds it has
 * changed from an even number of differences to an odd one, or back.  In the
 * pass that found it, it has become even; only smaller and larger ones around
 * it may be odd.
 */
static void
look(struct ss_cascade_bob *b, uint32_t k)
{
	int reuse = b->variant->reuse;

	for (uint32_t q = 1; q <= b->pass; q++) {
		struct ss_cascade_pass *p = pass_of(b, q);
		uint32_t at, j, from, to;
		int odd;

		if (q == b->finder[k] && !reuse)
			continue;
		at = ss_shuffle_to(&p->sh, b->fixed[k]);
		j = at / p->block;
		from = j * p->block;
		to = from + smaller(p->block, b->n - from);
		odd = ss_bits_get(p->odd, j);
		if (reuse)
			odd = smallest(p, at, &from, &to, odd);
		if (odd)
			search(b, q, from, to);
	}
}

/* A new pass: the key in a new order, and a question for each block. */
static void
begin(struct ss_cascade_bob *b)
{
	const struct ss_cascade_variant *v = b->variant;
	uint32_t n = b->n, block;
	struct ss_cascade_pass *p = pass_of(b, ++b->pass);

	ss_shuffle_init(&p->sh, p->shuffle, n, b->pass, b->seed);
	if (b->pass == 1)
		memcpy(p->bits, b->key, 8 * ss_bits_words(n));
	else
		ss_shuffle_apply(p->bits, b->key, &p->sh, b->scratch);
	ss_bits_zero(p->sums, ss_bits_words(n));
	for (size_t w = 0; w < ss_bits_words(n); w++)
		p->sums[w / 64] |=
		    (uint64_t)ss_bits_odd(p->bits[w]) << w % 64;
	ss_bits_zero(p->known, (size_t)n + 1);
	ss_bits_zero(p->alice, (size_t)n + 1);
	ss_bits_zero(p->odd, n);
	block = halves(b) ? n - n / 2 :
	    smaller(n, v->block(b->pass, b->qber, n));
	p->block = block;
	for (uint32_t at = 0; at < n; at += block)
		ask(b, b->pass, at, at + smaller(block, n - at), 0);
	b->opening = 1;
	b->before = b->tail;
}

/* The parities of a pass's whole blocks. */
static void
opened(struct ss_cascade_bob *b, const uint64_t *parities, size_t count)
{
	struct ss_cascade_pass *p = pass_of(b, b->pass);

	ss_bits_put(p->known, 0, 1);
	for (size_t j = 0; j < count; j++) {
		uint32_t from = b->asked[j].from, to = b->asked[j].to;

		ss_bits_put(p->known, to, 1);
		ss_bits_put(p->alice, to, ss_bits_get(p->alice, from) ^
		    ss_bits_get(parities, j));
		ss_bits_put(p->odd, j, differ(p, from, to));
	}
	for (size_t j = 0; j < count; j++)
		if (ss_bits_get(p->odd, j))
			search(b, b->pass, b->asked[j].from, b->asked[j].to);
}

/* The parities of halves of blocks.  What is asked next goes into the same
 * array: never more than was answered. */
static void
halved(struct ss_cascade_bob *b, const uint64_t *parities, size_t count)
{
	for (size_t k = 0; k < count; k++) {
		struct ss_cascade_question q = b->asked[k];
		struct ss_cascade_pass *p = pass_of(b, q.pass);
		uint32_t end = b->ends[k];

		ss_bits_put(p->known, q.to, 1);
		ss_bits_put(p->alice, q.to, ss_bits_get(p->alice, q.from) ^
		    ss_bits_get(parities, k));
		if (differ(p, q.from, q.to))
			search(b, q.pass, q.from, q.to);
		else if (differ(p, q.to, end))
			search(b, q.pass, q.to, end);
	}
}

/* Is there another pass, or another random half? */
static int
more(struct ss_cascade_bob *b)
{
	if (b->pass < b->variant->passes)
		return 1;
	if (halves(b) && b->tail > b->before)
		b->streak = b->variant->biconf;
	else if (halves(b) && b->streak > 0)
		b->streak--;
	return b->streak > 0;
}

enum ss_cascade_state
ss_cascade_bob_answer(struct ss_cascade_bob *b, const uint64_t *parities)
{
	size_t count = b->count;

	if (b->state != SS_CASCADE_ASK)
		return b->state;
	b->disclosed += count;
	b->rounds++;
	b->count = 0;
	if (b->opening)
		opened(b, parities, count);
	else
		halved(b, parities, count);
	b->opening = 0;
	if (halves(b))
		b->head = b->tail;
	while (b->head < b->tail && b->count + b->slots <= b->max)
		look(b, b->head++);
	if (b->state == SS_CASCADE_FAILED)
		b->count = 0;
	else if (b->count == 0 && more(b))
		begin(b);
	else if (b->count == 0)
		b->state = SS_CASCADE_DONE;
	return b->state;
}

void
ss_cascade_bob_init(struct ss_cascade_bob *b, void *mem,
    const struct ss_cascade_variant *v, double qber, uint64_t *key,
    uint32_t n, const uint8_t seed[static SS_SHUFFLE_SEED])
{
	struct arena a = { mem, 0 };

	memset(b, 0, sizeof(*b));
	b->variant = v;
	b->n = n;
	b->slots = slots_of(v);
	lay_out(b, &a);
	b->key = key;
	/* blocks neither empty nor without bound; also if qber is no number */
	b->qber = qber > 0.5 ? 0.5 : qber > 0.00001 ? qber : 0.00001;
	b->streak = v->biconf;
	memcpy(b->seed, seed, sizeof(b->seed));
	ss_bits_zero(b->flipped, n);
	b->questions = b->asked;
	b->state = SS_CASCADE_ASK;
	begin(b);
}
