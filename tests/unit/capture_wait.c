/* SPDX-License-Identifier: ISC */
/* Records that wait for their keys: order, time, bounds. */
#include "../../lib/capture/records.h"
#include "../../lib/proto/data.h"
#include "tap.h"
#include <stdlib.h>

static struct ss_notes notes;
static struct ss_keys keys;
static struct ss_records r;
static char said[8192];

static void
on_note(void *arg, enum ss_topic topic, const char *text)
{
	(void)arg;
	(void)topic;
	(void)text;
}

static void
on_event(void *arg, const struct ss_event *e)
{
	size_t at = strlen(said);

	(void)arg;
	if (at + 64 < sizeof(said))
		snprintf(said + at, sizeof(said) - at, "%s:%.*s@%llu ",
		    e->by.flow, e->text ? (int)e->len : 1,
		    e->text ? (const char *)e->text : "-",
		    (unsigned long long)e->by.when.packet);
}

static void
begin(void)
{
	said[0] = '\0';
	notes = (struct ss_notes){ .say = on_note };
	memset(&r, 0, sizeof(r));
	ss_keys_init(&keys, &notes);
	r.keys = &keys;
	r.notes = &notes;
	r.event = on_event;
	if (ss_records_init(&r) != SS_OK)
		exit(99);
	r.wait.patience = SS_WAIT_MS;
}

static void
end(void)
{
	ss_records_free(&r);
	ss_keys_wipe(&keys);
}

static void
key_of(struct ss_epoch *e, uint8_t which, uint8_t key[32])
{
	memset(key, which, 32);
	memset(e, 0, sizeof(*e));
	ss_epoch_open(e, SS_CHACHAPOLY, key);
}

/* Packet n on a flow: a record of an epoch, with this text. */
static void
come(const char *flow, uint8_t epoch, uint64_t n, const char *text)
{
	uint8_t key[32], rec[256];
	struct ss_epoch e;
	struct ss_carrier by = { { 0, n }, flow, "", "", NULL };

	key_of(&e, epoch, key);
	if (ss_data_seal(rec, (const uint8_t *)text, strlen(text), n, 0, &e)
	    != SS_OK)
		exit(99);
	ss_records_push(&r, &by, rec, strlen(text) + SS_DATA_OVERHEAD);
	ss_epoch_wipe(&e);
}

static void
learn(uint8_t epoch)
{
	struct ss_keylog k = { .family = SS_RATCHET, .aead = SS_CHACHAPOLY };
	struct ss_epoch e;

	key_of(&e, epoch, k.key);
	memcpy(k.id, e.id, sizeof(k.id));
	ss_epoch_wipe(&e);
	is_err(ss_keys_add(&keys, &k), SS_OK, "the key of epoch %u", epoch);
	ss_wait_retry(&r);
}

static void
is_said(const char *want, const char *what)
{
	ok(strcmp(said, want) == 0, "%s: %s", what, said);
	said[0] = '\0';
}

static void
order(void)
{
	begin();
	learn(2);
	come("x", 1, 1, "a");
	come("x", 2, 2, "b");
	come("y", 2, 3, "c");
	come("x", 1, 4, "d");
	come("y", 3, 5, "e");
	is_said("y:c@3 ", "what has a key, and nothing before it");
	ok(r.wait.count == 4, "the others wait");
	learn(3);
	is_said("y:e@5 ", "another connection is not held up");
	learn(1);
	is_said("x:a@1 x:b@2 x:d@4 ", "the key comes: in order, each of its "
	    "own packet");
	ok(r.wait.count == 0 && r.wait.bytes == 0 && r.messages == 5,
	    "nobody waits");
	come("x", 1, 6, "f");
	is_said("x:f@6 ", "nor does what comes now");
	end();
}

static void
patience(void)
{
	begin();
	r.wait.now = 1000;
	come("x", 1, 1, "a");
	r.wait.now = 2000;
	come("x", 1, 2, "b");
	learn(2);
	come("x", 2, 3, "c");
	r.wait.now = 1000 + SS_WAIT_MS - 1;
	ss_wait_retry(&r);
	is_said("", "its time is not over");
	r.wait.now = 1000 + SS_WAIT_MS;
	ss_wait_retry(&r);
	is_said("x:-@1 x:-@2 x:c@3 ", "it is: sealed, and its epoch is not "
	    "waited for any more");
	come("x", 1, 4, "d");
	is_said("x:-@4 ", "later ones do not wait");
	ok(r.sealed == 3 && r.messages == 1, "counted");
	learn(1);
	come("x", 1, 5, "e");
	is_said("x:e@5 ", "and are read if the key comes after all");
	end();
}

static void
bounds(void)
{
	begin();
	for (unsigned i = 0; i < SS_WAIT_RECORDS + 10; i++)
		come("x", 1, i, "t");
	ok(r.wait.count <= SS_WAIT_RECORDS && r.sealed > 0,
	    "no more than so many: %zu", r.wait.count);
	said[0] = '\0';
	end();
	ok(strncmp(said, "x:-@", 4) == 0 || r.sealed > 0,
	    "the end: all are told");

	begin();
	come("x", 1, 7, "last");
	ss_wait_end(&r);
	is_said("x:-@7 ", "one that waits to the end");
	r.wait.patience = 0;
	come("x", 2, 8, "now");
	is_said("x:-@8 ", "without patience nothing waits");
	end();
}

int
main(void)
{
	if (sodium_init() < 0)
		return 99;
	order();
	patience();
	bounds();
	return done_testing();
}
