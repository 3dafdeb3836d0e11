#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The dissector in Lua: the same fields as the one in C, without and with the
# library that decrypts; the profile; how all of it is installed.

bats_require_minimum_version 1.5.0

setup_file() {
	command -v tshark >/dev/null || skip 'tshark is not installed'
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	case ${B:=build} in /*) ;; *) B=$top/$B ;; esac
	[ -f "$B/dissector/secretsocket.so" ] ||
	    skip 'make dissector has not been run'
	# a folder that nobody may enter: tshark runs as such a user
	D=$(mktemp -d "${TMPDIR:-/tmp}/ss-lua.XXXXXX")
	chmod 755 "$D"
	export top B D
	cd "$D"
	umask 022
	"$top/tests/dissector/samples" s
	/usr/bin/python3 "$top/tests/dissector/mutate.py" good.pcap \
	    "$(cat s/*.rec >all && . "$BATS_TEST_DIRNAME/common.bash" &&
	    echo $((2 * $(records all | wc -l))))" 1 s/*.rec
	cp s/epoch.keys .
	/usr/bin/python3 "$top/tests/interop/capture_gen.py" -o c \
	    --format pcapng --tls 1301 --lines 40 --rekey 7 \
	    --text 'line %d: what the relay cannot read'
	cat c.tls c.keys >c.all
	chmod a+r ./*
}

teardown_file() {
	[ -z "${D:-}" ] || rm -rf "$D"
}

setup() {
	cd "$D"
	so=$B/dissector/secretsocket.so
	crypto=$B/dissector/secretsocket_crypto.so
	lua=$top/dissector/secretsocket.lua
}

shark() {
	"$top/tests/dissector/tshark" "$@"
}
in_lua() {
	shark -p "$lua" -p "$crypto" "$@"
}
fields() {
	"$top/tests/dissector/fields" "$@"
}
# alike CAPTURE KEYS: C and Lua say the same; it is left in `said`
alike() {
	fields -t -k "$2" -p "$so" "$1" >said.c
	fields -t -k "$2" -p "$lua" -p "$crypto" "$1" >said
	[ -s said ]
	diff said.c said
}

@test "the table inside the file is the one of the source" {
	B=$B run -0 "$top/dissector/refresh" --check
	mkdir stale
	cp -r "$top/dissector" stale/
	sed -i 's/Sequence number/Number/' stale/dissector/secretsocket.lua
	B=$B run -1 stale/dissector/refresh --check
	[[ $output == *'Sequence number'* ]]
	B=$B run -0 stale/dissector/refresh
	cmp stale/dissector/secretsocket.lua "$lua"
}

@test "Lua finds the fields that C finds: every type of record" {
	alike good.pcap epoch.keys
	for name in handshake handshake.e handshake.s_sealed \
	    handshake.commitment handshake.one_time_prekey ratchet \
	    ratchet.mac data data.flags.final data.ciphertext route.name \
	    data.plaintext data.plaintext_bytes data.padding; do
		grep -q " secretsocket.$name\( \|$\)" said || {
			echo "no $name"
			return 1
		}
	done
}

@test "Lua finds the fields that C finds: over TLS and WebSocket" {
	alike c c.all
	grep -q ' secretsocket.control.type hello$' said
	grep -q ' secretsocket.data.plaintext line 17: what the' said
}

@test "Lua walks every Noise suite as C does" {
	/usr/bin/python3 - >suites.pcap <<-'END'
	import struct, sys
	out = sys.stdout.buffer
	out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 252))
	def put(suite, step, n):
	    body = struct.pack(">BHB8sB", 1, suite, 0, b"run id 8", step)
	    body += bytes(range(1, n + 1))
	    p = struct.pack(">HH12sHH", 12, 12, b"secretsocket", 0, 0) \
	        + b"SS\x01\x01" + struct.pack(">I", len(body)) + body
	    out.write(struct.pack("<IIII", 1, 0, len(p), len(p)) + p)
	for pattern in range(40):
	    for psks in range(16):
	        for step in range(5):
	            put(pattern << 8 | psks << 4 | 1, step, 150)
	        put(pattern << 8 | psks << 4 | psks % 4, psks % 3, 7 * psks)
	END
	alike suites.pcap epoch.keys
	[ "$(grep -c 'handshake.payload_sealed ' said)" -gt 900 ]
	[ "$(grep -c 'handshake.payload ' said)" -gt 20 ]
}

@test "what was sealed is what Lua shows" {
	in_lua -r good.pcap -o secretsocket.keylog_file:epoch.keys \
	    -Y 'secretsocket.data && !secretsocket.route' -T fields \
	    -E occurrence=a -e secretsocket.data.plaintext_bytes |
	    perl -ne 'chomp; print pack "H*", $_' >opened
	for f in lines bytes padded; do
		perl -e 'local $/; open A, "<", "opened"; open B, "<", shift;
		    exit(index(<A>, <B>) < 0)' "s/$f.txt"
	done
	[ "$(stat -c %s opened)" = "$(cat s/*.txt | wc -c)" ]
}

@test "without the library: fields, and nothing that needs a key" {
	fields -k epoch.keys -p "$lua" good.pcap >alone
	fields -k epoch.keys -p "$lua" -p "$crypto" good.pcap >both
	grep -q secretsocket.data.verified both
	grep -vE 'secretsocket\.(data\.(plaintext|plaintext_bytes|padding)|[a-z0-9_]+\.verified|expert\.wrong_tag)\b' \
	    both >less
	diff less alone
}

@test "without a key log nothing is opened or judged" {
	fields -p "$lua" -p "$crypto" good.pcap >none
	grep -q secretsocket.data.ciphertext none
	run -1 grep -E '\.(plaintext|verified)( |$)' none
}

@test "a record that was changed does not verify, and shows no text" {
	. "$BATS_TEST_DIRNAME/common.bash"
	pick s/padded.rec 0 >one.rec
	pick s/padded.rec 1 >two.rec
	flip two.rec 300 >changed.rec
	/usr/bin/python3 "$top/tests/dissector/mutate.py" changed.pcap 3 1 \
	    one.rec two.rec changed.rec
	in_lua -r changed.pcap -o secretsocket.keylog_file:epoch.keys \
	    -T fields -e secretsocket.data.verified \
	    -e secretsocket.data.plaintext -e secretsocket.expert.wrong_tag \
	    >verdicts
	[ "$(cut -f 1,2 verdicts | sed -n 2p)" = $'1\ta padded text' ]
	[ "$(cut -f 1,2 verdicts | sed -n 3p)" = $'2\t' ]
	[ -n "$(cut -f 3 verdicts | sed -n 3p)" ]
}

@test "a key log is read on while it grows, also half lines" {
	grep SECRETSOCKET epoch.keys | head -n 1 >line
	head -c 100 line >grows
	chmod a+r grows
	size=$(stat -c %s good.pcap)
	{
		cat good.pcap
		sleep 3
		tail -c +101 line >>grows
		tail -c +25 good.pcap
	} | in_lua -r - -o "secretsocket.keylog_file:$D/grows" -T fields \
	    -e secretsocket.data.verified >live
	half=$(($(wc -l <live) / 2))
	run -1 grep -q 1 <(head -n $half live)
	tail -n $half live | grep -q 1
}

@test "where the C plugin is loaded, Lua steps aside" {
	fields -k epoch.keys -p "$so" good.pcap >c.only
	fields -k epoch.keys -p "$so" -p "$lua" -p "$crypto" good.pcap >c.lua
	diff c.only c.lua
	grep -q secretsocket.data.introduced_in c.only
	fields -k epoch.keys -p "$lua" -p "$crypto" good.pcap >lua.only
	run -1 cmp -s c.only lua.only
}

@test "one file is enough: -X lua_script" {
	cp "$lua" here.lua
	chmod a+r here.lua
	shark -X lua_script:"$D/here.lua" -r good.pcap -Y secretsocket.data \
	    -T fields -e secretsocket.data.tag >tags
	[ "$(grep -c . tags)" -gt 5 ]
}

@test "5,000 damaged records raise no error in Lua, in one pass or two" {
	/usr/bin/python3 "$top/tests/dissector/mutate.py" bad.pcap 5000 7 \
	    s/*.rec
	chmod a+r bad.pcap
	for passes in '' -2; do
		# shellcheck disable=SC2086
		in_lua $passes -r bad.pcap -V \
		    -o secretsocket.keylog_file:epoch.keys >told 2>errors
		run -1 grep -iE 'lua error|dissector bug|stack traceback' \
		    told errors
		[ "$(grep -c '^SecretSocket' told)" = 5000 ]
		grep -q 'Malformed' told
	done
}

@test "what docs/wireshark.md shows is what one sees" {
	mkdir bin
	# our script looks for tshark in PATH: not for itself
	printf '#!/bin/sh\nPATH="%s" exec "%s" -p "%s" "$@" 2>/dev/null\n' \
	    "$PATH" "$top/tests/dissector/tshark" "$so" >bin/tshark
	chmod +x bin/tshark
	sed 's/^```console skip/```console/' "$top/docs/wireshark.md" >w.md
	[ "$(grep -c '^\$ tshark' w.md)" -ge 5 ]
	PATH=$D/bin:$PATH B=$B run -0 "$top/tests/transcript" w.md
}

@test "every warning that C can give stands in docs/wireshark.md" {
	grep -o 'X(SS_X_[A-Z_]*, "[a-z_]*"' "$top/dissector/expert.c" |
	    cut -d'"' -f2 | sort >known
	[ "$(wc -l <known)" -gt 9 ]
	sed -n 's/^| `\([a-z_]*\)` | .*SS-E.*/\1/p' "$top/docs/wireshark.md" |
	    sort | diff known -
}

