/* SPDX-License-Identifier: ISC */
#include "lab.h"
#include "lab_rsa.h"
#include <stddef.h>
#include <string.h>

/* A new profile is a row here and one fenced place that asks for it. */
const struct ss_lab ss_labs[] = {
	{ SS_LAB_SEEDED, "every key comes from a seed that can be guessed" },
	{ SS_LAB_UNAUTHENTICATED, "no key of either side enters the "
	    "agreement, so whoever is on the line can be the peer" },
	{ SS_LAB_SIGN_KEY_ONLY, "the signature covers an ephemeral key and "
	    "nothing else" },
	{ SS_LAB_REINSTALL, "a message that comes again sets the counter "
	    "back" },
	{ SS_LAB_ONE_KEY, "one key for both directions, and no associated "
	    "data" },
	{ SS_LAB_REUSE_NONCE, "every record has the same nonce" },
	{ SS_LAB_NO_TAG, "the text is encrypted and not authenticated" },
	{ SS_LAB_BARE_HASH, "keys are bare hashes of the shared secret" },
	{ SS_LAB_UNSIGNED_PREKEY, "nobody looks at the signature of a prekey" },
	{ SS_LAB_KEEP_ONE_TIME, "one-time prekeys are kept after their use" },
	{ SS_LAB_RSA_PROFILE, "RSA with the padding of 1993, and an error "
	    "that tells whether it was right" },
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
