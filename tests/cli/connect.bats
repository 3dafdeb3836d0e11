#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-connect: every mode, every refusal, and what is acknowledged when.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	for n in alice bob; do
		ss-keygen -n $n -o $n.key 2>/dev/null
	done
	start
	ss-connect -k bob.key 2>/dev/null
}

teardown() {
	for f in reader.pid relay.pid; do
		[ -f $f ] && kill "$(cat $f)" 2>/dev/null &&
		    wait "$(cat $f)" || true
	done
}

start() {
	rm -f ready
	mkfifo ready
	ss-relay -l "127.0.0.1:${port:-0}" -d state -r 3 "$@" \
	    3>ready >out 2>err </dev/null &
	echo $! >relay.pid
	SS_RELAY= SS_PIN=
	while read -r what value; do
		case $what in
		url:) SS_RELAY=$value ;;
		pin:) SS_PIN=$value ;;
		esac
	done <ready
	export SS_RELAY SS_PIN
	port=${SS_RELAY##*:}
	port=${port%/}
}

# records TYPE BYTES COUNT: as the relay sees them; it opens nothing
records() {
	/usr/bin/python3 - "$@" <<-'PY'
	import random, sys
	kind, size, count = map(int, sys.argv[1:])
	r = random.Random(kind * size + count)
	for i in range(count):
	    sys.stdout.buffer.write(b"SS\x01" + bytes([kind])
	        + size.to_bytes(4, "big") + r.randbytes(size))
	PY
}

send() { timeout 60 ss-connect -k alice.key --to bob "$@"; }
drain() { timeout 60 ss-connect -k bob.key --from alice --drain "$@"; }

# wait until FILE has as many bytes as OTHER
grown() {
	for _ in $(seq 300); do
		[ "$(stat -c %s "$1")" = "$(stat -c %s "$2")" ] && return
		sleep 0.1
	done
	return 1
}

@test "mail for the absent waits, comes once, and is gone" {
	records 3 100 5 >in
	send <in
	drain >got
	cmp in got
	run -0 drain
	[ -z "$output" ]
}

@test "the first connection registers the name, and says so" {
	run -0 --separate-stderr ss-connect -k alice.key
	[[ $stderr == *"'alice' is now registered"* ]]
	run -0 --separate-stderr ss-connect -k alice.key
	[ -z "$stderr" ]
}

@test "sending to an unknown name is exit 1 and says so" {
	records 3 100 1 >in
	run -1 --separate-stderr ss-connect -k alice.key --to nobody <in
	[[ $stderr == *"'nobody'"*"SS-E126"* ]]
}

@test "another key for a name, and a stolen one, get the same answer" {
	ss-keygen -n bob -o evil.key 2>/dev/null
	run -1 --separate-stderr ss-connect -k evil.key
	[[ $stderr == *SS-E128* ]]
	records 3 9 1 | send
	run -0 drain
	[ -n "$output" ]
}

@test "a wrong pin, no pin, and a pin that is none" {
	wrong=$(echo "$SS_PIN" | tr 0-9a-f 1-9a-f0)
	run -1 --separate-stderr ss-connect -k alice.key -P "$wrong"
	[[ $stderr == *SS-E127* ]]
	run -1 --separate-stderr env -u SS_PIN ss-connect -k alice.key
	[[ $stderr == *SS-E127* ]]
	run -2 ss-connect -k alice.key -P abc
	run -0 env -u SS_PIN ss-connect -k alice.key -C state/cert.pem
}

@test "a CA that vouches, but for another name" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout other.key -out other.pem -days 2 -subj /CN=other \
	    -addext subjectAltName=DNS:other 2>/dev/null
	kill "$(cat relay.pid)"
	wait "$(cat relay.pid)"
	start --cert other.pem --key other.key
	run -1 --separate-stderr env -u SS_PIN ss-connect -k alice.key \
	    -C other.pem
	[[ $stderr == *SS-E127* ]]
	run -0 ss-connect -k alice.key
}

