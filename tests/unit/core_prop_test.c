/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/prop.h"

#include "tests/unit/test.h"

/*
 * The world of these tests, by id: dom0, fedora (a template), net <- fw <- work (AppVMs),
 * dvm (for disposables), own (a standalone), disp7 (a disposable over dvm).
 */
enum { DOM0, TPL, NET, FW, WORK, DVM, OWN, DISP, COUNT };

static const struct {
	const char *name;
	enum vm_class klass;
	int template;
} people[COUNT] = {
	[DOM0] = {"dom0", CLASS_ADMIN, 0},    [TPL] = {"fedora", CLASS_TEMPLATE, 0},
	[NET] = {"net", CLASS_APP, TPL},      [FW] = {"fw", CLASS_APP, TPL},
	[WORK] = {"work", CLASS_APP, TPL},    [DVM] = {"dvm", CLASS_APP, TPL},
	[OWN] = {"own", CLASS_STANDALONE, 0}, [DISP] = {"disp7", CLASS_DISP, DVM},
};

static void put(struct vm_prop *prop, const char *text, int64_t ref)
{
	free(prop->text);
	*prop = (struct vm_prop){.set = true, .text = xstrdup(text), .ref = ref};
}

static struct world *make_world(void)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->vms = xcalloc(COUNT, sizeof(*w->vms));
	w->vm_count = COUNT;
	for (int i = 0; i < COUNT; i++) {
		struct vm *vm = &w->vms[i];

		vm->id = i;
		strcpy(vm->name, people[i].name);
		vm->klass = people[i].klass;
		vm->uuid.b[15] = (uint8_t)i;
		if (people[i].template)
			put(&vm->props[PROP_TEMPLATE], NULL, people[i].template);
	}
	put(&w->vms[NET].props[PROP_PROVIDES_NETWORK], "True", 0);
	put(&w->vms[NET].props[PROP_NETVM], NULL, 0);
	put(&w->vms[FW].props[PROP_PROVIDES_NETWORK], "True", 0);
	put(&w->vms[FW].props[PROP_NETVM], NULL, NET);
	put(&w->vms[WORK].props[PROP_NETVM], NULL, FW);
	put(&w->vms[DVM].props[PROP_TEMPLATE_FOR_DISPVMS], "True", 0);
	put(&w->vms[DISP].props[PROP_DISPID], "7", 0);
	w->pools = xcalloc(1, sizeof(*w->pools));
	w->pool_count = 1;
	w->pools[0].name = xstrdup("fast");
	return w;
}

static void expect(const struct world *w, const struct vm *vm, enum prop_id id,
		   const char *want, bool is_default)
{
	struct prop_value value;

	prop_get(w, vm, id, &value);
	if (value.is_default != is_default ||
	    strcmp(value.text ? value.text : "-", want) != 0)
		fail_msg("%s of %s is '%s' (%s), not '%s'", prop_defs[id].name,
			 vm ? vm->name : "the system", value.text ? value.text : "-",
			 value.is_default ? "default" : "set", want);
}

