/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "pair.h"

/*
 * Every way to damage a stream of three records over two epochs, and every
 * whole record that can go missing, come twice or come elsewhere.  For each:
 * refused, no text of the bad part, the session unchanged, and the good
 * stream still opens afterwards.
 */

#define RECORDS 7 /* introducer, 3 data, introducer, data, final data */

struct recording {
	uint8_t rec[RECORDS][600];
	size_t len[RECORDS];
	uint8_t flat[RECORDS * 600];
	size_t at[RECORDS + 1];
};

static struct pair start; /* before anything was received */
static struct side b;
static struct recording good;
static const char *const texts[RECORDS] = { NULL, "one\n", "two\n", "three\n",
	NULL, "four\n", "five\n" };

static void
record(struct recording *r, struct side *from, uint8_t intro_flags)
{
	r->at[0] = 0;
	for (int i = 0; i < RECORDS; i++) {
		if (!texts[i])
			r->len[i] = side_introduce(from, r->rec[i],
			    intro_flags);
		else
			r->len[i] = side_seal(from, r->rec[i], texts[i],
			    i == RECORDS - 1 ? SS_DATA_FINAL : 0);
		memcpy(r->flat + r->at[i], r->rec[i], r->len[i]);
		r->at[i + 1] = r->at[i] + r->len[i];
	}
}

/*
 * Plays bytes to side t: 0 and *text, or the first refusal.  An end without
 * FINAL is one.
 */
static enum ss_err
play(struct side *t, const uint8_t *in, size_t len, uint8_t *text, size_t *n)
{
	struct ss_header head;
	struct heard h;
	enum ss_err e;
	int records = 0;

	*n = 0;
	while (len > 0) {
		if (len < SS_HEADER_BYTES)
			return SS_ERR_TRUNCATED;
		if ((e = ss_header_get(&head, in)) != SS_OK)
			return e;
		if (len - SS_HEADER_BYTES < head.body)
			return SS_ERR_TRUNCATED;
		e = side_hear(t, &h, in, SS_HEADER_BYTES + head.body);
		if (e != SS_OK)
			return e;
		memcpy(text + *n, h.text, h.len);
		*n += h.len;
		in += SS_HEADER_BYTES + head.body;
		len -= SS_HEADER_BYTES + head.body;
		records++;
	}
	return records == 0 ? SS_ERR_EMPTY :
	    t->rx.open          ? SS_ERR_TRUNCATED :
				  SS_OK;
}

static uint8_t out[4096];
static size_t outlen;
static const char all[] = "one\ntwo\nthree\nfour\nfive\n";

/* What came out is a beginning of what went in. */
static int
is_prefix(void)
{
	return outlen < sizeof(all) - 1 && memcmp(out, all, outlen) == 0;
}

static void
test_good(void)
{
	b = start.b;
	is_err(play(&b, good.flat, good.at[RECORDS], out, &outlen), SS_OK,
	    "the good stream opens");
	is_bytes(out, all, sizeof(all) - 1, "with its text");
	is_err(play(&b, good.flat, good.at[RECORDS], out, &outlen),
	    SS_ERR_REPLAY, "and not a second time");
	ok(outlen == 0, "without any text");
}

static void
test_every_bit(void)
{
	static uint8_t bad[sizeof(good.flat)];
	size_t accepted = 0, leaked = 0, n = good.at[RECORDS];

	for (size_t bit = 0; bit < 8 * n; bit++) {
		b = start.b;
		memcpy(bad, good.flat, n);
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		accepted += play(&b, bad, n, out, &outlen) == SS_OK;
		leaked += !is_prefix();
	}
	ok(accepted == 0, "each of %zu bits flipped: refused", 8 * n);
	ok(leaked == 0, "and no text but what came before it");
}

static void
test_every_cut(void)
{
	size_t accepted = 0, leaked = 0;

	for (size_t n = 0; n < good.at[RECORDS]; n++) {
		b = start.b;
		accepted += play(&b, good.flat, n, out, &outlen) == SS_OK;
		leaked += !is_prefix();
	}
	ok(accepted == 0, "cut at each of %zu bytes: refused",
	    good.at[RECORDS]);
	ok(leaked == 0, "and only whole records came out");
}

/* Plays records in an order of indices, ended by -1. */
static enum ss_err
play_order(const int *order)
{
	static uint8_t in[3 * sizeof(good.flat)];
	size_t n = 0;

	for (; *order >= 0; order++) {
		memcpy(in + n, good.rec[*order], good.len[*order]);
		n += good.len[*order];
	}
	b = start.b;
	return play(&b, in, n, out, &outlen);
}

