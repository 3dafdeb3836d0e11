#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-capture-decrypt on captures that tests/interop/capture_gen.py made, one
# conversation wrapped in every way; tshark is asked as well.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	unset SS_KEYLOG SSLKEYLOGFILE
	gen=$BATS_TEST_DIRNAME/../interop/capture_gen.py
}

make_capture() { /usr/bin/python3 "$gen" -o c "$@"; }

# What is printed behind "alice -> bob: ", as the text was before escaping.
texts() {
	sed -n 's/^[0-9T:.Z-]* alice -> bob: //p' | grep -v '^\[' |
	    sed 's/\\x09/\t/g; s/\\\\/\\/g' || true
}

# All messages are found, each once, in order; exit 0 and not a word.
all_read() {
	make_capture "$@"
	run -0 --separate-stderr ss-capture-decrypt -q -k c.keys -t c.tls c
	diff c.text <(texts <<<"$output") || { echo "with: $*"; return 1; }
	[ -z "$stderr" ] || { echo "with: $*: $stderr"; return 1; }
}

@test "a conversation over plain WebSocket" {
	make_capture
	run -0 --separate-stderr ss-capture-decrypt -k c.keys c
 	[[ ${lines[0]} == 2026-09-21T14:13:20.0*' alice -> bob: message 0: ümläut \\ and tab\x09.' ]]
	[ "${#lines[@]}" = 6 ]
	[[ $stderr == *"2 flows in "* ]]
	[[ $stderr == *"10.0.0.81:50001 -> 10.0.0.1:8443  WebSocket, alice, "* ]]
	[[ $stderr == *"read: 6 messages"* ]]
	[[ $stderr == *"not read: 0 records"* ]]
}

@test "every link type, with IPv4, IPv6 and extension headers" {
	for link in ethernet vlan null loop raw sll sll2; do
		for ip in 4 6 66; do
			all_read --link $link --ip $ip
		done
	done
}

@test "every form of pcap and pcapng, in both byte orders" {
	for format in pcap pcap-ns pcapng pcapng-old pcapng-simple; do
		all_read --format $format
		all_read --format $format --big-endian
	done
	all_read --format pcapng --sections
	all_read --format pcapng --sections --big-endian
}

@test "times are the same in every form, whatever the zone and the locale" {
	make_capture --format pcap
	TZ=America/New_York LC_ALL=C run -0 ss-capture-decrypt -qk c.keys c
	want=$output
	for format in pcap-ns pcapng pcapng-old; do
		make_capture --format $format
		run -0 ss-capture-decrypt -qk c.keys c
		[ "$(cut -d' ' -f2- <<<"$output")" = "$(cut -d' ' -f2- <<<"$want")" ]
		# 2^-20 seconds cannot say every millisecond
		for i in 0 1 2 3 4 5; do
			a=$(sed -n "$((i + 1))s/^.*:\([0-9.]*\)Z.*/\1/p" <<<"$want")
			b=$(sed -n "$((i + 1))s/^.*:\([0-9.]*\)Z.*/\1/p" <<<"$output")
			awk "BEGIN { d = $a - $b; exit !(d >= -0.0011 && d <= 0.0011) }"
		done
	done
}

@test "TLS 1.3 with each suite, key updates, padding, fragments, odd segments" {
	for suite in 1301 1302 1303; do
		all_read --tls $suite --key-update --tls-padding --pad \
		    --fragments --ragged --lines 60
		all_read --tls $suite --middle --wrap
	done
}

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout key -out cert -subj /CN=relay -days 30 2>/dev/null
	cat key cert >pem
}

@test "TLS 1.3 between two OpenSSLs" {
	certificate
	all_read --tls real --cert pem --lines 40 --stream 200000
}

@test "segments out of order, repeated, overlapping, wrapping around" {
	for seed in 2 3 4 5 6; do
		make_capture --seed $seed --tls 1303 --ragged --overlap \
		    --duplicate --reorder --wrap --lines 60
		run -0 --separate-stderr ss-capture-decrypt -q -k c.keys -t c.tls c
		diff <(sort c.text) <(texts <<<"$output" | sort)
		[ -z "$stderr" ]
	done
}

@test "a contradicting second copy: the first counts, and it is said" {
	make_capture --contradict --tls 1302 --lines 40
	run -1 --separate-stderr ss-capture-decrypt -q -k c.keys -t c.tls c
	diff c.text <(texts <<<"$output")
	[[ $stderr == *"bytes came twice with different content"* ]]
}

@test "missing segments: what is behind them is found again, and it is said" {
	for tls in none 1301 1303; do
		make_capture --tls $tls --lose 4 --lines 100 --seed 7
		run -0 --separate-stderr ss-capture-decrypt -q -k c.keys -t c.tls c
		[[ $stderr == *"bytes missing from the capture"* ]]
		# each message crosses twice, so at most one or two are lost
		[ "$(texts <<<"$output" | wc -l)" -ge 96 ]
		# and none is invented
		[ -z "$(texts <<<"$output" | grep -vxFf c.text)" ]
	done
}

