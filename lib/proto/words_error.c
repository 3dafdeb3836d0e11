/* SPDX-License-Identifier: ISC */
#include "words.h"

/* One paragraph for each code: what it means, what to do, and what attack it
 * might be. */
static const struct {
	enum ss_err code;
	const char *words;
} errors[] = {
	{ SS_ERR_TRUNCATED,
	    "The input ended inside a record, or before the record marked "
	    "FINAL. Mostly a copy was cut or a sender interrupted. It may "
	    "also be an attack: whoever can drop the end of a message can "
	    "turn \"pay 100, if he asks again\" into \"pay 100\". Of a byte "
	    "stream nothing is committed; ask for it again." },
	{ SS_ERR_FORMAT,
	    "These bytes are not what should stand here: no record, an "
	    "unknown type, a flag that does not exist, wrong padding. Look "
	    "at the input with ss-explain, which says at which byte it goes "
	    "wrong. Records are binary: a program that translates line ends "
	    "or character sets destroys them; use armor there." },
	{ SS_ERR_AUTH,
	    "A tag, a MAC or a signature did not verify. There is one code "
	    "for all of them, so that an attacker who experiments learns "
	    "nothing from the difference. The bytes were changed on the way, "
	    "or made with other keys: another session, another pre-shared "
	    "key, another person. None of the text was shown. If your own "
	    "options are right and it happens again, somebody is interfering "
	    "or in the middle: compare fingerprints over another channel." },
	{ SS_ERR_VERSION,
	    "Record and files carry a version, and this one is not known "
	    "here. Programs do not guess at unknown versions, since an "
	    "attacker could choose the one that is guessed wrongly." },
	{ SS_ERR_LENGTH,
	    "A length field lies outside what the format allows: a record's "
	    "body has 1 to 131,064 bytes. Lengths are checked before memory "
	    "is taken or anything is read, because they are read before "
	    "anything can be verified." },
	{ SS_ERR_SEQUENCE,
	    "Records count from 0 within their epoch, and handshake "
	    "messages within their run. One is missing, stands twice or in "
	    "the wrong place. Each may be authentic; their order is not. "
	    "Everything before this one was as the sender wrote it. Dropping "
	    "and reordering is what somebody on the way can do without any "
	    "key." },
	{ SS_ERR_REPLAY,
	    "This epoch or record was received before. Mail may be delivered "
	    "twice, after a crash for instance, and then this is the "
	    "harmless end of it. Or somebody recorded \"open the gate\" and "
	    "plays it again. In a mailbox, ss-open --mailbox steps over what "
	    "it has seen. A first message of x3dh is remembered until its "
	    "signed prekey is erased." },
	{ SS_ERR_CHAIN,
	    "An introducer continues an epoch that is not the one before "
	    "it. Parts of a stream are missing in the middle, or pieces of "
	    "two streams were joined." },
	{ SS_ERR_FOREIGN,
	    "The record names another sender, another audience, another "
	    "epoch or another run. You may have taken the wrong session "
	    "file, or the session was made anew on one side only. Somebody "
	    "may also have mixed records of another conversation into "
	    "yours." },
	{ SS_ERR_REFLECTED,
	    "The record was made by this side. An attacker without any key "
	    "can always send your own words back to you; they must not pass "
	    "for the peer's. Both directions have keys of their own and both "
	    "fingerprints, in order, enter each key." },
	{ SS_ERR_SKIPPED,
	    "The epoch lies more than 1,024 ahead of the last one that was "
	    "received. To step over lost epochs costs work and memory, and "
	    "the number is claimed by somebody not yet verified: the limit "
	    "keeps one forged record from keeping you busy. If so many were "
	    "really lost, make a new session." },
	{ SS_ERR_LAB,
	    "The record or key was made by an insecure lab profile, which "
	    "has a known flaw on purpose. It is marked by a bit, and the "
	    "profile's name enters every key, so even with the bit removed "
	    "it does not open here." },
	{ SS_ERR_EMPTY,
	    "There was no input. An empty message is not an empty input: it "
	    "has an introducer and a record marked FINAL. So nothing at all "
	    "means that the command before this one failed, or that "
	    "everything was taken away." },
	{ SS_ERR_ARMOR,
	    "A line is not the base64 form of exactly one record: foreign "
	    "characters, a cut or wrapped line, wrong padding. Mail programs "
	    "wrap long lines; send armor as an attachment." },
	{ SS_ERR_KEY,
	    "The key is damaged: a line is missing, a checksum does not fit, "
	    "or secret and public half do not belong together. The checksum "
	    "finds slips in copying. It does not prove whose key it is: for "
	    "that, compare fingerprints." },
	{ SS_ERR_HALF,
	    "A public key stands where the secret one is needed, or the "
	    "other way round. Never send the file that -k takes to anybody; "
	    "ss-keygen --public prints what may be sent." },
	{ SS_ERR_SUITE,
	    "The record wants another family, pattern, mode or cipher than "
	    "was agreed. Nothing is negotiated: both sides give the same "
	    "options. So nobody in between can talk you down to something "
	    "weaker, and this is what such an attempt looks like." },
	{ SS_ERR_LOWORDER,
	    "A public key of X25519 was one of the few whose result is zero "
	    "whatever the secret. An honest peer never makes such a key. "
	    "With it an attacker would know the outcome of the exchange." },
	{ SS_ERR_PERMISSION,
	    "Others can read or replace this file, so what it holds may not "
	    "be secret any more. If the machine is not yours alone, make a "
	    "new key; otherwise chmod 600." },
	{ SS_ERR_PASSPHRASE,
	    "The passphrase does not open this key file, or none was given. "
	    "The same code means that the file was changed: name, public "
	    "half and cost of guessing are bound to the sealed part." },
	{ SS_ERR_ORDER,
	    "A data record came before the introducer of its epoch, or after "
	    "the end of its stream. The beginning may have been cut off." },
	{ SS_ERR_DIRECTION,
	    "This session cannot carry data that way. One-way patterns (N, "
	    "K, X) let only the initiator send. After x3dh the initiator "
	    "sends first, since the responder's prekey serves others too: "
	    "open its first stream, then answer." },
	{ SS_ERR_UNFINISHED,
	    "A new stream began before the last one had come to its end. The "
	    "sender was interrupted, or the end was taken away. What came "
	    "of it is authentic, but it is not the whole." },
	{ SS_ERR_PEER,
	    "The handshake is with somebody, but not with whom you named. "
	    "This is what a man in the middle with his own key looks like. "
	    "Or the peer has a new key: then ask, over another channel, for "
	    "the new fingerprint." },
	{ SS_ERR_SPENT,
	    "A handshake state serves once, and a sending chain has an end. "
	    "To answer twice from one state would use an ephemeral key "
	    "twice. Start a new handshake. A one-time prekey serves one "
	    "first message, and a signed prekey its time and no longer: "
	    "then ask for a new bundle." },
	{ SS_ERR_NONAME,
	    "Nobody has registered that name at this relay. Check the "
	    "spelling; a name exists from its owner's first connection." },
	{ SS_ERR_PIN,
	    "The certificate that came is not the one whose fingerprint you "
	    "gave. The relay may have a new one, after its folder was "
	    "deleted for instance, or somebody stands between you and it. "
	    "He would see who talks to whom, not what." },
	{ SS_ERR_LOGIN,
	    "The relay did not accept the proof. The name may belong to "
	    "another key; the first that comes gets it. The relay does not "
	    "say more, since strangers could otherwise try out names." },
	{ SS_ERR_CAPTURE,
	    "The file is not pcap or pcapng, is cut inside its first "
	    "blocks, or its link type is not among those that can be read." },
	{ SS_ERR_NOSUCH,
	    "An operation was to change some records, and none of those that "
	    "came is selected by its options, or none of the selected ones "
	    "has the field, flag or length that it works on. They were "
	    "handed on as they were." },
	{ SS_ERR_NOISY,
	    "Measuring a qubit in the wrong basis disturbs it, so whoever "
	    "listens makes errors: 25 % of them if every qubit was measured "
	    "on its way. Above 11 % no secret key can be distilled, whatever "
	    "one does; below it the length of the key pays for what was "
	    "seen and said. The same code is given if nothing is left then. "
	    "A bad fibre looks the same as a listener." },
	{ SS_ERR_DIFFER,
	    "Cascade finds errors by parities, and a pair of errors that "
	    "stays together in all its blocks is not found. The comparison "
	    "of hashes that follows notices it, and the key is given up. "
	    "That happens once in thousands of runs; if it happens twice, "
	    "somebody changes messages." },
	{ SS_ERR_USAGE,
	    "The options or arguments do not fit together. The message says "
	    "which; --help prints the synopsis." },
	{ SS_ERR_SYSTEM,
	    "The system refused something: a file cannot be opened or "
	    "written, the disk is full, there is no memory. Output with -o "
	    "appears whole or not at all, so nothing half-written stays." },
	{ SS_ERR_EXISTS,
	    "The file is there already. Keys and sessions are never "
	    "overwritten unasked, because what is lost then cannot be "
	    "computed again." },
	{ SS_ERR_BUSY,
	    "Another process is receiving with this session. Two receivers "
	    "would each get a part of the stream and both find it broken." },
	{ SS_ERR_NETWORK,
	    "The connection could not be made or broke. What the relay had "
	    "accepted is kept; what was not confirmed is sent again by "
	    "calling again." },
	{ SS_ERR_TIMEOUT,
	    "The time given with --timeout passed before the work was "
	    "done." },
	{ SS_ERR_FULL,
	    "The recipient's mailbox at the relay holds as much as it may, "
	    "10,000 messages or 64 MiB unless the relay was told otherwise. "
	    "What the relay accepted before stays there; this message and "
	    "those after it were not stored. Anybody who may write to a "
	    "mailbox can fill it, which is why there is a limit." },
};

const char *
ss_words_error(enum ss_err e)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].code == e)
			return errors[i].words;
	return NULL;
}
