/* SPDX-License-Identifier: ISC */
/* The stages that light goes through: frames in, frames out, none kept. */
#include "file.h"
#include "io.h"
#include "lab.h"
#include "qkd.h"
#include "qkd_table.h"
#include "reader.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONG ((uint64_t)1 << 24) /* pulses; worth a bar */
#define PLANES 6 /* four of light, and two of an indiscreet sender */
#define FRAME_BYTES (SS_QUBITS_HEAD + PLANES * SS_PLANE_BYTES)

/* What a stage works on; in secret memory, since for this program the state
 * of a qubit lies open. */
struct bench {
	struct ss_light light;
	struct ss_notes notes;
	struct ss_dice dice;
	struct ss_reader in;
	struct ss_qubits head;
	uint8_t label[2 * SS_PLANE_BYTES]; /* LAB */
	size_t labelled;
	uint8_t planes[PLANES * SS_PLANE_BYTES];
	uint8_t record[FRAME_BYTES];
};

uint64_t
ss_qkd_chance(double p)
{
	return (uint64_t)(p * (double)SS_DICE_ONE + 0.5);
}

void
ss_qkd_dice(struct ss_dice *d, const char *stage)
{
	uint8_t seed[32];

	ss_lab_mix(stage, strlen(stage));
	ss_random(seed, sizeof(seed));
	ss_dice_init(d, seed);
	sodium_memzero(seed, sizeof(seed));
}

static struct bench *
xbench(struct ss_qkd *o)
{
	struct bench *b = xsecret_alloc(sizeof(*b));

	memset(b, 0, sizeof(*b));
	xrefuse_terminal(STDOUT_FILENO, "qubits and bases are not text");
	ss_qkd_dice(&b->dice, o->stage);
	return b;
}

static void
drop(struct bench *b)
{
	ss_reader_close(&b->in);
	sodium_free(b);
}

static void
emit(struct bench *b)
{
	struct ss_buf out = { b->record, 0, sizeof(b->record), 0 };
	size_t n = ss_light_put(b->planes, &b->light);
	enum ss_err e;

	memcpy(b->planes + n, b->label, b->labelled);
	b->head.planes = (struct ss_bytes){ b->planes, n + b->labelled };
	b->head.count = (uint32_t)b->light.count;
	e = ss_wire_put(&out, ss_layout_find("qubits"), ss_lab() != NULL,
	    &b->head);
	if (e != SS_OK)
		ss_die(e, "frame %u", b->head.frame);
	xwrite_full(STDOUT_FILENO, b->record, out.len, "qubits");
}

/* The next frame of light; dies when it does not follow the one before. */
static void
xabsorb(struct bench *b, int first)
{
	uint32_t want = first ? 0 : b->head.frame + 1;
	uint8_t run[SS_QKD_RUN_BYTES], *rec;
	enum ss_err e;
	size_t len, n;

	memcpy(run, b->head.run, sizeof(run));
	e = ss_reader_next(&b->in, &rec, &len);
	if (e == SS_OK && len == 0)
		e = first ? SS_ERR_EMPTY : SS_ERR_TRUNCATED;
	if (e == SS_OK && rec[3] >> 7 != (ss_lab() != NULL))
		e = ss_lab() ? SS_ERR_SUITE : SS_ERR_LAB;
	if (e == SS_OK && (rec[3] & 0x7f) != SS_QUBITS)
		e = SS_ERR_FORMAT;
	if (e == SS_OK)
		e = ss_wire_get(&b->head, ss_layout_find("qubits"), rec, len);
	if (e == SS_OK && b->head.frame != want)
		e = SS_ERR_SEQUENCE;
	if (e == SS_OK && !first && memcmp(run, b->head.run, sizeof(run)) != 0)
		e = SS_ERR_FOREIGN;
	if (e == SS_OK && (b->head.count > SS_FRAME_PULSES || b->head.flags &
	    ~(SS_QUBITS_LAST | SS_QUBITS_LABEL)))
		e = SS_ERR_FORMAT;
	if (e == SS_OK) {
		n = ss_plane_bytes(b->head.count);
		b->labelled = b->head.flags & SS_QUBITS_LABEL ? 2 * n : 0;
		if (b->head.planes.len != 4 * n + b->labelled)
			e = SS_ERR_LENGTH;
	}
	if (e == SS_OK) {
		e = ss_light_get(&b->light, b->head.planes.at, 4 * n,
		    b->head.count);
		memcpy(b->label, b->head.planes.at + 4 * n, b->labelled);
		/* whoever takes a photon out of the fibre has it alone */
		sodium_memzero(rec, len);
	}
	if (e == SS_OK && !(b->head.flags & SS_QUBITS_LAST) &&
	    b->head.count != SS_FRAME_PULSES)
		e = SS_ERR_FORMAT;
	if (e != SS_OK)
		ss_die(e, "frame %u of the qubits", want);
}

static int
is_last(const struct bench *b)
{
	return b->head.flags & SS_QUBITS_LAST;
}

