#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Reflection, reordering, replay, shortening.  One key for both directions, and
# nothing but the text under the tag: a record says by itself neither who made
# it nor which one it is, nor whether it is the last one, and whoever has the
# wire decides that.
#
#   SS_LAB=1 labs/attacks/one-key.sh --lab-unsafe=one-key
#   labs/attacks/one-key.sh

. "$(dirname "$0")/scene.sh"
people alice bob
meet noise:KK --mode static
count=0

say "Alice, to Bob: shall I go? / yes / pay 100"
printf '%s\n' 'shall I go?' yes 'pay 100' | alice -l >sealed

say "reflection: she gets her own words back as his"
if ss-mallory reflect <sealed | alice_reads >text; then
	count=$((count + 1))
	say "Alice reads: $(tr '\n' '/' <text)"
fi
refused

say "reordering: the answer stands before the question"
if ss-mallory swap -t data -r 1,2 <sealed | bob_reads >text; then
	count=$((count + 1))
	say "Bob reads: $(tr '\n' '/' <text)"
fi
refused

say "replay: the last line twice"
if ss-mallory dup -t data -r 3 <sealed | bob_reads >text; then
	count=$((count + 1))
	say "Bob reads: $(tr '\n' '/' <text)"
fi
refused

say "shortening: the second line is said to be the last one"
if ss-mallory truncate -t data -r 3 <sealed |
    ss-mallory set -t data -r 2 flags 01 | bob_reads >text; then
	count=$((count + 1))
	say "Bob reads, and nothing is missing: $(tr '\n' '/' <text)"
fi
refused

say "replay: the whole stream, after Bob has read it as it was sent"
bob_reads sealed >text || exit 2
if bob_reads sealed >text; then
	count=$((count + 1))
	say "Bob reads once more: $(tr '\n' '/' <text)"
fi
refused

[ $count = 0 ] && lost "a key for each direction, and a place for each record"
[ $count = 5 ] && won "all of them"
exit 2
