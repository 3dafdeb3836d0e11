#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-explain --families: what it measures is what the commands do, and the
# document says the same.

load common

setup() {
	in_folder
	identities
	ss-explain --families >table
}

# cell FAMILY COLUMN of the first table (column 1: the family)
cell() {
	awk -F ' *[|] *' -v f="$1" -v n="$2" \
	    '$2 == f { print $(n + 1); exit }' table
}

# bytes FILE...: "69 + 69"
bytes() {
	stat -c %s "$@" | paste -sd+ | sed 's/+/ + /g'
}

@test "docs/families.md has the tables as they are now" {
	sed -n '/^<!-- families -->/,/^<!-- end -->/{/^<!--/d;p;}' \
	    "$BATS_TEST_DIRNAME/../../docs/families.md" | sed '1d;$d' >doc
	diff -u doc table
}

@test "two runs of it agree, in 80 columns" {
	ss-explain -F | diff table -
	[ "$(wc -L <table)" -le 80 ]
	[ "$(grep -c '^| signed' table)" = 2 ]
}

@test "messages are as long as those of ss-handshake" {
	sessions
	[ "$(bytes m1 m2)" = "$(cell noise:KK 2)" ]
	ss-handshake noise:NN -i -S n.hs >n1
	ss-handshake noise:NN -r -o n.sess <n1 >n2
	[ "$(bytes n1 n2)" = "$(cell noise:NN 2)" ]
	ss-handshake noise:N -i -p bob.pub -o n1.sess >n1
	[ "$(bytes n1)" = "$(cell noise:N 2)" ]
	for f in noise:XX signed; do
		ss-handshake $f -i -k alice.key -S x.hs >x1
		ss-handshake $f -r -k bob.key -S y.hs <x1 >x2
		ss-handshake -S x.hs -o "x-$f" <x2 >x3
		[ "$(bytes x1 x2 x3)" = "$(cell $f 2)" ]
		rm y.hs
	done
	ss-handshake noise:IK -i -k alice.key -p bob.pub -S i.hs >i1
	ss-handshake noise:IK -r -k bob.key -o i.sess <i1 >i2
	[ "$(bytes i1 i2)" = "$(cell noise:IK 2)" ]
}

@test "records and epochs are as long as those of ss-seal" {
	sessions
	printf x | ss-seal -s alice.sess >rec
	[ "$(records rec | awk 'NR == 1 { print $2 }')" = \
	    "$(cell noise:KK 7)" ]
	[ "$(records rec | awk 'NR == 2 { print $2 - 1 }')" = \
	    "$(cell noise:KK 6)" ]
}

@test "signatures are counted where there are some" {
	[ "$(cell signed 5)" = "2, 2" ]
	[ "$(cell noise:XX 5)" = "0, 0" ]
	ss-handshake signed -i -k alice.key -S a.hs >m1
	ss-handshake signed -r -k bob.key -S b.hs -e <m1 2>err >m2
	[ "$(grep -c 'our signature' err)" = 1 ]
}
