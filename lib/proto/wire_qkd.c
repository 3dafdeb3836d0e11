/* SPDX-License-Identifier: ISC */
#include "wire_qkd.h"

/* The rows of quantum key distribution; wire_table.c lists them. */

const struct ss_name ss_qkd_kind_names[] = {
	{ SS_QKD_BASES, "bases" },
	{ SS_QKD_SIFT, "sift" },
	{ SS_QKD_SAMPLE, "sample" },
	{ SS_QKD_REVEAL, "reveal" },
	{ SS_QKD_ESTIMATE, "estimate" },
	{ SS_QKD_ASK, "ask" },
	{ SS_QKD_ANSWER, "answer" },
	{ SS_QKD_DONE, "done" },
	{ SS_QKD_VERIFY, "verify" },
	{ SS_QKD_VERIFIED, "verified" },
	{ SS_QKD_AMPLIFY, "amplify" },
	{ SS_QKD_CONFIRM, "confirm" },
	{ SS_QKD_ABORT, "abort" },
	{ 0, NULL },
};

static const struct ss_name qubits_flags[] = {
	{ SS_QUBITS_LAST, "LAST" },
	{ SS_QUBITS_LABEL, "LABEL" },
	{ 0, NULL },
};

static const struct ss_name qkd_flags[] = {
	{ SS_QKD_OVER, "OVER" },
	{ 0, NULL },
};

static const struct ss_name roles[] = {
	{ SS_ALICE, "alice" },
	{ SS_BOB, "bob" },
	{ 0, NULL },
};

#define AT(member) offsetof(struct ss_qubits, member)
const struct ss_field ss_qubits_rows[] = {
	{ "flags", "Flags", "LAST: no frame follows; LABEL: an insecure "
	    "profile put the sender's bits and bases beside the qubits.",
	    "15.1", SS_FLAGS, 1, SS_PUBLIC, qubits_flags, AT(flags) },
	{ "run", "Run id", "A random number that names this transmission.",
	    "15.1", SS_BYTES, SS_QKD_RUN_BYTES, SS_PUBLIC, NULL, AT(run) },
	{ "frame", "Frame", "The number of this frame, from 0.", "15.1",
	    SS_UINT, 4, SS_PUBLIC, NULL, AT(frame) },
	{ "count", "Pulses", "How many pulses of light the frame has.",
	    "15.1", SS_UINT, 4, SS_PUBLIC, NULL, AT(count) },
	{ "planes", "State", "The physical state: for each pulse one bit in "
	    "each of four planes (photon, half, basis, value).", "15.1",
	    SS_REST, 0, SS_SECRET, NULL, AT(planes) },
};
#undef AT

#define AT(member) offsetof(struct ss_qkd_msg, member)
/* What every public message begins with. */
#define HEAD                                                                 \
	{ "kind", "Kind", "What this message of the public discussion is.",  \
	    "15.2", SS_ENUM, 1, SS_PUBLIC, ss_qkd_kind_names, AT(kind) },    \
	{ "flags", "Flags", "OVER: the sender has nothing more to say and "  \
	    "listens.", "15.2", SS_FLAGS, 1, SS_PUBLIC, qkd_flags,           \
	    AT(flags) },                                                     \
	{ "from", "From", "Which of the two speaks.", "15.2", SS_ENUM, 1,    \
	    SS_PUBLIC, roles, AT(from) },                                    \
	{ "run", "Run id", "Which transmission of qubits this is about.",    \
	    "15.2", SS_BYTES, SS_QKD_RUN_BYTES, SS_PUBLIC, NULL, AT(run) },  \
	{ "step", "Step", "The number of this message in the discussion, "   \
	    "both sides counted together, from 0.", "15.2", SS_UINT, 4,      \
	    SS_PUBLIC, NULL, AT(step) },                                     \
	{ "tag", "Authentication", "Empty, or proves every message from the "\
	    "first to this one: a Wegman-Carter tag or a signature.",        \
	    "15.3", SS_LEN16, 0, SS_KEYED, NULL, AT(tag) }
#define PIECE                                                                \
	{ "first", "First", "The place of the first bit in the whole.",      \
	    "15.4", SS_UINT, 8, SS_PUBLIC, NULL, AT(first) },                \
	{ "count", "Count", "How many bits this message is about.", "15.4",  \
	    SS_UINT, 4, SS_PUBLIC, NULL, AT(count) }

