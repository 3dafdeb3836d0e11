#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-explain: every artifact that the commands make, whole and damaged.

bats_require_minimum_version 1.5.0

# One set of artifacts for all tests, which only read it.
setup_file() {
	cd "$BATS_FILE_TMPDIR"
	ss-keygen -n alice -o alice.key
	ss-keygen -n bob -o bob.key
	ss-keygen --public alice.key >alice.pub
	ss-keygen --public bob.key >bob.pub
	echo 'correct horse' >phrase
	ss-keygen -n carol --passphrase-fd 9 -o carol.key 9<phrase
	ss-handshake noise:KK -i -k alice.key -p bob.pub -S alice.hs >m1
	cp alice.hs state.hs
	ss-handshake noise:KK -r -k bob.key -p alice.pub -o bob.sess <m1 >m2
	ss-handshake -S alice.hs -o alice.sess <m2
	ss-handshake noise:IX -i -k alice.key -S ix.hs >ix1
	echo 'hello bob' | ss-seal -s alice.sess --keylog epoch.keys >note.ss
	printf 'a\nb\nc\n' |
	    ss-seal -s alice.sess --lines --rekey-after 2 -a >lines.ss
	head -c 70000 /dev/zero | ss-seal -s alice.sess >big.ss
} 2>/dev/null

setup() {
	cd "$BATS_FILE_TMPDIR"
	export TERM=dumb
}

# The rows of a sheet in JSON tile each record: no gap, no overlap, and the
# bytes put together are the input.
tiles() {
	ss-explain --json "$1" | python3 -c '
import json, sys
data = open(sys.argv[1], "rb").read()
at = count = 0
for line in sys.stdin:
    part = json.loads(line)
    assert part["offset"] == at, "a record lies elsewhere"
    off = 0
    for row in part["rows"]:
        assert row["offset"] == off, row
        assert len(row["hex"]) == 2 * row["length"], row
        assert bytes.fromhex(row["hex"]) == \
            data[at + off:at + off + row["length"]], row
        assert row["sentence"] and row["label"] and row["section"], row
        off += row["length"]
    assert off == part["length"]
    at += off
    count += 1
assert at == len(data)
print(count)' "$1"
}

@test "a handshake message from standard input" {
	run -0 --separate-stderr ss-explain <m1
	[ -z "$stderr" ]
	[[ $output == *"Handshake record, 69 bytes"* ]]
	[[ $output == *"KK, chachapoly"* ]]
	[[ $output == *"Ephemeral key"*"token e"*"Tag"* ]]
}

@test "every byte of every record has one row" {
	[ "$(tiles m1)" = 1 ]
	[ "$(tiles m2)" = 1 ]
	[ "$(tiles note.ss)" = 2 ]
	[ "$(tiles big.ss)" = 3 ]
	cat m1 m2 note.ss big.ss >all.ss
	[ "$(tiles all.ss)" = 7 ]
}

@test "values stand in words" {
	run -0 ss-explain note.ss
	[[ $output == *"Type "*"02"*"introducer"* ]]
	[[ $output == *"zero: a stream begins here"* ]]
	[[ $output == *"Ciphertext"* ]]
	[[ $output == *"Flags "*"01"*"FINAL"* ]]
}

@test "an identity in the clear is read out" {
	run -0 ss-explain ix1
	[[ $output == *'the identity of "alice"'* ]]
	[[ $output == *"IX, chachapoly"* ]]
}

@test "armor is detected, and mixes with binary" {
	cat lines.ss note.ss >mixed.ss
	run -0 ss-explain mixed.ss
	[[ $output == *"(armored)"* ]]
	[ "$(grep -c '^[0-9]*\. Data record' <<<"$output")" = 5 ]
	[ "$(grep -c '^[0-9]*\. Introducer' <<<"$output")" = 3 ]
	[[ $output == *"LINES"* ]]
}

