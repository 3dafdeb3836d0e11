/* SPDX-License-Identifier: ISC */
/* A store: what the relay's core relies on, and the limits of a mailbox. */
#include "../../lib/relay/store.h"
#include "tap.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define ROOM 5

static struct ss_store *store;
static const struct ss_mailbox_limits limits = { ROOM, 1000, 60 * 1000 };

static struct ss_op *
op_for(enum ss_op_kind kind, const char *name, const char *other)
{
	struct ss_op *op = ss_op_new(kind);

	strcpy(op->name, name);
	strcpy(op->other, other);
	return op;
}

static enum ss_op_result
run(struct ss_op *op)
{
	ss_store_batch(store, op);
	return op->result;
}

static enum ss_op_result
once(struct ss_op *op)
{
	enum ss_op_result r = run(op);

	ss_op_free(op);
	return r;
}

static struct ss_op *
letter(const char *to, const char *from, uint8_t id, size_t len, int64_t now)
{
	struct ss_op *op = op_for(SS_OP_PUT, to, from);

	memset(op->id, id, sizeof op->id);
	op->msg = ss_msg_new(SS_WS_BINARY, len);
	memset(op->msg->bytes + op->msg->at, id, len);
	op->msg->len = len;
	op->now_ms = now;
	return op;
}

static enum ss_op_result
bind(const char *name, const char *public)
{
	struct ss_op *op = op_for(SS_OP_BIND, name, "");

	strcpy(op->public, public);
	return once(op);
}

static enum ss_op_result
ack(const char *name, uint64_t row)
{
	struct ss_op *op = op_for(SS_OP_ACK, name, "");

	op->rows = malloc(sizeof *op->rows);
	op->rows[0] = row;
	op->nrows = 1;
	return once(op);
}

/* How many letters, and is everything in them as it was put? */
static int
count(const char *name, const char *from, uint64_t after, uint64_t max,
    int *all)
{
	struct ss_op *op = op_for(SS_OP_FETCH, name, from);
	struct ss_mail *m;
	uint64_t row = after;
	int n = 0;

	op->row = after;
	op->max = max;
	op->maxlen = 1 << 20;
	if (run(op) != SS_OP_OK)
		n = -1000;
	for (m = op->mail; m != NULL; m = m->next, n++) {
		if (m->row <= row || m->msg->len == 0 ||
		    m->msg->bytes[m->msg->at] != m->id[0] ||
		    m->msg->bytes[m->msg->at + m->msg->len - 1] != m->id[0])
			n = -1000;
		row = m->row;
	}
	*all = op->all;
	ss_op_free(op);
	return n;
}

static void
names(void)
{
	struct ss_op *op;

	ok(bind("ann", "key 1") == SS_OP_FIRST, "the first key of a name");
	ok(bind("ann", "key 1") == SS_OP_OK, "the same key again");
	ok(bind("ann", "key 2") == SS_OP_REFUSED, "another key");
	ok(bind("ben", "key 3") == SS_OP_FIRST, "another name");
	op = op_for(SS_OP_LOOKUP, "ann", "");
	ok(run(op) == SS_OP_OK && strcmp(op->public, "key 1") == 0,
	    "the key stays the first one");
	ss_op_free(op);
	ok(once(op_for(SS_OP_LOOKUP, "cat", "")) == SS_OP_UNKNOWN,
	    "a name that nobody has");
}

static void
mail(void)
{
	struct ss_op *op = letter("ann", "ben", 1, 10, 1000);
	uint64_t row;
	int all;

	ok(run(op) == SS_OP_OK && op->row > 0 && op->count == 1 &&
	    op->bytes == 10, "a letter");
	row = op->row;
	ss_op_free(op);
	op = letter("ann", "ben", 1, 10, 1000);
	ok(run(op) == SS_OP_KNOWN && op->row == row && op->count == 1,
	    "the same letter again is the same row");
	ss_op_free(op);
	ok(once(letter("ann", "cat", 1, 20, 1000)) == SS_OP_OK,
	    "the same id of another sender is another letter");
	ok(once(letter("dan", "ben", 2, 10, 1000)) == SS_OP_UNKNOWN,
	    "to nobody");
	ok(count("ann", "", 0, 9, &all) == 2 && all, "both are there");
	ok(count("ann", "", 0, 1, &all) == 1 && !all, "one at a time");
	ok(count("ann", "ben", 0, 9, &all) == 1 && all, "of one sender");
	ok(count("ann", "", row, 9, &all) == 1 && all, "behind a row");
	ok(count("ben", "", 0, 9, &all) == 0 && all, "nothing for others");
	ok(ack("ben", row) == SS_OP_OK && count("ann", "", 0, 9, &all) == 2,
	    "nobody acknowledges the mail of others");
	ok(ack("ann", row) == SS_OP_OK && count("ann", "", 0, 9, &all) == 1,
	    "its owner does");
	ok(ack("ann", row) == SS_OP_OK && count("ann", "", 0, 9, &all) == 1,
	    "twice is once");
	op = letter("ann", "ben", 3, 10, 1000);
	ok(run(op) == SS_OP_OK && op->row > row + 1,
	    "a row number never comes again");
	ss_op_free(op);
}

static void
full(void)
{
	struct ss_op *op;
	int all, i;

	for (i = 0; i < ROOM; i++)
		(void)once(letter("ben", "ann", (uint8_t)(10 + i), 100, 2000));
	ok(count("ben", "", 0, 99, &all) == ROOM, "as many as there is room");
	ok(once(letter("ben", "ann", 30, 1, 2000)) == SS_OP_FULL, "no more");
	ok(once(letter("ben", "ann", 10, 100, 2000)) == SS_OP_KNOWN,
	    "what is in there already may be repeated");
	op = op_for(SS_OP_EXPIRE, "", "");
	op->now_ms = 2000 + limits.age_ms;
	ok(run(op) == SS_OP_OK && op->count == 2, "the older ones expire");
	op->now_ms++;
	ok(run(op) == SS_OP_OK && op->count == ROOM, "then the others");
	ss_op_free(op);
	ok(once(letter("ben", "ann", 31, 1000, 3000)) == SS_OP_OK,
	    "as many bytes as there is room");
	ok(once(letter("ben", "ann", 32, 1, 3000)) == SS_OP_FULL,
	    "not one byte more");
}

