#!/bin/sh
# SPDX-License-Identifier: ISC
#
# One-time prekeys that are kept.
#
# Mallory records Alice's first message to Bob and sends it again.  Whoever
# keeps one-time prekeys and remembers nothing takes it for a new conversation
# with Alice, whom he knows and has verified.
#
#   SS_LAB=1 labs/attacks/keep-one-time.sh --lab-unsafe=keep-one-time
#   labs/attacks/keep-one-time.sh

. "$(dirname "$0")/scene.sh"
people alice bob
hand() { quietly ss-handshake x3dh "$@" $options; }

quietly ss-keygen --prekeys 5 -k bob.key -o bob.prekeys $options
quietly ss-keygen --bundle bob.prekeys $options >bob.bundle
say "Alice, to Bob, who is away: pay mallory 100"
hand -i -k alice.key -p bob.pub --bundle bob.bundle -o alice.sess >first
echo 'pay mallory 100' | alice >>first

# take SESSION: Bob reads what came, and means Alice
take() {
	{ hand -r -k bob.key -p alice.pub --prekeys bob.prekeys -o "$1" &&
	    quietly ss-open -s "$1" $options; } <first
}

take one.sess >text || exit 2
say "Bob reads: $(cat text)"
say "Mallory sends the same bytes again"
if take two.sess >text; then
	won "Bob reads '$(cat text)' a second time"
fi
refused
[ ! -e two.sess ] || exit 2
lost "the prekey is gone, and the message is known"
