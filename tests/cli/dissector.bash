# SPDX-License-Identifier: ISC
#
# What the tests of the dissectors have in common: the plugin, records of every
# kind ($SAMPLES), captures in which something happens.  tshark runs as nobody
# where the tests run as root.

D=$BATS_TEST_DIRNAME/../dissector
gen=$BATS_TEST_DIRNAME/../interop/capture_gen.py

setup_file() {
	export SAMPLES=$BATS_FILE_TMPDIR/samples
	"$BATS_TEST_DIRNAME/../dissector/samples" "$SAMPLES"
}

setup() {
	in_folder
	top=$BATS_TEST_DIRNAME/../..
	B=${B:-$top/build}
	case $B in /*) ;; *) B=$PWD/$B ;; esac
	unset SS_KEYLOG SSLKEYLOGFILE
	command -v tshark >/dev/null || skip "no tshark (make deps-test)"
	plugin=$B/dissector/secretsocket.so
	[ -f "$plugin" ] ||
	    skip "no plugin (wireshark-dev, then make dissector)"
	lua="-p $top/dissector/secretsocket.lua"
	lua+=" -p $B/dissector/secretsocket_crypto.so"
}

# in_c KEYS ARG...: tshark with the C plugin, TLS secrets and epoch keys
in_c() {
	local keys=$1
	shift
	"$D/tshark" -p "$plugin" -o "tls.keylog_file:$keys" \
	    -o "secretsocket.keylog_file:$keys" "$@" 2>stderr
}

# attack NAME [FILE...]: the capture `c` with its key log, in which it happens
attack() {
	local name=$1
	shift
	/usr/bin/python3 "$D/attacks.py" "$name" c "$@"
}

# points_at EXPERT [-2]: "frame sequence" of the records, in one line
points_at() {
	in_c c.keys -r c ${2:-} -Y "secretsocket.expert.$1" -T fields \
	    -e frame.number -e secretsocket.data.sequence | xargs
}

# silent [OPTION]: nothing is pointed at
silent() {
	in_c c.keys -r c ${1:-} -q -z expert >experts
	grep -q TCP experts
	run ! grep -q SecretSocket experts
}

# shows CAPTURE FILTER FIELD...: of a shipped capture, the values in one line
shows() {
	local c=$top/tests/captures/$1 filter=$2 list=
	shift 2
	for f; do list+=" -e $f"; done
	in_c "$c.keys" -r "$c.pcapng" -Y "$filter" -T fields $list | xargs
}