/* One failure, and nothing of the batch has happened. */
static int no(struct ss_store *s) { (void)s; return -1; }

static void
failure(void)
{
	int (*begin)(struct ss_store *) = store->begin;
	struct ss_op *a = letter("ann", "ben", 50, 10, 1000),
	    *b = letter("ann", "ben", 51, 10, 1000);
	int all, before = count("ann", "", 0, 99, &all);

	store->begin = no;
	a->next = b;
	ss_store_batch(store, a);
	ok(a->result == SS_OP_FAILED && b->result == SS_OP_FAILED,
	    "a batch that cannot begin fails as a whole");
	ss_op_free(a);
	ss_op_free(b);
	store->begin = begin;
	ok(count("ann", "", 0, 99, &all) == before, "and nothing was stored");
}

static void
limit_files(rlim_t bytes)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_FSIZE, &lim) != 0)
		abort();
	lim.rlim_cur = bytes;
	if (setrlimit(RLIMIT_FSIZE, &lim) != 0)
		abort();
}

/* Batches until the disk is full: how many letters were accepted? */
static int
fill(int *broken)
{
	struct ss_op *a, *b, *c;
	int i, accepted = 0;

	*broken = 0;
	for (i = 0; i < 240; i += 3) {
		a = letter("ann", "ben", (uint8_t)i, 20000, 1000);
		b = letter("ann", "ben", (uint8_t)(i + 1), 20000, 1000);
		c = letter("ann", "ben", (uint8_t)(i + 2), 20000, 1000);
		a->next = b;
		b->next = c;
		ss_store_batch(store, a);
		accepted += 3 * (a->result == SS_OP_OK);
		*broken |= a->result != b->result || b->result != c->result;
		ss_op_free(a);
		ss_op_free(b);
		ss_op_free(c);
	}
	return accepted;
}

/* Something fails between the two halves of a change: neither stays, nor
 * does anything else of its batch. */
static void
half_done(const char *path)
{
	struct ss_op *a = letter("ann", "ben", 60, 10, 1000),
	    *b = letter("ann", "ben", 61, 10, 1000);
	sqlite3 *db;
	int all;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, "CREATE TRIGGER stop BEFORE UPDATE ON user"
	        " WHEN new.mails > 1 BEGIN SELECT RAISE(ABORT, 'no'); END",
	        NULL, NULL, NULL) != SQLITE_OK)
		abort();
	a->next = b;
	ss_store_batch(store, a);
	ok(a->result == SS_OP_FAILED && b->result == SS_OP_FAILED,
	    "the second letter fails, so both do");
	ss_op_free(a);
	ss_op_free(b);
	ok(count("ann", "", 0, 99, &all) == 0, "and neither was stored");
	if (sqlite3_exec(db, "DROP TRIGGER stop", NULL, NULL, NULL) !=
	    SQLITE_OK)
		abort();
	sqlite3_close(db);
}

/*
 * The disk is full, in the middle of a batch: what was accepted is there,
 * what failed is not, and when there is room again the mailbox is as full as
 * it says.
 */
static void
full_disk(void)
{
	static const struct ss_mailbox_limits wide = { 1000, 1 << 30, 60000 };
	char dir[] = "/tmp/relay_store.XXXXXX", path[64], wal[72], shm[72];
	struct ss_op *op;
	const char *trouble;
	int accepted, broken, all, i;

	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/relay.db", dir);
	snprintf(wal, sizeof wal, "%s-wal", path);
	snprintf(shm, sizeof shm, "%s-shm", path);
	signal(SIGXFSZ, SIG_IGN);
	store = ss_store_sqlite(path, &wide, &trouble);
	(void)bind("ann", "key 1");
	limit_files(1 << 20);
	accepted = fill(&broken);
	limit_files(RLIM_INFINITY);
	ok(accepted > 9 && accepted < 240 && !broken,
	    "%d letters of 240 fit on the disk, in whole batches", accepted);
	ok(count("ann", "", 0, 999, &all) == accepted && all,
	    "those that were accepted are there, and no others");
	ok(once(letter("ann", "ben", 250, 20000, 1000)) == SS_OP_OK,
	    "with room on the disk it goes on");
	op = op_for(SS_OP_ACK, "ann", "");
	op->nrows = (size_t)accepted + 1;
	op->rows = calloc(op->nrows, sizeof *op->rows);
	for (i = 0; i <= accepted; i++)
		op->rows[i] = (uint64_t)i + 1;
	ok(run(op) == SS_OP_OK && op->count == 0 && op->bytes == 0,
	    "an empty mailbox counts as empty");
	ss_op_free(op);
	half_done(path);
	store->close(store);
	(void)unlink(shm);
	(void)unlink(wal);
	(void)unlink(path);
	(void)rmdir(dir);
}

int
main(void)
{
	const char *trouble;

	store = ss_store_sqlite(":memory:", &limits, &trouble);
	if (!ok(store != NULL, "a store"))
		return done_testing();
	names();
	mail();
	full();
	failure();
	store->close(store);
	full_disk();
	store = ss_store_sqlite("/nonexistent/x.db", &limits, &trouble);
	ok(store == NULL && trouble[0] != '\0', "a path that cannot be");
	return done_testing();
}
