#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-capture-decrypt --as: one capture, seen by each of those who have some
# of its keys; and what a thief makes of one stolen file.

load common

setup() {
	in_folder
	unset SS_KEYLOG SSLKEYLOGFILE
	of=$BATS_TEST_DIRNAME/../interop/pcap_of.py
	gen=$BATS_TEST_DIRNAME/../interop/capture_gen.py
}

# say FILE SESSION OPTION... TEXT: one stream, its epoch in the key log
say() {
	local file=$1 sess=$2
	shift 2
	echo "${*: -1}" | ss-seal -K keys -s "$sess" "${@:1:$#-1}" >"$file"
}
# hear SESSION FILE: the other side goes on with its ratchet
hear() { ss-open -s "$1" "$2" >/dev/null; }
capture() { /usr/bin/python3 "$of" c "$@"; }
texts() { sed 's/^[^ ]* [^ ]* -> [^ ]*: //'; }
as() { ss-capture-decrypt -A "$@" 2>err | texts >got; }
got() { diff <(printf '%s\n' "$@") got; }

# a conversation of five epochs: a1 a2 | b1 | a3 | b2
conversation() {
	sessions "$@"
	say a1 alice.sess 'first of alice'
	hear bob.sess a1
	say a2 alice.sess 'second of alice'
	hear bob.sess a2
	say b1 bob.sess 'first of bob'
	hear alice.sess b1
	say a3 alice.sess 'third of alice'
	hear bob.sess a3
	say b2 bob.sess 'second of bob'
	hear alice.sess b2
	capture m1 m2 a1 a2 b1 a3 b2
}

@test "the relay: names, sizes, control messages, and no text" {
	/usr/bin/python3 "$gen" -o c --tls 1301 --lines 4
	run -0 --separate-stderr ss-capture-decrypt -A relay -t c.tls -k c.keys c
	[[ $output != *"message 0"* ]]
	[[ $output == *'alice -> relay: {"id":1,'* ]]
	[[ $output == *' alice -> bob: (epoch '*', record 0: '*' bytes, no key)'* ]]
	[[ $stderr == *"as relay: 0 of 4 records read, 0 of 128 bytes of text; the relay has the TLS keys and no epoch key"* ]]
	# whatever file they stand in
	cat c.keys c.tls >both
	run -0 --separate-stderr ss-capture-decrypt -A relay -t both c
	[[ $output != *"message 0"* ]]
	[[ $stderr == *"as relay: 0 of 4 records read"* ]]
	run -0 --separate-stderr ss-capture-decrypt -qi -A relay -t both -w out c
	run -0 --separate-stderr ss-capture-decrypt out
	[[ $output != *"message 0"* ]]
	[[ $stderr == *"WebSocket, alice"* ]]
}

@test "a person: the epochs from and to them, by -p" {
	conversation
	ss-keygen -n carol -o carol.key 2>/dev/null
	ss-keygen --public carol.key >carol.pub
	# another two, in the same capture and the same log
	ss-handshake noise:NN -i -S n.hs >n1
	ss-handshake noise:NN -r -o nr.sess <n1 >n2 2>/dev/null
	ss-handshake -S n.hs -o ni.sess <n2 2>/dev/null
	say n3 ni.sess 'nobody to nobody'
	capture m1 m2 a1 a2 b1 a3 b2 n3
	for n in alice bob; do
		as $n -p $n.pub -k keys c
		got 'first of alice' 'second of alice' 'first of bob' \
		    'third of alice' 'second of bob'
		grep -q "^as $n: 5 of 6 records read, 73 of 90 bytes of text; the rest is neither from nor to the id " err
	done
	as carol -p carol.pub -k keys c
	[ ! -s got ]
	grep -q '^as carol: 0 of 6 records read, ' err
	# nobody knows who bob is
	as bob -k keys c
	[ ! -s got ]
	grep -q 'nobody of that name was seen to log in, and no public key was given' err
	as bob -p alice.pub -k keys c
	[ ! -s got ]
	# one key of the log is missing: not all that is bob's can be read
	grep -v "$(sed -n 3p keys | cut -d' ' -f2)" keys >fewer
	as bob -p bob.pub -k fewer c
	[ "$(wc -l <got)" = 4 ]
}

@test "a person, as JSON" {
	conversation
	ss-capture-decrypt -jA bob -p bob.pub -k keys c | grep '"party"' >got
	grep -q '^{"type":"party","as":"bob","records":5,"read":5,"bytes":73,"read_bytes":73,"why":"all of it is from or to the id [0-9a-f]*"}$' got
}

# thief FILE OPTION...
thief() {
	local file=$1
	shift
	as thief -S "$file" "$@" c
}

@test "a stolen session, dh: until the next turn, and nothing before" {
	sessions
	say a1 alice.sess 'first of alice'
	hear bob.sess a1
	cp bob.sess stolen
	say a2 alice.sess 'second of alice'
	hear bob.sess a2
	say b1 bob.sess 'first of bob'
	hear alice.sess b1
	say a3 alice.sess 'third of alice'
	hear bob.sess a3
	say b2 bob.sess 'second of bob'
	hear alice.sess b2
	say a4 alice.sess 'fourth of alice'
	capture m1 m2 a1 a2 b1 a3 b2 a4
	thief stolen
	# b1 and the answer a3 still hang on the stolen ratchet key; from b2
	# on, whose key was made after the theft, bob is rid of the thief
	got 'second of alice' 'first of bob' 'third of alice'
	grep -q '^as thief: 3 of 6 records read, .*the stolen session gave the keys of 3 of 6 epochs$' err
	[ "$(grep -c 'thief: epoch [0-9a-f]*\.\.\.: derived' err)" = 3 ]
	[ "$(grep -c 'thief: epoch .*: not from this session: .*forward secrecy' err)" = 3 ]
	# no log of anybody counts
	thief stolen -k keys
	got 'second of alice' 'first of bob' 'third of alice'
	# and the other side's, stolen at the end, opens nothing that was said
	thief alice.sess
	[ ! -s got ]
}

