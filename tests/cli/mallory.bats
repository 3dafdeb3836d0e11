#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-mallory: each operation does what it says, and whoever reads the result
# on the default refuses it with the code that fits.

load common

setup() {
	in_folder
	identities
}

# a stream of lines: an introducer, four lines, FINAL; of two sessions
streams() {
	sessions "$@"
	cp bob.sess other.sess
	seq 4 | ss-seal -l -s alice.sess >stream
	seq 4 >plain
}

# tells WORDS...: what --explain said, one line
tells() {
	grep -qxF "# $*" err || { cat err; return 1; }
}

# mangled OPERATION...: stream to out, and it is another one
mangled() {
	ss-mallory "$@" -e <stream >out 2>err
	run -1 cmp -s stream out
}

# opens CODE: ss-open refuses it, after no more than an authentic beginning
opens() {
	cp other.sess bob.sess
	run -1 --separate-stderr bash -c 'ss-open -s bob.sess out >got'
	[[ $stderr == *"code: SS-E$1" ]] || { echo "$stderr"; return 1; }
	cmp -n "$(stat -c %s got)" got plain
}

@test "drop: the record is missing" {
	streams
	mangled drop -r 3
	pick stream 0 1 3 4 5 | cmp - out
	tells "record 3 (data, 51 bytes at 223): dropped"
	opens 106
	mangled drop -t introducer
	pick stream 1 2 3 4 5 | cmp - out
	opens 121
	mangled drop -w data.flags=01
	pick stream 0 1 2 3 4 | cmp - out
	opens 101
}

@test "dup and replay: the record comes again" {
	streams
	mangled dup -t data -r 2
	pick stream 0 1 2 2 3 4 5 | cmp - out
	opens 107
	mangled replay -r 2 -A 4
	pick stream 0 1 2 3 1 4 5 | cmp - out
	tells "record 2 (data, 51 bytes at 172): comes again after record 4"
	opens 107
	mangled replay -r 1-3
	pick stream 0 1 2 3 4 5 0 1 2 | cmp - out
	opens 107
	# behind itself, if that place has gone by
	mangled replay -r 3 -A 1
	pick stream 0 1 2 2 3 4 5 | cmp - out
}

@test "swap: neighbours, and records far from each other" {
	streams
	mangled swap -r 2-3
	pick stream 0 2 1 3 4 5 | cmp - out
	opens 106
	mangled swap -r 2,5
	pick stream 0 4 2 3 1 5 | cmp - out
	opens 106
	mangled swap -t data -r 1-4
	pick stream 0 2 1 4 3 5 | cmp - out
	opens 106
	mangled swap -r 1,2
	pick stream 1 0 2 3 4 5 | cmp - out
	opens 121
	# the fifth has no partner
	mangled swap -r 2-3,5
	pick stream 0 2 1 3 4 5 | cmp - out
}

@test "reflect: back to the sender" {
	streams --mode hash
	mangled reflect -t introducer
	pick stream 0 | cmp - out
	run -1 --separate-stderr ss-open -s alice.sess out
	[[ $stderr == *"code: SS-E110"* ]]
	# with the names exchanged the MAC says no
	mangled reflect -x -r 1
	run -1 --separate-stderr ss-open -s alice.sess out
	[[ $stderr == *"code: SS-E103"* ]]
	[ "$(ss-mallory get sender <out)" = "$(ss-mallory get audience <stream)" ]
	rm -f alice.hs
	ss-handshake noise:KK -i -k alice.key -p bob.pub -S alice.hs >m1
	ss-mallory reflect <m1 >out
	fails 110 1 fed out ss-handshake -S alice.hs -o new.sess
}

@test "flip: a bit, a byte, some bytes" {
	streams
	mangled flip -r 1 ratchet.salt 4
	flip stream $((8 * 56)) | cmp - out
	tells "record 1 (introducer, 172 bytes at 0): byte 56 was $(
	    tail -c +57 stream | head -c 1 | ss-prim hex), is $(
	    tail -c +57 out | head -c 1 | ss-prim hex)"
	opens 103
	mangled flip -r 3 tag 15
	flip stream $((8 * 273)) | cmp - out
	opens 103
	mangled flip -m ff -r 2 0
	opens 102
	mangled flip -m 0000ff -r 2 8
	[ "$(cmp -l stream out | wc -l)" = 1 ]
	opens 109
	mangled flip -r 1 mode
	opens 117
	mangled flip -r 2 version
	opens 104
	mangled flip -r 2 data.flags
	opens 103
	# all that have the field
	mangled flip -m 80 ciphertext
	[ "$(cmp -l stream out | wc -l)" = 4 ]
	opens 103
	# the attack of the textbooks: the text is known, and changed
	echo 'pay 100' | ss-seal -s alice.sess |
	    ss-mallory flip -m 08 data.ciphertext 4 >out
	rm plain
	refused 103 1 ss-open -s bob.sess out
	[ ! -s got ]
}

