/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stays until the time of one text is over; left behind by qvm-clip, never run by hand. */
#include <poll.h>
#include <string.h>

#include "lib/clock.h"
#include "qvm-tools/clip_store.h"
#include "qvm-tools/cmd.h"

enum { RETRY_MS = 1000, LOOK_MS = 3600 * 1000 };

static const struct cmd_example expire_examples[] = {
	{"qvm __clip-expire TOKEN", "clear that text when its time is over"},
	{0},
};

/* The ms until it is to be looked at again; -1: the text is gone. */
static int time_left(struct inv *inv)
{
	cleanup_clip struct clip c = CLIP_INIT;
	struct qvm_err err = QVM_ERR_INIT;
	int r = clip_take(inv->ctx, &c, &err);

	if (r == -QVM_E_BUSY)
		return RETRY_MS;
	/* one whose time is over has been wiped by taking it */
	if (r < 0 || strcmp(c.token, inv->args.v[0]) != 0)
		return -1;
	return clock_left(c.expires, LOOK_MS);
}

static int expire_run(struct inv *inv, struct qvm_err *err unused)
{
	int left;

	while ((left = time_left(inv)) > 0)
		(void)poll(NULL, 0, left);
	return 0;
}

const struct cmd cmd_clip_expire = {
	.name = "__clip-expire",
	.summary = "clear a text of qvm-clip (used by qvm itself)",
	.args = "TOKEN",
	.examples = expire_examples,
	.flags = CMD_ROOT | CMD_HIDDEN,
	.min_args = 1,
	.max_args = 1,
	.run = expire_run,
};
