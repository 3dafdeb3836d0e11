#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The fence around the lab, and runs from a seed.

load common

setup() {
	in_folder
	export SS_LAB=1
}

# run_seeded FOLDER SEED: keys, handshake, streams both ways, key log
run_seeded() (
	mkdir "$1"
	cd "$1"
	Z="--lab-seed=$2"
	{
		ss-keygen -n alice "$Z" -o alice.key
		ss-keygen -n bob "$Z" -o bob.key
		ss-keygen --public alice.key >alice.pub
		ss-keygen --public bob.key >bob.pub
		ss-handshake signed -i -k alice.key -p bob.pub -S a.hs "$Z" >m1
		ss-handshake signed -r -k bob.key -p alice.pub -S b.hs "$Z" \
		    <m1 >m2
		ss-handshake -S a.hs "$Z" -o a.sess <m2 >m3
		ss-handshake -S b.hs "$Z" -o b.sess <m3
		echo hello | ss-seal -s a.sess -K keys "$Z" >a.rec
		ss-open -s b.sess "$Z" <a.rec >a.txt
		seq 50 | ss-seal -l -s b.sess -K keys "$Z" >b.rec
		ss-open -s a.sess "$Z" <b.rec >b.txt
		echo again | ss-seal -s a.sess -K keys "$Z" >a2.rec
		ss-open -s b.sess "$Z" <a2.rec >a2.txt
	} 2>err
)

