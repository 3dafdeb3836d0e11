/* SPDX-License-Identifier: ISC */
#include "handshake.h"
#include "hash.h"
#include "lab_handshake.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

/*
 * The family `signed`: ephemeral Diffie-Hellman, authenticated by signatures.
 * It is SIGMA-I (Krawczyk, 2003) in three messages, with one addition: the
 * first message commits to the initiator's identity without showing it, so
 * that both signatures cover both identities.      docs/protocol.md, 5.7
 *
 *     -> E_i, C = commitment to ID_i
 *     <- E_r, { ID_r, signature, MAC }
 *     -> { blind, ID_i, signature, MAC }
 *
 * A signature alone says "I made this key", and not for whom: whoever relays
 * it under a name of his own is taken for its maker.  The MAC, whose key
 * comes from the Diffie-Hellman secret, ties each identity to that secret;
 * the transcript in the signature ties it to this run and its peer.
 */
#define PROOF_BYTES   (SS_SIGN_BYTES + SS_HASH_BYTES) /* signature, MAC */
#define ID_BYTES_MIN  (1 + 1 + 32 + 32)
#define FIRST_BYTES   (32 + 32)                       /* E_i, C */
#define BLIND_BYTES   32
/* the text that is encrypted in the second and third message */
#define TEXT_MIN(step) ((size_t)((step) == 2 ? BLIND_BYTES : 0) + \
	ID_BYTES_MIN + PROOF_BYTES)
#define TEXT_MAX (BLIND_BYTES + SS_PUBLIC_BYTES_MAX + PROOF_BYTES)
/* what stands before it */
#define HEAD_BYTES(step) ((size_t)((step) == 1 ? 32 : 0)) /* E_r */

enum side { INITIATOR, RESPONDER };

static const char *const sign_labels[] = { SS_LABEL_SIGNED_INITIATOR,
	SS_LABEL_SIGNED_RESPONDER };

/* From the Diffie-Hellman secret, in the order in which they are expanded. */
struct keys {
	uint8_t aead[2][32]; /* by side: each encrypts one message */
	uint8_t mac[2][32];
	uint8_t secret[32];  /* for the session */
};

struct state {
	enum ss_aead_id aead;
	uint8_t h[32];            /* transcript so far */
	uint8_t e[32], e_pub[32]; /* ours; e is erased as soon as it is used */
	uint8_t re[32];
	uint8_t blind[BLIND_BYTES], commitment[32];
	struct keys keys;
	struct ss_public peer;    /* as it came */
};
_Static_assert(sizeof(struct state) <= SS_FAMILY_STATE_BYTES, "state fits");

static struct state *
state_of(struct ss_handshake *hs)
{
	return (struct state *)(void *)hs->state;
}

static enum ss_err
check(struct ss_handshake *hs)
{
	enum ss_aead_id aead;
	char variant[32];
	enum ss_err e =
	    ss_family_plain_describe(variant, &aead, hs->config.suite);

	if (e != SS_OK)
		return e;
	hs->steps = 3;
	if (!hs->config.self)
		hs->why = "both sides sign: our own key is needed";
	else if (hs->config.npsks)
		hs->why = "this family has no use for a pre-shared key";
	return hs->why ? SS_ERR_USAGE : SS_OK;
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
	/* suite and AEAD code are one */
	st->aead = (enum ss_aead_id)hs->config.suite;
	ss_hash2(st->h, (const uint8_t *)SS_LABEL_SIGNED_TRANSCRIPT,
	    sizeof(SS_LABEL_SIGNED_TRANSCRIPT) - 1, prologue, len);
	ss_trace_step(hs->config.trace, "signed: h after label and prologue",
	    st->h, 32, SS_PUBLIC);
	return SS_OK;
}

/* HASH(label || blind || identity): hides the identity until the blind is
 * told, and fits no other one. */
static void
commit(uint8_t out[static 32], const uint8_t blind[static BLIND_BYTES],
    const struct ss_public *pub)
{
	uint8_t text[sizeof(SS_LABEL_SIGNED_COMMITMENT) + BLIND_BYTES +
	    SS_PUBLIC_BYTES_MAX];
	struct ss_buf b = { text, 0, sizeof(text), 0 };

	ss_buf_str(&b, SS_LABEL_SIGNED_COMMITMENT);
	ss_buf_put(&b, blind, BLIND_BYTES);
	ss_public_put(&b, pub);
	ss_hash(out, text, b.len);
}

