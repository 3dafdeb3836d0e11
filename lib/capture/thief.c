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

/* Does this message key give the key of that epoch?  1, and it is taken. */
static int
fits(struct ss_party *p, const struct ss_session *s, int sending,
    const uint8_t mk[static 32], const struct ss_introducer *i,
    const uint8_t *rec, size_t len)
{
	struct ss_epoch_context c = { .family = SS_RATCHET, .mode = s->mode,
		.aead = s->aead, .profile = s->profile };
	struct ss_keylog k = { .family = SS_RATCHET, .aead = s->aead };
	struct ss_epoch probe = { 0 };
	int good;

	memcpy(c.sender, sending ? s->self_fp : s->peer_fp, 32);
	memcpy(c.audience, sending ? s->peer_fp : s->self_fp, 32);
	ss_epoch_key(k.key, i->salt, mk, 32, &c);
	ss_epoch_open(&probe, s->aead, k.key);
	probe.lab = ss_lab_find(s->profile);
	good = ss_introducer_verify(i, rec, len, &probe) == SS_OK;
	if (good) {
		memcpy(k.id, i->epoch_id, sizeof(k.id));
		memcpy(k.sender, i->sender, sizeof(k.sender));
		memcpy(k.audience, i->audience, sizeof(k.audience));
		good = ss_keys_add(p->keys, &k) == SS_OK;
	}
	ss_epoch_wipe(&probe);
	sodium_memzero(&k, sizeof(k));
	return good;
}

/* An epoch that the victim sends: from the sending chain as it was stolen. */
static int
sent(struct ss_party *p, const struct ss_session *s,
    const struct ss_introducer *i, const uint8_t *rec, size_t len)
{
	const struct ss_ratchet *r = &s->ratchet;
	uint8_t ck[32], mk[32];
	uint64_t steps = s->mode == SS_MODE_STATIC ? 1
	    : (uint64_t)i->number + 1 - r->Ns;
	int good = 0;

	if (!r->has_CKs || (s->mode == SS_MODE_DH &&
	    memcmp(i->ratchet, r->DHs_pub, 32) != 0))
		return 0;
	/* what was sent before: its keys are gone */
	if (s->mode != SS_MODE_STATIC &&
	    (i->number < r->Ns || steps > SS_SKIP_MAX))
		return 0;
	memcpy(ck, r->CKs, sizeof(ck));
	for (uint64_t n = 0; n < steps; n++)
		ss_ratchet_kdf_ck(mk, ck);
	good = fits(p, s, 1, mk, i, rec, len);
	sodium_memzero(ck, sizeof(ck));
	sodium_memzero(mk, sizeof(mk));
	return good;
}

/* One that the victim receives: step s, on a copy, as the victim would. */
static int
received(struct ss_party *p, struct ss_session *s,
    const struct ss_introducer *i, const uint8_t *rec, size_t len)
{
	/* the victim's next ratchet key is fresh; ours leads nowhere */
	static const uint8_t fresh[32] = { 1 };
	struct ss_ratchet_header h = { .n = i->number, .pn = i->previous };
	struct ss_session *next = p->thief->work;
	uint8_t mk[32], ck[32];
	uint32_t gap;
	int good = 0;

	memcpy(h.pub, i->ratchet, sizeof(h.pub));
	*next = *s;
	if (s->mode == SS_MODE_STATIC && s->ratchet.has_CKr) {
		memcpy(ck, s->ratchet.CKr, sizeof(ck));
		ss_ratchet_kdf_ck(mk, ck); /* the same for every epoch */
		good = fits(p, s, 0, mk, i, rec, len);
	} else if (ss_ratchet_receive(mk, &gap, &h, fresh, &next->ratchet) ==
	    SS_OK && fits(p, s, 0, mk, i, rec, len)) {
		*s = *next;
		good = 1;
	}
	ss_session_wipe(next);
	sodium_memzero(ck, sizeof(ck));
	sodium_memzero(mk, sizeof(mk));
	return good;
}

/* Between whom? */
static int
concerns(const struct ss_session *s, const struct ss_introducer *i,
    int sending)
{
	const uint8_t *from = sending ? s->self_fp : s->peer_fp;
	const uint8_t *to = sending ? s->peer_fp : s->self_fp;

	return i->family == SS_RATCHET && i->mode == s->mode &&
	    i->aead == s->aead &&
	    memcmp(i->sender, from, SS_ID_BYTES) == 0 &&
	    memcmp(i->audience, to, SS_ID_BYTES) == 0;
}

/* A wrapped epoch: the recipient's key is all that it ever needed. */
static int
wrapped(struct ss_party *p, const uint8_t *rec, size_t len)
{
	struct ss_epoch e = { 0 };
	struct ss_introducer i;
	struct ss_keylog k = { 0 };
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
	if (good) {
		k.family = i.family;
		k.aead = i.aead;
		memcpy(k.id, i.epoch_id, sizeof(k.id));
		memcpy(k.key, e.key, sizeof(k.key));
		memcpy(k.sender, i.sender, sizeof(k.sender));
		memcpy(k.audience, i.audience, sizeof(k.audience));
		good = ss_keys_add(p->keys, &k) == SS_OK;
	}
	ss_epoch_wipe(&e);
	sodium_memzero(&k, sizeof(k));
	return good;
}

static const char *
why_not(const struct ss_thief *t, const struct ss_introducer *i)
{
	const struct ss_session *s = &t->session;
	int sending = concerns(s, i, 1);

	if (t->what == SS_STOLEN_KEY)
		return i->family == SS_RATCHET
		    ? "not from this key: forward secrecy, or other people"
		    : "not wrapped to this key, or by a sender who is not "
		      "known (-p)";
	if (!sending && !concerns(s, i, 0))
		return "not of this session's two";
	if (s->mode == SS_MODE_DH && (!sending ||
	    memcmp(i->ratchet, s->ratchet.DHs_pub, 32) != 0))
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
	if (t->what == SS_STOLEN_SESSION && concerns(&t->session, &i, 1))
		good = sent(p, &t->session, &i, rec, len);
	if (t->what == SS_STOLEN_KEY && i.family != SS_RATCHET)
		good = wrapped(p, rec, len);
	for (size_t n = 0; n < t->nahead && !good; n++)
		if (concerns(&t->ahead[n], &i, 0))
			good = received(p, &t->ahead[n], &i, rec, len);
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
	const struct ss_session *s = &t->session;
	struct ss_keylog k = { .family = SS_RATCHET, .aead = s->aead };

	if (t->what != SS_STOLEN_SESSION)
		return;
	t->ahead[t->nahead++] = *s;
	if (!s->rx.open)
		return;
	memcpy(k.id, s->rx.epoch_id, sizeof(k.id));
	memcpy(k.key, s->rx.epoch_key, sizeof(k.key));
	memcpy(k.sender, s->peer_fp, sizeof(k.sender));
	memcpy(k.audience, s->self_fp, sizeof(k.audience));
	if (ss_keys_add(p->keys, &k) == SS_OK)
		note(p, "epoch", k.id, "", "its key lay in the stolen session: "
		    "it was being read");
	sodium_memzero(&k, sizeof(k));
}

void
ss_thief_wipe(struct ss_thief *t)
{
	if (!t)
		return;
	ss_identity_wipe(&t->id);
	ss_session_wipe(&t->session);
	for (size_t i = 0; t->ahead && i < SS_THIEF_SESSIONS; i++)
		ss_session_wipe(&t->ahead[i]);
	if (t->work)
		ss_session_wipe(t->work);
}
