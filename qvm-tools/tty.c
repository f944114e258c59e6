/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qvm-tools/tty.h"

#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "lib/terminal.h"

static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/* The one thing a signal's handler has to find by itself. */
static struct termios mode_before;

static void restore_and_die(int sig)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &mode_before);
	/* the handler was for once: now it ends the process as it should */
	raise(sig);
}

static void catch_deadly(void)
{
	struct sigaction action = {
		.sa_handler = restore_and_die,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};

	for (size_t i = 0; i < array_len(deadly); i++)
		sigaction(deadly[i], &action, NULL);
}

void tty_raw_leave(struct tty_raw *m)
{
	if (!m->set)
		return;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &mode_before);
	for (size_t i = 0; i < array_len(deadly); i++)
		signal(deadly[i], SIG_DFL);
	if (m->used && isatty(STDOUT_FILENO)) {
		fputs(TERMINAL_CALM "\r\n", stdout);
		fflush(stdout);
	}
	m->set = false;
}

void tty_raw_enter(struct tty_raw *m)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &mode_before) < 0)
		return;
	catch_deadly();
	raw = mode_before;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	m->set = true;
}