/* Of `work` and of the system, with nothing more set than above; NULL: not for AppVMs. */
static const char *const defaults[PROP_COUNT] = {
	[PROP_NAME] = "work",
	[PROP_QID] = "4",
	[PROP_UUID] = "00000000-0000-0000-0000-000000000004",
	[PROP_KLASS] = "AppVM",
	[PROP_LABEL] = "black",
	[PROP_TEMPLATE_FOR_DISPVMS] = "False",
	[PROP_BOOTMODE] = "default",
	[PROP_VIRT_MODE] = "pvh",
	[PROP_KERNEL] = "-",
	[PROP_KERNELOPTS] = "swiotlb=2048",
	[PROP_MEMORY] = "400",
	[PROP_MAXMEM] = "4000",
	[PROP_STUBDOM_MEM] = "-",
	[PROP_VCPUS] = "2",
	[PROP_PROVIDES_NETWORK] = "False",
	[PROP_IP] = "10.137.0.4",
	[PROP_IP6] = "-",
	[PROP_MAC] = "00:16:3e:5e:00:04",
	[PROP_VISIBLE_IP] = "10.137.0.4",
	[PROP_VISIBLE_IP6] = "-",
	[PROP_VISIBLE_GATEWAY] = "10.137.0.3",
	[PROP_VISIBLE_GATEWAY6] = "-",
	[PROP_VISIBLE_NETMASK] = "255.255.255.255",
	[PROP_GATEWAY] = "-",
	[PROP_GATEWAY6] = "-",
	[PROP_DNS] = "10.139.1.1 10.139.1.2",
	[PROP_DEFAULT_USER] = "user",
	[PROP_QREXEC_TIMEOUT] = "60",
	[PROP_SHUTDOWN_TIMEOUT] = "60",
	[PROP_AUTOSTART] = "False",
	[PROP_DEBUG] = "False",
	[PROP_INCLUDE_IN_BACKUPS] = "True",
	[PROP_BACKUP_TIMESTAMP] = "-",
	[PROP_DEFAULT_DISPVM] = "-",
	[PROP_DISP_SPARES] = "0",
	[PROP_DISP_IDLE] = "0",
	[PROP_MANAGEMENT_DISPVM] = "-",
	[PROP_PCIDEVS] = "",
	[PROP_DEVICES_DENIED] = "",
	[PROP_INSTALLED_BY_RPM] = "False",
	[PROP_UPDATEABLE] = "False",
	[PROP_XID] = "-1",
	[PROP_START_TIME] = "-",
	[PROP_G_DEFAULT_NETVM] = "-",
	[PROP_G_DEFAULT_TEMPLATE] = "-",
	[PROP_G_DEFAULT_DISPVM] = "-",
	[PROP_G_DISP_MEMORY] = "2048",
	[PROP_G_DISP_DELAY] = "3",
	[PROP_G_MANAGEMENT_DISPVM] = "-",
	[PROP_G_DEFAULT_KERNEL] = "-",
	[PROP_G_DEFAULT_POOL] = "default",
	[PROP_G_DEFAULT_POOL_ROOT] = "default",
	[PROP_G_DEFAULT_POOL_PRIVATE] = "default",
	[PROP_G_DEFAULT_POOL_VOLATILE] = "default",
	[PROP_G_DEFAULT_POOL_KERNEL] = "default",
	[PROP_G_DEFAULT_QREXEC_TIMEOUT] = "60",
	[PROP_G_DEFAULT_SHUTDOWN_TIMEOUT] = "60",
	[PROP_G_STATS_INTERVAL] = "3",
	[PROP_G_UPDATEVM] = "-",
	[PROP_G_CLOCKVM] = "-",
	[PROP_G_CHECK_UPDATES_VM] = "True",
	[PROP_G_MAXMEM] = "-",
	[PROP_G_NO_CPUS] = "-",
};

static void every_property_has_its_default(void **state)
{
	cleanup_world struct world *w = make_world();

	(void)state;
	for (int i = 0; i < PROP_COUNT; i++) {
		enum prop_id id = (enum prop_id)i;
		const struct vm *vm = i < PROP_G_FIRST ? &w->vms[WORK] : NULL;

		if (vm && vm->props[id].set)
			continue;
		if (!defaults[id] && prop_applies(id, vm))
			fail_msg("no default is tested for %s", prop_defs[id].name);
		if (prop_applies(id, vm))
			expect(w, vm, id, defaults[id], true);
	}
}

static void every_row_is_whole(void **state)
{
	(void)state;
	for (int i = 0; i < PROP_COUNT; i++) {
		const struct prop_def *def = &prop_defs[i];
		enum prop_id found;
		struct qvm_err err;

		assert_non_null(def->name);
		assert_true(def->help && *def->help);
		assert_true(def->help[strlen(def->help) - 1] != '.');
		assert_int_equal(!!(def->classes & CLASS_GLOBAL), i >= PROP_G_FIRST);
		assert_true(def->global == PROP_NONE || def->global >= PROP_G_FIRST);
		assert_true(def->type != PT_CHOICE || def->choices);
		if (def->type == PT_STRING && !(def->flags & PROP_READONLY))
			assert_true(def->max > 0);
		assert_int_equal(prop_find(def->name, i >= PROP_G_FIRST, &found, &err),
				 0);
		assert_int_equal(found, i);
	}
}

