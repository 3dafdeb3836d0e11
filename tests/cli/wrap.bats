# SPDX-License-Identifier: ISC
#
# Messages to a public key: ss-seal --to, ss-open -k.

load common

# RSA keys take a while: one for the whole file
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	for n in alice bob mallory; do
		ss-keygen -n $n -o $n.key 2>/dev/null
		ss-keygen -p $n.key >$n.pub
	done
	for n in rob rolf; do
		ss-keygen -n $n --rsa 2048 -o $n.key 2>/dev/null
		ss-keygen -p $n.key >$n.pub
	done
}

setup() {
	in_folder
	cp "$BATS_FILE_TMPDIR"/*.key "$BATS_FILE_TMPDIR"/*.pub .
}

WARNING="ss-open: unauthenticated: anybody can have sent this"

# count FILE TYPE
count() {
	records "$1" | grep -c " $2\$"
}

@test "hpke: a line, and that anybody can have sent it" {
	echo hello | ss-seal --to bob.pub >x.ss
	run -0 --separate-stderr ss-open -k bob.key x.ss
	[ "$output" = hello ]
	[ "$stderr" = "$WARNING" ]
}

@test "sizes around the chunk, both AEADs, both families, signed and not" {
	for n in 0 1 65407 65408 65409 300000; do
		head -c $n /dev/urandom >plain
		for aead in chachapoly aesgcm; do
			ss-seal -A $aead -r bob.pub plain |
			    ss-open -k bob.key 2>/dev/null | cmp - plain
			ss-seal -A $aead -r bob.pub -k alice.key plain |
			    ss-open -k bob.key -p alice.pub | cmp - plain
			ss-seal -A $aead -w rsa -r rob.pub plain |
			    ss-open -k rob.key 2>/dev/null | cmp - plain
			ss-seal -A $aead -S alice.key -r rob.pub plain |
			    ss-open -k rob.key -p alice.pub | cmp - plain
		done
	done
}

@test "an identity with an RSA key takes hpke too, and sends" {
	echo a | ss-seal -r rob.pub -k rolf.key |
	    ss-open -k rob.key -p rolf.pub >got 2>err
	[ "$(cat got)" = a ]
	[ ! -s err ]
	[ "$(echo b | ss-seal -r bob.pub -k rob.key |
	    ss-open -k bob.key -p rob.pub)" = b ]
}

@test "the sender: named needs -p, -p needs the named one" {
	for way in "-r rob.pub -k alice.key" "-r rob.pub -S alice.key"; do
		echo x | ss-seal $way >x.ss
		fails 124 1 ss-open -k rob.key x.ss
		grep -q '^hint: .*-p' err
		fails 109 1 ss-open -k rob.key -p mallory.pub x.ss
		[ "$(ss-open -k rob.key -p alice.pub x.ss)" = x ]
	done
	for way in "-r rob.pub" "-r rob.pub -w rsa"; do
		echo x | ss-seal $way >x.ss
		fails 109 1 ss-open -k rob.key -p alice.pub x.ss
		grep -q '^hint: .*anonymous' err
	done
}

@test "no output takes the place of a file that it is made with" {
	echo hi | ss-seal -r bob.pub -k alice.key >auth
	sha256sum *.key *.pub >sums
	for o in bob.pub alice.key ./alice.key; do
		fails 201 2 ss-seal -r bob.pub -k alice.key -f -o "$o" auth
		fails 201 2 ss-seal -r bob.pub -S alice.key -f -o "$o" auth
	done
	for o in bob.key ./bob.key alice.pub; do
		fails 201 2 ss-open -k bob.key -p alice.pub -f -o "$o" auth
	done
	fails 201 2 ss-keygen -p -f -o alice.key alice.key
	sha256sum --quiet -c sums
	# what is read to its end may be replaced
	ss-open -k bob.key -p alice.pub -f -o auth auth
	[ "$(cat auth)" = hi ]
}

@test "for somebody else: refused by id" {
	for way in "-r bob.pub" "-r rob.pub -w rsa"; do
		echo x | ss-seal $way >x.ss
		fails 109 1 ss-open -k mallory.key x.ss
		fails 109 1 ss-open -k rolf.key x.ss
	done
}

@test "-s takes no wrapped epochs, -k no session's" {
	sessions
	echo x | ss-seal -s alice.sess >s.ss
	echo x | ss-seal -r bob.pub >w.ss
	echo x | ss-seal -r bob.pub -k alice.key >a.ss
	fails 109 1 ss-open -k bob.key s.ss
	grep -q '^hint: .*-s' err
	refused 109 1 ss-open -s bob.sess w.ss
	refused 109 1 ss-open -s bob.sess a.ss
	# all of them in one mailbox: each reader takes its own, without a fuss
	cat w.ss s.ss a.ss >all
	[ "$(ss-open -m -k bob.key -p alice.pub all)" = x ]
	[ "$(ss-open -m -s bob.sess all)" = x ]
}

@test "one stream is one epoch; with rsa each line has its own" {
	seq 1 50 >plain
	ss-seal -l -r bob.pub plain >h.ss
	[ "$(count h.ss 2)" = 1 ]
	[ "$(count h.ss 3)" = 51 ]
	ss-open -k bob.key h.ss 2>err | cmp - plain
	[ "$(cat err)" = "$WARNING" ]
	ss-seal -l -r rob.pub -w rsa plain >r.ss
	[ "$(count r.ss 2)" = 50 ]
	[ "$(count r.ss 3)" = 50 ]
	ss-open -k rob.key r.ss 2>err | cmp - plain
	[ "$(cat err)" = "$WARNING" ]
}

@test "rsa lines: empty, long, without newline, none at all" {
	for text in '' '\n' 'a' '\n\nb\n' 'a\nb'; do
		printf "$text" >plain
		ss-seal -l -r rob.pub -w rsa plain >r.ss
		[ "$(count r.ss 2)" -ge 1 ]
		ss-open -k rob.key r.ss 2>/dev/null | cmp - plain
	done
	for n in 65407 65408 65409 140000; do
		{ head -c $n /dev/zero | tr '\0' x; } >plain
		ss-seal -l -r rob.pub -w rsa plain |
		    ss-open -k rob.key 2>/dev/null | cmp - plain
		{ cat plain; echo; echo y; } >lines
		ss-seal -l -r rob.pub -w rsa lines >r.ss
		[ "$(count r.ss 2)" = 2 ]
		ss-open -k rob.key r.ss 2>/dev/null | cmp - lines
	done
}

@test "armor, padding, output files, a mailbox of several" {
	echo one | ss-seal -a -r bob.pub >m
	echo two | ss-seal -p 64 -r bob.pub >>m
	echo three | ss-seal -r rob.pub >>m
	echo four | ss-seal -a -p 64 -r bob.pub -k alice.key >>m
	fails 109 1 ss-open -k bob.key -o out m
	[ ! -e out ]
	run -1 --separate-stderr ss-open -m -k bob.key m
	[ "$output" = $'one\ntwo' ]
	[[ "$stderr" == *"record 5 skipped: belongs to somebody else"* ]]
	[[ "$stderr" == *"SS-E124"* ]]
	run -0 --separate-stderr ss-open -m -k bob.key -p alice.pub m
	[ "$output" = four ]
	ss-seal -r bob.pub -o x.ss <<<five
	ss-open -k bob.key -o plain x.ss 2>/dev/null
	[ "$(cat plain)" = five ]
}

@test "a whole stream is taken twice: nobody remembers" {
	echo pay >plain
	ss-seal -r bob.pub -k alice.key plain >x.ss
	cat x.ss x.ss | ss-open -k bob.key -p alice.pub >got
	[ "$(cat got)" = $'pay\npay' ]
}

@test "inside a stream nothing may be missing, doubled or swapped" {
	head -c 300000 /dev/urandom >plain
	for way in "-r rob.pub -k alice.key" "-r rob.pub -S alice.key"; do
		ss-seal $way plain >x.ss
		pick x.ss 0 1 2 3 4 >c; fails_part 101 c
		pick x.ss 0 2 1 3 4 5 >c; fails_part 106 c
		pick x.ss 0 1 1 2 3 4 5 >c; fails_part 107 c
		pick x.ss 1 2 3 4 5 >c; fails_part 121 c
		pick x.ss 0 0 1 2 3 4 5 >c
		run -1 --separate-stderr ss-open -k rob.key -p alice.pub c
		[[ "$stderr" == *"code: SS-E123"* ]]
	done
}

# fails_part CODE FILE: refused, and what came out is a beginning
fails_part() {
	local status=0
	ss-open -k rob.key -p alice.pub "$2" >got 2>err || status=$?
	[ $status = 1 ]
	grep -q "^code: SS-E$1\$" err || { cat err; return 1; }
	cmp -n "$(stat -c %s got)" got plain
}

@test "two streams of two people cannot be spliced" {
	echo aaa | ss-seal -r bob.pub >a.ss
	echo bbb | ss-seal -r bob.pub >b.ss
	{ pick a.ss 0; pick b.ss 1; } >c.ss
	fails 109 1 ss-open -k bob.key c.ss
}

@test "key log: the same line on both sides, and it opens a record" {
	echo x | ss-seal -K a.keys -r rob.pub -S alice.key >x.ss
	ss-open -K b.keys -k rob.key -p alice.pub x.ss >/dev/null
	cmp a.keys b.keys
	grep -q '^SECRETSOCKET_EPOCH [0-9a-f]* wrap-rsa chachapoly ' a.keys
	echo x | ss-seal -K h.keys -r bob.pub >x.ss
	grep -q ' wrap-hpke chachapoly [0-9a-f]* 0000000000000000 ' h.keys
	ss-explain h.keys >/dev/null
}

@test "ss-explain names every byte, cut or whole" {
	echo x | ss-seal -r rob.pub -S alice.key >r.ss
	echo x | ss-seal -r bob.pub >h.ss
	for f in r.ss h.ss; do
		run -0 ss-explain -f $f
		[[ "$output" == *"Introducer, WRAP_"* ]]
		len=$(stat -c %s $f)
		for cut in 1 9 84 90 150 $((len - 20)); do
			head -c $cut $f >cut
			run -1 ss-explain cut
			[[ "$output" == *"SS-E101"* ]]
		done
	done
	run -0 ss-explain h.ss
	[[ "$output" == *"Encapsulated key"* ]]
	[[ "$output" == *"zero: anonymous"* ]]
}

@test "--explain tells the steps and keeps secrets" {
	echo x | ss-seal -e -r bob.pub -k alice.key 2>story >x.ss
	grep -q 'HPKE enc' story
	grep -q 'secret bytes' story
	ss-open -e -k bob.key -p alice.pub x.ss 2>story >/dev/null
	grep -q 'HPKE info' story
	lacks story SECRET
}

@test "a key with a passphrase opens and sends" {
	echo secret | ss-keygen -n carol -F 0 -o carol.key 2>/dev/null
	ss-keygen -p carol.key >carol.pub
	echo hi | ss-seal -r carol.pub >x.ss
	exec 7<<<secret
	run -0 --separate-stderr ss-open -F 7 -k carol.key x.ss
	[ "$output" = hi ]
	exec 7<<<secret
	echo hi | ss-seal -r bob.pub -k carol.key -F 7 |
	    ss-open -k bob.key -p carol.pub
	exec 7<<<wrong
	fails 120 1 ss-open -F 7 -k carol.key x.ss
}

@test "usage: what does not go together" {
	sessions
	: >plain
	for args in "" "-s alice.sess -r bob.pub" "-r bob.pub -r rob.pub" \
	    "-r bob.pub -n 3" "-r bob.pub -t 1s" "-s alice.sess -k alice.key" \
	    "-s alice.sess -w rsa" "-r bob.pub -k alice.key -S alice.key" \
	    "-r bob.pub -w rot13" "-r bob.pub -A rot13" "-r bob.pub -w rsa" \
	    "-r rob.pub -w rsa -k alice.key" "-r rob.pub -w hpke -S alice.key" \
	    "-r bob.pub -o bob.pub"; do
		run -2 --separate-stderr ss-seal $args plain </dev/null
		[ -n "$stderr" ]
	done
	for args in "" "-s bob.sess -k bob.key" "-s bob.sess -p alice.pub" \
	    "-k bob.key -o bob.key" "-k -"; do
		run -2 --separate-stderr ss-open $args </dev/null
		[ -n "$stderr" ]
	done
	fails 201 2 ss-seal -r - <bob.pub
	[ "$(ss-seal -r - plain <bob.pub | ss-open -k bob.key -o - 2>&1)" = \
	    "$WARNING" ]
	fails 116 1 ss-seal -r bob.key </dev/null
	fails 116 1 ss-open -k bob.pub </dev/null
	fails 113 1 ss-open -k bob.key </dev/null
}

@test "handshakes, prekeys and the public line work with RSA identities" {
	for family in noise:XX noise:KK noise:IK signed; do
		case $family in noise:XX) p= q= ;; *) p="-p rolf.pub"
		    q="-p rob.pub" ;; esac
		mkfifo in out
		ss-handshake $family -r -k rolf.key $q -o b.sess <in >out &
		ss-handshake $family -i -k rob.key $p -o a.sess \
		    >in <out 2>/dev/null
		wait $!
		[ "$(echo $family | ss-seal -s a.sess |
		    ss-open -s b.sess)" = $family ]
		rm -f in out a.sess b.sess
	done
}

@test "in a capture: every message, once its epoch is in the key log" {
	/usr/bin/python3 -c 'import cryptography' 2>/dev/null ||
	    skip "python3-cryptography is not installed"
	gen=$BATS_TEST_DIRNAME/../interop/capture_gen.py
	echo "by hpke" | ss-seal -K w.keys -r bob.pub >1.ss
	echo "by rsa" | ss-seal -K w.keys -A aesgcm -r rob.pub -S alice.key >2.ss
	printf 'line 1\nline 2\n' | ss-seal -l -r rob.pub -w rsa >3.ss
	/usr/bin/python3 "$gen" -o c --lines 1 --also 1.ss --also 2.ss \
	    --also 3.ss
	run -0 --separate-stderr ss-capture-decrypt -k c.keys -k w.keys c
	[[ "$output" == *"by hpke"* ]]
	[[ "$output" == *"by rsa"* ]]
	lacks <(echo "$output") "line 1"
	[[ "$stderr" == *"not read: 2 records"* ]]
	ss-capture-decrypt -aqj -k c.keys -k w.keys c >json
	grep -q '"family":"wrap-hpke".*"mode":"base"' json
	grep -q '"family":"wrap-rsa".*"mode":"auth"' json
}

@test "an RSA identity registers at a relay, and is written to" {
	ss-relay -l 127.0.0.1:0 -d relay.d >relay.log 2>&1 3>&- &
	relay=$!
	for _ in $(seq 100); do
		grep -qs loop: relay.log && break
		sleep 0.05
	done
	SS_RELAY=$(sed -n 's/^url: *//p' relay.log)
	SS_PIN=$(sed -n 's/^pin: *//p' relay.log)
	export SS_RELAY SS_PIN
	timeout 20 ss-connect -k rob.key --from alice --drain 2>/dev/null
	echo "for rob" | ss-seal -r rob.pub -S alice.key |
	    timeout 20 ss-connect -k alice.key --to rob 2>/dev/null
	timeout 20 ss-connect -k rob.key --from alice --drain |
	    ss-open -m -k rob.key -p alice.pub >got
	kill $relay
	wait $relay || true
	[ "$(cat got)" = "for rob" ]
}

@test "a seed makes the same keys and the same records again" {
	for run in 1 2; do
		mkdir $run
		for n in a b; do
			SS_LAB=1 ss-keygen -Z s -n $n -s 1024 -o $run/$n.key
			ss-keygen -p $run/$n.key >$run/$n.pub
		done 2>/dev/null
		for way in "-w hpke" "-w hpke -k $run/a.key" "-w rsa" \
		    "-S $run/a.key"; do
			SS_LAB=1 ss-seal -Z s -K $run/keys -r $run/b.pub \
			    $way <<<text 2>/dev/null
		done >$run/records
	done
	diff -r 1 2
	run -0 --separate-stderr env SS_LAB=1 ss-open -Z s -m -k 1/b.key \
	    -p 1/a.pub 1/records
	[ "$output" = $'text\ntext' ]
	run -1 ss-open -k bob.key 1/records
	[[ "$output" == *SS-E112* ]]
}