/* Both ephemeral keys are in h by now: everything comes from their secret,
 * and from nothing that was seen on another line. */
static enum ss_err
agree(struct state *st, const struct ss_trace *trace)
{
	uint8_t ee[SS_DH_BYTES], prk[32];
	enum ss_err e = ss_dh(ee, st->e, st->re);

	ss_trace_op(trace, SS_OP_DH);
	if (e == SS_OK) {
		ss_trace_step(trace, "ee: DH(our e, their e)", ee, 32,
		    SS_SECRET);
		ss_hkdf_extract(prk, st->h, sizeof(st->h), ee, sizeof(ee));
		ss_hkdf_expand((uint8_t *)&st->keys, sizeof(st->keys),
		    (const uint8_t *)SS_LABEL_SIGNED_KEYS,
		    sizeof(SS_LABEL_SIGNED_KEYS) - 1, prk);
		ss_trace_step(trace, "keys: AEAD and MAC of each side, and "
		    "the family's secret", (const uint8_t *)&st->keys,
		    sizeof(st->keys), SS_SECRET);
	}
	sodium_memzero(ee, sizeof(ee));
	sodium_memzero(prk, sizeof(prk));
	return e;
}

/* What is signed: label with role || h || [responder's identity] || own. */
#define SIGNED_MAX (sizeof(SS_LABEL_SIGNED_RESPONDER) + 32 + \
	2 * SS_PUBLIC_BYTES_MAX)
static size_t
signed_text(uint8_t out[static SIGNED_MAX], const struct state *st,
    enum side signer, const struct ss_public *responder,
    const struct ss_public *own)
{
	struct ss_buf b = { out, 0, SIGNED_MAX, 0 };

	ss_buf_str(&b, sign_labels[signer]);
	ss_buf_put(&b, st->h, sizeof(st->h));
	/* the responder signs first: the initiator's identity is in h, as
	 * the commitment */
	if (signer == INITIATOR)
		ss_public_put(&b, responder);
	ss_public_put(&b, own);
	return b.len;
}

/* HMAC(key of the sender's side, h || identity || signature). */
static void
prove(uint8_t mac[static 32], const struct state *st, enum side sender,
    const struct ss_public *pub, const uint8_t sig[static SS_SIGN_BYTES])
{
	uint8_t text[32 + SS_PUBLIC_BYTES_MAX + SS_SIGN_BYTES];
	struct ss_buf b = { text, 0, sizeof(text), 0 };

	ss_buf_put(&b, st->h, sizeof(st->h));
	ss_public_put(&b, pub);
	ss_buf_put(&b, sig, SS_SIGN_BYTES);
	ss_hmac(mac, text, b.len, st->keys.mac[sender], 32);
}

/*
 * Encrypt or decrypt the text of a message under its side's key, which has no
 * other use: the nonce can be zero.  What is authenticated with it is h, that
 * is, everything before.
 */
static enum ss_err
seal(uint8_t *out, const uint8_t *in, size_t len, enum side sender, int open,
    const struct state *st)
{
	static const uint8_t nonce[SS_AEAD_NONCE_BYTES];
	struct ss_aead a;
	enum ss_err e;

	ss_aead_init(&a, st->aead, st->keys.aead[sender]);
	e = (open ? ss_aead_open : ss_aead_seal)(
	    &a, out, in, len, st->h, sizeof(st->h), nonce);
	ss_aead_wipe(&a);
	return e;
}

/* [blind], identity, signature, MAC, encrypted, behind what out has; then the
 * transcript takes it in. */