/* One change of a property; VM -1: global. RESULT is the kind, or 0 and TEXT or REF. */
static const struct {
	int vm;
	enum prop_id id;
	const char *value;
	int kind;
	const char *text;
	int64_t ref;
} changes[] = {
	{WORK, PROP_NAME, "x", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_QID, "9", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_UUID, "x", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_KLASS, "DispVM", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_XID, "1", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_VISIBLE_IP, "10.0.0.1", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_UPDATEABLE, "True", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_LABEL, "red", 0, "red", 0},
	{WORK, PROP_LABEL, "4", 0, "green", 0},
	{WORK, PROP_LABEL, "white", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_LABEL, NULL, QVM_E_VALUE, NULL, 0},
	{WORK, PROP_TEMPLATE, "fedora", 0, NULL, TPL},
	{WORK, PROP_TEMPLATE, "own", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_TEMPLATE, "net", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_TEMPLATE, "nobody", QVM_E_NO_VM, NULL, 0},
	{WORK, PROP_TEMPLATE, "none", QVM_E_NO_VM, NULL, 0},
	{WORK, PROP_TEMPLATE, NULL, QVM_E_VALUE, NULL, 0},
	{OWN, PROP_TEMPLATE, "fedora", QVM_E_NOT_FOUND, NULL, 0},
	{DISP, PROP_TEMPLATE, "dvm", 0, NULL, DVM},
	{DISP, PROP_TEMPLATE, "work", QVM_E_VALUE, NULL, 0},
	{DISP, PROP_TEMPLATE, "fedora", QVM_E_VALUE, NULL, 0},
	{DISP, PROP_DISPID, "8", QVM_E_VALUE, NULL, 0},
	{DISP, PROP_AUTO_CLEANUP, "no", 0, "False", 0},
	{WORK, PROP_AUTO_CLEANUP, "no", QVM_E_NOT_FOUND, NULL, 0},
	{WORK, PROP_TEMPLATE_FOR_DISPVMS, "on", 0, "True", 0},
	{DVM, PROP_TEMPLATE_FOR_DISPVMS, "off", QVM_E_IN_USE, NULL, 0},
	{DVM, PROP_TEMPLATE_FOR_DISPVMS, NULL, QVM_E_IN_USE, NULL, 0},
	{TPL, PROP_TEMPLATE_FOR_DISPVMS, "on", QVM_E_NOT_FOUND, NULL, 0},
	{TPL, PROP_APPVM_DEFAULT_BOOTMODE, "x", 0, "x", 0},
	{WORK, PROP_BOOTMODE, "rescue", 0, "rescue", 0},
	{WORK, PROP_VIRT_MODE, "pv", 0, "pv", 0},
	{WORK, PROP_VIRT_MODE, "hvm", 0, "hvm", 0},
	{WORK, PROP_VIRT_MODE, "PV", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_VIRT_MODE, "", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_VIRT_MODE, NULL, 0, NULL, 0},
	{WORK, PROP_KERNEL, "6.1-lab", 0, "6.1-lab", 0},
	{WORK, PROP_KERNEL, "", 0, NULL, 0},
	{WORK, PROP_KERNEL, "none", 0, NULL, 0},
	{WORK, PROP_KERNEL, "../../etc", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_KERNEL, "..", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_KERNELOPTS, "quiet splash", 0, "quiet splash", 0},
	{WORK, PROP_KERNELOPTS, "", 0, "", 0},
	{WORK, PROP_KERNELOPTS, "a\nb", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MEMORY, "1024", 0, "1024", 0},
	{WORK, PROP_MEMORY, "01024", 0, "1024", 0},
	{WORK, PROP_MEMORY, "0", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MEMORY, "-1", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MEMORY, "1G", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MEMORY, "", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MAXMEM, "0", 0, "0", 0},
	{WORK, PROP_MAXMEM, "400", 0, "400", 0},
	{WORK, PROP_MAXMEM, "399", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MAXMEM, NULL, 0, NULL, 0},
	{WORK, PROP_STUBDOM_MEM, "128", 0, "128", 0},
	{WORK, PROP_STUBDOM_MEM, "none", 0, NULL, 0},
	{WORK, PROP_STUBDOM_MEM, "4097", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_VCPUS, "1", 0, "1", 0},
	{WORK, PROP_VCPUS, "128", 0, "128", 0},
	{WORK, PROP_VCPUS, "129", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_NETVM, "net", 0, NULL, NET},
	{WORK, PROP_NETVM, "none", 0, NULL, 0},
	{WORK, PROP_NETVM, "", 0, NULL, 0},
	{WORK, PROP_NETVM, "own", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_NETVM, "work", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_NETVM, "dom0", QVM_E_VALUE, NULL, 0},
	{NET, PROP_NETVM, "fw", QVM_E_VALUE, NULL, 0},
	{NET, PROP_NETVM, "net", QVM_E_VALUE, NULL, 0},
	{DOM0, PROP_NETVM, "net", QVM_E_NOT_FOUND, NULL, 0},
	{WORK, PROP_PROVIDES_NETWORK, "1", 0, "True", 0},
	{WORK, PROP_PROVIDES_NETWORK, "maybe", QVM_E_VALUE, NULL, 0},
	{FW, PROP_PROVIDES_NETWORK, "False", QVM_E_IN_USE, NULL, 0},
	{FW, PROP_PROVIDES_NETWORK, NULL, QVM_E_IN_USE, NULL, 0},
	{WORK, PROP_IP, "10.1.2.3", 0, "10.1.2.3", 0},
	{WORK, PROP_IP, "10.1.2", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_IP, "10.1.2.256", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_IP, "10.1.2.3/24", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_IP6, "fd00::1", 0, "fd00::1", 0},
	{WORK, PROP_IP6, "fd00::g", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MAC, "00:16:3E:00:00:01", 0, "00:16:3e:00:00:01", 0},
	{WORK, PROP_MAC, "01:16:3e:00:00:01", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MAC, "00:16:3e:00:00", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MAC, "00:16:3e:00:00:01:02", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MAC, "0", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_DEFAULT_USER, "root", 0, "root", 0},
	{WORK, PROP_DEFAULT_USER, "", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_DEFAULT_USER, "a b", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_DEFAULT_USER, "$(id)", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_QREXEC_TIMEOUT, "1", 0, "1", 0},
	{WORK, PROP_QREXEC_TIMEOUT, "0", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_SHUTDOWN_TIMEOUT, "86400", 0, "86400", 0},
	{WORK, PROP_SHUTDOWN_TIMEOUT, "86401", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_AUTOSTART, "Yes", 0, "True", 0},
	{WORK, PROP_DEBUG, "TRUE", 0, "True", 0},
	{WORK, PROP_INCLUDE_IN_BACKUPS, "0", 0, "False", 0},
	{WORK, PROP_BACKUP_TIMESTAMP, "1700000000", 0, "1700000000", 0},
	{WORK, PROP_BACKUP_TIMESTAMP, "", 0, NULL, 0},
	{WORK, PROP_DEFAULT_DISPVM, "dvm", 0, NULL, DVM},
	{WORK, PROP_DEFAULT_DISPVM, "own", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_DISP_SPARES, "3", 0, "3", 0},
	{WORK, PROP_DISP_SPARES, "101", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_DISP_IDLE, "600", 0, "600", 0},
	{WORK, PROP_DISP_IDLE, "-1", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_MANAGEMENT_DISPVM, "dvm", 0, NULL, DVM},
	{WORK, PROP_MANAGEMENT_DISPVM, "fedora", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_PCIDEVS, "00:1f.6", 0, "00:1f.6", 0},
	{WORK, PROP_PCIDEVS, "0000:00:1f.6 dom0:03_00.0,permissive", 0,
	 "0000:00:1f.6 dom0:03_00.0,permissive", 0},
	{WORK, PROP_PCIDEVS, "00:1f.8", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_PCIDEVS, "00:1f.6,seize", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_PCIDEVS, "00:1f.6 dom0:00_1f.6", QVM_E_VALUE, NULL, 0},
	{WORK, PROP_DEVICES_DENIED, "b*****", 0, "b*****", 0},
	{WORK, PROP_INSTALLED_BY_RPM, "no", 0, "False", 0},
	{-1, PROP_G_DEFAULT_NETVM, "fw", 0, NULL, FW},
	{-1, PROP_G_DEFAULT_NETVM, "own", QVM_E_VALUE, NULL, 0},
	{-1, PROP_G_DEFAULT_NETVM, "none", 0, NULL, 0},
	{-1, PROP_G_DEFAULT_TEMPLATE, "fedora", 0, NULL, TPL},
	{-1, PROP_G_DEFAULT_TEMPLATE, "own", QVM_E_VALUE, NULL, 0},
	{-1, PROP_G_DEFAULT_DISPVM, "dvm", 0, NULL, DVM},
	{-1, PROP_G_DEFAULT_DISPVM, "work", QVM_E_VALUE, NULL, 0},
	{-1, PROP_G_DISP_MEMORY, "0", 0, "0", 0},
	{-1, PROP_G_DISP_DELAY, "86401", QVM_E_VALUE, NULL, 0},
	{-1, PROP_G_MANAGEMENT_DISPVM, "dvm", 0, NULL, DVM},
	{-1, PROP_G_DEFAULT_KERNEL, "6.1", 0, "6.1", 0},
	{-1, PROP_G_DEFAULT_KERNEL, "a/b", QVM_E_VALUE, NULL, 0},
	{-1, PROP_G_DEFAULT_POOL, "fast", 0, "fast", 0},
	{-1, PROP_G_DEFAULT_POOL, "slow", QVM_E_NOT_FOUND, NULL, 0},
	{-1, PROP_G_DEFAULT_POOL_ROOT, "fast", 0, "fast", 0},
	{-1, PROP_G_DEFAULT_POOL_PRIVATE, "slow", QVM_E_NOT_FOUND, NULL, 0},
	{-1, PROP_G_DEFAULT_POOL_VOLATILE, NULL, 0, NULL, 0},
	{-1, PROP_G_DEFAULT_POOL_KERNEL, "fast", 0, "fast", 0},
	{-1, PROP_G_DEFAULT_QREXEC_TIMEOUT, "5", 0, "5", 0},
	{-1, PROP_G_DEFAULT_SHUTDOWN_TIMEOUT, "x", QVM_E_VALUE, NULL, 0},
	{-1, PROP_G_STATS_INTERVAL, "3601", QVM_E_VALUE, NULL, 0},
	{-1, PROP_G_UPDATEVM, "net", 0, NULL, NET},
	{-1, PROP_G_CLOCKVM, "nobody", QVM_E_NO_VM, NULL, 0},
	{-1, PROP_G_CHECK_UPDATES_VM, "off", 0, "False", 0},
};

