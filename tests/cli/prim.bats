#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# ss-prim: each sub-command against the numbers of its RFC and against other
# programs, what it refuses, and a handshake and its first records by hand.

load common

setup() {
	in_folder
	umask 077
}

# key HEX: a key file of it
key() {
	printf %s "$1" | ss-prim unhex >key
	echo key
}

# gives WANT HEX-INPUT ARGUMENT...: this is what comes out
gives() {
	local want=$1 in=$2 got
	shift 2
	got=$(printf %s "$in" | ss-prim "$@" -x)
	[ "$got" = "$want" ] || { echo "$*: $got, not $want"; return 1; }
}

# no CODE STATUS COMMAND...: refused, and nothing on stdout
no() {
	local code=$1 want=$2 status=0
	shift 2
	"$@" >got 2>err || status=$?
	[ "$status" = "$want" ] || { echo "$*: $status"; cat err; return 1; }
	grep -q "^code: SS-E$code\$" err || { cat err; return 1; }
	[ ! -s got ]
}

# fill BYTE N: N times a byte, in hex
fill() {
	local i
	for ((i = 0; i < $2; i++)); do printf %s "$1"; done
}

zero12=000000000000000000000000

@test "hash: FIPS 180-4, and sha256sum" {
	gives e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 \
	    "" hash
	gives ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad \
	    616263 hash
	seq 30000 >many
	[ "$(ss-prim hash -w <many)" = "$(sha256sum <many | cut -d' ' -f1)" ]
}

@test "hmac: RFC 4231, and openssl" {
	key "$(fill 0b 20)"
	gives b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7 \
	    4869205468657265 hmac -k key
	printf Jefe >key
	gives 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843 \
	    7768617420646f2079612077616e7420666f72206e6f7468696e673f hmac -k key
	key "$(fill aa 20)"
	gives 773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe \
	    "$(fill dd 50)" hmac -k key
	key "$(fill aa 131)"
	gives 60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54 \
	    "$(printf 'Test Using Larger Than Block-Size Key - Hash Key First' |
	    ss-prim hex)" hmac -k key
	printf 00112233 >key
	[ "$(echo text | ss-prim hmac -w -k key)" = "$(echo text |
	    openssl dgst -sha256 -hmac 00112233 -r | cut -d' ' -f1)" ]
	[ "$(echo text | ss-prim hmac -wKk key)" = "$(echo text |
	    openssl dgst -sha256 -mac HMAC -macopt hexkey:00112233 -r |
	    cut -d' ' -f1)" ]
}

