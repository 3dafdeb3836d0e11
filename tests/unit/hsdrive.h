/* SPDX-License-Identifier: ISC */
#ifndef SS_HSDRIVE_H
#define SS_HSDRIVE_H

#include "../../lib/proto/handshake.h"
#include "tap.h"
#include <sodium.h>

/*
 * Both sides of a handshake of any family, driven in memory, and everything
 * that each reader must refuse on the way, with its state unchanged.
 */
enum { ALICE, BOB, MALLORY, PEOPLE };
static struct ss_identity people[PEOPLE];

static inline int
people_make(void)
{
	static const char *const names[] = { "alice", "bob", "mallory" };
	uint8_t seed[64];

	for (int i = 0; i < PEOPLE; i++) {
		memset(seed, 'a' + i, sizeof(seed));
		if (ss_identity_make(&people[i], names[i], seed) != SS_OK)
			return 0;
	}
	return 1;
}

struct rec {
	uint8_t at[1024];
	size_t len;
};

static inline enum ss_err
write_record(struct rec *r, struct ss_handshake *hs, uint8_t entropy)
{
	uint8_t e[32];
	struct ss_buf b = { r->at, 0, sizeof(r->at), 0 };
	enum ss_err err;

	memset(e, entropy, sizeof(e));
	err = ss_handshake_write(&b, e, hs);
	r->len = b.len;
	return err;
}

static inline void
set_length(struct rec *r)
{
	ss_put32(r->at + 4, (uint32_t)(r->len - SS_HEADER_BYTES));
}

/* The refusal, if it is one and left hs as it was. */
static inline enum ss_err
refusal(struct ss_handshake *hs, const uint8_t *rec, size_t len)
{
	static struct ss_handshake before;
	enum ss_err e;

	memcpy(&before, hs, sizeof(before));
	e = ss_handshake_read(hs, rec, len);
	return e != SS_OK && memcmp(&before, hs, sizeof(before)) != 0
	    ? SS_ERR_SYSTEM : e;
}

/*
 * Is a change of the record found out?  It is refused, or, where nothing in it
 * is authenticated yet, the handshake fails later.  All on copies.
 */
static inline int
found_out(const struct ss_handshake sides[2], int reader, const uint8_t *rec,
    size_t len)
{
	static struct ss_handshake copy[2];
	struct rec r;
	enum ss_err e;

	memcpy(copy, sides, sizeof(copy));
	if ((e = refusal(&copy[reader], rec, len)) != SS_OK)
		return e != SS_ERR_SYSTEM;
	for (int m = 1; ss_handshake_turn(&copy[0]) != SS_TURN_DONE ||
	    ss_handshake_turn(&copy[1]) != SS_TURN_DONE; m++) {
		int w = ss_handshake_turn(&copy[0]) == SS_TURN_WRITE ? 0 : 1;

		if (write_record(&r, &copy[w], (uint8_t)(0x90 + m)) != SS_OK ||
		    ss_handshake_read(&copy[1 - w], r.at, r.len) != SS_OK)
			return 1;
	}
	return 0;
}

