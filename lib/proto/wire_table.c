/* SPDX-License-Identifier: ISC */
#include "data.h"
#include "epoch.h"
#include "handshake.h"
#include "wire.h"
#include "wire_qkd.h"

/*
 * The wire table itself.  Reading it from the top is reading the protocol:
 * the header, then each body.  A new record type is a new block of rows and
 * one line in ss_layouts.
 */

const struct ss_name ss_type_names[] = {
	{ SS_HANDSHAKE, "handshake" },
	{ SS_INTRODUCER, "introducer" },
	{ SS_DATA, "data" },
	{ SS_QUBITS, "qubits" },
	{ SS_QKD, "qkd" },
	{ SS_TYPE_LAB | SS_HANDSHAKE, "handshake, LAB" },
	{ SS_TYPE_LAB | SS_INTRODUCER, "introducer, LAB" },
	{ SS_TYPE_LAB | SS_DATA, "data, LAB" },
	{ SS_TYPE_LAB | SS_QUBITS, "qubits, LAB" },
	{ SS_TYPE_LAB | SS_QKD, "qkd, LAB" },
	{ 0, NULL },
};

const struct ss_name ss_introducer_names[] = {
	{ SS_RATCHET, "ratchet" },
	{ SS_WRAP_RSA, "wrap-rsa" },
	{ SS_WRAP_HPKE, "wrap-hpke" },
	{ SS_GROUP, "group" },
	{ 0, NULL },
};

const struct ss_name ss_mode_names[] = {
	{ SS_MODE_DH, "dh" },
	{ SS_MODE_HASH, "hash" },
	{ SS_MODE_STATIC, "static" },
	{ 0, NULL },
};

const struct ss_name ss_wrap_mode_names[] = {
	{ SS_WRAP_BASE, "base" },
	{ SS_WRAP_AUTH, "auth" },
	{ 0, NULL },
};

const struct ss_name ss_aead_names[] = {
	{ SS_CHACHAPOLY, "chachapoly" },
	{ SS_AESGCM, "aesgcm" },
	{ 0, NULL },
};

const struct ss_name ss_family_names[] = {
	{ SS_FAMILY_NOISE, "noise" },
	{ SS_FAMILY_SIGNED, "signed" },
	{ SS_FAMILY_X3DH, "x3dh" },
	{ SS_FAMILY_HYBRID, "hybrid" },
	{ 0, NULL },
};

static const struct ss_name intro_flags[] = {
	{ SS_INTRO_LINES, "LINES" },
	{ 0, NULL },
};

static const struct ss_name data_flags[] = {
	{ SS_DATA_FINAL, "FINAL" },
	{ SS_DATA_PADDED, "PADDED" },
	{ 0, NULL },
};

static const struct ss_field header_rows[] = {
	{ "magic", "Magic", "The two letters SS, so that a record is "
	    "recognised.", "5.1", SS_BYTES, 2, SS_PUBLIC, NULL, SS_NOWHERE },
	{ "version", "Version", "The version of this format.", "5.1",
	    SS_UINT, 1, SS_PUBLIC, NULL, SS_NOWHERE },
	{ "type", "Type", "What kind of record this is; the top bit (LAB) "
	    "marks insecure experiments.", "5.1", SS_ENUM, 1, SS_PUBLIC,
	    ss_type_names, SS_NOWHERE },
	{ "length", "Length", "How many bytes of body follow.", "5.1",
	    SS_UINT, 4, SS_PUBLIC, NULL, SS_NOWHERE },
};

const struct ss_layout ss_header_layout = { "header", "Record header",
	"Stands before every body.", 0, 0, header_rows,
	sizeof(header_rows) / sizeof(header_rows[0]) };

#define AT(member) offsetof(struct ss_handshake_record, member)
static const struct ss_field handshake_rows[] = {
	{ "family", "Family", "The family of key agreement.", "5.4", SS_ENUM,
	    1, SS_PUBLIC, ss_family_names, AT(family) },
	{ "suite", "Suite", "The family's pattern and algorithms.", "5.4",
	    SS_UINT, 2, SS_PUBLIC, NULL, AT(suite) },
	{ "flags", "Session mode", "How the session's keys will move on: by "
	    "Diffie-Hellman ratchet, by hashing, or not at all.", "5.4",
	    SS_ENUM, 1, SS_PUBLIC, ss_mode_names, AT(flags) },
	{ "run", "Run id", "A random number that the initiator gives to this "
	    "run of the handshake.", "5.4", SS_BYTES, SS_RUN_BYTES,
	    SS_PUBLIC, NULL, AT(run) },
	{ "step", "Step", "The number of this message in the run, from 0.",
	    "5.4", SS_UINT, 1, SS_PUBLIC, NULL, AT(step) },
	{ "message", "Message", "The family's own message.", "5.4", SS_REST,
	    0, SS_KEYED, NULL, AT(message) },
};
#undef AT

