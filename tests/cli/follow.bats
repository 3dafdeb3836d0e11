#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-capture-decrypt --follow-keys: a capture and its key logs grow together.

load common

setup() {
	in_folder
	unset SS_KEYLOG SSLKEYLOGFILE
	gen=$BATS_TEST_DIRNAME/../interop/capture_gen.py
	read=$BATS_TEST_DIRNAME/../interop/pcapng_read.py
	of=$BATS_TEST_DIRNAME/../interop/pcap_of.py
}

make_capture() { /usr/bin/python3 "$gen" -o c "$@"; }
texts() {
	sed -n 's/^[0-9T:.Z-]* alice -> bob: //p' | grep -v '^\[' |
	    sed 's/\\x09/\t/g; s/\\\\/\\/g' || true
}

# eventually SECONDS COMMAND...
eventually() {
	local n=$(($1 * 20))
	shift
	until "$@"; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.05
	done
}
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

# begin OPTION...: reads what is written to descriptor 4
begin() {
	mkfifo in
	: >tls
	: >epochs
	ss-capture-decrypt -qF -t tls -k epochs "$@" - <in >out 2>err 3>&- &
	pid=$!
	exec 4>in
}

@test "keys that come after all their records, while nothing else comes" {
	make_capture --tls 1301 --stream 100000
	begin
	cat c >&4
	sleep 0.3
	[ ! -s out ]
	cat c.tls >>tls
	sleep 0.3
	[ ! -s out ] # still held: the epochs' keys may come
	head -n 1 c.keys >>epochs
	eventually 3 has_lines out 3
	# a line that is half there
	line=$(sed -n 2p c.keys)
	printf %s "${line:0:70}" >>epochs
	sleep 0.3
	printf '%s\n' "${line:70}" >>epochs
	eventually 3 has_lines out 6
	sed 1,2d c.keys >>epochs
	eventually 3 has_lines out 7
	exec 4>&-
	wait $pid
	diff c.text <(texts <out)
	grep -q "100000 bytes in 2 records, sha256 $(sha256sum <c.stream | cut -c 1-64)" out
	[ ! -s err ]
}

@test "one epoch's key never comes: the others wait so long, then go on" {
	make_capture --tls 1301 --lines 9
	begin
	cat c.tls >tls
	sed -n '1p;3p' c.keys >epochs # the second of three
	began=$(date +%s%N)
	cat c >&4
	eventually 9 has_lines out 6
	took=$((($(date +%s%N) - began) / 1000000))
	[ $took -ge 3000 ] # order is kept: the third epoch waits as well
	[ $took -le 8000 ]
	exec 4>&-
	wait $pid
	diff <(sed -n '1,3p;7,9p' c.text) <(texts <out)
	grep -q 'epoch: .*: no key' err
	# who does not follow keys does not wait
	ss-capture-decrypt -q -t tls -k epochs - <c >out2 2>err2
	diff out out2
}

@test "the end of the capture: keys may come so long" {
	make_capture
	begin
	cat c >&4
	exec 4>&-
	sleep 0.5
	kill -0 $pid
	cat c.keys >>epochs
	eventually 3 has_lines out 6
	wait $pid
	diff c.text <(texts <out)
	# it does not wait for what is there
	began=$(date +%s%N)
	ss-capture-decrypt -qF -k c.keys c >out2
	[ $((($(date +%s%N) - began) / 1000000)) -lt 2000 ]
	diff out out2
}

@test "times, and comments on the right packets, are those of the records" {
	make_capture --tls 1301
	ss-capture-decrypt -qk c.keys -t c.tls -w at-once c >want
	begin -w later
	cat c >&4
	sleep 0.2
	cat c.tls >>tls
	sleep 0.2
	cat c.keys >>epochs
	eventually 3 has_lines out 6
	exec 4>&-
	wait $pid
	# as if the keys had been there, but for what was read first: which
	# crossing, and who it is that the relay greets
	diff <(cut -c 1-18,24- want) <(cut -c 1-18,24- out)
	said() {
		/usr/bin/python3 "$read" --comments "$1" |
		    sed 's/ (again: on its way out of the relay)//
		    s/relay -> [a-z?]*:/relay -> somebody:/' | sort
	}
	diff <(/usr/bin/python3 "$read" at-once) <(/usr/bin/python3 "$read" later)
	diff <(said at-once) <(said later)
	[ "$(said later | wc -l)" -gt 16 ]
}

@test "two processes and a tap between them: lines appear as they are said" {
	# a real conversation over loopback, through the recorder
	identities
	sessions
	mkfifo pcap
	ss-capture-decrypt -qF -k epochs - <pcap >out 2>err 3>&- &
	reader=$!
	exec 5>pcap
	: >epochs
	for i in 1 2 3; do
		echo "said $i" | ss-seal -s alice.sess -K epochs.all >r$i
	done
	# records first, keys 300 ms later, as a slow disk would have it
	/usr/bin/python3 "$of" full r1 r2 r3
	cat full >&5
	sleep 0.3
	[ ! -s out ]
	for i in 1 2 3; do
		sed -n "$((i + 1))p" epochs.all >>epochs
		eventually 2 has_lines out $i
	done
	exec 5>&-
	wait $reader
	[ "$(sed 's/.*: said/said/' out)" = $'said 1\nsaid 2\nsaid 3' ]
}

@test "bounded: more records than are held" {
	make_capture --lines 3000 --rekey 3000
	begin
	began=$(date +%s%N)
	cat c >&4
	exec 4>&-
	wait $pid
	[ $((($(date +%s%N) - began) / 1000000)) -lt 9000 ]
	[ ! -s out ]
	grep -q 'epoch: .*: no key' err
}

live() {
	# dumpcap, where one may capture
	command -v dumpcap >/dev/null || return 1
	timeout 2 dumpcap -q -i lo -a duration:1 -w - >/dev/null 2>&1
}

@test "live: dumpcap -w - | ss-capture-decrypt --follow-keys -" {
	live || skip "capturing is not permitted here"
	mkfifo ready
	SSLKEYLOGFILE=$PWD/tls.keys ss-relay -l 127.0.0.1:0 -d relay \
	    --ready-fd 4 4>ready >relay.log 2>&1 3>&- &
	relay=$!
	cat ready >relay.ready
	export SS_RELAY=$(sed -n 's/^url: *//p' relay.ready)
	export SS_PIN=$(sed -n 's/^pin: *//p' relay.ready)
	port=${SS_RELAY##*:}
	port=${port%%/*}
	mkfifo packets
	dumpcap -q -i lo -f "tcp port $port" -w - >packets 2>dump.err 3>&- &
	dump=$!
	ss-capture-decrypt -qF -t tls.keys -k epochs - <packets >out 2>err 3>&- &
	reader=$!
	eventually 5 grep -q 'Capturing on' dump.err
	sleep 0.5
	identities
	sessions
	ss-connect -k alice.key --from bob --drain 2>/dev/null
	ss-connect -k bob.key --from alice --drain 2>/dev/null
	for text in one two; do
		echo "$text" | ss-seal -s alice.sess -K epochs |
		    ss-connect -k alice.key --to bob
		eventually 5 grep -q "alice -> bob: $text\$" out
	done
	kill $dump $relay
	wait $dump || true
	wait $relay || true
	wait $reader
	[ "$(wc -l <out)" = 2 ]
}
