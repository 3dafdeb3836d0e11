/* SPDX-License-Identifier: ISC */
#include "party.h"
#include "keys.h"
#include "../proto/handshake.h"
#include "../proto/wrap.h"
#include <sodium.h>
#include <string.h>

/*
 * What is a stolen file good for?  Nothing here is assumed: the thief does
 * what the owner would do, with what the file holds, and keeps what verifies.
 */

static void
note(struct ss_party *p, const char *what, const uint8_t *id,
    const char *nothing, const char *how)
{
	char hex[2 * SS_RUN_BYTES + 1];

	sodium_bin2hex(hex, sizeof(hex), id, SS_RUN_BYTES);
	ss_note(p->notes, SS_TOPIC_THIEF, "%s %s...: %s%s", what, hex,
	    nothing, how);
}

/* The key of an epoch that verified becomes one of the log's. */
static int
take(struct ss_party *p, const struct ss_introducer *i,
    const uint8_t key[static SS_EPOCH_KEY_BYTES])
{
	struct ss_keylog k = { .family = i->family, .aead = i->aead };
	int good;

	memcpy(k.id, i->epoch_id, sizeof(k.id));
	memcpy(k.key, key, sizeof(k.key));
	memcpy(k.sender, i->sender, sizeof(k.sender));
	memcpy(k.audience, i->audience, sizeof(k.audience));
	good = ss_keys_add(p->keys, &k) == SS_OK;
	sodium_memzero(&k, sizeof(k));
	return good;
}

/* The session s receives this epoch, as its owner would; it moves on. */
static int
received(struct ss_party *p, struct ss_session *s, const uint8_t *rec,
    size_t len, uint32_t number)
{
	/* the owner's next ratchet key is fresh; ours leads nowhere */
	static const uint8_t fresh[32] = { 1 };
	struct ss_ratchet *next = p->thief->next;
	struct ss_introducer i;
	uint8_t key[SS_EPOCH_KEY_BYTES];
	uint32_t gap;
	int good;

	/* a static chain stands still: any epoch is the next one */
	if (s->mode == SS_MODE_STATIC)
		s->ratchet.Nr = number;
	good = ss_session_receive(key, &i, &gap, next, rec, len, fresh, s) ==
	    SS_OK && take(p, &i, key);
	if (good)
		s->ratchet = *next;
	sodium_memzero(next, sizeof(*next));
	sodium_memzero(key, sizeof(key));
	return good;
}

/*
 * What the owner sends, the peer receives by the owner's sending chain: a
 * session that sees the stolen one from the other side, as far as it goes.
 */
static void
mirror(struct ss_session *m, const struct ss_session *s)
{
	struct ss_ratchet *r = &m->ratchet;

	*m = *s;
	memcpy(m->self_fp, s->peer_fp, sizeof(m->self_fp));
	memcpy(m->peer_fp, s->self_fp, sizeof(m->peer_fp));
	m->initiator = !s->initiator;
	memset(&m->rx, 0, sizeof(m->rx));
	memcpy(r->DHr, s->ratchet.DHs_pub, sizeof(r->DHr));
	memcpy(r->CKr, s->ratchet.CKs, sizeof(r->CKr));
	r->has_DHr = s->mode == SS_MODE_DH;
	r->has_CKr = s->ratchet.has_CKs;
	r->has_CKs = 0;
	r->Nr = s->ratchet.Ns;
	r->nskipped = 0;
	sodium_memzero(r->skipped, sizeof(r->skipped));
	sodium_memzero(r->DHs, sizeof(r->DHs));
	sodium_memzero(r->DHs_pub, sizeof(r->DHs_pub));
	sodium_memzero(r->CKs, sizeof(r->CKs));
	sodium_memzero(r->RK, sizeof(r->RK));
}

/* A wrapped epoch: the recipient's key is all that it ever needed. */
static int
wrapped(struct ss_party *p, const uint8_t *rec, size_t len)
{
	struct ss_epoch e = { 0 };
	struct ss_introducer i;
	int good = 0;

	/* from nobody, and from each who might have sent it */
	for (size_t n = 0; n <= p->npeers && !good; n++) {
		struct ss_wrap_end w = { .self = &p->thief->id,
			.peer = n > 0 ? &p->peers[n - 1] : NULL,
			.lab = rec[3] & SS_TYPE_LAB ? ss_lab_find(p->profile)
			    : NULL };

		good = ss_wrap_receive(&e, &i, rec, len, &w) == SS_OK;
		ss_wrap_wipe(&w);
	}
	good = good && take(p, &i, e.key);
	ss_epoch_wipe(&e);
	return good;
}

/* Between these two? */
static int
concerns(const struct ss_session *s, const struct ss_introducer *i)
{
	return memcmp(i->sender, s->peer_fp, SS_ID_BYTES) == 0 &&
	    memcmp(i->audience, s->self_fp, SS_ID_BYTES) == 0;
}