@test "TLS that began before the capture: flows, sizes and the reason" {
	command -v editcap >/dev/null || skip "no editcap"
	make_capture --tls 1301 --lines 20 --stream 200000
	editcap -r c late 60-100000
	run -0 --separate-stderr ss-capture-decrypt -k c.keys -t c.tls late
	[[ $stderr == *"tcp: begun before the capture, not read (10.0.0.8"* ]]
	[[ $stderr == *"  begun before the capture, not read, "* ]]
	# without TLS the frames are found all the same
	make_capture --lines 20
	editcap -r c late 30-100000
	run -0 --separate-stderr ss-capture-decrypt -k c.keys late
	[ "${#lines[@]}" -ge 14 ]
	# nobody was seen to log in: ids stand for the names
	[[ $output == *" alice -> b0b0b0b0b0b0b0b0: message "* ]]
	[ -z "$(sed -E 's/ [a-z0-9]+ -> [a-z0-9]+: / alice -> bob: /' <<<"$output" | texts | grep -vxFf c.text)" ]
	[[ $stderr == *"  WebSocket, "* ]]
}

@test "one key log, the other, both, none" {
	make_capture --tls 1301
	run -0 --separate-stderr ss-capture-decrypt c
	[ -z "$output" ]
	[[ $stderr == *"tls: no secrets for client random "* ]]
	[[ $stderr == *"10.0.0.81:50001 -> 10.0.0.1:8443  TLS, not read, "* ]]

	run -0 --separate-stderr ss-capture-decrypt -k c.keys c
	[ -z "$output" ]
	[[ $stderr == *"tls: no secrets for client random "* ]]

	run -0 --separate-stderr ss-capture-decrypt -t c.tls c
	[ -z "$output" ]
	id=$(awk '{ print substr($2, 1, 16); exit }' c.keys)
	[[ $stderr == *"epoch: $id...: no key"* ]]
	[[ $stderr == *"not read: 6 records of "*" bytes in 2 epochs without a key"* ]]
	[[ $stderr == *"TLS 1.3, WebSocket, alice"* ]]

	run -0 --separate-stderr ss-capture-decrypt -qt c.tls -k c.keys c
	[ "${#lines[@]}" = 6 ]
}

@test "one line of the key log opens one epoch and nothing else" {
	make_capture
	sed -n 2p c.keys >one
	run -0 --separate-stderr ss-capture-decrypt -qk one c
	[ "$(texts <<<"$output")" = "$(sed -n 4,6p c.text)" ]
	printf %s "$(cat one)" >cut # its newline is not needed
	run -0 ss-capture-decrypt -qk cut c
	[ "$(texts <<<"$output")" = "$(sed -n 4,6p c.text)" ]
}

@test "both kinds of lines in one file, in the environment, in the capture" {
	make_capture --tls 1303
	cat c.tls c.keys >both
	run -0 ss-capture-decrypt -qk both c
	want=$output
	[ "${#lines[@]}" = 6 ]
	SS_KEYLOG=c.keys SSLKEYLOGFILE=c.tls run -0 ss-capture-decrypt -q c
	[ "$output" = "$want" ]
	make_capture --tls 1303 --format pcapng --dsb
	run -0 ss-capture-decrypt -q c
	diff c.text <(texts <<<"$output")
}

@test "secrets that editcap put into the capture" {
	command -v editcap >/dev/null || skip "no editcap"
	make_capture --tls 1301 --format pcapng
	cat c.tls c.keys >both
	editcap --inject-secrets tls,both c open
	run -0 ss-capture-decrypt -q open
	diff c.text <(texts <<<"$output")
}

@test "a byte stream over several epochs: size, hash, extracted file" {
	make_capture --tls 1301 --stream 1700000 --lines 1
	run -0 --separate-stderr ss-capture-decrypt -k c.keys -t c.tls -x out c
	sum=$(sha256sum c.stream | cut -d' ' -f1)
	[[ ${lines[1]} == *" alice -> bob: [1700000 bytes in 26 records, sha256 $sum]" ]]
	[ "${#lines[@]}" = 2 ]
	cmp c.stream out/stream-0001-alice-bob.bin
	[ "$(stat -c %a out/stream-0001-alice-bob.bin)" = 600 ]
	[ "$(ls out)" = stream-0001-alice-bob.bin ]
	# lost on the way in, found on the way out
	make_capture --tls 1301 --stream 1700000 --lines 1 --lose 3
	run -0 --separate-stderr ss-capture-decrypt -k c.keys -t c.tls c
	[[ ${lines[1]} == *": [1700000 bytes in 26 records, "* ]]
	[[ $stderr != *"not whole"* ]]
	# nothing is overwritten
	run -2 --separate-stderr ss-capture-decrypt -k c.keys -t c.tls -x out c
	cmp c.stream out/stream-0001-alice-bob.bin
}

