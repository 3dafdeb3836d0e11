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