@test "a seed makes every file of a run again, byte for byte" {
	run_seeded one s
	run_seeded two s
	rm one/err two/err
	diff -r one two
	[ "$(cat one/a.txt one/a2.txt)" = "$(printf 'hello\nagain')" ]
	[ "$(wc -l <one/b.txt)" = 50 ]
	# and on any machine
	sed 's/^#.*//' one/keys | cat one/alice.pub one/bob.pub one/m? \
	    one/*.rec - | sha256sum >sum
	cat sum
	[ "$(cut -c 1-16 sum)" = "54b7e8a73a7c0889" ]
}

# Frozen, since some flaws (one chain, a bare hash) would not show in what two
# sides say who both have them: no profile's flaw gets into what is none.
@test "each mode of a session has the keys it always had" {
	local m
	identities() { ss-keygen -n "$1" -Zs -o "$1.key" 2>/dev/null &&
	    ss-keygen -p "$1.key" >"$1.pub"; }
	identities alice
	identities bob
	for m in static hash dh; do
		rm -f ./*.hs ./*.sess keys
		ss-handshake noise:KK -i -k alice.key -p bob.pub -S a.hs -Zs \
		    -m $m >m1
		ss-handshake noise:KK -r -k bob.key -p alice.pub -o b.sess \
		    -Zs -m $m <m1 >m2
		ss-handshake -S a.hs -o a.sess -Zs <m2
		echo hello | ss-seal -s a.sess -K keys -Zs >a.rec
		ss-open -s b.sess -Zs <a.rec | grep -qx hello
		echo hello | ss-seal -s b.sess -K keys -Zs >b.rec
		ss-open -s a.sess -Zs <b.rec | grep -qx hello
		echo "$m $(awk '/^SECRETSOCKET/ { print $5 }' keys |
		    sha256sum | cut -c 1-16)"
	done 2>err >sums
	cat sums
	diff sums - <<-end
	static f555ea50e4b26ee6
	hash 6f1a756e38bc4bb6
	dh 736ea1931587d054
	end
}

@test "another seed, name, role or moment: other numbers" {
	run_seeded one s
	run_seeded two t
	for f in alice.pub m1 m2 a.rec; do
		run ! cmp -s "one/$f" "two/$f"
	done
	run ! cmp -s <(cut -d: -f3 one/alice.pub) <(cut -d: -f3 one/bob.pub)
	# no ephemeral, ratchet key, salt or epoch stands twice
	for f in one/a.rec one/b.rec one/a2.rec; do
		perl -e 'local $/; $_ = <>; print unpack("H*",
		    substr $_, 52, 32), "\n", unpack("H*", substr $_, 84, 32),
		    "\n"' "$f"
	done | sort | uniq -d >twice
	[ ! -s twice ]
}

@test "what a seed made is of the lab: marked, and refused outside" {
	run_seeded one s
	cp one/* .
	unset SS_LAB
	[[ $(cat alice.pub) == ss-lab-v1:alice:* ]]
	ss-keygen -l alice.pub | grep -q '^name: .*lab key'
	ss-explain alice.pub | grep -q LAB
	ss-explain a.rec | grep -q LAB
	fails 112 1 ss-open -s b.sess <a.rec
	fails 112 1 ss-seal -s a.sess </dev/null
	fails 112 1 ss-handshake noise:NK -i -p bob.pub
	fails 112 1 ss-handshake noise:KK -i -k alice.key -p bob.pub
	identities() { ss-keygen -n "$1" -o "$1.key" 2>/dev/null; }
	identities carol
	fails 112 1 ss-handshake signed -r -k carol.key -S c.hs <m1
	run -2 ss-handshake noise:NN -i --lab-seed s
	run -2 ss-open -s b.sess --lab-unsafe seeded <a.rec
}

@test "the mark cannot be taken off: not of a key, a record, a session" {
	run_seeded one s
	cp one/* .
	sed 's/^ss-lab/ss-pub/' alice.pub >real.pub
	sed 's/ss-lab-v1/ss-pub-v1/' alice.key >real.key
	chmod 600 real.key
	sed 's/^profile: seeded/profile: -/' b.sess >real.sess
	chmod 600 real.sess
	perl -0777 -pe 's/^SS\x01\x82/SS\x01\x02/' a2.rec >real.rec
	unset SS_LAB
	fails 115 1 ss-handshake noise:NK -i -p real.pub
	fails 115 1 ss-handshake noise:KK -i -k real.key -p real.pub
	cp real.sess bob.sess
	status=0
	ss-open -s real.sess <real.rec >got 2>err || status=$?
	[ "$status" = 1 ]
	[ ! -s got ]
}

@test "in the lab nothing else is taken: keys, records, sessions, profiles" {
	(unset SS_LAB; sessions; echo hi | ss-seal -s alice.sess >a.rec)
	run_seeded one s
	cp one/*.sess .
	run -2 --separate-stderr ss-handshake noise:NK -i -p bob.pub \
	    --lab-seed s
	[[ $stderr == *"real key"* ]]
	run -2 ss-open -s bob.sess --lab-seed s <a.rec
	run -2 --separate-stderr ss-open -s b.sess --lab-unsafe no-tag \
	    <one/a2.rec
	[[ $stderr == *"profile 'seeded'"* ]]
	fails 117 1 ss-open -s b.sess --lab-unsafe seeded <a.rec
	run -2 ss-seal -s a.sess --lab-unsafe nothing-of-the-kind
	run -2 --separate-stderr ss-seal -s a.sess --lab-unsafe no-tag \
	    --lab-unsafe one-key
	[[ $stderr == *"one --lab-unsafe, not more"* ]]
	for on in 0 yes 11 ''; do
		SS_LAB=$on run -2 --separate-stderr ss-keygen -n alice \
		    --lab-seed s -o no.key
		[[ $stderr == *"SS_LAB=1 in the environment"* ]]
		SS_LAB=$on run -2 ss-keygen -n alice -U no-tag -o no.key
	done
	[ ! -e no.key ]
}

@test "prekeys too: no seed among real ones, and theirs not outside" {
	(unset SS_LAB; identities
	    ss-keygen -K 1 -k bob.key -o real.prekeys 2>/dev/null)
	cp real.prekeys before
	run -2 --separate-stderr ss-keygen -K 2 --lab-seed s real.prekeys
	[[ $stderr == *"real key"* ]]
	cmp before real.prekeys
	ss-keygen -n carol -U keep-one-time -o carol.key 2>/dev/null
	ss-keygen -K 1 -k carol.key -U keep-one-time -o carol.prekeys \
	    2>/dev/null
	ss-keygen -b carol.prekeys >carol.bundle
	cp carol.prekeys before
	unset SS_LAB
	fails 112 1 ss-keygen -K 2 carol.prekeys
	fails 112 1 ss-keygen -r -k bob.key carol.prekeys
	fails 112 1 ss-handshake x3dh -r -k bob.key -K carol.prekeys -o s
	sed -n 's/^public: //p' carol.bundle >carol.pub
	digits=$(ss-keygen -l carol.pub | sed -n '2,3s/^[a-z: ]*//p')
	fails 112 1 ss-handshake x3dh -i -k alice.key -b carol.bundle -o s \
	    -g "$(echo $digits)"
	cmp before carol.prekeys
	[ ! -e s ]
}

