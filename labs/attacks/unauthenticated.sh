#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The man in the middle.  Where nothing of the other side enters the
# agreement, Mallory has one handshake with Alice, another one with Bob, and
# between them opens, reads, changes and seals again.  Neither can notice.
#
#   labs/attacks/unauthenticated.sh noise:NN
#   SS_LAB=1 labs/attacks/unauthenticated.sh noise:KK \
#       --lab-unsafe=unauthenticated
#   labs/attacks/unauthenticated.sh noise:KK
#
# NN is no lab profile: it says that the peer is anonymous.  KK does not, and
# with the static keys left out of it, it lies.

family=${1:?noise:NN or noise:KK}
shift
. "$(dirname "$0")/scene.sh"
people alice bob mallory

hand() { quietly ss-handshake "$@" $options; }
# begin OWN PEER ...: NN is not told whose keys there are
begin() {
	keys="-k $1.key -p $2.pub"
	[ "$family" != noise:NN ] || keys=
	shift 2
	hand "$family" $keys "$@"
}

say "Alice wants to talk to Bob; Mallory answers"
begin alice bob -i -S alice.hs >m1
begin mallory alice -r -o left.sess <m1 >m2 || {
	refused
	lost "her message is of no use without Bob's secret key"
}
hand -S alice.hs -o alice.sess <m2
say "Mallory calls Bob as if he were Alice"
begin mallory bob -i -S mallory.hs >m3
begin bob alice -r -o bob.sess <m3 >m4
hand -S mallory.hs -o right.sess <m4
grep -h 'session with' said | sort -u | sed 's/^/   /'

say "Alice: pay 100 to carol"
echo 'pay 100 to carol' | alice |
    quietly ss-open -s left.sess $options | tee read |
    sed 's/carol/mallory/' | quietly ss-seal -s right.sess $options |
    bob_reads >text
say "Mallory reads: $(cat read)"
[ "$(cat read) / $(cat text)" = 'pay 100 to carol / pay 100 to mallory' ] ||
    lost "somebody noticed"
won "Bob reads '$(cat text)'"
