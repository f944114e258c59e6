/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/parallel.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "lib/alloc.h"

#define MOST 16

struct par {
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct par_job *first, **last;
	pthread_t threads[MOST];
	unsigned width;
	bool end;
};

static void *worker(void *arg)
{
	struct par *p = arg;
	struct par_job *job;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->first && !p->end)
			pthread_cond_wait(&p->work, &p->lock);
		job = p->first;
		if (!job)
			break;
		p->first = job->next;
		if (!p->first)
			p->last = &p->first;
		pthread_mutex_unlock(&p->lock);
		job->run(job);
		pthread_mutex_lock(&p->lock);
		job->done = true;
		pthread_cond_broadcast(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static unsigned processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return n < 1 ? 1 : (unsigned)n;
}

struct par *par_new(unsigned threads)
{
	struct par *p = xcalloc(1, sizeof(*p));
	int r = 0;

	if (!threads)
		threads = processors();
	if (threads > MOST)
		threads = MOST;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->done, NULL);
	p->last = &p->first;
	while (r == 0 && p->width < threads) {
		r = pthread_create(&p->threads[p->width], NULL, worker, p);
		p->width += r == 0;
	}
	if (p->width)
		return p;
	par_free(p);
	errno = r;
	return NULL;
}

unsigned par_width(const struct par *p)
{
	return p->width;
}

void par_submit(struct par *p, struct par_job *job)
{
	job->next = NULL;
	job->done = false;
	pthread_mutex_lock(&p->lock);
	*p->last = job;
	p->last = &job->next;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

void par_wait(struct par *p, struct par_job *job)
{
	pthread_mutex_lock(&p->lock);
	while (!job->done)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

void par_free(struct par *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->end = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->width; i++)
		pthread_join(p->threads[i], NULL);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->done);
	free(p);
}