static void changes_are_checked(void **state)
{
	cleanup_world struct world *w = make_world();

	(void)state;
	for (size_t i = 0; i < array_len(changes); i++) {
		const struct vm *vm = changes[i].vm < 0 ? NULL : &w->vms[changes[i].vm];
		cleanup_prop_change struct prop_change change = {0};
		const char *want = changes[i].text;
		struct qvm_err err = QVM_ERR_INIT;
		int r = prop_check(w, vm, changes[i].id, changes[i].value, &change, &err);

		if (r != -changes[i].kind)
			fail_msg("%s = '%s': %d %s", prop_defs[changes[i].id].name,
				 changes[i].value, r, err.text);
		if (r < 0)
			continue;
		if (change.ref != changes[i].ref || !want != !change.text ||
		    (want && strcmp(want, change.text) != 0))
			fail_msg("%s = '%s': became '%s', %d",
				 prop_defs[changes[i].id].name, changes[i].value,
				 change.text, (int)change.ref);
		assert_int_equal(change.unset, !changes[i].value);
	}
}

/* Every property that can be changed occurs above. */
static void every_property_is_tested(void **state)
{
	(void)state;
	for (int id = 0; id < PROP_COUNT; id++) {
		bool found = prop_defs[id].flags & PROP_READONLY;

		for (size_t i = 0; i < array_len(changes) && !found; i++)
			found = (int)changes[i].id == id;
		if (!found)
			fail_msg("%s is not tested", prop_defs[id].name);
	}
}