const struct ss_field ss_qkd_bases_rows[] = {
	HEAD, PIECE,
	{ "planes", "Clicks and bases", "One bit for each pulse: did Bob's "
	    "detector click; then one for each: in which basis.", "15.4",
	    SS_REST, 0, SS_PUBLIC, NULL, AT(body) },
};

const struct ss_field ss_qkd_sift_rows[] = {
	HEAD, PIECE,
	{ "same", "Same basis", "One bit for each pulse: it arrived, and was "
	    "measured in the basis in which it was sent.", "15.4", SS_REST, 0,
	    SS_PUBLIC, NULL, AT(body) },
};

const struct ss_field ss_qkd_sample_rows[] = {
	HEAD,
	{ "size", "Sample size", "How many sifted bits will be shown to "
	    "everybody and thrown away.", "15.5", SS_UINT, 8, SS_PUBLIC,
	    NULL, AT(size) },
	{ "seed", "Seed", "Random, drawn after sifting: says which bits.",
	    "15.5", SS_BYTES, 32, SS_PUBLIC, NULL, AT(seed) },
};

const struct ss_field ss_qkd_reveal_rows[] = {
	HEAD, PIECE,
	{ "bits", "Sample", "Bob's bits of the sample, which are public now.",
	    "15.5", SS_REST, 0, SS_PUBLIC, NULL, AT(body) },
};

const struct ss_field ss_qkd_estimate_rows[] = {
	HEAD,
	{ "errors", "Errors", "How many bits of the sample differ.", "15.5",
	    SS_UINT, 8, SS_PUBLIC, NULL, AT(size) },
	{ "variant", "Variant", "Which Cascade corrects the rest.", "15.6",
	    SS_UINT, 1, SS_PUBLIC, NULL, AT(variant) },
	{ "rate", "Rate", "The error rate for which its blocks are chosen, "
	    "in millionths.", "15.6", SS_UINT, 4, SS_PUBLIC, NULL, AT(rate) },
	{ "seed", "Seed", "Random: says how Cascade shuffles.", "15.6",
	    SS_BYTES, 32, SS_PUBLIC, NULL, AT(seed) },
};

const struct ss_field ss_qkd_ask_rows[] = {
	HEAD,
	{ "blocks", "Blocks", "The blocks whose parity Bob asks for.", "15.6",
	    SS_REST, 0, SS_PUBLIC, NULL, AT(body) },
};

const struct ss_field ss_qkd_answer_rows[] = {
	HEAD,
	{ "parities", "Parities", "A bit for each block; everybody knows it "
	    "now, and it is paid for in the end.", "15.6", SS_REST, 0,
	    SS_PUBLIC, NULL, AT(body) },
};

const struct ss_field ss_qkd_done_rows[] = {
	HEAD,
	{ "disclosed", "Disclosed", "How many parities were told.", "15.6",
	    SS_UINT, 8, SS_PUBLIC, NULL, AT(size) },
};

const struct ss_field ss_qkd_verify_rows[] = {
	HEAD,
	{ "point", "Point", "Random: chooses the hash function.", "15.7",
	    SS_BYTES, 16, SS_PUBLIC, NULL, AT(seed) },
	{ "hash", "Hash", "Of Alice's bits; Bob's corrected ones must have "
	    "the same.", "15.7", SS_BYTES, 16, SS_PUBLIC, NULL, AT(hash) },
};

const struct ss_field ss_qkd_verified_rows[] = { HEAD };

const struct ss_field ss_qkd_amplify_rows[] = {
	HEAD,
	{ "size", "Key length", "How many bits the key will have.", "15.8",
	    SS_UINT, 8, SS_PUBLIC, NULL, AT(size) },
	PIECE,
	{ "matrix", "Matrix", "Random bits, drawn now: the diagonals of the "
	    "Toeplitz matrix.", "15.8", SS_REST, 0, SS_PUBLIC, NULL,
	    AT(body) },
};

const struct ss_field ss_qkd_confirm_rows[] = {
	HEAD,
	{ "size", "Key length", "How many bits of key this side has.",
	    "15.9", SS_UINT, 8, SS_PUBLIC, NULL, AT(size) },
};

const struct ss_field ss_qkd_abort_rows[] = {
	HEAD,
	{ "reason", "Reason", "The number of an error code, such as 103 for "
	    "SS-E103.", "15.9", SS_UINT, 2, SS_PUBLIC, NULL, AT(reason) },
};
