# SPDX-License-Identifier: ISC

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

# what the pattern needs of side 1 or 2: -k, -p
keys_of() {
	local pattern=$1 side=$2 us them me other
	pattern=${pattern%%psk*}
	pattern=${pattern//1/}
	us=${pattern:$((side - 1)):1} them=${pattern:$((2 - side)):1}
	[ $side = 1 ] && me=alice other=bob || me=bob other=alice
	[ "$us" = N ] || echo "-k $me.key"
	[ "$them" != K ] || echo "-p $other.pub"
}

# by_files PATTERN [OPTION...]: a turn at a time until both are done
by_files() {
	local pattern=$1 n=1 m=0
	shift
	rm -f a.hs b.hs a.sess b.sess m[0-9]
	ss-handshake noise:$pattern -i $(keys_of $pattern 1) -S a.hs \
	    -o a.sess "$@" >m1 2>>log
	ss-handshake noise:$pattern -r $(keys_of $pattern 2) -S b.hs \
	    -o b.sess "$@" <m1 >m2 2>>log
	[ ! -e a.hs ] || ss-handshake -S a.hs <m2 >m3 2>>log
	[ ! -e b.hs ] || ss-handshake -S b.hs <m3 >m4 2>>log
	[ ! -e a.hs ] || ss-handshake -S a.hs <m4 >m5 2>>log
	[ -z "$(ls | grep '\.hs')" ]
}

# kk: m1 and alice.hs, then m2 and bob.sess
kk_first() {
	ss-handshake noise:KK -i -k alice.key -p bob.pub -S alice.hs "$@" >m1
}
kk_second() {
	ss-handshake noise:KK -r -k bob.key -p alice.pub -o bob.sess "$@" \
	    <m1 >m2 2>/dev/null
}

@test "by files, as in the manual" {
	run -0 --separate-stderr kk_first
	[ -z "$stderr" ]
	[ "$(stat -c %a alice.hs)" = 600 ]
	run -0 --separate-stderr bash -c "ss-handshake noise:KK -r -k bob.key \
	    -p alice.pub -o bob.sess < m1 > m2"
	[[ $stderr == *"session with alice"*fingerprint:* ]]
	[[ $stderr != *"not verified"* ]]
	run -0 --separate-stderr bash -c \
	    "ss-handshake -S alice.hs -o alice.sess < m2"
	[ -z "$output" ]
	[[ $stderr == *"session with bob"* ]]
	[ ! -e alice.hs ]
	[ "$(stat -c %a alice.sess bob.sess | sort -u)" = 600 ]
	talks alice.sess bob.sess
	talks bob.sess alice.sess
}

@test "by FIFOs, as in the manual" {
	mkfifo to_bob to_alice
	ss-handshake noise:XX -i -k alice.key -o a.sess \
	    > to_bob < to_alice 2>err &
	pid=$!
	ss-handshake noise:XX -r -k bob.key -o b.sess \
	    < to_bob > to_alice 2>err2
	wait $pid
	talks a.sess b.sess
	talks b.sess a.sess
	grep -q "session with bob" err
	grep -q "not verified" err
	grep -q "not verified" err2
	# the fingerprint is the one that ss-keygen prints
	ss-keygen --fingerprint bob.pub 2>&1 | grep fingerprint >want
	grep -qxFf want err
}

@test "every two-way fundamental pattern, and some others" {
	for p in NN NK NX KN KK KX XN XK XX IN IK IX NK1 X1X1 KX1 I1X1; do
		by_files $p || { echo "$p"; cat log; return 1; }
		talks a.sess b.sess || { echo "$p"; return 1; }
	done
}

@test "one-way patterns: only the initiator sends, mode hash" {
	for p in N K X; do
		case $p in
		N) own='' other='' ;;
		K) own='-k alice.key' other='-p alice.pub' ;;
		X) own='-k alice.key' other='' ;;
		esac
		rm -f *.sess
		ss-handshake noise:$p -i $own -p bob.pub -o a.sess >m1 2>/dev/null
		ss-handshake noise:$p -r -k bob.key $other -o b.sess <m1 >m2 \
		    2>err
		[ ! -s m2 ]
		grep -q "^mode: hash" a.sess
		talks a.sess b.sess
		fails 122 1 fed /dev/null ss-seal -s b.sess
	done
	rm a.sess
	fails 201 2 ss-handshake noise:N -i -p bob.pub -o a.sess -m dh
	[ ! -e a.sess ]
}

