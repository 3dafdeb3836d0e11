/* SPDX-License-Identifier: ISC */
#include "wire.h"
#include "labels.h"
#include <string.h>

const char *
ss_name_of(const struct ss_name *table, uint32_t value)
{
	for (; table->name; table++)
		if (table->value == value)
			return table->name;
	return NULL;
}

enum ss_err
ss_value_of(uint32_t *value, const struct ss_name *table, const char *name)
{
	for (; table->name; table++) {
		if (strcmp(table->name, name) == 0) {
			*value = table->value;
			return SS_OK;
		}
	}
	return SS_ERR_FORMAT;
}

enum ss_err
ss_header_get(struct ss_header *h, const uint8_t in[static SS_HEADER_BYTES])
{
	if (in[0] != 'S' || in[1] != 'S')
		return SS_ERR_FORMAT;
	if (in[2] != SS_VERSION)
		return SS_ERR_VERSION;
	h->type = in[3] & (uint8_t)~SS_TYPE_LAB;
	h->lab = in[3] >> 7;
	h->body = ss_get32(in + 4);
	if (h->type < SS_HANDSHAKE || h->type > SS_QKD)
		return SS_ERR_FORMAT;
	if (h->body == 0 || h->body > SS_BODY_MAX)
		return SS_ERR_LENGTH;
	return SS_OK;
}

void
ss_header_put(uint8_t out[static SS_HEADER_BYTES], uint8_t type, uint32_t body)
{
	out[0] = out[1] = 'S';
	out[2] = SS_VERSION;
	out[3] = type;
	ss_put32(out + 4, body);
}

const struct ss_layout *
ss_layout_of(const uint8_t *rec, size_t len)
{
	uint8_t type, family;

	if (len <= SS_HEADER_BYTES)
		return NULL;
	type = rec[3] & (uint8_t)~SS_TYPE_LAB;
	family = rec[SS_HEADER_BYTES]; /* first byte of such a body */
	for (size_t i = 0; i < ss_nlayouts; i++) {
		const struct ss_layout *l = &ss_layouts[i];

		if (l->type == type && (!l->family || l->family == family))
			return l;
	}
	return NULL;
}

const struct ss_layout *
ss_layout_find(const char *name)
{
	for (size_t i = 0; i < ss_nlayouts; i++)
		if (strcmp(ss_layouts[i].name, name) == 0)
			return &ss_layouts[i];
	return NULL;
}

/* Bytes that the rows from `row` on need at least. */
static size_t
fixed_bytes(const struct ss_layout *l, size_t row)
{
	size_t n = 0;

	for (; row < l->nrows; row++)
		n += l->rows[row].kind == SS_LEN16 ? 2 : l->rows[row].len;
	return n;
}

/* The span of one row at offset off; 0 if the bytes do not suffice. */
static int
place(struct ss_span *s, const struct ss_layout *l, size_t row,
    const uint8_t *rec, size_t off, size_t len)
{
	const struct ss_field *f = &l->rows[row];
	size_t after = fixed_bytes(l, row + 1), n = f->len;

	if (off + fixed_bytes(l, row) > len)
		return 0;
	if (f->kind == SS_LEN16)
		n = 2 + (size_t)ss_bytes_get(rec + off, 2);
	else if (f->kind == SS_REST)
		n = len - off - after;
	if (n > len - off)
		return 0;
	*s = (struct ss_span){ f, (uint32_t)off, (uint32_t)n };
	return 1;
}

/* Appends the spans of one layout from offset *off on. */
static enum ss_err
walk(struct ss_span *spans, size_t *n, size_t *off, const struct ss_layout *l,
    const uint8_t *rec, size_t len)
{
	for (size_t row = 0; row < l->nrows; row++) {
		if (*n == SS_SPANS_MAX)
			return SS_ERR_FORMAT;
		if (!place(&spans[*n], l, row, rec, *off, len))
			return SS_ERR_TRUNCATED;
		*off += spans[(*n)++].len;
	}
	return SS_OK;
}

