/* SPDX-License-Identifier: ISC */
#include "store.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct queue {
	struct ss_op *first, **end;
};

struct ss_writer {
	struct ss_store *store;
	void (*wake)(void *);
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t work;
	struct queue todo, done;
	int stop;
};

static void
empty(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static struct ss_op *
take_all(struct queue *q)
{
	struct ss_op *list = q->first;

	empty(q);
	return list;
}

static void
append(struct queue *q, struct ss_op *list)
{
	*q->end = list;
	while (*q->end != NULL)
		q->end = &(*q->end)->next;
}

static void *
write_batches(void *arg)
{
	struct ss_writer *w = arg;
	struct ss_op *list;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->todo.first == NULL && !w->stop)
			pthread_cond_wait(&w->work, &w->lock);
		list = take_all(&w->todo);
		if (list == NULL)
			break;
		pthread_mutex_unlock(&w->lock);
		ss_store_batch(w->store, list);
		pthread_mutex_lock(&w->lock);
		append(&w->done, list);
		w->wake(w->arg);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct ss_writer *
ss_writer_start(struct ss_store *s, void (*wake)(void *), void *arg)
{
	struct ss_writer *w = calloc(1, sizeof *w);
	sigset_t all, old;
	int failed;

	if (w == NULL)
		return NULL;
	w->store = s;
	w->wake = wake;
	w->arg = arg;
	empty(&w->todo);
	empty(&w->done);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	/* signals are for the loop's thread */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&w->thread, NULL, write_batches, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (failed) {
		free(w);
		return NULL;
	}
	return w;
}

void
ss_writer_submit(struct ss_writer *w, struct ss_op *op)
{
	op->next = NULL;
	pthread_mutex_lock(&w->lock);
	append(&w->todo, op);
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

struct ss_op *
ss_writer_take(struct ss_writer *w)
{
	struct ss_op *op;

	pthread_mutex_lock(&w->lock);
	op = w->done.first;
	if (op != NULL) {
		w->done.first = op->next;
		if (op->next == NULL)
			empty(&w->done);
		op->next = NULL;
	}
	pthread_mutex_unlock(&w->lock);
	return op;
}

void
ss_writer_stop(struct ss_writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = 1;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	while (w->done.first != NULL)
		ss_op_free(ss_writer_take(w));
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
