#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The dissectors in tshark: what they call the bytes, what they open, what they
# point at.  tshark runs as nobody where the tests run as root.

load common

D=$BATS_TEST_DIRNAME/../dissector
gen=$BATS_TEST_DIRNAME/../interop/capture_gen.py

setup_file() {
	export SAMPLES=$BATS_FILE_TMPDIR/samples
	"$BATS_TEST_DIRNAME/../dissector/samples" "$SAMPLES"
}

setup() {
	in_folder
	top=$BATS_TEST_DIRNAME/../..
	B=${B:-$top/build}
	case $B in /*) ;; *) B=$PWD/$B ;; esac
	unset SS_KEYLOG SSLKEYLOGFILE
	command -v tshark >/dev/null || skip "no tshark (make deps-test)"
	plugin=$B/dissector/secretsocket.so
	[ -f "$plugin" ] ||
	    skip "no plugin (wireshark-dev, then make dissector)"
	lua="-p $top/dissector/secretsocket.lua"
	lua+=" -p $B/dissector/secretsocket_crypto.so"
}

# in_c KEYS ARG...: tshark with the C plugin, TLS secrets and epoch keys
in_c() {
	local keys=$1
	shift
	"$D/tshark" -p "$plugin" -o "tls.keylog_file:$keys" \
	    -o "secretsocket.keylog_file:$keys" "$@" 2>stderr
}

# attack NAME [FILE...]: the capture `c` with its key log, in which it happens
attack() {
	local name=$1
	shift
	/usr/bin/python3 "$D/attacks.py" "$name" c "$@"
}

# points_at EXPERT [-2]: "frame sequence" of the records, in one line
points_at() {
	in_c c.keys -r c ${2:-} -Y "secretsocket.expert.$1" -T fields \
	    -e frame.number -e secretsocket.data.sequence | xargs
}

# silent [OPTION]: nothing is pointed at
silent() {
	in_c c.keys -r c ${1:-} -q -z expert >experts
	grep -q TCP experts
	run ! grep -q SecretSocket experts
}

@test "the plugin is loaded, by the user that the tests run as" {
	"$D/tshark" -p "$plugin" -G plugins >plugins
	grep -q '^secretsocket\.so.*dissector' plugins
}

@test "a symbol that is not ours to export is not exported" {
	[ "$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | sort |
	    xargs)" = "plugin_register plugin_version plugin_want_major plugin_want_minor" ]
}

@test "every byte is named as ss-explain names it, and claimed once" {
	run -0 "$D/explained" -k "$SAMPLES/epoch.keys" -p "$plugin" \
	    "$SAMPLES"/*.rec
	[[ $output =~ ^[0-9]+\ records,\ [0-9]{3,}\ rows$ ]]
	run -0 "$D/explained" -k "$SAMPLES/epoch.keys" $lua "$SAMPLES"/*.rec
}

@test "the test of that sees a field at the wrong place" {
	# a record that says less of itself than Wireshark is shown
	sed "s|records.append(data\[at:at + part\[\"length\"\]\])|records.append(data[at:at + 12] + data[at + 12:at + part['length']][::-1])|" \
	    "$D/explained" >explained
	cmp -s explained "$D/explained" && false
	sed -i "s|^HERE = .*|HERE = '$D'|" explained
	run -1 /usr/bin/python3 explained -k "$SAMPLES/epoch.keys" \
	    -p "$plugin" "$SAMPLES/xx.rec"
}

@test "nothing is pointed at where nothing is wrong" {
	attack honest
	silent
	silent -2
	attack redelivered
	silent
	attack records "$SAMPLES"/xx.[123]
	silent
}

@test "a record played back" {
	attack replayed
	[ "$(points_at replayed)" = "26 2" ]
	[ "$(points_at replayed -2)" = "26 2" ]
	attack records "$SAMPLES"/xx.[12] "$SAMPLES/xx.2"
	[ "$(points_at replayed)" = "22 23" ]
}

@test "records out of order, and missing" {
	attack swapped
	[ "$(points_at missing)" = "24 3 25 3" ]
	[ "$(points_at gone_back)" = "26 2 28 2" ]
	[ "$(points_at gone_back -2)" = "26 2 28 2" ]
	attack dropped
	[ "$(points_at missing)" = "28 4" ]
	in_c c.keys -r c -Y "frame.number == 28" -V >tree
	grep -q 'Records 2 to 3 of this epoch are missing' tree
	attack gap
	[ "$(points_at missing)" = "26 28" ]
}

@test "a nonce used twice" {
	attack nonce
	[ "$(points_at nonce_repeated)" = "29 3 30 3" ]
	# without the key as well
	: >c.keys
	[ "$(points_at nonce_repeated -2)" = "29 3 30 3" ]
}

@test "an epoch without an introducer" {
	attack unknown
	[ "$(points_at unknown_epoch | wc -w)" = 24 ]
	in_c c.keys -r c -Y secretsocket.data -T fields \
	    -e secretsocket.data.plaintext | grep -c '^line' | grep -x 12
}

@test "a bit flipped" {
	attack flipped
	[ "$(points_at wrong_tag)" = "25 2" ]
	# what is forged does not count: the true record is missing there
	[ "$(points_at missing)" = "28 3" ]
	in_c c.keys -r c -Y "frame.number == 25" -T fields \
	    -e secretsocket.data.verified -e secretsocket.data.plaintext |
	    grep -x "2"$'\t'
}

@test "records of a lab profile" {
	attack lab
	[ "$(points_at lab | wc -w)" = 26 ]
	[ "$(points_at wrong_tag)" = "" ]
}

@test "an introducer that changes keys" {
	attack changes
	[ "$(points_at changes_keys)" = "22 23" ]
}

# shows CAPTURE FILTER FIELD...: of a shipped capture, the values in one line
shows() {
	local c=$top/tests/captures/$1 filter=$2 list=
	shift 2
	for f; do list+=" -e $f"; done
	in_c "$c.keys" -r "$c.pcapng" -Y "$filter" -T fields $list | xargs
}

@test "lab profiles: what they do wrong is pointed at, and their records open" {
	local x=secretsocket.expert d=secretsocket.data
	# one nonce for all: from the second record on
	[ "$(shows attack-nonce-ws "$x.nonce_repeated" frame.number)" = "73 87" ]
	shows attack-nonce-ws "$x.nonce_repeated" "$d.plaintext" |
	    grep -q 'at nine,bring 4711 and the key'
	in_c "$top/tests/captures/attack-nonce-ws.keys" -q -z expert,error \
	    -r "$top/tests/captures/attack-nonce-ws.pcapng" >experts
	grep -q ' 4 .*with the profile reuse-nonce' experts
	lacks experts 'Authentication failed'
	# the same number again, under the same key
	[ "$(shows attack-reinstall-ws "$x.nonce_repeated" "$d.plaintext")" = \
	    "the gate is 4711. the gate is 4711." ]
	# Alice's own words come back to her
	[ "$(shows attack-reflect-ws "$x.replayed" "$d.plaintext" secretsocket.from)" = \
	    "Shall I go? bob Shall I go? bob,relay" ]
	[ -z "$(shows attack-reflect-ws "$x.wrong_tag" frame.number)" ]
	# two conversations where there should be one
	[ "$(shows attack-mitm-ws "$d.sequence == 0 && !secretsocket.copy_of" \
	    secretsocket.from secretsocket.to "$d.plaintext")" = \
	    "alice b0b Pay 100 to Carol. al1ce bob Pay 900 to Mallory. bob al1ce I have paid 900 to Mallory. b0b alice I have paid 100 to Carol." ]
	[ -z "$(shows attack-mitm-ws "$x.malformed || $x.nonce_repeated || $x.replayed" frame.number)" ]
}

@test "a key from light: each message crosses once, and a replay is seen" {
	c=$top/tests/captures/qkd-ws
	in_c "$c.keys" -r "$c.pcapng" -q -z secretsocket,tree |
	    sed 's/  */ /g; s/^ //' >tree
	grep -q '^Qubits 1 ' tree
	grep -q '^QKD, bases 1 ' tree
	[ "$(awk '/^Records/ { print $2 } /^Seen again/ { print $6 }' tree |
	    sort -u | wc -l)" = 1 ]
	[ -z "$(shows qkd-ws secretsocket.expert.replayed frame.number)" ]
	attack records "$SAMPLES/qkd-bob.rec"
	[ "$(points_at replayed)" = "" ]
	[ "$(in_c c.keys -2 -r c -Y secretsocket.copy_of -T fields \
	    -e secretsocket.copy_of | sort -u | wc -l)" = \
	    "$(records "$SAMPLES/qkd-bob.rec" | wc -l)" ]
	attack records "$SAMPLES/qkd-bob.rec" "$SAMPLES/qkd-bob.rec"
	[ "$(points_at replayed | wc -w)" = \
	    "$((2 * $(records "$SAMPLES/qkd-bob.rec" | wc -l)))" ]
}

