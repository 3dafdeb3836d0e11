/* SPDX-License-Identifier: ISC */
#include "dh.h"
#include <sodium.h>

void
ss_dh_public(
    uint8_t pub[static SS_DH_BYTES], const uint8_t sec[static SS_DH_BYTES])
{
	/* the base point never yields zero */
	if (crypto_scalarmult_base(pub, sec) != 0)
		sodium_memzero(pub, SS_DH_BYTES);
}

enum ss_err
ss_dh(uint8_t out[static SS_DH_BYTES], const uint8_t sec[static SS_DH_BYTES],
    const uint8_t pub[static SS_DH_BYTES])
{
	/* checked a second time: some builds of the library only check
	 * a list of points, and the caller's safety hangs on this */
	if (crypto_scalarmult(out, sec, pub) != 0 ||
	    sodium_is_zero(out, SS_DH_BYTES)) {
		sodium_memzero(out, SS_DH_BYTES);
		return SS_ERR_LOWORDER;
	}
	return SS_OK;
}
