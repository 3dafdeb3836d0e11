/* SPDX-License-Identifier: ISC */
#ifndef SS_QKD_DICE_H
#define SS_QKD_DICE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Many random bits from one seed: the keystream of ChaCha20 (RFC 8439), as
 * operating systems do it too.  Asking the system for each of ten million
 * qubits would take longer than everything else.  Secret, like its seed.
 */
struct ss_dice {
	uint8_t key[32];
	uint64_t batch; /* the nonce of the next one */
	size_t at;      /* words used of this one */
	uint64_t words[512];
};

void ss_dice_init(struct ss_dice *d, const uint8_t seed[static 32]);
/* NULL is fine. */
void ss_dice_wipe(struct ss_dice *d);

/* 64 fair bits. */
uint64_t ss_dice_word(struct ss_dice *d);

/*
 * ss_dice_chance - 64 bits, each 1 with a probability of p / 2^32, p at most
 * 2^32.  All 64 are drawn at once: their random numbers are compared with p
 * from the top bit down, one bit of all of them in a word, until each is
 * decided, which takes about eight words.
 */
uint64_t ss_dice_chance(struct ss_dice *d, uint64_t p);
#define SS_DICE_ONE ((uint64_t)1 << 32)

/*
 * The same for many words in a row.  Where p is small, most words have no bit
 * set or few: how many is drawn first, from their binomial distribution, then
 * where.  That takes two words instead of eight.
 */
struct ss_coin {
	uint64_t p;
	int few;
	uint64_t below[64]; /* P(at most k bits), in units of 2^-64 */
};
void ss_coin_init(struct ss_coin *c, uint64_t p);
uint64_t ss_coin_toss(const struct ss_coin *c, struct ss_dice *d);

/* A number below n, which is not 0; the bias is below n / 2^64. */
uint64_t ss_dice_below(struct ss_dice *d, uint32_t n);

#endif
