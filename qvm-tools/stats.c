/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qvm-stats: what each domain takes of the machine, now and again and again. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/prop.h"
#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/size.h"
#include "ops/monitor.h"
#include "qvm-tools/cmd.h"
#include "qvm-tools/opt.h"
#include "qvm-tools/render.h"

enum { O_INTERVAL = 1, O_COUNT, O_RUNNING };

enum { FIRST_MS = 1000 }; /* what the rates of a single table are measured over */

static const struct opt stats_opts[] = {
	{"interval", 'i', O_INTERVAL, "SECONDS", "between two samples (1)"},
	{"count", 'n', O_COUNT, "N", "so many samples; 0: until ^C (1)"},
	{"running", 0, O_RUNNING, NULL, "only domains that run"},
	{0},
};

static const struct cmd_example stats_examples[] = {
	{"qvm-stats", "one table, with rates of the last second"},
	{"qvm-stats -n 0 -i 5 work", "one domain, every five seconds"},
	{"qvm-stats --json -n 0", "a line of JSON a second, for a program"},
	{0},
};

/* What a domain had used at the sample before. */
struct sample {
	int64_t id;
	struct vm_live live;
};

struct stats_opts {
	int interval, count;
	bool counted, running;
	struct sample *samples; /* of the last look, in the order of its world */
	size_t n;
	uint64_t taken; /* when, on the monotonic clock */
	uint64_t span;	/* ms between the last two looks; 0: there is one only */
	struct buf line;
};

/* One domain's rates in a second; valid where the span is not 0. */
struct rates {
	bool known, io;
	double cpu; /* per cent of one processor */
	double read, write, rx, tx;
};

static int stats_option(void *opts, int id, const char *value, struct qvm_err *err)
{
	struct stats_opts *o = opts;

	switch (id) {
	case O_INTERVAL:
		return opt_number("--interval", value, 1, 3600, &o->interval, err);
	case O_COUNT:
		o->counted = true;
		return opt_number("--count", value, 0, 1 << 30, &o->count, err);
	default:
		o->running = true;
		return 0;
	}
}

static const struct column stats_columns[] = {
	{"name", "NAME", CELL_TEXT, 0, true, ""},
	{"state", "STATE", CELL_TEXT, 0, false, ""},
	{"cpu", "CPU%", CELL_INT, 5, false, ""},
	{"cpu_s", "CPU-SEC", CELL_INT, 0, false, ""},
	{"memory", "MEM-MIB", CELL_INT, 0, false, ""},
	{"max_memory", "MAX-MIB", CELL_INT, 0, false, ""},
	{"vcpus", "VCPUS", CELL_INT, 0, false, ""},
	{"read", "READ-KIB/S", CELL_INT, 0, false, ""},
	{"write", "WRITE-KIB/S", CELL_INT, 0, false, ""},
	{"rx", "RX-KIB/S", CELL_INT, 0, false, ""},
	{"tx", "TX-KIB/S", CELL_INT, 0, false, ""},
};

/* Domains keep their order, so the sample is next to where the last one was. */
static const struct vm_live *sample_of(const struct stats_opts *o, size_t near,
				       int64_t id)
{
	if (near < o->n && o->samples[near].id == id)
		return &o->samples[near].live;
	for (size_t i = 0; i < o->n; i++)
		if (o->samples[i].id == id)
			return &o->samples[i].live;
	return NULL;
}

static double rate(const struct stats_opts *o, uint64_t before, uint64_t after)
{
	return after > before ? (double)(after - before) * 1000 / (double)o->span : 0;
}

/* A domain that was started anew meanwhile begins at nothing. */
static struct rates rates_of(const struct stats_opts *o, size_t near, const struct vm *vm)
{
	static const struct vm_live nothing;
	const struct vm_live *now = &vm->live, *old = sample_of(o, near, vm->id);
	struct rates r = {.known = o->span && vm_is_running(vm), .io = now->has_io};

	if (!r.known)
		return r;
	if (!old || old->domid != now->domid ||
	    !vm_is_running(&(struct vm){.live = *old}))
		old = &nothing;
	r.cpu = rate(o, old->cpu_ns, now->cpu_ns) / 1e7;
	r.read = rate(o, old->read_bytes, now->read_bytes);
	r.write = rate(o, old->write_bytes, now->write_bytes);
	r.rx = rate(o, old->rx_bytes, now->rx_bytes);
	r.tx = rate(o, old->tx_bytes, now->tx_bytes);
	return r;
}

