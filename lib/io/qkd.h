/* SPDX-License-Identifier: ISC */
#ifndef SS_IO_QKD_H
#define SS_IO_QKD_H

#include "../proto/wire_qkd.h"
#include "../qkd/physics.h"
#include "../qkd/talk.h"
#include <stdio.h>

/* The stages of ss-qkd; each does its work and returns, or dies. */
struct ss_qkd {
	const char *stage;
	enum ss_qkd_role role; /* 0: not said */
	const char *output, *raw, *state, *auth, *key, *peer;
	const char *csv, *plot, *what, *other; /* of the sweep; files */
	int force, passphrase_fd, explain, show_secrets;
	uint64_t pulses, runs;
	uint64_t timeout_ms; /* 0: not said */
	double loss, noise, dark, fraction, sample, threshold;
	enum ss_eve strategy;
	const struct ss_cascade_variant *variant;
};

void xqkd_send(struct ss_qkd *o);
void xqkd_channel(struct ss_qkd *o);
void xqkd_eve(struct ss_qkd *o);
void xqkd_measure(struct ss_qkd *o);
void xqkd_run(struct ss_qkd *o);
void xqkd_step(struct ss_qkd *o); /* sift .. amplify */
void xqkd_secret(struct ss_qkd *o);
void xqkd_analyze(struct ss_qkd *o);
void xqkd_sweep(struct ss_qkd *o);

/* ---- raw files: what somebody wrote down about each pulse ---- */

enum ss_qkd_who { SS_RAW_ALICE = 1, SS_RAW_BOB = 2, SS_RAW_EVE = 3 };

struct ss_qkd_raw {
	uint32_t who;
	uint8_t run[SS_QKD_RUN_BYTES];
	char profile[32];
	int spent;     /* a discussion about it has begun */
	long spent_at; /* where the file says so */
	size_t pulses;
	uint64_t *click, *basis, *value; /* secret memory */
};
void xqkd_raw_load(struct ss_qkd_raw *raw, const char *path);
/*
 * xqkd_raw_spend - it says so, on the disk, when this returns.  Whoever talks
 * twice about the same bits tells what both talks tell together; and who
 * answered Bob in the first one has learnt Alice's bases in time to measure
 * the photons of the second without an error.
 */
void xqkd_raw_spend(struct ss_qkd_raw *raw, const char *path);
void ss_qkd_raw_drop(struct ss_qkd_raw *raw);

/* Written frame by frame; it appears when it is whole, mode 0600. */
struct ss_qkd_writer;
struct ss_qkd_writer *xqkd_raw_create(const char *path, int force,
    uint32_t who, const uint8_t run[static SS_QKD_RUN_BYTES]);
void xqkd_raw_add(
    struct ss_qkd_writer *w, const struct ss_notes *notes, int last);
void xqkd_raw_commit(struct ss_qkd_writer *w);

/* ---- pads for the authentication of messages ---- */

/* The file that both have a copy of.  It only ever loses pads from its front,
 * before they are used, and gains some at its end from each new key. */
struct ss_qkd_pads {
	uint8_t point[16];
	uint8_t *pads;
	size_t have;  /* pads of 16 bytes */
	uint64_t at;  /* number of the first */
	const char *path;
};
void xqkd_pads_load(struct ss_qkd_pads *p, const char *path);
/* Those below `at` are gone from the disk when this returns. */
void xqkd_pads_spend(struct ss_qkd_pads *p, uint64_t at);
void xqkd_pads_add(struct ss_qkd_pads *p, const uint8_t *in, size_t n);
void ss_qkd_pads_drop(struct ss_qkd_pads *p);

/* xqkd_lock - until this process ends; SS_ERR_BUSY if another has it. */
void xqkd_lock(const char *path);

/* ---- the words of a talk, on stderr ---- */

void ss_qkd_tell_estimate(const struct ss_talk *t);
void ss_qkd_tell_sum(const struct ss_keylen *l);
_Noreturn void ss_qkd_die(const struct ss_talk *t);
/* --explain: what the message that was just written or read has changed. */
void ss_qkd_narrate(const struct ss_talk *t);

/* The seed of this stage's dice. */
void ss_qkd_dice(struct ss_dice *d, const char *stage);
/* "32-bit fraction" of a probability */
uint64_t ss_qkd_chance(double p);

#endif
