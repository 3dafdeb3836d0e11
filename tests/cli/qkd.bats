#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-qkd: from light to a session, and everything that must not end in one.

load common

setup() {
	here=$BATS_TEST_DIRNAME
	attacks=$here/../../labs/attacks
	in_folder
}

teardown() {
	# only what a failed test left behind
	for p in $(jobs -p); do kill "$p" 2>/dev/null || true; done
}

# light [PULSES] [EVE OPTION...]: alice.raw, bob.raw, bases; and pads for both
light() {
	local n=${1:-20000}
	shift || true
	rm -f ./*.raw ./*.qkd
	ss-qkd send -n "$n" -o alice.raw | tee qubits |
	    { if [ $# -gt 0 ]; then ss-qkd eve -o eve.raw "$@"; else cat; fi; } |
	    ss-qkd measure -o bob.raw >bases
	ss-qkd secret -f -R 4 -o alice.auth
	cp alice.auth bob.auth
}

# talk [RUN OPTION...]: both over FIFOs; what each says goes to alice.said and
# bob.said, through the commands in $to_bob and $to_alice.  status_a, status_b.
# Of the raw files copies are used, as each serves one talk.
talk() {
	rm -f a b a2 b2
	cp alice.raw a.raw
	cp bob.raw b.raw
	mkfifo a b a2 b2
	${to_bob:-cat} <a | tee alice.said >a2 &
	${to_alice:-cat} <b | tee bob.said >b2 &
	status_a=0 status_b=0
	timeout 60 ss-qkd run -A -r a.raw ${alice_auth:--a alice.auth} \
	    -o alice.qkd "$@" >a <b2 2>alice.err &
	local alice=$!
	timeout 60 ss-qkd run -B -r b.raw ${bob_auth:--a bob.auth} \
	    -o bob.qkd "$@" >b <a2 2>bob.err || status_b=$?
	wait "$alice" || status_a=$?
	wait
}

same_key() {
	grep -q '^key: ' alice.qkd
	[ "$(grep '^key: ' "${1:-alice.qkd}")" = \
	    "$(grep '^key: ' "${2:-bob.qkd}")" ]
}

no_key() { # both said why, with status 1
	[ "$status_a $status_b" = "1 1" ] ||
	    { echo "$status_a $status_b"; cat alice.err bob.err; return 1; }
	[ ! -e alice.qkd ] && [ ! -e bob.qkd ] || return 1
	grep -q '^code: SS-E1' alice.err || return 1
	grep -q '^code: SS-E1' bob.err || return 1
}

# a session with the two keys, and a line through it
chat() {
	ss-handshake psk -i -P alice.qkd -S a.hs >m1
	ss-handshake psk -r -P bob.qkd -o bob.sess <m1 >m2 2>/dev/null
	ss-handshake -S a.hs -o alice.sess <m2 2>/dev/null
	[ "$(echo hello | ss-seal -s alice.sess | ss-open -s bob.sess)" = hello ]
}

@test "two FIFOs: one key, a session, a line of chat; then it is spent" {
	light
	talk
	[ "$status_a $status_b" = "0 0" ] || { cat ./*.err; false; }
	same_key
	[ "$(stat -c %a alice.qkd bob.qkd alice.raw bob.raw alice.auth)" = \
	    "$(printf '600\n600\n600\n600\n600')" ]
	chat
	grep -qx 'spent: yes' alice.qkd
	grep -qx 'spent: yes' bob.qkd
	lacks alice.qkd '^key:'
	rm -f m1
	fails 125 1 ss-handshake psk -i -P alice.qkd -S again.hs
	fails 125 1 fed m2 ss-handshake psk -r -P bob.qkd -o again.sess
}

@test "a key is spent only when there is a session" {
	light
	talk
	ss-handshake psk -i -P alice.qkd -S a.hs >m1
	grep -qx 'spent: no' alice.qkd
	head -c 40 m1 >cut
	run -1 --separate-stderr fed cut ss-handshake psk -r -P bob.qkd -o b.sess
	grep -qx 'spent: no' bob.qkd
	# the key of another run makes no session, and stays
	flip m1 400 >wrong
	run -1 fed wrong ss-handshake psk -r -P bob.qkd -o b.sess
	grep -qx 'spent: no' bob.qkd
	chmod 644 bob.qkd
	fails 119 1 fed m1 ss-handshake psk -r -P bob.qkd -o b.sess
}

@test "the length of the key is a calculation that adds up" {
	light 50000
	talk
	sum=$(sed -n 's/.*= \(.*\) - \(.*\) - \(.*\) - \(.*\) - \(.*\) = \(.*\) bits/\1 \2 \3 \4 \5 \6/p' \
	    alice.err | tr -d ,)
	[ -n "$sum" ]
	echo "$sum" | awk '{ d = $1 - $2 - $3 - $4 - $5 - $6
		exit !(d > -3 && d < 3 && $6 > 1000) }'
	diff <(grep 'key length\|  =' alice.err) <(grep 'key length\|  =' bob.err)
	grep -q 'QBER 0.00 %, between 0.00 and 0.[0-9]* %' alice.err
	grep -q 'now discarded' bob.err
}

@test "pads are used up, put back, and stay the same on both sides" {
	light
	before=$(sed -n 's/^pads: //p' alice.auth)
	talk
	cmp alice.auth bob.auth
	grep -qx 'at: 10' alice.auth
	after=$(sed -n 's/^pads: //p' alice.auth)
	[ "${#before}" = "${#after}" ]
	[ "${after:0:64}" = "${before:320:64}" ]
	# what was put back is not in the key
	lacks alice.qkd "${after: -64}"
	grep -q 'authentication: 160 bytes used, 160 put back' alice.err
	# two at a time would use the same
	mkfifo wait
	cp alice.raw other.raw
	ss-qkd run -A -r other.raw -a alice.auth -o x.qkd <wait >said 2>&1 &
	exec 7>wait
	cat bases >&7
	for _ in $(seq 100); do [ -s said ] && break; sleep 0.05; done
	fails 204 2 ss-qkd run -A -r alice.raw -a alice.auth -o y.qkd
	exec 7>&-
	wait
	[ ! -e alice.auth.lock ]
	# none left
	ss-qkd secret -f -R 0 -o alice.auth
	fails 125 1 ss-qkd run -A -r alice.raw -a alice.auth -o x.qkd
}

@test "a raw file serves one discussion, even one that failed" {
	light
	cp alice.raw kept.raw
	# Alice tells her bases to whoever says that he is Bob
	ss-qkd run -A -r alice.raw -a alice.auth -o x.qkd <bases >said \
	    2>/dev/null && false
	records said | grep -q .
	[ "$(diff <(xxd kept.raw) <(xxd alice.raw) | grep -c '^>')" = 1 ]
	ss-explain alice.raw | grep -q 'Spent *1$'
	fails 125 1 ss-qkd run -A -f -r alice.raw -a alice.auth -o x.qkd
	run -1 fed bases ss-qkd sift -A -r alice.raw -a alice.auth -o x.qkd \
	    -S x.state
	[ ! -e x.state ]
	# where nothing was told, nothing is spent: no bases came, or bad ones
	cp kept.raw alice.raw
	run -1 fed /dev/null ss-qkd run -A -r alice.raw -a alice.auth -o x.qkd
	cmp kept.raw alice.raw
	flip bases 100 >bad
	run -1 fed bad ss-qkd run -A -r alice.raw -a alice.auth -o x.qkd
	cmp kept.raw alice.raw
	# nor are pads: anybody could use them up
	grep -qx 'at: 10' alice.auth
	# nor by Bob's bases, which are public since he measured
	ss-qkd run -B -r bob.raw -a bob.auth -o x.qkd </dev/null >said \
	    2>/dev/null && false
	ss-explain bob.raw | grep -q 'Spent *0$'
	# two states cannot share it; two processes cannot either
	identities
	who="-r bob.raw -k bob.key -p alice.pub -o x.qkd"
	ss-qkd sift -A -r alice.raw -k alice.key -p bob.pub -o y.qkd \
	    -S a.state <bases >to_bob
	ss-qkd sift -B $who -S one.state >/dev/null
	ss-qkd sift -B $who -S two.state >/dev/null
	ss-qkd estimate -S one.state <to_bob >to_alice
	run -1 fed to_bob ss-qkd estimate -S two.state
	[[ $output == *"bob.raw': used up"*SS-E125* ]]
	fails 125 1 ss-qkd sift -B $who -S three.state
	ss-qkd estimate -S a.state <to_alice >to_bob
	ss-qkd reconcile -S one.state <to_bob >to_alice
	mkfifo wait
	cp kept.raw alice.raw
	rm said
	ss-qkd run -A -r alice.raw -a alice.auth -o x.qkd <wait >said 2>&1 &
	exec 7>wait
	cat bases >&7
	for _ in $(seq 100); do [ -s said ] && break; sleep 0.05; done
	ss-qkd secret -R 1 -o other.auth
	fails 204 2 ss-qkd run -A -r alice.raw -a other.auth -o y.qkd
	exec 7>&-
	wait
	[ ! -e alice.raw.lock ]
	# a file that says nothing about it is damaged
	cp kept.raw bad.raw
	perl -pi -e 's/spent: 0/spent: 2/' bad.raw
	fails 102 1 ss-qkd run -A -r bad.raw -a alice.auth -o z.qkd
}

@test "pads with a second name are refused: they would stay there" {
	light 3000
	ln alice.auth other.auth
	run -2 --separate-stderr ss-qkd run -A -r alice.raw -a alice.auth \
	    -o x.qkd </dev/null
	[[ $stderr == *"another name"* ]]
	rm other.auth
	mv alice.auth real.auth
	ln -s real.auth alice.auth
	run ! ss-qkd run -A -r alice.raw -a alice.auth -o x.qkd </dev/null
	grep -qx 'at: 0' real.auth
	run -2 ss-qkd run -A -r alice.raw -a /dev/fd/5 -o x.qkd 5<real.auth
}

@test "killed at any moment, no pad is used twice" {
	light 12000
	mkfifo in out
	for wait in 0.0 0.001 0.003 0.01 1; do
		cp alice.raw a.raw
		ss-qkd secret -f -R 2 -o alice.auth
		ss-qkd run -A -r a.raw -a alice.auth -o x.qkd <in >out \
		    2>/dev/null &
		p=$!
		cat out >said &
		c=$!
		exec 7>in
		cat bases >&7
		sleep $wait
		kill -9 $p 2>/dev/null
		exec 7>&-
		wait $p $c || true
		# what was said under a pad is behind the first one left
		if [ -s said ]; then
			grep -qx 'at: 10' alice.auth
			ss-explain a.raw | grep -q 'Spent *1$'
		fi
		rm -f alice.auth.lock a.raw.lock
	done
	[ -s said ]
	# a lock that nobody holds does not count
	touch alice.auth.lock alice.raw.lock
	run -1 --separate-stderr fed /dev/null ss-qkd run -A -r alice.raw \
	    -a alice.auth -o x.qkd
	[[ $stderr == *SS-E101* ]]
	[ ! -e alice.auth.lock ]
}

@test "a peer that does not answer, or does not read; --timeout for all" {
	light
	mkfifo in out
	exec 7<>in 8<>out
	SECONDS=0
	silent() { timeout 20 ss-qkd run "$@" -T 1 -o x.qkd <&7 >&8; }
	run -1 --separate-stderr silent -A -r alice.raw -a alice.auth
	[[ $stderr == *"no message for 1 seconds"* ]]
	# more than a pipe holds, and nobody to take it
	ss-qkd send -n 3000000 -o big.raw | ss-qkd measure -o bigb.raw >/dev/null
	run -1 --separate-stderr silent -B -r bigb.raw -a bob.auth
	[[ $stderr == *"does not read"* ]]
	[ $SECONDS -lt 12 ]
	run -2 ss-qkd run -A -T 0 -r alice.raw -a alice.auth -o x.qkd
	# Bob cannot see her leave: he waits as long as she might complain
	rm -f a b
	mkfifo a b
	exec 5<>a 6<>b
	ss-qkd run -A -T 1 -r alice.raw -a alice.auth -o alice.qkd <&6 >&5 \
	    2>alice.err &
	SECONDS=0
	ss-qkd run -B -T 1 -r bob.raw -a bob.auth -o bob.qkd <&5 >&6 2>bob.err
	[ $SECONDS -lt 6 ]
	wait $!
	same_key
}

@test "--explain tells the story, and secrets only when asked" {
	light 20000
	talk -E
	same_key
	for said in "sifting: Bob saw 20000 of 20000" "of no more use: " \
	    "Cascade, option8" "Cascade is over" "same hash" \
	    "(.* secret bytes)" "Eve knows nothing of" "is proven"; do
		grep -q "$said" alice.err || { echo "$said"; cat alice.err; false; }
	done
	[ "$(grep -c 'Cascade, pass' bob.err)" = 14 ]
	[ "$(grep -c '^# sifting' bob.err)" = 1 ]
	key=$(sed -n 's/^key: //p' alice.qkd)
	lacks alice.err "${key:0:32}"
	rm ./*.qkd
	ss-qkd secret -f -R 1 -o alice.auth
	cp alice.auth bob.auth
	talk -E -X
	# 160 bytes went to the pads; what is shown begins with them
	pads=$(sed -n 's/^pads: //p' alice.auth)
	tr -d '\n# ' <alice.err | grep -q "${pads:0:64}"
	run -2 ss-qkd run -A -X -r alice.raw -a alice.auth -o x.qkd
	light 20000
	rm -f ./*.qkd
	ss-qkd eve -o eve.raw <qubits | ss-qkd measure -f -o bob.raw >bases
	talk -E
	no_key
	grep -q 'above the threshold of 11.00 %' alice.err
}

@test "stage by stage with files, and by signatures: the same" {
	identities
	light
	who() { echo "-r $1.raw -k $1.key -p $2.pub -o $1.qkd -S $1.state"; }
	ss-qkd sift -A $(who alice bob) <bases >to_bob
	grep -qx 'next: estimate' alice.state
	run -2 fed to_bob ss-qkd verify -B $(who bob alice)
	ss-qkd estimate -B $(who bob alice) <to_bob >to_alice
	ss-qkd estimate -S alice.state <to_alice >to_bob
	while ss-qkd reconcile -S bob.state <to_bob >to_alice &&
	    grep -q '^next: reconcile' bob.state; do
		ss-qkd reconcile -S alice.state <to_alice >to_bob
	done
	[ "$(stat -c %a bob.state)" = 600 ]
	ss-qkd verify -S alice.state <to_alice >to_bob
	ss-qkd verify -S bob.state <to_bob >to_alice
	ss-qkd amplify -S alice.state <to_alice >to_bob
	ss-qkd amplify -S bob.state <to_bob >to_alice
	ss-qkd amplify -S alice.state <to_alice >to_bob
	ss-qkd amplify -S bob.state <to_bob >to_alice 2>bob.err
	ss-qkd amplify -S alice.state <to_alice 2>alice.err
	same_key
	[ ! -e alice.state ]
	[ ! -e bob.state ]
	chat
}

@test "a damaged message between stages ends it: no state, no key" {
	light
	ss-qkd sift -A -r alice.raw -a alice.auth -o alice.qkd \
	    -S alice.state <bases >to_bob
	flip to_bob 300 >bad
	run -1 --separate-stderr fed bad ss-qkd estimate -B -r bob.raw \
	    -a bob.auth -o bob.qkd -S bob.state
	[[ $stderr == *SS-E1* ]]
	[ ! -e bob.state ]
	[ ! -e bob.qkd ]
	# a state that was there is gone with the discussion
	ss-qkd estimate -B -r bob.raw -a bob.auth -o bob.qkd -S bob.state \
	    <to_bob >to_alice
	flip to_alice 300 >bad
	touch alice.qkd
	fails 203 2 fed to_alice ss-qkd estimate -S alice.state
	[ -e alice.state ]
	rm alice.qkd
	run -1 fed bad ss-qkd estimate -S alice.state
	[ ! -e alice.state ]
	[ ! -e alice.qkd ]
}

@test "signatures over two pipes; a stranger's are refused" {
	identities
	light
	alice_auth="-k alice.key -p bob.pub" bob_auth="-k bob.key -p alice.pub"
	talk
	same_key
	rm -f ./*.qkd
	ss-keygen -n mallory -o mallory.key 2>/dev/null
	bob_auth="-k mallory.key -p alice.pub"
	talk
	no_key
	grep -q 'SS-E103' alice.err
}

@test "Eve on the line: a plain sentence and no key on either side" {
	for strategy in intercept breidbart; do
		light 20000 -g $strategy
		talk
		no_key
		grep -q 'bits are wrong, more than 11.0 %' alice.err
		grep -q 'bits are wrong, more than 11.0 %' bob.err
		grep -q 'SS-E131' bob.err
	done
	# a quarter of it: noticed, paid for, and there is a key
	light 60000 -e 0.1
	talk
	[ "$status_a $status_b" = "0 0" ]
	same_key
	light 20000 -e 0.25
	talk -t 0.02
	no_key
}

@test "any message flipped, dropped, repeated or cut: no key, and both say so" {
	light 12000
	talk
	same_key
	n=$(records alice.said | wc -l)
	[ "$n" -gt 8 ]
	for fault in "flip 0 300" "flip 2 80" "flip $((n - 1)) 500" "drop 0" \
	    "drop $((n - 1))" "repeat 1" "repeat $((n - 1))" \
	    "cut $((n - 2))"; do
		rm -f ./*.qkd
		ss-qkd secret -f -R 1 -o alice.auth
		cp alice.auth bob.auth
		to_bob="$here/qkd_line.py $fault"
		talk -T 2
		no_key || { echo "alice: $fault"; false; }
	done
	to_bob=
	n=$(records bob.said | wc -l)
	for fault in "flip 0 900" "flip 1 30" "drop 2" "repeat 0" \
	    "repeat 3" "flip 3 200"; do
		rm -f ./*.qkd
		ss-qkd secret -f -R 1 -o alice.auth
		cp alice.auth bob.auth
		to_alice="$here/qkd_line.py $fault"
		talk -T 2
		no_key || { echo "bob: $fault"; false; }
	done
}

@test "Bob's last word lost or doubled: no key on either side" {
	light 12000
	talk
	n=$(records bob.said | wc -l)
	# whether Cascade asks as often again is chance: the seeds are fresh
	for fault in drop repeat; do
		rm -f ./*.qkd
		ss-qkd secret -f -R 1 -o alice.auth
		cp alice.auth bob.auth
		cat >last.py <<-'END'
			import os, sys
			def read(n):
			    d = b""
			    while len(d) < n:
			        m = os.read(0, n - len(d))
			        if not m: break
			        d += m
			    return d
			seen = 0
			while h := read(8):
			    r = h + read(int.from_bytes(h[4:8], "big"))
			    seen += r[8] == 12
			    last = seen == 2 and r[8] == 12
			    n = {"drop": 0, "repeat": 2}[sys.argv[1]] if last else 1
			    os.write(1, r * n)
		END
		to_alice="/usr/bin/python3 last.py $fault"
		talk
		no_key || { echo "$fault"; false; }
	done
}

@test "nothing that Alice or Bob keeps is ever public" {
	light 40000
	talk -E -X
	# her bits and bases, his bits: the planes of the raw files
	perl -e 'local $/; my $s = <STDIN>; $s =~ s/.*end: [^\n]*\n.....//s;
		print $s' <alice.raw >kept.alice
	perl -e 'local $/; my $s = <STDIN>; $s =~ s/.*end: [^\n]*\n.....//s;
		print substr $s, 2 * int(length($s) / 3)' <bob.raw >kept.bob
	perl -ne 'print pack "H*", $1 if /^key: (\w+)/' alice.qkd >kept.key
	# the sifted key, what was left of it, and the end, as far as shown
	for who in alice bob; do
		perl -0777 -ne 'while (/^#     = ([0-9a-f\n# ]+)\.\.\. .* SECRET/mg) {
			my $h = $1; $h =~ s/[^0-9a-f]//g; print pack "H*", $h }' \
		    <$who.err >kept.$who.steps
		[ "$(wc -c <kept.$who.steps)" = $((3 * 96)) ]
	done
	for kept in kept.alice kept.bob kept.key kept.*.steps; do
		run -0 "$here/qkd_line.py" search $kept bases alice.said bob.said
		[[ $output == "0 of "* ]]
		[ "${output##* }" -gt 30 ]
		# a search that would find it
		head -c 100 /dev/urandom >hidden
		cat $kept >>hidden
		run -1 "$here/qkd_line.py" search $kept hidden
	done
}

@test "the labs need SS_LAB=1, say so, and nobody else takes their records" {
	run -2 --separate-stderr ss-qkd send -o x.raw -U bases-in-clear
	[[ $stderr == *SS_LAB* ]]
	SS_LAB=1 ss-qkd send -n 100 -o x.raw -U bases-in-clear >q 2>err
	grep -q 'LAB, bases-in-clear: ' err
	[ "$(head -c 4 q | od -An -tx1 | tr -d ' ')" = 53530184 ]
	fails 112 1 fed q ss-qkd measure -o y.raw
	ss-qkd send -n 100 -o z.raw >q2
	SS_LAB=1 run -1 fed q2 ss-qkd measure -o y.raw -U keep-sample
	fails 112 1 ss-qkd run -A -r x.raw -a none -o x.qkd
}

@test "bases-in-clear: who only listens has the key; by default nothing" {
	light
	talk
	run -1 "$attacks/qkd_reader.py" label qubits alice.said bob.said
	export SS_LAB=1
	rm -f ./*.raw ./*.qkd
	ss-qkd send -n 20000 -o alice.raw -U bases-in-clear 2>/dev/null |
	    tee qubits | ss-qkd measure -o bob.raw -U bases-in-clear >bases \
	    2>/dev/null
	talk -U bases-in-clear
	same_key
	grep -q 'QBER 0.00 %' alice.err
	run -0 "$attacks/qkd_reader.py" label qubits alice.said bob.said
	[ "$output" = "$(sed -n 's/^key: //p' alice.qkd)" ]
	grep -qx 'profile: bases-in-clear' alice.qkd
	unset SS_LAB
	fails 112 1 ss-handshake psk -i -P alice.qkd -S x.hs
}

@test "keep-sample: sums of key bits are known to all; by default none" {
	light 12000
	talk -s 0.75
	same_key
	run -1 "$attacks/qkd_reader.py" sample alice.qkd alice.said bob.said
	[ "$output" = "0 of 0 predictions are right" ]
	export SS_LAB=1
	rm -f ./*.raw ./*.qkd
	ss-qkd send -n 12000 -o alice.raw -U keep-sample 2>/dev/null |
	    ss-qkd measure -o bob.raw -U keep-sample >bases 2>/dev/null
	talk -s 0.75 -U keep-sample
	same_key
	run -0 "$attacks/qkd_reader.py" sample alice.qkd alice.said bob.said
	[[ $output =~ ^([0-9]+)\ of\ ([0-9]+)\  ]]
	[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
	[ "${BASH_REMATCH[2]}" -gt 100 ]
}

# mallory PROFILE-OPTION...: she is Bob for Alice and Alice for Bob
mallory() {
	rm -f ./*.raw ./*.qkd
	ss-qkd send -n 20000 -o alice.raw "$@" |
	    ss-qkd measure -o mb.raw "$@" >bases
	ss-qkd send -n 20000 -o ma.raw "$@" |
	    ss-qkd measure -o bob.raw "$@" >bases
	mkfifo m1 m2 m3 m4
	status=
	ss-qkd run -A -r alice.raw ${alice_auth:-} -o alice.qkd "$@" \
	    >m1 <m2 2>alice.err &
	local p1=$!
	ss-qkd run -B -r mb.raw ${mallory_auth:-} -o mb.qkd "$@" \
	    <m1 >m2 2>mb.err &
	local p2=$!
	ss-qkd run -A -r ma.raw ${mallory_auth2:-} -o ma.qkd "$@" \
	    >m3 <m4 2>ma.err &
	local p3=$!
	ss-qkd run -B -r bob.raw ${bob_auth:-} -o bob.qkd "$@" \
	    <m3 >m4 2>bob.err &
	local p4=$! p s
	for p in $p1 $p2 $p3 $p4; do
		s=0
		wait "$p" || s=$?
		status="$status$s"
	done
	rm m1 m2 m3 m4
}

@test "unauthenticated: Mallory in the middle has both keys, at QBER 0" {
	export SS_LAB=1
	mallory -U unauthenticated 2>/dev/null
	[ "$status" = 0000 ]
	grep -q 'QBER 0.00 %' alice.err
	grep -q 'QBER 0.00 %' bob.err
	same_key alice.qkd mb.qkd
	same_key ma.qkd bob.qkd
	run ! same_key alice.qkd bob.qkd
	unset SS_LAB
	# the same against the default: she has not their pads
	for n in alice mallory mallory2; do ss-qkd secret -R 4 -o $n.auth; done
	cp alice.auth bob.auth
	alice_auth="-a alice.auth" bob_auth="-a bob.auth"
	mallory_auth="-a mallory.auth" mallory_auth2="-a mallory2.auth"
	mallory
	[ "$status" = 1111 ]
	[ -z "$(ls ./*.qkd 2>/dev/null)" ]
	grep -q 'SS-E103' bob.err
	# nor does a run without any proof begin
	run -2 ss-qkd run -A -r alice.raw -o x.qkd
}

@test "every attack of the lab: it succeeds on its profile, and nowhere else" {
	for lab in bases-in-clear keep-sample qkd-middle; do
		profile=$lab
		[ $lab != qkd-middle ] || profile=unauthenticated
		SS_LAB=1 run -0 "$attacks/$lab.sh" --lab-unsafe=$profile
		[[ $output == *"THE ATTACK SUCCEEDS: "* ]]
		run -1 "$attacks/$lab.sh"
		[[ $output == *"The attack fails: "* ]]
	done
}

@test "the same seed: the same bytes" {
	export SS_LAB=1
	for i in 1 2; do
		rm -f ./*.raw
		ss-qkd send -n 5000 -o alice.raw -Z s 2>/dev/null |
		    ss-qkd channel -l 0.2 -x 0.1 -Z s 2>/dev/null |
		    ss-qkd eve -e 0.5 -o eve.raw -Z s 2>/dev/null |
		    ss-qkd measure -o bob.raw -Z s >bases.$i 2>/dev/null
		sha256sum alice.raw eve.raw bob.raw >sums.$i
	done
	cmp bases.1 bases.2
	cmp sums.1 sums.2
	# and two stages do not draw the same numbers
	run ! cmp -s <(tail -c 600 alice.raw) <(tail -c 600 eve.raw)
}

@test "light: every frame in order, whole, and once" {
	ss-qkd send -n 200000 -o alice.raw >q
	[ "$(records q | wc -l)" = 4 ]
	pick q 0 1 2 >cut
	pick q 0 2 1 3 >swapped
	pick q 0 1 1 2 3 >doubled
	head -c 1000 q >short
	cat q q >twice
	flip q 200 >flipped
	for bad in "cut 101" "swapped 106" "doubled 106" "short 101" \
	    "twice 106"; do
		set -- $bad
		fed "$1" ss-qkd measure -o b.raw >/dev/null 2>err && false
		grep -q "SS-E$2" err || { echo "$1"; cat err; false; }
		[ ! -e b.raw ]
	done
	fails 113 1 fed /dev/null ss-qkd measure -o b.raw
	# a photon less is what any fibre does; a polarised nothing is a fault
	fed flipped ss-qkd measure -o b.raw >/dev/null 2>err || grep -q SS-E102 err
	pick q 1 >/dev/null
}

@test "loss, noise and Eve are seen by analyze" {
	light
	mv alice.raw a.raw
	mv bases kept
	rm bob.raw
	ss-qkd send -n 60000 -o alice.raw | ss-qkd channel -l 0.5 -x 0.08 |
	    ss-qkd measure -o bob.raw >bases
	ss-qkd analyze alice.raw bob.raw >out
	awk 'NR == 4 { exit !($3 > 0.48 && $3 < 0.52 && $4 > 0.48 &&
	    $4 < 0.52 && $7 > 0.03 && $7 < 0.05) }' out
	ss-qkd send -n 60000 -o a2.raw | ss-qkd eve -o eve.raw |
	    ss-qkd measure -o b2.raw >bases
	ss-qkd analyze a2.raw eve.raw | awk 'NR == 4 {
	    exit !($7 == 0 && $8 > 0.73 && $8 < 0.77) }'
	fails 109 1 ss-qkd analyze alice.raw b2.raw
	run -0 ss-qkd analyze bases
	[[ $output == *bases* ]]
	run -0 ss-qkd analyze bob.raw
	fails 113 1 ss-qkd analyze /dev/null
	# and every other file
	ss-qkd channel -l 0.25 <qubits >less
	ss-qkd analyze less | awk 'NR == 4 { exit !($1 == 1 && $2 == 20000 &&
	    $4 > 0.72 && $4 < 0.78) }'
	head -c 5000 less >cut
	fails 101 1 ss-qkd analyze cut
	ss-qkd analyze alice.auth | awk 'NR == 4 { exit !($2 == 40 && $4 == 4) }'
	ss-qkd sift -A -r a.raw -a alice.auth -o x.qkd -S x.state \
	    <kept >/dev/null
	ss-qkd analyze x.state | awk 'NR == 4 { exit !($1 == "bases" &&
	    $4 == 1) }'
	head -c 300 x.state >cut
	chmod 600 cut
	fails 101 1 ss-qkd analyze cut
}

@test "sweeps: tables of 80 columns, CSV, SVG and PNG" {
	for what in fraction distance cascade sample; do
		ss-qkd sweep $what -R 2 -c $what.csv -P $what >out 2>err
		[ ! -s err ]
		[ "$(awk '{ if (length > m) m = length } END { print m }' out)" -le 80 ]
		[ "$(wc -l <$what.csv)" = $(($(wc -l <out) - 2)) ]
		grep -q '^<svg' $what.svg
		[ "$(head -c 4 $what.png | od -An -tx1 | tr -d ' ')" = 89504e47 ]
	done
	# a bar on a terminal, and only there
	TERM=xterm script -qec "ss-qkd sweep fraction -R 20 >out" typed </dev/null >/dev/null
	grep -q 'sweep \[.*%' typed
	TERM=dumb script -qec "ss-qkd sweep fraction -R 2 >out" typed \
	    </dev/null >/dev/null
	lacks typed 'fraction.*%'
	awk -F, 'NR > 1 && ($2 - $4 > 0.03 || $4 - $2 > 0.03) { exit 1 }' \
	    fraction.csv
	run -2 --separate-stderr ss-qkd sweep nothing
	mkdir bin
	for c in sh cat; do ln -s "$(command -v $c)" bin/; done
	qkd=$(command -v ss-qkd)
	run -2 --separate-stderr env PATH="$PWD/bin" "$qkd" sweep fraction -R 1 -P x
	[[ $stderr == *gnuplot* ]]
	[[ $stderr == *apt-get* ]]
}

@test "bad input: options, files, and who may read them" {
	light 3000
	run -2 ss-qkd
	run -2 ss-qkd nothing
	run -2 ss-qkd send
	run -2 ss-qkd send -n 0 -o x.raw
	run -2 ss-qkd send -n 10 -o x.raw -l 0.1
	run -2 ss-qkd channel -l 1.5
	run -2 ss-qkd channel -l nan
	run -2 ss-qkd run -A -B -r alice.raw -a alice.auth -o x.qkd
	run -2 ss-qkd run -r alice.raw -a alice.auth -o x.qkd
	run -2 ss-qkd run -A -r bob.raw -a alice.auth -o x.qkd
	run -2 ss-qkd run -A -r alice.raw -a alice.auth -o x.qkd -v cascade
	run -2 ss-qkd run -A -r none.raw -a alice.auth -o x.qkd
	fails 203 2 ss-qkd send -o alice.raw
	touch there.qkd
	fails 203 2 ss-qkd run -A -r alice.raw -a alice.auth -o there.qkd
	chmod 644 alice.auth
	fails 119 1 ss-qkd run -A -r alice.raw -a alice.auth -o x.qkd
	chmod 600 alice.auth
	for n in 20 100 400 1000; do
		head -c $n alice.raw >cut.raw
		chmod 600 cut.raw
		run -1 ss-qkd run -A -r cut.raw -a alice.auth -o x.qkd
	done
	head -c 200 alice.auth >cut.auth
	chmod 600 cut.auth
	fails 115 1 ss-qkd run -A -r alice.raw -a cut.auth -o x.qkd
	fails 113 1 fed /dev/null ss-qkd channel
	run -1 fed alice.raw ss-qkd measure -o x.raw
	[ ! -e x.qkd ]
	[ ! -e x.raw ]
	# messages are no light; a full disk is not a peer that left
	run -1 --separate-stderr fed bases ss-qkd measure -o x.raw
	[[ $stderr == *SS-E102* ]]
	full() { ss-qkd run "$@" >/dev/full; }
	run -2 --separate-stderr full -B -r bob.raw -a bob.auth -o x.qkd
	[[ $stderr == *"cannot write messages"* ]]
	full() { "$@" >/dev/full; }
	run -2 full ss-qkd send -o full.raw
	[ ! -e full.raw ]
	run -2 full ss-qkd analyze alice.raw
	for edge in "at: 4294967296" "at: -1" "at: 1 "; do
		sed "s/^at: .*/$edge/" alice.auth >edge.auth
		chmod 600 edge.auth
		fails 115 1 ss-qkd run -A -r alice.raw -a edge.auth -o x.qkd
	done
	# one pulse, or none that arrives
	mkdir one
	for how in "-n 1" "-n 5000"; do
		ss-qkd send -f $how -o one/a.raw | ss-qkd channel -l 1 |
		    ss-qkd measure -f -o one/b.raw >one/bases
		run -1 --separate-stderr fed one/bases ss-qkd run -A \
		    -r one/a.raw -a alice.auth -o x.qkd
		[[ $stderr == *"only 0 bits are left"*"send more qubits"* ]]
		ss-explain one/a.raw | grep -q 'Spent *0$'
	done
	# too few for a key: a sentence, not a crash
	talk
	no_key
	grep -q 'send more qubits' alice.err
}

