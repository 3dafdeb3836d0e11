/* SPDX-License-Identifier: ISC */
#ifndef SS_UTF8_H
#define SS_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * ss_utf8_length - of the well-formed sequence at p, 0 if there is none: no
 * overlong forms, no surrogates, nothing above U+10FFFF.    RFC 3629, 4
 *
 *   code  out  the character; not set if there is none
 *   p     in   left bytes, at least one
 */
size_t ss_utf8_length(uint32_t *code, const uint8_t *p, size_t left);

/* ss_utf8_valid - 1 if all of it is well-formed. */
int ss_utf8_valid(const uint8_t *in, size_t len);

#endif
