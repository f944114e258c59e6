/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Qubes's format: what we write is read by others and the reverse; what is damaged by nobody. */
#include "backup/v4.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define PASS "correct horse battery"
#define LOG_N 10
#define KEY_MEMORY (64u << 20)

static const struct secret pass = {PASS, sizeof(PASS) - 1};

static void run(const char *dir, const char *command)
{
	char *line = xasprintf("cd %s && { %s; }", dir, command);

	assert_int_equal(system(line), 0);
	free(line);
}

static bool have(const char *program)
{
	char *line = xasprintf("command -v %s >/dev/null", program);
	bool there = system(line) == 0;

	free(line);
	return there;
}

/* ---- the container ---- */

static const struct scrypt_cost cheap = {LOG_N, 8, 1};

static void seal(uint8_t *buf, const char *text)
{
	struct qvm_err err;

	memcpy(buf + SCRYPT_HEAD, text, strlen(text));
	assert_int_equal(scrypt_seal(buf, strlen(text), &pass, &cheap, &err), 0);
}

static void container_every_byte(void **state unused)
{
	static const char text[] = "some bytes";
	uint8_t good[sizeof(text) - 1 + SCRYPT_EXTRA], bad[sizeof(good)];
	struct qvm_err err;

	seal(good, text);
	for (size_t i = 0; i <= sizeof(good); i++) {
		memcpy(bad, good, sizeof(good));
		if (i < sizeof(good))
			bad[i] ^= 0x10;
		if (i < sizeof(good)) {
			assert_true(scrypt_open(bad, sizeof(bad), &pass, KEY_MEMORY,
						&err) < 0);
			continue;
		}
		assert_int_equal(scrypt_open(bad, sizeof(bad), &pass, KEY_MEMORY, &err),
				 0);
		assert_memory_equal(bad + SCRYPT_HEAD, text, sizeof(text) - 1);
	}
	for (size_t len = 0; len < sizeof(good); len++) {
		memcpy(bad, good, sizeof(good));
		assert_true(scrypt_open(bad, len, &pass, KEY_MEMORY, &err) < 0);
	}
}

static void container_wrong_pass(void **state unused)
{
	const struct secret other = {"correct", 7};
	uint8_t buf[4 + SCRYPT_EXTRA];
	struct qvm_err err;

	seal(buf, "data");
	assert_int_equal(scrypt_open(buf, sizeof(buf), &other, KEY_MEMORY, &err),
			 -QVM_E_PERMISSION);
	seal(buf, "data");
	assert_int_equal(scrypt_open(buf, sizeof(buf), &pass, 1000, &err), -QVM_E_VALUE);
	assert_non_null(strstr(err.text, "cost"));
}

/* The tool whose container it is. */
static void container_peer(void **state)
{
	uint8_t buf[8 + SCRYPT_EXTRA];
	cleanup_buf struct buf theirs = BUF_INIT;
	char *path = xasprintf("%s/ours", (const char *)*state);
	char *back = xasprintf("%s/theirs", (const char *)*state);
	struct qvm_err err;

	if (!have("scrypt"))
		skip();
	seal(buf, "12345678");
	assert_int_equal(file_replace(path, buf, sizeof(buf), 0600, 0), 0);
	run(*state, "printf '" PASS "\\n' >pass; printf 12345678 >text; "
		    "scrypt dec -f --passphrase file:pass ours >plain && cmp plain text");
	run(*state,
	    "scrypt enc -f --logN 10 -r 8 -p 1 --passphrase file:pass text theirs");
	assert_int_equal(file_read(back, 4096, &theirs), 0);
	assert_int_equal(
		scrypt_open((uint8_t *)theirs.data, theirs.len, &pass, KEY_MEMORY, &err),
		0);
	assert_memory_equal(theirs.data + SCRYPT_HEAD, "12345678", 8);
	free(path);
	free(back);
}

/* ---- whole backups ---- */

struct image {
	uint8_t *data;
	size_t size;
	struct pool_range ranges[8];
	size_t range_count;
};

static uint64_t seed = 1;

