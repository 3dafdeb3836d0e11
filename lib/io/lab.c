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
	if (!l)
		ss_die(SS_ERR_USAGE, "no lab profile is called '%s'", name);
	if (lab.profile && !ss_lab_is(lab.profile, SS_LAB_SEEDED))
		ss_die(SS_ERR_USAGE, "one --lab-unsafe, not more");
	lab.profile = l;
	ss_warn("LAB, %s: %s", l->name, l->warning);
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
	if (lab.profile)
		return;
	lab.profile = ss_lab_find(SS_LAB_SEEDED);
	ss_warn("LAB, %s: %s", lab.profile->name, lab.profile->warning);
}

void
ss_lab_mix(const void *what, size_t len)
{
	if (lab.seeded)
		ss_hkdf(lab.key, sizeof(lab.key), lab.key, sizeof(lab.key),
		    what, len, (const uint8_t *)"", 0);
}

const struct ss_lab *
ss_lab(void)
{
	return lab.profile;
}

const char *
ss_lab_profile(void)
{
	return lab.profile ? lab.profile->name : "";
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
	ss_put64(nonce, lab.calls++);
	crypto_stream_chacha20(out, n, nonce, lab.key);
	return 1;
}
