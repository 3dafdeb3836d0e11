/* SPDX-License-Identifier: ISC */
#ifndef SS_WIRE_QKD_H
#define SS_WIRE_QKD_H

#include "wire.h"

/*
 * The records of quantum key distribution: qubits, which only a simulation
 * can write down, and the public messages.          docs/protocol.md, 15
 */
#define SS_QKD_RUN_BYTES 8

/* Pulses in a frame of qubits; the last frame may have fewer. */
#define SS_FRAME_PULSES 65536
#define SS_PLANE_BYTES  (SS_FRAME_PULSES / 8)

enum ss_qubits_flags {
	SS_QUBITS_LAST = 0x01,  /* no frame follows */
	SS_QUBITS_LABEL = 0x02, /* LAB: the sender's notes lie beside them */
};

/* A frame: four planes of bits, one bit of each for a pulse. */
struct ss_qubits {
	uint8_t flags;
	uint8_t run[SS_QKD_RUN_BYTES];
	uint32_t frame, count; /* number from 0; pulses in it */
	struct ss_bytes planes;
};
#define SS_QUBITS_HEAD (SS_HEADER_BYTES + 1 + 8 + 4 + 4)

enum ss_qkd_kind {
	SS_QKD_BASES = 1,
	SS_QKD_SIFT = 2,
	SS_QKD_SAMPLE = 3,
	SS_QKD_REVEAL = 4,
	SS_QKD_ESTIMATE = 5,
	SS_QKD_ASK = 6,
	SS_QKD_ANSWER = 7,
	SS_QKD_DONE = 8,
	SS_QKD_VERIFY = 9,
	SS_QKD_VERIFIED = 10,
	SS_QKD_AMPLIFY = 11,
	SS_QKD_CONFIRM = 12,
	SS_QKD_ABORT = 13,
};

enum ss_qkd_role { SS_ALICE = 1, SS_BOB = 2 };

#define SS_QKD_OVER 0x01 /* flags: the sender's turn ends here */

/* Any public message; a kind uses what its rows name. */
struct ss_qkd_msg {
	uint8_t kind, flags, from;
	uint8_t run[SS_QKD_RUN_BYTES];
	uint32_t step;
	struct ss_bytes tag;
	uint64_t first, size; /* a piece's place; of the whole */
	uint32_t count;
	uint8_t seed[32];
	uint8_t hash[16];
	uint8_t variant;
	uint32_t rate;
	uint16_t reason;
	struct ss_bytes body;
};
#define SS_QKD_HEAD (SS_HEADER_BYTES + 1 + 1 + 1 + 8 + 4) /* before the tag */

extern const struct ss_name ss_qkd_kind_names[];

/* Rows, for the list in wire_table.c. */
#define SS_QKD_ROWS(n) (6 + (n))
extern const struct ss_field ss_qubits_rows[5];
extern const struct ss_field ss_qkd_bases_rows[SS_QKD_ROWS(3)];
extern const struct ss_field ss_qkd_sift_rows[SS_QKD_ROWS(3)];
extern const struct ss_field ss_qkd_sample_rows[SS_QKD_ROWS(2)];
extern const struct ss_field ss_qkd_reveal_rows[SS_QKD_ROWS(3)];
extern const struct ss_field ss_qkd_estimate_rows[SS_QKD_ROWS(4)];
extern const struct ss_field ss_qkd_ask_rows[SS_QKD_ROWS(1)];
extern const struct ss_field ss_qkd_answer_rows[SS_QKD_ROWS(1)];
extern const struct ss_field ss_qkd_done_rows[SS_QKD_ROWS(1)];
extern const struct ss_field ss_qkd_verify_rows[SS_QKD_ROWS(2)];
extern const struct ss_field ss_qkd_verified_rows[SS_QKD_ROWS(0)];
extern const struct ss_field ss_qkd_amplify_rows[SS_QKD_ROWS(4)];
extern const struct ss_field ss_qkd_confirm_rows[SS_QKD_ROWS(1)];
extern const struct ss_field ss_qkd_abort_rows[SS_QKD_ROWS(1)];

/* The list's lines. */
#define SS_QKD_LAYOUT(name, kind, label, sentence)                           \
	{ "qkd-" #name, label, sentence, SS_QKD, kind, ss_qkd_##name##_rows, \
	    sizeof(ss_qkd_##name##_rows) / sizeof(struct ss_field) }

#endif
