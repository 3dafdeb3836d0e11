# SPDX-License-Identifier: ISC

load common

setup() {
	in_folder
	mkdir work # bats keeps files of its own beside
	cd work
	unset NO_COLOR
}

# fails CODE STATUS COMMAND...: its status, its code on stderr, no output
fails() {
	local code=$1 want=$2
	shift 2
	run --separate-stderr "$@"
	[ "$status" = "$want" ] || { echo "status $status: $stderr"; return 1; }
	[ -z "$output" ] || { echo "output: $output"; return 1; }
	[[ $stderr == *"code: SS-E$code" ]] || { echo "$stderr"; return 1; }
}

secrets_of() { grep -E '^(ed25519|x25519|sealed): ' "$1" | cut -d' ' -f2; }

# terminal SCRIPT COMMAND...: run it on a terminal of its own and type; SCRIPT
# has "expect|type" pairs, one a line.  Prints what the terminal showed, then
# "status N", then whether the terminal echoes afterwards.
terminal() {
	python3 - "$@" <<-'END'
	import os, pty, select, sys, termios
	lines = [l.split("|") for l in sys.argv[1].splitlines() if l]
	pid, fd = pty.fork()
	if pid == 0:
	    os.execvp(sys.argv[2], sys.argv[2:])
	seen, shown = b"", b""
	while True:
	    ready, _, _ = select.select([fd], [], [], 20)
	    if not ready:
	        os.kill(pid, 9)
	        break
	    try:
	        got = os.read(fd, 4096)
	    except OSError:
	        break
	    if not got:
	        break
	    seen += got
	    shown += got
	    if lines and lines[0][0].encode() in seen:
	        seen = b""
	        quiet = not termios.tcgetattr(fd)[3] & termios.ECHO
	        shown += b"[no echo]" if quiet else b"[echo]"
	        echo = lines[0][1].encode().decode("unicode_escape")
	        os.write(fd, echo.encode())
	        lines.pop(0)
	try:
	    echo = bool(termios.tcgetattr(fd)[3] & termios.ECHO)
	except termios.error:
	    echo = None
	_, status = os.waitpid(pid, 0)
	print(shown.decode("utf8", "replace"))
	print("status", os.waitstatus_to_exitcode(status))
	print("echo", echo)
	END
}

@test "a key: mode 600, name and fingerprint on stderr, nothing on stdout" {
	run -0 --separate-stderr ss-keygen -n alice -o alice.key
	[ -z "$output" ]
	[ "$(stat -c %a alice.key)" = 600 ]
	[[ $stderr =~ ^name:\ +alice$'\n'fingerprint:\ (\ ?[0-9]{5}){6}$'\n' ]]
	[[ $stderr =~ $'\n'id:\ +[0-9a-f]{16}$ ]]
	[ "$(ls -A)" = alice.key ]
}

@test "the public half: from a file, a filter, a pipe, and to a file" {
	ss-keygen -n alice -o alice.key 2>/dev/null
	ss-keygen --public alice.key >alice.pub
	[[ $(cat alice.pub) =~ ^ss-pub-v1:alice:[A-Za-z0-9_-]{91}$ ]]
	[ "$(wc -l <alice.pub)" = 1 ]
	[ "$(wc -c <alice.pub)" -le 201 ]
	ss-keygen --public <alice.key | cmp - alice.pub
	cat alice.key | ss-keygen --public - | cmp - alice.pub
	ss-keygen --public <(cat alice.key) | cmp - alice.pub
	(umask 022; ss-keygen -p -o out alice.key)
	cmp out alice.pub
	[ "$(stat -c %a out)" = 644 ]
	grep -qx "public: $(cat alice.pub)" alice.key
}

