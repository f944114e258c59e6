/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Volumes that the kernel's pool has and LVM's own metadata have not.
 *
 * For a new volume LVM writes down what it is about to do, has the pool make a volume of the
 * next number, and has it raise its transaction id: each lasts before the next begins. Where
 * LVM or the machine ends between the last two, the number is taken in the pool: LVM does the
 * same again, is refused, and refuses all further changes of the pool. It leaves that to the
 * administrator, and names the number.
 */
#include "storage/lvm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"

uint32_t lvm_orphan_named(const char *complaint)
{
	static const char *const said[] = {"message \"create_snap ",
					   "message \"create_thin "};
	uint32_t id = 0;

	for (size_t i = 0; i < array_len(said) && strstr(complaint, "File exists"); i++) {
		const char *at = strstr(complaint, said[i]);

		if (at && sscanf(at + strlen(said[i]), "%" SCNu32, &id) == 1 &&
		    id <= THIN_ID_MAX)
			return id;
	}
	return 0;
}

/* Whoever gives LVM's lock back removes its file: then it is another one. */
static int lock_file(const char *path)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX) == 0 && fd_is_named(fd, path))
			return fd;
		close(fd);
	}
}

/* The lock that LVM's commands take for this group. */
static int lock_group(struct lvm *l, int *ret, struct qvm_err *err)
{
	static const char *const argv[] = {"lvm",  "lvmconfig",		 "-qq", "--type",
					   "full", "global/locking_dir", NULL};
	cleanup_buf struct buf out = BUF_INIT;
	cleanup_free char *path = NULL;
	const char *dir;
	int r = lvm_run(l, argv, NULL, &out, err);

	if (r < 0)
		return r;
	dir = strchr(buf_str(&out), '"');
	if (!dir)
		return err_set(err, QVM_E_STORAGE,
			       "LVM does not say where its locks are");
	dir++;
	path = xasprintf("%.*s/V_%s", (int)strcspn(dir, "\""), dir, l->at.vg);
	*ret = lock_file(path);
	return *ret < 0 ? err_errno(err, *ret, "cannot lock '%s'", path) : 0;
}

/*
 * Is ID a volume of LVM's? One that it was about to make bears the transaction id that the
 * pool still has; the pool's was raised when that was done.
 */
static int is_known(struct lvm *l, uint32_t id, uint64_t transaction, bool *ret,
		    struct qvm_err *err)
{
	cleanup_free char *of = xasprintf("pool_lv=%s", l->at.lv);
	const char *const argv[] = {
		"lvm",	   "lvs", "-qq",	  "--nolocking", "--config",
		LVM_BLIND, "-a",  "--noheadings", "-o",		 "thin_id,transaction_id",
		"-S",	   of,	  l->at.vg,	  NULL};
	cleanup_buf struct buf out = BUF_INIT;
	uint64_t made;
	uint32_t n;
	int used = 0;
	int r = lvm_run(l, argv, NULL, &out, err);

	if (r < 0)
		return r;
	*ret = false;
	for (const char *at = buf_str(&out);
	     sscanf(at, "%" SCNu32 " %" SCNu64 " %n", &n, &made, &used) == 2; at += used)
		*ret |= n == id && made < transaction;
	return 0;
}

static int drop(struct lvm *l, uint32_t id, const char *dm_name, struct qvm_err *err)
{
	dmap_scope(&l->dm);
	char message[32];
	int r;

	snprintf(message, sizeof(message), "delete %" PRIu32, id);
	r = dmap_message_to(&l->dm, dm_name, message); /* refused where it is active */
	if (r < 0)
		return dmap_fail(&l->dm, r, err,
				 "the pool '%s/%s' keeps the volume %" PRIu32, l->at.vg,
				 l->at.lv, id);
	ctx_log(l->ctx, QVM_LEVEL_INFO,
		"the pool '%s/%s' had a volume %" PRIu32
		" that LVM had not finished making: removed",
		l->at.vg, l->at.lv, id);
	return 0;
}

/* The number of the pool's last transaction. */
static int last_transaction(struct lvm *l, uint64_t *ret, struct qvm_err *err)
{
	dmap_scope(&l->dm);
	struct thin_status status;
	sectors len;
	int r = lvm_pool_status(l, &status, &len, err);

	if (r < 0)
		return r;
	if (r == 0 || status.failed)
		return err_set(err, QVM_E_STORAGE, "the pool '%s/%s' is not usable",
			       l->at.vg, l->at.lv);
	*ret = status.transaction;
	return 0;
}

int lvm_drop_orphan(struct lvm *l, uint32_t id, struct qvm_err *err)
{
	cleanup_close int lock = -1;
	char dm_name[LV_DM_MAX];
	uint64_t transaction = 0;
	bool known = true;
	int r = lock_group(l, &lock, err);

	if (r == 0 && lv_dm_name(l->at.vg, l->at.lv, "tpool", dm_name) < 0)
		r = err_set(err, QVM_E_STORAGE, "the pool's name is too long");
	if (r == 0)
		r = last_transaction(l, &transaction, err);
	if (r == 0)
		r = is_known(l, id, transaction, &known, err);
	if (r < 0)
		return r;
	/* Somebody else was here before us, and has made it. */
	return known ? 0 : drop(l, id, dm_name, err);
}
