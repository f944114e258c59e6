/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure parts of the view and of the logger, and what `open` says without a Xen. */
#include <stdint.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/size.h"
#include "lib/socket.h"
#include "tests/unit/test.h"
#include "xen/log.h"
#include "xen/map.h"
#include "xen/store.h"
#include "xen/xen.h"

static void test_dom(void **state unused)
{
	xc_domaininfo_t info = {
		.domain = 7,
		.flags = XEN_DOMINF_paused | XEN_DOMINF_shutdown |
			 SHUTDOWN_watchdog << XEN_DOMINF_shutdownshift,
		.tot_pages = 256,
		.max_pages = UINT64_MAX,
		.cpu_time = 1234567890123,
		.nr_online_vcpus = 3,
		.handle = {1, 2, 3, [15] = 0xff},
	};
	struct hv_dom dom;

	map_dom(&info, &dom);
	assert_int_equal(dom.id.domid, 7);
	assert_int_equal(dom.id.uuid.b[2], 3);
	assert_int_equal(dom.id.uuid.b[15], 0xff);
	assert_true(dom.paused && dom.shutdown && !dom.dying && !dom.blocked);
	assert_int_equal(dom.reason, HV_END_WATCHDOG);
	assert_int_equal(dom.memory, MIB);
	assert_true(dom.max_memory == UINT64_MAX);
	assert_true(dom.cpu_ns == 1234567890123);
	assert_int_equal(dom.vcpus, 3);
	assert_int_equal(map_end(&dom), HV_END_WATCHDOG);

	/* A code without the flag is left from before and says nothing. */
	info.flags = XEN_DOMINF_blocked | SHUTDOWN_crash << XEN_DOMINF_shutdownshift;
	map_dom(&info, &dom);
	assert_true(dom.blocked && !dom.shutdown);
	assert_int_equal(dom.reason, 0);
	assert_int_equal(map_end(&dom), -1);

	info.flags = XEN_DOMINF_dying;
	map_dom(&info, &dom);
	assert_int_equal(map_end(&dom), HV_END_GONE);
}

static void test_reason(void **state unused)
{
	assert_int_equal(map_reason(SHUTDOWN_poweroff), HV_END_POWEROFF);
	assert_int_equal(map_reason(SHUTDOWN_reboot), HV_END_REBOOT);
	assert_int_equal(map_reason(SHUTDOWN_soft_reset), HV_END_REBOOT);
	assert_int_equal(map_reason(SHUTDOWN_suspend), HV_END_SUSPEND);
	assert_int_equal(map_reason(SHUTDOWN_crash), HV_END_CRASH);
	assert_int_equal(map_reason(SHUTDOWN_watchdog), HV_END_WATCHDOG);
	assert_int_equal(map_reason(255), HV_END_CRASH);
}

static void test_host(void **state unused)
{
	xc_physinfo_t info = {
		.total_pages = 1024 * 256,
		.free_pages = 100 * 256,
		.scrub_pages = 10 * 256,
		.outstanding_pages = 30 * 256,
		.nr_cpus = 4,
		.capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_pv,
	};
	struct hv_host host = {0};

	map_host(&info, &host);
	assert_int_equal(host.memory, 1024 * MIB);
	assert_int_equal(host.memory_free, 80 * MIB);
	assert_int_equal(host.cpus, 4);
	assert_true(host.hvm && host.pv && !host.hap);
	info.outstanding_pages = 1000 * 256; /* more than there is: nothing is free */
	map_host(&info, &host);
	assert_int_equal(host.memory_free, 0);
}

static void test_trim(void **state unused)
{
	static const char *const cases[][2] = {
		{"libxl_create.c:644:libxl__domain_make: Domain 4:domain creation fail",
		 "domain creation fail"},
		{"libxl.c:12: no function", "no function"},
		{"panic: xg_dom_boot.c:119: xc_dom_boot_mem_init: can't allocate low "
		 "memory for domain: Out of memory",
		 "can't allocate low memory for domain: Out of memory"},
		{"libxl.c:12:f: Domain :x", "Domain :x"},
		{"xc_dom_boot.c:1", "xc_dom_boot.c:1"},
		{"plain: text", "plain: text"},
		{"", ""},
		{"Domain 12:", ""},
	};

	for (size_t i = 0; i < array_len(cases); i++)
		assert_string_equal(xen_log_trim(cases[i][0]), cases[i][1]);
}

static void say(struct xen_log *log, xentoollog_level level, int errnum,
		const char *format, ...) printf_like(4, 5);
static void say(struct xen_log *log, xentoollog_level level, int errnum,
		const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log->base.vmessage(&log->base, level, errnum, "libxl", format, ap);
	va_end(ap);
}

static void count(void *arg, enum qvm_level level unused, const char *text unused)
{
	++*(int *)arg;
}

static void test_log(void **state unused)
{
	int lines = 0;
	struct qvm_ctx ctx = {.level = QVM_LEVEL_INFO, .log = count, .log_arg = &lines};
	struct xen_log log;

	xen_log_init(&log, &ctx);
	say(&log, XTL_DEBUG, -1, "noise");
	assert_string_equal(log.text, "");
	assert_int_equal(lines, 0);
	say(&log, XTL_ERROR, ENOMEM, "a.c:1:f: Domain 3:first.\nline");
	assert_string_equal(log.text, "first");
	assert_int_equal(log.errnum, ENOMEM);
	assert_int_equal(lines, 1);
	say(&log, XTL_ERROR, -1, "what followed");
	assert_string_equal(log.text, "first");
	say(&log, XTL_ERROR, -1, "a.c:9:f: script: the block device does not exist");
	assert_string_equal(log.text, "the block device does not exist");
	assert_int_equal(log.errnum, 0);
	xen_log_reset(&log);
	assert_string_equal(log.text, "");
}

static void test_open(void **state unused)
{
	struct qvm_ctx ctx = {.level = QVM_LEVEL_ERROR};
	struct qvm_err err = QVM_ERR_INIT;
	void *view = NULL;
	int r;

	if (access("/dev/xen/privcmd", F_OK) == 0)
		skip();
	r = hv_view_xen.open(&ctx, &view, &err);
	assert_int_equal(r, -QVM_E_NO_XEN);
	assert_non_null(strstr(err.text, "cannot reach the hypervisor"));
	assert_null(view);
}

static void test_store(void **state)
{
	cleanup_free char *path = xasprintf("%s/socket", (char *)*state);
	int fd;

	assert_false(store_socket_is_dead(path)); /* none: another kind of store */
	fd = unix_listen(path, 0600, 1);
	assert_true(fd >= 0);
	assert_false(store_socket_is_dead(path));
	close(fd);
	assert_true(store_socket_is_dead(path));
}

static void test_null(void **state unused)
{
	struct hv_id id = {.domid = 3};
	struct qvm_err err = QVM_ERR_INIT;
	struct hv_dom dom, *doms = NULL;
	size_t n = 1;

	assert_int_equal(hv_view_null.list(NULL, &doms, &n, &err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(hv_view_null.find(NULL, &id, &dom, &err), -QVM_E_NOT_RUNNING);
	assert_int_equal(hv_null.destroy(NULL, &id, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dom),  cmocka_unit_test(test_reason),
		cmocka_unit_test(test_host), cmocka_unit_test(test_trim),
		cmocka_unit_test(test_log),  cmocka_unit_test(test_open),
		cmocka_unit_test(test_null), in_folder(test_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