#define AT(member) offsetof(struct ss_introducer, member)
/* What every introducer begins and ends with. */
#define INTRODUCER_HEAD(modes, what)                                         \
	{ "family", "Family", "Where the epoch key comes from.", "6",        \
	    SS_ENUM, 1, SS_PUBLIC, ss_introducer_names, AT(family) },        \
	{ "aead", "AEAD", "The cipher of the epoch's data records.", "6",    \
	    SS_ENUM, 1, SS_PUBLIC, ss_aead_names, AT(aead) },                \
	{ "mode", "Mode", what, "6", SS_ENUM, 1, SS_PUBLIC, modes,           \
	    AT(mode) },                                                      \
	{ "flags", "Flags", "LINES: each data record is a message.", "6",    \
	    SS_FLAGS, 1, SS_PUBLIC, intro_flags, AT(flags) },                \
	{ "sender", "Sender id", "The first 8 bytes of the sender's "        \
	    "fingerprint; zero if anonymous.", "6", SS_BYTES, SS_ID_BYTES,   \
	    SS_PUBLIC, NULL, AT(sender) },                                   \
	{ "audience", "Audience id", "The first 8 bytes of the "             \
	    "recipient's fingerprint; zero if anonymous.", "6", SS_BYTES,    \
	    SS_ID_BYTES, SS_PUBLIC, NULL, AT(audience) },                    \
	{ "prev_id", "Previous epoch", "The epoch of this stream that ends " \
	    "here; zero if a stream begins.", "6", SS_BYTES,                 \
	    SS_EPOCH_ID_BYTES, SS_PUBLIC, NULL, AT(prev_id) },               \
	{ "prev_records", "Its records", "How many data records that epoch " \
	    "had.", "6", SS_UINT, 8, SS_PUBLIC, NULL, AT(prev_records) },    \
	{ "salt", "Salt", "Random for each epoch: makes the key fresh even " \
	    "if a session file was copied back.", "6", SS_BYTES,             \
	    SS_SALT_BYTES, SS_PUBLIC, NULL, AT(salt) }
#define INTRODUCER_TAIL                                                      \
	{ "epoch_id", "Epoch id", "The name of the epoch, computed from its "\
	    "key.", "6", SS_BYTES, SS_EPOCH_ID_BYTES, SS_KEYED, NULL,        \
	    AT(epoch_id) },                                                  \
	{ "mac", "MAC", "Proves that the sender knows the epoch key and "    \
	    "covers every byte before it.", "6", SS_BYTES, SS_MAC_BYTES,     \
	    SS_KEYED, NULL, AT(mac) }

static const struct ss_field ratchet_rows[] = {
	INTRODUCER_HEAD(ss_mode_names, "How the session's keys move on."),
	{ "ratchet", "Ratchet public key", "The sender's current "
	    "Diffie-Hellman ratchet key; zero in the modes hash and static.",
	    "6.1", SS_BYTES, 32, SS_PUBLIC, NULL, AT(ratchet) },
	{ "number", "Epoch number", "The place of this epoch in its sending "
	    "chain, from 0.", "6.1", SS_UINT, 4, SS_PUBLIC, NULL, AT(number) },
	{ "previous", "Previous chain", "How many epochs the sender's "
	    "previous chain had.", "6.1", SS_UINT, 4, SS_PUBLIC, NULL,
	    AT(previous) },
	INTRODUCER_TAIL,
};

#define WRAP_HEAD INTRODUCER_HEAD(ss_wrap_mode_names, \
	"base: anybody can be the sender; auth: the sender is proved.")
static const struct ss_field wrap_rsa_rows[] = {
	WRAP_HEAD,
	{ "wrapped", "Wrapped key", "2 bytes of length, then 32 bytes of key, "
	    "encrypted under the recipient's RSA key with OAEP.", "6.4",
	    SS_LEN16, 0, SS_PUBLIC, NULL, AT(wrapped) },
	{ "signature", "Signature", "2 bytes of length, then the sender's "
	    "Ed25519 signature over all before it and both fingerprints; "
	    "empty in the mode base.", "6.4", SS_LEN16, 0, SS_PUBLIC, NULL,
	    AT(signature) },
	INTRODUCER_TAIL,
};

static const struct ss_field wrap_hpke_rows[] = {
	WRAP_HEAD,
	{ "enc", "Encapsulated key", "HPKE's enc: an X25519 key that the "
	    "sender made for this epoch.", "6.3", SS_BYTES, 32, SS_PUBLIC,
	    NULL, AT(enc) },
	INTRODUCER_TAIL,
};
#undef AT

