-- SPDX-License-Identifier: ISC
--
-- SecretSocket for Wireshark, in Lua: the version to read and to change.
--
-- Copy this file into the personal Lua plugin folder (Help > About > Folders)
-- and restart Wireshark, or load it for one run:
--
--     tshark -X lua_script:secretsocket.lua -r capture.pcapng
--
-- It names every byte of every record.  With the small library
-- secretsocket_crypto.so beside it, or in the folder of Wireshark's version
-- ("4.0") there, it decrypts as well.  The C plugin knows more; where that is
-- installed, this file steps aside.

local ok, there = pcall(Dissector.get, "secretsocket")
if ok and there then return end

set_plugin_info({ version = "1.0",
	description = "SecretSocket records, in Lua", author = "SecretSocket" })

-- ----------------------------------------------------------- the wire table
--
-- What the protocol says of its own bytes.  A row is a field: its name, its
-- label, its kind, how many bytes, what it is; and the names of its values.
-- Kinds: number, bytes, code (a number with a name), flags (bits with names),
-- counted (2 bytes of length, then so many), rest (what the others leave).

-- begin: printed by dissector/lua_fields from lib/proto; change it there
local header = { name = "header", label = "Record header", type = 0, family = 0,
	  sentence = "Stands before every body.",
	{ name = "magic", label = "Magic", kind = "bytes", length = 2,
	  sentence = "The two letters SS, so that a record is recognised." },
	{ name = "version", label = "Version", kind = "number", length = 1,
	  sentence = "The version of this format." },
	{ name = "type", label = "Type", kind = "code", length = 1,
	  sentence = "What kind of record this is; the top bit (LAB) marks insecure experiments.",
	  values = { [1] = "handshake", [2] = "introducer", [3] = "data", [4] = "qubits", [5] = "qkd", [129] = "handshake, LAB", [130] = "introducer, LAB", [131] = "data, LAB", [132] = "qubits, LAB", [133] = "qkd, LAB" } },
	{ name = "length", label = "Length", kind = "number", length = 4,
	  sentence = "How many bytes of body follow." },
}

