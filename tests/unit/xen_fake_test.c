/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake hypervisor keeps the contract of core/hv.h that other rooms test against. */
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "tests/fake/hv_fake.h"
#include "tests/unit/test.h"

static struct qvm_ctx ctx;
static struct qvm_err err;
static const int no_fds[HV_WAIT_FDS] = {-1, -1, -1, -1, -1};

static int setup(void **state unused)
{
	char dir[] = "/tmp/qvm-fake-XXXXXX";

	ctx.run_dir = xstrdup(mkdtemp(dir));
	err = (struct qvm_err)QVM_ERR_INIT;
	return 0;
}

static int teardown(void **state unused)
{
	int r = tree_remove(ctx.run_dir);

	free(ctx.run_dir);
	return r;
}

static void add_line(const char *line)
{
	cleanup_free char *path = xasprintf("%s/fake-xen", ctx.run_dir);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);

	assert_int_equal(fd_write_all(fd, line, strlen(line)), 0);
}

static struct hv_config config(const char *name, uint8_t id)
{
	return (struct hv_config){
		.name = name,
		.uuid = {{id}},
		.type = HV_PV,
		.memory = GIB,
		.max_memory = 2 * GIB,
		.vcpus = 2,
		.kernel = "/k",
	};
}

static void test_life(void **state unused)
{
	struct hv_config a = config("a", 1), b = config("b", 2);
	struct hv_id ida = {0}, idb = {0};
	struct hv_dom *doms = NULL, dom;
	size_t n = 0;
	int reason = -2;

	assert_int_equal(hv_fake.create(&ctx, &a, &ida, &err), 0);
	assert_int_equal(hv_fake.create(&ctx, &b, &idb, &err), 0);
	assert_int_equal(ida.domid, 1);
	assert_int_equal(idb.domid, 2);
	assert_int_equal(hv_view_fake.list(&ctx, &doms, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_true(doms[0].paused && doms[0].memory == GIB && doms[0].vcpus == 2);
	free(doms);
	assert_int_equal(hv_fake.unpause(&ctx, &ida, &err), 0);
	assert_int_equal(hv_view_fake.find(&ctx, &ida, &dom, &err), 0);
	assert_false(dom.paused);
	assert_int_equal(hv_view_fake.wait_end(&ctx, &ida, no_fds, 0, &reason, &err),
			 -QVM_E_TIMEOUT);
	assert_int_equal(hv_fake.shutdown(&ctx, &ida, &err), 0);
	assert_int_equal(hv_view_fake.wait_end(&ctx, &ida, no_fds, -1, &reason, &err), 0);
	assert_int_equal(reason, HV_END_POWEROFF);
	assert_int_equal(hv_fake.destroy(&ctx, &ida, &err), 0);
	assert_int_equal(hv_fake.destroy(&ctx, &ida, &err), 0);
	assert_int_equal(hv_view_fake.wait_end(&ctx, &ida, no_fds, -1, &reason, &err), 0);
	assert_int_equal(reason, HV_END_GONE);
	assert_int_equal(hv_fake.pause(&ctx, &ida, &err), -QVM_E_NOT_RUNNING);
	assert_int_equal(hv_fake.destroy(&ctx, &idb, &err), 0);
	assert_int_equal(hv_fake.create(&ctx, &a, &ida, &err), 0);
	assert_int_equal(ida.domid, 3); /* not used again, even when all are gone */
}

static void test_wishes(void **state unused)
{
	struct hv_config a = config("a", 1);
	struct hv_host host;
	struct hv_id id = {9, {{0}}};
	int reason;

	add_line("host 3GiB\nhang a\n");
	assert_int_equal(hv_fake.create(&ctx, &a, &id, &err), 0);
	assert_int_equal(hv_view_fake.host(&ctx, &host, &err), 0);
	assert_int_equal(host.memory_free, 2 * GIB);
	assert_int_equal(hv_fake.unpause(&ctx, &id, &err), 0);
	assert_int_equal(hv_fake.shutdown(&ctx, &id, &err), 0);
	assert_int_equal(hv_view_fake.wait_end(&ctx, &id, no_fds, 30, &reason, &err),
			 -QVM_E_TIMEOUT);
	a = config("b", 2);
	a.memory = 3 * GIB;
	assert_int_equal(hv_fake.create(&ctx, &a, &id, &err), -QVM_E_NO_MEMORY);
	assert_int_equal(id.domid, 0);
	add_line("fail create \"no such luck\"\n");
	assert_int_equal(hv_fake.create(&ctx, &a, &id, &err), -QVM_E_HYPERVISOR);
	assert_string_equal(err.text, "no such luck");
	add_line("domain x\n");
	assert_int_equal(hv_view_fake.host(&ctx, &host, &err), -QVM_E_FAILED);
}

static void test_extra_fd(void **state unused)
{
	struct hv_config a = config("a", 1);
	struct hv_id id;
	int fds[2], reason = 0;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(hv_fake.create(&ctx, &a, &id, &err), 0);
	assert_int_equal(hv_view_fake.wait_end(&ctx, &id,
					       (const int[HV_WAIT_FDS]){-1, -1, fds[0]},
					       -1, &reason, &err),
			 0);
	assert_int_equal(reason, -1);
	close(fds[0]);
	close(fds[1]);
}

static void test_json(void **state unused)
{
	struct hv_nic nic = {.mac = {0, 0x16, 0x3e, 1, 2, 3}, .ip = "10.0.0.1"};
	struct hv_disk disk = {.vdev = "xvda", .path = "/dev/x", .major = 253};
	struct hv_key key = {"qvm/name", "a"};
	struct hv_config a = config("a", 1);
	cleanup_free char *text = NULL;

	a.nics = &nic;
	a.disks = &disk;
	a.keys = &key;
	a.nic_count = a.disk_count = a.key_count = 1;
	assert_int_equal(hv_fake.config_json(&ctx, &a, &text, &err), 0);
	assert_non_null(strstr(text, "\"mac\":\"00:16:3e:01:02:03\""));
	assert_non_null(strstr(text, "\"path\":\"/dev/x\""));
	assert_non_null(strstr(text, "\"qvm/name\":\"a\""));
	assert_non_null(strstr(text, "\"ramdisk\":null"));
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_life),
		test(test_wishes),
		test(test_extra_fd),
		test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
