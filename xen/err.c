/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/ctx.h"

#include <errno.h>
#include <string.h>

#include "lib/alloc.h"

/* The domain builder knows no errno: only its words tell a shortage. */
static bool short_of_memory(int errnum, const char *text)
{
	static const char *const words[] = {
		"Out of memory",
		"Cannot allocate memory",
		"an't allocate low memory",
		"ould not allocate memory",
		"not enough memory",
		"failed to claim",
		"Failed to claim",
	};

	if (errnum == ENOMEM)
		return true;
	for (size_t i = 0; i < array_len(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

int xen_err_kind(int rc, int errnum, const char *text)
{
	switch (rc) {
	case ERROR_NOMEM:
		return QVM_E_NO_MEMORY;
	case ERROR_TIMEDOUT:
	case ERROR_GUEST_TIMEDOUT:
		return QVM_E_TIMEOUT;
	case ERROR_NI:
	case ERROR_NOPARAVIRT:
	case ERROR_FEATURE_REMOVED:
		return QVM_E_UNSUPPORTED;
	case ERROR_LOCK_FAIL:
		return QVM_E_BUSY;
	case ERROR_DOMAIN_NOTFOUND:
	case ERROR_DOMAIN_DESTROYED:
		return QVM_E_NOT_RUNNING;
	default:
		if (errnum == EACCES || errnum == EPERM)
			return QVM_E_PERMISSION;
		return short_of_memory(errnum, text) ? QVM_E_NO_MEMORY : QVM_E_HYPERVISOR;
	}
}

const char *xen_err_words(int rc)
{
	switch (rc) {
	case ERROR_NOMEM:
		return "out of memory";
	case ERROR_INVAL:
		return "libxl takes this configuration for invalid";
	case ERROR_TIMEDOUT:
	case ERROR_GUEST_TIMEDOUT:
		return "it took too long";
	case ERROR_NI:
		return "libxl cannot do that";
	case ERROR_NOPARAVIRT:
		return "the guest has no driver for that";
	case ERROR_LOCK_FAIL:
		return "another program holds libxl's lock";
	case ERROR_DOMAIN_NOTFOUND:
	case ERROR_DOMAIN_DESTROYED:
		return "the domain is gone";
	default:
		return "libxl gives no reason";
	}
}

int xen_err(struct xen_hv *hv, int rc, struct qvm_err *err, const char *fmt, ...)
{
	const char *why = hv->log.text[0] ? hv->log.text : xen_err_words(rc);
	cleanup_free char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	return err_set(err, xen_err_kind(rc, hv->log.errnum, hv->log.text), "%s: %s%s%s",
		       what, why, hv->log.errnum ? ": " : "",
		       hv->log.errnum ? strerror(hv->log.errnum) : "");
}
