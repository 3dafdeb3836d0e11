/* SPDX-License-Identifier: ISC */
#include "flow.h"
#include "json.h"
#include "../proto/identity.h"
#include <string.h>

/* kind 1, length 1, name, message id 16, row 8     docs/protocol.md, 11 */
enum { ROUTE_DELIVER = 1, ROUTE_ROOM = 2 };
#define ROUTE_FIXED (1 + 1 + 16 + 8)

static int
name_fits(const uint8_t *in, size_t len)
{
	if (len < 1 || len > SS_NAME_MAX)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!(in[i] >= 'a' && in[i] <= 'z') &&
		    !(in[i] >= '0' && in[i] <= '9') &&
		    (i == 0 || !strchr("._-", in[i]) || in[i] == 0))
			return 0;
	return 1;
}

/* The id of whoever logs in, once the relay has taken it. */
static void
meet(struct ss_flow *f, int dir, const char *type, const uint8_t *in,
    size_t len)
{
	char line[SS_PUBLIC_TEXT_MAX + 1];
	uint8_t fp[SS_FINGERPRINT_BYTES];
	struct ss_public pub;

	if (dir == f->client && strcmp(type, "hello") == 0 &&
	    ss_json_string(line, sizeof(line), in, len, "public") &&
	    ss_public_get_text(&pub, line, strlen(line)) == SS_OK) {
		ss_public_fingerprint(fp, &pub);
		memcpy(f->peer_id, fp, sizeof(f->peer_id));
		f->has_id = 1;
	} else if (dir != f->client && f->has_id &&
	    strcmp(type, "registered") == 0) {
		ss_party_met(f->records->party, f->peer, f->peer_id);
	}
}

/* JSON text: the two messages that tell who this is, all told as events. */
static void
control(struct ss_flow *f, int dir, struct ss_when when, const uint8_t *in,
    size_t len)
{
	char type[32] = "", name[SS_NAME_MAX + 1];
	const char *says = dir == f->client ? "hello" : "registered";
	struct ss_event e = { .kind = SS_EVENT_CONTROL, .text = in,
		.len = len };

	if (ss_json_string(type, sizeof(type), in, len, "type") &&
	    strcmp(type, says) == 0 &&
	    ss_json_string(name, sizeof(name), in, len, "name") &&
	    name_fits((const uint8_t *)name, strlen(name)))
		strcpy(f->peer, name);
	if (f->records->party && f->peer[0] != '\0')
		meet(f, dir, type, in, len);
	e.by = (struct ss_carrier){ when, f->name[dir],
		dir == f->client ? f->peer : "relay",
		dir == f->client ? "relay" : f->peer, NULL };
	f->records->event(f->records->arg, &e);
}

static void
routed(struct ss_flow *f, int dir, struct ss_when when, const uint8_t *in,
    size_t len)
{
	char name[SS_NAME_MAX + 1];
	struct ss_carrier by = { when, f->name[dir], f->peer, name, NULL };
	size_t n = len > 1 ? in[1] : 0;

	if (len < ROUTE_FIXED || len < ROUTE_FIXED + n ||
	    (in[0] != ROUTE_DELIVER && in[0] != ROUTE_ROOM) ||
	    !name_fits(in + 2, n)) {
		ss_note_bad(f->notes, SS_TOPIC_WS,
		    "a message without a routing header (%s)", f->name[dir]);
		return;
	}
	memcpy(name, in + 2, n);
	name[n] = '\0';
	by.message_id = in + 2 + n;
	if (dir != f->client) { /* the relay has put in the sender's name */
		by.from = name;
		by.to = f->peer;
	}
	f->messages++;
	ss_records_push(
	    f->records, &by, in + ROUTE_FIXED + n, len - ROUTE_FIXED - n);
}

void
ss_flow_message(void *flow, int dir, struct ss_when when, int opcode,
    const uint8_t *in, size_t len)
{
	struct ss_flow *f = flow;

	if (f->foreign)
		return;
	if (opcode == SS_WS_OP_TEXT)
		control(f, dir, when, in, len);
	else if (opcode == SS_WS_OP_BINARY)
		routed(f, dir, when, in, len);
}
