/* SPDX-License-Identifier: ISC */
#include "wscut.h"

#include "io.h"

#include <stdlib.h>
#include <string.h>

void
ss_cut_open(struct ss_cut *c)
{
	*c = (struct ss_cut){ .buf = malloc(SS_CUT_SIZE),
		.plain = malloc(SS_ARMOR_MAX) };
	if (c->buf == NULL || c->plain == NULL)
		ss_die(SS_ERR_SYSTEM, "memory");
}

void
ss_cut_close(struct ss_cut *c)
{
	free(c->buf);
	free(c->plain);
	*c = (struct ss_cut){ .buf = NULL };
}

uint8_t *
ss_cut_space(struct ss_cut *c, size_t *n)
{
	if (c->at > 0) {
		memmove(c->buf, c->buf + c->at, c->have);
		c->at = 0;
	}
	*n = SS_CUT_SIZE - c->have;
	return c->buf + c->have;
}

void
ss_cut_filled(struct ss_cut *c, size_t n)
{
	c->have += n;
}

static enum ss_err
look_armor(struct ss_cut *c, const uint8_t **rec, size_t *len)
{
	const uint8_t *line = c->buf + c->at;
	const uint8_t *end = memchr(line, '\n', c->have);
	enum ss_err e;

	if (end == NULL)
		return c->have < SS_ARMOR_MAX + 1 ? SS_OK : SS_ERR_ARMOR;
	if ((size_t)(end - line) > SS_ARMOR_MAX)
		return SS_ERR_ARMOR;
	e = ss_armor_get(
	    c->plain, len, (const char *)line, (size_t)(end - line));
	if (e != SS_OK)
		return e;
	*rec = c->plain;
	c->used = (size_t)(end - line) + 1;
	return SS_OK;
}

enum ss_err
ss_cut_look(struct ss_cut *c, const uint8_t **rec, size_t *len)
{
	const uint8_t *in = c->buf + c->at;
	struct ss_header h;
	enum ss_err e;

	*len = 0;
	c->used = 0;
	/* "SS" begins a record, "U1MB" is the same in base64 */
	if (c->have >= 2 && in[0] == 'U' && in[1] == '1')
		return look_armor(c, rec, len);
	if (c->have < SS_HEADER_BYTES)
		/* what is here already may be wrong already */
		return memcmp(in, "SS", c->have < 2 ? c->have : 2) == 0 ||
		        (c->have == 1 && in[0] == 'U')
		    ? SS_OK : SS_ERR_FORMAT;
	e = ss_header_get(&h, in);
	if (e != SS_OK)
		return e;
	if (c->have - SS_HEADER_BYTES < h.body)
		return SS_OK;
	*rec = in;
	*len = c->used = SS_HEADER_BYTES + h.body;
	return SS_OK;
}

void
ss_cut_take(struct ss_cut *c)
{
	c->at += c->used;
	c->have -= c->used;
	c->used = 0;
}

size_t
ss_cut_rest(const struct ss_cut *c)
{
	return c->have;
}
