/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request to run something means, and where the service that it names is found.
 * The command line comes from dom0's daemon (in a guest) or from a policy's decision (in
 * dom0); the service's name may have been chosen by a hostile caller.
 *
 * Failures are exit statuses of qrexec: QREXEC_EXIT_TROUBLE, QREXEC_EXIT_NO_SERVICE.
 */
#ifndef QVM_QREXEC_SERVICE_H
#define QVM_QREXEC_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/macro.h"

#define SERVICE_PATH_DEFAULT "/run/qubes-rpc:/usr/local/etc/qubes-rpc:/etc/qubes-rpc"
#define SERVICE_CONFIG_DEFAULT                                                           \
	"/run/qubes/rpc-config:/usr/local/etc/qubes/rpc-config:/etc/qubes/rpc-config"

/* [USER:][nogui:]QUBESRPC SERVICE[+ARG] SOURCE [name|keyword TARGET] or a shell command. */
struct command {
	char *user; /* NULL: the command had none */
	bool nogui;
	char *shell;	  /* a shell command; NULL: a service */
	char *descriptor; /* all behind "QUBESRPC " */
	char *full;	  /* SERVICE[+ARG] as it came */
	char *service;
	char *argument; /* NULL: no `+` */
	char *source;
	char *target_type; /* "name", "keyword" or "" */
	char *target;
	bool words_ok; /* 2 or 4 words: executables insist on it */
};

/* HAS_USER: it begins with USER: (towards guests). 0 or QREXEC_EXIT_TROUBLE. */
int command_parse(const char *text, bool has_user, struct command *ret) must_check;
void command_dispose(struct command *c);
#define cleanup_command cleanup(command_dispose)

enum service_kind { SERVICE_EXEC, SERVICE_SOCKET, SERVICE_TCP };

struct service {
	enum service_kind kind;
	char *path;
	char *host, *port; /* SERVICE_TCP */
};

/* Looks in the folders of PATHS, colon-separated. 0, 127 (none) or 125. */
int service_find(const struct command *c, const char *paths, struct service *ret)
	must_check;
void service_dispose(struct service *s);
#define cleanup_service cleanup(service_dispose)

/* HOST/PORT behind /dev/tcp/, or parts of it and the argument. 0 or 125. */
int service_tcp(const char *link, const char *argument, struct service *ret) must_check;

struct service_config {
	bool wait_for_session;
	char *force_user; /* NULL: none */
	bool skip_descriptor;
	bool end_on_client, end_on_service; /* exit-on-client-eof, exit-on-service-eof */
};

/* The text of a configuration file: 0 or QREXEC_EXIT_TROUBLE. */
int service_config_parse(const char *text, size_t len, struct service_config *ret)
	must_check;
/* Finds and reads the file for it; without one all is at its default. */
int service_config_find(const struct command *c, const char *paths,
			struct service_config *ret) must_check;
void service_config_dispose(struct service_config *c);
#define cleanup_service_config cleanup(service_config_dispose)

#endif
