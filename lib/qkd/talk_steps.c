/* SPDX-License-Identifier: ISC */
/* What is said, step by step.                 docs/protocol.md, 15.4 - 15.9 */
#include "poly.h"
#include "talk_in.h"
#include "toeplitz.h"
#include <string.h>

/* A piece of a bit string as the body of our message. */
static void
put_piece(struct ss_qkd_msg *m, struct ss_talk *t, const uint64_t *bits,
    size_t total)
{
	size_t n = total - t->done;

	if (n > SS_TALK_PIECE)
		n = SS_TALK_PIECE;
	m->first = t->done;
	m->count = (uint32_t)n;
	ss_bits_to_bytes(t->piece, bits + t->done / 64, n);
	m->body = (struct ss_bytes){ t->piece, ss_bits_bytes(n) };
	t->done += n;
	if (t->done == total)
		m->flags |= SS_QKD_OVER;
}

/* Bits behind the last one, in its byte, must be zero: one form only. */
static int
tidy(const uint8_t *in, size_t bits)
{
	return bits % 8 == 0 || in[bits / 8] >> bits % 8 == 0;
}

/* The place of a piece: pieces come in order and make up the whole. */
static enum ss_err
check_piece(struct ss_talk *t, const struct ss_qkd_msg *m, size_t total,
    size_t planes)
{
	size_t n = m->count;
	int last = m->first + n == total;

	if (m->first != t->done)
		return SS_ERR_SEQUENCE;
	if (n == 0 || n > SS_TALK_PIECE || n > total - t->done ||
	    m->body.len != planes * ss_bits_bytes(n))
		return SS_ERR_LENGTH;
	if (last != (m->flags & SS_QKD_OVER) || (!last && n % 64))
		return SS_ERR_FORMAT;
	for (size_t i = 0; i < planes; i++)
		if (!tidy(m->body.at + i * ss_bits_bytes(n), n))
			return SS_ERR_FORMAT;
	return SS_OK;
}

static enum ss_err
take_piece(uint64_t *bits, struct ss_talk *t, const struct ss_qkd_msg *m,
    size_t total)
{
	enum ss_err e = check_piece(t, m, total, 1);

	if (e == SS_OK) {
		ss_bits_from_bytes(bits + t->done / 64, m->body.at, m->count);
		t->done += m->count;
	}
	return e;
}

/* The seeds that we tell. */
static void
draw(struct ss_talk *t, void *out, size_t n)
{
	uint8_t *at = out;

	for (size_t i = 0; i < n; i += 8) {
		uint64_t w = ss_dice_word(&t->dice);

		for (size_t k = 0; k < 8 && i + k < n; k++)
			at[i + k] = (uint8_t)(w >> 8 * k);
	}
}

/* ---- sifting: bases, then which of them were the same ---- */

static void
make_bases(struct ss_qkd_msg *m, struct ss_talk *t)
{
	size_t n = t->c.pulses - t->done, bytes;

	if (n > SS_FRAME_PULSES)
		n = SS_FRAME_PULSES;
	bytes = ss_bits_bytes(n);
	m->first = t->done;
	m->count = (uint32_t)n;
	ss_bits_to_bytes(t->piece, t->c.click + t->done / 64, n);
	ss_bits_to_bytes(t->piece + bytes, t->c.basis + t->done / 64, n);
	m->body = (struct ss_bytes){ t->piece, 2 * bytes };
	t->done += n;
	if (t->done == t->c.pulses)
		m->flags |= SS_QKD_OVER;
}

static enum ss_err
sifted(struct ss_talk *t)
{
	t->n = t->sifted = ss_bits_select(
	    t->raw, t->c.value, t->same, t->c.pulses);
	return t->sifted < 2 * SS_TALK_SAMPLE_MIN ||
	    t->sifted > SS_CASCADE_MAX ? SS_ERR_LENGTH : SS_OK;
}