@test "set: a field has the value that was asked for" {
	streams
	mangled set -r 3 sequence 0000000000000002
	[ "$(ss-mallory get -r 3 sequence <out | ss-prim hex)" = 0000000000000002 ]
	opens 106
	mangled set -r 1 audience "$(ss-mallory get sender <stream | ss-prim hex)"
	opens 109
	mangled set -r 1 number 000000ff
	opens 103
	mangled set -r 1 number 00000401
	opens 111
	mangled set -r 2 ciphertext text:longer
	tells "record 2 (data, 51 bytes at 172): 'ciphertext' (2 bytes from 33 on) set" ||
	    tells "record 2 (data, 55 bytes at 172): 'ciphertext' (2 bytes from 33 on) set"
	[ "$(records out | sed -n 2p)" = "172 55 3" ]
	opens 103
	mangled set type 83
	opens 112
}

@test "splice: records and fields of another run" {
	streams
	cp stream first
	seq 4 | ss-seal -l -s alice.sess >stream
	mangled splice -f first -r 3
	{ pick stream 0 1; pick first 2; pick stream 3 4 5; } | cmp - out
	opens 109
	mangled splice -f first -t data -r 2 -n 1
	{ pick stream 0 1; pick first 1; pick stream 3 4 5; } | cmp - out
	mangled splice -f first epoch_id
	opens 103
	mangled splice -f first -r 1 salt
	opens 103
	# a field of another length: the record stays well-formed
	seq 100 | ss-seal -s alice.sess >long
	mangled splice -f long -r 2 ciphertext
	[ "$(records out | sed -n 2p)" = "172 341 3" ]
	opens 103
}

@test "strip: armor, LAB, flags, fields" {
	streams
	mangled strip FINAL
	pick stream 0 1 2 3 4 5 | cmp -l - out | wc -l | grep -qx 1
	opens 103
	mangled strip LINES
	opens 103
	mangled strip -r 4 tag
	[ "$(records out | sed -n 4p)" = "274 35 3" ]
	opens 101
	mangled strip -z -r 4 tag
	opens 103
	mangled strip -z mac
	opens 103
	ss-mallory set type 83 -t data <stream | ss-mallory strip LAB | cmp - stream
	echo armor | ss-seal -a -s alice.sess >asc
	ss-mallory strip armor <asc >out
	[ "$(head -c 2 out)" = SS ]
	[ "$(ss-open -s bob.sess <out)" = armor ]
}

@test "truncate: the stream, a record, a field" {
	streams
	mangled truncate -r 4
	pick stream 0 1 2 | cmp - out
	opens 101
	mangled truncate -r 4 -b 20
	head -c 294 stream | cmp - out
	tells "the stream ends after 20 bytes of record 4"
	opens 101
	mangled truncate -r 3 ciphertext 1
	[ "$(records out | sed -n 3p)" = "223 50 3" ]
	opens 103
	echo armor | ss-seal -a -s alice.sess >stream
	mangled truncate -r 2 -b 30
	head -c "$(($(head -n 1 stream | wc -c) + 30))" stream | cmp - out
	run -1 --separate-stderr ss-open -s bob.sess out
	[[ $stderr == *"code: SS-E101"* ]]
}

@test "get: the bytes of a field and nothing else" {
	streams
	[ "$(ss-mallory get -t data sequence <stream | wc -c)" = 40 ]
	[ "$(ss-mallory get -r 1 header.type <stream | ss-prim hex)" = 02 ]
	ss-mallory get -r 2 ciphertext <stream >ct
	tail -c +206 stream | head -c 2 | cmp - ct
}