@test "nobody there is exit 2" {
	kill "$(cat relay.pid)"
	wait "$(cat relay.pid)"
	run -2 --separate-stderr ss-connect -k alice.key
	[[ $stderr == *SS-E205* ]]
}

@test "input that ends early: what was whole is sent, exit 1" {
	records 3 100 3 >in
	head -c 300 in >cut
	run -1 --separate-stderr send <cut
	[[ $stderr == *SS-E101* ]]
	drain >got
	head -c 216 in | cmp - got
}

@test "input that is no record at all, or empty, or oversize" {
	{ records 3 100 2; echo hello there; } >in
	run -1 --separate-stderr send <in
	[[ $stderr == *SS-E102* ]]
	run -0 bash -c 'ss-connect -k bob.key --from alice -d | wc -c'
	[ "$output" = 216 ]
	run -1 --separate-stderr send </dev/null
	[[ $stderr == *SS-E113* ]]
	printf 'SS\001\003\000\001\377\371' >big
	run -1 --separate-stderr send <big
	[[ $stderr == *SS-E105* ]]
}

@test "armored input travels as binary records" {
	records 3 100 1 >in
	{ base64 -w 0 in; echo; base64 -w 0 in; echo; } | send
	drain >got
	cat in in | cmp - got
}

@test "--to never reads, --from never sends" {
	records 3 10 1 >in
	ss-connect -k alice.key
	timeout 9 ss-connect -k bob.key --to alice <in
	send <in >out1
	[ ! -s out1 ]
	drain <in >got
	cmp in got
	run -0 timeout 9 ss-connect -k alice.key --from bob --drain
	[ -n "$output" ]
}

@test "mail of others stays in the mailbox" {
	ss-keygen -n carol -o carol.key 2>/dev/null
	records 3 10 1 >a
	records 3 11 1 >c
	send <a
	ss-connect -k carol.key --to bob <c
	drain >got
	cmp a got
	timeout 9 ss-connect -k bob.key --from carol --drain >got
	cmp c got
}

@test "one may wait for a name that is not registered yet" {
	ss-keygen -n dora -o dora.key 2>/dev/null
	records 3 10 3 >in
	ss-connect -k bob.key --from dora >got &
	echo $! >reader.pid
	sleep 0.3
	ss-connect -k dora.key --to bob <in
	grown got in
	cmp in got
}

@test "--timeout: exit 2" {
	run -2 --separate-stderr ss-connect -k bob.key --from alice -T 1
	[[ $stderr == *SS-E206* ]]
}

@test "100 MiB to a reader, and tiny records, arrive as they were" {
	records 3 65449 1600 >in
	ss-connect -k bob.key --from alice >>got &
	echo $! >reader.pid
	send <in
	grown got in
	cmp in got
	: >got
	records 3 33 50000 >in
	send <in
	grown got in
	cmp in got
}

@test "a slow reader loses nothing, and memory stays flat" {
	records 3 65449 400 >in
	mkfifo slow
	{ dd bs=64k count=20 2>/dev/null; sleep 2; cat; } <slow >got &
	ss-connect -k bob.key --from alice >slow &
	echo $! >reader.pid
	send <in &
	sender=$!
	sleep 1
	rss=$(ps -o rss= -p "$sender" || echo 0)
	[ "$rss" -lt 20000 ]
	wait "$sender"
	grown got in
	cmp in got
}

@test "a mailbox that is full is exit 2 and keeps what was accepted" {
	kill "$(cat relay.pid)"
	wait "$(cat relay.pid)"
	start -L mailbox-messages=3
	ss-connect -k alice.key
	for i in 1 2 3; do records 3 10 1 | send; done
	run -2 --separate-stderr send < <(records 3 10 1)
	[[ $stderr == *SS-E207* ]]
	run -0 bash -c 'ss-connect -k bob.key --from alice -d | wc -c'
	[ "$output" = 54 ]
}

@test "a command on each side, joined" {
	records 1 100 1 >m1
	records 1 101 1 >m2
	timeout 20 ss-connect -k bob.key --from alice -- \
	    sh -c 'head -c 108 >b1; cat m2' &
	timeout 20 ss-connect -k alice.key --to bob -- \
	    sh -c 'cat m1; head -c 109 >a1'
	wait $!
	cmp m1 b1
	cmp m2 a1
	run -0 drain
	[ -z "$output" ]
}

