/* SPDX-License-Identifier: ISC */
#include "handshake.h"
#include "hash.h"
#include "labels.h"
#include "x3dh.h"
#include <sodium.h>
#include <string.h>

/*
 * The family `x3dh`: Signal's X3DH (x3dh.c) in one handshake record, so that
 * a first message can be written to somebody who is away.
 *                                                  docs/protocol.md, 5.8
 *
 *     -> ID_i, EK, id of SPK, id of OPK or 0, MAC
 *
 * The specification leaves it to the first ciphertext to show that both have
 * the same SK.  Here a MAC under a key from SK does that: the responder knows
 * whom he has before he writes anything down or gives a one-time key away.
 */
#define NAME_BYTES 1 /* length of the name */
#define TAIL_BYTES (32 + 4 + 4 + SS_HASH_BYTES) /* EK, ids, MAC */
#define ID_BYTES   (NAME_BYTES + 1 + 32 + 32)   /* of the shortest name */
#define MESSAGE_MIN ((size_t)ID_BYTES + TAIL_BYTES)
#define MESSAGE_MAX (MESSAGE_MIN + SS_NAME_MAX - 1 + SS_RSA_BYTES_MAX)

struct state {
	uint8_t h[32];       /* transcript so far */
	uint8_t secret[32];  /* for the session */
	uint8_t spk[32], spk_sec[32]; /* R0; the secret at the responder */
	struct ss_prekey_use use;
	struct ss_public peer;
};
_Static_assert(sizeof(struct state) <= SS_FAMILY_STATE_BYTES, "state fits");

static struct state *
state_of(struct ss_handshake *hs)
{
	return (struct state *)(void *)hs->state;
}

/* NULL, or what is wrong with the keys of this side. */
static const char *
complaint(const struct ss_handshake_config *c)
{
	if (!c->self)
		return "our own key is needed";
	if (c->npsks)
		return "this family has no use for a pre-shared key";
	if (c->initiator && !c->bundle)
		return "the initiator needs the peer's bundle";
	if (c->initiator && !c->peer)
		return "the initiator says whom it means: a bundle vouches "
		    "for itself only";
	if (c->initiator && c->prekeys)
		return "prekeys of ours are for the responder";
	if (!c->initiator && !c->prekeys)
		return "the responder needs its prekeys";
	if (!c->initiator && c->bundle)
		return "a bundle is for the initiator";
	return NULL;
}

/* Everything about a bundle is known before a byte is written. */
static enum ss_err
check(struct ss_handshake *hs)
{
	const struct ss_handshake_config *c = &hs->config;
	enum ss_aead_id aead;
	char variant[32];
	enum ss_err e = ss_family_plain_describe(variant, &aead, c->suite);

	if (e != SS_OK)
		return e;
	hs->steps = 1;
	if ((hs->why = complaint(c)))
		return SS_ERR_USAGE;
	if (!c->initiator) {
		if (ss_public_same(&c->prekeys->owner, &c->self->pub))
			return SS_OK;
		hs->why = "these prekeys belong to another key than ours";
		return SS_ERR_FOREIGN;
	}
	ss_trace_op(c->trace, SS_OP_VERIFY);
	e = ss_bundle_check(
	    c->bundle, c->peer, c->now, c->profile, &hs->why, c->trace);
	if (e != SS_OK)
		return e;
	if (c->require_one_time && c->bundle->n == 0) {
		hs->why = "the bundle has no one-time prekey left: ask for "
		    "a new one";
		return SS_ERR_SPENT;
	}
	return SS_OK;
}

static void
mix(struct state *st, const uint8_t *bytes, size_t len)
{
	ss_hash2(st->h, st->h, sizeof(st->h), bytes, len);
}

