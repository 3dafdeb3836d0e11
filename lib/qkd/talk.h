/* SPDX-License-Identifier: ISC */
#ifndef SS_QKD_TALK_H
#define SS_QKD_TALK_H

#include "../proto/identity.h"
#include "../proto/wire_qkd.h"
#include "bits.h"
#include "cascade.h"
#include "dice.h"
#include "keylen.h"
#include <sodium.h>

/*
 * The public discussion of Alice and Bob after the light has gone, as a
 * function of what each of them has and what each is told: sifting, the
 * estimate, reconciliation, verification, privacy amplification.
 *                                                  docs/protocol.md, 15
 *
 * They speak in turns, one or more records each.  Every record counts its
 * step; those that end a turn, except for the many small ones of Cascade,
 * carry a proof over everything that was said so far by both.  So a message
 * that was changed, lost, doubled or moved leaves them with two different
 * discussions, and nobody with a key.
 */
enum ss_talk_auth_method {
	SS_TALK_OPEN,   /* LAB: nobody proves anything */
	SS_TALK_PADS,   /* Wegman and Carter, from a shared key */
	SS_TALK_SIGNED, /* Ed25519, by identity keys */
};

#define SS_TALK_TAGS 10 /* proofs in one discussion, of both sides */
#define SS_TALK_PADS_BYTES (16 * SS_TALK_TAGS)
#define SS_TALK_SAMPLE_MIN 256
#define SS_TALK_KEY_MIN    256 /* bits; a shorter key is no key */

struct ss_talk_auth {
	enum ss_talk_auth_method method;
	/* PADS: a secret point, and pads, the first of which has the number
	 * `at`; each is used once, in all discussions together */
	const uint8_t *point, *pads;
	size_t npads; /* of 16 bytes */
	uint64_t at;
	/* SIGNED */
	const struct ss_identity *self;
	const struct ss_public *peer;
};

struct ss_talk_config {
	enum ss_qkd_role role;
	const char *profile; /* "" outside the lab */
	int keep_sample;     /* LAB: leave the sample in the key */
	struct ss_talk_auth auth;
	const struct ss_cascade_variant *variant; /* Alice chooses */
	double sample;       /* fraction of the sifted bits; Bob chooses */
	double threshold;    /* above this error rate: no key */
	double eps_sec, eps_cor;
	uint8_t run[SS_QKD_RUN_BYTES];
	/* what was written down about the pulses; Alice: click is not used */
	size_t pulses;
	const uint64_t *click, *basis, *value;
	uint8_t entropy[32]; /* fresh for each discussion; secret */
	/* zeroed memory that lives as long as the talk, and is wiped then */
	void *(*room)(void *arg, size_t bytes);
	void *arg;
};

enum ss_talk_turn {
	SS_TALK_WRITE,  /* ss_talk_write */
	SS_TALK_READ,   /* ss_talk_read */
	SS_TALK_SETTLE, /* is there more? wait a moment, then ss_talk_quiet */
	SS_TALK_LINGER, /* Bob has nothing to say; if Alice leaves without an
	                 * abort, she has the key: ss_talk_quiet */
	SS_TALK_DONE,   /* the key may be kept */
	SS_TALK_DEAD,   /* t->error says why */
};

/* What comes next, in the order of the discussion. */
enum ss_talk_phase {
	SS_TALK_BASES, SS_TALK_SIFT, SS_TALK_SAMPLE, SS_TALK_REVEAL,
	SS_TALK_ESTIMATE, SS_TALK_ASK, SS_TALK_ANSWER, SS_TALK_VERIFY,
	SS_TALK_VERIFIED, SS_TALK_AMPLIFY, SS_TALK_CONFIRM_BOB,
	SS_TALK_CONFIRM_ALICE, SS_TALK_CONFIRM_LAST, SS_TALK_END,
};

struct ss_talk {
	/* results, for reading */
	size_t sifted, sample, errors, n; /* bits; n: to be reconciled */
	double qber, low, high;           /* of the sample; 95 % interval */
	uint64_t disclosed, corrected, rounds;
	struct ss_keylen sum;             /* how the length was calculated */
	uint64_t *key;                    /* DONE: sum.length bits */
	enum ss_err error;
	int by_peer;                      /* it was the peer who gave up */
	uint64_t pads_at;                 /* the first pad not used up */

	struct ss_talk_config c;
	enum ss_talk_phase phase;
	int settled, aborting;
	uint32_t step;
	size_t done;        /* bits of this phase that are through */
	struct ss_dice dice;
	crypto_onetimeauth_poly1305_state poly;
	crypto_hash_sha256_state sha;
	uint64_t pad;       /* number of the next one */
	int pads_agreed;
	uint64_t *peer_click, *peer_basis, *same;
	uint64_t *raw;      /* sifted bits, then without the sample */
	uint64_t *mask, *shown, *matrix, *answers;
	uint8_t seed[32];
	const struct ss_cascade_variant *variant;
	struct ss_cascade_alice alice;
	struct ss_cascade_bob bob;
	uint8_t *piece;     /* the body that is being made */
};

/*
 * ss_talk_begin - SS_OK; SS_ERR_USAGE if the authentication lacks a key;
 * SS_ERR_SPENT if there are not enough pads; SS_ERR_SYSTEM without memory.
 */
SS_CHECKED enum ss_err ss_talk_begin(
    struct ss_talk *t, const struct ss_talk_config *c);
/* NULL is fine; memory from `room` is the caller's to wipe. */
void ss_talk_wipe(struct ss_talk *t);

enum ss_talk_turn ss_talk_turn(const struct ss_talk *t);

/*
 * ss_talk_write - our next record, appended to b; after an error of ours the
 * last one, which says so to the peer.  pads_at must be on disk before it
 * leaves.  SS_OK, or t->error: then there may be a last record to write.
 */
enum ss_err ss_talk_write(struct ss_buf *b, struct ss_talk *t);

/*
 * ss_talk_read - the peer's next record.  Every error is final:
 * SS_ERR_AUTH, SS_ERR_SEQUENCE, SS_ERR_FOREIGN, SS_ERR_REFLECTED, SS_ERR_LAB,
 * SS_ERR_FORMAT, SS_ERR_LENGTH; SS_ERR_NOISY above the threshold;
 * SS_ERR_DIFFER; what the peer gave up for, with by_peer set.
 */
enum ss_err ss_talk_read(
    struct ss_talk *t, const uint8_t *rec, size_t len);

void ss_talk_quiet(struct ss_talk *t);
/* ss_talk_fail - something outside failed: a cut record, the end of input. */
void ss_talk_fail(struct ss_talk *t, enum ss_err e);

/* ss_talk_stage - which stage of ss-qkd makes the next message of ours. */
const char *ss_talk_stage(const struct ss_talk *t);

#endif