static size_t random_below(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return n ? (size_t)(seed >> 33) % n : 0;
}

/* Odd sizes, holes, nothing at all; whatever lies between ranges is zero. */
static void image_make(struct image *im)
{
	size_t at = 0;

	*im = (struct image){.size = random_below(3) ? random_below(400000)
						     : random_below(3)};
	im->data = xcalloc(1, im->size + 1);
	for (size_t i = 0; i < 8 && at < im->size; i++) {
		size_t from = at + random_below(im->size - at + 1);
		size_t len = random_below(im->size - from + 1);

		if (!len)
			continue;
		im->ranges[im->range_count++] = (struct pool_range){from, len};
		for (size_t k = 0; k < len; k++)
			im->data[from + k] = (uint8_t)random_below(i % 2 ? 256 : 3);
		at = from + len;
	}
}

static void write_backup(const char *path, const struct image *im, enum v4_filter filter,
			 size_t part, const char *id)
{
	char *image = xasprintf("%s.img", path);
	struct v4_write how = {
		.pass = pass, .header = {.filter = filter}, .log_n = LOG_N, .part = part};
	struct v4_members *members = v4_members_new();
	struct v4_writer *w = NULL;
	struct qvm_err err = QVM_ERR_INIT;
	int fd;

	v4_members_add(members, "qubes.xml");
	v4_members_add(members, "vm7/private.img");
	v4_members_end(members, how.header.members);
	snprintf(how.header.id, sizeof(how.header.id), "%s", id);
	assert_int_equal(file_replace(image, im->data, im->size, 0600, 0), 0);
	fd = open(image, O_RDONLY);
	how.out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && how.out >= 0);
	assert_int_equal(v4_writer_new(&how, &w, &err), 0);
	assert_int_equal(v4_write_file(w, "qubes.xml", "<qubes/>", 8, &err), 0);
	assert_int_equal(v4_write_volume(w, "vm7/private.img", fd, im->size, im->ranges,
					 im->range_count, &err),
			 0);
	assert_int_equal(v4_writer_end(w, &err), 0);
	v4_writer_free(w);
	close(fd);
	close(how.out);
	free(image);
}

/* 0 when all of it is as in IM; the reader's own negative error; 1: other content. */
static int read_backup(const char *path, const struct image *im, struct qvm_err *err)
{
	struct v4_read how = {.pass = pass, .key_memory = KEY_MEMORY};
	struct v4_reader *rd = NULL;
	struct v4_header header;
	uint8_t *got = xcalloc(1, im->size + 1);
	char name[META_PATH_MAX];
	const void *data;
	uint64_t size, at;
	size_t len, files = 0;
	int r, wrong = 0;

	how.in = open(path, O_RDONLY);
	r = v4_reader_new(&how, &rd, &header, err);
	while (r == 0 && (r = v4_next(rd, name, &size, err)) > 0) {
		bool image = strcmp(name, "vm7/private.img") == 0;

		files++;
		wrong |= image && size != im->size;
		while ((r = v4_data(rd, &data, &len, &at, err)) > 0) {
			if (!image)
				continue;
			if (at > im->size || len > im->size - at)
				wrong = 1;
			else
				memcpy(got + at, data, len);
		}
	}
	wrong |= files != 2 || memcmp(got, im->data, im->size) != 0;
	v4_reader_free(rd);
	close(how.in);
	free(got);
	return r < 0 ? r : wrong;
}

static void round_trips(void **state)
{
	static const enum v4_filter filters[] = {V4_GZIP, V4_NONE, V4_ZSTD};
	static const size_t parts[] = {4096, 16384, 77777, V4_PART};
	char *path = xasprintf("%s/backup", (const char *)*state);
	size_t rounds = test_rounds(24);
	struct qvm_err err = QVM_ERR_INIT;
	struct image im;

	for (size_t i = 0; i < rounds; i++) {
		image_make(&im);
		write_backup(path, &im, filters[i % 3],
			     parts[i % 3 == 1 ? 2 + i % 2 : 1 + i % 3],
			     "20260101T000000-1");
		assert_int_equal(read_backup(path, &im, &err), 0);
		free(im.data);
	}
	free(path);
}

