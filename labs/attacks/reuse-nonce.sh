#!/bin/sh
# SPDX-License-Identifier: ISC
#
# One nonce for two records.
#
# 1. Both are XORed with the same keystream, and the XOR of the ciphertexts is
#    that of the texts.  Mallory drags a word that he expects (a crib) along
#    it: where the word stands in one text, the other one becomes readable.
# 2. AES-GCM loses more than that: the tags give away the key H of its hash
#    (Joux, 2006), and with it Mallory makes tags for what he likes.
#
#   SS_LAB=1 labs/attacks/reuse-nonce.sh --lab-unsafe=reuse-nonce
#   labs/attacks/reuse-nonce.sh

. "$(dirname "$0")/scene.sh"
people alice bob
meet noise:KK --aead aesgcm
printf '%s\n' 'the meeting is at nine' 'bring 4711 and the key' |
    alice -l >sealed

ss-mallory get -t data -r 1 ciphertext <sealed >c1
ss-mallory get -t data -r 2 ciphertext <sealed >c2
ss-prim xor -m file:c1 <c2 >difference
say "1. the crib 'the meeting', from byte 0, 1, 2, ..."
printf 'the meeting' >crib
n=$(($(wc -c <difference) - 11))
hit=
for at in $(seq 0 $n); do
	tail -c +$((at + 1)) difference | head -c 11 >piece
	# only what could be text is shown
	ss-prim xor -m file:crib <piece | grep -axE '[ -~]{11}' >words || continue
	say "   $at: $(cat words)"
	[ $at != 0 ] || hit=$(cat words)
done

say "2. H out of three tags, and a record of Mallory's in place of the second"
if ! /usr/bin/env python3 "$attacks/gcm_forge.py" 'the meeting is at nine
' 'pay 100 to mallory now
' <sealed >forged; then
	[ -z "$hit" ] || exit 2
	lost "no two records have one nonce"
fi
bob_reads forged >text || {
	refused
	lost "Bob refuses the tag"
}
sed 's/^/   Bob reads: /' text
[ "$hit" = 'bring 4711 ' ] || exit 2
[ "$(sed -n 2p text)" = 'pay 100 to mallory now' ] || exit 2
won "Mallory reads '${hit% }...', Bob reads what Mallory wrote"
