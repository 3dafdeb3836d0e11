/* SPDX-License-Identifier: ISC */
#include "store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/*
 * WAL with synchronous=FULL: a commit is on the disk when it returns (NORMAL
 * loses acknowledged mail in a power cut).  secure_delete: mail that was
 * fetched leaves no trace in the file's free pages.  AUTOINCREMENT: a row
 * number never comes again, so that an old ACK cannot hit new mail.
 */
static const char schema[] =
    "PRAGMA page_size=8192;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA wal_autocheckpoint=4096;"
    "PRAGMA journal_size_limit=67108864;"
    "CREATE TABLE IF NOT EXISTS user("
    " name TEXT PRIMARY KEY, public TEXT NOT NULL, since INTEGER NOT NULL,"
    " mails INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0"
    ") WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS mail("
    " row INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL,"
    " sender TEXT NOT NULL, id BLOB NOT NULL, at INTEGER NOT NULL,"
    " records BLOB NOT NULL);"
    "CREATE UNIQUE INDEX IF NOT EXISTS mail_once"
    " ON mail(recipient, sender, id);"
    "CREATE INDEX IF NOT EXISTS mail_box ON mail(recipient, row);"
    "CREATE INDEX IF NOT EXISTS mail_age ON mail(at);"
    "PRAGMA user_version=1;";

enum { BEGIN, COMMIT, ROLLBACK, BIND, LOOKUP, ROOM, PUT, WHICH, FETCH,
	FETCH_FROM, ACK, GROW, SHRINK, EXPIRE, NSQL };

static const char *const sql[NSQL] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[BIND] = "INSERT INTO user(name, public, since) VALUES(?1, ?2, ?3)"
		 " ON CONFLICT DO NOTHING",
	[LOOKUP] = "SELECT public FROM user WHERE name=?1",
	[ROOM] = "SELECT mails, bytes FROM user WHERE name=?1",
	[PUT] = "INSERT INTO mail(recipient, sender, id, at, records)"
		" VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
	[WHICH] = "SELECT row FROM mail"
		  " WHERE recipient=?1 AND sender=?2 AND id=?3",
	[FETCH] = "SELECT row, sender, id, records FROM mail"
		  " WHERE recipient=?1 AND row>?2 ORDER BY row",
	[FETCH_FROM] = "SELECT row, sender, id, records FROM mail"
		       " WHERE recipient=?1 AND row>?2 AND sender=?3"
		       " ORDER BY row",
	[ACK] = "DELETE FROM mail WHERE row=?1 AND recipient=?2"
		" RETURNING length(records)",
	[GROW] = "UPDATE user SET mails=mails+1, bytes=bytes+?2"
		 " WHERE name=?1",
	[SHRINK] = "UPDATE user SET mails=mails-1, bytes=bytes-?2"
		   " WHERE name=?1",
	[EXPIRE] = "DELETE FROM mail WHERE row IN (SELECT row FROM mail"
		   " WHERE at<?1 LIMIT 1000)"
		   " RETURNING recipient, length(records)",
};

struct sqlite {
	struct ss_store store;
	sqlite3 *db;
	sqlite3_stmt *stmt[NSQL];
	struct ss_mailbox_limits limits;
	int failed; /* in this batch */
};

static sqlite3_stmt *
use(struct sqlite *s, int which)
{
	sqlite3_reset(s->stmt[which]);
	return s->stmt[which];
}

static void
text(sqlite3_stmt *q, int i, const char *t)
{
	sqlite3_bind_text(q, i, t, -1, SQLITE_STATIC);
}

/* Carry out a statement that answers no rows. */
static int
done(sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);

	sqlite3_reset(q);
	return rc == SQLITE_DONE ? 0 : -1;
}

static int
begin(struct ss_store *store)
{
	struct sqlite *s = (struct sqlite *)store;

	s->failed = 0;
	return done(s->stmt[BEGIN]);
}

static int
commit(struct ss_store *store)
{
	struct sqlite *s = (struct sqlite *)store;

	if (!s->failed && done(s->stmt[COMMIT]) == 0)
		return 0;
	/* some errors have rolled back by themselves: then this one fails */
	(void)done(s->stmt[ROLLBACK]);
	return -1;
}

static enum ss_op_result
lookup(struct sqlite *s, struct ss_op *op)
{
	sqlite3_stmt *q = use(s, LOOKUP);
	int rc;

	text(q, 1, op->name);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		const char *t = (const char *)sqlite3_column_text(q, 0);

		if (t == NULL || strlen(t) >= sizeof op->public)
			rc = SQLITE_CORRUPT;
		else
			strcpy(op->public, t);
	}
	sqlite3_reset(q);
	return rc == SQLITE_ROW ? SS_OP_OK :
	    rc == SQLITE_DONE ? SS_OP_UNKNOWN : SS_OP_FAILED;
}