local layouts = {
{ name = "handshake", label = "Handshake record", type = 1, family = 0,
	  sentence = "One message of a key agreement.",
	{ name = "family", label = "Family", kind = "code", length = 1,
	  sentence = "The family of key agreement.",
	  values = { [1] = "noise", [2] = "signed", [3] = "x3dh", [4] = "hybrid" } },
	{ name = "suite", label = "Suite", kind = "number", length = 2,
	  sentence = "The family's pattern and algorithms." },
	{ name = "flags", label = "Session mode", kind = "code", length = 1,
	  sentence = "How the session's keys will move on: by Diffie-Hellman ratchet, by hashing, or not at all.",
	  values = { [0] = "dh", [1] = "hash", [2] = "static" } },
	{ name = "run", label = "Run id", kind = "bytes", length = 8,
	  sentence = "A random number that the initiator gives to this run of the handshake." },
	{ name = "step", label = "Step", kind = "number", length = 1,
	  sentence = "The number of this message in the run, from 0." },
	{ name = "message", label = "Message", kind = "rest", length = 0,
	  sentence = "The family's own message." },
},
{ name = "ratchet", label = "Introducer, RATCHET", type = 2, family = 1,
	  sentence = "Opens an epoch whose key comes from a session's ratchet.",
	{ name = "family", label = "Family", kind = "code", length = 1,
	  sentence = "Where the epoch key comes from.",
	  values = { [1] = "ratchet", [2] = "wrap-rsa", [3] = "wrap-hpke", [4] = "group" } },
	{ name = "aead", label = "AEAD", kind = "code", length = 1,
	  sentence = "The cipher of the epoch's data records.",
	  values = { [1] = "chachapoly", [2] = "aesgcm" } },
	{ name = "mode", label = "Mode", kind = "code", length = 1,
	  sentence = "How the session's keys move on.",
	  values = { [0] = "dh", [1] = "hash", [2] = "static" } },
	{ name = "flags", label = "Flags", kind = "flags", length = 1,
	  sentence = "LINES: each data record is a message.",
	  values = { [1] = "LINES" } },
	{ name = "sender", label = "Sender id", kind = "bytes", length = 8,
	  sentence = "The first 8 bytes of the sender's fingerprint; zero if anonymous." },
	{ name = "audience", label = "Audience id", kind = "bytes", length = 8,
	  sentence = "The first 8 bytes of the recipient's fingerprint; zero if anonymous." },
	{ name = "prev_id", label = "Previous epoch", kind = "bytes", length = 16,
	  sentence = "The epoch of this stream that ends here; zero if a stream begins." },
	{ name = "prev_records", label = "Its records", kind = "number", length = 8,
	  sentence = "How many data records that epoch had." },
	{ name = "salt", label = "Salt", kind = "bytes", length = 32,
	  sentence = "Random for each epoch: makes the key fresh even if a session file was copied back." },
	{ name = "ratchet", label = "Ratchet public key", kind = "bytes", length = 32,
	  sentence = "The sender's current Diffie-Hellman ratchet key; zero in the modes hash and static." },
	{ name = "number", label = "Epoch number", kind = "number", length = 4,
	  sentence = "The place of this epoch in its sending chain, from 0." },
	{ name = "previous", label = "Previous chain", kind = "number", length = 4,
	  sentence = "How many epochs the sender's previous chain had." },
	{ name = "epoch_id", label = "Epoch id", kind = "bytes", length = 16,
	  sentence = "The name of the epoch, computed from its key." },
	{ name = "mac", label = "MAC", kind = "bytes", length = 32,
	  sentence = "Proves that the sender knows the epoch key and covers every byte before it." },
},
{ name = "wrap-rsa", label = "Introducer, WRAP_RSA", type = 2, family = 2,
	  sentence = "Opens an epoch whose key is encrypted to the recipient's RSA key.",
	"ratchet.family",
	"ratchet.aead",
	{ name = "mode", label = "Mode", kind = "code", length = 1,
	  sentence = "base: anybody can be the sender; auth: the sender is proved.",
	  values = { [0] = "base", [2] = "auth" } },
	"ratchet.flags",
	"ratchet.sender",
	"ratchet.audience",
	"ratchet.prev_id",
	"ratchet.prev_records",
	"ratchet.salt",
	{ name = "wrapped", label = "Wrapped key", kind = "counted", length = 0,
	  sentence = "2 bytes of length, then 32 bytes of key, encrypted under the recipient's RSA key with OAEP." },
	{ name = "signature", label = "Signature", kind = "counted", length = 0,
	  sentence = "2 bytes of length, then the sender's Ed25519 signature over all before it and both fingerprints; empty in the mode base." },
	"ratchet.epoch_id",
	"ratchet.mac",
},
{ name = "wrap-hpke", label = "Introducer, WRAP_HPKE", type = 2, family = 3,
	  sentence = "Opens an epoch whose key is agreed with the recipient's X25519 key by HPKE.",
	"ratchet.family",
	"ratchet.aead",
	"wrap-rsa.mode",
	"ratchet.flags",
	"ratchet.sender",
	"ratchet.audience",
	"ratchet.prev_id",
	"ratchet.prev_records",
	"ratchet.salt",
	{ name = "enc", label = "Encapsulated key", kind = "bytes", length = 32,
	  sentence = "HPKE's enc: an X25519 key that the sender made for this epoch." },
	"ratchet.epoch_id",
	"ratchet.mac",
},
{ name = "data", label = "Data record", type = 3, family = 0,
	  sentence = "Encrypted text, under the key of an epoch.",
	{ name = "epoch_id", label = "Epoch id", kind = "bytes", length = 16,
	  sentence = "The epoch whose key opens this record." },
	{ name = "sequence", label = "Sequence number", kind = "number", length = 8,
	  sentence = "The place of this record in its epoch, from 0; after 4 zero bytes it is the nonce." },
	{ name = "flags", label = "Flags", kind = "flags", length = 1,
	  sentence = "FINAL ends the stream; PADDED hides the length of the text.",
	  values = { [1] = "FINAL", [2] = "PADDED" } },
	{ name = "ciphertext", label = "Ciphertext", kind = "rest", length = 0,
	  sentence = "The text, encrypted under the epoch's AEAD key; of the same length." },
	{ name = "tag", label = "Tag", kind = "bytes", length = 16,
	  sentence = "Proves that ciphertext and the 33 bytes before it are as the sender made them." },
},
{ name = "qubits", label = "Qubits", type = 4, family = 0,
	  sentence = "Pulses of polarised light; only a simulation can write them down, and only measuring tells what they are.",
	{ name = "flags", label = "Flags", kind = "flags", length = 1,
	  sentence = "LAST: no frame follows; LABEL: an insecure profile put the sender's bits and bases beside the qubits.",
	  values = { [1] = "LAST", [2] = "LABEL" } },
	{ name = "run", label = "Run id", kind = "bytes", length = 8,
	  sentence = "A random number that names this transmission." },
	{ name = "frame", label = "Frame", kind = "number", length = 4,
	  sentence = "The number of this frame, from 0." },
	{ name = "count", label = "Pulses", kind = "number", length = 4,
	  sentence = "How many pulses of light the frame has." },
	{ name = "planes", label = "State", kind = "rest", length = 0,
	  sentence = "The physical state: for each pulse one bit in each of four planes (photon, half, basis, value)." },
},
{ name = "qkd-bases", label = "QKD, bases", type = 5, family = 1,
	  sentence = "Bob says which pulses he detected, and in which basis he measured them.",
	{ name = "kind", label = "Kind", kind = "code", length = 1,
	  sentence = "What this message of the public discussion is.",
	  values = { [1] = "bases", [2] = "sift", [3] = "sample", [4] = "reveal", [5] = "estimate", [6] = "ask", [7] = "answer", [8] = "done", [9] = "verify", [10] = "verified", [11] = "amplify", [12] = "confirm", [13] = "abort" } },
	{ name = "flags", label = "Flags", kind = "flags", length = 1,
	  sentence = "OVER: the sender has nothing more to say and listens.",
	  values = { [1] = "OVER" } },
	{ name = "from", label = "From", kind = "code", length = 1,
	  sentence = "Which of the two speaks.",
	  values = { [1] = "alice", [2] = "bob" } },
	{ name = "run", label = "Run id", kind = "bytes", length = 8,
	  sentence = "Which transmission of qubits this is about." },
	{ name = "step", label = "Step", kind = "number", length = 4,
	  sentence = "The number of this message in the discussion, both sides counted together, from 0." },
	{ name = "tag", label = "Authentication", kind = "counted", length = 0,
	  sentence = "Empty, or proves every message from the first to this one: a Wegman-Carter tag or a signature." },
	{ name = "first", label = "First", kind = "number", length = 8,
	  sentence = "The place of the first bit in the whole." },
	{ name = "count", label = "Count", kind = "number", length = 4,
	  sentence = "How many bits this message is about." },
	{ name = "planes", label = "Clicks and bases", kind = "rest", length = 0,
	  sentence = "One bit for each pulse: did Bob's detector click; then one for each: in which basis." },
},
{ name = "qkd-sift", label = "QKD, sift", type = 5, family = 2,
	  sentence = "Alice says which of them were measured in her basis.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	"qkd-bases.first",
	"qkd-bases.count",
	{ name = "same", label = "Same basis", kind = "rest", length = 0,
	  sentence = "One bit for each pulse: it arrived, and was measured in the basis in which it was sent." },
},
{ name = "qkd-sample", label = "QKD, sample", type = 5, family = 3,
	  sentence = "Bob chooses sifted bits at random to be compared in public.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	{ name = "size", label = "Sample size", kind = "number", length = 8,
	  sentence = "How many sifted bits will be shown to everybody and thrown away." },
	{ name = "seed", label = "Seed", kind = "bytes", length = 32,
	  sentence = "Random, drawn after sifting: says which bits." },
},
{ name = "qkd-reveal", label = "QKD, reveal", type = 5, family = 4,
	  sentence = "Bob's bits of the sample.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	"qkd-bases.first",
	"qkd-bases.count",
	{ name = "bits", label = "Sample", kind = "rest", length = 0,
	  sentence = "Bob's bits of the sample, which are public now." },
},
{ name = "qkd-estimate", label = "QKD, estimate", type = 5, family = 5,
	  sentence = "Alice says how many are wrong, and how the rest is to be corrected.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	{ name = "errors", label = "Errors", kind = "number", length = 8,
	  sentence = "How many bits of the sample differ." },
	{ name = "variant", label = "Variant", kind = "number", length = 1,
	  sentence = "Which Cascade corrects the rest." },
	{ name = "rate", label = "Rate", kind = "number", length = 4,
	  sentence = "The error rate for which its blocks are chosen, in millionths." },
	{ name = "seed", label = "Seed", kind = "bytes", length = 32,
	  sentence = "Random: says how Cascade shuffles." },
},
{ name = "qkd-ask", label = "QKD, ask", type = 5, family = 6,
	  sentence = "Bob asks for parities.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	{ name = "blocks", label = "Blocks", kind = "rest", length = 0,
	  sentence = "The blocks whose parity Bob asks for." },
},
{ name = "qkd-answer", label = "QKD, answer", type = 5, family = 7,
	  sentence = "Alice's parities.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	{ name = "parities", label = "Parities", kind = "rest", length = 0,
	  sentence = "A bit for each block; everybody knows it now, and it is paid for in the end." },
},
{ name = "qkd-done", label = "QKD, done", type = 5, family = 8,
	  sentence = "Bob has no more questions.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	{ name = "disclosed", label = "Disclosed", kind = "number", length = 8,
	  sentence = "How many parities were told." },
},
{ name = "qkd-verify", label = "QKD, verify", type = 5, family = 9,
	  sentence = "Alice's hash of what should be equal by now.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	{ name = "point", label = "Point", kind = "bytes", length = 16,
	  sentence = "Random: chooses the hash function." },
	{ name = "hash", label = "Hash", kind = "bytes", length = 16,
	  sentence = "Of Alice's bits; Bob's corrected ones must have the same." },
},
{ name = "qkd-verified", label = "QKD, verified", type = 5, family = 10,
	  sentence = "Bob's hash is the same.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
},
{ name = "qkd-amplify", label = "QKD, amplify", type = 5, family = 11,
	  sentence = "Alice chooses the matrix that makes a short secret of a long one.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	{ name = "size", label = "Key length", kind = "number", length = 8,
	  sentence = "How many bits the key will have." },
	"qkd-bases.first",
	"qkd-bases.count",
	{ name = "matrix", label = "Matrix", kind = "rest", length = 0,
	  sentence = "Random bits, drawn now: the diagonals of the Toeplitz matrix." },
},
{ name = "qkd-confirm", label = "QKD, confirm", type = 5, family = 12,
	  sentence = "One side has the key.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	{ name = "size", label = "Key length", kind = "number", length = 8,
	  sentence = "How many bits of key this side has." },
},
{ name = "qkd-abort", label = "QKD, abort", type = 5, family = 13,
	  sentence = "One side gives up; nobody keeps a key.",
	"qkd-bases.kind",
	"qkd-bases.flags",
	"qkd-bases.from",
	"qkd-bases.run",
	"qkd-bases.step",
	"qkd-bases.tag",
	{ name = "reason", label = "Reason", kind = "number", length = 2,
	  sentence = "The number of an error code, such as 103 for SS-E103." },
},
}

