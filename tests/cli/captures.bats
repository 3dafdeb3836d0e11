#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The shipped captures: each is read as it was, can be annotated, and can be
# made again from its seed.

load common

setup() {
	captures=$BATS_TEST_DIRNAME/../captures
	read=$BATS_TEST_DIRNAME/../interop/pcapng_read.py
	in_folder
	unset SS_KEYLOG SSLKEYLOGFILE SS_LAB
	export TZ=UTC LC_ALL=C.UTF-8
	names=$(cd "$captures" && ls ./*.pcapng | sed 's|^\./||; s|\.pcapng$||')
}

# profile NAME: $lab is the option that opens its records
profile() {
	lab=$(sed -n 's/^# --lab-unsafe /-U /p' "$captures/$1.keys")
	unset SS_LAB
	[ -z "$lab" ] || export SS_LAB=1
}

@test "each capture: three files, small, with both kinds of keys" {
	[ "$(wc -w <<<"$names")" -ge 20 ]
	for n in $names; do
		[ "$(stat -c %s "$captures/$n.pcapng")" -lt 61440 ]
		grep -q '^SECRETSOCKET_EPOCH ' "$captures/$n.keys"
		case $n in
		*-wss) grep -q '_TRAFFIC_SECRET_0 ' "$captures/$n.keys" ;;
		*-ws) lacks "$captures/$n.keys" TRAFFIC_SECRET ;;
		*) false ;;
		esac
		# and is one of those that the script makes
		grep -q "^make_$(tr - _ <<<"$n")()" "$captures/remake"
	done
	for n in $(sed -n 's/^make_\([a-z0-9_]*\)().*/\1/p' "$captures/remake" | tr _ -); do
		[ -f "$captures/$n.txt" ]
	done
}

@test "each capture is read as it was" {
	cd "$captures"
	for n in $names; do
		ours=$BATS_TEST_TMPDIR/ours got=$BATS_TEST_TMPDIR/got
		status=0
		profile "$n"
		ss-capture-decrypt -v $lab -k "$n.keys" "$n.pcapng" >"$got" 2>"$got.err" ||
		    status=$?
		cat "$got.err" >>"$got"
		echo "# exit $status" >>"$got"
		diff "$n.txt" "$got" || { echo "$n"; false; }
		# all are from the lab, and that is said of every record
		grep -E ' -> [a-z]*: (\((epoch|handshake) |Hello|To Bob|Pay|\[600)' "$n.txt" >"$ours"
		[ -s "$ours" ]
		run ! grep -v ' (LAB)$' "$ours"
	done
}

@test "families: what was said is read; attacks: what was changed is refused" {
	cd "$captures"
	for n in $names; do
		case $n in
		attack-*) continue ;;
		wrap-*) grep -q 'alice -> bob: Burn this. (LAB)' "$n.txt"
			grep -q 'alice -> bob: To Bob, from Alice, and he can tell. (LAB)' "$n.txt" ;;
		qkd-*)	grep -q 'alice -> bob: (qubits, 3025 bytes) (LAB)' "$n.txt"
			grep -q 'bob -> alice: (qkd-bases, ' "$n.txt"
			grep -q 'alice -> bob: (qkd-confirm, ' "$n.txt"
			grep -q 'alice -> bob: Nobody had measured these. (LAB)' "$n.txt" ;;
		noise-x-*) grep -q 'alice -> bob: Only I can speak here. (LAB)' "$n.txt" ;;
		*)	grep -q 'alice -> bob: Hello Bob, can anybody else read this? (LAB)' "$n.txt"
			grep -q 'bob -> alice: I will bring two spades — ☺ (LAB)' "$n.txt"
			grep -q 'alice -> bob: \[600 bytes in 1 records, sha256 ' "$n.txt"
			grep -q '^read: 5 messages, 1 stream of 600 bytes' "$n.txt" ;;
		esac
		grep -qx '# exit 0' "$n.txt"
		grep -q '^not read: 0 records' "$n.txt"
	done
	grep -q '^# exit 1' attack-flip-ws.txt
	grep -q 'does not verify' attack-flip-ws.txt
	lacks attack-flip-ws.txt 'Pay 200'
	# where a profile has made them possible, attacks succeed
	grep -q 'alice -> bob: bring 4711 and the key (LAB)' attack-nonce-ws.txt
	grep -q 'alice -> b0b: Pay 100 to Carol. (LAB)' attack-mitm-ws.txt
	grep -q 'al1ce -> bob: Pay 900 to Mallory. (LAB)' attack-mitm-ws.txt
	grep -q 'alice -> bob: Shall I go? (LAB)' attack-reflect-ws.txt
}

@test "without keys nothing of it can be read" {
	for n in $names; do
		ss-capture-decrypt "$captures/$n.pcapng" >got 2>/dev/null || [ $? = 1 ]
		[ ! -s got ] || { echo "$n"; false; }
		lacks "$captures/$n.pcapng" 'treasure\|two spades\|Carol'
	done
}

