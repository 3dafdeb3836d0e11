/* SPDX-License-Identifier: ISC */
#ifndef SS_ANNOTATE_H
#define SS_ANNOTATE_H

#include "capture.h"
#include <stdio.h>

/*
 * The capture written again, as pcapng: every block and packet as it was, and
 * what each packet carries of our protocol as its comments (opt_comment), so
 * that any Wireshark shows it.                draft-ietf-opsawg-pcapng, 3.5
 *
 * A record that spans several packets is told on the one that completes it.
 * That is known while the packet is read, unless keys still come: then
 * packets are held back, so many, and what is known later still stands on a
 * later packet and says so.
 */
#define SS_ANNOTATE_PACKETS 4096
#define SS_ANNOTATE_BYTES   (32 << 20)
#define SS_COMMENT_MAX   16384     /* of one record */
#define SS_COMMENT_TEXT  8192      /* of that, of its text */
#define SS_COMMENT_WHERE 48        /* in front of that, if it is late */
#define SS_COMMENTS_MAX  (1 << 20) /* of one packet; more are counted */

struct ss_block {
	struct ss_block *next;
	uint64_t packet; /* its number, 0: another kind of block */
	int64_t arrived; /* milliseconds */
	uint32_t type;
	int little;      /* its byte order */
	size_t body;     /* where its options begin, if it is a packet */
	size_t captured; /* bytes of the packet */
	struct ss_hold comments; /* options, as they will stand in it */
	uint64_t untold;
	size_t len;
	uint8_t bytes[];
};

struct ss_annotate {
	/* set by the caller */
	FILE *out;
	const struct ss_pcap *pcap;
	int wait; /* keys may come later: hold packets back */
	/* what is under way */
	struct ss_block *first, *last;
	size_t count, bytes;
	struct ss_hold late; /* comments whose packet has left */
	uint64_t nlate;
	uint64_t comments, packets; /* so many, on so many */
	uint64_t lost; /* were late, and no packet came any more */
	enum ss_err failed; /* after that nothing is written */
	int number;         /* errno */
	uint8_t text[SS_COMMENT_WHERE + SS_COMMENT_MAX];
};

/* Callbacks of struct ss_capture_handler. */
void ss_annotate_raw(struct ss_annotate *a, const uint8_t *at, size_t len,
    const struct ss_packet *p, int64_t now);
void ss_annotate_event(struct ss_annotate *a, const struct ss_event *e);

/* ss_annotate_release - packets that came before this time leave, and reach
 * whoever reads as we write. */
void ss_annotate_release(struct ss_annotate *a, int64_t before);

/*
 * ss_annotate_end - all that is held leaves; out is flushed.
 * SS_OK; SS_ERR_SYSTEM, errno.
 */
SS_CHECKED enum ss_err ss_annotate_end(struct ss_annotate *a);

/*
 * ss_annotate_inject - copy body, a pcapng file, to out, with the secrets
 * that were of use as a Decryption Secrets Block behind its first block.
 * How many there are in *n.  SS_OK; SS_ERR_SYSTEM, errno.
 */
SS_CHECKED enum ss_err ss_annotate_inject(
    FILE *out, FILE *body, const struct ss_keys *keys, size_t *n);

/* annotate_words.c: an event in words, UTF-8 and harmless; its length. */
size_t ss_annotate_words(
    uint8_t out[static SS_COMMENT_MAX], const struct ss_event *e);

#endif