@test "the fingerprint is the same for key and public half, and documented" {
	ss-keygen -n alice -o alice.key 2>made
	ss-keygen --public alice.key >alice.pub
	ss-keygen --fingerprint alice.key >one
	ss-keygen --fingerprint alice.pub >two
	ss-keygen --fingerprint <alice.pub >three
	cmp one made
	cmp one two
	cmp one three
	# once more, from the public line, by other hands
	python3 - "$(cat alice.pub)" >four <<-'END'
	import base64, hashlib, sys
	_, name, text = sys.argv[1].split(":")
	raw = base64.urlsafe_b64decode(text + "=")
	assert len(raw) == 68
	label = b"SecretSocket-v1 public key checksum"
	check = hashlib.sha256(label + name.encode() + raw[:64]).digest()
	assert check[:4] == raw[64:]
	fp = hashlib.sha256(b"SecretSocket-v1 fingerprint" + raw[:64]).digest()
	h = hashlib.sha512(fp).digest()
	g = ["%05d" % (int.from_bytes(h[5*i:5*i+5], "big") % 100000)
	     for i in range(12)]
	print("name:        " + name)
	print("fingerprint: " + " ".join(g[:6]))
	print("             " + " ".join(g[6:]))
	print("id:          " + fp[:8].hex())
	END
	cmp one four
}

@test "two keys are different" {
	ss-keygen -n a -o 1 2>/dev/null
	ss-keygen -n a -o 2 2>/dev/null
	[ "$(secrets_of 1 | sort -u | wc -l)" = 2 ]
	[ -z "$(comm -12 <(secrets_of 1 | sort) <(secrets_of 2 | sort))" ]
}

@test "an existing file stays, but for --force" {
	ss-keygen -n alice -o k 2>/dev/null
	cp k before
	fails 203 2 ss-keygen -n bob -o k
	cmp k before
	[[ $stderr == *"k: the file exists already"* ]]
	fails 203 2 ss-keygen -p k -o before
	ln -s nowhere link
	fails 203 2 ss-keygen -n bob -o link
	[ ! -e nowhere ]
	run -0 ss-keygen -n bob --force -o k
	run ! cmp -s k before
	[ "$(stat -c %a k)" = 600 ]
	[ "$(ls -A | wc -l)" = 3 ]
}

@test "to stdout: mode 600 if a file, refused on a terminal but for -o -" {
	(umask 022; ss-keygen -n alice >alice.key 2>/dev/null)
	[ "$(stat -c %a alice.key)" = 600 ]
	ss-keygen -n alice 2>/dev/null | ss-keygen --public | grep -q ^ss-pub
	run -0 terminal "" ss-keygen -n alice
	[[ $output == *"refusing to write"*"SS-E201"*"status 2"* ]]
	[[ $output != *ed25519* ]]
	run -0 terminal "" ss-keygen -n alice -o -
	[[ $output == *"ed25519: "*"status 0"* ]]
}

@test "a passphrase: nothing secret in the file, public half without it" {
	echo secret >pass
	ss-keygen -n carol --passphrase-fd 3 -o carol.key 3<pass 2>made
	[ "$(stat -c %a carol.key)" = 600 ]
	run ! grep -E '^(ed25519|x25519):|secret$' carol.key
	grep -q '^kdf: argon2id 3 67108864$' carol.key
	ss-keygen -l carol.key </dev/null | cmp - made
	ss-keygen -p carol.key </dev/null | grep -q '^ss-pub-v1:carol:'
	ss-keygen -n carol -P -F 3 -o second.key 3<pass 2>/dev/null
	run ! grep -qxFf <(grep -E '^(salt|nonce|sealed)' carol.key) second.key
	fails 201 2 bash -c 'echo | ss-keygen -n carol -F 0 -o third.key'
	fails 202 2 ss-keygen -n carol -F 99 -o third.key
	head -c 1024 /dev/zero | tr '\0' x >long
	fails 202 2 bash -c 'ss-keygen -n carol -F 3 -o third.key 3<long'
	[ ! -e third.key ]
}

@test "the passphrase changes, the key does not" {
	ss-keygen -n carol -o carol.key 2>made
	printf 'new\n' | ss-keygen -c -F 0 carol.key 2>changed
	cmp made changed
	cp carol.key before
	fails 120 1 bash -c "printf 'old\nnewer\n' | ss-keygen -c -F 0 carol.key"
	cmp carol.key before
	printf 'new\nnewer\n' | ss-keygen -c -F 0 carol.key 2>changed
	cmp made changed
	fails 120 1 bash -c "printf 'new\nx\n' | ss-keygen -c -F 0 carol.key"
	[ "$(stat -c %a carol.key)" = 600 ]
	[ "$(secrets_of before)" != "$(secrets_of carol.key)" ]
	[ "$(ls -A | wc -l)" = 4 ]
}