static const char *
why_not(const struct ss_thief *t, const struct ss_introducer *i)
{
	if (t->what == SS_STOLEN_KEY)
		return i->family == SS_RATCHET
		    ? "not from this key: forward secrecy, or other people"
		    : "not wrapped to this key, or by a sender who is not "
		      "known (-p)";
	if (!concerns(&t->ahead[0], i) && !concerns(&t->ahead[1], i))
		return "not of this session's two";
	if (i->mode == SS_MODE_DH)
		return "not from this session: of another one, from before "
		    "the theft (forward secrecy), or from after the "
		    "ratchet turned (recovery)";
	return "not from this session: of another one, or from before the "
	    "theft (forward secrecy)";
}

void
ss_thief_introducer(struct ss_party *p, const uint8_t *rec, size_t len)
{
	struct ss_thief *t = p->thief;
	struct ss_introducer i;
	int good = 0;

	if (!t || ss_introducer_get(&i, rec, len) != SS_OK)
		return;
	t->epochs++;
	if (t->what == SS_STOLEN_KEY && i.family != SS_RATCHET)
		good = wrapped(p, rec, len);
	for (size_t n = 0; n < t->nahead && !good; n++)
		good = received(p, &t->ahead[n], rec, len, i.number);
	t->derived += (uint64_t)good;
	note(p, "epoch", i.epoch_id, "", good ? "derived from what was stolen"
	    : why_not(t, &i));
}

/* A one-way handshake: the recipient's key is all that its session needs. */
static const char *
whole(struct ss_thief *t, struct ss_handshake *hs)
{
	struct ss_agreed a;
	enum ss_err e = SS_ERR_LENGTH;
	static const uint8_t unused[32];

	if (t->nahead < SS_THIEF_SESSIONS &&
	    (e = ss_handshake_finish(&a, hs)) == SS_OK)
		e = ss_session_begin(
		    &t->ahead[t->nahead], &a, unused, NULL);
	sodium_memzero(&a, sizeof(a));
	if (e != SS_OK)
		return "opened, but no session follows from it";
	t->nahead++;
	t->opened++;
	return "opened: only one side gave an ephemeral key, so the "
	    "recipient's stolen key gives the session and all its epochs";
}

/* As the responder: with this peer, or none.  1 if the key fits; says is how
 * far it gets, or why it does not fit. */
static int
respond(const char **says, const struct ss_party *p,
    const struct ss_public *peer, const struct ss_handshake_record *h,
    const uint8_t *rec, size_t len)
{
	struct ss_thief *t = p->thief;
	struct ss_handshake_config c = { .suite = h->suite,
		.mode = h->flags & SS_HS_MODE,
		.profile = rec[3] & SS_TYPE_LAB ? p->profile : "",
		.self = &t->id, .peer = peer };
	const struct ss_family *family = ss_family_of(h->family);
	static const uint8_t run[SS_RUN_BYTES];
	struct ss_handshake hs;
	int fits = 0;

	*says = "a family that is not known here";
	if (!family)
		return 0;
	if (ss_handshake_start(&hs, family, &c, run) != SS_OK) {
		*says = hs.why ? hs.why : "a suite that is not known here";
	} else if (ss_handshake_read(&hs, rec, len) != SS_OK) {
		*says = "the key is not that of its recipient";
	} else {
		fits = 1;
		*says = ss_handshake_turn(&hs) == SS_TURN_DONE
		    ? whole(t, &hs)
		    : "the first message can be read; the next needs an "
		      "ephemeral key that was erased: forward secrecy";
	}
	ss_handshake_wipe(&hs);
	return fits;
}

void
ss_thief_handshake(struct ss_party *p, const uint8_t *rec, size_t len)
{
	struct ss_thief *t = p->thief;
	struct ss_handshake_record h;
	const char *says, *first;
	int fits;

	if (!t || ss_wire_get(&h, ss_layout_find("handshake"), rec, len)
	    != SS_OK || h.step != 0)
		return;
	t->handshakes++;
	if (t->what != SS_STOLEN_KEY)
		return;
	fits = respond(&first, p, NULL, &h, rec, len);
	says = first;
	for (size_t i = 0; i < p->npeers && !fits; i++)
		fits = respond(&says, p, &p->peers[i], &h, rec, len);
	note(p, "handshake", h.run, fits ? "" : "nothing, ", fits ? says
	    : p->npeers ? says : first);
}

void
ss_thief_begin(struct ss_party *p)
{
	struct ss_thief *t = p->thief;
	const struct ss_session *s = &t->ahead[0];
	struct ss_introducer i = { .family = SS_RATCHET, .aead = s->aead };

	if (t->what != SS_STOLEN_SESSION)
		return;
	mirror(&t->ahead[1], s);
	t->nahead = 2;
	if (!s->rx.open)
		return;
	memcpy(i.epoch_id, s->rx.epoch_id, sizeof(i.epoch_id));
	memcpy(i.sender, s->peer_fp, sizeof(i.sender));
	memcpy(i.audience, s->self_fp, sizeof(i.audience));
	if (take(p, &i, s->rx.epoch_key))
		note(p, "epoch", i.epoch_id, "", "its key lay in the stolen "
		    "session: it was being read");
}

void
ss_thief_wipe(struct ss_thief *t)
{
	if (!t)
		return;
	ss_identity_wipe(&t->id);
	for (size_t i = 0; t->ahead && i < SS_THIEF_SESSIONS; i++)
		ss_session_wipe(&t->ahead[i]);
	if (t->next)
		sodium_memzero(t->next, sizeof(*t->next));
}
