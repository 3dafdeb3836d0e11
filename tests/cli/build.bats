#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What comes out of the Makefile: no warnings, hardened programs, a pure core,
# a complete installation.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	B=${B:-build}
	commands=$(make -s --no-print-directory print-CMDS)
	# under sanitizers the flags are others on purpose
	[ -z "$(nm "$(command -v ss-seal)" | grep -m1 ' __asan_init')" ] ||
	    sanitized=1
}

each() {
	local c p bad=
	[ -z "$sanitized" ] || skip "a build with sanitizers"
	for c in $commands; do
		p=$(command -v "$c") && "$1" "$p" || bad="$bad $c"
	done
	[ -z "$bad" ] || { echo "$1:$bad"; return 1; }
}

@test "no warning under gcc and clang" {
	[ -z "$sanitized" ] || skip "a build with sanitizers"
	run -0 make -s -j2 B="$B" check-warnings
}

pie() {
	readelf -hW "$1" | grep -q 'Type: *DYN' &&
	    readelf -dW "$1" | grep -q 'FLAGS_1.*PIE'
}
@test "programs are position independent" { each pie; }

relro() {
	readelf -lW "$1" | grep -q GNU_RELRO &&
	    readelf -dW "$1" | grep -q 'FLAGS.*NOW'
}
@test "programs bind at start, then make their tables read-only" { each relro; }

noexec() { readelf -lW "$1" | grep GNU_STACK | grep -q ' RW '; }
@test "stacks are not executable" { each noexec; }

canary() { readelf -W --dyn-syms "$1" | grep -q ' __stack_chk_fail@'; }
@test "stacks are protected" { each canary; }

fortified() { readelf -W --dyn-syms "$1" | grep -qE ' __[a-z]+_chk@'; }
@test "libc calls are fortified" { each fortified; }

fortify_level() {
	# level 3 sees sizes that are known only at run time
	[[ $(make -s --no-print-directory print-HARDEN) == *FORTIFY_SOURCE=3* ]]
}
@test "FORTIFY_SOURCE is 3" { fortify_level; }

no_rpath() { ! readelf -dW "$1" | grep -qE 'RPATH|RUNPATH|TEXTREL'; }
@test "no search paths and no text relocations" { each no_rpath; }

filters_small() {
	case $1 in *ss-relay | *ss-connect | *ss-capture-decrypt) return 0 ;; esac
	! readelf -dW "$1" | grep NEEDED | grep -qE 'libssl|libcrypto|libwebsockets'
}
@test "filters load neither libssl nor libcrypto" { each filters_small; }

@test "the protocol core is pure" {
	[ -z "$sanitized" ] || skip "a build with sanitizers"
	run -0 tests/purity "$B/libproto.a"
}

# impure C-CODE: tests/purity must refuse it
impure() {
	echo "$1" >"$BATS_TEST_TMPDIR/x.c"
	gcc -O1 -fPIE -w -c -o "$BATS_TEST_TMPDIR/x.o" "$BATS_TEST_TMPDIR/x.c"
	rm -f "$BATS_TEST_TMPDIR/x.a"
	ar rcs "$BATS_TEST_TMPDIR/x.a" "$BATS_TEST_TMPDIR/x.o"
	run -1 tests/purity "$BATS_TEST_TMPDIR/x.a"
}
@test "... and an impure one would be found" {
	impure 'int printf(const char *, ...); int f(void) { return printf("x"); }'
	[[ $output == *"calls: printf"* || $output == *"calls: puts"* ]]
	impure 'void *malloc(unsigned long); void *f(int n) { return malloc(n); }'
	impure 'long time(void *); long f(void) { return time(0); }'
	impure 'void randombytes_buf(void *, unsigned long); void f(void *p) { randombytes_buf(p, 9); }'
	impure 'int crypto_box_keypair(void *, void *); int f(void *p) { return crypto_box_keypair(p, p); }'
	impure 'void ss_die(int); void f(void) { ss_die(1); }'
	impure 'int memcmp(const void *, const void *, unsigned long); static int n; int f(void *p) { return ++n + memcmp(p, p + 9, n); }'
	[[ $output == *"has variables"* ]]
	impure 'int memcmp(const void *, const void *, unsigned long); int n = 5; int f(void *p) { return memcmp(p, p + 9, n); }'
	[[ $output == *"has variables"* ]]
}

@test "make alone installs nothing" {
	run -0 make -n B="$BATS_TEST_TMPDIR/fresh" all
	[[ $output != *apt-get* ]]
	[[ $output != *tests/deps* ]]
	[[ $output != *"install "* ]]
}

@test "every target that the issue promises is there" {
	for t in all demo test check-asan check-long bench fuzz fault install \
	    uninstall clean; do
		grep -qE "^([a-z-]+ )*$t( [a-z-]+)*:" Makefile || echo "$t"
	done >"$BATS_TEST_TMPDIR/missing"
	[ ! -s "$BATS_TEST_TMPDIR/missing" ] || { cat "$BATS_TEST_TMPDIR/missing"; false; }
	[ -x .ci/run ]
	grep -qx 'exec make test' .ci/run
}

@test "tests/deps asks for nothing that is installed" {
	run -0 --separate-stderr tests/deps $(make -s --no-print-directory print-BUILD_PKGS)
	[ -z "$stderr" ]
}

@test "install and uninstall: programs, pages, completion; nothing remains" {
	[ -z "$sanitized" ] || skip "a build with sanitizers"
	d=$BATS_TEST_TMPDIR/root
	run -0 make B="$B" DESTDIR="$d" PREFIX=/usr install
	for c in $commands; do
		[ -x "$d/usr/bin/$c" ]
		[ "$(stat -c %a "$d/usr/share/man/man1/$c.1")" = 644 ]
		[ -s "$d/usr/share/bash-completion/completions/$c" ]
	done
	[ "$(find "$d" -type f | wc -l)" = $((3 * $(echo "$commands" | wc -w))) ]
	run -0 "$d/usr/bin/ss-seal" --version
	run -0 make B="$B" DESTDIR="$d" PREFIX=/usr uninstall
	[ -z "$(find "$d" -type f)" ]
}

complete_line() { # COMMAND TYPED - what completion offers for it
	COMP_LINE="$1 $2"
	COMP_POINT=${#COMP_LINE}
	COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
	COMPREPLY=()
	_secretsocket "$1" "${2##*:}" "$1"
	printf '%s\n' "${COMPREPLY[@]}"
}
@test "completion offers options, files and handshake patterns" {
	[ -z "$sanitized" ] || skip "a build with sanitizers"
	source "$B/completion.bash"
	touch "$BATS_TEST_TMPDIR/alice.sess"
	[[ $(complete_line ss-seal --re) == *--rekey-after* ]]
	[[ $(complete_line ss-seal --re) == *--rekey-every* ]]
	[[ $(complete_line ss-seal --re) != *--help* ]]
	[ "$(complete_line ss-seal "$BATS_TEST_TMPDIR/al")" = \
	    "$BATS_TEST_TMPDIR/alice.sess" ]
	[ "$(complete_line ss-handshake noi)" = noise: ]
	[ "$(complete_line ss-handshake noise:K | tr '\n' ' ')" = "K KN KK KX " ]
	for c in $commands; do
		complete -p "$c" | grep -q _secretsocket
		[ "$(complete_line "$c" --hel)" = --help ]
	done
}
