/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * storage_layer STORE ORIGIN PEER PEER2 [CONSTRUCTION...]: builds the constructions that could
 * be an AppVM's ephemeral layer (root over ORIGIN, and a blank volume of the same size), all
 * or those named, one after the other on the block device STORE, WHICH IS OVERWRITTEN, and
 * measures each; then the same accesses on PEER, a plain thin snapshot of ORIGIN, and on
 * PEER2, another one, through dm-crypt with the same cipher. One line a figure:
 *
 *	CONSTRUCTION MEASURE VALUE UNIT
 *
 * bench/storage_layer.sh takes the medians over rounds, bench/storage.sh the best of each.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>

#include "bench/accesses.h"
#include "lib/size.h"
#include "storage/dm.h"
#include "storage/thin.h"

#define META ((sectors)16 * MIB / SECTOR)
#define BUILDS 10

struct stack {
	const char *name;
	enum { BOOT_THIN, RUN_THIN, RUN_SNAPSHOT } kind;
	unsigned chunk;	   /* sectors, of the copy-on-write target */
	unsigned outer;	   /* sectors, of the pool's blocks */
	const char *zero;  /* the pool's features, and how many */
	const char *crypt; /* the crypt target's, and how many; NULL: not encrypted */
};

#define PLAIN "2 skip_block_zeroing error_if_no_space"
#define ZEROED "1 error_if_no_space"
#define QUEUES "1 allow_discards"
#define DIRECT "3 allow_discards no_read_workqueue no_write_workqueue"

static const struct stack stacks[] = {
	{"boot-thin", BOOT_THIN, 128, 128, ZEROED, QUEUES},
	{"run-thin", RUN_THIN, 128, 512, PLAIN, QUEUES},
	{"run-snap-4k", RUN_SNAPSHOT, 8, 512, PLAIN, QUEUES},
	{"run-snap-16k", RUN_SNAPSHOT, 32, 512, PLAIN, QUEUES},
	{"run-snap-32k", RUN_SNAPSHOT, 64, 512, PLAIN, QUEUES},
	{"run-snap-64k", RUN_SNAPSHOT, 128, 512, PLAIN, QUEUES},
	{"run-snap-64k-direct", RUN_SNAPSHOT, 128, 512, PLAIN, DIRECT},
	{"run-snap-64k-plain", RUN_SNAPSHOT, 128, 512, PLAIN, NULL},
};

static struct dmap dm;
static const struct stack *now;
static struct dmap_dev store, origin, pool_dev;
static sectors store_len, origin_len;
static unsigned counter;

static void die(const char *what, int r)
{
	fprintf(stderr, "%s: %s: %s %s\n", now ? now->name : "", what, strerror(-r),
		dm.text);
	exit(1);
}

static struct dmap_dev device(const char *path, sectors *len)
{
	struct stat st;
	uint64_t bytes = 0;
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0 || ioctl(fd, BLKGETSIZE64, &bytes) < 0)
		die(path, -errno);
	*len = bytes / SECTOR;
	return (struct dmap_dev){.major = major(st.st_rdev), .minor = minor(st.st_rdev)};
}

/* --- devices --- */

static struct dmap_dev make(const char *name, const char *type, sectors len, bool secret,
			    const char *params)
{
	struct dmap_table table = {
		.type = type, .params = params, .len = len, .secret = secret};
	struct dmap_dev ret;
	int r = dmap_make(&dm, name, &table, &ret);

	if (r < 0)
		die(name, r);
	return ret;
}

static struct dmap_dev linear(const char *name, const struct dmap_dev *on, sectors start,
			      sectors len)
{
	char params[80];

	snprintf(params, sizeof(params), "%u:%u %" PRIu64, on->major, on->minor, start);
	return make(name, "linear", len, false, params);
}

static struct dmap_dev encrypted(const char *name, const struct dmap_dev *on,
				 sectors start, sectors len)
{
	char params[400];

	if (!now->crypt)
		return linear(name, on, start, len);
	snprintf(params, sizeof(params),
		 "aes-xts-plain64 %064x%064x 0 %u:%u %" PRIu64 " %s", ++counter, 77,
		 on->major, on->minor, start, now->crypt);
	return make(name, "crypt", len, true, params);
}

