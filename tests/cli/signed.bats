#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The families signed and psk in the pipeline: files, FIFOs, armor, states.

load common

setup() {
	in_folder
	# made once for the whole file
	cp -p "$BATS_FILE_TMPDIR"/*.key "$BATS_FILE_TMPDIR"/*.pub .
}

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	identities
	ss-keygen -n mallory -o mallory.key 2>/dev/null
	ss-keygen --public mallory.key >mallory.pub
}

# first, second: m1 and a.hs, then m2 and b.hs
first() { ss-handshake signed -i -k alice.key -S a.hs "$@" >m1; }
second() { ss-handshake signed -r -k bob.key -S b.hs "$@" <m1 >m2; }

# by_files [OPTION...]: all three messages
by_files() {
	rm -f a.hs b.hs a.sess b.sess
	first -p bob.pub "$@"
	second "$@"
	ss-handshake -S a.hs -o a.sess <m2 >m3 2>a.err
	ss-handshake -S b.hs -o b.sess <m3 >m4 2>b.err
	[ ! -s m4 ]
	[ ! -e a.hs ]
	[ ! -e b.hs ]
}

@test "by files, as in the manual: verified with -p, else said" {
	by_files
	grep -q "session with bob" a.err
	lacks a.err "not verified"
	grep -q "session with alice" b.err
	grep -q "not verified" b.err
	[ "$(stat -c %a a.sess b.sess | sort -u)" = 600 ]
	talks a.sess b.sess
	talks b.sess a.sess
	for s in a.sess b.sess; do
		grep -q "^family: signed" $s
		grep -q "^aead: aesgcm" $s
	done
	[ "$(grep ^transcript a.sess)" = "$(grep ^transcript b.sess)" ]
}

@test "both AEADs, all modes" {
	for mode in dh hash static; do
		for aead in chachapoly aesgcm; do
			by_files -m $mode -A $aead
			grep -q "^mode: $mode" a.sess
			grep -q "^aead: $aead" b.sess
			talks a.sess b.sess
			talks b.sess a.sess
		done
	done
}

@test "by FIFOs" {
	mkfifo to_bob to_alice
	ss-handshake signed -i -k alice.key -o a.sess \
	    >to_bob <to_alice 2>err &
	pid=$!
	ss-handshake signed -r -k bob.key -p alice.pub -o b.sess \
	    <to_bob >to_alice 2>err2
	wait $pid
	talks a.sess b.sess
	grep -q "not verified" err
	lacks err2 "not verified"
}

@test "handshake and stream in one pipe" {
	first
	second -p alice.pub -o b.sess
	{ ss-handshake -S a.hs -o a.sess <m2 2>/dev/null
	  echo hello | ss-seal -s a.sess; } >rest
	{ ss-handshake -S b.hs 2>/dev/null; ss-open -s b.sess; } <rest >text
	[ "$(cat text)" = hello ]
}

@test "armor" {
	by_files -a
	for m in m1 m2 m3; do
		[ "$(wc -l <$m)" = 1 ]
		grep -q '^U1MB' $m
	done
	talks a.sess b.sess
}

@test "no identity in the clear" {
	by_files
	for k in alice bob; do
		pub=$(sed 's/.*:\(.*\)/\1=/' $k.pub | tr _- /+ | base64 -d |
		    head -c 32 | od -An -tx1 | tr -d ' \n')
		[ ${#pub} = 64 ]
		cat m1 m2 m3 >all
		od -An -v -tx1 all | tr -d ' \n' >hex
		lacks hex "$pub"
		lacks all "$k"
	done
}

@test "somebody else than -p says" {
	first -p mallory.pub
	second
	cp a.hs before
	fails 124 1 fed m2 ss-handshake -S a.hs -o a.sess
	cmp a.hs before
	rm a.hs b.hs
	first
	second -p mallory.pub
	ss-handshake -S a.hs -o a.sess <m2 >m3 2>/dev/null
	cp b.hs before
	fails 124 1 fed m3 ss-handshake -S b.hs -o b.sess
	cmp b.hs before
	[ ! -e b.sess ]
}

@test "flipped bits: refused, and the state stays good" {
	first -p bob.pub
	second
	cp a.hs before
	for bit in $(seq 5 101 $(($(wc -c <m2) * 8 - 1))); do
		flip m2 $bit >bad
		status=0
		ss-handshake -S a.hs -o a.sess <bad >got 2>err || status=$?
		[ $status = 1 ] && grep -q "^code: SS-E1" err && [ ! -s got ] ||
		    { echo "bit $bit: $status"; cat err; return 1; }
		cmp a.hs before
		[ ! -e a.sess ]
	done
	ss-handshake -S a.hs -o a.sess <m2 >m3 2>/dev/null
	cp b.hs before
	for bit in $(seq 2 103 $(($(wc -c <m3) * 8 - 1))); do
		flip m3 $bit >bad
		status=0
		ss-handshake -S b.hs -o b.sess <bad >got 2>err || status=$?
		[ $status = 1 ] && cmp b.hs before && [ ! -e b.sess ] ||
		    { echo "bit $bit: $status"; cat err; return 1; }
	done
	ss-handshake -S b.hs -o b.sess <m3 2>/dev/null
	talks a.sess b.sess
}

@test "a replayed second message changes nothing" {
	by_files
	cp a.sess before
	# the state is spent
	fails 125 1 fed m2 ss-handshake -S a.hs -o a.sess
	first
	fails 109 1 fed m2 ss-handshake -S a.hs -o new.sess
	fails 106 1 fed m3 ss-handshake signed -r -k bob.key -o new.sess
	fails 110 1 fed m1 ss-handshake -S a.hs -o new.sess
	cmp a.sess before
	[ ! -e new.sess ]
	talks a.sess b.sess
}

@test "cut, empty, LAB, another family" {
	first
	for n in 1 8 20 21 53 84; do
		head -c $n m1 >cut
		fails 101 1 fed cut ss-handshake signed -r -k bob.key -o b.sess
	done
	fails 113 1 fed /dev/null ss-handshake signed -r -k bob.key -o b.sess
	flip m1 31 >lab
	fails 112 1 fed lab ss-handshake signed -r -k bob.key -o b.sess
	fails 117 1 fed m1 ss-handshake noise:XX -r -k bob.key -o b.sess
	grep -q "the other side has: signed --aead aesgcm --mode dh" err
	fails 117 1 fed m1 ss-handshake signed -r -k bob.key -o b.sess \
	    -A chachapoly
	[ ! -e b.sess ]
}

@test "misuse: exit 2, nothing is made" {
	fails 201 2 ss-handshake signed -i -o s
	grep -q "our own key is needed" err
	(umask 077; head -c 32 /dev/urandom >psk)
	fails 201 2 ss-handshake signed -i -k alice.key -P psk -o s
	fails 201 2 ss-handshake signed:XX -i -k alice.key -o s
	fails 201 2 ss-handshake signed: -i -k alice.key -o s
	fails 201 2 ss-handshake noise -i -k alice.key -o s
	grep -q "no such pattern" err
	fails 201 2 ss-handshake sign -i -k alice.key -o s
	grep -q "does not begin with a family" err
	fails 201 2 ss-handshake psk:NN -i -P psk -o s
	fails 201 2 ss-handshake psk -i -o s
	fails 201 2 ss-handshake psk -i -k alice.key -P psk -o s
	[ ! -e s ]
}

@test "explain tells each step, and secrets only when asked" {
	ss-handshake signed -i -k alice.key -S a.hs -e >m1 2>err
	grep -q "message 1 of 3, we write: -> e, commitment" err
	entropy=$(sed -n 's/^write: //p' a.hs)
	[ ${#entropy} = 64 ]
	lacks err "$entropy"
	second -e 2>err
	grep -q "message 2 of 3, we write: <- e, ee, {identity" err
	grep -q "signed by us: role, transcript, identities" err
	lacks err SECRET
	ss-handshake -S a.hs -o a.sess -e -x <m2 >m3 2>err
	grep -q "signature and MAC hold" err
	grep -q SECRET err
}

@test "ss-explain names every byte of all three messages" {
	by_files
	ss-explain m1 >out
	grep -q "Suite.*aesgcm" out
	grep -qE "^ +21 +32 +Ephemeral key" out
	grep -qE "^ +53 +32 +Commitment" out
	ss-explain m2 >out
	grep -qE "^ +21 +32 +Ephemeral key" out
	grep -qE "^ +53 +164 +Identity and proof" out
	grep -qE "^ +217 +16 +Tag" out
	ss-explain m3 >out
	grep -qE "^ +21 +198 +Identity and proof" out
	grep -qE "^ +219 +16 +Tag" out
	[ "$(wc -c <m2) $(wc -c <m3)" = "233 235" ]
	ss-explain a.sess >out
	grep -q "aesgcm" out
	first
	ss-explain a.hs >out
	entropy=$(sed -n 's/^write: //p' a.hs)
	[ ${#entropy} = 64 ]
	lacks out "$entropy"
}

@test "psk is noise:NNpsk0, byte for byte" {
	(umask 077; head -c 32 /dev/urandom >psk)
	ss-handshake psk -i -P psk -S a.hs >m1
	ss-handshake noise:NNpsk0 -r -P psk -o b.sess <m1 >m2 2>err
	grep -q "whoever knows the pre-shared key" err
	ss-handshake -S a.hs -o a.sess <m2 2>/dev/null
	talks a.sess b.sess
	# nothing in state or record tells which name was used
	ss-handshake psk -i -P psk -S p.hs >p1
	ss-handshake noise:NNpsk0 -i -P psk -S n.hs >n1
	[ "$(sed '/^run\|^write/d' p.hs)" = "$(sed '/^run\|^write/d' n.hs)" ]
	[ "$(ss-explain p1 | grep Suite)" = "$(ss-explain n1 | grep Suite)" ]
	cmp <(head -c 12 p1) <(head -c 12 n1)
	ss-handshake psk -r -P psk -o b2.sess <n1 >n2 2>/dev/null
	ss-handshake -S n.hs -o a2.sess <n2 2>/dev/null
	talks b2.sess a2.sess
}
