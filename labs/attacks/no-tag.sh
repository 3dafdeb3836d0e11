#!/bin/sh
# SPDX-License-Identifier: ISC
#
# "pay 100" becomes "pay 900".  Mallory knows what the message will look like,
# not the key.  Encrypted by a keystream, each bit of the text stands at its
# place in the ciphertext: the fifth byte was '1' and shall be '9', and
# '1' XOR '9' is 08.
#
#   SS_LAB=1 labs/attacks/no-tag.sh --lab-unsafe=no-tag
#   labs/attacks/no-tag.sh

. "$(dirname "$0")/scene.sh"
people alice bob
meet noise:KK

say "Alice: pay 100"
echo 'pay 100' | alice >sealed
say "Mallory turns over one bit of the fifth byte"
ss-mallory flip -e -m 08 -t data ciphertext 4 <sealed >changed

if bob_reads changed >text && [ "$(cat text)" = 'pay 900' ]; then
	won "Bob reads '$(cat text)'"
fi
refused
lost "Bob takes nothing; the tag covers every bit"