@test "filters of the document and of the profile mean what they say" {
	local filter
	sed -n 's/^| `\(!*secretsocket\.[^`]*\)`.*/\1/p' "$top/docs/wireshark.md" |
	    grep -v '^secretsocket.expert.`' >filters
	sed -n 's/^"TRUE","[^"]*","\(.*\)","[^"]*"$/\1/p' \
	    "$top/dissector/profile/dfilter_buttons" | sed 's/\\"/"/g' >>filters
	[ "$(wc -l <filters)" -ge 12 ]
	# all of them at once: a field that is not there is an error
	c=$top/tests/captures/noise-x-ws
	in_c "$c.keys" -r "$c.pcapng" -Y "$(sed 's/.*/(&)/' filters |
	    paste -sd'|' | sed 's/)|(/) || (/g')" >found || {
		cat stderr
		false
	}
	[ -s found ]
	# each epoch of this chat is opened on both ways
	filter=$(grep 'header.type in' filters | sort -u)
	[ "$(wc -l <<<"$filter")" = 1 ]
	[ "$(shows noise-kk-ws "$filter" frame.number | wc -w)" = 8 ]
	[ "$(shows noise-kk-ws secretsocket.ratchet frame.number | wc -w)" = 8 ]
}

@test "the profile no-tag: text, and nothing that verifies it" {
	export SS_LAB=1
	for n in alice bob; do
		ss-keygen -U no-tag -n $n -o $n.key
		ss-keygen -p $n.key >$n.pub
	done 2>/dev/null
	{
		ss-handshake noise:KK -U no-tag -i -k alice.key -p bob.pub -S a.hs >m1
		ss-handshake noise:KK -U no-tag -r -k bob.key -p alice.pub -o bob.sess <m1 >m2
		ss-handshake -U no-tag -S a.hs -o alice.sess <m2
		printf '%s\n' one two | ss-seal -U no-tag --lines -s alice.sess -K no.keys >sealed
	} 2>/dev/null
	attack records sealed
	mv no.keys c.keys
	for d in "-p $plugin" "$lua"; do
		"$D/tshark" $d -o "secretsocket.keylog_file:c.keys" -r c \
		    -Y "secretsocket.data.verified == 3 && secretsocket.data.plaintext" \
		    -T fields -e secretsocket.data.plaintext 2>/dev/null | sort | uniq -c |
		    xargs >got
		grep -qx '2 one 2 two' got
	done
	[ "$(points_at wrong_tag)" = "" ]
	# a tag that is there and wrong is no such record
	ss-mallory flip -m 01 data.tag 0 <sealed >changed
	mv c.keys k
	attack records changed
	mv k c.keys
	in_c c.keys -r c -Y "secretsocket.data.verified == 2" >wrong
	[ "$(wc -l <wrong)" = 6 ]
}

