/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every kind of domain against the configuration it must become, as libxl prints it.
 * QVM_GOLDEN_WRITE=1 in the environment rewrites the files of tests/golden/xen.
 */
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/size.h"
#include "tests/unit/test.h"
#include "xen/config.h"
#include "xen/xen.h"

static const struct hv_disk disks[] = {
	{.vdev = "xvda", .path = "/dev/dm-5", .major = 253, .minor = 5},
	{.vdev = "xvdb", .path = "/dev/dm-6", .major = 253, .minor = 6},
	{.vdev = "xvdc", .path = "/dev/dm-17", .major = 253, .minor = 17},
	{.vdev = "xvdd",
	 .path = "/dev/loop300",
	 .major = 7,
	 .minor = 300,
	 .readonly = true},
};

static const struct hv_disk hvm_disks[] = {
	{.vdev = "xvda", .path = "/dev/dm-5", .major = 253, .minor = 5},
	{.vdev = "xvdb", .path = "/dev/dm-6", .major = 253, .minor = 6, .readonly = true},
	{.vdev = "xvdd",
	 .path = "/iso/debian, netinst.iso",
	 .readonly = true,
	 .cdrom = true},
	{.vdev = "xvdi", .path = "/dev/dm-9", .major = 253, .minor = 9},
};

static const struct hv_disk empty_cd[] = {
	{.vdev = "xvda", .path = "/dev/dm-5", .major = 253, .minor = 5},
	{.vdev = "xvdc", .path = "", .readonly = true, .cdrom = true},
};

static const struct hv_nic nics[] = {
	{.devid = 0,
	 .mac = {0x00, 0x16, 0x3e, 0x5e, 0x6c, 0x01},
	 .backend_domid = 3,
	 .ip = "10.137.0.7"},
	{.devid = 1,
	 .mac = {0x00, 0x16, 0x3e, 0xff, 0x00, 0xfe},
	 .backend_domid = 0,
	 .ip = ""},
};

static const struct hv_key keys[] = {
	{"qvm/name", "work"},
	{"qvm/type", "AppVM"},
	{"qvm/empty", ""},
	{"qvm/odd", "a \"quoted\" \\ line\nand \xc3\xa9 and \xff"},
};

static const struct uuid some_uuid = {{0x0b, 0x5a, 0x25, 0xe8, 0x2c, 0x1d, 0x4d, 0x6e,
				       0x9f, 0x3b, 0x77, 0x10, 0x5e, 0xc0, 0xff, 0xee}};

static const struct golden {
	const char *name;
	struct hv_config cfg;
} goldens[] = {
	{"pvh",
	 {.name = "work",
	  .type = HV_PVH,
	  .memory = 400 * MIB,
	  .max_memory = 4000 * MIB,
	  .vcpus = 2,
	  .kernel = "/k/vmlinuz",
	  .ramdisk = "/k/initrd",
	  .cmdline = "root=/dev/xvda1 ro quiet",
	  .disks = disks,
	  .disk_count = 4,
	  .nics = nics,
	  .nic_count = 1,
	  .keys = keys,
	  .key_count = 2}},
	{"pv",
	 {.name = "sys-net",
	  .type = HV_PV,
	  .memory = 300 * MIB,
	  .max_memory = 1200 * MIB,
	  .vcpus = 1,
	  .kernel = "/k/vmlinuz",
	  .disks = disks,
	  .disk_count = 1,
	  .nics = nics,
	  .nic_count = 2}},
	{"pv-least",
	 {.name = "x",
	  .type = HV_PV,
	  .memory = MIB,
	  .max_memory = MIB,
	  .vcpus = 1,
	  .kernel = "k"}},
	{"hvm",
	 {.name = "windows",
	  .type = HV_HVM,
	  .vnc = "/run/qvm/vm/7/vnc",
	  .memory = 2 * GIB,
	  .max_memory = 2 * GIB,
	  .vcpus = 128,
	  .disks = hvm_disks,
	  .disk_count = 4}},
	{"hvm-debug",
	 {.name = "rescue",
	  .type = HV_HVM,
	  .memory = GIB,
	  .max_memory = 2 * GIB,
	  .vcpus = 9,
	  .debug = true,
	  .disks = empty_cd,
	  .disk_count = 2,
	  .nics = nics,
	  .nic_count = 1}},
	{"hvm-stubdom",
	 {.name = "stub",
	  .type = HV_HVM,
	  .memory = GIB,
	  .max_memory = GIB,
	  .vcpus = 4,
	  .stubdom_memory = 150 * MIB,
	  .kernel = "/k/vmlinuz",
	  .cmdline = "console=ttyS0",
	  .disks = disks,
	  .disk_count = 2}},
	{"odd-keys",
	 {.name = "odd",
	  .type = HV_PVH,
	  .memory = 3 * MIB,
	  .max_memory = 3 * MIB,
	  .vcpus = 8,
	  .kernel = "/k/a \"b\"",
	  .cmdline = "",
	  .keys = keys,
	  .key_count = 4}},
};

static void compare(const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("tests/golden/xen/%s.json", name);
	cleanup_buf struct buf want = BUF_INIT;

	if (getenv("QVM_GOLDEN_WRITE"))
		assert_int_equal(file_replace(path, text, strlen(text), 0644, 0), 0);
	assert_int_equal(file_read(path, MIB, &want), 0);
	assert_string_equal(text, buf_str(&want));
}

