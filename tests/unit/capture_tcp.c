/* SPDX-License-Identifier: ISC */
/* TCP reassembly: what goes up, in which order, and what is said. */
#include "../../lib/capture/tcp.h"
#include "tap.h"
#include <sodium.h>

struct seen {
	char text[2][256]; /* what went up; a gap is a '#' */
	uint64_t gap;
	int opened, closed, notes;
	char note[SS_NOTE_MAX];
	struct ss_notes to;
	struct ss_tcp tcp;
};

static void
on_open(void *arg, struct ss_tcp_conn *c)
{
	struct seen *s = arg;

	s->opened++;
	c->user = s;
}

static void
on_data(void *arg, struct ss_tcp_conn *c, int dir, int64_t ns,
    const uint8_t *in, size_t len)
{
	struct seen *s = arg;

	(void)c;
	(void)ns;
	if (strlen(s->text[dir]) + len < sizeof(s->text[dir]))
		strncat(s->text[dir], (const char *)in, len);
}

static void
on_gap(void *arg, struct ss_tcp_conn *c, int dir, uint64_t n)
{
	struct seen *s = arg;

	(void)c;
	s->gap += n;
	if (strlen(s->text[dir]) + 1 < sizeof(s->text[dir]))
		strcat(s->text[dir], "#");
}

static void
on_close(void *arg, struct ss_tcp_conn *c)
{
	(void)c;
	((struct seen *)arg)->closed++;
}

static void
on_note(void *arg, enum ss_topic topic, const char *text)
{
	struct seen *s = arg;

	(void)topic;
	s->notes++;
	snprintf(s->note, sizeof(s->note), "%s", text);
}

static void
start(struct seen *s)
{
	memset(s, 0, sizeof(*s));
	s->to.say = on_note;
	s->to.arg = s;
	s->tcp.notes = &s->to;
	s->tcp.open = on_open;
	s->tcp.data = on_data;
	s->tcp.gap = on_gap;
	s->tcp.close = on_close;
	s->tcp.arg = s;
	if (ss_tcp_init(&s->tcp) != SS_OK)
		abort();
}

/* dir 0 is from port 1000 to port 80 */
static void
put(struct seen *s, int dir, uint8_t flags, uint32_t seq, const char *text,
    int64_t ms)
{
	struct ss_segment g = { .seq = seq, .flags = flags, .ns = ms * 1000000,
		.data = (const uint8_t *)text, .len = strlen(text) };

	g.src.version = g.dst.version = 4;
	g.src.port = dir == 0 ? 1000 : 80;
	g.dst.port = dir == 0 ? 80 : 1000;
	if (ss_tcp_push(&s->tcp, &g) != SS_OK)
		abort();
}

static void
ack(struct seen *s, int dir, uint32_t number, int64_t ms)
{
	struct ss_segment g = { .flags = SS_TCP_ACK, .ack = number,
		.ns = ms * 1000000 };

	g.src.version = g.dst.version = 4;
	g.src.port = dir == 0 ? 1000 : 80;
	g.dst.port = dir == 0 ? 80 : 1000;
	if (ss_tcp_push(&s->tcp, &g) != SS_OK)
		abort();
}

static void
answer(struct seen *s, uint32_t isn, uint32_t number)
{
	struct ss_segment g = { .flags = SS_TCP_SYN | SS_TCP_ACK, .seq = isn,
		.ack = number };

	g.src.version = g.dst.version = 4;
	g.src.port = 80;
	g.dst.port = 1000;
	if (ss_tcp_push(&s->tcp, &g) != SS_OK)
		abort();
}

static void
syn(struct seen *s, uint32_t isn)
{
	put(s, 0, SS_TCP_SYN, isn, "", 0);
}

static void
is_text(struct seen *s, const char *want, const char *what)
{
	if (!ok(strcmp(s->text[0], want) == 0, "%s", what))
		printf("# got '%s', want '%s'\n", s->text[0], want);
}

