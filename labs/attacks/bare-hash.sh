#!/bin/sh
# SPDX-License-Identifier: ISC
#
# key = SHA-256(X25519 secret): the form in which many a chat program has been
# published.  First we look over Alice's shoulder and compute her key as that
# form says.  Then Mallory, who cannot do that, makes use of it: there is
# neither salt nor direction nor purpose in that key, so every stream is
# encrypted with the same keystream.
#
#   SS_LAB=1 labs/attacks/bare-hash.sh --lab-unsafe=bare-hash
#   labs/attacks/bare-hash.sh

. "$(dirname "$0")/scene.sh"
people alice bob

# the published form: secret of ours, public key of theirs
published() { ss-prim dh -k "$1" | ss-prim hash -w; }
# the numbers of RFC 7748, 6.1
echo 77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a >rfc
say "the published form, with Alice's and Bob's keys of RFC 7748:"
echo de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f |
    ss-prim unhex | published rfc

say "Alice's key is written down by herself, in a key log"
meet noise:KK --mode static
export SS_KEYLOG="$folder/keys"
printf 'good morning bob!' | alice >first
printf 'the gate is 4711.' | alice >second
key=$(awk '/^SECRETSOCKET/ { print $5; exit }' keys)
echo "$key"

say "and this is the published form, with the ephemeral keys of her handshake"
sed -n 's/^write: //p' kept.hs >e
form=$(ss-mallory get handshake.e <m2 | published e)
echo "$form"
[ "$form" != "$key" ] || say "they are the same"

say "Mallory knows the first text, and XORs both streams"
ss-mallory get ciphertext <first >c1
ss-mallory get ciphertext <second >c2
printf 'good morning bob!' >text1
ss-prim xor -m file:c1 <c2 | ss-prim xor -m file:text1 >text2
same=0
[ "$form" != "$key" ] || same=$((same + 1))
[ "$(cat text2)" != 'the gate is 4711.' ] || same=$((same + 1))
[ $same = 0 ] &&
    lost "a salt in each epoch's key, and labels for what a key is for"
[ $same = 2 ] && won "c1 XOR c2 XOR the first text = '$(cat text2)'"
exit 2
