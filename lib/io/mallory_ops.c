/* SPDX-License-Identifier: ISC */
/*
 * What Mallory does to a record: one short function for each operation, and
 * the table at the end.  None of them knows a key.
 */
#include "mallory.h"
#include "../proto/epoch.h"
#include "io.h"
#include <stdarg.h>
#include <string.h>

#define NOTE_BYTES 160

/* --explain: what was done, to which record. */
static void
say(const struct ss_packet *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void
say(const struct ss_packet *p, const char *fmt, ...)
{
	char name[SS_PACKET_NAME], note[NOTE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(note, sizeof(note), fmt, ap);
	va_end(ap);
	ss_narrate("%s: %s", ss_packet_name(name, p), note);
}

/* It was done: say so, and hand the record on. */
static void
done(struct ss_mallory *m, struct ss_packet *p)
{
	m->touched++;
	m->emit(m->arg, p);
}

/* The field that was named, or the whole record; 0 if it is not there. */
static int
place(struct ss_span *s, const struct ss_mallory *m, const struct ss_packet *p)
{
	static const struct ss_field whole = { .name = "record",
		.kind = SS_REST };

	*s = (struct ss_span){ &whole, 0, (uint32_t)p->len };
	if (!m->how.field ||
	    ss_mangle_find(s, p->at, p->len, m->how.field) == SS_OK)
		return 1;
	say(p, "has no field '%s'", m->how.field);
	return 0;
}

static void
drop(struct ss_mallory *m, struct ss_packet *p)
{
	m->touched++;
	say(p, "dropped");
}

static void
dup(struct ss_mallory *m, struct ss_packet *p)
{
	say(p, "sent twice");
	ss_mallory_hold(&m->held, p); /* the first one may be changed */
	done(m, p);
	ss_mallory_release(m);
}

static void
release_all(struct ss_mallory *m)
{
	while (m->held.first)
		ss_mallory_release(m);
}

/*
 * The later one of a pair goes first, then those between, then the earlier
 * one.  That one waits in m->other, those between in m->held.
 */
static void
swap(struct ss_mallory *m, struct ss_packet *p)
{
	const struct ss_packet *first = ss_mallory_first(&m->other);

	if (!first) {
		ss_mallory_hold(&m->other, p);
		return;
	}
	say(p, "changes places with record %llu",
	    (unsigned long long)first->number);
	done(m, p);
	release_all(m);
	m->held = m->other;
	m->other = (struct ss_waiting){ NULL, NULL };
	release_all(m);
}

static void
swap_passed(struct ss_mallory *m, struct ss_packet *p)
{
	if (m->other.first)
		ss_mallory_hold(&m->held, p);
	else
		m->emit(m->arg, p);
}

static void
swap_end(struct ss_mallory *m)
{
	struct ss_waiting between = m->held;

	if (!m->other.first)
		return;
	say(ss_mallory_first(&m->other), "has no partner, stays");
	m->held = m->other;
	m->other = (struct ss_waiting){ NULL, NULL };
	release_all(m);
	m->held = between;
	release_all(m);
}

static void
replay_passed(struct ss_mallory *m, struct ss_packet *p)
{
	m->emit(m->arg, p);
	if (m->how.after && m->seen >= m->how.after)
		release_all(m);
}

static void
replay(struct ss_mallory *m, struct ss_packet *p)
{
	if (m->how.after)
		say(p, "comes again after record %llu", (unsigned long long)
		    (m->how.after < m->seen ? m->seen : m->how.after));
	else
		say(p, "comes again at the end");
	m->touched++;
	ss_mallory_hold(&m->held, p);
	replay_passed(m, p);
}

/* Sender and audience of an introducer, each in the place of the other. */
static void
exchange(struct ss_packet *p)
{
	struct ss_span s, a;
	uint8_t t[SS_ID_BYTES];

	if (ss_mangle_find(&s, p->at, p->len, "sender") != SS_OK ||
	    ss_mangle_find(&a, p->at, p->len, "audience") != SS_OK)
		return;
	memcpy(t, p->at + s.off, sizeof(t));
	memcpy(p->at + s.off, p->at + a.off, sizeof(t));
	memcpy(p->at + a.off, t, sizeof(t));
	say(p, "sender and audience exchanged");
}

/* What is not sent back does not come out: the output has another reader. */
static void
reflect(struct ss_mallory *m, struct ss_packet *p)
{
	if (m->how.exchange)
		exchange(p);
	say(p, "goes back to its sender");
	done(m, p);
}

static void
swallow(struct ss_mallory *m, struct ss_packet *p)
{
	(void)m;
	(void)p;
}

static void
flip(struct ss_mallory *m, struct ss_packet *p)
{
	const struct ss_value *mask = &m->how.bytes;
	size_t n = mask->len, at;
	struct ss_span s;

	if (!place(&s, m, p)) {
		m->emit(m->arg, p);
		return;
	}
	if (m->how.offset > s.len || n > s.len - m->how.offset) {
		say(p, "'%s' has only %u bytes", s.field->name, s.len);
		m->emit(m->arg, p);
		return;
	}
	at = s.off + m->how.offset;
	for (size_t i = 0; i < n; i++)
		say(p, "byte %zu was %02x, is %02x", at + i, p->at[at + i],
		    p->at[at + i] ^ mask->at[i]);
	for (size_t i = 0; i < n; i++)
		p->at[at + i] ^= mask->at[i];
	done(m, p);
}

/* Other bytes in the place of a field; 0 if that cannot be. */
static int
put(struct ss_packet *p, const struct ss_span *s, const uint8_t *in, size_t n)
{
	if (ss_mangle_put(p->at, &p->len, s, in, n) == SS_OK)
		return 1;
	say(p, "'%s' cannot have %zu bytes", s->field->name, n);
	return 0;
}

static void
set(struct ss_mallory *m, struct ss_packet *p)
{
	const struct ss_value *v = &m->how.bytes;
	struct ss_span s;

	if (place(&s, m, p) && put(p, &s, v->at, v->len)) {
		say(p, "'%s' (%u bytes from %u on) set", s.field->name, s.len,
		    s.off);
		m->touched++;
	}
	m->emit(m->arg, p);
}

/* The field's content, without the length in front of an SS_LEN16. */
static struct ss_bytes
content(const struct ss_span *s, const uint8_t *rec)
{
	size_t prefix = s->field->kind == SS_LEN16 ? 2 : 0;

	return (struct ss_bytes){ rec + s->off + prefix, s->len - prefix };
}

static void
splice(struct ss_mallory *m, struct ss_packet *p)
{
	const struct ss_packet *other = ss_mallory_other(m);
	struct ss_span to, from;
	struct ss_bytes b;

	if (!other) {
		say(p, "'%s' has no record for this place", m->how.file);
	} else if (!m->how.field) {
		memcpy(p->at, other->at, other->len);
		p->len = other->len;
		m->touched++;
		say(p, "is record %llu of '%s'",
		    (unsigned long long)other->number, m->how.file);
	} else if (place(&to, m, p) && place(&from, m, other)) {
		b = content(&from, other->at);
		if (put(p, &to, b.at, b.len)) {
			m->touched++;
			say(p, "'%s' (%zu bytes) from record %llu of '%s'",
			    to.field->name, b.len, (unsigned long long)
			    other->number, m->how.file);
		}
	}
	m->emit(m->arg, p);
}

/* A flag or the LAB bit to 0; 0 if it is not set. */
static int
clear_flag(struct ss_mallory *m, struct ss_packet *p)
{
	uint8_t bits = SS_TYPE_LAB;
	size_t off = 3;

	if (strcmp(m->how.field, "LAB") != 0 &&
	    ss_mangle_flag(&off, &bits, p->at, p->len, m->how.field) != SS_OK)
		return 0;
	if ((p->at[off] & bits) == 0)
		return 0;
	p->at[off] &= (uint8_t)~bits;
	return 1;
}

static int
strip_field(struct ss_mallory *m, struct ss_packet *p)
{
	struct ss_span s;
	struct ss_bytes b;

	if (!place(&s, m, p))
		return 0;
	if (!m->how.zero)
		return put(p, &s, NULL, 0);
	b = content(&s, p->at);
	memset(p->at + (b.at - p->at), 0, b.len);
	return 1;
}

/* armor, a flag (capital letters, as the wire table writes them), a field */
static void
strip(struct ss_mallory *m, struct ss_packet *p)
{
	const char *what = m->how.field;
	int did;

	if (strcmp(what, "armor") == 0) {
		did = p->armored;
		p->armored = 0;
	} else if (*what >= 'A' && *what <= 'Z') {
		did = clear_flag(m, p);
	} else {
		did = strip_field(m, p);
	}
	if (did) {
		say(p, "'%s' taken away", what);
		m->touched++;
	}
	m->emit(m->arg, p);
}

/* The stream ends inside of this record, or before it. */
static void
cut_stream(struct ss_mallory *m, struct ss_packet *p)
{
	m->over = 1;
	m->touched++;
	if (p->armored && m->how.length > 0) {
		memcpy(m->room, p->at, p->len);
		ss_armor_put((char *)p->at, m->room, p->len);
		p->len = SS_ARMOR_BYTES(p->len);
	}
	if (m->how.length < p->len)
		p->len = m->how.length;
	ss_narrate("the stream ends after %zu bytes of record %llu", p->len,
	    (unsigned long long)p->number);
	p->raw = 1;
	if (p->len > 0)
		m->emit(m->arg, p);
}

static void
truncate_(struct ss_mallory *m, struct ss_packet *p)
{
	struct ss_span s;
	struct ss_bytes b;

	if (!m->how.field) {
		cut_stream(m, p);
		return;
	}
	if (place(&s, m, p)) {
		b = content(&s, p->at);
		memcpy(m->room, b.at, b.len);
		if (b.len <= m->how.length)
			say(p, "'%s' has only %zu bytes", s.field->name, b.len);
		else if (put(p, &s, m->room, m->how.length)) {
			say(p, "'%s' cut to %zu bytes", s.field->name,
			    m->how.length);
			m->touched++;
		}
	}
	m->emit(m->arg, p);
}

/* No tampering: the bytes of a field, for whoever computes with them. */
static void
get(struct ss_mallory *m, struct ss_packet *p)
{
	struct ss_span s;
	struct ss_bytes b;

	if (!place(&s, m, p))
		return;
	b = content(&s, p->at);
	say(p, "%zu bytes from %zu on", b.len, (size_t)(b.at - p->at));
	memmove(p->at, b.at, b.len);
	p->len = b.len;
	p->raw = 1;
	done(m, p);
}

/* Arguments. */

static void
field(struct ss_mallory *m, size_t n, char **arg)
{
	m->how.field = n > 0 ? arg[0] : NULL;
}

static void
field_and_value(struct ss_mallory *m, size_t n, char **arg)
{
	field(m, n, arg);
	m->how.bytes = xvalue_of("set", arg[1]);
}

static void
field_and_length(struct ss_mallory *m, size_t n, char **arg)
{
	if (n == 1)
		ss_die(SS_ERR_USAGE, "truncate FIELD LENGTH: how long is "
		    "'%s' to be?", arg[0]);
	field(m, n, arg);
	if (n == 2)
		m->how.length = xnumber("length", arg[1], SS_RECORD_MAX);
}

/* OFFSET in the record, or FIELD and perhaps an offset in it */
static void
field_or_offset(struct ss_mallory *m, size_t n, char **arg)
{
	if (n == 1 && arg[0][0] >= '0' && arg[0][0] <= '9') {
		m->how.offset = xnumber("offset", arg[0], SS_RECORD_MAX);
		return;
	}
	field(m, n, arg);
	if (n == 2)
		m->how.offset = xnumber("offset", arg[1], SS_RECORD_MAX);
}

const struct ss_operation ss_operations[] = {
	{ .name = "drop", .selected = drop, .choosy = 1 },
	{ .name = "dup", .selected = dup, .choosy = 1 },
	{ .name = "swap", .selected = swap, .passed = swap_passed,
	    .end = swap_end, .choosy = 1 },
	{ .name = "replay", .selected = replay, .passed = replay_passed,
	    .end = release_all, .takes = "A", .choosy = 1 },
	{ .name = "reflect", .selected = reflect, .passed = swallow,
	    .takes = "x" },
	{ .name = "flip", .selected = flip, .takes = "m",
	    .arguments = field_or_offset, .least = 1, .most = 2 },
	{ .name = "set", .selected = set, .arguments = field_and_value,
	    .least = 2, .most = 2 },
	{ .name = "splice", .selected = splice, .takes = "fn", .needs = "f",
	    .arguments = field, .most = 1, .choosy = 1 },
	{ .name = "strip", .selected = strip, .takes = "z",
	    .arguments = field, .least = 1, .most = 1 },
	{ .name = "truncate", .selected = truncate_, .takes = "b",
	    .arguments = field_and_length, .most = 2, .choosy = 1 },
	{ .name = "get", .selected = get, .passed = swallow,
	    .arguments = field, .least = 1, .most = 1, .raw = 1 },
	{ .name = NULL },
};

const struct ss_operation *
ss_operation_find(const char *name)
{
	const struct ss_operation *op = ss_operations;

	while (op->name && strcmp(op->name, name) != 0)
		op++;
	return op->name ? op : NULL;
}
