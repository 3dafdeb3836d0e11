/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/prekeys.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/*
 * A key file, a public key, prekeys and a bundle from anywhere.  What is taken has one form:
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

/* What is taken is written so that it is taken again, as the same. */
static void
prekey_file(const char *text, size_t len)
{
	static struct ss_prekeys p, q;
	static char again[SS_PREKEYS_TEXT_MAX];
	size_t n;

	if (ss_prekeys_get_text(&p, text, len) != SS_OK) {
		if (!sodium_is_zero((uint8_t *)&p, sizeof(p)))
			abort();
		return;
	}
	if (ss_prekeys_put_text(again, sizeof(again), &n, &p) != SS_OK ||
	    ss_prekeys_get_text(&q, again, n) != SS_OK ||
	    memcmp(&p, &q, sizeof(p)) != 0)
		abort();
	(void)ss_prekeys_purge(&q, p.nspk > 0 ? p.spk[0].until + 1 : 0);
	if (p.nspk > 0 && ss_prekeys_signed(&q, p.spk[0].id, 0))
		abort();
}

static void
bundle(const char *text, size_t len)
{
	static struct ss_bundle b, c;
	static char again[SS_BUNDLE_TEXT_MAX];
	const char *why = NULL;
	size_t n;

	if (ss_bundle_get_text(&b, text, len) != SS_OK) {
		if (!sodium_is_zero((uint8_t *)&b, sizeof(b)))
			abort();
		return;
	}
	if (ss_bundle_put_text(again, sizeof(again), &n, &b) != SS_OK ||
	    ss_bundle_get_text(&c, again, n) != SS_OK ||
	    memcmp(&b, &c, sizeof(b)) != 0)
		abort();
	(void)!ss_bundle_check(&b, &b.owner, 0, "", &why, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	if (len > 8 * SS_KEY_TEXT_MAX)
		return 0;
	prekey_file((const char *)in, len);
	bundle((const char *)in, len);
	if (len > SS_KEY_TEXT_MAX)
		return 0;
	public_key((const char *)in, len);
	key_file((const char *)in, len);
	return 0;
}
