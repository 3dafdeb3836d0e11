/* SPDX-License-Identifier: ISC */
#ifndef SS_TRACE_H
#define SS_TRACE_H

#include <stddef.h>
#include <stdint.h>

/* Who may see a value: a field of a record, a line of a file, a step. */
enum ss_secrecy {
	SS_PUBLIC, /* anybody on the wire */
	SS_KEYED,  /* public, but computed with a key: tags, MACs, ciphertext */
	SS_SECRET, /* nobody but its owner */
};

/* The operations with asymmetric keys, which is what a handshake costs. */
enum ss_keyop { SS_OP_DH, SS_OP_SIGN, SS_OP_VERIFY, SS_OP_RSA, SS_OPS };

/*
 * struct ss_trace - how the pure core tells what it does: the caller's
 * function is called with one step and its value.  NULL where nobody listens.
 * The function decides whether a secret is shown.
 */
struct ss_trace {
	void (*step)(void *arg, const char *what, const uint8_t *value,
	    size_t len, enum ss_secrecy secrecy);
	void (*op)(void *arg, enum ss_keyop op); /* NULL: not counted */
	void *arg;
};

static inline void
ss_trace_step(const struct ss_trace *t, const char *what,
    const uint8_t *value, size_t len, enum ss_secrecy secrecy)
{
	if (t && t->step)
		t->step(t->arg, what, value, len, secrecy);
}

static inline void
ss_trace_op(const struct ss_trace *t, enum ss_keyop op)
{
	if (t && t->op)
		t->op(t->arg, op);
}

#endif
