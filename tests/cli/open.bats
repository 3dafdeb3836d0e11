# SPDX-License-Identifier: ISC

load common

# three.ss: introducer, two full chunks and a last one; plain: its text
setup() {
	in_folder
	sessions
	head -c 150000 /dev/urandom >plain
	ss-seal -s alice.sess <plain >three.ss
	[ "$(records three.ss | wc -l)" = 4 ]
}

still_opens() {
	ss-open -s bob.sess <three.ss | cmp - plain
}

@test "200 single bits flipped" {
	bits=$(($(stat -c %s three.ss) * 8))
	for n in $(perl -e "srand 1; print int(rand $bits), ' ' for 1..200"); do
		flip three.ss "$n" >bad.ss
		cp bob.sess before
		status=0
		ss-open -s bob.sess <bad.ss >got 2>err || status=$?
		[ $status = 1 ]
		grep -q '^code: SS-E1' err
		cmp before bob.sess
		cmp -n "$(stat -c %s got)" got plain
	done
	still_opens
}

@test "cut in every part of each record" {
	size=$(stat -c %s three.ss)
	for n in 1 7 8 9 100 171 172 173 180 205 206 1000 65628 65629 \
	    65636 131087 $((size - 17)) $((size - 16)) $((size - 1)); do
		head -c "$n" three.ss >bad.ss
		refused 101 1 ss-open -s bob.sess bad.ss
	done
	still_opens
}

@test "records dropped, doubled, swapped" {
	pick three.ss 1 2 3 >bad.ss
	refused 121 1 ss-open -s bob.sess bad.ss
	pick three.ss 0 2 3 >bad.ss
	refused 106 1 ss-open -s bob.sess bad.ss
	pick three.ss 0 1 3 >bad.ss
	refused 106 1 ss-open -s bob.sess bad.ss
	pick three.ss 0 1 2 >bad.ss
	refused 101 1 ss-open -s bob.sess bad.ss
	pick three.ss 0 0 1 2 3 >bad.ss
	refused 107 1 ss-open -s bob.sess bad.ss
	pick three.ss 0 1 1 2 3 >bad.ss
	refused 107 1 ss-open -s bob.sess bad.ss
	pick three.ss 0 2 1 3 >bad.ss
	refused 106 1 ss-open -s bob.sess bad.ss
	pick three.ss 1 0 2 3 >bad.ss
	refused 121 1 ss-open -s bob.sess bad.ss
	still_opens
}

@test "an epoch dropped from the middle of a stream" {
	seq 1 6 | ss-seal -l -n 2 -s alice.sess >x.ss
	pick x.ss 0 1 2 6 7 8 9 >bad.ss
	rm plain
	refused 108 1 ss-open -s bob.sess bad.ss
	[ "$(cat got)" = $'1\n2' ]
}