@test "streams and messages without an end" {
	attack unfinished
	[ "$(points_at truncated)" = "26 28" ]
	attack cut
	[ "$(points_at truncated)" = "33" ]
}

@test "messages of a handshake out of order" {
	attack records "$SAMPLES"/xx.1 "$SAMPLES"/xx.3 "$SAMPLES"/xx.2
	[ "$(points_at handshake_order)" = "18 20 22 23" ]
	[ "$(points_at handshake_order -2)" = "18 20 22 23" ]
}

@test "handshakes and epochs are linked to their packets" {
	attack records "$SAMPLES"/xx.[123]
	in_c c.keys -2 -r c -Y secretsocket.handshake -T fields \
	    -e frame.number -e secretsocket.handshake.answers \
	    -e secretsocket.handshake.answered_in -e secretsocket.copy_of \
	    >links
	# on each connection the messages of that connection
	diff links - <<-END
	16		18	
	17		20	16
	18	16	22	
	20	17	23	18
	22	18		
	23	20		22
	END
	attack gap
	in_c c.keys -2 -r c -Y secretsocket.ratchet -T fields \
	    -e frame.number -e secretsocket.ratchet.previous_in \
	    -e secretsocket.ratchet.continued_in >links
	diff links - <<-END
	16		26
	17		26
	26	16	
	28	17	
	END
	[ "$(in_c c.keys -r c -Y secretsocket.data -T fields \
	    -e secretsocket.data.introduced_in | sort | uniq -c | xargs)" = \
	    "3 16 3 17 6 26 6 28" ]
}

