/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pictures of the dashboard, as text in tests/golden/tui (GOLDEN_UPDATE=1 writes them,
 * to be read before they are kept), and what lines are made of.
 */
#include "tests/unit/leak.h"

#include <errno.h>
#include <locale.h>

#include "tui/app.h"

#define GOLDEN "tests/golden/tui/"

static void golden(const char *name, const struct screen *s)
{
	cleanup_free char *path = xasprintf(GOLDEN "%s.txt", name);
	cleanup_buf struct buf got = BUF_INIT, wanted = BUF_INIT;

	screen_text(s, &got);
	if (getenv("GOLDEN_UPDATE"))
		assert_int_equal(file_replace(path, got.data, got.len, 0644, 0), 0);
	assert_int_equal(file_read(path, 1 << 20, &wanted), 0);
	assert_string_equal(buf_str(&got), buf_str(&wanted));
}

/* A sample with N domains; each third runs. */
static void fill(struct model *m, int n)
{
	cleanup_buf struct buf line = BUF_INIT;
	static const char *const labels[] = {"red", "green", "black"};

	buf_add(&line, "{\"host\":{\"memory\":17179869184,\"memory_free\":4294967296,"
		       "\"cpus\":4},\"domains\":[");
	for (int i = 0; i < n; i++) {
		buf_addf(&line,
			 "%s{\"name\":\"vm%03d\",\"class\":\"AppVM\",\"state\":\"%s\","
			 "\"label\":\"%s\",\"template\":\"%s\",\"netvm\":\"%s\"",
			 i ? "," : "", i, i % 3 ? "Halted" : "Running", labels[i % 3],
			 i ? "vm000" : "tiny", i % 2 ? "vm000" : "vm001");
		if (i % 3 == 0)
			buf_addf(&line,
				 ",\"xid\":%d,\"memory\":419430400,\"max_memory\":"
				 "4194304000,\"cpu\":%d.5,\"read_rate\":%d,"
				 "\"write_rate\":1,\"rx_rate\":%d,\"tx_rate\":0,"
				 "\"outdated\":%s",
				 i + 1, i, i * 3000, i * 1000000, i ? "false" : "true");
		buf_add(&line, "}");
	}
	buf_add(&line, "]}");
	assert_int_equal(model_stats(m, buf_str(&line)), 0);
}

static void picture(const char *name, struct view *v, struct model *m, int rows, int cols)
{
	struct screen s = {0};

	view_arrange(v, m);
	screen_size(&s, rows, cols);
	view_draw(v, m, &s);
	golden(name, &s);
	screen_dispose(&s);
}

static void test_counts(void **state unused)
{
	static const int counts[] = {0, 1, 5, 300};

	for (size_t i = 0; i < array_len(counts); i++) {
		cleanup_free char *name = xasprintf("list-%d", counts[i]);
		struct model m = {0};
		struct view v = {0};

		fill(&m, counts[i]);
		picture(name, &v, &m, 24, 80);
		view_dispose(&v);
		model_dispose(&m);
	}
}

static void test_sizes(void **state unused)
{
	struct model m = {0};
	struct view v = {.ascii = true};

	fill(&m, 30);
	fill(&m, 30); /* history */
	picture("small", &v, &m, 10, 40);
	picture("wide", &v, &m, 100, 300);
	v.order = ORDER_NETWORK; /* vm000 and vm001 are each other's: none is lost */
	picture("network", &v, &m, 40, 132);
	v.order = ORDER_TEMPLATE;
	v.ascii = false;
	picture("templates", &v, &m, 40, 132);
	v.order = ORDER_LIST;
	v.sort = 2;
	m.doms[3].marked = true;
	strcpy(v.filter, "VM00");
	v.message = "done: qvm-start vm003";
	v.question = "QUESTION  vm001 (green) calls q, asks for @default";
	v.question_label = "green";
	v.prompt = "number, name, or no: ";
	v.input = "vm0";
	picture("question", &v, &m, 24, 80);
	v.prompt = "1 one  2 two  3 three  4 four  5 five  6 six  7 seven  8 eight  "
		   "number, name, or no: ";
	picture("question-long", &v, &m, 24, 80);
	view_dispose(&v);
	model_dispose(&m);
}

