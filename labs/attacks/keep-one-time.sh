#!/bin/sh
# SPDX-License-Identifier: ISC
#
# keep-one-time.sh [OPTION...] - Mallory records Alice's first message to Bob
# and sends it a second time.  Who keeps one-time prekeys and remembers nothing
# takes it for a new conversation with Alice.
#
# OPTION is given to every command: "-U keep-one-time" under SS_LAB=1, or
# nothing.  Prints what Bob reads; exit 0 if he reads it twice, 1 if he refuses
# the replay.  All happens in a folder that goes away.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

for who in alice bob; do
	ss-keygen -n $who "$@" -o $who.key 2>>log
	ss-keygen --public $who.key >$who.pub
done
ss-keygen --prekeys 5 -k bob.key -o bob.prekeys "$@" 2>>log
ss-keygen --bundle bob.prekeys >bob.bundle

{
	ss-handshake x3dh -i -k alice.key -p bob.pub --bundle bob.bundle \
	    -o alice.sess "$@" 2>>log
	echo "pay mallory 100" | ss-seal -s alice.sess "$@" 2>>log
} >initial

# receive SESSION OPTION...: Bob means Alice, and knows her key
receive() {
	session=$1
	shift
	ss-handshake x3dh -r -k bob.key -p alice.pub --prekeys bob.prekeys \
	    -o "$session" "$@" 2>err || return 1
	ss-open -s "$session" "$@" 2>>log
}

receive first.sess "$@" <initial
if ! receive again.sess "$@" <initial; then
	echo "Bob refuses the replay:" >&2
	cat err >&2
	exit 1
fi
