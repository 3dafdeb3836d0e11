#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# A client of the relay that was written from docs/protocol.md, 11.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	ss-relay --ws --allow-origin-login -l 127.0.0.1:0 -d state \
	    --ready-fd 4 4>ready >log 2>&1 3>&- &
	relay=$!
	for _ in $(seq 100); do
		grep -q '^url:' ready && break
		sleep 0.05
	done
	url=$(sed -n 's/^url: *//p' ready)
}

teardown() {
	kill "$relay" && wait "$relay"
}

@test "logins, mail, directory, and what is refused" {
	run -0 --separate-stderr "$BATS_TEST_DIRNAME/relay_peer.py" "$url"
	echo "$output"
	[ "$(grep -c '^ok' <<<"$output")" = "${lines[-1]#1..}" ]
	(( ${lines[-1]#1..} > 30 ))
}
