/* SPDX-License-Identifier: ISC */
/* ss-qkd analyze: what is in the files that the stages leave. */
#include "../proto/labels.h"
#include "file.h"
#include "io.h"
#include "qkd.h"
#include "qkd_table.h"
#include "qkdkey.h"
#include "reader.h"
#include <fcntl.h>
#include <math.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

static const char *
name_of(const struct ss_qkd_raw *r)
{
	return r->who == SS_RAW_ALICE ? "alice" :
	    r->who == SS_RAW_BOB ? "bob" : "eve";
}

static double
share(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : nan("");
}

/* ---- one raw file: does it look random? ---- */

static void
one_raw(struct ss_table *t, const struct ss_qkd_raw *r)
{
	static char title[80];
	double *row = xtable_row(t);
	size_t n = r->pulses, clicks = n;

	snprintf(title, sizeof(title), "What %s wrote down about %zu pulses",
	    name_of(r), n);
	t->title = title;
	t->columns = 5;
	memcpy(t->names, (const char *[]){ "pulses", "seen", "share",
	    "in basis x", "ones" }, 5 * sizeof(char *));
	memcpy(t->formats, (const char *[]){ "%.0f", "%.0f", "%.4f", "%.4f",
	    "%.4f" }, 5 * sizeof(char *));
	if (r->who != SS_RAW_ALICE)
		clicks = ss_bits_count(r->click, n);
	row[0] = (double)n;
	row[1] = (double)clicks;
	row[2] = share(clicks, n);
	row[3] = share(ss_bits_count(r->basis, n), clicks);
	row[4] = share(ss_bits_count(r->value, n), clicks);
}

/* ---- Alice's and another one: what did they see of it? ---- */

/* One row: pulses from..to-1, of frame f. */
static void
compare(double *row, const struct ss_qkd_raw *a, const struct ss_qkd_raw *b,
    size_t from, size_t to)
{
	size_t seen = 0, same[2] = { 0, 0 }, wrong[2] = { 0, 0 }, all = 0;

	for (size_t i = from; i < to; i++) {
		int basis = ss_bits_get(a->basis, i), differ;

		if (!ss_bits_get(b->click, i))
			continue;
		seen++;
		differ = ss_bits_get(a->value, i) != ss_bits_get(b->value, i);
		all += !differ;
		if (ss_bits_get(b->basis, i) != basis)
			continue;
		same[basis]++;
		wrong[basis] += (size_t)differ;
	}
	row[1] = (double)(to - from);
	row[2] = share(seen, to - from);
	row[3] = share(same[0] + same[1], seen);
	row[4] = share(wrong[0], same[0]);
	row[5] = share(wrong[1], same[1]);
	row[6] = share(wrong[0] + wrong[1], same[0] + same[1]);
	row[7] = share(all, seen);
}

static void
two_raws(struct ss_table *t, const struct ss_qkd_raw *a,
    const struct ss_qkd_raw *b)
{
	static char title[96];
	size_t frames = (a->pulses + SS_FRAME_PULSES - 1) / SS_FRAME_PULSES;
	size_t step = frames > 64 ? (frames + 63) / 64 : 1;
	double *row;

	snprintf(title, sizeof(title), "%s's bits against alice's, by pulses",
	    name_of(b));
	t->title = title;
	t->columns = 8;
	memcpy(t->names, (const char *[]){ "from", "pulses", "seen", "sifted",
	    "wrong in +", "wrong in x", "QBER", "right in all" },
	    8 * sizeof(char *));
	memcpy(t->formats, (const char *[]){ "%.0f", "%.0f", "%.4f", "%.4f",
	    "%.4f", "%.4f", "%.4f", "%.4f" }, 8 * sizeof(char *));
	t->plot = "set xlabel 'pulse'\nset ylabel 'share'\nset key top right\n"
	    "set yrange [0:*]\nset format x '%.0s%c'\n"
	    "plot 0.11 title 'no key above 11 %' ls 9, "
	    "$d u 1:7 title 'wrong where the basis is the same' w lp ls 2, "
	    "$d u 1:3 title 'seen at all' w lp ls 1";
	for (size_t f = 0; f < frames; f += step) {
		size_t from = f * SS_FRAME_PULSES;
		size_t to = (f + step) * SS_FRAME_PULSES;

		row = xtable_row(t);
		row[0] = (double)from;
		compare(row, a, b, from, to < a->pulses ? to : a->pulses);
		ss_progress("analyze", f + step, frames);
	}
	if (t->rows < 2)
		return;
	row = xtable_row(t);
	row[0] = nan(""); /* all of it */
	compare(row, a, b, 0, a->pulses);
}

