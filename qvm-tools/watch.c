/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The watcher of one domain: started by ops, never by hand. */
#include <fcntl.h>
#include <string.h>

#include "core/vm.h"
#include "lib/size.h"
#include "qvm-tools/cmd.h"

#define PROGRESS_FD 3

static const struct cmd_example watch_examples[] = {
	{"qvm __watch 12 adopt", "look after a domain whose watcher has died"},
	{0},
};

static const char *const watch_modes[] = {
	[WATCH_ADOPT] = "adopt",
	[WATCH_HOLD] = "hold",
};

struct watch {
	long long vm_id;
	enum watch_mode mode;
	int fd;
};

static int watch_verify(struct inv *inv, struct qvm_err *err)
{
	struct watch *o = inv->opts;
	size_t mode = 0;

	if (num_parse(inv->args.v[0], 1, DISP_ID_FIRST + DISP_NUMBERS, &o->vm_id) < 0)
		return usage_error(err, "'%s' is no number of a domain", inv->args.v[0]);
	/* those without a word are never executed: they begin as a copy of who asked */
	while (mode < array_len(watch_modes) &&
	       (!watch_modes[mode] || strcmp(watch_modes[mode], inv->args.v[1]) != 0))
		mode++;
	if (mode == array_len(watch_modes))
		return usage_error(err, "'%s' is no mode", inv->args.v[1]);
	o->mode = (enum watch_mode)mode;
	/* asked here, before a file of our own could get that number */
	o->fd = fcntl(PROGRESS_FD, F_SETFD, FD_CLOEXEC) == 0 ? PROGRESS_FD : -1;
	return 0;
}

static int watch_run(struct inv *inv, struct qvm_err *err)
{
	const struct watch *o = inv->opts;

	return op_watch(inv->ctx, o->vm_id, o->mode, NULL, o->fd, err);
}

const struct cmd cmd_watch = {
	.name = "__watch",
	.summary = "run the watcher of one domain (used by qvm itself)",
	.args = "ID MODE",
	.examples = watch_examples,
	.flags = CMD_ROOT | CMD_HIDDEN,
	.min_args = 2,
	.max_args = 2,
	.opts_size = sizeof(struct watch),
	.verify = watch_verify,
	.run = watch_run,
};