@test "each, annotated, with its secrets inside: the same packets, no more keys needed" {
	for n in $names; do
		c=$captures/$n
		profile "$n"
		ss-capture-decrypt -fqi $lab -k "$c.keys" -w out "$c.pcapng" >one || [ $? = 1 ]
		diff <(/usr/bin/python3 "$read" "$c.pcapng") <(/usr/bin/python3 "$read" out)
		ss-capture-decrypt -q $lab out >two || [ $? = 1 ]
		diff one two
		/usr/bin/python3 "$read" --comments out >said
		case $n in
		wrap-*) grep -qE 'LAB: .* Family: wrap-(hpke|rsa); AEAD: ' said ;;
		*) grep -q 'Handshake record, [0-9]* bytes. One message of a key agreement. LAB: ' said ;;
		esac
		case $n in qkd-*)
			grep -q 'alice -> bob: a key from light, which is agreed in public. Qubit' said ;;
		esac
		grep -q 'Data record, ' said
	done
}

@test "two texts under one number: both are shown, and it is said" {
	cd "$captures"
	export SS_LAB=1
	c=attack-reinstall-ws
	run -1 --separate-stderr ss-capture-decrypt -U reinstall -k $c.keys $c.pcapng
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[1]} == *'alice -> bob: the gate is 4711. (LAB) (another one of this number)' ]]
	[[ $stderr == *'record 0 came before, and this is another one: a nonce was used twice'* ]]
	# without the key it is seen as well, and so in the copy's comments
	run -1 --separate-stderr ss-capture-decrypt -jw "$BATS_TEST_TMPDIR/out" $c.pcapng
	[ "$(grep -c '"twice":true' <<<"$output")" = 1 ]
	[[ $output == *'a nonce was used twice, or it was changed on the way'* ]]
	/usr/bin/python3 "$read" --comments "$BATS_TEST_TMPDIR/out" >"$BATS_TEST_TMPDIR/said"
	[ "$(grep -c 'another record of this number came before' "$BATS_TEST_TMPDIR/said")" = 1 ]
	# what is only repeated is none
	for n in attack-replay-ws noise-xx-wss; do
		ss-capture-decrypt -jv -k $n.keys $n.pcapng >"$BATS_TEST_TMPDIR/said"
		lacks "$BATS_TEST_TMPDIR/said" twice
	done
}

@test "thieves of the shipped captures' parties" {
	# -p is not needed: Alice and Bob log in
	for who in alice bob; do
		run -0 --separate-stderr ss-capture-decrypt -A $who \
		    -k "$captures/noise-kk-wss.keys" "$captures/noise-kk-wss.pcapng"
		[ "${#lines[@]}" = 6 ]
		[[ $stderr == *"as $who: 6 of 6 records read"* ]] ||
		    [[ $stderr == *"as $who: "[0-9]*" of "[0-9]*" records read, "*"; all of it is from or to the id "* ]]
	done
	run -0 --separate-stderr ss-capture-decrypt -A carol \
	    -k "$captures/noise-kk-wss.keys" "$captures/noise-kk-wss.pcapng"
	[ -z "$output" ]
	[[ $stderr == *"nobody of that name was seen to log in"* ]]
	run -0 --separate-stderr ss-capture-decrypt -A relay \
	    -k "$captures/noise-kk-wss.keys" "$captures/noise-kk-wss.pcapng"
	[[ $output != *treasure* ]]
	[[ $output == *'alice -> relay: {"type":"hello","name":"alice"'* ]]
}

@test "thieves of the shipped captures: keys from the same seeds" {
	export SS_LAB=1
	steal() { # CAPTURE WHOM OPTION...: what that one's key opens
		local n=$1 whom=$2
		shift 2
		for w in alice bob; do
			rm -f $w.key
			ss-keygen -n $w "$@" -Z "$n" -o $w.key 2>/dev/null
			ss-keygen -p $w.key >$w.pub
		done
		ss-capture-decrypt -q -U seeded -A thief -S $whom.key -p alice.pub \
		    -p bob.pub "$captures/$n.pcapng" 2>err | sed 's/.*: //' >got
	}
	steal noise-x-ws bob
	grep -qx 'Only I can speak here. (LAB)' got
	steal wrap-hpke-ws bob
	[ "$(wc -l <got)" = 3 ]
	grep -q 'thief: epoch .*: derived from what was stolen' err
	steal wrap-hpke-ws alice
	[ ! -s got ]
	grep -q 'thief: epoch .*: not wrapped to this key' err
	steal wrap-rsa-ws bob -s 2048
	[ "$(wc -l <got)" = 3 ]
	for n in noise-kk-ws noise-xx-ws signed-ws; do
		steal $n bob
		[ ! -s got ]
		grep -q 'thief: handshake .*: the first message can be read; the next needs' err
	done
	steal x3dh-ws bob
	[ ! -s got ]
	grep -q 'thief: handshake .*: nothing, the responder needs its prekeys' err
}

@test "made again from their seeds: the same records and epoch keys" {
	[ -x "$B/tests/demo/recorder" ] || skip "no recorder"
	"$captures/remake" -n noise-xx-ws signed-wss psk-ws x3dh-ws \
	    wrap-hpke-wss attack-flip-ws attack-mitm-ws
}
