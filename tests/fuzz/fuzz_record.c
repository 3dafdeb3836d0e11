/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/stream.h"
#include "../../lib/proto/wire.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * One record from a stranger: the table, the codecs by hand and by table, a
 * session and a stream.  They must agree on what is a record, and nothing
 * that a stranger made may be accepted.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

static struct ss_session session;

static void
begin(void)
{
	struct ss_agreed a = { .family = 1, .suite = 0x0801,
		.aead = SS_CHACHAPOLY, .secretlen = 64 };
	uint8_t fresh[32] = { 9 };

	a.r0_sec[0] = 8;
	ss_dh_public(a.r0_pub, a.r0_sec);
	if (sodium_init() < 0 ||
	    ss_session_begin(&session, &a, fresh, NULL) != SS_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static struct ss_ratchet next;
	static uint8_t text[SS_RECORD_MAX];
	struct ss_span spans[SS_SPANS_MAX];
	struct ss_stream st;
	struct ss_introducer i;
	struct ss_data d, t;
	uint8_t key[32], fresh[32] = { 1 };
	size_t n, tiled = 0, textlen;
	uint32_t gap;
	int final;

	if (!session.aead)
		begin();
	if (len > SS_RECORD_MAX)
		return 0;
	if (ss_wire_walk(spans, &n, in, len) == SS_OK) {
		for (size_t k = 0; k < n; k++) {
			if (spans[k].off != tiled)
				abort();
			tiled += spans[k].len;
		}
		if (tiled != len)
			abort();
	}
	if (ss_data_get(&d, in, len) == SS_OK &&
	    (ss_wire_get(&t, ss_layout_find("data"), in, len) != SS_OK ||
		memcmp(d.epoch_id, t.epoch_id, 16) != 0 ||
		d.sequence != t.sequence || d.flags != t.flags ||
		d.cipher.at != t.cipher.at || d.cipher.len != t.cipher.len))
		abort();
	if (ss_session_receive(key, &i, &gap, &next, in, len, fresh,
		&session) == SS_OK)
		abort();
	memset(&st, 0, sizeof(st));
	ss_epoch_open(&st.epoch, SS_CHACHAPOLY, fresh);
	st.open = 1;
	if (ss_stream_open(text, &textlen, &final, in, len, &st) == SS_OK)
		abort();
	ss_stream_wipe(&st);
	return 0;
}
