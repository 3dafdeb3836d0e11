/* SPDX-License-Identifier: ISC */
#include "../../lib/io/hsfile.h"
#include "../../lib/proto/noise.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * A handshake record at every message of several families and patterns.
 * The first byte chooses which; its top bit repairs the fields in front, so
 * that what follows reaches the family.  A refusal leaves the state as it
 * was, and nothing but the genuine record passes where there is a tag.
 * Input that begins like a state file is read as one.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

static const char *const variants[] = { "noise:NN", "noise:KK", "noise:XX",
	"noise:IK", "noise:IXpsk1", "noise:X1X1", "noise:N",
	"noise:NNpsk0+psk2", "signed", "x3dh" };
#define NVARIANTS (sizeof(variants) / sizeof(variants[0]))

struct scene {
	struct ss_handshake reader;
	uint8_t rec[512];
	size_t len;
	int sealed; /* the genuine message ends in a tag */
};
static struct scene scenes[NVARIANTS * SS_NOISE_MESSAGES_MAX];
static size_t nscenes;
static struct ss_identity people[2];
static struct ss_prekeys prekeys;
static struct ss_bundle bundle;
static const uint8_t psks[2][32] = { { 1 }, { 2 } };

static void
must(enum ss_err e)
{
	if (e != SS_OK)
		abort();
}

static void
start(struct ss_handshake *hs, const char *variant, int us)
{
	struct ss_handshake_config c = { .initiator = us == 0,
		.profile = "", .psks = psks };
	static const uint8_t run[SS_RUN_BYTES] = { 1 };
	const struct ss_family *family;
	struct ss_noise_plan p;

	must(ss_family_choose(&family, &c.suite, variant, 0));
	c.mode = family->mode(c.suite);
	c.self = &people[us];
	if (family->code == SS_FAMILY_NOISE) {
		must(ss_noise_plan(&p, c.suite));
		if (!p.pre[us] && !p.sends[us])
			c.self = NULL;
		if (p.pre[1 - us])
			c.peer = &people[1 - us].pub;
		c.npsks = p.npsks;
	}
	if (family->prekeys && c.initiator) {
		c.peer = &people[1].pub;
		c.bundle = &bundle;
	} else if (family->prekeys) {
		c.prekeys = &prekeys;
	}
	must(ss_handshake_start(hs, family, &c, run));
}

static void
prepare(void)
{
	static const uint8_t seeds[2][64] = { { 1 }, { 2 } };
	static struct ss_handshake hs[2];
	struct ss_span spans[SS_SPANS_MAX];
	uint8_t entropy[32] = { 0 };
	size_t n;

	if (nscenes > 0)
		return;
	must(sodium_init() < 0 ? SS_ERR_SYSTEM : SS_OK);
	must(ss_identity_make(&people[0], "alice", seeds[0]));
	must(ss_identity_make(&people[1], "bob", seeds[1]));
	ss_prekeys_init(&prekeys, &people[1].pub);
	must(ss_prekeys_rotate(&prekeys, &people[1], seeds[0], 0, 1, 1, ""));
	must(ss_prekeys_add(&prekeys, seeds[1]));
	must(ss_bundle_of(&bundle, &prekeys, 0));
	for (size_t i = 0; i < NVARIANTS; i++) {
		start(&hs[0], variants[i], 0);
		start(&hs[1], variants[i], 1);
		for (size_t m = 0; m < hs[0].steps; m++) {
			struct scene *s = &scenes[nscenes++];
			struct ss_buf b = { s->rec, 0, sizeof(s->rec), 0 };

			entropy[0]++;
			must(ss_handshake_write(&b, entropy, &hs[m % 2]));
			s->len = b.len;
			memcpy(&s->reader, &hs[1 - m % 2], sizeof(s->reader));
			must(ss_handshake_read(&hs[1 - m % 2], s->rec, s->len));
			must(hs->family->walk(spans, &n, SS_SPANS_MAX,
			    hs->config.suite, m, b.len - SS_HANDSHAKE_FIXED,
			    0));
			s->sealed = n > 0 &&
			    (strcmp(spans[n - 1].field->name, "tag") == 0 ||
			    strcmp(spans[n - 1].field->name, "mac") == 0);
		}
	}
}

static void
state_file(const uint8_t *in, size_t len)
{
	static struct ss_hsfile f, back;
	static char text[SS_HSFILE_TEXT_MAX];
	size_t n;

	if (ss_hsfile_get_text(&f, (const char *)in, len) != SS_OK) {
		if (!sodium_is_zero((const uint8_t *)&f, sizeof(f)))
			abort();
		return;
	}
	must(ss_hsfile_put_text(text, &n, &f));
	must(ss_hsfile_get_text(&back, text, n));
	if (memcmp(&f, &back, sizeof(f)) != 0)
		abort();
}

static void
record(const struct scene *s, uint8_t *rec, size_t len, int repair)
{
	static struct ss_handshake hs;
	enum ss_err e;

	if (repair && len >= SS_HANDSHAKE_FIXED) {
		memcpy(rec, s->rec, SS_HANDSHAKE_FIXED);
		ss_put32(rec + 4, (uint32_t)(len - SS_HEADER_BYTES));
	}
	memcpy(&hs, &s->reader, sizeof(hs));
	e = ss_handshake_read(&hs, rec, len);
	if (e != SS_OK && memcmp(&hs, &s->reader, sizeof(hs)) != 0)
		abort();
	if (e == SS_OK && hs.step != s->reader.step + 1)
		abort();
	if (e == SS_OK && s->sealed &&
	    (len != s->len || memcmp(rec, s->rec, len) != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static uint8_t rec[4096];

	prepare();
	if (len > 4 && memcmp(in, "secr", 4) == 0) {
		state_file(in, len);
		return 0;
	}
	if (len == 0 || len > sizeof(rec))
		return 0;
	memcpy(rec, in + 1, len - 1);
	record(&scenes[(in[0] & 0x7f) % nscenes], rec, len - 1, in[0] >> 7);
	return 0;
}
