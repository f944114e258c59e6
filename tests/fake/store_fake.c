/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fake/store_fake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/size.h"

/* The rest of the line of fake-storage that starts with KEY, or NULL. */
static char *line_of(struct qvm_ctx *ctx, const char *key)
{
	cleanup_free char *path = ctx_state_path(ctx, "fake-storage");
	cleanup_buf struct buf text = BUF_INIT;
	size_t len = strlen(key);

	if (file_read(path, 65536, &text) < 0)
		return NULL;
	for (const char *at = buf_str(&text); *at; at += *at == '\n') {
		size_t end = strcspn(at, "\n");

		if (end > len && strncmp(at, key, len) == 0 && at[len] == ' ')
			return xstrndup(at + len + 1, end - len - 1);
		at += end;
	}
	return NULL;
}

int fake_may(struct qvm_ctx *ctx, const char *op, struct qvm_err *err)
{
	cleanup_free char *key = xasprintf("fail %s", op);
	cleanup_free char *text = line_of(ctx, key);

	return text ? err_set(err, QVM_E_STORAGE, "%s", text) : 0;
}

static int copy_range(int in, int out, off_t at, off_t end)
{
	char chunk[65536];

	while (at < end) {
		size_t want = end - at < (off_t)sizeof(chunk) ? (size_t)(end - at)
							      : sizeof(chunk);
		ssize_t n = pread(in, chunk, want, at);

		if (n <= 0 || pwrite(out, chunk, (size_t)n, at) != n)
			return n == 0 ? -EIO : -errno;
		at += n;
	}
	return 0;
}

static int copy_data(int in, int out)
{
	off_t at = 0, end;
	int r;

	while ((at = lseek(in, at, SEEK_DATA)) >= 0) {
		end = lseek(in, at, SEEK_HOLE);
		r = end < 0 ? -errno : copy_range(in, out, at, end);
		if (r < 0)
			return r;
		at = end;
	}
	/* A block device does not tell where its holes are. */
	if (errno == EINVAL) {
		end = lseek(in, 0, SEEK_END);
		return end < 0 ? -errno : copy_range(in, out, 0, end);
	}
	return errno == ENXIO ? 0 : -errno;
}

int fake_file_make(const char *file, const char *from, uint64_t size, bool readonly)
{
	cleanup_close int in = -1;
	cleanup_close int out =
		open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, readonly ? 0444 : 0644);
	struct stat st;

	if (out < 0)
		return -errno;
	if (from) {
		in = open(from, O_RDONLY | O_CLOEXEC);
		if (in < 0 || fstat(in, &st) < 0) {
			unlink(file);
			return -errno;
		}
		if (!size)
			size = (uint64_t)st.st_size;
	}
	if (ftruncate(out, (off_t)size) < 0)
		return -errno;
	return from ? copy_data(in, out) : 0;
}

int fake_file_device(const char *file, struct block_dev *ret, struct qvm_err *err)
{
	struct block_dev dev = {0};

	if (access(file, F_OK) < 0)
		return err_set(err, QVM_E_NOT_FOUND, "there is no volume '%s'", file);
	if (strlen(file) >= sizeof(dev.path))
		return err_set(err, QVM_E_STORAGE, "the path '%s' is too long", file);
	strcpy(dev.path, file);
	*ret = dev;
	return 0;
}

void fake_usage(struct qvm_ctx *ctx, const char *key, const char *folder, uint64_t size,
		struct pool_usage *ret)
{
	cleanup_free char *line = line_of(ctx, key);
	struct pool_usage usage = {.size = size};
	cleanup_strv struct strv words = STRV_INIT;
	struct qvm_err ignored;

	if (line)
		strv_split(&words, line, " ");
	if (words.n == 2 && size_parse(words.v[0], &usage.size) == 0 &&
	    size_parse(words.v[1], &usage.used) == 0) {
		*ret = usage;
		return;
	}
	if (words.n == 1 && size_parse(words.v[0], &usage.size) < 0)
		usage.size = size;
	strv_dispose(&words);
	if (fake_list(folder, &words, &ignored) < 0)
		words.n = 0;
	for (size_t i = 0; i < words.n; i++) {
		cleanup_free char *path = xasprintf("%s/%s", folder, words.v[i]);
		struct stat st;

		if (stat(path, &st) == 0)
			usage.used += (uint64_t)st.st_blocks * 512;
	}
	*ret = usage;
}

int fake_list(const char *folder, struct strv *ret, struct qvm_err *err)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	if (!dir)
		return err_errno(err, -errno, "cannot read '%s'", folder);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			strv_add(ret, entry->d_name);
	closedir(dir);
	strv_sort(ret);
	return 0;
}