@test "who wrote to whom, and what: a sentence in the Info column" {
	attack honest
	in_c c.keys -r c -Y secretsocket -T fields -e _ws.col.Info >info
	diff <(head -5 info) - <<-'END'
	relay → client: says hello, with a challenge
	alice → relay: says hello
	relay → client: says hello, with a challenge
	bob → relay: says hello
	alice → bob: opens epoch ab5e4d4c (ratchet)
	END
	[ "$(tail -1 info)" = 'alice → bob: “line 5”, the end' ]
	in_c c.keys -r c -Y secretsocket.data -T fields \
	    -e secretsocket.data.sender -e secretsocket.data.recipient |
	    sort -u | grep -x "alice"$'\t'"bob"
	# without keys
	: >c.keys
	in_c c.keys -r c -Y secretsocket -T fields -e _ws.col.Info >info
	[ "$(tail -1 info)" = 'alice → bob: 7 bytes sealed, the end' ]
}

@test "control messages, member by member" {
	printf '%s' '{"type":"hello","relay":"r","challenge":"00",' \
	    '"binding":["a","b"],"limits":{"records":131072,"text":5},' \
	    '"id":7,"new":{"x":[1,"}"]}}' >m
	od -Ax -tx1 -v m >m.txt
	text2pcap -q -P secretsocket m.txt c 2>/dev/null
	: >c.keys
	in_c c.keys -r c -V -O secretsocket >tree
	for line in 'Type: hello' 'Binding: a' 'Binding: b' 'Relay: r' \
	    'Most bytes of records: 131072' 'Request id: 7' \
	    'Member: new: {"x":\[1,"}"\]}'; do
		grep -q "^ *$line\$" tree || { cat tree; false; }
	done
	printf '{"type":"hello"' | od -Ax -tx1 -v >m.txt
	text2pcap -q -P secretsocket m.txt c 2>/dev/null
	[ "$(points_at malformed)" = 1 ]
	# a record in base64, for clients without binary frames
	{ printf '{"type":"relay","name":"bob","records":"'
	  head -c "$(records "$SAMPLES/lines.rec" | awk 'NR == 2 { print $1 }')" \
	      "$SAMPLES/lines.rec" | base64 -w0
	  printf '"}'; } | od -Ax -tx1 -v >m.txt
	text2pcap -q -P secretsocket m.txt c 2>/dev/null
	[ "$(in_c "$SAMPLES/epoch.keys" -r c -T fields \
	    -e secretsocket.ratchet.verified)" = 1 ]
}

@test "control messages: the same strings in C and in Lua, and long ones" {
	/usr/bin/python3 - <<'PY' >c
import struct, sys
out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 252))
for m in (rb'{"type":"error","text":"a\u0062\n\u00e4\u20ac\ud83d\ude00\"\\u0041\/"}',
          rb'{"text":"\ud800x"}', rb'{"text":"\u0000"}', rb'{"x":"y\u0041","id":"q\\"}',
          rb'{"name":"\uDBFF\uDFFF\u07ff\u0800\uffff\u007f\u0080"}',
          b'{"rows":[' + b",".join([b"1"] * 3000) + b"]}",
          b'{"text":"' + b"a" * 8181 + b'"}', b'{"text":"' + b"a" * 8182 + b'"}',
          b'{"a":' + b"[" * 130000 + b"]" * 130000 + b"}",
          b"{" + b",".join([b'"":0'] * 52000) + b"}"):
    p = struct.pack(">HH12sHH", 12, 12, b"secretsocket", 0, 0) + m
    out.write(struct.pack("<IIII", 1, 0, len(p), len(p)) + p)
