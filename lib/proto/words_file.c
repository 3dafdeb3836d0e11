/* SPDX-License-Identifier: ISC */
#include "words.h"
#include <string.h>

/* The lines of the files that commands keep, and of key logs. */

#define END \
	{ "end", "End", "p", "The last line: without it the file was cut." }, \
	{ NULL, NULL, NULL, NULL }

static const struct ss_words_line key_lines[] = {
	{ "secretsocket-key", "Key file", "p",
	    "The version of this format." },
	{ "name", "Name", "p", "Whose key this is; the relay knows this "
	    "name." },
	{ "public", "Public key", "p", "The public half, the same line that "
	    "ss-keygen --public prints." },
	{ "kdf", "Key derivation", "p", "How the passphrase becomes a key: "
	    "Argon2id, its passes and its bytes of memory, which make "
	    "guessing slow." },
	{ "salt", "Salt", "p", "Random: the same passphrase gives another "
	    "key in every file." },
	{ "nonce", "Nonce", "p", "For XChaCha20-Poly1305, which seals the "
	    "secrets." },
	{ "sealed", "Sealed secrets", "k", "Both secret keys, encrypted "
	    "under the passphrase; their tag also covers every line "
	    "above." },
	{ "ed25519", "Ed25519 seed", "S", "The secret that signs; the "
	    "public key is computed from it." },
	{ "x25519", "X25519 secret", "S", "The secret that agrees on "
	    "keys." },
	{ "rsa", "RSA secret", "S", "The numbers d, p, q, dP, dQ and qInv "
	    "of an RSA key; only if there is one." },
	END
};

static const struct ss_words_line session_lines[] = {
	{ "secretsocket-session", "Session file", "p",
	    "The version of this format." },
	{ "family", "Family", "p", "The kind of handshake that made this "
	    "session." },
	{ "suite", "Suite", "p", "The pattern and algorithms of that "
	    "handshake, as in its records." },
	{ "mode", "Mode", "p", "How keys move on: dh, hash or static." },
	{ "aead", "AEAD", "p", "The cipher of the data records." },
	{ "role", "Role", "p", "Which side of the handshake we were; the "
	    "initiator is the Double Ratchet's Alice." },
	{ "one-way", "One-way", "p", "yes: only the initiator can send." },
	{ "profile", "Profile", "p", "A dash, or the name of an insecure "
	    "lab profile." },
	{ "self", "We", "p", "Our name and fingerprint." },
	{ "peer", "Peer", "p", "The peer's name and fingerprint; a dash "
	    "and zeros if it stayed anonymous." },
	{ "transcript", "Transcript hash", "p", "The hash of every byte of "
	    "the handshake: equal on both sides, or there was somebody in "
	    "between." },
	{ "root", "Root key", "S", "Each Diffie-Hellman step mixes its "
	    "result into this key." },
	{ "own-ratchet", "Own ratchet key", "Sp", "Our current ratchet "
	    "key: the secret, then the public key that our introducers "
	    "show." },
	{ "peer-ratchet", "Peer's ratchet key", "p", "The ratchet key that "
	    "the peer showed last." },
	{ "send-chain", "Sending chain", "Sp", "Gives the keys of our next "
	    "epochs; then how many it has given." },
	{ "receive-chain", "Receiving chain", "Sp", "Gives the keys of the "
	    "peer's next epochs; then how many it has given." },
	{ "previous-chain", "Previous chain", "p", "How many epochs our "
	    "previous sending chain had." },
	{ "skipped", "Skipped epoch", "ppS", "An epoch that has not come "
	    "yet: the ratchet key of its chain, its number, and the key "
	    "kept for it." },
	{ "open-stream", "Open stream", "pSp", "A line stream under way: "
	    "epoch id, epoch key, and the sequence number that comes "
	    "next." },
	END
};

static const struct ss_words_line handshake_lines[] = {
	{ "secretsocket-handshake", "Handshake state", "p",
	    "The version of this format." },
	{ "family", "Family", "p", "The kind of handshake." },
	{ "suite", "Suite", "p", "Its pattern and algorithms, as in the "
	    "records." },
	{ "mode", "Mode", "p", "The mode of the session to be made." },
	{ "role", "Role", "p", "Which side we are." },
	{ "profile", "Profile", "p", "A dash, or the name of an insecure "
	    "lab profile." },
	{ "run", "Run id", "p", "Which run of the handshake this is." },
	{ "key", "Key file", "p", "Fingerprint and path of our key file, "
	    "whose secret is not copied here." },
	{ "peer", "Peer", "p", "The public key of whom we mean." },
	{ "psk", "Pre-shared key", "p", "Hash and path of the file that it "
	    "is made from." },
	{ "armor", "Armor", "p", "Whether our messages are written as "
	    "text." },
	{ "output", "Output", "p", "Where the session will be written." },
	{ "write", "Written message", "S", "The 32 random bytes that our "
	    "message was made from: its ephemeral secret." },
	{ "read", "Message read", "k", "The record that came." },
	END
};

