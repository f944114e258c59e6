/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fake/hv_fake.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/size.h"
#include "tests/fake/hv_fake_state.h"

#define LOOK_AGAIN_MS 20

/* The handle of both tables is the context itself: all state is in the file. */
static int fake_open(struct qvm_ctx *ctx, void **ret, struct qvm_err *err unused)
{
	*ret = ctx;
	return 0;
}

static void fake_close(void *handle unused)
{
}

int fake_gone(const struct hv_id *id, struct qvm_err *err)
{
	return err_set(err, QVM_E_NOT_RUNNING, "domain %u is gone", id->domid);
}

static int fake_host(void *view, struct hv_host *ret, struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	int r = fake_state_open(view, &s, err);

	if (r == 0)
		r = fake_fails(&s, "host", err);
	if (r < 0)
		return r;
	*ret = (struct hv_host){
		.memory = s.memory,
		.memory_free = fake_free(&s),
		.cpus = 4,
		.hvm = true,
		.hap = true,
		.pv = true,
		.version = "4.17-fake",
	};
	return 0;
}

/* The rest of the line that begins with WORD and the domid; NULL: there is none. */
static const char *line_of(const struct fake_state *s, const char *word, uint32_t domid)
{
	cleanup_free char *start = xasprintf("%s %u ", word, domid);

	for (size_t i = 0; i < s->others.n; i++)
		if (strncmp(s->others.v[i], start, strlen(start)) == 0)
			return s->others.v[i] + strlen(start);
	return NULL;
}

static int by_domid(const void *a, const void *b)
{
	const struct hv_dom *x = a, *y = b;

	return (x->id.domid > y->id.domid) - (x->id.domid < y->id.domid);
}

static int fake_list(void *view, struct hv_dom **ret, size_t *ret_n, struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	struct hv_dom *doms;
	int r = fake_state_open(view, &s, err);

	if (r == 0)
		r = fake_fails(&s, "list", err);
	if (r < 0)
		return r;
	doms = xcalloc(s.n + 1, sizeof(*doms));
	for (size_t i = 0; i < s.n; i++) {
		const char *cpu = line_of(&s, "cpu", s.doms[i].dom.id.domid);

		doms[i] = s.doms[i].dom;
		doms[i].cpu_ns = cpu ? strtoull(cpu, NULL, 10) * 1000000000 : 0;
	}
	qsort(doms, s.n, sizeof(*doms), by_domid);
	*ret = doms;
	*ret_n = s.n;
	return 0;
}

static int fake_io(void *view, const struct hv_id *ids, size_t n, struct hv_io *ret,
		   struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	int r = fake_state_open(view, &s, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		const char *line = line_of(&s, "io", ids[i].domid);
		struct hv_io io = {0};

		io.known = line &&
			   sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
				  &io.read_bytes, &io.write_bytes, &io.rx_bytes,
				  &io.tx_bytes) == 4;
		ret[i] = io;
	}
	return r;
}

static int fake_look(void *view, const struct hv_id *id, struct hv_dom *ret,
		     struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	struct fake_dom *d;
	int r = fake_state_open(view, &s, err);

	if (r < 0)
		return r;
	d = fake_find(&s, id);
	if (!d)
		return fake_gone(id, err);
	*ret = d->dom;
	return 0;
}

static int fake_wait_end(void *view, const struct hv_id *id,
			 const int extra_fds[HV_WAIT_FDS], int timeout_ms,
			 int *ret_reason, struct qvm_err *err)
{
	uint64_t deadline = clock_in((uint64_t)timeout_ms);
	struct pollfd fds[HV_WAIT_FDS];

	for (int i = 0; i < HV_WAIT_FDS; i++)
		fds[i] = (struct pollfd){.fd = extra_fds ? extra_fds[i] : -1,
					 .events = POLLIN};
	for (;;) {
		struct qvm_err why = QVM_ERR_INIT;
		struct hv_dom dom = {0};
		int r = fake_look(view, id, &dom, &why);

		if (r < 0 && r != -QVM_E_NOT_RUNNING) {
			*err = why;
			return r;
		}
		if (r < 0 || dom.shutdown) {
			*ret_reason = r < 0 ? HV_END_GONE : dom.reason;
			return 0;
		}
		if (poll(fds, HV_WAIT_FDS, timeout_ms ? LOOK_AGAIN_MS : 0) > 0) {
			*ret_reason = -1;
			return 0;
		}
		if (timeout_ms >= 0 && clock_ms() >= deadline)
			return err_set(err, QVM_E_TIMEOUT, "domain %u still runs",
				       id->domid);
	}
}

static int fake_config_json(void *hv unused, const struct hv_config *cfg, char **ret,
			    struct qvm_err *err unused)
{
	*ret = fake_json(cfg);
	return 0;
}

static uint64_t fake_memory_need(void *hv unused, const struct hv_config *cfg)
{
	return cfg->memory + cfg->stubdom_memory;
}

static int verify_new(const struct fake_state *s, const struct hv_config *cfg,
		      struct qvm_err *err)
{
	if (!cfg->kernel && cfg->type != HV_HVM)
		return err_set(err, QVM_E_VALUE,
			       "cannot start '%s': a domain of this "
			       "type needs a kernel; only HVM boots from its disk",
			       cfg->name);
	if (cfg->pci_count && cfg->type == HV_PVH)
		return err_set(err, QVM_E_VALUE,
			       "cannot start '%s': with PCI devices it has to be "
			       "a domain of virt_mode pv or hvm",
			       cfg->name);
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->doms[i].name, cfg->name) == 0 ||
		    uuid_equal(&s->doms[i].dom.id.uuid, &cfg->uuid))
			return err_set(err, QVM_E_HYPERVISOR,
				       "cannot build '%s': a "
				       "domain of this name or UUID runs",
				       cfg->name);
	if (cfg->memory + cfg->stubdom_memory > fake_free(s))
		return err_set(err, QVM_E_NO_MEMORY,
			       "cannot build '%s': failed to claim "
			       "its memory",
			       cfg->name);
	return 0;
}

