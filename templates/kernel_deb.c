/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A package of Debian is an `ar` of tars; one of them has the files. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "lib/alloc.h"
#include "templates/extract.h"
#include "templates/kernel_make.h"
#include "templates/stream.h"

static const char *plain(const char *name)
{
	return strncmp(name, "./", 2) == 0 ? name + 2 : name;
}

static bool is_wanted(const char *name)
{
	static const char *const starts[] = {"boot/vmlinuz", "lib/modules/",
					     "usr/lib/modules/"};

	name = plain(name);
	for (size_t i = 0; i < array_len(starts); i++)
		if (strncmp(name, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* Stands at the member that has the files. */
static int find_files(struct stream *s, struct archive *ar, struct qvm_err *err)
{
	struct archive_entry *entry;

	archive_read_support_format_ar(ar);
	if (stream_archive(s, ar, 0, err) < 0)
		return -err->kind;
	while (archive_read_next_header(ar, &entry) == ARCHIVE_OK)
		if (strncmp(archive_entry_pathname(entry), "data.tar", 8) == 0)
			return 0;
	return err_set(err, QVM_E_VALUE, "it is no package (.deb)");
}

int deb_unpack(int fd, struct qvm_err *err)
{
	struct archive *ar = archive_read_new();
	struct stream *outer = xcalloc(1, sizeof(*outer));
	struct stream *inner = xcalloc(1, sizeof(*inner));
	struct extract x = {.from = inner, .write = true, .wanted = is_wanted};
	int r;

	stream_init(outer, fd, NULL);
	stream_init(inner, -1, ar);
	r = find_files(outer, ar, err);
	if (r == 0)
		r = extract(&x, err);
	archive_read_free(ar);
	stream_dispose(inner);
	stream_dispose(outer);
	free(inner);
	free(outer);
	return r;
}
