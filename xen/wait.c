/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <xenstore.h> /* before ours: it uses a word that lib/macro.h defines */

#include "xen/wait.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>

#include "xen/store.h"

/* An event is never needed to notice an end; it only makes it prompt. */
#define LOOK_AGAIN_MS 30000
#define LOOK_WITHOUT_XENSTORE_MS 1000

void wait_dispose(struct wait *w)
{
	if (w->xs)
		xs_close(w->xs);
	w->xs = NULL;
}

static void reach(struct wait *w)
{
	if (w->xs || store_is_dead())
		return;
	w->xs = xs_open(0);
	if (w->xs && !xs_watch(w->xs, "@releaseDomain", "end"))
		wait_dispose(w);
}

/*
 * Takes all events that are there; false when the connection is lost, of which poll says
 * nothing: the descriptor is a pipe from the library's own thread.
 */
static bool drain(struct wait *w)
{
	for (;;) {
		char **event = xs_check_watch(w->xs);

		if (!event)
			return errno == EAGAIN;
		free(event);
	}
}

static int shorter(int a, int b)
{
	return a >= 0 && a < b ? a : b;
}

int wait_once(struct wait *w, const int extra_fds[HV_WAIT_FDS], int timeout_ms,
	      int *ret_extra)
{
	struct pollfd fds[HV_WAIT_FDS + 1];
	int n;

	for (int i = 0; i < HV_WAIT_FDS; i++)
		fds[i] = (struct pollfd){.fd = extra_fds ? extra_fds[i] : -1,
					 .events = POLLIN};
	reach(w);
	fds[HV_WAIT_FDS] =
		(struct pollfd){.fd = w->xs ? xs_fileno(w->xs) : -1, .events = POLLIN};
	n = poll(fds, HV_WAIT_FDS + 1,
		 shorter(timeout_ms, w->xs ? LOOK_AGAIN_MS : LOOK_WITHOUT_XENSTORE_MS));
	if (n < 0 && errno != EINTR)
		return -errno;
	*ret_extra = 0;
	for (int i = 0; n > 0 && i < HV_WAIT_FDS; i++)
		*ret_extra |= fds[i].revents != 0;
	if (w->xs && !drain(w))
		wait_dispose(w);
	return 0;
}
