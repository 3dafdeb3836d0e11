#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A session file is stolen.  What does it open: the past, that is, records
# that were taken from the wire before the theft?  The future, after the theft
# and after both sides have spoken again?
#
#   labs/attacks/static.sh static     opens the past and the future
#   labs/attacks/static.sh hash       opens the future
#   labs/attacks/static.sh dh         opens neither
#
# These are modes of ss-handshake and no lab profiles: --mode static is allowed
# and says in one line what it is.

mode=${1:?static, hash or dh}
shift
. "$(dirname "$0")/scene.sh"
people alice bob
meet noise:KK --mode "$mode"
grep 'mode static' said | head -n 1 || :

echo 'the past' | alice >past
bob_reads past >text

say "Mallory copies Bob's session file, and gives it back as it was"
cp bob.sess thief.sess

say "Bob and Alice go on: a word each way, twice"
for word in one two; do
	echo $word | bob | alice_reads >text
	echo $word | alice | bob_reads >text
done
echo 'the future' | alice >future
bob_reads future >text

# With the number of its next epoch set back to 0, the thief's copy tries what
# it can on the first one; an honest reader would only say: received before.
sed 's/^\(receive-chain: [0-9a-f]*\) .*/\1 0/' thief.sess >back.sess
opens() { quietly ss-open -s "$1" "$2"; }

found=
if opens back.sess past >text && [ "$(cat text)" = 'the past' ]; then
	found=past
fi
if opens thief.sess future >text && [ "$(cat text)" = 'the future' ]; then
	found="${found:+$found and the }future"
fi
[ -n "$found" ] && won "the $found"
refused
lost "neither the past nor the future"
