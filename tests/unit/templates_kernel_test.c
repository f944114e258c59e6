/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include "templates/template.h"
#include "tests/unit/test.h"

#define IMAGE_SIZE 300000
#define SETUP 1024 /* two sectors, then the payload */

static struct qvm_ctx context_in(const char *folder)
{
	const char *libexec = getenv("QVM_TEST_LIBEXEC");

	return (struct qvm_ctx){
		.state_dir = xasprintf("%s/state", folder),
		.run_dir = xasprintf("%s/run", folder),
		.libexec_dir = xstrdup(libexec ? libexec : "build/modules"),
	};
}

/* Something that starts like a kernel and does not compress to nothing. */
static void make_image(char image[static IMAGE_SIZE], const char *magic)
{
	uint32_t x = 1;

	for (size_t i = 0; i < IMAGE_SIZE; i++)
		image[i] = (char)((x = x * 1103515245 + 12345) >> 20 & 0x3f);
	memcpy(image, magic, 4);
}

static void write_file(const char *path, const void *data, size_t len)
{
	assert_int_equal(file_replace(path, data, len, 0644, 0), 0);
}

static size_t pack(int filter, const char *image, char *into, size_t size)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0;

	archive_entry_set_pathname(entry, "kernel");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_set_format_raw(a);
	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(a, 1);
	assert_int_equal(archive_write_open_memory(a, into, size, &used), ARCHIVE_OK);
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, image, IMAGE_SIZE), IMAGE_SIZE);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(a);
	return used;
}

static void put32(char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char)(value >> 8 * i);
}

/* A vmlinuz at PATH as the kernel's build makes it: setup, payload, and its size. */
static void write_vmlinuz(const char *path, int filter, const char *magic, int cut)
{
	cleanup_free char *image = xcalloc(1, IMAGE_SIZE);
	cleanup_free char *file = xcalloc(1, 2 * IMAGE_SIZE + SETUP);
	size_t len;

	make_image(image, magic);
	len = pack(filter, image, file + SETUP, 2 * IMAGE_SIZE - 4);
	if (filter != ARCHIVE_FILTER_GZIP) {
		put32(file + SETUP + len, IMAGE_SIZE);
		len += 4;
	}
	file[0x1f1] = 1;
	memcpy(file + 0x1fe, "\x55\xaa", 2);
	memcpy(file + 0x202, "HdrS\x0f\x02", 6);
	put32(file + 0x24c, (uint32_t)len);
	write_file(path, file, SETUP + len - (size_t)cut);
}

static char *source_folder(const char *folder)
{
	char *path = xasprintf("%s/source", folder);

	assert_int_equal(dir_make(path, 0755), 0);
	return path;
}

static void unpacks_every_compression(void **state)
{
	static const int filters[] = {
		ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_LZMA,
		ARCHIVE_FILTER_XZ,   ARCHIVE_FILTER_LZ4,   ARCHIVE_FILTER_ZSTD,
	};
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *source = source_folder(*state);
	cleanup_free char *vmlinuz = xasprintf("%s/vmlinuz", source);
	cleanup_free char *want = xcalloc(1, IMAGE_SIZE);
	struct qvm_err err = QVM_ERR_INIT;

	make_image(want, "\177ELF");
	for (size_t i = 0; i < array_len(filters); i++) {
		cleanup_kernel struct kernel kernel = {0};
		cleanup_buf struct buf got = BUF_INIT;
		cleanup_free char *name = xasprintf("k%zu", i);

		write_vmlinuz(vmlinuz, filters[i], "\177ELF", 0);
		if (kernel_add(&ctx, source, name, &err) < 0 ||
		    kernel_find(&ctx, name, &kernel, &err) < 0)
			fail_msg("filter %d: %s", filters[i], err.text);
		assert_int_equal(file_read(kernel.image, 1 << 20, &got), 0);
		assert_int_equal(got.len, IMAGE_SIZE);
		assert_memory_equal(got.data, want, IMAGE_SIZE);
		assert_null(kernel.initramfs);
		assert_null(kernel.modules);
		assert_null(kernel.options);
	}
}