local noise_family = 1
local noise_patterns = {
	[1] = { "N", "e es" },
	[2] = { "K", "e es ss" },
	[3] = { "X", "e es s ss" },
	[4] = { "NN", "e", "e ee" },
	[5] = { "NK", "e es", "e ee" },
	[6] = { "NX", "e", "e ee s es" },
	[7] = { "XN", "e", "e ee", "s se" },
	[8] = { "XK", "e es", "e ee", "s se" },
	[9] = { "XX", "e", "e ee s es", "s se" },
	[10] = { "KN", "e", "e ee se" },
	[11] = { "KK", "e es ss", "e ee se" },
	[12] = { "KX", "e", "e ee se s es" },
	[13] = { "IN", "e s", "e ee se" },
	[14] = { "IK", "e es s ss", "e ee se" },
	[15] = { "IX", "e s", "e ee se s es" },
	[16] = { "NK1", "e", "e ee es" },
	[17] = { "NX1", "e", "e ee s", "es" },
	[18] = { "X1N", "e", "e ee", "s", "se" },
	[19] = { "X1K", "e es", "e ee", "s", "se" },
	[20] = { "XK1", "e", "e ee es", "s se" },
	[21] = { "X1K1", "e", "e ee es", "s", "se" },
	[22] = { "X1X", "e", "e ee s es", "s", "se" },
	[23] = { "XX1", "e", "e ee s", "es s se" },
	[24] = { "X1X1", "e", "e ee s", "es s", "se" },
	[25] = { "K1N", "e", "e ee", "se" },
	[26] = { "K1K", "e es", "e ee", "se" },
	[27] = { "KK1", "e", "e ee se es" },
	[28] = { "K1K1", "e", "e ee es", "se" },
	[29] = { "K1X", "e", "e ee s es", "se" },
	[30] = { "KX1", "e", "e ee se s", "es" },
	[31] = { "K1X1", "e", "e ee s", "se es" },
	[32] = { "I1N", "e s", "e ee", "se" },
	[33] = { "I1K", "e es s", "e ee", "se" },
	[34] = { "IK1", "e s", "e ee se es" },
	[35] = { "I1K1", "e s", "e ee es", "se" },
	[36] = { "I1X", "e s", "e ee s es", "se" },
	[37] = { "IX1", "e s", "e ee se s", "es" },
	[38] = { "I1X1", "e s", "e ee s", "se es" },
}

