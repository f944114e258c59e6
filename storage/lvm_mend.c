/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A group that a power cut has hidden. LVM writes a text and then where the newest one is,
 * and lets the disk choose which of both lasts: where only the second did, LVM knows the disk
 * and finds no group on it (lvm_flush.c). The text is in /etc/lvm/backup as well, which LVM
 * writes, and has the file system keep, at each change.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"
#include "storage/lvm.h"

#define BACKUP_MAX (16 * MIB)

enum { PV_UUID = 32 };

/* What follows KEY, in quotes, up to END. */
static bool quoted(const char *from, const char *end, const char *key, size_t size,
		   char *ret)
{
	const char *at = strstr(from, key);
	size_t len;

	if (!at || at >= end)
		return false;
	at += strlen(key);
	len = strcspn(at, "\"");
	if (len >= size)
		return false;
	memcpy(ret, at, len);
	ret[len] = '\0';
	return true;
}

static void without_dashes(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (*s != '-')
			*to++ = *s;
	*to = '\0';
}

int lvm_backup_parse(const char *text, struct lvm_backup *ret)
{
	const char *from = strstr(text, "physical_volumes {");
	const char *end = from ? strstr(from, "logical_volumes {") : NULL;
	const char *other = from ? strstr(from, "pv1 {") : NULL;

	if (!end || (other && other < end) ||
	    !quoted(from, end, "id = \"", sizeof(ret->pv_uuid), ret->pv_uuid) ||
	    !quoted(from, end, "device = \"", sizeof(ret->device), ret->device))
		return -EINVAL;
	without_dashes(ret->pv_uuid);
	return strlen(ret->pv_uuid) == PV_UUID && ret->device[0] == '/' ? 0 : -EINVAL;
}

bool lvm_headers_lost_text(const char *headers, const char *pv_uuid)
{
	static const char key[] = "pv_header.pv_uuid ";
	const char *at = strstr(headers, key);

	return at && strncmp(at + strlen(key), pv_uuid, PV_UUID) == 0 &&
	       strstr(headers, "CHECK: metadata text at") &&
	       strstr(headers, "crc does not match");
}

/* LVM finds the group, or what keeps it from that is something else. */
static bool is_found(struct lvm *l)
{
	const char *argv[] = {"lvm",	      "vgs", "-qq",	"--config", LVM_BLIND,
			      "--noheadings", "-o",  "vg_name", l->at.vg,   NULL};
	cleanup_buf struct buf out = BUF_INIT;
	struct qvm_err why;

	return lvm_run(l, argv, NULL, &out, &why) == 0 || !strstr(why.text, "not found");
}

/* Its status tells that something is wrong, which is why it is asked. */
static bool has_lost_text(struct lvm *l, const struct lvm_backup *b)
{
	const char *argv[] = {"lvm", "pvck", "--dump", "headers", b->device, NULL};
	cleanup_buf struct buf out = BUF_INIT;
	struct qvm_err why;

	return lvm_run(l, argv, NULL, &out, &why) < 0 &&
	       lvm_headers_lost_text(buf_str(&out), b->pv_uuid);
}

static int put_back(struct lvm *l, const char *backup, const struct lvm_backup *b,
		    struct qvm_err *err)
{
	const char *repair[] = {"lvm", "pvck", "-qq",	  "--repair", "-y",
				"-f",  backup, b->device, NULL};
	const char *activate[] = {"lvm",      "vgchange",    "-qq",    "-ay",
				  "--config", LVM_UNWATCHED, l->at.vg, NULL};
	cleanup_buf struct buf out = BUF_INIT;
	int r = lvm_run(l, repair, NULL, &out, err);

	if (r == 0)
		r = lvm_run(l, activate, NULL, &out, err);
	if (r < 0)
		return err_wrap(err, "cannot put the group '%s' back from '%s'", l->at.vg,
				backup);
	lvm_flush(l);
	return 0;
}

int lvm_mend(void *pool, bool dry_run, bool *ret, struct qvm_err *err)
{
	struct lvm *l = pool;
	dmap_scope(&l->dm);
	cleanup_free char *path = xasprintf("/etc/lvm/backup/%s", l->at.vg);
	cleanup_buf struct buf text = BUF_INIT;
	struct thin_status status;
	struct lvm_backup b;
	sectors len;
	int r = lvm_pool_status(l, &status, &len, err);

	*ret = false;
	if (r != 0 || is_found(l))
		return r < 0 ? r : 0;
	if (file_read(path, BACKUP_MAX, &text) < 0 ||
	    lvm_backup_parse(buf_str(&text), &b) < 0 || !has_lost_text(l, &b))
		return 0;
	*ret = true;
	return dry_run ? 0 : put_back(l, path, &b, err);
}
