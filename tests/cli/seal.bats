# SPDX-License-Identifier: ISC

load common

setup() {
	in_folder
	sessions
}

@test "seal | open: a line" {
	run -0 --separate-stderr bash -c \
	    "echo 'hello bob' | ss-seal -s alice.sess | ss-open -s bob.sess"
	[ "$output" = "hello bob" ]
	[ -z "$stderr" ]
}

@test "seal | open: sizes around the chunk" {
	for n in 0 1 65407 65408 65409 130815 130816 130817 1000000; do
		head -c $n /dev/urandom >plain
		ss-seal -s alice.sess <plain | ss-open -s bob.sess | cmp - plain
	done
}

@test "seal | open: both directions, many streams, both AEADs, all modes" {
	for mode in dh hash static; do
		for aead in chachapoly aesgcm; do
			sessions --mode $mode --aead $aead
			for i in 1 2 3; do
				echo $i | ss-seal -s alice.sess | ss-open -s bob.sess
				echo $i | ss-seal -s bob.sess | ss-open -s alice.sess
			done >got
			[ "$(tr -d '\n' <got)" = 112233 ]
		done
	done
}

@test "the responder may speak first, and first epochs may cross" {
	echo a | ss-seal -s alice.sess >a.ss
	echo b | ss-seal -s bob.sess >b.ss
	[ "$(ss-open -s bob.sess <a.ss)" = a ]
	[ "$(ss-open -s alice.sess <b.ss)" = b ]
	[ "$(echo c | ss-seal -s bob.sess | ss-open -s alice.sess)" = c ]
}

@test "a large file is sealed from where its descriptor stands, to its end" {
	head -c 5000000 /dev/urandom >plain
	{ dd bs=1000001 count=1 status=none of=/dev/null
	  ss-seal -s alice.sess
	  [ "$(wc -c)" = 0 ]; } <plain | ss-open -s bob.sess |
	    cmp - <(tail -c +1000002 plain)
	{ head -c 70000 /dev/zero | ss-seal --pad 1000 -s alice.sess
	  ss-seal --pad 1000 -s alice.sess plain; } | ss-open -s bob.sess |
	    cmp - <(head -c 70000 /dev/zero; cat plain)
}

@test "a file that is cut while it is read: exit 2, and no last record" {
	head -c 20000000 /dev/zero >plain
	mkfifo out
	ss-seal -s alice.sess plain >out 2>err &
	pid=$!
	exec 7<out
	head -c 70000 <&7 >x.ss
	truncate -s 5000 plain
	cat <&7 >>x.ss
	status=0
	wait $pid || status=$?
	[ $status = 2 ]
	grep -q 'cut while it was read' err
	run -1 --separate-stderr ss-open -s bob.sess -o got x.ss
	[[ "$stderr" == *"code: SS-E101"* ]]
	[ ! -e got ]
}

@test "a file that is cut in a page that was mapped: exit 2, not zeros" {
	head -c 20000000 /dev/zero >plain # 305 whole chunks and a rest
	mkfifo out
	ss-seal -s alice.sess plain >out 2>err &
	pid=$!
	exec 7<out
	head -c 70000 <&7 >/dev/null
	truncate -s $((305 * 65408 - 1000)) plain
	cat <&7 >/dev/null
	status=0
	wait $pid || status=$?
	[ $status = 2 ]
	grep -q '^code: SS-E202' err
}

@test "lines: a record per line, a new epoch every 20" {
	seq 1 50 >plain
	ss-seal --lines -s alice.sess <plain >lines.ss
	ss-open -s bob.sess <lines.ss | cmp - plain
	records lines.ss >list
	[ "$(grep -c ' 2$' list)" = 3 ]
	[ "$(grep -c ' 3$' list)" = 51 ]
}

@test "lines: --rekey-after N, and 0 is never" {
	seq 1 50 >plain
	ss-seal --lines --rekey-after 7 -s alice.sess <plain >a.ss
	ss-seal --lines --rekey-after 0 -s alice.sess <plain >b.ss
	[ "$(records a.ss | grep -c ' 2$')" = 8 ]
	[ "$(records b.ss | grep -c ' 2$')" = 1 ]
	cat a.ss b.ss | ss-open -s bob.sess | cmp - <(cat plain plain)
}

