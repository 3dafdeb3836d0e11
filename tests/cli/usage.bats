#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# What all commands have in common: --help, --version, misuse, man pages.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	commands=$(make -s --no-print-directory print-CMDS)
}

built() {
	command -v "$1" >/dev/null && [ -f "cmd/$1.c" ] && [ -f "cmd/$1.1" ]
}

# each TEST - run a function for every command; name those that fail.
each() {
	local c bad=
	for c in $commands; do
		{ built "$c" && "$1" "$c"; } || bad="$bad $c"
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

@test "every command is built and has a man page" { each built; }

help_works() {
	run -0 --separate-stderr "$1" --help &&
	    [ -z "$stderr" ] && [[ $output == "usage: $1 "* ]]
}
@test "--help goes to stdout, exit 0" { each help_works; }

help_is_synopsis() {
	diff -u --label "$1 --help" --label "$1.1 SYNOPSIS" \
	    <("$1" --help | forms "$1") <(synopsis "$1" | forms "$1")
}
@test "--help equals the man page's SYNOPSIS" { each help_is_synopsis; }

version_works() {
	run -0 --separate-stderr "$1" --version &&
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
	run -2 --separate-stderr "$1" --no-such-option &&
	    [ -z "$output" ] && [[ $stderr == *no-such-option* ]] &&
	    [[ $stderr == *"usage: $1 "* ]]
}
@test "an unknown long option: exit 2, usage on stderr, nothing on stdout" {
	each unknown_long
}

unknown_short() {
	run -2 --separate-stderr "$1" -% &&
	    [ -z "$output" ] && [[ $stderr == *"usage: $1 "* ]]
}
@test "an unknown short option: exit 2" { each unknown_short; }

full_disk() {
	local status=0
	"$1" --help >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ $status = 2 ] && [ -s "$BATS_TEST_TMPDIR/err" ]
}
@test "help that cannot be written is not exit 0" { each full_disk; }

# Options as "long short argument", from getopt's table and from the page.
table_options() {
	tr -d '\n' <"cmd/$1.c" | grep -oE '\{[[:space:]]*"[a-z-]+",[[:space:]]*[a-z]+_argument,[^}]*\}' |
	    sed -E 's/^[^"]*"([a-z-]+)",[[:space:]]*([a-z]+)_argument,[^,]*,[[:space:]]*('"'(.)'"'|[^}]*).*/\1 \4 \2/' |
	    sort
}

page_options() {
	# ".It Fl o Ar file , Fl -output Ar file", also with "Fl Fl output"
	sed -n 's/^\.It Fl /Fl /p' "cmd/$1.1" | tr -d '\\' |
	    sed 's/Fl Fl /Fl -/g; s/ , -/ , Fl -/g' | awk '{
		long = short = ""; arg = "no"
		for (i = 1; i < NF; i++) {
			if ($i == "Ar") arg = "required"
			if ($i == "Fl" && $(i + 1) ~ /^-./)
				long = substr($(i + 1), 2)
			else if ($i == "Fl" && $(i + 1) ~ /^.$/)
				short = $(i + 1)
		}
		if ($NF == "Ar") arg = "required"
		for (i = 1; i < NF; i++)
			if ($i == "Op") arg = "optional"
		if (long ~ /^[a-z]/)
			print long, short, arg }' | sort
}

# --help and --version stand in every SYNOPSIS; a page may say no more
of_its_own() { grep -vE '^(help|version) '; }

options_described() {
	[ "$(table_options "$1" | wc -l)" -ge 2 ] || return 1
	diff -u --label "$1.c" --label "$1.1" \
	    <(table_options "$1" | of_its_own) <(page_options "$1" | of_its_own)
}
@test "options in getopt's table are those of the man page, short and long" {
	each options_described
}

# -s alone, in a bundle like [-aef], or as --session
usage_complete() {
	local text long short arg bad=
	text="$("$1" --help) "
	while read -r long short arg; do
		[[ $text =~ [[:space:]\[]-[A-Za-z0-9]*$short ]] ||
		    [[ $text =~ --$long[^a-z-] ]] || bad="$bad --$long"
	done < <(table_options "$1")
	[ -z "$bad" ] || { echo "the usage of $1 lacks:$bad"; return 1; }
}
@test "the usage names every option" { each usage_complete; }

both_forms() { ! table_options "$1" | grep -vE '^[a-z-]+ [A-Za-z0-9] [a-z]+$'; }
@test "every option has a short and a long form" { each both_forms; }

short_known() {
	# getopt's string of short options and the table say the same
	local string have want
	string=$(tr -d '\n' <"cmd/$1.c" | grep -oE 'getopt_long\([^"]*"[^"]*"' |
	    sed -E 's/.*"[+:-]*([^"]*)"/\1/')
	have=$(echo "$string" | sed -E 's/(.)(:*)/\1\2\n/g' | sed '/^$/d' | sort)
	want=$(table_options "$1" | awk '{ sub("no", "", $3)
	    sub("required", ":", $3); sub("optional", "::", $3)
	    print $2 $3 }' | sort)
	diff -u --label "$1: string" --label "$1: table" \
	    <(echo "$have") <(echo "$want")
}
@test "getopt's string and its table agree" { each short_known; }

completed() {
	source "${B:-build}/completion.bash"
	diff -u --label "completion of $1" --label "$1.1" \
	    <(_secretsocket_options "$1" | tr ' ' '\n' | sort) \
	    <(table_options "$1" | sed 's/^/--/; s/ .*//')
}
@test "completion knows every option" { each completed; }

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