@test "commands take far more than one window, both ways at once" {
	ss-connect -k alice.key
	records 3 20000 200 >a
	records 3 20001 200 >b
	timeout 30 ss-connect -k bob.key --from alice -- \
	    sh -c 'cat b & head -c 4001600 >b.got; wait' &
	timeout 30 ss-connect -k alice.key --to bob -- \
	    sh -c 'cat a & head -c 4001800 >a.got; wait'
	wait $!
	cmp a b.got
	cmp b a.got
	run -0 drain
	[ -z "$output" ]
}

@test "a command that stays is ended when the relay dies" {
	timeout 20 ss-connect -k bob.key --from alice -- bash -c \
	    'trap "" TERM; echo $$ >child; read -r line; exec sleep 15' &
	reader=$!
	for _ in $(seq 50); do [ -s child ] && break; sleep 0.1; done
	kill -9 "$(cat relay.pid)"
	wait "$(cat relay.pid)" || true
	SECONDS=0
	status=0
	wait "$reader" || status=$?
	[ "$status" = 2 ]
	[ "$SECONDS" -lt 8 ]
	run -1 kill -0 "$(cat child)"
}

@test "URLs: what is taken, and what is none" {
	for u in "wss://localhost:$port" "wss://127.0.0.1:$port/"; do
		run -0 ss-connect -k bob.key -R "$u"
	done
	for u in "wss://localhost:$((port + 65536))/" wss:// wss://localhost: \
	    "wss://::1:$port/" 'wss://[::1' 'wss://[]:1/' \
	    "wss://bob@localhost:$port/" "wss://localhost:$port/x" \
	    "https://localhost:$port/" "wss://localhost:0$port 1/" \
	    "wss://$(printf 'a%.0s' $(seq 300)):$port/"; do
		run -2 --separate-stderr ss-connect -k bob.key -R "$u"
		[[ $stderr == *SS-E201* ]]
	done
}

@test "a relay at an IPv6 address" {
	[ -e /proc/net/if_inet6 ] || skip "no IPv6 here"
	kill "$(cat relay.pid)"
	wait "$(cat relay.pid)"
	port=
	rm state/cert.pem # the next one is for both addresses
	start -l '[::1]:0'
	six=$(sed -n 's|^url:.*:\([0-9]*\)/|\1|p' out | tail -n 1)
	run -0 ss-connect -k bob.key -R "wss://[::1]:$six/"
	run -0 env -u SS_PIN ss-connect -k bob.key -R "wss://[::1]:$six/" \
	    -C state/cert.pem
}

@test "a pin with colons and capitals; proxies are not asked" {
	run -0 env https_proxy=http://127.0.0.1:1 ss-connect -k bob.key \
	    -P "$(echo "$SS_PIN" | tr a-f A-F | sed 's/../&:/g; s/:$//')"
}

@test "the command's status is ours; what it refused comes again" {
	records 3 10 2 >in
	send <in
	run -7 timeout 9 ss-connect -k bob.key --from alice -- \
	    sh -c 'head -c 10 >/dev/null; exit 7'
	run -143 timeout 9 ss-connect -k bob.key --from alice -- \
	    sh -c 'kill -TERM $$'
	run -127 timeout 9 ss-connect -k bob.key --from alice -- no-such-command
	drain >got
	cmp in got
}

@test "what a command left unread stays in the mailbox" {
	records 1 100 1 >first
	records 3 50 3 >rest
	cat first rest | send
	timeout 9 ss-connect -k bob.key --from alice -- \
	    sh -c 'head -c 108 >got; sleep 0.3'
	cmp first got
	drain >got
	cmp rest got
}

@test "a command may take more than one window of mail" {
	for _ in $(seq 40); do records 3 50 1; done >in
	for i in $(seq 0 39); do
		tail -c +$((i * 58 + 1)) in | head -c 58 | send
	done
	records 3 100000 80 >big
	send <big
	run -0 drain -- sh -c 'cat >got'
	cmp <(cat in big) got
	run -0 drain
	[ -z "$output" ]
}

