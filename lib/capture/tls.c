/* SPDX-License-Identifier: ISC */
#include "tls.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* RFC 8446, 5.1 */
enum { CHANGE_CIPHER = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION = 23 };
enum { FINISHED = 20, KEY_UPDATE = 24 };

#define RECORD_LEAST 22     /* header 5, inner type 1, tag 16 */
#define WINDOW_MAX   4096   /* records that may be lost in a gap */
#define TRIES_MAX    20000  /* decryptions until a gap is given up */

int
ss_tls_looks(const uint8_t *in, size_t len)
{
	static const uint8_t start[] = { HANDSHAKE, 3 };
	size_t n = len < 2 ? len : 2;

	if (memcmp(in, start, n) != 0 || (len > 2 && in[2] > 4))
		return 0;
	return len < 6 ? -1 : in[5] == 1 || in[5] == 2;
}

static size_t
record_length(const uint8_t *in)
{
	return 5 + (size_t)(in[3] << 8 | in[4]);
}

static int
header_plausible(const uint8_t *in)
{
	return in[0] >= CHANGE_CIPHER && in[0] <= APPLICATION && in[1] == 3 &&
	    in[2] <= 4 && record_length(in) <= SS_TLS_RECORD_MAX;
}

static void
die(struct ss_tls *t, int dir)
{
	t->half[dir].phase = SS_TLS_DEAD;
}

/* Find the end of each message; Finished and KeyUpdate change the key. */
static void
walk_handshake(struct ss_tls_half *h, const uint8_t *in, size_t len)
{
	while (len > 0) {
		if (h->left > 0) {
			size_t n = h->left < len ? h->left : len;

			h->left -= (uint32_t)n;
			in += n;
			len -= n;
		} else {
			h->head[h->headlen++] = *in++;
			len--;
			if (h->headlen < 4)
				continue;
			h->left = (uint32_t)h->head[1] << 16 |
			    (uint32_t)h->head[2] << 8 | h->head[3];
		}
		if (h->headlen == 4 && h->left == 0) {
			h->finished |= h->head[0] == FINISHED;
			h->update |= h->head[0] == KEY_UPDATE;
			h->headlen = 0;
		}
	}
}

/* What a decrypted record holds: text, its real type, zeros.  RFC 8446, 5.4 */
static void
opened(struct ss_tls *t, int dir, struct ss_when when, size_t len)
{
	struct ss_tls_half *h = &t->half[dir];

	h->records++;
	while (len > 0 && t->scratch[len - 1] == 0)
		len--;
	if (len == 0)
		return;
	len--;
	if (t->scratch[len] == APPLICATION) {
		h->plain += len;
		t->plain(t->arg, dir, when, t->scratch, len);
	} else if (t->scratch[len] == HANDSHAKE) {
		walk_handshake(h, t->scratch, len);
	}
	if (h->finished && h->phase == SS_TLS_HANDSHAKE) {
		h->phase = SS_TLS_TRAFFIC;
		h->keyed = 0;
	} else if (h->update && !ss_tls_update(t, dir)) {
		die(t, dir);
	}
	h->finished = h->update = 0;
}

/* The half's key, if its secret is known by now. */
static int
have_key(struct ss_tls *t, int dir)
{
	struct ss_tls_half *h = &t->half[dir];

	if (h->keyed || ss_tls_rekey(t, dir))
		return 1;
	if (h->phase != SS_TLS_HANDSHAKE)
		return 0;
	/* only the later secret: it fits from some record on, its first */
	h->phase = SS_TLS_TRAFFIC;
	if (ss_tls_rekey(t, dir)) {
		h->guessing = 1;
		return 1;
	}
	h->phase = SS_TLS_HANDSHAKE;
	return 0;
}

