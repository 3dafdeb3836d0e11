/* SPDX-License-Identifier: ISC */
#include "bits.h"
#include <string.h>

void
ss_bits_zero(uint64_t *b, size_t n)
{
	memset(b, 0, 8 * ss_bits_words(n));
}

void
ss_bits_xor(uint64_t *out, const uint64_t *in, size_t n)
{
	for (size_t w = 0; w < ss_bits_words(n); w++)
		out[w] ^= in[w];
}

size_t
ss_bits_count(const uint64_t *b, size_t n)
{
	size_t sum = 0;

	for (size_t w = 0; w < ss_bits_words(n); w++)
		sum += (size_t)__builtin_popcountll(b[w]);
	return sum;
}

size_t
ss_bits_distance(const uint64_t *a, const uint64_t *b, size_t n)
{
	size_t sum = 0;

	for (size_t w = 0; w < ss_bits_words(n); w++)
		sum += (size_t)__builtin_popcountll(a[w] ^ b[w]);
	return sum;
}

int
ss_bits_parity(const uint64_t *b, size_t from, size_t to)
{
	uint64_t first = ~(uint64_t)0 << from % 64, last = ss_bits_tail(to);
	uint64_t sum;
	size_t w, end;

	if (from >= to)
		return 0;
	w = from / 64;
	end = (to - 1) / 64;
	if (w == end)
		return ss_bits_odd(b[w] & first & last);
	sum = (b[w] & first) ^ (b[end] & last);
	while (++w < end)
		sum ^= b[w];
	return ss_bits_odd(sum);
}

void
ss_bits_copy(
    uint64_t *out, size_t to, const uint64_t *in, size_t at, size_t len)
{
	while (len > 0) {
		size_t d = to % 64, s = at % 64;
		size_t take = len < 64 - d ? len : 64 - d;
		uint64_t mask = ss_bits_tail(take) << d;
		uint64_t v = in[at / 64] >> s;

		if (s + take > 64)
			v |= in[at / 64 + 1] << (64 - s);
		out[to / 64] = (out[to / 64] & ~mask) | (v << d & mask);
		to += take;
		at += take;
		len -= take;
	}
}

size_t
ss_bits_select(
    uint64_t *out, const uint64_t *in, const uint64_t *keep, size_t n)
{
	uint64_t word = 0;
	size_t have = 0;

	for (size_t w = 0; w < ss_bits_words(n); w++) {
		uint64_t v = in[w];

		for (uint64_t k = keep[w]; k; k &= k - 1) {
			word |= (v >> __builtin_ctzll(k) & 1) << have % 64;
			if (++have % 64 == 0) {
				out[have / 64 - 1] = word;
				word = 0;
			}
		}
	}
	if (have % 64)
		out[have / 64] = word;
	return have;
}

void
ss_bits_prefix(uint64_t *out, const uint64_t *in, size_t n)
{
	uint64_t carry = 0; /* all ones if the words so far are odd */

	for (size_t w = 0; w < ss_bits_words(n); w++) {
		uint64_t x = in[w];

		for (int s = 1; s < 64; s *= 2)
			x ^= x << s;
		/* x: parities up to and with each bit; one place up, without */
		out[w] = x << 1 ^ carry;
		carry ^= (uint64_t)0 - (x >> 63);
	}
	if (n % 64 == 0)
		out[n / 64] = carry & 1;
	else
		out[n / 64] &= ss_bits_tail(n + 1);
}

void
ss_bits_to_bytes(uint8_t *out, const uint64_t *b, size_t n)
{
	for (size_t i = 0; i < ss_bits_bytes(n); i++)
		out[i] = (uint8_t)(b[i / 8] >> 8 * (i % 8));
}

void
ss_bits_from_bytes(uint64_t *b, const uint8_t *in, size_t n)
{
	ss_bits_zero(b, n);
	for (size_t i = 0; i < ss_bits_bytes(n); i++)
		b[i / 8] |= (uint64_t)in[i] << 8 * (i % 8);
	if (n % 64)
		b[n / 64] &= ss_bits_tail(n);
}