@test "lines: empty ones, no newline at the end, longer than a record" {
	printf '\n\na\n\nend without newline' >plain
	ss-seal -l -s alice.sess <plain | ss-open -s bob.sess | cmp - plain
	{ head -c 300000 /dev/zero | tr '\0' x; echo; echo y; } >plain
	ss-seal -l -s alice.sess <plain | ss-open -s bob.sess | cmp - plain
	: >plain
	ss-seal -l -s alice.sess <plain | ss-open -s bob.sess | cmp - plain
}

@test "lines: each leaves when the input pauses" {
	mkfifo in out
	ss-seal -l -s alice.sess <in >out &
	ss-open -s bob.sess <out >got &
	exec 7>in
	echo one >&7
	for _ in $(seq 100); do grep -q one got && break; sleep 0.05; done
	grep -q one got
	echo two >&7
	for _ in $(seq 100); do grep -q two got && break; sleep 0.05; done
	grep -q two got
	exec 7>&-
	wait
}

@test "bytes: --rekey-after opens epochs inside one stream" {
	head -c 1000000 /dev/urandom >plain
	ss-seal --rekey-after 3 -s alice.sess <plain >x.ss
	[ "$(records x.ss | grep -c ' 2$')" = 6 ]
	ss-open -s bob.sess <x.ss | cmp - plain
}

@test "--rekey-every opens an epoch when time has passed" {
	(echo a; sleep 1.2; echo b) |
	    ss-seal -l -n 0 --rekey-every 1s -s alice.sess >x.ss
	[ "$(records x.ss | grep -c ' 2$')" -ge 2 ]
	[ "$(ss-open -s bob.sess <x.ss)" = $'a\nb' ]
}

@test "armor: text lines that the reader detects, also mixed" {
	head -c 100000 /dev/urandom >plain
	ss-seal -a -s alice.sess <plain >x.asc
	[ "$(grep -cv '^U1MB[A-Za-z0-9+/=]*$' x.asc)" = 0 ]
	[ "$(wc -l <x.asc)" = 3 ]
	echo more | ss-seal -s alice.sess >y.ss
	cat x.asc y.ss | ss-open -s bob.sess | cmp - <(cat plain; echo more)
}

@test "--pad hides the length" {
	for text in a abcdefghijklmno abcdefghijklmnop; do
		printf %s $text | ss-seal --pad 16 -s alice.sess >x.ss
		records x.ss | tail -1 >>sizes
		[ "$(ss-open -s bob.sess <x.ss)" = $text ]
	done
	[ "$(cut -d' ' -f2 sizes | head -2 | uniq | wc -l)" = 1 ]
	head -c 200000 /dev/urandom >plain
	ss-seal --pad 65408 -s alice.sess <plain | ss-open -s bob.sess |
	    cmp - plain
}

@test "-o appears whole or not at all, and is not overwritten" {
	echo x | ss-seal -s alice.sess -o out.ss
	[ "$(stat -c %a out.ss)" = 644 ]
	run -2 --separate-stderr bash -c "echo y | ss-seal -s alice.sess -o out.ss"
	[[ "$stderr" == *"code: SS-E203"* ]]
	[ "$(ss-open -s bob.sess -o plain <out.ss; cat plain)" = x ]
	echo y | ss-seal -f -s alice.sess -o out.ss
	[ "$(ss-open -s bob.sess out.ss)" = y ]
}

@test "a file as argument, and - for standard input" {
	echo x >plain
	ss-seal -s alice.sess plain | ss-open -s bob.sess - | cmp - plain
	run -2 ss-seal -s alice.sess missing
	run -2 ss-seal -s alice.sess plain plain
}

@test "key log: one line per epoch, 0600, the same on both sides" {
	seq 1 3 | ss-seal -l -n 1 -K a.keys -s alice.sess |
	    SS_KEYLOG=b.keys ss-open -s bob.sess
	[ "$(grep -c '^SECRETSOCKET_EPOCH ' a.keys)" = 3 ]
	cmp a.keys b.keys
	[ "$(stat -c %a a.keys)" = 600 ]
	head -1 a.keys | grep -q '^#.*can read'
}

@test "--explain narrates on stderr only and keeps secrets" {
	cp alice.sess copy.sess
	echo x | ss-seal -e -s alice.sess >x.ss 2>story
	grep -q 'epoch id' story
	grep -q 'secret bytes' story
	records x.ss >list
	[ "$(wc -l <list)" = 2 ]
	echo x | ss-seal -e -x -s alice.sess 2>story >y.ss
	grep -q 'SECRET$' story
	ss-open -e -s bob.sess <x.ss 2>story
	grep -q 'tag holds' story
}

