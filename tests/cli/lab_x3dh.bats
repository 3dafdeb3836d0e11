#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The flaws of prekeys: each attack succeeds on its profile and fails without.

load common

setup() {
	attacks=$BATS_TEST_DIRNAME/../../labs/attacks
	in_folder
	export TMPDIR=$BATS_TEST_TMPDIR
}

@test "unsigned-prekey: the directory swaps the prekey, and reads later" {
	SS_LAB=1 run -0 --separate-stderr "$attacks/unsigned-prekey.sh" \
	    -U unsigned-prekey
	[ "$output" = "the meeting is at noon" ]
	run -1 --separate-stderr "$attacks/unsigned-prekey.sh"
	[ -z "$output" ]
	grep -q "^code: SS-E103" <<<"$stderr"
	grep -q "somebody has changed the bundle" <<<"$stderr"
	# another profile does not have this flaw
	SS_LAB=1 run -1 --separate-stderr "$attacks/unsigned-prekey.sh" \
	    -U keep-one-time
	grep -q "^code: SS-E103" <<<"$stderr"
}

@test "keep-one-time: the first message is replayed" {
	SS_LAB=1 run -0 --separate-stderr "$attacks/keep-one-time.sh" \
	    -U keep-one-time
	[ "$output" = "pay mallory 100
pay mallory 100" ]
	run -1 --separate-stderr "$attacks/keep-one-time.sh"
	[ "$output" = "pay mallory 100" ]
	grep -q "^code: SS-E107" <<<"$stderr"
	SS_LAB=1 run -1 --separate-stderr "$attacks/keep-one-time.sh" \
	    -U unsigned-prekey
	grep -q "^code: SS-E107" <<<"$stderr"
}

@test "what the profiles make is refused by everybody else" {
	export SS_LAB=1
	for who in alice bob; do
		ss-keygen -n $who -U keep-one-time -o $who.key 2>/dev/null
		ss-keygen --public $who.key >$who.pub
	done
	ss-keygen -K 3 -k bob.key -o bob.prekeys -U keep-one-time 2>err
	grep -q "LAB, keep-one-time: one-time prekeys are kept" err
	ss-keygen -b bob.prekeys >bob.bundle
	ss-handshake x3dh -i -k alice.key -p bob.pub -b bob.bundle \
	    -o alice.sess -U keep-one-time >initial 2>err
	grep -q "LAB, keep-one-time" err
	ss-explain initial >out
	grep -q "handshake, LAB" out
	# real people, real bundles, a real reader
	unset SS_LAB
	ss-keygen -n carol -o carol.key 2>/dev/null
	ss-keygen -K 3 -k carol.key -o carol.prekeys 2>/dev/null
	fails 112 1 fed initial ss-handshake x3dh -r -k carol.key \
	    -K carol.prekeys -o s
	fails 112 1 ss-handshake x3dh -r -k bob.key -K bob.prekeys -o s
	fails 112 1 ss-handshake x3dh -i -k carol.key -p bob.pub \
	    -b bob.bundle -o s
	fails 112 1 ss-keygen -K 3 -k bob.key -o new.prekeys
	fp=$(ss-keygen -l bob.pub | sed -n '2,3p' | tr -d '\n' |
	    sed 's/.*: *//')
	fails 112 1 ss-handshake x3dh -i -k carol.key -g "$fp" \
	    -b bob.bundle -o s
	[ ! -e s ]
	[ ! -e new.prekeys ]
}
