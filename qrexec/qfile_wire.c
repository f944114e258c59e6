/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qrexec/qfile.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { NS_MAX = 999999999 };

static void put32(uint8_t *out, uint32_t value)
{
	memcpy(out, &value, sizeof(value));
}

static uint32_t get32(const uint8_t *in)
{
	uint32_t value;

	memcpy(&value, in, sizeof(value));
	return value;
}

void qfile_header_put(uint8_t out[static QFILE_HEADER], const struct qfile_header *h)
{
	put32(out, h->name_len);
	put32(out + 4, h->mode);
	memcpy(out + 8, &h->size, sizeof(h->size));
	put32(out + 16, h->atime);
	put32(out + 20, h->atime_ns);
	put32(out + 24, h->mtime);
	put32(out + 28, h->mtime_ns);
}

void qfile_header_get(const uint8_t in[static QFILE_HEADER], struct qfile_header *ret)
{
	ret->name_len = get32(in);
	ret->mode = get32(in + 4);
	memcpy(&ret->size, in + 8, sizeof(ret->size));
	ret->atime = get32(in + 16);
	ret->atime_ns = get32(in + 20);
	ret->mtime = get32(in + 24);
	ret->mtime_ns = get32(in + 28);
}

int qfile_header_check(const struct qfile_header *untrusted)
{
	const struct qfile_header *h = untrusted;

	if (h->name_len > QFILE_NAME_MAX)
		return ENAMETOOLONG;
	if (h->atime_ns > NS_MAX || h->mtime_ns > NS_MAX || h->size > INT64_MAX ||
	    h->mode & ~(uint32_t)(S_IFMT | 07777))
		return EINVAL;
	switch (h->mode & S_IFMT) {
	case S_IFREG:
		/* A program of ours with its rights is not for others to send. */
		return h->mode & (S_ISUID | S_ISGID) ? EPERM : 0;
	case S_IFDIR:
		return h->size ? EINVAL : 0;
	case S_IFLNK:
		return h->size == 0		      ? EINVAL
		       : h->size > QFILE_NAME_MAX - 1 ? ENAMETOOLONG
						      : 0;
	default:
		return EINVAL;
	}
}

size_t qfile_answer_put(uint8_t out[static QFILE_ANSWER_MAX],
			const struct qfile_answer *a)
{
	size_t len = strnlen(a->name, QFILE_NAME_MAX - 1);

	put32(out, a->code);
	put32(out + 4, 0);
	memcpy(out + 8, &a->crc, sizeof(a->crc));
	put32(out + QFILE_ANSWER, (uint32_t)len);
	memcpy(out + QFILE_ANSWER + 4, a->name, len);
	return QFILE_ANSWER + 4 + len;
}

int qfile_answer_get(const uint8_t *untrusted, size_t len, struct qfile_answer *ret)
{
	uint32_t name_len = 0;

	if (len < QFILE_ANSWER)
		return -EBADMSG;
	ret->code = get32(untrusted);
	memcpy(&ret->crc, untrusted + 8, sizeof(ret->crc));
	if (len >= QFILE_ANSWER + 4)
		name_len = get32(untrusted + QFILE_ANSWER);
	if (name_len >= QFILE_NAME_MAX || (name_len && len < QFILE_ANSWER + 4 + name_len))
		return -EBADMSG;
	memcpy(ret->name, untrusted + QFILE_ANSWER + 4, name_len);
	ret->name[name_len] = '\0';
	return 0;
}

struct code_text {
	uint32_t code;
	const char *text;
};

static const struct code_text code_texts[] = {
	{0, "no error"},
	{EDQUOT, "the receiver's limit of bytes or files is reached"},
	{EEXIST, "exists there already"},
	{EILSEQ, "its name has characters that the receiver does not take"},
	{EINVAL, "the receiver refuses this kind of object, name or time"},
	{ENAMETOOLONG, "its name or path is too long for the receiver"},
	{ENOLINK, "a symbolic link that leads out of what is copied"},
	{ENOSPC, "no space is left there"},
	{EPERM, "the receiver refuses set-user-id and set-group-id files"},
	{EREMOTEIO, "the receiver did not see the end of the copy"},
	{EROFS, "the receiver's file system is read-only"},
	{QFILE_CUT_SHORT, "the data ended early"},
	{QFILE_DAMAGED, "the checksums differ: the copy is damaged"},
};

const char *qfile_code_text(uint32_t code)
{
	for (size_t i = 0; i < array_len(code_texts); i++) {
		if (code_texts[i].code == code)
			return code_texts[i].text;
	}
	/* A guest's number: only what names an error of this system is looked up. */
	return code < 134 ? strerror((int)code) : "an error that has no name";
}