static void keep_samples(struct stats_opts *o, const struct world *w)
{
	o->samples = xreallocarray(o->samples, w->vm_count + 1, sizeof(*o->samples));
	o->n = w->vm_count;
	for (size_t i = 0; i < w->vm_count; i++)
		o->samples[i] = (struct sample){w->vms[i].id, w->vms[i].live};
}

static bool is_shown(const struct inv *inv, const struct vm *vm)
{
	const struct stats_opts *o = inv->opts;

	return (inv->all || !inv->args.n || strv_has(&inv->names, vm->name)) &&
	       !strv_has(&inv->exclude, vm->name) && (!o->running || vm_is_running(vm));
}

/* ---- a line of JSON ---- */

static void add_identity(struct buf *b, const struct world *w, const struct vm *vm)
{
	static const enum prop_id names[] = {PROP_LABEL, PROP_TEMPLATE, PROP_NETVM};
	static const enum prop_id flags[] = {PROP_PROVIDES_NETWORK,
					     PROP_TEMPLATE_FOR_DISPVMS, PROP_AUTOSTART,
					     PROP_AUTO_CLEANUP};
	struct prop_value value;

	json_put_text(b, "name", vm->name);
	json_put_text(b, "class", vm_classes[vm->klass].name);
	json_put_text(b, "state", vm_state_name(vm->live.state));
	for (size_t i = 0; i < array_len(names); i++) {
		value = (struct prop_value){0};
		if (prop_applies(names[i], vm))
			prop_get(w, vm, names[i], &value);
		json_put_text(b, prop_defs[names[i]].name, value.text);
	}
	for (size_t i = 0; i < array_len(flags); i++)
		json_put_bool(b, prop_defs[flags[i]].name,
			      prop_applies(flags[i], vm) && prop_bool(w, vm, flags[i]));
}

static void add_use(struct buf *b, const struct vm_live *live, const struct rates *r)
{
	json_put_int(b, "xid", live->domid);
	json_put_int(b, "start_time", live->start_time);
	json_put_int(b, "memory", (long long)live->memory);
	json_put_int(b, "max_memory", (long long)live->max_memory);
	json_put_int(b, "vcpus", live->vcpus);
	json_put_int(b, "cpu_ns", (long long)live->cpu_ns);
	json_put_bool(b, "outdated", live->outdated);
	json_put_bool(b, "orphan", live->orphan);
	if (live->has_io) {
		json_put_int(b, "read_bytes", (long long)live->read_bytes);
		json_put_int(b, "write_bytes", (long long)live->write_bytes);
		json_put_int(b, "rx_bytes", (long long)live->rx_bytes);
		json_put_int(b, "tx_bytes", (long long)live->tx_bytes);
	}
	if (!r->known)
		return;
	json_put_raw(b, "cpu", "%.1f", r->cpu);
	if (!r->io)
		return;
	json_put_raw(b, "read_rate", "%.0f", r->read);
	json_put_raw(b, "write_rate", "%.0f", r->write);
	json_put_raw(b, "rx_rate", "%.0f", r->rx);
	json_put_raw(b, "tx_rate", "%.0f", r->tx);
}

static void print_json(struct inv *inv, const struct world *w, const struct hv_host *host)
{
	struct stats_opts *o = inv->opts;
	struct timespec now;
	struct buf *b = &o->line;

	buf_reset(b);
	clock_gettime(CLOCK_REALTIME, &now);
	json_put_open(b, NULL, '{');
	json_put_text(b, "schema", "qvm-stats/1");
	json_put_raw(b, "time", "%lld.%03ld", (long long)now.tv_sec,
		     now.tv_nsec / 1000000);
	json_put_int(b, "span_ms", (long long)o->span);
	json_put_open(b, "host", '{');
	json_put_int(b, "memory", (long long)host->memory);
	json_put_int(b, "memory_free", (long long)host->memory_free);
	json_put_int(b, "cpus", host->cpus);
	json_put_text(b, "xen", host->version);
	buf_add_ch(b, '}');
	json_put_open(b, "domains", '[');
	for (size_t i = 0; i < w->vm_count; i++) {
		struct rates r;

		if (!is_shown(inv, &w->vms[i]))
			continue;
		r = rates_of(o, i, &w->vms[i]);
		json_put_open(b, NULL, '{');
		add_identity(b, w, &w->vms[i]);
		if (vm_is_running(&w->vms[i]))
			add_use(b, &w->vms[i].live, &r);
		buf_add_ch(b, '}');
	}
	buf_add(b, "]}\n");
	fwrite(b->data, 1, b->len, stdout);
}

/* ---- a table ---- */

