/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor as two tables of functions: a light *view* (which domains are there, wait
 * for an end), and the full one that makes and unmakes domains. xen/ implements both on
 * libxenctrl and libxl; tests/fake has a twin that keeps its domains in a file.
 *
 * A domain is always named by domid *and* uuid: domids are used again.
 * All calls are synchronous and return 0 or a negative kind with *err filled.
 */
#ifndef QVM_CORE_HV_H
#define QVM_CORE_HV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/pci.h"
#include "lib/uuid.h"

struct hv_id {
	uint32_t domid;
	struct uuid uuid;
};

/* One live domain as the hypervisor sees it. */
struct hv_dom {
	struct hv_id id;
	bool paused;	 /* by the toolstack */
	bool blocked;	 /* all its processors wait */
	bool shutdown;	 /* ended, not yet destroyed */
	bool dying;	 /* being torn down */
	int reason;	 /* of the shutdown: enum hv_reason */
	uint64_t memory; /* bytes */
	uint64_t max_memory;
	uint64_t cpu_ns;
	uint32_t vcpus; /* online */
};

enum hv_reason {
	HV_END_POWEROFF,
	HV_END_REBOOT,
	HV_END_SUSPEND,
	HV_END_CRASH,
	HV_END_WATCHDOG,
	HV_END_GONE, /* destroyed by somebody: nothing is left to look at */
};

struct hv_host {
	uint64_t memory;      /* of the machine, bytes */
	uint64_t memory_free; /* not given to any domain */
	uint32_t cpus;
	bool hvm, hap, pv; /* what guests it can run; PVH needs hvm and hap */
	char version[32];
};

/* What a domain has moved since its start, by the counters that dom0 has. */
struct hv_io {
	bool known;			  /* at least one device of it is counted */
	uint64_t read_bytes, write_bytes; /* disks */
	uint64_t rx_bytes, tx_bytes;	  /* interfaces, as the domain sees them */
};

/* So many descriptors besides can end a wait. */
enum { HV_WAIT_FDS = 5 };

struct hv_view_ops {
	const char *name;
	bool has_vchan; /* calls reach its domains: each gets a daemon for them */
	int (*open)(struct qvm_ctx *ctx, void **ret, struct qvm_err *err);
	void (*close)(void *view);
	int (*host)(void *view, struct hv_host *ret, struct qvm_err *err);
	/* All domains but dom0 in the order of domid, in one request; free *ret. */
	int (*list)(void *view, struct hv_dom **ret, size_t *ret_n, struct qvm_err *err);
	/* The domain, or -QVM_E_NOT_RUNNING when domid and uuid name none. */
	int (*find)(void *view, const struct hv_id *id, struct hv_dom *ret,
		    struct qvm_err *err);
	/*
	 * Waits until the domain ended or is gone. TIMEOUT_MS -1: for ever; otherwise
	 * -QVM_E_TIMEOUT. Further descriptors (EXTRA_FDS, -1 for none; NULL: none at all)
	 * end the wait when they become readable: *ret_reason is then -1 and 0 is returned.
	 */
	int (*wait_end)(void *view, const struct hv_id *id,
			const int extra_fds[HV_WAIT_FDS], int timeout_ms, int *ret_reason,
			struct qvm_err *err);
	/*
	 * Stops a domain at once, as if by its power switch: it ends as by HV_END_POWEROFF, and
	 * whoever waits for that tears it down. NULL: by hv_ops.destroy.
	 */
	int (*power_off)(void *view, const struct hv_id *id, struct qvm_err *err);
	/* Of a PV or PVH domain, which has no device model to be told. NULL: by hv_ops. */
	int (*unpause)(void *view, const struct hv_id *id, struct qvm_err *err);
	/*
	 * Fills RET for each of the N ids, which are in the order of domid. Cheap enough for
	 * once a second: which devices a domain has is looked up only when that may have
	 * changed. NULL: not supported.
	 */
	int (*io)(void *view, const struct hv_id *ids, size_t n, struct hv_io *ret,
		  struct qvm_err *err);
};

enum hv_type { HV_PVH, HV_PV, HV_HVM };

/* A block device. The backend is dom0; nothing is looked up by the guest's word. */
struct hv_disk {
	const char *vdev; /* "xvda" */
	const char *path; /* of the block device in dom0, or "" with an empty CD drive */
	uint32_t major, minor; /* of that device; what blkback is told */
	bool readonly;
	bool cdrom;
	bool planned; /* not made yet: for config_json; create refuses it */
};

/* One that a running domain has. */
struct hv_attached {
	char vdev[8];
	uint32_t major, minor;
	bool readonly;
	bool gone; /* was taken away last: a guest may take the next one there for it */
};