static enum ss_err
write_identity(struct ss_buf *out, struct state *st,
    const struct ss_handshake_config *c)
{
	enum side us = c->initiator ? INITIATOR : RESPONDER;
	uint8_t text[TEXT_MAX], box[TEXT_MAX + SS_AEAD_TAG_BYTES];
	uint8_t to_sign[SIGNED_MAX], sig[SS_SIGN_BYTES], mac[32];
	struct ss_buf b = { text, 0, sizeof(text), 0 };
	size_t len = signed_text(to_sign, st, us, &st->peer, &c->self->pub);
	enum ss_err e;

	ss_identity_sign(sig, to_sign, len, c->self);
	ss_trace_op(c->trace, SS_OP_SIGN);
	prove(mac, st, us, &c->self->pub, sig);
	ss_trace_step(c->trace, "signed by us: role, transcript, identities",
	    to_sign, len, SS_KEYED);
	ss_trace_step(c->trace, "our signature", sig, sizeof(sig), SS_KEYED);
	ss_trace_step(c->trace, "our MAC", mac, sizeof(mac), SS_KEYED);
	if (us == INITIATOR)
		ss_buf_put(&b, st->blind, sizeof(st->blind));
	ss_public_put(&b, &c->self->pub);
	ss_buf_put(&b, sig, sizeof(sig));
	ss_buf_put(&b, mac, sizeof(mac));
	if ((e = seal(box, text, b.len, us, 0, st)) == SS_OK) {
		ss_buf_put(out, box, b.len + SS_AEAD_TAG_BYTES);
		mix(st, box, b.len + SS_AEAD_TAG_BYTES);
	}
	sodium_memzero(text, sizeof(text));
	return e;
}

static enum ss_err
write_message(struct ss_buf *out, struct state *st,
    const struct ss_handshake_config *c, size_t step,
    const uint8_t entropy[static 32])
{
	enum ss_err e;

	if (step == 2)
		return write_identity(out, st, c);
	memcpy(st->e, entropy, sizeof(st->e));
	ss_dh_public(st->e_pub, st->e);
	ss_buf_put(out, st->e_pub, 32);
	mix(st, st->e_pub, 32);
	ss_trace_step(c->trace, "e: our ephemeral public key", st->e_pub, 32,
	    SS_PUBLIC);
	if (step == 0) {
		/* one draw serves both, since HKDF keeps them apart */
		ss_hkdf(st->blind, sizeof(st->blind), NULL, 0, entropy, 32,
		    (const uint8_t *)SS_LABEL_SIGNED_BLIND,
		    sizeof(SS_LABEL_SIGNED_BLIND) - 1);
		commit(st->commitment, st->blind, &c->self->pub);
		ss_trace_step(c->trace, "commitment to our identity",
		    st->commitment, 32, SS_KEYED);
		ss_buf_put(out, st->commitment, 32);
		mix(st, st->commitment, 32);
		return SS_OK;
	}
	if ((e = agree(st, c->trace)) != SS_OK)
		return e;
	/* in the mode dh it is R0, which the session takes over */
	if (c->mode != SS_MODE_DH)
		sodium_memzero(st->e, sizeof(st->e));
	return write_identity(out, st, c);
}

/* "message 2 of 3, we write: <- e, {identity, signature, MAC}" */
static void
tell(const struct ss_handshake *hs, const char *who)
{
	static const char *const what[] = { "-> e, commitment",
		"<- e, ee, {identity, signature, MAC}",
		"-> {blind, identity, signature, MAC}" };
	uint8_t text[96];
	struct ss_buf b = { text, 0, sizeof(text) - 1, 0 };

	ss_buf_str(&b, "message ");
	ss_buf_dec(&b, hs->step + 1u);
	ss_buf_str(&b, who);
	ss_buf_str(&b, what[hs->step]);
	text[b.len] = '\0';
	ss_trace_step(hs->config.trace, (const char *)text, NULL, 0,
	    SS_PUBLIC);
}

static enum ss_err
write(struct ss_buf *out, struct ss_handshake *hs,
    const uint8_t entropy[static 32])
{
	struct state copy = *state_of(hs);
	enum ss_err e;

	tell(hs, " of 3, we write: ");
	e = write_message(out, &copy, &hs->config, hs->step, entropy);
	if (e == SS_OK && out->over)
		e = SS_ERR_LENGTH;
	if (e == SS_OK)
		*state_of(hs) = copy;
	sodium_memzero(&copy, sizeof(copy));
	return e;
}

/* The decrypted identity, its signature and its MAC, and whether it is whom
 * we mean.  Nothing of it is believed before all have held. */