static void test_hostile(void **state unused)
{
	static const char line[] =
		"{\"domains\":[{\"name\":\"a\\u001b[2Jb\",\"state\":\"Running\","
		"\"label\":"
		"\"no-such\",\"class\":\"\\n\\r\\t\\u0007\"},{\"name\":"
		"\"0123456789012345678"
		"901234567890123456789\",\"state\":\"Halted\",\"template\":\"\xe6\xbc\xa2"
		"\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2"
		"\xe5\xad\x97\xe6\xbc\xa2\"},{\"state\":null},{\"name\":\"\xff\xfe\"}]}";
	struct model m = {0};
	struct view v = {0};

	assert_int_equal(model_stats(&m, line), 0);
	picture("hostile", &v, &m, 24, 132);
	assert_int_equal(model_stats(&m, "qvm-stats: no"), -EPROTO);
	assert_int_equal(model_stats(&m, "{\"domains\":5}"), -EPROTO);
	assert_int_equal(model_stats(&m, "[1]"), -EPROTO);
	assert_int_equal(model_event(&m, "{\"time\":1}"), -EPROTO);
	assert_int_equal(m.n, 4); /* what was known is kept */
	view_dispose(&v);
	model_dispose(&m);
}

static const struct view_field form_fields[] = {
	{"name", "of the new domain", "mail"},
	{"template", "empty: the default", ""},
	{"label", "its colour", "green"},
};

static void test_views(void **state unused)
{
	const struct view_job jobs[] = {
		{"qvm-start work", "warning: old\nwaiting for its agent...", -1},
		{"qvm-start vault", "no memory\nat all\n", 12},
		{"qvm-kill work", "", -1},
		{"qvm-ls", "", 0}};
	struct model m = {0};
	struct view v = {.kind = VIEW_JOBS, .jobs = jobs, .job_count = 4};
	int keys[ACTIONS_MAX];
	cleanup_buf struct buf help = BUF_INIT;

	fill(&m, 3);
	for (int i = 0; i < 40; i++) {
		cleanup_free char *event = xasprintf(
			"{\"event\":\"state\",\"vm\":\"vm%d\",\"before\":\"Halted\","
			"\"after\":\"Running\"}",
			i);

		assert_int_equal(model_event(&m, event), 0);
		memcpy(m.events.v[i], "TIME    ", 8);
	}
	picture("jobs", &v, &m, 24, 80);
	v.kind = VIEW_TEXT;
	v.job = 1;
	picture("text", &v, &m, 24, 80);
	v.kind = VIEW_EVENTS;
	picture("events", &v, &m, 24, 80);
	for (size_t i = 0; i < action_count; i++)
		keys[i] = actions[i].key;
	v.kind = VIEW_FORM;
	v.fields = form_fields;
	v.field_count = array_len(form_fields);
	v.field = 1;
	v.prompt = "template: ";
	v.input = "ti";
	v.plan = true;
	picture("form", &v, &m, 24, 80);
	v.prompt = NULL;
	v.plan = false;
	action_help(keys, &help);
	v.kind = VIEW_HELP;
	v.help = buf_str(&help);
	picture("help", &v, &m, 50, 80);
	view_dispose(&v);
	model_dispose(&m);
}

