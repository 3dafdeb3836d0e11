/* SPDX-License-Identifier: ISC */
#include "epochs.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define READY   64    /* epochs with their ciphers set up */
#define NUMBERS 32768 /* records that are known again by their tags */
#define TAGS    3     /* of one number */

/* An epoch's record of one number; zero: none. */
struct ss_number {
	uint64_t key, tags[TAGS];
};

static size_t
hash(const struct ss_epochs *e, const uint8_t *id)
{
	uint64_t h;

	crypto_shorthash((uint8_t *)&h, id, SS_EPOCH_ID_BYTES, e->hash_key);
	return (size_t)h;
}

enum ss_err
ss_epochs_init(struct ss_epochs *e)
{
	memset(e, 0, sizeof(*e));
	crypto_shorthash_keygen(e->hash_key);
	e->buckets = 1024;
	e->table = calloc(e->buckets, sizeof(*e->table));
	e->ready = sodium_allocarray(READY, sizeof(*e->ready));
	e->is_ready = calloc(READY, 1);
	e->numbers = calloc(NUMBERS, sizeof(*e->numbers));
	if (!e->table || !e->ready || !e->is_ready || !e->numbers)
		return SS_ERR_SYSTEM;
	memset(e->ready, 0, READY * sizeof(*e->ready));
	return SS_OK;
}

void
ss_epochs_free(struct ss_epochs *e)
{
	for (size_t i = 0; e->table && i < e->buckets; i++) {
		while (e->table[i]) {
			struct ss_epoch_seen *x = e->table[i];

			e->table[i] = x->chain;
			free(x->seen);
			free(x);
		}
	}
	free(e->table);
	for (size_t i = 0; e->ready && i < READY; i++)
		ss_epoch_wipe(&e->ready[i]);
	sodium_free(e->ready);
	free(e->is_ready);
	free(e->numbers);
	memset(e, 0, sizeof(*e));
}

static void
grow(struct ss_epochs *e)
{
	size_t n = 4 * e->buckets;
	struct ss_epoch_seen **table = calloc(n, sizeof(*table));

	if (!table)
		return; /* longer chains, then */
	for (size_t i = 0; i < e->buckets; i++) {
		while (e->table[i]) {
			struct ss_epoch_seen *x = e->table[i];
			size_t to = hash(e, x->id) % n;

			e->table[i] = x->chain;
			x->chain = table[to];
			table[to] = x;
		}
	}
	free(e->table);
	e->table = table;
	e->buckets = n;
}

struct ss_epoch_seen *
ss_epochs_get(struct ss_epochs *e, const uint8_t id[static SS_EPOCH_ID_BYTES],
    int make)
{
	struct ss_epoch_seen *x = e->table[hash(e, id) % e->buckets];

	for (; x; x = x->chain)
		if (memcmp(x->id, id, SS_EPOCH_ID_BYTES) == 0)
			return x;
	if (!make || e->count >= SS_EPOCHS_MAX)
		return NULL;
	if (e->count >= e->buckets)
		grow(e);
	if (!(x = calloc(1, sizeof(*x))))
		return NULL;
	memcpy(x->id, id, SS_EPOCH_ID_BYTES);
	x->chain = e->table[hash(e, id) % e->buckets];
	e->table[hash(e, id) % e->buckets] = x;
	e->count++;
	return x;
}

struct ss_epoch *
ss_epochs_key(struct ss_epochs *e, const struct ss_keys *k,
    const uint8_t id[static SS_EPOCH_ID_BYTES], int lab)
{
	size_t i = hash(e, id) % READY;
	struct ss_epoch *x = &e->ready[i];
	const struct ss_keylog *log;

	if (!e->is_ready[i] || memcmp(x->id, id, SS_EPOCH_ID_BYTES) != 0) {
		if (!(log = ss_keys_epoch(k, id)))
			return NULL;
		ss_epoch_open(x, log->aead, log->key);
		e->is_ready[i] = 1;
	}
	x->lab = lab ? e->lab : NULL; /* each record says it of itself */
	return x;
}

static int
reserve(struct ss_epoch_seen *e)
{
	struct ss_interval *p;
	uint32_t n = e->size ? 2 * e->size : 2;

	if (e->nseen < e->size)
		return 0;
	if (!(p = realloc(e->seen, n * sizeof(*p))))
		return -1;
	e->seen = p;
	e->size = n;
	return 0;
}

static void
remove_at(struct ss_epoch_seen *e, uint32_t i)
{
	e->nseen--;
	memmove(&e->seen[i], &e->seen[i + 1],
	    (e->nseen - i) * sizeof(e->seen[0]));
}

int
ss_epoch_saw(struct ss_epoch_seen *e, uint64_t n)
{
	struct ss_interval *s;
	uint32_t i = e->nseen;

	if (n == UINT64_MAX)
		return 0;
	while (i > 0 && e->seen[i - 1].from > n)
		i--;
	/* all before i begin at or before n, all from i on begin after it */
	if (i > 0 && n < e->seen[i - 1].to)
		return 1;
	if (i > 0 && n == e->seen[i - 1].to) {
		s = &e->seen[i - 1];
		s->to++;
		if (i < e->nseen && e->seen[i].from == s->to) {
			s->to = e->seen[i].to;
			remove_at(e, i);
		}
		return 0;
	}
	if (i < e->nseen && e->seen[i].from == n + 1) {
		e->seen[i].from = n;
		return 0;
	}
	if (e->nseen >= SS_SEEN_MAX) { /* the oldest hole is forgotten */
		e->seen[0].to = e->seen[1].to;
		remove_at(e, 1);
		return ss_epoch_saw(e, n);
	}
	if (reserve(e) < 0)
		return 0;
	memmove(&e->seen[i + 1], &e->seen[i],
	    (e->nseen - i) * sizeof(e->seen[0]));
	e->seen[i] = (struct ss_interval){ n, n + 1 };
	e->nseen++;
	return 0;
}

static uint64_t
hash_of(const struct ss_epochs *e, const void *in, size_t len)
{
	uint64_t h;

	crypto_shorthash((uint8_t *)&h, in, len, e->hash_key);
	return h ? h : 1;
}

int
ss_epochs_twice(struct ss_epochs *e, const uint8_t *id, uint64_t n,
    const uint8_t tag[static SS_AEAD_TAG_BYTES])
{
	struct { uint8_t id[SS_EPOCH_ID_BYTES]; uint64_t n; } of = { .n = n };
	uint64_t t = hash_of(e, tag, SS_AEAD_TAG_BYTES), key;
	struct ss_number *x;
	size_t i = 0;

	memcpy(of.id, id, sizeof(of.id));
	key = hash_of(e, &of, sizeof(of));
	x = &e->numbers[key % NUMBERS];
	if (x->key != key) /* the older one is forgotten */
		*x = (struct ss_number){ .key = key };
	while (i < TAGS && x->tags[i] != 0 && x->tags[i] != t)
		i++;
	if (i < TAGS && x->tags[i] == t)
		return 0;
	x->tags[i < TAGS ? i : TAGS - 1] = t;
	return i > 0;
}

int
ss_epoch_whole(const struct ss_epoch_seen *e, uint64_t n)
{
	return e->nseen == 1 && e->seen[0].from == 0 && e->seen[0].to == n;
}
