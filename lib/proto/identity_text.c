/* SPDX-License-Identifier: ISC */
#include "hash.h"
#include "identity.h"
#include "labels.h"
#include <sodium.h>
#include <string.h>

#define PREFIX      "ss-pub-v"
#define PREFIX_V1   PREFIX "1:"
#define PREFIX_LAB  "ss-lab-v1:" /* of the same length */
#define CHECK_BYTES 4
#define DATA_BYTES(rsa) (32 + 32 + (rsa) + CHECK_BYTES)
#define DATA_MAX        DATA_BYTES(SS_RSA_BYTES_MAX)
/* base64url, no padding */
#define DATA_TEXT(n) (((n) * 4 + 2) / 3)
#define TEXT_BYTES(rsa) \
	(sizeof(PREFIX_V1) - 1 + SS_NAME_MAX + 1 + DATA_TEXT(DATA_BYTES(rsa)))

_Static_assert(
    SS_PUBLIC_TEXT_MAX == TEXT_BYTES(SS_RSA_BYTES_MAX), "the longest line");
_Static_assert(SS_PUBLIC_TEXT_SMALL == TEXT_BYTES(0), "without an RSA key");
_Static_assert(SS_PUBLIC_TEXT_SMALL <= 200, "it fits a QR code");

/* Against slips in copying, the name included; not against attackers. */
static void
checksum(uint8_t out[static CHECK_BYTES], const struct ss_public *pub)
{
	uint8_t text[sizeof(SS_LABEL_CHECKSUM) - 1 + SS_NAME_MAX + 64 +
	    SS_RSA_BYTES_MAX];
	uint8_t hash[SS_HASH_BYTES];
	struct ss_buf b = { .at = text, .max = sizeof(text) };

	ss_buf_str(&b, pub->lab ? SS_LABEL_LAB_CHECKSUM : SS_LABEL_CHECKSUM);
	ss_buf_str(&b, pub->name);
	ss_buf_put(&b, pub->ed, 32);
	ss_buf_put(&b, pub->x, 32);
	ss_buf_put(&b, pub->rsa.n, pub->rsa.len);
	ss_hash(hash, text, b.len);
	memcpy(out, hash, CHECK_BYTES);
}

void
ss_public_put_text(
    char out[static SS_PUBLIC_TEXT_MAX + 1], const struct ss_public *pub)
{
	struct ss_buf b = { .at = (uint8_t *)out, .max = SS_PUBLIC_TEXT_MAX };
	uint8_t data[DATA_MAX];
	struct ss_buf d = { .at = data, .max = sizeof(data) };
	char text[DATA_TEXT(DATA_MAX) + 1];

	ss_buf_put(&d, pub->ed, 32);
	ss_buf_put(&d, pub->x, 32);
	ss_buf_put(&d, pub->rsa.n, pub->rsa.len);
	checksum(data + d.len, pub);
	sodium_bin2base64(text, sizeof(text), data, d.len + CHECK_BYTES,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	ss_buf_str(&b, pub->lab ? PREFIX_LAB : PREFIX_V1);
	ss_buf_str(&b, pub->name);
	ss_buf_str(&b, ":");
	ss_buf_str(&b, text);
	out[b.len] = '\0';
}

static int
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int
begins(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

/*
 * name ":" base64url, which fills the rest of the line exactly.  Written again
 * it must be the same line: a key has one text, whatever a decoder tolerates
 * (libsodium's takes '-' and '_' with their top bits set).
 */
static enum ss_err
get_fields(struct ss_public *pub, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	size_t namelen = colon ? (size_t)(colon - text) : 0;
	char again[SS_PUBLIC_TEXT_MAX + 1];
	uint8_t data[DATA_MAX];
	size_t n;

	if (!colon || !ss_name_ok(text, namelen))
		return SS_ERR_KEY;
	if (sodium_base642bin(data, sizeof(data), colon + 1,
		len - namelen - 1, NULL, &n, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0
	    || n < DATA_BYTES(0)
	    || ss_rsa_public_get(&pub->rsa, data + 64, n - DATA_BYTES(0),
		   pub->lab) != SS_OK)
		return SS_ERR_KEY;
	memcpy(pub->name, text, namelen);
	memcpy(pub->ed, data, 32);
	memcpy(pub->x, data + 32, 32);
	ss_public_put_text(again, pub); /* with the right checksum */
	return strlen(again + sizeof(PREFIX_V1) - 1) == len
	    && memcmp(again + sizeof(PREFIX_V1) - 1, text, len) == 0
	    ? SS_OK : SS_ERR_KEY;
}

int
ss_public_is_text(const char *line, size_t len)
{
	return begins(line, len, PREFIX) || begins(line, len, "ss-lab-v");
}

enum ss_err
ss_public_get_text(struct ss_public *pub, const char *text, size_t len)
{
	enum ss_err e = SS_OK;

	memset(pub, 0, sizeof(*pub));
	for (; len > 0 && blank(text[0]); len--)
		text++;
	while (len > 0 && blank(text[len - 1]))
		len--;
	if (len == 0)
		return SS_ERR_EMPTY;
	if (begins(text, len, "secretsocket-key"))
		return SS_ERR_HALF;
	pub->lab = begins(text, len, PREFIX_LAB) ? 1 : 0;
	if (!ss_public_is_text(text, len))
		return SS_ERR_KEY;
	/* "ss-pub-v2:...", or cut short */
	if (!pub->lab && !begins(text, len, PREFIX_V1))
		return memchr(text, ':', len) ? SS_ERR_VERSION : SS_ERR_KEY;
	text += sizeof(PREFIX_V1) - 1;
	len -= sizeof(PREFIX_V1) - 1;
	e = get_fields(pub, text, len);
	if (e != SS_OK)
		memset(pub, 0, sizeof(*pub));
	return e;
}