static void
raws(struct ss_table *t, const char *first, const char *second)
{
	struct ss_qkd_raw a, b;

	xqkd_raw_load(&a, first);
	if (!second) {
		one_raw(t, &a);
		ss_qkd_raw_drop(&a);
		return;
	}
	xqkd_raw_load(&b, second);
	if (a.who != SS_RAW_ALICE || b.who == SS_RAW_ALICE)
		ss_die(SS_ERR_USAGE, "first alice's raw file, then bob's or "
		    "eve's");
	if (memcmp(a.run, b.run, sizeof(a.run)) != 0 || a.pulses != b.pulses)
		ss_die(SS_ERR_FOREIGN, "'%s' and '%s' are not of one "
		    "transmission", first, second);
	two_raws(t, &a, &b);
	ss_qkd_raw_drop(&a);
	ss_qkd_raw_drop(&b);
}

/* ---- a key ---- */

static void
key(struct ss_table *t, const char *path)
{
	struct ss_qkdkey k;
	enum ss_err e = ss_qkdkey_load(&k, path);
	size_t set = 0, runs = 1;
	double *row;

	if (e != SS_OK)
		ss_die(e, "%s", path);
	for (size_t i = 0; i < 8 * k.len; i++) {
		int bit = k.key[i / 8] >> i % 8 & 1;

		set += (size_t)bit;
		if (i && bit != (k.key[(i - 1) / 8] >> (i - 1) % 8 & 1))
			runs++;
	}
	t->title = "A key that nobody has used";
	t->columns = 4;
	memcpy(t->names, (const char *[]){ "bits", "ones", "runs/bit",
	    "sigma of ones" }, 4 * sizeof(char *));
	memcpy(t->formats, (const char *[]){ "%.0f", "%.4f", "%.4f", "%+.2f" },
	    4 * sizeof(char *));
	row = xtable_row(t);
	row[0] = (double)(8 * k.len);
	row[1] = (double)set / row[0];
	row[2] = (double)runs / row[0];
	row[3] = ((double)set - row[0] / 2) / sqrt(row[0] / 4);
	ss_qkdkey_drop(&k);
}

/* ---- pads ---- */

static void
pads(struct ss_table *t, const char *path)
{
	struct ss_qkd_pads p;
	double *row = xtable_row(t);

	xqkd_pads_load(&p, path);
	t->title = "Pads that nobody has used";
	t->columns = 4;
	memcpy(t->names, (const char *[]){ "first", "pads", "bytes",
	    "discussions" }, 4 * sizeof(char *));
	memcpy(t->formats, (const char *[]){ "%.0f", "%.0f", "%.0f", "%.0f" },
	    4 * sizeof(char *));
	row[0] = (double)p.at;
	row[1] = (double)p.have;
	row[2] = 16 * row[1];
	row[3] = (double)(p.have / SS_TALK_TAGS);
	ss_qkd_pads_drop(&p);
}

/* ---- qubits: only whether they are there, not what they are ---- */

static void
qubits(struct ss_table *t, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const struct ss_layout *l = ss_layout_find("qubits");
	double frames = 0, pulses = 0, photons = 0, *row = xtable_row(t);
	struct ss_qubits q;
	struct ss_reader in;
	uint8_t *rec;
	size_t len;
	enum ss_err e;

	if (fd < 0)
		ss_die(SS_ERR_SYSTEM, "%s", path);
	ss_reader_open(&in, fd, 0);
	while ((e = ss_reader_next(&in, &rec, &len)) == SS_OK && len &&
	    (e = ss_wire_get(&q, l, rec, len)) == SS_OK) {
		uint64_t there[SS_FRAME_PULSES / 64];

		if (q.count > SS_FRAME_PULSES ||
		    q.planes.len < 4 * ss_plane_bytes(q.count) ||
		    ss_plane_get(there, q.planes.at, q.count) != SS_OK)
			ss_die(SS_ERR_FORMAT, "frame %.0f of '%s'", frames,
			    path);
		frames++;
		pulses += q.count;
		photons += (double)ss_bits_count(there, q.count);
	}
	if (e != SS_OK)
		ss_die(e, "frame %.0f of '%s'", frames, path);
	ss_reader_close(&in);
	close(fd);
	t->title = "Light on its way; who looks closer has to measure";
	t->columns = 4;
	memcpy(t->names, (const char *[]){ "frames", "pulses", "photons",
	    "share" }, 4 * sizeof(char *));
	memcpy(t->formats, (const char *[]){ "%.0f", "%.0f", "%.0f", "%.4f" },
	    4 * sizeof(char *));
	row[0] = frames;
	row[1] = pulses;
	row[2] = photons;
	row[3] = share((size_t)photons, (size_t)pulses);
}