local message_forms = {
{ family = 2, suites = { [1] = "chachapoly", [2] = "aesgcm" },
	{ 0, 64, 64, { "e", 32 }, { "commitment", 32 } },
	{ 0, 96, 96, { "e", 32 }, { "signature", 64 } },
	{ 1, 96, 96, { "e", 32 }, { "signature", 64 } },
	{ 1, 210, 785, { "e", 32 }, { "identity_sealed" }, { "tag", 16 } },
	{ 2, 210, 785, { "opening_sealed" }, { "tag", 16 } },
},
{ family = 3, suites = { [1] = "chachapoly", [2] = "aesgcm" },
	{ 0, 138, 201, { "name_length", 1 }, { "name" }, { "ed25519", 32 }, { "ik", 32 }, { "ek", 32 }, { "signed_prekey", 4 }, { "one_time_prekey", 4 }, { "mac", 32 } },
	{ 0, 202, 265, { "name_length", 1 }, { "name" }, { "ed25519", 32 }, { "ik", 32 }, { "rsa", 64 }, { "ek", 32 }, { "signed_prekey", 4 }, { "one_time_prekey", 4 }, { "mac", 32 } },
	{ 0, 266, 329, { "name_length", 1 }, { "name" }, { "ed25519", 32 }, { "ik", 32 }, { "rsa", 128 }, { "ek", 32 }, { "signed_prekey", 4 }, { "one_time_prekey", 4 }, { "mac", 32 } },
	{ 0, 330, 393, { "name_length", 1 }, { "name" }, { "ed25519", 32 }, { "ik", 32 }, { "ek", 32 }, { "signed_prekey", 4 }, { "one_time_prekey", 4 }, { "mac", 32 } },
	{ 0, 394, 457, { "name_length", 1 }, { "name" }, { "ed25519", 32 }, { "ik", 32 }, { "rsa", 256 }, { "ek", 32 }, { "signed_prekey", 4 }, { "one_time_prekey", 4 }, { "mac", 32 } },
	{ 0, 458, 521, { "name_length", 1 }, { "name" }, { "ed25519", 32 }, { "ik", 32 }, { "ek", 32 }, { "signed_prekey", 4 }, { "one_time_prekey", 4 }, { "mac", 32 } },
	{ 0, 522, 585, { "name_length", 1 }, { "name" }, { "ed25519", 32 }, { "ik", 32 }, { "rsa", 384 }, { "ek", 32 }, { "signed_prekey", 4 }, { "one_time_prekey", 4 }, { "mac", 32 } },
	{ 0, 586, 649, { "name_length", 1 }, { "name" }, { "ed25519", 32 }, { "ik", 32 }, { "ek", 32 }, { "signed_prekey", 4 }, { "one_time_prekey", 4 }, { "mac", 32 } },
	{ 0, 650, 713, { "name_length", 1 }, { "name" }, { "ed25519", 32 }, { "ik", 32 }, { "rsa", 512 }, { "ek", 32 }, { "signed_prekey", 4 }, { "one_time_prekey", 4 }, { "mac", 32 } },
},
}

local message_fields = {
	{ name = "e", label = "Ephemeral key", kind = "bytes", length = 32,
	  sentence = "A public key made for this handshake only (token e)." },
	{ name = "s", label = "Static key", kind = "bytes", length = 32,
	  sentence = "The sender's long-lived public key, in the clear: there is no key yet to hide it (token s)." },
	{ name = "s_sealed", label = "Static key, encrypted", kind = "bytes", length = 48,
	  sentence = "The sender's long-lived public key and a tag of 16 bytes (token s)." },
	{ name = "payload", label = "Payload", kind = "rest", length = 0,
	  sentence = "The sender's identity (name, Ed25519 key, X25519 key), in the clear." },
	{ name = "payload_sealed", label = "Payload, encrypted", kind = "rest", length = 0,
	  sentence = "The sender's identity (name, Ed25519 key, X25519 key)." },
	{ name = "tag", label = "Tag", kind = "bytes", length = 16,
	  sentence = "Proves that the sender knows the keys mixed so far and saw every byte so far." },
	{ name = "commitment", label = "Commitment", kind = "bytes", length = 32,
	  sentence = "Binds the initiator to an identity that is not shown yet." },
	{ name = "identity_sealed", label = "Identity and proof, encrypted", kind = "rest", length = 0,
	  sentence = "The responder's identity, signature and MAC." },
	{ name = "opening_sealed", label = "Identity and proof, encrypted", kind = "rest", length = 0,
	  sentence = "What opens the commitment; then the initiator's identity, signature and MAC." },
	{ name = "signature", label = "Signature", kind = "bytes", length = 64,
	  sentence = "In the lab: of the ephemeral key and of nothing else." },
	{ name = "name_length", label = "Length of the name", kind = "number", length = 1,
	  sentence = "How many bytes of name follow; the top bit: a lab key." },
	{ name = "name", label = "Name", kind = "rest", length = 0,
	  sentence = "What the initiator calls itself." },
	{ name = "ed25519", label = "Ed25519 key", kind = "bytes", length = 32,
	  sentence = "The initiator's key for signatures, here for its fingerprint only." },
	{ name = "ik", label = "Identity key", kind = "bytes", length = 32,
	  sentence = "The initiator's X25519 key, IKA of X3DH." },
	{ name = "rsa", label = "RSA modulus", kind = "rest", length = 0,
	  sentence = "The initiator's, here for its fingerprint only; empty if there is none." },
	{ name = "ek", label = "Ephemeral key", kind = "bytes", length = 32,
	  sentence = "A public key made for this handshake only, EKA of X3DH." },
	{ name = "signed_prekey", label = "Signed prekey", kind = "number", length = 4,
	  sentence = "The number of the responder's signed prekey that was used." },
	{ name = "one_time_prekey", label = "One-time prekey", kind = "number", length = 4,
	  sentence = "The number of the one-time prekey that was used; 0: none." },
	{ name = "mac", label = "Confirmation MAC", kind = "bytes", length = 32,
	  sentence = "Proves that the initiator has the identity key and the agreed secret; covers every byte so far." },
}
-- end: what was printed

-- --------------------------------------------------------------- the fields
--
-- Each row becomes something to filter on: secretsocket.data.sequence is the
-- row "sequence" of the layout "data".

local proto = Proto("secretsocket", "SecretSocket")
local field = {}  -- every field, by its name behind "secretsocket."

local function define(kind, name, ...)
	if not field[name] then  -- two families may use one name
		field[name] = ProtoField[kind]("secretsocket." .. name, ...)
	end
	return field[name]
end

local unsigned = { "uint8", "uint16", "uint24", "uint32", [8] = "uint64" }

local function define_row(name, row)
	local number = unsigned[row.length]
	if row.kind == "number" or row.kind == "code" then
		define(number, name, row.label, base.DEC, row.values, nil,
		    row.sentence)
	elseif row.kind == "flags" then
		define(number, name, row.label, base.HEX, nil, nil,
		    row.sentence)
		row.bits = {}
		for mask, bit in pairs(row.values) do
			table.insert(row.bits, define("bool", name .. "." ..
			    bit:lower(), bit, 8 * row.length, nil, mask))
		end
	else
		define("bytes", name, row.label, base.NONE, row.sentence)
	end
	if row.kind == "counted" then
		row.count = define("uint16", name .. ".length",
		    row.label .. ", length")
	end
	row.field = field[name]
