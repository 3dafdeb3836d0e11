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
	cp alice.hs backup.hs # a file that should not have lasted
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

# All of protocol.md from 5.7 to 8 once more, from the old ephemeral secret
# and what came over the wire.  In this profile no fingerprint enters a key.
by_hand() {
	sed -n 's/^write: //p' backup.hs >e.secret
	ss-mallory get handshake.e <m2.later >E
	head -c 20 m1 | tail -c 12 >agreed # family, suite, mode, run
	printf '\015sign-key-only' >profile
	head -c 64 /dev/zero >nobody
	{ printf 'SecretSocket-v1 signed transcript'
		printf 'SecretSocket-v1 handshake\001'; cat agreed profile; } |
	    ss-prim hash >h
	ss-mallory get handshake.e <m1 | cat h - | ss-prim hash >h1
	cat h1 E | ss-prim hash >h2
	{ printf 'SecretSocket-v1 responder chain\001'; head -c 4 agreed
		printf '\002'; cat profile nobody; } >session.info
	ss-prim dh -k e.secret <E | ss-prim hkdf-extract -s file:h2 |
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
	ss-prim aead-open -A aesgcm -k key -n 000000000000000000000000 \
	    -d file:ad <box
}

# 2: exit status 0 if Mallory reads what Bob says to Alice
old_key() {
	say "2. A week later Mallory calls Bob with Alice's old message"
	begin -r -k bob.key -p alice.pub -S later.hs -o later.sess <m1 \
	    >m2.later
	printf 'the gate is 4711.' |
	    quietly ss-seal -s later.sess $options >later || return 1
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