/* GNU tar and the tool take it apart, as Qubes does. */
static void peers_read(void **state)
{
	char *path = xasprintf("%s/backup", (const char *)*state);
	struct image im;

	if (!have("scrypt") || !have("tar") || !have("gunzip"))
		skip();
	do
		image_make(&im);
	while (im.range_count < 3);
	write_backup(path, &im, V4_GZIP, 65536, "20260101T000000-1");
	run(*state,
	    "tar -i -xf backup && printf 'backup-header!" PASS "\\n' >pass && "
	    "scrypt dec -f --passphrase file:pass backup-header.hmac >header && "
	    "cmp header backup-header && for part in vm7/private.img.*.enc; do "
	    "printf '20260101T000000-1!%s!" PASS "\\n' ${part%.enc} >pass; "
	    "scrypt dec -f --passphrase file:pass $part || exit 1; done >stream && "
	    "gunzip <stream >inner.tar && mkdir out && tar -C out -xSf inner.tar && "
	    "cmp out/vm7/private.img backup.img");
	free(im.data);
	free(path);
}

/* ---- damage ---- */

struct member_at {
	size_t at, len; /* with its header, padded */
};

static size_t members_of(const struct buf *b, struct member_at *ret, size_t most)
{
	size_t at = 0, n = 0;

	while (at + 512 <= b->len && b->data[at] && n < most) {
		size_t size = strtoul(b->data + at + 124, NULL, 8);

		ret[n] = (struct member_at){at, 512 + (size + 511) / 512 * 512};
		at += ret[n++].len;
	}
	return n;
}

static void try(const char *path, const struct buf *text, const struct image *im)
{
	struct qvm_err err = QVM_ERR_INIT;

	assert_int_equal(file_replace(path, buf_str(text), text->len, 0600, 0), 0);
	assert_true(read_backup(path, im, &err) < 0);
	assert_true(err.text[0]);
}

/* The members in another order: of A, those numbered by ORDER up to -1; from B where 100 more. */
static void try_order(const char *path, const struct buf *a, const struct buf *b,
		      const int *order, const struct image *im)
{
	cleanup_buf struct buf text = BUF_INIT;
	struct member_at ma[64], mb[64];
	static const char zeros[1024];

	assert_true(members_of(a, ma, 64) > 5);
	assert_true(members_of(b, mb, 64) > 5);
	for (; *order >= 0; order++) {
		const struct buf *from = *order < 100 ? a : b;
		const struct member_at *m =
			*order < 100 ? &ma[*order] : &mb[*order - 100];

		buf_add_mem(&text, from->data + m->at, m->len);
	}
	buf_add_mem(&text, zeros, sizeof(zeros));
	try(path, &text, im);
}

