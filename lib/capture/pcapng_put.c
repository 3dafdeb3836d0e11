/* SPDX-License-Identifier: ISC */
#include "pcapng_put.h"
#include <string.h>

void
ss_pcapng_set(uint8_t *at, uint64_t v, size_t n, int little)
{
	for (size_t i = 0; i < n; i++) {
		at[little ? i : n - 1 - i] = (uint8_t)v;
		v >>= 8;
	}
}

static void
put(struct ss_pcapng_put *p, const void *in, size_t n)
{
	if (ss_hold_put(p->to, NULL, in, n) < 0)
		p->over = 1;
}

void
ss_pcapng_int(struct ss_pcapng_put *p, uint64_t v, size_t n)
{
	uint8_t b[8];

	ss_pcapng_set(b, v, n, p->little);
	put(p, b, n);
}

void
ss_pcapng_bytes(struct ss_pcapng_put *p, const void *in, size_t n)
{
	static const uint8_t zeros[3];

	put(p, in, n);
	put(p, zeros, SS_PAD4(n) - n);
}

void
ss_pcapng_option(
    struct ss_pcapng_put *p, uint16_t code, const void *in, size_t n)
{
	ss_pcapng_int(p, code, 2);
	ss_pcapng_int(p, n, 2);
	ss_pcapng_bytes(p, in, n);
}

void
ss_pcapng_begin(struct ss_pcapng_put *p, uint32_t type)
{
	p->start = p->to->len;
	ss_pcapng_int(p, type, 4);
	ss_pcapng_int(p, 0, 4); /* its length, set at the end */
}

int
ss_pcapng_end(struct ss_pcapng_put *p)
{
	size_t total = p->to->len - p->start + 4;

	ss_pcapng_int(p, total, 4);
	if (p->over)
		return -1;
	ss_pcapng_set(p->to->at + p->start + 4, total, 4, p->little);
	return 0;
}
