/* SPDX-License-Identifier: ISC */
/* Public keys and the lines of key logs on a sheet. */
#include "explain_key.h"
#include "../proto/keylog.h"
#include "../proto/text.h"
#include "../proto/words.h"
#include "io.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX    "ss-pub-v1:"
#define PREFIX_LAB "ss-lab-v1:" /* of the same length */
#define DATA_MAX   (32 + 32 + SS_RSA_BYTES_MAX + 4)

void
ss_explain_fingerprint(struct ss_sheet *s, const struct ss_public *pub)
{
	uint8_t fp[SS_FINGERPRINT_BYTES];
	char hex[2 * SS_FINGERPRINT_BYTES + 1], groups[SS_FINGERPRINT_TEXT];

	ss_public_fingerprint(fp, pub);
	ss_fingerprint_text(groups, fp);
	sodium_bin2hex(hex, sizeof(hex), fp, sizeof(fp));
	ss_sheet_note(s, SS_OK, "Its fingerprint in hex, whose first 8 bytes "
	    "are the id in records: %s (4.2)", hex);
	ss_sheet_note(s, SS_OK, "The same for people to compare: %s",
	    groups);
}

/* A piece of a line as a row. */
static void
piece(struct ss_sheet *s, const char *label, const char *line, size_t off,
    size_t len, const char *sentence)
{
	char *text = xsheet_escape(line + off, len);
	struct ss_row r = { .name = label, .label = label,
		.sentence = sentence, .spec = "4.3", .off = off, .len = len,
		.text = text };

	ss_sheet_row(s, &r);
	free(text);
}

static void
data_row(struct ss_sheet *s, const char *name, const char *label,
    const uint8_t *data, size_t off, size_t len, const char *sentence)
{
	struct ss_row r = { .name = name, .label = label,
		.sentence = sentence, .spec = "4.3", .off = off, .len = len,
		.bytes = data + off, .have = len };

	ss_sheet_row(s, &r);
}

