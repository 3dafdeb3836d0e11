/* SPDX-License-Identifier: ISC */
#ifndef SS_EPOCH_H
#define SS_EPOCH_H

#include "aead.h"
#include "identity.h"
#include "lab.h"
#include "trace.h"
#include "wire.h"

#define SS_EPOCH_KEY_BYTES 32
#define SS_EPOCH_ID_BYTES  16
#define SS_SALT_BYTES      32
#define SS_MAC_BYTES       32
#define SS_PROFILE_MAX     31

/* Introducer flags. */
#define SS_INTRO_LINES 0x01 /* each data record is a message */

/*
 * RATCHET's own fields; the other families have structs of their own.
 * All zero in the modes hash and static, except number.
 */
#define SS_RATCHET_FIELDS_BYTES (32 + 4 + 4)

/* An introducer, as its record says it.             docs/protocol.md, 6 */
struct ss_introducer {
	uint8_t lab; /* the LAB bit */
	uint8_t family, aead, mode, flags;
	uint8_t sender[SS_ID_BYTES], audience[SS_ID_BYTES];
	uint8_t prev_id[SS_EPOCH_ID_BYTES]; /* zero: starts a stream */
	uint64_t prev_records;
	uint8_t salt[SS_SALT_BYTES];
	/* RATCHET */
	uint8_t ratchet[32]; /* ratchet public key */
	uint32_t number;     /* of this epoch in its chain, from 0 */
	uint32_t previous;   /* epochs in the previous chain */
	/* WRAP_HPKE */
	uint8_t enc[32]; /* encapsulated key */
	/* WRAP_RSA; they point into what the record is read from */
	struct ss_bytes wrapped;   /* a key, encrypted */
	struct ss_bytes signature; /* empty: the sender is anonymous */
	/* all */
	uint8_t epoch_id[SS_EPOCH_ID_BYTES];
	uint8_t mac[SS_MAC_BYTES];
};

/* header 8, 4, ids 8 + 8, previous 16 + 8, salt 32, ratchet 40, id, MAC */
#define SS_RATCHET_RECORD_BYTES                                              \
	(SS_HEADER_BYTES + 4 + 8 + 8 + 16 + 8 + 32 + SS_RATCHET_FIELDS_BYTES \
	    + 16 + 32)

/* the same with enc in the place of RATCHET's fields; with a wrapped key and a
 * signature, each behind 2 bytes of length */
#define SS_WRAP_COMMON_BYTES                                                 \
	(SS_HEADER_BYTES + 4 + 8 + 8 + 16 + 8 + 32 + 16 + 32)
#define SS_WRAP_HPKE_RECORD_BYTES (SS_WRAP_COMMON_BYTES + 32)
#define SS_WRAP_RSA_RECORD_MAX                                               \
	(SS_WRAP_COMMON_BYTES + 2 + SS_RSA_BYTES_MAX + 2 + SS_SIGN_BYTES)
#define SS_INTRODUCER_RECORD_MAX SS_WRAP_RSA_RECORD_MAX

/* What is bound into an epoch key beside salt and family secret. */
struct ss_epoch_context {
	uint8_t family, mode, aead;
	const char *profile; /* "" outside the lab */
	uint8_t sender[SS_FINGERPRINT_BYTES];
	uint8_t audience[SS_FINGERPRINT_BYTES];
};

/* An epoch: one key, one direction, one sender. */
struct ss_epoch {
	uint8_t id[SS_EPOCH_ID_BYTES];
	uint8_t key[SS_EPOCH_KEY_BYTES]; /* the line of the key log */
	uint8_t mac_key[32];
	const struct ss_lab *lab; /* NULL outside the lab */
	struct ss_aead aead;
};

/*
 * ss_epoch_key - HKDF(salt, secret, label || version || family || mode ||
 * aead || length of profile || profile || sender || audience).
 *                                                  docs/protocol.md, 7.1
 */
void ss_epoch_key(uint8_t key[static SS_EPOCH_KEY_BYTES],
    const uint8_t salt[static SS_SALT_BYTES], const uint8_t *secret,
    size_t len, const struct ss_epoch_context *c);

/*
 * ss_epoch_open - id, MAC key and AEAD key from an epoch key.  e->aead is
 * rekeyed if it was in use: set e to all zero before the first time.
 */
void ss_epoch_open(struct ss_epoch *e, enum ss_aead_id aead,
    const uint8_t key[static SS_EPOCH_KEY_BYTES]);

/* ss_epoch_wipe - erase; NULL is fine. */
void ss_epoch_wipe(struct ss_epoch *e);

/*
 * ss_introducer_put - write the record and its MAC.
 *
 *   i  in/out  epoch_id and mac are set from e
 *
 * SS_OK; SS_ERR_LENGTH if b is too small; SS_ERR_FORMAT for an unknown family.
 */
SS_CHECKED enum ss_err ss_introducer_put(
    struct ss_buf *b, struct ss_introducer *i, const struct ss_epoch *e);

/* ss_introducer_modes - the names of a family's modes; NULL if unknown. */
const struct ss_name *ss_introducer_modes(uint8_t family);

/* ss_introducer_get - read the record; nothing is verified yet. */
SS_CHECKED enum ss_err ss_introducer_get(
    struct ss_introducer *i, const uint8_t *rec, size_t len);

/*
 * ss_introducer_admit - read what came where an epoch may begin; nothing is
 * verified yet.  lab: 1 in the lab, where every record has the LAB bit.
 *
 * SS_OK; SS_ERR_LAB for the bit outside the lab, SS_ERR_SUITE without it
 * inside; SS_ERR_ORDER for a data record; the errors of ss_introducer_get.
 */
SS_CHECKED enum ss_err ss_introducer_admit(struct ss_introducer *i,
    const uint8_t *rec, size_t len, int lab);

/*
 * ss_introducer_verify - does this epoch key fit this record?
 * SS_OK; SS_ERR_AUTH if the id or the MAC does not.
 */
SS_CHECKED enum ss_err ss_introducer_verify(const struct ss_introducer *i,
    const uint8_t *rec, size_t len, const struct ss_epoch *e);

#endif
