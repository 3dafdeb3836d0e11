/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "pair.h"

/* Sessions: the three modes, who may speak first, lost and late epochs, what
 * a thief can open, and the text form. */

static struct pair p, q;
static struct side thief;

static void
test_modes(enum ss_mode mode, enum ss_aead_id aead)
{
	const char *m = ss_name_of(ss_mode_names, mode);
	int bad = 0;

	ok(pair_make(&p, mode, aead), "%s %s: begins", m,
	    ss_aead_name((int)aead));
	for (int i = 0; i < 50; i++)
		bad |= pair_say(&p.a, &p.b, "to bob") != SS_OK ||
		    pair_say(&p.a, &p.b, "again") != SS_OK ||
		    pair_say(&p.b, &p.a, "to alice") != SS_OK;
	ok(!bad, "%s: 150 epochs to and fro", m);

	ok(pair_make(&p, mode, aead), "%s: begins", m);
	is_err(pair_say(&p.b, &p.a, "first"), SS_OK,
	    "%s: the responder speaks first", m);
	is_err(pair_say(&p.a, &p.b, "second"), SS_OK, "%s: answered", m);
	is_err(pair_say(&p.b, &p.a, "third"), SS_OK, "%s: and again", m);
	pair_wipe(&p);
}

/* Both open an epoch before either has heard the other. */
static void
test_crossing(enum ss_mode mode)
{
	const char *m = ss_name_of(ss_mode_names, mode);
	uint8_t ra[512], rb[512];
	struct heard h;
	size_t na, nb;

	ok(pair_make(&p, mode, SS_CHACHAPOLY), "%s: begins", m);
	na = side_introduce(&p.a, ra, 0);
	nb = side_introduce(&p.b, rb, 0);
	is_err(side_hear(&p.b, &h, ra, na), SS_OK, "%s: crossing, one way", m);
	is_err(side_hear(&p.a, &h, rb, nb), SS_OK, "%s: the other way", m);
	na = side_seal(&p.a, ra, "x", SS_DATA_FINAL);
	is_err(side_hear(&p.b, &h, ra, na), SS_OK, "%s: data goes on", m);
	is_err(pair_say(&p.b, &p.a, "and"), SS_OK, "%s: next epoch", m);
	is_err(pair_say(&p.a, &p.b, "on"), SS_OK, "%s: and its answer", m);
	pair_wipe(&p);
}

/* n epochs are lost, the next one arrives */
static enum ss_err
lose(struct pair *x, unsigned n, uint32_t *gap)
{
	uint8_t rec[512];
	struct heard h;
	size_t len;
	enum ss_err e;

	while (n-- > 0) {
		if (!side_introduce(&x->a, rec, 0))
			return SS_ERR_DIRECTION;
		x->a.tx.open = 0;
	}
	len = side_introduce(&x->a, rec, 0);
	e = side_hear(&x->b, &h, rec, len);
	*gap = h.gap;
	x->a.tx.open = 0;
	x->b.rx.open = 0;
	return e;
}

static void
test_skipping(enum ss_mode mode)
{
	const char *m = ss_name_of(ss_mode_names, mode);
	static uint8_t late[3][512];
	struct heard h;
	uint32_t gap;

	pair_make(&p, mode, SS_CHACHAPOLY);
	is_err(lose(&p, 1024, &gap), SS_OK, "%s: 1,024 lost epochs", m);
	ok(gap == 1024 && p.b.s.ratchet.nskipped == 1024,
	    "%s: and their keys kept", m);
	pair_make(&p, mode, SS_CHACHAPOLY);
	q = p;
	is_err(lose(&p, 1025, &gap), SS_ERR_SKIPPED, "%s: not 1,025", m);
	ok(memcmp(&p.b.s, &q.b.s, sizeof(q.b.s)) == 0,
	    "%s: nothing changed by that", m);

	pair_make(&p, mode, SS_CHACHAPOLY);
	for (int i = 0; i < 3; i++) {
		side_introduce(&p.a, late[i], 0);
		p.a.tx.open = 0;
	}
	is_err(side_hear(&p.b, &h, late[2], SS_RATCHET_RECORD_BYTES), SS_OK,
	    "%s: the third first", m);
	p.b.rx.open = 0;
	ok(h.gap == 2, "%s: two are missing", m);
	is_err(side_hear(&p.b, &h, late[0], SS_RATCHET_RECORD_BYTES), SS_OK,
	    "%s: the first late", m);
	p.b.rx.open = 0;
	ok(h.gap == 0 && p.b.s.ratchet.nskipped == 1, "%s: one is left", m);
	ok(sodium_is_zero((uint8_t *)&p.b.s.ratchet.skipped[1],
	       sizeof(struct ss_skipped)), "%s: the used one is wiped", m);
	is_err(side_hear(&p.b, &h, late[0], SS_RATCHET_RECORD_BYTES),
	    SS_ERR_REPLAY, "%s: once only", m);
	is_err(side_hear(&p.b, &h, late[2], SS_RATCHET_RECORD_BYTES),
	    SS_ERR_REPLAY, "%s: the third once only", m);
	is_err(side_hear(&p.b, &h, late[1], SS_RATCHET_RECORD_BYTES), SS_OK,
	    "%s: the second last", m);
	pair_wipe(&p);
}

