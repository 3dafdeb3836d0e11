#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Captures that explain themselves: --annotate, --inject-secrets.  An
# independent reader holds the copy against the original, tshark reads it.

load common

setup() {
	in_folder
	unset SS_KEYLOG SSLKEYLOGFILE
	gen=$BATS_TEST_DIRNAME/../interop/capture_gen.py
	read=$BATS_TEST_DIRNAME/../interop/pcapng_read.py
}

make_capture() { /usr/bin/python3 "$gen" -o c "$@"; }
annotate() { ss-capture-decrypt -fq -k c.keys -t c.tls -w out c "$@" >lines; }
comments() { /usr/bin/python3 "$read" --comments "$1"; }

# all packets, interfaces, times, options, other blocks: as they were
same() { diff <(/usr/bin/python3 "$read" "$1") <(/usr/bin/python3 "$read" "$2"); }

@test "every form of capture: a copy with the same packets, and comments" {
	for format in pcap pcap-ns pcapng pcapng-old pcapng-simple; do
		for order in '' --big-endian; do
			make_capture --format $format $order --tls 1301
			annotate
			same c out || { echo "with: $format $order"; false; }
			comments out >said
			for i in 0 1 2 3 4 5; do
				# each crosses the relay twice
				[ "$(grep -c "alice -> bob: \"message $i: " said)" = 2 ]
			done
		done
	done
	make_capture --format pcapng --sections --tls 1301
	annotate
	same c out
	make_capture --format pcapng --sections --big-endian
	annotate
	same c out
}