static void
test_order(void)
{
	int order[2 * RECORDS], n;

	for (int drop = 0; drop < RECORDS; drop++) {
		n = 0;
		for (int i = 0; i < RECORDS; i++)
			if (i != drop)
				order[n++] = i;
		order[n] = -1;
		ok(play_order(order) != SS_OK && is_prefix(),
		    "record %d dropped", drop);
	}
	for (int twice = 0; twice < RECORDS; twice++) {
		n = 0;
		for (int i = 0; i < RECORDS; i++) {
			order[n++] = i;
			if (i == twice)
				order[n++] = i;
		}
		order[n] = -1;
		/* all was delivered before the last record comes again */
		ok(play_order(order) != SS_OK &&
			(is_prefix() || twice == RECORDS - 1),
		    "record %d doubled", twice);
	}
	for (int i = 0; i < RECORDS; i++) {
		for (int k = i + 1; k < RECORDS; k++) {
			for (n = 0; n < RECORDS; n++)
				order[n] = n == i ? k : n == k ? i : n;
			order[n] = -1;
			ok(play_order(order) != SS_OK && is_prefix(),
			    "records %d and %d swapped", i, k);
		}
	}
	is_err(play_order((int[]){ 4, 5, 6, -1 }), SS_ERR_CHAIN,
	    "an epoch missing at the front");
	ok(outlen == 0, "gives no text");
}

/* An epoch is taken out of the middle of three. */
static void
test_lost_epoch(void)
{
	static struct pair p;
	uint8_t rec[6][512];
	size_t len[6];
	struct heard h;
	static struct ss_session before;

	pair_make(&p, SS_MODE_DH, SS_CHACHAPOLY);
	for (int i = 0; i < 3; i++) {
		len[2 * i] = side_introduce(&p.a, rec[2 * i], 0);
		len[2 * i + 1] = side_seal(&p.a, rec[2 * i + 1], "x",
		    i == 2 ? SS_DATA_FINAL : 0);
	}
	is_err(side_hear(&p.b, &h, rec[0], len[0]), SS_OK, "first epoch");
	is_err(side_hear(&p.b, &h, rec[1], len[1]), SS_OK, "its record");
	before = p.b.s;
	is_err(side_hear(&p.b, &h, rec[4], len[4]), SS_ERR_CHAIN,
	    "an epoch dropped from the middle");
	ok(memcmp(&before, &p.b.s, sizeof(before)) == 0, "nothing changed");
	is_err(side_hear(&p.b, &h, rec[5], len[5]), SS_ERR_FOREIGN,
	    "its data neither");
	is_err(side_hear(&p.b, &h, rec[2], len[2]), SS_OK,
	    "the right one goes on");
	pair_wipe(&p);
}

/* A stream begins while one is open; lines cannot turn into bytes. */
static void
test_broken(void)
{
	static struct pair p;
	uint8_t rec[512];
	struct heard h;
	size_t n;

	pair_make(&p, SS_MODE_DH, SS_CHACHAPOLY);
	n = side_introduce(&p.a, rec, SS_INTRO_LINES);
	is_err(side_hear(&p.b, &h, rec, n), SS_OK, "a stream begins");
	n = side_introduce(&p.a, rec, 0);
	is_err(side_hear(&p.b, &h, rec, n), SS_ERR_SEQUENCE,
	    "lines do not become bytes in the middle");
	p.a.tx.open = 0;
	n = side_introduce(&p.a, rec, 0);
	is_err(side_hear(&p.b, &h, rec, n), SS_OK, "the next stream begins");
	ok(h.broken, "and the broken one is reported");
	pair_wipe(&p);
}