static void damage(void **state)
{
	static const int orders[][8] = {
		{0, 1, 2, 4, 3, 5, -1},	   /* swapped parts */
		{0, 1, 2, 3, 5, -1},	   /* one is missing in the middle */
		{0, 1, 2, 3, 4, -1},	   /* the last */
		{0, 1, 2, 4, 5, -1},	   /* the first */
		{0, 1, 2, 3, 3, 4, 5, -1}, /* one comes twice */
		{0, 1, 2, -1},		   /* the whole file is missing */
		{0, 1, 3, 4, 5, -1},	   /* the list of domains */
		{1, 0, 2, 3, 4, 5, -1},	   /* header behind its own hmac */
		{0, 1, 2, 3, 104, 5, -1},  /* a part of another backup */
		{0, 101, 2, 3, 4, 5, -1},  /* the hmac of another */
		{100, 101, 2, 3, 4, 5, -1},
	};
	char *path = xasprintf("%s/backup", (const char *)*state);
	cleanup_buf struct buf a = BUF_INIT, b = BUF_INIT;
	struct image im = {.size = 30000, .ranges = {{0, 30000}}, .range_count = 1};
	struct member_at m[64];
	struct qvm_err err;
	size_t n;

	im.data = xcalloc(1, im.size);
	for (size_t i = 0; i < im.size; i++)
		im.data[i] = (uint8_t)random_below(256);
	write_backup(path, &im, V4_NONE, 16384, "20260101T000000-2");
	assert_int_equal(file_read(path, 1 << 20, &b), 0);
	write_backup(path, &im, V4_NONE, 16384, "20260101T000000-1");
	assert_int_equal(file_read(path, 1 << 20, &a), 0);
	assert_int_equal(read_backup(path, &im, &err), 0);
	for (size_t i = 0; i < array_len(orders); i++)
		try_order(path, &a, &b, orders[i], &im);
	/* Every 7th byte of the header's members, and some of each other one. */
	n = members_of(&a, m, 64);
	for (size_t i = 0; i < n; i++) {
		size_t step = i < 2 ? 7 : m[i].len / 20;
		size_t size = strtoul(a.data + m[i].at + 124, NULL, 8);

		for (size_t at = 512; at < 512 + size; at += step) {
			a.data[m[i].at + at] ^= 4;
			try(path, &a, &im);
			a.data[m[i].at + at] ^= 4;
		}
	}
	/* Cut anywhere before the end. */
	for (size_t len = 0; len < m[n - 1].at + m[n - 1].len; len += 997) {
		struct buf cut = {a.data, len, 0};

		try(path, &cut, &im);
	}
	free(im.data);
	free(path);
}

/* ---- the header ---- */

#define HEAD                                                                             \
	"version=4\nencrypted=True\ncompressed=True\ncompression-filter=gzip\n"          \
	"hmac-algorithm=scrypt\n"

static const struct {
	const char *text, *why; /* NULL: fine */
} headers[] = {
	{HEAD "backup-id=20260405T123456-1234\n", NULL},
	{HEAD "backup-id=a\nunknown-key=x$y\n", NULL},
	{HEAD "backup-id=a", NULL},
	{HEAD "backup-id=-a\n", "odd backup-id"},
	{HEAD "backup-id=\n", "odd backup-id"},
	{HEAD "backup-id=a!b\n", "odd characters"},
	{HEAD "backup-id=a\nbackup-id=b\n", "twice"},
	{HEAD "backup-id=a\n\n", "no KEY=VALUE"},
	{HEAD "backup-id=a=b\n", "no KEY=VALUE"},
	{HEAD, "no backup-id"},
	{"version=3\nencrypted=True\ncompressed=False\nhmac-algorithm=scrypt\nbackup-id="
	 "a\n",
	 "version '3'"},
	{"version=4\nencrypted=True\ncompressed=1\ncompression-filter=sh\n"
	 "hmac-algorithm=scrypt\nbackup-id=a\n",
	 "'sh'"},
};

static void header_rules(void **state unused)
{
	for (size_t i = 0; i < array_len(headers); i++) {
		struct qvm_err err = QVM_ERR_INIT;
		struct v4_header h;
		int r = v4_header_parse(headers[i].text, strlen(headers[i].text), &h,
					&err);

		assert_int_equal(r < 0, headers[i].why != NULL);
		if (headers[i].why)
			assert_non_null(strstr(err.text, headers[i].why));
	}
}

static void names(void **state unused)
{
	static const char *const bad[] = {
		"/vm7/a.000.enc",  "../a.000.enc",    "vm7/../a.000.enc", "vm7/a.00.enc",
		"vm7/a.0001.enc",  "vm7//a.000.enc",  "vm7/.000.enc",	  ".000.enc",
		"vm7/a b.000.enc", "vm7/a/b.000.enc", "vm7/a.000",
	};
	char path[META_PATH_MAX];
	unsigned part;

	assert_true(v4_name_parse("vm7/private.img.1001.enc", path, &part));
	assert_string_equal(path, "vm7/private.img");
	assert_int_equal(part, 1001);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_false(v4_name_parse(bad[i], path, &part));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(container_every_byte),
		cmocka_unit_test(container_wrong_pass),
		in_folder(container_peer),
		in_folder(round_trips),
		in_folder(peers_read),
		in_folder(damage),
		cmocka_unit_test(header_rules),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