static void
order(void)
{
	struct seen s;

	start(&s);
	syn(&s, 99);
	put(&s, 0, 0, 103, "d", 1);
	put(&s, 0, 0, 101, "b", 1);
	put(&s, 0, 0, 100, "a", 1);
	is_text(&s, "ab", "waits for what is missing");
	put(&s, 0, 0, 102, "c", 1);
	is_text(&s, "abcd", "goes on when it comes");
	put(&s, 0, 0, 100, "abcd", 1);
	put(&s, 0, 0, 102, "cdef", 1);
	is_text(&s, "abcdef", "repeated bytes count once");
	ok(s.notes == 0, "and nothing is said");
	put(&s, 1, SS_TCP_SYN | SS_TCP_ACK, 500, "", 2);
	put(&s, 1, 0, 501, "xyz", 2);
	ok(strcmp(s.text[1], "xyz") == 0, "the other direction is its own");
	ss_tcp_free(&s.tcp);
	ok(s.opened == 1 && s.closed == 1, "one connection, closed at the end");
}

static void
wrap(void)
{
	struct seen s;

	start(&s);
	syn(&s, 0xfffffffc);
	put(&s, 0, 0, 1, "efg", 1);
	put(&s, 0, 0, 0xfffffffd, "abcd", 1);
	is_text(&s, "abcdefg", "sequence numbers wrap around");
	put(&s, 0, 0, 0xfffffffd, "abcdefgh", 1);
	is_text(&s, "abcdefgh", "also in a retransmission");
	ok(s.notes == 0, "and nothing is said");
	ss_tcp_free(&s.tcp);
}

static void
contradiction(void)
{
	struct seen s;

	start(&s);
	syn(&s, 99);
	put(&s, 0, 0, 100, "good", 1);
	put(&s, 0, 0, 100, "evil", 1);
	is_text(&s, "good", "the first copy counts");
	ok(s.notes == 1 && s.to.bad, "a contradicting second copy is told");
	ok(strstr(s.note, "4 bytes came twice") != NULL, "how many bytes");
	put(&s, 0, 0, 110, "SECOND", 1);
	put(&s, 0, 0, 106, "first!?", 1);
	ok(s.notes == 2, "also where neither copy went up yet");
	put(&s, 0, 0, 104, "--", 1);
	is_text(&s, "good--firsSECOND", "the earlier one stays");
	put(&s, 0, 0, 115, "x", 1);
	ok(s.notes == 2, "the byte of a keep-alive is not compared");
	ss_tcp_free(&s.tcp);
}

static void
losses(void)
{
	struct seen s;

	start(&s);
	syn(&s, 99);
	put(&s, 0, 0, 100, "ab", 1);
	put(&s, 0, 0, 105, "f", 2);
	ack(&s, 1, 100, 3000);
	is_text(&s, "ab", "not acknowledged: may still come");
	ack(&s, 1, 106, 3001);
	is_text(&s, "ab#f", "acknowledged long ago: lost");
	ok(s.gap == 3 && s.notes == 1 && !s.to.bad, "three bytes, told, no crime");
	put(&s, 0, 0, 110, "k", 3002);
	ack(&s, 1, 111, 3100);
	is_text(&s, "ab#f", "acknowledged just now: patience");
	ss_tcp_free(&s.tcp);
	is_text(&s, "ab#f#k", "at the end everything goes up");

	start(&s);
	syn(&s, 99);
	put(&s, 0, SS_TCP_FIN, 105, "", 1);
	ss_tcp_free(&s.tcp);
	ok(s.gap == 5, "the FIN shows that bytes are missing");
}