@test "records changed by the relay: the true copy is read, the other refused" {
	make_capture --tamper --lines 20
	run -1 --separate-stderr ss-capture-decrypt -qk c.keys c
	diff <(sort c.text) <(texts <<<"$output" | sort)
	[[ $stderr == *"does not verify"* ]]
}

@test "wrong TLS secrets are refused, not read as garbage" {
	make_capture --tls 1301
	sed -E 's/ [0-9a-f]{8}([0-9a-f]{56})$/ 00000000\1/' c.tls >wrong
	run -1 --separate-stderr ss-capture-decrypt -qk c.keys -t wrong c
	[ -z "$output" ]
	[[ $stderr == *"does not verify"* ]]
}

@test "a key log line with another key under a known id is not taken" {
	make_capture
	awk '{ $5 = "00" substr($5, 3); print }' c.keys >wrong
	run -0 --separate-stderr ss-capture-decrypt -k wrong c
	[ -z "$output" ]
	[[ $stderr == *"key log: a line of "*" bytes is damaged"* ]]
	[[ $stderr == *": no key"* ]]
}

@test "text cannot talk to the terminal, and JSON stays JSON" {
	make_capture --text $'\e]0;owned\a\e[2J \u202e"\\ %d'
	run -0 ss-capture-decrypt -qk c.keys c
	[[ $output != *$'\e'* ]]
	[[ $output != *$'\u202e'* ]]
	[[ $output == *'\x1b]0;owned\x07\x1b[2J \xe2\x80\xae"\\ 0'* ]]
	ss-capture-decrypt -jk c.keys c >json
	/usr/bin/python3 - <<'PY'
import json
got = [json.loads(l) for l in open("json", "rb").read().decode().splitlines()]
want = open("c.text", "rb").read().decode().splitlines()
assert [g["text"] for g in got if g["type"] == "message"] == [w + "\n" for w in want]
PY
}

@test "--json: each line an object with its fields; bytes as base64" {
	make_capture --tls 1302 --stream 3000
	ss-capture-decrypt -j -k c.keys -t c.tls c >json 2>err
	[ ! -s err ]
	/usr/bin/python3 - <<'PY'
import base64, json
got = [json.loads(l) for l in open("json", "rb").read().decode().splitlines()]
kinds = {g["type"] for g in got}
assert {"message", "stream", "introducer", "control", "flow", "summary"} <= kinds, kinds
for g in got:
    if g["type"] in ("message", "stream", "introducer"):
        assert (g["from"], g["to"]) == ("alice", "bob"), g
        assert len(g["epoch"]) == 32 and g["sender"] == "a1" * 8
        assert g["time"].startswith("2026-09-21T14:13:2") and g["time"].endswith("Z")
m = [g for g in got if g["type"] == "message"]
assert [g["sequence"] for g in m] == [0, 1, 2] * 2
s = [g for g in got if g["type"] == "stream"][0]
assert base64.b64decode(s["base64"]) == open("c.stream", "rb").read()
assert s["size"] == 3000 and s["whole"] is True
assert all(g["verified"] for g in got if g["type"] == "introducer")
f = [g for g in got if g["type"] == "flow"]
assert {g["peer"] for g in f} == {"alice", "bob"}
assert all(g["missing"] == [0, 0] for g in f)
PY
	# without keys: the reasons are objects too
	ss-capture-decrypt -j -t c.tls c >json
	grep -q '^{"type":"note","topic":"epoch","text":"epoch: .*no key' json
	[ "$(grep -c '^{"type":"sealed"' json)" = 7 ]
}

@test "--all shows both crossings, --verbose what is not text" {
	make_capture
	run -0 ss-capture-decrypt -qak c.keys c
	[ "${#lines[@]}" = 12 ]
	[ "$(grep -c '(again)$' <<<"$output")" = 6 ]
	run -0 ss-capture-decrypt -qvk c.keys c
	[ "$(grep -c ': (epoch [0-9a-f]*)$' <<<"$output")" = 2 ]
	[[ $output == *'alice -> relay: {"id":1,'* ]]
}

@test "records that travel without a relay, as through nc" {
	# the same packets, with bare records in the place of WebSocket
	make_capture --bare --lines 5
	run -0 --separate-stderr ss-capture-decrypt -k c.keys c
	[ "$(sed 's/^.*a1a1a1a1a1a1a1a1 -> b0b0b0b0b0b0b0b0: //; s/\\x09/\t/g; s/\\\\/\\/g' <<<"$output")" = "$(cat c.text)" ]
	[[ $stderr == *"  records, "* ]]
}