PY
	"$D/fields" -p "$plugin" c >in.c
	"$D/fields" $lua c >in.lua
	diff <(grep -v 'from\|to' in.c) <(grep -v 'from\|to' in.lua)
	grep -qx '1 secretsocket.control.text ab\\n\\xe4\\u20ac\\U0001f600"\\\\u0041/' in.c
	[ "$(grep -c '^6 secretsocket.control.rows 1$' in.c)" = 3000 ]
	[ "$(grep -c ' secretsocket.expert.malformed$' in.c)" = 3 ]
	grep -q '^7 secretsocket.control.text aaa' in.c
	lacks in.c '^8 secretsocket.control.text'
}

@test "a capture that misses the upgrade, and one inside TLS" {
	/usr/bin/python3 "$gen" -o c --middle
	[ "$(in_c c.keys -r c -Y secretsocket.data -T fields \
	    -e secretsocket.data.plaintext | sort -u | wc -l)" = 6 ]
	/usr/bin/python3 "$gen" -o c --tls 1303 --key-update --tls-padding \
	    --pad --ragged --lines 60
	cat c.tls >>c.keys
	in_c c.keys -r c -Y secretsocket.data -T fields \
	    -e secretsocket.data.plaintext_bytes | tr , '\n' |
	    /usr/bin/python3 -c 'import sys
for l in dict.fromkeys(sys.stdin):
    sys.stdout.buffer.write(bytes.fromhex(l))' >text
	diff <(sort text) <(sort c.text)
}

@test "secrets inside the capture, among those of TLS" {
	/usr/bin/python3 "$gen" -o c --format pcapng --tls 1301 --dsb
	[ "$("$D/tshark" -p "$plugin" -r c -Y secretsocket.data -T fields \
	    -e secretsocket.data.plaintext 2>stderr | sort -u | wc -l)" = 6 ]
}

@test "the key log is read on while it grows, and again when replaced" {
	/usr/bin/python3 "$gen" -o c --lines 8 --rekey 4
	head -n 1 c.keys >first
	tail -n 1 c.keys >second
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR/.." . .. ../.. || true
	# the file has one epoch when its packets come, the other one later
	/usr/bin/python3 - <<'PY' >cut
data = open("c", "rb").read()
at, sizes, introducers = 24, [], []
while at < len(data):
    n = 16 + int.from_bytes(data[at + 8:at + 12], "little")
    if b"SS\x01\x02" in data[at:at + n]:
        introducers.append(at)
    at += n
print(introducers[-1])
PY
	cut=$(cat cut)
	grow() { # cut in the middle of a line, then the rest
		head -c 100 second >>live.keys
		sleep 0.2
		tail -c +101 second >>live.keys
	}
	replace() { install -m 644 second new && mv new live.keys; }
	empty() { cat second >live.keys; }
	for how in grow replace empty; do
		rm -f live.keys text
		touch text
		install -m 644 /dev/null live.keys
		{
			{ cat first; head -c 400 /dev/zero | tr '\0' '#'; echo; } \
			    >>live.keys
			head -c "$cut" c
			for i in $(seq 100); do
				grep -q "^message [0-3]" text && break
				sleep 0.1
			done
			$how
			tail -c +$((cut + 1)) c
		} | in_c live.keys -l -r - -Y secretsocket.data -T fields \
		    -e secretsocket.data.plaintext >text
		[ "$(grep -c "^message [0-3]" text)" -ge 6 ] || { echo "$how"; cat text stderr; false; }
		[ "$(grep -c '^message 7' text)" -ge 1 ] || { echo $how; false; }
	done
}

