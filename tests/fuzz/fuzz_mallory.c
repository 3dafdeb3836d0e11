/* SPDX-License-Identifier: ISC */
#include "../../lib/io/mallory.h"
#include <stdlib.h>
#include <string.h>

/*
 * What ss-mallory does to records, whatever they hold: an operation, a field,
 * a number and a value are chosen by the first bytes, then come records.  No
 * record that comes out is longer than a record may be; those whose length is
 * theirs to keep say it in their header.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

#define HEAD 6
#define MAX 8192

static const char *const fields[] = { "magic", "type", "length", "sequence",
	"data.flags", "ciphertext", "tag", "salt", "mac", "message",
	"handshake.e", "payload", "payload_sealed", "identity_sealed",
	"signature", "wrapped", "enc", "name", "one_time_prekey", "FINAL",
	"LAB", "armor", "nothing" };
#define NFIELDS (sizeof(fields) / sizeof(*fields))

struct watch {
	int keeps; /* the operation leaves lengths right */
	size_t out;
};

static void
emit(void *arg, struct ss_packet *p)
{
	struct watch *w = arg;
	struct ss_header h;
	char name[SS_PACKET_NAME];

	w->out++;
	if (p->len > (p->raw ? SS_PACKET_ROOM : SS_RECORD_MAX))
		abort();
	if (p->raw)
		return;
	(void)ss_packet_name(name, p);
	if (w->keeps && (ss_header_get(&h, p->at) != SS_OK ||
	    h.body != p->len - SS_HEADER_BYTES))
		abort();
}

static void
feed(struct ss_mallory *m, const uint8_t *in, size_t len)
{
	static uint8_t room[SS_PACKET_ROOM];
	struct ss_packet p = { .at = room };
	struct ss_header h;

	for (size_t at = 0; len - at >= SS_HEADER_BYTES;) {
		if (ss_header_get(&h, in + at) != SS_OK ||
		    h.body > len - at - SS_HEADER_BYTES)
			break;
		p = (struct ss_packet){ room, SS_HEADER_BYTES + h.body,
			at % 3 == 0, 0, p.number + 1, at };
		memcpy(room, in + at, p.len);
		ss_mallory_put(m, &p);
		at += SS_HEADER_BYTES + h.body;
	}
	ss_mallory_end(m);
}

static size_t
noperations(void)
{
	size_t n = 0;

	while (ss_operations[n].name)
		n++;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static uint8_t value[300];
	struct watch w = { 0, 0 };
	struct ss_mallory m = { .emit = emit, .arg = &w };
	size_t wide;

	if (len < HEAD || len > MAX)
		return 0;
	m.op = &ss_operations[in[0] % noperations()];
	m.how.field = fields[in[1] % NFIELDS];
	m.how.offset = m.how.length = in[2];
	m.how.after = in[2] % 4;
	m.how.source = in[3] % 3;
	m.how.zero = m.how.exchange = in[3] >> 7;
	m.how.bytes = (struct ss_value){ value, in[4] };
	m.select.ranges[0].from = 1 + in[5] % 4;
	m.select.ranges[0].to = m.select.ranges[0].from + in[5] / 64;
	m.select.nranges = in[5] & 1;
	memset(value, in[3], sizeof(value));
	/* a header can be told anything */
	wide = in[1] % NFIELDS;
	w.keeps = wide > 2 && strcmp(m.op->name, "flip") != 0;
	xmallory_open(&m);
	if (strcmp(m.op->name, "splice") == 0)
		ss_mallory_hold(&m.other, &(struct ss_packet){
		    .at = value, .len = 40, .number = 1 });
	if (strcmp(m.op->name, "truncate") == 0 && in[3] & 1)
		m.how.field = NULL;
	feed(&m, in + HEAD, len - HEAD);
	m.how.bytes.at = NULL; /* not its own */
	ss_mallory_close(&m);
	return 0;
}
