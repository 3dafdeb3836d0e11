/* SPDX-License-Identifier: ISC */
#include "msg.h"
#include <string.h>

void
ss_msg_init(struct ss_msg *m, uint8_t opcode, size_t max)
{
	*m = (struct ss_msg){ .refs = 1, .opcode = opcode, .at = SS_MSG_ROOM,
		.size = SS_MSG_ROOM + max };
}

struct ss_msg *
ss_msg_keep(struct ss_msg *m)
{
	m->refs++;
	return m;
}

int
ss_msg_release(struct ss_msg *m)
{
	return --m->refs == 0;
}

size_t
ss_frame_put(uint8_t out[static SS_FRAME_HEAD_MAX], uint8_t opcode, size_t len)
{
	out[0] = (uint8_t)(0x80 | opcode); /* FIN: never fragmented */
	if (len < 126) {
		out[1] = (uint8_t)len;
		return 2;
	}
	if (len < 65536) {
		out[1] = 126;
		ss_bytes_put(out + 2, len, 2);
		return 2 + 2;
	}
	out[1] = 127;
	ss_bytes_put(out + 2, len, 8);
	return 2 + 8;
}

const uint8_t *
ss_msg_frame(struct ss_msg *m, size_t *len)
{
	uint8_t head[SS_FRAME_HEAD_MAX];
	size_t n;

	if (m->frame == 0) {
		n = ss_frame_put(head, m->opcode, m->len);
		m->frame = m->at - n;
		memcpy(m->bytes + m->frame, head, n);
	}
	*len = m->at + m->len - m->frame;
	return m->bytes + m->frame;
}

enum ss_err
ss_route_get(struct ss_route *r, const uint8_t *in, size_t len)
{
	size_t n;

	if (len < 2)
		return SS_ERR_TRUNCATED;
	r->kind = in[0];
	n = in[1];
	if (r->kind != SS_ROUTE_DELIVER && r->kind != SS_ROUTE_ROOM)
		return SS_ERR_FORMAT;
	if (n < 1 || n > SS_NAME_MAX)
		return SS_ERR_FORMAT;
	if (len < SS_ROUTE_BYTES(n))
		return SS_ERR_TRUNCATED;
	if (!ss_name_ok((const char *)in + 2, n))
		return SS_ERR_FORMAT;
	memcpy(r->name, in + 2, n);
	r->name[n] = '\0';
	memcpy(r->id, in + 2 + n, SS_MSG_ID_BYTES);
	r->row = ss_get64(in + 2 + n + SS_MSG_ID_BYTES);
	r->records = SS_ROUTE_BYTES(n);
	return SS_OK;
}

size_t
ss_route_put(uint8_t out[static SS_ROUTE_MAX], const struct ss_route *r)
{
	size_t n = strlen(r->name);

	out[0] = r->kind;
	out[1] = (uint8_t)n;
	memcpy(out + 2, r->name, n);
	memcpy(out + 2 + n, r->id, SS_MSG_ID_BYTES);
	ss_put64(out + 2 + n + SS_MSG_ID_BYTES, r->row);
	return SS_ROUTE_BYTES(n);
}

void
ss_msg_route(struct ss_msg *m, const struct ss_route *r)
{
	uint8_t head[SS_ROUTE_MAX];
	size_t n = ss_route_put(head, r);

	m->at -= n;
	m->len += n;
	m->frame = 0;
	memcpy(m->bytes + m->at, head, n);
}

enum ss_err
ss_records_check(unsigned types[static SS_TYPES], uint8_t *family,
    const uint8_t *in, size_t len)
{
	struct ss_header h;
	enum ss_err e;

	memset(types, 0, SS_TYPES * sizeof *types);
	*family = 0;
	if (len == 0)
		return SS_ERR_EMPTY;
	while (len > 0) {
		if (len < SS_HEADER_BYTES)
			return SS_ERR_TRUNCATED;
		e = ss_header_get(&h, in);
		if (e != SS_OK)
			return e;
		if (len - SS_HEADER_BYTES < h.body)
			return SS_ERR_TRUNCATED;
		types[h.type]++;
		if (h.type == SS_HANDSHAKE || h.type == SS_INTRODUCER)
			*family = in[SS_HEADER_BYTES];
		in += SS_HEADER_BYTES + h.body;
		len -= SS_HEADER_BYTES + h.body;
	}
	return SS_OK;
}
