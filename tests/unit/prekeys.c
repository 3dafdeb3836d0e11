/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/dh.h"
#include "../../lib/proto/prekeys.h"
#include "tap.h"
#include <sodium.h>

/* Prekeys and bundles as such, and their files. */
#define NOW UINT64_C(1800000000)
#define DAY UINT64_C(86400)

static struct ss_identity bob, mallory;
static struct ss_prekeys p, q;
static struct ss_bundle b, c;
static char text[SS_PREKEYS_TEXT_MAX], again[SS_PREKEYS_TEXT_MAX];

static void
seeded(uint8_t seed[32], uint8_t with)
{
	memset(seed, with, 32);
}

static void
make(int ones)
{
	uint8_t seed[32];

	ss_prekeys_init(&p, &bob.pub);
	seeded(seed, 1);
	is_err(ss_prekeys_rotate(&p, &bob, seed, NOW, 30 * DAY, 14 * DAY, ""),
	    SS_OK, "a signed prekey");
	for (int i = 0; i < ones; i++) {
		seeded(seed, (uint8_t)(10 + i));
		if (ss_prekeys_add(&p, seed) != SS_OK)
			ok(0, "one-time prekey %d", i);
	}
}

/* 1 if these 32 bytes are anywhere in it */
static int
holds(const void *in, size_t len, uint8_t with)
{
	uint8_t want[32];

	seeded(want, with);
	for (size_t i = 0; i + 32 <= len; i++)
		if (memcmp((const uint8_t *)in + i, want, 32) == 0)
			return 1;
	return 0;
}

static void
ids(void)
{
	uint8_t seed[32] = { 7 };
	struct ss_prekey_use use = { 1, 2, { 9 } };
	enum ss_err e = SS_OK;

	make(3);
	ok(p.spk[0].id == 1 && p.spk[0].expires == NOW + 30 * DAY &&
	    p.spk[0].until == NOW + 44 * DAY, "first id, its end, its grace");
	ok(p.one_time[0].id == 1 && p.one_time[2].id == 3, "ids from 1");
	ok(!ss_prekeys_seen(&p, &use) && holds(&p, sizeof(p), 11), "not yet");
	is_err(ss_prekeys_take(&p, &use, NULL), SS_OK, "taken");
	ok(ss_prekeys_seen(&p, &use) && !ss_prekeys_one_time(&p, 2) &&
	    ss_prekeys_one_time(&p, 3) && p.n == 2, "gone, and remembered");
	ok(!holds(&p, sizeof(p), 11), "its secret is nowhere");
	is_err(ss_prekeys_add(&p, seed), SS_OK, "another one");
	ok(p.one_time[2].id == 4, "no id is used twice");
	while (e == SS_OK)
		e = ss_prekeys_add(&p, seed);
	is_err(e, SS_ERR_LENGTH, "as many as there may be");
	ok(p.n == SS_ONE_TIME_MAX, "that is %d", SS_ONE_TIME_MAX);
	p.n--;
	p.next_one_time = UINT32_MAX;
	is_err(ss_prekeys_add(&p, seed), SS_ERR_SPENT, "no more ids");
	p.next_signed = UINT32_MAX;
	is_err(ss_prekeys_rotate(&p, &bob, seed, NOW, DAY, DAY, ""),
	    SS_ERR_SPENT, "nor for signed ones");
	p.next_signed = 2;
	is_err(ss_prekeys_rotate(&p, &bob, seed, NOW,
		   SS_PREKEY_TIME_MAX - NOW - DAY + 1, DAY, ""),
	    SS_ERR_LENGTH, "beyond the year 9999");
	is_err(ss_prekeys_rotate(&p, &bob, seed, NOW, UINT64_MAX, DAY, ""),
	    SS_ERR_LENGTH, "a lifetime without end");
	is_err(ss_prekeys_rotate(&p, &bob, seed, NOW, DAY, UINT64_MAX, ""),
	    SS_ERR_LENGTH, "a grace time without end");
	ok(p.nspk == 1 && p.next_signed == 2, "and nothing is changed");
	is_err(ss_prekeys_rotate(&p, &mallory, seed, NOW, DAY, DAY, ""),
	    SS_ERR_FOREIGN, "only the owner signs");
	p.nseen = SS_PREKEYS_SEEN_MAX;
	is_err(ss_prekeys_take(&p, &use, NULL), SS_ERR_LENGTH, "no room");
}

