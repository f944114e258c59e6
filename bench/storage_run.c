/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The storage part of starts, by the calls that a start makes:
 *
 *	storage_run make NAME VOLUME...		the volumes of one run
 *	storage_run drop NAME VOLUME...		and their end
 *	storage_run many COUNT ROUNDS VOLUME...	COUNT of them beside each other
 *
 * A VOLUME is ID of the pool qvm/pool, over which one is made; ID! that is only looked up,
 * as a private one is; or =SIZE, a blank one. `many` prints one line of JSON: the time of the
 * last start's part against that of the first, the one in the middle of ROUNDS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/accesses.h"
#include "lib/size.h"
#include "storage/storage.h"

#define MAX_VOLUMES 8
#define MAX_RUNS 100
#define MAX_ROUNDS 15

static struct qvm_ctx ctx = {.run_dir = "/run/qvm", .level = QVM_LEVEL_WARN};
static struct qvm_err err;
static void *pool, *scratch;

static void need(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "storage_run: %s: %s\n", what, err.text);
	exit(1);
}

/* Opened anew for each run, as each start is a process of its own. */
static void open_both(void)
{
	static const struct pool_config config = {
		.name = "default", .driver = "lvm", .location = "qvm/pool"};

	need(pool_lvm.open(&ctx, &config, &pool, &err), "pool");
	need(scratch_thin.open(&ctx, "qvm/qvm-scratch", &scratch, &err), "scratch");
}

static void close_both(void)
{
	scratch_thin.close(scratch);
	pool_lvm.close(pool);
}

static void name_of(const char *run, size_t i, char ret[static POOL_ID_MAX])
{
	snprintf(ret, POOL_ID_MAX, "%s-%zu", run, i);
}

/* Looks the volume up; adds what is to be made, if anything. */
static size_t request(const char *run, const char *text, struct scratch_request *ret,
		      struct block_dev *origin)
{
	char id[POOL_ID_MAX];
	size_t len = strcspn(text, "!");
	struct vol_stat st;

	*ret = (struct scratch_request){0};
	name_of(run, 0, ret->name);
	if (*text == '=') {
		if (size_parse(text + 1, &ret->size) < 0)
			exit(2);
		return 1;
	}
	snprintf(id, sizeof(id), "%.*s", (int)len, text);
	need(pool_lvm.device(pool, id, origin, &err), id);
	if (text[len])
		return 0;
	need(pool_lvm.stat(pool, id, &st, &err), id);
	ret->size = st.size;
	ret->origin = origin;
	return 1;
}

static void make(const char *run, char *const *volumes, size_t n)
{
	struct scratch_request req[MAX_VOLUMES];
	struct block_dev origins[MAX_VOLUMES], made[MAX_VOLUMES];
	size_t count = 0;

	open_both();
	for (size_t i = 0; i < n && i < MAX_VOLUMES; i++) {
		if (!request(run, volumes[i], &req[count], &origins[i]))
			continue;
		name_of(run, count, req[count].name);
		count++;
	}
	need(scratch_thin.create(scratch, req, count, made, &err), run);
	close_both();
}

static void drop(const char *run, size_t n)
{
	char names[MAX_VOLUMES][POOL_ID_MAX];
	const char *each[MAX_VOLUMES];

	open_both();
	for (size_t i = 0; i < n && i < MAX_VOLUMES; i++) {
		name_of(run, i, names[i]);
		each[i] = names[i];
	}
	need(scratch_thin.remove(scratch, each, n, &err), run);
	close_both();
}

static void many(size_t count, size_t rounds, char *const *volumes, size_t n)
{
	double first[MAX_ROUNDS], last[MAX_ROUNDS], begin, took, ms, peer;
	char run[32];

	for (size_t k = 0; k < rounds; k++) {
		for (size_t i = 0; i < count; i++) {
			/* What others do about the devices of before is not measured. */
			if (system("udevadm settle") != 0)
				exit(1);
			snprintf(run, sizeof(run), "many%zu", i);
			begin = now_ms();
			make(run, volumes, n);
			took = now_ms() - begin;
			if (i == 0)
				first[k] = took;
			if (i == count - 1)
				last[k] = took;
		}
		for (size_t i = 0; i < count; i++) {
			snprintf(run, sizeof(run), "many%zu", i);
			drop(run, n);
		}
	}
	ms = median(last, rounds);
	peer = median(first, rounds);
	printf("{\"name\": \"storage-start-%zu-of-them\", \"runs\": %zu, \"ms\": %.1f, "
	       "\"peer_ms\": %.1f, \"ratio\": %.3f}\n",
	       count, rounds, ms, peer, ms / peer);
}

int main(int argc, char **argv)
{
	size_t count, rounds;

	if (argc >= 4 && strcmp(argv[1], "make") == 0) {
		make(argv[2], argv + 3, (size_t)argc - 3);
	} else if (argc >= 4 && strcmp(argv[1], "drop") == 0) {
		drop(argv[2], (size_t)argc - 3);
	} else if (argc >= 5 && strcmp(argv[1], "many") == 0) {
		count = strtoul(argv[2], NULL, 10);
		rounds = strtoul(argv[3], NULL, 10);
		if (count < 1 || count > MAX_RUNS || rounds < 1 || rounds > MAX_ROUNDS)
			return 2;
		many(count, rounds, argv + 4, (size_t)argc - 4);
	} else {
		return 2;
	}
	return 0;
}
