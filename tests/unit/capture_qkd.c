/* SPDX-License-Identifier: ISC */
/* The public discussion about quantum bits, in a capture. */
#include "../../lib/capture/annotate.h"
#include "../../lib/capture/records.h"
#include "tap.h"
#include <stdlib.h>

static struct ss_notes notes;
static struct ss_keys keys;
static struct ss_records r;
static size_t events, repeats, bad;
static struct ss_qkd_msg got;
static uint8_t words[SS_COMMENT_MAX + 1];

static void
on_note(void *arg, enum ss_topic topic, const char *text)
{
	(void)arg;
	(void)text;
	bad += topic == SS_TOPIC_RECORD;
}

static void
on_event(void *arg, const struct ss_event *e)
{
	(void)arg;
	if (e->kind != SS_EVENT_QKD)
		return;
	events++;
	repeats += e->repeat != 0;
	got = *e->qkd;
	words[ss_annotate_words(words, e)] = '\0';
}

int
main(void)
{
	struct ss_carrier by = { { 0, 1 }, "flow", "alice", "bob", NULL };
	uint8_t rec[256];
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };
	struct ss_qkd_msg m = { .kind = SS_QKD_DONE, .from = SS_BOB,
		.step = 77, .size = 1234 };

	if (sodium_init() < 0)
		return 2;
	notes = (struct ss_notes){ .say = on_note };
	ss_keys_init(&keys, &notes);
	r.keys = &keys;
	r.notes = &notes;
	r.event = on_event;
	is_err(ss_records_init(&r), SS_OK, "records");
	is_err(ss_wire_put(&b, ss_layout_find("qkd-done"), 0, &m), SS_OK,
	    "a message");
	ss_records_push(&r, &by, rec, b.len);
	ok(events == 1 && repeats == 0 && got.kind == SS_QKD_DONE &&
	    got.step == 77 && got.from == SS_BOB, "is told, and what it is");
	ok(strstr((char *)words, "alice -> bob: about quantum bits, in "
	    "public") != NULL, "in words: %.60s", (char *)words);
	ss_records_push(&r, &by, rec, b.len);
	ok(events == 2 && repeats == 1, "once more, on its way out");
	rec[SS_HEADER_BYTES] = 99;
	ss_records_push(&r, &by, rec, b.len);
	ok(events == 2 && bad == 1, "one that is none is noted");
	ss_records_free(&r);
	ss_keys_wipe(&keys);
	return done_testing();
}
