/* SPDX-License-Identifier: ISC */
#ifndef SS_WSMAIL_H
#define SS_WSMAIL_H

#include "wsclient.h"

/*
 * struct ss_inbox - mail between the relay and whoever takes it here.  The
 * relay sends no more than was asked for, so memory stays flat however slow
 * the reader is, and the socket is always read (pings are answered).
 */
#define SS_INBOX_WINDOW 32   /* messages of at most 128 KiB */
#define SS_INBOX_SEEN   8192 /* message ids remembered */

struct ss_letter;

struct ss_inbox {
	struct ss_letter *first, **end;
	unsigned waiting;       /* letters in the list */
	unsigned granted;       /* taken since we last asked for more */
	uint64_t written;       /* bytes handed to the reader, in all */

	/* rows to acknowledge at the next ss_inbox_report */
	uint64_t *acks;
	size_t nacks, maxacks;
	unsigned acks_out;      /* sent, not confirmed */

	/* rows that were handed to a command, and where each ends in its
	 * input; acknowledged when it is known what it has read */
	struct ss_handed { uint64_t row, end; } *handed;
	size_t nhanded, maxhanded;

	uint8_t (*seen)[SS_MSG_ID_BYTES]; /* a ring, and chains into it */
	uint16_t *chain, *bucket;
	uint64_t nseen;
};

void ss_inbox_open(struct ss_inbox *b);
void ss_inbox_free(struct ss_inbox *b);

/* Ask the relay for mail of one sender. */
void ss_inbox_ask(struct ss_inbox *b, struct ss_ws *ws, const char *from);

/*
 * ss_inbox_put - a binary message.  What came before is acknowledged and not
 * handed on again; what is of others is left alone.
 *
 * SS_OK; the errors of ss_route_get and ss_records_check, and SS_ERR_LENGTH
 * for more messages than were asked for: the relay is broken, or bad.
 */
SS_CHECKED enum ss_err ss_inbox_put(
    struct ss_inbox *b, const struct ss_ws_message *m, const char *from);

/* ss_inbox_front - bytes that wait to be written; *n 0: none. */
const uint8_t *ss_inbox_front(const struct ss_inbox *b, size_t *n);
/*
 * ss_inbox_wrote - n of them were.  A letter that is written whole is to be
 * acknowledged now, or with hold 1 when ss_inbox_read says so.
 */
void ss_inbox_wrote(struct ss_inbox *b, size_t n, int hold);
/* ss_inbox_consumed - the command has read so many bytes: acknowledge every
 * letter that ends there or before. */
void ss_inbox_consumed(struct ss_inbox *b, uint64_t bytes);

/* Send ACKs and ask for more, as there is room.  1: nothing is left to do. */
int ss_inbox_report(struct ss_inbox *b, struct ss_ws *ws);

#endif