@test "a full disk is exit 2" {
	run -2 --separate-stderr bash -c \
	    "head -c 1000 /dev/zero | ss-seal -s alice.sess >/dev/full"
	[[ "$stderr" == *"code: SS-E202"* ]]
	echo x | ss-seal -s alice.sess >x.ss
	run -2 bash -c "ss-open -s bob.sess <x.ss >/dev/full"
	[ "$(ss-open -s bob.sess <x.ss)" = x ]
}

@test "binary does not go to a terminal, armor does" {
	run -2 script -qec "ss-seal -s alice.sess </dev/null" /dev/null
	[[ "$output" == *"SS-E201"* ]]
	run -0 script -qec "ss-seal -a -s alice.sess </dev/null" /dev/null
	[[ "$output" == *U1MB* ]]
}

@test "a terminal sees no control characters of the sender" {
	printf 'a\033]0;evil\007b\n' | ss-seal -s alice.sess >x.ss
	run -0 script -qec "ss-open -s bob.sess x.ss" /dev/null
	[[ "$output" == *'a\x1b]0;evil\x07b'* ]]
}

@test "several ss-seal at once never use an epoch twice" {
	for i in 1 2 3 4 5 6; do
		seq 1 40 | ss-seal -l -n 1 -s alice.sess >x$i.ss &
	done
	wait
	for i in 1 2 3 4 5 6; do
		perl -e 'local $/; my $s = <STDIN>; my $at = 0;
			while ($at < length $s) {
				my ($t, $n) = unpack "x3 C N", substr $s, $at, 8;
				print unpack("H64 H8", substr $s, $at + 84, 36), "\n"
				    if $t == 2;
				$at += $n + 8;
			}' <x$i.ss
	done >epochs
	[ "$(wc -l <epochs)" = 240 ]
	[ "$(sort -u epochs | wc -l)" = 240 ]
}

@test "a long-lived ss-seal and ss-open share one session" {
	mkfifo in mail
	ss-seal -l -n 1 -s alice.sess <in >to_bob &
	exec 7>in
	ss-open -s alice.sess <mail >got &
	exec 8>mail
	for i in 1 2 3 4 5; do
		echo $i >&7
		echo $i | ss-seal -s bob.sess >&8
	done
	exec 7>&- 8>&-
	wait
	[ "$(tr -d '\n' <got)" = 12345 ]
	[ "$(ss-open -s bob.sess <to_bob | tr -d '\n')" = 12345 ]
	echo after | ss-seal -s alice.sess | ss-open -s bob.sess
	echo after | ss-seal -s bob.sess | ss-open -s alice.sess
}

@test "a restored copy of the session makes other keys" {
	cp alice.sess copy.sess
	echo x | ss-seal -s alice.sess -K k >one.ss
	echo x | ss-seal -s copy.sess -K k >two.ss
	[ "$(grep -c ^SECRET k)" = 2 ]
	[ "$(grep ^SECRET k | cut -d' ' -f5 | sort -u | wc -l)" = 2 ]
	[ "$(ss-open -s bob.sess <one.ss)" = x ]
}

@test "sessions: readable by others, damaged, cut, none" {
	chmod 640 alice.sess
	run -1 --separate-stderr ss-seal -s alice.sess </dev/null
	[[ "$stderr" == *"code: SS-E119"* ]]
	chmod 600 alice.sess
	head -c 300 alice.sess >cut.sess
	chmod 600 cut.sess
	run -1 --separate-stderr ss-seal -s cut.sess </dev/null
	[[ "$stderr" == *"code: SS-E101"* ]]
	sed 's/session: 1/session: 9/' alice.sess >v9.sess
	chmod 600 v9.sess
	run -1 --separate-stderr ss-seal -s v9.sess </dev/null
	[[ "$stderr" == *"code: SS-E104"* ]]
	run -1 --separate-stderr ss-seal -s alice.key </dev/null
	[[ "$stderr" == *"code: SS-E102"* ]]
	run -2 --separate-stderr ss-seal -s none.sess </dev/null
	[[ "$stderr" == *"code: SS-E202"* ]]
	for name in - /dev/stdin /dev/fd/0; do
		run -2 --separate-stderr ss-seal -s $name <alice.sess
		[[ "$stderr" == *"code: SS-E201"* ]]
	done
	[ ! -e ./-.lock ]
	run -2 ss-seal
	run -2 ss-seal -s alice.sess --rekey-after -1
}
