/* SPDX-License-Identifier: ISC */
#ifndef SS_CAPTURE_TLS_H
#define SS_CAPTURE_TLS_H

#include "hold.h"
#include "keys.h"

/*
 * One TLS 1.3 connection, seen from outside with its secrets.  Whoever has
 * them does what the two ends do: take the records apart, decrypt each with
 * the key of its direction and its number.                     RFC 8446, 5
 */
#define SS_TLS_PLAIN_MAX  16384
#define SS_TLS_RECORD_MAX (5 + SS_TLS_PLAIN_MAX + 256)
#define SS_TLS_WAIT_MAX   262144 /* held while secrets may still come */
#define SS_TLS_HELLO_MAX  32768

enum ss_tls_phase {
	SS_TLS_HELLO,     /* not encrypted yet */
	SS_TLS_HANDSHAKE, /* under the handshake secret */
	SS_TLS_TRAFFIC,   /* under the application secret */
	SS_TLS_DEAD,      /* cannot be read on; why was noted */
};

struct ss_tls_half {
	enum ss_tls_phase phase;
	struct ss_hold in;    /* a record that is not whole yet, or waits */
	struct ss_marks marks; /* of in */
	struct ss_hold hello; /* handshake messages before encryption */
	uint8_t secret[SS_TLS_SECRET_MAX], iv[12];
	void *cipher; /* EVP_CIPHER_CTX */
	uint64_t seq;
	uint8_t keyed; /* cipher and iv are set */
	/* walking over encrypted handshake messages: type 1, length 3 */
	uint8_t head[4], headlen, finished, update;
	uint32_t left;
	uint8_t searching; /* after a gap: where does a record start? */
	uint8_t guessing;  /* handshake secret unknown: when does it end? */
	unsigned window;   /* so many records may be lost */
	unsigned tries;
	uint64_t records, plain; /* decrypted */
};

struct ss_tls {
	struct ss_tls_half half[2];
	uint8_t random[SS_RANDOM_BYTES];
	uint8_t client;          /* which half sent the ClientHello */
	uint8_t has_client, has_server, early, noted;
	uint16_t suite;
	const struct ss_keys *keys;
	struct ss_notes *notes;
	struct ss_pool *pool;
	uint8_t *scratch; /* SS_TLS_RECORD_MAX bytes, shared by connections */
	void (*plain)(void *arg, int dir, struct ss_when when,
	    const uint8_t *in, size_t len);
	/* application bytes of this direction are lost */
	void (*gap)(void *arg, int dir);
	void *arg;
};

/* Does a stream that begins like this look like TLS?  1, 0, -1: too short */
int ss_tls_looks(const uint8_t *in, size_t len);

/* All but keys, notes, pool, scratch and callbacks is zero at the start. */
void ss_tls_push(struct ss_tls *t, int dir, struct ss_when when,
    const uint8_t *in, size_t len);
/* n bytes are missing here */
void ss_tls_gap(struct ss_tls *t, int dir, uint64_t n);
/* 1 if this half has records and no key for them */
int ss_tls_waits(const struct ss_tls *t, int dir);
/* New secrets have come: go on with what was held. */
void ss_tls_retry(struct ss_tls *t);
/* The connection is over: note what was held in vain, erase, free. */
void ss_tls_end(struct ss_tls *t);

/* tls_hello.c: handshake messages before encryption. */
void ss_tls_hello(struct ss_tls *t, int dir, const uint8_t *in, size_t len);

/* tls_keys.c */
int ss_tls_suite_known(uint16_t suite);
/* The secret for the half's phase becomes its key, numbers start again; 0 if
 * the secret is not known. */
int ss_tls_rekey(struct ss_tls *t, int dir);
/* The next generation after a KeyUpdate. */
int ss_tls_update(struct ss_tls *t, int dir);
/* One record: -1 if its tag is wrong, else the length of what it holds. */
int ss_tls_decrypt(struct ss_tls_half *h, uint8_t *out, const uint8_t *rec,
    size_t len, uint64_t seq);
void ss_tls_half_wipe(struct ss_tls *t, int dir);

#endif
