/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/login.h"
#include "tap.h"
#include <sodium.h>

static struct ss_identity alice;

/* The bytes that are signed, built here once more and by hand. */
static size_t
login_bytes(uint8_t *out, const struct ss_login *l, const char *binding)
{
	const char *parts[] = { "SecretSocket-v1 relay login", l->relay,
		binding, (const char *)l->bound, (const char *)l->challenge,
		l->name };
	size_t lens[] = { 27, strlen(l->relay), strlen(binding), l->boundlen,
		32, strlen(l->name) }, at = 0;

	for (int i = 0; i < 6; i++) {
		out[at++] = (uint8_t)(lens[i] >> 8);
		out[at++] = (uint8_t)lens[i];
		memcpy(out + at, parts[i], lens[i]);
		at += lens[i];
	}
	return at;
}

static void
logins(void)
{
	uint8_t bound[32] = { 7 }, challenge[32] = { 8 }, sig[64], bytes[700];
	char long_name[258];
	struct ss_login l = { .relay = "relay.example",
		.binding = SS_BIND_EXPORTER, .bound = bound, .boundlen = 32,
		.challenge = challenge, .name = "alice" }, m;
	size_t n;

	is_err(ss_login_sign(sig, &l, &alice), SS_OK, "a login");
	is_err(ss_login_verify(sig, &l, &alice.pub), SS_OK, "is verified");
	n = login_bytes(bytes, &l, "tls-exporter");
	is_err(ss_public_verify(sig, bytes, n, alice.pub.ed), SS_OK,
	    "and signs what the specification says");

	m = l, m.relay = "relay.exampl";
	is_err(ss_login_verify(sig, &m, &alice.pub), SS_ERR_AUTH,
	    "another relay");
	m = l, m.binding = SS_BIND_ORIGIN;
	is_err(ss_login_verify(sig, &m, &alice.pub), SS_ERR_AUTH,
	    "another kind of binding");
	m = l, m.boundlen = 31;
	is_err(ss_login_verify(sig, &m, &alice.pub), SS_ERR_AUTH,
	    "another connection");
	m = l, m.challenge = bound;
	is_err(ss_login_verify(sig, &m, &alice.pub), SS_ERR_AUTH,
	    "another challenge");
	m = l, m.name = "bob";
	is_err(ss_login_verify(sig, &m, &alice.pub), SS_ERR_AUTH,
	    "another name");

	memset(long_name, 'r', sizeof(long_name) - 1);
	long_name[257] = '\0';
	m = l, m.relay = long_name;
	is_err(ss_login_sign(sig, &m, &alice), SS_ERR_LENGTH,
	    "a relay name of 257 characters");
	m.relay = long_name + 1;
	is_err(ss_login_sign(sig, &m, &alice), SS_OK, "of 256");
	m = l, m.bound = (const uint8_t *)long_name, m.boundlen = 257;
	is_err(ss_login_sign(sig, &m, &alice), SS_ERR_LENGTH,
	    "257 bytes of binding");
	m = l, m.name = long_name + 257 - 65;
	is_err(ss_login_sign(sig, &m, &alice), SS_ERR_LENGTH,
	    "a name of 65 characters");
	m = l, m.relay = long_name + 1, m.name = long_name + 257 - 64;
	m.bound = (const uint8_t *)long_name, m.boundlen = 256;
	is_err(ss_login_sign(sig, &m, &alice), SS_OK, "all at their longest");
	m = l, m.binding = 0;
	is_err(ss_login_verify(sig, &m, &alice.pub), SS_ERR_FORMAT,
	    "no such binding");
}

int
main(void)
{
	static const uint8_t seed[64] = { 1, 2, 3 };

	if (sodium_init() < 0
	    || ss_identity_make(&alice, "alice", seed) != SS_OK)
		return 1;
	logins();
	return done_testing();
}
