/* SPDX-License-Identifier: ISC */
#ifndef SS_FAMILY_H
#define SS_FAMILY_H

#include "aead.h"
#include "bytes.h"
#include "wire.h"

/*
 * The families of key agreement: what handshake.c needs to know of each.  A
 * new one is a file family_NAME.c, a code, and a row in family.c.
 */
enum ss_family_code {
	SS_FAMILY_NOISE = 1,
	SS_FAMILY_SIGNED = 2,
	SS_FAMILY_X3DH = 3,
	SS_FAMILY_HYBRID = 4,
};

struct ss_agreed;
struct ss_handshake;

/*
 * struct ss_family - one row for each way to agree on a key; the functions
 * work on hs->state.  write and read leave hs as it was if they fail.
 */
struct ss_family {
	uint8_t code;
	const char *name;
	enum ss_aead_id aead; /* where none is asked for */
	int prekeys;          /* takes a bundle, and prekeys */
	/* the suite of a variant ("KK" in "noise:KK", "" in "signed") */
	enum ss_err (*suite)(
	    uint16_t *suite, const char *variant, enum ss_aead_id aead);
	/* the variant of a suite, and its AEAD; buffer of 32 */
	enum ss_err (*describe)(
	    char *variant, enum ss_aead_id *aead, uint16_t suite);
	/* the session mode where none is asked for */
	uint8_t (*mode)(uint16_t suite);
	/* steps, and whether config has the keys that it needs and no
	 * others; sets why with SS_ERR_USAGE */
	enum ss_err (*check)(struct ss_handshake *hs);
	enum ss_err (*start)(struct ss_handshake *hs, const uint8_t *prologue,
	    size_t len);
	/* the message, appended to out */
	enum ss_err (*write)(struct ss_buf *out, struct ss_handshake *hs,
	    const uint8_t entropy[static 32]);
	enum ss_err (*read)(
	    struct ss_handshake *hs, const uint8_t *msg, size_t len);
	/* a hint for what read refused with e, or NULL; may be NULL */
	const char *(*why)(const struct ss_handshake *hs, enum ss_err e,
	    const uint8_t *msg, size_t len);
	/* hash, secret, peer, r0, one_way, initiator_first, use; the rest is
	 * set already */
	enum ss_err (*finish)(struct ss_agreed *a, struct ss_handshake *hs);
	/* the fields of one message, for explanation */
	enum ss_err (*walk)(struct ss_span *spans, size_t *n, size_t max,
	    uint16_t suite, size_t step, size_t len, size_t base);
	/* every row that walk can give; the order says nothing */
	const struct ss_field *rows;
	size_t nrows;
};
extern const struct ss_family *const ss_families[]; /* NULL ends */
const struct ss_family *ss_family_find(const char *name);
const struct ss_family *ss_family_of(uint8_t code);

/*
 * ss_family_choose - "noise:KK", "signed", or a short name such as "psk".
 *
 *   family  out  NULL if there is none of this name
 *   aead    in   0: the family's default
 *
 * SS_OK; SS_ERR_SUITE, and then *family tells which half is wrong.
 */
SS_CHECKED enum ss_err ss_family_choose(const struct ss_family **family,
    uint16_t *suite, const char *what, int aead);

/*
 * ss_suite_text - "KK, chachapoly", or "aesgcm" where a family has no
 * variants; "" if there is no such suite.
 */
#define SS_SUITE_TEXT 48
void ss_suite_text(
    char out[static SS_SUITE_TEXT], uint8_t family, uint16_t suite);

/*
 * For the rows of families without variants: the suite is the code of the
 * AEAD, its high byte 0, and the mode dh.
 */
SS_CHECKED enum ss_err ss_family_plain_suite(
    uint16_t *suite, const char *variant, enum ss_aead_id aead);
SS_CHECKED enum ss_err ss_family_plain_describe(
    char *variant, enum ss_aead_id *aead, uint16_t suite);
uint8_t ss_family_plain_mode(uint16_t suite);

/* The rows, one for each family_*.c. */
extern const struct ss_family ss_family_noise, ss_family_signed,
    ss_family_x3dh;

#endif