static enum ss_err
start(struct ss_handshake *hs, const uint8_t *prologue, size_t len)
{
	struct state *st = state_of(hs);

	memset(st, 0, sizeof(*st));
	ss_hash2(st->h, (const uint8_t *)SS_LABEL_X3DH_TRANSCRIPT,
	    sizeof(SS_LABEL_X3DH_TRANSCRIPT) - 1, prologue, len);
	ss_trace_step(hs->config.trace, "x3dh: h after label and prologue",
	    st->h, 32, SS_PUBLIC);
	return SS_OK;
}

/* The public keys of one run, whoever computes it. */
struct run {
	const struct ss_public *initiator, *responder;
	const uint8_t *spk, *opk; /* opk NULL: there is none */
	const uint8_t *msg;       /* up to the MAC */
	size_t len;
};

/*
 * Whom and which prekeys, then the message; and from h and SK the key of the
 * MAC and the session's secret.  The MAC covers AD, as X3DH has its first
 * ciphertext do.
 */
static void
conclude(uint8_t mac[static 32], struct state *st,
    const uint8_t sk[static 32], const struct run *r,
    const struct ss_trace *trace)
{
	static const uint8_t none[32];
	uint8_t text[SS_X3DH_AD + 32], keys[64], fp[SS_FINGERPRINT_BYTES];

	ss_public_fingerprint(fp, r->responder);
	mix(st, fp, sizeof(fp));
	mix(st, r->spk, 32);
	mix(st, r->opk ? r->opk : none, 32);
	mix(st, r->msg, r->len);
	ss_trace_step(trace, "h after the responder's fingerprint, both "
	    "prekeys and the message", st->h, 32, SS_PUBLIC);
	ss_x3dh_ad(text, r->initiator->x, r->responder->x);
	memcpy(text + SS_X3DH_AD, st->h, 32);
	ss_trace_step(trace, "AD: both identity keys, encoded", text,
	    SS_X3DH_AD, SS_PUBLIC);
	ss_hkdf(keys, sizeof(keys), st->h, sizeof(st->h), sk, 32,
	    (const uint8_t *)SS_LABEL_X3DH_KEYS,
	    sizeof(SS_LABEL_X3DH_KEYS) - 1);
	ss_trace_step(trace, "keys: of the MAC, and the family's secret",
	    keys, sizeof(keys), SS_SECRET);
	ss_hmac(mac, text, sizeof(text), keys, 32);
	ss_trace_step(trace, "MAC over AD and h", mac, 32, SS_KEYED);
	memcpy(st->secret, keys + 32, 32);
	mix(st, mac, 32);
	sodium_memzero(keys, sizeof(keys));
}

/* Any of them, so that two who got the same bundle seldom take the same. */
static const struct ss_one_time *
choose(const struct ss_bundle *b, const uint8_t entropy[static 32])
{
	uint8_t draw[8];

	if (b->n == 0)
		return NULL;
	/* one draw serves both, since HKDF keeps them apart */
	ss_hkdf(draw, sizeof(draw), NULL, 0, entropy, 32,
	    (const uint8_t *)SS_LABEL_X3DH_CHOICE,
	    sizeof(SS_LABEL_X3DH_CHOICE) - 1);
	return &b->one_time[ss_get64(draw) % b->n];
}

