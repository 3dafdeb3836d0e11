/* SPDX-License-Identifier: ISC */
#ifndef SS_SESSION_H
#define SS_SESSION_H

#include "epoch.h"
#include "prekeys.h"
#include "ratchet.h"

/*
 * struct ss_agreed - where every family of key agreement ends.
 *                                                  docs/protocol.md, 9.1
 */
struct ss_agreed {
	uint8_t family;          /* enum ss_family_code */
	uint16_t suite;          /* the family's own, as in its records */
	uint8_t mode, aead;
	char profile[SS_PROFILE_MAX + 1]; /* "" outside the lab */
	int initiator;           /* which side we are */
	int one_way;             /* only the initiator sends; mode is hash */
	int initiator_first;     /* mode dh: there is no C0, the responder
	                          * sends after its first epoch */
	uint8_t hash[32];        /* transcript hash */
	uint8_t secret[64];      /* the family's secret */
	size_t secretlen;
	struct ss_public self, peer; /* all zero: anonymous */
	uint8_t r0_pub[32];      /* the responder's first ratchet key */
	uint8_t r0_sec[32];      /* and its secret, at the responder only */
	struct ss_prekey_use use; /* what it cost; zero: no prekeys */
};

/*
 * struct ss_rx - a LINES stream that is under way, as far as it was
 * delivered: what a new ss-open needs to go on in the middle.
 */
struct ss_rx {
	int open;                /* 0: between streams */
	uint8_t epoch_id[16], epoch_key[32];
	uint64_t next;           /* sequence number that must come next */
};

struct ss_session {
	uint8_t family, mode, aead, initiator, one_way;
	uint16_t suite;
	char profile[SS_PROFILE_MAX + 1];
	char self_name[SS_NAME_MAX + 1], peer_name[SS_NAME_MAX + 1];
	uint8_t self_fp[32], peer_fp[32]; /* zero: anonymous */
	uint8_t hash[32];
	struct ss_ratchet ratchet;
	struct ss_rx rx;
	const struct ss_trace *trace; /* NULL: silent; never stored */
};

/*
 * ss_session_begin - root, chains and first ratchet step.
 *
 *   fresh  in  32 random bytes: the initiator's first ratchet secret
 *   trace  in  NULL, or who is told the steps
 *
 * SS_OK; SS_ERR_LOWORDER; SS_ERR_SUITE for a mode the family cannot have.
 */
SS_CHECKED enum ss_err ss_session_begin(struct ss_session *s,
    const struct ss_agreed *a, const uint8_t fresh[static 32],
    const struct ss_trace *trace);
void ss_session_wipe(struct ss_session *s);

/*
 * ss_session_send - step the sending chain and open its next epoch.
 *
 *   e     in/out  the epoch (zeroed before its first use)
 *   i     out     all but flags, prev_id and prev_records, which the stream
 *                 knows; epoch_id and mac are set by ss_introducer_put
 *   salt  in      32 random bytes, fresh for each epoch
 *
 * Save the session before anything leaves.  Errors of ss_ratchet_send.
 */
SS_CHECKED enum ss_err ss_session_send(struct ss_epoch *e,
    struct ss_introducer *i, const uint8_t salt[static SS_SALT_BYTES],
    struct ss_session *s);

/*
 * ss_session_receive - check an introducer; nothing changes yet.
 *
 *   key    out  the epoch key, for ss_session_accept
 *   i      out  as in the record
 *   gap    out  epochs of the peer that are missing before this one
 *   next   out  the ratchet as it will be; wiped unless SS_OK
 *   fresh  in   32 random bytes for a DH step
 *
 * SS_OK; SS_ERR_LAB; SS_ERR_FORMAT; SS_ERR_SUITE for another mode or
 * AEAD; SS_ERR_REFLECTED; SS_ERR_FOREIGN for other people; SS_ERR_AUTH; the
 * errors of ss_ratchet_receive.
 */
SS_CHECKED enum ss_err ss_session_receive(
    uint8_t key[static SS_EPOCH_KEY_BYTES], struct ss_introducer *i,
    uint32_t *gap, struct ss_ratchet *next, const uint8_t *rec, size_t len,
    const uint8_t fresh[static 32], const struct ss_session *s);

/*
 * ss_session_accept - the session moves on and the epoch e (zeroed before its
 * first use) opens; next and key are wiped.
 */
void ss_session_accept(struct ss_epoch *e, struct ss_session *s,
    struct ss_ratchet *next, uint8_t key[static SS_EPOCH_KEY_BYTES]);

/*
 * The session file.                                 docs/protocol.md, 9.4
 *
 * put: at most max bytes to out, no terminator; SS_OK; SS_ERR_LENGTH.
 * get: SS_OK; SS_ERR_EMPTY; SS_ERR_VERSION; SS_ERR_TRUNCATED; SS_ERR_FORMAT;
 * s is wiped unless SS_OK.
 */
#define SS_SESSION_TEXT_MIN 4096 /* enough without skipped epochs */
#define SS_SESSION_TEXT_BYTES(skipped) \
	(SS_SESSION_TEXT_MIN + (skipped) * (9 + 64 + 11 + 1 + 64 + 1))
#define SS_SESSION_TEXT_MAX SS_SESSION_TEXT_BYTES(SS_SKIP_MAX)
SS_CHECKED enum ss_err ss_session_put_text(
    char *out, size_t max, size_t *len, const struct ss_session *s);
SS_CHECKED enum ss_err ss_session_get_text(
    struct ss_session *s, const char *text, size_t len);

#endif
