/* SPDX-License-Identifier: ISC */
#ifndef SS_PAIR_H
#define SS_PAIR_H

#include "../../lib/proto/stream.h"
#include <sodium.h>

/*
 * Two sides of one session, made without a handshake, and a receiver in
 * memory that does what ss-open does.  Randomness is a counter: the tests
 * are the same each time.
 */
struct side {
	struct ss_session s;
	struct ss_stream tx, rx;
	struct ss_ratchet work;
};

struct pair {
	struct side a, b; /* a is the initiator */
};

static inline void
pair_random(uint8_t *out, size_t n)
{
	static uint64_t counter;
	uint8_t seed[randombytes_SEEDBYTES] = { 0 };

	counter++;
	memcpy(seed, &counter, sizeof(counter));
	randombytes_buf_deterministic(out, n, seed);
}

static inline void
pair_agreed(struct ss_agreed *a, enum ss_mode mode, enum ss_aead_id aead)
{
	memset(a, 0, sizeof(*a));
	a->family = 1;
	a->suite = 0x0801;
	a->mode = (uint8_t)mode;
	a->aead = (uint8_t)aead;
	a->secretlen = 64;
	pair_random(a->hash, sizeof(a->hash));
	pair_random(a->secret, sizeof(a->secret));
	pair_random(a->r0_sec, sizeof(a->r0_sec));
	ss_dh_public(a->r0_pub, a->r0_sec);
}

/* names "alice" and "bob"; 0 if the sessions could not begin */
static inline int
pair_make(struct pair *p, enum ss_mode mode, enum ss_aead_id aead)
{
	struct ss_identity alice, bob;
	struct ss_agreed a;
	uint8_t seed[64], fresh[32];
	enum ss_err e1, e2;

	memset(p, 0, sizeof(*p));
	memset(seed, 'a', sizeof(seed));
	if (ss_identity_make(&alice, "alice", seed) != SS_OK)
		return 0;
	memset(seed, 'b', sizeof(seed));
	if (ss_identity_make(&bob, "bob", seed) != SS_OK)
		return 0;
	pair_agreed(&a, mode, aead);
	a.self = alice.pub;
	a.peer = bob.pub;
	a.initiator = 1;
	pair_random(fresh, sizeof(fresh));
	e1 = ss_session_begin(&p->a.s, &a, fresh, NULL);
	a.self = bob.pub;
	a.peer = alice.pub;
	a.initiator = 0;
	e2 = ss_session_begin(&p->b.s, &a, fresh, NULL);
	return e1 == SS_OK && e2 == SS_OK;
}

static inline void
pair_wipe(struct pair *p)
{
	ss_stream_wipe(&p->a.tx);
	ss_stream_wipe(&p->a.rx);
	ss_stream_wipe(&p->b.tx);
	ss_stream_wipe(&p->b.rx);
}

/* a new epoch of side t, its record to rec; the length, 0 if refused */
static inline size_t
side_introduce(struct side *t, uint8_t *rec, uint8_t flags)
{
	struct ss_introducer i;
	struct ss_buf b = { rec, 0, SS_RATCHET_RECORD_BYTES, 0 };
	uint8_t prev[16] = { 0 }, salt[32];
	uint64_t records = 0;

	if (t->tx.open) {
		memcpy(prev, t->tx.epoch.id, sizeof(prev));
		records = t->tx.next;
	}
	pair_random(salt, sizeof(salt));
	if (ss_session_send(&t->tx.epoch, &i, salt, &t->s) != SS_OK)
		return 0;
	i.flags = flags;
	memcpy(i.prev_id, prev, sizeof(prev));
	i.prev_records = records;
	if (ss_introducer_put(&b, &i, &t->tx.epoch) != SS_OK)
		return 0;
	ss_stream_enter(&t->tx, &i);
	return b.len;
}

static inline size_t
side_seal(struct side *t, uint8_t *rec, const char *text, uint8_t flags)
{
	size_t len = strlen(text);

	if (ss_stream_seal(rec, (const uint8_t *)text, len, flags, &t->tx) !=
	    SS_OK)
		return 0;
	return len + SS_DATA_OVERHEAD;
}

struct heard {
	int final, broken;
	uint32_t gap;
	size_t len;
	uint8_t text[4096];
};

/* one record arrives at side t */
static inline enum ss_err
side_hear(struct side *t, struct heard *h, const uint8_t *rec, size_t len)
{
	struct ss_introducer i;
	struct ss_header head;
	uint8_t fresh[32], key[32];
	enum ss_err e;

	memset(h, 0, sizeof(*h));
	if (len < SS_HEADER_BYTES)
		return len ? SS_ERR_TRUNCATED : SS_ERR_EMPTY;
	if ((e = ss_header_get(&head, rec)) != SS_OK)
		return e;
	if (head.lab)
		return SS_ERR_LAB;
	if (head.type == SS_HANDSHAKE)
		return SS_ERR_FOREIGN;
	if (head.type == SS_DATA)
		return len - SS_DATA_OVERHEAD > sizeof(h->text) ?
		    SS_ERR_LENGTH :
		    ss_stream_open(h->text, &h->len, &h->final, rec, len,
			&t->rx);
	pair_random(fresh, sizeof(fresh));
	e = ss_session_receive(
	    key, &i, &h->gap, &t->work, rec, len, fresh, &t->s);
	if (e == SS_OK)
		e = ss_stream_introduce(&h->broken, &t->rx, &i);
	if (e != SS_OK)
		return e;
	ss_session_accept(&t->rx.epoch, &t->s, &t->work, key);
	ss_stream_enter(&t->rx, &i);
	return SS_OK;
}

/* one epoch with one final record from f to t; SS_OK if t reads the text */
static inline enum ss_err
pair_say(struct side *f, struct side *t, const char *text)
{
	uint8_t rec[4096];
	struct heard h;
	size_t n = side_introduce(f, rec, 0);
	enum ss_err e;

	if (!n)
		return SS_ERR_DIRECTION;
	if ((e = side_hear(t, &h, rec, n)) != SS_OK)
		return e;
	n = side_seal(f, rec, text, SS_DATA_FINAL);
	if ((e = side_hear(t, &h, rec, n)) != SS_OK)
		return e;
	return h.final && h.len == strlen(text) &&
		memcmp(h.text, text, h.len) == 0 ?
	    SS_OK :
	    SS_ERR_AUTH;
}

#endif