@test "a prompt: on the terminal, twice, without echo" {
	run -0 terminal $'New passphrase|hush\\n\nOnce more|hush\\n' \
	    bash -c 'ss-keygen -n carol -P -o carol.key </dev/null >out'
	[[ $output == *"status 0"*"echo "* ]]
	[[ $output == *"[no echo]"*"[no echo]"* ]]
	[[ $output != *hush* ]]
	[ ! -s out ]
	# it is what was typed
	run -0 terminal $'Passphrase of carol|hush\\n\nNew|b\\n\nOnce|b\\n' \
	    ss-keygen -c carol.key
	[[ $output == *"status 0"* ]]
	run -0 terminal $'Passphrase of carol|hush\\n' ss-keygen -c carol.key
	[[ $output == *SS-E120*"status 1"* ]]
}

@test "a prompt: two different answers, an empty one, no terminal" {
	run -0 terminal $'New|one\\n\nOnce|two\\n' ss-keygen -n c -P -o c.key
	[[ $output == *differ*SS-E201*"status 2"* ]]
	run -0 terminal $'New|\\n' ss-keygen -n c -P -o c.key
	[[ $output == *empty*SS-E201*"status 2"* ]]
	fails 202 2 setsid -w ss-keygen -n c -P -o c.key
	[[ $stderr == *"--passphrase-fd"* ]]
	[ -z "$(ls -A)" ]
}

@test "a prompt interrupted leaves the terminal as it was, and no file" {
	run -0 terminal $'New|half\\x03\nready|exit\\n' \
	    bash -c 'trap "" INT; (trap - INT; exec ss-keygen -n c -P -o c.key)
	        echo "died $?"; stty -a | grep -o "[-]\?echo "; echo ready
	        read -r _; exit 0'
	[[ $output == *"died 130"* ]] || { echo "$output"; return 1; }
	[[ $output == *$'\n'"echo "* ]]
	[[ $output != *"-echo"* ]]
	[[ $output != *half* ]]
	[ -z "$(ls -A)" ]
}

@test "the wrong half, empty, foreign, later: each its own code" {
	ss-keygen -n alice -o alice.key 2>/dev/null
	ss-keygen -p alice.key >alice.pub
	fails 116 1 ss-keygen --public alice.pub
	[[ $stderr == *"public half already"* ]]
	fails 116 1 ss-keygen --public <alice.pub
	(umask 077; cat alice.pub >c.key)
	fails 116 1 ss-keygen --change-passphrase -F 0 c.key
	: >empty
	fails 113 1 ss-keygen --fingerprint empty
	fails 113 1 ss-keygen --public </dev/null
	echo 'ssh-ed25519 AAAA' >ssh
	fails 115 1 ss-keygen --fingerprint ssh
	fails 115 1 ss-keygen --fingerprint /dev/zero
	sed 's/^secretsocket-key: 1/secretsocket-key: 2/' alice.key >later
	chmod 600 later
	fails 104 1 ss-keygen --public later
	sed 's/ss-pub-v1/ss-pub-v2/' alice.pub >later.pub
	fails 104 1 ss-keygen --fingerprint later.pub
	fails 202 2 ss-keygen --fingerprint nowhere
}

@test "a key that others can read is refused, and so is a link" {
	ss-keygen -n alice -o alice.key 2>/dev/null
	for mode in 640 604 660 602; do
		chmod $mode alice.key
		fails 119 1 ss-keygen --public alice.key
		fails 119 1 ss-keygen --public <alice.key
		fails 119 1 ss-keygen --fingerprint alice.key
		fails 119 1 ss-keygen --change-passphrase -F 0 alice.key
	done
	chmod 400 alice.key
	run -0 ss-keygen --public alice.key
	ln -s alice.key link
	fails 119 1 ss-keygen --public link
	ss-keygen --public alice.key >alice.pub
	ln -s alice.pub public
	run -0 ss-keygen --fingerprint public
}

@test "a key cut short at any byte is refused, and no secret is shown" {
	ss-keygen -n alice -o alice.key 2>/dev/null
	echo p | ss-keygen -n alice -F 0 -o sealed.key 2>/dev/null
	for key in alice.key sealed.key; do
		size=$(stat -c %s $key)
		# all are cut in the unit tests; here every seventh, and the end
		for n in $(seq 1 7 $((size - 1))) $((size - 1)); do
			head -c "$n" $key >cut
			chmod 600 cut
			fails 115 1 ss-keygen --public cut
			for s in $(secrets_of $key); do
				[[ $stderr != *"${s:0:8}"* ]]
			done
		done
	done
}

