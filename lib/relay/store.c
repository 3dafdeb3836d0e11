/* SPDX-License-Identifier: ISC */
#include "store.h"

#include <stdlib.h>

struct ss_msg *
ss_msg_new(uint8_t opcode, size_t max)
{
	struct ss_msg *m = malloc(SS_MSG_MEMORY(max));

	if (m != NULL)
		ss_msg_init(m, opcode, max);
	return m;
}

void
ss_msg_drop(struct ss_msg *m)
{
	if (m != NULL && ss_msg_release(m))
		free(m);
}

struct ss_op *
ss_op_new(enum ss_op_kind kind)
{
	struct ss_op *op = calloc(1, sizeof *op);

	if (op != NULL)
		op->kind = kind;
	return op;
}

static void
mail_free(struct ss_mail *m)
{
	struct ss_mail *next;

	for (; m != NULL; m = next) {
		next = m->next;
		ss_msg_drop(m->msg);
		free(m);
	}
}

void
ss_op_free(struct ss_op *op)
{
	if (op == NULL)
		return;
	ss_msg_drop(op->msg);
	mail_free(op->mail);
	free(op->rows);
	free(op);
}

static void
fail_all(struct ss_op *op)
{
	for (; op != NULL; op = op->next) {
		mail_free(op->mail);
		op->mail = NULL;
		op->result = SS_OP_FAILED;
	}
}

void
ss_store_batch(struct ss_store *s, struct ss_op *list)
{
	struct ss_op *op;

	if (s->begin(s) != 0) {
		fail_all(list);
		return;
	}
	for (op = list; op != NULL; op = op->next)
		s->run(s, op);
	if (s->commit(s) != 0)
		fail_all(list);
}
