/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/vault_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "lib/file.h"

#define PACKS "packs/"
#define SNAPSHOTS "snapshots/"

/* ---- names ---- */

static bool is_made_of(const char *text, size_t len, const char *of)
{
	return strlen(text) == len && strspn(text, of) == len;
}

/* "20260405T123456-0123abcd" */
bool vault_stamp_ok(const char *stamp)
{
	return strlen(stamp) == 24 && strspn(stamp, "0123456789") == 8 &&
	       stamp[8] == 'T' && strspn(stamp + 9, "0123456789") == 6 &&
	       stamp[15] == '-' && is_made_of(stamp + 16, 8, "0123456789abcdef");
}

bool vault_name_ok(const char *name)
{
	if (strncmp(name, PACKS, strlen(PACKS)) == 0)
		return is_made_of(name + strlen(PACKS), 32, "0123456789abcdef");
	if (strncmp(name, SNAPSHOTS, strlen(SNAPSHOTS)) == 0)
		return vault_stamp_ok(name + strlen(SNAPSHOTS));
	return strcmp(name, "config") == 0;
}

/* Packs are spread over up to 256 folders, each made when its first pack comes. */
int vault_path_of(const char *name, char ret[static VAULT_PATH_MAX], struct qvm_err *err)
{
	if (!vault_name_ok(name))
		return err_set(err, QVM_E_VALUE, "not a name of a repository: '%.64s'",
			       name);
	if (strncmp(name, PACKS, strlen(PACKS)) == 0)
		snprintf(ret, VAULT_PATH_MAX, PACKS "%.2s/%s", name + strlen(PACKS),
			 name + strlen(PACKS));
	else
		snprintf(ret, VAULT_PATH_MAX, "%s", name);
	return 0;
}

/* One of this process. */
static void tmp_of(const char *name, char ret[static VAULT_PATH_MAX])
{
	const char *last = strrchr(name, '/');

	snprintf(ret, VAULT_PATH_MAX, "tmp/%s.%d", last ? last + 1 : name, (int)getpid());
}

/* ---- the folder ---- */

void vault_dir_close(struct vault_dir *d)
{
	cleanup_close_at(&d->lock);
	cleanup_close_at(&d->fd);
}

