/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fake/libxl_fake.h"

#include <libxl.h>
#include <libxl_event.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

#pragma GCC visibility push(default)

struct libxl_fake libxl_fake;

static xentoollog_logger *logger;
static char context; /* its address is the context */

void libxl_fake_reset(void)
{
	buf_dispose(&libxl_fake.calls);
	libxl_fake = (struct libxl_fake){.domid = 7, .console = "/dev/pts/3"};
}

static void log_error(const char *format, ...) printf_like(1, 2);
static void log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	logger->vmessage(logger, XTL_ERROR, -1, "libxl", format, ap);
	va_end(ap);
}

static int done(int rc)
{
	if (rc && libxl_fake.says && logger)
		log_error("libxl_fake.c:1:done: Domain 7:%s", libxl_fake.says);
	return rc;
}

int libxl_ctx_alloc(libxl_ctx **ret, int version unused, unsigned flags unused,
		    xentoollog_logger *lg)
{
	buf_add(&libxl_fake.calls, "alloc ");
	logger = lg;
	if (libxl_fake.rc_alloc)
		return done(libxl_fake.rc_alloc);
	libxl_fake.contexts++;
	*ret = (libxl_ctx *)&context;
	return 0;
}

int libxl_ctx_free(libxl_ctx *ctx unused)
{
	buf_add(&libxl_fake.calls, "free ");
	libxl_fake.contexts--;
	return 0;
}

void libxl_childproc_setmode(libxl_ctx *ctx unused, const libxl_childproc_hooks *hooks,
			     void *user unused)
{
	bool right = hooks->chldowner == libxl_sigchld_owner_libxl_always_selective_reap;

	buf_add(&libxl_fake.calls, right ? "setmode " : "WRONG-MODE ");
}

void libxl_event_register_callbacks(libxl_ctx *ctx unused, const libxl_event_hooks *hooks,
				    void *user unused)
{
	buf_add(&libxl_fake.calls, hooks->disaster ? "hooks " : "NO-DISASTER ");
}

int libxl_domain_create_new(libxl_ctx *ctx unused, libxl_domain_config *d,
			    uint32_t *domid, const libxl_asyncop_how *how,
			    const libxl_asyncprogress_how *console unused)
{
	buf_addf(&libxl_fake.calls, "create:%s%s ", d->c_info.name, how ? ":ASYNC" : "");
	*domid = libxl_fake.domid;
	if (libxl_fake.rc_create)
		return done(libxl_fake.rc_create);
	libxl_fake.exists = true;
	memcpy(libxl_fake.uuid, libxl_uuid_bytearray(&d->c_info.uuid), 16);
	return 0;
}

int libxl_domain_create_restore(libxl_ctx *ctx, libxl_domain_config *d, uint32_t *domid,
				int fd, int back unused,
				const libxl_domain_restore_params *params,
				const libxl_asyncop_how *how,
				const libxl_asyncprogress_how *console)
{
	buf_addf(&libxl_fake.calls, "restore:%d:v%u ", fd, params->stream_version);
	return libxl_domain_create_new(ctx, d, domid, how, console);
}

int libxl_domain_suspend(libxl_ctx *ctx unused, uint32_t domid, int fd, int flags unused,
			 const libxl_asyncop_how *how unused)
{
	buf_addf(&libxl_fake.calls, "suspend:%u:%d ", domid, fd);
	return done(libxl_fake.rc_act);
}

int libxl_domain_info(libxl_ctx *ctx unused, libxl_dominfo *info, uint32_t domid)
{
	buf_addf(&libxl_fake.calls, "info:%u ", domid);
	if (libxl_fake.rc_info)
		return done(libxl_fake.rc_info);
	if (!libxl_fake.exists || domid != libxl_fake.domid)
		return ERROR_DOMAIN_NOTFOUND;
	info->domid = domid;
	memcpy(libxl_uuid_bytearray(&info->uuid), libxl_fake.uuid, 16);
	return 0;
}

int libxl_domain_destroy(libxl_ctx *ctx unused, uint32_t domid,
			 const libxl_asyncop_how *how unused)
{
	buf_addf(&libxl_fake.calls, "destroy:%u ", domid);
	if (libxl_fake.destroy_fails)
		return done(ERROR_FAIL);
	libxl_fake.exists = false;
	return 0;
}

int libxl_domain_unpause(libxl_ctx *ctx unused, uint32_t domid,
			 const libxl_asyncop_how *how unused)
{
	buf_addf(&libxl_fake.calls, "unpause:%u ", domid);
	return done(libxl_fake.rc_act);
}

int libxl_domain_pause(libxl_ctx *ctx unused, uint32_t domid,
		       const libxl_asyncop_how *how unused)
{
	buf_addf(&libxl_fake.calls, "pause:%u ", domid);
	return done(libxl_fake.rc_act);
}

int libxl_domain_shutdown(libxl_ctx *ctx unused, uint32_t domid,
			  const libxl_asyncop_how *how unused)
{
	buf_addf(&libxl_fake.calls, "shutdown:%u ", domid);
	return done(libxl_fake.rc_shutdown);
}

int libxl_send_trigger(libxl_ctx *ctx unused, uint32_t domid, libxl_trigger trigger,
		       uint32_t vcpu unused, const libxl_asyncop_how *how unused)
{
	buf_addf(&libxl_fake.calls, "trigger:%u:%s ", domid,
		 libxl_trigger_to_string(trigger));
	return done(libxl_fake.rc_trigger);
}

int libxl_primary_console_get_tty(libxl_ctx *ctx unused, uint32_t domid, char **path)
{
	buf_addf(&libxl_fake.calls, "console:%u ", domid);
	if (!libxl_fake.rc_act)
		*path = xstrdup(libxl_fake.console);
	return done(libxl_fake.rc_act);
}

int libxl_set_memory_target(libxl_ctx *ctx unused, uint32_t domid, int64_t kib,
			    int relative, int enforce)
{
	buf_addf(&libxl_fake.calls, "memory:%u:%lld:%d:%d ", domid, (long long)kib,
		 relative, enforce);
	return done(libxl_fake.rc_act);
}

#pragma GCC visibility pop
