/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saving domains: what is chosen (backup_sources.h) goes to the helper that writes. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backup/v4.h"
#include "lib/alloc.h"
#include "lib/size.h"
#include "ops/backup_sources.h"

int op_backup_list(struct qvm_ctx *ctx, const struct op_backup *req,
		   struct backup_list *ret, struct qvm_err *err)
{
	cleanup(saving_dispose) struct saving sv = {
		.ctx = ctx, .req = req, .look = true, .helper = HELPER_INIT, .list = ret};

	return saving_prepare(&sv, err);
}

/* ---- writing ---- */

/* A path of the archive; what is in it is from our own numbers and names of roles. */
static const char *path_of(const struct saved *d, const char *file,
			   char ret[static META_PATH_MAX])
{
	snprintf(ret, META_PATH_MAX, "vm%lld/%s", (long long)d->vm->id, file);
	return ret;
}

static const char *image_of(const struct saved *d, const struct source *src,
			    char ret[static META_PATH_MAX])
{
	char file[32];

	snprintf(file, sizeof(file), "%s.img", vol_role_names[src->vol->role]);
	return path_of(d, file, ret);
}

static int send_member(struct saving *sv, const char *path, struct qvm_err *err)
{
	int r = helper_ready(&sv->helper, err);

	return r < 0 ? r : helper_answer(&sv->helper, -1, err, "member %s", path);
}

static int send_members(struct saving *sv, struct qvm_err *err)
{
	char path[META_PATH_MAX];
	int r = send_member(sv, "qubes.xml", err);

	for (size_t i = 0; r == 0 && i < sv->n; i++) {
		const struct saved *d = &sv->v[i];

		for (size_t k = 0; r == 0 && k < d->count; k++)
			r = send_member(sv, image_of(d, &d->sources[k], path), err);
		if (r == 0 && d->vm->firewall)
			r = send_member(sv, path_of(d, "firewall.xml", path), err);
	}
	return r;
}

static int send_xml(struct saving *sv, struct qvm_err *err)
{
	struct meta_label labels[BACKUP_LABELS];
	size_t n = backup_labels(labels);
	cleanup_meta struct meta meta = {0};
	cleanup_buf struct buf xml = BUF_INIT;

	/* Its size is a bound for what its files take, as Qubes's reader wants one. */
	for (size_t i = 0; i < sv->n; i++)
		backup_meta_add(sv->w, sv->v[i].vm, sv->v[i].row->bytes + MIB, &meta);
	meta_xml(&meta, labels, n, &xml);
	return helper_send_text(&sv->helper, "file qubes.xml", xml.data, xml.len, err);
}

static int send_volume(struct saving *sv, const struct saved *d, const struct source *src,
		       struct qvm_err *err)
{
	char path[META_PATH_MAX];
	int r = helper_send_text(&sv->helper, "ranges", src->ranges,
				 src->range_count * sizeof(*src->ranges), err);

	if (r == 0)
		r = helper_ready(&sv->helper, err);
	return r < 0 ? r
		     : helper_answer(&sv->helper, src->fd, err, "volume %s %llu",
				     image_of(d, src, path),
				     (unsigned long long)src->size);
}

static int send_firewall(struct saving *sv, const struct saved *d, struct qvm_err *err)
{
	cleanup_buf struct buf xml = BUF_INIT;
	cleanup_free char *what = NULL;
	char path[META_PATH_MAX];

	if (!d->vm->firewall)
		return 0;
	firewall_xml(d->vm->firewall, &xml);
	what = xasprintf("file %s", path_of(d, "firewall.xml", path));
	return helper_send_text(&sv->helper, what, xml.data, xml.len, err);
}

static int send_domain(struct saving *sv, struct saved *d, struct qvm_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->count; i++)
		r = send_volume(sv, d, &d->sources[i], err);
	return r == 0 ? send_firewall(sv, d, err) : r;
}

/* What tells this backup from all others: the second it began in, and the process. */
static int send_settings(struct saving *sv, struct qvm_err *err)
{
	time_t now = time(NULL);
	char id[64], number[24];
	size_t len;
	struct tm tm;
	int r;

	localtime_r(&now, &tm);
	len = strftime(id, sizeof(id), "%Y%m%dT%H%M%S", &tm);
	snprintf(id + len, sizeof(id) - len, "-%d", (int)getpid());
	r = backup_send_setting(&sv->helper, "id", id, err);
	if (r == 0)
		r = backup_send_setting(&sv->helper, "filter",
					sv->req->filter ? sv->req->filter : "gzip", err);
	snprintf(number, sizeof(number), "%d", sv->req->log_n);
	if (r == 0 && sv->req->log_n)
		r = backup_send_setting(&sv->helper, "log-n", number, err);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)sv->req->part);
	if (r == 0 && sv->req->part)
		r = backup_send_setting(&sv->helper, "part", number, err);
	return r == 0 ? backup_send_pass(&sv->helper, &sv->req->pass, err) : r;
}

static int finish(struct saving *sv, struct qvm_err *err)
{
	long long written = 0;
	int r = helper_ready(&sv->helper, err);

	if (r == 0)
		r = helper_answer(&sv->helper, -1, err, "end");
	if (r == 0)
		r = helper_listen(&sv->helper, err);
	if (r == 0 && num_parse(sv->helper.words[1], 0, INT64_MAX, &written) == 0)
		sv->list->written = (uint64_t)written;
	return r;
}

static int write_all(struct saving *sv, struct qvm_err *err)
{
	int r = helper_start(sv->ctx, "v4-write", -1, sv->req->out, &sv->helper, err);

	sv->rate = (struct backup_rate){
		.ctx = sv->ctx, .what = "saving", .total = sv->list->bytes};
	backup_rate_follow(&sv->rate, &sv->helper);
	if (r == 0)
		r = send_settings(sv, err);
	if (r == 0)
		r = send_members(sv, err);
	if (r == 0)
		r = send_xml(sv, err);
	for (size_t i = 0; r == 0 && i < sv->n; i++)
		r = send_domain(sv, &sv->v[i], err);
	return r == 0 ? finish(sv, err) : r;
}

int op_backup(struct qvm_ctx *ctx, const struct op_backup *req, struct backup_list *ret,
	      struct qvm_err *err)
{
	cleanup(saving_dispose) struct saving sv = {
		.ctx = ctx, .req = req, .helper = HELPER_INIT, .list = ret};
	const struct secret pass = {req->pass.data, req->pass.len};
	int r = v4_pass_check(&pass, err);

	if (r == 0)
		r = saving_prepare(&sv, err);
	if (r == 0)
		r = write_all(&sv, err);
	return r < 0 ? r : saving_done(&sv, err);
}
