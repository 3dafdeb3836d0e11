# SPDX-License-Identifier: ISC
#
# Old keys are gone: neither the memory of a running ss-seal or ss-open nor
# the session files hold the keys of an epoch that was left behind.

load ../cli/common

setup() {
	in_folder
	sessions
	[ "$(id -u)" = 0 ] || skip "reading a process's memory takes root"
}

# holds PID HEX...: those of the keys that stand in the process's memory
holds() {
	perl -e '
		my $pid = shift; my %found;
		open my $maps, "<", "/proc/$pid/maps" or die "maps: $!";
		open my $mem, "<", "/proc/$pid/mem" or die "mem: $!";
		while (<$maps>) {
			my ($a, $b) = /^(\w+)-(\w+) rw/ or next;
			$a = hex $a; $b = hex $b;
			sysseek $mem, $a, 0 or next;
			defined sysread $mem, my $s, $b - $a or next;
			for my $k (@ARGV) {
				$found{$k} = 1 if index($s, pack "H*", $k) >= 0;
			}
		}
		print "$_\n" for sort keys %found;' "$@"
}

# the secrets that ss-open narrates, those of each epoch on a line
secrets_of() {
	ss-open -e -x -s "$1" <"$2" 2>story >/dev/null
	perl -ne '
		print "\n" if /^# message key/ && $n++;
		print "$1 " if /^#     = (\w{64}) SECRET/' story
}

# feed FD FILE TEXT: a line in, and wait until its record is out
feed() {
	local before
	before=$(stat -c %s "$2")
	echo "$3" >&"$1"
	for _ in $(seq 200); do
		[ "$(stat -c %s "$2")" -gt "$before" ] && return
		sleep 0.02
	done
	return 1
}

check() { # PID, sets of keys in `keys`, one line an epoch
	# the tool finds what is there: the keys of the epoch under way
	[ -n "$(holds "$1" $(sed -n 3p keys))" ]
	# and nothing of those before
	[ -z "$(holds "$1" $(sed -n 1,2p keys))" ]
}

@test "ss-seal forgets the epochs it left, in memory and on disk" {
	mkfifo in
	: >out
	ss-seal -l -n 1 -s alice.sess <in >>out &
	pid=$!
	exec 7>in
	head -c 20000 /dev/zero | tr '\0' x >long # a bulk text first
	feed 7 out "$(cat long)"
	feed 7 out two
	feed 7 out three
	cp bob.sess copy.sess
	head -c 1000000 out >sofar
	secrets_of copy.sess sofar >keys || true
	[ "$(grep -c . keys)" = 3 ]
	check $pid
	for k in $(sed -n 1,2p keys); do run ! grep -q "$k" alice.sess; done
	exec 7>&-
	wait $pid
}

@test "ss-open forgets the epochs it left, in memory and on disk" {
	{ head -c 20000 /dev/zero | tr '\0' x; echo; echo two; echo three; } |
	    ss-seal -l -n 1 -s alice.sess >stream
	cp bob.sess copy.sess
	secrets_of copy.sess stream >keys
	[ "$(grep -c . keys)" = 3 ]
	mkfifo in
	: >out
	ss-open -s bob.sess <in >>out &
	pid=$!
	exec 7>in
	pick stream 0 1 2 3 4 5 >&7 # all but the last record
	for _ in $(seq 200); do grep -q three out && break; sleep 0.02; done
	sleep 0.2
	check $pid
	for k in $(sed -n 1,2p keys); do run ! grep -q "$k" bob.sess; done
	pick stream 6 >&7
	exec 7>&-
	wait $pid
}