end

-- A row that another layout has as well is told once and then by its name.
local function row_of(row)
	if type(row) ~= "string" then return row end
	local layout, name = row:match("^(.*)%.(.*)$")
	local copy = {}
	for k, v in pairs(layouts[layout].row[name]) do copy[k] = v end
	return copy
end

-- Layouts can be found by name, or by type * 256 + family as they stand in a
-- record; rows by their name.  A row knows how many bytes those behind it need
-- at least.
local on_wire = {}

local function define_layout(layout)
	layout.filter = layout.name:gsub("-", "_")
	layout.field = define("none", layout.filter, layout.label,
	    layout.sentence)
	layout.needs, layout.row = 0, {}
	for i = #layout, 1, -1 do
		local row = row_of(layout[i])
		define_row(layout.filter .. "." .. row.name, row)
		row.behind = layout.needs
		layout.needs = layout.needs + row.length +
		    (row.kind == "counted" and 2 or 0)
		layout[i], layout.row[row.name] = row, row
	end
	layouts[layout.name] = layout
	on_wire[layout.type * 256 + layout.family] = layout
	on_wire[layout.type] = true
end

define_layout(header)
on_wire = {}
for _, layout in ipairs(layouts) do define_layout(layout) end
for _, row in ipairs(message_fields) do
	define_row("handshake." .. row.name, row)
	message_fields[row.name] = row
end
define("string", "handshake.suite_name", "Suite")

-- What stands around the records (docs/protocol.md, 11): the routing header,
-- and control messages, whose members must have these types.
define("none", "route", "Routing header")
define("uint8", "route.kind", "Kind", base.DEC, { "deliver", "room" })
define("uint8", "route.length", "Length of the name")
define("string", "route.name", "Name")
define("bytes", "route.message_id", "Message id")
define("uint64", "route.row", "Row in the mailbox")

local members = { limits = "object" }
local function define_members(kind, names)
	for name in names:gmatch("%S+") do
		members[name] = kind
		define(kind, "control." .. name, name)
	end
end
define("none", "control", "Control message")
define("string", "control.member", "Member")
define_members("string", "type relay challenge binding name public origin " ..
	"signature users from code text message id")
define_members("uint64", "after window more row rows limits.records " ..
	"limits.text limits.window limits.mailbox limits.mailbox_bytes")
define_members("bool", "first")

-- What is worked out, not read.
local yes_no = { [0] = "no key", "yes", "no", "there is no tag" }
define("bytes", "rest", "Not readable")
define("string", "from", "From")
define("string", "to", "To")
for _, layout in ipairs(layouts) do
	define("uint8", layout.filter .. ".verified", "Verified", base.DEC,
	    yes_no)
end
define("string", "data.plaintext", "Plaintext")
define("bytes", "data.plaintext_bytes", "Plaintext, bytes")
define("bytes", "data.padding", "Padding")

for _, f in pairs(field) do table.insert(proto.fields, f) end

local function expert_info(name, group, text)
	local e = ProtoExpert.new("secretsocket.expert." .. name, text,
	    expert.group[group], expert.severity.WARN)
	table.insert(proto.experts, e)
	return e
end
local malformed = expert_info("malformed", "MALFORMED",
	"Not in the expected format")
local truncated = expert_info("truncated", "PROTOCOL", "The end is missing")
local lab = expert_info("lab", "SECURITY", "LAB: this record was made by " ..
	"an insecure profile; normal readers refuse it")
local wrong_tag = expert_info("wrong_tag", "DECRYPTION", "Authentication " ..
	"failed: it was changed on the way, or made with other keys")
local nonce_repeated = expert_info("nonce_repeated", "SECURITY", "A nonce " ..
	"is used twice: two texts under one key and one number")

-- What takes more memory of the capture than this file has: only the C plugin
-- says it, and filters that ask for it are valid here as well.
for name in ("replayed gone_back missing unknown_epoch changes_keys " ..
	"handshake_order"):gmatch("%S+") do
	expert_info(name, "SEQUENCE", name)
end

proto.prefs.keylog_file = Pref.string("Key log file", "",
	"The lines SECRETSOCKET_EPOCH that ss-seal --keylog writes. " ..
	"It is read on while it grows.")

-- ------------------------------------------------------- handshake messages

-- The messages of a Noise suite: "e es", "e ee s"; nil if there is none.  A
-- suite is pattern, modifiers and cipher: pattern * 256 + psks * 16 + AEAD.
local function noise_messages(suite)
	local pattern = noise_patterns[math.floor(suite / 256)]
	local aead = layouts.ratchet.row.aead.values[suite % 16]
	if not pattern or not aead then return nil end
	local messages, psks = { table.unpack(pattern, 2) }, ""
	for i = 0, 3 do  -- bit i of psks is the modifier pskI: Noise, 9.4
		if math.floor(suite / 2 ^ (4 + i)) % 2 == 1 then
			if i > #messages then return nil end
			if i == 0 then
				messages[1] = "psk " .. messages[1]
			else
				messages[i] = messages[i] .. " psk"
			end
			psks = psks .. (psks == "" and "psk" or "+psk") .. i
		end
	end
	return messages, pattern[1] .. psks .. ", " .. aead, psks ~= ""
end

-- What one Noise message consists of, found by walking the tokens that the
-- handshake walks: once there is a key, what follows is encrypted.
local function noise_parts(suite, step)
	local messages, _, psks = noise_messages(suite)
	if not messages or not messages[step + 1] then return nil end
	local parts, key = {}, false
	for m = 1, step + 1 do
		for token in messages[m]:gmatch("%a+") do
			if m <= step then
				-- an earlier message: only its keys count
			elseif token == "e" then
				table.insert(parts, { "e", 32 })
			elseif token == "s" and key then
				table.insert(parts, { "s_sealed", 32 + 16 })
			elseif token == "s" then
				table.insert(parts, { "s", 32 })
			end
			-- ee, es, se, ss, psk; with psks e makes one as well
			key = key or #token > 1 or token == "e" and psks
		end
	end
	table.insert(parts, { key and "payload_sealed" or "payload" })
	if key then table.insert(parts, { "tag", 16 }) end
	return parts
end

-- The same for families whose messages do not depend on a pattern.
local function form_parts(family, suite, step, length)
	for _, forms in ipairs(message_forms) do
		if forms.family == family and forms.suites[suite] then
			for _, form in ipairs(forms) do
				if form[1] == step and form[2] <= length and
				    length <= form[3] then
					return { table.unpack(form, 4) }
				end
			end
		end
	end
