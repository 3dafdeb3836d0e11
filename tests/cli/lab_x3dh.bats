#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Lab profiles that spoil prekeys: each attack succeeds on its profile and
# fails without.  docs/labs.md

load common
load lab_attacks

setup() { in_folder; }

# another FLAW SCRIPT CODE: a profile has its own flaw and no other
another() {
	SS_LAB=1 run -1 "$BATS_TEST_DIRNAME/../../labs/attacks/$2" \
	    "--lab-unsafe=$1"
	[[ $output == *"The attack fails: "* ]]
	[[ $output == *"$3"* ]]
}

@test "unsigned-prekey: the directory swaps the prekey, and reads later" {
	wins unsigned-prekey unsigned-prekey.sh
	[[ $output == *"Mallory reads 'the meeting is at noon'" ]]
	loses "code: SS-E103" unsigned-prekey.sh
	[[ $output != *"noon"* ]]
	another keep-one-time unsigned-prekey.sh "code: SS-E103"
}

@test "keep-one-time: the first message is taken a second time" {
	wins keep-one-time keep-one-time.sh
	[[ $output == *"Bob reads 'pay mallory 100' a second time" ]]
	loses "code: SS-E107" keep-one-time.sh
	[[ $output != *"a second time"* ]]
	another unsigned-prekey keep-one-time.sh "code: SS-E107"
}

@test "what the profiles make is refused by everybody else" {
	for profile in unsigned-prekey keep-one-time; do
		rm -rf lab
		mkdir lab
		cd lab
		export SS_LAB=1
		for who in alice bob; do
			ss-keygen -n $who -U $profile -o $who.key 2>/dev/null
			ss-keygen --public $who.key >$who.pub
		done
		ss-keygen -K 3 -k bob.key -o bob.prekeys -U $profile 2>err
		grep -q "LAB, $profile: " err
		ss-keygen -b bob.prekeys >bob.bundle
		ss-handshake x3dh -i -k alice.key -p bob.pub -b bob.bundle \
		    -o alice.sess -U $profile >initial 2>err
		grep -q "LAB, $profile: " err
		ss-mallory get header.type <initial | ss-prim hex | grep -qx 81
		# real people, real bundles, a real reader
		unset SS_LAB
		ss-keygen -n carol -o carol.key 2>/dev/null
		ss-keygen -K 3 -k carol.key -o carol.prekeys 2>/dev/null
		fails 112 1 fed initial ss-handshake x3dh -r -k carol.key \
		    -K carol.prekeys -o s
		fails 112 1 fed initial ss-handshake x3dh -r -k bob.key \
		    -K bob.prekeys -o s
		fails 112 1 ss-handshake x3dh -i -k carol.key -p bob.pub \
		    -b bob.bundle -o s
		fails 112 1 ss-keygen -K 3 -k bob.key -o new.prekeys
		fails 112 1 ss-keygen -r -k bob.key bob.prekeys
		fp=$(ss-keygen -l bob.pub | sed -n '2,3p' | tr -d '\n' |
		    sed 's/.*: *//')
		fails 112 1 ss-handshake x3dh -i -k carol.key -g "$fp" \
		    -b bob.bundle -o s
		# with the mark taken off: the name of the profile is in it
		ss-mallory strip LAB <initial >bare
		fails 103 1 fed bare env SS_LAB=1 ss-handshake x3dh -r \
		    -k bob.key -K bob.prekeys -U seeded -o s ||
		    fails 117 1 fed bare env SS_LAB=1 ss-handshake x3dh -r \
			-k bob.key -K bob.prekeys -U seeded -o s
		[ ! -e s ]
		[ ! -e new.prekeys ]
		cd ..
	done
}

@test "prekeys and bundles: real ones are not for the lab, nor its own for us" {
	identities
	ss-keygen -K 2 -k bob.key -o bob.prekeys 2>/dev/null
	ss-keygen -b bob.prekeys >bob.bundle
	mkdir lab
	for who in alice bob; do
		SS_LAB=1 ss-keygen -n $who -Zs -o lab/$who.key 2>/dev/null
		ss-keygen -p lab/$who.key >lab/$who.pub
	done
	SS_LAB=1 ss-keygen -K 2 -Zs -k lab/bob.key -o lab/bob.prekeys 2>err
	SS_LAB=1 ss-keygen -b -Zs lab/bob.prekeys >lab/bob.bundle 2>err
	cp bob.prekeys before
	cp lab/bob.prekeys lab/before
	local o
	# a seed would make secrets that anybody can guess
	for o in "-K 1 -Zs" "-K 1 -U no-tag" "-r -k lab/bob.key -Zs" "-b -Zs"; do
		# shellcheck disable=SC2086
		SS_LAB=1 run -2 --separate-stderr ss-keygen $o bob.prekeys
		[[ $stderr == *"bob.prekeys is a real key, and this is a lab"* ]]
		[ -z "$output" ]
		cmp before bob.prekeys
	done
	fails 112 1 ss-keygen -K 1 lab/bob.prekeys
	cmp lab/before lab/bob.prekeys
	SS_LAB=1 run -2 --separate-stderr ss-handshake x3dh -i -Zs \
	    -k lab/alice.key -p lab/bob.pub -b bob.bundle -o s
	[[ $stderr == *"bob.bundle is a real key, and this is a lab"* ]]
	SS_LAB=1 run -2 --separate-stderr ss-handshake x3dh -r -Zs \
	    -k lab/bob.key -p lab/alice.pub -K bob.prekeys -o s </dev/null
	[[ $stderr == *"bob.prekeys is a real key, and this is a lab"* ]]
	fails 112 1 ss-handshake x3dh -r -k bob.key -p alice.pub \
	    -K lab/bob.prekeys -o s
	fails 112 1 ss-handshake x3dh -i -k alice.key -p bob.pub \
	    -b lab/bob.bundle -o s
	[ ! -e s ]
}
