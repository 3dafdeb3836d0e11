#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The family x3dh in the pipeline: prekeys, bundles, one message to somebody
# who is away.

load common

setup() {
	in_folder
	# made once for the whole file
	cp -p "$BATS_FILE_TMPDIR"/* .
}

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	identities
	ss-keygen -n mallory -o mallory.key 2>/dev/null
	ss-keygen --public mallory.key >mallory.pub
	ss-keygen --prekeys 5 -k bob.key -o bob.prekeys 2>/dev/null
	ss-keygen --bundle <bob.prekeys >bob.bundle
}

teardown() {
	if [ -f relay.pid ]; then
		kill "$(cat relay.pid)" 2>/dev/null || true
		wait "$(cat relay.pid)" 2>/dev/null || true
	fi
}

# alice_to [OPTION...]: the first message for bob.bundle, to m1
alice_to() {
	ss-handshake x3dh -i -k alice.key -p bob.pub --bundle bob.bundle \
	    -o alice.sess "$@" >m1
}

# bob_from [OPTION...]: and bob reads it from stdin
bob_from() {
	ss-handshake x3dh -r -k bob.key --prekeys bob.prekeys \
	    -p alice.pub -o bob.sess "$@"
}

# unchanged STATUS CODE COMMAND...: refused, prekeys as before, no session
unchanged() {
	local code=$1
	shift
	cp bob.prekeys before
	fails "$code" "$@" || return 1
	cmp before bob.prekeys || return 1
	[ ! -e bob.sess ]
}

# ones FILE: the ids of the one-time prekeys in it
ones() {
	sed -n 's/^one-time: \([0-9]*\) .*/\1/p' "$1" | tr '\n' ' '
}

@test "the manual's lines, as they stand there" {
	rm bob.prekeys bob.bundle
	ss-keygen --prekeys 100 -k bob.key -o bob.prekeys
	ss-keygen --bundle < bob.prekeys > bob.bundle
	{ ss-handshake x3dh -i -k alice.key -p bob.pub --bundle bob.bundle -o alice.sess; echo hi | ss-seal -s alice.sess; } > initial
	{ ss-handshake x3dh -r -k bob.key --prekeys bob.prekeys -p alice.pub -o bob.sess; ss-open -s bob.sess; } < initial >text
	[ "$(cat text)" = hi ]
	[ "$(stat -c %a bob.prekeys alice.sess bob.sess | sort -u)" = 600 ]
	[ "$(grep -c ^one-time bob.bundle)" = 100 ]
	[ "$(grep -c ^one-time bob.prekeys)" = 99 ]
	talks bob.sess alice.sess
	talks alice.sess bob.sess
	grep -q "^family: x3dh" bob.sess
	[ "$(grep ^transcript alice.sess)" = "$(grep ^transcript bob.sess)" ]
}

@test "through a pipe, armored, both AEADs, all modes" {
	for mode in dh hash static; do
		for aead in chachapoly aesgcm; do
			rm -f alice.sess bob.sess
			{
				ss-handshake x3dh -i -a -k alice.key \
				    -p bob.pub -b bob.bundle -1 \
				    -o alice.sess -m $mode -A $aead
				echo "$mode $aead" | ss-seal -a -s alice.sess
			} 2>err | {
				bob_from -m $mode -A $aead -1
				ss-open -s bob.sess
			} >text 2>err2 || { cat err err2; return 1; }
			[ "$(cat text)" = "$mode $aead" ]
			talks bob.sess alice.sess
			ss-keygen -K 1 bob.prekeys 2>/dev/null
			ss-keygen -b bob.prekeys >bob.bundle
		done
	done
}

