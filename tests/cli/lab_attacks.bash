# SPDX-License-Identifier: ISC
#
# What the suites lab_*.bats have in common: an attack is a script in
# labs/attacks, run with a lab profile and without.

bats_require_minimum_version 1.5.0

# wins PROFILE SCRIPT [ARGUMENT...]: it succeeds under the profile
wins() {
	local profile=$1 script=$2
	shift 2
	SS_LAB=1 run -0 "$BATS_TEST_DIRNAME/../../labs/attacks/$script" "$@" \
	    ${profile:+"--lab-unsafe=$profile"}
	[[ $output == *"THE ATTACK SUCCEEDS: "* ]]
}

# loses CODE SCRIPT [ARGUMENT...]: and fails without one, in the way it should
loses() {
	local code=$1 script=$2
	shift 2
	run -1 "$BATS_TEST_DIRNAME/../../labs/attacks/$script" "$@"
	[[ $output == *"The attack fails: "* ]]
	[[ $output == *"$code"* ]]
}

# lab_files PROFILE FAMILY [OPTION...]: keys, messages, sessions and a stream
# of the profile in the folder lab, and real ones beside it
lab_files() {
	local profile=$1
	shift
	mkdir lab
	(
		cd lab
		export SS_LAB=1
		u=--lab-unsafe=$profile
		for n in alice bob; do
			ss-keygen -n $n -o $n.key "$u"
			ss-keygen --public $n.key >$n.pub
		done
		ss-handshake "$@" "$u" -i -k alice.key -p bob.pub \
		    -S alice.hs >m1
		cp alice.hs a.hs
		ss-handshake "$@" "$u" -r -k bob.key -p alice.pub \
		    -S bob.hs -o bob.sess <m1 >m2
		ss-handshake -S alice.hs "$u" -o alice.sess <m2 >m3
		[ ! -s m3 ] || ss-handshake -S bob.hs "$u" -o bob.sess <m3
		seq 3 | ss-seal -l -s alice.sess "$u" >stream
		# and it works, in the lab
		cp bob.sess b.sess
		seq 3 | cmp - <(ss-open -s b.sess "$u" <stream)
	) 2>lab.err
	sessions
}

# code N COMMAND...: exit 1 and this code
code() {
	local want=$1
	shift
	run -1 --separate-stderr "$@"
	[[ $stderr == *"code: SS-E$want"* ]] ||
	    { echo "$*: $stderr"; return 1; }
	[ -z "$output" ]
}

# fenced PROFILE FAMILY [OPTION...]: nothing of the profile passes for real,
# neither as it is nor with its marks taken off
fenced() {
	local profile=$1 file
	lab_files "$@"
	shift
	# every record says LAB
	ss-mallory get header.type <lab/m1 | ss-prim hex | grep -qx 81
	[ "$(ss-mallory get header.type <lab/stream | ss-prim hex)" = \
	    8283838383 ]
	# one line of warning for each command
	[ "$(SS_LAB=1 ss-open -s lab/b.sess -U "$profile" </dev/null 2>&1 |
	    grep -c "LAB, $profile: ")" = 1 ]
	# outside of the lab: records, messages, keys, sessions, states
	code 112 ss-open -s bob.sess lab/stream
	code 112 ss-open -s lab/bob.sess lab/stream
	code 112 ss-seal -s lab/alice.sess /dev/null
	code 112 ss-handshake "$@" -r -k bob.key -p alice.pub -S x.hs \
	    -o x.sess <lab/m1
	code 112 ss-handshake -S lab/a.hs -o x.sess <lab/m2
	code 112 ss-handshake "$@" -i -k lab/alice.key -p bob.pub -S x.hs
	run -1 --separate-stderr ss-open --mailbox -s bob.sess \
	    <(cat lab/stream; echo real | ss-seal -s alice.sess)
	[ "$output" = real ]
	[[ $stderr == *"SS-E112"* ]]
	# without the fence
	run -2 ss-open -s lab/bob.sess -U "$profile" lab/stream
	# with the marks taken off
	ss-mallory strip LAB <lab/stream >bare
	sed "s/^profile: .*/profile: -/" lab/bob.sess >bare.sess
	chmod 600 bare.sess
	run -1 --separate-stderr ss-open -s bob.sess bare
	[ -z "$output" ]
	run -1 --separate-stderr ss-open -s bare.sess bare
	[ -z "$output" ]
}
