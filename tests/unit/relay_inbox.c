/* SPDX-License-Identifier: ISC */
/* Mail on the client's side: nothing twice, nothing acknowledged too early,
 * and no more than was asked for. */
#include "../../lib/io/wsmail.h"
#include "tap.h"

#include <sodium.h>
#include <string.h>

static struct ss_inbox box;

/* A message of `from` with one record of 8 + 4 bytes, in row n. */
static enum ss_err
put(const char *from, uint64_t n)
{
	struct ss_route r = { .kind = SS_ROUTE_DELIVER, .row = n };
	uint8_t in[SS_ROUTE_MAX + 12];
	struct ss_ws_message m = { .opcode = SS_WS_BINARY, .at = in };

	strcpy(r.name, from);
	ss_bytes_put(r.id, n * 0x9e3779b97f4a7c15u, 8);
	ss_bytes_put(r.id + 8, n, 8);
	m.len = ss_route_put(in, &r);
	memcpy(in + m.len, "SS\x01\x03\x00\x00\x00\x04" "body", 12);
	m.len += 12;
	return ss_inbox_put(&box, &m, "ann");
}

static void
take(size_t n, int hold)
{
	size_t len;

	if (ss_inbox_front(&box, &len) != NULL && n <= len)
		ss_inbox_wrote(&box, n, hold);
}

static void
repeats(void)
{
	uint64_t i;

	ss_inbox_open(&box);
	ok(put("ann", 1) == SS_OK && box.waiting == 1, "a letter");
	ok(put("ben", 2) == SS_OK && box.waiting == 1 && box.nacks == 0,
	    "of somebody else: left alone");
	ok(put("ann", 1) == SS_OK && box.waiting == 1 && box.nacks == 1,
	    "a repeated one is acknowledged and not handed on");
	for (i = 10; i < 10 + SS_INBOX_SEEN; i++) {
		take(12, 0);
		if (put("ann", i) != SS_OK || box.waiting != 1)
			break;
	}
	ok(i == 10 + SS_INBOX_SEEN, "as many new ones as are remembered");
	take(12, 0);
	ok(put("ann", 10) == SS_OK && box.waiting == 0,
	    "the oldest of these is known");
	ok(put("ann", 1) == SS_OK && box.waiting == 1,
	    "what came before them is forgotten");
	ss_inbox_free(&box);
}

static void
acknowledgements(void)
{
	ss_inbox_open(&box);
	(void)put("ann", 1);
	take(11, 0);
	ok(box.nacks == 0, "all but one byte is written: no ACK");
	take(1, 0);
	ok(box.nacks == 1 && box.acks[0] == 1, "all is: an ACK");
	(void)put("ann", 2);
	(void)put("ann", 3);
	take(12, 1);
	take(12, 1);
	ok(box.nacks == 1 && box.granted == 3,
	    "to a command: room for more, and no ACK");
	ss_inbox_consumed(&box, 12 + 12 + 11);
	ok(box.nacks == 2 && box.acks[1] == 2,
	    "ACK for what it has read whole");
	ss_inbox_free(&box);
}

static void
flood(void)
{
	uint64_t i;

	ss_inbox_open(&box);
	for (i = 1; i <= SS_INBOX_WINDOW; i++)
		if (put("ann", i) != SS_OK)
			break;
	ok(i == SS_INBOX_WINDOW + 1, "as many as were asked for");
	is_err(put("ann", i), SS_ERR_LENGTH, "one more");
	ss_inbox_free(&box);
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	repeats();
	acknowledgements();
	flood();
	return done_testing();
}
