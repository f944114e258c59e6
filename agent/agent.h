/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of a guest, in one static binary; main.c says which names they have. */
#ifndef QVM_AGENT_AGENT_H
#define QVM_AGENT_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/macro.h"
#include "qrexec/vchan.h"

#define AGENT_SOCKET "/var/run/qubes/qrexec-agent"
#define AGENT_SESSIONS "/var/run/qubes/qrexec-server.%s.sock"

/* How long a data connection may take to come about. */
enum { AGENT_DATA_MS = 120000 };

/* Programs: their exit status. */
int agent_main(int argc, char **argv);
int client_vm_main(int argc, char **argv);
int vm_shell_main(int argc, char **argv);	 /* qubes.VMShell, qubes.VMRootShell */
int vm_exec_main(int argc, char **argv);	 /* qubes.VMExec, qubes.VMRootExec */
int pty_main(int argc, char **argv);		 /* qvm.Pty */
int wait_running_main(int argc, char **argv);	 /* qubes.WaitForRunningSystem */
int connect_main(int argc, char **argv);	 /* qvm-connect-tcp */
int connect_tcp_main(int argc, char **argv);	 /* qubes.ConnectTCP */
int updates_service_main(int argc, char **argv); /* qubes.UpdatesProxy */
int net_main(int argc, char **argv);		 /* qvm-net: see net.h */
int net_stat_main(int argc, char **argv);	 /* qvm.NetStat */

/*
 * Lets the members of group qubes, where the guest has one, or else all users open
 * channels, as Qubes's rules for udev do. Needs root; else does nothing.
 */
void devices_share(void);
int copy_main(int argc, char **argv);	       /* qvm-copy, qvm-move and ...-to-vm */
int copy_sender_main(int argc, char **argv);   /* qfile-agent */
int copy_receiver_main(int argc, char **argv); /* qubes.Filecopy, qfile-unpacker */
int run_vm_main(int argc, char **argv);	       /* qvm-run-vm */
int open_main(int argc, char **argv);	       /* qvm-open-in-vm, qvm-open-in-dvm */
int open_sender_main(int argc, char **argv);   /* qopen-in-vm */
int open_receiver_main(int argc, char **argv); /* qubes.OpenInVM */
int open_url_main(int argc, char **argv);      /* qubes.OpenURL */
int get_appmenus_main(int argc, char **argv);  /* qubes.GetAppmenus */
int start_app_main(int argc, char **argv);     /* qubes.StartApp */
int get_date_main(int argc, char **argv);      /* qubes.GetDate */
int resize_disk_main(int argc, char **argv);   /* qubes.ResizeDisk */

/* The applet behind a service that the guest has no file for; NULL: none. */
const char *agent_built_in(const char *service);

/*
 * From VCHAN_SOCKET_DIR and VCHAN_DOMAIN, else from xenstore; ends the process when they
 * are wrong.
 */
void agent_site(struct vchan_site *ret);

struct command;

struct agent_call {
	struct vchan_site site;
	uint32_t domain, port;
	struct vchan_address told; /* where the caller is; port 0: to be looked for */
	const char *command;	   /* USER:COMMAND as dom0 sent it */
	bool just_exec;
	/* Where a user's own server of calls listens, with %s for the user; NULL: nobody asks. */
	const char *session_pattern;
};

/*
 * One request of dom0, in a process of its own. true: it has ended, and nothing of it is left
 * here but memory; else this process ends with it.
 */
bool agent_serve(const struct agent_call *c) must_check;

/* The lines of a service's standard error, for this guest's log; fd -1: there is none. */
struct service_log {
	int fd;
	char *tag;
	size_t len;
	char line[1024];
};
void service_log_open(struct service_log *l, const struct command *command);
void service_log_add(void *log, const void *data, size_t len);
void service_log_close(struct service_log *l);
#define cleanup_service_log cleanup(service_log_close)

/* Lets the server of the user's session do all of it; false: there is none for this call. */
bool session_serve(const struct agent_call *c, const struct command *command) must_check;
/* Is there one of any user? It would have to look for the caller by itself. */
bool session_any(const char *pattern) must_check;

/*
 * Becomes USER: groups, ids, HOME, SHELL, USER, LOGNAME, and its home as the folder. For
 * root only. The shell is valid until the process ends. 0 or a negative errno.
 */
int user_become(const char *user, const char **ret_shell) must_check;
/* Is it the user that this process runs as? */
bool user_is_own(const char *user) must_check;

/* The words of an argument of qubes.VMExec, NULL-terminated; NULL when it is malformed. */
char **vm_exec_decode(const char *argument) must_check;

#endif