@test "both AEADs, all modes; static says what it lacks" {
	for mode in dh hash static; do
		for aead in chachapoly aesgcm; do
			by_files KK -m $mode -A $aead
			talks a.sess b.sess
			grep -q "^mode: $mode" a.sess
			grep -q "^aead: $aead" b.sess
		done
	done
	kk_first -m static
	run -0 --separate-stderr bash -c "ss-handshake noise:KK -r -k bob.key \
	    -p alice.pub -m static -o bob.sess < m1 > m2"
	[[ $stderr == *"no forward secrecy"* ]]
}

@test "what the other side asked for is said" {
	ss-handshake noise:IK -i -k alice.key -p bob.pub -m hash -A aesgcm \
	    -S alice.hs >m1
	fails 117 1 fed m1 ss-handshake noise:KK -r -k bob.key -p alice.pub \
	    -o bob.sess
	grep -q "noise:IK --aead aesgcm --mode hash" err
	[ ! -e bob.sess ]
}

@test "an anonymous peer is called so" {
	by_files NN
	grep -q "anonymous peer: whoever was on the line" log
}

@test "psk: the same file, another, none, short, readable" {
	(umask 077; head -c 32 /dev/urandom >psk; head -c 32 /dev/urandom >other
	    head -c 31 /dev/urandom >short)
	by_files NNpsk0 -P psk
	talks a.sess b.sess
	grep -q "whoever knows the pre-shared key" log
	by_files IKpsk1+psk2 -P psk -P other
	talks b.sess a.sess

	ss-handshake noise:NNpsk0 -i -P psk -S a2.hs >m1
	fails 103 1 fed m1 ss-handshake noise:NNpsk0 -r -P other -o b2.sess
	[ ! -e b2.sess ]
	fails 201 2 fed m1 ss-handshake noise:NNpsk0 -r -o b2.sess
	fails 201 2 fed m1 ss-handshake noise:NN -r -P psk -o b2.sess
	fails 105 1 fed m1 ss-handshake noise:NNpsk0 -r -P short -o b2.sess
	chmod 644 psk
	fails 119 1 fed m1 ss-handshake noise:NNpsk0 -r -P psk -o b2.sess
	chmod 600 psk
	ss-handshake noise:NNpsk0 -r -P psk -o b2.sess <m1 >m2 2>/dev/null
	# the state knows where the psk was, and which one
	mv psk moved
	fails 202 2 fed m2 ss-handshake -S a2.hs -o a2.sess
	fails 109 1 fed m2 ss-handshake -S a2.hs -P other -o a2.sess
	ss-handshake -S a2.hs -P moved -o a2.sess <m2 2>/dev/null
	talks a2.sess b2.sess
}

@test "somebody else than -p says" {
	# XX: the identity that travels is not the one meant
	ss-handshake noise:XX -i -k alice.key -p mallory.pub -S a.hs >m1
	ss-handshake noise:XX -r -k bob.key -S b.hs <m1 >m2
	cp a.hs before
	fails 124 1 fed m2 ss-handshake -S a.hs -o a.sess
	cmp a.hs before
	# IK: the message is for another key
	ss-handshake noise:IK -i -k alice.key -p mallory.pub -S c.hs >m1
	fails 103 1 fed m1 ss-handshake noise:IK -r -k bob.key -o c.sess
	# KK: made by another initiator
	ss-handshake noise:KK -i -k mallory.key -p bob.pub -S d.hs >m1
	fails 103 1 fed m1 ss-handshake noise:KK -r -k bob.key -p alice.pub \
	    -o c.sess
	[ ! -e a.sess ]
	[ ! -e c.sess ]
}

