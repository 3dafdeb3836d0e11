/* SPDX-License-Identifier: ISC */
#include "family.h"
#include <string.h>

/* Every way to agree on a key.  A new one is a file and a line here. */
const struct ss_family *const ss_families[] = {
	&ss_family_noise,
	&ss_family_signed,
	&ss_family_x3dh,
	NULL,
};

/* Friendly names for a family with a variant. */
static const struct {
	const char *name, *means;
} shorts[] = {
	{ "psk", "noise:NNpsk0" },
};

const struct ss_family *
ss_family_find(const char *name)
{
	const struct ss_family *const *f = ss_families;

	while (*f && strcmp((*f)->name, name) != 0)
		f++;
	return *f;
}

const struct ss_family *
ss_family_of(uint8_t code)
{
	const struct ss_family *const *f = ss_families;

	while (*f && (*f)->code != code)
		f++;
	return *f;
}

enum ss_err
ss_family_choose(const struct ss_family **family, uint16_t *suite,
    const char *what, int aead)
{
	char name[16] = "";
	size_t len;

	for (size_t i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++)
		if (strcmp(what, shorts[i].name) == 0)
			what = shorts[i].means;
	len = strcspn(what, ":");
	*family = NULL;
	if (len >= sizeof(name))
		return SS_ERR_SUITE;
	memcpy(name, what, len);
	if (!(*family = ss_family_find(name)))
		return SS_ERR_SUITE;
	/* "signed:" names a variant, and forgets to say which */
	if (what[len] == ':' && what[++len] == '\0')
		return SS_ERR_SUITE;
	return (*family)->suite(suite, what + len,
	    aead ? (enum ss_aead_id)aead : (*family)->aead);
}

void
ss_suite_text(char out[static SS_SUITE_TEXT], uint8_t family, uint16_t suite)
{
	struct ss_buf b = { (uint8_t *)out, 0, SS_SUITE_TEXT - 1, 0 };
	const struct ss_family *f = ss_family_of(family);
	enum ss_aead_id aead;
	char variant[32];

	if (f && f->describe(variant, &aead, suite) == SS_OK) {
		ss_buf_str(&b, variant);
		ss_buf_str(&b, variant[0] ? ", " : "");
		ss_buf_str(&b, ss_aead_name((int)aead));
	}
	out[b.len] = '\0';
}

enum ss_err
ss_family_plain_suite(
    uint16_t *suite, const char *variant, enum ss_aead_id aead)
{
	if (variant[0] || !ss_aead_name((int)aead))
		return SS_ERR_SUITE;
	*suite = (uint16_t)aead;
	return SS_OK;
}

enum ss_err
ss_family_plain_describe(
    char *variant, enum ss_aead_id *aead, uint16_t suite)
{
	if (!ss_aead_name(suite))
		return SS_ERR_SUITE;
	variant[0] = '\0';
	*aead = (enum ss_aead_id)suite;
	return SS_OK;
}

uint8_t
ss_family_plain_mode(uint16_t suite)
{
	(void)suite;
	return SS_MODE_DH;
}
