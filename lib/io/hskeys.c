/* SPDX-License-Identifier: ISC */
#include "hskeys.h"
#include "../proto/hash.h"
#include "file.h"
#include "io.h"
#include "lab.h"
#include "qkdkey.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
xhskeys_path(char out[static SS_HSFILE_PATH_MAX], const char *path)
{
	char here[SS_HSFILE_PATH_MAX] = "";
	int n;

	out[0] = '\0';
	if (ss_file_is_descriptor(path))
		return;
	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		ss_die(SS_ERR_SYSTEM, "current folder");
	n = snprintf(out, SS_HSFILE_PATH_MAX, "%s%s%s", here,
	    here[0] ? "/" : "", path);
	if (n < 0 || n >= SS_HSFILE_PATH_MAX)
		ss_die(SS_ERR_USAGE, "the path '%s' is too long", path);
	for (const char *c = out; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			ss_die(SS_ERR_USAGE,
			    "the path '%s' has control characters", path);
}

void
xhskeys_name(struct ss_hsfile *f, const struct ss_hskeys_from *from)
{
	if (from->key) {
		f->has_key = 1;
		xhskeys_path(f->key.path, from->key);
	}
	for (f->npsks = 0; f->npsks < from->npsks; f->npsks++)
		xhskeys_path(f->psks[f->npsks].path, from->psks[f->npsks]);
}

/* Where a secret is: said now, or remembered. */
static const char *
path_of(const char *option, const char *now, const char *remembered)
{
	if (!now && !remembered[0])
		ss_die(SS_ERR_USAGE,
		    "the state does not know where that is: %s", option);
	return now ? now : remembered;
}

static void
check_mark(struct ss_hsfile_secret *secret, const uint8_t mark[static 32],
    int first, const char *path)
{
	if (first)
		memcpy(secret->mark, mark, sizeof(secret->mark));
	if (sodium_memcmp(secret->mark, mark, sizeof(secret->mark)) == 0)
		return;
	ss_set_hint("the handshake began with another key than this file has");
	ss_die(SS_ERR_FOREIGN, "%s", path);
}

static void
load_key(struct ss_hskeys *k, struct ss_hsfile *f,
    const struct ss_hskeys_from *from)
{
	const char *path;
	uint8_t fp[32];

	if (!f->has_key) {
		if (from->key)
			ss_die(SS_ERR_USAGE,
			    "this handshake has no key of ours");
		return;
	}
	path = path_of("-k FILE", from->key, f->key.path);
	xkey_load(&k->self, path, from->passphrase_fd);
	ss_public_fingerprint(fp, &k->self.pub);
	check_mark(&f->key, fp, from->first, path);
}

/* A key made of qubits: both sides have the same bits in different files. */
static enum ss_err
load_qkd(uint8_t psk[static 32], const char *path)
{
	struct ss_qkdkey q;
	enum ss_err e = ss_qkdkey_load(&q, path);

	if (e == SS_OK && q.len < SS_PSK_FILE_MIN)
		e = SS_ERR_LENGTH;
	if (e == SS_OK)
		ss_handshake_psk(psk, q.key, q.len);
	if (e == SS_ERR_SPENT)
		ss_set_hint("a key made of qubits serves one session: "
		    "make another one with ss-qkd");
	ss_qkdkey_drop(&q);
	return e;
}

static void
load_psk(uint8_t psk[static 32], struct ss_hskeys *k,
    struct ss_hsfile_secret *secret, const char *path, int first)
{
	int qkd = ss_qkdkey_is(path);
	uint8_t mark[32];
	size_t len = SS_PSK_FILE_MIN;
	enum ss_err e = qkd ? load_qkd(psk, path) :
	    ss_file_read(k->file, &len, sizeof(k->file), path, 1);

	if (e == SS_OK && len < SS_PSK_FILE_MIN)
		e = SS_ERR_LENGTH;
	if (e == SS_ERR_LENGTH && !qkd)
		ss_set_hint("a pre-shared key has 32 to 65,536 bytes, random "
		    "ones: head -c 32 /dev/urandom");
	if (e != SS_OK)
		ss_die(e, "pre-shared key '%s'", path);
	if (!qkd)
		ss_handshake_psk(psk, k->file, len);
	ss_hash(mark, psk, 32);
	check_mark(secret, mark, first, path);
	sodium_memzero(k->file, sizeof(k->file));
}

/* Sixty digits, as people write them. */
static int
same_digits(const char *text, const char *digits)
{
	for (;; text++, digits++) {
		text += strspn(text, " ");
		digits += strspn(digits, " ");
		if (*text != *digits || !*text)
			return *text == *digits;
	}
}

/* The bundle, and whom we mean if a fingerprint says it. */
static void
load_bundle(struct ss_hskeys *k, struct ss_hsfile *f,
    const struct ss_hskeys_from *from)
{
	char digits[SS_FINGERPRINT_TEXT];
	uint8_t fp[SS_FINGERPRINT_BYTES];

	xbundle_load(&k->bundle, from->bundle);
	k->has_bundle = 1;
	xkey_fence(&k->bundle.owner, from->bundle);
	if (!from->fingerprint)
		return;
	ss_public_fingerprint(fp, &k->bundle.owner);
	ss_fingerprint_text(digits, fp);
	if (!same_digits(from->fingerprint, digits)) {
		ss_set_hint("its owner has another fingerprint; give all 60 "
		    "digits, as ss-keygen --fingerprint prints them");
		ss_die(SS_ERR_PEER, "bundle '%s'", from->bundle);
	}
	f->has_peer = 1;
	f->peer = k->bundle.owner;
}

void
xhskeys_load(struct ss_hskeys *k, struct ss_hsfile *f,
    const struct ss_hskeys_from *from)
{
	load_key(k, f, from);
	if (from->npsks > f->npsks)
		ss_die(SS_ERR_USAGE,
		    "more pre-shared keys than at the beginning");
	for (size_t i = 0; i < f->npsks; i++) {
		struct ss_hsfile_secret *s = &f->psks[i];

		load_psk(k->psks[i], k, s,
		    path_of("-P FILE", i < from->npsks ? from->psks[i] : NULL,
			s->path), from->first);
	}
	if (from->bundle)
		load_bundle(k, f, from);
	if (from->prekeys) {
		xprekeys_open(&k->prekeys, from->prekeys);
		k->has_prekeys = 1;
		xkey_fence(&k->prekeys.p->owner, from->prekeys);
	}
}

void
xhskeys_claim(struct ss_hskeys *k)
{
	if (!k->has_prekeys || k->prekeys.lock >= 0)
		return;
	xprekeys_lock(&k->prekeys);
	/* what is past its grace goes, and makes room for what is seen */
	(void)ss_prekeys_purge(k->prekeys.p, ss_prekeys_now());
}

enum ss_err
ss_hskeys_spend(struct ss_hskeys *k, const struct ss_prekey_use *use)
{
	enum ss_err e;

	if (!k->has_prekeys)
		return SS_OK;
	e = ss_prekeys_take(k->prekeys.p, use, ss_lab());
	if (e == SS_OK)
		e = ss_prekeys_save(&k->prekeys);
	xprekeys_unlock(&k->prekeys);
	return e;
}

void
xhskeys_spend_psks(const struct ss_hsfile *f, const struct ss_hskeys_from *from)
{
	for (size_t i = 0; i < f->npsks; i++) {
		const char *path = i < from->npsks ? from->psks[i] :
		    f->psks[i].path;
		enum ss_err e;

		if (!ss_qkdkey_is(path))
			continue;
		if ((e = ss_qkdkey_spend(path)) != SS_OK)
			ss_die(e, "'%s' cannot be marked spent", path);
		ss_warn("%s is spent", path);
	}
}
