# SPDX-License-Identifier: ISC
#
# kill -9 at any moment: no epoch is used twice, nothing that was sent whole
# is lost.  50 rounds, with SS_LONG 300.

load ../cli/common

setup() {
	in_folder
	sessions
	rounds=50
	[ -z "$SS_LONG" ] || rounds=300
}

# wait MILLISECONDS and a random part of as many, reproducibly
pause() {
	perl -e 'srand $ARGV[0]; select undef, undef, undef, rand() * $ARGV[1]' \
	    "$1" "$2"
}

# lines with short pauses, so that they leave one by one
trickle() {
	perl -e '$| = 1; for (1 .. 2000) {
		print "$_\n"; select undef, undef, undef, .0003 }' 2>/dev/null
}

# the ratchet key, epoch number and salt of each whole introducer
epochs() {
	perl -e 'local $/;
		for my $file (@ARGV) {
			open my $f, "<", $file; my $s = <$f>;
			for (my $at = 0; $at + 172 <= length $s;) {
				my ($t, $n) = unpack "x3 C N", substr $s, $at, 8;
				print unpack("H64 H8", substr $s, $at + 84, 36), "\n"
				    if $t == 2;
				$at += $n + 8;
			}
		}' "$@"
}

@test "ss-seal killed at any moment uses no epoch twice" {
	for r in $(seq $rounds); do
		trickle | ss-seal -l -n 1 -s alice.sess >out.$r &
		pid=$!
		n=0
		until [ -s out.$r ] || [ $((n += 1)) = 500 ]; do sleep 0.01; done
		pause "$r" 0.05
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		head -1 alice.sess | grep -q '^secretsocket-session: 1$'
		tail -1 alice.sess | grep -q '^end: '
	done
	epochs out.* >all
	[ "$(wc -l <all)" -ge $rounds ]
	[ "$(sort -u all | wc -l)" = "$(wc -l <all)" ]
	# what a killed save left behind goes with the next one
	touch alice.sess.new
	echo after | ss-seal -s alice.sess >after.ss
	[ "$(find . -name '.*' -type f | wc -l)" = 0 ]
	[ ! -e alice.sess.new ]
	epochs after.ss >>all
	[ "$(sort -u all | wc -l)" = "$(wc -l <all)" ]
}

@test "and the receiver goes on behind the broken streams" {
	for r in $(seq 10); do
		seq 1 100000 | ss-seal -l -n 50 -s alice.sess >out &
		pid=$!
		pause "$r" 0.02
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		# what is whole arrives; the rest is reported
		ss-open -m -s bob.sess <out >got 2>/dev/null || true
		cmp -n "$(stat -c %s got)" got <(seq 1 100000)
		echo $r | ss-seal -s alice.sess >next
		ss-open -s bob.sess <next >got 2>/dev/null || true
		[ "$(cat got)" = $r ]
	done
}

@test "ss-open killed at any moment may deliver again, never loses" {
	for r in $(seq $((rounds / 2))); do
		head -c 2000000 /dev/urandom >plain
		ss-seal -n 1 -s alice.sess <plain >stream
		ss-open -s bob.sess <stream >got 2>/dev/null &
		pid=$!
		pause "$r" 0.01
		kill -9 $pid 2>/dev/null || true
		status=0
		wait $pid 2>/dev/null || status=$?
		cmp -n "$(stat -c %s got)" got plain
		if [ $status = 0 ]; then
			cmp got plain
		elif ss-open -s bob.sess <stream >again 2>err; then
			cmp again plain
		else # killed between its commit and its end
			grep -q SS-E107 err
			cmp got plain
		fi
	done
}

@test "a key is saved whole or not at all" {
	for r in $(seq 20); do
		rm -f k.key
		ss-keygen -n k -o k.key 2>/dev/null &
		pid=$!
		pause "$r" 0.003
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		[ ! -e k.key ] || ss-keygen --public k.key >/dev/null
	done
}