static void
rotation(void)
{
	struct ss_prekey_use use[2] = { { 1, 0, { 1 } }, { 2, 0, { 2 } } };
	uint8_t seed[32];

	make(0);
	seeded(seed, 2);
	is_err(ss_prekeys_rotate(&p, &bob, seed, NOW + DAY, 30 * DAY,
		   2 * DAY, ""), SS_OK, "rotated");
	ok(p.nspk == 2 && p.spk[0].until == NOW + 3 * DAY &&
	    p.spk[1].until == NOW + 33 * DAY, "both, the old one in grace");
	is_err(ss_bundle_of(&b, &p, NOW), SS_OK, "the bundle");
	ok(b.id == 2, "has the new one");
	(void)!ss_prekeys_take(&p, &use[0], NULL);
	(void)!ss_prekeys_take(&p, &use[1], NULL);
	ok(ss_prekeys_signed(&p, 1, NOW + 3 * DAY) != NULL, "still there");
	ok(ss_prekeys_signed(&p, 1, NOW + 3 * DAY + 1) == NULL,
	    "not to be used, even if nobody has erased it");
	ok(ss_prekeys_purge(&p, NOW + 3 * DAY) == 0, "nothing to erase");
	ok(ss_prekeys_purge(&p, NOW + 3 * DAY + 1) == 1, "erased");
	ok(p.nspk == 1 && p.nseen == 1 && ss_prekeys_seen(&p, &use[1]) &&
	    !holds(&p, sizeof(p), 1) && holds(&p, sizeof(p), 2),
	    "with what was remembered for it, and nothing else");
	ok(ss_prekeys_purge(&p, NOW + 99 * DAY) == 1 && p.nspk == 0 &&
	    !holds(&p, sizeof(p), 2), "all are past their time, and gone");
	is_err(ss_bundle_of(&b, &p, NOW), SS_ERR_SPENT, "no bundle");
	for (int i = 0; i < SS_PREKEYS_SIGNED_MAX + 1; i++) {
		seeded(seed, (uint8_t)(100 + i));
		(void)!ss_prekeys_rotate(&p, &bob, seed, NOW, DAY, DAY, "");
	}
	ok(p.nspk == SS_PREKEYS_SIGNED_MAX && !holds(&p, sizeof(p), 100) &&
	    holds(&p, sizeof(p), 101), "too many: the oldest goes early");
	/* a grace time never makes a life longer */
	make(0);
	seeded(seed, 2);
	(void)!ss_prekeys_rotate(
	    &p, &bob, seed, NOW + 40 * DAY, DAY, 90 * DAY, "");
	ok(p.spk[0].until == NOW + 44 * DAY, "its first end stays");
}

static void
bundles(void)
{
	const char *why = NULL;
	uint8_t pub[32];

	make(3);
	is_err(ss_bundle_of(&b, &p, NOW + 30 * DAY), SS_OK, "a bundle");
	ss_dh_public(pub, p.one_time[1].sec);
	ok(b.n == 3 && memcmp(b.one_time[1].pub, pub, 32) == 0,
	    "of public keys");
	ok(!holds(&b, sizeof(b), 1) && !holds(&b, sizeof(b), 11),
	    "and no secret");
	is_err(ss_bundle_check(&b, &bob.pub, NOW, "", &why, NULL), SS_OK,
	    "holds");
	ok(!why, "and there is no why");
	is_err(ss_bundle_of(&c, &p, NOW + 30 * DAY + 1), SS_ERR_SPENT,
	    "not of an expired one");
	is_err(ss_bundle_of(&b, &p, NOW), SS_OK, "again");
	is_err(ss_bundle_one(&b, 0), SS_OK, "with one");
	ok(b.n == 1 && b.one_time[0].id == 1, "the first");
	(void)!ss_bundle_of(&b, &p, NOW);
	is_err(ss_bundle_one(&b, 3), SS_OK, "a certain one");
	ok(b.n == 1 && b.one_time[0].id == 3, "that one");
	is_err(ss_bundle_one(&b, 2), SS_ERR_SPENT, "one that is not there");
	make(0);
	(void)!ss_bundle_of(&b, &p, NOW);
	is_err(ss_bundle_one(&b, 0), SS_ERR_SPENT, "none left");
}