@test "handshakes: nothing that was touched is taken" {
	ss-handshake noise:XX -i -k alice.key -S alice.hs >m1
	ss-handshake noise:XX -r -k bob.key -S bob.hs <m1 >m2
	ss-handshake noise:XX -i -k alice.key -S old.hs >old1
	ss-handshake noise:XX -r -k bob.key -S oldb.hs <old1 >old2
	local field
	for field in e s_sealed payload_sealed tag; do
		ss-mallory flip handshake.$field <m2 >out
		fails 103 1 fed out ss-handshake -S alice.hs -o alice.sess
		ss-mallory splice -f old2 -r 1 $field <m2 >out
		fails 103 1 fed out ss-handshake -S alice.hs -o alice.sess
	done
	ss-mallory splice -f old2 -r 1 <m2 >out
	fails 109 1 fed out ss-handshake -S alice.hs -o alice.sess
	ss-mallory splice -f old2 message -r 1 <m2 >out
	fails 103 1 fed out ss-handshake -S alice.hs -o alice.sess
	ss-mallory set step 03 <m2 >out
	fails 106 1 fed out ss-handshake -S alice.hs -o alice.sess
	ss-mallory strip -z e <m2 >out
	fails 118 1 fed out ss-handshake -S alice.hs -o alice.sess
	ss-mallory strip payload_sealed <m2 >out
	fails 103 1 fed out ss-handshake -S alice.hs -o alice.sess
	ss-mallory strip message <m2 >out
	fails 101 1 fed out ss-handshake -S alice.hs -o alice.sess
	# downgrades: the suite, the mode
	ss-mallory set suite 0902 <m2 >out
	fails 117 1 fed out ss-handshake -S alice.hs -o alice.sess
	ss-mallory set handshake.flags 02 <m2 >out
	fails 117 1 fed out ss-handshake -S alice.hs -o alice.sess
	ss-mallory set type 81 <m2 >out
	fails 112 1 fed out ss-handshake -S alice.hs -o alice.sess
	# and after all that, the real one
	ss-handshake -S alice.hs -o alice.sess <m2 >m3
	ss-handshake -S bob.hs -o bob.sess <m3
	talks alice.sess bob.sess
}

@test "handshakes: the family signed" {
	ss-handshake signed -i -k alice.key -p bob.pub -S alice.hs >m1
	ss-handshake signed -r -k bob.key -p alice.pub -S bob.hs <m1 >m2
	ss-mallory flip -m 80 0 <m2 >out 2>err
	fails 102 1 fed out ss-handshake -S alice.hs -o alice.sess
	ss-mallory flip commitment <m1 >out
	ss-handshake signed -r -k bob.key -p alice.pub -S bob2.hs <out >m2x
	ss-mallory splice -f m2x -r 1 message <m2 >out
	fails 103 1 fed out ss-handshake -S alice.hs -o alice.sess
}

@test "handshakes: x3dh, every field of its message" {
	ss-keygen -K 2 -k bob.key -o bob.prekeys 2>/dev/null
	ss-keygen -b bob.prekeys >bob.bundle
	ss-handshake x3dh -i -k alice.key -p bob.pub -b bob.bundle \
	    -o alice.sess 2>/dev/null >initial
	cp bob.prekeys before
	answer() {
		ss-handshake x3dh -r -k bob.key -K bob.prekeys -p alice.pub \
		    -o bob.sess
	}
	local f n=0
	for f in $(ss-explain -j initial | grep -o '"name":"[a-z_]*"' |
	    cut -d'"' -f4 | tail -n +8); do
		ss-mallory flip -m 02 handshake."$f" <initial >out
		run -1 --separate-stderr answer <out
		[ ! -e bob.sess ]
		cmp before bob.prekeys
		ss-mallory strip handshake."$f" <initial >out
		run -1 --separate-stderr answer <out
		n=$((n + 1))
	done
	[ $n -ge 8 ]
	# without the one-time prekey: that is in the MAC too
	ss-mallory strip -z one_time_prekey <initial >out
	run -1 --separate-stderr answer <out
	[[ $stderr == *"code: SS-E1"* ]]
	cmp before bob.prekeys
	answer <initial 2>/dev/null
	talks alice.sess bob.sess
}

@test "several operations in a pipe, armor kept" {
	streams
	seq 4 | ss-seal -al -s alice.sess >asc
	ss-mallory swap -r 2,3 <asc | ss-mallory drop -t data -r 4 >out
	[ "$(sed -n 2p out)" = "$(sed -n 3p asc)" ]
	[ "$(wc -l <out)" = 5 ]
	# binary and armored ones mixed, untouched
	cat stream asc | ss-mallory flip -w number=ffffffff salt >out || true
	cat stream asc | cmp - out
}

@test "many records may wait: the time for each does not grow" {
	perl -e 'print "SS\x01\x03", pack("N", 42), "e" x 16,
	    pack("Q>", $_), "\0", "c", "t" x 16 for 0 .. 299999' >many
	local o
	for o in "replay -t data" "swap -r 1,300000" \
	    "splice -f many -t data sequence"; do
		# shellcheck disable=SC2086
		timeout 20 ss-mallory $o <many >out
	done
	cmp many out
	ss-mallory replay -t data <many | tail -c 15000000 | cmp - many
	ss-mallory swap -r 1,300000 <many | head -c 50 |
	    ss-mallory get sequence | ss-prim hex | grep -qx 00000000000493df
}