/* ---- a stream of records: who said how much of what ---- */

/* The messages of a state are behind its text. */
static off_t
behind_text(int fd, const char *path)
{
	static const char end[] = "\nend: secretsocket-qkd-state\n";
	size_t size = (size_t)1 << 17, n = sizeof(end) - 1;
	char *text = xsecret_alloc(size);
	ssize_t have = ss_read_full(fd, text, size);
	off_t at = -1;

	for (size_t i = 0; at < 0 && have >= 0 && i + n <= (size_t)have; i++)
		if (memcmp(text + i, end, n) == 0)
			at = (off_t)(i + n);
	sodium_free(text);
	if (at < 0 || lseek(fd, at, SEEK_SET) < 0)
		ss_die(SS_ERR_TRUNCATED, "state '%s'", path);
	return at;
}

static void
stream(struct ss_table *t, const char *path, int state)
{
	double count[3][16] = { { 0 } }, bytes[3][16] = { { 0 } };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct ss_qkd_msg m;
	struct ss_reader in;
	uint8_t *rec;
	size_t len;
	enum ss_err e;

	if (fd < 0)
		ss_die(SS_ERR_SYSTEM, "%s", path);
	if (state)
		behind_text(fd, path);
	ss_reader_open(&in, fd, 0);
	while ((e = ss_reader_next(&in, &rec, &len)) == SS_OK && len) {
		const struct ss_layout *l = ss_layout_of(rec, len);

		if (!l || l->type != SS_QKD ||
		    ss_wire_get(&m, l, rec, len) != SS_OK ||
		    m.from < SS_ALICE || m.from > SS_BOB)
			ss_die(SS_ERR_FORMAT, "record %llu of '%s' is no "
			    "message of a discussion",
			    (unsigned long long)in.count, path);
		count[m.from][m.kind]++;
		bytes[m.from][m.kind] += (double)len;
	}
	if (e == SS_OK && in.count == 0 && !state)
		e = SS_ERR_EMPTY;
	if (e != SS_OK)
		ss_die(e, "%s", path);
	ss_reader_close(&in);
	close(fd);
	printf("What %s\n\n%-10s %12s %12s %12s %12s\n",
	    state ? "we were told so far" : "was said in public", "kind",
	    "alice", "bytes", "bob", "bytes");
	for (const struct ss_name *n = ss_qkd_kind_names; n->name; n++)
		if (count[1][n->value] + count[2][n->value] > 0)
			printf("%-10s %12.0f %12.0f %12.0f %12.0f\n", n->name,
			    count[1][n->value], bytes[1][n->value],
			    count[2][n->value], bytes[2][n->value]);
	t->rows = 0;
}

/* What a file is, by how it begins. */
static int
begins_with(const char *path, const char *text, size_t n)
{
	char start[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), is;

	if (fd < 0)
		ss_die(SS_ERR_SYSTEM, "%s", path);
	is = ss_read_full(fd, start, n) == (ssize_t)n &&
	    memcmp(start, text, n) == 0;
	sodium_memzero(start, sizeof(start));
	close(fd);
	return is;
}

static int
begins(const char *path, const char *text)
{
	return begins_with(path, text, strlen(text));
}

static int
is_light(const char *path)
{
	static const char start[] = { 'S', 'S', SS_VERSION, (char)SS_QUBITS };
	static const char lab[] = { 'S', 'S', SS_VERSION,
		(char)(SS_QUBITS | 0x80) };

	return begins_with(path, start, sizeof(start)) ||
	    begins_with(path, lab, sizeof(lab));
}

void
xqkd_analyze(struct ss_qkd *o)
{
	static struct ss_table t;

	if (begins(o->what, "secretsocket-qkd-raw:"))
		raws(&t, o->what, o->other);
	else if (o->other)
		ss_die(SS_ERR_USAGE, "only raw files are compared");
	else if (ss_qkdkey_is(o->what))
		key(&t, o->what);
	else if (begins(o->what, "secretsocket-qkd-auth:"))
		pads(&t, o->what);
	else if (is_light(o->what))
		qubits(&t, o->what);
	else
		stream(&t, o->what,
		    begins(o->what, "secretsocket-qkd-state:"));
	if (t.rows)
		ss_table_print(&t);
	if ((o->csv && !t.rows) || (o->plot && !t.plot))
		ss_die(SS_ERR_USAGE, "there is nothing to draw in '%s'",
		    o->what);
	if (o->csv)
		xtable_csv(&t, o->csv);
	if (o->plot)
		xtable_plot(&t, o->plot);
}