#define AT(member) offsetof(struct ss_data, member)
static const struct ss_field data_rows[] = {
	{ "epoch_id", "Epoch id", "The epoch whose key opens this record.",
	    "8", SS_BYTES, SS_EPOCH_ID_BYTES, SS_KEYED, NULL, AT(epoch_id) },
	{ "sequence", "Sequence number", "The place of this record in its "
	    "epoch, from 0; after 4 zero bytes it is the nonce.", "8",
	    SS_UINT, 8, SS_PUBLIC, NULL, AT(sequence) },
	{ "flags", "Flags", "FINAL ends the stream; PADDED hides the length "
	    "of the text.", "8", SS_FLAGS, 1, SS_PUBLIC, data_flags,
	    AT(flags) },
	{ "ciphertext", "Ciphertext", "The text, encrypted under the epoch's "
	    "AEAD key; of the same length.", "8", SS_REST, 0, SS_KEYED, NULL,
	    AT(cipher) },
	{ "tag", "Tag", "Proves that ciphertext and the 33 bytes before it "
	    "are as the sender made them.", "8", SS_BYTES, SS_AEAD_TAG_BYTES,
	    SS_KEYED, NULL, AT(tag) },
};
#undef AT

#define ROWS(r) (r), sizeof(r) / sizeof((r)[0])
const struct ss_layout ss_layouts[] = {
	{ "handshake", "Handshake record", "One message of a key agreement.",
	    SS_HANDSHAKE, 0, ROWS(handshake_rows) },
	{ "ratchet", "Introducer, RATCHET", "Opens an epoch whose key comes "
	    "from a session's ratchet.", SS_INTRODUCER, SS_RATCHET,
	    ROWS(ratchet_rows) },
	{ "wrap-rsa", "Introducer, WRAP_RSA", "Opens an epoch whose key is "
	    "encrypted to the recipient's RSA key.", SS_INTRODUCER,
	    SS_WRAP_RSA, ROWS(wrap_rsa_rows) },
	{ "wrap-hpke", "Introducer, WRAP_HPKE", "Opens an epoch whose key is "
	    "agreed with the recipient's X25519 key by HPKE.", SS_INTRODUCER,
	    SS_WRAP_HPKE, ROWS(wrap_hpke_rows) },
	{ "data", "Data record", "Encrypted text, under the key of an epoch.",
	    SS_DATA, 0, ROWS(data_rows) },
	{ "qubits", "Qubits", "Pulses of polarised light; only a simulation "
	    "can write them down, and only measuring tells what they are.",
	    SS_QUBITS, 0, ROWS(ss_qubits_rows) },
	SS_QKD_LAYOUT(bases, SS_QKD_BASES, "QKD, bases", "Bob says which "
	    "pulses he detected, and in which basis he measured them."),
	SS_QKD_LAYOUT(sift, SS_QKD_SIFT, "QKD, sift", "Alice says which of "
	    "them were measured in her basis."),
	SS_QKD_LAYOUT(sample, SS_QKD_SAMPLE, "QKD, sample", "Bob chooses "
	    "sifted bits at random to be compared in public."),
	SS_QKD_LAYOUT(reveal, SS_QKD_REVEAL, "QKD, reveal", "Bob's bits of "
	    "the sample."),
	SS_QKD_LAYOUT(estimate, SS_QKD_ESTIMATE, "QKD, estimate", "Alice says "
	    "how many are wrong, and how the rest is to be corrected."),
	SS_QKD_LAYOUT(ask, SS_QKD_ASK, "QKD, ask", "Bob asks for parities."),
	SS_QKD_LAYOUT(answer, SS_QKD_ANSWER, "QKD, answer", "Alice's "
	    "parities."),
	SS_QKD_LAYOUT(done, SS_QKD_DONE, "QKD, done", "Bob has no more "
	    "questions."),
	SS_QKD_LAYOUT(verify, SS_QKD_VERIFY, "QKD, verify", "Alice's hash of "
	    "what should be equal by now."),
	SS_QKD_LAYOUT(verified, SS_QKD_VERIFIED, "QKD, verified", "Bob's hash "
	    "is the same."),
	SS_QKD_LAYOUT(amplify, SS_QKD_AMPLIFY, "QKD, amplify", "Alice chooses "
	    "the matrix that makes a short secret of a long one."),
	SS_QKD_LAYOUT(confirm, SS_QKD_CONFIRM, "QKD, confirm", "One side has "
	    "the key."),
	SS_QKD_LAYOUT(abort, SS_QKD_ABORT, "QKD, abort", "One side gives up; "
	    "nobody keeps a key."),
};
const size_t ss_nlayouts = sizeof(ss_layouts) / sizeof(ss_layouts[0]);