end

local function suite_name(family, suite)
	if family == noise_family then
		return select(2, noise_messages(suite))
	end
	for _, forms in ipairs(message_forms) do
		if forms.family == family and forms.suites[suite] then
			return forms.suites[suite]
		end
	end
end

-- The parts of a message fill it, or it stays one field.
local function dissect_message(range, tree, family, suite, step, is_lab)
	local rest = range:len()
	local parts = family == noise_family and noise_parts(suite, step) or
	    form_parts(family, suite, step, rest)
	for _, part in ipairs(parts or {}) do rest = rest - (part[2] or 0) end
	if not parts or rest < 0 then
		-- a profile may leave keys, and so tags, out of it
		return is_lab or tree:add_proto_expert_info(malformed,
		    "No message of this suite and step looks like this")
	end
	local at = 0
	for _, part in ipairs(parts) do
		local n = part[2] or rest
		if n > 0 then
			tree:add(message_fields[part[1]].field, range(at, n))
		end
		at = at + n
	end
end

-- --------------------------------------------------------------------- keys
--
-- The key log is a text file that may still grow: `epoch_of` reads what came
-- to it since.  What its lines mean, and everything secret, is left to the
-- library.

local version = get_version():match("^%d+%.%d+")  -- each has a Lua of its own
-- where this file is: 4.4 no longer says it
local here = __DIR__ or debug.getinfo(1, "S").source:match("^@(.*)[/\\]") or "."
package.cpath = here .. "/?.so;" .. here .. "/" .. version .. "/?.so;" ..
	package.cpath
local have_crypto, crypto = pcall(require, "secretsocket_crypto")
local log = { path = "", epochs = {} }

local function forget_keys()
	if log.file then log.file:close() end
	log = { path = "", epochs = {} }
end