static void defaults_come_from_template_and_system(void **state)
{
	cleanup_world struct world *w = make_world();
	struct vm *tpl = &w->vms[TPL], *work = &w->vms[WORK], *disp = &w->vms[DISP];

	(void)state;
	put(&tpl->props[PROP_MEMORY], "600", 0);
	expect(w, work, PROP_MEMORY, "600", true);
	expect(w, work, PROP_MAXMEM, "6000", true);
	expect(w, disp, PROP_MEMORY, "600", true); /* by way of dvm */
	put(&w->vms[DVM].props[PROP_MEMORY], "300", 0);
	expect(w, disp, PROP_MEMORY, "300", true);
	put(&work->props[PROP_MEMORY], "500", 0);
	expect(w, work, PROP_MEMORY, "500", false);
	expect(w, &w->vms[OWN], PROP_MEMORY, "400", true);

	put(&w->globals[PROP_G_DEFAULT_KERNEL], "6.1", 0);
	expect(w, work, PROP_KERNEL, "6.1", true);
	put(&tpl->props[PROP_KERNEL], NULL, 0);
	expect(w, work, PROP_KERNEL, "-", true);
	put(&w->globals[PROP_G_DEFAULT_POOL], "fast", 0);
	expect(w, NULL, PROP_G_DEFAULT_POOL_ROOT, "fast", true);
	put(&w->globals[PROP_G_DEFAULT_SHUTDOWN_TIMEOUT], "10", 0);
	expect(w, work, PROP_SHUTDOWN_TIMEOUT, "10", true);
}