@test "a growing input: messages come before the end, keys while it runs" {
	make_capture --tls 1301 --lines 30
	mkfifo in
	: >tls
	: >epochs
	size=$(stat -c %s c)
	ss-capture-decrypt -q -t tls -k epochs - <in >out 2>err 3>&- &
	pid=$!
	exec 4>in
	head -c 2000 c >&4
	cat c.tls >>tls
	cat c.keys >>epochs
	tail -c +2001 c | head -c $((size - 4000)) >&4
	for i in $(seq 100); do
		[ -s out ] && break
		sleep 0.05
	done
	[ "$(wc -l <out)" -ge 20 ]
	tail -c 2000 c >&4
	exec 4>&-
	wait $pid
	diff c.text <(texts <out)
}

@test "a growing input: keys that come last, without a newline" {
	command -v editcap >/dev/null || skip "no editcap"
	make_capture --tls 1301
	editcap -r c unended 1-$(($(tshark -r c 2>/dev/null | wc -l) - 8))
	mkfifo in
	ss-capture-decrypt -q -t tls -k epochs - <in >out 2>err 3>&- &
	pid=$!
	exec 4>in
	cat unended >&4
	sleep 0.2
	[ ! -s out ]
	printf %s "$(head -n 1 c.keys)" >epochs
	printf %s "$(cat c.tls)" >tls
	exec 4>&-
	wait $pid
	# bob has hung up by then; of alice three messages are there
	diff <(head -n 3 c.text) <(texts <out)
}

@test "cut off anywhere: exit 1, and what was whole is read" {
	make_capture --tls 1301
	size=$(stat -c %s c)
	for n in 1 3 4 23 30 100 1000 $((size / 2)) $((size - 1)); do
		head -c "$n" c >cut
		run --separate-stderr ss-capture-decrypt -q -k c.keys -t c.tls cut
		[ "$status" = 1 ] || { echo "$n: $status"; false; }
		[[ $stderr == *"code: SS-E101"* ]] || { echo "$n: $stderr"; false; }
		[ -z "$(texts <<<"$output" | grep -vxFf c.text)" ]
	done
}

@test "refused: no capture at all, nothing, damage in the middle" {
	echo hello >c
	run -1 --separate-stderr ss-capture-decrypt c
	[[ $stderr == *"code: SS-E129"* ]]
	run -1 --separate-stderr ss-capture-decrypt /dev/null
	[[ $stderr == *"code: SS-E113"* ]]
	make_capture --format pcapng --lines 6
	size=$(stat -c %s c)
	printf '\377\377\377\377' | dd of=c bs=1 seek=$((size - 4)) conv=notrunc status=none
	run -1 --separate-stderr ss-capture-decrypt -qk c.keys c
	[[ $stderr == *"code: SS-E129"* ]]
	diff c.text <(texts <<<"$output")
}

@test "system trouble is exit 2" {
	make_capture
	run -2 --separate-stderr ss-capture-decrypt nothing.pcap
	run -2 --separate-stderr ss-capture-decrypt .
	run -2 --separate-stderr ss-capture-decrypt -k nothing.keys c
	run -2 --separate-stderr ss-capture-decrypt c c
	local status=0
	ss-capture-decrypt -k c.keys c >/dev/full 2>err || status=$?
	[ $status = 2 ]
}

# tshark takes TCP and TLS apart on its own; the same bytes must come out.
tshark_payloads() { # the records in routed messages, a line of hex for each
	tshark -r c -o tls.keylog_file:c.tls -Y data.data -T fields \
	    -e data.data 2>/dev/null | tr , '\n' | sort -u |
	    grep -v 7374696c6c2074686572653f
}

@test "tshark finds the same payloads under TLS" {
	command -v tshark >/dev/null || skip "no tshark"
	certificate
	for tls in 1301 1302 1303 real; do
		make_capture --tls $tls --cert pem --lines 25 --rekey 5 --ragged
		tshark_payloads >theirs
		ss-capture-decrypt -jvk c.keys -t c.tls c >ours
		/usr/bin/python3 - <<'PY'
import json
# every record inside tshark's payloads: epoch id and sequence number
seen = set()
for line in open("theirs"):
    b = bytes.fromhex(line.strip())
    assert b[0] == 1, b
    at = 26 + b[1]
    while at < len(b):
        n = 8 + int.from_bytes(b[at + 4:at + 8], "big")
        if b[at + 3] == 3:
            seen.add((b[at + 8:at + 24].hex(), int.from_bytes(b[at + 24:at + 32], "big")))
        at += n
    assert at == len(b)
ours = {(g["epoch"], g["sequence"]) for g in map(json.loads, open("ours"))
        if g["type"] == "message"}
assert len(seen) == 25 and ours == seen, (len(ours), len(seen))
PY
	done
}
