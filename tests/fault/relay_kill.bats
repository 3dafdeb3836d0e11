#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# kill -9 at any moment, of the relay and of a receiver: nothing that the
# relay accepted is lost.  SS_ROUNDS rounds of each (6).

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	rounds=${SS_ROUNDS:-6}
	for n in alice bob; do
		ss-keygen -n $n -o $n.key 2>/dev/null
	done
	port=0
	start
	for n in alice bob; do ss-connect -k $n.key 2>/dev/null; done
}

teardown() {
	kill "$(cat relay.pid)" 2>/dev/null && wait "$(cat relay.pid)" || true
}

start() {
	rm -f ready
	mkfifo ready
	ss-relay -l "127.0.0.1:$port" -d state -r 3 3>ready >out 2>err \
	    </dev/null &
	echo $! >relay.pid
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

# a record whose body tells its number
record() { printf 'SS\001\003\000\000\000\010%08d' "$1"; }
numbers() { LC_ALL=C tr -d 'S\000-\010' <"$1" | fold -w 8; }

# One process for each message: exit 0 means accepted.
accept_some() {
	local i=$1
	while [ ! -f enough ]; do
		i=$((i + 1))
		record "$i" | ss-connect -k alice.key --to bob 2>/dev/null &&
		    printf '%08d\n' "$i" >>accepted
	done
}

@test "kill -9 of the relay while it accepts: nothing accepted is lost" {
	: >accepted
	for round in $(seq "$rounds"); do
		rm -f enough
		accept_some $((round * 100000)) &
		sender=$!
		sleep "0.$((RANDOM % 5 + 1))"
		kill -9 "$(cat relay.pid)"
		touch enough
		wait "$sender" || true
		wait "$(cat relay.pid)" || true
		start
	done
	[ "$(wc -l <accepted)" -ge "$rounds" ]
	timeout 30 ss-connect -k bob.key --from alice --drain >got
	numbers got | sort -u >have
	run -0 comm -23 accepted have
	[ -z "$output" ]
	run -0 comm -13 accepted have
	# accepted, but killed before it could say so: one a round at most
	[ "${#lines[@]}" -le "$rounds" ]
}

@test "kill -9 of a receiver with a spool: nothing is lost" {
	for i in $(seq 2000); do record "$i"; done >in
	for i in $(seq 0 99); do
		dd if=in bs=320 skip="$i" count=1 2>/dev/null |
		    ss-connect -k alice.key --to bob
	done
	for round in $(seq "$rounds"); do
		ss-connect -k bob.key --from alice -s spool &
		receiver=$!
		sleep "0.0$((RANDOM % 3 + 1))"
		kill -9 "$receiver"
		wait "$receiver" || true
	done
	timeout 30 ss-connect -k bob.key --from alice --drain -s spool
	numbers spool | sort -u >have
	seq -f %08g 2000 | cmp - have
}
