#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The documents: they name what there is, and what they name is there.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
}

@test "reading.md names every source file, and no other" {
	ls lib/*/*.c cmd/*.c dissector/*.c >"$BATS_TEST_TMPDIR/have"
	grep -o '`\(lib\|cmd\|dissector\)/[^`]*\.c`' docs/reading.md | tr -d '`' |
	    sort >"$BATS_TEST_TMPDIR/named"
	diff -u <(sort "$BATS_TEST_TMPDIR/have") "$BATS_TEST_TMPDIR/named"
	for f in $(grep -o '`\(lib\|tests\)/[^` ]*`' docs/reading.md | tr -d '`')
	do
		[ -e "$f" ] || { echo "no $f"; return 1; }
	done
}

@test "sections that the source names are in protocol.md" {
	sections=$(grep -rhoE 'protocol\.md, [0-9]+(\.[0-9]+)?' lib cmd |
	    sed 's/.*, //' | sort -u)
	table=$(grep -ohE \
	    '"[0-9]+(\.[0-9]+)?",' lib/proto/wire_table.c lib/io/explain*.c \
	    lib/proto/words_file.c | tr -d '",' | sort -u)
	[ -n "$sections" ]
	[ -n "$table" ]
	for s in $sections $table; do
		grep -qE "^#+ ${s/./\\.}\.? " docs/protocol.md ||
		    { echo "no section $s"; return 1; }
	done
}

@test "labels in protocol.md are those of the source, and all of them" {
	sed -n 's/.*"\(SecretSocket-v1 [^"]*\)".*/\1/p' lib/proto/labels.h |
	    sort >"$BATS_TEST_TMPDIR/source"
	grep -oE '`SecretSocket-v1 [^`]*`' docs/protocol.md | tr -d '`' |
	    sort >"$BATS_TEST_TMPDIR/table"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/source")" -gt 10 ]
	diff -u "$BATS_TEST_TMPDIR/source" "$BATS_TEST_TMPDIR/table"
}

@test "patterns in protocol.md are those of the source" {
	sed -n 's/^	{ \([0-9]*\), "\([A-Z0-9]*\)", "[-<].*/\1 \2/p' \
	    lib/proto/noise_plan.c | sort >"$BATS_TEST_TMPDIR/source"
	sed -n '/^| number | pattern/,/^$/p' docs/protocol.md |
	    grep -oE '[0-9]+ \| [A-Z][A-Z0-9]*' | tr -d '|' | tr -s ' ' |
	    sort >"$BATS_TEST_TMPDIR/table"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/source")" = 38 ]
	diff -u "$BATS_TEST_TMPDIR/source" "$BATS_TEST_TMPDIR/table"
}

@test "links between documents lead somewhere" {
	for d in README.md docs/*.md; do
		for l in $(grep -oE '\]\([^)#]+' "$d" | sed 's/](//'); do
			case $l in
			http*) ;;
			*) [ -e "$(dirname "$d")/$l" ] ||
			    { echo "$d: $l"; return 1; } ;;
			esac
		done
	done
}

@test "error codes that documents name exist" {
	for c in $(grep -ohE 'SS-E[0-9]{3}' README.md docs/*.md cmd/*.1 |
	    sort -u); do
		run -0 ss-explain "$c"
	done
}
