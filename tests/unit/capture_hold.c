/* SPDX-License-Identifier: ISC */
/* What waits is bounded for all connections together, and is given back. */
#include "../../lib/capture/flow.h"
#include "tap.h"

static char last_note[SS_NOTE_MAX];

static void
on_note(void *arg, enum ss_topic topic, const char *text)
{
	(void)arg;
	(void)topic;
	snprintf(last_note, sizeof(last_note), "%s", text);
}

static void
on_event(void *arg, const struct ss_event *e)
{
	(void)arg;
	(void)e;
}

static struct ss_notes notes = { .say = on_note };
static struct ss_pool pool;
static struct ss_keys keys;
static struct ss_records records = { .notes = &notes, .keys = &keys,
	.event = on_event };
static const struct ss_when never;
static uint8_t scratch[SS_TLS_RECORD_MAX];
static const struct ss_flow_env env = { &records, &keys, &notes, &pool,
	scratch };

static void
hold(void)
{
	struct ss_hold h = { 0 };
	struct ss_pool p = { 0 };
	uint8_t in[1000];

	memset(in, 'x', sizeof(in));
	ok(ss_hold_put(&h, &p, in, 0) == 0 && p.used == 0, "nothing is free");
	ok(ss_hold_put(&h, &p, in, 1000) == 0 && h.len == 1000 &&
	    p.used == h.size && h.size >= 1000, "it grows, and is counted");
	h.at[999] = 'y';
	ss_hold_drop(&h, 999);
	ok(h.len == 1 && h.at[0] == 'y', "the first bytes go");
	p.used = SS_POOL_MAX - 100;
	ok(ss_hold_put(&h, &p, in, 1000) == 0 && h.len == 1001,
	    "room that is there already can be used");
	h.len = h.size;
	ok(ss_hold_put(&h, &p, in, 1) < 0 && h.len == h.size,
	    "no more than the pool");
	p.used = h.size;
	ss_hold_free(&h, &p);
	ok(p.used == 0 && !h.at && h.len == 0, "all is given back");
}

/* What is no protocol of ours is not kept. */
static void
nothing_is_kept(void)
{
	static const uint8_t zeros[60000];
	static const uint8_t head[] = "GET / HTTP/1.1\r\n\r\n";
	struct ss_tcp_conn c = { .end[0].version = 4, .end[1].version = 4 };
	struct ss_flow *f = ss_flow_new(&c, &env);

	ss_flow_data(f, 0, never, zeros, sizeof(zeros));
	ok(pool.used == 0, "bytes that are not ours");
	ss_flow_free(f);
	f = ss_flow_new(&c, &env);
	ss_flow_data(f, 0, never, head, 10);
	ok(pool.used > 0, "half a request waits");
	ss_flow_data(f, 0, never, head + 10, sizeof(head) - 11);
	ok(pool.used == 0, "and goes when it is whole");
	ss_flow_free(f);
	ok(pool.used == 0, "nothing is left");
}

#define HELLO_RANDOM "0000000000000000000000000000000000000000000000000000" \
	"000000000000"

/* Thousands of TLS connections whose secrets never come. */
static void
many_that_wait(void)
{
	enum { MANY = 1500 };
	static const char client[] = "1603010033 0100002f 0303" HELLO_RANDOM
	    "00 00021301 0100 0004 002b0000";
	static const char server[] = "1603030032 0200002e 0303" HELLO_RANDOM
	    "00 1301 00 0006 002b00020304";
	static struct ss_flow *f[MANY];
	static uint8_t data[5 + 16000];
	struct ss_tcp_conn c = { .end[0].version = 4, .end[1].version = 4 };
	uint8_t hello[2][128];
	size_t len[2], most = 0;

	len[0] = unhex(hello[0], sizeof(hello[0]), client);
	len[1] = unhex(hello[1], sizeof(hello[1]), server);
	memcpy(data, "\x17\3\3", 3);
	data[3] = 16000 >> 8;
	data[4] = 16000 & 0xff;
	for (size_t i = 0; i < MANY; i++) {
		f[i] = ss_flow_new(&c, &env);
		ss_flow_data(f[i], 0, never, hello[0], len[0]);
		ss_flow_data(f[i], 1, never, hello[1], len[1]);
		for (int k = 0; k < 9; k++)
			ss_flow_data(f[i], 1, never, data, sizeof(data));
		if (pool.used > most)
			most = pool.used;
	}
	ok(most > SS_POOL_MAX / 4 && most <= SS_POOL_MAX / 2 + 524288,
	    "%zu bytes for %d connections", most, MANY);
	ok(strstr(last_note, "no secrets for client random 0000") != NULL,
	    "what is given up is said");
	for (size_t i = 0; i < MANY; i++)
		ss_flow_free(f[i]);
	ok(pool.used == 0, "all is given back");
}

int
main(void)
{
	if (sodium_init() < 0)
		return 99;
	ss_keys_init(&keys, &notes);
	hold();
	nothing_is_kept();
	many_that_wait();
	ss_keys_wipe(&keys);
	return done_testing();
}
