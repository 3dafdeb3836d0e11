#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# kill -9 at any moment of a responder of x3dh: the first message is not lost,
# its one-time prekey does not stay, and no second session comes of it once
# the first call after the crash is through.  40 rounds, with SS_LONG 300.

load ../cli/common

setup() {
	in_folder
	identities
	ss-keygen -K 900 -k bob.key -o bob.prekeys 2>/dev/null
	rounds=40
	[ -z "$SS_LONG" ] || rounds=300
}

# wait a random part of MILLISECONDS, reproducibly
pause() {
	perl -e 'srand $ARGV[0]; select undef, undef, undef, rand() * $ARGV[1]' \
	    "$1" "$2"
}

respond() {
	ss-handshake x3dh -r -k bob.key -p alice.pub -K bob.prekeys "$@"
}

# whole FILE: it ends as it should
whole() {
	head -1 "$1" | grep -q '^secretsocket-.*: 1$'
	tail -1 "$1" | grep -q '^end: secretsocket-'
}

has() { grep -q "^one-time: $1 " bob.prekeys; }

@test "killed between any two steps: nothing lost, nothing twice" {
	before=0 between=0 after=0
	for r in $(seq "$rounds"); do
		ss-keygen -b --one="$r" bob.prekeys >bob.bundle
		ss-handshake x3dh -i -f -k alice.key -p bob.pub \
		    -b bob.bundle -o alice.sess >m 2>/dev/null
		echo "round $r" | ss-seal -s alice.sess >stream
		rm -f bob.sess
		# itself, and not a function: the pid must be its own
		ss-handshake x3dh -r -k bob.key -p alice.pub \
		    -K bob.prekeys -o bob.sess <m 2>/dev/null &
		pid=$!
		case $((r % 8)) in
		0) ;; # surely before
		1) sleep 0.3 ;; # surely after
		*) pause "$r" 0.015 ;;
		esac
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		whole bob.prekeys
		if [ ! -e bob.sess ]; then
			# as if it had not come
			before=$((before + 1))
			has "$r"
			respond -o bob.sess <m 2>/dev/null
		elif has "$r"; then
			# the session is there, the prekey too: the call is
			# repeated, to the same session
			between=$((between + 1))
			whole bob.sess
			cp bob.sess first.sess
			respond -f -o bob.sess <m 2>/dev/null
			cmp bob.sess first.sess
		else
			after=$((after + 1))
		fi
		whole bob.sess
		run ! has "$r"
		[ "$(ss-open -s bob.sess <stream)" = "round $r" ]
		# from now on it is a replay
		fails 107 1 fed m respond -o twice.sess
		[ ! -e twice.sess ]
	done
	echo "# killed before: $before, between: $between, after: $after" >&3
	[ $before -gt 0 ]
	[ $after -gt 0 ]
	# what a killed save left behind goes with the next one
	touch bob.prekeys.new
	ss-keygen -K 1 bob.prekeys 2>/dev/null
	[ ! -e bob.prekeys.new ]
	[ "$(grep -c ^seen bob.prekeys)" = "$rounds" ]
}

@test "ss-keygen killed while it changes prekeys: the old ones or the new" {
	for r in $(seq 20); do
		ss-keygen -r -k bob.key bob.prekeys 2>/dev/null &
		pid=$!
		pause "$r" 0.015
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		whole bob.prekeys
		now=$(sed -n 's/^next: \([0-9]*\) .*/\1/p' bob.prekeys)
		[ "$now" -ge "${last:-1}" ]
		last=$now
		[ "$(grep -c ^one-time bob.prekeys)" = 900 ]
		ss-keygen -b bob.prekeys >bob.bundle
		ss-handshake x3dh -i -f -k alice.key -p bob.pub \
		    -b bob.bundle -o alice.sess >m 2>/dev/null
	done
	respond -o bob.sess <m 2>/dev/null
	talks alice.sess bob.sess
}
