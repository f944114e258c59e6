/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives a fuzzer where there is no libFuzzer: gives it the files named, and then changes
 * of them at random. fuzzer SECONDS FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/clock.h"
#include "lib/file.h"

enum { INPUT_MAX = 1 << 17, ROOM = 16, BATCH = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Some bytes become others, or a piece goes, or a few come. */
static void change(uint8_t *bytes, size_t *len, size_t room)
{
	for (int n = rand() % 8 + 1; n > 0 && *len; n--) {
		size_t at = (size_t)rand() % *len;

		switch (rand() % 4) {
		case 0:
			bytes[at] = (uint8_t)rand();
			break;
		case 1:
			bytes[at] ^= (uint8_t)(1 << rand() % 8);
			break;
		case 2:
			if (rand() % 4 == 0)
				*len = at + 1;
			break;
		default:
			if (*len < room)
				bytes[(*len)++] = (uint8_t)rand();
		}
	}
}

static void try_changed(const struct buf *file)
{
	size_t room = file->len + ROOM;
	cleanup_free uint8_t *bytes = xcalloc(1, room);
	size_t len = file->len;

	memcpy(bytes, file->data, len);
	change(bytes, &len, room);
	(void)LLVMFuzzerTestOneInput(bytes, len);
}

int main(int argc, char **argv)
{
	uint64_t end = clock_in(1000 * strtoul(argc > 1 ? argv[1] : "1", NULL, 10));
	unsigned long inputs = 0;

	do {
		for (int i = 2; i < argc; i++) {
			cleanup_buf struct buf file = BUF_INIT;

			if (file_read(argv[i], INPUT_MAX, &file) < 0 || !file.len)
				continue;
			if (!inputs)
				(void)LLVMFuzzerTestOneInput((uint8_t *)file.data,
							     file.len);
			for (int n = 0; n < BATCH; n++)
				try_changed(&file);
			inputs += BATCH;
		}
	} while (inputs && clock_ms() < end);
	printf("#%lu\n", inputs);
	return inputs == 0;
}