@test "key logs that are none, late, large, or gone" {
	attack honest
	read_with() { # FILE: how many lines are read with it
		"$D/tshark" -p "$plugin" -o "secretsocket.keylog_file:$1" -r c \
		    -Y 'secretsocket.data.plaintext contains "line"' 2>stderr |
		    wc -l
	}
	mkdir folder
	chmod 755 folder
	[ "$(read_with folder)" = 0 ]
	[ "$(read_with "$PWD/nothing")" = 0 ]
	[ "$(read_with /dev/null)" = 0 ]
	# bytes of all kinds before the line that counts, on lines of all lengths
	{ printf 'SECRETSOCKET_EPOCH \0 00\nabc\0def\n\0\n'
	  head -c 511 /dev/zero; echo
	  head -c 3000000 /dev/zero | tr '\0' x; echo
	  cat c.keys; } >zeros
	[ "$(read_with zeros)" = 12 ]
	/usr/bin/python3 - >many <<-'PY'
	import hashlib
	for i in range(100000):
	    h = hashlib.sha256(b"%d" % i).hexdigest()
	    print("SECRETSOCKET_EPOCH", h[:32], "ratchet chachapoly", h, h[:16], h[:16])
	PY
	cat c.keys >>many
	began=$SECONDS
	[ "$(read_with many)" = 12 ]
	[ $((SECONDS - began)) -lt 20 ]
	# its last line has no newline yet
	head -c -1 c.keys >half
	[ "$(read_with half)" = 0 ]
}

@test "damaged lines of a key log do no harm" {
	attack honest
	{ echo 'SECRETSOCKET_EPOCH 00'; head -c 5000 /dev/zero | tr '\0' x
	  echo; sed 's/chachapoly/aesgcm/' c.keys; sed 's/ab5e/ab5f/' c.keys
	  printf 'SECRETSOCKET_EPOCH'; } >bad.keys
	[ "$(in_c bad.keys -r c -Y secretsocket.data -T fields \
	    -e secretsocket.data.verified | sort -u)" = 2 ]
	{ cat c.keys; } >>bad.keys
	run -0 in_c bad.keys -r c -Y secretsocket.data
}

@test "three roads: the plugin, ss-capture-decrypt, and what ss-open said" {
	for f in lines bytes padded wrap-hpke wrap-rsa; do
		attack records "$SAMPLES/$f.rec"
		cp "$SAMPLES/epoch.keys" c.keys
		in_c c.keys -r c -Y secretsocket.data -T fields \
		    -e secretsocket.data.plaintext_bytes >plugin
		ss-capture-decrypt -j -a -k c.keys c >other 2>/dev/null
		cmp "$SAMPLES/$f.txt" "$SAMPLES/$f.opened"
		/usr/bin/python3 - "$SAMPLES/$f.opened" <<'PY'
import base64, json, sys
opened = open(sys.argv[1], "rb").read()
# records that crossed twice: once
mine = b"".join(bytes.fromhex(x) for x in dict.fromkeys(
    open("plugin").read().replace(",", "\n").split()))
other = b"".join(
    base64.b64decode(g["base64"]) if "base64" in g else g["text"].encode()
    for g in map(json.loads, open("other"))
    if g["type"] in ("message", "piece") and not g.get("repeat"))
assert mine == opened, (len(mine), len(opened))
assert other.rstrip(b"\n") == opened.rstrip(b"\n") or \
    other == opened.replace(b"\n", b""), (len(other), len(opened))
PY
	done
}

@test "follow: the conversation of two people, each line once" {
	attack honest
	in_c c.keys -r c -q -z follow,secretsocket,raw,0 >follow
	sed -n '/^[0-9a-f]*$/p' follow | xxd -r -p >text
	diff text <(for i in 0 1 2 3 4 5; do echo "line $i"; done)
}

@test "statistics: families, epochs, bytes, people, and the copies apart" {
	attack honest
	in_c c.keys -r c -q -z secretsocket,tree |
	    sed 's/  */ /g; s/^ //' | cut -d' ' -f1-6 >tree
	grep -q '^Records 7 ' tree
	grep -q '^Data record 6 ' tree
	grep -q '^ratchet 1 ' tree
	grep -q '^alice → bob 6 ' tree
	grep -q '^Text 42 ' tree
	grep -q '^Overhead of data records 294 ' tree
	grep -q '^Seen again, behind the relay 7' tree
}

@test "C and Lua say the same" {
	compare() { # CAPTURE KEYS
		"$D/fields" -t -k "$2" -p "$plugin" "$1" >in.c
		"$D/fields" -t -k "$2" $lua "$1" >in.lua
		diff in.c in.lua
		[ "$(wc -l <in.c)" -gt 50 ]
	}
	for s in honest flipped changes nonce cut lab; do
		attack $s
		compare c c.keys
	done
	attack records "$SAMPLES"/xx.[123] "$SAMPLES"/signed.[123] \
	    "$SAMPLES/x3dh.rec"
	compare c c.keys
	/usr/bin/python3 "$gen" -o c --tls 1301 --pad --ragged
	cat c.tls >>c.keys
	compare c c.keys
}

