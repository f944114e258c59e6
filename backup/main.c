/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-archive: the helper that reads and writes backups, alone with its descriptors.
 *
 *	qvm-archive v4-write	descriptor 1: the archive, 3: the command (job.h)
 *	qvm-archive v4-read	descriptor 0: the archive, 3: the command
 *	qvm-archive vault-...	descriptor 3: the command (job_vault.h)
 *
 * It goes with the process that started it.
 */
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "backup/job.h"
#include "backup/vault_crypt.h"
#include "core/confine.h"

#define CHANNEL 3
#define MEMORY_MAX (UINT64_C(6) << 30) /* of addresses; most of it is never touched */

static const struct {
	const char *name;
	int (*run)(struct job *j, struct qvm_err *err);
} jobs[] = {
	{"v4-read", job_v4_read},	    {"v4-write", job_v4_write},
	{"vault-init", job_vault_init},	    {"vault-passphrase", job_vault_passphrase},
	{"vault-write", job_vault_write},   {"vault-read", job_vault_read},
	{"vault-list", job_vault_list},	    {"vault-prune", job_vault_prune},
	{"vault-verify", job_vault_verify},
};

static int run(const char *name, struct job *j, struct qvm_err *err)
{
	int r;

	if (!vault_crypt_begin())
		return err_set(err, QVM_E_FAILED, "there is no randomness");
	r = confine_alone(MEMORY_MAX, err);
	for (size_t i = 0; r == 0 && i < array_len(jobs); i++)
		if (strcmp(jobs[i].name, name) == 0)
			return jobs[i].run(j, err);
	return r < 0 ? r : err_set(err, QVM_E_USAGE, "no such job: '%.32s'", name);
}

int main(int argc, char **argv)
{
	cleanup(job_dispose) struct job j = {
		.channel = CHANNEL, .in = STDIN_FILENO, .out = STDOUT_FILENO};
	struct qvm_err err = QVM_ERR_INIT, ignored;
	int r;

	signal(SIGPIPE, SIG_IGN); /* an error like any other */
	/* Names in archives are UTF-8, or bytes to be kept as they are. */
	setlocale(LC_CTYPE, "C.UTF-8");
	r = run(argc == 2 ? argv[1] : "", &j, &err);
	if (r < 0 && job_say(&j, -1, &ignored, "fail %d %s", err.kind, err.text) < 0)
		return 2;
	return r < 0;
}
