/* SPDX-License-Identifier: ISC */
#include "hold.h"
#include <stdlib.h>
#include <string.h>

#define LEAST 512

int
ss_hold_room(struct ss_hold *h, struct ss_pool *pool, size_t n)
{
	size_t size = h->size ? h->size : LEAST;
	uint8_t *p;

	while (size - h->len < n)
		size *= 2;
	if (size == h->size)
		return 0;
	if (pool && size - h->size > SS_POOL_MAX - pool->used)
		return -1;
	if (!(p = realloc(h->at, size)))
		return -1;
	if (pool)
		pool->used += size - h->size;
	h->at = p;
	h->size = size;
	return 0;
}

int
ss_hold_put(struct ss_hold *h, struct ss_pool *pool, const uint8_t *in,
    size_t n)
{
	if (n == 0)
		return 0;
	if (ss_hold_room(h, pool, n) < 0)
		return -1;
	memcpy(h->at + h->len, in, n);
	h->len += n;
	return 0;
}

void
ss_hold_drop(struct ss_hold *h, size_t n)
{
	h->len -= n;
	if (n > 0 && h->len > 0)
		memmove(h->at, h->at + n, h->len);
}

void
ss_hold_free(struct ss_hold *h, struct ss_pool *pool)
{
	if (pool)
		pool->used -= h->size;
	free(h->at);
	*h = (struct ss_hold){ 0 };
}

void
ss_marks_put(struct ss_marks *m, size_t end, struct ss_when when)
{
	struct ss_mark *p;
	unsigned size = m->size ? 2 * m->size : 4;

	if (end == 0 || (m->n > 0 && m->at[m->n - 1].end == end))
		return; /* nothing came */
	if (m->n == m->size && size <= SS_MARKS_MAX &&
	    (p = realloc(m->at, size * sizeof(*p)))) {
		m->at = p;
		m->size = size;
	}
	if (m->n < m->size)
		m->at[m->n++] = (struct ss_mark){ end, when };
	else if (m->n > 0)
		m->at[m->n - 1].end = end;
}

struct ss_when
ss_marks_find(const struct ss_marks *m, size_t end, struct ss_when otherwise)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->at[i].end >= end)
			return m->at[i].when;
	return otherwise;
}

void
ss_marks_drop(struct ss_marks *m, size_t n)
{
	unsigned gone = 0;

	while (gone < m->n && m->at[gone].end <= n)
		gone++;
	m->n -= gone;
	for (unsigned i = 0; i < m->n; i++) {
		m->at[i] = m->at[i + gone];
		m->at[i].end -= n;
	}
}

void
ss_marks_free(struct ss_marks *m)
{
	free(m->at);
	*m = (struct ss_marks){ 0 };
}
