/* SPDX-License-Identifier: ISC */
#ifndef SS_TLS_H
#define SS_TLS_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

/* A pin is the SHA-256 of the certificate's DER form, as 64 hex digits. */
#define SS_PIN_BYTES 32
#define SS_PIN_TEXT  65

/*
 * xtls_certificate - a P-256 key and a certificate of ten years for it,
 * unless both files are there already.  Each appears complete or not at all;
 * the key is 0600.
 *
 *   names  in  host names and addresses that it is for, NULL at the end
 */
void xtls_certificate(
    const char *cert, const char *key, const char *const *names);

/* The pin of the first certificate in a PEM file. */
void xtls_pin_file(char out[static SS_PIN_TEXT], const char *cert);
/* 64 hex digits of either case, colons allowed; 0, or -1 */
int ss_pin_parse(uint8_t out[static SS_PIN_BYTES], const char *text);

/* TLS 1.3 and nothing else: no tickets, no renegotiation, no compression. */
void ss_tls_harden(SSL_CTX *ctx);

/*
 * xtls_keylog - from now on the secrets of ctx's connections are appended to
 * the file at path, as NSS key log lines; NULL: they are not.  One file for a
 * process.  Whoever has the file can decrypt captures of the connections.
 */
void xtls_keylog(SSL_CTX *ctx, const char *path);

/* RFC 9266: the channel binding of a connection; 0, or -1 */
int ss_tls_exporter(uint8_t out[static 32], SSL *ssl);

#endif
