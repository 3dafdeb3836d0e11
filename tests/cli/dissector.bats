#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The dissectors in tshark: what they call the bytes, what they open, what they
# point at.  tshark runs as nobody where the tests run as root.

load common
load dissector

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
	attack resent
	[ "$(points_at replayed)" = "26 2" ]
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
	attack half
	[ "$(points_at missing)" = "" ]
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

@test "streams and messages without an end" {
	attack unfinished
	[ "$(points_at truncated)" = "26 28" ]
	attack cut
	[ "$(points_at truncated)" = "33" ]
	# who knows whether two anonymous senders are one
	ss-mallory drop -t data -r 3- <"$SAMPLES/wrap-rsa.rec" >first
	ss-seal -r "$SAMPLES/carol.pub" -w rsa <"$SAMPLES/padded.txt" >second
	attack records first second
	[ "$(points_at truncated)" = "" ]
	[ "$(in_c c.keys -r c -Y secretsocket.wrap_rsa | wc -l)" -ge 4 ]
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
	# four records behind one routing header: 29 + 31 + 29 bytes
	in_c /dev/null -r "$top/tests/captures/attack-nonce-ws.pcapng" -q \
	    -z secretsocket,tree | sed 's/  */ /g; s/^ //' >tree
	grep -q '^Records 6 ' tree
	grep -q '^Routing headers 89 ' tree
	grep -q '^Sealed records ' tree
}