struct hv_nic {
	uint32_t devid;
	uint8_t mac[6];
	uint32_t backend_domid;
	const char *ip; /* for the backend, "" for none */
};

/* A node below the domain's own xenstore path, read-only for the guest. */
struct hv_key {
	const char *name;  /* "qvm/type" */
	const char *value; /* NULL, for set_keys: remove it and what is below */
};

/*
 * A whole domain, ready to be built: plain data, made by ops from the domain's record.
 * Strings and arrays belong to whoever made it.
 */
struct hv_config {
	const char *name; /* as xl list shows it */
	struct uuid uuid;
	enum hv_type type;
	uint64_t memory;     /* bytes at start; multiple of 1 MiB */
	uint64_t max_memory; /* bytes, >= memory */
	uint32_t vcpus;
	const char *kernel;  /* path; NULL: boot loader of the guest (HVM only) */
	const char *ramdisk; /* path or NULL */
	const char *cmdline; /* or NULL */
	bool debug;	     /* VGA for HVM, and verbose */
	int saved;	     /* descriptor of a saved state to go on from; 0: it boots */
	const char *vnc;     /* HVM: socket where its screen is served; NULL: nowhere */
	uint64_t stubdom_memory; /* bytes; 0: no stub domain */
	const struct hv_disk *disks;
	size_t disk_count;
	const struct hv_nic *nics;
	size_t nic_count;
	const struct pci_dev *pcis; /* no PVH domain has one */
	size_t pci_count;
	const struct hv_key *keys;
	size_t key_count;
};

struct hv_ops {
	const char *name;
	int (*open)(struct qvm_ctx *ctx, void **ret, struct qvm_err *err);
	void (*close)(void *hv);
	/* The configuration as the hypervisor's library prints it: JSON; free *ret. Pure. */
	int (*config_json)(void *hv, const struct hv_config *cfg, char **ret,
			   struct qvm_err *err);
	/* Bytes of the machine's memory that CFG takes, all overheads included. Pure. */
	uint64_t (*memory_need)(void *hv, const struct hv_config *cfg);
	/*
	 * Builds it, paused. On failure nothing of it is left, or *ret is set and destroy
	 * must be called. On success the domain is there with its disks and interfaces.
	 */
	int (*create)(void *hv, const struct hv_config *cfg, struct hv_id *ret,
		      struct qvm_err *err);
	int (*unpause)(void *hv, const struct hv_id *id, struct qvm_err *err);
	int (*pause)(void *hv, const struct hv_id *id, struct qvm_err *err);
	/* Asks the guest to power off (reboot: never asked). Does not wait. */
	int (*shutdown)(void *hv, const struct hv_id *id, struct qvm_err *err);
	/* Tears it down, devices and xenstore nodes included. One that is gone is fine. */
	int (*destroy)(void *hv, const struct hv_id *id, struct qvm_err *err);
	/*
	 * Has the guest stop and writes its state to FD, which only a domain of the same
	 * shape can go on from. It does not run on: destroy it. NULL: not supported.
	 */
	int (*save)(void *hv, const struct hv_id *id, int fd, struct qvm_err *err);
	/* Path of the terminal device of the guest's first console; free *ret. */
	int (*console)(void *hv, const struct hv_id *id, char **ret, struct qvm_err *err);
	int (*set_memory)(void *hv, const struct hv_id *id, uint64_t bytes,
			  struct qvm_err *err);
	/* It has these interfaces afterwards, and no other; those that it has stay. */
	int (*set_nics)(void *hv, const struct hv_id *id, const struct hv_nic *nics,
			size_t n, struct qvm_err *err);
	/* The block devices that it has, its own disks too; free *ret. */
	int (*disks)(void *hv, const struct hv_id *id, struct hv_attached **ret,
		     size_t *ret_n, struct qvm_err *err);
	/* Gives it DISK, which the kernel serves then; waits some seconds for the guest to take it. */
	int (*attach)(void *hv, const struct hv_id *id, const struct hv_disk *disk,
		      struct qvm_err *err);
	/*
	 * Takes it away when the guest has let go of it: -QVM_E_IN_USE while it has not. It
	 * is asked to, and told that more is not to come. FORCE: at once.
	 */
	int (*detach)(void *hv, const struct hv_id *id, const char *vdev, bool force,
		      struct qvm_err *err);
	/* Writes nodes below its own path, in their order and all at once. */
	int (*set_keys)(void *hv, const struct hv_id *id, const struct hv_key *keys,
			size_t n, struct qvm_err *err);
};

#endif
