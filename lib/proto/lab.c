/* SPDX-License-Identifier: ISC */
#include "lab.h"
#include <stddef.h>
#include <string.h>

/* A new profile is a row here and one fenced place that asks for it. */
const struct ss_lab ss_labs[] = {
	{ SS_LAB_SEEDED, "every key comes from a seed that can be guessed" },
	{ "unauthenticated", "no key of either side enters the agreement, so "
	    "whoever is on the line can be the peer" },
	{ "sign-key-only", "the signature covers an ephemeral key and nothing "
	    "else" },
	{ "reinstall", "a message that comes again sets the counter back" },
	{ "one-key", "one key for both directions, and no associated data" },
	{ "reuse-nonce", "every record has the same nonce" },
	{ "no-tag", "the text is encrypted and not authenticated" },
	{ "bare-hash", "keys are bare hashes of the shared secret" },
	{ "unsigned-prekey", "nobody looks at the signature of a prekey" },
	{ "keep-one-time", "one-time prekeys are kept after their use" },
	{ "rsa-pkcs1", "RSA with the padding of 1993, and an error that "
	    "tells how it was wrong" },
	{ "bases-in-clear", "the sender's bits and bases travel beside the "
	    "qubits" },
	{ "keep-sample", "the bits that were compared in public stay in the "
	    "key" },
	{ NULL, NULL },
};

const struct ss_lab *
ss_lab_find(const char *name)
{
	const struct ss_lab *l = ss_labs;

	while (l->name && strcmp(l->name, name) != 0)
		l++;
	return l->name ? l : NULL;
}

int
ss_lab_is(const struct ss_lab *lab, const char *name)
{
	return lab != NULL && strcmp(lab->name, name) == 0;
}
