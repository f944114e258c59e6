/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qvm-archive: the helper that reads and writes backups of Qubes's format, alone with its
 * descriptors.
 *
 *	qvm-archive v4-write	descriptor 1: the archive, 3: the command (job.h)
 *	qvm-archive v4-read	descriptor 0: the archive, 3: the command
 */
#include <locale.h>

#include "backup/job_main.h"

int main(int argc, char **argv)
{
	static const struct job_kind jobs[] = {
		{"v4-read", job_v4_read}, {"v4-write", job_v4_write}, {0}};

	/* Names in archives are UTF-8, or bytes to be kept as they are. */
	setlocale(LC_CTYPE, "C.UTF-8");
	return job_main(argc, argv, jobs);
}