@test "replayed, reflected, spliced, the wrong session" {
	still_opens
	refused 107 1 ss-open -s bob.sess three.ss
	cp alice.sess before
	run -1 --separate-stderr ss-open -s alice.sess three.ss
	[[ "$stderr" == *"code: SS-E110"* ]]
	[ -z "$output" ]
	cmp before alice.sess
	mkdir other && cp ./*.key ./*.pub other
	(cd other && sessions && echo x | ss-seal -s alice.sess >y.ss)
	refused 103 1 ss-open -s bob.sess other/y.ss
	echo z | ss-seal -s alice.sess >z.ss
	{ pick z.ss 0; pick other/y.ss 1; pick z.ss 1; } >bad.ss
	refused 109 1 ss-open -s bob.sess bad.ss
	ss-keygen -n carol -o carol.key 2>/dev/null
	ss-keygen -n dave -o dave.key 2>/dev/null
	mkdir third && cp carol.key third/alice.key && cp dave.key third/bob.key
	(cd third && ss-keygen --public alice.key >alice.pub &&
	    ss-keygen --public bob.key >bob.pub && sessions &&
	    echo x | ss-seal -s alice.sess >y.ss)
	refused 109 1 ss-open -s bob.sess third/y.ss
}

@test "empty, foreign, and lengths of 0, 128 KiB + 1 and 2^32 - 1" {
	refused 113 1 ss-open -s bob.sess /dev/null
	echo "hello, this is not a record" >bad.ss
	refused 102 1 ss-open -s bob.sess bad.ss
	for len in 00000000 00020001 ffffffff; do
		{ printf 'SS\001\003'; printf %s $len | perl -pe '$_ = pack "H*", $_'
		  head -c 200000 /dev/zero; } >bad.ss
		refused 105 1 ss-open -s bob.sess bad.ss
	done
	{ printf 'SS\002\003\0\0\0\050'; head -c 40 /dev/zero; } >bad.ss
	refused 104 1 ss-open -s bob.sess bad.ss
	still_opens
}

@test "LAB records of every type" {
	for type in 201 202 203; do
		{ head -c 3 three.ss; printf "\\$type"; tail -c +5 three.ss; } >bad.ss
		refused 112 1 ss-open -s bob.sess bad.ss
	done
	still_opens
}

@test "handshake records do not belong here" {
	refused 109 1 ss-open -s bob.sess m1
}

@test "damaged armor" {
	ss-seal -a -s alice.sess <plain >x.asc
	sed '2s/./*/100' x.asc >bad.asc
	refused 114 1 ss-open -s bob.sess bad.asc
	sed '2s/....$//' x.asc >bad.asc
	refused 114 1 ss-open -s bob.sess bad.asc
	head -c 1000 x.asc >bad.asc
	run -1 ss-open -s bob.sess bad.asc
	sed 's/$/\r/' x.asc >crlf.asc
	ss-open -s bob.sess crlf.asc | cmp - plain
}

@test "1,025 skipped epochs are too many, 1,024 are not" {
	cp alice.sess start.sess
	seq 1 1024 | ss-seal -l -n 1 -s alice.sess >/dev/null
	echo x | ss-seal -s alice.sess >x.ss # and three.ss makes 1,025
	mv plain three.plain
	refused 111 1 ss-open -s bob.sess x.ss
	cp start.sess alice.sess
	seq 1 1023 | ss-seal -l -n 1 -s alice.sess >/dev/null
	echo x | ss-seal -s alice.sess >x.ss
	run -0 --separate-stderr ss-open -s bob.sess x.ss
	[ "$output" = x ]
	[[ "$stderr" == *"1024 epochs of the sender are missing"* ]]
	ss-open -s bob.sess three.ss | cmp - three.plain
	run -1 ss-open -s bob.sess three.ss
}

