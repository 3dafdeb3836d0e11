/* SPDX-License-Identifier: ISC */

/*
 * Wrapped epochs: each family in each mode, there and back; and then every bit
 * flipped, every cut, other people, forged senders, numbers that are no
 * ciphertexts.  What is refused leaves nothing behind, and what RSA cannot
 * unwrap is refused as any forged MAC.
 */
#include "../../lib/io/rsamake.h"
#include "../../lib/proto/data.h"
#include "../../lib/proto/hash.h"
#include "../../lib/proto/wrap.h"
#include "hsdrive.h"
#include "tap.h"
#include <sodium.h>

struct record {
	uint8_t at[SS_INTRODUCER_RECORD_MAX + 8];
	size_t len;
};

static unsigned ops[SS_OPS];

static void
count(void *arg, enum ss_keyop op)
{
	(void)arg;
	ops[op]++;
}
static const struct ss_trace counter = { .op = count };

static struct ss_wrap_end
sender(const struct ss_identity *self, const struct ss_public *to)
{
	return (struct ss_wrap_end){ .self = self, .peer = to,
		.aead = SS_CHACHAPOLY };
}

static struct ss_wrap_end
receiver(const struct ss_identity *self, const struct ss_public *from)
{
	return (struct ss_wrap_end){ .self = self, .peer = from,
		.trace = &counter };
}

/* A stream's introducer, and the epoch as its sender has it. */
static enum ss_err
make(struct record *r, struct ss_epoch *e, const struct ss_wrap *family,
    struct ss_wrap_end *w)
{
	uint8_t salt[SS_SALT_BYTES], entropy[SS_WRAP_ENTROPY];
	struct ss_buf b = { r->at, 0, sizeof(r->at), 0 };
	struct ss_introducer i;
	enum ss_err err;

	randombytes_buf(salt, sizeof(salt));
	randombytes_buf(entropy, sizeof(entropy));
	memset(e, 0, sizeof(*e));
	if ((err = ss_wrap_send(e, &i, family, salt, entropy, w)) == SS_OK)
		err = ss_wrap_put(&b, &i, e, w);
	r->len = b.len;
	return err;
}

/* Refused, with nothing in the epoch that was to be opened. */
static enum ss_err
take(const struct record *r, struct ss_wrap_end *w)
{
	struct ss_epoch e = { 0 };
	struct ss_introducer i;
	enum ss_err err = ss_wrap_receive(&e, &i, r->at, r->len, w);
	int clean = sodium_is_zero((uint8_t *)&e, sizeof(e));

	ss_epoch_wipe(&e);
	return err == SS_OK || clean ? err : SS_ERR_SYSTEM;
}

static void
round_trip(const struct ss_wrap *family, int auth, uint8_t aead)
{
	struct ss_wrap_end from = sender(auth ? &people[ALICE] : NULL,
	    &people[BOB].pub);
	struct ss_wrap_end to = receiver(&people[BOB], auth ? &people[ALICE].pub :
	    NULL);
	uint8_t data[64 + SS_DATA_OVERHEAD], text[64];
	struct ss_epoch mine, theirs = { 0 };
	struct ss_introducer i;
	struct record r;
	size_t n;

	from.aead = aead;
	is_err(make(&r, &mine, family, &from), SS_OK, "%s, mode %d, AEAD %d",
	    family->name, auth, aead);
	is_err(ss_wrap_receive(&theirs, &i, r.at, r.len, &to), SS_OK,
	    "it is accepted");
	is_bytes(theirs.key, mine.key, 32, "the same epoch key");
	is_err(ss_data_seal(data, (const uint8_t *)"text", 4, 0,
		SS_DATA_FINAL, &mine), SS_OK, "a record is sealed");
	is_err(ss_data_open(text, &n, data, 4 + SS_DATA_OVERHEAD, &theirs),
	    SS_OK, "and opened");
	ok(n == 4 && memcmp(text, "text", 4) == 0, "and is the same");
	ok(sodium_is_zero(i.sender, 8) == !auth, "the sender's id");
	/* the same people once more: nothing is the same but they */
	ss_epoch_wipe(&theirs);
	memcpy(&theirs, &mine, sizeof(theirs));
	is_err(make(&r, &mine, family, &from), SS_OK, "once more");
	ok(memcmp(theirs.key, mine.key, 32) != 0, "another key");
	ss_epoch_wipe(&theirs);
	ss_epoch_wipe(&mine);
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&to);
}

