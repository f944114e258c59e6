/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/lvm.h"

#include "lib/proc.h"
#include "lib/size.h"

#define OUTPUT_MAX (16 * MIB)

/* No timeout: a command of LVM that is killed can leave devices suspended. */
static int run_once(struct lvm *l, const char *const *argv, const struct buf *input,
		    struct buf *out, uint32_t *ret_orphan, struct qvm_err *err)
{
	cleanup_buf struct buf complaint = BUF_INIT;
	struct proc_request req = {
		.argv = argv,
		.input = input ? input->data : NULL,
		.input_len = input ? input->len : 0,
		.out = out,
		.err = &complaint,
		.limit = OUTPUT_MAX,
	};
	char message[200];
	int status = 0, r;

	dmap_release(&l->dm);
	r = proc_run(&req, &status);
	if (r < 0)
		return err_errno(err, r, "cannot run '%s'", argv[0]);
	if (complaint.len)
		ctx_log(l->ctx, QVM_LEVEL_DEBUG, "lvm: %s", complaint.data);
	if (status == 0)
		return 0;
	*ret_orphan = lvm_orphan_named(buf_str(&complaint));
	lvm_first_message(buf_str(&complaint), sizeof(message), message);
	return err_set(err, lvm_message_kind(message), "LVM says: %s", message);
}

int lvm_run(struct lvm *l, const char *const *argv, const struct buf *input,
	    struct buf *out, struct qvm_err *err)
{
	uint32_t orphan = 0;
	struct qvm_err why;
	int r = run_once(l, argv, input, out, &orphan, err);

	l->unblocked = false;
	if (r == 0 || !orphan)
		return r;
	if (lvm_drop_orphan(l, orphan, &why) < 0) {
		ctx_log(l->ctx, QVM_LEVEL_WARN, "%s", why.text);
		return r;
	}
	l->unblocked = true;
	return input ? r : run_once(l, argv, input, out, &orphan, err);
}

int lvm_lvs(struct lvm *l, const char *target, struct lvm_report *ret,
	    struct qvm_err *err)
{
	const char *argv[] = {
		"lvm",
		"lvs",
		"-qq",
		"--config",
		LVM_BLIND,
		"--reportformat",
		"json",
		"--units",
		"b",
		"--nosuffix",
		"-o",
		"lv_name,lv_tags,pool_lv,lv_size,data_percent,lv_metadata_size,"
		"metadata_percent",
		target,
		NULL,
	};
	cleanup_buf struct buf out = BUF_INIT;
	int r = lvm_run(l, argv, NULL, &out, err);

	if (r < 0)
		return r;
	if (out.len >= OUTPUT_MAX || lvm_report_parse(buf_str(&out), out.len, ret) < 0)
		return err_set(err, QVM_E_STORAGE, "LVM's report is not understood");
	return 0;
}
