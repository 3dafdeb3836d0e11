#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# HPKE against a model in Python that shares no line with it: the modes and
# AEADs for which RFC 9180's vectors were not at hand, in both directions.

bats_require_minimum_version 1.5.0

setup() {
	/usr/bin/python3 -c 'import cryptography' 2>/dev/null ||
	    skip "python3-cryptography is not installed"
	PEER=${B:-build}/tests/interop/hpke_peer
	MODEL=$BATS_TEST_DIRNAME/hpke_model.py
}

@test "base, psk and auth with both AEADs, sealed here and sealed there" {
	run -0 /usr/bin/python3 "$MODEL" "$PEER"
	[ "$(grep -c ': agree$' <<<"$output")" = 48 ]
}

@test "a difference would be seen: another info" {
	run -1 /usr/bin/python3 "$MODEL" "$PEER" other-info
	[ "$(grep -c ': DIFFER$' <<<"$output")" = 48 ]
}
