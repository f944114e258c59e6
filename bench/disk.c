/* SPDX-License-Identifier: GPL-2.0-or-later */
/* disk NAME FILE: in a guest: the accesses of accesses.h to FILE, under NAME. */
#include "bench/accesses.h"

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	accesses(argv[1], argv[2]);
	return 0;
}
