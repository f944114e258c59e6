/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-tui: the dashboard. qvm-top reads the command line, and executes this with what it
 * found: INTERVAL COUNT and words of `modes`.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "tui/app.h"

static bool has(char **words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static int number(const char *text)
{
	long long n;

	return text && num_parse(text, 0, 1 << 30, &n) == 0 ? (int)n : 0;
}

static int fail(const char *why)
{
	fprintf(stderr, "qvm-top: %s\n", why);
	return 1;
}

static int configure(struct app *a, char *text, size_t size)
{
	const char *home = getenv("HOME"), *folder = getenv("XDG_CONFIG_HOME");
	cleanup_free char *own = folder && *folder ? xasprintf("%s/qvm/top.conf", folder)
						   : xasprintf("%s/.config/qvm/top.conf",
							       home ? home : "");
	int r = conf_read(a, "/etc/qvm/top.conf", text, size);

	return r < 0 ? r : conf_read(a, own, text, size);
}

static int dashboard(int interval, char **modes)
{
	struct app a = {.interval = 1};
	char text[512];
	int r;

	for (size_t i = 0; i < action_count; i++)
		a.keys[i] = actions[i].key;
	a.colour = !getenv("NO_COLOR");
	a.view.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	if (configure(&a, text, sizeof(text)) < 0)
		return fail(text);
	if (interval)
		a.interval = interval;
	a.colour = a.colour && !has(modes, "mono");
	a.view.ascii = a.view.ascii || has(modes, "ascii");
	r = app_run(&a);
	if (r == -ENOTTY)
		return fail("this is no terminal that can show it; --batch and --plain "
			    "need none");
	return r < 0 ? fail(strerror(-r)) : 0;
}

int main(int argc, char **argv)
{
	char *none = NULL;
	char **modes = argc > 2 ? argv + 3 : &none;
	int interval = argc > 1 ? number(argv[1]) : 0;
	int count = argc > 2 ? number(argv[2]) : 0;
	int r;

	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, "");
	if (has(modes, "batch"))
		r = batch_run(interval ? interval : 1, count, has(modes, "json"),
			      has(modes, "ascii") ||
				      strcmp(nl_langinfo(CODESET), "UTF-8") != 0);
	else if (has(modes, "plain"))
		r = plain_run();
	else
		return dashboard(interval, modes);
	return r < 0 ? fail(strerror(-r)) : r;
}