@test "what is not there is said, and what came is handed on" {
	streams
	run -1 --separate-stderr bash -c 'ss-mallory drop -r 9 <stream >out'
	[[ $stderr == "ss-mallory: drop, 6 records: "*"code: SS-E130" ]]
	cmp stream out
	fails 130 1 fed m1 ss-mallory get -r 1 ciphertext
	for o in "flip tag 16" "flip 60000" "set mac 00 -t data" "strip PADDED" \
	    "strip LAB" "strip armor" "strip nonsense" "swap -r 2" \
	    "truncate tag 16" "flip -w number=ffffffff salt" \
	    "splice -f stream -n 7 -r 1" "set length 00"; do
		# shellcheck disable=SC2086
		run -1 --separate-stderr bash -c "ss-mallory $o <stream >out"
		[[ $stderr == *"code: SS-E130"* ]] || { echo "$o: $stderr"; false; }
		cmp stream out
	done
	fails 113 1 fed /dev/null ss-mallory drop -r 1
}

@test "input that is no stream of records" {
	streams
	head -c 300 stream >cut
	run -1 --separate-stderr bash -c 'ss-mallory drop -r 2 <cut >out'
	[[ $stderr == *"record 4: "*"code: SS-E101" ]]
	pick stream 0 2 | cmp - out
	fails 102 1 fed plain ss-mallory drop -r 1
	fails 202 2 fed stream ss-mallory splice -f nosuch -r 1
	fails 102 1 fed stream ss-mallory splice -f plain -r 1
	fails 113 1 fed stream ss-mallory splice -f /dev/null -r 1
}

@test "misuse: exit 2" {
	streams
	local o
	for o in "" frobnicate drop dup "drop -r 0" "drop -r 3-2" "drop -r x" \
	    "drop -r 1,,2" "drop -t nonsense" "drop -t handshake,LAB" \
	    "drop -w salt" "drop -w =00" "drop -r 1 salt" "drop -r 1 -m 01" \
	    "flip" "flip -m zz salt" "flip salt 1 2" "flip salt -A 2" \
	    "set salt" "splice -r 1" "truncate salt" "truncate salt 1 -b 2" \
	    "truncate" "get" "mitm" "mitm cat exec:cat" "mitm -r 1 exec: exec:" \
	    "mitm fifo:a exec:cat" "mitm fifo:stream,stream exec:cat" \
	    "mitm -L get exec:cat exec:cat" "mitm -L 'get tag' exec:cat exec:cat" \
	    "mitm -L 'drop -r 1 |' exec:cat exec:cat"; do
		run ! bash -c "timeout 10 ss-mallory $o <stream >got 2>err"
		[ ! -s got ] || { echo "$o"; false; }
		case $o in *zz*) continue ;; esac
		[ "$status" = 2 ] || { echo "$o: $status"; false; }
	done
}

# both A B: a handshake and a word between alice and bob, by FIFOs a.*, b.*
both() {
	timeout 20 bash -c '{ ss-handshake noise:KK -r -k bob.key -p alice.pub \
	    -o bob.sess && ss-open -s bob.sess >got; } <b.in >b.out 2>bob.err' &
	local bob=$!
	local status=0
	timeout 20 bash -c '{ ss-handshake noise:KK -i -k alice.key -p bob.pub \
	    -o alice.sess && seq 4 | ss-seal -l -s alice.sess; } \
	    <a.in >a.out 2>alice.err' || status=$?
	wait $bob || status=$?
	return $status
}

