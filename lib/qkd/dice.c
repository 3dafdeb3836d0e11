/* SPDX-License-Identifier: ISC */
#include "dice.h"
#include <math.h>
#include <sodium.h>
#include <string.h>

#define WORDS (sizeof(((struct ss_dice *)0)->words) / sizeof(uint64_t))

void
ss_dice_init(struct ss_dice *d, const uint8_t seed[static 32])
{
	memset(d, 0, sizeof(*d));
	memcpy(d->key, seed, sizeof(d->key));
	d->at = WORDS;
}

void
ss_dice_wipe(struct ss_dice *d)
{
	if (d)
		sodium_memzero(d, sizeof(*d));
}

/* Little-endian on every machine, so that a seed means the same on all. */
static void
refill(struct ss_dice *d)
{
	uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
	uint8_t *bytes = (uint8_t *)d->words;

	for (size_t i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(d->batch >> 8 * i);
	crypto_stream_chacha20(bytes, sizeof(d->words), nonce, d->key);
	for (size_t i = 0; i < WORDS; i++) {
		const uint8_t *b = bytes + 8 * i;
		uint64_t w = 0;

		for (size_t k = 0; k < 8; k++)
			w |= (uint64_t)b[k] << 8 * k;
		d->words[i] = w;
	}
	d->batch++;
	d->at = 0;
}

uint64_t
ss_dice_word(struct ss_dice *d)
{
	if (d->at == WORDS)
		refill(d);
	return d->words[d->at++];
}

uint64_t
ss_dice_chance(struct ss_dice *d, uint64_t p)
{
	uint64_t open = UINT64_MAX, below = 0;

	if (p >= SS_DICE_ONE)
		return UINT64_MAX;
	/* once the rest of p is zero, no number can be below it any more */
	for (p <<= 32; p && open; p <<= 1) {
		uint64_t w = ss_dice_word(d);

		if (p >> 63) {
			below |= open & ~w;
			open &= w;
		} else {
			open &= ~w;
		}
	}
	return below;
}

#define FEW (SS_DICE_ONE / 6) /* from there on the other way is faster */

void
ss_coin_init(struct ss_coin *c, uint64_t p)
{
	double q = (double)p / (double)SS_DICE_ONE;
	double term = exp(64 * log1p(-q)), sum = term;

	*c = (struct ss_coin){ .p = p, .few = p <= FEW };
	for (int k = 0; c->few && k < 64; k++) {
		/* a double below 1 is at most 1 - 2^-53 */
		c->below[k] = sum < 1 ?
		    (uint64_t)(sum * 18446744073709551616.0) : UINT64_MAX;
		term *= (double)(64 - k) / (k + 1) * q / (1 - q);
		sum += term;
	}
}

uint64_t
ss_coin_toss(const struct ss_coin *c, struct ss_dice *d)
{
	uint64_t out = 0, where = 0, u;
	int left = 0, fresh = 0;

	if (!c->few)
		return ss_dice_chance(d, c->p);
	if (c->p == 0)
		return 0;
	u = ss_dice_word(d);
	while (left < 64 && u >= c->below[left])
		left++;
	while (left > 0) { /* so many different places, six bits each */
		uint64_t bit;

		if (fresh == 0) {
			where = ss_dice_word(d);
			fresh = 10;
		}
		bit = (uint64_t)1 << (where & 63);
		where >>= 6;
		fresh--;
		left -= !(out & bit);
		out |= bit;
	}
	return out;
}

/* The upper half of n times a number of 64 bits, in two steps. */
uint64_t
ss_dice_below(struct ss_dice *d, uint32_t n)
{
	uint64_t w = ss_dice_word(d);

	return ((w >> 32) * n + ((w & UINT32_MAX) * n >> 32)) >> 32;
}
