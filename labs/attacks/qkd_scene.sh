# SPDX-License-Identifier: ISC
#
# What every attack on quantum key distribution begins with; to be sourced
# behind scene.sh.

. "$(dirname "$0")/scene.sh"
pulses=${PULSES:-12000}

# light SENDER.raw RECEIVER.raw: and qubits is what flew between them
light() {
	quietly ss-qkd send -n "$pulses" -o "$1" $options | tee qubits |
	    quietly ss-qkd measure -o "$2" $options >bases
}

# pads NAME NAME: the same for both
pads() {
	quietly ss-qkd secret -R 2 -o "$1.auth" $options
	cp "$1.auth" "$2.auth"
}

# discuss LEFT RIGHT AUTH AUTH [option...]: in public; LEFT.said and RIGHT.said are
# what they said, LEFT.qkd and RIGHT.qkd their keys.  AUTH: pads or ""
discuss() {
	left=$1 right=$2 auth=$3 right_auth=$4
	shift 4
	rm -f to_left to_right
	mkfifo to_left to_right
	{ quietly ss-qkd run -A -r "$left.raw" ${auth:+-a "$auth"} \
	    -o "$left.qkd" "$@" $options <to_left || echo $? >"$left.status"; } |
	    tee "$left.said" >to_right &
	{ quietly ss-qkd run -B -r "$right.raw" \
	    ${right_auth:+-a "$right_auth"} -o "$right.qkd" "$@" $options \
	    <to_right || echo $? >"$right.status"; } |
	    tee "$right.said" >to_left
	wait $!
	[ ! -e "$left.status" ] && [ ! -e "$right.status" ]
}
key() { sed -n 's/^key: //p' "$1.qkd"; }
qber() { sed -n 's/.*\(QBER [0-9.]* %\).*/   \1/p' said | sort -u; }