/* Every bit, every cut, bytes behind it. */
static void
tamper(const struct ss_wrap *family, int auth)
{
	struct ss_wrap_end from = sender(auth ? &people[ALICE] : NULL,
	    &people[BOB].pub);
	struct ss_wrap_end to = receiver(&people[BOB], auth ? &people[ALICE].pub :
	    NULL);
	size_t refused = 0, cuts = 0;
	struct record r, bad;
	struct ss_epoch e;

	is_err(make(&r, &e, family, &from), SS_OK, "%s, mode %d: a record",
	    family->name, auth);
	is_err(take(&r, &to), SS_OK, "it would be accepted");
	for (size_t bit = 0; bit < 8 * r.len; bit++) {
		enum ss_err err;

		bad = r;
		bad.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		err = take(&bad, &to);
		refused += ss_err_exit(err) == 1;
		/* the wrapped key: whatever it says, one answer */
		if (family == &ss_wrap_rsa && bit >= 8 * 86 &&
		    bit < 8 * (86 + 256) && err != SS_ERR_AUTH)
			refused = 0;
	}
	ok(refused == 8 * r.len, "%s, mode %d: each of %zu flipped bits is "
	    "refused", family->name, auth, 8 * r.len);
	for (size_t len = 0; len < r.len; len++) {
		bad = r;
		bad.len = len;
		cuts += take(&bad, &to) == (len == SS_HEADER_BYTES ?
		    SS_ERR_FORMAT : SS_ERR_TRUNCATED);
		/* the same, with a header that says so */
		if (len <= SS_HEADER_BYTES)
			continue;
		ss_put32(bad.at + 4, (uint32_t)(len - SS_HEADER_BYTES));
		cuts += ss_err_exit(take(&bad, &to)) == 1;
	}
	ok(cuts == 2 * r.len - SS_HEADER_BYTES - 1, "cut at each byte");
	bad = r;
	bad.len = r.len + 1;
	is_err(take(&bad, &to), SS_ERR_LENGTH, "a byte behind it");
	ss_put32(bad.at + 4, (uint32_t)(bad.len - SS_HEADER_BYTES));
	is_err(take(&bad, &to), SS_ERR_LENGTH, "which the header counts");
	ss_epoch_wipe(&e);
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&to);
}

/* Who may open what. */
static void
recipients(const struct ss_wrap *family)
{
	struct ss_wrap_end from = sender(&people[ALICE], &people[BOB].pub);
	struct ss_wrap_end anon = sender(NULL, &people[BOB].pub);
	struct ss_wrap_end to = receiver(&people[BOB], &people[ALICE].pub);
	struct ss_wrap_end open = receiver(&people[BOB], NULL);
	struct ss_wrap_end eve = receiver(&people[MALLORY], &people[ALICE].pub);
	struct ss_wrap_end not_her = receiver(&people[BOB], &people[MALLORY].pub);
	struct ss_wrap_end back = receiver(&people[ALICE], &people[BOB].pub);
	struct record r, a;
	struct ss_epoch e;

	is_err(make(&r, &e, family, &from), SS_OK, "%s: from alice to bob",
	    family->name);
	is_err(make(&a, &e, family, &anon), SS_OK, "and from nobody");
	is_err(take(&r, &open), SS_ERR_PEER, "bob, told no sender");
	is_err(take(&a, &open), SS_OK, "who takes the other one");
	is_err(take(&a, &to), SS_ERR_FOREIGN, "not if told a sender");
	is_err(take(&r, &not_her), SS_ERR_FOREIGN, "told another sender");
	is_err(take(&r, &eve), SS_ERR_FOREIGN, "eve");
	is_err(take(&r, &back), SS_ERR_FOREIGN, "alice, whose own it is");
	memcpy(r.at + 20, r.at + 12, 8); /* with her id as the audience */
	is_err(take(&r, &back), SS_ERR_FOREIGN, "and redirected to her");
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&anon);
	ss_wrap_wipe(&to);
	ss_wrap_wipe(&open);
	ss_wrap_wipe(&eve);
	ss_wrap_wipe(&not_her);
	ss_wrap_wipe(&back);
	ss_epoch_wipe(&e);
}

