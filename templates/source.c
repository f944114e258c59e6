/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/size.h"

#define DISK_MAX (UINT64_C(1) << 46)

const char *const source_kinds[SOURCE_KIND_COUNT] = {
	[SOURCE_ARCHIVE] = "archive", [SOURCE_TREE] = "tree",
	[SOURCE_LAYOUT] = "layout",   [SOURCE_RAW] = "raw",
	[SOURCE_QCOW2] = "qcow2",     [SOURCE_VMDK] = "vmdk",
	[SOURCE_PACK] = "template",
};

static uint64_t number(const uint8_t *at, int bytes, bool big)
{
	uint64_t n = 0;

	for (int i = 0; i < bytes; i++)
		n = n << 8 | at[big ? i : bytes - 1 - i];
	return n;
}

/* What tells a disk: a partition table, or a file system on all of it. */
static const struct {
	size_t at;
	const char *bytes;
	size_t len;
} disk_marks[] = {
	{512, "EFI PART", 8},		{4096, "EFI PART", 8},
	{0x438, "\x53\xef", 2},		{0, "XFSB", 4},
	{0x10040, "_BHRfS_M", 8},	{0, "hsqs", 4},
	{0x400, "\x10\x20\xf5\xf2", 4},
};

static bool marked(const uint8_t *head, size_t len, size_t at, const char *bytes,
		   size_t count)
{
	return len >= at + count && memcmp(head + at, bytes, count) == 0;
}

/* 55 aa alone also ends the first sector of other things: some entry must make sense. */
static bool has_mbr(const uint8_t *head, size_t len)
{
	if (!marked(head, len, 510, "\x55\xaa", 2))
		return false;
	for (size_t at = 446; at < 510; at += 16)
		if ((head[at] & 0x7f) == 0 && head[at + 4] &&
		    number(head + at + 12, 4, false))
			return true;
	return false;
}

static bool is_disk(const uint8_t *head, size_t len)
{
	if (marked(head, len, 257, "ustar", 5))
		return false;
	for (size_t i = 0; i < array_len(disk_marks); i++)
		if (marked(head, len, disk_marks[i].at, disk_marks[i].bytes,
			   disk_marks[i].len))
			return true;
	return has_mbr(head, len);
}

static int judge_qcow2(const uint8_t *head, size_t len, struct source *ret,
		       struct qvm_err *err)
{
	uint64_t version = len >= 104 ? number(head + 4, 4, true) : 0;

	if (version != 2 && version != 3)
		return err_set(err, QVM_E_VALUE, "it is no qcow2 disk of version 2 or 3");
	if (number(head + 8, 8, true))
		return err_set(err, QVM_E_VALUE,
			       "its disk leans on another file (a backing file)");
	/* Bit 2 of the incompatible features: the data are in another file. */
	if (version == 3 && number(head + 72, 8, true) & 4)
		return err_set(err, QVM_E_VALUE,
			       "its disk keeps the data in another file");
	if (number(head + 32, 4, true))
		return err_set(err, QVM_E_VALUE, "its disk is encrypted");
	ret->kind = SOURCE_QCOW2;
	ret->disk = number(head + 24, 8, true);
	return 0;
}

static int judge_vmdk(const uint8_t *head, size_t len, struct source *ret,
		      struct qvm_err *err)
{
	if (len < 512)
		return err_set(err, QVM_E_VALUE, "its disk is cut short");
	if (number(head + 28, 8, false) == 0)
		return err_set(err, QVM_E_VALUE,
			       "its disk leans on other files: it has no descriptor");
	ret->kind = SOURCE_VMDK;
	ret->disk = number(head + 12, 8, false);
	if (ret->disk > DISK_MAX / 512)
		return err_set(err, QVM_E_VALUE, "its disk would be too large");
	ret->disk *= 512;
	return 0;
}

static int judge_any(const uint8_t *head, size_t len, uint64_t size, struct source *ret,
		     struct qvm_err *err)
{
	static const char text[] = "# Disk DescriptorFile";

	*ret = (struct source){.kind = SOURCE_ARCHIVE, .size = size};
	if (marked(head, len, 0, "QFI\xfb", 4))
		return judge_qcow2(head, len, ret, err);
	if (marked(head, len, 0, "KDMV", 4))
		return judge_vmdk(head, len, ret, err);
	if (marked(head, len, 0, text, strlen(text)))
		return err_set(err, QVM_E_VALUE, "its disk lies in other files");
	if (is_disk(head, len)) {
		ret->kind = SOURCE_RAW;
		ret->disk = size;
	}
	return 0;
}

int source_judge(const uint8_t *head, size_t len, uint64_t size, struct source *ret,
		 struct qvm_err *err)
{
	int r = judge_any(head, len, size, ret, err);

	if (r < 0 || ret->kind < SOURCE_RAW)
		return r;
	if (ret->disk == 0 || ret->disk > DISK_MAX)
		return err_set(err, QVM_E_VALUE, "its disk would be of %s size",
			       ret->disk ? "an impossible" : "no");
	return 0;
}

static int look_at_folder(int fd, struct source *ret, struct qvm_err *err)
{
	*ret = (struct source){.kind = SOURCE_TREE};
	if (faccessat(fd, "oci-layout", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		ret->kind = SOURCE_LAYOUT;
	else if (errno != ENOENT)
		return err_errno(err, -errno, "cannot look into it");
	return 0;
}

int source_look(const char *path, struct source *ret, struct qvm_err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_free uint8_t *head = xcalloc(1, SOURCE_HEAD);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, -errno, "cannot open it");
	if (S_ISDIR(st.st_mode))
		return look_at_folder(fd, ret, err);
	if (!S_ISREG(st.st_mode))
		return err_set(err, QVM_E_VALUE, "it is no file and no folder");
	n = pread(fd, head, SOURCE_HEAD, 0);
	if (n < 0)
		return err_errno(err, -errno, "cannot read it");
	return source_judge(head, (size_t)n, (uint64_t)st.st_size, ret, err);
}