@test "who is who: verified with -p, else said; the initiator must say" {
	alice_to 2>err
	grep -q "session with bob" err
	lacks err "not verified"
	ss-handshake x3dh -r -k bob.key -K bob.prekeys -o bob.sess \
	    <m1 2>err
	grep -q "session with alice" err
	grep -q "not verified" err
	rm alice.sess bob.sess
	fails 201 2 ss-handshake x3dh -i -k alice.key -b bob.bundle \
	    -o alice.sess
	grep -q "vouches for itself only" err
	fails 124 1 ss-handshake x3dh -i -k alice.key -p mallory.pub \
	    -b bob.bundle -o alice.sess
	grep -q "another person's" err
	ss-keygen -b bob.prekeys >bob.bundle
	alice_to 2>/dev/null
	unchanged 124 1 fed m1 ss-handshake x3dh -r -k bob.key \
	    -p mallory.pub -K bob.prekeys -o bob.sess
}

@test "by fingerprint, in the place of -p" {
	digits=$(ss-keygen -l bob.pub | sed -n '2,3p' | tr -d '\n' |
	    sed 's/.*: *//')
	run -0 ss-handshake x3dh -i -k alice.key -g "$digits" \
	    -b bob.bundle -o alice.sess
	ss-handshake x3dh -i -k alice.key -b bob.bundle -f \
	    --fingerprint "$(tr -d ' ' <<<"$digits")" -o alice.sess \
	    >m1 2>err
	lacks err "not verified"
	bob_from <m1 2>/dev/null
	talks alice.sess bob.sess
	for wrong in "${digits%?}" "${digits}0" \
	    "$(ss-keygen -l mallory.pub | sed -n '2,3p' | tr -d '\n' |
		sed 's/.*: *//')" ""; do
		fails 124 1 ss-handshake x3dh -i -k alice.key \
		    -g "$wrong" -b bob.bundle -o new.sess
	done
	fails 201 2 ss-handshake x3dh -i -k alice.key -g "$digits" \
	    -p bob.pub -b bob.bundle -o new.sess
	fails 201 2 ss-handshake noise:KK -i -k alice.key -g "$digits" \
	    -o new.sess
	[ ! -e new.sess ]
}

@test "a first message serves once, a one-time prekey too" {
	alice_to 2>/dev/null
	bob_from <m1 2>/dev/null
	cp bob.prekeys before
	fails 107 1 fed m1 ss-handshake x3dh -r -k bob.key \
	    -K bob.prekeys -o again.sess
	fails 203 2 fed m1 bob_from
	fails 107 1 fed m1 bob_from -f
	cmp bob.prekeys before
	talks alice.sess bob.sess
	[ ! -e again.sess ]
	# two people, one bundle from hand to hand
	ss-keygen --bundle --one bob.prekeys >one.bundle
	for who in alice mallory; do
		ss-handshake x3dh -i -k $who.key -p bob.pub -b one.bundle \
		    -o $who.2.sess >$who.m 2>/dev/null
	done
	rm bob.sess
	ss-handshake x3dh -r -k bob.key -K bob.prekeys -o m.sess \
	    <mallory.m 2>/dev/null
	unchanged 125 1 fed alice.m bob_from
	grep -q "one-time prekey was used before" err
}

@test "without one-time prekeys: three DHs, and it says so" {
	ss-keygen -K 0 -k bob.key -o none.prekeys 2>/dev/null
	mv none.prekeys bob.prekeys
	ss-keygen -b bob.prekeys >bob.bundle
	fails 125 1 alice_to --require-one-time
	grep -q "no one-time prekey left" err
	[ ! -e alice.sess ]
	alice_to 2>err
	grep -q "without a one-time prekey: three DHs" err
	unchanged 125 1 fed m1 bob_from --require-one-time
	grep -q "demanded" err
	bob_from <m1 2>err
	grep -q "without a one-time prekey: three DHs" err
	talks alice.sess bob.sess
	fails 107 1 fed m1 bob_from -f
	fails 125 1 ss-keygen -b --one bob.prekeys
}

@test "the responder speaks second" {
	alice_to 2>/dev/null
	bob_from <m1 2>/dev/null
	cp bob.sess before
	fails 122 1 fed m1 ss-seal -s bob.sess
	grep -q "^hint: the initiator speaks first" err
	cmp bob.sess before
	talks alice.sess bob.sess
	talks bob.sess alice.sess
}

