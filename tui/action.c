/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/action.h"

#include <errno.h>
#include <string.h>

#include "lib/macro.h"

static const struct form_field create_form[] = {
	{"name", "%", "of the new domain", OFFER_NOTHING, ""},
	{"template", "-t %", "empty: the default", OFFER_TEMPLATES, ""},
	{"label", "-l %", "its colour", OFFER_LABELS, "red"},
	{"netvm", "--prop netvm=%", "none: no network; empty: the default", OFFER_DOMAINS,
	 ""},
	{"memory", "--prop memory=%", "MiB at its start", OFFER_NOTHING, ""},
	{"private", "--size private=%", "room for its data, as 20GiB", OFFER_NOTHING, ""},
	{"more", NULL, "options of qvm-create", OFFER_ALL, ""},
	{0},
};

const struct action actions[] = {
	{"start", 's', "start", .command = "qvm-start --skip-if-running %s"},
	{"shutdown", 'S', "shut down", .command = "qvm-shutdown --wait %s",
	 .confirm = CONFIRM_MANY},
	{"restart", 'r', "restart", .command = "qvm-restart %s", .confirm = CONFIRM_YES},
	{"kill", 'K', "end at once, as by a power cut", .command = "qvm-kill %s",
	 .confirm = CONFIRM_YES},
	{"pause", 'p', "pause", .command = "qvm-pause %s", .confirm = CONFIRM_MANY},
	{"unpause", 'u', "go on", .command = "qvm-unpause %s"},
	{"remove", 'x', "remove, to the trash", .command = "qvm-remove -f %s",
	 .confirm = CONFIRM_WORD},
	{"restore", 'U', "bring back from the trash", .command = "qvm-trash restore %w",
	 .prompt = "bring back: ", .offer = OFFER_TRASH},
	{"clone", 'c', "clone", .command = "qvm-clone %1 %w", .prompt = "clone as: "},
	{"rename", 'R', "rename", .command = "qvm-rename %1 %w", .prompt = "rename to: "},
	{"create", 'n', "create a domain", .command = "qvm-create %w",
	 .form = create_form},
	{"property", 'e', "set a property", .command = "qvm-prefs %1 %w",
	 .prompt = "property and value: ", .offer = OFFER_PROPERTY},
	{"firewall", 'f', "change the firewall", .command = "qvm-firewall %1 %w",
	 .prompt = "qvm-firewall ", .prefill = "add "},
	{"snapshot", 'z', "keep its private volume as it is",
	 .command = "qvm-volume snapshot %1:private %w", .prompt = "snapshot's name: "},
	{"revert", 'Z', "its private volume as it was kept",
	 .command = "qvm-volume revert %1:private %w",
	 .prompt = "back to the snapshot (empty: the newest revision): ",
	 .confirm = CONFIRM_YES},
	{"volume", 'v', "volumes: info, resize, pin, ...", .command = "qvm-volume %w",
	 .prompt = "qvm-volume ", .prefill = "info "},
	{"attach", 'A', "give it a block device of dom0",
	 .command = "qvm-block attach %1 %w", .prompt = "device (B lists them): "},
	{"detach", 'G', "get a block device back", .command = "qvm-block detach %1 %w",
	 .prompt = "device (empty: all): ", .confirm = CONFIRM_YES},
	{"blocks", 'B', "block devices, and who has them", .command = "qvm-block",
	 .show = true},
	{"backup", 'b', "back up, encrypted", .command = "qvm-backup %w %s",
	 .prompt = "back up to: ", .terminal = true},
	{"run", '!', "run a command in it", .command = "qvm-run -p %1 %w",
	 .prompt = "run: ", .show = true},
	{"shell", 't', "a shell in it", .command = "qvm-run -t %1", .terminal = true},
	{"console", 'C', "its console (^] ends it)", .command = "qvm-console %1",
	 .terminal = true},
	{"disposable", 'd', "a new disposable", .command = "qvm-disp start"},
	{"details", '\r', "all of one domain", OWN_DETAILS},
	{"pools", 'i', "pools and their fill", .command = "qvm-pool info", .show = true},
	{"disposables", 'D', "disposables", .command = "qvm-disp list", .show = true},
	{"trash", 'X', "the trash", .command = "qvm-trash list", .show = true},
	{"events", 'E', "what has happened", OWN_EVENTS},
	{"jobs", 'J', "commands that run or have run", OWN_JOBS},
	{"plan", 'P', "let the next command only say what it would do", OWN_PLAN},
	{"answer", 'a', "answer the policy's question", OWN_ANSWER},
	{"filter", '/', "show only names, labels, classes like this", OWN_FILTER},
	{"running", 'h', "hide or show those that do not run", OWN_RUNNING},
	{"mark", ' ', "mark, to act on several", OWN_MARK},
	{"unmark", '-', "take all marks away", OWN_UNMARK},
	{"order", 'T', "list, network tree, template tree", OWN_ORDER},
	{"sort", '<', "sort by the next column", OWN_SORT},
	{"reverse", '>', "sort the other way round", OWN_REVERSE},
	{"column", '|', "hide or show a column", OWN_COLUMN},
	{"redraw", 'L' - '@', "draw the screen anew", OWN_REDRAW},
	{"help", '?', "this help", OWN_HELP},
	{"quit", 'q', "back, and out", OWN_QUIT},
};
const size_t action_count = array_len(actions);

