/* SPDX-License-Identifier: ISC */
#ifndef SS_BYTES_H
#define SS_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Unsigned integers in network byte order.  n is 1..8 bytes. */
void ss_bytes_put(uint8_t *out, uint64_t v, size_t n);
uint64_t ss_bytes_get(const uint8_t *in, size_t n);

static inline void
ss_put32(uint8_t out[static 4], uint32_t v)
{
	ss_bytes_put(out, v, 4);
}

static inline void
ss_put64(uint8_t out[static 8], uint64_t v)
{
	ss_bytes_put(out, v, 8);
}

static inline uint32_t
ss_get32(const uint8_t in[static 4])
{
	return (uint32_t)ss_bytes_get(in, 4);
}

static inline uint64_t
ss_get64(const uint8_t in[static 8])
{
	return ss_bytes_get(in, 8);
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
