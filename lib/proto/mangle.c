/* SPDX-License-Identifier: ISC */
#include "mangle.h"
#include "handshake.h"
#include <string.h>

/* Is this what was asked for?  "data.tag" names a layout, "tag" does not. */
static int
named(const struct ss_layout *l, const struct ss_field *f, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t n = dot ? (size_t)(dot - name) : 0;

	if (dot && (strlen(l->name) != n || strncmp(l->name, name, n) != 0))
		return 0;
	return strcmp(f->name, dot ? dot + 1 : name) == 0;
}

static enum ss_err
pick(struct ss_span *found, const struct ss_span *spans, size_t n,
    const struct ss_layout *l, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (named(l, spans[i].field, name)) {
			*found = spans[i];
			return SS_OK;
		}
	}
	return SS_ERR_FORMAT;
}

/* The family knows what is inside of its messages. */
static enum ss_err
find_inside(struct ss_span *found, const struct ss_span *message,
    const uint8_t *rec, const char *name)
{
	const struct ss_family *family = ss_family_of(rec[SS_HEADER_BYTES]);
	struct ss_span spans[SS_SPANS_MAX];
	size_t n;

	if (!family || !family->walk ||
	    family->walk(spans, &n, SS_SPANS_MAX,
		(uint16_t)ss_bytes_get(rec + SS_HEADER_BYTES + 1, 2),
		rec[SS_HANDSHAKE_FIXED - 1], message->len,
		message->off) != SS_OK)
		return SS_ERR_FORMAT;
	return pick(found, spans, n, ss_layout_find("handshake"), name);
}

/* The header's own fields, which any record has. */
static enum ss_err
find_in_header(struct ss_span *found, const char *name)
{
	uint32_t off = 0;

	for (size_t i = 0; i < ss_header_layout.nrows; i++) {
		const struct ss_field *f = &ss_header_layout.rows[i];

		*found = (struct ss_span){ f, off, f->len };
		if (named(&ss_header_layout, f, name))
			return SS_OK;
		off += f->len;
	}
	return SS_ERR_FORMAT;
}

enum ss_err
ss_mangle_find(struct ss_span *found, const uint8_t *rec, size_t len,
    const char *name)
{
	const struct ss_layout *l = ss_layout_of(rec, len);
	struct ss_span spans[SS_SPANS_MAX];
	size_t n;

	if (len >= SS_HEADER_BYTES && find_in_header(found, name) == SS_OK)
		return SS_OK;
	if (ss_wire_walk(spans, &n, rec, len) != SS_OK)
		return SS_ERR_FORMAT;
	if (pick(found, spans, n, l, name) == SS_OK)
		return SS_OK;
	if (l->type != SS_HANDSHAKE)
		return SS_ERR_FORMAT;
	return find_inside(found, &spans[n - 1], rec, name);
}

enum ss_err
ss_mangle_flag(size_t *off, uint8_t *bits, const uint8_t *rec, size_t len,
    const char *name)
{
	struct ss_span spans[SS_SPANS_MAX];
	uint32_t value;
	size_t n;

	if (ss_wire_walk(spans, &n, rec, len) != SS_OK)
		return SS_ERR_FORMAT;
	for (size_t i = 0; i < n; i++) {
		if (spans[i].field->kind != SS_FLAGS ||
		    ss_value_of(&value, spans[i].field->values, name) != SS_OK)
			continue;
		*off = spans[i].off;
		*bits = (uint8_t)value;
		return SS_OK;
	}
	return SS_ERR_FORMAT;
}

enum ss_err
ss_mangle_put(uint8_t *rec, size_t *len, const struct ss_span *field,
    const uint8_t *bytes, size_t n)
{
	size_t prefix = field->field->kind == SS_LEN16 ? 2 : 0;
	size_t off = field->off + prefix, old = field->len - prefix;
	size_t behind = *len - off - old, total = off + n + behind;

	if (off < SS_HEADER_BYTES) {
		if (n != old)
			return SS_ERR_LENGTH;
		memcpy(rec + off, bytes, n);
		return SS_OK;
	}
	if (total > SS_RECORD_MAX || total <= SS_HEADER_BYTES ||
	    (prefix && n > UINT16_MAX))
		return SS_ERR_LENGTH;
	memmove(rec + off + n, rec + off + old, behind);
	if (n > 0)
		memcpy(rec + off, bytes, n);
	if (prefix)
		ss_bytes_put(rec + field->off, n, prefix);
	ss_put32(rec + 4, (uint32_t)(total - SS_HEADER_BYTES));
	*len = total;
	return SS_OK;
}