@test "what a directory might change" {
	# the prekey, its id, its end; whose it is; another's signature
	ss-keygen -K 1 -k mallory.key -o mallory.prekeys 2>/dev/null
	ss-keygen -b mallory.prekeys >mallory.bundle
	sed "s/^public: .*/public: $(cat bob.pub)/" mallory.bundle >forged
	fails 103 1 alice_to -b forged
	grep -q "somebody has changed the bundle" err
	fails 124 1 alice_to -b mallory.bundle
	sed 's/^signed: 1 /signed: 2 /' bob.bundle >forged
	fails 103 1 alice_to -b forged
	sed 's/^\(signed: 1\) 1/\1 2/' bob.bundle >forged
	fails 103 1 alice_to -b forged
	perl -pe 's/^(signed: 1 \d+ )(\w)/$1 . ($2 eq "0" ? 1 : 0)/e' \
	    bob.bundle >forged
	fails 103 1 alice_to -b forged
	# a one-time prekey of his own: nobody learns anything
	sed "s/^one-time: 1 .*/$(grep ^one-time mallory.bundle)/; 5,\$ {
		/^one-time/d }" bob.bundle >forged
	alice_to -b forged 2>/dev/null
	unchanged 103 1 fed m1 bob_from
	for n in 1 10 100 300 500; do
		head -c $n bob.bundle >forged
		fails 101 1 alice_to -f -b forged ||
		    fails 102 1 alice_to -f -b forged
	done
	fails 113 1 alice_to -f -b /dev/null
	fails 116 1 alice_to -f -b bob.prekeys
	grep -q "ss-keygen --bundle makes the public half" err
	fails 102 1 alice_to -f -b bob.pub
}

@test "flipped bits: refused, nothing changes, and the good one is read" {
	alice_to 2>/dev/null
	for bit in $(seq 3 53 $(($(wc -c <m1) * 8 - 1))); do
		flip m1 "$bit" >bad
		cp bob.prekeys before
		status=0
		bob_from <bad >got 2>err || status=$?
		[ $status = 1 ] && grep -q "^code: SS-E1" err &&
		    [ ! -s got ] && [ ! -e bob.sess ] &&
		    cmp before bob.prekeys || { echo "$bit"; cat err; return 1; }
	done
	for n in 1 8 20 21 26 90 130 "$(($(wc -c <m1) - 1))"; do
		head -c "$n" m1 >bad
		unchanged 101 1 fed bad bob_from
	done
	bob_from <m1 2>/dev/null
	talks alice.sess bob.sess
}

@test "rotation: the old prekey is read in its grace time, then gone" {
	alice_to 2>/dev/null
	mv alice.sess early.sess
	mv m1 early
	alice_to 2>/dev/null
	mv m1 late
	ss-keygen --rotate-prekey -k bob.key bob.prekeys 2>err
	grep -q "signed prekey:    2, until .*, and 1 before it" err
	[ "$(grep -c ^signed bob.prekeys)" = 2 ]
	bob_from <early 2>/dev/null
	talks early.sess bob.sess
	ss-keygen -b bob.prekeys | grep -q "^signed: 2 "
	# once more, with hardly any grace
	mv bob.prekeys other
	mv other bob.prekeys
	ss-keygen -r -k bob.key -g 0 bob.prekeys 2>/dev/null
	ss-keygen -b bob.prekeys >bob.bundle
	rm alice.sess bob.sess
	alice_to 2>/dev/null
	mv m1 second
	sleep 1.2
	ss-keygen -r -k bob.key -g 0 bob.prekeys 2>/dev/null
	sleep 1.2
	grep -q "^signed: 3 " bob.prekeys
	unchanged 125 1 fed second bob_from
	grep -q "signed prekey is gone" err
	# the next change erases it
	ss-keygen -K 1 bob.prekeys 2>/dev/null
	lacks bob.prekeys "^signed: 3 "
	grep -q "^signed: 4 " bob.prekeys
	# whose it is matters
	cp bob.prekeys before
	fails 109 1 ss-keygen -r -k alice.key bob.prekeys
	cmp bob.prekeys before
}

