/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fake/hv_fake_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "lib/alloc.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/size.h"

static const char *const reasons[] = {"poweroff", "reboot", "suspend", "crash",
				      "watchdog"};

void fake_state_dispose(struct fake_state *s)
{
	cleanup_close_at(&s->fd);
	s->fd = -1;
	free(s->doms);
	s->doms = NULL;
	strv_dispose(&s->others);
}

static bool parse_state(struct hv_dom *dom, const char *state, const char *reason)
{
	dom->paused = strcmp(state, "paused") == 0;
	dom->shutdown = strcmp(state, "shutdown") == 0;
	for (size_t i = 0; dom->shutdown && i < array_len(reasons); i++)
		if (strcmp(reason, reasons[i]) == 0)
			dom->reason = (int)i;
	return dom->paused || dom->shutdown || strcmp(state, "running") == 0;
}

static bool parse_domain(struct fake_state *s, const char *line)
{
	char uuid[64], state[16], reason[16], memory[32], max[32];
	struct fake_dom d = {0};

	if (sscanf(line, "domain %u %63s %63s %15s %15s %31s %31s %u", &d.dom.id.domid,
		   uuid, d.name, state, reason, memory, max, &d.dom.vcpus) != 8)
		return false;
	if (uuid_parse(uuid, &d.dom.id.uuid) || !parse_state(&d.dom, state, reason) ||
	    size_parse(memory, &d.dom.memory) || size_parse(max, &d.dom.max_memory))
		return false;
	array_grow(s->doms, s->n) = d;
	s->n++;
	if (s->next <= d.dom.id.domid)
		s->next = d.dom.id.domid + 1;
	return true;
}

static int parse_line(struct fake_state *s, const char *line, struct qvm_err *err)
{
	uint32_t next;

	if (strncmp(line, "domain ", 7) == 0) {
		if (parse_domain(s, line))
			return 0;
		return err_set(err, QVM_E_FAILED, "fake-xen: cannot read '%s'", line);
	}
	if (sscanf(line, "next %u", &next) == 1) {
		s->next = next > s->next ? next : s->next;
		return 0;
	}
	if (strncmp(line, "host ", 5) == 0 && size_parse(line + 5, &s->memory))
		return err_set(err, QVM_E_FAILED, "fake-xen: cannot read '%s'", line);
	strv_add(&s->others, line);
	return 0;
}

int fake_state_open(struct qvm_ctx *ctx, struct fake_state *s, struct qvm_err *err)
{
	cleanup_free char *path = xasprintf("%s/fake-xen", ctx->run_dir);
	cleanup_buf struct buf text = BUF_INIT;
	cleanup_strv struct strv lines = STRV_INIT;
	int r = dir_make(ctx->run_dir, 0755);

	if (r < 0)
		return err_errno(err, r, "cannot make '%s'", ctx->run_dir);
	s->memory = 16 * GIB;
	s->next = 1;
	s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (s->fd < 0 || flock(s->fd, LOCK_EX) < 0)
		return err_errno(err, -errno, "cannot open '%s'", path);
	r = fd_read_all(s->fd, MIB, &text);
	if (r < 0)
		return err_errno(err, r, "cannot read '%s'", path);
	strv_split(&lines, buf_str(&text), "\n");
	for (size_t i = 0; i < lines.n; i++) {
		r = parse_line(s, lines.v[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void print_domain(struct buf *out, const struct fake_dom *d)
{
	const struct hv_dom *dom = &d->dom;
	char uuid[UUID_TEXT];

	uuid_format(&dom->id.uuid, uuid);
	buf_addf(out, "domain %u %s %s %s %s %llu %llu %u\n", dom->id.domid, uuid,
		 d->name,
		 dom->shutdown ? "shutdown"
		 : dom->paused ? "paused"
			       : "running",
		 dom->shutdown ? reasons[dom->reason] : "-",
		 (unsigned long long)dom->memory, (unsigned long long)dom->max_memory,
		 dom->vcpus);
}

int fake_state_save(struct fake_state *s, struct qvm_err *err)
{
	cleanup_buf struct buf out = BUF_INIT;
	int r;

	for (size_t i = 0; i < s->others.n; i++)
		buf_addf(&out, "%s\n", s->others.v[i]);
	buf_addf(&out, "next %u\n", s->next);
	for (size_t i = 0; i < s->n; i++)
		print_domain(&out, &s->doms[i]);
	if (lseek(s->fd, 0, SEEK_SET) < 0 || ftruncate(s->fd, 0) < 0)
		return err_errno(err, -errno, "cannot write fake-xen");
	r = fd_write_all(s->fd, out.data, out.len);
	return r < 0 ? err_errno(err, r, "cannot write fake-xen") : 0;
}

struct fake_dom *fake_find(struct fake_state *s, const struct hv_id *id)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct hv_id *at = &s->doms[i].dom.id;

		if (at->domid == id->domid && uuid_equal(&at->uuid, &id->uuid))
			return &s->doms[i];
	}
	return NULL;
}

bool fake_hangs(const struct fake_state *s, const char *name)
{
	cleanup_free char *line = xasprintf("hang %s", name);

	return strv_has(&s->others, line);
}

uint64_t fake_free(const struct fake_state *s)
{
	uint64_t used = 0;

	for (size_t i = 0; i < s->n; i++)
		used += s->doms[i].dom.memory;
	return used < s->memory ? s->memory - used : 0;
}

int fake_fails(const struct fake_state *s, const char *operation, struct qvm_err *err)
{
	cleanup_free char *start = xasprintf("fail %s \"", operation);
	size_t len = strlen(start);

	for (size_t i = 0; i < s->others.n; i++) {
		const char *line = s->others.v[i];

		if (strncmp(line, start, len) == 0)
			return err_set(err, QVM_E_HYPERVISOR, "%.*s",
				       (int)strcspn(line + len, "\""), line + len);
	}
	return 0;
}