local function read_keys()
	if log.path ~= proto.prefs.keylog_file then
		forget_keys()
		log.path = proto.prefs.keylog_file
	end
	log.file = log.file or io.open(log.path, "rb")
	if not log.file then return end
	log.file:seek("cur")  -- forget that there was an end
	for line in function() return log.file:read("*L") end do
		if line:sub(-1) ~= "\n" then  -- still being written
			log.file:seek("cur", -#line)
			return
		end
		local epoch, id = crypto.epoch(line)
		if epoch then log.epochs[id] = epoch end
	end
end

-- The key of an epoch, if the log has it.
local function epoch_of(id)
	if not log.epochs[id] or log.path ~= proto.prefs.keylog_file then
		read_keys()
	end
	return log.epochs[id]
end

local function can_decrypt()
	return have_crypto and proto.prefs.keylog_file ~= ""
end

-- ------------------------------------------------------------------ records

-- Where each field of a layout is, from `at` to `stop`; nil unless they fill
-- it exactly.  The same sums as ss_wire_walk in lib/proto/wire.c.
local function walk(layout, tvb, at, stop)
	if at + layout.needs > stop then return nil end
	local spans = {}
	for i, row in ipairs(layout) do
		local n = row.length
		if row.kind == "counted" then
			n = 2 + tvb(at, 2):uint()
		elseif row.kind == "rest" then
			n = stop - at - row.behind
		end
		if at + n + row.behind > stop then return nil end
		spans[i] = { at, n }
		spans[row.name] = spans[i]
		at = at + n
	end
	return at == stop and spans or nil
end

local function add_row(tree, row, tvb, at, length)
	if row.count then
		tree:add(row.count, tvb(at, 2))
		at, length = at + 2, length - 2
	end
	if length == 0 then return end
	local item = tree:add(row.field, tvb(at, length))
	if row.bits then
		for _, bit in ipairs(row.bits) do
			item:add(bit, tvb(at, length))
		end
	end
	return item
end

local function add_rows(tree, layout, tvb, spans)
	for i, row in ipairs(layout) do
		spans[i].item = add_row(tree, row, tvb, spans[i][1],
		    spans[i][2])
	end
end

local function layout_of(kind, family)
	return on_wire[kind * 256 + family] or on_wire[kind * 256]
end

local function generated(tree, ...)
	return tree:add(...):set_generated()
end

-- The beginning of a text, for people, if it is text at all: well-formed UTF-8.
local function quoted(text)
	local start = text
	if #text > 72 then  -- not in the middle of a character
		start = text:sub(1, 72):gsub("[\192-\255][\128-\191]*$", "")
	end
	local rest = start:gsub("[\194-\223][\128-\191]", ".")
	    :gsub("\224[\160-\191][\128-\191]", ".")
	    :gsub("[\225-\236\238\239][\128-\191][\128-\191]", ".")
	    :gsub("\237[\128-\159][\128-\191]", ".")
	    :gsub("\240[\144-\191][\128-\191][\128-\191]", ".")
	    :gsub("[\241-\243][\128-\191][\128-\191][\128-\191]", ".")
	    :gsub("\244[\128-\143][\128-\191][\128-\191]", ".")
	if rest:find("[\128-\255]") then return #text .. " bytes" end
	return "“" .. start:gsub("%c", ".") .. (#start < #text and "…”" or "”")
end

-- The text of a data record on a tab of its own, `length` bytes and padding;
-- returns its beginning, for people.
local function dissect_text(tree, text, length)
	if text == "" then return "an empty text" end
	local tvb = ByteArray.new(text, true):tvb("Decrypted record")
	local line = text:sub(length, length) == "\n" and 1 or 0
	if length > 0 then
		-- a line is shown without its newline; what has zeros is no text
		if not text:sub(1, length):find("\0", 1, true) then
			tree:add_packet_field(field["data.plaintext"],
			    tvb(0, length - line), ENC_UTF_8)
		end
		tree:add(field["data.plaintext_bytes"], tvb(0, length))
	end
	if length < #text then
		tree:add(field["data.padding"], tvb(length))
	end
	return quoted(text:sub(1, length - line))
end

-- What the key log makes of a record.  A data record is opened, an
-- introducer's MAC is computed; returns what they give, if they hold.
local function verify(r, method)
	if not can_decrypt() then return nil end
	local at = r.spans.epoch_id
	local epoch = epoch_of(r.tvb:raw(at[1], at[2]))
	local verified, result, length, other = 0, nil, nil, nil
	if epoch then
		result, length, other = epoch[method](epoch, r.tvb:raw(r.at,
		    r.stop - r.at))
		verified = not result and 2 or other == "no-tag" and 3 or 1
	end
	if other == "reuse-nonce" then
		r.tree:add_proto_expert_info(nonce_repeated)
	elseif verified == 2 and not other then  -- `length` is the reason
		r.tree:add_proto_expert_info(malformed, length)
		return nil
	end
	generated(r.tree, field[r.layout.filter .. ".verified"], verified)
	if verified == 2 then r.tree:add_proto_expert_info(wrong_tag) end
	return result, length
end

-- What is special about each type.  r.say takes a sentence for the Info column.

local function handshake(r)
	local function value(name)
		return r.tvb(r.spans[name][1], r.spans[name][2]):uint()
	end
	local family, suite, step = value("family"), value("suite"),
	    value("step")
	local name = suite_name(family, suite)
	if name then
		generated(r.tree, field["handshake.suite_name"], name)
	end
	local message = r.spans.message
	if message.item then
		dissect_message(r.tvb(message[1], message[2]), message.item,
		    family, suite, step, r.lab)
	end
	r.say(("handshake %s %s, message %d"):format(
	    r.layout.row.family.values[family] or "of an unknown family",
	    name or "", step + 1))
end

local function introducer(r)
	local id = tostring(r.tvb(r.spans.epoch_id[1], 4):bytes()):lower()
	r.say(("opens epoch %s (%s)"):format(id, r.layout.name))
	verify(r, "verify")
end

local function data(r)
	local text, length = verify(r, "open")
	if text then
		r.say(dissect_text(r.tree, text, length))
	else
		r.say(("%d bytes sealed"):format(r.spans.ciphertext[2]))
	end
end

-- By the number of the type; others are only told by name.
local special = { handshake, introducer, data }
local function any(r) r.say(r.layout.label) end

local function dissect_record(tvb, at, stop, tree, say)
	local kind = tvb(at + 3, 1):uint()
	local layout = layout_of(kind % 128, tvb(at + 8, 1):uint())
	if not layout then
		say("an unknown record")
		return tree:add(field.rest, tvb(at, stop - at))
		    :add_proto_expert_info(malformed)
	end
	local item = tree:add(layout.field, tvb(at, stop - at))
	if kind >= 128 then item:add_proto_expert_info(lab) end
	local spans = walk(layout, tvb, at + 8, stop)
	if not spans then
		say("a damaged record")
		return item:add(field.rest, tvb(at + 8, stop - at - 8))
		    :add_proto_expert_info(malformed)
	end
	add_rows(item:add(header.field, tvb(at, 8)), header, tvb,
	    walk(header, tvb, at, at + 8))
	add_rows(item, layout, tvb, spans)
	local tell = special[layout.type] or any
	tell({ layout = layout, tvb = tvb, at = at, stop = stop,
	    spans = spans, tree = item, say = say, lab = kind >= 128 })
end

-- Records until the end.  A header that cannot be tells nothing about where
-- the next record begins.
local function dissect_records(tvb, at, tree, say)
	while at < tvb:len() do
		local left, body = tvb:len() - at, 0
		if left >= 8 then body = tvb(at + 4, 4):uint() end
		local bad = left < 8 and truncated
		if not bad and (tvb:raw(at, 3) ~= "SS\1" or body < 1 or
		    body > 131064 or not on_wire[tvb(at + 3, 1):uint() % 128])
		then
			bad = malformed
		elseif left - 8 < body then
			bad = truncated
		end
		if bad then
			say(bad == truncated and "cut off" or "no record")
			return tree:add(field.rest, tvb(at))
			    :add_proto_expert_info(bad)
		end
		dissect_record(tvb, at, at + 8 + body, tree, say)
		at = at + 8 + body
	end
end

-- --------------------------------------------------------- control messages
--
-- JSON, as much of it as is needed to name each member and to say where it
-- stands.

local function behind_string(s, at)  -- `at` is at its first quote
	at = at + 1
	while true do
		local c, next = s:match('^[^"\\]*(["\\])()', at)
		if not c then return nil end
		if c == '"' then return next end
		at = next + 1  -- whatever is escaped
	end
end

-- Where the value at `at` is over; nil if it is none.
local function behind(s, at)
	if s:sub(at, at) == '"' then return behind_string(s, at) end
	if not s:find("^[%[{]", at) then return s:match("^[%w+.-]+()", at) end
	local depth = 0
	repeat
		at = s:find('[%[%]{}"]', at)
		if not at then return nil end
		if s:sub(at, at) == '"' then
			at = behind_string(s, at)
		else
			depth = depth + (s:find("^[%[{]", at) and 1 or -1)
			at = at + 1
		end
	until not at or depth == 0
	return at
end

-- Calls tell(key, first, last) for each value in the array or object at `at`;
-- false if it is none.
local function each(s, at, tell)
	local object = s:sub(at, at) == "{"
	at = s:match("^%s*()", at + 1)
	while not s:find("^[%]}]", at) do
		local key
		if object then
			local first = at
			at = s:sub(at, at) == '"' and behind_string(s, at)
			key = at and s:sub(first + 1, at - 2)
			at = at and s:match("^%s*:%s*()", at)
		end
		local stop = at and behind(s, at)
		if not stop then return false end
		tell(key, at, stop - 1)
		at = s:match("^%s*,?%s*()", stop)
	end
	return true
end

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
	["/"] = "/", ["\\"] = "\\", ['"'] = '"' }

-- A character as UTF-8: six bits in each byte but the first one.
local function utf8_of(n)
	if n < 0x80 then return string.char(n) end
	local bytes, first = "", 0x40
	repeat
		bytes = string.char(0x80 + n % 0x40) .. bytes
		n, first = math.floor(n / 0x40), first / 2
	until n < first
	return string.char(256 - 2 * first + n) .. bytes
end

-- A string without its escapes; as it stands if one of them means nothing.
local function unescape(s)
	local parts, at = {}, 1
	while true do
		local plain, c, next = s:match("^([^\\]*)\\(.)()", at)
		if not c then break end
		local hex = c == "u" and s:match("^%x%x%x%x", next)
		local n, what = hex and tonumber(hex, 16), escapes[c]
		local low = s:match("^\\u([dD][c-fC-F]%x%x)", next + 4)
		if n and n >= 0xd800 and n < 0xdc00 and low then
			n = 0x10000 + (n - 0xd800) * 0x400 +
			    tonumber(low, 16) - 0xdc00
			next = next + 6
		elseif n and (n == 0 or n >= 0xd800 and n < 0xe000) then
			n = nil
		end
		if n then what, next = utf8_of(n), next + 4 end
		if not what then return s end
		table.insert(parts, plain .. what)
		at = next
	end
	return table.concat(parts) .. s:sub(at)
end

-- One member: by its name and type, or as it stands.
local function add_member(tree, tvb, s, name, first, last)
	local kind, f = members[name], field["control." .. name]
	local c, raw = s:sub(first, first), s:sub(first, last)
	local range = tvb(first - 1, last - first + 1)
	if kind and (c == "{") == (kind == "object") and c:find("[%[{]") then
		each(s, first, function(key, a, b)
			add_member(tree, tvb, s, key and name .. "." .. key or
			    name, a, b)
		end)
	elseif kind == "string" and c == '"' then
		tree:add(f, tvb(first, #raw - 2), unescape(raw:sub(2, -2)))
	elseif kind == "uint64" and raw:find("^%d+$") then
		local n = UInt64(0)
		for digit in raw:gmatch("%d") do n = n * 10 + tonumber(digit) end
		tree:add(f, range, n)
	elseif name == "id" and raw:find("^%d+$") then
		tree:add(f, range, raw)
	elseif kind == "bool" and (raw == "true" or raw == "false") then
		tree:add(f, range, raw == "true")
	else
		if c == '"' then raw = raw:sub(2, -2) end
		tree:add(field["control.member"], range, name .. ": " .. raw)
	end
end

-- ----------------------------------------------------------------- messages

-- The client of each connection, which is known by its two ends, and which way
-- a message goes: "up" to the relay or "down".  nil if nobody said hello.
local clients = {}

local function ends(pinfo)
	return tostring(pinfo.src) .. " " .. pinfo.src_port,
	    tostring(pinfo.dst) .. " " .. pinfo.dst_port
end

local function way_of(pinfo)
	local src, dst = ends(pinfo)
	local up, down = clients[src .. dst], clients[dst .. src]
	if up then return "up", up.name end
	if down then return "down", down.name end
end

local from_clients = { hello = true, register = true, get_pubkey = true,
	user_list = true, receive = true, ack = true }

local function learn(pinfo, seen)
	local src, dst = ends(pinfo)
	if not from_clients[seen.type] or seen.relay or seen.users then
		src, dst = dst, src
	end
	local client = clients[src .. dst] or {}
	clients[src .. dst] = client
	if seen.type == "hello" or seen.type == "registered" then
		client.name = seen.name or client.name
	end
end

-- The one JSON object of a text message.
local function dissect_control(tvb, pinfo, tree, say)
	local s = tvb:raw(0, tvb:len())
	local control = tree:add(field.control, tvb())
	local seen = {}
	-- more is no control message, and would take long
	local whole = #s <= 8192 and each(s, 1, function(key, first, last)
		add_member(control, tvb, s, key, first, last)
		seen[key] = s:sub(first, last):match('^"(.*)"$')
	end)
	if not whole then control:add_proto_expert_info(malformed) end
	if seen.type then learn(pinfo, seen) end
	say(seen.type or "a message without a type")
	local way, client = way_of(pinfo)
	if way == "up" then return client or "client", "relay" end
	if way == "down" then return "relay", client or "client" end
end

-- The routing header names the other side: on the way up the recipient, on the
-- way down the sender.
local function dissect_route(tvb, pinfo, tree, say)
	local n = tvb(1, 1):uint()
	local route = tree:add(field.route, tvb(0, 26 + n))
	route:add(field["route.kind"], tvb(0, 1))
	route:add(field["route.length"], tvb(1, 1))
	route:add(field["route.name"], tvb(2, n))
	route:add(field["route.message_id"], tvb(2 + n, 16))
	route:add(field["route.row"], tvb(18 + n, 8))
	dissect_records(tvb, 26 + n, tree, say)
	local name = tvb(2, n):string()
	local way, client = way_of(pinfo)
	if way == "up" then return client, name end
	if way == "down" then return name, client end
end

-- Can this be a routing header, with something behind it?
local function is_routed(tvb)
	local n = tvb:len() > 1 and tvb(1, 1):uint() or 0
	return n >= 1 and n <= 64 and tvb:len() > 26 + n and
	    (tvb:raw(0, 1) == "\1" or tvb:raw(0, 1) == "\2")
end

function proto.dissector(tvb, pinfo, tree)
	if tvb:len() == 0 then return 0 end
	local item = tree:add(proto, tvb())
	local sentences = {}
	local function say(sentence) table.insert(sentences, sentence) end
	local from, to
	if is_routed(tvb) then
		from, to = dissect_route(tvb, pinfo, item, say)
	elseif tvb:raw(0, 1) == "{" then
		from, to = dissect_control(tvb, pinfo, item, say)
	else
		dissect_records(tvb, 0, item, say)
	end
	if from then generated(item, field.from, from) end
	if to then generated(item, field.to, to) end

	local info = table.concat(sentences, "; ")
	if from and to then info = from .. " → " .. to .. ": " .. info end
	item:append_text(", " .. info)
	-- a frame may hold several messages: theirs stay, WebSocket's goes
	pinfo.cols.protocol = "SecretSocket"
	pinfo.cols.info:clear()
	pinfo.cols.info:append((pinfo.private.secretsocket and " | " or "") ..
	    info)
	pinfo.cols.info:fence()
	pinfo.private.secretsocket = "yes"
	return tvb:len()
end

function proto.init()
	forget_keys()
	clients = {}
end

-- -------------------------------------------------------------- where it is
--
-- WebSocket's subprotocol; anything in a WebSocket that looks like our records
-- where the capture began too late to show that; and what text2pcap makes.

DissectorTable.get("ws.protocol"):add("secretsocket.v1", proto)

proto:register_heuristic("ws", function(tvb, pinfo, tree)
	local at = is_routed(tvb) and 26 + tvb(1, 1):uint() or 0
	if tvb:len() < at + 8 or tvb:raw(at, 3) ~= "SS\1" then return false end
	proto.dissector(tvb, pinfo, tree)
	return true
end)
