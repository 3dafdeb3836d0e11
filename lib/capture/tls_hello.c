/* SPDX-License-Identifier: ISC */
#include "tls.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };
enum { EXT_EARLY_DATA = 42, EXT_VERSIONS = 43 };

/* This "random" of a ServerHello says HelloRetryRequest.  RFC 8446, 4.1.3 */
static const uint8_t retry_random[SS_RANDOM_BYTES] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02,
	0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c
};

/* A cursor that cannot run past its end: what is not there reads as zero. */
struct cursor {
	const uint8_t *at;
	size_t left;
	int over;
};

static const uint8_t *
skip(struct cursor *c, size_t n)
{
	const uint8_t *at = c->at;

	if (n > c->left) {
		c->over = 1;
		c->left = 0;
		return NULL;
	}
	c->at += n;
	c->left -= n;
	return at;
}

static unsigned
number(struct cursor *c, size_t n)
{
	const uint8_t *at = skip(c, n);
	unsigned v = 0;

	while (at && n-- > 0)
		v = v << 8 | *at++;
	return v;
}

/* The body of an extension; 0 if there is none. */
static int
extension(struct cursor *found, struct cursor list, unsigned wanted)
{
	while (list.left >= 4) {
		unsigned type = number(&list, 2), len = number(&list, 2);
		const uint8_t *body = skip(&list, len);

		if (!body)
			return 0;
		if (type == wanted) {
			*found = (struct cursor){ body, len, 0 };
			return 1;
		}
	}
	return 0;
}

/* version 2, random 32, session 1 + n, suites 2 + n, compression 1 + n,
 * extensions 2 + n                                      RFC 8446, 4.1.2 */
static void
client_hello(struct ss_tls *t, int dir, struct cursor c)
{
	struct cursor found;
	const uint8_t *random;

	skip(&c, 2);
	random = skip(&c, SS_RANDOM_BYTES);
	skip(&c, number(&c, 1));
	skip(&c, number(&c, 2));
	skip(&c, number(&c, 1));
	number(&c, 2);
	if (!random || c.over)
		return;
	if (t->has_client && dir != t->client)
		return;
	t->has_client = 1;
	t->client = (uint8_t)dir;
	t->early = (uint8_t)extension(&found, c, EXT_EARLY_DATA);
	memcpy(t->random, random, SS_RANDOM_BYTES);
}

static void
give_up(struct ss_tls *t, const char *why, unsigned number)
{
	ss_note(t->notes, SS_TOPIC_TLS, "%s (0x%04x): not read", why, number);
	t->half[0].phase = t->half[1].phase = SS_TLS_DEAD;
}

/* version 2, random 32, session 1 + n, suite 2, compression 1, extensions */
static void
server_hello(struct ss_tls *t, struct cursor c)
{
	unsigned version = number(&c, 2), suite;
	const uint8_t *random = skip(&c, SS_RANDOM_BYTES);
	struct cursor found;

	skip(&c, number(&c, 1));
	suite = number(&c, 2);
	skip(&c, 1);
	if (!random || c.over)
		return;
	number(&c, 2);
	if (memcmp(random, retry_random, sizeof(retry_random)) == 0)
		return;
	if (extension(&found, c, EXT_VERSIONS))
		version = number(&found, 2);
	if (version != 0x0304) {
		give_up(t, "a TLS version other than 1.3", version);
		return;
	}
	if (!ss_tls_suite_known((uint16_t)suite)) {
		give_up(t, "an unknown cipher suite", suite);
		return;
	}
	t->suite = (uint16_t)suite;
	t->has_server = 1;
	for (int dir = 0; dir < 2; dir++)
		if (t->half[dir].phase == SS_TLS_HELLO)
			t->half[dir].phase = SS_TLS_HANDSHAKE;
}

static size_t
message(struct ss_tls *t, int dir, const uint8_t *in, size_t len)
{
	struct cursor c = { in, len, 0 };
	unsigned type = number(&c, 1), n = number(&c, 3);

	if (c.over || n > c.left)
		return 0;
	c.left = n;
	if (type == CLIENT_HELLO)
		client_hello(t, dir, c);
	else if (type == SERVER_HELLO && t->has_client && dir != t->client)
		server_hello(t, c);
	return 4 + (size_t)n;
}

void
ss_tls_hello(struct ss_tls *t, int dir, const uint8_t *in, size_t len)
{
	struct ss_tls_half *h = &t->half[dir];
	size_t used = 0, n;

	if (len > SS_TLS_HELLO_MAX - h->hello.len ||
	    ss_hold_put(&h->hello, t->pool, in, len) < 0) {
		ss_note(t->notes, SS_TOPIC_TLS, "a hello of more than %d bytes",
		    SS_TLS_HELLO_MAX);
		h->phase = SS_TLS_DEAD;
		return;
	}
	while (h->phase == SS_TLS_HELLO && used < h->hello.len &&
	    (n = message(t, dir, h->hello.at + used,
		h->hello.len - used)) > 0)
		used += n;
	ss_hold_drop(&h->hello, used);
	if (h->hello.len == 0)
		ss_hold_free(&h->hello, t->pool);
}