/* A machine as one may have it, for documents (tests/lint/check_screens.sh). */
static const char machine[] =
	"{\"host\":{\"memory\":17179869184,\"memory_free\":4294967296,\"cpus\":4},"
	"\"domains\":["
	"{\"name\":\"dom0\",\"class\":\"AdminVM\",\"state\":\"Running\",\"label\":"
	"\"black\","
	"\"xid\":0,\"memory\":2147483648,\"max_memory\":4294967296,\"cpu\":%d.2},"
	"{\"name\":\"debian-12\",\"class\":\"TemplateVM\",\"state\":\"Halted\","
	"\"label\":\"black\"},"
	"{\"name\":\"sys-net\",\"class\":\"AppVM\",\"state\":\"Running\",\"label\":"
	"\"red\","
	"\"template\":\"debian-12\",\"xid\":1,\"memory\":419430400,"
	"\"max_memory\":419430400,\"cpu\":%d.5,\"read_rate\":0,\"write_rate\":4096,"
	"\"rx_rate\":%d000,\"tx_rate\":20000,\"outdated\":true},"
	"{\"name\":\"sys-firewall\",\"class\":\"AppVM\",\"state\":\"Running\","
	"\"label\":\"green\",\"template\":\"debian-12\",\"netvm\":\"sys-net\",\"xid\":2,"
	"\"memory\":314572800,\"max_memory\":4194304000,\"cpu\":1.9,\"read_rate\":0,"
	"\"write_rate\":0,\"rx_rate\":%d000,\"tx_rate\":20000},"
	"{\"name\":\"work\",\"class\":\"AppVM\",\"state\":\"Running\",\"label\":\"blue\","
	"\"template\":\"debian-12\",\"netvm\":\"sys-firewall\",\"xid\":3,"
	"\"memory\":2097152000,\"max_memory\":4194304000,\"cpu\":%d.0,"
	"\"read_rate\":%d0000,\"write_rate\":0,\"rx_rate\":%d000,\"tx_rate\":20000},"
	"{\"name\":\"disp4711\",\"class\":\"DispVM\",\"state\":\"Running\",\"label\":"
	"\"red\","
	"\"template\":\"dvm\",\"netvm\":\"sys-firewall\",\"xid\":4,\"memory\":838860800,"
	"\"max_memory\":4194304000,\"cpu\":0.1,\"read_rate\":0,\"write_rate\":0,"
	"\"rx_rate\":0,\"tx_rate\":0},"
	"{\"name\":\"vault\",\"class\":\"AppVM\",\"state\":\"Halted\",\"label\":"
	"\"black\","
	"\"template\":\"debian-12\"}]}";

static void test_documents(void **state unused)
{
	const struct view_job jobs[] = {{"qvm-start vault", "", -1}};
	struct model m = {0};
	struct view v = {.ascii = true, .jobs = jobs};

	for (int i = 0; i < HISTORY; i++) {
		int load = 3 * i * i;
		cleanup_free char *line =
			xasprintf(machine, 5 + i, i, load * load, load * load, load + 8,
				  load * i, load * load);

		assert_int_equal(model_stats(&m, line), 0);
	}
	v.order = ORDER_NETWORK;
	v.question = "QUESTION  work (blue) calls qubes.Filecopy, asks for @default";
	v.question_label = "blue";
	v.prompt = "1 vault  2 disp4711  number, name, or no: ";
	v.input = "vault";
	picture("shown-narrow", &v, &m, 24, 80);
	v.order = ORDER_LIST;
	v.question = v.prompt = NULL;
	v.job_count = 1;
	v.sort = COL_CPU;
	v.message = "qvm-start vault ...";
	m.doms[6].marked = true;
	picture("shown-wide", &v, &m, 24, 178);
	v.kind = VIEW_FORM;
	v.fields = form_fields;
	v.field_count = array_len(form_fields);
	v.field = 1;
	v.prompt = "template: ";
	v.input = "debian-12";
	v.job_count = 0;
	v.message = NULL;
	picture("shown-form", &v, &m, 24, 80);
	view_dispose(&v);
	model_dispose(&m);
}

/* What happened to one domain, the last of it. */
static void test_events_of(void **state unused)
{
	cleanup_buf struct buf text = BUF_INIT;
	struct model m = {0};

	for (int i = 0; i < EVENTS_MAX + 5; i++) {
		cleanup_free char *event = xasprintf(
			"{\"event\":\"call\",\"vm\":\"vm%d\",\"service\":\"s%d\"}", i % 3,
			i);

		assert_int_equal(model_event(&m, event), 0);
	}
	assert_int_equal(model_event(&m, "{\"event\":\"ready\"}"), 0);
	model_events_of(&m, "vm1", 2, &text);
	assert_null(strstr(buf_str(&text), "s997"));
	assert_non_null(strstr(buf_str(&text), "s1000 to"));
	assert_non_null(strstr(buf_str(&text), "s1003 to"));
	assert_null(strstr(buf_str(&text), "s1004"));
	model_dispose(&m);
}

