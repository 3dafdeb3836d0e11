/* SPDX-License-Identifier: ISC */
#include "../../lib/io/rsamake.h"
#include "../../lib/proto/hash.h"
#include "../../lib/proto/hpke.h"
#include "../../lib/proto/session.h"
#include "../../lib/proto/wrap.h"
#include "../../lib/proto/x3dh.h"
#include "hsdrive.h"
#include <pthread.h>

/*
 * What is left on the stack.  Each piece of work runs on a stack of its own,
 * tells every secret that it computes (as --explain --show-secrets would),
 * and is over; then none of them may stand there.
 */
#define STACK (1 << 20)
static _Alignas(4096) uint8_t stack[STACK];

#define SECRETS 512
static struct {
	const char *what;
	uint8_t value[32];
} secrets[SECRETS];
static size_t nsecrets;

static void
note(const char *what, const uint8_t *value, size_t len)
{
	static const uint8_t F[32] = {
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255 };

	for (; len >= 32 && nsecrets < SECRETS; value += 32, len -= 32) {
		if (memcmp(value, F, 32) == 0) /* of x3dh, known to all */
			continue;
		secrets[nsecrets].what = what;
		memcpy(secrets[nsecrets++].value, value, 32);
	}
}

/* Of HPKE, for whoever computes its context once more. */
static uint8_t shared[32], info[256];
static size_t infolen;

static void
step(void *arg, const char *what, const uint8_t *value, size_t len,
    enum ss_secrecy secrecy)
{
	(void)arg;
	if (value && secrecy == SS_SECRET)
		note(what, value, len);
	if (strcmp(what, "HPKE shared secret") == 0)
		memcpy(shared, value, sizeof(shared));
	if (strcmp(what, "HPKE info") == 0)
		memcpy(info, value, infolen = len);
}

static const struct ss_trace listener = { .step = step };

static int worked; /* the work came to its end */

static void *
on_stack(void *work)
{
	/* the end of a thread writes over what was called from here: keep
	 * the work deeper */
	volatile uint8_t room[16384];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 0;
	(*(void (**)(void))work)();
	return room[0] ? work : NULL;
}

