/* SPDX-License-Identifier: ISC */
#ifndef SS_HANDSHAKE_H
#define SS_HANDSHAKE_H

#include "family.h"
#include "prekeys.h"
#include "session.h"

/*
 * Key agreement.  A family (family.h) says what its messages
 * are; this is what is the same for all: handshake records, whose turn it is,
 * run ids, steps, and the prologue that binds them.  docs/protocol.md, 5.4
 */
#define SS_RUN_BYTES            8
#define SS_HANDSHAKE_FIXED      (SS_HEADER_BYTES + 1 + 2 + 1 + 8 + 1)
#define SS_HANDSHAKE_RECORD_MAX (SS_HANDSHAKE_FIXED + 65535)
#define SS_HANDSHAKE_STEPS_MAX  8
/* handshake flags */
#define SS_HS_MODE 0x03 /* enum ss_mode of the session */

/* A handshake record, as ss_wire_get reads it. */
struct ss_handshake_record {
	uint8_t lab; /* the LAB bit */
	uint8_t family;
	uint16_t suite;
	uint8_t flags;
	uint8_t run[SS_RUN_BYTES];
	uint8_t step;
	struct ss_bytes message;
};

/* What a side brings to a handshake.  Pointers stay the caller's. */
struct ss_handshake_config {
	int initiator;
	uint16_t suite;
	uint8_t mode;
	const char *profile;             /* "" outside the lab */
	const struct ss_identity *self;  /* NULL: anonymous */
	const struct ss_public *peer;    /* NULL: not known beforehand */
	const uint8_t (*psks)[32];
	size_t npsks;
	const struct ss_bundle *bundle;   /* the peer's prekeys, or NULL */
	const struct ss_prekeys *prekeys; /* ours, or NULL */
	int require_one_time;             /* a one-time prekey, or nothing */
	uint64_t now;                     /* seconds since 1970: keys expire */
	const struct ss_trace *trace;    /* NULL: silent */
};

enum ss_turn { SS_TURN_WRITE, SS_TURN_READ, SS_TURN_DONE };

#define SS_FAMILY_STATE_BYTES 6144

struct ss_handshake {
	const struct ss_family *family;
	struct ss_handshake_config config;
	uint8_t run[SS_RUN_BYTES];
	uint8_t step;
	size_t steps;    /* messages in all */
	int started;     /* run id and prologue are known */
	const char *why; /* after SS_ERR_USAGE: what is missing or too much;
	                  * after other errors a hint, or NULL */
	_Alignas(16) uint8_t state[SS_FAMILY_STATE_BYTES]; /* the family's */
};

/*
 * ss_handshake_start - ready for the first message.
 *
 *   run  in  8 random bytes at the initiator; ignored at the responder
 *
 * SS_OK; SS_ERR_SUITE; SS_ERR_USAGE if a key is missing or of no use, and
 * then hs->why says it.
 */
SS_CHECKED enum ss_err ss_handshake_start(struct ss_handshake *hs,
    const struct ss_family *family, const struct ss_handshake_config *c,
    const uint8_t run[static SS_RUN_BYTES]);

enum ss_turn ss_handshake_turn(const struct ss_handshake *hs);

/*
 * ss_handshake_write - our next record, appended to out.
 * SS_OK; SS_ERR_SEQUENCE if it is not our turn; SS_ERR_LENGTH; the family's.
 * After an error hs and out are as before.
 */
SS_CHECKED enum ss_err ss_handshake_write(struct ss_buf *out,
    const uint8_t entropy[static 32], struct ss_handshake *hs);

/*
 * ss_handshake_read - the peer's next record.
 *
 * SS_OK; SS_ERR_LAB; SS_ERR_FORMAT for a record that is no handshake;
 * SS_ERR_SUITE if family, pattern, AEAD, mode or LAB bit are not ours;
 * SS_ERR_REFLECTED if it is our own; SS_ERR_FOREIGN for another run;
 * SS_ERR_SEQUENCE for another step; SS_ERR_TRUNCATED; SS_ERR_LENGTH;
 * SS_ERR_AUTH; SS_ERR_LOWORDER; SS_ERR_PEER if the identity that came is not
 * the one we meant, or not that of the key that proved itself.
 * After an error hs is as before.
 */
SS_CHECKED enum ss_err ss_handshake_read(
    struct ss_handshake *hs, const uint8_t *rec, size_t len);

/* ss_handshake_why - a hint for what ss_handshake_read has just refused with
 * e, or NULL. */
const char *ss_handshake_why(const struct ss_handshake *hs, enum ss_err e,
    const uint8_t *rec, size_t len);

/* ss_handshake_get - the fields of a handshake record, nothing verified. */
SS_CHECKED enum ss_err ss_handshake_get(
    struct ss_handshake_record *r, const uint8_t *rec, size_t len);

/*
 * ss_handshake_finish - what was agreed; only when the turn is DONE.
 * SS_ERR_LAB if the identity that came is a lab key and this is not the lab,
 * or the other way round; the family's.
 */
SS_CHECKED enum ss_err ss_handshake_finish(
    struct ss_agreed *a, struct ss_handshake *hs);

/* ss_handshake_wipe - erase; NULL is fine. */
void ss_handshake_wipe(struct ss_handshake *hs);

/*
 * ss_handshake_psk - a pre-shared key from the content of a file, which has
 * at least SS_PSK_FILE_MIN bytes: HKDF(no salt, content, SS_LABEL_PSK).
 *                                                  docs/protocol.md, 5.4
 */
#define SS_PSK_FILE_MIN 32
void ss_handshake_psk(
    uint8_t psk[static 32], const uint8_t *content, size_t len);

#endif
