/* SPDX-License-Identifier: ISC */
/* Routing headers, WebSocket frames, and the cutting of streams. */
#include "../../lib/io/wscut.h"
#include "../../lib/proto/msg.h"
#include "tap.h"

static uint8_t memory[SS_MSG_MEMORY(SS_MSG_BINARY_MAX)]
    __attribute__((aligned(16)));

static void
routes(void)
{
	struct ss_route r = { .kind = SS_ROUTE_DELIVER, .name = "bob",
		.row = 0x0102030405060708 }, got;
	uint8_t out[SS_ROUTE_MAX], bad[SS_ROUTE_MAX];
	size_t n, i;
	int cut = 0;

	memset(r.id, 7, sizeof r.id);
	n = ss_route_put(out, &r);
	ok(n == 26 + 3 && out[1] == 3 && out[21 + 7] == 8, "26 bytes and name");
	ok(ss_route_get(&got, out, n) == SS_OK && got.row == r.row &&
	    strcmp(got.name, "bob") == 0 && got.records == n &&
	    memcmp(got.id, r.id, 16) == 0, "it reads back");
	for (i = 0; i < n; i++)
		cut += ss_route_get(&got, out, i) == SS_ERR_TRUNCATED;
	ok(cut == (int)n, "every truncation is refused");
	for (i = 0; i < 3; i++) {
		memcpy(bad, out, n);
		bad[i] = i == 2 ? 'B' : i == 1 ? 0 : 3;
		is_err(ss_route_get(&got, bad, n), SS_ERR_FORMAT,
		    "kind, length or name that is none: byte %d", (int)i);
	}
	bad[0] = 1;
	bad[1] = SS_NAME_MAX + 1;
	is_err(ss_route_get(&got, bad, sizeof bad), SS_ERR_FORMAT,
	    "a name too long");
}

static void
frames(void)
{
	static const size_t len[] = { 0, 125, 126, 65535, 65536 },
	    head[] = { 2, 2, 4, 4, 10 };
	struct ss_msg *m = (struct ss_msg *)(void *)memory;
	struct ss_route r = { .kind = SS_ROUTE_DELIVER };
	uint8_t out[SS_FRAME_HEAD_MAX];
	const uint8_t *f;
	size_t i, n;

	for (i = 0; i < sizeof len / sizeof *len; i++)
		ok(ss_frame_put(out, SS_WS_BINARY, len[i]) == head[i] &&
		    out[0] == 0x82 && (out[1] & 0x80) == 0,
		    "a frame of %d bytes", (int)len[i]);
	memset(r.name, 'a', SS_NAME_MAX);
	ss_msg_init(m, SS_WS_BINARY, SS_RECORD_MAX);
	m->len = SS_RECORD_MAX;
	ss_msg_route(m, &r);
	f = ss_msg_frame(m, &n);
	ok(f >= m->bytes && n == 10 + SS_MSG_BINARY_MAX &&
	    f + n == m->bytes + m->size, "the largest message fits exactly");
	ok(ss_msg_keep(m)->refs == 2 && !ss_msg_release(m) &&
	    ss_msg_release(m), "references are counted");
}

static void
checks(void)
{
	static const uint8_t two[] = "SS\x01\x03\0\0\0\x01" "a"
	    "SS\x01\x01\0\0\0\x02\x02" "b";
	static const uint8_t qkd[] = "SS\x01\x05\0\0\0\x02\x0d" "b";
	unsigned types[SS_TYPES];
	size_t n = sizeof two - 1, i;
	uint8_t family;
	int whole = 0;

	is_err(ss_records_check(types, &family, two, n), SS_OK, "two records");
	ok(types[SS_DATA] == 1 && types[SS_HANDSHAKE] == 1 && family == 2,
	    "types and family are told");
	for (i = 0; i < n; i++)
		whole += ss_records_check(types, &family, two, i) == SS_OK;
	ok(whole == 1, "of all truncations only the one between them");
	is_err(ss_records_check(types, &family, two, 0), SS_ERR_EMPTY, "none");
	is_err(ss_records_check(types, &family, qkd, sizeof qkd - 1), SS_OK,
	    "records of the last type");
	ok(types[SS_QKD] == 1 && family == 0, "are counted, without a family");
}

static void
cuts(void)
{
	static const uint8_t in[] = "SS\x01\x03\0\0\0\x01" "aU1MBAwAAAAFi\n"
	    "SS\x01\x02\0\0\0\x01" "cX";
	struct ss_cut c;
	const uint8_t *rec;
	size_t i, len, room, found = 0;
	enum ss_err e = SS_OK;

	ss_cut_open(&c);
	for (i = 0; i < sizeof in - 1; i++) { /* byte by byte */
		*ss_cut_space(&c, &room) = in[i];
		ss_cut_filled(&c, 1);
		e = ss_cut_look(&c, &rec, &len);
		if (e != SS_OK || len == 0)
			continue;
		ok(len == 9 && rec[8] == "abc"[found], "record %d",
		    (int)found);
		found++;
		ss_cut_take(&c);
	}
	ok(found == 3, "binary, armored, binary");
	is_err(e, SS_ERR_FORMAT, "what begins no record is refused at once");
	ok(ss_cut_rest(&c) == 1, "and is still there");
	ss_cut_close(&c);
}

int
main(void)
{
	routes();
	frames();
	checks();
	cuts();
	return done_testing();
}
