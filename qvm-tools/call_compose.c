/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/alloc.h"
#include "qvm-tools/call.h"

char *call_shell(const struct strv *env, const char *command)
{
	cleanup_buf struct buf text = BUF_INIT;

	for (size_t i = 0; i < env->n; i++) {
		const char *value = strchr(env->v[i], '=') + 1;

		buf_addf(&text, "export %.*s", (int)(value - env->v[i]), env->v[i]);
		buf_add_quoted(&text, value);
		buf_add(&text, "; ");
	}
	buf_add(&text, command);
	return buf_steal(&text);
}

char *call_exec(const struct strv *env, const char *const *words, size_t n)
{
	cleanup_strv struct strv all = STRV_INIT;
	cleanup_free char *argument = NULL;

	if (env->n)
		strv_add(&all, "env");
	for (size_t i = 0; i < env->n; i++)
		strv_add(&all, env->v[i]);
	for (size_t i = 0; i < n; i++)
		strv_add(&all, words[i]);
	argument = op_call_encode((const char *const *)all.v, all.n);
	return xasprintf("qubes.VMExec+%s", argument);
}