static int fake_create(void *hv, const struct hv_config *cfg, struct hv_id *ret,
		       struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	struct fake_dom d = {
		.dom.id.uuid = cfg->uuid,
		.dom.paused = true,
		.dom.memory = cfg->memory,
		.dom.max_memory = cfg->max_memory,
		.dom.vcpus = cfg->vcpus,
	};
	int r = fake_state_open(hv, &s, err);

	ret->domid = 0;
	if (r == 0)
		r = fake_fails(&s, "create", err);
	if (r == 0)
		r = verify_new(&s, cfg, err);
	if (r < 0)
		return r;
	if (strlen(cfg->name) >= sizeof(d.name))
		return err_set(err, QVM_E_VALUE, "'%s' is too long", cfg->name);
	strcpy(d.name, cfg->name);
	d.dom.id.domid = s.next++;
	array_grow(s.doms, s.n) = d;
	s.n++;
	fake_put_nics(&s, d.dom.id.domid, cfg->nics, cfg->nic_count);
	r = fake_state_save(&s, err);
	if (r == 0)
		*ret = d.dom.id;
	return r;
}

/* What each operation does to a domain that is there; 0 leaves the file as it is. */
typedef bool change_fn(struct fake_state *s, struct fake_dom *d, uint64_t arg);

static int act(void *hv, const struct hv_id *id, const char *operation, change_fn *change,
	       uint64_t arg, struct qvm_err *err)
{
	cleanup_fake_state struct fake_state s = FAKE_STATE_INIT;
	struct fake_dom *d;
	int r = fake_state_open(hv, &s, err);

	if (r == 0)
		r = fake_fails(&s, operation, err);
	if (r < 0)
		return r;
	d = fake_find(&s, id);
	if (!d)
		return fake_gone(id, err);
	return change(&s, d, arg) ? fake_state_save(&s, err) : 0;
}

static bool set_paused(struct fake_state *s unused, struct fake_dom *d, uint64_t paused)
{
	d->dom.paused = paused;
	return true;
}

static bool cut_power(struct fake_state *s unused, struct fake_dom *d,
		      uint64_t arg unused)
{
	if (d->dom.shutdown)
		return false;
	d->dom.paused = false;
	d->dom.shutdown = true;
	d->dom.reason = HV_END_POWEROFF;
	return true;
}

static bool obey(struct fake_state *s, struct fake_dom *d, uint64_t arg)
{
	return !fake_hangs(s, d->name) && cut_power(s, d, arg);
}

static bool take_away(struct fake_state *s, struct fake_dom *d, uint64_t arg unused)
{
	fake_forget(s, "nic", d->dom.id.domid, NULL);
	fake_forget(s, "key", d->dom.id.domid, NULL);
	*d = s->doms[--s->n];
	return true;
}

static bool resize(struct fake_state *s unused, struct fake_dom *d, uint64_t bytes)
{
	d->dom.memory = bytes;
	return true;
}

static bool nothing(struct fake_state *s unused, struct fake_dom *d unused,
		    uint64_t arg unused)
{
	return false;
}

static int fake_unpause(void *hv, const struct hv_id *id, struct qvm_err *err)
{
	return act(hv, id, "unpause", set_paused, false, err);
}

static int fake_pause(void *hv, const struct hv_id *id, struct qvm_err *err)
{
	return act(hv, id, "pause", set_paused, true, err);
}

static int fake_shutdown(void *hv, const struct hv_id *id, struct qvm_err *err)
{
	return act(hv, id, "shutdown", obey, 0, err);
}

static int fake_power_off(void *view, const struct hv_id *id, struct qvm_err *err)
{
	return act(view, id, "power_off", cut_power, 0, err);
}

static int fake_destroy(void *hv, const struct hv_id *id, struct qvm_err *err)
{
	struct qvm_err why = QVM_ERR_INIT;
	int r = act(hv, id, "destroy", take_away, 0, &why);

	if (r == -QVM_E_NOT_RUNNING)
		return 0;
	if (r < 0)
		*err = why;
	return r;
}

static int fake_console(void *hv, const struct hv_id *id, char **ret, struct qvm_err *err)
{
	int r = act(hv, id, "console", nothing, 0, err);

	if (r == 0)
		*ret = xstrdup("/dev/null");
	return r;
}

static int fake_set_memory(void *hv, const struct hv_id *id, uint64_t bytes,
			   struct qvm_err *err)
{
	return act(hv, id, "set_memory", resize, bytes, err);
}

const struct hv_view_ops hv_view_fake = {
	.name = "fake",
	.open = fake_open,
	.close = fake_close,
	.host = fake_host,
	.list = fake_list,
	.find = fake_look,
	.wait_end = fake_wait_end,
	.power_off = fake_power_off,
	.io = fake_io,
};

const struct hv_ops hv_fake = {
	.name = "fake",
	.open = fake_open,
	.close = fake_close,
	.config_json = fake_config_json,
	.memory_need = fake_memory_need,
	.create = fake_create,
	.unpause = fake_unpause,
	.pause = fake_pause,
	.shutdown = fake_shutdown,
	.destroy = fake_destroy,
	.console = fake_console,
	.set_memory = fake_set_memory,
	.disks = fake_disks,
	.attach = fake_attach,
	.detach = fake_detach,
	.set_nics = fake_set_nics,
	.set_keys = fake_set_keys,
};