static enum ss_op_result
bind(struct sqlite *s, struct ss_op *op)
{
	char claimed[sizeof op->public];
	sqlite3_stmt *q = use(s, BIND);

	text(q, 1, op->name);
	text(q, 2, op->public);
	sqlite3_bind_int64(q, 3, op->now_ms);
	if (done(q) != 0)
		return SS_OP_FAILED;
	if (sqlite3_changes(s->db) == 1)
		return SS_OP_FIRST;
	memcpy(claimed, op->public, sizeof claimed);
	if (lookup(s, op) != SS_OP_OK)
		return SS_OP_FAILED;
	return strcmp(claimed, op->public) == 0 ? SS_OP_OK : SS_OP_REFUSED;
}

/* How full is the mailbox?  Into op->count and op->bytes. */
static enum ss_op_result
room(struct sqlite *s, struct ss_op *op)
{
	sqlite3_stmt *q = use(s, ROOM);
	int rc;

	text(q, 1, op->name);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		op->count = (uint64_t)sqlite3_column_int64(q, 0);
		op->bytes = (uint64_t)sqlite3_column_int64(q, 1);
	}
	sqlite3_reset(q);
	return rc == SQLITE_ROW ? SS_OP_OK :
	    rc == SQLITE_DONE ? SS_OP_UNKNOWN : SS_OP_FAILED;
}

static int
account(struct sqlite *s, int which, const char *name, int64_t bytes)
{
	sqlite3_stmt *q = use(s, which);

	text(q, 1, name);
	sqlite3_bind_int64(q, 2, bytes);
	return done(q);
}

static enum ss_op_result
which_row(struct sqlite *s, struct ss_op *op)
{
	sqlite3_stmt *q = use(s, WHICH);
	int rc;

	text(q, 1, op->name);
	text(q, 2, op->other);
	sqlite3_bind_blob(q, 3, op->id, sizeof op->id, SQLITE_STATIC);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		op->row = (uint64_t)sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return rc == SQLITE_ROW ? SS_OP_KNOWN : SS_OP_FAILED;
}

static enum ss_op_result
put(struct sqlite *s, struct ss_op *op)
{
	enum ss_op_result r = room(s, op);
	sqlite3_stmt *q;

	if (r != SS_OP_OK)
		return r;
	if (op->count + 1 > s->limits.count ||
	    op->bytes + op->msg->len > s->limits.bytes)
		return which_row(s, op) == SS_OP_KNOWN ? SS_OP_KNOWN :
							 SS_OP_FULL;
	q = use(s, PUT);
	text(q, 1, op->name);
	text(q, 2, op->other);
	sqlite3_bind_blob(q, 3, op->id, sizeof op->id, SQLITE_STATIC);
	sqlite3_bind_int64(q, 4, op->now_ms);
	sqlite3_bind_blob64(q, 5, op->msg->bytes + op->msg->at, op->msg->len,
	    SQLITE_STATIC);
	if (done(q) != 0)
		return SS_OP_FAILED;
	if (sqlite3_changes(s->db) == 0)
		return which_row(s, op);
	op->row = (uint64_t)sqlite3_last_insert_rowid(s->db);
	if (account(s, GROW, op->name, (int64_t)op->msg->len) != 0)
		return SS_OP_FAILED;
	op->count++;
	op->bytes += op->msg->len;
	return SS_OP_OK;
}

static struct ss_mail *
mail_of(sqlite3_stmt *q)
{
	struct ss_mail *m = calloc(1, sizeof *m);
	const char *sender = (const char *)sqlite3_column_text(q, 1);
	const void *id = sqlite3_column_blob(q, 2);
	const void *records = sqlite3_column_blob(q, 3);
	size_t len = (size_t)sqlite3_column_bytes(q, 3);

	if (m == NULL || sender == NULL || strlen(sender) > SS_NAME_MAX ||
	    sqlite3_column_bytes(q, 2) != SS_MSG_ID_BYTES || records == NULL ||
	    (m->msg = ss_msg_new(SS_WS_BINARY, len)) == NULL) {
		free(m);
		return NULL;
	}
	m->row = (uint64_t)sqlite3_column_int64(q, 0);
	strcpy(m->sender, sender);
	memcpy(m->id, id, SS_MSG_ID_BYTES);
	memcpy(m->msg->bytes + m->msg->at, records, len);
	m->msg->len = len;
	return m;
}

