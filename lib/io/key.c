/* SPDX-License-Identifier: ISC */
#include "file.h"
#include "io.h"
#include "lab.h"
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

static const char other_half[] = "this is the public half; the secret key "
    "file of the same name is needed";

void
xkey_fence(const struct ss_public *pub, const char *path)
{
	if (pub->lab == (ss_lab() != NULL))
		return;
	if (pub->lab)
		ss_die(SS_ERR_LAB, "%s", path);
	ss_set_hint("SS_LAB=1 ss-keygen --lab-unsafe=PROFILE makes lab keys");
	ss_die(SS_ERR_USAGE, "%s is a real key, and this is a lab", path);
}

static int
is_public(const char *path)
{
	char text[SS_KEY_TEXT_MAX];
	struct ss_public pub;
	struct stat st;
	size_t len;
	int yes = stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    ss_file_read(text, &len, sizeof(text), path, 0) == SS_OK &&
	    ss_public_get_text(&pub, text, len) == SS_OK;

	sodium_memzero(text, sizeof(text));
	return yes;
}

/* A secret key file as text, in memory of its own. */
static char *
xread_key(size_t *len, const char *path)
{
	char *text = xsecret_alloc(SS_KEY_TEXT_MAX);
	enum ss_err e = ss_file_read(text, len, SS_KEY_TEXT_MAX, path, 1);

	if (e == SS_ERR_LENGTH)
		e = SS_ERR_KEY;
	/* the public half is open to all: it is not its mode that is wrong */
	if (e == SS_ERR_PERMISSION && is_public(path))
		e = SS_ERR_HALF;
	if (e == SS_ERR_HALF)
		ss_set_hint(other_half);
	if (e != SS_OK)
		ss_die(e, "%s", path);
	return text;
}

static enum ss_err
unlock(struct ss_identity *id, const char *text, size_t len,
    const struct ss_public *pub, int passphrase_fd)
{
	char *passphrase = xsecret_alloc(SS_PASSPHRASE_MAX);
	char prompt[SS_NAME_MAX + 32];
	enum ss_err e;

	snprintf(prompt, sizeof(prompt), "Passphrase of %s: ", pub->name);
	xpassphrase(passphrase, passphrase_fd, prompt, 0);
	e = ss_identity_get_text(id, text, len, passphrase);
	sodium_free(passphrase);
	return e;
}

void
xkey_load(struct ss_identity *id, const char *path, int passphrase_fd)
{
	struct ss_public pub;
	int protected;
	size_t len;
	char *text = xread_key(&len, path);
	enum ss_err e = ss_identity_peek_text(&pub, &protected, text, len);

	if (e == SS_OK)
		e = protected ? unlock(id, text, len, &pub, passphrase_fd)
		              : ss_identity_get_text(id, text, len, NULL);
	sodium_free(text);
	if (e == SS_ERR_HALF)
		ss_set_hint(other_half);
	if (e != SS_OK)
		ss_die(e, "%s", path);
	xkey_fence(&id->pub, path);
}

void
xpublic_load(struct ss_public *pub, const char *path)
{
	char text[SS_KEY_TEXT_MAX];
	size_t len;
	enum ss_err e = ss_file_read(text, &len, sizeof(text), path, 0);

	if (e == SS_OK)
		e = ss_public_get_text(pub, text, len);
	else if (e == SS_ERR_LENGTH)
		e = SS_ERR_KEY;
	sodium_memzero(text, sizeof(text)); /* it may be the wrong half */
	if (e == SS_ERR_HALF)
		ss_set_hint("this is a secret key file: "
		    "ss-keygen --public makes the public half of it");
	if (e != SS_OK)
		ss_die(e, "%s", path);
	xkey_fence(pub, path);
}