static enum ss_err
verify(struct state *st, const struct ss_handshake_config *c,
    const uint8_t *text, size_t len)
{
	enum side them = c->initiator ? RESPONDER : INITIATOR;
	const uint8_t *sig = text + len - PROOF_BYTES;
	const uint8_t *mac = text + len - SS_HASH_BYTES;
	const uint8_t *blind = text;
	uint8_t to_verify[SIGNED_MAX], want[32];
	enum ss_err e;

	if (them == INITIATOR)
		text += BLIND_BYTES;
	if ((e = ss_public_get(&st->peer, text, (size_t)(sig - text))) !=
	    SS_OK)
		return e;
	prove(want, st, them, &st->peer, sig);
	if (sodium_memcmp(want, mac, sizeof(want)) != 0)
		return SS_ERR_AUTH;
	if (them == INITIATOR) {
		commit(want, blind, &st->peer);
		if (sodium_memcmp(want, st->commitment, sizeof(want)) != 0)
			return SS_ERR_AUTH;
	}
	len = signed_text(to_verify, st, them, &c->self->pub, &st->peer);
	ss_trace_op(c->trace, SS_OP_VERIFY);
	if ((e = ss_public_verify(sig, to_verify, len, st->peer.ed)) != SS_OK)
		return e;
	ss_trace_step(c->trace, "signature and MAC hold over: role, "
	    "transcript, identities", to_verify, len, SS_KEYED);
	/* it would be of use to nobody, and in no other family */
	if (ss_dh_low_order(st->peer.x))
		return SS_ERR_LOWORDER;
	if (c->peer && !ss_public_same(&st->peer, c->peer))
		return SS_ERR_PEER;
	return SS_OK;
}

static enum ss_err
read_identity(struct state *st, const struct ss_handshake_config *c,
    const uint8_t *box, size_t len)
{
	enum side them = c->initiator ? RESPONDER : INITIATOR;
	uint8_t text[TEXT_MAX];
	enum ss_err e = seal(text, box, len, them, 1, st);

	if (e == SS_OK)
		e = verify(st, c, text, len - SS_AEAD_TAG_BYTES);
	if (e == SS_OK)
		mix(st, box, len);
	sodium_memzero(text, sizeof(text));
	return e;
}

/* How long may a message be, without what stands before the encrypted part? */
static enum ss_err
check_length(size_t step, size_t len)
{
	size_t min = HEAD_BYTES(step) + TEXT_MIN(step) + SS_AEAD_TAG_BYTES;
	size_t max = min + SS_PUBLIC_BYTES_MAX - ID_BYTES_MIN;

	if (step == 0)
		return len < FIRST_BYTES ? SS_ERR_TRUNCATED :
		    len > FIRST_BYTES ? SS_ERR_LENGTH : SS_OK;
	if (len < min)
		return SS_ERR_TRUNCATED;
	return len > max ? SS_ERR_LENGTH : SS_OK;
}

static enum ss_err
read_message(struct state *st, const struct ss_handshake_config *c,
    size_t step, const uint8_t *msg, size_t len)
{
	enum ss_err e;

	if (step == 2)
		return read_identity(st, c, msg, len);
	memcpy(st->re, msg, 32);
	/* the responder has no secret yet to find out by multiplying */
	if (ss_dh_low_order(st->re))
		return SS_ERR_LOWORDER;
	mix(st, st->re, 32);
	if (step == 0) {
		memcpy(st->commitment, msg + 32, 32);
		mix(st, st->commitment, 32);
		return SS_OK;
	}
	if ((e = agree(st, c->trace)) != SS_OK)
		return e;
	sodium_memzero(st->e, sizeof(st->e));
	return read_identity(st, c, msg + 32, len - 32);
}

static enum ss_err
read(struct ss_handshake *hs, const uint8_t *msg, size_t len)
{
	struct state copy = *state_of(hs);
	enum ss_err e;

	tell(hs, " of 3, we read: ");
	e = check_length(hs->step, len);
	if (e == SS_OK)
		e = read_message(&copy, &hs->config, hs->step, msg, len);
	if (e == SS_OK)
		*state_of(hs) = copy;
	sodium_memzero(&copy, sizeof(copy));
	return e;
}

