/* SPDX-License-Identifier: ISC */
/*
 * Ways to spoil a session.  What they leave out is in session.c, at the
 * places that call them.                            docs/labs.md
 */
#include "lab_session.h"
#include "hash.h"
#include <string.h>

/*
 * LAB unauthenticated, sign-key-only.  Whose session it is is a name in a
 * file.  If it entered the keys, two people who think differently of it
 * would have different keys, and the attack would end there.
 */
int
ss_lab_session_nameless(const struct ss_lab *lab)
{
	return ss_lab_is(lab, SS_LAB_UNAUTHENTICATED) ||
	    ss_lab_is(lab, SS_LAB_SIGN_KEY_ONLY);
}

/*
 * LAB one-key.  What one side sends, the other could have sent.
 *
 * LAB bare-hash.  SHA-256 of the Diffie-Hellman secret is a key, and the
 * same one for every purpose, direction and stream: nothing can be told
 * apart that a salt or a label would keep apart.
 */
void
ss_lab_session_chains(struct ss_ratchet *r, const struct ss_agreed *a,
    const struct ss_lab *lab)
{
	if (ss_lab_is(lab, SS_LAB_ONE_KEY)) {
		memcpy(a->initiator ? r->CKr : r->CKs,
		    a->initiator ? r->CKs : r->CKr, 32);
	} else if (ss_lab_is(lab, SS_LAB_BARE_HASH)) {
		ss_hash(r->CKs, a->secret, a->secretlen);
		memcpy(r->CKr, r->CKs, 32);
	}
}

/* LAB one-key.  The mode is static, so the chain stands still; with no
 * number looked at, an old epoch is as good as a new one. */
void
ss_lab_session_step(
    uint8_t mk[static 32], uint32_t *gap, const struct ss_ratchet *r)
{
	uint8_t ck[32];

	memcpy(ck, r->CKr, 32);
	ss_ratchet_kdf_ck(mk, ck);
	*gap = 0;
}

/*
 * LAB reinstall.  A salt that is drawn for each epoch makes its key fresh
 * even if a session is set back.  Without it, the same state gives the same
 * key, and counters that begin at 0 again give the same nonces.
 */
const uint8_t *
ss_lab_session_salt(
    const uint8_t salt[static SS_SALT_BYTES], const struct ss_lab *lab)
{
	static const uint8_t none[SS_SALT_BYTES];

	return ss_lab_is(lab, SS_LAB_REINSTALL) ? none : salt;
}
