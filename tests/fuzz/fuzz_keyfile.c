/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/identity.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * A key file and a public key from anywhere.  What is taken has one form:
 * written again it is the same, but for blanks and comments.  Peeking and
 * reading agree.  No passphrase is given, so that Argon2id does not eat the
 * time.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

static void
public_key(const char *text, size_t len)
{
	char again[SS_PUBLIC_TEXT_MAX + 1];
	struct ss_public pub;

	if (ss_public_get_text(&pub, text, len) != SS_OK) {
		if (!sodium_is_zero((uint8_t *)&pub, sizeof(pub)))
			abort();
		return;
	}
	if (!ss_name_ok(pub.name, strlen(pub.name)))
		abort();
	ss_public_put_text(again, &pub);
	while (len > 0 && memchr(" \t\r\n", text[0], 4))
		text++, len--;
	if (len < strlen(again) || memcmp(again, text, strlen(again)) != 0)
		abort();
}

/* the file without its comments and blank lines */
static size_t
bare(char *out, const char *in, size_t len)
{
	size_t n = 0;

	while (len > 0) {
		const char *nl = memchr(in, '\n', len);
		size_t line = nl ? (size_t)(nl - in) + 1 : len;

		if (in[0] != '#' && in[0] != '\n') {
			memcpy(out + n, in, line);
			n += line;
		}
		in += line;
		len -= line;
	}
	return n;
}

static void
key_file(const char *text, size_t len)
{
	static char again[SS_KEY_TEXT_MAX], was[SS_KEY_TEXT_MAX];
	struct ss_identity id;
	struct ss_public pub;
	int protected = 0;
	enum ss_err peek = ss_identity_peek_text(&pub, &protected, text, len);
	enum ss_err e = ss_identity_get_text(&id, text, len, NULL);
	size_t n;

	if (e != SS_OK && !sodium_is_zero((uint8_t *)&id, sizeof(id)))
		abort();
	if (peek != SS_OK && peek != e)
		abort();
	if (e == SS_ERR_PASSPHRASE && !protected)
		abort();
	if (e != SS_OK)
		return;
	if (memcmp(&pub, &id.pub, sizeof(pub)) != 0 || protected
	    || ss_identity_put_text(again, &n, &id, NULL, NULL) != SS_OK
	    || bare(was, text, len) != n || memcmp(was, again, n) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	if (len > SS_KEY_TEXT_MAX)
		return 0;
	public_key((const char *)in, len);
	key_file((const char *)in, len);
	return 0;
}