static const struct ss_words_line prekeys_lines[] = {
	{ "secretsocket-prekeys", "Prekey file", "p",
	    "The version of this format." },
	{ "public", "Owner", "p", "Whose prekeys these are." },
	{ "next", "Next ids", "p", "The next signed and the next one-time "
	    "prekey will have these ids: none is used twice." },
	{ "signed", "Signed prekey", "pppSk", "Its id; until when others may "
	    "begin with it, and until when it is kept, in seconds since "
	    "1970; the secret; its owner's signature." },
	{ "one-time", "One-time prekey", "pSp", "Its id, its secret, which "
	    "goes when it is used, and the public key." },
	{ "seen", "First message seen", "p", "The ids of the prekeys that a "
	    "first message used, and its ephemeral key: it is not taken a "
	    "second time." },
	END
};

static const struct ss_words_line bundle_lines[] = {
	{ "secretsocket-bundle", "Bundle", "p",
	    "The version of this format." },
	{ "public", "Owner", "p", "Whose bundle this says to be." },
	{ "signed", "Signed prekey", "p", "Its id, its end in seconds since "
	    "1970, the public key, and the owner's signature over all of "
	    "it." },
	{ "one-time", "One-time prekey", "p", "Its id and the public key; "
	    "nobody has signed it." },
	END
};

static const struct ss_words_line qkd_key_lines[] = {
	{ "secretsocket-qkd-key", "QKD key", "p",
	    "The version of this format." },
	{ "role", "Role", "p", "Who keeps this copy: alice or bob." },
	{ "run", "Run id", "p", "Which qubits it was made of." },
	{ "profile", "Profile", "p", "A dash, or the name of an insecure "
	    "lab profile." },
	{ "bits", "Length", "p", "How many bits the key has, or had." },
	{ "spent", "Spent", "p", "yes: a session was made with it, and the "
	    "key is gone." },
	{ "key", "Key", "S", "What Alice and Bob have and nobody else." },
	END
};

static const struct ss_words_line qkd_auth_lines[] = {
	{ "secretsocket-qkd-auth", "QKD authentication", "p",
	    "The version of this format." },
	{ "point", "Point", "S", "Where the polynomials of all messages are "
	    "evaluated." },
	{ "at", "First pad", "p", "Its number; those before it were used "
	    "and are gone." },
	{ "pads", "Pads", "S", "16 bytes for each proof, used once." },
	END
};

static const struct ss_words_line qkd_raw_lines[] = {
	{ "secretsocket-qkd-raw", "QKD raw file", "p",
	    "The version of this format." },
	{ "role", "Role", "p", "Who wrote it: alice, bob or eve." },
	{ "run", "Run id", "p", "Which qubits it is about." },
	{ "profile", "Profile", "p", "A dash, or the name of an insecure "
	    "lab profile." },
	{ "spent", "Spent", "p", "1 once a discussion has begun about it: no "
	    "other may." },
	END
};

static const struct ss_words_line qkd_state_lines[] = {
	{ "secretsocket-qkd-state", "QKD discussion", "p",
	    "The version of this format." },
	{ "role", "Role", "p", "Which side we are." },
	{ "next", "Next stage", "p", "The stage that goes on from here." },
	{ "raw", "Raw file", "p", "Where our bits and bases are." },
	{ "auth", "Pads", "p", "Where the pads are, or a dash." },
	{ "key", "Key file", "p", "Where our signing key is, or a dash." },
	{ "peer", "Peer", "p", "Where the peer's public key is, or a dash." },
	{ "output", "Output", "p", "Where the key will be written." },
	{ "profile", "Profile", "p", "A dash, or the name of an insecure "
	    "lab profile." },
	{ "variant", "Cascade", "p", "Which one, if we are Alice." },
	{ "entropy", "Randomness", "S", "What all our random choices come "
	    "from." },
	{ "point", "Point", "S", "Of the polynomials, once pads are ours." },
	{ "pads", "Claimed pads", "S", "The ten of this discussion." },
	{ "at", "First pad", "p", "Its number." },
	{ "claimed", "Claimed", "p", "1 once they are gone from their "
	    "file." },
	{ "sample", "Sample", "p", "The share of bits to compare, in units "
	    "of 10^-9." },
	{ "threshold", "Threshold", "p", "The highest QBER, in units of "
	    "10^-9." },
	{ "wrote", "Written", "p", "How many records we have written." },
	END
};

