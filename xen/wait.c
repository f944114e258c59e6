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

int wait_once(struct wait *w, const int extra_fds[2], int timeout_ms, int *ret_extra)
{
	struct pollfd fds[3] = {
		{.fd = extra_fds ? extra_fds[0] : -1, .events = POLLIN},
		{.fd = extra_fds ? extra_fds[1] : -1, .events = POLLIN},
		{.fd = -1, .events = POLLIN},
	};
	int n;

	reach(w);
	if (w->xs)
		fds[2].fd = xs_fileno(w->xs);
	n = poll(fds, 3,
		 shorter(timeout_ms, w->xs ? LOOK_AGAIN_MS : LOOK_WITHOUT_XENSTORE_MS));
	if (n < 0 && errno != EINTR)
		return -errno;
	*ret_extra = n > 0 && (fds[0].revents || fds[1].revents);
	if (w->xs && !drain(w))
		wait_dispose(w);
	return 0;
}