static enum ss_err
write_message(struct ss_buf *out, struct state *st,
    const struct ss_handshake_config *c, const uint8_t entropy[static 32])
{
	const struct ss_bundle *bundle = c->bundle;
	const struct ss_one_time *opk = choose(bundle, entropy);
	const struct ss_x3dh_initiator keys = { .ik_sec = c->self->x_sec,
		.ek_sec = entropy, .ik = c->peer->x, .spk = bundle->spk,
		.opk = opk ? opk->pub : NULL };
	struct run r = { &c->self->pub, c->peer, bundle->spk, keys.opk, NULL,
		0 };
	uint8_t msg[MESSAGE_MAX], sk[32], mac[32];
	struct ss_buf b = { msg, 0, sizeof(msg), 0 };
	enum ss_err e;

	ss_dh_public(st->use.ek, entropy);
	st->use.signed_id = bundle->id;
	st->use.one_time_id = opk ? opk->id : 0;
	ss_trace_step(c->trace, "SPK: the signed prekey of the bundle",
	    bundle->spk, 32, SS_PUBLIC);
	if (opk)
		ss_trace_step(c->trace, "OPK: the one-time prekey, of those "
		    "in the bundle", opk->pub, 32, SS_PUBLIC);
	ss_trace_step(c->trace, "random: secret of EK", entropy, 32,
	    SS_SECRET);
	ss_trace_step(c->trace, "EK: our ephemeral public key", st->use.ek,
	    32, SS_PUBLIC);
	ss_public_put(&b, &c->self->pub);
	ss_buf_put(&b, st->use.ek, 32);
	ss_buf_int(&b, st->use.signed_id, 4);
	ss_buf_int(&b, st->use.one_time_id, 4);
	r.msg = msg;
	r.len = b.len;
	e = ss_x3dh_initiate(sk, sizeof(sk), &keys, SS_LABEL_X3DH_SECRET,
	    c->trace);
	if (e == SS_OK) {
		conclude(mac, st, sk, &r, c->trace);
		ss_buf_put(out, msg, b.len);
		ss_buf_put(out, mac, sizeof(mac));
		st->peer = *c->peer;
		memcpy(st->spk, bundle->spk, 32);
	}
	sodium_memzero(sk, sizeof(sk));
	return e;
}

static enum ss_err
write(struct ss_buf *out, struct ss_handshake *hs,
    const uint8_t entropy[static 32])
{
	struct state copy = *state_of(hs);
	enum ss_err e;

	ss_trace_step(hs->config.trace, "message 1 of 1, we write: "
	    "-> identity, EK, prekey ids, MAC", NULL, 0, SS_PUBLIC);
	e = write_message(out, &copy, &hs->config, entropy);
	if (e == SS_OK && out->over)
		e = SS_ERR_LENGTH;
	if (e == SS_OK)
		*state_of(hs) = copy;
	sodium_memzero(&copy, sizeof(copy));
	return e;
}

/* Identity, ephemeral key and ids, as they came; nothing is believed yet. */
static enum ss_err
parse(struct state *st, const uint8_t *msg, size_t len)
{
	const uint8_t *tail = msg + len - TAIL_BYTES;
	enum ss_err e;

	e = ss_public_get(&st->peer, msg, len - TAIL_BYTES);
	if (e != SS_OK)
		return e;
	memcpy(st->use.ek, tail, 32);
	st->use.signed_id = ss_get32(tail + 32);
	st->use.one_time_id = ss_get32(tail + 36);
	return ss_dh_low_order(st->use.ek) || ss_dh_low_order(st->peer.x)
	    ? SS_ERR_LOWORDER : SS_OK;
}

/*
 * Are the prekeys that it wants still there?  That it was taken before is
 * said first: its one-time prekey is gone by now.
 */
static enum ss_err
find_prekeys(const struct ss_signed_prekey **spk,
    const struct ss_one_time **opk, const struct ss_prekey_use *use,
    const struct ss_handshake_config *c)
{
	if (ss_prekeys_seen(c->prekeys, use))
		return SS_ERR_REPLAY;
	*spk = ss_prekeys_signed(c->prekeys, use->signed_id, c->now);
	*opk = use->one_time_id
	    ? ss_prekeys_one_time(c->prekeys, use->one_time_id) : NULL;
	if (!*spk || (use->one_time_id && !*opk) ||
	    (c->require_one_time && !*opk) ||
	    c->prekeys->nseen == SS_PREKEYS_SEEN_MAX)
		return SS_ERR_SPENT;
	return SS_OK;
}

