/* SPDX-License-Identifier: ISC */
#ifndef SS_QKD_PHYSICS_H
#define SS_QKD_PHYSICS_H

#include "../proto/wire_qkd.h"
#include "dice.h"

/*
 * What happens to polarised photons, 64 pulses at a time.  docs/qkd.md
 *
 * A pulse is empty or has one photon, polarised at one of eight angles:
 *
 *     angle = 90 value + 45 basis + 22.5 half      degrees
 *
 * BB84 uses the four with half = 0: basis 0 is "+" (0 and 90 degrees), basis 1
 * is "x" (45 and 135).  An eavesdropper may use the basis in between (half =
 * 1), which S. Breidbart found.  A photon at angle a, measured at angle b,
 * passes with a probability of cos^2(a - b), Malus' law for single photons,
 * and is gone: what is resent is another one.
 *
 * Plane by plane, pulse i is bit i % 64 of word i / 64.
 */
#define SS_LIGHT_WORDS (SS_FRAME_PULSES / 64)

struct ss_light {
	size_t count; /* pulses; the bits behind them are zero */
	uint64_t photon[SS_LIGHT_WORDS], half[SS_LIGHT_WORDS];
	uint64_t basis[SS_LIGHT_WORDS], value[SS_LIGHT_WORDS];
};

/* What somebody writes down about the pulses of a frame. */
struct ss_notes {
	size_t count;
	uint64_t basis[SS_LIGHT_WORDS], value[SS_LIGHT_WORDS];
	uint64_t click[SS_LIGHT_WORDS]; /* something was measured; Alice: all
	                                 * that she sent */
};

/* ss_light_send - Alice: a random bit in a random basis for each pulse. */
void ss_light_send(struct ss_light *l, struct ss_notes *alice, size_t count,
    struct ss_dice *d);

/* Probabilities, in units of 2^-32. */
struct ss_fibre {
	uint64_t loss;  /* the photon does not arrive */
	uint64_t noise; /* it is depolarised: an error in half of these */
	uint64_t dark;  /* a click although nothing arrived */
};
void ss_light_channel(
    struct ss_light *l, const struct ss_fibre *f, struct ss_dice *d);

enum ss_eve { SS_EVE_INTERCEPT, SS_EVE_BREIDBART };

/*
 * ss_light_eve - measure a fraction of the photons and send on what was seen:
 * in a random basis of the two, or always in the one between them.
 */
void ss_light_eve(struct ss_light *l, struct ss_notes *eve,
    enum ss_eve strategy, uint64_t fraction, struct ss_dice *d);

/* ss_light_measure - Bob: in a random basis.  The light is gone then. */
void ss_light_measure(
    struct ss_notes *bob, struct ss_light *l, struct ss_dice *d);

/*
 * The planes of a record: bit i of a plane is bit i % 8 of byte i / 8, and
 * each plane starts on a byte.  get: SS_ERR_LENGTH if they do not have count
 * pulses; SS_ERR_FORMAT for bits behind them.
 */
size_t ss_plane_bytes(size_t count);
void ss_plane_put(uint8_t *out, const uint64_t *plane, size_t count);
SS_CHECKED enum ss_err ss_plane_get(
    uint64_t *plane, const uint8_t *in, size_t count);
size_t ss_light_put(uint8_t *out, const struct ss_light *l);
SS_CHECKED enum ss_err ss_light_get(
    struct ss_light *l, const uint8_t *in, size_t len, size_t count);

#endif
