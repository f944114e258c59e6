/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of libxl, in which order, and what becomes of its failures. */
#include <stdint.h>

#include <errno.h>
#include <string.h>

#include "lib/size.h"
#include "tests/fake/libxl_fake.h"
#include "tests/unit/test.h"
#include "xen/ctx.h"
#include "xen/xen.h"

#define OPEN "alloc setmode hooks "

static struct qvm_ctx ctx = {.libexec_dir = (char *)"/bin", .level = QVM_LEVEL_ERROR};
static const struct hv_id seven = {7, {{1, 2, 3}}};
static struct hv_config cfg = {
	.name = "work",
	.uuid = {{1, 2, 3}},
	.type = HV_PVH,
	.memory = 64 * MIB,
	.max_memory = 64 * MIB,
	.vcpus = 1,
	.kernel = "/k",
};

static int setup(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;

	libxl_fake_reset();
	memcpy(libxl_fake.uuid, seven.uuid.b, sizeof(libxl_fake.uuid));
	return hv_libxl.open(&ctx, state, &err);
}

static int teardown(void **state)
{
	hv_libxl.close(*state);
	assert_int_equal(libxl_fake.contexts, 0);
	libxl_fake_reset();
	return 0;
}

static void calls(const char *want)
{
	assert_string_equal(buf_str(&libxl_fake.calls), want);
	buf_reset(&libxl_fake.calls);
}

static void test_create(void **state)
{
	struct hv_id id = {.domid = 99};
	struct qvm_err err = QVM_ERR_INIT;

	calls(""); /* opening reached nothing */
	assert_int_equal(hv_libxl.create(*state, &cfg, &id, &err), 0);
	assert_int_equal(id.domid, 7);
	assert_true(uuid_equal(&id.uuid, &cfg.uuid));
	calls(OPEN "create:work ");
	assert_int_equal(hv_libxl.unpause(*state, &id, &err), 0);
	calls("info:7 unpause:7 ");
	assert_int_equal(err.kind, 0);
}

static void test_save(void **state)
{
	struct hv_config saved = cfg;
	struct qvm_err err = QVM_ERR_INIT;
	struct hv_id id = {0};

	saved.saved = 5;
	assert_int_equal(hv_libxl.create(*state, &saved, &id, &err), 0);
	calls(OPEN "restore:5:v2 create:work ");
	assert_int_equal(hv_libxl.save(*state, &id, 6, &err), 0);
	calls("info:7 suspend:7:6 ");
	libxl_fake.rc_act = ERROR_GUEST_TIMEDOUT;
	assert_int_equal(hv_libxl.save(*state, &id, 6, &err), -QVM_E_TIMEOUT);
	calls("info:7 suspend:7:6 ");
	assert_int_equal(hv_libxl.save(*state, &seven, 6, &err) == 0, 0);
	libxl_fake.exists = false;
	assert_int_equal(hv_libxl.save(*state, &id, 6, &err), -QVM_E_NOT_RUNNING);
}

static void test_create_fails(void **state)
{
	struct hv_id id = {.domid = 99};
	struct qvm_err err = QVM_ERR_INIT;

	/* libxl cleaned up and says so by the domid. */
	libxl_fake.domid = (uint32_t)-1;
	libxl_fake.rc_create = ERROR_FAIL;
	libxl_fake.says = "failed to claim";
	assert_int_equal(hv_libxl.create(*state, &cfg, &id, &err), -QVM_E_NO_MEMORY);
	assert_string_equal(err.text, "cannot build 'work': failed to claim");
	assert_int_equal(id.domid, 0);
	calls(OPEN "create:work ");

	/* It left the domain: we remove it. */
	libxl_fake.domid = 7;
	libxl_fake.exists = true;
	libxl_fake.says = NULL;
	assert_int_equal(hv_libxl.create(*state, &cfg, &id, &err), -QVM_E_HYPERVISOR);
	assert_string_equal(err.text, "cannot build 'work': libxl gives no reason");
	assert_int_equal(id.domid, 0);
	calls("create:work info:7 destroy:7 ");

	/* It cannot be removed: the caller is told which. */
	libxl_fake.exists = true;
	libxl_fake.destroy_fails = true;
	assert_int_equal(hv_libxl.create(*state, &cfg, &id, &err), -QVM_E_HYPERVISOR);
	assert_int_equal(id.domid, 7);
	assert_true(uuid_equal(&id.uuid, &cfg.uuid));

	/* The domid names somebody else's domain by now: hands off. */
	buf_reset(&libxl_fake.calls);
	libxl_fake.uuid[0] = 0xee;
	assert_int_equal(hv_libxl.create(*state, &cfg, &id, &err), -QVM_E_HYPERVISOR);
	assert_int_equal(id.domid, 0);
	calls("create:work info:7 ");
}

