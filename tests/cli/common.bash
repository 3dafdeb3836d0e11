# SPDX-License-Identifier: ISC
#
# What most suites begin with: a folder of their own, two identities, and a
# session between them.

bats_require_minimum_version 1.5.0

in_folder() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

identities() {
	ss-keygen -n alice -o alice.key 2>/dev/null
	ss-keygen -n bob -o bob.key 2>/dev/null
	ss-keygen --public alice.key >alice.pub
	ss-keygen --public bob.key >bob.pub
}

# sessions [handshake option...]: alice.sess and bob.sess, by files
sessions() {
	[ -f alice.key ] || identities
	rm -f alice.hs alice.sess bob.sess m1 m2
	ss-handshake noise:KK -i -k alice.key -p bob.pub -S alice.hs "$@" >m1
	ss-handshake noise:KK -r -k bob.key -p alice.pub -o bob.sess "$@" \
	    <m1 >m2 2>/dev/null
	ss-handshake -S alice.hs -o alice.sess <m2 2>/dev/null
}

# records FILE: one line "offset length type" for each record of a stream
records() {
	perl -e '
		local $/; my $s = <STDIN>; my $at = 0;
		while ($at < length $s) {
			my ($type, $n) = unpack "x3 C N", substr $s, $at, 8;
			print "$at ", $n + 8, " $type\n";
			$at += $n + 8;
		}' <"$1"
}

# pick FILE N...: the records of these numbers (from 0), in this order
pick() {
	perl -e '
		local $/; open my $f, "<", shift; my $s = <$f>; my @r;
		for (my $at = 0; $at < length $s; $at += length $r[-1]) {
			my $n = unpack "x4 N", substr $s, $at, 8;
			push @r, substr $s, $at, $n + 8;
		}
		print map { $r[$_] } @ARGV;' "$@"
}

# flip FILE BIT: the file with one bit the other way round
flip() {
	perl -e '
		local $/; open my $f, "<", $ARGV[0]; my $s = <$f>;
		vec($s, $ARGV[1], 1) ^= 1; print $s;' "$1" "$2"
}

# refused CODE STATUS COMMAND...: the status, the code on stderr, no output
# but a beginning of the file `plain`, and bob's session as it was
refused() {
	local code=$1 want=$2
	shift 2
	cp bob.sess before
	local status=0
	"$@" >got 2>err || status=$?
	[ "$status" = "$want" ] || { echo "status $status"; cat err; return 1; }
	grep -q "^code: SS-E$code\$" err || { cat err; return 1; }
	cmp -s before bob.sess || { echo "session changed"; return 1; }
	[ ! -f plain ] || cmp -s -n "$(stat -c %s got)" got plain
}

# fails CODE STATUS COMMAND...: this code on stderr, nothing on stdout
fails() {
	local code=$1 want=$2 status=0
	shift 2
	"$@" >got 2>err || status=$?
	[ "$status" = "$want" ] || { echo "status $status"; cat err; return 1; }
	grep -q "^code: SS-E$code\$" err || { cat err; return 1; }
	[ ! -s got ] || { echo "output"; return 1; }
}

# fed FILE COMMAND...
fed() {
	local file=$1
	shift
	"$@" <"$file"
}

# the session of one side reaches the other
talks() {
	[ "$(echo "$1 $2" | ss-seal -s "$1" | ss-open -s "$2")" = "$1 $2" ]
}

# lacks FILE PATTERN
lacks() {
	if grep -qae "$2" "$1"; then
		echo "$1 has $2"
		return 1
	fi
}