/* Skips in the old chain and in the new one count together. */
static void
test_skip_across_turn(void)
{
	uint8_t rec[512];
	struct heard h;
	uint32_t gap;
	size_t n = 0;

	pair_make(&p, SS_MODE_DH, SS_CHACHAPOLY);
	is_err(pair_say(&p.a, &p.b, "1"), SS_OK, "turn: first");
	for (int i = 0; i < 600; i++) {
		n = side_introduce(&p.a, rec, 0);
		p.a.tx.open = 0;
	}
	is_err(pair_say(&p.b, &p.a, "2"), SS_OK, "turn: an answer");
	q = p;
	is_err(lose(&p, 425, &gap), SS_ERR_SKIPPED, "turn: 600 + 425 refused");
	p = q;
	is_err(lose(&p, 424, &gap), SS_OK, "turn: 600 + 424 bridged");
	ok(gap == 1024, "turn: all counted");
	is_err(side_hear(&p.b, &h, rec, n), SS_OK, "turn: an old one late");
}

static void
test_refusals(void)
{
	uint8_t rec[512], bad[512], key[32] = { 1 };
	struct ss_introducer i;
	struct heard h;
	uint32_t gap;
	size_t n;

	pair_make(&p, SS_MODE_DH, SS_CHACHAPOLY);
	pair_make(&q, SS_MODE_DH, SS_CHACHAPOLY); /* another session of both */
	n = side_introduce(&p.a, rec, 0);
	is_err(side_hear(&p.a, &h, rec, n), SS_ERR_REFLECTED, "reflected");
	is_err(side_hear(&q.b, &h, rec, n), SS_ERR_AUTH, "another session");
	memcpy(bad, rec, n);
	bad[SS_HEADER_BYTES + 1] = SS_AESGCM;
	is_err(side_hear(&p.b, &h, bad, n), SS_ERR_SUITE, "another AEAD");
	memcpy(bad, rec, n);
	bad[SS_HEADER_BYTES + 2] = SS_MODE_HASH;
	is_err(side_hear(&p.b, &h, bad, n), SS_ERR_SUITE, "another mode");
	memcpy(bad, rec, n);
	bad[SS_HEADER_BYTES + 4] ^= 1;
	is_err(side_hear(&p.b, &h, bad, n), SS_ERR_FOREIGN, "another sender");
	memcpy(bad, rec, n);
	bad[SS_HEADER_BYTES + 12] ^= 1;
	is_err(side_hear(&p.b, &h, bad, n), SS_ERR_FOREIGN, "another reader");
	memcpy(bad, rec, n);
	bad[3] |= SS_TYPE_LAB;
	is_err(ss_session_receive(key, &i, &gap, &p.b.work, bad, n, key,
	    &p.b.s), SS_ERR_LAB, "LAB");
	memcpy(bad, rec, n);
	memset(bad + ss_wire_offset(ss_layout_find("ratchet"), "ratchet"), 0,
	    32);
	is_err(side_hear(&p.b, &h, bad, n), SS_ERR_LOWORDER,
	    "a ratchet key of low order");
	is_err(side_hear(&p.b, &h, rec, n), SS_OK, "and the good one holds");

	p.a.tx.open = 0;
	n = side_introduce(&p.a, rec, SS_INTRO_LINES << 1);
	is_err(side_hear(&p.b, &h, rec, n), SS_ERR_FORMAT, "unknown flags");

	/* two who have no names: only the ratchet key tells them apart */
	pair_make(&p, SS_MODE_DH, SS_CHACHAPOLY);
	memset(p.a.s.self_fp, 0, 32);
	memset(p.a.s.peer_fp, 0, 32);
	n = side_introduce(&p.a, rec, 0);
	is_err(side_hear(&p.a, &h, rec, n), SS_ERR_REFLECTED,
	    "reflected among the anonymous");
	pair_make(&p, SS_MODE_HASH, SS_CHACHAPOLY);
	n = side_introduce(&p.a, rec, 0);
	rec[ss_wire_offset(ss_layout_find("ratchet"), "ratchet")] = 1;
	is_err(side_hear(&p.b, &h, rec, n), SS_ERR_FORMAT,
	    "a ratchet key in a mode without");
}

/*
 * A thief copies the receiver's session after some epochs.  In static mode the
 * copy opens what was recorded before; otherwise not.  In dh mode it is
 * locked out again once both sides have spoken.
 */