@test "80 columns, and as many as are asked for" {
	for f in m1 note.ss lines.ss big.ss alice.pub alice.key alice.sess \
	    state.hs epoch.keys; do
		for w in 40 60 80; do
			ss-explain -l -w $w $f | awk -v w=$w '
				/^offset length|^[0-9]*\. |^ +[0-9]+ +[0-9]+  / {
					if (w < 80) next # set as it is
				}
				length($0) > w { print; bad = 1 }
				END { exit bad }'
		done
	done
}

@test "long fields are abbreviated, or shown in full" {
	run -0 ss-explain big.ss
	[[ $output == *"more, shown by --full"* ]]
	(( ${#lines[@]} < 200 ))
	run -0 ss-explain --full big.ss
	[[ $output != *"shown by --full"* ]]
	(( ${#lines[@]} > 2000 ))
}

@test "a public key: its parts and its fingerprint" {
	run -0 ss-explain alice.pub
	[[ $output == *"Ed25519 key"*"X25519 key"*"Checksum"* ]]
	digits=$(ss-keygen --fingerprint alice.pub | grep -Eo '[0-9]{5}' |
	    head -1)
	[[ $output == *"$digits"* ]]
	run -0 ss-explain <alice.pub
}

@test "a key file, a session, a state: secrets are hidden" {
	for f in alice.key alice.sess state.hs; do
		run -0 ss-explain $f
		[[ $output == *"[secret, 32 bytes]"* ]]
		for w in $(secrets $f); do
			[[ ${output//[$'\n ']/} != *"$w"* ]]
		done
		run -0 ss-explain --json $f
		for w in $(secrets $f); do
			[[ $output != *"$w"* ]]
		done
		run -0 ss-explain --show-secrets --json $f
		for w in $(secrets $f); do
			[[ $output == *"$w"* ]]
		done
	done
}
secrets() {
	awk '/^(ed25519|x25519|root|send-chain|own-ratchet|write):/ {
		print $2; n++ } END { exit !n }' "$1"
}

@test "every line of these files is known" {
	for f in alice.key carol.key alice.sess bob.sess state.hs; do
		run -0 --separate-stderr ss-explain --json $f
		[ -z "$stderr" ]
		lines=$(grep -c . $f)
		[ "$(grep -o '"sentence"' <<<"$output" | wc -l)" = \
		    $((lines + 1)) ]
	done
}

@test "a key log, with TLS secrets in it" {
	r=$(printf '%064d' 7)
	{ cat epoch.keys
	  echo "CLIENT_TRAFFIC_SECRET_0 $r $(printf '%064d' 8)"; } >both.keys
	run -0 ss-explain both.keys
	[[ $output == *"Epoch key"*"[secret, 32 bytes]"* ]]
	[[ $output == *"follows from the epoch key"* ]]
	[[ $output == *"Client's traffic secret"* ]]
	[[ $output != *"$(printf '%064d' 8)"* ]]
}

@test "an epoch key that does not fit its id" {
	sed 's/chachapoly ./chachapoly z/' epoch.keys >bad.keys
	run -1 --separate-stderr ss-explain bad.keys
	[[ $stderr == *"SS-E102"* ]]
}

@test "a capture is named, and who reads it" {
	printf '\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0' >c.pcap
	run -0 ss-explain c.pcap
	[[ $output == *"little-endian"*"Ethernet"*"ss-capture-decrypt"* ]]
	printf '\x0a\x0d\x0d\x0a\x1c\0\0\0' >c.pcapng
	run -0 ss-explain c.pcapng
	[[ $output == *"pcapng"*"ss-capture-decrypt"* ]]
	run -1 ss-explain <(head -c 20 c.pcap)
}

@test "error codes" {
	run -0 ss-explain SS-E103
	[[ $output == "SS-E103: authentication failed (exit status 1)"* ]]
	[[ $output == *"hint:"* ]]
	run -0 ss-explain ss-e201 SS-E101
	[[ $output == *"SS-E201"*"SS-E101"* ]]
	run -2 --separate-stderr ss-explain SS-E999
	[[ $stderr == *"SS-E201"* ]]
}

@test "all error codes at once" {
	run -0 ss-explain --errors
	n=$(grep -c '^	SS_ERR_.* = [12]' "$BATS_TEST_DIRNAME/../../lib/proto/err.h")
	[ "$(grep -c '^SS-E[12]' <<<"$output")" = "$n" ]
}

@test "a record cut anywhere: where it ends, exit 1" {
	size=$(stat -c %s note.ss)
	for at in 1 7 8 9 100 171 173 180 185 $((size - 1)); do
		head -c $at note.ss >cut.ss
		run -1 --separate-stderr ss-explain cut.ss
		[[ $stderr == *"code: SS-E101"* ]]
		[[ $output == *"wrong here"* ]]
		flat=$(tr -s '\n ' ' ' <<<"$output")
		[[ $flat == *"byte $((at < 172 ? at : at - 172)) of the "* ||
		    $flat == *"the body is missing"* ]]
	done
}

# flip FILE OFFSET BYTE - one byte of a copy is another one
flip() {
	cp "$1" flipped
	printf "\\x$3" | dd of=flipped bs=1 seek="$2" conv=notrunc status=none
}

@test "a wrong header: the field that is wrong" {
	flip note.ss 2 02; run -1 --separate-stderr ss-explain flipped
	[[ $stderr == *"SS-E104"* && $output == *"only version 1 is known"* ]]
	flip note.ss 3 09; run -1 --separate-stderr ss-explain flipped
	[[ $stderr == *"SS-E102"* && $output == *"the types are"* ]]
	flip note.ss 4 ff; run -1 --separate-stderr ss-explain flipped
	[[ $stderr == *"SS-E105"* && $output == *"131,064"* ]]
	flip note.ss 172 ff; run -1 --separate-stderr ss-explain flipped
	[[ $stderr == *"from byte 172 on"*"SS-E102"* ]]
	[[ $output == *"begins with the letters SS"* ]]
}

@test "a field that cannot be: unknown flags, cipher, family" {
	flip note.ss 11 40; run -1 --separate-stderr ss-explain flipped
	[[ $output == *"unknown bits 40"* && $stderr == *"SS-E102"* ]]
	flip note.ss 9 07; run -1 --separate-stderr ss-explain flipped
	[[ $output == *"unknown"* && $stderr == *"SS-E102"* ]]
	flip note.ss 8 09; run -1 --separate-stderr ss-explain flipped
	[[ $output == *"no introducer of this family"* ]]
}

@test "LAB records are explained, loudly" {
	flip note.ss 3 82
	run -0 ss-explain --json flipped
	[[ $output == *"introducer, LAB"*"normal readers refuse it"* ]]
}

@test "damaged armor: what can be read is named" {
	head -1 lines.ss | cut -c 1-100 >cut.armor
	run -1 --separate-stderr ss-explain cut.armor
	[[ $output == *"Introducer"* && $output == *"missing"* ]]
	[[ $stderr == *"SS-E1"* ]]
	sed '1s/^\(.\{60\}\)./\1!/' lines.ss >bad.armor
	run -1 --separate-stderr ss-explain bad.armor
	[[ $stderr == *"the first 60 are base64"* ]]
	# the other lines are explained all the same
	[ "$(grep -c '^[0-9]*\. Data record' <<<"$output")" = 4 ]
}

@test "damaged keys and files" {
	sed 's/alice/alicf/' alice.pub >bad.pub
	run -1 --separate-stderr ss-explain bad.pub
	[[ $stderr == *"SS-E115"* && $output == *"checksum"* ]]
	sed 's/v1/v2/' alice.pub >v2.pub
	run -1 --separate-stderr ss-explain v2.pub
	[[ $stderr == *"SS-E104"* ]]
	grep -v '^end' alice.sess >cut.sess
	run -1 --separate-stderr ss-explain cut.sess
	[[ $stderr == *"SS-E101"* ]]
	sed 's/: 1$/: 2/' alice.sess >v2.sess
	run -1 --separate-stderr ss-explain v2.sess
	[[ $stderr == *"SS-E104"* ]]
	{ cat alice.key; echo 'more: of it'; } >long.key
	run -1 --separate-stderr ss-explain long.key
	[[ $stderr == *"SS-E102"* ]]
}

@test "an unknown line might be a secret" {
	sed '2i master-secret: 0123456789abcdef' alice.sess >odd.sess
	run -1 ss-explain odd.sess
	[[ $output == *"master-secret"* && $output != *"0123456789abcdef"* ]]
}

@test "nothing, and nothing that is known" {
	run -1 --separate-stderr ss-explain </dev/null
	[[ $stderr == *"SS-E113"* ]]
	for text in 'hello' '#!/bin/sh' $'\x7fELF' 'S' ; do
		run -1 --separate-stderr ss-explain <<<"$text"
		[[ $stderr == *"SS-E102"* ]]
		[ -z "$output" ]
	done
	run -2 --separate-stderr ss-explain no-such-file
	[[ $stderr == *"SS-E202"* ]]
}

@test "text from the input cannot speak to the terminal" {
	esc=$'\033]0;pwned\a\033[31m'
	{ head -3 alice.key; echo "x${esc}y: z"; } >evil.key
	{ head -2 alice.key; echo "name${esc}: z"; } >evil2.key
	echo "ss-pub-v1:al${esc}ice:AAAA" >evil.pub
	for f in evil.key evil2.key evil.pub; do
		run -1 ss-explain $f
		[[ $output != *$'\033'* ]]
		run -1 ss-explain --html $f
		[[ $output != *$'\033'* ]]
	done
}

@test "JSON is JSON, also of damaged input" {
	head -c 100 note.ss >cut.ss
	echo 'ss-pub-v1:"<b>\:AAAA' >evil.pub
	for f in m1 note.ss lines.ss alice.pub alice.key state.hs epoch.keys \
	    cut.ss evil.pub SS-E103; do
		ss-explain --json $f 2>/dev/null | python3 -c '
import json, sys
n = [json.loads(line) for line in sys.stdin]
assert n and all(part["rows"] for part in n)'
	done
}

@test "HTML: one page, well formed, no script, nothing loaded" {
	printf 'ss-pub-v1:<script>:AAAA\n' >evil.pub
	run -1 ss-explain --html note.ss alice.key evil.pub
	[[ $output == "<!DOCTYPE html>"* ]]
	[[ $output != *"<script"* && $output != *"http:"* ]]
	[[ $output == *"&lt;script&gt;"* ]]
	python3 -c '
import sys, html.parser
class P(html.parser.HTMLParser):
    stack = []
    def handle_starttag(self, tag, attrs):
        if tag in ("table", "tr", "h1", "h2", "p", "details", "b", "i",
                "style", "html", "title", "summary", "code"):
            self.stack.append(tag)
    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag, tag
p = P()
p.feed(sys.stdin.read())
p.close()
assert not p.stack, p.stack' <<<"$output"
}

@test "no colours into a pipe, and none with NO_COLOR" {
	export TERM=xterm
	run -0 ss-explain note.ss
	[[ $output != *$'\033'* ]]
	run -0 script -qec "ss-explain note.ss" /dev/null
	[[ $output == *$'\033[1m'* ]]
	NO_COLOR=1 run -0 script -qec "ss-explain note.ss" /dev/null
	[[ $output != *$'\033'* ]]
}

@test "tables in Markdown" {
	run -0 ss-explain --tables data
	[[ $output == *"| 33 | n | \`ciphertext\`"* ]]
	[[ $output == *"| 33+n | 16 | \`tag\`"* ]]
	run -1 --separate-stderr ss-explain --tables nothing
	[[ $stderr == *"SS-E102"* ]]
}

@test "misuse" {
	run -2 ss-explain --width 20 m1
	run -2 ss-explain --width x m1
	run -2 ss-explain --errors m1
	run -2 ss-explain --no-such-option
}

@test "a full disk is exit 2" {
	run -2 --separate-stderr bash -c 'ss-explain note.ss >/dev/full'
	[[ $stderr == *"SS-E202"* ]]
}

@test "the long words are in no filter" {
	for c in ss-seal ss-open; do
		f=$(command -v $c)
		run ! grep -q "How well it is hidden depends" "$f"
		run ! grep -q "turn .pay 100" "$f"
	done
	grep -q "How well it is hidden depends" "$(command -v ss-explain)"
}