static struct dmap_dev pool(const char *name, const struct dmap_dev *meta,
			    const struct dmap_dev *data, sectors len, unsigned block,
			    const char *features)
{
	char params[160];
	int r = dmap_zero(meta, 0, 8, false);

	if (r < 0)
		die("zeroing", r);
	snprintf(params, sizeof(params), "%u:%u %u:%u %u 0 %s", meta->major, meta->minor,
		 data->major, data->minor, block, features);
	return make(name, "thin-pool", len / block * block, false, params);
}

static struct dmap_dev thin(const char *name, const char *in,
			    const struct dmap_dev *pool_at, uint32_t id, sectors len,
			    const struct block_dev *over)
{
	char params[96];
	int r = thin_create(&dm, in, id);

	if (r < 0)
		die(name, r);
	snprintf(params, sizeof(params), "%u:%u %u", pool_at->major, pool_at->minor, id);
	if (over)
		snprintf(params, sizeof(params), "%u:%u %u %u:%u", pool_at->major,
			 pool_at->minor, id, over->major, over->minor);
	return make(name, "thin", len, false, params);
}

static void drop(const char *name)
{
	int r = -EBUSY;

	for (int i = 0; i < 100 && r == -EBUSY; i++) {
		r = dmap_remove(&dm, name, false);
		if (r == -EBUSY)
			usleep(20000);
	}
	if (r < 0)
		die(name, r);
}

/* --- the stacks: the part of a boot, and the part of a run --- */

static void boot_make(void)
{
	struct dmap_dev meta, data;

	if (now->kind == BOOT_THIN) {
		meta = encrypted("bench-meta", &store, 0, META);
		data = encrypted("bench-data", &store, META, store_len - META);
	} else {
		meta = linear("bench-meta", &store, 0, META);
		data = linear("bench-data", &store, META, store_len - META);
	}
	pool_dev =
		pool("bench-pool", &meta, &data, store_len - META, now->outer, now->zero);
}

static void boot_drop(void)
{
	drop("bench-pool");
	drop("bench-data");
	drop("bench-meta");
}

struct run {
	int nr;
	struct dmap_dev root, blank;
};

static const char *run_name(const struct run *run, const char *part)
{
	static char name[4][64];
	static int at;

	at = (at + 1) % 4;
	snprintf(name[at], sizeof(name[at]), "bench%d-%s", run->nr, part);
	return name[at];
}

static void run_thin(struct run *run, const struct dmap_dev *key,
		     const struct block_dev *over)
{
	sectors len = origin_len * 2;
	struct dmap_dev meta = linear(run_name(run, "meta"), key, 0, META), inner, data;

	data = linear(run_name(run, "data"), key, META, len);
	inner = pool(run_name(run, "pool"), &meta, &data, len, now->chunk,
		     "2 skip_block_zeroing error_if_no_space");
	run->root = thin(run_name(run, "root"), run_name(run, "pool"), &inner, 0,
			 origin_len, over);
	run->blank = thin(run_name(run, "blank"), run_name(run, "pool"), &inner, 1,
			  origin_len, NULL);
}

/* Such a store is filled from its start, one chunk after the other, so it needs no end. */
static void run_snapshot(struct run *run, const struct dmap_dev *key)
{
	sectors cow_len = (origin_len + now->chunk - 1) / now->chunk * now->chunk;
	char params[120];

	snprintf(params, sizeof(params), "%u:%u %u:%u N %u", origin.major, origin.minor,
		 key->major, key->minor, now->chunk);
	run->root = make(run_name(run, "root"), "snapshot", origin_len, false, params);
	run->blank = linear(run_name(run, "blank"), key, cow_len, origin_len);
}

