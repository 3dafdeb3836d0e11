/* SPDX-License-Identifier: ISC */
#include "armor.h"

/* Ciphertext is public: tables may be used here, as they may not for keys. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789+/";

#define X 0xff
static const uint8_t values[256] = {
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, 62, X, X, X, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, X, X, X, X,
	X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X, X,
	X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
	X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
};
#undef X

void
ss_armor_put(char *out, const uint8_t *in, size_t len)
{
	for (; len >= 3; len -= 3, in += 3, out += 4) {
		uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8
		    | in[2];

		out[0] = alphabet[v >> 18];
		out[1] = alphabet[v >> 12 & 63];
		out[2] = alphabet[v >> 6 & 63];
		out[3] = alphabet[v & 63];
	}
	if (len > 0) {
		uint32_t v = (uint32_t)in[0] << 16
		    | (len == 2 ? (uint32_t)in[1] << 8 : 0);

		out[0] = alphabet[v >> 18];
		out[1] = alphabet[v >> 12 & 63];
		out[2] = len == 2 ? alphabet[v >> 6 & 63] : '=';
		out[3] = '=';
		out += 4;
	}
	*out = '\n';
}

/* Four characters without padding; a wrong one sets a bit above the 24th. */
static uint32_t
quad(const char *in)
{
	const uint8_t *p = (const uint8_t *)in;
	uint32_t a = values[p[0]], b = values[p[1]];
	uint32_t c = values[p[2]], d = values[p[3]];

	return a << 18 | b << 12 | c << 6 | d
	    | ((a | b | c | d) & 0xc0) << 24;
}

/*
 * The last four, where padding may stand.  The bits that padding leaves over
 * must be zero: each record has exactly one armored form.   RFC 4648, 3.5
 */
static enum ss_err
last_quad(uint8_t *out, size_t *n, const char *in)
{
	size_t pad = in[3] != '=' ? 0 : in[2] != '=' ? 1 : 2;
	char filled[4] = { in[0], in[1], pad == 2 ? 'A' : in[2],
		pad > 0 ? 'A' : in[3] };
	uint32_t v = quad(filled);

	if (v >> 24 != 0 || (pad > 0 && (v & (pad == 1 ? 0xff : 0xffff)) != 0))
		return SS_ERR_ARMOR;
	*n = 3 - pad;
	for (size_t i = 0; i < *n; i++)
		out[i] = (uint8_t)(v >> (16 - 8 * i));
	return SS_OK;
}

static enum ss_err
decode(uint8_t *out, size_t *outlen, const char *in, size_t len)
{
	uint32_t bad = 0;
	size_t n, at = 0;

	if (len == 0 || len % 4 != 0)
		return SS_ERR_ARMOR;
	for (; len > 4; len -= 4, in += 4, at += 3) {
		uint32_t v = quad(in);

		bad |= v >> 24;
		out[at] = (uint8_t)(v >> 16);
		out[at + 1] = (uint8_t)(v >> 8);
		out[at + 2] = (uint8_t)v;
	}
	if (bad != 0 || last_quad(out + at, &n, in) != SS_OK)
		return SS_ERR_ARMOR;
	*outlen = at + n;
	return SS_OK;
}

enum ss_err
ss_armor_get(uint8_t *out, size_t *outlen, const char *in, size_t len)
{
	struct ss_header h;

	*outlen = 0;
	if (len > 0 && in[len - 1] == '\r')
		len--;
	if (decode(out, outlen, in, len) != SS_OK)
		return SS_ERR_ARMOR;
	if (*outlen < SS_HEADER_BYTES || ss_header_get(&h, out) != SS_OK
	    || *outlen != SS_HEADER_BYTES + (size_t)h.body) {
		*outlen = 0;
		return SS_ERR_ARMOR;
	}
	return SS_OK;
}
