/* SPDX-License-Identifier: ISC */
#include "physics.h"
#include <sodium.h>
#include <string.h>

/* sin^2(pi / 8), in units of 2^-32: how often a photon that is polarised
 * between two bases ends on the far side of either. */
#define FAR UINT64_C(628983398)

static size_t
words_of(size_t count)
{
	return (count + 63) / 64;
}

/* The bits that belong to pulses, in word w. */
static uint64_t
inside(size_t count, size_t w)
{
	size_t left = count - 64 * w;

	return left >= 64 ? UINT64_MAX : ((uint64_t)1 << left) - 1;
}

static uint64_t
choose(uint64_t mask, uint64_t one, uint64_t zero)
{
	return (one & mask) | (zero & ~mask);
}

void
ss_light_send(struct ss_light *l, struct ss_notes *alice, size_t count,
    struct ss_dice *d)
{
	l->count = alice->count = count;
	for (size_t w = 0; w < words_of(count); w++) {
		uint64_t in = inside(count, w);

		alice->basis[w] = l->basis[w] = ss_dice_word(d) & in;
		alice->value[w] = l->value[w] = ss_dice_word(d) & in;
		alice->click[w] = l->photon[w] = in;
		l->half[w] = 0;
	}
}

/*
 * A depolarised photon is in no state at all: whatever is measured, both
 * results are equally likely.  A random value in the basis that it had is the
 * same mixture as one in any other basis.
 */
void
ss_light_channel(
    struct ss_light *l, const struct ss_fibre *f, struct ss_dice *d)
{
	struct ss_coin loss, noise, clicks;

	ss_coin_init(&loss, f->loss);
	ss_coin_init(&noise, f->noise);
	ss_coin_init(&clicks, f->dark);
	for (size_t w = 0; w < words_of(l->count); w++) {
		uint64_t in = inside(l->count, w), mixed, dark;

		l->photon[w] &= ~ss_coin_toss(&loss, d);
		dark = ss_coin_toss(&clicks, d) & in & ~l->photon[w];
		mixed = (ss_coin_toss(&noise, d) & l->photon[w]) | dark;
		l->photon[w] |= dark;
		if (mixed)
			l->value[w] = choose(mixed, ss_dice_word(d),
			    l->value[w]);
		/* where there is no photon, there is nothing to read */
		l->value[w] &= l->photon[w];
		l->basis[w] &= l->photon[w];
		l->half[w] &= l->photon[w];
	}
}

/* Results of measuring the photons of word w in the bases b. */
static uint64_t
measured(const struct ss_light *l, size_t w, uint64_t b, struct ss_dice *d)
{
	uint64_t same = ~(l->basis[w] ^ b), half = l->half[w], near;
	/* 45 degrees away: a coin */
	uint64_t out = choose(same, l->value[w], ss_dice_word(d));

	if (!half)
		return out;
	/* 22.5 degrees away: mostly the near side.  At 67.5 degrees, the near
	 * side of basis 0 is 90 degrees, of basis 1 it is 45. */
	near = l->value[w] ^ (l->basis[w] & ~b);
	return choose(half, near ^ ss_dice_chance(d, FAR), out);
}

/* The same between the bases, at 22.5 and 112.5 degrees. */
static uint64_t
measured_between(const struct ss_light *l, size_t w, struct ss_dice *d)
{
	uint64_t near = l->value[w] ^ ss_dice_chance(d, FAR);
	/* a photon polarised like that, or at 45 degrees to it */
	uint64_t sure = choose(l->basis[w], ss_dice_word(d), l->value[w]);

	return choose(l->half[w], sure, near);
}

void
ss_light_eve(struct ss_light *l, struct ss_notes *eve, enum ss_eve strategy,
    uint64_t fraction, struct ss_dice *d)
{
	int between = strategy == SS_EVE_BREIDBART;

	eve->count = l->count;
	for (size_t w = 0; w < words_of(l->count); w++) {
		uint64_t took = ss_dice_chance(d, fraction) & l->photon[w];
		uint64_t b = between ? 0 : ss_dice_word(d);
		uint64_t seen = between ? measured_between(l, w, d) :
		    measured(l, w, b, d);

		eve->click[w] = took;
		eve->basis[w] = b & took;
		eve->value[w] = seen & took;
		l->basis[w] = choose(took, b, l->basis[w]);
		l->value[w] = choose(took, seen, l->value[w]);
		l->half[w] = choose(took, between ? UINT64_MAX : 0,
		    l->half[w]);
	}
}

void
ss_light_measure(struct ss_notes *bob, struct ss_light *l, struct ss_dice *d)
{
	bob->count = l->count;
	for (size_t w = 0; w < words_of(l->count); w++) {
		uint64_t b = ss_dice_word(d);

		bob->click[w] = l->photon[w];
		bob->basis[w] = b & l->photon[w];
		bob->value[w] = measured(l, w, b, d) & l->photon[w];
	}
	sodium_memzero(l, sizeof(*l));
}

size_t
ss_plane_bytes(size_t count)
{
	return (count + 7) / 8;
}

static void
word_put(uint8_t *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t
word_get(const uint8_t *in, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)in[i] << 8 * i;
	return v;
}

void
ss_plane_put(uint8_t *out, const uint64_t *plane, size_t count)
{
	size_t n = ss_plane_bytes(count), whole = n / 8;

	for (size_t w = 0; w < whole; w++)
		word_put(out + 8 * w, plane[w], 8);
	if (n % 8)
		word_put(out + 8 * whole, plane[whole], n % 8);
}

enum ss_err
ss_plane_get(uint64_t *plane, const uint8_t *in, size_t count)
{
	size_t n = ss_plane_bytes(count), whole = n / 8, last;

	for (size_t w = 0; w < whole; w++)
		plane[w] = word_get(in + 8 * w, 8);
	if (n % 8)
		plane[whole] = word_get(in + 8 * whole, n % 8);
	if (count == 0)
		return SS_OK;
	last = words_of(count) - 1;
	return plane[last] & ~inside(count, last) ? SS_ERR_FORMAT : SS_OK;
}

size_t
ss_light_put(uint8_t *out, const struct ss_light *l)
{
	size_t n = ss_plane_bytes(l->count);

	ss_plane_put(out, l->photon, l->count);
	ss_plane_put(out + n, l->half, l->count);
	ss_plane_put(out + 2 * n, l->basis, l->count);
	ss_plane_put(out + 3 * n, l->value, l->count);
	return 4 * n;
}

enum ss_err
ss_light_get(struct ss_light *l, const uint8_t *in, size_t len, size_t count)
{
	size_t n = ss_plane_bytes(count);
	enum ss_err e;

	if (count > SS_FRAME_PULSES || len != 4 * n)
		return SS_ERR_LENGTH;
	l->count = count;
	if ((e = ss_plane_get(l->photon, in, count)) != SS_OK ||
	    (e = ss_plane_get(l->half, in + n, count)) != SS_OK ||
	    (e = ss_plane_get(l->basis, in + 2 * n, count)) != SS_OK ||
	    (e = ss_plane_get(l->value, in + 3 * n, count)) != SS_OK)
		return e;
	/* an empty pulse has no polarisation */
	for (size_t w = 0; w < words_of(count); w++)
		if ((l->half[w] | l->basis[w] | l->value[w]) & ~l->photon[w])
			return SS_ERR_FORMAT;
	return SS_OK;
}