static void run_make(struct run *run)
{
	struct block_dev over = {.major = origin.major, .minor = origin.minor};
	uint32_t id = (uint32_t)run->nr * 2;
	sectors len = origin_len * 2 + META;
	struct dmap_dev slice, key;

	if (now->kind == BOOT_THIN) {
		run->root = thin(run_name(run, "root"), "bench-pool", &pool_dev, id,
				 origin_len, &over);
		run->blank = thin(run_name(run, "blank"), "bench-pool", &pool_dev, id + 1,
				  origin_len, NULL);
		return;
	}
	slice = thin(run_name(run, "slice"), "bench-pool", &pool_dev, id, len, NULL);
	key = encrypted(run_name(run, "key"), &slice, 0, len);
	if (now->kind == RUN_THIN)
		run_thin(run, &key, &over);
	else
		run_snapshot(run, &key);
}

static void run_drop(struct run *run)
{
	static const char *const parts[] = {"blank", "root", "pool", "data",
					    "meta",  "key",  "slice"};
	uint32_t id = (uint32_t)run->nr * 2;

	for (size_t i = 0; i < array_len(parts); i++)
		drop(run_name(run, parts[i]));
	if (thin_delete(&dm, "bench-pool", id) < 0 ||
	    thin_delete(&dm, "bench-pool", id + 1) < 0)
		die("delete", -EIO);
}

/* --- measures --- */

static void accesses_of(const char *name, const struct dmap_dev *dev)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/dm-%u", dev->minor);
	accesses(name, path);
}

static double meminfo(void)
{
	static const char *const keys[] = {"MemFree:", "Buffers:", "Cached:"};
	char key[64];
	long kib;
	double sum = 0;
	FILE *f;
	int caches = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	if (caches < 0 || write(caches, "3", 1) != 1)
		die("drop_caches", -errno);
	close(caches);
	usleep(300000);
	f = fopen("/proc/meminfo", "re");
	while (f && fscanf(f, "%63s %ld%*[^\n]", key, &kib) == 2)
		for (size_t i = 0; i < array_len(keys); i++)
			if (strcmp(key, keys[i]) == 0)
				sum += (double)kib;
	if (f)
		fclose(f);
	return sum;
}

static void measure(void)
{
	struct run run = {.nr = 0}, many[BUILDS];
	double built[BUILDS], dropped[BUILDS], begin, before;

	boot_make();
	for (int i = 0; i < BUILDS; i++) {
		begin = now_ms();
		run_make(&run);
		built[i] = now_ms() - begin;
		begin = now_ms();
		run_drop(&run);
		dropped[i] = now_ms() - begin;
	}
	say(now->name, "build", median(built, BUILDS), "ms");
	say(now->name, "remove", median(dropped, BUILDS), "ms");
	before = meminfo();
	for (int i = 0; i < BUILDS; i++) {
		many[i] = (struct run){.nr = i + 1};
		run_make(&many[i]);
	}
	say(now->name, "memory", (before - meminfo()) / BUILDS, "KiB");
	for (int i = 0; i < BUILDS; i++)
		run_drop(&many[i]);
	run_make(&run);
	before = meminfo();
	accesses_of(now->name, &run.root);
	say(now->name, "memory-written", before - meminfo(), "KiB");
	begin = now_ms();
	run_drop(&run);
	say(now->name, "remove-written", now_ms() - begin, "ms");
	boot_drop();
}

/* The same on a device of somebody else, through the last construction's cipher or not. */
static void measure_peer(const char *name, const char *path, bool through_cipher)
{
	sectors len;
	struct dmap_dev peer = device(path, &len);

	if (!through_cipher) {
		accesses_of(name, &peer);
		return;
	}
	now = &(const struct stack){.name = name, .crypt = DIRECT};
	peer = encrypted("bench-peer", &peer, 0, len);
	accesses_of(name, &peer);
	drop("bench-peer");
}

static bool is_named(const char *name, char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return n == 0;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	store = device(argv[1], &store_len);
	origin = device(argv[2], &origin_len);
	for (size_t i = 0; i < array_len(stacks); i++) {
		now = &stacks[i];
		if (is_named(now->name, argv + 5, argc - 5))
			measure();
	}
	measure_peer("thin-snapshot", argv[3], false);
	measure_peer("thin-snapshot-crypt", argv[4], true);
	dmap_release(&dm);
	return 0;
}
