#!/bin/sh
# SPDX-License-Identifier: ISC
#
# unsigned-prekey.sh [OPTION...] - the directory swaps Bob's signed prekey for
# one of its own and keeps what Alice sends.  Alone it cannot read it, since
# DH2 takes Bob's identity key.  But when that key is stolen later, nothing is
# left that could protect the past: the prekey's secret, which Bob would have
# erased, is Mallory's.  That is what the signature is for.
#
# OPTION is given to every command: "-U unsigned-prekey" under SS_LAB=1, or
# nothing.  Prints the message that Mallory reads; exit 0 if she does, 1 if
# Alice refuses the bundle.  All happens in a folder that goes away.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

for who in alice bob mallory; do
	ss-keygen -n $who "$@" -o $who.key 2>>log
	ss-keygen --public $who.key >$who.pub
done
ss-keygen --prekeys 5 -k bob.key -o bob.prekeys "$@" 2>>log

# The directory: prekeys of its own, under Bob's name.
ss-keygen --prekeys 0 -k mallory.key -o mallory.prekeys "$@" 2>>log
sed "s/^public: .*/public: $(cat bob.pub)/" mallory.prekeys >forged.prekeys
chmod 600 forged.prekeys
ss-keygen --bundle forged.prekeys >forged.bundle

# Alice, who knows Bob's public key, and means him.
if ! ss-handshake x3dh -i -k alice.key -p bob.pub --bundle forged.bundle \
    -o alice.sess "$@" >initial 2>err; then
	echo "Alice refuses the bundle:" >&2
	cat err >&2
	exit 1
fi
echo "the meeting is at noon" | ss-seal -s alice.sess "$@" >>initial 2>>log

# Nobody has Bob's key yet: Mallory's does not do.
if ss-handshake x3dh -r -k mallory.key --prekeys mallory.prekeys \
    -o m.sess "$@" <initial 2>>log; then
	echo "read without Bob's key" >&2
	exit 2
fi

# A year later bob.key is stolen; Bob's prekeys are long erased.
rm bob.prekeys
{
	ss-handshake x3dh -r -k bob.key --prekeys forged.prekeys \
	    -o m.sess "$@" 2>>log
	ss-open -s m.sess "$@" 2>>log
} <initial
