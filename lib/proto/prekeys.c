/* SPDX-License-Identifier: ISC */
#include "prekeys.h"
#include "dh.h"
#include "epoch.h"
#include "lab.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

void
ss_prekeys_init(struct ss_prekeys *p, const struct ss_public *owner)
{
	memset(p, 0, sizeof(*p));
	p->owner = *owner;
	p->next_signed = p->next_one_time = 1;
}

void
ss_prekeys_wipe(struct ss_prekeys *p)
{
	if (p)
		sodium_memzero(p, sizeof(*p));
}

/*
 * label || fingerprint 32 || id 4 || key 32 || expires 8 || length 1 ||
 * profile: a key that was signed for another person, place, time or purpose
 * does not pass for this one.
 */
#define SIGNED_MAX (sizeof(SS_LABEL_PREKEY) - 1 + 32 + 4 + 32 + 8 + 1 + \
	SS_PROFILE_MAX)
static size_t
signed_text(uint8_t out[static SIGNED_MAX], const struct ss_public *owner,
    uint32_t id, const uint8_t key[static 32], uint64_t expires,
    const char *profile)
{
	struct ss_buf b = { out, 0, SIGNED_MAX, 0 };
	uint8_t fp[SS_FINGERPRINT_BYTES];

	ss_public_fingerprint(fp, owner);
	ss_buf_str(&b, SS_LABEL_PREKEY);
	ss_buf_put(&b, fp, sizeof(fp));
	ss_buf_int(&b, id, 4);
	ss_buf_put(&b, key, 32);
	ss_buf_int(&b, expires, 8);
	ss_buf_int(&b, strlen(profile), 1);
	ss_buf_str(&b, profile);
	return b.len;
}

static void
erase_signed(struct ss_prekeys *p, size_t at)
{
	uint32_t id = p->spk[at].id;
	size_t kept = 0;

	p->nspk--;
	memmove(&p->spk[at], &p->spk[at + 1],
	    (p->nspk - at) * sizeof(p->spk[0]));
	sodium_memzero(&p->spk[p->nspk], sizeof(p->spk[0]));
	/* without it, its messages can be read by nobody: forget them */
	for (size_t i = 0; i < p->nseen; i++)
		if (p->seen[i].signed_id != id)
			p->seen[kept++] = p->seen[i];
	sodium_memzero(&p->seen[kept],
	    (p->nseen - kept) * sizeof(p->seen[0]));
	p->nseen = kept;
}

enum ss_err
ss_prekeys_rotate(struct ss_prekeys *p, const struct ss_identity *id,
    const uint8_t seed[static 32], uint64_t now, uint64_t lifetime,
    uint64_t grace, const char *profile)
{
	uint8_t text[SIGNED_MAX];
	struct ss_signed_prekey *s;
	size_t len;

	if (!ss_public_same(&p->owner, &id->pub))
		return SS_ERR_FOREIGN;
	if (p->next_signed == UINT32_MAX)
		return SS_ERR_SPENT;
	/* a file with a later year could never be read again */
	if (now > SS_PREKEY_TIME_MAX || lifetime > SS_PREKEY_TIME_MAX - now ||
	    grace > SS_PREKEY_TIME_MAX - now - lifetime)
		return SS_ERR_LENGTH;
	if (p->nspk > 0) {
		s = &p->spk[p->nspk - 1];
		if (s->until > now + grace)
			s->until = now + grace;
	}
	if (p->nspk == SS_PREKEYS_SIGNED_MAX)
		erase_signed(p, 0);
	s = &p->spk[p->nspk++];
	s->id = p->next_signed++;
	s->expires = now + lifetime;
	s->until = s->expires + grace;
	memcpy(s->sec, seed, sizeof(s->sec));
	ss_dh_public(s->pub, s->sec);
	len = signed_text(
	    text, &p->owner, s->id, s->pub, s->expires, profile);
	ss_identity_sign(s->sig, text, len, id);
	return SS_OK;
}

enum ss_err
ss_prekeys_add(struct ss_prekeys *p, const uint8_t seed[static 32])
{
	struct ss_one_time *o = &p->one_time[p->n];

	if (p->n == SS_ONE_TIME_MAX)
		return SS_ERR_LENGTH;
	if (p->next_one_time == UINT32_MAX)
		return SS_ERR_SPENT;
	o->id = p->next_one_time++;
	memcpy(o->sec, seed, sizeof(o->sec));
	ss_dh_public(o->pub, o->sec);
	p->n++;
	return SS_OK;
}

size_t
ss_prekeys_purge(struct ss_prekeys *p, uint64_t now)
{
	size_t gone = 0;

	for (size_t i = 0; i < p->nspk;) {
		if (p->spk[i].until < now) {
			erase_signed(p, i);
			gone++;
		} else {
			i++;
		}
	}
	return gone;
}