static enum ss_err
read_message(struct state *st, const struct ss_handshake_config *c,
    const uint8_t *msg, size_t len)
{
	const struct ss_signed_prekey *spk;
	const struct ss_one_time *opk;
	struct ss_x3dh_responder keys = { .ik_sec = c->self->x_sec };
	struct run r = { &st->peer, &c->self->pub, NULL, NULL, msg,
		len - SS_HASH_BYTES };
	uint8_t sk[32], mac[32];
	enum ss_err e;

	if ((e = parse(st, msg, len)) != SS_OK ||
	    (e = find_prekeys(&spk, &opk, &st->use, c)) != SS_OK)
		return e;
	ss_trace_step(c->trace, "SPK: our signed prekey, by its id",
	    spk->pub, 32, SS_PUBLIC);
	if (opk)
		ss_trace_step(c->trace, "OPK: our one-time prekey, by its id",
		    opk->pub, 32, SS_PUBLIC);
	keys.spk_sec = spk->sec;
	keys.opk_sec = opk ? opk->sec : NULL;
	keys.ik = st->peer.x;
	keys.ek = st->use.ek;
	e = ss_x3dh_respond(sk, sizeof(sk), &keys, SS_LABEL_X3DH_SECRET,
	    c->trace);
	if (e != SS_OK)
		return e;
	r.spk = spk->pub;
	r.opk = opk ? opk->pub : NULL;
	conclude(mac, st, sk, &r, c->trace);
	sodium_memzero(sk, sizeof(sk));
	if (sodium_memcmp(mac, msg + len - SS_HASH_BYTES, 32) != 0)
		return SS_ERR_AUTH;
	ss_trace_step(c->trace, "the MAC holds: whoever wrote this has the "
	    "identity key that it shows", NULL, 0, SS_PUBLIC);
	if (c->peer && !ss_public_same(&st->peer, c->peer))
		return SS_ERR_PEER;
	memcpy(st->spk, spk->pub, 32);
	memcpy(st->spk_sec, spk->sec, 32);
	return SS_OK;
}

static enum ss_err
check_length(size_t step, size_t len)
{
	if (step > 0)
		return SS_ERR_SEQUENCE;
	return len < MESSAGE_MIN ? SS_ERR_TRUNCATED :
	    len > MESSAGE_MAX ? SS_ERR_LENGTH : SS_OK;
}

static enum ss_err
read(struct ss_handshake *hs, const uint8_t *msg, size_t len)
{
	struct state copy;
	enum ss_err e;

	if ((e = check_length(hs->step, len)) != SS_OK)
		return e;
	ss_trace_step(hs->config.trace, "message 1 of 1, we read: "
	    "-> identity, EK, prekey ids, MAC", NULL, 0, SS_PUBLIC);
	copy = *state_of(hs);
	if ((e = read_message(&copy, &hs->config, msg, len)) == SS_OK)
		*state_of(hs) = copy;
	sodium_memzero(&copy, sizeof(copy));
	return e;
}

static const char *
why(const struct ss_handshake *hs, enum ss_err e, const uint8_t *msg,
    size_t len)
{
	const struct ss_handshake_config *c = &hs->config;
	const uint8_t *ids;
	uint32_t one_time;

	if (e == SS_ERR_REPLAY)
		return "this first message made a session before";
	if (e != SS_ERR_SPENT || check_length(0, len) != SS_OK)
		return NULL;
	ids = msg + len - SS_HASH_BYTES - 4 - 4;
	one_time = ss_get32(ids + 4);
	if (!ss_prekeys_signed(c->prekeys, ss_get32(ids), c->now))
		return "its signed prekey is gone by now: the sender needs a "
		    "new bundle";
	if (one_time && !ss_prekeys_one_time(c->prekeys, one_time))
		return "its one-time prekey was used before: the sender "
		    "needs a new bundle";
	if (!one_time && c->require_one_time)
		return "it uses no one-time prekey, which is demanded here";
	return "so many first messages are remembered that there is no room: "
	    "ss-keygen --rotate-prekey --grace=0";
}

