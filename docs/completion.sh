#!/bin/sh
# SPDX-License-Identifier: ISC
#
# docs/completion.sh PAGE... - completion for bash, made from the man pages, so
# that it knows every option.  `make` writes build/completion.bash, `make
# install` puts it where bash finds it; without that: source it.

echo '# SPDX-License-Identifier: ISC'
echo '# Made from the man pages by docs/completion.sh.'
echo
echo '_secretsocket_options() {'
printf '\tcase ${1##*/} in\n'
for page; do
	name=$(basename "$page" .1)
	# ".It Fl o Ar file , Fl -output Ar file", also with "Fl Fl output"
	options=$(sed -n 's/^\.It Fl /Fl /p' "$page" | tr -d '\\' |
	    sed 's/Fl Fl /Fl -/g; s/ , -/ , Fl -/g' | grep -oE 'Fl -[a-z][a-z-]*' |
	    sed 's/Fl /-/' | grep -vx -e --help -e --version | tr '\n' ' ')
	printf '\t%s) echo "%s--help --version" ;;\n' "$name" "$options"
	names="$names $name"
done
printf '\tesac\n}\n'
cat <<'END'

_secretsocket() {
	local word=$2 typed
	local patterns="N K X NN NK NX KN KK KX XN XK XX IN IK IX"

	# What stands before the cursor: bash itself splits words at a colon.
	typed=${COMP_LINE:0:COMP_POINT}
	typed=${typed##*[[:space:]]}
	COMPREPLY=()
	case $typed in
	-*)
		mapfile -t COMPREPLY < <(compgen \
		    -W "$(_secretsocket_options "$1")" -- "$word")
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
END
echo "complete -o filenames -F _secretsocket$names"
