#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Lab profiles that spoil sessions: reinstall, bare-hash; and the mode static,
# which is allowed.  docs/labs.md

load common
load lab_attacks

setup() { in_folder; }

@test "reinstall: the second message again sets the counter back" {
	wins reinstall reinstall.sh
	[[ $output == *"= 'the gate is 4711.'" ]]
	loses "code: SS-E125" reinstall.sh
	[[ $output == *"takes a backup"*"each epoch has its salt" ]]
	fenced reinstall noise:KK --mode hash
	SS_LAB=1 run -2 --separate-stderr ss-handshake noise:KK -i \
	    -k lab/alice.key -p lab/bob.pub -S x.hs -U reinstall
	[[ $stderr == *"modes hash and static"* ]]
}

@test "reinstall: two streams begin with the same keystream" {
	lab_files reinstall noise:KK --mode hash
	cd lab
	export SS_LAB=1
	cp alice.sess once.sess
	ss-handshake -S alice.hs -U reinstall -o alice.sess <m2
	seq 3 | ss-seal -l -s alice.sess -U reinstall >again
	cmp stream again
	run -2 ss-handshake -S alice.hs -U one-key -o alice.sess <m2
}

@test "bare-hash: the published form, and every stream under one key" {
	wins bare-hash bare-hash.sh
	[[ $output == *"they are the same"* ]]
	[[ $output == *"= 'the gate is 4711.'" ]]
	# SHA-256 of the shared secret of RFC 7748, 6.1
	form=$(echo 4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742 |
	    perl -ne 'chomp; print pack "H*", $_' | sha256sum | cut -d' ' -f1)
	[[ $output == *"$form"* ]]
	loses "a salt in each epoch's key" bare-hash.sh
	[[ $output != *"they are the same"* ]]
	fenced bare-hash noise:KK --mode static
}

@test "bare-hash: not where there is no such secret" {
	lab_files bare-hash noise:KK --mode static
	export SS_LAB=1
	for f in "signed -m static" "noise:KK" "noise:K -m static"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr ss-handshake $f -i -k lab/alice.key \
		    -p lab/bob.pub -S x.hs -o y.sess -U bare-hash
		[[ $stderr == *"bare-hash is for"* ]] || { echo "$f"; false; }
	done
	# both directions, all streams: one key
	cd lab
	export SS_KEYLOG=$PWD/keys
	echo a | ss-seal -s alice.sess -U bare-hash >/dev/null
	echo b | ss-seal -s bob.sess -U bare-hash >/dev/null
	[ "$(awk '/^SECRETSOCKET/ { print $5 }' keys | sort -u | wc -l)" = 1 ]
}

@test "static, hash, dh: what a stolen session file opens" {
	wins "" static.sh static
	[[ $output == *"SUCCEEDS: the past and the future" ]]
	[ "$(grep -c 'mode static: one key each way' <<<"$output")" = 1 ]
	wins "" static.sh hash
	[[ $output == *"SUCCEEDS: the future" ]]
	[[ $output != *"mode static"* ]]
	loses "code: SS-E103" static.sh dh
	[[ $output == *"neither the past nor the future"* ]]
}
