/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include <string.h>

/*
 * What the capture showed: connections, people, epochs, runs of handshakes.
 * All of it is built up in the first pass, in the order of the packets, and
 * forgotten when the capture is closed.
 */
static wmem_map_t *epochs, *runs, *people, *pairs, *streams, *others;
static uint32_t nlinks, npairs;

struct person {
	uint8_t id[SS_ID_BYTES];
	const char *name;
	int sure;
};

/* A record that belongs to no epoch and to no run. */
struct other {
	struct ss_print print;
	struct ss_sighting *seen;
};

struct pair {
	uint8_t ids[2 * SS_ID_BYTES];
	uint32_t number;
};

/* Where a sender's streams stand, in one lane. */
struct current {
	uint8_t key[2 * SS_ID_BYTES + 1];
	struct ss_epoch_seen *epoch;
};

#define HASH(name, bytes)                                                    \
	static guint name##_hash(gconstpointer p)                            \
	{                                                                    \
		return wmem_strong_hash(p, bytes);                           \
	}                                                                    \
	static gboolean name##_equal(gconstpointer a, gconstpointer b)       \
	{                                                                    \
		return memcmp(a, b, bytes) == 0;                             \
	}
HASH(epoch, SS_EPOCH_ID_BYTES)
HASH(run, sizeof(((struct ss_run *)0)->id))
HASH(person, SS_ID_BYTES)
HASH(pair, sizeof(((struct pair *)0)->ids))
HASH(current, sizeof(((struct current *)0)->key))
HASH(print, sizeof(struct ss_print))
#undef HASH

static void
begin(void)
{
	nlinks = npairs = 0;
}

void
ss_state_init(void)
{
#define MAP(name)                                                            \
	wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(),         \
	    name##_hash, name##_equal)
	epochs = MAP(epoch);
	runs = MAP(run);
	people = MAP(person);
	pairs = MAP(pair);
	streams = MAP(current);
	others = MAP(print);
#undef MAP
	register_init_routine(begin);
}

struct ss_link *
ss_link_of(packet_info *pinfo)
{
	conversation_t *c = find_or_create_conversation(pinfo);
	struct ss_link *l = conversation_get_proto_data(c, ss_proto);

	if (l)
		return l;
	l = wmem_new0(wmem_file_scope(), struct ss_link);
	l->number = ++nlinks;
	/* who spoke first dialled, until a message tells it better */
	copy_address_wmem(wmem_file_scope(), &l->client,
	    conversation_key_addr1(c->key_ptr));
	l->client_port = conversation_key_port1(c->key_ptr);
	conversation_add_proto_data(c, ss_proto, l);
	return l;
}

static int
from_client(const struct ss_link *l, const packet_info *pinfo)
{
	return pinfo->srcport == l->client_port &&
	    addresses_equal(&pinfo->src, &l->client);
}

enum ss_lane
ss_link_lane(const struct ss_link *l, const packet_info *pinfo)
{
	return from_client(l, pinfo) ? SS_LANE_UP : SS_LANE_DOWN;
}

void
ss_link_client(struct ss_link *l, const packet_info *pinfo, int sent)
{
	if (l->sure)
		return;
	l->sure = 1;
	if (from_client(l, pinfo) == (sent != 0))
		return;
	copy_address_wmem(wmem_file_scope(), &l->client,
	    sent ? &pinfo->src : &pinfo->dst);
	l->client_port = sent ? pinfo->srcport : pinfo->destport;
}

struct ss_epoch_seen *
ss_epoch_get(const uint8_t id[static 16], int make)
{
	struct ss_epoch_seen *e = wmem_map_lookup(epochs, id);

	if (e || !make)
		return e;
	e = wmem_new0(wmem_file_scope(), struct ss_epoch_seen);
	memcpy(e->id, id, sizeof(e->id));
	e->records = wmem_map_new(
	    wmem_file_scope(), wmem_int64_hash, g_int64_equal);
	wmem_map_insert(epochs, e->id, e);
	return e;
}

struct ss_run *
ss_run_get(const uint8_t id[static 8])
{
	struct ss_run *r = wmem_map_lookup(runs, id);

	if (r)
		return r;
	r = wmem_new0(wmem_file_scope(), struct ss_run);
	memcpy(r->id, id, sizeof(r->id));
	wmem_map_insert(runs, r->id, r);
	return r;
}

struct ss_sighting **
ss_other_get(const struct ss_print *print)
{
	struct other *o = wmem_map_lookup(others, print);

	if (!o) {
		o = wmem_new0(wmem_file_scope(), struct other);
		o->print = *print;
		wmem_map_insert(others, &o->print, o);
	}
	return &o->seen;
}

static int
nobody(const uint8_t *id)
{
	static const uint8_t zero[SS_ID_BYTES];

	return memcmp(id, zero, sizeof(zero)) == 0;
}

