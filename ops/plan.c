/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/alloc.h"
#include "ops/internal.h"

void plan_add(struct plan *p, const char *vm, const char *action, const char *fmt, ...)
{
	struct plan_step *step = &array_grow(p->steps, p->count);
	va_list ap;

	p->count++;
	step->vm = xstrdup(vm);
	step->action = xstrdup(action);
	va_start(ap, fmt);
	step->object = xvasprintf(fmt, ap);
	va_end(ap);
}

void plan_dispose(struct plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->steps[i].vm);
		free(p->steps[i].action);
		free(p->steps[i].object);
	}
	free(p->steps);
	free(p->config);
	*p = (struct plan){0};
}

void plan_take(struct plan *to, struct plan *from)
{
	if (!to) {
		plan_dispose(from);
		return;
	}
	for (size_t i = 0; i < from->count; i++) {
		array_grow(to->steps, to->count) = from->steps[i];
		to->count++;
	}
	if (from->config && !to->config)
		to->config = steal(from->config);
	from->count = 0;
	plan_dispose(from);
}