@test "empty and cut input, early end" {
	fails 113 1 fed /dev/null ss-handshake noise:KK -r -k bob.key \
	    -p alice.pub -o bob.sess
	kk_first
	for n in 1 7 8 20 21 68; do
		head -c $n m1 >cut
		fails 101 1 fed cut ss-handshake noise:KK -r -k bob.key \
		    -p alice.pub -o bob.sess
	done
	echo hello >text
	fails 102 1 fed text ss-handshake noise:KK -r -k bob.key \
	    -p alice.pub -o bob.sess
	# a responder that has answered and hears no more
	ss-handshake noise:XX -i -k alice.key -S x.hs >m1
	status=0
	ss-handshake noise:XX -r -k bob.key -o bob.sess <m1 >m2 2>err ||
	    status=$?
	[ $status = 1 ]
	grep -q "code: SS-E101" err
	[ -s m2 ]
	[ ! -e bob.sess ]
	# an initiator that hears nothing
	status=0
	ss-handshake noise:XX -i -k alice.key -o a.sess </dev/null >m1 2>err ||
	    status=$?
	[ $status = 1 ] && grep -q "code: SS-E113" err && [ ! -e a.sess ]
}

@test "flipped bits: refused, and the state stays good" {
	kk_first
	kk_second
	cp alice.hs before
	for bit in $(seq 3 37 $((69 * 8 - 1))); do
		flip m2 $bit >bad
		status=0
		ss-handshake -S alice.hs -o alice.sess <bad >got 2>err ||
		    status=$?
		[ $status = 1 ] && grep -q "^code: SS-E1" err && [ ! -s got ] ||
		    { echo "bit $bit: $status"; cat err; return 1; }
		cmp alice.hs before
		[ ! -e alice.sess ]
	done
	ss-handshake -S alice.hs -o alice.sess <m2 2>/dev/null
	talks alice.sess bob.sess
}

@test "reflected, of another run, repeated, LAB" {
	kk_first
	kk_second
	cp alice.hs before
	fails 110 1 fed m1 ss-handshake -S alice.hs -o alice.sess
	flip m2 31 >lab
	fails 112 1 fed lab ss-handshake -S alice.hs -o alice.sess
	cp m2 good
	ss-handshake noise:KK -i -k alice.key -p bob.pub -S other.hs >m1
	rm bob.sess
	kk_second
	fails 109 1 fed m2 ss-handshake -S alice.hs -o alice.sess
	cmp alice.hs before
	ss-handshake -S alice.hs -o alice.sess <good 2>/dev/null
	fails 125 1 fed good ss-handshake -S alice.hs -o again.sess
	[ ! -e again.sess ]
}

@test "on a duplex pipe an answer to another attempt is passed over" {
	kk_first
	kk_second
	rm bob.sess
	mkfifo to_bob to_alice
	{ cat m2; cat to_alice; } |
	    ss-handshake noise:KK -i -k alice.key -p bob.pub -o a.sess \
	    >to_bob 2>err &
	ss-handshake noise:KK -r -k bob.key -p alice.pub -o b.sess \
	    <to_bob >to_alice 2>/dev/null
	wait
	grep -q 'another attempt is passed over' err
	talks a.sess b.sess
	run -1 --separate-stderr ss-handshake noise:KK -i -k alice.key \
	    -p bob.pub -o c.sess <m2
	[[ "$stderr" == *"code: SS-E109"* ]]
	[ ! -e c.sess ]
}

@test "not one byte more than the records is read" {
	for a in '' -a; do
		rm -f alice.* bob.sess
		cp -p "$BATS_FILE_TMPDIR"/alice.* .
		kk_first $a
		kk_second $a
		{ cat m2; echo "what follows"; } >input
		{ ss-handshake -S alice.hs -o alice.sess 2>/dev/null; cat; } \
		    <input >rest
		[ "$(cat rest)" = "what follows" ]
		rm alice.sess
		kk_first -f $a
		rm bob.sess
		kk_second $a
		{ cat m2; echo "what follows"; } |
		    { ss-handshake -S alice.hs -o alice.sess 2>/dev/null; cat; } \
		    >rest
		[ "$(cat rest)" = "what follows" ]
	done
}

