/* SPDX-License-Identifier: ISC */
#ifndef SS_PARTY_H
#define SS_PARTY_H

#include "../proto/keylog.h"
#include "../proto/session.h"
#include "note.h"

/*
 * One capture, seen by one party: who has which keys?
 *
 *   relay   it ends the TLS connections and has no epoch key
 *   a name  the epochs that this person sends or is to read
 *   thief   what the keys in one stolen file give, and the log of no one
 */
enum ss_as { SS_AS_ALL, SS_AS_RELAY, SS_AS_PERSON, SS_AS_THIEF };

struct ss_carrier;
struct ss_keys;

#define SS_THIEF_SESSIONS 32 /* of one-way handshakes that were opened */
#define SS_PARTY_PEERS    16

/* What was stolen, and what has become of it.  In secret memory. */
struct ss_thief {
	enum { SS_STOLEN_NOTHING, SS_STOLEN_SESSION, SS_STOLEN_KEY } what;
	const char *name; /* of the file */
	struct ss_identity id;
	/* SS_THIEF_SESSIONS, as they go on: a stolen one is the first, and
	 * seen from its peer's side the second */
	struct ss_session *ahead;
	size_t nahead;
	struct ss_ratchet *next; /* for trying */
	uint64_t handshakes, opened;  /* runs seen; of which all was opened */
	uint64_t epochs, derived;     /* introducers; keys found */
};

struct ss_party {
	enum ss_as as;
	char name[SS_NAME_MAX + 1];
	uint8_t id[SS_ID_BYTES];
	int known;   /* id is that of the name */
	int given;   /* by option: what the capture says does not count */
	const struct ss_public *peers; /* public keys by option */
	size_t npeers;
	const char *profile;    /* of LAB records; "" outside the lab */
	struct ss_thief *thief; /* NULL: none */
	struct ss_keys *keys;   /* that a thief adds to */
	struct ss_notes *notes;
};

/* Somebody logged in with this key, and the relay took it. */
void ss_party_met(struct ss_party *p, const char *name,
    const uint8_t id[static SS_ID_BYTES]);

/*
 * ss_party_has - does this party have that epoch's key?  By the ids of the
 * key's line; where a side is anonymous, by the names on the way.
 */
int ss_party_has(const struct ss_party *p, const struct ss_keylog *k,
    const struct ss_carrier *by);

/* thief.c.  An introducer without a key: derive it, if that can be. */
void ss_thief_introducer(
    struct ss_party *p, const uint8_t *rec, size_t len);
/* A handshake record: how far does the stolen key get? */
void ss_thief_handshake(struct ss_party *p, const uint8_t *rec, size_t len);
/* What was stolen is in thief->id or thief->ahead[0]: take it over. */
void ss_thief_begin(struct ss_party *p);
void ss_thief_wipe(struct ss_thief *t);

#endif