/* Whoever may only read has no lock where there is nothing to write to either. */
static int take_lock(struct vault_dir *d, const char *path, struct qvm_err *err)
{
	int how = d->use == VAULT_ALONE ? LOCK_EX : LOCK_SH;

	d->lock = openat(d->fd, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (d->lock < 0)
		return err_set(err, QVM_E_NOT_FOUND, VAULT_NONE_THERE, path);
	if (flock(d->lock, how | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(err, QVM_E_BUSY,
			       "another command works on the repository '%s'", path);
	return d->use == VAULT_READ
		       ? 0
		       : err_errno(err, -errno, "cannot lock the repository '%s'", path);
}

static int open_folder(const char *path, struct vault_dir *ret, struct qvm_err *err)
{
	ret->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->fd < 0 && errno == ENOENT)
		return err_set(err, QVM_E_NOT_FOUND, VAULT_NONE_THERE, path);
	return ret->fd < 0
		       ? err_errno(err, -errno, "cannot open the repository '%s'", path)
		       : 0;
}

int vault_dir_open(const char *path, enum vault_use use, struct vault_dir *ret,
		   struct qvm_err *err)
{
	int r = open_folder(path, ret, err);

	ret->use = use;
	return r < 0 ? r : take_lock(ret, path, err);
}

static void dir_close(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static DIR *list_folder(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

static bool is_hidden(const struct dirent *e)
{
	return e->d_name[0] == '.' || strcmp(e->d_name, "lost+found") == 0;
}

static bool is_empty(int fd)
{
	DIR *dir cleanup(dir_close) = list_folder(fd, ".");
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (!is_hidden(e))
			return false;
	return dir != NULL;
}

static int make_folders(int fd)
{
	static const char *const names[] = {"packs", "snapshots", "tmp"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_len(names); i++)
		r = mkdirat(fd, names[i], 0700) < 0 ? -errno : 0;
	return r;
}

int vault_dir_make(const char *path, struct vault_dir *ret, struct qvm_err *err)
{
	int lock, r = dir_make(path, 0700);

	if (r < 0)
		return err_errno(err, r, "cannot make the folder '%s'", path);
	r = open_folder(path, ret, err);
	if (r < 0)
		return r;
	if (!is_empty(ret->fd))
		return err_set(err, QVM_E_EXISTS, "the folder '%s' is not empty", path);
	r = make_folders(ret->fd);
	if (r < 0)
		return err_errno(err, r, "cannot make a repository in '%s'", path);
	lock = openat(ret->fd, "lock", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	cleanup_close_at(&lock);
	ret->use = VAULT_WRITE;
	return take_lock(ret, path, err);
}

void vault_dir_tidy(struct vault_dir *d)
{
	DIR *dir cleanup(dir_close) = list_folder(d->fd, "tmp");
	struct dirent *e;

	while (d->use == VAULT_ALONE && dir && (e = readdir(dir)))
		if (!is_hidden(e))
			(void)unlinkat(dirfd(dir), e->d_name, 0); /* comes again */
}

/* ---- the table ---- */

static int fail(int r, const char *what, const char *name, struct qvm_err *err)
{
	if (r == -ENOENT)
		return err_set(err, QVM_E_NOT_FOUND, "there is no '%s' in the repository",
			       name);
	return err_errno(err, r, "cannot %s '%s' of the repository", what, name);
}

/* A repository may be anybody's: only plain files are read, and no link is followed. */
static int open_plain(int at, const char *path)
{
	cleanup_close int fd =
		openat(at, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? steal_fd(&fd) : -ELOOP;
}

static int dir_open(void *arg, const char *name, uint64_t most unused, int *ret,
		    struct qvm_err *err)
{
	struct vault_dir *d = arg;
	char path[VAULT_PATH_MAX];
	int r = vault_path_of(name, path, err), fd;

	if (r < 0)
		return r;
	fd = open_plain(d->fd, path);
	if (fd < 0)
		return fail(fd, "read", name, err);
	*ret = fd;
	return 0;
}

static int dir_create(void *arg, const char *name, int *ret, struct qvm_err *err)
{
	struct vault_dir *d = arg;
	char path[VAULT_PATH_MAX];
	int r = vault_path_of(name, path, err), fd;

	if (r < 0)
		return r;
	tmp_of(name, path);
	fd = d->use == VAULT_READ
		     ? -1
		     : openat(d->fd, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(d->use == VAULT_READ ? -EROFS : -errno, "write", name, err);
	*ret = fd;
	return 0;
}

static int sync_folder(int at, const char *path)
{
	cleanup_close int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* That of a file; the repository's own is ".". */
static void folder_of(const char *path, char ret[static VAULT_PATH_MAX])
{
	const char *end = strrchr(path, '/');

	snprintf(ret, VAULT_PATH_MAX, "%.*s", end ? (int)(end - path) : 1,
		 end ? path : ".");
}

static int move(int at, const char *from, const char *to, bool replace)
{
	int r = replace ? -1 : renameat2(at, from, at, to, RENAME_NOREPLACE);

	/* Not every file system can see to it; but no name comes twice. */
	if (replace || (r < 0 && errno == EINVAL))
		r = renameat(at, from, at, to);
	return r < 0 ? -errno : 0;
}

/* Somebody else may make it meanwhile. */
static int make_pack_folder(int at, const char *path)
{
	if (mkdirat(at, path, 0700) < 0 && errno != EEXIST)
		return -errno;
	return sync_folder(at, PACKS);
}

/* Names what was created; in place of a file of that name, or not. */
static int give_name(struct vault_dir *d, const char *name, bool replace,
		     struct qvm_err *err)
{
	char path[VAULT_PATH_MAX], tmp[VAULT_PATH_MAX], folder[VAULT_PATH_MAX];
	int r = vault_path_of(name, path, err);

	if (r < 0)
		return r;
	tmp_of(name, tmp);
	folder_of(path, folder);
	r = move(d->fd, tmp, path, replace);
	if (r == -ENOENT && strncmp(path, PACKS, strlen(PACKS)) == 0) {
		r = make_pack_folder(d->fd, folder);
		r = r < 0 ? r : move(d->fd, tmp, path, replace);
	}
	if (r == 0)
		r = sync_folder(d->fd, folder);
	return r < 0 ? fail(r, "write", name, err) : 0;
}

static int dir_keep(void *arg, const char *name, struct qvm_err *err)
{
	struct vault_dir *d = arg;

	return d->use == VAULT_READ ? fail(-EROFS, "write", name, err)
				    : give_name(d, name, false, err);
}

static int dir_replace(void *arg, const char *name, struct qvm_err *err)
{
	struct vault_dir *d = arg;

	return d->use != VAULT_ALONE || strcmp(name, "config") != 0
		       ? fail(-EROFS, "write", name, err)
		       : give_name(d, name, true, err);
}

static int dir_remove(void *arg, const char *name, struct qvm_err *err)
{
	struct vault_dir *d = arg;
	char path[VAULT_PATH_MAX];
	int r = vault_path_of(name, path, err);

	if (r < 0)
		return r;
	if (d->use != VAULT_ALONE || strcmp(name, "config") == 0)
		return fail(-EROFS, "remove", name, err);
	if (unlinkat(d->fd, path, 0) < 0 && errno != ENOENT)
		return fail(-errno, "remove", name, err);
	return 0;
}

/* What is no name of a repository's is passed over. */
static int add_names(int at, const char *folder, const char *prefix, struct buf *ret)
{
	DIR *dir cleanup(dir_close) = list_folder(at, folder);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		cleanup_free char *name = xasprintf("%s%s", prefix, e->d_name);

		if (vault_name_ok(name))
			buf_addf(ret, "%s\n", name);
	}
	return dir ? 0 : -errno;
}

static int add_packs(int at, struct buf *ret)
{
	DIR *dir cleanup(dir_close) = list_folder(at, PACKS);
	int r = dir ? 0 : -errno;
	struct dirent *e;

	while (r == 0 && (e = readdir(dir))) {
		if (is_made_of(e->d_name, 2, "0123456789abcdef"))
			r = add_names(dirfd(dir), e->d_name, PACKS, ret);
	}
	return r;
}

static int dir_list(void *arg, const char *folder, struct buf *ret, struct qvm_err *err)
{
	struct vault_dir *d = arg;
	int r = 0;

	if (strcmp(folder, "snapshots") == 0)
		r = add_names(d->fd, folder, SNAPSHOTS, ret);
	else if (strcmp(folder, "packs") == 0)
		r = add_packs(d->fd, ret);
	return r < 0 ? fail(r, "list", folder, err) : 0;
}

struct vault_store vault_dir_store(struct vault_dir *d)
{
	return (struct vault_store){.arg = d,
				    .open = dir_open,
				    .create = dir_create,
				    .keep = dir_keep,
				    .replace = dir_replace,
				    .remove = dir_remove,
				    .list = dir_list};
}