# same_text CAPTURE KEYS: of each epoch and number, the plugin and
# ss-capture-decrypt have the same text
same_text() {
	"$D/fields" -k "$2" -p "$plugin" "$1" >fields
	ss-capture-decrypt -j -a -t "$2" -k "$2" "$1" >other 2>/dev/null || true
	/usr/bin/python3 - <<'PY'
import base64, json
mine, theirs, record = {}, {}, None
for line in open("fields"):
    _, name, value = (line.rstrip("\n").split(" ", 2) + [""])[:3]
    if name == "secretsocket.data.epoch_id":
        record = value.replace(":", "")
    elif name == "secretsocket.data.sequence":
        record = record, int(value)
    elif name == "secretsocket.data.verified" and value == "1":
        mine.setdefault(record, b"")
    elif name == "secretsocket.data.plaintext_bytes":
        mine[record] = bytes.fromhex(value.replace(":", ""))
for g in map(json.loads, open("other")):
    if g["type"] in ("message", "piece"):
        text = base64.b64decode(g["base64"]) if "base64" in g \
            else g["text"].encode()
        theirs[g["epoch"], g["sequence"]] = text
# there, the newline of a line is not part of its text
assert mine and mine.keys() == theirs.keys(), (mine.keys() ^ theirs.keys())
for k in mine:
    assert mine[k] in (theirs[k], theirs[k] + b"\n"), (k, mine[k], theirs[k])
PY
}

@test "the captures that are shipped, field by field" {
	captures=$top/tests/captures
	ls "$captures"/*.pcapng >/dev/null 2>&1 || skip "no captures yet"
	for c in "$captures"/*.pcapng; do
		n=${c%.pcapng}
		"$D/fields" -k "$n.keys" -p "$plugin" "$c" >got
		diff "$n.fields" got || { echo "$c"; false; }
		"$D/fields" -t -k "$n.keys" -p "$plugin" "$c" >in.c
		"$D/fields" -t -k "$n.keys" $lua "$c" >in.lua
		diff in.c in.lua || { echo "$c"; false; }
		same_text "$c" "$n.keys" || { echo "$c"; false; }
	done
}

# hostile SECRETS: 20,000 damaged messages, all of which arrive
hostile() {
	local n
	"$D/mutate.py" m.pcap 20000 "$1" "$SAMPLES"/*.rec hello.json ack.json
	export SS_TSHARK_ENV="LD_PRELOAD=$(gcc -print-file-name=libasan.so)
	    WIRESHARK_DEBUG_WMEM_OVERRIDE=simple
	    ASAN_OPTIONS=detect_leaks=0"
	plugin=$B/plugin-asan/dissector/secretsocket.so
	shift
	in_c "$SAMPLES/epoch.keys" "$@" -r m.pcap -Y secretsocket -V \
	    -O secretsocket >tree || { head -40 stderr; return 1; }
	lacks stderr 'AddressSanitizer\|runtime error\|Dissector bug'
	lacks tree 'Dissector bug\|Malformed Packet'
	n=$(grep -c '^SecretSocket' tree)
	[ "$n" = 20000 ] || { echo "$n reached the dissector"; return 1; }
	# and they are not all alike
	[ "$(grep -c 'Tag verified: yes' tree)" -gt 100 ]
	[ "$(grep -c 'Authentication failed' tree)" -gt 100 ]
}

@test "20,000 damaged records, in one pass and in two" {
	[ -f "$B/plugin-asan/dissector/secretsocket.so" ] ||
	    skip "no plugin with sanitizers (make dissector-asan)"
	printf '%s' '{"type":"hello","relay":"r","challenge":"00",' \
	    '"binding":["a"],"limits":{"records":131072}}' >hello.json
	printf '{"type":"ack","rows":[1,2],"id":7,"name":"a\\u0062\\n"}' \
	    >ack.json
	hostile 1
	hostile 2 -2
}
