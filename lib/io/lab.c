/* SPDX-License-Identifier: ISC */
#include "lab.h"
#include "../proto/bytes.h"
#include "../proto/hash.h"
#include "../proto/labels.h"
#include "io.h"
#include <sodium.h>
#include <string.h>

static struct {
	const struct ss_lab *profile;
	int chosen, told; /* by --lab-unsafe; the warning is out */
	int seeded;
	uint8_t key[32]; /* of the generator */
	uint64_t calls;  /* the nonce of the next one */
} lab;

static void
xfence(const char *option)
{
	const char *on = ss_env("SS_LAB");

	if (on && strcmp(on, "1") == 0)
		return;
	ss_set_hint("SS_LAB=1 in the environment says that you know it");
	ss_die(SS_ERR_USAGE, "%s makes things that are not secure", option);
}

void
xlab_unsafe(const char *name)
{
	const struct ss_lab *l = ss_lab_find(name);

	xfence("--lab-unsafe");
	if (!l) {
		ss_set_hint("ss-explain --tables labs lists them");
		ss_die(SS_ERR_USAGE, "no lab profile is called '%s'", name);
	}
	if (lab.chosen)
		ss_die(SS_ERR_USAGE, "one --lab-unsafe, not more");
	lab.chosen = 1;
	lab.profile = l;
}

void
xlab_seed(const char *seed)
{
	static const char label[] = SS_LABEL_LAB_SEED;

	xfence("--lab-seed");
	ss_hkdf(lab.key, sizeof(lab.key), (const uint8_t *)label,
	    sizeof(label) - 1, (const uint8_t *)seed, strlen(seed),
	    (const uint8_t *)ss_progname, strlen(ss_progname));
	lab.seeded = 1;
	if (!lab.chosen)
		lab.profile = ss_lab_find(SS_LAB_SEEDED);
}

void
ss_lab_mix(const void *what, size_t len)
{
	if (!lab.seeded)
		return;
	ss_hkdf(lab.key, sizeof(lab.key), lab.key, sizeof(lab.key), what, len,
	    (const uint8_t *)"", 0);
	lab.calls = 0;
}

/*
 * Whoever asks which profile it is makes something under it, or takes
 * something: that is when the line is due.  By then all options are read, so
 * that there is one line, whatever their order.
 */
const struct ss_lab *
ss_lab(void)
{
	if (lab.profile && !lab.told) {
		lab.told = 1;
		ss_warn("LAB, %s: %s", lab.profile->name,
		    lab.profile->warning);
	}
	return lab.profile;
}

const char *
ss_lab_profile(void)
{
	const struct ss_lab *l = ss_lab();

	return l ? l->name : "";
}

int
ss_lab_seeded(void)
{
	return lab.seeded;
}

int
ss_lab_random(void *out, size_t n)
{
	uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];

	_Static_assert(sizeof(nonce) == sizeof(lab.calls), "a counter");
	if (!lab.seeded)
		return 0;
	(void)ss_lab();
	ss_put64(nonce, lab.calls++);
	crypto_stream_chacha20(out, n, nonce, lab.key);
	return 1;
}
