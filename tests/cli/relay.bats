#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-relay: its start and end, its limits, and peers that do not behave.

bats_require_minimum_version 1.5.0

setup() {
	peer="$BATS_TEST_DIRNAME/../fault/relay_peer.py"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	[ ! -f relay.pid ] || kill "$(cat relay.pid)" 2>/dev/null || true
}

# start [OPTION...]: a relay on a free port; sets url, pin, port
start() {
	rm -f ready
	mkfifo ready
	ss-relay -l 127.0.0.1:0 -d state -r 3 "$@" \
	    3>ready >out 2>err </dev/null &
	echo $! >relay.pid
	url= pin=
	while read -r what value; do
		case $what in url:) url=$value ;; pin:) pin=$value ;; esac
	done <ready
	port=${url##*:}
	port=${port%/}
}

# under COMMANDS: every further ss-relay in this test starts after these
under() {
	mkdir -p bin
	printf '#!/bin/bash\n%s\nexec %s "$@"\n' "$1" \
	    "$(command -v ss-relay)" >bin/ss-relay
	chmod +x bin/ss-relay
	PATH=$PWD/bin:$PATH
}

stop() {
	kill -TERM "$(cat relay.pid)"
	wait "$(cat relay.pid)"
	rm relay.pid
}

need_websockets() {
	/usr/bin/python3 -c 'import websockets' 2>/dev/null ||
	    skip "python3-websockets is missing"
}

need_curl() {
	command -v curl >/dev/null || skip "curl is missing"
}

# page PATH: what a plain GET shows; without curl only that somebody answers
page() {
	command -v curl >/dev/null ||
	    exec openssl s_client -connect "127.0.0.1:$port" </dev/null
	curl -sk "https://127.0.0.1:$port/$1"
}

peer() {
	need_websockets
	run -0 timeout 30 /usr/bin/python3 "$peer" "$port" "$@"
}

