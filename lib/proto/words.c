/* SPDX-License-Identifier: ISC */
#include "words.h"
#include "wire.h"
#include <string.h>

/* The paragraphs for the fields of records.  What a field is, the wire table
 * says in one sentence; here stands why it is there. */
static const struct ss_words fields[] = {
	{ "header", "magic", NULL,
	    "A program that reads something else by mistake notices it at "
	    "once. In armor, these two and the version give every line the "
	    "beginning U1MB, which is how a reader tells armor from binary. "
	    "They protect nothing: whoever changes them only makes the "
	    "record unreadable." },
	{ "header", "version", NULL,
	    "A reader that does not know the version stops at once; it does "
	    "not guess. The version also enters every key derivation, so a "
	    "record of one version can never be opened as one of another." },
	{ "header", "type", NULL,
	    "There are three types: a handshake record agrees on keys, an "
	    "introducer opens an epoch, a data record uses it. The type is "
	    "in the clear, so anybody on the wire sees when a conversation "
	    "begins and how often its keys move on." },
	{ "header", "length", NULL,
	    "The length stands in the clear, since a reader must know where "
	    "a record ends before it can verify anything. It is checked "
	    "before memory is used: 0 and more than 131,064 are refused. It "
	    "is part of the associated data, so a changed length is a wrong "
	    "tag. What it tells an observer, the length of the text, only "
	    "padding can hide." },

	{ "handshake", "family", NULL,
	    "Families differ in how two sides agree; all of them end in the "
	    "same session, so nothing behind the handshake depends on it." },
	{ "handshake", "suite", NULL,
	    "Both sides must mean the same suite. It is not negotiated: a "
	    "record with another one is refused. That is why nobody on the "
	    "way can talk both sides down to something weaker. It also "
	    "enters the prologue, and so the transcript hash." },
	{ "handshake", "flags", NULL,
	    "How long must a thief of today's keys be kept from yesterday's "
	    "and tomorrow's messages? dh: both, after an answer. hash: "
	    "yesterday's. static: neither, for comparison. Like the suite it "
	    "is fixed by both sides beforehand and bound into the "
	    "transcript." },
	{ "handshake", "run", NULL,
	    "A mailbox may hold messages of several attempts. The run id "
	    "keeps them apart before any cryptography happens. It enters "
	    "the transcript, so it cannot be exchanged." },
	{ "handshake", "step", NULL,
	    "A message out of turn is refused by its number, with a message "
	    "that helps; the transcript would refuse it in any case." },
	{ "handshake", "message", NULL,
	    "What stands here depends on the pattern: ephemeral keys in the "
	    "clear, static keys and payloads encrypted as soon as there is "
	    "a key to encrypt with." },

	{ "handshake", "e", NULL,
	    "Its secret half lives for this handshake only and is then "
	    "erased. Whoever steals the long-lived keys later cannot compute "
	    "this session's keys from a recording: forward secrecy. Nothing "
	    "proves whose it is; that is what the long-lived keys are for." },
	{ "handshake", "s", NULL,
	    "Everybody on the wire learns whose it is. Patterns that send "
	    "it later, once there is a key, hide it." },
	{ "handshake", "s_sealed", NULL,
	    "How well it is hidden depends on whether the other side has "
	    "proved itself yet: in XX an active attacker learns the "
	    "responder's key, but not the initiator's." },
	{ "handshake", "payload", NULL,
	    "The X25519 key in it must be the one that the handshake proves, "
	    "or the message is refused." },
	{ "handshake", "payload_sealed", NULL,
	    "The X25519 key in it must be the one that the handshake proves, "
	    "or the message is refused: a name and a signature key cannot be "
	    "attached to somebody else's handshake." },
	{ "handshake", "commitment", NULL,
	    "A hash of the initiator's identity and of a random value that "
	    "is not told yet: nobody can find out whom it means, and the "
	    "initiator cannot be somebody else later. So the responder's "
	    "signature, which covers it, is for one person only." },
	{ "handshake", "identity_sealed", NULL,
	    "The signature covers role, run, both ephemeral keys and both "
	    "identities: it is worth nothing in any other handshake. The MAC "
	    "shows that the one who signed also has the new keys. Whoever "
	    "begins a handshake can read this name." },
	{ "handshake", "opening_sealed", NULL,
	    "The initiator shows a name only after the responder has proved "
	    "one, so an impostor who answers does not learn it. What opens "
	    "the commitment comes first." },
	{ "handshake", "signature", NULL,
	    "It says that its owner has made the key in front of it, and "
	    "neither for whom nor when. So it holds in every run in which "
	    "the key is shown, and another person can sign the same key: "
	    "the lab profile sign-key-only." },
	{ "handshake", "name", NULL,
	    "In X3DH the initiator shows who it is, since the responder must "
	    "know the identity key before there is a secret to encrypt with: "
	    "everybody on the wire learns who writes to whom." },
	{ "handshake", "ed25519", NULL,
	    "Nothing is signed with it, so that neither side can prove to "
	    "others that the conversation took place. It is here because "
	    "people compare fingerprints, which cover it." },
	{ "handshake", "ik", NULL,
	    "It is multiplied with the responder's signed prekey: only its "
	    "owner could make the MAC below. It also enters the associated "
	    "data, encoded as 05 and the key." },
	{ "handshake", "ek", NULL,
	    "Its secret half is erased before the record leaves. The "
	    "responder remembers it for as long as the signed prekey lives, "
	    "so that a replayed first message is noticed." },
	{ "handshake", "signed_prekey", NULL,
	    "Its owner has signed it with its id and its end, so the "
	    "directory cannot put a key of its own in its place. When it is "
	    "rotated, the old one is kept for a grace time: for messages "
	    "that are on their way." },
	{ "handshake", "one_time_prekey", "none: three DHs",
	    "Its secret is erased once this message is accepted; then not "
	    "even the responder can open it again. Without one, a thief of "
	    "the identity and of the signed prekey can, until the prekey is "
	    "erased." },
	{ "handshake", "mac", NULL,
	    "X3DH itself leaves it to the first ciphertext to show that the "
	    "keys agree. With a MAC of its own the responder knows before "
	    "it writes anything down or gives a one-time prekey away." },
	{ "handshake", "tag", NULL,
	    "The AEAD's associated data is the hash of everything said so "
	    "far. If somebody changed a byte of any message, this tag does "
	    "not verify, and the handshake ends." },

	{ "introducer", "family", NULL,
	    "Every way to give both sides an epoch key has its own "
	    "introducer. Data records do not know which one was used." },
	{ "introducer", "aead", NULL,
	    "Both ciphers encrypt and authenticate in one operation, with a "
	    "key of 256 bits and a tag of 128. The number is bound into the "
	    "epoch key: the same key is never used with two ciphers." },
	{ "ratchet", "mode", NULL,
	    "It repeats what the session has fixed, so that a record can be "
	    "read on its own. An introducer with another mode than the "
	    "session's is refused." },
	{ "introducer", "flags", "none: a stream of bytes, cut into chunks",
	    "With LINES each data record is one message and may be shown as "
	    "soon as it is verified. Without, the records are pieces of one "
	    "stream of bytes, which counts only when its last record has "
	    "come." },
	{ "introducer", "sender", "zero: anonymous",
	    "An id finds the right session; it proves nothing. What binds "
	    "the sender is the whole fingerprint, which enters the epoch "
	    "key. The relay and every observer see this id." },
	{ "introducer", "audience", "zero: anonymous",
	    "If a record is sent back to its own sender, sender and audience "
	    "have the wrong order, and the key, into which both "
	    "fingerprints went, does not fit either." },
	{ "introducer", "prev_id", "zero: a stream begins here",
	    "Streams may be longer than one epoch. This field chains the "
	    "epochs of a stream: without it, somebody could cut one out of "
	    "the middle and the rest would still look whole." },
	{ "introducer", "prev_records", NULL,
	    "Together with the previous epoch id this shows a cut tail: if "
	    "the last three records of that epoch were taken away, the "
	    "number is three too large for what came." },
	{ "introducer", "salt", NULL,
	    "If somebody restores an old copy of a session file, the "
	    "ratchet repeats its keys. The salt is drawn anew for each "
	    "epoch, so the epoch keys still differ, and no nonce is ever "
	    "used twice with one key." },
	{ "ratchet", "ratchet",
	    "zero: this mode has no Diffie-Hellman ratchet",
	    "Each time the conversation changes its direction, the sender "
	    "shows a new public key. Whoever stole the session file before "
	    "that does not know the new secret, and is locked out again: "
	    "break-in recovery." },
	{ "ratchet", "number", NULL,
	    "Epochs that were lost on the way leave a gap in these numbers. "
	    "The receiver steps over at most 1,024 of them, and keeps their "
	    "keys in case they come late." },
	{ "ratchet", "previous", NULL,
	    "When a new ratchet key arrives, the old chain ends. This "
	    "number says how long it was, so that keys of its late epochs "
	    "can be kept and all others forgotten." },
	{ "wrap-hpke", "mode", NULL,
	    "auth mixes a second Diffie-Hellman result into the secret, of "
	    "both long-lived keys: only the named sender could compute it, "
	    "and the recipient. Whoever steals the recipient's key can "
	    "therefore send in anybody's name to this recipient." },
	{ "wrap-hpke", "enc", NULL,
	    "The public half of a key that the sender made for this epoch "
	    "and forgot at once. The recipient's key is long-lived: whoever "
	    "gets it one day opens every epoch ever recorded. Sessions do "
	    "better." },
	{ "wrap-rsa", "mode", NULL,
	    "Encrypting to a public key proves nothing about who did it. In "
	    "the mode auth a signature follows the wrapped key." },
	{ "wrap-rsa", "wrapped", NULL,
	    "OAEP makes RSA safe to use: its padding is random, covers a "
	    "label that names both people, and what fails to open looks "
	    "like every other wrong key. With the older padding of PKCS #1 "
	    "v1.5 an answer `wrong padding` was enough to decrypt; the lab "
	    "profile rsa-pkcs1 shows it." },
	{ "wrap-rsa", "signature", NULL,
	    "Without it anybody can have sent the message. It covers the "
	    "wrapped key and both fingerprints, so it cannot be put on "
	    "another message or sent to another person. That the signer "
	    "knows what is wrapped, the MAC shows, into whose key the "
	    "signer's fingerprint went." },

	{ "introducer", "epoch_id", NULL,
	    "Derived from the epoch key by a label of its own. Whoever has "
	    "the key can check that it fits, for instance a key log; whoever "
	    "has only the id learns nothing." },
	{ "introducer", "mac", NULL,
	    "An AEAD tag does not commit to its key: texts exist that open "
	    "under two keys. HMAC-SHA-256 does commit, so after this MAC "
	    "has held, there is only one key that the epoch can have. "
	    "Nothing of the session changes before it has been verified." },

	{ "data", "epoch_id", NULL,
	    "A data record names its key, so it can be opened on its own, "
	    "from the middle of a capture or of a mailbox, given that key." },
	{ "data", "sequence", NULL,
	    "A nonce must never be used twice with one key: for both "
	    "ciphers that reveals the XOR of two texts, and for AES-GCM the "
	    "authentication key as well. Counting guarantees it, because "
	    "each epoch has a key of its own and starts at 0." },
	{ "data", "flags", "none: more records follow",
	    "FINAL is what tells the end of a stream from a cut: a stream "
	    "without it is reported as truncated. PADDED says that the text "
	    "ends with a byte 80 and zeros, which are removed after the tag "
	    "has held. Both are authenticated." },
	{ "data", "ciphertext", NULL,
	    "A stream cipher keeps the length: 10 bytes of text are 10 bytes "
	    "of ciphertext. Each bit that somebody flips here flips the same "
	    "bit of the text; that is why nothing is shown before the tag "
	    "has been verified." },
	{ "data", "tag", NULL,
	    "Made by the AEAD from the key, the nonce, the ciphertext and "
	    "the associated data, which is the record's own first 33 bytes: "
	    "`head -c 33` shows them. A forger's chance in one attempt "
	    "is below one in 2^90." },

	{ "qubits", "flags", NULL,
	    "The last frame says so, since light that stops is nothing "
	    "unusual. LABEL is a flaw of real systems, kept for the lab: the "
	    "sender's notes about bits and bases travel with the photons, "
	    "and whoever reads them need not measure." },
	{ "qubits", "run", NULL,
	    "The raw files of both sides name it, so that two of different "
	    "transmissions are not put together by mistake." },
	{ "qubits", "frame", NULL,
	    "Pulses are known by their time; here by frame and place." },
	{ "qubits", "count", NULL,
	    "65,536 in all frames but the last." },
	{ "qubits", "planes", NULL,
	    "photon: there is one. Its polarisation is 90 value + 45 basis + "
	    "22.5 half degrees. No instrument reads these bits: a real "
	    "photon answers one question, in one basis, and is gone. A "
	    "simulation has to carry the state; the stages of ss-qkd use it "
	    "only to compute the answer, and wipe it. Copying this stream "
	    "is what nature forbids (no-cloning), and cat does not." },

	{ "qkd", "kind", NULL,
	    "The stages of BB84 after the light: bases and sift; sample, "
	    "reveal and estimate; ask, answer and done; verify and "
	    "verified; amplify; confirm, three times." },
	{ "qkd", "flags", "more records of this turn follow",
	    "Like over in radio: both sides speak in turns, and each knows "
	    "when it has heard everything." },
	{ "qkd", "from", NULL,
	    "A message that comes back to its sender is refused; it also "
	    "enters what is signed." },
	{ "qkd", "run", NULL,
	    "The number that the qubits had." },
	{ "qkd", "step", NULL,
	    "A message that was lost, doubled or moved leaves a gap here, "
	    "and the discussion ends." },
	{ "qkd", "tag", NULL,
	    "Without it, somebody in the middle could be Bob for Alice and "
	    "Alice for Bob, with no error at all on either line. The tag "
	    "covers everything that both have said so far. Wegman-Carter: "
	    "the number of a one-time pad, then a polynomial hash plus that "
	    "pad, which no computer however fast can forge." },
	{ "qkd", "first", NULL,
	    "Long bit strings are sent in pieces, in order." },
	{ "qkd", "count", NULL,
	    "Bits, not bytes; what is left of the last byte is zero." },
	{ "qkd", "planes", NULL,
	    "Only now, when the photons are gone, is it safe to say in which "
	    "basis they were measured. What came out is not said." },
	{ "qkd", "same", NULL,
	    "About half of what arrived. Where it was the other basis, the "
	    "result was a coin, and both forget it." },
	{ "qkd", "size", NULL,
	    "A number that both sides must agree on; it is also what "
	    "everybody on the wire may know." },
	{ "qkd", "seed", NULL,
	    "Drawn only now: had it been known while the qubits flew, Eve "
	    "could have chosen what to measure." },
	{ "qkd", "bits", NULL,
	    "Everybody reads them, so they are thrown away afterwards." },
	{ "qkd", "errors", NULL,
	    "Divided by the sample's size it is the QBER. Whoever measures "
	    "all qubits on their way makes 25 % of errors; above 11 % there "
	    "is no key." },
	{ "qkd", "variant", NULL,
	    "0 original, 1 biconf, 2 yanetal, 3 option3, 4 option4, 5 "
	    "option7, 6 option8: how large the blocks are, and how often "
	    "the key is shuffled." },
	{ "qkd", "rate", NULL,
	    "The blocks are chosen so that about one in each is wrong." },
	{ "qkd", "blocks", NULL,
	    "12 bytes for each: pass, first bit, the bit behind the last. A "
	    "block whose parity differs has an error, and halving it finds "
	    "it, which may uncover another one in an earlier pass: the "
	    "cascade." },
	{ "qkd", "parities", NULL,
	    "In the order of the questions. Each is one bit that Eve learns, "
	    "and the key will be one bit shorter for it." },
	{ "qkd", "disclosed", NULL,
	    "Both have counted, and must have counted the same." },
	{ "qkd", "point", NULL,
	    "The key as a polynomial is evaluated here. Since the point is "
	    "drawn when the keys are fixed, different keys have different "
	    "hashes." },
	{ "qkd", "hash", NULL,
	    "Tells Eve 128 bits about the key, which are paid for." },
	{ "qkd", "matrix", NULL,
	    "Length of key and of result, less one, random bits. A Toeplitz "
	    "matrix is the same along each diagonal, so that these describe "
	    "all of it. It is public: what makes the result secret is that "
	    "it was drawn after Eve had done what she could." },
	{ "qkd", "reason", NULL,
	    "The word of the one who gives up; not authenticated, since "
	    "whoever could forge it could also cut the line." },
	{ NULL, NULL, NULL, NULL },
};

/* The public messages of QKD share most of their fields. */
#define QKD "qkd-"

static const struct ss_words *
find(const char *layout, const char *field)
{
	if (strncmp(layout, QKD, sizeof(QKD) - 1) == 0)
		layout = "qkd";
	for (const struct ss_words *w = fields; w->layout; w++)
		if (strcmp(w->layout, layout) == 0 &&
		    strcmp(w->field, field) == 0)
			return w;
	return NULL;
}

/* What all introducers have in common is said once. */
const struct ss_words *
ss_words_field(const char *layout, const char *field)
{
	const struct ss_words *w = find(layout, field);
	const struct ss_layout *l = ss_layout_find(layout);

	if (!w && l && l->type == SS_INTRODUCER)
		w = find("introducer", field);
	return w;
}