static void test_refused_early(void **state)
{
	struct hv_disk disk = {.vdev = "xvda", .path = "/dev/x", .major = 1};
	struct hv_config bad = cfg;
	struct hv_id id;
	struct qvm_err err = QVM_ERR_INIT;

	bad.disks = &disk;
	bad.disk_count = 1;
	assert_int_equal(hv_libxl.create(*state, &bad, &id, &err), -QVM_E_NOT_FOUND);
	assert_string_equal(err.text, "cannot start 'work': '/bin/qvm-hotplug' cannot be "
				      "executed");
	bad.kernel = NULL;
	assert_int_equal(hv_libxl.create(*state, &bad, &id, &err), -QVM_E_VALUE);
	calls("");
}

static void test_no_xen(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;

	libxl_fake.rc_alloc = ERROR_FAIL;
	libxl_fake.says = "cannot open libxc handle";
	assert_int_not_equal(hv_libxl.pause(*state, &seven, &err), 0);
	assert_true(err.kind == QVM_E_NO_XEN || err.kind == QVM_E_PERMISSION);
	assert_non_null(strstr(err.text, "cannot open libxc handle (is this"));
	calls("alloc ");
}

/* Every act on a domain that is another one by now. */
static void test_other_domain(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;
	char *path = NULL;

	libxl_fake.exists = true;
	libxl_fake.uuid[15] = 1;
	assert_int_equal(hv_libxl.unpause(*state, &seven, &err), -QVM_E_NOT_RUNNING);
	assert_int_equal(hv_libxl.pause(*state, &seven, &err), -QVM_E_NOT_RUNNING);
	assert_int_equal(hv_libxl.shutdown(*state, &seven, &err), -QVM_E_NOT_RUNNING);
	assert_int_equal(hv_libxl.console(*state, &seven, &path, &err),
			 -QVM_E_NOT_RUNNING);
	assert_int_equal(hv_libxl.set_memory(*state, &seven, MIB, &err),
			 -QVM_E_NOT_RUNNING);
	assert_int_equal(hv_libxl.destroy(*state, &seven, &err), 0);
	calls(OPEN "info:7 info:7 info:7 info:7 info:7 info:7 ");
	libxl_fake.exists = false;
	assert_int_equal(hv_libxl.destroy(*state, &seven, &err), 0);
	calls("info:7 ");
}

static void test_shutdown(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;

	libxl_fake.exists = true;
	assert_int_equal(hv_libxl.shutdown(*state, &seven, &err), 0);
	calls(OPEN "info:7 shutdown:7 ");
	libxl_fake.rc_shutdown = ERROR_NOPARAVIRT;
	libxl_fake.says = "pv control interface not available";
	assert_int_equal(hv_libxl.shutdown(*state, &seven, &err), 0);
	calls("info:7 shutdown:7 trigger:7:power ");
	libxl_fake.rc_trigger = ERROR_FAIL;
	libxl_fake.says = "no button";
	assert_int_equal(hv_libxl.shutdown(*state, &seven, &err), -QVM_E_HYPERVISOR);
	assert_string_equal(err.text, "cannot ask domain 7 to shut down: no button");
}

static void test_console(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;
	char *path = NULL;

	libxl_fake.exists = true;
	assert_int_equal(hv_libxl.console(*state, &seven, &path, &err), 0);
	assert_string_equal(path, "/dev/pts/3");
	free(path);
	path = NULL;
	libxl_fake.console = "/etc/shadow";
	assert_int_equal(hv_libxl.console(*state, &seven, &path, &err),
			 -QVM_E_HYPERVISOR);
	libxl_fake.console = "/dev/../etc/shadow";
	assert_int_equal(hv_libxl.console(*state, &seven, &path, &err),
			 -QVM_E_HYPERVISOR);
	assert_null(path);
}

static void test_memory(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;

	libxl_fake.exists = true;
	assert_int_equal(hv_libxl.set_memory(*state, &seven, 3 * GIB, &err), 0);
	calls(OPEN "info:7 memory:7:3145728:0:1 ");
}

static void test_kinds(void **state unused)
{
	assert_int_equal(xen_err_kind(ERROR_NOMEM, 0, ""), QVM_E_NO_MEMORY);
	assert_int_equal(xen_err_kind(ERROR_FAIL, ENOMEM, ""), QVM_E_NO_MEMORY);
	assert_int_equal(xen_err_kind(ERROR_FAIL, EPERM, ""), QVM_E_PERMISSION);
	assert_int_equal(xen_err_kind(ERROR_FAIL, 0, "x"), QVM_E_HYPERVISOR);
	assert_int_equal(xen_err_kind(ERROR_TIMEDOUT, 0, ""), QVM_E_TIMEOUT);
	assert_int_equal(xen_err_kind(ERROR_LOCK_FAIL, 0, ""), QVM_E_BUSY);
	assert_int_equal(xen_err_kind(ERROR_NI, 0, ""), QVM_E_UNSUPPORTED);
	assert_int_equal(xen_err_kind(ERROR_DOMAIN_NOTFOUND, 0, ""), QVM_E_NOT_RUNNING);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_create),	 test(test_save),
		test(test_create_fails), test(test_refused_early),
		test(test_no_xen),	 test(test_other_domain),
		test(test_shutdown),	 test(test_console),
		test(test_memory),	 cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
