/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-chunks: the helper that reads and writes the chunks of repositories, alone with its
 * descriptors. It needs none of the libraries that read archives; finding and binding those
 * was a third of what a backup of an unchanged volume took.
 *
 *	qvm-chunks vault-...	descriptor 3: the command (job_vault.h)
 */
#include "backup/job_main.h"
#include "backup/vault_crypt.h"

int main(int argc, char **argv)
{
	static const struct job_kind jobs[] = {{"vault-init", job_vault_init},
					       {"vault-passphrase", job_vault_passphrase},
					       {"vault-write", job_vault_write},
					       {"vault-read", job_vault_read},
					       {"vault-list", job_vault_list},
					       {"vault-prune", job_vault_prune},
					       {"vault-verify", job_vault_verify},
					       {0}};

	if (!vault_crypt_begin())
		return JOB_FAILED; /* there is no randomness */
	return job_main(argc, argv, jobs);
}
