#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Alice and Bob compare bits in public to count errors, and keep them.  Each bit
# of the key is a sum of bits before amplification; where all unknown ones
# cancel out in a sum of such sums, everybody knows a parity of the key.
#
#   SS_LAB=1 labs/attacks/keep-sample.sh --lab-unsafe=keep-sample
#   labs/attacks/keep-sample.sh

. "$(dirname "$0")/qkd_scene.sh"
light alice.raw bob.raw
pads alice bob
say "Alice and Bob make a key; three quarters of the bits are compared"
discuss alice bob alice.auth bob.auth -s 0.75 ||
    { refused; lost "there is no key"; }
qber
say "Eve predicts sums of bits of the key; here the key tells who was right"
if /usr/bin/python3 "$attacks/qkd_reader.py" sample alice.qkd alice.said \
    bob.said >read; then
	won "$(cat read)"
fi
lost "$(cat read)"