static inline void
changes(const struct ss_handshake sides[2], int reader, const struct rec *r,
    const char *variant, size_t m)
{
	struct rec c = *r;
	size_t found = 0, bits = r->len * 8;

	for (size_t bit = 0; bit < bits; bit++) {
		c.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		found += (size_t)found_out(sides, reader, c.at, c.len);
		c.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ok(found == bits, "%s, message %zu: all %zu bits", variant, m, bits);

	found = 0;
	for (size_t len = 0; len < r->len; len++)
		found += (size_t)found_out(sides, reader, r->at, len);
	ok(found == r->len, "%s, message %zu: cut anywhere", variant, m);

	found = 0;
	for (c.len = SS_HEADER_BYTES + 1; c.len < r->len; c.len++) {
		set_length(&c);
		found += (size_t)found_out(sides, reader, c.at, c.len);
	}
	ok(found == r->len - SS_HEADER_BYTES - 1,
	    "%s, message %zu: cut, and the header says so", variant, m);

	c = *r;
	found = 0;
	for (int i = 1; i <= 64; i++) {
		c.at[c.len++] = (uint8_t)i;
		found += (size_t)found_out(sides, reader, c.at, c.len);
		set_length(&c);
		found += (size_t)found_out(sides, reader, c.at, c.len);
		set_length(&c);
	}
	ok(found == 128, "%s, message %zu: extended", variant, m);
}

static inline void
places(struct ss_handshake sides[2], int reader, const struct rec *r,
    struct ss_handshake other[2], const struct rec *others,
    const char *variant, size_t m)
{
	struct rec c = *r;
	enum ss_err e;

	c.at[3] |= SS_TYPE_LAB;
	is_err(refusal(&sides[reader], c.at, c.len), SS_ERR_LAB,
	    "%s, message %zu: LAB", variant, m);
	c.at[3] = SS_DATA;
	is_err(refusal(&sides[reader], c.at, c.len), SS_ERR_FORMAT,
	    "%s, message %zu: as a data record", variant, m);
	c.at[3] = SS_HANDSHAKE;
	c.at[11] = 3;
	is_err(refusal(&sides[reader], c.at, c.len), SS_ERR_FORMAT,
	    "%s, message %zu: no such mode", variant, m);
	c.at[11] = SS_MODE_STATIC;
	is_err(refusal(&sides[reader], c.at, c.len), SS_ERR_SUITE,
	    "%s, message %zu: another mode", variant, m);
	c = *r;
	c.at[20] = (uint8_t)(m + 2);
	is_err(refusal(&sides[reader], c.at, c.len), SS_ERR_SEQUENCE,
	    "%s, message %zu: another step", variant, m);
	is_err(refusal(&sides[1 - reader], r->at, r->len), SS_ERR_REFLECTED,
	    "%s, message %zu: back to its writer", variant, m);
	if (m > 0) {
		is_err(refusal(&sides[reader], others->at, others->len),
		    SS_ERR_FOREIGN, "%s, message %zu: of another run", variant,
		    m);
		e = refusal(&other[1 - reader], r->at, r->len);
		is_err(e, SS_ERR_FOREIGN,
		    "%s, message %zu: to another run's writer", variant, m);
	}
}

/*
 * All refusals, before every message of a handshake that then succeeds.
 * start makes Alice or Bob of a variant, in a run of this number; with `meant`
 * a side also knows the other's public key where that is optional.
 */
static inline void
exhaustive(const char *variant, enum ss_err (*start)(struct ss_handshake *hs,
    const char *variant, int who, int meant, uint8_t run))
{
	static struct ss_handshake sides[2], other[2];
	static struct ss_agreed a, b;
	static struct rec recs[4], others[4];
	size_t m;

	ok(start(&sides[0], variant, ALICE, 0, 1) == SS_OK &&
	    start(&sides[1], variant, BOB, 0, 1) == SS_OK &&
	    start(&other[0], variant, ALICE, 0, 2) == SS_OK &&
	    start(&other[1], variant, BOB, 0, 2) == SS_OK, "%s", variant);
	for (m = 0; ss_handshake_turn(&sides[0]) != SS_TURN_DONE ||
	    ss_handshake_turn(&sides[1]) != SS_TURN_DONE; m++) {
		int w = (int)(m % 2), r = 1 - w;
		struct rec none;

		is_err(write_record(&none, &sides[r], 1), SS_ERR_SEQUENCE,
		    "%s, message %zu: not the reader's turn", variant, m);
		is_err(write_record(&recs[m], &sides[w], (uint8_t)(m + 1)),
		    SS_OK, "%s, message %zu: written", variant, m);
		if (write_record(&others[m], &other[w], (uint8_t)(m + 21)) !=
		    SS_OK)
			break;
		is_err(ss_handshake_finish(&a, &sides[r]), SS_ERR_SEQUENCE,
		    "%s, message %zu: not complete", variant, m);
		places(sides, r, &recs[m], other, &others[m], variant, m);
		for (size_t i = 0; i < m; i++)
			ok(refusal(&sides[r], recs[i].at, recs[i].len) !=
			    SS_OK, "%s, message %zu in the place of %zu",
			    variant, i, m);
		changes(sides, r, &recs[m], variant, m);
		is_err(ss_handshake_read(&sides[r], recs[m].at, recs[m].len),
		    SS_OK, "%s, message %zu: the good one, still", variant, m);
		is_err(refusal(&sides[r], recs[m].at, recs[m].len),
		    SS_ERR_SEQUENCE, "%s, message %zu: twice", variant, m);
		if (ss_handshake_read(&other[r], others[m].at,
			others[m].len) != SS_OK)
			break;
	}
	is_err(ss_handshake_finish(&a, &sides[0]), SS_OK, "%s", variant);
	is_err(ss_handshake_finish(&b, &sides[1]), SS_OK, "%s", variant);
	is_bytes(a.secret, b.secret, 64, "%s: the secret", variant);
	is_bytes(a.hash, b.hash, 32, "%s: the transcript hash", variant);
}

/* The 14 encodings of 7 points. */
static inline void
low_order_point(uint8_t out[32], int i)
{
	static const char *const hex[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};

	unhex(out, 32, hex[i % 7]);
	out[31] |= (uint8_t)(i < 7 ? 0 : 0x80);
}

/* The spans of a message tile it. */
static inline int
tiled(const struct rec *r)
{
	struct ss_handshake_record h;
	struct ss_span spans[SS_SPANS_MAX];
	size_t n, off = SS_HANDSHAKE_FIXED;

	if (ss_handshake_get(&h, r->at, r->len) != SS_OK ||
	    ss_family_of(h.family)->walk(spans, &n, SS_SPANS_MAX,
		h.suite, h.step, h.message.len, off) != SS_OK)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (spans[i].off != off)
			return 0;
		off += spans[i].len;
	}
	return off == r->len;
}

#endif