/* The secrets that are left: how many, and the first one's name. */
static size_t
left(const char **what, void (*work)(void))
{
	pthread_attr_t attr;
	pthread_t thread;
	size_t n = 0;

	memset(stack, 0, sizeof(stack));
	nsecrets = 0;
	worked = 0;
	*what = "";
	if (pthread_attr_init(&attr) != 0 ||
	    pthread_attr_setstack(&attr, stack, sizeof(stack)) != 0 ||
	    pthread_create(&thread, &attr, on_stack, &work) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return SECRETS;
	pthread_attr_destroy(&attr);
	for (size_t s = 0; s < nsecrets; s++)
		for (size_t i = 0; i + 32 <= sizeof(stack); i++)
			if (stack[i] == secrets[s].value[0] &&
			    memcmp(stack + i, secrets[s].value, 32) == 0) {
				*what = secrets[s].what;
				n++;
				break;
			}
	return n;
}

static void
nothing_left(const char *name, void (*work)(void))
{
	const char *what;
	size_t n = left(&what, work);

	ok(worked && nsecrets > 0, "%s: %zu secrets", name, nsecrets);
	ok(n == 0, "%s: none of them left%s%s", name, n ? ", but " : "",
	    what);
}

/* The test itself: what is not wiped is found. */
static void
careless(void)
{
	volatile uint8_t key[32];
	uint8_t same[32];

	for (uint8_t i = 0; i < 32; i++)
		key[i] = same[i] = (uint8_t)(3 * i + 1);
	note("a key that nobody wiped", same, 32);
	sodium_memzero(same, sizeof(same));
	worked = key[0] == 1;
}

#define NOW UINT64_C(1800000000)
static struct ss_prekeys prekeys;
static struct ss_bundle bundle;
static const char *what; /* the family */
static struct ss_agreed agreed[2];
static uint8_t entropy[32];

static enum ss_err
start(struct ss_handshake *hs, int who)
{
	static const uint8_t run[SS_RUN_BYTES] = { 1 };
	struct ss_handshake_config c = { .initiator = who == ALICE,
		.profile = "", .now = NOW, .trace = &listener,
		.self = &people[who], .peer = &people[!who].pub };
	const struct ss_family *f;

	if (ss_family_choose(&f, &c.suite, what, 0) != SS_OK)
		return SS_ERR_SUITE;
	c.mode = f->mode(c.suite);
	if (f->prekeys && who == ALICE)
		c.bundle = &bundle;
	if (f->prekeys && who == BOB)
		c.prekeys = &prekeys;
	return ss_handshake_start(hs, f, &c, run);
}

static void
handshake(void)
{
	static struct ss_handshake hs[2];
	static uint8_t msg[2048];

	if (start(&hs[0], ALICE) != SS_OK || start(&hs[1], BOB) != SS_OK)
		return;
	for (int m = 0; m < (int)hs[0].steps; m++) {
		struct ss_buf b = { msg, 0, sizeof(msg), 0 };

		memset(entropy, 40 + m, sizeof(entropy));
		note("entropy", entropy, 32);
		if (ss_handshake_write(&b, entropy, &hs[m % 2]) != SS_OK ||
		    ss_handshake_read(&hs[!(m % 2)], msg, b.len) != SS_OK)
			return;
	}
	if (ss_handshake_finish(&agreed[0], &hs[0]) != SS_OK ||
	    ss_handshake_finish(&agreed[1], &hs[1]) != SS_OK)
		return;
	for (int i = 0; i < 2; i++) {
		note("the secret", agreed[i].secret, agreed[i].secretlen);
		note("identity, X25519", people[i].x_sec, 32);
		note("identity, Ed25519", people[i].ed_seed, 32);
	}
	note("signed prekey", prekeys.spk[0].sec, 32);
	note("one-time prekey", prekeys.one_time[0].sec, 32);
	worked = 1;
}

/* What handshake() agreed on: two sessions, and an epoch each way. */
static void
session(void)
{
	static struct ss_session s[2];
	static struct ss_ratchet next;
	static uint8_t key[SS_EPOCH_KEY_BYTES], rec[1024], salt[32];
	static struct ss_epoch sent, got;

	for (int i = 0; i < 2; i++) {
		memset(entropy, 80 + i, sizeof(entropy));
		if (ss_session_begin(&s[i], &agreed[i], entropy, &listener) !=
		    SS_OK)
			return;
		s[i].trace = &listener;
	}
	for (int i = 0; i < 4; i++) {
		struct ss_buf b = { rec, 0, sizeof(rec), 0 };
		struct ss_introducer in;
		uint32_t gap;

		memset(entropy, 90 + i, sizeof(entropy));
		note("entropy", entropy, 32);
		if (ss_session_send(&sent, &in, salt, &s[i % 2]) != SS_OK ||
		    ss_introducer_put(&b, &in, &sent) != SS_OK ||
		    ss_session_receive(key, &in, &gap, &next, rec, b.len,
			entropy, &s[!(i % 2)]) != SS_OK)
			return;
		ss_session_accept(&got, &s[!(i % 2)], &next, key);
		note("root", s[!(i % 2)].ratchet.RK, 32);
		note("chain", s[!(i % 2)].ratchet.CKr, 32);
		note("chain", s[i % 2].ratchet.CKs, 32);
		note("ratchet key", s[!(i % 2)].ratchet.DHs, 32);
	}
	worked = 1;
}

static void
wrap(void)
{
	static struct ss_wrap_end from, to;
	static struct ss_epoch sent, got;
	static uint8_t draw[SS_WRAP_ENTROPY], rec[2048], salt[32];
	struct ss_buf b = { rec, 0, sizeof(rec), 0 };
	struct ss_introducer i;

	memset(&from, 0, sizeof(from));
	memset(&to, 0, sizeof(to));
	from.self = &people[ALICE];
	from.peer = to.peer = &people[BOB].pub;
	to.self = &people[BOB];
	to.peer = &people[ALICE].pub;
	from.trace = to.trace = &listener;
	from.aead = SS_AESGCM;
	for (size_t n = 0; n < sizeof(draw); n++)
		draw[n] = (uint8_t)(n * n + 7);
	worked = ss_wrap_send(&sent, &i, ss_wrap_find(what), salt, draw,
	    &from) == SS_OK && ss_wrap_put(&b, &i, &sent, &from) == SS_OK &&
	    ss_wrap_receive(&got, &i, rec, b.len, &to) == SS_OK;
	note("draw", draw, sizeof(draw));
	for (int n = 0; n < 2; n++) {
		note("identity, X25519", people[n].x_sec, 32);
		note("identity, Ed25519", people[n].ed_seed, 32);
	}
	note("RSA, d", people[BOB].rsa.d, people[BOB].pub.rsa.len);
	note("RSA, p", people[BOB].rsa.p, people[BOB].pub.rsa.len / 2);
}

/* The pieces alone: nothing comes after them that would write over what
 * they leave. */
static void
x3dh(void)
{
	static uint8_t sk[2][32];
	const struct ss_x3dh_initiator a = { .ik_sec = people[ALICE].x_sec,
		.ek_sec = people[MALLORY].x_sec, .ik = people[BOB].pub.x,
		.spk = prekeys.spk[0].pub, .opk = bundle.one_time[0].pub };
	const struct ss_x3dh_responder b = { .ik_sec = people[BOB].x_sec,
		.spk_sec = prekeys.spk[0].sec, .ik = people[ALICE].pub.x,
		.opk_sec = prekeys.one_time[0].sec,
		.ek = people[MALLORY].pub.x };

	worked = ss_x3dh_initiate(sk[0], 32, &a, "x", &listener) == SS_OK &&
	    ss_x3dh_respond(sk[1], 32, &b, "x", &listener) == SS_OK &&
	    memcmp(sk[0], sk[1], 32) == 0;
}

static uint8_t prk[32], okm[64];

static void
hkdf(void)
{
	note("PRK", prk, sizeof(prk));
	ss_hkdf(okm, sizeof(okm), NULL, 0, entropy, 32, NULL, 0);
	note("OKM", okm, sizeof(okm));
	worked = 1;
}

static struct ss_hpke hpke;
static struct ss_introducer wrapped;

static void
hpke_take(void)
{
	static struct ss_wrap_end w;
	static struct ss_epoch_context c;
	static uint8_t secret[32];

	w.self = &people[BOB];
	note("key", hpke.key, sizeof(hpke.key));
	note("exporter secret", hpke.exporter_secret, 32);
	note("shared", shared, sizeof(shared));
	c.mode = SS_WRAP_BASE;
	c.aead = SS_AESGCM;
	c.profile = "";
	worked = ss_wrap_hpke.take(secret, &wrapped, &c, NULL, &w) == SS_OK;
	note("secret", secret, sizeof(secret));
}

/* An epoch for Bob, and the context that he will compute. */
static int
hpke_prepare(void)
{
	static struct ss_wrap_end w;
	static struct ss_epoch_context c;
	static const uint8_t draw[SS_WRAP_ENTROPY] = { 5 };
	struct ss_hpke_setup s = { .mode = SS_HPKE_BASE,
		.aead = SS_HPKE_AES256GCM, .info = info };
	uint8_t secret[32];

	w.peer = &people[BOB].pub;
	w.trace = &listener;
	c.mode = SS_WRAP_BASE;
	c.aead = SS_AESGCM;
	c.profile = "";
	if (ss_wrap_hpke.make(secret, &wrapped, &c, draw, &w) != SS_OK)
		return 0;
	s.infolen = infolen;
	return ss_hpke_start(&hpke, &s, shared) == SS_OK;
}

static int
publish(void)
{
	uint8_t seed[32];

	memset(seed, 50, sizeof(seed));
	ss_prekeys_init(&prekeys, &people[BOB].pub);
	if (ss_prekeys_rotate(&prekeys, &people[BOB], seed, NOW, 9999, 9999,
		"") != SS_OK)
		return 0;
	memset(seed, 51, sizeof(seed));
	return ss_prekeys_add(&prekeys, seed) == SS_OK &&
	    ss_bundle_of(&bundle, &prekeys, NOW) == SS_OK;
}

int
main(void)
{
	static const char *const families[] = { "noise:KK", "noise:XX",
		"signed", "x3dh" };
	static const char *const ways[] = { "hpke", "rsa" };
	const char *found;

	if (sodium_init() < 0 || !people_make() || !publish())
		return 1;
	if (left(&found, careless) == 0) {
		/* AddressSanitizer may keep variables in another place */
		skip(1, "stacks cannot be looked at here");
		return done_testing();
	}
	ok(strcmp(found, "a key that nobody wiped") == 0, "what is left is "
	    "found");
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		what = families[i];
		nothing_left(what, handshake);
		nothing_left("its session", session);
	}
	nothing_left("X3DH", x3dh);
	ss_hkdf_extract(prk, NULL, 0, entropy, 32);
	nothing_left("HKDF", hkdf);
	ok(hpke_prepare(), "HPKE, to be taken");
	nothing_left("HPKE", hpke_take);
	xrsa_make(&people[BOB], 2048);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		what = ways[i];
		nothing_left(what, wrap);
	}
	return done_testing();
}