@test "one line says what is wrong, each time" {
	ss-keygen -n alice --lab-seed s -o alice.key 2>err
	[ "$(grep -c '^ss-keygen: LAB, seeded: ' err)" = 1 ]
	for p in $(ss-explain --tables labs | sed -n 's/^| `\(.*\)` .*/\1/p')
	do
		ss-keygen -n alice -o "$p.key" --lab-unsafe="$p" 2>err
		[ "$(grep -c LAB err)" = 1 ]
	done
	# also where nothing is drawn
	ss-keygen -K 1 -k alice.key -o alice.prekeys -Zs 2>err
	[ "$(grep -c LAB err)" = 1 ]
	ss-keygen -b -Zs alice.prekeys 2>err >/dev/null
	[ "$(grep -c LAB err)" = 1 ]
	# the order of the options is nothing
	ss-keygen -n one -Z s -U no-tag -o zu.key 2>zu.err
	ss-keygen -U no-tag -o uz.key -n one -Z s 2>uz.err
	cmp zu.key uz.key
	cmp zu.err uz.err
	[ "$(grep -c LAB zu.err)" = 1 ]
	grep -q '^ss-keygen: LAB, no-tag: ' zu.err
	run -2 --separate-stderr ss-seal -s a.sess -U seeded -U no-tag
	[[ $stderr == "ss-seal: one --lab-unsafe, not more"* ]]
	run -2 --separate-stderr ss-seal -s a.sess -U nothing-of-the-kind
	[[ $stderr == *"hint: ss-explain --tables labs"* ]]
	for o in -Us "-U seeded" -Zs; do
		for value in "" 0 yes 11; do
			# shellcheck disable=SC2086
			SS_LAB=$value run -2 ss-keygen -n x -o x.key $o
			[[ $output == *"hint: SS_LAB=1 "* ]]
		done
	done
	[ ! -e x.key ]
}

@test "a relay in the lab takes lab keys only, any other none" {
	ss-keygen -n alice --lab-seed s -o alice.key 2>/dev/null
	(unset SS_LAB; ss-keygen -n bob -o bob.key 2>/dev/null)
	for lab in -Zs ''; do
		mkfifo ready
		ss-relay -ow -l 127.0.0.1:0 -d "state$lab" -r 7 $lab \
		    7>ready 2>relay.err &
		relay=$!
		read -r _ url <ready
		rm ready
		s=0 t=0
		ss-connect -R "$url" -k alice.key -Zs 2>a.err || s=$?
		ss-connect -R "$url" -k bob.key 2>b.err || t=$?
		kill "$relay"
		wait "$relay" || :
		if [ -n "$lab" ]; then
			[ "$s $t" = "0 1" ]
		else
			[ "$s $t" = "1 0" ]
		fi
	done
}

@test "through a relay with one seed: what is sent twice is two messages" {
	run_seeded one s
	cp one/* .
	mkfifo ready
	ss-relay -ow -l 127.0.0.1:0 -d state -r 7 -Zs 7>ready 2>relay.err &
	relay=$!
	read -r _ url <ready
	export SS_RELAY=$url
	ss-connect -k bob.key --from alice --drain -Zs 2>bob.err
	for text in one two; do
		echo $text | ss-seal -s a.sess -Zs 2>/dev/null |
		    ss-connect -k alice.key --to bob -Zs 2>alice.err
	done
	ss-connect -k bob.key --from alice --drain -Zs 2>bob.err |
	    ss-open -s b.sess -Zs >got 2>open.err || :
	kill "$relay"
	wait "$relay" || :
	printf 'one\ntwo\n' | cmp - got
}