@test "mitm: two FIFOs, forwarded, changed, told" {
	mkfifo a.in a.out b.in b.out
	timeout 20 ss-mallory mitm fifo:a.out,a.in fifo:b.out,b.in 2>log &
	both
	wait $!
	seq 4 | cmp - got
	[ "$(sed -n 1p log)" = "ss-mallory: from left: record 1 (handshake, 69 bytes at 0)" ]
	[ "$(grep -c 'from left' log)" = 7 ]
	[ "$(grep -c 'from right' log)" = 1 ]
	rm ./*.sess
	timeout 20 ss-mallory mitm -e -L 'swap -t data -r 1,2 | drop -r 6' \
	    fifo:a.out,a.in fifo:b.out,b.in 2>log &
	run -1 both
	wait $!
	grep -q 'code: SS-E106' bob.err
	grep -q 'changes places with record 3' log
	rm ./*.sess
	timeout 20 ss-mallory mitm -R 'flip -t handshake message 40' \
	    fifo:a.out,a.in fifo:b.out,b.in 2>log &
	run both
	wait $!
	grep -q 'code: SS-E103' alice.err
	[ ! -e alice.sess ]
}

@test "mitm: commands at both ends, and how they end" {
	streams
	timeout 20 ss-mallory mitm 'exec:cat stream' 'exec:cat >out' 2>log
	cmp stream out
	run -3 timeout 20 ss-mallory mitm 'exec:cat stream; exit 3' 'exec:cat >out'
	cmp stream out
	run -1 --separate-stderr timeout 20 \
	    ss-mallory mitm 'exec:cat plain' 'exec:cat >out'
	[[ $stderr == *"from left, record 1: "*"code: SS-E102"* ]]
	run -1 --separate-stderr timeout 20 \
	    ss-mallory mitm 'exec:head -c 180 stream' 'exec:cat >out'
	[[ $stderr == *"from left, record 2: "*"code: SS-E101"* ]]
	pick stream 0 | cmp - out
	run -1 --separate-stderr timeout 20 \
	    ss-mallory mitm -L 'drop -r 99' 'exec:cat stream' 'exec:cat >out'
	[[ $stderr == *"drop, 6 records from left: "*"code: SS-E130" ]]
	run -1 --separate-stderr timeout 20 \
	    ss-mallory mitm -R 'drop -r 1' 'exec:cat stream' 'exec:cat >out'
	[[ $stderr == *"drop, 0 records from right: "*"code: SS-E113" ]]
	# one that does not read does not stop the other direction
	head -c 1000000 /dev/zero | ss-seal -s alice.sess >large
	timeout 20 ss-mallory mitm 'exec:cat large' 'exec:sleep 1' 2>log
	timeout 20 ss-mallory mitm 'exec:cat large; exec >&-; cat >back' \
	    'exec:cat' 2>log
	cmp large back
}

@test "mitm: ended by a signal, its commands end too" {
	# also what their shell runs: /bin/sh itself would die alone
	setsid ss-mallory mitm 'exec:sh -c "echo \$\$ >pid; exec sleep 60"; :' \
	    'exec:exec sleep 60' 2>log &
	local pid=$! i
	for ((i = 0; i < 100 && $(cat pid 2>/dev/null || echo 0) == 0; i++)); do
		sleep 0.05
	done
	kill -TERM "$pid"
	local s=0
	wait "$pid" || s=$?
	[ $s = 143 ]
	for ((i = 0; i < 100; i++)); do
		kill -0 "$(cat pid)" 2>/dev/null || return 0
		sleep 0.05
	done
	false
}

@test "mitm: two ss-connects, and Alice and Bob who call another" {
	for n in left right; do
		ss-keygen -n $n -o $n.key 2>/dev/null
	done
	mkfifo ready
	ss-relay -ow -l 127.0.0.1:0 -d state -r 7 7>ready 2>relay.err &
	local relay=$!
	read -r _ SS_RELAY <ready
	export SS_RELAY
	for n in left right bob; do # the names exist from now on
		ss-connect -k $n.key 2>/dev/null
	done
	timeout 60 ss-mallory mitm -L 'flip -m 08 -t data -w sequence=0000000000000001 tag' \
	    'exec:exec ss-connect -k left.key --to alice --from alice' \
	    'exec:exec ss-connect -k right.key --to bob --from bob' 2>log &
	local mallory=$!
	timeout 30 ss-connect -k bob.key --to right --from right -- sh -c \
	    'ss-handshake noise:KK -r -k bob.key -p alice.pub -o bob.sess
	    ss-open -s bob.sess >got 2>bob.err' 2>/dev/null &
	local bob=$!
	timeout 30 ss-connect -k alice.key --to left --from left -- sh -c \
	    'ss-handshake noise:KK -i -k alice.key -p bob.pub -o alice.sess
	    printf "%s\n" one two | ss-seal -l -s alice.sess' 2>alice.err
	# the session is right, and the second line is not
	local s=0
	wait $bob || s=$?
	[ $s = 1 ]
	[ "$(cat got)" = one ]
	grep -q 'record 3: authentication failed' bob.err
	grep -q 'from left: record 1 (handshake' log
	grep -q 'from right: record 1 (handshake' log
	kill $mallory $relay
	wait $mallory $relay || :
}
