# SPDX-License-Identifier: ISC
#
# Completion for bash.  It asks the command itself for its options, so it
# cannot fall behind.  `make install` puts it where bash finds it; without
# that: source docs/completion.bash

_secretsocket() {
	local word=$2 typed usage options
	local patterns="N K X NN NK NX KN KK KX XN XK XX IN IK IX"

	# What stands before the cursor: bash itself splits words at a colon.
	typed=${COMP_LINE:0:COMP_POINT}
	typed=${typed##*[[:space:]]}
	COMPREPLY=()
	case $typed in
	-*)
		usage=$("$1" --help 2>/dev/null)
		options=$(grep -oE -e '--[a-z][a-z-]*' <<<"$usage")
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		;;
	noise:*)
		[[ $COMP_WORDBREAKS == *:* ]] && word=${typed#noise:} ||
		    patterns=${patterns// / noise:} patterns=noise:$patterns
		mapfile -t COMPREPLY < <(compgen -W "$patterns" -- "$word")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		if [[ $1 == *ss-handshake && noise: == "$word"* ]]; then
			COMPREPLY+=(noise:)
			compopt -o nospace 2>/dev/null
		fi
		;;
	esac
}
complete -o filenames -F _secretsocket ss-keygen ss-handshake ss-seal ss-open \
    ss-explain ss-relay ss-connect ss-capture-decrypt
