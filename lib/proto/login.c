/* SPDX-License-Identifier: ISC */
#include "login.h"
#include "labels.h"
#include <string.h>

/* Each part after its length: no part can lend bytes to its neighbour. */
static enum ss_err
part(struct ss_buf *b, const void *in, size_t len, size_t max)
{
	if (len > max)
		return SS_ERR_LENGTH;
	ss_buf_int(b, len, 2);
	ss_buf_put(b, in, len);
	return SS_OK;
}

static enum ss_err
part_text(struct ss_buf *b, const char *text, size_t max)
{
	return part(b, text, strlen(text), max);
}

/*
 * What is signed says which relay is meant and over which connection: a relay
 * that passes our challenge on to another one, or a man in the middle with a
 * TLS connection to each side, gets a signature that is of no use there.
 *                                                  docs/protocol.md, 11.2
 */
static enum ss_err
message(struct ss_buf *b, const struct ss_login *l)
{
	const char *binding = l->binding == SS_BIND_EXPORTER ? "tls-exporter"
	    : l->binding == SS_BIND_ORIGIN ? "origin" : NULL;

	if (!binding)
		return SS_ERR_FORMAT;
	if (part_text(b, SS_LABEL_LOGIN, 64) != SS_OK
	    || part_text(b, l->relay, 256) != SS_OK
	    || part_text(b, binding, 64) != SS_OK
	    || part(b, l->bound, l->boundlen, 256) != SS_OK
	    || part(b, l->challenge, SS_CHALLENGE_BYTES, 32) != SS_OK
	    || part_text(b, l->name, SS_NAME_MAX) != SS_OK)
		return SS_ERR_LENGTH;
	return b->over ? SS_ERR_LENGTH : SS_OK;
}

enum ss_err
ss_login_sign(uint8_t sig[static SS_SIGN_BYTES], const struct ss_login *l,
    const struct ss_identity *id)
{
	uint8_t text[SS_LOGIN_BYTES_MAX];
	struct ss_buf b = { .at = text, .max = sizeof(text) };
	enum ss_err e = message(&b, l);

	if (e == SS_OK)
		ss_identity_sign(sig, text, b.len, id);
	return e;
}

enum ss_err
ss_login_verify(const uint8_t sig[static SS_SIGN_BYTES],
    const struct ss_login *l, const struct ss_public *pub)
{
	uint8_t text[SS_LOGIN_BYTES_MAX];
	struct ss_buf b = { .at = text, .max = sizeof(text) };
	enum ss_err e = message(&b, l);

	return e != SS_OK ? e
	                  : ss_public_verify(sig, text, b.len, pub->ed);
}
