#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Lab profiles that spoil data records: one-key, reuse-nonce, no-tag.  Each
# attack succeeds on its profile and fails on the default; docs/labs.md.

load common
load lab_attacks

setup() { in_folder; }

@test "one-key: reflection, reordering, replay, shortening" {
	wins one-key one-key.sh
	[[ $output == *"Alice reads: shall I go?/yes/pay 100/"* ]]
	[[ $output == *"Bob reads: yes/shall I go?/pay 100/"* ]]
	[[ $output == *"Bob reads: shall I go?/yes/pay 100/pay 100/"* ]]
	[[ $output == *"Bob reads once more: shall I go?/yes/pay 100/"* ]]
	[[ $output == *"nothing is missing: shall I go?/yes/"$'\n'* ]]
	loses "code: SS-E110" one-key.sh
	[[ $output == *"code: SS-E106"*"code: SS-E107"*"code: SS-E103"* ]]
	[[ $output == *"record 1: received before"* ]]
	fenced one-key noise:KK --mode static
}

@test "one-key: only in the mode static, and it still knows its peer's key" {
	export SS_LAB=1
	lab_files one-key noise:KK --mode static
	for m in dh hash; do
		run -2 --separate-stderr ss-handshake noise:KK -i -m $m \
		    -k lab/alice.key -p lab/bob.pub -S x.hs -U one-key
		[[ $stderr == *"mode static"* ]]
	done
	cd lab
	ss-mallory flip tag <stream >changed
	code 103 ss-open -s bob.sess -U one-key changed
	ss-mallory flip mac <stream >changed
	code 103 ss-open -s bob.sess -U one-key changed
	# no number of an epoch is too far away, nor too old
	sed -i 's/^\(send-chain: [0-9a-f]*\) .*/\1 5000/' alice.sess
	echo late | ss-seal -s alice.sess -U one-key >late
	ss-mallory get number <late | ss-prim hex | grep -qx 00001388
	[ "$(ss-open -s bob.sess -U one-key late)" = late ]
	seq 3 | cmp - <(ss-open -s bob.sess -U one-key stream)
	cd ..
	unset SS_LAB
	sessions --mode static
	sed -i 's/^\(send-chain: [0-9a-f]*\) .*/\1 5000/' alice.sess
	echo late | ss-seal -s alice.sess >late
	code 111 ss-open -s bob.sess late
}

@test "reuse-nonce: a crib dragged along, and a forged tag" {
	wins reuse-nonce reuse-nonce.sh
	[[ $output == *"0: bring 4711 "* ]]
	[[ $output == *"H = "* ]]
	[[ $output == *"Bob reads: pay 100 to mallory now"* ]]
	loses "no H fits" reuse-nonce.sh
	fenced reuse-nonce noise:KK --aead aesgcm
}

@test "no-tag: pay 100 becomes pay 900" {
	wins no-tag no-tag.sh
	[[ $output == *"Bob reads 'pay 900'"* ]]
	loses "code: SS-E103" no-tag.sh
	fenced no-tag noise:KK
	# any family and mode
	rm -r lab
	lab_files no-tag signed --mode hash
}

@test "each profile carries bytes and lines, both ciphers, small and large" {
	export SS_LAB=1
	head -c 300000 /dev/urandom >large
	for p in one-key reuse-nonce no-tag reinstall bare-hash; do
		for a in chachapoly aesgcm; do
			rm -rf lab
			lab_files $p noise:KK --mode static --aead $a
			cp lab/*.sess .
			ss-seal -s alice.sess -U $p large 2>/dev/null |
			    ss-open -s bob.sess -U $p 2>/dev/null |
			    cmp - large
			seq 100 | ss-seal -l -p 64 -s bob.sess -U $p 2>/dev/null |
			    ss-open -s alice.sess -U $p 2>/dev/null |
			    cmp - <(seq 100)
		done
	done
}
