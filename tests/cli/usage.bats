#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What all commands have in common: --help, --version, misuse, man pages.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	commands=$(make -s --no-print-directory print-CMDS)
}

# each TEST - run a function for every command; name those that fail.
each() {
	local c bad=
	for c in $commands; do
		"$1" "$c" || bad="$bad $c"
	done
	[ -z "$bad" ] || { echo "$1:$bad"; return 1; }
}

# one line for each form, blanks squeezed
forms() {
	sed -e 's/^usage://' | tr '\n' ' ' |
	    sed -e "s/  */ /g" -e "s/ $1\( \|$\)/\n$1\1/g" |
	    sed -e 's/ *$//' -e '/^$/d'
}

synopsis() {
	mandoc -T ascii -O width=900 "cmd/$1.1" | sed 's/.\x08//g' |
	    sed -n '/^SYNOPSIS/,/^DESCRIPTION/{/^[A-Z]/d;p;}'
}

built() { command -v "$1" >/dev/null && [ -f "cmd/$1.c" ] && [ -f "cmd/$1.1" ]; }
@test "every command is built and has a man page" { each built; }

help_works() {
	run -0 --separate-stderr "$1" --help
	[ -z "$stderr" ] && [[ $output == "usage: $1 "* ]]
}
@test "--help goes to stdout, exit 0" { each help_works; }

help_is_synopsis() {
	diff -u --label "$1 --help" --label "$1.1 SYNOPSIS" \
	    <("$1" --help | forms "$1") <(synopsis "$1" | forms "$1")
}
@test "--help equals the man page's SYNOPSIS" { each help_is_synopsis; }

version_works() {
	run -0 --separate-stderr "$1" --version
	[ -z "$stderr" ] && [ "$output" = "$1 $version" ]
}
@test "--version tells name and version, exit 0" {
	version="$(make -s --no-print-directory print-VERSION)"
	run -0 ss-seal --version
	[[ $output == "ss-seal"*"$version"* ]]
	version="${output#ss-seal }"
	each version_works
}

unknown_long() {
	run -2 --separate-stderr "$1" --no-such-option
	[ -z "$output" ] && [[ $stderr == *no-such-option* ]] &&
	    [[ $stderr == *"usage: $1 "* ]]
}
@test "an unknown long option: exit 2, usage on stderr, nothing on stdout" {
	each unknown_long
}

unknown_short() {
	run -2 --separate-stderr "$1" -%
	[ -z "$output" ] && [[ $stderr == *"usage: $1 "* ]]
}
@test "an unknown short option: exit 2" { each unknown_short; }

full_disk() {
	local status=0
	"$1" --help >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ $status = 2 ] && [ -s "$BATS_TEST_TMPDIR/err" ]
}
@test "help that cannot be written is not exit 0" { each full_disk; }

# Every option of the usage text stands in the man page's list, both forms.
options_described() {
	local page o bad=
	page=$(mandoc -T ascii -O width=900 "cmd/$1.1" | sed 's/.\x08//g')
	for o in $("$1" --help | grep -o -e '--[a-z][a-z-]*' | sort -u); do
		case $o in --help | --version) continue ;; esac
		echo "$page" | sed -n '/^DESCRIPTION/,$p' |
		    grep -q -e "^ *\(-., *\)\?$o" || bad="$bad $o"
	done
	[ -z "$bad" ] || { echo "$1.1 does not describe:$bad"; return 1; }
}
@test "every option in the usage is described in the man page" {
	each options_described
}

# getopt's table, the usage and the page cannot drift apart: each long option
# of the usage is known to the command.
options_known() {
	local o bad=
	for o in $("$1" --help | grep -o -e '--[a-z][a-z-]*' | sort -u); do
		case $o in --help | --version) continue ;; esac
		# a value may be missing, the option may not be unknown
		run --separate-stderr "$1" "$o" --no-such-option </dev/null
		[[ $stderr == *"unrecognized option"*"$o'"* ]] && bad="$bad $o"
	done
	[ -z "$bad" ] || { echo "$1 does not know:$bad"; return 1; }
}
@test "every option in the usage is known to the command" { each options_known; }

page_complete() {
	local s bad=
	for s in NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES; do
		grep -q "^\.Sh $s\$" "cmd/$1.1" || bad="$bad $s"
	done
	[ -z "$bad" ] || { echo "$1.1 lacks:$bad"; return 1; }
}
@test "man pages have EXIT STATUS and EXAMPLES" { each page_complete; }

page_lint() { mandoc -T lint -W warning "cmd/$1.1"; }
@test "man pages are clean under mandoc's lint" { each page_lint; }