/* Nothing may come behind the last frame. */
static void
xend(struct bench *b)
{
	uint8_t *rec;
	size_t len;
	enum ss_err e = ss_reader_next(&b->in, &rec, &len);

	if (e == SS_OK && len)
		e = SS_ERR_SEQUENCE;
	if (e != SS_OK)
		ss_die(e, "behind the last frame of the qubits");
}

/* LAB bases-in-clear: her notes fly beside the photons. */
static void
label(struct bench *b)
{
	size_t n = ss_plane_bytes(b->notes.count);

	if (!ss_lab_is(ss_lab(), "bases-in-clear"))
		return;
	ss_plane_put(b->label, b->notes.basis, b->notes.count);
	ss_plane_put(b->label + n, b->notes.value, b->notes.count);
	b->labelled = 2 * n;
	b->head.flags |= SS_QUBITS_LABEL;
}

void
xqkd_send(struct ss_qkd *o)
{
	struct bench *b = xbench(o);
	struct ss_qkd_writer *w;
	uint64_t left = o->pulses;

	ss_random(b->head.run, sizeof(b->head.run));
	w = xqkd_raw_create(o->output, o->force, SS_RAW_ALICE, b->head.run);
	for (;; b->head.frame++) {
		size_t n = left < SS_FRAME_PULSES ? (size_t)left :
		    SS_FRAME_PULSES;

		left -= n;
		b->head.flags = left ? 0 : SS_QUBITS_LAST;
		ss_light_send(&b->light, &b->notes, n, &b->dice);
		label(b);
		xqkd_raw_add(w, &b->notes, !left);
		if (o->pulses >= LONG)
			ss_progress("send", o->pulses - left, o->pulses);
		if (!left)
			break;
		emit(b);
	}
	/* what she knows is safe before the last of it is on its way */
	xqkd_raw_commit(w);
	emit(b);
	sodium_free(b);
}

void
xqkd_channel(struct ss_qkd *o)
{
	struct ss_fibre f = { ss_qkd_chance(o->loss),
		ss_qkd_chance(o->noise), ss_qkd_chance(o->dark) };
	struct bench *b = xbench(o);

	ss_reader_open(&b->in, STDIN_FILENO, 0);
	xabsorb(b, 1);
	for (;;) {
		ss_light_channel(&b->light, &f, &b->dice);
		emit(b);
		if (is_last(b))
			break;
		xabsorb(b, 0);
	}
	xend(b);
	drop(b);
}

void
xqkd_eve(struct ss_qkd *o)
{
	uint64_t fraction = ss_qkd_chance(o->fraction);
	struct bench *b = xbench(o);
	struct ss_qkd_writer *w;

	ss_reader_open(&b->in, STDIN_FILENO, 0);
	xabsorb(b, 1);
	w = xqkd_raw_create(o->output, o->force, SS_RAW_EVE, b->head.run);
	for (;;) {
		ss_light_eve(&b->light, &b->notes, o->strategy, fraction,
		    &b->dice);
		xqkd_raw_add(w, &b->notes, is_last(b));
		if (is_last(b))
			break;
		emit(b);
		xabsorb(b, 0);
	}
	xend(b);
	xqkd_raw_commit(w);
	emit(b);
	drop(b);
}

/* Bob's first message, frame by frame; the same that `run` would write. */
static void
say_bases(struct bench *b, int lab)
{
	static const struct ss_layout *l;
	static uint8_t record[SS_QKD_HEAD + 2 + 12 + 2 * SS_PLANE_BYTES];
	struct ss_buf out = { record, 0, sizeof(record), 0 };
	size_t n = ss_plane_bytes(b->notes.count);
	struct ss_qkd_msg m = { .kind = SS_QKD_BASES, .from = SS_BOB,
		.step = b->head.frame, .count = (uint32_t)b->notes.count,
		.first = (uint64_t)b->head.frame * SS_FRAME_PULSES,
		.flags = is_last(b) ? SS_QKD_OVER : 0,
		.body = { b->planes, 2 * n } };
	enum ss_err e;

	l = l ? l : ss_layout_find("qkd-bases");
	memcpy(m.run, b->head.run, sizeof(m.run));
	ss_plane_put(b->planes, b->notes.click, b->notes.count);
	ss_plane_put(b->planes + n, b->notes.basis, b->notes.count);
	if ((e = ss_wire_put(&out, l, lab, &m)) != SS_OK)
		ss_die(e, "bases of frame %u", b->head.frame);
	xwrite_full(STDOUT_FILENO, record, out.len, "bases");
}

void
xqkd_measure(struct ss_qkd *o)
{
	struct bench *b = xbench(o);
	struct ss_qkd_writer *w;

	ss_reader_open(&b->in, STDIN_FILENO, 0);
	xabsorb(b, 1);
	w = xqkd_raw_create(o->output, o->force, SS_RAW_BOB, b->head.run);
	for (;;) {
		ss_light_measure(&b->notes, &b->light, &b->dice);
		xqkd_raw_add(w, &b->notes, is_last(b));
		if (is_last(b))
			break;
		say_bases(b, ss_lab() != NULL);
		xabsorb(b, 0);
	}
	xend(b);
	xqkd_raw_commit(w);
	say_bases(b, ss_lab() != NULL);
	drop(b);
}