/* Eve writes in alice's name, with her own secrets. */
static void
forged_sender(const struct ss_wrap *family)
{
	struct ss_identity liar = people[MALLORY];
	struct ss_wrap_end from, to = receiver(&people[BOB],
	    &people[ALICE].pub);
	struct record r;
	struct ss_epoch e;

	liar.pub = people[ALICE].pub;
	from = sender(&liar, &people[BOB].pub);
	is_err(make(&r, &e, family, &from), SS_OK, "%s: eve as alice",
	    family->name);
	is_err(take(&r, &to), SS_ERR_AUTH, "bob does not believe it");
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&to);
	ss_epoch_wipe(&e);
}

/* A record with another MAC that fits the epoch: its sender's own choice. */
static void
mac_again(struct record *r, const struct ss_epoch *e)
{
	ss_put32(r->at + 4, (uint32_t)(r->len - SS_HEADER_BYTES));
	ss_hmac(r->at + r->len - 32, r->at, r->len - 32, e->mac_key, 32);
}

/* Fields that cannot be, in records whose MAC is right. */
static void
odd_fields(const struct ss_wrap *family)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum ss_err want;
		const char *what;
	} odd[] = {
		{ 9, 7, SS_ERR_FORMAT, "an AEAD that is none" },
		{ 10, 1, SS_ERR_FORMAT, "a mode that is none" },
		{ 10, 2, SS_ERR_FORMAT, "auth without a sender" },
		{ 11, 2, SS_ERR_FORMAT, "an unknown flag" },
		{ 12, 1, SS_ERR_FORMAT, "base with a sender" },
		{ 20, 0xff, SS_ERR_FOREIGN, "another audience" },
		{ 28, 1, SS_ERR_CHAIN, "it goes on with another epoch" },
		{ 8, SS_GROUP, SS_ERR_FORMAT, "a family without layout" },
		{ 3, SS_INTRODUCER | SS_TYPE_LAB, SS_ERR_LAB, "LAB" },
		{ 3, SS_DATA, SS_ERR_ORDER, "a data record" },
		{ 2, 2, SS_ERR_VERSION, "another version" },
	};
	struct ss_wrap_end from = sender(NULL, &people[BOB].pub);
	struct ss_wrap_end to = receiver(&people[BOB], NULL);
	struct record r, bad;
	struct ss_epoch e;

	is_err(make(&r, &e, family, &from), SS_OK, "%s: a record",
	    family->name);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		bad = r;
		bad.at[odd[i].at] = odd[i].value;
		if (odd[i].want == SS_ERR_FOREIGN)
			bad.at[20] = (uint8_t)~r.at[20];
		mac_again(&bad, &e);
		is_err(take(&bad, &to), odd[i].want, "%s", odd[i].what);
	}
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&to);
	ss_epoch_wipe(&e);
}

static void
low_order(void)
{
	struct ss_wrap_end from = sender(NULL, &people[BOB].pub);
	struct ss_wrap_end to = receiver(&people[BOB], NULL);
	struct ss_public weak = people[BOB].pub;
	struct record r;
	struct ss_epoch e;
	int good = 0, told = 0;

	is_err(make(&r, &e, &ss_wrap_hpke, &from), SS_OK, "a record");
	for (int i = 0; i < 14; i++) {
		low_order_point(r.at + 84, i);
		good += take(&r, &to) == SS_ERR_LOWORDER;
		low_order_point(weak.x, i);
		from.peer = &weak;
		told += ss_wrap_hpke.check(&from) != NULL &&
		    make(&r, &e, &ss_wrap_hpke, &from) == SS_ERR_LOWORDER;
		from.peer = &people[BOB].pub;
		if (make(&r, &e, &ss_wrap_hpke, &from) != SS_OK)
			good = -1;
	}
	ok(good == 14, "hpke: 14 low-order points as enc");
	ok(told == 14, "and as the recipient's key");
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&to);
	ss_epoch_wipe(&e);
}