/* What only a sender who holds the key can do wrong. */
static void
test_bad_sender(void)
{
	static struct pair p;
	static const char *const texts_padded[] = { "", "text",
		"text\x01", "text\x80" };
	uint8_t rec[512], salt[32] = { 1 };
	struct ss_introducer i;
	struct ss_buf buf = { rec, 0, sizeof(rec), 0 };
	struct heard h;
	size_t n;

	pair_make(&p, SS_MODE_DH, SS_CHACHAPOLY);
	n = side_introduce(&p.a, rec, 0);
	is_err(side_hear(&p.b, &h, rec, n), SS_OK, "a stream begins");
	for (size_t k = 0; k < 4; k++) {
		n = side_seal(&p.a, rec, texts_padded[k], SS_DATA_PADDED);
		p.a.tx.next -= k < 3; /* refused: the same place again */
		is_err(side_hear(&p.b, &h, rec, n),
		    k < 3 ? SS_ERR_FORMAT : SS_OK, "padding %zu", k);
	}
	is_bytes(h.text, "text", 4, "padding taken off");
	ok(h.len == 4, "all of it");
	n = side_seal(&p.a, rec, "end", SS_DATA_FINAL);
	is_err(side_hear(&p.b, &h, rec, n), SS_OK, "the stream ends");
	p.a.tx.open = 1;
	n = side_seal(&p.a, rec, "more", 0);
	is_err(side_hear(&p.b, &h, rec, n), SS_ERR_ORDER,
	    "a genuine record behind FINAL");
	ok(h.len == 0, "gives no text");

	is_err(ss_session_send(&p.a.tx.epoch, &i, salt, &p.a.s), SS_OK,
	    "the next epoch");
	i.prev_records = 1;
	is_err(ss_introducer_put(&buf, &i, &p.a.tx.epoch), SS_OK, "put");
	is_err(side_hear(&p.b, &h, rec, buf.len), SS_ERR_FORMAT,
	    "a start that counts records of a stream before it");
	pair_wipe(&p);
}

static void
test_expects(void)
{
	const uint8_t *rec = good.rec[1];
	size_t len = good.len[1];
	struct heard h;

	b = start.b;
	ok(!ss_stream_expects(&b.rx, rec, len), "nothing before a stream");
	is_err(side_hear(&b, &h, good.rec[0], good.len[0]), SS_OK, "begin");
	ok(ss_stream_expects(&b.rx, rec, len), "the first record");
	ok(!ss_stream_expects(&b.rx, good.rec[2], good.len[2]), "not later");
	ok(!ss_stream_expects(&b.rx, good.rec[5], good.len[5]),
	    "not of another epoch");
	ok(!ss_stream_expects(&b.rx, good.rec[0], good.len[0]),
	    "not an introducer");
	ok(!ss_stream_expects(&b.rx, rec, len - 1), "not a cut one");
	is_err(side_hear(&b, &h, rec, len), SS_OK, "it comes");
	ok(!ss_stream_expects(&b.rx, rec, len), "not twice");
	ss_stream_wipe(&b.rx);
}

static void
test_splice(void)
{
	static struct pair other;
	static struct recording foreign;
	static uint8_t in[2 * sizeof(good.flat)];
	size_t n;

	pair_make(&other, SS_MODE_DH, SS_CHACHAPOLY);
	record(&foreign, &other.a, 0);
	for (int i = 0; i < RECORDS; i++) {
		for (int k = 0; k < RECORDS; k++) {
			memcpy(in, good.flat, good.at[i]);
			n = good.at[i];
			memcpy(in + n, foreign.rec[k], foreign.len[k]);
			n += foreign.len[k];
			memcpy(in + n, good.flat + good.at[i],
			    good.at[RECORDS] - good.at[i]);
			n += good.at[RECORDS] - good.at[i];
			b = start.b;
			ok(play(&b, in, n, out, &outlen) != SS_OK &&
				is_prefix(),
			    "record %d of another session before %d", k, i);
		}
	}
	b = other.b;
	is_err(play(&b, good.flat, good.at[RECORDS], out, &outlen),
	    SS_ERR_AUTH, "the wrong session of the same two");
	b = start.a;
	is_err(play(&b, good.flat, good.at[RECORDS], out, &outlen),
	    SS_ERR_REFLECTED, "reflected to its sender");
	is_err(play(&b, good.flat, 0, out, &outlen), SS_ERR_EMPTY, "empty");
	pair_wipe(&other);
}

static void
test_lengths(void)
{
	static const uint32_t lengths[] = { 0, SS_BODY_MAX + 1, 131073,
		UINT32_MAX };
	uint8_t in[sizeof(good.flat)];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memcpy(in, good.flat, good.at[RECORDS]);
		ss_put32(in + good.at[1] + 4, lengths[i]);
		b = start.b;
		is_err(play(&b, in, good.at[RECORDS], out, &outlen),
		    SS_ERR_LENGTH, "a body of %u bytes",
		    (unsigned)lengths[i]);
		ok(outlen == 0, "gives no text");
	}
}

int
main(void)
{
	static struct pair p;

	if (sodium_init() < 0)
		return 1;
	ok(pair_make(&p, SS_MODE_DH, SS_CHACHAPOLY), "a session");
	start = p;
	record(&good, &p.a, 0);
	start.a = p.a; /* as it is after sending */
	test_good();
	test_every_bit();
	test_every_cut();
	test_order();
	test_lost_epoch();
	test_broken();
	test_bad_sender();
	test_expects();
	test_splice();
	test_lengths();
	return done_testing();
}