@test "ss-explain names every byte of light and of the discussion" {
	light 9000
	talk
	for f in bases alice.said bob.said; do
		run -0 ss-explain $f
		lacks <(echo "$output") 'unknown\|unclaimed'
	done
	ss-explain alice.said | grep -q 'Same basis'
	ss-explain bob.said | grep -q 'Clicks and bases'
	ss-explain qubits | grep -q 'Pulses'
	ss-explain alice.qkd | grep -q 'QKD key'
	key=$(sed -n 's/^key: //p' alice.qkd)
	lacks <(ss-explain alice.qkd) "${key:0:40}"
	ss-explain alice.auth | grep -q 'QKD authentication'
	# also a key that is longer than any buffer
	perl -e 'print "secretsocket-qkd-key: 1\nrole: bob\nrun: ", "0" x 16,
	    "\nprofile: -\nbits: 8000000\nspent: no\nkey: ", "a5" x 1000000,
	    "\nend: secretsocket-qkd-key\n"' >long.qkd
	run -0 ss-explain long.qkd
	[[ $output == *"secret, 1000000 bytes"* ]]
	lacks <(echo "$output") a5a5a5
	run -0 ss-explain alice.raw
	[[ $output == *"frames of secret bits"* ]]
	ss-qkd sift -A -r alice.raw -a alice.auth -o x.qkd -S x.state \
	    <bases >/dev/null
	run -0 ss-explain x.state
	[[ $output == *"QKD, bases"* ]]
	lacks <(echo "$output") "$(sed -n 's/^entropy: //p' x.state)"
}

@test "through a relay: ss-connect -- ss-qkd run, and a session" {
	identities
	light
	mkfifo ready
	ss-relay -l 127.0.0.1:0 -d relay -r 3 3>ready >relay.out 2>&1 </dev/null &
	relay=$!
	while read -r what value; do
		case $what in
		url:) SS_RELAY=$value ;;
		pin:) SS_PIN=$value ;;
		esac
	done <ready
	export SS_RELAY SS_PIN
	for n in alice bob; do
		timeout 20 ss-connect -k $n.key 2>/dev/null
	done
	timeout 60 ss-connect -k alice.key -t bob -f bob -- ss-qkd run -A \
	    -r alice.raw -k alice.key -p bob.pub -o alice.qkd 2>alice.err &
	alice=$!
	timeout 60 ss-connect -k bob.key -t alice -f alice -- ss-qkd run -B \
	    -r bob.raw -k bob.key -p alice.pub -o bob.qkd 2>bob.err ||
	    { cat alice.err bob.err; kill $relay; false; }
	wait $alice || { cat alice.err; kill $relay; false; }
	kill $relay
	same_key
	chat
}
