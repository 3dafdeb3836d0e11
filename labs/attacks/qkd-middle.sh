#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The man in the middle of two fibres.  Mallory measures Alice's photons as Bob
# would, and sends Bob photons of his own; then he discusses with each.  There
# is no error on either line.
#
#   SS_LAB=1 labs/attacks/qkd-middle.sh --lab-unsafe=unauthenticated
#   labs/attacks/qkd-middle.sh

. "$(dirname "$0")/qkd_scene.sh"
light alice.raw left.raw
light right.raw bob.raw
pads alice bob
pads left right
case $options in
*unauthenticated*) a='' b='' m='' ;;
*) a=alice.auth b=bob.auth m=left.auth ;;
esac
say "Alice makes a key with Mallory, whom she takes for Bob"
discuss alice left "$a" "$m" || {
	refused
	lost "he cannot prove that he is Bob"
}
say "Mallory makes a key with Bob, who takes him for Alice"
discuss right bob "$m" "$b" || { refused; lost "Bob notices"; }
qber
[ "$(key alice)" = "$(key left)" ] && [ "$(key bob)" = "$(key right)" ] ||
    lost "the keys differ"
won "he has both keys, $(key left | head -c 16)... and $(key right | head -c 16)..."
