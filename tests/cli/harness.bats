#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The harness itself: what is broken must come out as failed.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	T=$BATS_TEST_TMPDIR
}

# verdict STATUS <TAP - the line that tests/run prints and counts
verdict() {
	awk -v label=x -v status="$1" -v took=0 -f tests/tap.awk | head -n 1 |
	    sed 's/  */ /g'
}

@test "a complete plan is counted" {
	run -0 verdict 0 <<<$'ok 1 - a\nok 2 # SKIP why\n1..2'
	[[ $output == "ok x 1 passed 0 failed 1 skipped"* ]]
	run -0 verdict 1 <<<$'1..2\nok 1 a\nnot ok 2 b'
	[[ $output == "FAIL x 1 passed 1 failed 0 skipped"* ]]
}

@test "a missing, broken or empty plan is a failure, and so is any status" {
	run -0 verdict 0 <<<$'ok 1 - a'
	[[ $output == "FAIL x 1 passed 1 failed"* ]]
	run -0 verdict 139 <<<$'ok 1 - a\nok 2 - b'
	[[ $output == "FAIL x 2 passed 1 failed"* ]]
	run -0 verdict 0 <<<$'1..3\nok 1 - a\nok 2 - b'
	[[ $output == "FAIL x 2 passed 1 failed"* ]]
	run -0 verdict 0 <<<$'1..1\nok 1 - a\n1..1'
	[[ $output == FAIL* ]]
	run -0 verdict 0 <<<'1..0'
	[[ $output == FAIL* ]]
	run -0 verdict 0 <<<''
	[[ $output == FAIL* ]]
	run -0 verdict 3 <<<$'ok 1 - a\n1..1'
	[[ $output == "FAIL x 1 passed 1 failed"* ]]
	run -0 verdict 124 <<<$'ok 1 - a\n1..1'
	[[ $output == FAIL* ]]
	run -0 verdict 0 <<<$'ok 1 - a\nBail out! gone\n1..1'
	[[ $output == FAIL* ]]
}

# tap_program CODE - compile and run a main of tap.h
tap_program() {
	printf '%s\n' '#include "tap.h"' 'int main(void) {' "$1" '}' >"$T/t.c"
	gcc -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wconversion \
	    -Werror -Itests/unit -o "$T/t" "$T/t.c" lib/proto/err.c
	"$T/t"
}

@test "tap.h: what fails says so, with both values" {
	run -0 tap_program 'ok(1, "a %d", 7); return done_testing();'
	[ "$output" = $'ok 1 - a 7\n1..1' ]
	run -1 tap_program 'ok(0, "a"); return done_testing();'
	[[ $output == "not ok 1 - a"* ]]
	run -1 tap_program 'is_bytes("\x01\x02", "\x01\x03", 2, "b"); return done_testing();'
	[[ $output == *"not ok 1 - b"*"byte 1"*"0102"*"0103"* ]]
	run -1 tap_program 'is_err(SS_OK, SS_ERR_AUTH, "c"); return done_testing();'
	[[ $output == *"not ok 1 - c"*"want 103"* ]]
	run -1 tap_program 'return done_testing();'
	run -0 tap_program 'skip(2, "why"); return done_testing();'
	[[ $output == *"ok 2 # SKIP why"*1..2 ]]
	run -255 tap_program 'uint8_t b[2]; unhex(b, 2, "00x1"); return done_testing();'
	run -255 tap_program 'uint8_t b[2]; unhex(b, 2, "000102"); return done_testing();'
}

transcript() { printf '%s\n' "$@" >"$T/doc.md"; tests/transcript "$T/doc.md"; }

@test "transcripts: output, wildcards, exit status, what lasts" {
	run -0 transcript '```console' '$ x=5; echo hi' 'hi' '$ echo $x \' '> 6' \
	    '5 6' '$ seq 9' '1' '...' '9' '$ echo from 10:42 on' \
	    'from ... on' '$ false' '# exit 1' '$ cat <<E' '> text' '> E' \
	    'text' '```' 'between' '```console' '$ echo $x' '5' '```' \
	    '```console skip' '$ exit 9' '```'
	[[ $output == *1..7 ]]
}

@test "transcripts: another output, status or a dead shell is a failure" {
	run -1 transcript '```console' '$ echo a' 'b' '```'
	run -1 transcript '```console' '$ echo a' '```'
	run -1 transcript '```console' '$ echo a; echo b' 'a' '```'
	run -1 transcript '```console' '$ seq 9' '1' '...' '8' '```'
	run -1 transcript '```console' '$ false' '```'
	run -1 transcript '```console' '$ true' '# exit 1' '```'
	run -1 transcript '```console' '$ exit 0' '```'
	run -1 transcript '```console' 'output first' '```'
	run -1 transcript 'no transcript at all'
}

# bats in bats: nothing of the outer one may reach the inner one
runner() {
	env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$T" B="$T/b" "$T/tree/tests/run" "$@"
}

@test "the runner fails with a failing file, and counts it" {
	mkdir -p "$T/tree/tests/cli" "$T/tree/tests/unit"
	cp tests/run tests/tap.awk tests/transcript "$T/tree/tests/"
	printf '@test "good" { true; }\n@test "off" { skip "no such thing"; }\n' \
	    >"$T/tree/tests/cli/a.bats"
	run -0 runner
	[ "${lines[-1]}" = "1 passed, 0 failed, 1 skipped" ]
	[[ $output == *"skipped 1: no such thing"* ]]
	printf '@test "bad" { echo details; false; }\n' >"$T/tree/tests/cli/b.bats"
	run -1 runner
	[ "${lines[-1]}" = "1 passed, 1 failed, 1 skipped" ]
	[[ $output == *details* ]]
	echo 'int main(void) { return 0; }' >"$T/tree/tests/unit/never_built.c"
	run -1 runner
	[ "${lines[-1]}" = "1 passed, 2 failed, 1 skipped" ]
	run -0 runner cli/a
	[ "${lines[-1]}" = "1 passed, 0 failed, 1 skipped" ]
	run -2 runner no/such
}