/* The bytes inside the base64; they were read once already. */
static void
inside(struct ss_explain_file *f, const char *base64, size_t len)
{
	uint8_t data[DATA_MAX];
	size_t n = 0;

	if (sodium_base642bin(data, sizeof(data), base64, len, NULL, &n, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || n < 68)
		return;
	ss_explain_open(f, "public-key-data", "Public key, inside the base64",
	    NULL);
	data_row(f->sheet, "ed25519", "Ed25519 key", data, 0, 32,
	    "Verifies this person's signatures, as in the login to a relay.");
	data_row(f->sheet, "x25519", "X25519 key", data, 32, 32,
	    "Agrees on keys: the static key s of Noise.");
	if (n > 68)
		data_row(f->sheet, "rsa", "RSA modulus", data, 64, n - 68,
		    "Keys can be wrapped for it; the exponent is 65537.");
	data_row(f->sheet, "checksum", "Checksum", data, n - 4, 4,
	    "Finds slips in copying, the name included; it stops no "
	    "attacker.");
}

static const char *
trouble(const char *name, size_t namelen, enum ss_err e)
{
	if (e == SS_ERR_VERSION)
		return "only version 1 is known";
	if (!ss_name_ok(name, namelen))
		return "the name";
	return "the base64, its length (91 characters; with an RSA key 432, "
	    "603 or 774) or its checksum";
}

enum ss_err
ss_explain_public(struct ss_explain_file *f, const char *line, size_t len)
{
	struct ss_public pub;
	const char *colon, *name = line + sizeof(PREFIX) - 1;
	size_t namelen, rest = 0;
	enum ss_err e = ss_public_get_text(&pub, line, len);

	while (len > 0 && strchr("\r\n\t ", line[len - 1]))
		len--;
	ss_explain_open(f, "public-key", "Public key",
	    "The half of an identity that may be given to anybody.");
	if (len < sizeof(PREFIX) - 1 ||
	    (memcmp(line, PREFIX, sizeof(PREFIX) - 1) != 0 &&
	    memcmp(line, PREFIX_LAB, sizeof(PREFIX_LAB) - 1) != 0)) {
		piece(f->sheet, "Line", line, 0, len, "Not of version 1.");
		ss_sheet_note(f->sheet, e, "only version 1 is known");
		return e;
	}
	colon = memchr(name, ':', len - (sizeof(PREFIX) - 1));
	namelen = colon ? (size_t)(colon - name) :
	    len - (sizeof(PREFIX) - 1);
	piece(f->sheet, "Format", line, 0, sizeof(PREFIX) - 1,
	    "What it is, and the version.");
	piece(f->sheet, "Name", line, sizeof(PREFIX) - 1, namelen,
	    "Whose key this says to be. It is no part of the fingerprint.");
	if (pub.lab)
		ss_sheet_note(f->sheet, SS_OK, "LAB: a key for experiments; "
		    "normal commands refuse it (14)");
	if (colon) {
		rest = (size_t)(line + len - colon - 1);
		piece(f->sheet, "Keys", line, (size_t)(colon + 1 - line), rest,
		    "The keys and the checksum, in base64url.");
	}
	if (e != SS_OK) {
		ss_sheet_note(f->sheet, e, "%s",
		    trouble(name, namelen, e));
		return e;
	}
	inside(f, colon + 1, rest);
	ss_explain_fingerprint(f->sheet, &pub);
	return SS_OK;
}

static const struct ss_words_line epoch_words[] = {
	{ "word", "Kind of line", "p", "Tells this line from TLS secrets in "
	    "the same file." },
	{ "epoch_id", "Epoch id", "p", "The epoch, as its records name it." },
	{ "family", "Family", "p", "Where the epoch key came from." },
	{ "aead", "AEAD", "p", "The cipher of its data records." },
	{ "epoch_key", "Epoch key", "S", "Opens every record of this one "
	    "epoch, and nothing else." },
	{ "sender", "Sender id", "p", "Who sent it." },
	{ "audience", "Audience id", "p", "To whom." },
};
#define EPOCH_WORDS (sizeof(epoch_words) / sizeof(epoch_words[0]))

/* One epoch of a key log, word by word. */
enum ss_err
ss_explain_epoch(struct ss_explain_file *f, const char *line, size_t len)
{
	struct ss_line l = { .value = line, .len = len };
	struct ss_keylog k;
	enum ss_err e = ss_keylog_get(&k, line, len);
	const char *w;
	size_t n;

	while (l.len > 0 && strchr("\r\n", line[l.len - 1]))
		l.len--;
	ss_explain_open(f, "epoch-key", "Key log, an epoch",
	    "Whoever has this line can read that epoch.");
	for (size_t i = 0; (w = ss_line_word(&l, &n)) && i < EPOCH_WORDS;
	    i++) {
		const struct ss_words_line *words = &epoch_words[i];
		char *text = xexplain_words(f->sheet, words->words, w, n);
		struct ss_row r = { .name = words->key,
			.label = words->label, .sentence = words->sentence,
			.spec = "10", .off = (size_t)(w - line), .len = n,
			.text = text,
			.secrecy = ss_explain_secrecy(words->words) };

		ss_sheet_row(f->sheet, &r);
		free(text);
	}
	if (e == SS_OK)
		ss_sheet_note(f->sheet, SS_OK, "The epoch id follows from "
		    "the epoch key.");
	else
		ss_sheet_note(f->sheet, e, "the line at byte %llu",
		    (unsigned long long)f->off);
	sodium_memzero(&k, sizeof(k));
	return e;
}

/* A comment, a TLS secret, or a line that has no place here. */
enum ss_err
ss_explain_other(struct ss_explain_file *f, const char *line, size_t len)
{
	static const struct ss_words_line comment = { "comment", "Comment",
		"p", "For people; programs pass over it." };
	static const struct ss_words_line foreign = { "unknown", "Unknown",
		"S", "No line that a key log has." };
	const struct ss_words_line *w = NULL;
	size_t n = 0;
	struct ss_row r = { .off = f->off, .len = len, .spec = "10" };
	char *text;

	while (n < len && line[n] != ' ' && line[n] != '\n')
		n++;
	if (line[0] == '#')
		w = &comment;
	else if ((w = ss_words_tls(line, n)))
		n = n < len ? n + 1 : n;
	if (!f->open)
		ss_explain_open(f, "key-log", "Key log",
		    "Secrets that a program has written down on request, so "
		    "that a capture can be read.");
	while (len > 0 && strchr("\r\n", line[len - 1]))
		len--;
	r.name = w ? w->key : foreign.key;
	r.label = w ? w->label : foreign.label;
	r.sentence = w ? w->sentence : foreign.sentence;
	r.wrong = !w;
	r.secrecy = ss_explain_secrecy(w ? w->words : foreign.words);
	if (w == &comment)
		n = 0;
	r.text = text = xexplain_words(f->sheet,
	    w ? w->words : foreign.words, line + (w ? n : 0),
	    len - (w ? n : 0));
	ss_sheet_row(f->sheet, &r);
	free(text);
	if (w)
		return SS_OK;
	ss_sheet_note(f->sheet, SS_ERR_FORMAT, "the line at byte %llu",
	    (unsigned long long)f->off);
	return SS_ERR_FORMAT;
}
