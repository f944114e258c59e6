/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is different between two worlds, and how JSON lines are written. */
#include "tests/unit/test.h"

#include "lib/json.h"
#include "ops/monitor.h"

static void add(void *arg, const struct change *c)
{
	buf_addf(arg, "%s %s %s: %s -> %s\n", change_names[c->kind], c->vm ? c->vm : "-",
		 c->what ? c->what : "-", c->before ? c->before : "-",
		 c->after ? c->after : "-");
}

static struct vm domain(int64_t id, const char *name, enum vm_state state)
{
	struct vm vm = {.id = id, .klass = CLASS_APP, .uuid = {{(uint8_t)id}}};

	strcpy(vm.name, name);
	vm.live.state = state;
	return vm;
}

static void same(const struct world *a, const struct world *b, const char *wanted)
{
	cleanup_buf struct buf got = BUF_INIT;

	world_changes(a, b, add, &got);
	assert_string_equal(buf_str(&got), wanted);
}

static void test_changes(void **state unused)
{
	struct vm before[] = {domain(1, "gone", STATE_HALTED),
			      domain(2, "work", STATE_HALTED)};
	struct vm after[] = {domain(2, "job", STATE_RUNNING),
			     domain(3, "new", STATE_RUNNING)};
	const struct world a = {.vms = before, .vm_count = 2};
	struct world b = {.vms = after, .vm_count = 2};

	same(&a, &a, "");
	before[1].props[PROP_MEMORY] = (struct vm_prop){.set = true, .text = "300"};
	after[0].props[PROP_MEMORY] = (struct vm_prop){.set = true, .text = "500"};
	before[1].has_volume[VOL_PRIVATE] = after[0].has_volume[VOL_PRIVATE] = true;
	before[1].volumes[VOL_PRIVATE].size = 5;
	after[0].volumes[VOL_PRIVATE].size = 7;
	same(&a, &b,
	     "removed gone -: AppVM -> -\n"
	     "renamed job -: work -> job\n"
	     "state job -: Halted -> Running\n"
	     "property job memory: 300 -> 500\n"
	     "volume job private size: 5 -> 7\n"
	     "created new -: - -> AppVM\n"
	     "state new -: Halted -> Running\n");

	/* the same number, another domain */
	b.vm_count = 1;
	after[0].uuid.b[0] = 9;
	same(&a, &b,
	     "removed gone -: AppVM -> -\n"
	     "removed work -: AppVM -> -\n"
	     "created job -: - -> AppVM\n"
	     "state job -: Halted -> Running\n");
}

static void test_json(void **state unused)
{
	cleanup_buf struct buf b = BUF_INIT;

	json_put_open(&b, NULL, '{');
	json_put_text(&b, "a", "x\"\\\n\x7f\xc3\xa4");
	json_put_text(&b, "b", NULL);
	json_put_open(&b, "c", '[');
	json_put_open(&b, NULL, '{');
	json_put_int(&b, "d", -1);
	buf_add_ch(&b, '}');
	json_put_open(&b, NULL, '{');
	json_put_bool(&b, "e", true);
	json_put_raw(&b, "f", "%.1f", 0.5);
	buf_add(&b, "}]}");
	assert_string_equal(buf_str(&b),
			    "{\"a\":\"x\\\"\\\\\\u000a\\u007f\xc3\xa4\",\"b\":null,"
			    "\"c\":[{\"d\":-1},{\"e\":true,\"f\":0.5}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
