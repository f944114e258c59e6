/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue of what a hostile sender of files tries, and what it is told. */
#ifndef QVM_TESTS_UNIT_QREXEC_QFILE_ATTACKS_H
#define QVM_TESTS_UNIT_QREXEC_QFILE_ATTACKS_H

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
	FILE_MODE = S_IFREG | 0640,
	FOLDER_MODE = S_IFDIR | 0750,
	LINK_MODE = S_IFLNK | 0777
};

struct object {
	const char *name;
	uint32_t mode;
	const char *content;
};

struct attack {
	const char *title;
	struct object objects[5];
	uint32_t code;
	int left; /* honest objects before it, which stay */
};

static const struct attack attacks[] = {
	{"one up", {{"../x", FILE_MODE, "x"}}, EINVAL, 0},
	{"up within", {{"a", FOLDER_MODE, ""}, {"a/../../x", FILE_MODE, "x"}}, EINVAL, 1},
	{"absolute", {{"/tmp/x", FILE_MODE, "x"}}, EINVAL, 0},
	{"the folder itself", {{".", FOLDER_MODE, ""}}, EINVAL, 0},
	{"up as folder", {{"..", FOLDER_MODE, ""}}, EINVAL, 0},
	{"empty part", {{"a", FOLDER_MODE, ""}, {"a//b", FILE_MODE, "x"}}, EINVAL, 1},
	{"slash behind", {{"a/", FOLDER_MODE, ""}}, EINVAL, 0},
	{"dot within", {{"a", FOLDER_MODE, ""}, {"a/./b", FILE_MODE, "x"}}, EINVAL, 1},
	{"empty name", {{"", FILE_MODE, "x"}}, EINVAL, 0},
	{"link at the top", {{"l", LINK_MODE, "x"}}, ENOLINK, 0},
	{"link to the root",
	 {{"a", FOLDER_MODE, ""}, {"a/l", LINK_MODE, "/"}},
	 ENOLINK,
	 1},
	{"link up", {{"a", FOLDER_MODE, ""}, {"a/l", LINK_MODE, ".."}}, ENOLINK, 1},
	{"link far up",
	 {{"a", FOLDER_MODE, ""},
	  {"a/b", FOLDER_MODE, ""},
	  {"a/b/l", LINK_MODE, "../../x"}},
	 ENOLINK,
	 2},
	{"link down and up",
	 {{"a", FOLDER_MODE, ""}, {"a/l", LINK_MODE, "b/../../../x"}},
	 ENOLINK,
	 1},
	{"link that turns back",
	 {{"a", FOLDER_MODE, ""}, {"a/b", FOLDER_MODE, ""}, {"a/b/l", LINK_MODE, "c/.."}},
	 ENOLINK,
	 2},
	{"empty link", {{"a", FOLDER_MODE, ""}, {"a/l", LINK_MODE, ""}}, EINVAL, 1},
	{"file through a link",
	 {{"a", FOLDER_MODE, ""},
	  {"a/d", FOLDER_MODE, ""},
	  {"a/d", FOLDER_MODE, ""},
	  {"a/l", LINK_MODE, "d"},
	  {"a/l/x", FILE_MODE, "x"}},
	 ENOENT,
	 3},
	{"folder over a link",
	 {{"a", FOLDER_MODE, ""}, {"a/l", LINK_MODE, "d"}, {"a/l", FOLDER_MODE, ""}},
	 EEXIST,
	 2},
	{"file over a link",
	 {{"a", FOLDER_MODE, ""}, {"a/l", LINK_MODE, "d"}, {"a/l", FILE_MODE, "x"}},
	 EEXIST,
	 2},
	{"a file twice", {{"x", FILE_MODE, "1"}, {"x", FILE_MODE, "2"}}, EEXIST, 1},
	{"a folder thrice",
	 {{"a", FOLDER_MODE, ""}, {"a", FOLDER_MODE, ""}, {"a", FOLDER_MODE, ""}},
	 EEXIST,
	 1},
	{"a folder over a file",
	 {{"x", FILE_MODE, "1"}, {"x", FOLDER_MODE, ""}},
	 EEXIST,
	 1},
	{"through a file", {{"x", FILE_MODE, "1"}, {"x/y", FILE_MODE, "2"}}, ENOENT, 1},
	{"into what was left",
	 {{"a", FOLDER_MODE, ""}, {"a", FOLDER_MODE, ""}, {"a/x", FILE_MODE, "x"}},
	 ENOENT,
	 1},
	{"into a name's beginning",
	 {{"ab", FOLDER_MODE, ""}, {"a/x", FILE_MODE, "x"}},
	 ENOENT,
	 1},
	{"without its folder", {{"a/x", FILE_MODE, "x"}}, ENOENT, 0},
	{"set-user-id", {{"x", S_IFREG | 04755, "x"}}, EPERM, 0},
	{"set-group-id", {{"x", S_IFREG | 02755, "x"}}, EPERM, 0},
	{"character device", {{"x", S_IFCHR | 0600, ""}}, EINVAL, 0},
	{"block device", {{"x", S_IFBLK | 0600, ""}}, EINVAL, 0},
	{"pipe", {{"x", S_IFIFO | 0600, ""}}, EINVAL, 0},
	{"socket", {{"x", S_IFSOCK | 0600, ""}}, EINVAL, 0},
	{"no kind", {{"x", 0600, ""}}, EINVAL, 0},
	{"every kind", {{"x", 0xffffffff, ""}}, EINVAL, 0},
	{"a folder with content", {{"a", FOLDER_MODE, "xx"}}, EINVAL, 0},
	{"newline", {{"a\nb", FILE_MODE, "x"}}, EILSEQ, 0},
	{"escape", {{"a\033[1mb", FILE_MODE, "x"}}, EILSEQ, 0},
	{"delete", {{"a\177", FILE_MODE, "x"}}, EILSEQ, 0},
	{"no UTF-8", {{"a\xff", FILE_MODE, "x"}}, EILSEQ, 0},
	{"cut UTF-8", {{"a\xc3", FILE_MODE, "x"}}, EILSEQ, 0},
	{"overlong slash",
	 {{"..\xc0\xaf"
	   "x",
	   FILE_MODE, "x"}},
	 EILSEQ,
	 0},
	{"overlong, three", {{"\xe0\x80\xaf", FILE_MODE, "x"}}, EILSEQ, 0},
	{"surrogate", {{"\xed\xa0\x80", FILE_MODE, "x"}}, EILSEQ, 0},
	{"beyond Unicode", {{"\xf4\x90\x80\x80", FILE_MODE, "x"}}, EILSEQ, 0},
	{"right to left",
	 {{"a\xe2\x80\xae"
	   "b",
	   FILE_MODE, "x"}},
	 EILSEQ,
	 0},
	{"zero width",
	 {{"a\xe2\x80\x8b"
	   "b",
	   FILE_MODE, "x"}},
	 EILSEQ,
	 0},
	{"no-break space",
	 {{"a\xc2\xa0"
	   "b",
	   FILE_MODE, "x"}},
	 EILSEQ,
	 0},
	{"private use", {{"\xee\x80\x80", FILE_MODE, "x"}}, EILSEQ, 0},
	{"unassigned", {{"\xcd\xb8", FILE_MODE, "x"}}, EILSEQ, 0},
	{"link with escape",
	 {{"a", FOLDER_MODE, ""}, {"a/l", LINK_MODE, "\033c"}},
	 EILSEQ,
	 1},
};

#endif