static void
refuse(struct ss_tls *t, int dir)
{
	struct ss_tls_half *h = &t->half[dir];

	/* early data, under a key that we do not follow, comes first */
	if (h->guessing || (t->early && dir == t->client && h->seq == 0 &&
	    h->phase == SS_TLS_HANDSHAKE))
		return;
	ss_note_bad(t->notes, SS_TOPIC_TLS, "record %llu of the %s does not "
	    "verify: damaged, or other secrets",
	    (unsigned long long)h->seq, dir == t->client ? "client" : "server");
	die(t, dir);
}

/* One whole record; 0 if it must wait for something. */
static int
record(struct ss_tls *t, int dir, struct ss_when when, const uint8_t *rec,
    size_t len)
{
	struct ss_tls_half *h = &t->half[dir];
	int n;

	if (h->phase == SS_TLS_HELLO) {
		if (rec[0] == HANDSHAKE)
			ss_tls_hello(t, dir, rec + 5, len - 5);
		return rec[0] != APPLICATION;
	}
	if (rec[0] != APPLICATION)
		return 1; /* for the sake of old boxes on the way */
	if (!have_key(t, dir))
		return 0;
	n = ss_tls_decrypt(h, t->scratch, rec, len, h->seq);
	if (n < 0) {
		refuse(t, dir);
		return 1;
	}
	h->guessing = 0;
	h->seq++;
	opened(t, dir, when, (size_t)n);
	return 1;
}

/*
 * After a gap neither the start of a record nor its number is known: try.
 * The number of the bytes that are missing bounds that of the records.
 * From the byte `from` on; returns bytes used; *found if a record was opened.
 */
static size_t
search(struct ss_tls *t, int dir, struct ss_when when, const uint8_t *in,
    size_t from, size_t len, int *found)
{
	struct ss_tls_half *h = &t->half[dir];
	size_t at = from, n;
	int got;

	for (*found = 0; len - at >= 5; at++) {
		if (in[at] != APPLICATION || !header_plausible(in + at))
			continue;
		n = record_length(in + at);
		if (n > len - at || !have_key(t, dir))
			return at - from;
		for (unsigned i = 0; i <= h->window; i++) {
			if (h->tries++ > TRIES_MAX) {
				ss_note(t->notes, SS_TOPIC_TLS,
				    "what stands behind the missing bytes "
				    "cannot be read");
				die(t, dir);
				return len - from;
			}
			got = ss_tls_decrypt(
			    h, t->scratch, in + at, n, h->seq + i);
			if (got < 0)
				continue;
			when = ss_marks_find(&h->marks, at + n, when);
			h->seq += i + 1;
			h->searching = h->guessing = 0;
			h->window = h->tries = 0;
			h->headlen = 0;
			h->left = 0;
			t->gap(t->arg, dir);
			opened(t, dir, when, (size_t)got);
			*found = 1;
			return at + n - from;
		}
	}
	return at - from;
}

static size_t
records(struct ss_tls *t, int dir, struct ss_when when, const uint8_t *in,
    size_t len)
{
	struct ss_tls_half *h = &t->half[dir];
	size_t used = 0, n;
	struct ss_when whole;
	int found;

	while (h->phase != SS_TLS_DEAD && len - used >= 5) {
		if (h->searching) {
			used += search(t, dir, when, in, used, len, &found);
			if (!found)
				break;
			continue;
		}
		if (!header_plausible(in + used)) {
			ss_note_bad(t->notes, SS_TOPIC_TLS,
			    "bytes that are no record");
			die(t, dir);
			break;
		}
		n = record_length(in + used);
		if (n > len - used)
			break;
		whole = ss_marks_find(&h->marks, used + n, when);
		if (!record(t, dir, whole, in + used, n))
			break;
		used += n;
	}
	return h->phase == SS_TLS_DEAD ? len : used;
}

/* Why nothing can be read, once for each connection. */
static void
explain(struct ss_tls *t)
{
	char hex[2 * SS_RANDOM_BYTES + 1];

	if (t->noted)
		return;
	t->noted = 1;
	sodium_bin2hex(hex, sizeof(hex), t->random, sizeof(t->random));
	if (!t->has_client || !t->has_server)
		ss_note(t->notes, SS_TOPIC_TLS,
		    "the handshake is not whole in the capture");
	else
		ss_note(t->notes, SS_TOPIC_TLS,
		    "no secrets for client random %s", hex);
}

