/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/job_vault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"

/* ---- the store, by way of the command ---- */

/* What failed there comes back as it was. */
static int refused(char *text, struct qvm_err *err)
{
	const char *kind = strsep(&text, " ");
	long long n;

	if (!kind || num_parse(kind, 1, QVM_E_LAST - 1, &n) < 0)
		n = QVM_E_FAILED;
	return err_set(err, (int)n, "%s", text ? text : "");
}

static int ask(struct job *j, const char *what, const char *name, int *ret_fd,
	       struct qvm_err *err)
{
	cleanup_message struct message m = MESSAGE_INIT;
	int r = job_say(j, -1, err, "store %s %s", what, name);

	if (r < 0)
		return r;
	r = channel_receive(j->channel, &m);
	if (r < 0)
		return err_errno(err, r, "the command has gone");
	if (strncmp(m.text, "fail ", 5) == 0)
		return refused(m.text + 5, err);
	if (strcmp(m.text, "ok") != 0 || (ret_fd && m.fd < 0))
		return err_set(err, QVM_E_FAILED, "the command is out of step");
	if (ret_fd)
		*ret_fd = steal_fd(&m.fd);
	return 0;
}

static int ask_open(void *arg, const char *name, uint64_t most, int *ret,
		    struct qvm_err *err)
{
	char with_most[VAULT_NAME_MAX + 24];

	snprintf(with_most, sizeof(with_most), "%s %llu", name, (unsigned long long)most);
	return ask(arg, "open", with_most, ret, err);
}

static int ask_create(void *arg, const char *name, int *ret, struct qvm_err *err)
{
	return ask(arg, "create", name, ret, err);
}

static int ask_keep(void *arg, const char *name, struct qvm_err *err)
{
	return ask(arg, "keep", name, NULL, err);
}

static int ask_replace(void *arg, const char *name, struct qvm_err *err)
{
	return ask(arg, "replace", name, NULL, err);
}

static int ask_remove(void *arg, const char *name, struct qvm_err *err)
{
	return ask(arg, "remove", name, NULL, err);
}

static int ask_list(void *arg, const char *folder, struct buf *ret, struct qvm_err *err)
{
	cleanup_close int fd = -1;
	int r = ask(arg, "list", folder, &fd, err);

	if (r < 0)
		return r;
	r = fd_read_all(fd, VAULT_LIST_MAX, ret);
	return r < 0 ? err_errno(err, r, "cannot read the list of the repository") : 0;
}

/* ---- settings ---- */

void vault_job_dispose(struct vault_job *vj)
{
	vault_free(vj->v);
	strv_dispose(&vj->forget);
}

static int set_number(struct vault_job *vj, const char *key, long long n)
{
	if (strcmp(key, "passes") == 0)
		vj->config.passes = (uint32_t)n;
	else if (strcmp(key, "kib") == 0)
		vj->config.kib = vj->new_kib = (uint32_t)n;
	else if (strcmp(key, "append-only") == 0)
		vj->config.append_only = n;
	else if (strcmp(key, "sample") == 0)
		vj->sample = (unsigned)n;
	else if (strcmp(key, "dry") == 0)
		vj->dry = n;
	else if (strcmp(key, "collect") == 0)
		vj->collect = n;
	else if (strcmp(key, "keep") == 0)
		vj->has_keep = true, vj->keep = (uint64_t)n;
	else if (strcmp(key, "days") == 0)
		vj->has_days = true, vj->days = (uint64_t)n;
	else
		return -EINVAL;
	return 0;
}

static int set(void *job, const char *key, const char *value, struct qvm_err *err)
{
	struct vault_job *vj = job;
	long long n;

	if (strcmp(key, "snapshot") == 0) {
		snprintf(vj->snapshot, sizeof(vj->snapshot), "%s", value);
		vj->has_snapshot = true;
		return 0;
	}
	if (strcmp(key, "forget") == 0) {
		strv_add(&vj->forget, value);
		return 0;
	}
	if (num_parse(value, 0, UINT32_MAX, &n) == 0 && set_number(vj, key, n) == 0)
		return 0;
	return job_unknown(err);
}

int vault_job_begin(struct vault_job *vj, struct job *j, struct qvm_err *err)
{
	vj->j = j;
	vj->sample = 100;
	vj->config = (struct vault_config){
		.passes = VAULT_PASSES, .kib = VAULT_KIB, .chunk_log = VAULT_CHUNK_LOG};
	vj->store = (struct vault_store){.arg = j,
					 .open = ask_open,
					 .create = ask_create,
					 .keep = ask_keep,
					 .replace = ask_replace,
					 .remove = ask_remove,
					 .list = ask_list};
	return job_settings(j, set, vj, err);
}

int vault_job_open(struct vault_job *vj, bool index, struct qvm_err *err)
{
	const struct secret pass = {buf_str(&vj->j->pass), vj->j->pass.len};
	int r = vault_open(&vj->store, &pass, &vj->v, err);

	if (r < 0)
		return r;
	vault_on_progress(vj->v, job_progress, vj->j);
	return index ? vault_index(vj->v, err) : 0;
}

int vault_job_snapshot(struct vault_job *vj, struct vault_snapshot *ret,
		       struct qvm_err *err)
{
	char name[VAULT_STAMP];
	int r = vault_snapshot_find(vj->v, vj->has_snapshot ? vj->snapshot : NULL, name,
				    err);

	return r < 0 ? r : vault_snapshot_get(vj->v, name, ret, err);
}

int job_vault_init(struct job *j, struct qvm_err *err)
{
	cleanup(vault_job_dispose) struct vault_job vj = {0};
	int r = vault_job_begin(&vj, j, err);
	const struct secret pass = {buf_str(&j->pass), j->pass.len};

	if (r == 0)
		r = vault_create(&vj.store, &vj.config, &pass, err);
	return r < 0 ? r : job_say(j, -1, err, "end");
}

int job_vault_passphrase(struct job *j, struct qvm_err *err)
{
	cleanup(vault_job_dispose) struct vault_job vj = {0};
	int r = vault_job_begin(&vj, j, err);
	const struct secret pass = {buf_str(&j->pass), j->pass.len};
	const struct secret new_pass = {buf_str(&j->new_pass), j->new_pass.len};

	if (r == 0)
		r = vault_change_pass(&vj.store, &pass, &new_pass, vj.new_kib, err);
	return r < 0 ? r : job_say(j, -1, err, "end");
}
