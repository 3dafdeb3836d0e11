/* SPDX-License-Identifier: ISC */
/* Selecting records and holding them; what is done to them: mallory_ops.c */
#include "mallory.h"
#include "io.h"
#include "reader.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ss_held {
	struct ss_held *next;
	struct ss_packet packet; /* at: len bytes */
};

static uint64_t
number(const char **at)
{
	uint64_t n = 0;

	while (**at >= '0' && **at <= '9' && n < UINT32_MAX)
		n = 10 * n + (uint64_t)(*(*at)++ - '0');
	return n;
}

void
xranges(struct ss_selector *s, const char *text)
{
	const char *at = text;

	for (s->nranges = 0; s->nranges < SS_RANGES_MAX; at++) {
		struct ss_range *r = &s->ranges[s->nranges++];

		r->from = r->to = number(&at);
		if (r->from > 0 && *at == '-') {
			at++;
			r->to = *at && *at != ',' ? number(&at) : UINT64_MAX;
		}
		if (r->from == 0 || r->to < r->from || (*at && *at != ','))
			break;
		if (!*at)
			return;
	}
	ss_die(SS_ERR_USAGE, "--records takes numbers from 1, such as 3 or "
	    "2-4,7 or 5-, not '%s'", text);
}

const char *
ss_packet_name(char out[static SS_PACKET_NAME], const struct ss_packet *p)
{
	const char *type = ss_name_of(ss_type_names, p->at[3]);

	snprintf(out, SS_PACKET_NAME, "record %llu (%s, %zu bytes at %llu)",
	    (unsigned long long)p->number, type ? type : "of no known type",
	    p->len, (unsigned long long)p->off);
	return out;
}

/* Counts the record, and says whether it is meant. */
static int
selected(struct ss_mallory *m, const struct ss_packet *p)
{
	const struct ss_selector *s = &m->select;
	struct ss_span span;
	int in_range = s->nranges == 0;

	m->seen++;
	if (s->type && (p->at[3] & ~SS_TYPE_LAB) != s->type)
		return 0;
	m->counted++;
	for (size_t i = 0; i < s->nranges; i++)
		in_range |= m->counted >= s->ranges[i].from &&
		    m->counted <= s->ranges[i].to;
	if (!in_range || !s->field)
		return in_range;
	return ss_mangle_find(&span, p->at, p->len, s->field) == SS_OK &&
	    span.len == s->value.len &&
	    memcmp(p->at + span.off, s->value.at, span.len) == 0;
}

void
ss_mallory_put(struct ss_mallory *m, struct ss_packet *p)
{
	if (m->over)
		return;
	if (p->raw)
		m->emit(m->arg, p);
	else if (selected(m, p))
		m->op->selected(m, p);
	else if (m->op->passed)
		m->op->passed(m, p);
	else
		m->emit(m->arg, p);
}

void
ss_mallory_end(struct ss_mallory *m)
{
	if (m->op->end && !m->over)
		m->op->end(m);
}

void
ss_mallory_hold(struct ss_waiting *list, const struct ss_packet *p)
{
	struct ss_held *h = malloc(sizeof(*h));
	uint8_t *at = malloc(p->len);

	if (!h || !at)
		ss_die(SS_ERR_SYSTEM, "memory for the records that wait");
	memcpy(at, p->at, p->len);
	*h = (struct ss_held){ NULL, *p };
	h->packet.at = at;
	if (list->last)
		list->last->next = h;
	else
		list->first = h;
	list->last = h;
}

static void
forget(struct ss_waiting *list)
{
	struct ss_held *h = list->first;

	list->first = h->next;
	if (!list->first)
		list->last = NULL;
	free(h->packet.at);
	free(h);
}

/* It leaves from a place with room: others may make it longer. */
void
ss_mallory_release(struct ss_mallory *m)
{
	struct ss_packet p = m->held.first->packet;

	p.at = m->room;
	memcpy(p.at, m->held.first->packet.at, p.len);
	forget(&m->held);
	m->emit(m->arg, &p);
}

const struct ss_packet *
ss_mallory_first(const struct ss_waiting *list)
{
	return list->first ? &list->first->packet : NULL;
}

/* With --number only that one was kept. */
const struct ss_packet *
ss_mallory_other(struct ss_mallory *m)
{
	for (; !m->how.source && m->other.first && m->gone + 1 < m->counted;
	     m->gone++)
		forget(&m->other);
	return ss_mallory_first(&m->other);
}

/* The whole of another stream, for splice. */
static void
read_other(struct ss_mallory *m)
{
	struct ss_packet p = { .number = 0 };
	uint64_t n = 0;
	struct ss_reader r;
	enum ss_err e;
	int fd = open(m->how.file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		ss_die(SS_ERR_SYSTEM, "'%s'", m->how.file);
	ss_reader_open(&r, fd, 0);
	while ((e = ss_reader_next(&r, &p.at, &p.len)) == SS_OK && p.len) {
		p.number = r.count;
		if (m->select.type &&
		    (p.at[3] & ~SS_TYPE_LAB) != m->select.type)
			continue;
		n++;
		if (!m->how.source || m->how.source == n)
			ss_mallory_hold(&m->other, &p);
	}
	if (e != SS_OK)
		ss_die(e, "'%s'", m->how.file);
	if (r.count == 0)
		ss_die(SS_ERR_EMPTY, "'%s'", m->how.file);
	ss_reader_close(&r);
	close(fd);
}

void
xmallory_open(struct ss_mallory *m)
{
	m->room = malloc(SS_PACKET_ROOM);
	if (!m->room)
		ss_die(SS_ERR_SYSTEM, "memory");
	if (m->how.file)
		read_other(m);
}

void
ss_mallory_close(struct ss_mallory *m)
{
	while (m->held.first)
		forget(&m->held);
	while (m->other.first)
		forget(&m->other);
	free(m->room);
	if (m->select.value.at)
		ss_value_drop(&m->select.value);
	if (m->how.bytes.at)
		ss_value_drop(&m->how.bytes);
}
