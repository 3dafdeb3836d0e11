#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The rules of the tree: what lies where, who may include whom, and what the
# style says that a machine can check.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	if git rev-parse --git-dir >/dev/null 2>&1; then
		files=$(git ls-files --cached)
	else
		files=$(find . -type f ! -path './build/*' | sed 's|^\./||')
	fi
	files=$(for f in $files; do [ -f "$f" ] && echo "$f"; done)
	code=$(echo "$files" | grep -E '\.[ch]$')
	shipped=$(echo "$code" | grep -E '^(cmd|lib|dissector)/')
}

# none: the lines given on stdin are offences
none() {
	local found
	found=$(cat)
	[ -z "$found" ] || { echo "$found"; return 1; }
}

@test "the top level holds what architecture says, and nothing else" {
	echo "$files" | sed 's|/.*||' | sort -u | grep -vxE \
	    'Makefile|README\.md|LICENSE|\.gitignore|\.clang-format|\.ci|cmd|lib|dissector|labs|tests|docs' |
	    none
}

@test "lib holds its five layers" {
	echo "$files" | grep '^lib/' | cut -d/ -f2 | sort -u |
	    grep -vxE 'proto|io|relay|capture|qkd' | none
}

@test "cmd holds a source and a man page for each command, and www" {
	for c in $(make -s --no-print-directory print-CMDS); do
		[ -f "cmd/$c.c" ] || echo "no cmd/$c.c"
		[ -f "cmd/$c.1" ] || echo "no cmd/$c.1"
	done | none
	echo "$files" | grep '^cmd/' | grep -vE '^cmd/(ss-[a-z-]+\.[c1]|www/.*)$' |
	    none
}

@test "every source, script and page names its licence at the top" {
	for f in $files; do
		case $f in
		LICENSE | *.md | *.png | *.json | *.txt | *.dict | */corpus/* | \
		    */data/* | */captures/*.keys | */captures/*.fields | */captures/*.pcapng) continue ;;
		esac
		# what is linked into Wireshark is under Wireshark's licence
		case $f in
		dissector/*.[ch]) licence='ISC|GPL-2\.0-or-later' ;;
		*) licence=ISC ;;
		esac
		head -n 3 "$f" |
		    grep -qE "SPDX-License-Identifier: ($licence)" || echo "$f"
	done | none
}

@test "nothing is left open, and no path of one machine is in it" {
	local open='TO''DO|FIX''ME|XX''X[^X]'
	local paths='/ho''me/[a-z]+/|/wo''rk/|/tm''p/bui''ld'
	for f in $files; do
		case $f in */corpus/*) continue ;; esac
		grep -nIHE "\<($open)|$paths" "$f"
	done | none
}

# includes FILES-PATTERN ALLOWED-PATTERN
includes() {
	for f in $(echo "$files" | grep -E "$1"); do
		grep -H '^# *include' "$f"
	done | grep -vE "include *($2)" | none
}
standard='<(assert|ctype|errno|inttypes|limits|math|stdalign|stdarg|stdbool|stddef|stdint|string)\.h>'

@test "lib/proto includes itself, libsodium, OpenSSL's EVP and pure headers" {
	includes '^lib/proto/' "\"[a-z0-9_]+\.h\"|<sodium\.h>|<openssl/[a-z_]+\.h>|$standard"
}

@test "lib/io, lib/relay and lib/capture include lib/proto and themselves" {
	for l in relay capture; do
		includes "^lib/$l/" '"(\.\./proto/)?[a-z0-9_]+\.h"|<.*>'
	done
	# qkd*.c are what moves the bytes of that other pure library
	includes '^lib/io/qkd' '"(\.\./(proto|qkd)/)?[a-z0-9_]+\.h"|<.*>'
	files=$(echo "$files" | grep -v '^lib/io/qkd')
	includes '^lib/io/' '"(\.\./proto/)?[a-z0-9_]+\.h"|<.*>'
}

@test "lib/qkd includes itself, lib/proto, libsodium and pure headers" {
	includes '^lib/qkd/' "\"(\.\./proto/)?[a-z0-9_]+\.h\"|<sodium\.h>|$standard"
}

@test "nothing includes a command, and commands no other command" {
	includes '^(cmd|lib|dissector)/.*\.[ch]$' \
	    '"(\.\./lib/(proto|io|relay|capture|qkd)/|\.\./(proto|qkd)/)?[a-z0-9_]+\.h"|<.*>'
}

@test "Linux-only calls are in lib/io/linux.c alone" {
	local calls='prctl|epoll_[a-z]+|eventfd|signalfd|timerfd_[a-z]+|inotify_[a-z]+|splice|vmsplice|tee|memfd_create|getrandom|pipe2|accept4|dup3|syscall|sendfile|fallocate|renameat2|statx|pidfd_[a-z]+|close_range'
	for f in $shipped; do
		[ "$f" = lib/io/linux.c ] && continue
		grep -nHE "<(linux/|sys/(prctl|epoll|eventfd|signalfd|timerfd|inotify|syscall|sendfile)\.h)|F_SETPIPE_SZ|MSG_CMSG_CLOEXEC|_GNU_SOURCE|\<($calls)\(" "$f"
	done | none
}

@test "no struct is hidden by a typedef" {
	for f in $shipped; do
		grep -nHE '^\s*typedef\s+(struct|union|enum)' "$f"
	done | none
}

@test "lines are at most 80 columns wide" {
	for f in $(echo "$files" | grep -E '^(cmd|lib|dissector)/.*\.[ch1]$|^Makefile$'); do
		expand "$f" | awk -v f="$f" 'length($0) > 80 {
			print f ":" NR ": " length($0) }'
	done | none
}

@test "headers are at most 200 lines, other files 600" {
	for f in $shipped; do
		n=$(wc -l <"$f")
		case $f in *.h) max=200 ;; *) max=600 ;; esac
		[ "$n" -le $max ] || echo "$f: $n lines"
	done | none
}

@test "functions are under 60 lines" {
	for f in $(echo "$shipped" | grep '\.c$'); do
		awk -v f="$f" '
			/^[a-z].*\(/ { name = $0 }
			/^{/ { start = NR }
			/^}/ && start { if (NR - start > 60)
				print f ":" start ": " NR - start " lines: " name
				start = 0 }' "$f"
	done | none
}

@test "bytes of wire structures are never read through a cast" {
	for f in $(echo "$shipped" | grep '^lib/proto/'); do
		grep -nHE '\(\s*(const )?uint(16|32|64)_t \*\)|\b(ntohl|htonl|ntohs|htons)\(' "$f"
	done | none
}

@test "every document's transcript is of the executed kind" {
	for f in $(echo "$files" | grep '\.md$'); do
		grep -nHE '^```(sh|shell|bash|terminal)' "$f"
	done | none
}