static void networks_have_defaults_too(void **state)
{
	cleanup_world struct world *w = make_world();

	(void)state;
	put(&w->globals[PROP_G_DEFAULT_NETVM], NULL, FW);
	expect(w, &w->vms[OWN], PROP_NETVM, "fw", true);
	expect(w, &w->vms[TPL], PROP_NETVM, "-", true);
	expect(w, &w->vms[NET], PROP_NETVM, "-", false);
	expect(w, &w->vms[OWN], PROP_VISIBLE_GATEWAY, "10.137.0.3", true);
	expect(w, &w->vms[FW], PROP_GATEWAY, "10.137.0.3", true);
	expect(w, &w->vms[DISP], PROP_IP, "10.138.0.7", true);
	w->vms[OWN].id = 255;
	expect(w, &w->vms[OWN], PROP_IP, "10.137.1.1", true);
	w->vms[OWN].id = 10000;
	expect(w, &w->vms[OWN], PROP_IP, "10.137.39.94", true);
	expect(w, &w->vms[OWN], PROP_MAC, "00:16:3e:5e:27:10", true);
}

static void no_two_numbers_share_an_address(void **state)
{
	cleanup_world struct world *w = make_world();
	cleanup_free bool *seen = xcalloc(65536, sizeof(*seen));
	struct prop_value value;
	unsigned high, low;

	(void)state;
	for (int id = 1; id <= QVM_ID_MAX; id++) {
		w->vms[OWN].id = id;
		prop_get(w, &w->vms[OWN], PROP_IP, &value);
		assert_int_equal(sscanf(value.text, "10.137.%u.%u", &high, &low), 2);
		assert_in_range(low, 1, 254);
		assert_in_range(high, 0, 254);
		assert_false(seen[high << 8 | low]);
		seen[high << 8 | low] = true;
	}
}

/* Setting a global netvm must not close a ring either: it is everybody's default. */
static void a_ring_never_hangs(void **state)
{
	cleanup_world struct world *w = make_world();
	cleanup_prop_change struct prop_change change = {0};
	struct qvm_err err = QVM_ERR_INIT;

	(void)state;
	put(&w->vms[NET].props[PROP_NETVM], NULL, FW); /* a damaged registry */
	assert_int_equal(prop_check(w, &w->vms[OWN], PROP_NETVM, "net", &change, &err),
			 0);
	expect(w, &w->vms[WORK], PROP_IP6, "-", true);
}

static void finds_names(void **state)
{
	struct qvm_err err = QVM_ERR_INIT;
	enum prop_id id;

	(void)state;
	assert_int_equal(prop_find("virt-mode", false, &id, &err), 0);
	assert_int_equal(id, PROP_VIRT_MODE);
	assert_int_equal(prop_find("default-netvm", true, &id, &err), 0);
	assert_int_equal(id, PROP_G_DEFAULT_NETVM);
	assert_int_equal(prop_find("default_dispvm", true, &id, &err), 0);
	assert_int_equal(id, PROP_G_DEFAULT_DISPVM);
	assert_int_equal(prop_find("default_dispvm", false, &id, &err), 0);
	assert_int_equal(id, PROP_DEFAULT_DISPVM);
	assert_int_equal(prop_find("memroy", false, &id, &err), -QVM_E_NOT_FOUND);
	assert_non_null(strstr(err.text, "did you mean 'memory'"));
	assert_int_equal(prop_find("", false, &id, &err), -QVM_E_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_property_has_its_default),
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(changes_are_checked),
		cmocka_unit_test(every_property_is_tested),
		cmocka_unit_test(defaults_come_from_template_and_system),
		cmocka_unit_test(networks_have_defaults_too),
		cmocka_unit_test(no_two_numbers_share_an_address),
		cmocka_unit_test(a_ring_never_hangs),
		cmocka_unit_test(finds_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