enum ss_err
ss_wire_walk(struct ss_span spans[static SS_SPANS_MAX], size_t *n,
    const uint8_t *rec, size_t len)
{
	const struct ss_layout *l;
	struct ss_header h;
	size_t off = 0;
	enum ss_err e;

	*n = 0;
	if (len < SS_HEADER_BYTES)
		return len ? SS_ERR_TRUNCATED : SS_ERR_EMPTY;
	if ((e = ss_header_get(&h, rec)) != SS_OK)
		return e;
	if (len - SS_HEADER_BYTES != h.body)
		return len - SS_HEADER_BYTES < h.body ? SS_ERR_TRUNCATED :
							SS_ERR_LENGTH;
	if (!(l = ss_layout_of(rec, len)))
		return SS_ERR_FORMAT;
	if ((e = walk(spans, n, &off, &ss_header_layout, rec, len)) != SS_OK ||
	    (e = walk(spans, n, &off, l, rec, len)) != SS_OK)
		return e;
	return off == len ? SS_OK : SS_ERR_LENGTH;
}

/* One field into its place in the host struct. */
static void
load(uint8_t *host, const struct ss_span *s, const uint8_t *rec)
{
	const struct ss_field *f = s->field;
	const uint8_t *in = rec + s->off;
	uint8_t *to = host + f->at;
	struct ss_bytes b = { in, s->len };
	uint64_t v;

	switch (f->kind) {
	case SS_BYTES:
		memcpy(to, in, s->len);
		return;
	case SS_LEN16:
		b = (struct ss_bytes){ in + 2, s->len - 2 };
		/* fallthrough */
	case SS_REST:
		memcpy(to, &b, sizeof(b));
		return;
	case SS_UINT:
	case SS_ENUM:
	case SS_FLAGS:
		break;
	}
	v = ss_bytes_get(in, s->len);
	if (s->len == 1)
		memcpy(to, &(uint8_t){ (uint8_t)v }, 1);
	else if (s->len == 2)
		memcpy(to, &(uint16_t){ (uint16_t)v }, 2);
	else if (s->len == 4)
		memcpy(to, &(uint32_t){ (uint32_t)v }, 4);
	else
		memcpy(to, &v, 8);
}

enum ss_err
ss_wire_get(void *host, const struct ss_layout *layout, const uint8_t *rec,
    size_t len)
{
	struct ss_span spans[SS_SPANS_MAX];
	enum ss_err e;
	size_t n;

	if ((e = ss_wire_walk(spans, &n, rec, len)) != SS_OK)
		return e;
	if (ss_layout_of(rec, len) != layout)
		return SS_ERR_FORMAT;
	for (size_t i = 0; i < n; i++)
		if (spans[i].field->at != SS_NOWHERE)
			load(host, &spans[i], rec);
	return SS_OK;
}

/* One field out of its place in the host struct. */
static void
store(struct ss_buf *b, const struct ss_field *f, const uint8_t *host)
{
	const uint8_t *from = host + f->at;
	struct ss_bytes bytes;
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	if (f->kind == SS_BYTES || f->len == 1) {
		ss_buf_put(b, from, f->len);
	} else if (f->kind == SS_REST || f->kind == SS_LEN16) {
		memcpy(&bytes, from, sizeof(bytes));
		if (f->kind == SS_LEN16)
			ss_buf_int(b, bytes.len, 2);
		ss_buf_put(b, bytes.at, bytes.len);
	} else if (f->len == 2) {
		memcpy(&v16, from, 2);
		ss_buf_int(b, v16, 2);
	} else if (f->len == 4) {
		memcpy(&v32, from, 4);
		ss_buf_int(b, v32, 4);
	} else {
		memcpy(&v64, from, 8);
		ss_buf_int(b, v64, 8);
	}
}

enum ss_err
ss_wire_put(struct ss_buf *b, const struct ss_layout *layout, int lab,
    const void *host)
{
	uint8_t header[SS_HEADER_BYTES] = { 0 };
	size_t start = b->len;

	ss_buf_put(b, header, sizeof(header));
	for (size_t row = 0; row < layout->nrows; row++)
		store(b, &layout->rows[row], host);
	if (b->over || b->len - start > SS_RECORD_MAX)
		return SS_ERR_LENGTH;
	ss_header_put(b->at + start,
	    (uint8_t)(layout->type | (lab ? SS_TYPE_LAB : 0)),
	    (uint32_t)(b->len - start - SS_HEADER_BYTES));
	return SS_OK;
}

size_t
ss_wire_offset(const struct ss_layout *layout, const char *name)
{
	size_t off = SS_HEADER_BYTES;

	for (size_t row = 0; row < layout->nrows; row++) {
		if (strcmp(layout->rows[row].name, name) == 0)
			break;
		off += layout->rows[row].len;
	}
	return off;
}