static enum ss_err
take_bases(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	size_t words = ss_bits_words(t->c.pulses);
	enum ss_err e = check_piece(t, m, t->c.pulses, 2);

	if (e != SS_OK)
		return e;
	ss_bits_from_bytes(t->peer_click + t->done / 64, m->body.at, m->count);
	ss_bits_from_bytes(t->peer_basis + t->done / 64,
	    m->body.at + ss_bits_bytes(m->count), m->count);
	t->done += m->count;
	if (!(m->flags & SS_QKD_OVER))
		return SS_OK;
	for (size_t w = 0; w < words; w++) {
		if (t->peer_basis[w] & ~t->peer_click[w])
			return SS_ERR_FORMAT;
		t->same[w] = t->peer_click[w] &
		    ~(t->peer_basis[w] ^ t->c.basis[w]);
	}
	return SS_OK;
}

static enum ss_err
make_sift(struct ss_qkd_msg *m, struct ss_talk *t)
{
	enum ss_err e = t->done ? SS_OK : sifted(t);

	if (e == SS_OK)
		put_piece(m, t, t->same, t->c.pulses);
	return e;
}

static enum ss_err
take_sift(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	enum ss_err e = take_piece(t->same, t, m, t->c.pulses);

	if (e != SS_OK || !(m->flags & SS_QKD_OVER))
		return e;
	for (size_t w = 0; w < ss_bits_words(t->c.pulses); w++)
		if (t->same[w] & ~t->c.click[w])
			return SS_ERR_FORMAT;
	return sifted(t);
}

/* ---- the estimate: a sample, compared in public and thrown away ---- */

/* Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S: every set of
 * that size is equally likely. */
static enum ss_err
choose_sample(struct ss_talk *t)
{
	size_t want = t->sample, n = t->sifted;
	struct ss_dice d;

	t->mask = t->c.room(t->c.arg, 8 * ss_bits_words(n));
	t->shown = t->c.room(t->c.arg, 8 * ss_bits_words(n));
	if (!t->mask || !t->shown)
		return SS_ERR_SYSTEM;
	ss_dice_init(&d, t->seed);
	for (size_t i = 0; i < n && want; i++) {
		if (ss_dice_below(&d, (uint32_t)(n - i)) < want) {
			ss_bits_put(t->mask, i, 1);
			want--;
		}
	}
	return SS_OK;
}

/* What was shown is no secret any more.  LAB keep-sample: it stays. */
static void
discard_sample(struct ss_talk *t)
{
	size_t words = ss_bits_words(t->sifted);

	if (t->c.keep_sample)
		return;
	for (size_t w = 0; w < words; w++)
		t->mask[w] = ~t->mask[w];
	t->mask[words - 1] &= ss_bits_tail(t->sifted);
	t->n = ss_bits_select(t->raw, t->raw, t->mask, t->sifted);
}

static enum ss_err
make_sample(struct ss_qkd_msg *m, struct ss_talk *t)
{
	double want = t->c.sample * (double)t->sifted;
	enum ss_err e;

	t->sample = want < SS_TALK_SAMPLE_MIN ? SS_TALK_SAMPLE_MIN :
	    (size_t)want;
	draw(t, t->seed, sizeof(t->seed));
	if ((e = choose_sample(t)) != SS_OK)
		return e;
	ss_bits_select(t->shown, t->raw, t->mask, t->sifted);
	discard_sample(t);
	m->size = t->sample;
	memcpy(m->seed, t->seed, sizeof(m->seed));
	return SS_OK;
}

static enum ss_err
take_sample(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	if (m->size < SS_TALK_SAMPLE_MIN || m->size >= t->sifted)
		return SS_ERR_LENGTH;
	t->sample = (size_t)m->size;
	memcpy(t->seed, m->seed, sizeof(t->seed));
	return choose_sample(t);
}

static enum ss_err
take_reveal(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	enum ss_err e = take_piece(t->shown, t, m, t->sample);
	uint64_t *ours = t->peer_basis; /* of no more use */

	if (e != SS_OK || !(m->flags & SS_QKD_OVER))
		return e;
	ss_bits_select(ours, t->raw, t->mask, t->sifted);
	t->errors = ss_bits_distance(ours, t->shown, t->sample);
	discard_sample(t);
	return SS_OK;
}

static void
judge(struct ss_talk *t)
{
	t->qber = (double)t->errors / (double)t->sample;
	ss_keylen_interval(&t->low, &t->high, t->errors, t->sample, 0.05);
}

/* In millionths; no errors in the sample do not mean none in the rest. */
static uint32_t
rate_of(const struct ss_talk *t)
{
	double r = t->errors ? t->qber : 0.5 / (double)t->sample;

	return r < 1e-6 ? 1 : (uint32_t)(1e6 * r + 0.5);
}

