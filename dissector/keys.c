/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include <cfile.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <wiretap/secrets-types.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/wslog.h>

/*
 * Epoch keys, from two places: the file that the preference names, which is
 * read on as it grows and again from its beginning when another file stands in
 * its place; and lines inside the capture.  Both are read by the parser of
 * lib/proto.  Keys live as long as the capture is open, then they are erased.
 */

/* Lines of ours in a block of their own; 4.4 lets us ask for it. */
#define SECRETS_TYPE_SS 0x53534b4c /* "SSKL" */
/* A file that had no key a moment ago need not be asked again. */
#define AGAIN_US 20000

static const char *keylog_file = ""; /* the preference */
static char *open_name;              /* of which this is the handle */
static FILE *open_file;
static long open_at;                 /* behind the last line that was read */
static gint64 asked_us;
static GHashTable *keys; /* id -> struct ss_key */
static guint blocks_seen;

static void
key_free(void *key)
{
	struct ss_key *k = key;

	ss_epoch_wipe(&k->epoch);
	sodium_memzero(k, sizeof(*k));
	g_free(k);
}

static guint
id_hash(gconstpointer id)
{
	return wmem_strong_hash(id, SS_EPOCH_ID_BYTES);
}

static gboolean
id_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, SS_EPOCH_ID_BYTES) == 0;
}

static void
take_line(const char *line, size_t len)
{
	struct ss_keylog log;
	struct ss_key *k;
	enum ss_err e = ss_keylog_get(&log, line, len);

	if (e == SS_ERR_EMPTY)
		return; /* a comment, or a secret of TLS */
	if (e != SS_OK) {
		ws_message("SecretSocket: a line of the key log is damaged");
		return;
	}
	if (!g_hash_table_contains(keys, log.id)) {
		k = g_new0(struct ss_key, 1);
		k->line = log;
		g_hash_table_insert(keys, k->line.id, k);
	}
	sodium_memzero(&log, sizeof(log));
}

static void
take_text(const char *text, size_t len)
{
	while (len > 0) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl ? (size_t)(nl - text) + 1 : len;

		take_line(text, n);
		text += n;
		len -= n;
	}
}

static void
close_file(void)
{
	if (open_file)
		fclose(open_file);
	open_file = NULL;
	g_free(open_name);
	open_name = NULL;
}

/* Whole lines up to the end; what is half written stays for the next time.
 * What is too long to be a line of ours is passed over. */
static void
read_lines(void)
{
	char line[2 * SS_KEYLOG_LINE_MAX];
	size_t n = 0;
	struct stat st;
	int c;

	clearerr(open_file);
	if (fstat(fileno(open_file), &st) == 0 && st.st_size < open_at)
		open_at = 0; /* somebody emptied it */
	if (fseek(open_file, open_at, SEEK_SET) < 0)
		return;
	while ((c = getc_unlocked(open_file)) != EOF) {
		if (n < sizeof(line))
			line[n++] = (char)c;
		else
			open_at++;
		if (c != '\n')
			continue;
		take_line(line, n);
		open_at += (long)n;
		n = 0;
	}
	sodium_memzero(line, sizeof(line));
}

static void
read_file(void)
{
	if (open_file && (strcmp(open_name, keylog_file) != 0 ||
	    file_needs_reopen(fileno(open_file), open_name)))
		close_file();
	if (!keylog_file[0])
		return;
	if (!open_file) {
		open_file = g_fopen(keylog_file, "rb");
		if (!open_file)
			return; /* perhaps it is still to come */
		open_name = g_strdup(keylog_file);
		open_at = 0;
	}
	read_lines();
}

/*
 * Secrets of other kinds reach us only through the file's reader: lines may
 * stand in a block of TLS secrets, which belongs to the TLS dissector.  The
 * first member of an epan session is its provider, in 4.0 and in 4.4.
 */
#if WS_VERSION == 400 || WS_VERSION == 404
#define HAVE_BLOCKS 1
struct session_head {
	struct packet_provider_data *provider;
};

static void
read_blocks(const packet_info *pinfo)
{
	const struct session_head *s = (const void *)pinfo->epan;
	wtap_dump_params params = WTAP_DUMP_PARAMS_INIT;
	const GArray *blocks;

	if (!s || !s->provider || !s->provider->wth)
		return;
	wtap_dump_params_init_no_idbs(&params, s->provider->wth);
	blocks = params.dsbs_growing;
	for (; blocks && blocks_seen < blocks->len; blocks_seen++) {
		wtap_block_t b =
		    g_array_index(blocks, wtap_block_t, blocks_seen);
		const wtapng_dsb_mandatory_t *dsb =
		    wtap_block_get_mandatory_data(b);

		if (dsb->secrets_type == SECRETS_TYPE_TLS ||
		    dsb->secrets_type == SECRETS_TYPE_SS)
			take_text((const char *)dsb->secrets_data,
			    dsb->secrets_len);
	}
	params.dsbs_growing = NULL; /* not ours */
	wtap_dump_params_cleanup(&params);
}
#else
#define HAVE_BLOCKS 0
static void
read_blocks(const packet_info *pinfo)
{
	(void)pinfo;
}
#endif

#if WS_VERSION >= 404
static void
take_block(const void *text, unsigned len)
{
	take_text(text, len);
}
#endif

struct ss_key *
ss_keys_find(packet_info *pinfo, const uint8_t id[static SS_EPOCH_ID_BYTES],
    int look_again)
{
	struct ss_key *k = g_hash_table_lookup(keys, id);
	gint64 now;

	if (!k) {
		now = g_get_monotonic_time();
		if (!look_again && now - asked_us < AGAIN_US)
			return NULL;
		asked_us = now;
		read_blocks(pinfo);
		read_file();
		k = g_hash_table_lookup(keys, id);
	}
	if (k && !k->epoch.aead.id)
		ss_epoch_open(&k->epoch, k->line.aead, k->line.key);
	return k;
}

int
ss_keys_any(void)
{
	return keylog_file[0] || g_hash_table_size(keys) > 0;
}

/* Another capture: nothing is known, and the file is read from its start. */
static void
forget(void)
{
	close_file();
	g_hash_table_remove_all(keys);
	asked_us = 0;
	blocks_seen = 0;
}

void
ss_keys_register(module_t *module)
{
	keys = g_hash_table_new_full(id_hash, id_equal, NULL, key_free);
	prefs_register_filename_preference(module, "keylog_file",
	    "Epoch key log file",
	    "The file that --keylog or SS_KEYLOG of the commands names. Its "
	    "lines \"" SS_KEYLOG_WORD " ...\" open the data records of their "
	    "epochs; other lines, such as TLS secrets, may stand between.",
	    &keylog_file, FALSE);
	register_cleanup_routine(forget);
#if WS_VERSION >= 404
	secrets_register_type(SECRETS_TYPE_SS, take_block);
#endif
}