const char *
ss_person(const uint8_t id[static SS_ID_BYTES])
{
	const struct person *p = wmem_map_lookup(people, id);

	return p ? p->name : NULL;
}

void
ss_person_learn(
    const uint8_t id[static SS_ID_BYTES], const char *name, int sure)
{
	struct person *p = wmem_map_lookup(people, id);

	if (nobody(id) || !name || (p && (p->sure || !sure)))
		return;
	if (!p) {
		p = wmem_new0(wmem_file_scope(), struct person);
		memcpy(p->id, id, sizeof(p->id));
		wmem_map_insert(people, p->id, p);
	}
	p->name = wmem_strdup(wmem_file_scope(), name);
	p->sure = sure;
}

void
ss_person_public(const struct ss_public *pub)
{
	uint8_t fingerprint[SS_FINGERPRINT_BYTES];

	ss_public_fingerprint(fingerprint, pub);
	ss_person_learn(fingerprint, pub->name, 1);
}

const char *
ss_person_text(wmem_allocator_t *scope, const uint8_t *id)
{
	const char *name = ss_person(id);

	if (nobody(id))
		return "anonymous";
	return name ? name : bytes_to_str(scope, id, SS_ID_BYTES);
}

uint32_t
ss_stream_of(const uint8_t *a, const uint8_t *b)
{
	int swap = memcmp(a, b, SS_ID_BYTES) > 0;
	struct pair key, *p;

	memcpy(key.ids, swap ? b : a, SS_ID_BYTES);
	memcpy(key.ids + SS_ID_BYTES, swap ? a : b, SS_ID_BYTES);
	if ((p = wmem_map_lookup(pairs, key.ids)))
		return p->number;
	p = wmem_new(wmem_file_scope(), struct pair);
	*p = key;
	p->number = npairs++;
	wmem_map_insert(pairs, p->ids, p);
	return p->number;
}

uint32_t
ss_stream_count(void)
{
	return npairs;
}

struct ss_epoch_seen *
ss_stream_current(const struct ss_epoch_seen *now, enum ss_lane lane)
{
	struct current key, *c;
	struct ss_epoch_seen *was;

	memcpy(key.key, now->sender, SS_ID_BYTES);
	memcpy(key.key + SS_ID_BYTES, now->audience, SS_ID_BYTES);
	key.key[2 * SS_ID_BYTES] = (uint8_t)lane;
	c = wmem_map_lookup(streams, key.key);
	if (!c) {
		c = wmem_new0(wmem_file_scope(), struct current);
		memcpy(c->key, key.key, sizeof(c->key));
		wmem_map_insert(streams, c->key, c);
	}
	was = c->epoch;
	c->epoch = ss_epoch_get(now->id, 1);
	return was;
}

struct ss_print
ss_print_of(const uint8_t *rec, size_t len)
{
	struct ss_print p = { .len = (uint32_t)len,
		.hash = wmem_strong_hash(rec, len) };
	size_t n = len < sizeof(p.tail) ? len : sizeof(p.tail);

	memcpy(p.tail, rec + len - n, n);
	return p;
}

/*
 * The records of a frame stand in a list, in the order in which they are
 * dissected.  Where we are in it is known only while the frame is dissected,
 * so that lives in the frame's own memory.
 */
struct frame {
	wmem_array_t *records; /* struct ss_record_seen * */
};

#define KEY_RECORDS 0
#define KEY_PLACE   1

struct ss_record_seen *
ss_record_next(const struct ss_message *m, const struct ss_print *print)
{
	packet_info *pinfo = m->pinfo;
	wmem_array_t *list = p_get_proto_data(
	    wmem_file_scope(), pinfo, ss_proto, KEY_RECORDS);
	unsigned *place =
	    p_get_proto_data(pinfo->pool, pinfo, ss_proto, KEY_PLACE);
	struct ss_record_seen *r;

	if (!place) {
		place = wmem_new0(pinfo->pool, unsigned);
		p_add_proto_data(
		    pinfo->pool, pinfo, ss_proto, KEY_PLACE, place);
	}
	if (!PINFO_FD_VISITED(pinfo)) {
		if (!list) {
			list = wmem_array_new(wmem_file_scope(), sizeof(r));
			p_add_proto_data(wmem_file_scope(), pinfo, ss_proto,
			    KEY_RECORDS, list);
		}
		r = wmem_new0(wmem_file_scope(), struct ss_record_seen);
		r->print = *print;
		r->where = m->where;
		wmem_array_append_one(list, r);
		(*place)++;
		return r;
	}
	/* a later pass may see fewer records, never others */
	while (list && *place < wmem_array_get_count(list)) {
		r = *(struct ss_record_seen **)
		    wmem_array_index(list, (*place)++);
		if (memcmp(&r->print, print, sizeof(*print)) == 0)
			return r;
	}
	return NULL;
}