const char *const detail_commands[] = {
	"qvm-ls --format full %1",
	"qvm-prefs %1",
	"qvm-features %1",
	"qvm-tags %1",
	"qvm-service %1",
	"qvm-volume list %1",
	"qvm-volume info %1:root",
	"qvm-volume info %1:private",
	"qvm-block list %1",
	"qvm-pci list %1",
	"qvm-firewall --counters %1",
	"qvm-console --log %1",
	NULL,
};

static int add_input(const char *input, struct strv *ret)
{
	while (*(input += strspn(input, " "))) {
		cleanup_buf struct buf word = BUF_INIT;
		char quote = '\0';

		for (; *input && (quote || *input != ' '); input++) {
			if (*input == quote)
				quote = '\0';
			else if (!quote && (*input == '\'' || *input == '"'))
				quote = *input;
			else
				buf_add_ch(&word, *input);
		}
		if (quote)
			return -EINVAL;
		strv_add(ret, buf_str(&word));
	}
	return 0;
}

/* WORD with VALUE in place of MARK. */
static void add_with(const char *word, const char *mark, const char *value,
		     struct strv *ret)
{
	const char *at = strstr(word, mark);

	strv_addf(ret, "%.*s%s%s", at ? (int)(at - word) : (int)strlen(word), word,
		  at ? value : "", at ? at + strlen(mark) : "");
}

int action_form_words(const struct form_field *fields, const char *const *values,
		      struct strv *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && fields[i].name; i++) {
		cleanup_strv struct strv words = STRV_INIT;

		if (!*values[i])
			continue;
		if (!fields[i].option) {
			r = add_input(values[i], ret);
			continue;
		}
		strv_split(&words, fields[i].option, " ");
		for (size_t k = 0; k < words.n; k++)
			add_with(words.v[k], "%", values[i], ret);
	}
	return r;
}

int action_words(const char *command, const struct strv *names, const char *one,
		 const char *input, struct strv *ret)
{
	cleanup_strv struct strv words = STRV_INIT;
	int r = 0;

	strv_split(&words, command, " ");
	for (size_t i = 0; r == 0 && i < words.n; i++) {
		if (strcmp(words.v[i], "%s") == 0)
			for (size_t k = 0; k < names->n; k++)
				strv_add(ret, names->v[k]);
		else if (strstr(words.v[i], "%1"))
			add_with(words.v[i], "%1", one, ret);
		else if (strcmp(words.v[i], "%w") == 0)
			r = add_input(input, ret);
		else
			strv_add(ret, words.v[i]);
	}
	return r;
}

void action_help(const int *keys, struct buf *ret)
{
	for (size_t i = 0; i < action_count; i++) {
		char key[16];

		if (keys[i] == '\r')
			strcpy(key, "enter");
		else if (keys[i] == ' ')
			strcpy(key, "space");
		else if (keys[i] < ' ')
			strcpy(key, (char[]){'^', (char)(keys[i] + '@'), '\0'});
		else
			strcpy(key, (char[]){(char)keys[i], '\0'});
		buf_addf(ret, "%-8s %-12s %s\n", key, actions[i].name, actions[i].help);
	}
	buf_add(ret, "\nLeft of a name: * marked, o runs over an older template, "
		     "! nobody looks after it\n");
}

void action_complete(const struct strv *candidates, const char *word, struct buf *ret,
		     struct buf *choices)
{
	size_t len = strlen(word), common = 0, n = 0;
	const char *first = NULL;

	for (size_t i = 0; i < candidates->n; i++) {
		const char *c = candidates->v[i];

		if (strncmp(c, word, len) != 0)
			continue;
		buf_addf(choices, "%s%s", n++ ? " " : "", c);
		if (!first) {
			first = c;
			common = strlen(c);
		}
		for (size_t k = len; k < common; k++)
			if (c[k] != first[k])
				common = k;
	}
	if (first)
		buf_add_mem(ret, first + len, common - len);
	if (n < 2)
		buf_reset(choices);
}