@test "an expired bundle" {
	rm bob.prekeys
	ss-keygen -K 1 -t 0 -k bob.key -o bob.prekeys 2>/dev/null
	ss-keygen -b bob.prekeys >bob.bundle || true
	sleep 1.2
	if [ -s bob.bundle ]; then
		fails 125 1 alice_to
		grep -q "has expired" err
	fi
	fails 125 1 ss-keygen -b bob.prekeys
	grep -q "ss-keygen --rotate-prekey" err
	ss-keygen -r -k bob.key bob.prekeys 2>/dev/null
	ss-keygen -b bob.prekeys >bob.bundle
	alice_to 2>/dev/null
	bob_from <m1 2>/dev/null
}

@test "bundles: all, one, a certain one; the prekeys stay as they are" {
	cp bob.prekeys before
	[ "$(ones bob.bundle)" = "1 2 3 4 5 " ]
	ss-keygen --bundle --one <bob.prekeys >b
	[ "$(ones b)" = "1 " ]
	ss-keygen --bundle --one=4 -o b2 bob.prekeys
	[ "$(ones b2)" = "4 " ]
	[ "$(ss-keygen -b -13 bob.prekeys | grep -c '^one-time: 3 ')" = 1 ]
	fails 203 2 ss-keygen -b -o b2 bob.prekeys
	fails 125 1 ss-keygen -b --one=6 bob.prekeys
	cmp bob.prekeys before
	# no secret of the one file is in the other
	ss-keygen -b bob.prekeys >all
	for s in $(sed -n 's/^one-time: [0-9]* \(\w*\) .*/\1/p' bob.prekeys) \
	    "$(sed -n 's/^signed: [0-9]* [0-9]* [0-9]* \(\w*\) .*/\1/p' \
		bob.prekeys)"; do
		[ ${#s} = 64 ]
		lacks all "$s"
	done
	alice_to -b b2 2>/dev/null
	bob_from <m1 2>/dev/null
	[ "$(ones bob.prekeys)" = "1 2 3 5 " ]
}

@test "more prekeys: ids go on, there is an end, nothing is overwritten" {
	alice_to -b <(ss-keygen -b -15 bob.prekeys) 2>/dev/null
	bob_from <m1 2>err
	grep -q "4 one-time prekeys are left" err
	ss-keygen -K 2 bob.prekeys 2>/dev/null
	[ "$(ones bob.prekeys)" = "1 2 3 4 6 7 " ]
	cp bob.prekeys before
	fails 201 2 ss-keygen -K 995 bob.prekeys
	fails 201 2 ss-keygen -K 1001 -k bob.key -o new
	fails 203 2 ss-keygen -K 1 -k bob.key -o bob.prekeys
	cmp bob.prekeys before
	ss-keygen -K 994 bob.prekeys 2>/dev/null
	[ "$(grep -c ^one-time bob.prekeys)" = 1000 ]
	ss-keygen -b bob.prekeys | grep -c ^one-time | grep -qx 1000
	ss-keygen -f -K 1 -k bob.key -o bob.prekeys 2>/dev/null
	[ "$(ones bob.prekeys)" = "1 " ]
}

@test "two who read one message at once: one session" {
	for r in 1 2 3 4 5; do
		rm -f alice.sess
		ss-keygen -K 1 bob.prekeys 2>/dev/null
		ss-keygen -b bob.prekeys >bob.bundle
		alice_to 2>/dev/null
		pids=
		for n in 1 2 3; do
			bob_from -o "s$r$n" <m1 2>/dev/null &
			pids="$pids $!"
		done
		good=0
		for p in $pids; do
			if wait "$p"; then good=$((good + 1)); fi
		done
		[ $good = 1 ]
		[ "$(find . -name "s$r?" | wc -l)" = 1 ]
	done
}

@test "too many first messages: a new signed prekey makes room at once" {
	perl -i.all -ne 'if (/^end/) {
		printf "seen: 1 0 %064x\n", $_ for 1 .. 4096 } print' bob.prekeys
	chmod 600 bob.prekeys
	alice_to 2>/dev/null
	unchanged 125 1 bob_from <m1
	grep -q "rotate-prekey --grace=0" err
	ss-keygen --rotate-prekey --grace=0 -k bob.key bob.prekeys 2>/dev/null
	sleep 1.1
	ss-keygen --bundle <bob.prekeys >bob.bundle
	alice_to -f 2>/dev/null
	bob_from <m1 2>/dev/null
	[ "$(grep -c ^seen bob.prekeys)" = 1 ]
	[ "$(grep -c ^signed bob.prekeys)" = 1 ]
}

@test "while somebody takes a prekey, --force waits" {
	mkfifo ready end
	/usr/bin/python3 -c '
import fcntl
lock = open("bob.prekeys.lock", "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
open("ready", "w").close()
open("end").read()' &
	holder=$!
	read -r _ <ready || true
	cp bob.prekeys before
	status=0
	timeout 1 ss-keygen -f -K 1 -k bob.key -o bob.prekeys || status=$?
	cmp before bob.prekeys
	: >end
	wait $holder
	[ "$status" = 124 ]
	ss-keygen -f -K 1 -k bob.key -o bob.prekeys 2>/dev/null
	[ "$(ones bob.prekeys)" = "1 " ]
}

@test "prekeys that cannot be saved: no session, and later all is well" {
	alice_to 2>/dev/null
	mkdir bob.prekeys.new
	cp bob.prekeys before
	status=0
	bob_from <m1 2>err || status=$?
	[ $status = 2 ]
	[ ! -e bob.sess ]
	cmp bob.prekeys before
	rmdir bob.prekeys.new
	bob_from <m1 2>/dev/null
	talks alice.sess bob.sess
	# and a first message that cannot be written
	rm alice.sess
	status=0
	ss-handshake x3dh -i -k alice.key -p bob.pub -b bob.bundle \
	    -o alice.sess >/dev/full 2>err || status=$?
	[ $status = 2 ]
	[ ! -e alice.sess ]
}

@test "the files: whose, which half, who else may read them" {
	alice_to 2>/dev/null
	chmod 644 bob.prekeys
	unchanged 119 1 fed m1 bob_from
	fails 119 1 ss-keygen -b bob.prekeys
	chmod 600 bob.prekeys
	unchanged 116 1 fed m1 bob_from -K <(cat bob.bundle)
	unchanged 109 1 fed m1 bob_from -k alice.key
	grep -q "belong to another key" err
	# they change, so a descriptor is no place for them
	unchanged 201 2 fed m1 bob_from -K /dev/fd/3 3<bob.prekeys
	grep -q "prekeys that change are a file" err
	for n in 40 200 1000; do
		head -c $n bob.prekeys >cut
		chmod 600 cut
		fails 101 1 ss-keygen -b cut
	done
	# prekeys of a pipe can be shown, not used up
	cat bob.prekeys | ss-keygen -b >b
	cmp b bob.bundle
}

@test "misuse: exit 2, nothing is made" {
	fails 201 2 ss-handshake x3dh -i -k alice.key -p bob.pub -o s
	grep -q "needs the peer's bundle" err
	fails 201 2 ss-handshake x3dh -r -k bob.key -o s
	grep -q "needs its prekeys" err
	fails 201 2 ss-handshake x3dh -i -p bob.pub -b bob.bundle -o s
	fails 201 2 ss-handshake x3dh -i -k alice.key -p bob.pub \
	    -b bob.bundle -K bob.prekeys -o s
	fails 201 2 ss-handshake x3dh -r -k bob.key -K bob.prekeys \
	    -b bob.bundle -o s
	fails 201 2 ss-handshake signed -i -k alice.key -b bob.bundle -o s
	grep -q "no use for prekeys" err
	fails 201 2 ss-handshake signed -i -k alice.key -1 -o s
	fails 201 2 ss-handshake x3dh:XX -i -k alice.key -p bob.pub \
	    -b bob.bundle -o s
	fails 201 2 ss-keygen -K 3 -o new
	fails 201 2 ss-keygen -K 3
	fails 201 2 ss-keygen -K 3 -k bob.key bob.prekeys
	fails 201 2 ss-keygen -K 3 -k bob.key -o -
	fails 201 2 ss-keygen -K 3 -k bob.key -o new bob.prekeys
	fails 201 2 ss-keygen -r bob.prekeys
	cp -p bob.prekeys before
	fails 201 2 ss-keygen -r -k bob.key -t 99999999d bob.prekeys
	grep -q "beyond the year 9999" err
	fails 201 2 ss-keygen -r -k bob.key -g 99999999d bob.prekeys
	fails 201 2 ss-keygen -K 1 -k bob.key -t 99999999d -o new
	cmp before bob.prekeys
	fails 201 2 ss-keygen -b --key bob.key bob.prekeys
	fails 201 2 ss-keygen -b -r -k bob.key bob.prekeys
	for o in alice.key bob.pub bob.bundle ./bob.bundle; do
		cp "$o" before
		fails 201 2 ss-handshake x3dh -i -k alice.key -p bob.pub \
		    -b bob.bundle -f -o "$o"
		cmp before "$o"
	done
	cp -p bob.prekeys before
	alice_to 2>/dev/null
	fails 201 2 ss-handshake x3dh -r -k bob.key -K bob.prekeys \
	    -f -o bob.prekeys <m1
	fails 201 2 ss-keygen -b -f -o bob.prekeys bob.prekeys
	cmp before bob.prekeys
	cp -p bob.key before
	fails 201 2 ss-keygen -K 3 -k bob.key -f -o bob.key
	cmp before bob.key
	[ ! -e s ]
	[ ! -e new ]
}

@test "a key with a passphrase" {
	echo secret >pass
	ss-keygen -n carol -F 3 -o carol.key 3<pass 2>/dev/null
	ss-keygen -p carol.key >carol.pub
	ss-keygen -K 2 -k carol.key -F 3 -o carol.prekeys 3<pass 2>/dev/null
	ss-keygen -r -k carol.key -F 3 carol.prekeys 3<pass 2>/dev/null
	fails 120 1 ss-keygen -r -k carol.key -F 3 carol.prekeys 3<bob.pub
	ss-keygen -b carol.prekeys >carol.bundle
	ss-handshake x3dh -i -k alice.key -p carol.pub -b carol.bundle \
	    -o alice.sess >m1 2>/dev/null
	ss-handshake x3dh -r -k carol.key -F 3 -K carol.prekeys \
	    -o carol.sess <m1 3<pass 2>/dev/null
	talks alice.sess carol.sess
}

@test "explain tells each step, and secrets only when asked" {
	alice_to -e 2>err
	grep -q "message 1 of 1, we write: -> identity, EK" err
	grep -q "signature of the prekey holds over" err
	for n in 1 2 3 4; do
		grep -q "DH$n: our" err
	done
	grep -q "input of HKDF: F" err
	grep -q "AD: both identity keys" err
	grep -q "MAC over AD and h" err
	spk=$(sed -n 's/^signed: [0-9]* [0-9]* [0-9]* \(\w*\) .*/\1/p' \
	    bob.prekeys)
	[ ${#spk} = 64 ]
	bob_from -e <m1 2>err2
	grep -q "the MAC holds" err2
	lacks err2 "$spk"
	lacks err "SECRET"
	rm alice.sess bob.sess
	ss-keygen -b bob.prekeys >bob.bundle
	alice_to -e -x 2>err
	grep -q SECRET err
	# both sides print the same SK
	bob_from -e -x <m1 2>err2
	grep -A1 '^# SK$' err >a
	grep -A1 '^# SK$' err2 >b
	[ -s a ]
	cmp a b
	ss-keygen -K 1 -k bob.key -f -e -o bob.prekeys 2>err
	grep -q "signature covers a label, the owner's fingerprint" err
	s=$(sed -n 's/^signed: [0-9]* [0-9]* [0-9]* \(\w*\) .*/\1/p' bob.prekeys)
	lacks err "$s"
}

# told WHAT: the value, of one or more lines, that stands in err under the
# first line with WHAT
told() {
	awk -v what="$1" '
		on && /^#       [0-9a-f]/ { printf "%s", $2; next }
		on { exit }
		hit && $2 == "=" { printf "%s", $3; on = 1 }
		index($0, what) { hit = 1 }' err | ss-prim unhex
}

# same FILE WHAT: what we computed is what was told
same() {
	told "$2" | cmp - "$1" || { echo "$2"; return 1; }
}

# the value of a key file's line, as a secret file
secret() { sed -n "s/^$2: //p" "$1" | ss-prim unhex; }

@test "by hand: every step from the numbers that --explain prints" {
	alice_to -e -x 2>err
	(umask 077; told 'random: secret of EK' >ek.sec
	    secret alice.key x25519 >alice.sec)
	ss-prim dh -P -k ek.sec >ek
	same ek 'EK: our ephemeral'
	told '# SPK: the' >spk
	told '# OPK: the' >opk
	# it is in the bundle that Bob gave away
	grep -q "$(ss-prim hex <spk)" bob.bundle
	grep -q "$(ss-prim hex <opk)" bob.bundle
	sed 's/.*:\(.*\)/\1=/' bob.pub | tr _- /+ | base64 -d |
	    tail -c +33 | head -c 32 >bob.x
	ss-prim dh -P -k alice.sec >alice.x
	ss-prim dh -k alice.sec <spk >dh1
	ss-prim dh -k ek.sec <bob.x >dh2
	ss-prim dh -k ek.sec <spk >dh3
	ss-prim dh -k ek.sec <opk >dh4
	for n in 1 2 3 4; do
		same dh$n "DH$n"
	done
	{ printf '\377%.0s' $(seq 32); cat dh1 dh2 dh3 dh4; } |
	    ss-prim hkdf -i 'text:SecretSocket-v1 x3dh secret' >sk
	same sk '# SK'
	{ printf '\005'; cat alice.x; printf '\005'; cat bob.x; } >ad
	same ad 'AD: both'
	# transcript: label, prologue; then whom, which prekeys, the message
	{ printf 'SecretSocket-v1 x3dh transcript'; told '# prologue'; } |
	    ss-prim hash >h
	same h 'x3dh: h after label'
	{ printf 'SecretSocket-v1 fingerprint'
		sed 's/.*:\(.*\)/\1=/' bob.pub | tr _- /+ | base64 -d |
		    head -c 64; } | ss-prim hash >fp
	tail -c +22 m1 | head -c -32 >message
	for x in fp spk opk message; do
		cat h $x | ss-prim hash >next
		mv next h
	done
	same h "h after the responder's"
	ss-prim hkdf -s file:h -i 'text:SecretSocket-v1 x3dh keys' -l 64 \
	    <sk >keys
	same keys 'keys: of the MAC'
	(umask 077; head -c 32 keys >mac.key)
	cat ad h | ss-prim hmac -k mac.key >mac
	tail -c 32 m1 | cmp - mac
	cat h mac | ss-prim hash >hash
	same hash '# transcript hash'
	grep -q "^transcript: $(ss-prim hex <hash)" alice.sess
}

@test "an identity with an RSA key" {
	ss-keygen -n rosa --rsa 2048 -o rosa.key 2>/dev/null
	ss-keygen -p rosa.key >rosa.pub
	ss-keygen -K 2 -k rosa.key -o rosa.prekeys 2>/dev/null
	ss-keygen -b rosa.prekeys >rosa.bundle
	ss-handshake x3dh -i -k rosa.key -p bob.pub -b bob.bundle \
	    -o rosa.sess >m1 2>/dev/null
	ss-handshake x3dh -r -k bob.key -K bob.prekeys -p rosa.pub \
	    -o bob.sess <m1 2>/dev/null
	talks rosa.sess bob.sess
	ss-explain m1 | grep -q "256  RSA modulus"
	alice_to -p rosa.pub -b rosa.bundle 2>/dev/null
	ss-handshake x3dh -r -k rosa.key -K rosa.prekeys -p alice.pub \
	    -f -o rosa.sess <m1 2>/dev/null
	talks alice.sess rosa.sess
}

@test "ss-explain names every byte, and hides the secrets" {
	alice_to 2>/dev/null
	ss-explain m1 >out
	grep -qE '^ +21 +1 +Length of the name +05' out
	grep -qE '^ +22 +5 +Name +616c696365 +"alice"' out
	grep -qE '^ +27 +32 +Ed25519 key' out
	grep -qE '^ +59 +32 +Identity key' out
	grep -qE '^ +91 +32 +Ephemeral key' out
	grep -qE '^ +123 +4 +Signed prekey +00000001 +1' out
	grep -qE '^ +127 +4 +One-time prekey' out
	grep -qE '^ +131 +32 +Confirmation MAC' out
	[ "$(wc -c <m1)" = 163 ]
	ss-explain bob.bundle >out
	grep -q "Signed prekey        until 20" out
	grep -q "The same for people to compare" out
	bob_from <m1 2>/dev/null
	ss-explain bob.prekeys >out
	grep -q "First message seen" out
	for s in $(sed -n 's/^one-time: [0-9]* \(\w*\) .*/\1/p' bob.prekeys); do
		lacks out "$s"
	done
	ss-explain bob.sess >out
	grep -q "Family               x3dh" out
	grep -q "chachapoly" out
	ss-explain SS-E125 | grep -q "one-time prekey"
	ss-explain SS-E107 | grep -q "first message of x3dh"
	head -c 300 bob.prekeys >cut
	run -1 ss-explain cut
}

@test "by way of a relay, to somebody who is away" {
	mkfifo ready
	ss-relay -l 127.0.0.1:0 -d state -r 3 3>ready >out 2>err </dev/null &
	echo $! >relay.pid
	while read -r what value; do
		case $what in
		url:) export SS_RELAY=$value ;;
		pin:) export SS_PIN=$value ;;
		esac
	done <ready
	timeout 20 ss-connect -k bob.key 2>/dev/null # known, and gone again
	{
		alice_to 2>/dev/null
		cat m1
		echo "are you there?" | ss-seal -s alice.sess
	} | timeout 20 ss-connect -k alice.key --to bob 2>/dev/null
	timeout 20 ss-connect -k bob.key --from alice --drain 2>/dev/null | {
		bob_from 2>/dev/null
		ss-open -s bob.sess
	} >text
	[ "$(cat text)" = "are you there?" ]
	talks bob.sess alice.sess
}

@test "with a state, as other families: it is spent at once" {
	ss-handshake x3dh -i -k alice.key -p bob.pub -b bob.bundle -S a.hs \
	    -o alice.sess >m1 2>/dev/null
	[ ! -e a.hs ]
	bob_from -S b.hs <m1 2>/dev/null
	[ ! -e b.hs ]
	[ -z "$(find . -name '*.hs*')" ]
	talks alice.sess bob.sess
	fails 125 1 ss-handshake -S a.hs -o s
}

@test "a seed makes the same prekeys, message and session" {
	export SS_LAB=1
	for f in one two; do
		mkdir $f
		(
			cd $f
			for n in alice bob; do
				ss-keygen -n $n -Z s -o $n.key
				ss-keygen -p $n.key >$n.pub
			done
			ss-keygen -K 9 -k bob.key -Z s -o bob.prekeys
			ss-keygen -r -k bob.key -Z s bob.prekeys
			ss-keygen -K 2 -Z s bob.prekeys
			ss-keygen -b -Z s bob.prekeys >bob.bundle
			alice_to -Z s
			bob_from -Z s <m1
			echo hi | ss-seal -s alice.sess -Z s >r
			ss-open -s bob.sess -Z s <r >text
		) 2>err || { cat err; return 1; }
	done
	diff -r one two
	[ "$(cat one/text)" = hi ]
	# and none of the keys in it twice
	sed 1,3d one/bob.prekeys | grep -oE '\<[0-9a-f]{64}\>' | sort |
	    uniq -d >twice
	[ ! -s twice ]
}