/* A field that is empty makes no word; one of options is split, the others are not. */
static void test_form(void **state unused)
{
	static const struct form_field fields[] = {{"name", "%"},
						   {"label", "-l %"},
						   {"netvm", "--prop n=%"},
						   {"more", NULL},
						   {0}};
	static const char *const values[] = {"a b", "", "x", "-C 'c d'"};
	static const char *const wanted[] = {"a b", "--prop", "n=x", "-C", "c d"};
	static const char *const open_quote[] = {"a", "", "", "'"};
	cleanup_strv struct strv words = STRV_INIT;

	assert_int_equal(action_form_words(fields, values, &words), 0);
	assert_int_equal(words.n, array_len(wanted));
	for (size_t i = 0; i < words.n; i++)
		assert_string_equal(words.v[i], wanted[i]);
	assert_int_equal(action_form_words(fields, open_quote, &words), -EINVAL);
}

/* No key has two meanings, and each command is one of qvm's. */
static void test_actions(void **state unused)
{
	assert_true(action_count <= ACTIONS_MAX);
	for (size_t i = 0; i < action_count; i++) {
		assert_true(actions[i].own ||
			    strncmp(actions[i].command, "qvm-", 4) == 0);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(actions[i].key, actions[k].key);
	}
}

static void test_words(void **state unused)
{
	cleanup_strv struct strv names = STRV_INIT, words = STRV_INIT, all = STRV_INIT;
	cleanup_buf struct buf more = BUF_INIT, choices = BUF_INIT;

	strv_add(&names, "a");
	strv_add(&names, "b");
	assert_int_equal(
		action_words("x %s %1:y %w", &names, "b", "c 'd e' \"f\"g ''", &words),
		0);
	assert_int_equal(words.n, 8);
	assert_string_equal(words.v[3], "b:y");
	assert_string_equal(words.v[5], "d e");
	assert_string_equal(words.v[6], "fg");
	assert_string_equal(words.v[7], "");
	assert_int_equal(action_words("%w", &names, "", "'", &words), -EINVAL);
	strv_add(&all, "memory");
	strv_add(&all, "memo");
	strv_add(&all, "maxmem");
	action_complete(&all, "me", &more, &choices);
	assert_string_equal(buf_str(&more), "mo");
	assert_string_equal(buf_str(&choices), "memory memo");
}

/*
 * Ten thousand refreshes, each with an event and its picture, of changing domains and sizes:
 * the history and the marks stay with their domains, and nothing else stays.
 */
static void test_refresh(void **state unused)
{
	static const char event[] = "{\"event\":\"state\",\"vm\":\"vm1\",\"time\":1}";
	struct model m = {0};
	struct view v = {0};
	struct screen s = {0};
	struct taken before = {0};

	fill(&m, 5);
	m.doms[2].marked = true;
	for (int i = 0; i < LEAK_ROUNDS; i++) {
		if (i == EVENTS_MAX + LEAK_WARM)
			before = taken_now();
		fill(&m, 3 + i % 5);
		assert_int_equal(model_event(&m, event), 0);
		v.kind = i % 3 ? VIEW_DOMAINS : VIEW_EVENTS;
		v.order = i % ORDER_COUNT;
		view_arrange(&v, &m);
		screen_size(&s, 24 + i % 10, 80 + i % 20);
		view_draw(&v, &m, &s);
	}
	assert_int_equal(m.n, 7);
	assert_true(m.doms[2].marked);
	assert_int_equal(m.doms[3].history[BARS_CPU][HISTORY - 1], 0);
	assert_int_equal(m.doms[3].history[BARS_DISK][HISTORY - 1], 1);
	assert_int_equal(m.events.n, EVENTS_MAX);
	assert_no_leak(before);
	view_dispose(&v);
	screen_dispose(&s);
	model_dispose(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),	cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_views),
		cmocka_unit_test(test_actions), cmocka_unit_test(test_words),
		cmocka_unit_test(test_refresh), cmocka_unit_test(test_events_of),
		cmocka_unit_test(test_form),	cmocka_unit_test(test_documents),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