# profile_with FILE...: tshark with these dissectors, and the profile
profile_with() {
	rm -rf home
	make -s -C "$top" B="$B" HOME="$D/home" install-dissector-user
	plugins=home/.local/lib/wireshark/plugins
	[ "$1" = C ] || rm $plugins/*/epan/secretsocket.so
	[ "$1" = Lua ] || rm $plugins/secretsocket.lua
	chmod -R a+rX home
}
with_profile() {
	local as=
	[ "$(id -u)" != 0 ] ||
	    as='setpriv --reuid=65534 --regid=65534 --clear-groups'
	$as env HOME="$D/home" tshark -C SecretSocket "$@"
}

@test "the profile loads without a word, and its filters are valid" {
	p=$top/dissector/profile
	{
		sed -n 's/^@[^@]*@\([^@]*\)@\[.*/\1/p' "$p/colorfilters"
		sed -n 's/^"TRUE","[^"]*","\([^"]*\)",".*/\1/p' \
		    "$p/dfilter_buttons"
	} >filters
	[ "$(wc -l <filters)" = "$(grep -c '^[@"]' "$p/colorfilters" \
	    "$p/dfilter_buttons" | awk -F: '{ n += $2 } END { print n }')" ]
	for which in C Lua; do
		profile_with $which
		run -0 --separate-stderr with_profile -r c \
		    -o tls.keylog_file:c.tls -Y secretsocket.data --color
		[ -z "$stderr" ]
		[[ "${lines[0]}" == *bob*introducer* ]]
		# one invalid filter spoils them all
		run -0 --separate-stderr with_profile -r c -c 1 \
		    -Y "$(sed 's/.*/(&)/' filters | paste -sd'|' |
		    sed 's/)|(/) || (/g')"
		[ -z "$stderr" ]
		with_profile -r c -o tls.keylog_file:c.tls --color -T fields \
		    -e frame.coloring_rule.name | sort -u | tr '\n' , >colours
		[[ $(<colours) == *'All that carries it,Control message,Opens an epoch,Sealed,' ]]
		with_profile -r c -o tls.keylog_file:c.tls --color -T fields \
		    -o secretsocket.keylog_file:c.keys \
		    -e frame.coloring_rule.name | grep -qx 'Read with its key'
	done
	run -2 --separate-stderr with_profile -r c -Y 'secretsocket.nothing'
}

