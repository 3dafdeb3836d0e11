# SPDX-License-Identifier: ISC
#
# What every attack begins with; to be sourced.  The options of the attack,
# such as --lab-unsafe=no-tag, are given to each command that Alice, Bob and
# Mallory run: without them, it is the protocol as it should be.
#
# An attack ends with `won` (exit 0) or `lost` (exit 1).  Any other end is no
# result (exit 2): it shows what a command complained about.

set -eu
umask 077
options=$*
case " ${family-} ${mode-} $options " in
*" --help "* | *" -h "*)
	sed -n '4,/^$/s/^#[ ]\{0,1\}//p' "$0"
	exit 0
	;;
esac
attacks=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
over=
ended() {
	if [ -z "$over" ]; then
		echo "${0##*/}: no result; the last complaint was:"
		# without commands in PATH it is the shell that complains
		grep -E '^(ss-[a-z-]+|hint|code): |not found$' "$folder/said" |
		    grep -v ': LAB, ' | tail -n 3 | sed 's/^/   /'
	fi >&2
	rm -rf "$folder"
	[ -n "$over" ] || exit 2
}
trap ended EXIT
trap 'over=1; exit 2' HUP INT TERM
cd "$folder"
: >said

say() { echo "-- $*"; }
won() { over=1; echo "THE ATTACK SUCCEEDS: $*"; exit 0; }
lost() { over=1; echo "The attack fails: $*"; exit 1; }

# What the commands say on standard error goes to a file; refused shows the
# last complaint.
quietly() { "$@" 2>>said; }
refused() {
	grep -B 2 '^code: ' said | grep -v '^hint' | tail -n 2 | sed 's/^/   /'
}

# people NAME...: a key pair for each
people() {
	for n; do
		quietly ss-keygen -n "$n" -o "$n.key" $options
		quietly ss-keygen --public "$n.key" >"$n.pub"
	done
}

# meet FAMILY [option...]: alice.sess and bob.sess; Mallory keeps the messages
# m1 and m2, as he keeps all that goes over the wire
meet() {
	quietly ss-handshake "$@" $options -i -k alice.key -p bob.pub \
	    -S alice.hs >m1
	cp alice.hs kept.hs # Alice's backup of a file that should not last
	quietly ss-handshake "$@" $options -r -k bob.key -p alice.pub \
	    -S bob.hs -o bob.sess <m1 >m2
	quietly ss-handshake -S alice.hs $options -o alice.sess <m2 >m3
	[ ! -s m3 ] || quietly ss-handshake -S bob.hs $options -o bob.sess <m3
}

# alice and bob: what they say, sealed; alice_reads and bob_reads: what they
# open, and whether they take it
alice() { quietly ss-seal -s alice.sess $options "$@"; }
bob() { quietly ss-seal -s bob.sess $options "$@"; }
alice_reads() { quietly ss-open -s alice.sess $options "$@"; }
bob_reads() { quietly ss-open -s bob.sess $options "$@"; }