@test "prints URL and pin, to stdout and the descriptor, and accepts" {
	start
	[[ $url == wss://localhost:*/ ]]
	[[ $pin =~ ^[0-9a-f]{64}$ ]]
	grep -qx "url: $url" out
	grep -qx "pin: $pin" out
	need_curl
	run -0 page healthz
	[ "$output" = ok ]
}

@test "says which event loop runs" {
	start
	grep -q 'event loop: libuv' err
}

@test "the pin is the SHA-256 of the certificate that it shows" {
	start
	shown=$(openssl s_client -connect "127.0.0.1:$port" </dev/null \
	    2>/dev/null | openssl x509 -outform DER | sha256sum)
	[ "${shown%% *}" = "$pin" ]
}

@test "the certificate is for localhost and the address, and is kept" {
	start
	openssl x509 -in state/cert.pem -noout -ext subjectAltName |
	    grep -q 'DNS:localhost, IP Address:127.0.0.1'
	[ "$(stat -c %a state/key.pem)" = 600 ]
	[ "$(stat -c %a state)" = 700 ]
	first=$pin
	stop
	start
	[ "$pin" = "$first" ]
}

@test "SIGTERM: exit 0, and clients are told 1001" {
	need_websockets
	start
	cat >wait.py <<-'PY'
	import asyncio, ssl, sys, websockets
	c = ssl._create_unverified_context()
	async def main():
	    async with websockets.connect(sys.argv[1], ssl=c,
	            subprotocols=["secretsocket.v1"]) as ws:
	        await ws.recv()
	        print("in", flush=True)
	        try:
	            await ws.recv()
	        except websockets.ConnectionClosed as e:
	            print(e.rcvd.code if e.rcvd else "no close frame")
	asyncio.run(main())
	PY
	/usr/bin/python3 wait.py "$url" >seen 2>&1 &
	client=$!
	for _ in $(seq 50); do grep -q in seen && break; sleep 0.1; done
	stop
	wait "$client"
	[ "$(tail -n 1 seen)" = 1001 ]
}

@test "a port in use is exit 2, and so is a bad address" {
	start
	run -2 --separate-stderr timeout 5 ss-relay -l "127.0.0.1:$port" -d st2
	[[ $stderr == *"ddress already in use"*SS-E202* ]]
	run -2 timeout 5 ss-relay -l 127.0.0.1 -d st2
	run -2 timeout 5 ss-relay -d /proc/nowhere
	run -2 timeout 5 ss-relay -L window=0
	run -2 timeout 5 ss-relay -L nothing=1
	run -2 timeout 5 ss-relay --cert state/cert.pem
}

@test "a second relay on the same folder is exit 2" {
	start
	run -2 --separate-stderr timeout 5 ss-relay -l 127.0.0.1:0 -d state
	[[ $stderr == *"another ss-relay"*SS-E202* ]]
	run -0 page healthz
}

@test "few descriptors: none is exit 2, else fewer connections" {
	run -2 --separate-stderr bash -c \
	    'ulimit -n 64; timeout 5 ss-relay -l 127.0.0.1:0 -d state'
	[[ $stderr == *"descriptor limit"* ]]
	under 'ulimit -n 128'
	start -L per-address=1000
	grep -q 'at most 64 connections' err
	peer many 80
	[ "$output" = "64 stay" ]
	sleep 0.3
	run -0 page healthz
	stop
}

@test "a full disk: the sender is told, what was accepted is delivered" {
	under 'trap "" XFSZ; ulimit -f 1500'
	start
	export SS_RELAY=$url SS_PIN=$pin
	for n in alice bob; do
		ss-keygen -n $n -o $n.key 2>/dev/null
		ss-connect -k $n.key 2>/dev/null
	done
	sent=0
	for i in $(seq 40); do
		head -c 60000 /dev/urandom >body
		{ printf 'SS\001\003\000\000\352\140'; cat body; } >rec
		status=0
		ss-connect -k alice.key --to bob <rec 2>err2 || status=$?
		[ "$status" = 0 ] || break
		cat rec >>accepted
		sent=$((sent + 1))
	done
	[ "$sent" -gt 3 ]
	[ "$status" = 2 ]
	grep -q 'disk failed' err2
	run -0 page healthz
	stop
	rm -r bin
	start
	export SS_RELAY=$url
	timeout 20 ss-connect -k bob.key --from alice --drain >got
	cmp accepted got
}

@test "several addresses at once" {
	start -l 127.0.0.1:0
	[ "$(grep -c '^url:' out)" = 2 ]
	for p in $(sed -n 's|^url:.*:\([0-9]*\)/|\1|p' out); do
		port=$p
		run -0 page healthz
	done
}

@test "plain ws only when asked for, and without a pin" {
	need_curl
	start --ws
	[[ $url == ws://localhost:*/ ]]
	[ -z "$pin" ]
	run -0 curl -s "http://127.0.0.1:$port/healthz"
	[ "$output" = ok ]
}

@test "metrics count; other paths do not exist" {
	need_curl
	start
	run -0 page metrics
	[[ $output == *"ss_relay_connections 0"* ]]
	run -0 curl -sk -o /dev/null -w '%{http_code} %{http_version}' \
	    "https://127.0.0.1:$port/../../etc/passwd" --path-as-is
	[ "$output" = "404 1.1" ]
}

@test "TLS 1.2 is refused, TLS 1.3 gives no ticket" {
	start
	run -1 openssl s_client -tls1_2 -connect "127.0.0.1:$port" </dev/null
	run bash -c "sleep 0.5 | openssl s_client -tls1_3 \
	    -connect 127.0.0.1:$port 2>&1"
	[[ $output == *"TLSv1.3"* ]]
	[[ $output != *"Session Ticket"* ]]
}

@test "handshakes that fail at their first byte do no harm" {
	start
	for _ in $(seq 20); do
		run -1 openssl s_client -tls1_2 -connect "127.0.0.1:$port" \
		    </dev/null
		# the relay may be quicker to close than we to write
		printf 'GET / HTTP/1.0\r\n\r\n' 2>/dev/null \
		    >"/dev/tcp/127.0.0.1/$port" || true
	done
	run -0 page healthz
	stop
}

@test "the TLS key log is written only if asked for, and is ours alone" {
	start -t tls.keys
	run -0 page healthz
	grep -q '^CLIENT_TRAFFIC_SECRET_0 ' tls.keys
	head -n 1 tls.keys | grep -q '^# '
	[ "$(stat -c %a tls.keys)" = 600 ]
}

@test "another program's WebSocket works, without compression" {
	start
	peer interop
	[ "$output" = "secretsocket.v1 extensions 0" ]
}

@test "an upgrade must be WebSocket 13, with a key and our subprotocol" {
	start
	for c in key no-key no-subprotocol subprotocol path h2c; do
		peer $c
		[ "$output" = "HTTP/1.1 400 Bad Request" ]
	done
	peer version
	[ "$output" = "HTTP/1.1 426 Upgrade Required" ]
	peer foo
	[[ $output == *" 403 "* ]]
	peer connect
	[ "$output" = "closed without a word" ]
}

@test "HTTP/2 is not spoken" {
	start
	peer h2
	[[ $output == *"no http/2" ]]
}

@test "after a plain answer the connection is closed, upgrade or not" {
	start
	for _ in 1 2 3; do
		peer keepalive
		[ "$output" = "1 answer HTTP/1.1 200 OK" ]
	done
	run -0 page healthz
}

@test "messages too large, too fragmented or broken end the connection" {
	start
	for c in big-text:1009 big-binary:1009 fragments:1009 rsv:1002 \
	    not-json:1007 binary-before-login:1008; do
		peer "${c%:*}"
		[ "$output" = "${c#*:}" ]
	done
	run -0 page healthz
}

@test "who is silent, slow, or does not log in is let go" {
	start -L http-timeout=2 -L login-timeout=2
	peer no-login
	[ "$output" = "closed in time" ]
	peer silent
	[ "$output" = "closed in time" ]
	peer drip
	[ "$output" = "closed in time" ]
}

@test "connections are limited, for each address and in all" {
	start -L per-address=5
	peer many 9
	[ "$output" = "5 stay" ]
	stop
	start -L per-address=100 -L connections=7
	peer many 9
	[ "$output" = "7 stay" ]
	sleep 0.3
	run -0 page healthz
}

@test "the audit log is JSON and holds names, sizes and types only" {
	start
	export SS_RELAY=$url SS_PIN=$pin
	for n in alice bob; do
		ss-keygen -n $n -o $n.key 2>/dev/null
		ss-connect -k $n.key 2>/dev/null
	done
	printf 'SS\001\003\000\000\000\012plainmarks' |
	    ss-connect -k alice.key --to bob
	stop
	/usr/bin/python3 - <<-'PY'
	import json
	log = [json.loads(l) for l in open("state/audit.jsonl")]
	sent = [e for e in log if e["event"] == "send"]
	assert len(sent) == 1, sent
	e = sent[0]
	assert (e["name"], e["to"], e["bytes"]) == ("alice", "bob", 18), e
	assert e["records"] == {"data": 1}, e
	assert [e["event"] for e in log].count("register") == 2
	PY
	run -1 grep -q plainmarks state/audit.jsonl out err
}
