# SPDX-License-Identifier: ISC
#
# Completion for bash.  `make install` puts it where bash finds it; without
# that: source docs/completion.bash

# The long options of a command; a test holds them against its man page.
_secretsocket_options() {
	case ${1##*/} in
	ss-keygen)
		echo --name --public --fingerprint --qr --change-passphrase \
		    --explain --passphrase-fd --force --output --passphrase \
		    --help --version
		;;
	ss-seal)
		echo --session --armor --lines --output --rekey-after \
		    --rekey-every --pad --keylog --explain --show-secrets \
		    --force --help --version
		;;
	ss-open)
		echo --explain --force --keylog --mailbox --output --session \
		    --show-secrets --help --version
		;;
	esac
}

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
complete -o filenames -F _secretsocket ss-keygen ss-handshake ss-seal ss-open \
    ss-explain ss-relay ss-connect ss-capture-decrypt