@test "hkdf: RFC 5869, whole and in two halves" {
	local ikm salt=000102030405060708090a0b0c info=f0f1f2f3f4f5f6f7f8f9
	local prk=077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5
	local okm=3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865
	ikm=$(fill 0b 22)
	gives $prk "$ikm" hkdf-extract -s $salt
	gives $okm $prk hkdf-expand -i $info -l 42
	gives $okm "$ikm" hkdf -s $salt -i $info -l 42
	# A.3: neither salt nor info; 32 bytes if nobody says
	okm=8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d
	gives ${okm}9d201395faa4b61a96c8 "$ikm" hkdf -l 42
	gives $okm "$ikm" hkdf
	# A.2, with values from files
	seq 0 79 | awk '{ printf "%02x", $1 }' >ikm
	seq 96 175 | awk '{ printf "%02x", $1 }' | ss-prim unhex >salt
	seq 176 255 | awk '{ printf "%02x", $1 }' | ss-prim unhex >info
	run -0 ss-prim hkdf -x -s file:salt -i file:<(cat info) -l 82 <ikm
	[ "$output" = b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87 ]
	# the longest
	run -0 ss-prim hkdf-expand -w -l 8160 < <(fill 41 32 | ss-prim unhex)
	[ ${#output} = 16320 ]
}

@test "dh: RFC 7748, and openssl" {
	key a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4
	gives c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552 \
	    e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c \
	    dh -k key
	# 6.1: Alice and Bob
	printf '77076d0a7318a57d3c16c17251b26645%s\n' \
	    df4c2f87ebc0992ab177fba51db92c2a >a
	printf 5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb >b
	[ "$(ss-prim dh -Px -k a)" = 8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a ]
	[ "$(ss-prim dh -P -w -k b)" = de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f ]
	shared=4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742
	[ "$(ss-prim dh -P -k b | ss-prim dh -w -k a)" = $shared ]
	[ "$(ss-prim dh -P -k a | ss-prim dh -w -k <(cat b))" = $shared ]
	# a key of openssl's: 16 and 12 bytes of DER, then the key
	openssl genpkey -algorithm X25519 -outform DER -out o.key
	openssl pkey -inform DER -in o.key -pubout -outform DER -out o.pub
	tail -c 32 o.key >o
	cmp <(ss-prim dh -P -k o) <(tail -c 32 o.pub)
	{ head -c 12 o.pub; ss-prim dh -P -k a; } >a.pub
	openssl pkeyutl -derive -inkey o.key -keyform DER -peerkey a.pub \
	    -peerform DER -out common
	cmp common <(ss-prim dh -k a < <(tail -c 32 o.pub))
}

@test "dh: low order, wrong lengths, keys that are none" {
	key "$(fill 41 32)"
	for low in "$(fill 00 32)" "01$(fill 00 31)" \
	    e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800 \
	    5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157 \
	    "ec$(fill ff 30)7f" "ed$(fill ff 30)7f" "ee$(fill ff 30)7f"; do
		no 118 1 ss-prim dh -x -k key <<<"$low"
	done
	no 105 1 ss-prim dh -r -k key <<<"$(fill 09 31)"
	no 105 1 ss-prim dh -r -k key <<<"$(fill 09 33)"
	no 105 1 ss-prim dh -k key </dev/null
	for bad in "$(fill 41 31)" "$(fill 41 33)" "$(fill 4g 32)" \
	    "$(fill 41 32)0" ""; do
		printf %s "$bad" >bad
		no 115 1 ss-prim dh -P -k bad
		run ! grep -q 4141 err
	done
}

@test "sign and verify: RFC 8032, and openssl" {
	key c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7
	pub=fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025
	sig=6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a
	[ "$(ss-prim sign -Pw -k key)" = $pub ]
	gives $sig af82 sign -k key
	gives "" af82 verify -p $pub -S $sig
	ss-prim unhex <<<af82 | ss-prim verify -p $pub -S "$sig"
	key 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60
	gives e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b \
	    "" sign -k key
	openssl genpkey -algorithm ED25519 -outform DER -out o.key
	echo 'a text' >text
	tail -c 32 o.key >o
	openssl pkeyutl -sign -rawin -inkey o.key -keyform DER -in text -out sig
	cmp sig <(ss-prim sign -k o <text)
	ss-prim verify -p file:<(ss-prim sign -P -k o) -S file:sig <text
}

@test "verify: one bit anywhere, wrong lengths" {
	fill 41 32 >key
	echo 'a text' >text
	ss-prim sign -k key <text >sig
	ss-prim sign -P -k key >pub
	ss-prim verify -p file:pub -S file:sig <text
	for bit in 0 100 255 256 300 511; do
		flip sig $bit >bad
		no 103 1 ss-prim verify -p file:pub -S file:bad <text
	done
	flip pub 77 >bad
	no 103 1 ss-prim verify -p file:bad -S file:sig <text
	no 103 1 ss-prim verify -p file:pub -S file:sig < <(flip text 3)
	no 103 1 ss-prim verify -p file:pub -S file:sig </dev/null
	head -c 63 sig >bad
	no 105 1 ss-prim verify -p file:pub -S file:bad <text
	cat sig pub >bad
	no 105 1 ss-prim verify -p file:pub -S file:bad <text
	no 105 1 ss-prim verify -p file:sig -S file:sig <text
	no 201 2 ss-prim verify -p file:pub <text
	no 202 2 ss-prim verify -p file:pub -S file:none <text
}

@test "aead: RFC 8439, python, and every bit of a ciphertext" {
	key "$(seq 128 159 | awk '{ printf "%02x", $1 }')"
	n=070000004041424344454647 ad=50515253c0c1c2c3c4c5c6c7
	printf %s "Ladies and Gentlemen of the class of '99: If I could offer \
you only one tip for the future, sunscreen would be it." >text
	ct=d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691
	[ "$(ss-prim aead-seal -w -k key -n $n -d $ad <text)" = $ct ]
	[ "$(ss-prim aead-open -r -k key -n $n -d $ad <<<$ct)" = "$(cat text)" ]
	for a in ChaCha20Poly1305:chachapoly AESGCM:aesgcm; do
		for ad in "" 616263; do
			python3 -c '
import sys
from cryptography.hazmat.primitives.ciphers import aead
name, ad = sys.argv[1:]
cipher = getattr(aead, name)(open("key", "rb").read())
sys.stdout.buffer.write(cipher.encrypt(bytes(range(12)),
    open("text", "rb").read(), bytes.fromhex(ad)))' \
			    "${a%:*}" "$ad" >want
			ss-prim aead-seal -A "${a#*:}" -k key -d "$ad" \
			    -n 000102030405060708090a0b <text | cmp - want
		done
	done
	# large texts go another way, through OpenSSL
	seq 40000 >text
	for a in chachapoly aesgcm; do
		ss-prim aead-seal -A $a -k key -n $n <text >ct
		ss-prim aead-open -A $a -k key -n $n <ct | cmp - text
		head -c -16 ct >first
		no 103 1 ss-prim aead-open -A $a -k key -n $n <first
		no 103 1 ss-prim aead-open -A $a -k key -n $n < <(flip ct 77777)
	done
	head -c 300 text | ss-prim aead-seal -A aesgcm -k key -n $n |
	    head -c 300 | cmp - <(head -c 300 ct)
	printf hi | ss-prim aead-seal -k key -n $zero12 >small
	for ((bit = 0; bit < 144; bit += 5)); do
		flip small $bit >bad
		no 103 1 ss-prim aead-open -k key -n $zero12 <bad
	done
}

@test "aead: another key, nonce, associated data, cipher; cut; lengths" {
	fill 41 32 >key
	fill 42 32 >other
	local o=(aead-open -k key -n $zero12 -d 00)
	printf hi | ss-prim aead-seal -k key -n $zero12 -d 00 >ct
	[ "$(ss-prim "${o[@]}" <ct)" = hi ]
	no 103 1 ss-prim "${o[@]}" -k other <ct
	no 103 1 ss-prim "${o[@]}" -n 000000000000000000000001 <ct
	no 103 1 ss-prim "${o[@]}" -d 0000 <ct
	no 103 1 ss-prim "${o[@]}" -d "" <ct
	no 103 1 ss-prim "${o[@]}" -A aesgcm <ct
	no 103 1 ss-prim "${o[@]}" < <(head -c 17 ct)
	no 103 1 ss-prim "${o[@]}" < <(cat ct key)
	no 101 1 ss-prim "${o[@]}" < <(head -c 15 ct)
	no 101 1 ss-prim "${o[@]}" </dev/null
	no 105 1 ss-prim "${o[@]}" -n 00 <ct
	no 105 1 ss-prim "${o[@]}" -n "${zero12}00" <ct
	no 201 2 ss-prim "${o[@]}" -n 0g <ct
	no 201 2 ss-prim "${o[@]}" -A rot13 <ct
	no 201 2 ss-prim aead-open -k key <ct
	no 201 2 ss-prim aead-open -n $zero12 <ct
}

@test "xor: twice is nothing, and lengths must agree" {
	gives 0ff0 00ff xor -m 0f0f
	gives "" "" xor -m ""
	seq 900 >text
	head -c "$(stat -c %s text)" /dev/urandom >pad
	ss-prim xor -m file:pad <text >ct
	run ! cmp -s text ct
	ss-prim xor -m file:ct <pad | cmp - text
	no 105 1 ss-prim xor -m 00 <text
	no 105 1 ss-prim xor -m "" <text
	no 105 1 ss-prim xor -m file:text </dev/null
}

@test "hex and unhex: there and back, and what is no hex" {
	head -c 5000 /dev/urandom >any
	ss-prim hex <any >hex
	[ "$(wc -l <hex)" = 1 ]
	cmp <(ss-prim unhex <hex) any
	[ "$(ss-prim hex <any)" = "$(od -An -v -tx1 any | tr -d ' \n')" ]
	od -An -v -tx1 any | tr a-f A-F | ss-prim unhex | cmp - any
	ss-prim unhex </dev/null | cmp - /dev/null
	for bad in 0 000 0g 0x00 '00-00' '0 0'; do
		no 102 1 ss-prim unhex < <(printf %s "$bad")
		no 102 1 ss-prim hash -r < <(printf %s "$bad")
	done
	no 102 1 ss-prim unhex < <(printf '00\0')
	gives "$(printf '\0ab' | sha256sum | cut -d' ' -f1)" '00 61
62' hash
}

@test "values: hex, file, text; one reader of standard input" {
	[ "$(printf x | ss-prim hkdf -w -i text:ab)" = \
	    "$(printf x | ss-prim hkdf -w -i 6162)" ]
	printf ab >info
	no 201 2 ss-prim hkdf -w -i 61:62 </dev/null
	[ "$(printf x | ss-prim hkdf -w -i file:info)" = \
	    "$(printf x | ss-prim hkdf -w -i 6162)" ]
	fill 41 32 >key
	[ "$(ss-prim dh -P -k - <key | ss-prim hex)" = \
	    "$(ss-prim dh -Pw -k key)" ]
	no 201 2 ss-prim dh -k - <key
	no 201 2 ss-prim xor -m file:- <key
	no 201 2 ss-prim hash -n 00 </dev/null
	no 201 2 ss-prim dh -P -r -k key </dev/null
	no 201 2 ss-prim </dev/null
	no 201 2 ss-prim rot13 </dev/null
	no 201 2 ss-prim hash text </dev/null
	no 201 2 ss-prim hkdf -l 0 </dev/null
	no 201 2 ss-prim hkdf -l 8161 </dev/null
	no 105 1 ss-prim hkdf-expand < <(head -c 31 key)
	head -c 16777216 /dev/zero | no 105 1 ss-prim hash
	head -c 16777215 /dev/zero >big
	[ "$(ss-prim hash -w <big)" = "$(sha256sum <big | cut -d' ' -f1)" ]
}

@test "a key that others can read is refused, and so is a lost output" {
	fill 41 32 >key
	chmod 644 key
	no 119 1 ss-prim dh -P -k key
	no 119 1 ss-prim hmac -k key </dev/null
	chmod 600 key
	ln -s key link
	no 119 1 ss-prim dh -P -k link
	no 202 2 ss-prim dh -P -k none
	for c in hash "dh -P -k key" hex; do
		status=0
		echo | ss-prim $c >/dev/full 2>err || status=$?
		[ $status = 2 ] && grep -q '^code: SS-E202' err
	done
}

@test "a terminal gets hex, or text that cannot speak to it" {
	fill 41 32 >key
	printf 'a\033[2Jb\n' | ss-prim aead-seal -k key -n $zero12 >ct
	for c in hash "hmac -k key" "dh -P -k key" "sign -k key" hkdf; do
		run -2 script -qec "ss-prim $c </dev/null" /dev/null
		[[ $output == *refusing* ]]
		run -0 script -qec "ss-prim $c -w </dev/null" /dev/null
	done
	run -0 script -qec "ss-prim aead-open -k key -n $zero12 <ct" /dev/null
	[[ $output == a*'[2Jb'* ]]
	[[ $output != *$'\033'* ]]
}

@test "--list names what the man page and the usage name" {
	ss-prim --list | cut -d' ' -f1 | sort >listed
	sed -n '/^\.Sh DESC/,/^The options/s/^\.It Cm //p' \
	    "$BATS_TEST_DIRNAME/../../cmd/ss-prim.1" | sed 's/ , Cm /\n/' |
	    sort >described
	ss-prim --help | sed -n 's/.*ss-prim \([a-z][a-z-]*\).*/\1/p' |
	    sort -u >used
	[ -s listed ]
	cmp listed described
	cmp listed used
}

# By hand: from here on only ss-prim, printf, head, tail and cat compute.

# told FILE WHAT: the value, of one or more lines, under the first line with
# WHAT.
told() {
	awk -v what="$2" '
		on && /^#       [0-9a-f]/ { printf "%s", $2; next }
		on { exit }
		hit && $2 == "=" { printf "%s", $3; on = 1 }
		index($0, what) { hit = 1 }' "$1"
}

# same FILE HEX: the file has these bytes, and they are some
same() {
	[ -n "$2" ] && [ "$(ss-prim hex <"$1")" = "$2" ] ||
	    { echo "$1 is $(ss-prim hex <"$1"), told was $2"; return 1; }
}

# part FILE OFFSET LENGTH
part() { tail -c +$(($2 + 1)) "$1" | head -c "$3"; }

bytes() { ss-prim unhex <<<"$1"; }

mix_hash() { cat h - | ss-prim hash >new && mv new h; }

mix_key() {
	ss-prim hkdf -s file:ck -l 64 >new
	head -c 32 new >ck
	tail -c 32 new >k
}

# mix TOLD WHAT SEC PUB SEC2 PUB2: one token, computed by both sides
mix() {
	ss-prim dh -k "$3" <"$4" >shared
	ss-prim dh -k "$5" <"$6" | cmp - shared
	same shared "$(told "$1" "  $2: DH")"
	mix_key <shared
	# "our" and "their" differ, ck and k do not: the next two numbers
	same ck "$(sed -n "/  $2: DH/,\$p" "$1" | told - 'MixKey: ck')"
	same k "$(sed -n "/  $2: DH/,\$p" "$1" | told - 'MixKey: k')"
}

# message TOLD NAME STEP TOKENS...: the record that the writer made
message() {
	local told=$1 name=$2 step=$3
	same h "$before"
	ss-prim dh -P -k $name.e >$name.E
	same $name.E "$(told $told 'e: its public half')"
	mix_hash <$name.E
	same h "$(sed -n "/e: its public half/,\$p" $told | told - 'MixHash: h')"
	"tokens_$name"
	ss-prim aead-seal -A $aead -k k -n $zero12 -d file:h </dev/null >tag
	mix_hash <tag
	before=$(sed -n "/we write/,\$p" $told | told - 'h after the payload')
	same h "$before"
	{ printf 'SS\001\001\000\000\000\075'; part m1 8 12
	    printf "\\00$step"; cat $name.E tag; } >made
}

tokens_alice() {
	mix 1.told es alice.e bob.X bob.x alice.E
	mix 1.told ss alice.x bob.X bob.x alice.X
}

tokens_bob() {
	mix 2.told ee bob.e alice.E alice.e bob.E
	mix 2.told se bob.e alice.X alice.x bob.E
}

handshake_by_hand() {
	printf %s "Noise_KK_25519_${1}_SHA256" >h
	head -c $((32 - $(stat -c %s h))) /dev/zero >>h
	cp h ck
	{ printf 'SecretSocket-v1 handshake\001'; part m1 8 12
	    printf '\000'; } >prologue
	same prologue "$(told 1.told prologue)"
	mix_hash <prologue
	mix_hash <alice.X
	mix_hash <bob.X
	before=$(told 1.told 'h after protocol name')
	message 1.told alice 0
	cmp made m1
	message 2.told bob 1
	cmp made m2
	ss-prim hkdf -s file:ck -l 64 </dev/null >split
	same split "$(told 2.told Split)"
	same h "$(told 3.told 'transcript hash')"
}

session_by_hand() {
	{ bytes "01$(part m1 8 4 | ss-prim hex)$code"; printf '\000'
	    cat alice.fp bob.fp; } >who
	ss-prim hkdf-extract -s file:h <split >prk
	same prk "$(told 3.told 'session PRK')"
	ss-prim hkdf-expand -i file:<(printf 'SecretSocket-v1 session root'
	    cat who) <prk >root
	same root "$(told 3.told 'session root')"
	ss-prim hkdf-expand -i file:<(printf 'SecretSocket-v1 session chain'
	    cat who) <prk >bob.ck
	same bob.ck "$(told 2.told 'C0, ')"
	same bob.ck "$(told 3.told 'C0, ')"
	# the initiator's first turn of the ratchet; R0 is the responder's e
	bytes "$(told 3.told 'our new ratchet key')" >alice.r
	ss-prim dh -P -k alice.r >alice.R
	cp bob.E bob.R
	ss-prim dh -k alice.r <bob.R | ss-prim hkdf -s file:root -l 64 \
	    -i 'text:SecretSocket-v1 ratchet' >new
	same <(head -c 32 new) "$(told 3.told 'root after it')"
	tail -c 32 new >alice.ck
	same alice.ck "$(told 3.told 'our sending chain')"
}

# stream_by_hand SENDER AUDIENCE: the introducer and the data record
stream_by_hand() {
	local from=$1 to=$2 ss=$1.ss told=$1.told
	printf '\001' | ss-prim hmac -k $from.ck >mk
	same mk "$(told $told 'message key')"
	part $ss 52 32 >salt
	{ printf 'SecretSocket-v1 epoch\001'; part $ss 8 1; part $ss 10 1
	    part $ss 9 1; printf '\000'; cat $from.fp $to.fp; } >info
	ss-prim hkdf -s file:salt -i file:info <mk >epoch
	same epoch "$(told $told 'epoch key')"
	for what in id:16 mac:32 aead:32; do
		ss-prim hkdf-expand -i "text:SecretSocket-v1 epoch ${what%:*}" \
		    -l ${what#*:} <epoch >epoch.${what%:*}
	done
	same epoch.id "$(told $told 'epoch id')"
	same epoch.mac "$(told $told 'MAC key')"
	same epoch.aead "$(told $told 'AEAD key')"

	{ printf 'SS\001\002\000\000\000\244\001'; bytes $code
	    printf '\000\000'; head -c 8 $from.fp; head -c 8 $to.fp
	    head -c 24 /dev/zero; cat salt $from.R; head -c 8 /dev/zero
	    cat epoch.id; } >made
	ss-prim hmac -k epoch.mac <made >mac
	cat mac >>made
	{ printf 'SS\001\003\000\000\000\067'; cat epoch.id
	    head -c 8 /dev/zero; printf '\001'; } >ad
	cat ad >>made
	ss-prim aead-seal -A $aead -k epoch.aead -n $zero12 -d file:ad \
	    <text >>made
	cmp made $ss
	tail -c 30 $ss | ss-prim aead-open -A $aead -k epoch.aead \
	    -n $zero12 -d file:ad | cmp - text
	no 103 1 ss-prim aead-open -A $aead -k epoch.aead -n $zero12 \
	    -d file:<(flip ad 263) < <(tail -c 30 $ss)
}

# by_hand AEAD CODE NAME: everything from the keys to the text
by_hand() {
	aead=$1 code=$2
	local told=(--explain --show-secrets)
	identities
	ss-handshake noise:KK -A $aead -i -k alice.key -p bob.pub -S alice.hs \
	    "${told[@]}" >m1 2>1.told
	ss-handshake noise:KK -A $aead -r -k bob.key -p alice.pub \
	    -o bob.sess "${told[@]}" <m1 >m2 2>2.told
	ss-handshake -S alice.hs -o alice.sess "${told[@]}" <m2 2>3.told
	echo 'fourteen bytes' | head -c 14 >text
	for n in alice bob; do
		ss-seal -s $n.sess "${told[@]}" <text >$n.ss 2>$n.told
		sed -n 's/^x25519: //p' $n.key >$n.x
		ss-prim dh -P -k $n.x >$n.X
		sed -n 's/^ed25519: //p' $n.key >$n.d
		{ printf 'SecretSocket-v1 fingerprint'
		    ss-prim sign -P -k $n.d; cat $n.X; } |
		    ss-prim hash >$n.fp
	done
	bytes "$(told 1.told 'our new ephemeral key')" >alice.e
	# the second file tells message 1 as it was read, too
	bytes "$(told 2.told 'our new ephemeral key')" >bob.e
	handshake_by_hand "$3"
	session_by_hand
	stream_by_hand alice bob
	stream_by_hand bob alice
	# nothing above was taken from the program's memory of what was sent
	ss-open -s bob.sess alice.ss | cmp - text
	ss-open -s alice.sess bob.ss | cmp - text
}

@test "by hand: a handshake, its session, and both first streams" {
	by_hand chachapoly 01 ChaChaPoly
}

@test "by hand: the same with AES-GCM" {
	by_hand aesgcm 02 AESGCM
}
