#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A signature that covers an ephemeral key, and neither for whom nor when.
#
# 1. Identity misbinding (Diffie, van Oorschot and Wiener, 1992): Mallory takes
#    Alice's signature off her key and signs the key himself.  He learns no
#    secret, and yet: Alice talks to Bob, and Bob believes that it is Mallory.
# 2. An old key: whoever finds the secret of one ephemeral key, years later,
#    in a backup, is Alice whenever he likes.
#
#   SS_LAB=1 labs/attacks/sign-key-only.sh --lab-unsafe=sign-key-only
#   labs/attacks/sign-key-only.sh

. "$(dirname "$0")/scene.sh"
people alice bob mallory
hand() { quietly ss-handshake "$@" $options; }
begin() { hand signed --mode hash "$@"; }
sed -n 's/^ed25519: //p' mallory.key >mallory.seed

# 1: exit status 0 if Bob takes Alice's words for Mallory's
misbinding() {
	say "1. Alice calls Bob"
	begin -i -k alice.key -p bob.pub -S alice.hs >m1
	if ss-mallory get signature <m1 >/dev/null 2>&1; then
		say "Mallory signs her key and passes it on as his own"
		{ printf 'SecretSocket-v1 sign-key-only'
			ss-mallory get handshake.e <m1; } |
		    ss-prim sign -k mallory.seed >signature
		ss-mallory set signature file:signature <m1 >m1.his
	else
		say "no signature is there; he puts his own commitment to her key"
		begin -i -k mallory.key -p bob.pub -S mallory.hs >his
		ss-mallory splice -f his -r 1 commitment <m1 >m1.his
	fi
	say "Bob is called by Mallory, and his answer goes on to Alice"
	begin -r -k bob.key -p mallory.pub -S bob.hs -o bob.sess <m1.his >m2
	hand -S alice.hs -o alice.sess <m2 >m3 || return 1
	grep -h 'session with' said | sed 's/^/   /'
	say "Alice, to Bob: put 100 on my account"
	echo 'put 100 on my account' | alice | bob_reads >text || return 1
	say "Bob reads it as Mallory's: $(cat text)"
}

# What the keys of a run begin with: h1 from its first message and the
# responder's key.  h1 MESSAGE E PROFILE
h1() {
	{ printf 'SecretSocket-v1 signed transcript'
		printf 'SecretSocket-v1 handshake\001'
		head -c 20 "$1" | tail -c 12; cat "$3"; } | ss-prim hash >h0
	ss-mallory get handshake.message <"$1" >first
	head -c 32 first | cat h0 - | ss-prim hash >h
	# the real one has a commitment behind its key
	if [ "$(wc -c <first)" = 64 ]; then
		tail -c 32 first | cat h - | ss-prim hash >h0
		mv h0 h
	fi
	cat h "$2" | ss-prim hash
}

# All of protocol.md from 14.2 to 8 once more, from the old ephemeral secret
# and what came over the wire.  In this profile no fingerprint enters a key.
by_hand() {
	printf '\015sign-key-only' >profile
	head -c 64 /dev/zero >nobody
	h1 m1.old E profile >hash
	{ printf 'SecretSocket-v1 responder chain\001'
		head -c 12 m1.old | tail -c 4
		printf '\002'; cat profile nobody; } >session.info
	ss-prim dh -k e.secret <E | ss-prim hkdf-extract -s file:hash |
	    ss-prim hkdf-expand -i file:session.info >chain
	{ printf 'SecretSocket-v1 epoch\001\001\001\002'
		cat profile nobody; } >epoch.info
	ss-mallory get salt <later >salt
	printf '\001' | ss-prim hmac -k chain |
	    ss-prim hkdf -s file:salt -i file:epoch.info |
	    ss-prim hkdf-expand -i 'text:SecretSocket-v1 epoch aead' >key
	ss-mallory drop -t introducer <later | head -c 33 >ad
	ss-mallory get ciphertext <later >box
	ss-mallory get tag <later >>box
	ss-prim aead-open -A aesgcm -k key -n $zero -d file:ad <box
}
zero=000000000000000000000000

# keys M2: the initiator's AEAD and MAC keys of the run in which that was the
# answer, ki and mi, and its transcript h2.  Protocol.md, 5.7.
keys() {
	ss-mallory get handshake.message <"$1" >answer
	head -c 32 answer >E
	printf '\000' >profile
	h1 m1.old E profile >h1
	tail -c +33 answer | cat h1 - | ss-prim hash >h2
	ss-prim dh -k e.secret <E | ss-prim hkdf-extract -s file:h1 |
	    ss-prim hkdf-expand -l 160 -i 'text:SecretSocket-v1 signed keys' >k
	head -c 32 k >ki
	head -c 96 k | tail -c 32 >mi
}

# seal_again: blind, identity and signature of Alice's old message with a MAC
# and a tag of the run whose keys these are
seal_again() {
	tail -c +33 old.text | cat h2 - | ss-prim hmac -k mi >mac
	cat old.text mac | ss-prim aead-seal -A aesgcm -k ki -n $zero \
	    -d file:h2 >box
	ss-mallory set message file:box <m3.old
}

# Whoever has the secret opens Alice's old third message and makes all of it
# for the new run but the signature, which he cannot make.
third_message() {
	keys m2.old
	ss-mallory get handshake.message <m3.old |
	    ss-prim aead-open -A aesgcm -k ki -n $zero -d file:h2 |
	    head -c -32 >old.text
	# the same steps with the old numbers give back the old message
	seal_again | cmp - m3.old || exit 2
	keys m2.later
	seal_again >m3.later
}

# 2: exit status 0 if Mallory reads what Bob says to Alice
old_key() {
	say "2. Alice calls Bob; the secret of her ephemeral key leaks"
	rm -f alice.hs bob.hs alice.sess bob.sess
	begin -i -k alice.key -p bob.pub -S alice.hs >m1.old
	sed -n 's/^write: //p' alice.hs >e.secret
	begin -r -k bob.key -p alice.pub -S bob.hs -o bob.sess <m1.old >m2.old
	hand -S alice.hs -o alice.sess <m2.old >m3.old
	say "A week later Mallory calls Bob with Alice's old message"
	begin -r -k bob.key -p alice.pub -S later.hs -o later.sess <m1.old \
	    >m2.later
	ss-mallory get handshake.e <m2.later >E
	if [ ! -e later.sess ]; then
		say "Bob wants a third one; he makes it around her old signature"
		third_message
		hand -S later.hs -o later.sess <m3.later || return 1
	fi
	printf 'the gate is 4711.' | quietly ss-seal -s later.sess $options >later
	by_hand >text || return 1
	say "Bob tells 'alice', and Mallory reads: $(cat text)"
}

count=0
for part in misbinding old_key; do
	if $part; then count=$((count + 1)); else refused; fi
done
[ $count = 0 ] && lost "what is signed names this run, its peer and its signer"
[ $count = 2 ] && won "both"
exit 2