static enum ss_op_result
fetch(struct sqlite *s, struct ss_op *op)
{
	sqlite3_stmt *q = use(s, op->other[0] ? FETCH_FROM : FETCH);
	struct ss_mail **end = &op->mail;
	size_t n = 0, len = 0;
	int rc;

	text(q, 1, op->name);
	sqlite3_bind_int64(q, 2, (int64_t)op->row);
	if (op->other[0])
		text(q, 3, op->other);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW && n < op->max &&
	    len < op->maxlen) {
		if ((*end = mail_of(q)) == NULL) {
			rc = SQLITE_NOMEM;
			break;
		}
		len += (*end)->msg->len;
		end = &(*end)->next;
		n++;
	}
	sqlite3_reset(q);
	op->all = rc == SQLITE_DONE;
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SS_OP_OK : SS_OP_FAILED;
}

static enum ss_op_result
ack(struct sqlite *s, struct ss_op *op)
{
	sqlite3_stmt *q;
	int64_t bytes;
	size_t i;
	int rc;

	for (i = 0; i < op->nrows; i++) {
		q = use(s, ACK);
		sqlite3_bind_int64(q, 1, (int64_t)op->rows[i]);
		text(q, 2, op->name); /* nobody's but the owner's mail */
		rc = sqlite3_step(q);
		bytes = rc == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
		sqlite3_reset(q);
		if (rc == SQLITE_DONE)
			continue; /* acknowledged before */
		if (rc != SQLITE_ROW ||
		    account(s, SHRINK, op->name, bytes) != 0)
			return SS_OP_FAILED;
	}
	return room(s, op);
}

static enum ss_op_result
expire(struct sqlite *s, struct ss_op *op)
{
	sqlite3_stmt *q = use(s, EXPIRE);
	char name[SS_NAME_MAX + 1];
	const char *t;
	int rc;

	op->count = 0;
	sqlite3_bind_int64(q, 1, op->now_ms - s->limits.age_ms);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		t = (const char *)sqlite3_column_text(q, 0);
		if (t == NULL || strlen(t) > SS_NAME_MAX)
			continue;
		strcpy(name, t);
		if (account(s, SHRINK, name, sqlite3_column_int64(q, 1)) != 0)
			break;
		op->count++;
	}
	sqlite3_reset(q);
	return rc == SQLITE_DONE ? SS_OP_OK : SS_OP_FAILED;
}

static void
run(struct ss_store *store, struct ss_op *op)
{
	static enum ss_op_result (*const does[])(
	    struct sqlite *, struct ss_op *) = {
		[SS_OP_BIND] = bind,
		[SS_OP_LOOKUP] = lookup,
		[SS_OP_PUT] = put,
		[SS_OP_FETCH] = fetch,
		[SS_OP_ACK] = ack,
		[SS_OP_EXPIRE] = expire,
	};

	struct sqlite *s = (struct sqlite *)store;

	op->result = s->failed ? SS_OP_FAILED : does[op->kind](s, op);
	/*
	 * A change that was carried out by half must not be committed.  And
	 * some errors make SQLite roll back at once: what came behind would
	 * be on its own, outside of any transaction.
	 */
	if ((op->result == SS_OP_FAILED && op->kind != SS_OP_LOOKUP &&
	    op->kind != SS_OP_FETCH) || sqlite3_get_autocommit(s->db))
		s->failed = 1;
}

static const char *
trouble(struct ss_store *store)
{
	return sqlite3_errmsg(((struct sqlite *)store)->db);
}

static void
close_store(struct ss_store *store)
{
	struct sqlite *s = (struct sqlite *)store;
	int i;

	for (i = 0; i < NSQL; i++)
		sqlite3_finalize(s->stmt[i]);
	sqlite3_close(s->db);
	free(s);
}

struct ss_store *
ss_store_sqlite(const char *path, const struct ss_mailbox_limits *limits,
    const char **why)
{
	struct sqlite *s = calloc(1, sizeof *s);
	int rc, i;

	*why = "no memory";
	if (s == NULL)
		return NULL;
	s->store = (struct ss_store){ begin, run, commit, close_store,
		trouble };
	s->limits = *limits;
	rc = sqlite3_open_v2(path, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(s->db, 5000);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, schema, NULL, NULL, NULL);
	for (i = 0; rc == SQLITE_OK && i < NSQL; i++)
		rc = sqlite3_prepare_v3(s->db, sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &s->stmt[i], NULL);
	if (rc == SQLITE_OK)
		return &s->store;
	*why = sqlite3_errstr(rc);
	close_store(&s->store);
	return NULL;
}
