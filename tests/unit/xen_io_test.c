/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters of disks and interfaces, from files as the kernel has them. */
#include "tests/unit/test.h"

#include <sys/stat.h>

#include "xen/io.h"

static void put(const char *root, const char *path, const char *text)
{
	cleanup_free char *full = xasprintf("%s/%s", root, path);
	cleanup_free char *dir = xstrdup(full);

	*strrchr(dir, '/') = '\0';
	assert_int_equal(dir_make(dir, 0755), 0);
	assert_int_equal(file_replace(full, text, strlen(text), 0644, 0), 0);
}

static void disk(const char *root, const char *device, const char *number,
		 const char *mode)
{
	cleanup_free char *a = xasprintf("sys/bus/xen-backend/devices/%s/mode", device);
	cleanup_free char *b =
		xasprintf("sys/bus/xen-backend/devices/%s/physical_device", device);

	put(root, a, mode);
	put(root, b, number);
}

static void test_io(void **state)
{
	const struct hv_id ids[] = {{.domid = 3}, {.domid = 9}, {.domid = 12}};
	struct io io = {.root = *state};
	struct hv_io got[3];

	put(*state, "proc/diskstats",
	    " 254       0 vda 900 0 9000 0 1 0 8 0 0 0 0\n"
	    " 253       5 dm-5 10 0 100 7 20 0 200 9 0 16 16 0 0 0 0 0 0\n"
	    " 253      16 dm-16 1 0 3 0 1 0 4 0 0 0 0\n"
	    " 253      17 dm-17 1 0 1000 0 1 0 1000 0 0 0 0\n"
	    " 7         2 loop2 1 0 50 0 1 0 60 0 0 0 0\n"
	    "broken\n");
	put(*state, "proc/net/dev",
	    "Inter-|   Receive  |  Transmit\n"
	    " face |bytes packets errs drop fifo frame compressed multicast|bytes\n"
	    "    lo: 77 1 0 0 0 0 0 0 77 1 0 0 0 0 0 0\n"
	    " vif9.0: 1000 1 0 0 0 0 0 0 3000 1 0 0 0 0 0 0\n"
	    "vif99.0: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n");
	disk(*state, "vbd-3-51712", "fd:5\n", "w\n");
	disk(*state, "vbd-3-51728", "fd:10\n", "w!\n");
	disk(*state, "vbd-3-51744", "fd:11\n", "r\n"); /* shared by many */
	disk(*state, "vbd-9-51712", "7:2\n", "w\n");
	disk(*state, "vbd-77-51712", "fd:11\n", "w\n"); /* gone meanwhile */

	assert_int_equal(io_read(&io, ids, 3, got), 0);
	assert_true(got[0].known && got[1].known && !got[2].known);
	assert_int_equal(got[0].read_bytes, 103 * 512);
	assert_int_equal(got[0].write_bytes, 204 * 512);
	assert_int_equal(got[1].read_bytes, 50 * 512);
	assert_int_equal(got[1].rx_bytes, 3000);
	assert_int_equal(got[1].tx_bytes, 1000);

	/* the devices are looked up again when another domain runs */
	disk(*state, "vbd-12-51712", "fd:11\n", "w\n");
	assert_int_equal(io_read(&io, ids, 3, got), 0);
	assert_false(got[2].known);
	assert_int_equal(io_read(&io, ids, 2, got), 0);
	assert_int_equal(io_read(&io, ids, 3, got), 0);
	assert_true(got[2].known);
	assert_int_equal(got[2].write_bytes, 1000 * 512);
	io_dispose(&io);
}

static void test_nothing(void **state)
{
	const struct hv_id ids[] = {{.domid = 3}};
	struct io io = {.root = *state};
	struct hv_io got[1];

	assert_int_equal(io_read(&io, ids, 1, got), 0);
	assert_false(got[0].known);
	io_dispose(&io);
}

int main(void)
{
	const struct CMUnitTest tests[] = {in_folder(test_io), in_folder(test_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