static enum ss_err
make_estimate(struct ss_qkd_msg *m, struct ss_talk *t)
{
	void *mem = t->c.room(t->c.arg,
	    ss_cascade_alice_bytes(t->variant, (uint32_t)t->n));

	t->answers = t->c.room(t->c.arg, t->n / 8 + 1024);
	if (!mem || !t->answers)
		return SS_ERR_SYSTEM;
	judge(t);
	draw(t, t->seed, sizeof(t->seed));
	ss_cascade_alice_init(&t->alice, mem, t->variant, t->raw,
	    (uint32_t)t->n, t->seed);
	m->size = t->errors;
	m->variant = (uint8_t)(t->variant - ss_cascade_variants);
	m->rate = rate_of(t);
	memcpy(m->seed, t->seed, sizeof(m->seed));
	m->flags = SS_QKD_OVER;
	return SS_OK;
}

static enum ss_err
take_estimate(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	double rate = m->rate / 1e6;
	size_t known = 0;
	void *mem;

	while (ss_cascade_variants[known].name)
		known++;
	if (m->size > t->sample || m->variant >= known || m->rate == 0 ||
	    m->rate > 1000000 || !(m->flags & SS_QKD_OVER))
		return SS_ERR_FORMAT;
	t->errors = (size_t)m->size;
	judge(t);
	if (t->qber > t->c.threshold)
		return SS_ERR_NOISY;
	t->variant = &ss_cascade_variants[m->variant];
	mem = t->c.room(t->c.arg,
	    ss_cascade_bob_bytes(t->variant, (uint32_t)t->n));
	t->answers = t->c.room(t->c.arg, t->n / 8 + 1024);
	if (!mem || !t->answers)
		return SS_ERR_SYSTEM;
	ss_cascade_bob_init(&t->bob, mem, t->variant, rate, t->raw,
	    (uint32_t)t->n, m->seed);
	return SS_OK;
}

/* ---- reconciliation: Cascade's questions and answers ---- */

static size_t
answers_max(const struct ss_talk *t)
{
	return t->n + 8 * 1024 - 64;
}

static enum ss_err
make_ask(struct ss_qkd_msg *m, struct ss_talk *t)
{
	size_t n = t->bob.count - t->done;

	if (t->bob.state == SS_CASCADE_FAILED || t->bob.count > answers_max(t))
		return SS_ERR_AUTH;
	if (t->bob.state == SS_CASCADE_DONE) {
		m->kind = SS_QKD_DONE;
		m->flags = SS_QKD_OVER;
		m->size = t->disclosed = t->bob.disclosed;
		t->corrected = t->bob.corrected;
		t->rounds = t->bob.rounds;
		return SS_OK;
	}
	if (n > SS_TALK_QUESTIONS)
		n = SS_TALK_QUESTIONS;
	for (size_t i = 0; i < n; i++) {
		const struct ss_cascade_question *q =
		    &t->bob.questions[t->done + i];

		ss_put32(t->piece + 12 * i, q->pass);
		ss_put32(t->piece + 12 * i + 4, q->from);
		ss_put32(t->piece + 12 * i + 8, q->to);
	}
	m->body = (struct ss_bytes){ t->piece, 12 * n };
	t->done += n;
	if (t->done == t->bob.count)
		m->flags |= SS_QKD_OVER;
	return SS_OK;
}

static enum ss_err
take_done(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	if (!(m->flags & SS_QKD_OVER) || m->size != t->alice.disclosed)
		return SS_ERR_SEQUENCE;
	t->disclosed = t->alice.disclosed;
	return SS_OK;
}

