/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/clip.h"
#include "agent/rest.h"
#include "agent/setup.h"
#include "qrexec/pty.h"

struct applet {
	const char *name;
	int (*run)(int argc, char **argv);
};

static const struct applet applets[] = {
	{"init", init_main},
	{"poweroff", poweroff_main},
	{"qfile-agent", copy_sender_main},
	{"qfile-unpacker", copy_receiver_main},
	{"qopen-in-vm", open_sender_main},
	{"qrexec-agent", agent_main},
	{"qrexec-client-vm", client_vm_main},
	{"qubes.Filecopy", copy_receiver_main},
	{"qubes.GetAppmenus", get_appmenus_main},
	{"qubes.GetDate", get_date_main},
	{"qubes.OpenInVM", open_receiver_main},
	{"qubes.OpenURL", open_url_main},
	{"qubes.ResizeDisk", resize_disk_main},
	{"qubes.StartApp", start_app_main},
	{"qubes.ConnectTCP", connect_tcp_main},
	{"qubes.UpdatesProxy", updates_service_main},
	{"qubes.VMExec", vm_exec_main},
	{"qubes.VMRootExec", vm_exec_main},
	{"qubes.VMRootShell", vm_shell_main},
	{"qubes.VMShell", vm_shell_main},
	{"qubes.WaitForRunningSystem", wait_running_main},
	{"qvm-clip-get", clip_get_main},
	{"qvm-clip-set", clip_set_main},
	{"qvm.NetStat", net_stat_main},
	{CLIP_GET_SERVICE, clip_get_main},
	{CLIP_SET_SERVICE, clip_set_main},
	{PTY_SERVICE, pty_main},
	{"qvm.Rest", rest_main},
	{"qvm.Sleep", sleep_main},
	{"qvm.Wake", wake_main},
	{"qvm-connect-tcp", connect_main},
	{"qvm-copy", copy_main},
	{"qvm-copy-to-vm", copy_main},
	{"qvm-move", copy_main},
	{"qvm-move-to-vm", copy_main},
	{"qvm-net", net_main},
	{"qvm-open-in-dvm", open_main},
	{"qvm-open-in-vm", open_main},
	{"qvm-run-vm", run_vm_main},
	{"qvm-setup", setup_main},
	{"qvm-updates-proxy", updates_proxy_main},
};

static const struct applet *applet_find(const char *path)
{
	for (size_t i = 0; i < array_len(applets); i++) {
		if (strcmp(applets[i].name, basename(path)) == 0)
			return &applets[i];
	}
	return NULL;
}

static bool is_service(const char *name)
{
	return strncmp(name, "qubes.", 6) == 0 || strncmp(name, "qvm.", 4) == 0;
}

const char *agent_built_in(const char *service)
{
	const struct applet *a = is_service(service) ? applet_find(service) : NULL;

	return a ? a->name : NULL;
}

void agent_site(struct vchan_site *ret)
{
	if (vchan_site_init(ret, getenv("VCHAN_SOCKET_DIR"), getenv("VCHAN_DOMAIN")) <
	    0) {
		dprintf(STDERR_FILENO, "qvm-agent: VCHAN_DOMAIN is no domain number\n");
		exit(125);
	}
	if (vchan_site_self(ret) < 0) {
		dprintf(STDERR_FILENO, "qvm-agent: xenstore does not answer\n");
		exit(125);
	}
}

/* The programs that a user or a script calls by name; services are found without links. */
static int list_names(void)
{
	for (size_t i = 0; i < array_len(applets); i++)
		if (*applets[i].name == 'q' && !is_service(applets[i].name))
			puts(applets[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	const struct applet *a = argc > 0 ? applet_find(argv[0]) : NULL;

	if (!a && argc > 1) {
		argc--;
		argv++;
		a = applet_find(argv[0]);
	}
	if (a) {
		(void)signal(SIGPIPE, SIG_IGN);
		return a->run(argc, argv);
	}
	if (argc == 1 && strcmp(argv[0], "--names") == 0)
		return list_names();
	dprintf(STDERR_FILENO, "usage: qvm-agent PROGRAM [ARG...] | --names\n");
	for (size_t i = 0; i < array_len(applets); i++)
		dprintf(STDERR_FILENO, "\t%s\n", applets[i].name);
	return 2;
}