@test "every link type" {
	for link in ethernet vlan null loop raw sll sll2; do
		make_capture --link $link --lines 1
		annotate
		same c out
		[ "$(comments out | grep -c '"message 0: ')" = 2 ]
	done
}

@test "the sentence and the fields of ss-explain stand in the comment" {
	make_capture --lines 1
	annotate
	comments out >said
	grep -q 'a new epoch, its MAC holds. Introducer, RATCHET, 172 bytes. Opens an epoch whose key comes from a session.s ratchet. Family: ratchet; AEAD: ' said
	# the record itself, from the other road: what ss-explain makes of it
	/usr/bin/python3 "$read" c | awk '$1 == "packet" { print $5 }' |
	    perl -ne 'if (/5353010200000 0a4|(53530102000000a4.{328})/) { print pack "H*", $1; exit }' >rec
	ss-explain rec >sheet
	while IFS=: read -r label value; do
		grep -qF "$label: $value" said || { echo "$label: $value"; false; }
		[ -n "$value" ]
	done <<-END
	Mode:$(sed -n 's/^ *[0-9]* *1  Mode  *[0-9a-f]*  *//p' sheet)
	Flags:$(sed -n 's/^ *[0-9]* *1  Flags  *[0-9a-f]*  *//p' sheet)
	Epoch number:$(sed -n 's/^ *[0-9]* *4  Epoch number  *[0-9a-f]*  *//p' sheet)
	END
	grep -qF "$(sed -n 2p sheet | tr -d '\n')" said
}

@test "a record over several packets: the comment is on the last of them" {
	make_capture --stream 60000 --lines 0
	annotate
	comments out >said
	# what the relay sends is not masked: where does the record begin?
	/usr/bin/python3 "$read" c | grep ^packet >packets
	first=$(grep -n -m 1 '5353010[23]000' packets | cut -d: -f1)
	last=$(grep 'Data record, 60049 bytes' said | cut -d' ' -f1 | sort -n | tail -n 1)
	# the end of it, found where the next of that direction is shorter
	awk -v first="$first" -v last="$last" \
	    'NR > first && NR <= last && length($5) > 2000 { n++ } END { exit n < 10 }' packets
	[ "$(grep -c 'Data record, 60049 bytes' said)" = 2 ]
	grep -q ".*the byte stream ends, 60000 bytes in 1 records, sha256 $(sha256sum <c.stream | cut -c 1-64)" said
	# all of the record had come, and one packet earlier it had not
	n=$(grep -m 1 'Data record, 60049 bytes' said | cut -d' ' -f1)
	command -v editcap >/dev/null || skip "no editcap"
	editcap -r c upto "1-$n"
	editcap -r c before "1-$((n - 1))"
	ss-capture-decrypt -jk c.keys upto | grep -q '"size":60000'
	run ! grep -q '"size":60000' <(ss-capture-decrypt -jk c.keys before)
}

@test "without a key, with wrong records, with controls: what is said" {
	make_capture --lines 2
	ss-capture-decrypt -q -w out c
	comments out >said
	grep -q 'alice -> bob: [0-9]* bytes of text, sealed: no key for it here. Data record' said
	grep -q 'a new epoch, no key for it here' said
	grep -q 'alice -> relay: control message "{"id":1,' said
	lacks said 'message 0'
	make_capture --tamper --lines 20
	run -1 ss-capture-decrypt -fq -k c.keys -w out c
	same c out
	comments out | grep -q 'REFUSED, it does not verify. Data record'
	make_capture --text $'\e]0;owned\a \u202e %d'
	annotate
	comments out >said
	grep -qF '"\x1b]0;owned\x07 \xe2\x80\xae 0"' said
	lacks said $'[\001-\011\033\177]'
	head -c 4000 /dev/zero >zeros
	make_capture --stream 20000 --lines 0
	annotate
	comments out | grep -q ': 20000 bytes, binary: [0-9a-f]\{64\}\.\.\.\. Data record'
}

@test "an annotated capture can be annotated again, and read as before" {
	make_capture --format pcapng --tls 1303
	annotate
	mv out c2
	ss-capture-decrypt -qk c.keys -t c.tls c2 >lines2
	diff lines lines2
	ss-capture-decrypt -qk c.keys -t c.tls -w c3 c2 >/dev/null
	same c c3
	[ "$(comments c3 | wc -l)" = $(($(comments c2 | wc -l) * 2)) ]
}

@test "existing options stay, byte for byte" {
	command -v editcap >/dev/null || skip "no editcap"
	make_capture --format pcapng --lines 2
	# the generator's own block counts as a frame to editcap
	editcap -a '12:a note of mine' -a '13:another' c c1
	ss-capture-decrypt -qk c.keys -w out c1 >/dev/null
	same c1 out
	comments out | grep -qx '11 a note of mine'
	comments out | grep -qx '12 another'
}

@test "a section's length is not said any more; a frame's checksum is" {
	make_capture --format pcapng --tls 1301
	/usr/bin/python3 - <<'PY'
import struct
d = bytearray(open("c", "rb").read())
n = struct.unpack("<I", d[4:8])[0]
d[16:24] = struct.pack("<Q", len(d) - n)
open("c", "wb").write(d)
PY
	annotate
	same c out
	[ "$(od -An -tx1 -j16 -N8 out)" = " ff ff ff ff ff ff ff ff" ]
	# four bytes behind each Ethernet frame, as the link type says
	make_capture --lines 1
	/usr/bin/python3 - <<'PY'
import struct
d = open("c", "rb").read()
out = d[:20] + struct.pack("<I", 1 | 0x04000000 | 2 << 28)
at = 24
while at < len(d):
    s, us, n, m = struct.unpack("<IIII", d[at:at + 16])
    out += struct.pack("<IIII", s, us, n + 4, m + 4) + d[at + 16:at + 16 + n] + b"FCS!"
    at += 16 + n
open("c", "wb").write(out)
PY
	annotate
	# if_fcslen, in bytes
	[ "$(od -An -tx1 -j44 -N8 out)" = " 0d 00 01 00 04 00 00 00" ]
	[ "$(comments out | grep -c '"message 0: ')" = 2 ]
}

@test "secrets inside: those that the capture needs, and no others" {
	make_capture --tls 1301
	r=$(printf '%064d' 7)
	echo "CLIENT_TRAFFIC_SECRET_0 $r $r" >>c.tls
	(mkdir other; cd other; /usr/bin/python3 "$gen" -o c --seed 99 --lines 2)
	cat other/c.keys >>c.keys
	annotate -i
	same c out
	[ "$(stat -c %a out)" = 600 ]
	/usr/bin/python3 "$read" --secrets out >inside
	lacks inside "$r"
	[ "$(grep -c '^SECRETSOCKET_EPOCH ' inside)" = 2 ]
	[ "$(grep -c '_TRAFFIC_SECRET' inside)" = 8 ]
	while read -r line; do
		cat c.tls c.keys | grep -qxF "$line" || { echo "$line"; false; }
	done <inside
	# nothing else is needed
	ss-capture-decrypt -q out >lines2
	diff lines lines2
	command -v tshark >/dev/null || skip "no tshark"
	tshark -r out -Y websocket -T fields -e frame.comment 2>/dev/null >shark
	[ "$(grep -c 'alice -> bob: "message 5: ' shark)" = 2 ]
	[ "$(tshark -r out -T fields -e frame.comment 2>/dev/null | grep -c 'Data record')" -ge 6 ]
	capinfos -c out | grep -q "$(capinfos -c c | awk 'END { print $NF }')"
}

@test "secrets inside: sections, byte orders, nothing known, TLS out of the input" {
	make_capture --format pcapng --sections --tls 1302
	annotate -i
	same c out
	ss-capture-decrypt -q out >lines2
	diff lines lines2
	make_capture --format pcapng --big-endian --tls 1302 --dsb
	ss-capture-decrypt -fqi -w out c >lines
	same c out
	ss-capture-decrypt -q out >lines2
	diff lines lines2
	[ "$(wc -l <lines)" = 6 ]
	make_capture --format pcap
	ss-capture-decrypt -fqi -w out c
	same c out
	[ -z "$(/usr/bin/python3 "$read" --secrets out)" ]
}

@test "complete or not at all" {
	make_capture --tls 1301
	size=$(stat -c %s c)
	for n in 0 3 30 $((size / 2)) $((size - 1)); do
		head -c "$n" c >cut
		run -1 ss-capture-decrypt -q -k c.keys -t c.tls -w out cut
		[ ! -e out ]
	done
	echo mine >out
	run -2 --separate-stderr ss-capture-decrypt -q -w out c
	[[ $stderr == *"code: SS-E110"* ]] || [[ $stderr == *"exists"* ]]
	[ "$(cat out)" = mine ]
	annotate
	same c out
	run -2 ss-capture-decrypt -q -w no/where c
	run -2 ss-capture-decrypt -q -fw /dev/full c
	[ -z "$(find . -name '.ss-*')" ]
}

@test "to standard output: only the capture" {
	make_capture --tls 1303
	annotate
	ss-capture-decrypt -k c.keys -t c.tls -w - c >piped 2>err
	cmp out piped
	grep -q '^read: 6 messages' err
	# and from a pipe
	cat c | ss-capture-decrypt -qk c.keys -t c.tls -w - - >piped2
	same c piped2
	diff <(comments out) <(comments piped2)
	run -2 ss-capture-decrypt -i -w - c
	run -2 ss-capture-decrypt -i c
	run -2 ss-capture-decrypt -jw - c
}

@test "a copy of many packets takes no more memory than reading" {
	make_capture --tls 1301 --lines 4000 --stream 8000000
	most() { /usr/bin/time -f %M "$@" 2>&1 >/dev/null | tail -n 1; }
	[ -z "${ASAN_OPTIONS:-}" ] || skip "a sanitizer keeps what was freed"
	command -v /usr/bin/time >/dev/null || skip "no time"
	a=$(most ss-capture-decrypt -qk c.keys -t c.tls c)
	b=$(most ss-capture-decrypt -qk c.keys -t c.tls -w out c)
	echo "$a $b"
	[ "$a" -gt 2000 ]
	same c out
	[ "$b" -lt $((a + 4000)) ]
}