@test "one pipe: handshake, then the stream" {
	kk_first
	kk_second
	echo 'hello alice' | ss-seal -s bob.sess >stream
	cat m2 stream | {
		ss-handshake -S alice.hs -o alice.sess 2>/dev/null
		ss-open -s alice.sess
	} >text
	[ "$(cat text)" = "hello alice" ]
}

@test "armor: one line each, detected, remembered by the state" {
	by_files XX -a
	for m in m1 m2 m3; do
		[ "$(wc -l <$m)" = 1 ] && grep -q '^U1MB' $m
	done
	talks a.sess b.sess
	sed 's/.\(.\)$/!\1/' m1 >bad
	fails 114 1 fed bad ss-handshake noise:XX -r -k bob.key -o c.sess
}

@test "the state keeps no secret key, and finds it again" {
	secret=$(sed -n 's/^x25519: //p' alice.key)
	[ ${#secret} = 64 ]
	mkdir 'a folder'
	mv alice.key 'a folder/my key'
	ss-handshake noise:KK -i -k 'a folder/my key' -p bob.pub -S alice.hs >m1
	run ! grep -q "$secret" alice.hs
	kk_second
	(cd / && ss-handshake -S "$BATS_TEST_TMPDIR/alice.hs" \
	    -o "$BATS_TEST_TMPDIR/alice.sess" <"$BATS_TEST_TMPDIR/m2") 2>/dev/null
	talks alice.sess bob.sess
}

@test "a key that is moved, exchanged, or came from a pipe" {
	kk_first
	kk_second
	cp -p alice.key saved
	rm alice.key
	fails 202 2 fed m2 ss-handshake -S alice.hs -o alice.sess
	cp -p mallory.key alice.key
	fails 109 1 fed m2 ss-handshake -S alice.hs -o alice.sess
	ss-handshake -S alice.hs -k saved -o alice.sess <m2 2>/dev/null
	talks alice.sess bob.sess

	rm alice.sess bob.sess
	ss-handshake noise:KK -i -k <(cat saved) -p bob.pub -S alice.hs >m1
	kk_second
	fails 201 2 fed m2 ss-handshake -S alice.hs -o alice.sess
	ss-handshake -S alice.hs -k <(cat saved) -o alice.sess <m2 2>/dev/null
	talks alice.sess bob.sess
}

@test "a key with a passphrase" {
	ss-keygen -n carol --passphrase --passphrase-fd 3 -o carol.key \
	    3<<<"a passphrase" 2>/dev/null
	ss-keygen --public carol.key >carol.pub
	ss-handshake noise:KK -i -k carol.key -p bob.pub -S carol.hs \
	    --passphrase-fd 3 3<<<"a passphrase" >m1
	ss-handshake noise:KK -r -k bob.key -p carol.pub -o bob.sess \
	    <m1 >m2 2>/dev/null
	status=0
	ss-handshake -S carol.hs -o carol.sess -F 3 3<<<"wrong" <m2 2>err ||
	    status=$?
	[ $status = 1 ] && grep -q "code: SS-E120" err
	ss-handshake -S carol.hs -o carol.sess -F 3 3<<<"a passphrase" <m2 \
	    2>/dev/null
	talks carol.sess bob.sess
}

@test "a state is not overwritten, nor is a session" {
	kk_first
	cp alice.hs before
	fails 203 2 kk_first_again
	cmp alice.hs before
	ss-handshake noise:KK -i -k alice.key -p bob.pub -S alice.hs -f >m1
	run ! cmp -s alice.hs before

	echo precious >bob.sess
	fails 203 2 fed m1 ss-handshake noise:KK -r -k bob.key -p alice.pub \
	    -o bob.sess
	[ "$(cat bob.sess)" = precious ]
	# the input was not touched
	{ ss-handshake noise:KK -r -k bob.key -p alice.pub -o bob.sess \
	    2>/dev/null || cat; } <m1 | cmp - m1
	kk_second -f
	cp alice.hs before
	echo precious >alice.sess
	fails 203 2 fed m2 ss-handshake -S alice.hs -o alice.sess
	cmp alice.hs before
	ss-handshake -S alice.hs -o alice.sess -f <m2 2>/dev/null
	talks alice.sess bob.sess
}
kk_first_again() {
	ss-handshake noise:KK -i -k alice.key -p bob.pub -S alice.hs
}

@test "no -o: said before anything is read or written" {
	fails 201 2 ss-handshake noise:XX -i -k alice.key
	kk_first
	fails 201 2 fed m1 ss-handshake noise:KK -r -k bob.key -p alice.pub
	fails 201 2 fed m1 ss-handshake noise:KK -r -k bob.key -p alice.pub \
	    -S bob.hs
	[ ! -e bob.hs ]
	kk_second
	cp alice.hs before
	fails 201 2 fed m2 ss-handshake -S alice.hs
	cmp alice.hs before
	fails 201 2 ss-handshake noise:K -i -k alice.key -p bob.pub -S k.hs
	[ ! -e k.hs ]
}

@test "two calls at once: one session" {
	kk_first
	kk_second
	for i in 1 2 3 4 5 6; do
		ss-handshake -S alice.hs -o a$i.sess <m2 2>err$i &
		pids="$pids $!"
	done
	good=0
	for p in $pids; do wait $p && good=$((good + 1)); done
	[ $good = 1 ]
	[ "$(ls a?.sess | wc -l)" = 1 ]
	[ "$(cat err? | grep -cE '^code: SS-E(125|204)$')" = 5 ]
	talks "$(ls a?.sess)" bob.sess
}

@test "a state that is damaged, readable, cut, of another version" {
	kk_first
	kk_second
	cp -p alice.hs good
	for n in 0 10 30 200 400; do
		head -c $n good >alice.hs
		status=0
		ss-handshake -S alice.hs -o alice.sess <m2 2>err || status=$?
		[ $status = 1 ] || { echo "$n: $status"; return 1; }
	done
	sed 's/handshake: 1/handshake: 2/' good >alice.hs
	fails 104 1 fed m2 ss-handshake -S alice.hs -o alice.sess
	sed 's/^mode: dh/mode: xx/' good >alice.hs
	fails 102 1 fed m2 ss-handshake -S alice.hs -o alice.sess
	sed 's/^role: initiator/role: responder/' good >alice.hs
	fails 102 1 fed m2 ss-handshake -S alice.hs -o alice.sess
	cp -p good alice.hs
	chmod 640 alice.hs
	fails 119 1 fed m2 ss-handshake -S alice.hs -o alice.sess
	chmod 600 alice.hs
	ss-handshake -S alice.hs -o alice.sess <m2 2>/dev/null
	talks alice.sess bob.sess
}

@test "a full disk: exit 2, the turn is taken back" {
	[ -c /dev/full ] || skip "no /dev/full here"
	status=0
	ss-handshake noise:XX -i -k alice.key -S a.hs >/dev/full 2>err ||
	    status=$?
	[ $status = 2 ]
	[ ! -e a.hs ]
	ss-handshake noise:XX -i -k alice.key -S a.hs >m1
	ss-handshake noise:XX -r -k bob.key -S b.hs -o b.sess <m1 >m2
	cp a.hs before
	status=0
	ss-handshake -S a.hs -o a.sess <m2 >/dev/full 2>err || status=$?
	[ $status = 2 ] && grep -q "code: SS-E202" err
	cmp a.hs before
	[ ! -e a.sess ]
	status=0
	ss-handshake -S a.hs -o /dev/full <m2 >m3 2>err || status=$?
	[ $status = 2 ]
	[ ! -s m3 ]
	cmp a.hs before
	status=0
	ss-handshake -S a.hs -o none/a.sess <m2 >m3 2>err || status=$?
	[ $status = 2 ]
	[ ! -s m3 ]
	ss-handshake -S a.hs -o a.sess <m2 >m3 2>/dev/null
	ss-handshake -S b.hs <m3 2>/dev/null
	talks a.sess b.sess
}

@test "the session is on disk before the last message leaves" {
	kk_first
	mkfifo m2
	ss-handshake noise:KK -r -k bob.key -p alice.pub -o bob.sess \
	    <m1 >m2 2>/dev/null &
	pid=$!
	{ head -c 1 >byte; [ -s bob.sess ]; cat byte - >answer; } <m2
	wait $pid
	ss-handshake -S alice.hs -o alice.sess <answer 2>/dev/null
	talks alice.sess bob.sess
}

@test "kill -9 at any moment: the state or the session is there" {
	kk_first
	kk_second
	cp -p alice.hs good
	for i in $(seq $([ -n "$SS_LONG" ] && echo 300 || echo 30)); do
		rm -f alice.sess
		cp -p good alice.hs
		ss-handshake -S alice.hs -o alice.sess <m2 2>/dev/null &
		pid=$!
		sleep 0.00$((RANDOM % 10))
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		[ -e alice.sess ] || ss-handshake -S alice.hs -o alice.sess \
		    <m2 2>/dev/null
		cp -p bob.sess b.sess
		talks alice.sess b.sess || { echo "round $i"; return 1; }
	done
}

@test "explain: the tokens, no secrets unless they are asked for" {
	ss-handshake noise:KK -i -k alice.key -p bob.pub -S alice.hs -e \
	    >m1 2>err
	[ "$(wc -c <m1)" = 69 ]
	grep -q "message 1 of 2, we write: -> e, es, ss" err
	grep -q "Noise_KK_25519_ChaChaPoly_SHA256" err
	entropy=$(sed -n 's/^write: //p' alice.hs)
	[ ${#entropy} = 64 ]
	run ! grep -q "$entropy" err
	ss-handshake noise:KK -r -k bob.key -p alice.pub -o bob.sess -e -x \
	    <m1 >m2 2>err
	grep -q "ee: DH(our e, their e)" err
	grep -q SECRET err
	# the same transcript hash on both sides
	ss-handshake -S alice.hs -o alice.sess -e <m2 2>err2
	hash=$(grep -A1 "^# transcript hash$" err | tail -1)
	[ "$hash" = "$(grep -A1 "^# transcript hash$" err2 | tail -1)" ]
	[ ${#hash} -gt 64 ]
}

@test "misuse: exit 2, nothing is made" {
	fails 201 2 ss-handshake
	fails 201 2 ss-handshake noise:KK -k alice.key -p bob.pub -o s
	fails 201 2 ss-handshake noise:KK -i -r -k alice.key -p bob.pub -o s
	fails 201 2 ss-handshake noise:KK noise:KK -i -o s
	fails 201 2 ss-handshake KK -i -k alice.key -p bob.pub -o s
	fails 201 2 ss-handshake nose:KK -i -k alice.key -p bob.pub -o s
	fails 201 2 ss-handshake noise:KKK -i -k alice.key -p bob.pub -o s
	fails 201 2 ss-handshake noise:KKpsk3 -i -k alice.key -p bob.pub -o s
	fails 201 2 ss-handshake noise:KK -i -k alice.key -p bob.pub -o s -A x
	fails 201 2 ss-handshake noise:KK -i -k alice.key -p bob.pub -o s -m x
	fails 201 2 ss-handshake noise:KK -i -k alice.key -o s
	fails 201 2 ss-handshake noise:KK -i -p bob.pub -o s
	fails 201 2 ss-handshake noise:NN -i -k alice.key -o s
	grep -q "anonymous" err
	fails 201 2 ss-handshake noise:NN -i -p bob.pub -o s
	fails 201 2 ss-handshake noise:NN -i -o -
	for mode in 644 600; do
		chmod $mode alice.pub
		fails 116 1 ss-handshake noise:KK -i -k alice.pub -p bob.pub \
		    -o s
	done
	mkfifo fifo
	fails 119 1 timeout 5 ss-handshake noise:KK -i -k fifo -p bob.pub -o s
	fails 116 1 ss-handshake noise:KK -i -k alice.key -p bob.key -o s
	kk_first
	fails 201 2 ss-handshake -S alice.hs -p bob.pub
	fails 201 2 ss-handshake -S alice.hs -r
	fails 201 2 fed m1 ss-handshake -S alice.hs -f -o alice.hs
	fails 125 1 ss-handshake -S none.hs -o s
	[ ! -e s ]
	[ ! -e none.hs.lock ]
}