static enum ss_err
finish(struct ss_agreed *a, struct ss_handshake *hs)
{
	const struct state *st = state_of(hs);
	const struct ss_handshake_config *c = &hs->config;

	memcpy(a->hash, st->h, sizeof(a->hash));
	memcpy(a->secret, st->secret, 32);
	a->secretlen = 32;
	ss_trace_step(c->trace, "transcript hash", a->hash, sizeof(a->hash),
	    SS_PUBLIC);
	/* a name that we gave the peer counts more than its own word */
	a->peer = c->peer ? *c->peer : st->peer;
	a->initiator_first = 1; /* R0 serves others as well: no chain on it */
	memcpy(a->r0_pub, st->spk, 32);
	if (!c->initiator && c->mode == SS_MODE_DH)
		memcpy(a->r0_sec, st->spk_sec, 32);
	a->use = st->use;
	return SS_OK;
}

#define FIELD(name, label, sentence, kind, len, secrecy)                     \
	{ name, label, sentence, "5.8", kind, len, secrecy, NULL, SS_NOWHERE }
static const struct ss_field rows[] = {
	FIELD("name_length", "Length of the name", "How many bytes of name "
	    "follow; the top bit: a lab key.", SS_UINT, NAME_BYTES, SS_PUBLIC),
	FIELD("name", "Name", "What the initiator calls itself.", SS_REST, 0,
	    SS_PUBLIC),
	FIELD("ed25519", "Ed25519 key", "The initiator's key for signatures, "
	    "here for its fingerprint only.", SS_BYTES, 32, SS_PUBLIC),
	FIELD("ik", "Identity key", "The initiator's X25519 key, IKA of "
	    "X3DH.", SS_BYTES, 32, SS_PUBLIC),
	FIELD("rsa", "RSA modulus", "The initiator's, here for its "
	    "fingerprint only; empty if there is none.", SS_REST, 0,
	    SS_PUBLIC),
	FIELD("ek", "Ephemeral key", "A public key made for this handshake "
	    "only, EKA of X3DH.", SS_BYTES, 32, SS_PUBLIC),
	FIELD("signed_prekey", "Signed prekey", "The number of the "
	    "responder's signed prekey that was used.", SS_UINT, 4,
	    SS_PUBLIC),
	FIELD("one_time_prekey", "One-time prekey", "The number of the "
	    "one-time prekey that was used; 0: none.", SS_UINT, 4,
	    SS_PUBLIC),
	FIELD("mac", "Confirmation MAC", "Proves that the initiator has the "
	    "identity key and the agreed secret; covers every byte so far.",
	    SS_BYTES, SS_HASH_BYTES, SS_KEYED),
};
#undef FIELD
#define NROWS (sizeof(rows) / sizeof(rows[0]))

static enum ss_err
walk(struct ss_span *spans, size_t *n, size_t max, uint16_t code, size_t step,
    size_t len, size_t base)
{
	size_t vary, name;
	enum ss_aead_id aead;
	char variant[32];
	enum ss_err e;

	*n = 0;
	if ((e = ss_family_plain_describe(variant, &aead, code)) != SS_OK ||
	    (e = check_length(step, len)) != SS_OK)
		return e;
	if (max < NROWS)
		return SS_ERR_LENGTH;
	/* of variable length: the name, and a modulus or none */
	vary = len - (MESSAGE_MIN - 1);
	name = ss_public_name_bytes(vary);
	for (size_t row = 0; row < NROWS; row++) {
		size_t bytes = rows[row].len;

		if (bytes == 0) {
			bytes = name;
			name = vary - name;
		}
		if (bytes == 0) /* no modulus */
			continue;
		spans[(*n)++] = (struct ss_span){ &rows[row], (uint32_t)base,
			(uint32_t)bytes };
		base += bytes;
	}
	return SS_OK;
}

const struct ss_family ss_family_x3dh = {
	.code = SS_FAMILY_X3DH,
	.name = "x3dh",
	.aead = SS_CHACHAPOLY,
	.prekeys = 1,
	.suite = ss_family_plain_suite,
	.describe = ss_family_plain_describe,
	.mode = ss_family_plain_mode,
	.check = check,
	.start = start,
	.write = write,
	.read = read,
	.why = why,
	.finish = finish,
	.walk = walk,
	.rows = rows,
	.nrows = NROWS,
};
