/* SPDX-License-Identifier: ISC */
#include "../../lib/proto/noise.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * noise_peer - one side of Noise handshakes, for another implementation to
 * talk to.  Messages on stdin and stdout are 2 bytes of length and content.
 * A run begins with a line of text:
 *
 *   VARIANT AEAD ROLE COUNT SECRET PEER [PSK...]
 *
 * (keys in hex or "-"), answered by the token lists; then the handshake; then
 * COUNT transport messages in turn, which both sides know beforehand; then we
 * send the handshake hash.
 */

#define MAX 1024

struct run {
	struct ss_noise n;
	struct ss_noise_cipher send, receive;
	uint8_t hash[32];
	unsigned count;
};

static void
fail(const char *what)
{
	fprintf(stderr, "noise_peer: %s\n", what);
	exit(1);
}

static size_t
get(uint8_t *buf)
{
	uint8_t head[2];
	size_t len;

	if (fread(head, 1, 2, stdin) != 2)
		return 0;
	len = (size_t)ss_bytes_get(head, 2);
	if (len > MAX || fread(buf, 1, len, stdin) != len)
		fail("a message is cut or too long");
	return len;
}

static void
put(const uint8_t *msg, size_t len)
{
	uint8_t head[2];

	ss_bytes_put(head, len, 2);
	if (fwrite(head, 1, 2, stdout) != 2 ||
	    fwrite(msg, 1, len, stdout) != len || fflush(stdout) != 0)
		fail("cannot write");
}

static int
key(uint8_t out[static 32], const char *hex)
{
	if (strcmp(hex, "-") == 0)
		return 0;
	if (sodium_hex2bin(out, 32, hex, strlen(hex), NULL, NULL, NULL) != 0)
		fail("bad key");
	return 1;
}

/* "pre s -; e es ss; e ee se" */
static void
put_tokens(const struct ss_noise_plan *p)
{
	char text[256];

	snprintf(text, sizeof(text), "pre %s %s", p->pre[0] ? "s" : "-",
	    p->pre[1] ? "s" : "-");
	for (size_t m = 0; m < p->nmessages; m++) {
		strcat(text, ";");
		for (const uint8_t *t = p->tokens[m]; *t; t++) {
			strcat(text, " ");
			strcat(text, ss_noise_token_name(*t));
		}
	}
	put((const uint8_t *)text, strlen(text));
}

static void
begin(struct run *r, char *line)
{
	uint8_t s[32], rs[32], psks[4][32];
	char *words[10];
	size_t n = 0, npsks;
	struct ss_noise_plan plan;
	uint16_t suite;
	int has_s, has_rs;

	for (char *w = strtok(line, " "); w && n < 10; w = strtok(NULL, " "))
		words[n++] = w;
	if (n < 6)
		fail("words are missing");
	npsks = n - 6;
	if (ss_noise_suite(&suite, words[0],
		strcmp(words[1], "AESGCM") == 0 ? SS_AESGCM : SS_CHACHAPOLY) !=
	    SS_OK || ss_noise_plan(&plan, suite) != SS_OK)
		fail("no such suite");
	r->count = (unsigned)atoi(words[3]);
	has_s = key(s, words[4]);
	has_rs = key(rs, words[5]);
	for (size_t i = 0; i < npsks; i++)
		key(psks[i], words[6 + i]);
	put_tokens(&plan);
	if (ss_noise_start(&r->n, &plan, strcmp(words[2], "initiator") == 0,
		(const uint8_t *)"interop", 7, has_s ? s : NULL, NULL,
		has_rs ? rs : NULL, (const uint8_t (*)[32])psks, npsks) !=
	    SS_OK)
		fail("cannot start");
}

/* The i-th transport message: its number, then i % 97 bytes. */
static size_t
text_of(uint8_t *text, unsigned i)
{
	ss_bytes_put(text, i, 2);
	memset(text + 2, (int)(i & 0xff), i % 97);
	return 2 + i % 97;
}

static void
handshake(struct run *r)
{
	uint8_t msg[MAX], payload[MAX], entropy[32], keys[64];
	int initiator = r->n.initiator;
	size_t len;

	while (!ss_noise_done(&r->n)) {
		struct ss_buf b = { msg, 0, sizeof(msg), 0 };
		size_t want = text_of(payload + MAX / 2,
		    (unsigned)r->n.message);

		if ((r->n.message % 2 == 0) == initiator) {
			randombytes_buf(entropy, sizeof(entropy));
			if (ss_noise_write(&b, payload + MAX / 2, want,
				entropy, &r->n) != SS_OK)
				fail("cannot write a message");
			put(msg, b.len);
		} else {
			len = get(msg);
			if (ss_noise_read(payload, &len, msg, len, &r->n) !=
			    SS_OK)
				fail("a message is refused");
			if (len != want ||
			    memcmp(payload, payload + MAX / 2, len) != 0)
				fail("another payload");
		}
	}
	ss_noise_split(keys, r->hash, &r->n);
	ss_noise_cipher_init(&r->send, r->n.plan.aead,
	    initiator ? keys : keys + 32);
	ss_noise_cipher_init(&r->receive, r->n.plan.aead,
	    initiator ? keys + 32 : keys);
}

static void
transport(struct run *r)
{
	uint8_t text[MAX], msg[MAX];

	for (unsigned i = 0; i < r->count; i++) {
		int initiators = i % 2 == 0 || r->n.plan.one_way;
		size_t want = text_of(text, i), len;

		if (initiators == r->n.initiator) {
			if (ss_noise_cipher_seal(&r->send, msg, text, want,
				NULL, 0) != SS_OK)
				fail("cannot seal");
			put(msg, want + 16);
		} else {
			len = get(msg);
			if (len != want + 16 || ss_noise_cipher_open(
				&r->receive, msg, msg, len, NULL, 0) != SS_OK ||
			    memcmp(msg, text, want) != 0)
				fail("a transport message is refused");
		}
	}
	put(r->hash, sizeof(r->hash));
}

int
main(void)
{
	static uint8_t line[MAX + 1];
	static struct run r;
	size_t len;

	if (sodium_init() < 0)
		return 1;
	while ((len = get(line)) > 0) {
		line[len] = '\0';
		begin(&r, (char *)line);
		handshake(&r);
		transport(&r);
	}
	return 0;
}