@test "a damaged public key is refused" {
	ss-keygen -n alice -o alice.key 2>/dev/null
	ss-keygen -p alice.key >alice.pub
	sed s/alice/mallory/ alice.pub >named
	fails 115 1 ss-keygen --fingerprint named
	for bit in $(seq 80 13 840); do
		flip alice.pub "$bit" >flipped
		fails 115 1 ss-keygen --fingerprint flipped
	done
	cat alice.pub alice.pub >two
	fails 115 1 ss-keygen --fingerprint two
}

# The QR code back to modules: two a character, and the quiet zone off.
modules() {
	python3 - "$1" <<-'END'
	import sys
	rows = []
	for line in open(sys.argv[1], encoding="utf8").read().splitlines():
	    rows.append([c in "\u2580\u2588" for c in line])
	    rows.append([c in "\u2584\u2588" for c in line])
	size = len(rows[0])
	assert all(len(r) == size for r in rows) and len(rows) >= size
	assert not any(any(r) for r in rows[:4] + rows[size - 4:])
	assert not any(any(r[:4] + r[-4:]) for r in rows)
	inner = [r[4:size - 4] for r in rows[4:size - 4]]
	finder = ["#######", "#     #", "# ### #", "# ### #", "# ### #",
	          "#     #", "#######"]
	corner = lambda y, x: ["".join("#" if m else " " for m in r[x:x + 7])
	                       for r in inner[y:y + 7]]
	n = len(inner)
	assert (n - 17) % 4 == 0
	assert corner(0, 0) == corner(0, n - 7) == corner(n - 7, 0) == finder
	assert corner(n - 7, n - 7) != finder
	print("P1\n%d %d" % (8 * size, 8 * size))
	for r in rows[:size]:
	    for _ in range(8):
	        print("".join("11111111" if m else "00000000" for m in r))
	END
}

@test "the QR code: a square, a quiet zone, three finders" {
	ss-keygen -n alice -o alice.key 2>/dev/null
	ss-keygen --qr alice.key >drawn
	run ! grep -q $'\033' drawn
	modules drawn >qr.pbm
	ss-keygen --public alice.key | ss-keygen --qr | cmp - drawn
}

@test "the QR code holds the public key" {
	command -v zbarimg >/dev/null || skip "no zbarimg"
	for name in a $(printf 'n%.0s' $(seq 64)); do
		ss-keygen -n $name -o $name.key 2>/dev/null
		ss-keygen --public $name.key >pub
		ss-keygen --qr $name.key >drawn
		modules drawn >qr.pbm
		zbarimg -q --raw -Sdisable -Sqrcode.enable qr.pbm | cmp - pub
	done
}

@test "the QR code on a terminal says black and white, but for NO_COLOR" {
	ss-keygen -n alice -o alice.key 2>/dev/null
	TERM=xterm run -0 terminal "" ss-keygen --qr alice.key
	[[ $output == *$'\033[38;5;16;48;5;231m '*$'\033[0m'* ]]
	TERM=dumb run -0 terminal "" ss-keygen --qr alice.key
	[[ $output != *$'\033'* ]]
	NO_COLOR=1 TERM=xterm run -0 terminal "" ss-keygen --qr alice.key
	[[ $output != *$'\033'* ]]
}

@test "--explain tells the steps and no secret, and changes no output" {
	run -0 --separate-stderr ss-keygen --explain -n alice -o alice.key
	[[ $stderr == *"# "*"(64 secret bytes)"*"fingerprint = SHA-256"* ]]
	for s in $(secrets_of alice.key); do
		[[ $stderr != *"${s:0:8}"* ]]
	done
	ss-keygen --public alice.key >alice.pub
	ss-keygen --explain --public alice.key 2>told | cmp - alice.pub
	grep -q '^# ' told
	ss-keygen --explain -l alice.pub 2>told | cmp - <(ss-keygen -l alice.pub)
	grep -q 'modulo 100,000' told
}

