/* SPDX-License-Identifier: ISC */
#ifndef SS_IO_QKDKEY_H
#define SS_IO_QKDKEY_H

#include "../proto/err.h"
#include <stddef.h>
#include <stdint.h>

/*
 * .qkd files: a key that two people made of qubits.  It serves one handshake
 * as a pre-shared key, and is then marked spent and erased.
 *                                                  docs/protocol.md, 15.11
 */
#define SS_QKDKEY_FIRST "secretsocket-qkd-key: "
#define SS_QKDKEY_MAX   ((size_t)48 << 20) /* bytes of the file */

struct ss_qkdkey {
	char role[8], profile[32];
	uint8_t run[8];
	int spent;
	uint64_t bits;
	uint8_t *key; /* secret memory, or NULL; bits / 8 bytes */
	size_t len;
};

/* 1 if the file begins like one. */
int ss_qkdkey_is(const char *path);

/* ss_qkdkey_load - SS_OK; SS_ERR_SPENT; SS_ERR_KEY if damaged;
 * SS_ERR_VERSION; SS_ERR_LAB; errors of ss_file_read.  k is empty then. */
SS_CHECKED enum ss_err ss_qkdkey_load(struct ss_qkdkey *k, const char *path);
SS_CHECKED enum ss_err ss_qkdkey_save(
    const struct ss_qkdkey *k, const char *path, int force);
/* ss_qkdkey_spend - the file remains, with what it was; the key is gone. */
SS_CHECKED enum ss_err ss_qkdkey_spend(const char *path);
void ss_qkdkey_drop(struct ss_qkdkey *k);

#endif
