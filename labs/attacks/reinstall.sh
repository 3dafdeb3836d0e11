#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The second message of a handshake, sent again (as in KRACK, Vanhoef and
# Piessens, 2017).  Alice takes it for the answer to her first message once
# more, makes the same session, and counts from the beginning: key and nonce
# of her next record are those of her first one.
#
#   SS_LAB=1 labs/attacks/reinstall.sh --lab-unsafe=reinstall
#   labs/attacks/reinstall.sh

. "$(dirname "$0")/scene.sh"
people alice bob
meet noise:KK --mode hash
cp alice.sess backup.sess

say "Alice, and Mallory knows that she begins like this: good morning bob!"
printf 'good morning bob!' | alice >first
bob_reads first >text

say "Mallory sends Bob's message again"
spent=
if ! quietly ss-handshake -S alice.hs $options -o alice.sess <m2; then
	refused
	say "so Alice loses her session, and takes a backup: the same counter"
	spent=1
	cp backup.sess alice.sess
fi

say "Alice: (something)"
printf 'the gate is 4711.' | alice >second

# c1 = text1 XOR keystream, c2 = text2 XOR the same keystream
ss-mallory get ciphertext <first >c1
ss-mallory get ciphertext <second >c2
printf 'good morning bob!' >text1
ss-prim xor -m file:c1 <c2 >difference
ss-prim xor -m file:text1 <difference >text2
if [ "$(cat text2)" = 'the gate is 4711.' ]; then
	[ -z "$spent" ] || exit 2
	won "c1 XOR c2 XOR what he knew = '$(cat text2)'"
fi
[ -n "$spent" ] || exit 2
lost "a state is spent with its session, and each epoch has its salt"
