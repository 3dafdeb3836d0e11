#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The commands against python3-x3dh and python3-doubleratchet, over our
# records: both roles, both ciphers, with and without a one-time prekey.

bats_require_minimum_version 1.5.0

setup() {
	# Debian's interpreter: another one does not see Debian's packages
	/usr/bin/python3 -c 'import x3dh, doubleratchet' 2>/dev/null ||
	    skip "python3-x3dh and python3-doubleratchet are not installed"
	peer=$BATS_TEST_DIRNAME/x3dh_peer.py
	export PYTHONDONTWRITEBYTECODE=1
	cd "$BATS_TEST_TMPDIR"
}

# all of its tests hold, and it ran as many as it announced
holds() {
	run -0 --separate-stderr "$peer" "$@"
	[ "$(grep -c '^ok' <<<"$output")" = "${lines[-1]#1..}" ]
	[ "${lines[-1]#1..}" -ge 20 ]
}

@test "the packages initiate, ChaCha20-Poly1305, four DHs" {
	holds initiator chachapoly one
}
@test "the packages initiate, AES-GCM, three DHs" {
	holds initiator aesgcm none
}
@test "the packages respond, AES-GCM, four DHs" {
	holds responder aesgcm one
}
@test "the packages respond, ChaCha20-Poly1305, three DHs" {
	holds responder chachapoly none
}
