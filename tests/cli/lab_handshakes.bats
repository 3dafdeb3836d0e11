#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Lab profiles that spoil handshakes: unauthenticated, sign-key-only; and
# noise:NN, which says what it is.  docs/labs.md

load common
load lab_attacks

setup() { in_folder; }

@test "unauthenticated: the man in the middle reads and changes" {
	wins unauthenticated unauthenticated.sh noise:KK
	[[ $output == *"session with alice"*"session with bob"* ]]
	[[ $output == *"Mallory reads: pay 100 to carol"* ]]
	[[ $output == *"Bob reads 'pay 100 to mallory'" ]]
	loses "code: SS-E103" unauthenticated.sh noise:KK
	fenced unauthenticated noise:KK
}

@test "unauthenticated: noise:NN is that without a profile, and says so" {
	wins "" unauthenticated.sh noise:NN
	[[ $output == *"anonymous peer: whoever was on the line"* ]]
	[[ $output != *"session with alice"* ]]
}

@test "unauthenticated: KK on the wire is what NN is there" {
	lab_files unauthenticated noise:KK
	[ "$(ss-mallory get message <lab/m1 | wc -c)" = 32 ]
	[ "$(ss-mallory get message <lab/m2 | wc -c)" = 48 ]
	grep -qx 'peer: bob 0*' lab/alice.sess
	export SS_LAB=1
	for f in noise:K noise:N signed; do
		run -2 --separate-stderr ss-handshake $f -i -k lab/alice.key \
		    -p lab/bob.pub -S x.hs -o y.sess -U unauthenticated
	done
	[[ $stderr == *"family noise"* ]]
	# patterns that send the key: it is shown, and not proven
	for f in XX IK IX NX; do
		a="-k lab/alice.key" p="-p lab/bob.pub"
		case $f in NX) a= ;; esac
		case $f in XX | IX | NX) p= ;; esac
		rm -f ./*.hs ./*.sess
		u=--lab-unsafe=unauthenticated
		# shellcheck disable=SC2086
		ss-handshake noise:$f -i $a $p -S a.hs $u >1
		ss-handshake noise:$f -r -k lab/bob.key -S b.hs -o b.sess $u <1 >2
		ss-handshake -S a.hs -o a.sess $u <2 >3
		[ ! -s 3 ] || ss-handshake -S b.hs -o b.sess $u <3
		[ "$(echo $f | ss-seal -s a.sess $u | ss-open -s b.sess $u)" = $f ]
	done
}

@test "unauthenticated: live, between two FIFOs" {
	identities
	mkfifo a.in a.out b.in b.out
	timeout 20 bash -c '{ ss-handshake noise:NN -i -o alice.sess &&
	    echo "pay 100" | ss-seal -s alice.sess; } <a.in >a.out 2>a.err' &
	alice=$!
	timeout 20 bash -c '{ ss-handshake noise:NN -r -o bob.sess &&
	    ss-open -s bob.sess >text; } <b.in >b.out 2>b.err' &
	bob=$!
	{
		ss-handshake noise:NN -r -o left.sess <&3 >&4
		ss-handshake noise:NN -i -o right.sess <&6 >&5
		ss-open -s left.sess <&3 | sed s/1/9/ |
		    ss-seal -s right.sess >&5
	} 4>a.in 3<a.out 5>b.in 6<b.out 2>m.err
	wait $alice
	wait $bob
	[ "$(cat text)" = "pay 900" ]
}

@test "sign-key-only: misbinding, and an old key" {
	wins sign-key-only sign-key-only.sh
	[[ $output == *"session with mallory"*"session with bob"* ]]
	[[ $output == *"Bob reads it as Mallory's: put 100 on my account"* ]]
	[[ $output == *"Mallory reads: the gate is 4711."* ]]
	loses "message 2: authentication failed" sign-key-only.sh
	# made with the right keys, all but the signature
	[[ $output == *"old signature"*"message 3: authentication failed"* ]]
	fenced sign-key-only signed
}

@test "sign-key-only: what it still refuses, and what it looks like" {
	lab_files sign-key-only signed
	export SS_LAB=1
	cd lab
	u=--lab-unsafe=sign-key-only
	ss-explain m1 | grep -q '^ *53  *64  *Signature'
	for f in e signature; do
		ss-mallory flip handshake.$f <m1 >out
		code 103 ss-handshake signed -r -k bob.key -p alice.pub \
		    -S x.hs -o x.sess $u <out
	done
	ss-mallory truncate handshake.message 95 <m1 >out
	code 101 ss-handshake signed -r -k bob.key -p alice.pub -S x.hs \
	    -o x.sess $u <out
	ss-mallory set handshake.message file:stream <m1 >out
	code 105 ss-handshake signed -r -k bob.key -p alice.pub -S x.hs \
	    -o x.sess $u <out
	ss-mallory strip -z handshake.e <m1 >out
	code 118 ss-handshake signed -r -k bob.key -p alice.pub -S x.hs \
	    -o x.sess $u <out
	run -2 --separate-stderr ss-handshake signed -i -k alice.key -S x.hs $u
	[[ $stderr == *"identities do not travel"* ]]
	run -2 ss-handshake noise:KK -i -k alice.key -p bob.pub -S x.hs $u
	# the real family does not take it, whatever its header says
	cd ..
	ss-mallory strip LAB <lab/m1 >out
	code 105 ss-handshake signed -r -k bob.key -p alice.pub -S x.hs <out
}

@test "every profile has its attack, its section, and its place in the source" {
	cd "$BATS_TEST_DIRNAME/../.."
	for p in $(ss-explain --tables labs | sed -n 's/^| `\(.*\)` .*/\1/p')
	do
		[ "$p" != seeded ] || continue
		[ -x "labs/attacks/$p.sh" ] || [ -x "labs/attacks/$p.py" ] ||
		    { echo "$p: no attack"; false; }
		grep -q "^| \`$p\` " docs/labs.md || { echo "$p: labs.md"; false; }
		grep -q "^## .*$p" docs/labs.md || { echo "$p: section"; false; }
		grep -q "^\*\*$p\*\*" docs/protocol.md || { echo "$p: 14.2"; false; }
		grep -rqE "(LAB|lab profile) ([a-z, -]+, )?$p" lib cmd ||
		    { echo "$p: no place"; false; }
	done
}

@test "an attack that could not be tried is no defence that held" {
	local a=$BATS_TEST_DIRNAME/../../labs/attacks
	run -2 --separate-stderr env -u SS_LAB "$a/no-tag.sh" -U no-tag
	[ -z "$output" ]
	[[ $stderr == "no-tag.sh: no result"*"hint: SS_LAB=1 "*"SS-E201" ]]
	run -2 --separate-stderr env PATH=/usr/bin:/bin "$a/no-tag.sh"
	[[ $stderr == "no-tag.sh: no result"*"ss-keygen: not found" ]]
	SS_LAB=1 run -2 --separate-stderr "$a/no-tag.sh" -U reinstall
	[[ $stderr == *"reinstall is for the modes hash and static"* ]]
	run -2 "$a/static.sh" nonsense
	# what it does, in its own words
	run -0 "$a/no-tag.sh" --help
	[[ $output == "\"pay 100\" becomes "* ]]
	run -0 "$a/unauthenticated.sh" --help
	[[ $output == "The man in the middle."* ]]
}
