# SPDX-License-Identifier: ISC
#
# The lab profile rsa-pkcs1: Bleichenbacher's attack reads a message through
# ss-open's answers, and finds nothing to ask where the padding is OAEP.

load common
load lab_attacks

ATTACK=$BATS_TEST_DIRNAME/../../labs/attacks/bleichenbacher.py

setup() {
	/usr/bin/python3 -c 'import cryptography' 2>/dev/null ||
	    skip "python3-cryptography is not installed"
	in_folder
	unset SS_LAB
	echo "the key to the safe is under the mat" >plain
}

lab() {
	SS_LAB=1 "$@"
}

# seeds: the number of questions depends on the key, between thousands and
# hundreds of thousands, and here it is always the same
lab_message() {
	lab ss-keygen -U rsa-pkcs1 -Z bob -n bob -s 512 -o bob.key 2>/dev/null
	ss-keygen -p bob.key >bob.pub
	lab ss-seal -U rsa-pkcs1 -Z mail -w rsa -r bob.pub -o mail.ss plain \
	    2>/dev/null
}

@test "on the profile: the attack reads the message with the public key only" {
	lab_message
	run -0 --separate-stderr timeout 120 env SS_LAB=1 "$ATTACK" bob.pub \
	    mail.ss ss-open -U rsa-pkcs1 -k bob.key --mailbox
	[ "$output" = "$(cat plain)" ]
	[[ "$stderr" =~ ^([0-9]+)\ questions ]]
	[ "${BASH_REMATCH[1]}" -gt 1000 ]
}

@test "rsa-pkcs1: the key to the safe" {
	wins rsa-pkcs1 rsa-pkcs1.sh --lab-seed=safe
	[[ $output == *"Mallory reads 'the key to the safe is under the mat'" ]]
	loses "always SS-E103" rsa-pkcs1.sh
}

@test "on the default: every wrong number gets the same answer" {
	ss-keygen -n bob -s 2048 -o bob.key 2>/dev/null
	ss-keygen -p bob.key >bob.pub
	ss-seal -w rsa -r bob.pub -o mail.ss plain
	[ "$(ss-open -k bob.key mail.ss 2>/dev/null)" = "$(cat plain)" ]
	run -1 --separate-stderr timeout 120 "$ATTACK" bob.pub mail.ss \
	    ss-open -k bob.key --mailbox
	[ -z "$output" ]
	[ "$stderr" = "no oracle: 513 different numbers, and always SS-E103" ]
}

@test "with OAEP in the lab there is no oracle either" {
	lab ss-keygen -Z bob -n bob -s 1024 -o bob.key 2>/dev/null
	ss-keygen -p bob.key >bob.pub
	lab ss-seal -Z mail -w rsa -r bob.pub -o mail.ss plain 2>/dev/null
	run -1 --separate-stderr timeout 120 env SS_LAB=1 "$ATTACK" bob.pub \
	    mail.ss ss-open -Z x -k bob.key --mailbox
	[ -z "$output" ]
	[[ "$stderr" == "no oracle: 513 different numbers, and always SS-E103" ]]
}

@test "the message opens on the profile, and nobody else takes it" {
	lab_message
	run -0 --separate-stderr lab ss-open -U rsa-pkcs1 -k bob.key mail.ss
	[ "$output" = "$(cat plain)" ]
	[[ "$stderr" == *"LAB, rsa-pkcs1: "* ]]
	fails 112 1 ss-open -k bob.key mail.ss
	SS_LAB=1 fails 103 1 ss-open -Z x -k bob.key mail.ss
	ss-keygen -n carol -s 2048 -o carol.key 2>/dev/null
	fails 112 1 ss-open -k carol.key mail.ss
}

@test "the fence: SS_LAB, lab keys, small keys, the LAB bit" {
	lab_message
	fails 201 2 ss-seal -U rsa-pkcs1 -w rsa -r bob.pub plain
	fails 112 1 ss-seal -w rsa -r bob.pub plain
	fails 201 2 ss-keygen -n eve -s 512 -o eve.key
	[ ! -e eve.key ]
	ss-keygen -n carol -s 2048 -o carol.key 2>/dev/null
	ss-keygen -p carol.key >carol.pub
	SS_LAB=1 fails 201 2 ss-seal -U rsa-pkcs1 -w rsa -r carol.pub plain
	# OAEP does not fit 512 bits
	SS_LAB=1 fails 201 2 ss-seal -Z x -w rsa -r bob.pub plain
	records mail.ss >list
	[ "$(cut -d' ' -f3 list | sort -u | tr '\n' ' ')" = "130 131 " ]
	# the bit taken away: refused in the lab
	flip mail.ss 31 >bare.ss
	SS_LAB=1 fails 117 1 ss-open -U rsa-pkcs1 -k bob.key bare.ss
}
