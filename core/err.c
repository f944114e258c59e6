/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct err_exit err_exits[] = {
	{QVM_E_FAILED, 1, "failed", "failed for a reason that no other code names"},
	{QVM_E_USAGE, 2, "usage", "the command line is wrong"},
	{QVM_E_PARTIAL, 3, "partial", "some of several domains failed or did not match"},
	{QVM_E_NO_VM, 4, "no-such-domain", "there is no domain of that name"},
	{QVM_E_NOT_FOUND, 5, "not-found",
	 "there is no such property, label, template, pool, volume or kernel"},
	{QVM_E_EXISTS, 6, "exists", "the name is taken"},
	{QVM_E_VALUE, 7, "bad-value", "the property does not take that value"},
	{QVM_E_RUNNING, 8, "running", "the domain runs and must be halted for that"},
	{QVM_E_NOT_RUNNING, 9, "not-running", "the domain does not run"},
	{QVM_E_IN_USE, 10, "in-use", "other domains or settings depend on it"},
	{QVM_E_BUSY, 11, "busy", "another command is working on the domain"},
	{QVM_E_NO_MEMORY, 12, "no-memory", "not enough free memory to start"},
	{QVM_E_NO_SPACE, 13, "no-space", "a pool or a file system is full"},
	{QVM_E_PERMISSION, 14, "permission", "root is needed"},
	{QVM_E_NO_XEN, 15, "no-xen", "there is no Xen, or its daemons do not answer"},
	{QVM_E_HYPERVISOR, 16, "hypervisor", "Xen refused"},
	{QVM_E_STORAGE, 17, "storage", "LVM, device-mapper or a volume failed"},
	{QVM_E_DATABASE, 18, "database",
	 "the database is damaged, locked, or of a newer version"},
	{QVM_E_TIMEOUT, 19, "timeout", "it did not happen in time"},
	{QVM_E_CANCELLED, 20, "cancelled", "the question was not answered with yes"},
	{QVM_E_UNSUPPORTED, 21, "unsupported", "the driver in use cannot do that"},
	{QVM_E_POLICY, 126, "denied", "denied by policy or by a setting of the domain"},
};
const size_t err_exit_count = array_len(err_exits);

static const struct err_exit *exit_of(int kind)
{
	for (size_t i = 0; i < err_exit_count; i++)
		if (err_exits[i].kind == abs(kind))
			return &err_exits[i];
	return &err_exits[0];
}

int err_exit_code(int kind)
{
	return kind ? exit_of(kind)->code : 0;
}

int err_kind_of_exit(int status)
{
	for (size_t i = 0; i < err_exit_count; i++)
		if (err_exits[i].code == status)
			return err_exits[i].kind;
	return QVM_E_FAILED;
}

const char *err_kind_name(int kind)
{
	return exit_of(kind)->name;
}

int err_set(struct qvm_err *err, int kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	err->kind = kind;
	return -kind;
}

int err_errno(struct qvm_err *err, int r, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", strerror(-r));
	err->kind = -r;
	return r;
}

int err_wrap(struct qvm_err *err, const char *fmt, ...)
{
	char inner[QVM_ERR_TEXT];
	va_list ap;
	size_t len;

	memcpy(inner, err->text, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", inner);
	return -err->kind;
}