static void add_number(struct table *t, bool known, const char *fmt, double value)
{
	char text[32];

	snprintf(text, sizeof(text), *fmt == '1' ? "%.1f" : "%.0f", value);
	table_typed(t, CELL_INT, known ? text : NULL);
}

static void add_row(struct table *t, const struct world *w, const struct vm *vm,
		    const struct rates *r)
{
	const struct vm_live *live = &vm->live;
	bool runs = vm_is_running(vm);
	struct prop_value label = {0};
	const struct vm_label *colour;

	prop_get(w, vm, PROP_LABEL, &label);
	colour = label.text ? label_find(label.text) : NULL;
	table_row(t, colour ? colour->ansi : 0);
	table_text(t, vm->name);
	table_text(t, vm_state_name(live->state));
	add_number(t, r->known, "1", r->cpu);
	add_number(t, runs, "0", (double)(live->cpu_ns / 1000000000));
	add_number(t, runs, "0", (double)(live->memory / MIB));
	/* dom0's has no limit where none was set */
	add_number(t, runs && live->max_memory < ((uint64_t)1 << 50), "0",
		   (double)(live->max_memory / MIB));
	add_number(t, runs, "0", live->vcpus);
	add_number(t, r->known && r->io, "0", r->read / KIB);
	add_number(t, r->known && r->io, "0", r->write / KIB);
	add_number(t, r->known && r->io, "0", r->rx / KIB);
	add_number(t, r->known && r->io, "0", r->tx / KIB);
}

static void print_table(struct inv *inv, const struct world *w)
{
	struct stats_opts *o = inv->opts;
	cleanup_table struct table t = {0};

	table_init(&t, "qvm-stats/1", "domains", stats_columns, array_len(stats_columns));
	for (size_t i = 0; i < w->vm_count; i++) {
		struct rates r;

		if (!is_shown(inv, &w->vms[i]))
			continue;
		r = rates_of(o, i, &w->vms[i]);
		add_row(&t, w, &w->vms[i], &r);
	}
	table_print(&t, RENDER_TABLE, stdout);
}

static int look(struct inv *inv, struct monitor *m, struct qvm_err *err)
{
	struct stats_opts *o = inv->opts;
	uint64_t now = clock_ms();
	int r = monitor_look(m, err);

	o->span = o->taken ? now - o->taken : 0;
	o->taken = now;
	return r;
}

/* Samples are taken on the beat, however long each of them takes. */
static void wait_for(uint64_t *beat, int ms)
{
	*beat += (uint64_t)ms;
	if (*beat + (uint64_t)ms < clock_ms())
		*beat = clock_ms();
	while (clock_left(*beat, ms) > 0)
		(void)poll(NULL, 0, clock_left(*beat, ms));
}

static int stats_run(struct inv *inv, struct qvm_err *err)
{
	struct stats_opts *o = inv->opts;
	cleanup_monitor struct monitor *m = NULL;
	int interval = (o->interval ? o->interval : 1) * 1000;
	int left = o->counted ? o->count : 1;
	uint64_t beat = clock_ms();
	int r = monitor_open(inv->ctx, MONITOR_IO, &m, err);

	if (r == 0)
		r = look(inv, m, err);
	if (r == 0 && !inv->json) {
		keep_samples(o, monitor_world(m));
		wait_for(&beat, FIRST_MS);
		r = look(inv, m, err);
	}
	for (bool first = true; r == 0; first = false) {
		if (!first && !inv->json)
			putchar('\n');
		if (inv->json)
			print_json(inv, monitor_world(m), monitor_host(m));
		else
			print_table(inv, monitor_world(m));
		if (fflush(stdout) != 0 || left == 1)
			break;
		left -= left > 0;
		keep_samples(o, monitor_world(m));
		wait_for(&beat, interval);
		r = look(inv, m, err);
	}
	return r;
}

static void stats_dispose(void *opts)
{
	struct stats_opts *o = opts;

	free(o->samples);
	buf_dispose(&o->line);
}

const struct cmd cmd_stats = {
	.name = "qvm-stats",
	.summary = "show what domains take of the machine",
	.args = "[VMNAME...]",
	.opts = stats_opts,
	.examples = stats_examples,
	.flags = CMD_JSON | CMD_VMS | CMD_VMS_ALL,
	.exits = EXIT(NO_VM) | EXIT(PERMISSION) | EXIT(NO_XEN) | EXIT(HYPERVISOR) |
		 EXIT(DATABASE),
	.max_args = ARGS_ANY,
	.opts_size = sizeof(struct stats_opts),
	.option = stats_option,
	.run = stats_run,
	.dispose = stats_dispose,
};