@test "installed and taken away again, for the system and for one user" {
	for who in '' -user; do
		make -s -C "$top" B="$B" HOME=/home/x DESTDIR="$D/root" \
		    install-dissector$who
		(cd root && find . -type f) | sort >there
		for f in epan/secretsocket.so secretsocket_crypto.so \
		    secretsocket.lua profiles/SecretSocket/preferences \
		    profiles/SecretSocket/colorfilters \
		    profiles/SecretSocket/dfilter_buttons; do
			grep -q "/$f\$" there
		done
		[ -z "$who" ] || ! grep -qv '^\./home/x/' there
		make -s -C "$top" B="$B" HOME=/home/x DESTDIR="$D/root" \
		    uninstall-dissector$who
		[ -z "$(find root -type f)" ]
	done
}

@test "the library refuses what is no line and no record" {
	cat >try.lua <<-'END'
	local crypto = require "secretsocket_crypto"
	print(crypto.epoch("# a comment\n"))
	print(crypto.epoch("SECRETSOCKET_EPOCH 00 ratchet chachapoly\n"))
	local f = io.open("epoch.keys")
	for line in f:lines() do
	    local epoch, id, family, aead = crypto.epoch(line)
	    if epoch then
	        print(#id, family, aead, epoch:open("SS"))
	        print(pcall(epoch.open, 7))
	        print(select(2, epoch:verify("")))
	        break
	    end
	end
	END
	cp "$crypto" .
	chmod a+r try.lua secretsocket_crypto.so
	SS_TSHARK_ENV="LUA_CPATH=$D/?.so" shark -X lua_script:"$D/try.lua" \
	    -r c -c 1 >tried
	[ "$(sed -n 1p tried)" = nil ]
	[ "$(sed -n 2p tried)" = $'nil\tnot in the expected format' ]
	[ "$(sed -n 3p tried)" = \
	    $'16\tratchet\taesgcm\tnil\tthe input ends too early\tfalse' ] ||
	[ "$(sed -n 3p tried)" = \
	    $'16\tratchet\tchachapoly\tnil\tthe input ends too early\tfalse' ]
	grep -q '^false.*bad argument' tried
	[ "$(wc -l <tried)" -ge 5 ]
}
