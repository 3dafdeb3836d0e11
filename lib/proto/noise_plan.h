/* SPDX-License-Identifier: ISC */
#ifndef SS_NOISE_PLAN_H
#define SS_NOISE_PLAN_H

#include "aead.h"
#include "wire.h"

/*
 * What a Noise handshake consists of, before any key is there: patterns,
 * their modifiers, and the tokens of each message.
 */
#define SS_NOISE_MESSAGE_MAX  65535
#define SS_NOISE_TOKENS_MAX   8 /* tokens in one message, psk included */
#define SS_NOISE_MESSAGES_MAX 4
#define SS_NOISE_PSKS_MAX     4 /* psk0 .. psk3 */

enum ss_noise_token {
	SS_NOISE_END = 0,
	SS_NOISE_E,
	SS_NOISE_S,
	SS_NOISE_EE,
	SS_NOISE_ES,
	SS_NOISE_SE,
	SS_NOISE_SS,
	SS_NOISE_PSK,
};

/*
 * A pattern as the specification writes it (sections 7.4, 7.5 and 18.1):
 * "-> s\n<- s\n...\n-> e, es, ss\n<- e, ee, se".
 */
struct ss_noise_pattern {
	uint8_t number; /* in a suite; never changes */
	const char *name;
	const char *text;
};
extern const struct ss_noise_pattern ss_noise_patterns[]; /* name NULL ends */
/* ss_noise_token_name - "es"; NULL for END. */
const char *ss_noise_token_name(int token);

/*
 * A suite: pattern number in the high byte; in the low byte bits 0-3 the
 * AEAD (enum ss_aead_id), bits 4-7 psk0 .. psk3.
 */
#define SS_NOISE_SUITE(number, psks, aead)                   \
	((uint16_t)((unsigned)(number) << 8 |                \
	    (unsigned)(psks) << 4 | (unsigned)(aead)))

/*
 * struct ss_noise_plan - a pattern with its modifiers, compiled: what each
 * message consists of.  Message 0 is the initiator's.
 */
struct ss_noise_plan {
	char name[64];       /* "Noise_KKpsk0_25519_ChaChaPoly_SHA256" */
	enum ss_aead_id aead;
	uint8_t pre[2];      /* pre-message s of initiator, responder: 0 or 1 */
	uint8_t sends[2];    /* the side sends its s inside a message */
	uint8_t npsks, one_way;
	size_t nmessages;
	uint8_t tokens[SS_NOISE_MESSAGES_MAX][SS_NOISE_TOKENS_MAX];
};

/*
 * ss_noise_plan - compile a suite.  SS_OK; SS_ERR_SUITE if there is no such
 * pattern, modifier or AEAD (a psk modifier past the last message).
 */
SS_CHECKED enum ss_err ss_noise_plan(
    struct ss_noise_plan *plan, uint16_t suite);

/*
 * ss_noise_suite - the suite of "KK", "IKpsk2", "NNpsk0+psk2" (modifiers in
 * ascending order, section 8).  ss_noise_variant - the reverse.  SS_ERR_SUITE.
 */
SS_CHECKED enum ss_err ss_noise_suite(
    uint16_t *suite, const char *variant, enum ss_aead_id aead);
SS_CHECKED enum ss_err ss_noise_variant(
    char *out, size_t size, uint16_t suite);

/*
 * ss_noise_walk - the fields of one Noise message, found by walking the same
 * tokens as the handshake: e 32; s 32, or 48 with its tag; payload, and its
 * tag once there is a key.  Spans tile the message; offsets count from base.
 *
 * SS_OK; SS_ERR_SUITE; SS_ERR_SEQUENCE if the pattern has no such message;
 * SS_ERR_TRUNCATED.
 */
SS_CHECKED enum ss_err ss_noise_walk(struct ss_span *spans, size_t *n,
    size_t max, uint16_t suite, size_t message, size_t msglen, size_t base);

/* Every field that it can find. */
#define SS_NOISE_ROWS 6
extern const struct ss_field ss_noise_rows[SS_NOISE_ROWS];

#endif