const struct ss_words_file ss_words_files[] = {
	{ "secretsocket-key", "Key file",
	    "A secret identity: whoever has it is this person.", "4.4",
	    key_lines },
	{ "secretsocket-session", "Session file",
	    "What one side of a session knows: whoever has a copy can read "
	    "what comes, until the ratchet has moved on.", "9.4",
	    session_lines },
	{ "secretsocket-handshake", "Handshake state",
	    "A handshake under way, between two messages; removed once its "
	    "session is safe on disk.", "5.6", handshake_lines },
	{ "secretsocket-prekeys", "Prekey file",
	    "Keys with which others can write to somebody who is away, the "
	    "secret half: whoever has it, and the identity, reads what was "
	    "begun with them.", "5.8", prekeys_lines },
	{ "secretsocket-bundle", "Bundle",
	    "The public half of prekeys. It proves nothing by itself: one "
	    "must know beforehand whose keys these are.", "5.8",
	    bundle_lines },
	{ "secretsocket-qkd-key", "QKD key",
	    "A key made of qubits, for one session.", "15.11",
	    qkd_key_lines },
	{ "secretsocket-qkd-auth", "QKD authentication",
	    "One-time pads that prove who speaks; both sides have the same.",
	    "15.10", qkd_auth_lines },
	{ "secretsocket-qkd-raw", "QKD raw file",
	    "What somebody wrote down about each pulse; packed bits follow "
	    "the text.", "15.10", qkd_raw_lines },
	{ "secretsocket-qkd-state", "QKD discussion",
	    "A discussion under way, between two turns; the messages that "
	    "came follow the text.", "15.12", qkd_state_lines },
	{ NULL, NULL, NULL, NULL, NULL },
};

const struct ss_words_file *
ss_words_file(const char *key, size_t len)
{
	for (const struct ss_words_file *f = ss_words_files; f->key; f++)
		if (strlen(f->key) == len && memcmp(f->key, key, len) == 0)
			return f;
	return NULL;
}

static const struct ss_words_line *
find(const struct ss_words_line *l, const char *key, size_t len)
{
	for (; l->key; l++)
		if (strlen(l->key) == len && memcmp(l->key, key, len) == 0)
			return l;
	return NULL;
}

enum ss_words_tail
ss_words_tail(const struct ss_words_file *file)
{
	return file->lines == qkd_raw_lines ? SS_TAIL_BITS :
	    file->lines == qkd_state_lines ? SS_TAIL_RECORDS : SS_TAIL_NONE;
}

const struct ss_words_line *
ss_words_line(const struct ss_words_file *file, const char *key, size_t len)
{
	return find(file->lines, key, len);
}

/* NSS key log: label, client random, secret.  The client random finds the
 * connection in a capture. */
static const struct ss_words_line tls_lines[] = {
	{ "CLIENT_RANDOM", "TLS 1.2 master secret", "pS",
	    "Opens a whole connection of TLS 1.2." },
	{ "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "Client's handshake secret",
	    "pS", "Opens the client's part of the TLS 1.3 handshake." },
	{ "SERVER_HANDSHAKE_TRAFFIC_SECRET", "Server's handshake secret",
	    "pS", "Opens the server's part of the TLS 1.3 handshake." },
	{ "CLIENT_TRAFFIC_SECRET_0", "Client's traffic secret", "pS",
	    "Opens what the client sends in this connection." },
	{ "SERVER_TRAFFIC_SECRET_0", "Server's traffic secret", "pS",
	    "Opens what the server sends in this connection." },
	{ "EXPORTER_SECRET", "Exporter secret", "pS",
	    "Yields the channel binding that a login to the relay "
	    "signs." },
	{ "CLIENT_EARLY_TRAFFIC_SECRET", "Early traffic secret", "pS",
	    "Opens data that the client sent with its first flight." },
	{ "EARLY_EXPORTER_SECRET", "Early exporter secret", "pS",
	    "As the exporter secret, for early data." },
	{ NULL, NULL, NULL, NULL },
};

const struct ss_words_line *
ss_words_tls(const char *label, size_t len)
{
	return find(tls_lines, label, len);
}
