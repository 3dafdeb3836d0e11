/* SPDX-License-Identifier: ISC */
#ifndef SS_LOGIN_H
#define SS_LOGIN_H

#include "identity.h"

/*
 * What a client signs to log in to a relay: label, relay name, channel
 * binding, challenge, own name, each after its length in 2 bytes.
 *                                                  docs/protocol.md, 11.2
 */
#define SS_CHALLENGE_BYTES 32
#define SS_LOGIN_BYTES_MAX (6 * 2 + 64 + 256 + 64 + 256 + 32 + SS_NAME_MAX)

enum ss_binding {
	SS_BIND_EXPORTER = 1, /* "tls-exporter", RFC 9266; 32 bytes */
	SS_BIND_ORIGIN = 2,   /* "origin": the URL that was dialled */
};

struct ss_login {
	const char *relay; /* the relay's name, at most 256 characters */
	enum ss_binding binding;
	const uint8_t *bound; /* exporter value or origin, at most 256 bytes */
	size_t boundlen;
	const uint8_t *challenge; /* SS_CHALLENGE_BYTES */
	const char *name;         /* the client's own */
};

/* SS_OK; SS_ERR_LENGTH if a part is too long; SS_ERR_AUTH on verify. */
SS_CHECKED enum ss_err ss_login_sign(uint8_t sig[static SS_SIGN_BYTES],
    const struct ss_login *l, const struct ss_identity *id);
SS_CHECKED enum ss_err ss_login_verify(
    const uint8_t sig[static SS_SIGN_BYTES], const struct ss_login *l,
    const struct ss_public *pub);

#endif