static int
thief_opens(enum ss_mode mode, int future)
{
	uint8_t past[512], next[512];
	struct heard h;
	size_t n;

	pair_make(&p, mode, SS_CHACHAPOLY);
	pair_say(&p.a, &p.b, "hello");
	pair_say(&p.b, &p.a, "hello");
	n = side_introduce(&p.a, past, 0);
	side_hear(&p.b, &h, past, n);
	p.a.tx.open = p.b.rx.open = 0;
	thief = p.b;
	if (!future) {
		/* give the thief the position back, not the keys */
		thief.s.ratchet.Nr = 0;
		thief.s.ratchet.nskipped = 0;
		return side_hear(&thief, &h, past, n) == SS_OK;
	}
	pair_say(&p.b, &p.a, "bob's next key");
	pair_say(&p.a, &p.b, "alice's answer to it");
	pair_say(&p.b, &p.a, "bob's");
	n = side_introduce(&p.a, next, 0);
	return side_hear(&thief, &h, next, n) == SS_OK;
}

static void
test_thief(void)
{
	ok(thief_opens(SS_MODE_STATIC, 0), "static: a thief opens the past");
	ok(!thief_opens(SS_MODE_HASH, 0), "hash: not the past");
	ok(!thief_opens(SS_MODE_DH, 0), "dh: not the past");
	ok(thief_opens(SS_MODE_HASH, 1), "hash: but the future");
	ok(!thief_opens(SS_MODE_DH, 1), "dh: nor the future after an answer");
}

/* A copied-back session file: the same chain key, another epoch. */
static void
test_restored(void)
{
	uint8_t one[512], two[512];

	pair_make(&p, SS_MODE_DH, SS_CHACHAPOLY);
	q = p;
	side_introduce(&p.a, one, 0);
	side_introduce(&q.a, two, 0);
	ok(memcmp(p.a.tx.epoch.key, q.a.tx.epoch.key, 32) != 0 &&
		memcmp(p.a.tx.epoch.id, q.a.tx.epoch.id, 16) != 0,
	    "a restored session makes another key: the salt");
}

static char text[SS_SESSION_TEXT_MAX], text2[SS_SESSION_TEXT_MAX];

static void
test_text(enum ss_mode mode)
{
	const char *m = ss_name_of(ss_mode_names, mode);
	static struct ss_session back;
	size_t len, len2, bad = 0;
	uint32_t gap;

	pair_make(&p, mode, SS_AESGCM);
	pair_say(&p.b, &p.a, "hello");
	is_err(lose(&p, 1024, &gap), SS_OK, "%s: a full store", m);
	p.b.s.rx.open = 1;
	p.b.s.rx.next = UINT64_MAX - 1;
	is_err(ss_session_put_text(text, sizeof(text), &len, &p.b.s), SS_OK,
	    "%s: text", m);
	is_err(ss_session_get_text(&back, text, len), SS_OK, "%s: back", m);
	ok(memcmp(&back, &p.b.s, sizeof(back)) == 0, "%s: the same", m);
	is_err(ss_session_put_text(text2, sizeof(text2), &len2, &back), SS_OK,
	    "%s: again", m);
	ok(len == len2 && memcmp(text, text2, len) == 0, "%s: same text", m);

	pair_make(&p, mode, SS_CHACHAPOLY);
	if (ss_session_put_text(text, sizeof(text), &len, &p.a.s) != SS_OK)
		len = 0;
	for (size_t cut = 0; cut < len; cut++)
		bad += ss_session_get_text(&back, text, cut) == SS_OK ||
		    !sodium_is_zero((uint8_t *)&back, sizeof(back));
	ok(len > 0 && bad == 0, "%s: cut at every byte, refused", m);
	is_err(ss_session_get_text(&back, text, 0), SS_ERR_EMPTY, "empty");
	text[len] = 'x';
	text[len + 1] = '\n';
	ok(ss_session_get_text(&back, text, len + 2) != SS_OK, "extended");
	text[len] = 0;
	text[strlen("secretsocket-session: ")] = '2';
	is_err(ss_session_get_text(&back, text, len), SS_ERR_VERSION,
	    "version 2");
}

static void
test_one_way(void)
{
	struct ss_agreed a;
	static struct ss_session s;
	uint8_t fresh[32] = { 1 };
	struct ss_ratchet_header h;
	uint8_t mk[32];

	pair_agreed(&a, SS_MODE_DH, SS_CHACHAPOLY);
	a.one_way = 1;
	is_err(ss_session_begin(&s, &a, fresh, NULL), SS_ERR_SUITE,
	    "one-way: no dh");
	a.mode = SS_MODE_HASH;
	is_err(ss_session_begin(&s, &a, fresh, NULL), SS_OK, "one-way: hash");
	is_err(ss_ratchet_send(mk, &h, &s.ratchet), SS_ERR_DIRECTION,
	    "one-way: the responder does not send");
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	for (int m = SS_MODE_DH; m <= SS_MODE_STATIC; m++) {
		test_modes((enum ss_mode)m, SS_CHACHAPOLY);
		test_modes((enum ss_mode)m, SS_AESGCM);
		test_crossing((enum ss_mode)m);
		test_skipping((enum ss_mode)m);
		test_text((enum ss_mode)m);
	}
	test_skip_across_turn();
	test_refusals();
	test_thief();
	test_restored();
	test_one_way();
	return done_testing();
}
