/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dispvm/name.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/size.h"

static void name_of(unsigned number, char ret[static QVM_NAME_MAX + 1])
{
	snprintf(ret, QVM_NAME_MAX + 1, "disp%u", number);
}

unsigned disp_number_free(const struct world *w, unsigned last)
{
	for (unsigned i = 0; i < DISP_NUMBERS; i++) {
		unsigned number = (last + i) % DISP_NUMBERS + 1;
		char name[QVM_NAME_MAX + 1];

		name_of(number, name);
		if (!world_vm(w, name))
			return number;
	}
	return 0;
}

static unsigned last_number(const char *path)
{
	cleanup_buf struct buf text = BUF_INIT;
	long long last;
	unsigned random = 0;

	if (file_read(path, 32, &text) == 0 &&
	    num_parse(buf_str(&text), 1, DISP_NUMBERS, &last) == 0)
		return (unsigned)last;
	(void)!getrandom(&random, sizeof(random), 0); /* not for secrecy */
	return random % DISP_NUMBERS;
}

int disp_name_next(struct qvm_ctx *ctx, const struct world *w,
		   char ret[static QVM_NAME_MAX + 1], unsigned *ret_number,
		   struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/disp-last", ctx->run_dir);
	unsigned number = disp_number_free(w, last_number(path));
	char text[16];
	int r;

	if (!number)
		return err_set(err, QVM_E_EXISTS, "all %d names of disposables are taken",
			       DISP_NUMBERS);
	name_of(number, ret);
	r = dir_make(ctx->run_dir, 0755);
	if (r == 0)
		r = file_replace(path, text,
				 (size_t)snprintf(text, sizeof(text), "%u", number), 0644,
				 0);
	if (r < 0)
		return err_errno(err, r, "cannot write '%s'", path);
	*ret_number = number;
	return 0;
}