static void refused(struct qvm_ctx *ctx, const char *source, const char *why)
{
	struct qvm_err err = QVM_ERR_INIT;
	cleanup_strv struct strv names = STRV_INIT;
	cleanup_free char *staged = ctx_state_path(ctx, "kernels/.k.tmp");

	assert_true(kernel_add(ctx, source, "k", &err) < 0);
	if (!strstr(err.text, why))
		fail_msg("'%s' instead of '%s'", err.text, why);
	assert_int_equal(kernel_list(ctx, &names, &err), 0);
	assert_int_equal(names.n, 0);
	assert_int_equal(access(staged, F_OK), -1);
}

static void refuses_what_is_no_kernel(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *source = source_folder(*state);
	cleanup_free char *vmlinuz = xasprintf("%s/vmlinuz", source);
	cleanup_free char *vmlinux = xasprintf("%s/vmlinux", source);

	refused(&ctx, source, "it has no vmlinuz and no vmlinux");
	write_file(vmlinuz, "MZ", 2);
	refused(&ctx, source, "cut short");
	write_vmlinuz(vmlinuz, ARCHIVE_FILTER_XZ, "\177ELF", 1000);
	refused(&ctx, source, "cut short");
	write_vmlinuz(vmlinuz, ARCHIVE_FILTER_ZSTD, "\177ELG", 0);
	refused(&ctx, source, "not a kernel");
	write_file(vmlinux, "#!/bin/sh\n", 10);
	refused(&ctx, source, "its vmlinux is not an ELF file");
}

static void change_byte(const char *path, off_t from_end, char by)
{
	FILE *f = fopen(path, "r+");
	int c;

	assert_non_null(f);
	assert_int_equal(fseek(f, from_end, SEEK_END), 0);
	c = getc(f);
	assert_int_equal(fseek(f, from_end, SEEK_END), 0);
	putc(c ^ by, f);
	assert_int_equal(fclose(f), 0);
}

static void refuses_damage(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *source = source_folder(*state);
	cleanup_free char *vmlinuz = xasprintf("%s/vmlinuz", source);

	write_vmlinuz(vmlinuz, ARCHIVE_FILTER_ZSTD, "\177ELF", 0);
	change_byte(vmlinuz, -4, 1); /* the size it says */
	refused(&ctx, source, "does not unpack to");
	write_vmlinuz(vmlinuz, ARCHIVE_FILTER_ZSTD, "\177ELF", 0);
	change_byte(vmlinuz, -1, 0x40);
	refused(&ctx, source, "too large");
	write_vmlinuz(vmlinuz, ARCHIVE_FILTER_XZ, "\177ELF", 0);
	change_byte(vmlinuz, -100000, 0x55);
	refused(&ctx, source, "cannot unpack it");
}

static void takes_a_whole_folder(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *source = source_folder(*state);
	cleanup_free char *vmlinux = xasprintf("%s/vmlinux", source);
	cleanup_free char *initramfs = xasprintf("%s/initramfs", source);
	cleanup_free char *modules = xasprintf("%s/modules.img", source);
	cleanup_free char *options =
		xasprintf("%s/default-kernelopts-common.txt", source);
	cleanup_kernel struct kernel kernel = {0};
	cleanup_strv struct strv names = STRV_INIT;
	struct qvm_err err = QVM_ERR_INIT;

	write_file(vmlinux, "\177ELF and more", 13);
	write_file(initramfs, "initramfs", 9);
	write_file(modules, "modules", 7);
	write_file(options, "root=/dev/xvda ro\n", 18);
	assert_int_equal(kernel_add(&ctx, source, "6.1-lab", &err), 0);
	assert_int_equal(kernel_add(&ctx, source, "6.1-lab", &err), 0);
	assert_int_equal(kernel_find(&ctx, "6.1-lab", &kernel, &err), 0);
	assert_non_null(strstr(kernel.image, "kernels/6.1-lab/vmlinux"));
	assert_non_null(strstr(kernel.initramfs, "kernels/6.1-lab/initramfs"));
	assert_non_null(strstr(kernel.modules, "kernels/6.1-lab/modules.img"));
	assert_string_equal(kernel.options, "root=/dev/xvda ro");

	write_file(initramfs, "Initramfs", 9);
	assert_int_equal(kernel_add(&ctx, source, "6.1-lab", &err), -QVM_E_EXISTS);
	assert_int_equal(kernel_add(&ctx, source, "5.10", &err), 0);
	assert_int_equal(kernel_list(&ctx, &names, &err), 0);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.v[0], "5.10");
	assert_int_equal(kernel_remove(&ctx, "6.1-lab", &err), 0);
	assert_int_equal(kernel_remove(&ctx, "6.1-lab", &err), -QVM_E_NOT_FOUND);
	kernel_dispose(&kernel);
	assert_int_equal(kernel_find(&ctx, "6.1-lab", &kernel, &err), -QVM_E_NOT_FOUND);
}