/* A text read, and written again. */
static int
same_again(size_t len)
{
	size_t n;

	return ss_prekeys_get_text(&q, text, len) == SS_OK &&
	    ss_prekeys_put_text(again, sizeof(again), &n, &q) == SS_OK &&
	    n == len && memcmp(text, again, n) == 0;
}

/* What is read from it is what would be written of it. */
static int
steady(size_t len)
{
	static struct ss_prekeys r;
	size_t n;

	return ss_prekeys_get_text(&q, text, len) == SS_OK &&
	    ss_prekeys_put_text(again, sizeof(again), &n, &q) == SS_OK &&
	    ss_prekeys_get_text(&r, again, n) == SS_OK &&
	    memcmp(&q, &r, sizeof(q)) == 0;
}

static void
files(void)
{
	struct ss_prekey_use use = { 1, 2, { 9 } };
	uint8_t seed[32];
	size_t len, n, cut = 0, bits = 0, odd = 0;

	make(3);
	seeded(seed, 2);
	(void)!ss_prekeys_rotate(&p, &bob, seed, NOW + DAY, DAY, DAY, "");
	(void)!ss_prekeys_take(&p, &use, NULL);
	is_err(ss_prekeys_put_text(text, sizeof(text), &len, &p), SS_OK,
	    "written");
	ok(same_again(len) && memcmp(&p, &q, sizeof(p)) == 0, "and read");
	for (size_t i = 0; i < len; i++) {
		enum ss_err e = ss_prekeys_get_text(&q, text, i);

		cut += (e == SS_ERR_TRUNCATED || e == SS_ERR_EMPTY ||
		    e == SS_ERR_FORMAT) &&
		    sodium_is_zero((uint8_t *)&q, sizeof(q));
	}
	ok(cut == len, "cut anywhere: refused, nothing kept");
	for (size_t i = 0; i < len * 8; i++) {
		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
		if (ss_prekeys_get_text(&q, text, len) != SS_OK)
			bits++;
		else
			odd += !steady(len);
		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
	}
	ok(bits > len && odd == 0, "a bit changed: refused, or a file as good");
	is_err(ss_prekeys_put_text(again, len - 1, &n, &p), SS_ERR_LENGTH,
	    "no room");
	is_err(ss_bundle_get_text(&b, text, len), SS_ERR_HALF,
	    "prekeys where a bundle should be");
	ok(sodium_is_zero((uint8_t *)&b, sizeof(b)), "and nothing of them");

	(void)!ss_bundle_of(&b, &p, NOW);
	is_err(ss_bundle_put_text(text, sizeof(text), &len, &b), SS_OK,
	    "a bundle written");
	is_err(ss_bundle_get_text(&c, text, len), SS_OK, "and read");
	ok(memcmp(&b, &c, sizeof(b)) == 0, "the same");
	is_err(ss_prekeys_get_text(&q, text, len), SS_ERR_HALF,
	    "a bundle where prekeys should be");
	text[21] = '2';
	is_err(ss_bundle_get_text(&c, text, len), SS_ERR_VERSION,
	    "of another version");
	text[21] = '1';
	is_err(ss_bundle_get_text(&c, text, 0), SS_ERR_EMPTY, "empty");
	for (size_t i = 1, good = 0; i < len; i++) {
		good += ss_bundle_get_text(&c, text, i) != SS_OK;
		if (i == len - 1)
			ok(good == i, "a bundle cut anywhere");
	}
	is_err(ss_bundle_get_text(&c, text, len), SS_OK, "and whole");
	memcpy(text + len, "x: y\n", 5);
	is_err(ss_bundle_get_text(&c, text, len + 5), SS_ERR_FORMAT,
	    "and with more behind its end");
}

