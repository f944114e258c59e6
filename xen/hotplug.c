/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-hotplug: the program that libxl runs for each device, where it would run a shell
 * script. It tells the kernel's block backend which device to serve, and ends. Its whole
 * life is three exchanges with xenstored; it is linked statically and uses no stdio,
 * because it is on the path of every start, once a disk.
 *
 *	qvm-hotplug add|remove		disk; XENBUS_PATH names the backend's node
 *	qvm-hotplug online|offline ...	interface whose backend is dom0: nothing to do
 *
 * What it reads from xenstore is dom0's own. A failure is written to the node
 * hotplug-error, from where libxl logs it.
 */
#include "xen/hotplug_wire.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "lib/wire_link.h"

struct node {
	const char *name, *value;
};

/* Sends all writes, then reads all replies: one turn of the scheduler, not three. */
static int store_write(int fd, const char *dir, const struct node *nodes, size_t n)
{
	char buf[3 * WIRE_MESSAGE_MAX];
	char body[WIRE_VALUE_MAX + 1];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		size_t more = wire_write(buf + len, sizeof(buf) - len, (uint32_t)i + 2,
					 dir, nodes[i].name, nodes[i].value);

		if (!more)
			return -ENAMETOOLONG;
		len += more;
	}
	if (wire_send(fd, buf, len))
		return -EIO;
	for (size_t i = 0; i < n; i++) {
		int r = wire_reply(fd, (uint32_t)i + 2, wire_types[WIRE_WRITE], body);

		if (r < 0)
			return r;
	}
	return 0;
}

static int give_up(int fd, const char *dir, const char *why)
{
	const struct node nodes[] = {{"hotplug-error", why}, {"hotplug-status", "error"}};

	(void)store_write(fd, dir, nodes, array_len(nodes)); /* failing anyway */
	return 1;
}

static char *put_decimal(char *at, uint32_t value)
{
	if (value >= 10)
		at = put_decimal(at, value / 10);
	*at++ = (char)('0' + value % 10);
	return at;
}

/* The kernel knows the device: blkback would report its absence to the guest only. */
static bool device_there(const struct hotplug_disk *disk)
{
	static const char dir[] = "/sys/dev/block/";
	char path[sizeof(dir) + 22];
	char *at = path + strlen(dir);

	memcpy(path, dir, sizeof(dir));
	at = put_decimal(at, disk->major);
	*at++ = ':';
	*put_decimal(at, disk->minor) = '\0';
	return access(path, F_OK) == 0;
}

static int add_disk(int fd, const char *dir)
{
	char buf[WIRE_MESSAGE_MAX];
	char params[WIRE_VALUE_MAX + 1];
	size_t len = wire_read(buf, sizeof(buf), 1, dir, "params");
	struct hotplug_disk disk;

	if (!len || wire_send(fd, buf, len))
		return 1;
	if (wire_reply(fd, 1, wire_types[WIRE_READ], params))
		return give_up(fd, dir, "the disk's node in xenstore cannot be read");
	if (hotplug_disk_parse(params, &disk))
		return give_up(fd, dir, "the disk's node in xenstore is not one of qvm");
	if (!device_there(&disk))
		return give_up(fd, dir, "the block device does not exist");

	/* libxl looks for the path to start a device model, blkback for the device. */
	const struct node nodes[] = {
		{"physical-device-path", disk.path},
		{"physical-device", disk.device},
		{"hotplug-status", "connected"},
	};
	size_t skip = disk.path ? 0 : 1;

	if (store_write(fd, dir, nodes + skip, array_len(nodes) - skip))
		return give_up(fd, dir, "the disk's node cannot be written");
	return 0;
}

static int add_nic(int fd, const char *dir)
{
	const struct node nodes[] = {{"hotplug-status", "connected"}};

	return store_write(fd, dir, nodes, array_len(nodes)) ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *dir = getenv("XENBUS_PATH");
	bool disk = argc > 1 && strcmp(argv[1], "add") == 0;
	bool nic = argc > 1 && strcmp(argv[1], "online") == 0;
	int fd;

	if (!disk && !nic)
		return 0; /* what goes away needs nothing undone */
	if (!dir || strlen(dir) > WIRE_PATH_MAX - 32)
		return 2;
	fd = wire_open();
	if (fd < 0)
		return 3;
	return disk ? add_disk(fd, dir) : add_nic(fd, dir);
}
