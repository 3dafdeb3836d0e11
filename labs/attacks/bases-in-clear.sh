#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Somebody who only listens.  Alice's bits and bases travel beside the photons,
# as notes to a relay that needs none; whoever reads them disturbs nothing, and
# does with them what Alice does.
#
#   SS_LAB=1 labs/attacks/bases-in-clear.sh --lab-unsafe=bases-in-clear
#   labs/attacks/bases-in-clear.sh

. "$(dirname "$0")/qkd_scene.sh"
light alice.raw bob.raw
pads alice bob
say "Alice and Bob make a key, and Eve listens"
discuss alice bob alice.auth bob.auth || { refused; lost "there is no key"; }
qber
say "Eve reads what is written beside the light"
if /usr/bin/python3 "$attacks/qkd_reader.py" label qubits alice.said \
    bob.said >read && [ "$(cat read)" = "$(key alice)" ]; then
	won "she has the key, $(head -c 16 read)..."
fi
lost "$(cat read); a photon tells nothing without being disturbed"
