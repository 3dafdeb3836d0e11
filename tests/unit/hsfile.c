/* SPDX-License-Identifier: ISC */
#include "../../lib/io/hsfile.h"
#include "../../lib/proto/noise.h"
#include "tap.h"
#include <sodium.h>

/*
 * The state of a handshake as text, and a handshake that is put down after
 * every message and taken up again from that text.
 */

static struct ss_hsfile f, back;
static char text[SS_HSFILE_TEXT_MAX];
static struct ss_identity alice;

static void
fill(void)
{
	uint8_t seed[64] = { 1 }, entropy[32] = { 7 }, rec[300];

	is_err(ss_identity_make(&alice, "alice", seed), SS_OK, "alice");
	memset(rec, 0xab, sizeof(rec));
	memset(&f, 0, sizeof(f));
	f.family = SS_FAMILY_NOISE;
	f.mode = SS_MODE_HASH;
	f.initiator = f.armor = 1;
	f.suite = 0x1234;
	strcpy(f.profile, "lab-profile");
	f.has_key = f.has_peer = 1;
	strcpy(f.key.path, "/home/alice/my keys/alice: 1.key ");
	memset(f.key.mark, 2, 32);
	f.npsks = 2;
	strcpy(f.psks[0].path, "/psk");
	memset(f.psks[1].mark, 3, 32); /* and no path: from a pipe */
	f.peer = alice.pub;
	strcpy(f.output, "/tmp/a session");
	memset(f.run, 4, sizeof(f.run));
	is_err(ss_hsfile_wrote(&f, entropy), SS_OK, "a step");
	is_err(ss_hsfile_came(&f, rec, sizeof(rec)), SS_OK, "a record");
	is_err(ss_hsfile_came(&f, rec, 69), SS_OK, "another");
}

static void
codec(void)
{
	size_t len, refused = 0, n;

	fill();
	is_err(ss_hsfile_put_text(text, &len, &f), SS_OK, "put");
	is_err(ss_hsfile_get_text(&back, text, len), SS_OK, "get");
	is_bytes(&back, &f, sizeof(f), "the same");
	for (n = 0; n < len; n++) {
		enum ss_err e = ss_hsfile_get_text(&back, text, n);

		refused += e != SS_OK &&
		    sodium_is_zero((uint8_t *)&back, sizeof(back));
	}
	ok(refused == len, "cut anywhere: refused and wiped");
	text[len] = '\n';
	text[len + 1] = 'x';
	is_err(ss_hsfile_get_text(&back, text, len + 2), SS_ERR_FORMAT,
	    "text behind its end");
	is_err(ss_hsfile_get_text(&back, text, 0), SS_ERR_EMPTY, "empty");
}

static void
limits(void)
{
	static uint8_t rec[SS_HSFILE_RECORDS];
	uint8_t entropy[32] = { 0 };

	memset(&f, 0, sizeof(f));
	is_err(ss_hsfile_came(&f, rec, sizeof(rec)), SS_OK, "all the room");
	is_err(ss_hsfile_came(&f, rec, 1), SS_ERR_LENGTH, "no more room");
	for (int i = 1; i < SS_HANDSHAKE_STEPS_MAX; i++)
		is_err(ss_hsfile_wrote(&f, entropy), SS_OK, "step %d", i);
	is_err(ss_hsfile_wrote(&f, entropy), SS_ERR_LENGTH, "too many");
}

static void
begin(struct ss_handshake *hs, const struct ss_hsfile *file)
{
	struct ss_handshake_config c = { .initiator = file->initiator,
		.suite = file->suite, .mode = file->mode,
		.profile = file->profile, .self = &alice };

	is_err(ss_handshake_start(hs, ss_family_of(file->family), &c,
	    file->run), SS_OK, "start");
}

/* A side put down and taken up again is the same in every byte. */
static void
resume(const struct ss_handshake *hs, const struct ss_hsfile *file,
    const char *what)
{
	static struct ss_handshake again;
	size_t len;

	is_err(ss_hsfile_put_text(text, &len, file), SS_OK, "%s: put", what);
	is_err(ss_hsfile_get_text(&back, text, len), SS_OK, "%s: get", what);
	begin(&again, &back);
	is_err(ss_hsfile_replay(&again, &back), SS_OK, "%s: replay", what);
	again.config = hs->config; /* points into its own file */
	is_bytes(&again, hs, sizeof(again), "%s: the same", what);
}

static void
replay(void)
{
	static struct ss_handshake hs[2];
	static struct ss_hsfile file[2];
	uint8_t rec[1024], entropy[32];

	for (int i = 0; i < 2; i++) {
		file[i].family = SS_FAMILY_NOISE;
		file[i].initiator = i == 0;
		is_err(ss_noise_suite(&file[i].suite, "X1X1", SS_AESGCM),
		    SS_OK, "X1X1");
		begin(&hs[i], &file[i]);
	}
	for (int m = 0; ss_handshake_turn(&hs[0]) != SS_TURN_DONE; m++) {
		struct ss_buf b = { rec, 0, sizeof(rec), 0 };
		int w = m % 2;

		memset(entropy, m + 1, sizeof(entropy));
		is_err(ss_handshake_write(&b, entropy, &hs[w]), SS_OK,
		    "message %d", m);
		is_err(ss_hsfile_wrote(&file[w], entropy), SS_OK, "kept");
		resume(&hs[w], &file[w], "the writer");
		is_err(ss_handshake_read(&hs[1 - w], rec, b.len), SS_OK,
		    "read %d", m);
		is_err(ss_hsfile_came(&file[1 - w], rec, b.len), SS_OK,
		    "kept");
		resume(&hs[1 - w], &file[1 - w], "the reader");
	}
	/* inputs that do not make a handshake */
	file[1].records[40] ^= 1;
	begin(&hs[1], &file[1]);
	is_err(ss_hsfile_replay(&hs[1], &file[1]), SS_ERR_FORMAT,
	    "a changed record");
	file[0].initiator = 0;
	begin(&hs[0], &file[0]);
	is_err(ss_hsfile_replay(&hs[0], &file[0]), SS_ERR_FORMAT,
	    "another role");
}

int
main(void)
{
	if (sodium_init() < 0)
		return 1;
	codec();
	limits();
	replay();
	return done_testing();
}
