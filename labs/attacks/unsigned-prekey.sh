#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Nobody looks at the signature of a prekey.
#
# Mallory keeps the directory.  He puts a signed prekey of his own into Bob's
# bundle and keeps what Alice sends.  Alone he cannot read it, since DH2 takes
# Bob's identity key.  But when that key is stolen later, nothing is left that
# could protect the past: the prekey's secret, which Bob would have erased, is
# Mallory's own.
#
#   SS_LAB=1 labs/attacks/unsigned-prekey.sh --lab-unsafe=unsigned-prekey
#   labs/attacks/unsigned-prekey.sh

. "$(dirname "$0")/scene.sh"
people alice bob mallory
hand() { quietly ss-handshake x3dh "$@" $options; }
prekeys() { quietly ss-keygen --prekeys "$@" $options; }
bundle() { quietly ss-keygen --bundle "$@" $options; }

# write_to BUNDLE: Alice, who knows Bob's public key, and means him
write_to() {
	hand -i -f -k alice.key -p bob.pub --bundle "$1" -o alice.sess >first ||
	    return 1
	echo 'the meeting is at noon' | alice >>first
}

# read_with KEY PREKEYS: Mallory
read_with() {
	rm -f his.sess
	{ hand -r -k "$1" --prekeys "$2" -o his.sess &&
	    quietly ss-open -s his.sess $options; } <first
}

prekeys 5 -k bob.key -o bob.prekeys
bundle bob.prekeys >bob.bundle
say "Mallory puts a prekey of his own into Bob's bundle"
prekeys 0 -k mallory.key -o mallory.prekeys
sed "s/^public: .*/public: $(cat bob.pub)/" mallory.prekeys >forged.prekeys
bundle forged.prekeys >forged.bundle

say "Alice writes to Bob, who is away"
if write_to forged.bundle; then
	forged=1
else
	refused
	say "she asks elsewhere, and gets the genuine bundle"
	forged=
	write_to bob.bundle
fi
read_with mallory.key mallory.prekeys >text &&
    { say "read without any key of Bob's"; exit 2; }
say "A year later: Bob's prekeys are erased, and Mallory steals his key"
rm bob.prekeys
if read_with bob.key forged.prekeys >text; then
	won "Mallory reads '$(cat text)'"
fi
[ -z "$forged" ] || exit 2
lost "he has Bob's key, and no prekey that fits"
