/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"

/* Where a teacher would point. */

static expert_field fields[SS_EXPERTS];

#define X(i, name, group, severity, text)                                    \
	[i] = { &fields[i], { "secretsocket.expert." name, PI_##group,       \
		PI_##severity, text, EXPFILL } }
static ei_register_info infos[SS_EXPERTS] = {
	X(SS_X_REPLAYED, "replayed", SECURITY, WARN, "This record came "
	    "before, on the same way: somebody plays it back"),
	X(SS_X_GONE_BACK, "gone_back", SEQUENCE, WARN, "The sequence number "
	    "has gone back: records come out of order"),
	X(SS_X_MISSING, "missing", SEQUENCE, WARN, "Records are missing "
	    "before this one"),
	X(SS_X_NONCE, "nonce_repeated", SECURITY, ERROR, "A nonce is used "
	    "twice: two texts under one key and one number"),
	X(SS_X_UNKNOWN_EPOCH, "unknown_epoch", SEQUENCE, NOTE, "No introducer "
	    "of this epoch was captured before"),
	X(SS_X_WRONG_TAG, "wrong_tag", DECRYPTION, ERROR, "Authentication "
	    "failed: it was changed on the way, or made with other keys"),
	X(SS_X_LAB, "lab", SECURITY, WARN, "LAB: this record was made by an "
	    "insecure profile; normal readers refuse it"),
	X(SS_X_CHANGES_KEYS, "changes_keys", SECURITY, ERROR, "Another "
	    "introducer for an epoch that is open already"),
	X(SS_X_TRUNCATED, "truncated", PROTOCOL, WARN, "The end is missing"),
	X(SS_X_HANDSHAKE_ORDER, "handshake_order", SEQUENCE, WARN, "This "
	    "message of the handshake is out of order"),
	X(SS_X_MALFORMED, "malformed", MALFORMED, ERROR, "Not in the expected "
	    "format"),
};
#undef X

void
ss_expert_register(void)
{
	expert_register_field_array(
	    expert_register_protocol(ss_proto), infos, SS_EXPERTS);
}

expert_field *
ss_expert(enum ss_expert x)
{
	return &fields[x];
}
