#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Wrapped messages against a second implementation, written from protocol.md:
# what one seals the other opens, in both families, both modes, both AEADs.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	ss-keygen -n alice -o alice.key 2>/dev/null
	ss-keygen -n bob --rsa 2048 -o bob.key 2>/dev/null
	ss-keygen -n carol --rsa 3072 -o carol.key 2>/dev/null
	for n in alice bob carol; do ss-keygen -p $n.key >$n.pub; done
	head -c 70000 /dev/urandom >plain
}

setup() {
	/usr/bin/python3 -c 'import cryptography' 2>/dev/null ||
	    skip "python3-cryptography is not installed"
	cd "$BATS_FILE_TMPDIR"
}

peer() {
	/usr/bin/python3 -B "$BATS_TEST_DIRNAME/wrap_peer.py" "$@"
}

@test "what ss-seal seals, the other one opens" {
	for aead in chachapoly aesgcm; do
		ss-seal -A $aead -r bob.pub plain | peer open bob.key | cmp - plain
		ss-seal -A $aead -r bob.pub -w rsa plain | peer open bob.key |
		    cmp - plain
		for sender in alice carol; do
			ss-seal -A $aead -r bob.pub -k $sender.key plain |
			    peer open bob.key $sender.pub | cmp - plain
			ss-seal -A $aead -r bob.pub -S $sender.key plain |
			    peer open bob.key $sender.pub | cmp - plain
		done
	done
	seq 5 | ss-seal -l -w rsa -r carol.pub | peer open carol.key |
	    cmp - <(seq 5)
}

@test "what the other one seals, ss-open opens" {
	for aead in chachapoly aesgcm; do
		for family in hpke rsa; do
			peer seal $family $aead bob.pub <plain |
			    ss-open -k bob.key 2>/dev/null | cmp - plain
			peer seal $family $aead bob.pub alice.key <plain |
			    ss-open -k bob.key -p alice.pub | cmp - plain
			peer seal $family $aead carol.pub bob.key <plain |
			    ss-open -k carol.key -p bob.pub | cmp - plain
		done
	done
}

@test "a difference would be seen: another sender, a changed record" {
	ss-seal -r bob.pub -k alice.key plain >x.ss
	run ! peer open bob.key carol.pub <x.ss
	run ! peer open bob.key <x.ss
	ss-seal -r bob.pub -S alice.key plain |
	    perl -0pe 's/^(.{100})./$1!/s' >x.ss
	run ! peer open bob.key alice.pub <x.ss
}
