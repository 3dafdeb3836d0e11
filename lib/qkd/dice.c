/* SPDX-License-Identifier: ISC */
#include "dice.h"
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

/* The upper half of n times a number of 64 bits, in two steps. */
uint64_t
ss_dice_below(struct ss_dice *d, uint32_t n)
{
	uint64_t w = ss_dice_word(d);

	return ((w >> 32) * n + ((w & UINT32_MAX) * n >> 32)) >> 32;
}