static enum ss_err
finish(struct ss_agreed *a, struct ss_handshake *hs)
{
	const struct state *st = state_of(hs);
	const struct ss_handshake_config *c = &hs->config;

	memcpy(a->hash, st->h, sizeof(a->hash));
	memcpy(a->secret, st->keys.secret, 32);
	a->secretlen = 32;
	ss_trace_step(c->trace, "transcript hash", a->hash, sizeof(a->hash),
	    SS_PUBLIC);
	/* a name that we gave the peer counts more than its own word */
	a->peer = c->peer ? *c->peer : st->peer;
	memcpy(a->r0_pub, c->initiator ? st->re : st->e_pub, 32);
	if (!c->initiator)
		memcpy(a->r0_sec, st->e, 32);
	return SS_OK;
}

#define FIELD(name, label, sentence, len, secrecy)                           \
	{ name, label, sentence, "5.7", len ? SS_BYTES : SS_REST, len,       \
	    secrecy, NULL, SS_NOWHERE }
enum row { ROW_E, ROW_COMMITMENT, ROW_ID_R, ROW_ID_I, ROW_TAG, ROW_LAB };
static const struct ss_field rows[] = {
	[ROW_E] = FIELD("e", "Ephemeral key", "A public key made for this "
	    "handshake only.", 32, SS_PUBLIC),
	[ROW_COMMITMENT] = FIELD("commitment", "Commitment", "Binds the "
	    "initiator to an identity that is not shown yet.", 32, SS_KEYED),
	[ROW_ID_R] = FIELD("identity_sealed", "Identity and proof, encrypted",
	    "The responder's identity, signature and MAC.", 0, SS_KEYED),
	[ROW_ID_I] = FIELD("opening_sealed", "Identity and proof, encrypted",
	    "What opens the commitment; then the initiator's identity, "
	    "signature and MAC.", 0, SS_KEYED),
	[ROW_TAG] = FIELD("tag", "Tag", "Proves that the sender knows "
	    "the Diffie-Hellman secret and saw every byte so far.",
	    SS_AEAD_TAG_BYTES, SS_KEYED),
	[ROW_LAB] = FIELD("signature", "Signature", "In the lab: of the "
	    "ephemeral key and of nothing else.", SS_SIGN_BYTES, SS_KEYED),
};

static enum ss_err
walk(struct ss_span *spans, size_t *n, size_t max, uint16_t code, size_t step,
    size_t len, size_t base)
{
	size_t head = HEAD_BYTES(step), body;
	enum ss_aead_id aead;
	char variant[32];
	enum ss_err e;

	*n = 0;
	if ((e = ss_family_plain_describe(variant, &aead, code)) != SS_OK)
		return e;
	if (step > 2)
		return SS_ERR_SEQUENCE;
	if (max < 3)
		return SS_ERR_LENGTH;
#define SPAN(row, off, len)                                                  \
	spans[(*n)++] = (struct ss_span){ &rows[row], (uint32_t)(base + (off)),\
	    (uint32_t)(len) }
	/* LAB sign-key-only: no other message has this length */
	if (step < 2 && len == SS_LAB_SIGNED_BYTES) {
		SPAN(ROW_E, 0, 32);
		SPAN(ROW_LAB, 32, SS_SIGN_BYTES);
		return SS_OK;
	}
	if ((e = check_length(step, len)) != SS_OK)
		return e;
	if (step < 2)
		SPAN(ROW_E, 0, 32);
	if (step == 0) {
		SPAN(ROW_COMMITMENT, 32, 32);
		return SS_OK;
	}
	body = len - head - SS_AEAD_TAG_BYTES;
	SPAN(step == 1 ? ROW_ID_R : ROW_ID_I, head, body);
	SPAN(ROW_TAG, head + body, SS_AEAD_TAG_BYTES);
#undef SPAN
	return SS_OK;
}

const struct ss_family ss_family_signed = {
	.code = SS_FAMILY_SIGNED,
	.name = "signed",
	.aead = SS_AESGCM,
	.suite = ss_family_plain_suite,
	.describe = ss_family_plain_describe,
	.mode = ss_family_plain_mode,
	.check = check,
	.start = start,
	.write = write,
	.read = read,
	.finish = finish,
	.walk = walk,
	.rows = rows,
	.nrows = sizeof(rows) / sizeof(rows[0]),
};
