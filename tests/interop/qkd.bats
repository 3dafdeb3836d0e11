#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Post-processing of quantum keys against a second implementation, written
# from docs/qkd.md: where bits go in each pass, every variant of Cascade with
# its questions in their order, the comparison, privacy amplification.

bats_require_minimum_version 1.5.0

setup() {
	SIDE=${B:-$BATS_TEST_DIRNAME/../../build}/tests/interop/qkd_side
	QKD=$BATS_TEST_DIRNAME/qkd.py
}

@test "orders, cascade, comparison and amplification in another language" {
	run -0 /usr/bin/python3 "$QKD" "$SIDE" "${SS_LONG:+2}20"
	[[ $output == *" cases agree" ]]
}

@test "a difference would be seen: shuffled twice instead of three times" {
	run -1 /usr/bin/python3 "$QKD" "$SIDE" 1 2
	[[ $output == "order 4033 2 "* ]]
}