const struct ss_signed_prekey *
ss_prekeys_signed(const struct ss_prekeys *p, uint32_t id, uint64_t now)
{
	for (size_t i = 0; i < p->nspk; i++)
		if (p->spk[i].id == id && p->spk[i].until >= now)
			return &p->spk[i];
	return NULL;
}

const struct ss_one_time *
ss_prekeys_one_time(const struct ss_prekeys *p, uint32_t id)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->one_time[i].id == id)
			return &p->one_time[i];
	return NULL;
}

int
ss_prekeys_seen(const struct ss_prekeys *p, const struct ss_prekey_use *use)
{
	for (size_t i = 0; i < p->nseen; i++)
		if (p->seen[i].signed_id == use->signed_id &&
		    memcmp(p->seen[i].ek, use->ek, sizeof(use->ek)) == 0)
			return 1;
	return 0;
}

enum ss_err
ss_prekeys_take(struct ss_prekeys *p, const struct ss_prekey_use *use,
    const struct ss_lab *lab)
{
	/* LAB keep-one-time: as if nothing had come */
	if (ss_lab_is(lab, SS_LAB_KEEP_ONE_TIME))
		return SS_OK;
	/* end of LAB */
	if (p->nseen == SS_PREKEYS_SEEN_MAX)
		return SS_ERR_LENGTH;
	p->seen[p->nseen++] = *use;
	for (size_t i = 0; i < p->n; i++) {
		if (p->one_time[i].id != use->one_time_id)
			continue;
		p->n--;
		memmove(&p->one_time[i], &p->one_time[i + 1],
		    (p->n - i) * sizeof(p->one_time[0]));
		sodium_memzero(&p->one_time[p->n], sizeof(p->one_time[0]));
		break;
	}
	return SS_OK;
}

enum ss_err
ss_bundle_of(struct ss_bundle *b, const struct ss_prekeys *p, uint64_t now)
{
	const struct ss_signed_prekey *s =
	    p->nspk > 0 ? &p->spk[p->nspk - 1] : NULL;

	memset(b, 0, sizeof(*b));
	if (!s || s->expires < now)
		return SS_ERR_SPENT;
	b->owner = p->owner;
	b->id = s->id;
	b->expires = s->expires;
	memcpy(b->spk, s->pub, sizeof(b->spk));
	memcpy(b->sig, s->sig, sizeof(b->sig));
	for (b->n = 0; b->n < p->n; b->n++) {
		b->one_time[b->n].id = p->one_time[b->n].id;
		memcpy(b->one_time[b->n].pub, p->one_time[b->n].pub, 32);
	}
	return SS_OK;
}

enum ss_err
ss_bundle_one(struct ss_bundle *b, uint32_t id)
{
	for (size_t i = 0; i < b->n; i++) {
		if (id != 0 && b->one_time[i].id != id)
			continue;
		b->one_time[0] = b->one_time[i];
		b->n = 1;
		return SS_OK;
	}
	return SS_ERR_SPENT;
}

enum ss_err
ss_bundle_check(const struct ss_bundle *b, const struct ss_public *peer,
    uint64_t now, const char *profile, const char **why,
    const struct ss_trace *trace)
{
	uint8_t text[SIGNED_MAX];
	enum ss_err e;
	size_t len;

	if (b->owner.lab != (profile[0] != '\0'))
		return SS_ERR_LAB;
	if (!ss_public_same(&b->owner, peer)) {
		*why = "the bundle is another person's, or the directory's";
		return SS_ERR_PEER;
	}
	len = signed_text(
	    text, &b->owner, b->id, b->spk, b->expires, profile);
	e = ss_public_verify(b->sig, text, len, peer->ed);
	if (e == SS_OK)
		ss_trace_step(trace, "the owner's signature of the prekey "
		    "holds over: label, fingerprint, id, key, end",
		    text, len, SS_PUBLIC);
	/* LAB unsigned-prekey: whatever the directory says */
	if (ss_lab_is(ss_lab_find(profile), SS_LAB_UNSIGNED_PREKEY))
		e = SS_OK;
	/* end of LAB */
	if (e != SS_OK) {
		*why = "the signed prekey is not the one that the owner "
		    "signed: somebody has changed the bundle";
		return e;
	}
	if (b->expires < now) {
		*why = "its signed prekey has expired: ask for a new bundle";
		return SS_ERR_SPENT;
	}
	for (size_t i = 0; i < b->n; i++)
		if (ss_dh_low_order(b->one_time[i].pub))
			return SS_ERR_LOWORDER;
	return ss_dh_low_order(b->spk) || ss_dh_low_order(b->owner.x)
	    ? SS_ERR_LOWORDER : SS_OK;
}