/* One of gzip is unpacked once; damage is found when it is added. */
static void unpacks_the_initramfs(void **state)
{
	static const unsigned char packed[] = {
		0x1f, 0x8b, 0x08, 0,	0,    0,    0,	  0,	2,    3,
		0xcb, 0xcc, 0xcb, 0x2c, 0x29, 0x4a, 0xcc, 0x4d, 0x2b, 0x06,
		0,    0x24, 0x40, 0x19, 0xe7, 9,    0,	  0,	0};
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *source = source_folder(*state);
	cleanup_free char *vmlinux = xasprintf("%s/vmlinux", source);
	cleanup_free char *initramfs = xasprintf("%s/initramfs", source);
	cleanup_kernel struct kernel kernel = {0};
	cleanup_buf struct buf text = BUF_INIT;
	struct qvm_err err = QVM_ERR_INIT;

	write_file(vmlinux, "\177ELF and more", 13);
	write_file(initramfs, (const char *)packed, sizeof(packed));
	assert_int_equal(kernel_add(&ctx, source, "6.1", &err), 0);
	assert_int_equal(kernel_find(&ctx, "6.1", &kernel, &err), 0);
	assert_non_null(strstr(kernel.initramfs, "6.1/.cache/initramfs-"));
	assert_int_equal(file_read(kernel.initramfs, 100, &text), 0);
	assert_string_equal(buf_str(&text), "initramfs");

	change_byte(initramfs, -4, 1); /* the size it says */
	assert_true(kernel_add(&ctx, source, "6.2", &err) < 0);
	assert_non_null(strstr(err.text, "does not unpack to"));
}

static void uses_the_cache_until_the_file_changes(void **state)
{
	cleanup_ctx struct qvm_ctx ctx = context_in(*state);
	cleanup_free char *source = source_folder(*state);
	cleanup_free char *vmlinuz = xasprintf("%s/vmlinuz", source);
	cleanup_free char *placed = NULL;
	cleanup_kernel struct kernel first = {0};
	cleanup_kernel struct kernel second = {0};
	cleanup_kernel struct kernel third = {0};
	struct qvm_err err = QVM_ERR_INIT;
	struct stat before, after;

	write_vmlinuz(vmlinuz, ARCHIVE_FILTER_GZIP, "\177ELF", 0);
	assert_int_equal(kernel_add(&ctx, source, "k", &err), 0);
	assert_int_equal(kernel_find(&ctx, "k", &first, &err), 0);
	assert_int_equal(stat(first.image, &before), 0);
	assert_int_equal(kernel_find(&ctx, "k", &second, &err), 0);
	assert_int_equal(stat(second.image, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);

	placed = ctx_state_path(&ctx, "kernels/k/vmlinuz");
	write_vmlinuz(placed, ARCHIVE_FILTER_XZ, "\177ELF", 0);
	assert_int_equal(kernel_find(&ctx, "k", &third, &err), 0);
	assert_string_not_equal(first.image, third.image);
	assert_int_equal(access(first.image, F_OK), -1);
}

static void checks_names(void **state)
{
	static const char *const bad[] = {"",	 ".",	"..",  ".hidden",
					  "a/b", "a b", "a\n", "\xc3\xa4"};
	static const char *const good[] = {"6.1.0-25-amd64", "a", "A_b+c", "pvgrub2-pvh"};
	char name[67] = {0};
	struct qvm_err err;

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(kernel_name_check(bad[i], &err), -QVM_E_VALUE);
	for (size_t i = 0; i < array_len(good); i++)
		assert_int_equal(kernel_name_check(good[i], &err), 0);
	memset(name, 'k', 64);
	assert_int_equal(kernel_name_check(name, &err), 0);
	name[64] = 'k';
	assert_int_equal(kernel_name_check(name, &err), -QVM_E_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(unpacks_every_compression),
		in_folder(refuses_what_is_no_kernel),
		in_folder(refuses_damage),
		in_folder(takes_a_whole_folder),
		in_folder(unpacks_the_initramfs),
		in_folder(uses_the_cache_until_the_file_changes),
		cmocka_unit_test(checks_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
