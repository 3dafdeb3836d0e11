/* SPDX-License-Identifier: ISC */
#ifndef SS_BYTES_H
#define SS_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Unsigned integers in network byte order.  n is 1..8 bytes. */
void ss_bytes_put(uint8_t *out, uint64_t v, size_t n);
uint64_t ss_bytes_get(const uint8_t *in, size_t n);

/* Written out, so that compilers see one swapped load or store. */
static inline void
ss_put32(uint8_t out[static 4], uint32_t v)
{
	out[0] = (uint8_t)(v >> 24);
	out[1] = (uint8_t)(v >> 16);
	out[2] = (uint8_t)(v >> 8);
	out[3] = (uint8_t)v;
}

static inline void
ss_put64(uint8_t out[static 8], uint64_t v)
{
	ss_put32(out, (uint32_t)(v >> 32));
	ss_put32(out + 4, (uint32_t)v);
}

static inline uint32_t
ss_get32(const uint8_t in[static 4])
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 |
	    (uint32_t)in[2] << 8 | in[3];
}

static inline uint64_t
ss_get64(const uint8_t in[static 8])
{
	return (uint64_t)ss_get32(in) << 32 | ss_get32(in + 4);
}

/*
 * struct ss_buf - bytes appended to a buffer of fixed size that the caller
 * owns.  An append that does not fit sets `over` and changes nothing else, so
 * that one check at the end serves a whole message.
 */
struct ss_buf {
	uint8_t *at;
	size_t len, max;
	int over;
};

void ss_buf_put(struct ss_buf *b, const void *in, size_t n);
void ss_buf_int(struct ss_buf *b, uint64_t v, size_t n);
/* the characters of s, without its terminator */
void ss_buf_str(struct ss_buf *b, const char *s);
void ss_buf_hex(struct ss_buf *b, const uint8_t *in, size_t n);
void ss_buf_dec(struct ss_buf *b, uint64_t v);

#endif
