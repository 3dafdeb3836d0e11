#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A message is read with a public key and error messages.  Alice wraps a key
# to Bob's RSA key; Mallory recorded it.  He sends Bob other numbers in its
# place, and Bob's program says of each whether its padding was right.
#
#   SS_LAB=1 labs/attacks/rsa-pkcs1.sh --lab-unsafe=rsa-pkcs1
#   labs/attacks/rsa-pkcs1.sh
#
# Under the profile Bob's key has 512 bits, to save time: the number of
# questions hardly grows with it, only the time for each.

. "$(dirname "$0")/scene.sh"
case $options in *rsa-pkcs1*) bits=512 ;; *) bits=2048 ;; esac
quietly ss-keygen -n bob --rsa $bits -o bob.key $options
ss-keygen --public bob.key >bob.pub

say "Alice, to Bob's public key: the key to the safe is under the mat"
echo 'the key to the safe is under the mat' |
    quietly ss-seal --wrap rsa --to bob.pub $options >sealed
say "Mallory asks Bob what he thinks of other numbers"
if /usr/bin/python3 "$attacks/bleichenbacher.py" bob.pub sealed \
    ss-open -k bob.key --mailbox $options >text 2>answers; then
	say "$(cat answers)"
	won "Mallory reads '$(cat text)'"
fi
say "$(cat answers)"
lost "Bob's answer is the same whatever is wrong"