/* Numbers in the place of the wrapped key: one answer and one price. */
static void
oracle(void)
{
	struct ss_wrap_end from = sender(NULL, &people[BOB].pub);
	struct ss_wrap_end to = receiver(&people[BOB], NULL);
	size_t len = people[BOB].pub.rsa.len;
	struct record r, bad;
	struct ss_epoch e;
	int good = 0, paid = 0, n = 0;

	is_err(make(&r, &e, &ss_wrap_rsa, &from), SS_OK, "a record");
	for (int kind = 0; kind < 6; kind++) {
		uint8_t *at;

		bad = r;
		at = bad.at + 86;
		switch (kind) {
		case 0: memset(at, 0, len); break;
		case 1: memset(at, 0, len); at[len - 1] = 1; break;
		case 2: memset(at, 0xff, len); break; /* above the modulus */
		case 3: memcpy(at, people[BOB].pub.rsa.n, len); break;
		case 4: randombytes_buf(at, len); at[0] = 0; break;
		case 5: at[len - 1] ^= 1; break;
		}
		ops[SS_OP_RSA] = 0;
		good += take(&bad, &to) == SS_ERR_AUTH;
		paid += ops[SS_OP_RSA] == 1;
		n++;
	}
	ok(good == n, "rsa: %d kinds of wrong number, one error", n);
	ok(paid == n, "and each costs one operation with the key");
	/* a ciphertext that is one, under another label: for other people */
	is_err(ss_rsa_wrap(bad.at + 86, e.key, (const uint8_t *)"x", 1, e.key,
		&from.rsa), SS_OK, "another label");
	is_err(take(&bad, &to), SS_ERR_AUTH, "is the same error");
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&to);
	ss_epoch_wipe(&e);
}

/* The record with len bytes of wrapped key and siglen of signature. */
static void
resize(struct record *out, const struct record *in, size_t len, size_t siglen)
{
	size_t had = (size_t)ss_bytes_get(in->at + 84, 2);
	const uint8_t *tail = in->at + in->len - 48;
	struct ss_buf b = { out->at, 0, sizeof(out->at), 0 };
	uint8_t zeros[SS_RSA_BYTES_MAX] = { 0 };

	ss_buf_put(&b, in->at, 84);
	ss_buf_int(&b, len, 2);
	ss_buf_put(&b, in->at + 86, len < had ? len : had);
	if (len > had)
		ss_buf_put(&b, zeros, len - had);
	ss_buf_int(&b, siglen, 2);
	ss_buf_put(&b, zeros, siglen);
	ss_buf_put(&b, tail, 48);
	out->len = b.len;
}

static void
rsa_lengths(void)
{
	static const size_t lens[] = { 0, 1, 128, 255, 257, 384, 512 };
	struct ss_wrap_end from = sender(NULL, &people[BOB].pub), rsaless;
	struct ss_wrap_end to = receiver(&people[BOB], NULL);
	struct ss_identity plain = people[BOB];
	struct record r, bad;
	struct ss_epoch e;

	is_err(make(&r, &e, &ss_wrap_rsa, &from), SS_OK, "a record");
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		resize(&bad, &r, lens[i], 0);
		mac_again(&bad, &e);
		is_err(take(&bad, &to), SS_ERR_LENGTH,
		    "a wrapped key of %zu bytes", lens[i]);
	}
	resize(&bad, &r, 256, 0);
	mac_again(&bad, &e);
	is_err(take(&bad, &to), SS_OK, "256 are right");
	for (size_t n = 1; n <= 65; n += 32) {
		resize(&bad, &r, 256, n);
		mac_again(&bad, &e);
		is_err(take(&bad, &to), SS_ERR_FORMAT,
		    "a signature of %zu bytes in the mode base", n);
	}
	/* somebody without an RSA key has another fingerprint too */
	memset(&plain.pub.rsa, 0, sizeof(plain.pub.rsa));
	rsaless = receiver(&plain, NULL);
	is_err(take(&r, &rsaless), SS_ERR_FOREIGN, "no RSA key");
	from.peer = &plain.pub;
	ok(ss_wrap_rsa.check(&from) != NULL, "a sender is told");
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&to);
	ss_wrap_wipe(&rsaless);
	ss_epoch_wipe(&e);
}

