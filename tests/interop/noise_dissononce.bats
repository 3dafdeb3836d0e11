#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Noise against python3-dissononce: token lists, live handshakes in both
# roles, 300 transport messages each, the handshake hash.

bats_require_minimum_version 1.5.0

setup() {
	# Debian's interpreter: another one does not see Debian's packages
	/usr/bin/python3 -c 'import dissononce' 2>/dev/null ||
	    skip "python3-dissononce is not installed"
	PEER=${B:-build}/tests/interop/noise_peer
	DIR=$BATS_TEST_DIRNAME
}

agree() {
	run -0 /usr/bin/python3 "$DIR/noise_dissononce.py" "$PEER" "$1" "$2"
	[ "${#lines[@]}" -ge "$3" ]
}

@test "38 patterns, ChaChaPoly, 300 transport messages" {
	agree ChaChaPoly plain 76
}

@test "38 patterns, AESGCM, 300 transport messages" {
	agree AESGCM plain 76
}

@test "every pattern with psk modifiers, ChaChaPoly" {
	agree ChaChaPoly psk 338
}

@test "every pattern with psk modifiers, AESGCM" {
	agree AESGCM psk 338
}

@test "a difference would be seen: another prologue" {
	run -1 /usr/bin/python3 "$DIR/noise_dissononce.py" "$PEER" \
	    ChaChaPoly other-prologue
	[[ $output == *refused* || $output == *Decrypt* ]]
}