/* She answers piece by piece, and says it all when her turn comes. */
static enum ss_err
take_ask(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	struct ss_cascade_question q[SS_TALK_QUESTIONS / 16];
	uint64_t bits[SS_TALK_QUESTIONS / 16 / 64];
	size_t n = m->body.len / 12, max = sizeof(q) / sizeof(q[0]);

	if (m->kind == SS_QKD_DONE)
		return take_done(t, m);
	if (n == 0 || m->body.len % 12 || n > SS_TALK_QUESTIONS ||
	    n > answers_max(t) - t->done)
		return SS_ERR_LENGTH;
	for (size_t at = 0; at < n; at += max) {
		size_t some = n - at < max ? n - at : max;

		for (size_t i = 0; i < some; i++) {
			const uint8_t *in = m->body.at + 12 * (at + i);

			q[i] = (struct ss_cascade_question){ ss_get32(in),
				ss_get32(in + 4), ss_get32(in + 8) };
		}
		if (ss_cascade_alice_answer(&t->alice, bits, q, some) < 0)
			return SS_ERR_FORMAT;
		ss_bits_copy(t->answers, t->done, bits, 0, some);
		t->done += some;
	}
	/* nothing would be left: whoever asks on is not after a key */
	if (t->alice.disclosed >= t->n)
		return SS_ERR_NOISY;
	if (m->flags & SS_QKD_OVER) {
		t->bob.count = t->done; /* what she owes */
		/* an earlier, longer answer may lie behind it */
		t->answers[(t->done - 1) / 64] &= ss_bits_tail(t->done);
		t->rounds++;
	}
	return SS_OK;
}

static enum ss_err
take_answer(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	size_t n = t->bob.count - t->done;
	int last;

	if (n > SS_TALK_PIECE)
		n = SS_TALK_PIECE;
	last = t->done + n == t->bob.count;
	if (m->body.len != ss_bits_bytes(n))
		return SS_ERR_LENGTH;
	if (last != (m->flags & SS_QKD_OVER) || !tidy(m->body.at, n))
		return SS_ERR_FORMAT;
	ss_bits_from_bytes(t->answers + t->done / 64, m->body.at, n);
	t->done += n;
	if (last && ss_cascade_bob_answer(&t->bob, t->answers) ==
	    SS_CASCADE_FAILED)
		return SS_ERR_AUTH;
	return SS_OK;
}

/* ---- verification ---- */

static enum ss_err
hash_of(uint8_t hash[static 16], struct ss_talk *t,
    const uint8_t point[static 16])
{
	size_t bytes = ss_bits_bytes(t->n);
	uint8_t *text = t->c.room(t->c.arg, bytes);

	if (!text)
		return SS_ERR_SYSTEM;
	ss_bits_to_bytes(text, t->raw, t->n);
	ss_poly_hash(hash, text, bytes, point);
	sodium_memzero(text, bytes);
	return SS_OK;
}

static enum ss_err
make_verify(struct ss_qkd_msg *m, struct ss_talk *t)
{
	draw(t, m->seed, SS_POLY_POINT);
	m->flags = SS_QKD_OVER;
	return hash_of(m->hash, t, m->seed);
}

static enum ss_err
take_verify(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	uint8_t hash[SS_POLY_TAG];
	enum ss_err e = hash_of(hash, t, m->seed);

	if (e == SS_OK && sodium_memcmp(hash, m->hash, sizeof(hash)) != 0)
		e = SS_ERR_DIFFER;
	if (e == SS_OK && !(m->flags & SS_QKD_OVER))
		e = SS_ERR_FORMAT;
	return e;
}

/* ---- privacy amplification ---- */

static enum ss_err
calculate(struct ss_talk *t)
{
	t->sum = (struct ss_keylen){ .n = t->n, .k = t->sample,
		.leaked = t->disclosed, .tag_bits = SS_POLY_BITS,
		.qber = t->qber, .quality = 1, .eps_sec = t->c.eps_sec,
		.eps_cor = t->c.eps_cor };
	return ss_keylen(&t->sum) < SS_TALK_KEY_MIN ? SS_ERR_NOISY : SS_OK;
}

static enum ss_err
matrix(struct ss_talk *t, size_t length)
{
	size_t bits = ss_toeplitz_seed(t->n, length);

	if (bits > SS_TOEPLITZ_MAX)
		return SS_ERR_LENGTH;
	t->matrix = t->c.room(t->c.arg, 8 * ss_bits_words(bits));
	return t->matrix ? SS_OK : SS_ERR_SYSTEM;
}

static enum ss_err
amplify(struct ss_talk *t)
{
	size_t m = (size_t)t->sum.length;
	void *work = t->c.room(t->c.arg, ss_toeplitz_work(t->n, m));

	t->key = t->c.room(t->c.arg, 8 * ss_bits_words(m));
	if (!work || !t->key)
		return SS_ERR_SYSTEM;
	ss_toeplitz(t->key, m, t->raw, t->n, t->matrix, work);
	sodium_memzero(work, ss_toeplitz_work(t->n, m));
	return SS_OK;
}