/* Lines that no program of ours writes. */
static void
lines(void)
{
	static const char *const wrong[] = {
		"signed: 1 5 5 H H2\n",                   /* no next */
		"next: 2 4\nnext: 2 4\n",                 /* twice */
		"next: 0 4\n", "next: 2 0\n", "next: 2\n", "next: 2 4 5\n",
		"next: 2 4\nsigned: 2 5 5 H H2\n",        /* id too high */
		"next: 9 4\nsigned: 2 5 5 H H2\nsigned: 2 5 5 H H2\n",
		"next: 9 4\nsigned: 2 5 5 H H2\nsigned: 1 5 5 H H2\n",
		"next: 9 4\nsigned: 2 5 5 H\n",
		"next: 9 4\nsigned: 2 5 253402300800 H H2\n",
		"next: 9 4\none-time: 4 H H\n",
		"next: 9 4\none-time: 3 H H\none-time: 2 H H\n",
		"next: 9 4\none-time: 3 H H\nsigned: 2 5 5 H H2\n",
		"next: 9 4\nseen: 0 0 H\n", "next: 9 4\nseen: 1 H\n",
		"next: 9 4\nseen: 1 0 H\none-time: 3 H H\n",
		"next: 9 4\none-time: 3 H\n",
		"next: 9 4\nhello: world\n",
	};
	char pub[SS_PUBLIC_TEXT_MAX + 1], hex[129];
	size_t refused = 0, n = sizeof(wrong) / sizeof(wrong[0]);

	memset(hex, 'a', 128);
	hex[128] = '\0';
	ss_public_put_text(pub, &bob.pub);
	for (size_t i = 0; i <= n; i++) {
		struct ss_buf t = { (uint8_t *)text, 0, sizeof(text), 0 };
		const char *w = i < n ? wrong[i] :
		    "next: 9 4\nsigned: 2 5 5 H H2\none-time: 3 H H\n"
		    "seen: 2 0 H\n";

		ss_buf_str(&t, "secretsocket-prekeys: 1\npublic: ");
		ss_buf_str(&t, pub);
		ss_buf_str(&t, "\n");
		for (; *w; w++) {
			int two = *w == 'H' && w[1] == '2';

			if (*w == 'H')
				ss_buf_put(&t, hex, two ? 128 : 64);
			else
				ss_buf_put(&t, w, 1);
			w += two;
		}
		ss_buf_str(&t, "end: secretsocket-prekeys\n");
		if (i < n)
			refused += ss_prekeys_get_text(&q, text, t.len) ==
			    SS_ERR_FORMAT;
		else
			is_err(ss_prekeys_get_text(&q, text, t.len), SS_OK,
			    "and this is how it should be");
	}
	ok(refused == n, "%zu of %zu wrong files are refused", refused, n);
}

/* As much as a file can hold fits into what is kept for its text. */
static void
largest(void)
{
	size_t len;

	ss_prekeys_init(&p, &bob.pub);
	memset(p.owner.name, 'n', SS_NAME_MAX);
	p.next_signed = p.next_one_time = UINT32_MAX;
	for (p.nspk = 0; p.nspk < SS_PREKEYS_SIGNED_MAX; p.nspk++) {
		struct ss_signed_prekey *s = &p.spk[p.nspk];

		s->id = UINT32_MAX - 100 + (uint32_t)p.nspk;
		s->expires = s->until = SS_PREKEY_TIME_MAX;
		ss_dh_public(s->pub, s->sec);
	}
	for (p.n = 0; p.n < SS_ONE_TIME_MAX; p.n++)
		p.one_time[p.n].id = UINT32_MAX - 2000 + (uint32_t)p.n;
	for (p.nseen = 0; p.nseen < SS_PREKEYS_SEEN_MAX; p.nseen++) {
		p.seen[p.nseen].signed_id = UINT32_MAX - 1;
		p.seen[p.nseen].one_time_id = UINT32_MAX - 1;
	}
	is_err(ss_prekeys_put_text(text, sizeof(text), &len, &p), SS_OK,
	    "the largest file");
	ok(same_again(len) && memcmp(&p, &q, sizeof(p)) == 0, "and back");
	(void)!ss_bundle_of(&b, &p, NOW);
	is_err(ss_bundle_put_text(text, SS_BUNDLE_TEXT_MAX, &len, &b), SS_OK,
	    "the largest bundle");
	is_err(ss_bundle_get_text(&c, text, len), SS_OK, "and back");
}

int
main(void)
{
	uint8_t seed[64] = { 1 };

	if (sodium_init() < 0 || ss_identity_make(&bob, "bob", seed) != SS_OK)
		return 1;
	seed[0] = 2;
	if (ss_identity_make(&mallory, "mallory", seed) != SS_OK)
		return 1;
	ids();
	rotation();
	bundles();
	files();
	lines();
	largest();
	return done_testing();
}