@test "another mode or AEAD than the session's" {
	cp ./*.key ./*.pub "$(mkdir -p o; echo o)"
	(cd o && sessions --aead aesgcm && echo x | ss-seal -s alice.sess >y.ss)
	refused 117 1 ss-open -s bob.sess o/y.ss
}

@test "a stream that begins before the last one ended" {
	pick three.ss 0 1 2 >cut.ss
	echo next | ss-seal -s alice.sess >next.ss
	cat cut.ss next.ss >both.ss
	status=0
	ss-open -s bob.sess both.ss >got 2>err || status=$?
	[ $status = 1 ]
	grep -q '^code: SS-E123' err
	cmp got <(head -c 130816 plain; echo next)
	[ "$(echo on | ss-seal -s alice.sess | ss-open -s bob.sess)" = on ]
}

@test "late streams open, lost ones are reported" {
	echo a | ss-seal -s alice.sess >a.ss
	echo b | ss-seal -s alice.sess >b.ss
	run -0 --separate-stderr ss-open -s bob.sess b.ss
	[ "$output" = b ]
	[[ "$stderr" == *"2 epochs of the sender are missing"* ]]
	[ "$(ss-open -s bob.sess a.ss)" = a ]
	still_opens
}

@test "lines: a new ss-open goes on in the middle" {
	seq 1 30 >plain
	ss-seal -l -s alice.sess <plain >x.ss
	pick x.ss 0 1 2 3 >one.ss
	pick x.ss $(seq 4 32) >two.ss
	run -1 --separate-stderr ss-open -s bob.sess one.ss
	[ "$output" = $'1\n2\n3' ]
	[[ "$stderr" == *"code: SS-E101"* ]]
	ss-open -s bob.sess two.ss | cmp - <(tail -n +4 plain)
}

@test "lines: short and long ones come out in their order" {
	perl -e 'print "x" x $_, "\n" for 3, 40000, 5, 65000, 100, 65407, 1,
	    300000, 0, 32767, 32768; print "a\0b\r\n\r\nend"' >plain
	ss-seal -l -s alice.sess <plain | ss-open -s bob.sess | cmp - plain
	ss-seal -l -a -p 100 -s alice.sess <plain |
	    ss-open -s bob.sess | cmp - plain
}

@test "bytes: the session moves on at FINAL only" {
	head -c 100000 three.ss >cut.ss
	refused 101 1 ss-open -s bob.sess cut.ss
	still_opens
}

@test "--mailbox skips old, foreign and damaged epochs with a note" {
	echo a | ss-seal -s alice.sess >a.ss
	echo b | ss-seal -s alice.sess >b.ss
	still_opens
	cat three.ss a.ss three.ss m1 b.ss >mail
	run -0 --separate-stderr ss-open -m -s bob.sess mail
	[ "$output" = $'a\nb' ]
	[[ "$stderr" == *"skipped"* ]]
	echo c | ss-seal -s alice.sess >c.ss
	echo d | ss-seal -s alice.sess >d.ss
	flip c.ss 1000 >bad.ss
	cat bad.ss d.ss >mail
	run -1 --separate-stderr ss-open -m -s bob.sess mail
	[ "$output" = d ]
	run -0 ss-open -m -s bob.sess /dev/null
}

@test "--mailbox: strangers between the records do not end a stream" {
	pick three.ss 1 >r
	{ head -c 8 r; printf %016d 0; tail -c +25 r; } >stranger
	{ pick three.ss 0 1; cat stranger m1; pick three.ss 2
	  cat stranger; pick three.ss 3; } >mail
	ss-open -m -s bob.sess mail >got 2>err
	cmp got plain
	[ "$(grep -c skipped err)" = 2 ]
	seq 1 5 | ss-seal -l -n 3 -s alice.sess >x.ss
	{ pick x.ss 0 1; cat stranger; pick x.ss 2 3 4; cat m1
	  pick x.ss 5 6 7; } >mail
	run -0 --separate-stderr ss-open -m -s bob.sess mail
	[ "$output" = "$(seq 1 5)" ]
}

@test "--mailbox: a forged record does not displace the genuine one" {
	pick three.ss 1 >r
	{ pick three.ss 0; flip r 500; pick three.ss 1 2 3; } >mail
	status=0
	ss-open -m -s bob.sess mail >got 2>err || status=$?
	[ $status = 1 ]
	grep -q '^code: SS-E103' err
	cmp got plain
}

@test "--mailbox: a stream cut short is status 1 and can come again" {
	echo a | ss-seal -s alice.sess >a.ss
	for tail in "" m1; do
		{ cat a.ss; pick three.ss 0 1; cat $tail </dev/null; } >mail
		rm -f out
		cp bob.sess start.sess
		status=0
		ss-open -m -s bob.sess -o out mail 2>err || status=$?
		[ $status = 1 ]
		grep -q '^code: SS-E101' err
		cmp out <(echo a; head -c 65408 plain)
		still_opens
		run -1 ss-open -s bob.sess a.ss
		mv start.sess bob.sess
	done
	# damaged, then cut: later streams count
	pick three.ss 2 >r
	{ pick three.ss 0 1; flip r 700; cat a.ss; } >mail
	run -1 --separate-stderr ss-open -m -s bob.sess -o got mail
	[[ "$stderr" == *"code: SS-E103"* ]]
	[[ "$stderr" == *"code: SS-E123"* ]]
	cmp got <(head -c 65408 plain; echo a)
}

@test "--mailbox: lines that were delivered twice come out once" {
	seq 1 5 | ss-seal -l -s alice.sess >x.ss
	pick x.ss 0 1 2 3 >one.ss
	run -0 ss-open -m -s bob.sess one.ss
	[[ "$output" == *$'1\n2\n3' ]]
	run -0 --separate-stderr ss-open -m -s bob.sess x.ss
	[ "$output" = $'4\n5' ]
}

@test "files that are something else are told by their kind" {
	run -1 --separate-stderr ss-open -s bob.key three.ss
	[[ "$stderr" == *"hint: this is a key file"* ]]
	sed 's/^profile: -/profile: no-tag/' bob.sess >lab.sess
	chmod 600 lab.sess
	run -1 --separate-stderr ss-open -s lab.sess three.ss
	[[ "$stderr" == *"code: SS-E112"* ]]
	run -1 --separate-stderr ss-seal -s lab.sess three.ss
	[[ "$stderr" == *"code: SS-E112"* ]]
	ss-seal -a -s alice.sess plain | sed 's/^/> /' >mail
	run -1 --separate-stderr ss-open -s bob.sess mail
	[[ "$stderr" == *"lines of armor with U1MB"* ]]
	run -2 ss-open -f -s bob.sess -o bob.sess three.ss
	run -2 ss-seal -f -s alice.sess -o alice.sess three.ss
	still_opens
}

@test "--mailbox: many of a kind are one line and a count" {
	still_opens
	for _ in 1 2 3 4 5; do cat three.ss; done >mail
	run -0 --separate-stderr ss-open -m -s bob.sess mail
	[ "${#stderr_lines[@]}" = 2 ]
	[[ "${stderr_lines[1]}" == *"4 more skipped: received before"* ]]
}

@test "one-way: only the initiator seals, only the responder opens" {
	ss-handshake noise:N -i -p bob.pub -o n.sess >m 2>/dev/null
	ss-handshake noise:N -r -k bob.key -o r.sess <m 2>/dev/null
	[ "$(echo x | ss-seal -s n.sess | ss-open -s r.sess)" = x ]
	run -1 --separate-stderr ss-seal -s r.sess plain
	[[ "$stderr" == *"code: SS-E122"* ]]
	run -1 --separate-stderr ss-open -s n.sess three.ss
	[[ "$stderr" == *"code: SS-E122"* ]]
}

@test "a second ss-open on the same session is busy" {
	mkfifo in
	ss-open -s bob.sess <in &
	exec 7>in
	for _ in $(seq 100); do [ -e bob.sess.rx ] && break; sleep 0.02; done
	sleep 0.1
	run -2 --separate-stderr ss-open -s bob.sess three.ss
	[[ "$stderr" == *"code: SS-E204"* ]]
	exec 7>&-
	wait
	still_opens
}

@test "a folder where no lock can be made is not a busy session" {
	[ "$(id -u)" != 0 ] || skip "root may write everywhere"
	mkdir shut
	cp -p bob.sess shut
	chmod 500 shut
	run -2 --separate-stderr ss-open -s shut/bob.sess three.ss
	chmod 700 shut
	[[ "$stderr" == *"code: SS-E202"* ]]
}

@test "-o appears only if everything was good" {
	flip three.ss 900000 >bad.ss
	run -1 ss-open -s bob.sess -o out bad.ss
	[ ! -e out ]
	ss-open -s bob.sess -o out three.ss
	cmp out plain
}

@test "keys of yesterday are gone from the session file after rotation" {
	echo old | ss-seal -s alice.sess -K keys >old.ss
	ss-open -s bob.sess three.ss | cmp - plain
	[ "$(ss-open -s bob.sess old.ss)" = old ]
	for i in 1 2; do
		echo $i | ss-seal -s bob.sess | ss-open -s alice.sess
		echo $i | ss-seal -s alice.sess | ss-open -s bob.sess
	done
	cp bob.sess stolen.sess
	chmod 600 stolen.sess
	run -1 ss-open -s stolen.sess old.ss
	run -1 ss-open -s stolen.sess three.ss
	key=$(grep ^SECRET keys | cut -d' ' -f5)
	run ! grep -q "$key" bob.sess alice.sess
}