/* Eve puts her signature, or none, on what alice wrapped and signed. */
static void
signatures(void)
{
	struct ss_wrap_end from = sender(&people[ALICE], &people[BOB].pub);
	struct ss_wrap_end eves = sender(&people[MALLORY], &people[BOB].pub);
	struct ss_wrap_end to = receiver(&people[BOB], &people[ALICE].pub);
	struct ss_wrap_end by_eve = receiver(&people[BOB], &people[MALLORY].pub);
	struct record r, other, bad;
	struct ss_epoch e;
	size_t sig;

	is_err(make(&r, &e, &ss_wrap_rsa, &from), SS_OK, "signed by alice");
	is_err(make(&other, &e, &ss_wrap_rsa, &from), SS_OK, "and another");
	sig = r.len - 48 - 64;
	bad = r;
	memcpy(bad.at + sig, other.at + sig, 64);
	is_err(take(&bad, &to), SS_ERR_AUTH, "her signature of another one");
	ops[SS_OP_RSA] = 0;
	memset(bad.at + sig, 0, 64);
	is_err(take(&bad, &to), SS_ERR_AUTH, "none");
	ok(ops[SS_OP_RSA] == 0, "and the RSA key was not asked");
	resize(&bad, &r, 256, 0);
	mac_again(&bad, &e);
	is_err(take(&bad, &to), SS_ERR_FORMAT, "taken away");

	/* eve knows the wrapped key if she wrapped it; then it is hers */
	is_err(make(&other, &e, &ss_wrap_rsa, &eves), SS_OK, "signed by eve");
	is_err(take(&other, &by_eve), SS_OK, "is eve's");
	memcpy(other.at + 12, r.at + 12, 8);
	mac_again(&other, &e);
	is_err(take(&other, &to), SS_ERR_AUTH, "and not alice's");
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&eves);
	ss_wrap_wipe(&to);
	ss_wrap_wipe(&by_eve);
	ss_epoch_wipe(&e);
}

/* The profile enters everything: its bit alone opens no door. */
static void
lab(const struct ss_wrap *family)
{
	const struct ss_lab *one = ss_lab_find("rsa-pkcs1");
	const struct ss_lab *two = ss_lab_find(SS_LAB_SEEDED);
	struct ss_wrap_end from = sender(NULL, &people[BOB].pub);
	struct ss_wrap_end to = receiver(&people[BOB], NULL);
	struct record r;
	struct ss_epoch e;
	enum ss_err err;

	from.lab = to.lab = one;
	is_err(make(&r, &e, family, &from), SS_OK, "%s in the lab",
	    family->name);
	ok(r.at[3] & SS_TYPE_LAB, "has the LAB bit");
	is_err(take(&r, &to), SS_OK, "opens there");
	to.lab = two;
	err = take(&r, &to);
	is_err(err, SS_ERR_AUTH, "not on another profile");
	to.lab = NULL;
	is_err(take(&r, &to), SS_ERR_LAB, "nor outside");
	r.at[3] &= 0x7f;
	is_err(take(&r, &to), SS_ERR_AUTH, "nor without the bit");
	to.lab = one;
	is_err(take(&r, &to), SS_ERR_SUITE, "which the lab asks for");
	ss_wrap_wipe(&from);
	ss_wrap_wipe(&to);
	ss_epoch_wipe(&e);
}

/* The first half of the randomness is the key; the other half is for OAEP, and
 * says nothing about it. */
static void
draws(void)
{
	struct ss_wrap_end from = sender(NULL, &people[BOB].pub);
	struct ss_epoch_context c = { .family = SS_WRAP_RSA,
		.aead = SS_CHACHAPOLY, .profile = "" };
	uint8_t entropy[SS_WRAP_ENTROPY], secret[32];
	struct ss_introducer i;

	randombytes_buf(entropy, sizeof(entropy));
	is_err(ss_wrap_rsa.make(secret, &i, &c, entropy, &from), SS_OK,
	    "a key is wrapped");
	is_bytes(secret, entropy, 32, "it is the first half of the draw");
	ss_wrap_wipe(&from);
}

int
main(void)
{
	if (sodium_init() < 0 || !people_make())
		return 255;
	for (int i = 0; i < PEOPLE; i++)
		xrsa_make(&people[i], 2048);
	for (const struct ss_wrap *const *w = ss_wraps; *w; w++) {
		for (int auth = 0; auth < 2; auth++) {
			round_trip(*w, auth, SS_CHACHAPOLY);
			round_trip(*w, auth, SS_AESGCM);
			tamper(*w, auth);
		}
		recipients(*w);
		forged_sender(*w);
		odd_fields(*w);
		lab(*w);
	}
	low_order();
	oracle();
	rsa_lengths();
	draws();
	signatures();
	ss_wrap_wipe(NULL);
	ok(ss_wrap_find("rot13") == NULL && ss_wrap_of(SS_RATCHET) == NULL,
	    "other families are none");
	return done_testing();
}