@test "a stolen session, hash: the future of both, and no past" {
	sessions --mode hash
	say a1 alice.sess 'first of alice'
	hear bob.sess a1
	say b1 bob.sess 'first of bob'
	hear alice.sess b1
	cp bob.sess stolen
	say a2 alice.sess 'second of alice'
	hear bob.sess a2
	say b2 bob.sess 'second of bob'
	say a3 alice.sess 'third of alice'
	say b3 bob.sess 'third of bob'
	capture a1 b1 a2 b2 b3 a3
	thief stolen
	got 'second of alice' 'second of bob' 'third of bob' 'third of alice'
	# one is not in the capture: the chain goes on over it
	capture a1 b1 a3 b3
	thief stolen
	got 'third of alice' 'third of bob'
}

@test "a stolen session, static: everything, from the beginning" {
	conversation --mode static
	thief bob.sess
	got 'first of alice' 'second of alice' 'first of bob' \
	    'third of alice' 'second of bob'
	thief alice.sess
	[ "$(wc -l <got)" = 5 ]
	grep -q '^as thief: 5 of 5 records read' err
}

@test "a stolen session of other people, and a stream that was under way" {
	conversation
	mkdir other
	(cd other; sessions)
	thief other/bob.sess
	[ ! -s got ]
	grep -q "thief: epoch .*: not of this session's two" err
	# a stream of lines, stolen in the middle of it
	sessions
	seq 3 | ss-seal -l -K keys -s alice.sess >l
	pick l 0 1 2 >l1
	{ cat l1; sleep 0.7; } | { ss-open -s bob.sess >/dev/null 2>&1 || true; } &
	for _ in $(seq 60); do
		sleep 0.05
		grep -q '^receiving:\|^rx' bob.sess && break
	done
	cp bob.sess stolen
	wait
	pick l 3 >l2
	capture l1 l2
	thief stolen
	grep -q 'its key lay in the stolen session' err
	got 1 2 3
}

@test "a stolen identity: nothing of KK, XX, signed" {
	for how in noise:KK signed; do
		identities
		rm -f ./*.hs ./*.sess
		ss-handshake $how -i -k alice.key -p bob.pub -S a.hs >m1
		ss-handshake $how -r -k bob.key -p alice.pub -S b.hs -o bob.sess \
		    <m1 >m2 2>/dev/null
		ss-handshake -S a.hs -o alice.sess <m2 >m3 2>/dev/null
		say a1 alice.sess 'first of alice'
		capture m1 m2 m3 a1
		for k in bob alice; do
			thief $k.key -p alice.pub -p bob.pub
			[ ! -s got ]
			grep -q '^as thief: 0 of 1 records read, .*the stolen key opened 0 of 1 handshakes' err
		done
		thief bob.key -p alice.pub
		grep -q 'thief: handshake [0-9a-f]*\.\.\.: the first message can be read; the next needs an ephemeral key that was erased: forward secrecy' err
		rm -f alice.key bob.key
	done
}

@test "a stolen identity: all of the one-way patterns, for their recipient" {
	identities
	for p in N K X; do
		a='-k alice.key' b='-p alice.pub'
		[ $p = N ] && a='' b=''
		[ $p = X ] && b=''
		rm -f ./*.sess ./*.hs
		ss-handshake noise:$p -i $a -p bob.pub -o alice.sess >m1 2>/dev/null
		ss-handshake noise:$p -r -k bob.key $b -o bob.sess <m1 2>/dev/null
		say a1 alice.sess "the first under $p"
		say a2 alice.sess "the second under $p"
		capture m1 a1 a2
		thief bob.key -p alice.pub
		got "the first under $p" "the second under $p" || { echo $p; cat err; false; }
		grep -q '^as thief: 2 of 2 records read, .*the stolen key opened 1 of 1 handshakes, and by them 2 of 2 epochs$' err
		# the sender's key opens nothing
		thief alice.key -p bob.pub
		[ ! -s got ]
		[ $p = K ] || continue
		thief bob.key # who sent it must be known
		[ ! -s got ]
	done
}

@test "refused: what does not go together, what is no stolen file" {
	conversation
	run -2 --separate-stderr ss-capture-decrypt -A thief c
	[[ $stderr == *"belong together"* ]]
	run -2 ss-capture-decrypt -S bob.key c
	run -2 ss-capture-decrypt -A bob -S bob.key c
	run -2 ss-capture-decrypt -A 'B ob' c
	run -2 ss-capture-decrypt -A thief -S nowhere c
	run -1 ss-capture-decrypt -A thief -S alice.pub c
	echo hello >junk
	chmod 600 junk
	run -1 --separate-stderr ss-capture-decrypt -A thief -S junk c
	head -c 300 bob.sess >cut
	chmod 600 cut
	run -1 --separate-stderr ss-capture-decrypt -A thief -S cut c
	[ -z "$output" ]
	chmod 644 bob.key
	run -1 ss-capture-decrypt -A thief -S bob.key c
}
