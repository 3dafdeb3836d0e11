#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# A second implementation, written from docs/protocol.md alone, against the
# commands: every kind of pattern, both ciphers, all modes, both roles.

bats_require_minimum_version 1.5.0

setup() {
	peer=$BATS_TEST_DIRNAME/peer.py
	doc=$BATS_TEST_DIRNAME/../../docs/protocol.md
	cd "$BATS_TEST_TMPDIR"
}

# all of its tests hold, and it ran as many as it announced
holds() {
	run -0 --separate-stderr "$peer" "$@"
	[ "$(grep -c '^ok' <<<"$output")" = "${lines[-1]#1..}" ]
	! grep '^not ok' <<<"$output"
}

@test "worked example" { holds example "$doc"; }
@test "a damaged example is noticed" {
	sed '/^    mk /s/..$/00/' "$doc" >damaged.md
	run -1 "$peer" example damaged.md
	[ "$(grep -c '^not ok' <<<"$output")" = 1 ]
}
@test "key files, armor, key logs" { holds files; }
@test "we initiate KK, dh" { holds talk initiator KK dh; }
@test "we respond KK, hash" { holds talk responder KK hash; }
@test "we initiate XX, AES-GCM, dh" { holds talk initiator XX/aesgcm dh; }
@test "we respond XX, dh" { holds talk responder XX dh; }
@test "we initiate IK, AES-GCM, hash" {
	holds talk initiator IK/aesgcm hash
}
@test "we respond IK, dh" { holds talk responder IK dh; }
@test "we respond NN, AES-GCM, dh: nobody is anybody" {
	holds talk responder NN/aesgcm dh
}
@test "we initiate NNpsk0, dh" { holds talk initiator NNpsk0 dh; }
@test "we respond XXpsk3, static" { holds talk responder XXpsk3 static; }
@test "we initiate N, one way" { holds talk initiator N hash; }
@test "we respond X, one way" { holds talk responder X hash; }
@test "we respond X1K1, four messages, dh" { holds talk responder X1K1 dh; }
@test "we initiate X1K1, static" { holds talk initiator X1K1 static; }
@test "we initiate signed, AES-GCM, dh" {
	holds talk initiator signed/aesgcm dh
}
@test "we respond signed, AES-GCM, hash" {
	holds talk responder signed/aesgcm hash
}
@test "we initiate signed, ChaCha20-Poly1305, static" {
	holds talk initiator signed static
}
@test "we respond signed, dh" { holds talk responder signed dh; }
@test "we respond psk, and say NNpsk0" { holds talk responder psk dh; }
