# SPDX-License-Identifier: ISC
#
# The demo is the whole of the toolkit in one run, with a real relay and a
# real capture: what it shows must be so.

bats_require_minimum_version 1.5.0

setup() {
	top=$BATS_TEST_DIRNAME/../..
	B=${B:-$top/build}
	cd "$BATS_TEST_TMPDIR"
	export B TMPDIR=$BATS_TEST_TMPDIR
}

shows() {
	grep -qF -- "$1" shown || { echo "missing: $1"; tail -20 shown; return 1; }
}

# what the demo prints, whoever records
convinces() {
	shows 'alice -> bob: The treasure is under the old oak.'
	shows 'bob -> alice: I will bring two spades.'
	shows 'the same bytes arrived'
	[ "$(grep -c ': nothing$' shown)" = 3 ]
	shows '[10485760 bytes in 161 records'
	[ "$(grep -c 'read: 0 messages' shown)" = 3 ]
	shows 'read: 6 messages, 1 stream of 10485760 bytes'
	run ! grep -q missing shown
	[ "$(awk 'length > 80 && !/sha256/' shown | wc -l)" = 0 ]
	cd secretsocket-demo.*
	run ! grep -qa 'two spades' demo.pcapng
	# nothing is left running
	run ! pgrep -f "$PWD"
}

@test "the demo, recorded by dumpcap or tcpdump where that is permitted" {
	"$top/tests/demo/run" >shown 2>&1 || { tail -5 shown; false; }
	grep -qE 'by (dumpcap|tcpdump)' shown || skip "nobody may capture here"
	convinces
	# another reader finds the same records inside TLS
	command -v tshark >/dev/null || skip "no tshark"
	port=$(sed -n 's/^ *url: .*:\([0-9]*\).*/\1/p' ../shown)
	tshark -r demo.pcapng -d "tcp.port==$port,tls" \
	    -o "tls.keylog_file:$PWD/tls.keys" \
	    -o tcp.reassemble_out_of_order:TRUE -Y 'data.data' \
	    -T fields -e data.data 2>/dev/null | tr , '\n' >theirs
	ss-capture-decrypt -a -j -v -t tls.keys -k epoch.keys demo.pcapng \
	    >ours 2>/dev/null
	/usr/bin/python3 - <<'PY'
import json
theirs, ours = {}, {}
for line in open("theirs"):
    b = bytes.fromhex(line.strip())
    if not b or b[0] != 1:
        continue
    at = 26 + b[1]
    while at < len(b):
        n = 8 + int.from_bytes(b[at + 4:at + 8], "big")
        if b[at + 3] == 3:
            k = b[at + 8:at + 24].hex(), int.from_bytes(b[at + 24:at + 32], "big")
            theirs[k] = theirs.get(k, 0) + 1
        at += n
for g in map(json.loads, open("ours")):
    if "sequence" in g:
        k = g["epoch"], g["sequence"]
        ours[k] = ours.get(k, 0) + 1
print(len(theirs), len(ours))
# on a busy machine the capture has gaps that tshark does not read behind
assert len(ours) == 169 and set(theirs) <= set(ours), (len(ours), len(theirs))
assert len(theirs) >= 8, len(theirs)
PY
}

@test "the demo, recorded by the bundled recorder where it is not" {
	mkdir none
	for tool in dumpcap tcpdump; do
		printf '#!/bin/sh\nexit 1\n' >none/$tool
		chmod +x none/$tool
	done
	# its own binaries come first, so these stand before the system's
	PATH=$PWD/none:$PATH "$top/tests/demo/run" >shown 2>&1 || { tail -5 shown; false; }
	shows 'by the bundled recorder'
	convinces
}