@test "--rsa: a third key, in the file, the line and the fingerprint" {
	ss-keygen -n rob --rsa 2048 -o rob.key 2>told
	[ "$(stat -c %a rob.key)" = 600 ]
	[ "$(grep -c '^rsa: [0-9a-f]*$' rob.key)" = 1 ]
	ss-keygen -p rob.key >rob.pub
	[ "$(wc -c <rob.pub)" = $((10 + 3 + 1 + 432 + 1)) ]
	cmp <(ss-keygen -l rob.key) <(ss-keygen -l rob.pub)
	cmp <(ss-keygen -l rob.key) told
	ss-keygen -q rob.pub >qr
	[ -s qr ]
	ss-explain rob.key >words
	grep -q 'RSA secret' words
	ss-explain rob.pub >words
	grep -q 'RSA modulus' words
	# under a passphrase, and out of it again
	printf 'pw\n' >pw
	ss-keygen -c -F 3 rob.key 3<pw 2>/dev/null
	lacks rob.key '^rsa:'
	cmp <(ss-keygen -p rob.key) rob.pub
	# old forms stay as they were
	ss-keygen -n alice -o alice.key 2>/dev/null
	lacks alice.key rsa
}

@test "--rsa: the numbers are what openssl takes for a key" {
	command -v openssl >/dev/null || skip "no openssl"
	ss-keygen -n rob --rsa 3072 -o rob.key 2>/dev/null
	perl -ne 's/^rsa: // or next; my $at = 0;
		for my $len (384, (192) x 5) {
			print substr($_, $at, 2 * $len), "\n";
			$at += 2 * $len;
		}' rob.key >numbers
	ss-keygen -p rob.key | cut -d: -f3 | tr -d '\n' | tr '_-' '/+' |
	    base64 -d | tail -c +65 | head -c 384 | od -An -tx1 -v |
	    tr -d ' \n' >n
	{ echo asn1=SEQUENCE:key; echo '[key]'; echo 'v=INTEGER:0'
	  echo "n=INTEGER:0x$(cat n)"; echo e=INTEGER:0x010001
	  paste -d= <(printf '%s\n' d p q dp dq qi) \
	      <(sed 's/^/INTEGER:0x/' numbers); } >key.cnf
	openssl asn1parse -genconf key.cnf -out key.der -noout
	openssl rsa -inform DER -in key.der -check -noout | grep -q 'key ok'
}

@test "--rsa: sizes, and what goes with it" {
	for bits in 0 512 1024 2047 3000 8192 x; do
		fails 201 2 ss-keygen -n rob --rsa $bits -o rob.key
	done
	fails 201 2 ss-keygen --public --rsa 2048
	[ -z "$(ls -A | grep -v -e err -e got)" ]
}

@test "misuse: exit 2, and nothing is made" {
	fails 201 2 ss-keygen
	fails 201 2 ss-keygen -o x
	fails 201 2 ss-keygen -n alice -o x extra
	fails 201 2 ss-keygen -n alice --public -o x
	fails 201 2 ss-keygen --public --fingerprint
	fails 201 2 ss-keygen --public --passphrase
	fails 201 2 ss-keygen --fingerprint -o x
	fails 201 2 ss-keygen --qr --force
	fails 201 2 ss-keygen --change-passphrase
	fails 201 2 ss-keygen --change-passphrase -
	fails 201 2 ss-keygen --public a b
	fails 201 2 ss-keygen -n alice -o x --passphrase-fd three
	fails 201 2 ss-keygen -n
	for name in Alice -a .a 'a b' '' $'a\nb' é \
	    "$(printf 'n%.0s' $(seq 65))"; do
		fails 201 2 ss-keygen -o x --name="$name"
	done
	[ -z "$(ls -A)" ]
}

@test "a full disk is exit 2 and leaves nothing" {
	[ -c /dev/full ] || skip "no /dev/full"
	ss-keygen -n alice -o alice.key 2>/dev/null
	for what in --public --fingerprint --qr; do
		fails 202 2 bash -c "ss-keygen $what alice.key >/dev/full"
	done
	fails 202 2 bash -c 'ss-keygen -n bob >/dev/full'
	fails 202 2 ss-keygen -n bob --force -o /dev/full
	fails 202 2 ss-keygen -n bob -o nowhere/bob.key
	[ -c /dev/full ]
	[ "$(ls -A)" = alice.key ]
}
