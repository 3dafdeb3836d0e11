/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lab_open.h"
#include <sodium.h>

/*
 * A capture does not say by which profile a LAB record was made, but its tag
 * does: with the wrong one it does not hold.  The profile no-tag leaves zeros
 * in its place.
 */
static const char *const profiles[] = {
	SS_LAB_REUSE_NONCE, SS_LAB_ONE_KEY, SS_LAB_NO_TAG, NULL
};

enum ss_err
ss_lab_open(uint8_t *text, size_t *textlen, const struct ss_lab **lab,
    const uint8_t *rec, size_t len, struct ss_epoch *e)
{
	enum ss_err err = ss_data_open(text, textlen, rec, len, e);

	*lab = NULL;
	if (err != SS_ERR_AUTH || !(rec[3] & SS_TYPE_LAB))
		return err;
	for (size_t i = 0; profiles[i] && err == SS_ERR_AUTH; i++) {
		e->lab = ss_lab_find(profiles[i]);
		if (!ss_lab_is(e->lab, SS_LAB_NO_TAG) || sodium_is_zero(
			rec + len - SS_AEAD_TAG_BYTES, SS_AEAD_TAG_BYTES))
			err = ss_data_open(text, textlen, rec, len, e);
		if (err != SS_ERR_AUTH)
			*lab = e->lab;
		e->lab = NULL;
	}
	return err;
}