/* Who has no secrets may take half of the pool; the rest is for those that
 * can be read. */
static int
waits_too_much(struct ss_tls *t, int dir)
{
	const struct ss_tls_half *h = &t->half[dir];

	return h->in.len > SS_TLS_WAIT_MAX || (h->in.len > 0 && t->pool &&
	    t->pool->used > SS_POOL_MAX / 2 && h->phase != SS_TLS_HELLO &&
	    !have_key(t, dir));
}

/* It has waited in vain, or there are too many that wait. */
static void
give_up_waiting(struct ss_tls *t, int dir)
{
	if (t->half[dir].keyed)
		ss_note(t->notes, SS_TOPIC_TLS, "too much is under way at a "
		    "time, a connection is not read on");
	else
		explain(t);
	die(t, dir);
}

void
ss_tls_push(struct ss_tls *t, int dir, struct ss_when when, const uint8_t *in,
    size_t len)
{
	struct ss_tls_half *h = &t->half[dir];
	int had_server = t->has_server, full = 0;
	size_t used;

	if (h->phase == SS_TLS_DEAD)
		return;
	if (h->in.len > 0) {
		full = ss_hold_put(&h->in, t->pool, in, len) < 0;
		ss_marks_put(&h->marks, h->in.len, when);
		used = records(t, dir, when, h->in.at, h->in.len);
		ss_hold_drop(&h->in, used);
		ss_marks_drop(&h->marks, used);
	} else {
		used = records(t, dir, when, in, len);
		full = ss_hold_put(&h->in, t->pool, in + used, len - used) < 0;
		ss_marks_put(&h->marks, h->in.len, when);
	}
	if (h->phase != SS_TLS_DEAD && (full || waits_too_much(t, dir)))
		give_up_waiting(t, dir);
	for (int i = 0; i < 2; i++)
		if (t->half[i].phase == SS_TLS_DEAD)
			ss_tls_half_wipe(t, i);
	if (t->has_server && !had_server)
		ss_tls_retry(t); /* the client's part was waiting for it */
}

int
ss_tls_waits(const struct ss_tls *t, int dir)
{
	const struct ss_tls_half *h = &t->half[dir];

	return h->phase != SS_TLS_DEAD && h->in.len >= 5 && !h->keyed &&
	    t->has_client && t->has_server;
}

void
ss_tls_retry(struct ss_tls *t)
{
	for (int dir = 0; dir < 2; dir++)
		if (t->half[dir].in.len > 0)
			ss_tls_push(t, dir, (struct ss_when){ 0 }, NULL, 0);
}

void
ss_tls_gap(struct ss_tls *t, int dir, uint64_t n)
{
	struct ss_tls_half *h = &t->half[dir];
	uint64_t lost = n / RECORD_LEAST + 2 + h->window;

	if (h->phase == SS_TLS_DEAD)
		return;
	if (h->phase == SS_TLS_HELLO) {
		explain(t);
		die(t, dir);
		return;
	}
	if (h->phase == SS_TLS_HANDSHAKE) { /* its end may be what is lost */
		h->phase = SS_TLS_TRAFFIC;
		h->keyed = 0;
	}
	/* what is left of the record before the gap does not count */
	h->in.len = 0;
	h->marks.n = 0;
	h->searching = 1;
	h->window = lost < WINDOW_MAX ? (unsigned)lost : WINDOW_MAX;
}

void
ss_tls_end(struct ss_tls *t)
{
	for (int dir = 0; dir < 2; dir++) {
		struct ss_tls_half *h = &t->half[dir];

		if (h->phase != SS_TLS_DEAD && h->in.len >= 5 && !h->keyed)
			explain(t);
		ss_tls_half_wipe(t, dir);
	}
}