@test "a command that writes text is ended, and its mail stays" {
	records 3 50 3 >in
	send <in
	run -1 --separate-stderr drain -- sh -c 'cat >got; echo hello, world'
	[[ "$stderr" == *"output: not in the expected format"* ]]
	[[ "$stderr" == *"hint: what the command writes goes to the peer"* ]]
	run -1 --separate-stderr drain -- sh -c 'cat >got; printf SS'
	[[ "$stderr" == *"code: SS-E101"* ]]
	drain >got
	cmp in got
}

@test "--drain ends a command's input" {
	records 3 50 3 >in
	send <in
	run -0 drain -- sh -c 'cat >got'
	cmp in got
	run -0 drain
	[ -z "$output" ]
}

@test "--spool: acknowledged when it is in the file" {
	records 3 50 3 >in
	send <in
	drain -s spool
	cmp in spool
	[ "$(stat -c %a spool)" = 600 ]
	run -0 drain
	[ -z "$output" ]
	records 3 60 1 | send
	run -2 drain -s /dev/full
	run -0 bash -c 'ss-connect -k bob.key --from alice -d | wc -c'
	[ "$output" = 68 ]
}

@test "--spool: half a record from a killed run is cut off" {
	records 3 50 3 >in
	send <in
	{ cat in; head -c 30 in; } >spool
	run -0 --separate-stderr drain -s spool
	[[ $stderr == *"cut off"* ]]
	cat in in | cmp - spool
	send <in
	echo notes >other
	run -1 --separate-stderr drain -s other
	[[ $stderr == *SS-E102* || $stderr == *SS-E101* ]]
	[ "$(cat other)" = notes ]
	run -0 bash -c 'ss-connect -k bob.key --from alice -d | wc -c'
	[ "$output" = 174 ]
}

@test "a reader that goes away: exit 2, the rest comes again" {
	records 3 65449 100 >in
	send <in
	ss-connect -k bob.key --from alice 2>err2 | head -c 100 >part ||
	    true
	drain >got
	[ "$(stat -c %s got)" -ge $((65457 * 98)) ]
	tail -c $((65457 * 98)) in | cmp - <(tail -c $((65457 * 98)) got)
}

@test "origin logins over ws only where both sides want them" {
	kill "$(cat relay.pid)"
	wait "$(cat relay.pid)"
	port=
	start --ws
	run -1 --separate-stderr ss-connect -k alice.key
	[[ $stderr == *allow-origin-login*SS-E128* ]]
	kill "$(cat relay.pid)"
	wait "$(cat relay.pid)"
	start --ws --allow-origin-login
	run -0 ss-connect -k alice.key
	run -1 --separate-stderr ss-connect -k alice.key \
	    -R "ws://127.0.0.1:$port/"
	[[ $stderr == *SS-E128* ]]
}

@test "kill -9 of the relay: what was accepted is delivered after it" {
	records 3 1000 50 >in
	send <in
	kill -9 "$(cat relay.pid)"
	wait "$(cat relay.pid)" || true
	start
	drain >got
	cmp in got
}

@test "kill -9 of a receiver before its ACK: delivered again" {
	records 3 100 3 >in
	send <in
	ss-connect -k bob.key --from alice -- sh -c 'cat >seen' &
	reader=$!
	for _ in $(seq 50); do
		[ -s seen ] && break
		sleep 0.1
	done
	cmp in seen
	kill -9 "$reader"
	wait "$reader" || true
	drain >got
	cmp in got
}

@test "misuse is exit 2" {
	run -2 ss-connect --to bob </dev/null
	run -2 ss-connect -k alice.key --to Bob </dev/null
	run -2 ss-connect -k alice.key -- true
	run -2 ss-connect -k alice.key --drain
	run -2 ss-connect -k alice.key --to bob stray </dev/null
	run -2 ss-connect -k alice.key -R http://localhost/
	run -2 env -u SS_RELAY ss-connect -k alice.key
}
