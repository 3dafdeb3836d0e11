/* SPDX-License-Identifier: ISC */
#include "print.h"
#include "json.h"
#include "../proto/data.h"
#include "../proto/handshake.h"
#include "../proto/timetext.h"
#include "../proto/utf8.h"
#include <string.h>

static const char *const kinds[] = { "handshake", "introducer", "message",
	"piece", "stream", "sealed", "refused", "control", "public" };

/* A member of an object; whatever the bytes are, the line is JSON. */
static void
member(const char *key, const char *text)
{
	printf(",\"%s\":", key);
	ss_json_put(stdout, (const uint8_t *)text, strlen(text));
}

static void
hex(const char *key, const uint8_t *in, size_t len)
{
	if (!in)
		return;
	printf(",\"%s\":", key);
	ss_json_put_hex(stdout, in, len);
}

static void
number(const char *key, uint64_t v)
{
	printf(",\"%s\":%llu", key, (unsigned long long)v);
}

static void
boolean(const char *key, int v)
{
	printf(",\"%s\":%s", key, v ? "true" : "false");
}

static void
text(const uint8_t *in, size_t len)
{
	if (ss_utf8_valid(in, len)) {
		fputs(",\"text\":", stdout);
		ss_json_put(stdout, in, len);
	} else {
		fputs(",\"base64\":", stdout);
		ss_json_put_base64(stdout, in, len);
	}
}

static void
named(const char *key, const struct ss_name *table, uint32_t value)
{
	const char *name = ss_name_of(table, value);

	if (name)
		member(key, name);
	else
		number(key, value);
}

static void
handshake(const struct ss_event *e)
{
	struct ss_handshake_record h;

	if (ss_wire_get(&h, ss_layout_of(e->record, e->record_len), e->record,
	    e->record_len) != SS_OK)
		return;
	named("family", ss_family_names, h.family);
	number("suite", h.suite);
	named("mode", ss_mode_names, h.flags);
	hex("run", h.run, sizeof(h.run));
	number("step", h.step);
	number("size", h.message.len);
}

static void
public(const struct ss_event *e)
{
	const struct ss_layout *l = ss_layout_of(e->record, e->record_len);

	member("record", l ? l->name : "unknown");
	number("size", e->record_len);
}

static void
introducer(const struct ss_event *e)
{
	const struct ss_introducer *i = e->introducer;

	named("family", ss_introducer_names, i->family);
	named("aead", ss_aead_names, i->aead);
	named("mode", ss_introducer_modes(i->family), i->mode);
	boolean("lines", i->flags & SS_INTRO_LINES);
	hex("previous", i->prev_id, sizeof(i->prev_id));
	number("number", i->number);
	boolean("verified", e->verified);
}

static void
data(const struct ss_event *e)
{
	number("sequence", e->sequence);
	boolean("final", e->flags & SS_DATA_FINAL);
	if (e->kind == SS_EVENT_PIECE && e->stream > 0)
		number("stream", e->stream);
	number("size", e->text ? e->len : e->record_len - SS_DATA_OVERHEAD);
	if (e->text)
		text(e->text, e->len);
}

static void
stream(const struct ss_event *e)
{
	number("stream", e->stream);
	number("records", e->records);
	number("size", e->bytes);
	boolean("complete", e->complete);
	boolean("whole", e->whole);
	if (e->whole)
		hex("sha256", e->sha256, 32);
	if (e->bytes == e->len)
		text(e->text, e->len);
}

void
ss_print_json(const struct ss_event *e)
{
	char when[SS_TIME_TEXT];

	ss_time_text(when, e->by.when.ns / 1000000);
	printf("{\"type\":\"%s\"", kinds[e->kind]);
	member("time", when);
	member("flow", e->by.flow);
	member("from", e->by.from);
	member("to", e->by.to);
	hex("epoch", e->epoch, SS_EPOCH_ID_BYTES);
	hex("sender", e->sender, SS_ID_BYTES);
	hex("audience", e->audience, SS_ID_BYTES);
	if (e->repeat)
		boolean("repeat", 1);
	if (e->twice)
		boolean("twice", 1);
	if (e->lab)
		boolean("lab", 1);
	if (e->kind == SS_EVENT_HANDSHAKE)
		handshake(e);
	else if (e->introducer)
		introducer(e);
	else if (e->kind == SS_EVENT_STREAM)
		stream(e);
	else if (e->kind == SS_EVENT_CONTROL)
		text(e->text, e->len);
	else if (e->kind == SS_EVENT_PUBLIC)
		public(e);
	else
		data(e);
	fputs("}\n", stdout);
}

/* A note may quote bytes of the capture, in any encoding. */
void
ss_print_json_note(enum ss_topic topic, const char *note)
{
	fputs("{\"type\":\"note\"", stdout);
	member("topic", ss_topics[topic]);
	text((const uint8_t *)note, strlen(note));
	fputs("}\n", stdout);
}

void
ss_print_json_flow(const struct ss_flow_sum *f)
{
	char first[SS_TIME_TEXT], last[SS_TIME_TEXT];

	ss_time_text(first, f->first / 1000000);
	ss_time_text(last, f->last / 1000000);
	fputs("{\"type\":\"flow\"", stdout);
	member("flow", f->name);
	member("carries", f->label);
	member("peer", f->peer);
	member("first", first);
	member("last", last);
	number("packets", f->packets);
	printf(",\"bytes\":[%llu,%llu],\"missing\":[%llu,%llu]",
	    (unsigned long long)f->bytes[0], (unsigned long long)f->bytes[1],
	    (unsigned long long)f->missing[0],
	    (unsigned long long)f->missing[1]);
	number("messages", f->messages);
	fputs("}\n", stdout);
}

void
ss_print_json_end(const struct ss_print *p, const struct ss_capture *c)
{
	fputs("{\"type\":\"summary\"", stdout);
	number("packets", c->packets);
	number("flows", p->nflows);
	number("messages", p->messages);
	number("streams", p->streams);
	number("stream_bytes", p->stream_bytes);
	number("sealed_records", c->records.sealed);
	number("sealed_bytes", c->records.sealed_bytes);
	number("sealed_epochs", c->records.sealed_epochs);
	number("refused", c->records.refused);
	fputs("}\n", stdout);
}