static enum ss_err
make_amplify(struct ss_qkd_msg *m, struct ss_talk *t)
{
	enum ss_err e = SS_OK;
	size_t bits;

	if (t->done == 0) {
		if ((e = calculate(t)) != SS_OK ||
		    (e = matrix(t, (size_t)t->sum.length)) != SS_OK)
			return e;
		bits = ss_toeplitz_seed(t->n, (size_t)t->sum.length);
		for (size_t w = 0; w < ss_bits_words(bits); w++)
			t->matrix[w] = ss_dice_word(&t->dice);
		t->matrix[ss_bits_words(bits) - 1] &= ss_bits_tail(bits);
	}
	m->size = t->sum.length;
	put_piece(m, t, t->matrix,
	    ss_toeplitz_seed(t->n, (size_t)t->sum.length));
	return m->flags & SS_QKD_OVER ? amplify(t) : SS_OK;
}

/* Bob calculates for himself; a bit more or less is rounding. */
static enum ss_err
take_amplify(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	enum ss_err e;

	if (t->done == 0) {
		if ((e = calculate(t)) != SS_OK)
			return e;
		if (m->size == 0 || m->size > t->sum.length + 1)
			return SS_ERR_LENGTH;
		t->sum.length = m->size;
		if ((e = matrix(t, (size_t)m->size)) != SS_OK)
			return e;
	}
	if (m->size != t->sum.length)
		return SS_ERR_FORMAT;
	e = take_piece(t->matrix, t, m,
	    ss_toeplitz_seed(t->n, (size_t)t->sum.length));
	return e == SS_OK && m->flags & SS_QKD_OVER ? amplify(t) : e;
}

enum ss_err
ss_talk_make(struct ss_qkd_msg *m, struct ss_talk *t)
{
	switch ((enum ss_qkd_kind)m->kind) {
	case SS_QKD_BASES: make_bases(m, t); return SS_OK;
	case SS_QKD_SIFT: return make_sift(m, t);
	case SS_QKD_SAMPLE: return make_sample(m, t);
	case SS_QKD_REVEAL: put_piece(m, t, t->shown, t->sample); return SS_OK;
	case SS_QKD_ESTIMATE: return make_estimate(m, t);
	case SS_QKD_ASK: return make_ask(m, t);
	case SS_QKD_ANSWER: put_piece(m, t, t->answers, t->bob.count);
		return SS_OK;
	case SS_QKD_VERIFY: return make_verify(m, t);
	case SS_QKD_AMPLIFY: return make_amplify(m, t);
	case SS_QKD_CONFIRM: m->size = t->sum.length; break;
	case SS_QKD_VERIFIED:
	case SS_QKD_DONE:
	case SS_QKD_ABORT: break;
	}
	m->flags = SS_QKD_OVER;
	return SS_OK;
}

enum ss_err
ss_talk_take(struct ss_talk *t, const struct ss_qkd_msg *m)
{
	switch ((enum ss_qkd_kind)m->kind) {
	case SS_QKD_BASES: return take_bases(t, m);
	case SS_QKD_SIFT: return take_sift(t, m);
	case SS_QKD_SAMPLE: return m->flags ? SS_ERR_FORMAT :
	    take_sample(t, m);
	case SS_QKD_REVEAL: return take_reveal(t, m);
	case SS_QKD_ESTIMATE: return take_estimate(t, m);
	case SS_QKD_ASK:
	case SS_QKD_DONE: return take_ask(t, m);
	case SS_QKD_ANSWER: return take_answer(t, m);
	case SS_QKD_VERIFY: return take_verify(t, m);
	case SS_QKD_AMPLIFY: return take_amplify(t, m);
	case SS_QKD_CONFIRM: return m->size != t->sum.length ||
	    !(m->flags & SS_QKD_OVER) ? SS_ERR_FORMAT : SS_OK;
	case SS_QKD_VERIFIED: return m->flags & SS_QKD_OVER ? SS_OK :
	    SS_ERR_FORMAT;
	case SS_QKD_ABORT: break;
	}
	return SS_ERR_FORMAT;
}