static void test_goldens(void **state unused)
{
	struct qvm_ctx ctx = {.libexec_dir = (char *)"/usr/libexec/qvm"};
	struct qvm_err err = QVM_ERR_INIT;
	void *hv = NULL;

	assert_int_equal(hv_libxl.open(&ctx, &hv, &err), 0);
	for (size_t i = 0; i < array_len(goldens); i++) {
		struct hv_config cfg = goldens[i].cfg;
		cleanup_free char *text = NULL;

		cfg.uuid = some_uuid;
		assert_int_equal(hv_libxl.config_json(hv, &cfg, &text, &err), 0);
		compare(goldens[i].name, text);
	}
	hv_libxl.close(hv);
}

/* What the JSON leaves out because it equals libxl's own default. */
static void test_not_printed(void **state unused)
{
	struct hv_config cfg = goldens[0].cfg;
	struct qvm_err err = QVM_ERR_INIT;
	xl_domain_config(d);

	assert_int_equal(config_make(&cfg, "/h", &d, &err), 0);
	assert_int_equal(d.b_info.target_memkb, d.b_info.max_memkb);
	assert_false(libxl_defbool_val(d.b_info.nested_hvm));
	assert_false(libxl_defbool_val(d.b_info.u.pvh.pvshim));
	assert_int_equal(d.b_info.iommu_memkb, 0);
	assert_int_equal(d.disks[3].readwrite, 0);
	assert_int_equal(d.disks[0].backend_domid, 0);
	assert_true(d.b_info.cmdline != cfg.cmdline);
}

static const struct bad {
	const char *why;
	struct hv_config cfg;
} bads[] = {
	{"needs a kernel",
	 {.type = HV_PVH, .memory = MIB, .max_memory = MIB, .vcpus = 1}},
	{"needs a kernel", {.type = HV_PV, .memory = MIB, .max_memory = MIB, .vcpus = 1}},
	{"without a kernel",
	 {.type = HV_HVM, .memory = MIB, .max_memory = MIB, .vcpus = 1, .cmdline = "x"}},
	{"number of MiB", {.kernel = "k", .memory = 0, .max_memory = MIB, .vcpus = 1}},
	{"number of MiB",
	 {.kernel = "k", .memory = MIB + 1, .max_memory = GIB, .vcpus = 1}},
	{"number of MiB", {.kernel = "k", .memory = GIB, .max_memory = MIB, .vcpus = 1}},
	{"0 processors", {.kernel = "k", .memory = MIB, .max_memory = MIB}},
	{"129 processors",
	 {.kernel = "k", .memory = MIB, .max_memory = MIB, .vcpus = 129}},
	{"only HVM has",
	 {.kernel = "k",
	  .memory = MIB,
	  .max_memory = MIB,
	  .vcpus = 1,
	  .stubdom_memory = MIB}},
	{"not below",
	 {.kernel = "k",
	  .memory = MIB,
	  .max_memory = MIB,
	  .vcpus = 1,
	  .keys = &(const struct hv_key){"/tool", "x"},
	  .key_count = 1}},
	{"not one of xvda",
	 {.kernel = "k",
	  .memory = MIB,
	  .max_memory = MIB,
	  .vcpus = 1,
	  .disks = &(const struct hv_disk){.vdev = "sda", .path = "/d", .major = 1},
	  .disk_count = 1}},
	{"has no path",
	 {.kernel = "k",
	  .memory = MIB,
	  .max_memory = MIB,
	  .vcpus = 1,
	  .disks = &(const struct hv_disk){.vdev = "xvda", .path = "", .major = 1},
	  .disk_count = 1}},
	{"has no path",
	 {.kernel = "k",
	  .memory = MIB,
	  .max_memory = MIB,
	  .vcpus = 1,
	  .disks = &(const struct hv_disk){.vdev = "xvda", .path = "", .cdrom = true},
	  .disk_count = 1}},
	{"a CD drive beyond",
	 {.type = HV_HVM,
	  .memory = MIB,
	  .max_memory = MIB,
	  .vcpus = 1,
	  .disks = &(const struct hv_disk){.vdev = "xvde", .path = "", .cdrom = true},
	  .disk_count = 1}},
	{"is no block device",
	 {.kernel = "k",
	  .memory = MIB,
	  .max_memory = MIB,
	  .vcpus = 1,
	  .disks = &(const struct hv_disk){.vdev = "xvda", .path = "/f"},
	  .disk_count = 1}},
};

static void test_refusals(void **state unused)
{
	for (size_t i = 0; i < array_len(bads); i++) {
		struct hv_config cfg = bads[i].cfg;
		struct qvm_err err = QVM_ERR_INIT;
		xl_domain_config(d);

		cfg.name = "v";
		assert_int_equal(config_make(&cfg, "/h", &d, &err), -QVM_E_VALUE);
		if (!strstr(err.text, bads[i].why))
			fail_msg("'%s' does not say '%s'", err.text, bads[i].why);
	}
}

static void test_memory(void **state unused)
{
	struct hv_config cfg = {.type = HV_PVH,
				.memory = 400 * MIB,
				.max_memory = 4000 * MIB,
				.vcpus = 2};

	/* 2 MiB for two processors, 1.6 MiB for the map, 2 MiB extra, rounded to 2 MiB */
	assert_int_equal(config_memory_need(&cfg), 406 * MIB);
	cfg.type = HV_PV;
	assert_int_equal(config_memory_need(&cfg), 402 * MIB);
	cfg.type = HV_HVM;
	cfg.stubdom_memory = 150 * MIB;
	assert_int_equal(config_memory_need(&cfg), 558 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_not_printed),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