static void
bounds(void)
{
	static char big[60001];
	struct seen s;

	memset(big, 'x', 60000);
	start(&s);
	syn(&s, 99);
	for (uint32_t i = 0; i < 100; i++)
		put(&s, 0, 0, 101 + i * 60000, big, 1);
	ok(s.tcp.queued <= SS_TCP_QUEUE_MAX + 62000 && s.gap == 1,
	    "a queue that is full gives up on the hole");
	ss_tcp_free(&s.tcp);
	ok(s.tcp.queued == 0, "nothing is left behind");

	start(&s);
	syn(&s, 99);
	for (uint32_t i = 0; i < 20000; i++)
		put(&s, 0, 0, 102 + i * 2, "y", 1);
	ok(s.gap > 0, "many tiny pieces fill it too");
	put(&s, 0, 0, 0x70000000, "far", 1);
	ok(strstr(s.text[0], "far") == NULL, "what is far ahead is not taken");
	ss_tcp_free(&s.tcp);
	ok(strstr(s.text[0], "far") == NULL, "not at the end either");
}

static void
life(void)
{
	struct seen s;

	start(&s);
	syn(&s, 99);
	put(&s, 0, 0, 100, "one", 1);
	syn(&s, 99);
	ok(s.opened == 1, "a repeated SYN is the same connection");
	put(&s, 0, SS_TCP_RST, 77777777, "", 1);
	put(&s, 0, 0, 103, "two", 1);
	is_text(&s, "onetwo", "a RST with a guessed number does nothing");
	syn(&s, 5000);
	put(&s, 0, 0, 5001, "three", 2);
	ok(s.opened == 2 && s.closed == 1, "the ports are used again");
	is_text(&s, "onetwothree", "with new numbers");
	put(&s, 0, SS_TCP_RST, 5006, "", 2);
	ok(s.closed == 2, "a RST at its place ends it");
	put(&s, 0, 0, 5006, "late", 2);
	is_text(&s, "onetwothree", "and nothing comes after that");
	ss_tcp_free(&s.tcp);
	ok(s.opened == 2 && s.closed == 2, "each is closed once");
	ok(strstr(s.note, "bytes behind the end are not read (") &&
	    s.notes == 1, "which is said");

	start(&s);
	syn(&s, 99);
	put(&s, 1, SS_TCP_SYN | SS_TCP_ACK, 500, "", 0);
	put(&s, 0, 0, 100, "one", 1);
	syn(&s, 5000);
	put(&s, 0, 0, 103, "two", 1);
	is_text(&s, "onetwo", "a SYN that nobody answers does nothing");
	put(&s, 0, 0, 700000000, "far", 1);
	ok(strstr(s.note, "bytes far from their place are not read (") &&
	    s.notes == 1, "what fits nowhere is told");
	answer(&s, 900, 5002);
	put(&s, 0, 0, 106, "six", 2);
	is_text(&s, "onetwosix", "nor one with another's answer");
	answer(&s, 900, 5001);
	put(&s, 0, 0, 5001, "three", 2);
	put(&s, 1, 0, 901, "four", 2);
	is_text(&s, "onetwosixthree", "an answered one begins again");
	ok(strcmp(s.text[1], "four") == 0 && s.opened == 2 && s.closed == 1,
	    "in both directions");
	ss_tcp_free(&s.tcp);

	start(&s);
	put(&s, 1, 0, 9000, "mid", 1);
	put(&s, 1, 0, 9003, "dle", 1);
	ok(strcmp(s.text[1], "middle") == 0,
	    "in the middle: the higher port is the client");
	put(&s, 1, SS_TCP_FIN, 9006, "", 1);
	put(&s, 0, SS_TCP_FIN, 1, "", 1);
	ok(s.closed == 1, "two FINs close");
	ss_tcp_free(&s.tcp);

	start(&s);
	for (uint32_t i = 0; i < SS_TCP_CONNS_MAX + 10; i++) {
		struct ss_segment g = { .seq = 1, .flags = SS_TCP_SYN };

		memcpy(g.src.addr, &i, sizeof(i));
		if (ss_tcp_push(&s.tcp, &g) != SS_OK)
			abort();
	}
	ok(s.tcp.count == SS_TCP_CONNS_MAX && s.closed == 10,
	    "too many connections: the least recent are dropped");
	ss_tcp_free(&s.tcp);
}

int
main(void)
{
	if (sodium_init() < 0)
		return 2;
	order();
	wrap();
	contradiction();
	losses();
	bounds();
	life();
	return done_testing();
}
