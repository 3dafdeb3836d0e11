/* SPDX-License-Identifier: ISC */
#include "../../lib/io/rsamake.h"
#include "../../lib/proto/identity.h"
#include "../../lib/proto/rsa.h"
#include "tap.h"
#include <sodium.h>
#include <stdlib.h>

static const struct ss_kdf cheap = { .passes = 1, .memory = 8 << 20,
	.salt = { 1 }, .nonce = { 2 } };
static struct ss_identity alice;

static void
names(void)
{
	static const char *const good[] = { "a", "0", "alice", "a.b-c_d",
		"9-" };
	static const char *const bad[] = { "", "A", "-a", ".a", "_a", "a b",
		"a:b", "a/b", "a\n", "\xc3\xa9", "a\x1b" };
	struct ss_identity id;
	uint8_t seed[64] = { 0 };
	char longest[65];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		is_err(ss_identity_make(&id, good[i], seed), SS_OK,
		    "name '%s'", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_err(ss_identity_make(&id, bad[i], seed), SS_ERR_FORMAT,
		    "bad name %zu", i);
	ok(!ss_name_ok("a\0b", 3), "a zero inside");
	memset(longest, 'a', sizeof(longest));
	ok(ss_name_ok(longest, 64), "64 characters");
	ok(!ss_name_ok(longest, 65), "65 characters");
}

static int
same_public(const struct ss_public *a, const struct ss_public *b)
{
	return strcmp(a->name, b->name) == 0 && memcmp(a->ed, b->ed, 32) == 0
	    && memcmp(a->x, b->x, 32) == 0;
}

static void
fingerprints(void)
{
	/* SHA-256 and SHA-512 by the formulas of the specification */
	static const char label[] = "SecretSocket-v1 fingerprint";
	uint8_t in[sizeof(label) - 1 + 64], want[32], got[32], wide[64];
	char text[SS_FINGERPRINT_TEXT], group[8];
	struct ss_public other = alice.pub;
	int wrong = 0;

	memcpy(in, label, sizeof(label) - 1);
	memcpy(in + sizeof(label) - 1, alice.pub.ed, 32);
	memcpy(in + sizeof(label) - 1 + 32, alice.pub.x, 32);
	crypto_hash_sha256(want, in, sizeof(in));
	ss_public_fingerprint(got, &alice.pub);
	is_bytes(got, want, 32, "fingerprint = SHA-256(label, ed, x)");

	ss_fingerprint_text(text, got);
	crypto_hash_sha512(wide, got, 32);
	ok(strlen(text) == 71, "12 groups of 5 digits");
	for (int i = 0; i < 12; i++) {
		uint64_t v = 0;

		for (int k = 0; k < 5; k++)
			v = v << 8 | wide[5 * i + k];
		snprintf(group, sizeof(group), "%05u%s",
		    (unsigned)(v % 100000), i < 11 ? " " : "");
		wrong += memcmp(text + 6 * i, group, strlen(group)) != 0;
	}
	ok(wrong == 0, "each group is 5 bytes modulo 100,000");

	strcpy(other.name, "mallory");
	ss_public_fingerprint(want, &other);
	is_bytes(want, got, 32, "the name is no part of it");
	other.x[31] ^= 1;
	ss_public_fingerprint(want, &other);
	ok(memcmp(want, got, 32) != 0, "the X25519 key is");
}

static void
public_text(void)
{
	char text[SS_PUBLIC_TEXT_MAX + 1], flipped[256];
	char padded[2 * SS_PUBLIC_TEXT_MAX + 2];
	struct ss_public pub;
	size_t len;
	int taken = 0;

	ss_public_put_text(text, &alice.pub);
	len = strlen(text);
	ok(len <= 200, "at most 200 characters");
	is_err(ss_public_get_text(&pub, text, len), SS_OK, "there and back");
	ok(same_public(&pub, &alice.pub), "the same key");
	snprintf(padded, sizeof(padded), " \t%s\r\n\n", text);
	is_err(ss_public_get_text(&pub, padded, strlen(padded)), SS_OK,
	    "white space around it");

	for (size_t i = 0; i < len * 8; i++) {
		enum ss_err e;

		memcpy(flipped, text, len);
		flipped[i / 8] = (char)(flipped[i / 8] ^ 1 << i % 8);
		e = ss_public_get_text(&pub, flipped, len);
		if (e == SS_OK || (e != SS_ERR_KEY && e != SS_ERR_VERSION))
			printf("# bit %zu: %d\n", i, e), taken++;
	}
	ok(taken == 0, "each flipped bit is refused (%zu of them)", len * 8);
	taken = 0;
	for (size_t cut = 1; cut < len; cut++)
		taken += ss_public_get_text(&pub, text, cut) != SS_ERR_KEY;
	ok(taken == 0, "cut anywhere it is refused");
	ok(pub.name[0] == '\0' && sodium_is_zero(pub.ed, 32),
	    "and nothing is left behind");

	is_err(ss_public_get_text(&pub, "", 0), SS_ERR_EMPTY, "empty");
	is_err(ss_public_get_text(&pub, " \n", 2), SS_ERR_EMPTY, "blank");
	is_err(ss_public_get_text(&pub, "ss-pub-v2:a:AAAA", 16),
	    SS_ERR_VERSION, "a later version");
	is_err(ss_public_get_text(&pub, "secretsocket-key: 1\n", 20),
	    SS_ERR_HALF, "a key file");
	is_err(ss_public_get_text(&pub, "ssh-ed25519 AAAA", 16), SS_ERR_KEY,
	    "something else");
	snprintf(padded, sizeof(padded), "%s %s", text, text);
	is_err(ss_public_get_text(&pub, padded, strlen(padded)), SS_ERR_KEY,
	    "two keys");
}

static void
public_longest(void)
{
	struct ss_identity id;
	uint8_t seed[64] = { 9 };
	char name[SS_NAME_MAX + 1], text[SS_PUBLIC_TEXT_MAX + 1];

	memset(name, 'z', SS_NAME_MAX);
	name[SS_NAME_MAX] = '\0';
	is_err(ss_identity_make(&id, name, seed), SS_OK, "longest name");
	ss_public_put_text(text, &id.pub);
	ok(strlen(text) == SS_PUBLIC_TEXT_SMALL, "longest line without RSA");
	is_err(ss_public_get_text(&id.pub, text, strlen(text)), SS_OK,
	    "there and back");
}

static void
public_binary(void)
{
	uint8_t bytes[SS_PUBLIC_BYTES_MAX + 1];
	struct ss_buf b = { .at = bytes, .max = sizeof(bytes) };
	struct ss_public pub;
	int taken = 0;

	ss_public_put(&b, &alice.pub);
	ok(b.len == 1 + 5 + 64 && !b.over, "its length");
	is_err(ss_public_get(&pub, bytes, b.len), SS_OK, "there and back");
	ok(same_public(&pub, &alice.pub), "the same key");
	for (size_t cut = 0; cut < b.len; cut++)
		taken += ss_public_get(&pub, bytes, cut) != SS_ERR_FORMAT;
	ok(taken == 0, "cut anywhere it is refused");
	is_err(ss_public_get(&pub, bytes, b.len + 1), SS_ERR_FORMAT,
	    "a byte more");
	bytes[1] = 'A';
	is_err(ss_public_get(&pub, bytes, b.len), SS_ERR_FORMAT, "bad name");
	bytes[0] = 0;
	is_err(ss_public_get(&pub, bytes, 65), SS_ERR_FORMAT, "no name");
}

static struct ss_identity rsa; /* one with an RSA key */

static void
public_rsa(void)
{
	char text[SS_PUBLIC_TEXT_MAX + 1], flipped[SS_PUBLIC_TEXT_MAX + 1];
	uint8_t bytes[SS_PUBLIC_BYTES_MAX], fp[32], without[32];
	struct ss_buf b = { .at = bytes, .max = sizeof(bytes) };
	struct ss_public pub, other = rsa.pub;
	size_t len, taken = 0;

	ss_public_put_text(text, &rsa.pub);
	len = strlen(text);
	is_err(ss_public_get_text(&pub, text, len), SS_OK, "with RSA: read");
	is_bytes(&pub, &rsa.pub, sizeof(pub), "the same key");
	for (size_t i = 0; i < 8 * len; i++) {
		memcpy(flipped, text, len + 1);
		flipped[i / 8] = (char)(flipped[i / 8] ^ 1 << i % 8);
		taken += ss_public_get_text(&pub, flipped, len) == SS_OK;
	}
	ok(taken == 0, "each flipped bit is refused");
	ss_public_put(&b, &rsa.pub);
	is_err(ss_public_get(&pub, bytes, b.len), SS_OK, "binary form");
	is_bytes(&pub, &rsa.pub, sizeof(pub), "the same key");
	for (size_t n = 0; n < b.len; n++)
		taken += ss_public_get(&pub, bytes, n) == SS_OK &&
		    n != b.len - rsa.pub.rsa.len;
	ok(taken == 0, "cut anywhere it is refused, or another key");
	bytes[b.len - 1] ^= 1;
	is_err(ss_public_get(&pub, bytes, b.len), SS_ERR_FORMAT,
	    "an even modulus");

	ss_public_fingerprint(fp, &rsa.pub);
	memset(&other.rsa, 0, sizeof(other.rsa));
	ss_public_fingerprint(without, &other);
	ok(memcmp(fp, without, 32) != 0, "the fingerprint covers it");
	ok(!ss_public_same(&rsa.pub, &other), "and they are not the same");
	other = rsa.pub;
	other.rsa.n[other.rsa.len - 2] ^= 1;
	ok(ss_public_same(&rsa.pub, &rsa.pub) &&
	    !ss_public_same(&rsa.pub, &other), "nor with another modulus");
	for (size_t name = 1; name <= SS_NAME_MAX; name++)
		taken += ss_public_name_bytes(name + 384) != name ||
		    ss_public_name_bytes(name) != name;
	ok(taken == 0, "a name is told from a modulus behind it");
}

/* Neither half may be readable in what is left after a refusal. */
static int
wiped(const struct ss_identity *id)
{
	return sodium_is_zero((const uint8_t *)id, sizeof(*id));
}

/* every cut and every flipped bit of a key file without a passphrase */
static void
damage_clear(const char *text, size_t len)
{
	static struct ss_identity id;
	static char copy[SS_KEY_TEXT_MAX];
	int taken = 0, left = 0;

	for (size_t cut = 1; cut < len; cut++) {
		taken += ss_identity_get_text(&id, text, cut, NULL)
		    != SS_ERR_KEY;
		left += !wiped(&id);
	}
	ok(taken == 0, "cut anywhere it is damaged (%d not)", taken);
	ok(left == 0, "and nothing is left behind");
	for (size_t i = 0; i < len * 8; i++) {
		enum ss_err e;

		memcpy(copy, text, len);
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		e = ss_identity_get_text(&id, copy, len, NULL);
		left += !wiped(&id) && e != SS_OK;
		if (e == SS_OK || (e != SS_ERR_KEY && e != SS_ERR_VERSION))
			printf("# bit %zu: %d\n", i, e), taken++;
	}
	ok(taken == 0 && left == 0, "each flipped bit is refused");
	memcpy(copy, text, len);
	memcpy(copy + len, "x: y\n", 5);
	is_err(ss_identity_get_text(&id, copy, len + 5, NULL), SS_ERR_KEY,
	    "a line after the end");
}

static void
key_clear(void)
{
	static char text[SS_KEY_TEXT_MAX];
	struct ss_identity id;
	struct ss_public pub;
	int protected = 1;
	size_t len;

	is_err(ss_identity_put_text(text, &len, &alice, NULL, NULL), SS_OK,
	    "a key file");
	ok(len == strlen(text) && len < SS_KEY_TEXT_MAX, "its length");
	is_err(ss_identity_get_text(&id, text, len, NULL), SS_OK, "read");
	is_bytes(&id, &alice, sizeof(id), "the same identity");
	is_err(ss_identity_peek_text(&pub, &protected, text, len), SS_OK,
	    "its public half");
	ok(!protected && same_public(&pub, &alice.pub), "is the same");
	damage_clear(text, len);

	is_err(ss_identity_get_text(&id, "", 0, NULL), SS_ERR_EMPTY, "empty");
	is_err(ss_identity_get_text(&id, "\n \n", 3, NULL), SS_ERR_EMPTY,
	    "blank");
	ss_public_put_text(text, &alice.pub);
	is_err(ss_identity_get_text(&id, text, strlen(text), NULL),
	    SS_ERR_HALF, "the public half");
	is_err(ss_identity_get_text(&id, "secretsocket-key: 2\nmore\n", 25,
	    NULL), SS_ERR_VERSION, "a later version");
	is_err(ss_identity_get_text(&id, "root:x:0:0\n", 11, NULL),
	    SS_ERR_KEY, "something else");
}

static void
key_rsa(void)
{
	static char text[SS_KEY_TEXT_MAX];
	struct ss_identity id, mixed = rsa;
	size_t len;

	is_err(ss_identity_put_text(text, &len, &rsa, NULL, NULL), SS_OK,
	    "a key file with RSA");
	is_err(ss_identity_get_text(&id, text, len, NULL), SS_OK, "read");
	is_bytes(&id, &rsa, sizeof(id), "the same identity");
	damage_clear(text, len);
	is_err(ss_identity_put_text(text, &len, &rsa, "p", &cheap), SS_OK,
	    "a sealed one");
	is_err(ss_identity_get_text(&id, text, len, "p"), SS_OK, "read");
	is_bytes(&id, &rsa, sizeof(id), "the same identity");
	mixed.rsa.p[100] ^= 1;
	is_err(ss_identity_put_text(text, &len, &mixed, NULL, NULL), SS_OK,
	    "a file with another prime");
	is_err(ss_identity_get_text(&id, text, len, NULL), SS_ERR_KEY,
	    "is refused");
	ok(wiped(&id), "and nothing is left behind");
}

/* Exponents that do not belong to the primes: found out before their use. */
static void
exponents(void)
{
	struct ss_rsa r = { 0 };
	struct ss_rsa_secret s = rsa.rsa;

	is_err(ss_rsa_open(&r, &rsa.pub.rsa, &s), SS_OK, "the key");
	s.d[100] ^= 1;
	s.dP[100] ^= 1;
	is_err(ss_rsa_open(&r, &rsa.pub.rsa, &s), SS_ERR_KEY,
	    "other exponents");
	ok(!r.pkey && sodium_is_zero(r.reject, sizeof(r.reject)),
	    "and nothing is left behind");
	s = rsa.rsa;
	s.q[100] ^= 1;
	is_err(ss_rsa_open(&r, &rsa.pub.rsa, &s), SS_ERR_KEY, "other primes");
	ss_rsa_close(&r);
}

/* Bob's secret under Alice's name and public key. */
static void
halves(void)
{
	static char text[SS_KEY_TEXT_MAX];
	struct ss_identity mixed = alice, id;
	size_t len;

	mixed.ed_seed[0] ^= 1;
	is_err(ss_identity_put_text(text, &len, &mixed, NULL, NULL), SS_OK,
	    "a file with another Ed25519 seed");
	is_err(ss_identity_get_text(&id, text, len, NULL), SS_ERR_KEY,
	    "is refused");
	mixed = alice;
	mixed.x_sec[10] ^= 1;
	is_err(ss_identity_put_text(text, &len, &mixed, "p", &cheap), SS_OK,
	    "a sealed one with another X25519 secret");
	is_err(ss_identity_get_text(&id, text, len, "p"), SS_ERR_KEY,
	    "is refused");
	ok(wiped(&id), "and nothing is left behind");
}

static int
has(const char *text, const uint8_t *secret)
{
	char hex[65];

	sodium_bin2hex(hex, sizeof(hex), secret, 32);
	return strstr(text, hex) != NULL;
}

static void
key_sealed(void)
{
	static char text[SS_KEY_TEXT_MAX], copy[SS_KEY_TEXT_MAX];
	struct ss_identity id;
	struct ss_public pub;
	int protected = 0, taken = 0;
	size_t len;

	is_err(ss_identity_put_text(text, &len, &alice, "secret", &cheap),
	    SS_OK, "a sealed key file");
	ok(!has(text, alice.ed_seed) && !has(text, alice.x_sec),
	    "shows no secret");
	is_err(ss_identity_get_text(&id, text, len, "secret"), SS_OK, "read");
	is_bytes(&id, &alice, sizeof(id), "the same identity");
	is_err(ss_identity_get_text(&id, text, len, "Secret"),
	    SS_ERR_PASSPHRASE, "another passphrase");
	ok(wiped(&id), "and nothing is left behind");
	is_err(ss_identity_get_text(&id, text, len, NULL), SS_ERR_PASSPHRASE,
	    "none");
	is_err(ss_identity_peek_text(&pub, &protected, text, len), SS_OK,
	    "the public half needs none");
	ok(protected && same_public(&pub, &alice.pub), "is the same");
	for (size_t cut = 1; cut < len; cut++)
		taken += ss_identity_get_text(&id, text, cut, "secret")
		    != SS_ERR_KEY;
	ok(taken == 0, "cut anywhere it is damaged");
	/* Argon2id takes its time: one bit of each byte */
	for (size_t i = 0; i < len; i++) {
		memcpy(copy, text, len);
		copy[i] = (char)(copy[i] ^ 1 << i % 7);
		taken += ss_identity_get_text(&id, copy, len, "secret")
		    == SS_OK;
	}
	ok(taken == 0, "a flipped bit in any byte is refused");
}

/* A sealed file with one line replaced. */
static enum ss_err
with_line(const char *key, const char *line)
{
	static char text[SS_KEY_TEXT_MAX], copy[SS_KEY_TEXT_MAX];
	struct ss_identity id;
	char *at, *end;
	size_t len;

	if (ss_identity_put_text(text, &len, &alice, "p", &cheap) != SS_OK ||
	    !(at = strstr(text, key)) || !(end = strchr(at, '\n')))
		abort();
	*at = '\0';
	snprintf(copy, sizeof(copy), "%s%s%s", text, line, end);
	return ss_identity_get_text(&id, copy, strlen(copy), "p");
}

static void
bounds(void)
{
	static const char *const bad[] = { "kdf: argon2id 0 8388608",
		"kdf: argon2id 17 8388608", "kdf: argon2id 1 8388607",
		"kdf: argon2id 1 1073741825", "kdf: argon2id 1",
		"kdf: argon2id 1 8388608 1", "kdf: scrypt 1 8388608",
		"kdf: argon2id 01 8388608", "kdf: ",
		"kdf: argon2id 4294967297 8388608",
		"kdf: argon2id 1 18446744073709551615" };

	is_err(with_line("kdf: ", "kdf: argon2id 1 8388608"), SS_OK,
	    "the line as it was");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		is_err(with_line("kdf: ", bad[i]), SS_ERR_KEY, "%s", bad[i]);
	is_err(with_line("kdf: ", "kdf: argon2id 2 8388608"),
	    SS_ERR_PASSPHRASE, "other parameters");
	is_err(with_line("name: ", "name: mallory"), SS_ERR_KEY,
	    "a name beside the public line's");
	is_err(with_line("sealed: ", "sealed: 00"), SS_ERR_KEY, "a short text");
	is_err(with_line("salt: ", "# salt"), SS_ERR_KEY, "no salt");
	is_err(with_line("salt: ", "# note\nsalt: 01000000000000000000000000"
	    "000000"), SS_ERR_PASSPHRASE, "a comment is authenticated too");
}

static void
signatures(void)
{
	static const uint8_t msg[] = "message";
	uint8_t sig[64], other[32];
	int taken = 0;

	ss_identity_sign(sig, msg, sizeof(msg), &alice);
	is_err(ss_public_verify(sig, msg, sizeof(msg), alice.pub.ed), SS_OK,
	    "a signature");
	is_err(ss_public_verify(sig, msg, sizeof(msg) - 1, alice.pub.ed),
	    SS_ERR_AUTH, "of another message");
	memcpy(other, alice.pub.x, 32);
	is_err(ss_public_verify(sig, msg, sizeof(msg), other), SS_ERR_AUTH,
	    "under another key");
	for (size_t i = 0; i < 512; i++) {
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
		taken += ss_public_verify(sig, msg, sizeof(msg), alice.pub.ed)
		    == SS_OK;
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ok(taken == 0, "with any bit flipped");
}

int
main(void)
{
	uint8_t seed[64];

	if (sodium_init() < 0)
		return 1;
	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)(i + 1);
	if (ss_identity_make(&alice, "alice", seed) != SS_OK)
		return 1;
	rsa = alice;
	xrsa_make(&rsa, 2048);
	names();
	fingerprints();
	public_text();
	public_longest();
	public_binary();
	public_rsa();
	key_clear();
	key_rsa();
	exponents();
	halves();
	key_sealed();
	bounds();
	signatures();
	return done_testing();
}
