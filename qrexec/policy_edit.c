/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qubes-policy does to the files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "qrexec/policy_disk.h"
#include "qrexec/policy_int.h"
#include "qrexec/policy_load.h"

#define INCLUDE "include/"
#define NAME_LIMIT 200
#define WRONG_THEN "the policy would be wrong"

static bool is_include(const char *name)
{
	return strncmp(name, INCLUDE, strlen(INCLUDE)) == 0;
}

static int name_check(const char *name, struct qvm_err *err)
{
	const char *base = is_include(name) ? name + strlen(INCLUDE) : name;
	const char *why = NULL;

	if (!*base || *base == '.')
		why = "it is empty or begins with '.'";
	else if (strlen(base) > NAME_LIMIT)
		why = "it is too long";
	else if (!is_include(name))
		why = lex_file_name(base);
	else if (!lex_all_of(base, "+_.-"))
		why = "a file's name has only letters, digits, '+', '_', '.' and '-'";
	if (!why)
		return 0;
	return err_set(err, QVM_E_VALUE, "'%.64s' is no name of a policy file: %s", name,
		       why);
}

static bool ends_in_suffix(const char *name)
{
	size_t len = strlen(name), suffix = strlen(POLICY_SUFFIX);

	return len > suffix && strcmp(name + len - suffix, POLICY_SUFFIX) == 0;
}

/* Without the root. */
static int path_of(const char *name, char **ret, struct qvm_err *err)
{
	int r = name_check(name, err);

	if (r < 0)
		return r;
	*ret = xasprintf("%s/%s%s", POLICY_DIR, name,
			 is_include(name) || ends_in_suffix(name) ? "" : POLICY_SUFFIX);
	return 0;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

int policy_file_list(const char *root, bool include, struct strv *ret,
		     struct qvm_err *err)
{
	const char *path = include ? POLICY_INCLUDE_DIR : POLICY_DIR;
	cleanup_free char *full = xasprintf("%s%s", root, path);
	cleanup(close_dir) DIR *dir = opendir(full);
	const struct dirent *entry;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_errno(err, -errno, "cannot read the folder '%s'", path);
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		size_t len = strlen(name);

		if (*name == '.' || entry->d_type == DT_DIR)
			continue;
		if (include)
			strv_addf(ret, "%s%s", INCLUDE, name);
		else if (ends_in_suffix(name))
			strv_take(ret, xstrndup(name, len - strlen(POLICY_SUFFIX)));
	}
	strv_sort(ret);
	return 0;
}

int policy_file_get(const char *root, const char *name, struct buf *ret,
		    struct qvm_err *err)
{
	cleanup_free char *path = NULL;
	cleanup_free char *full = NULL;
	int r;

	r = path_of(name, &path, err);
	if (r < 0)
		return r;
	full = xasprintf("%s%s", root, path);
	r = file_read(full, POLICY_FILE_MAX, ret);
	if (r == -ENOENT)
		return err_set(err, QVM_E_NOT_FOUND, "there is no policy file '%s'",
			       name);
	return r < 0 ? err_errno(err, r, "cannot read '%s'", path) : 0;
}

static bool has_note(const struct policy *p, const struct policy_note *note)
{
	for (size_t i = 0; i < p->note_count; i++)
		if (p->notes[i].error && strcmp(p->notes[i].file, note->file) == 0 &&
		    strcmp(p->notes[i].text, note->text) == 0)
			return true;
	return false;
}

/*
 * Old errors elsewhere are no reason to refuse: where two files are wrong they have to be
 * mended one after the other.
 */
static int compare(const struct policy *before, const struct policy *after,
		   const char *path, struct qvm_err *err)
{
	for (size_t i = 0; i < after->note_count; i++) {
		const struct policy_note *note = &after->notes[i];

		if (!note->error ||
		    (strcmp(note->file, path) != 0 && has_note(before, note)))
			continue;
		if (!note->line)
			return err_set(err, QVM_E_VALUE, WRONG_THEN ": %s: %s",
				       note->file, note->text);
		return err_set(err, QVM_E_VALUE, WRONG_THEN ": %s:%u: %s", note->file,
			       note->line, note->text);
	}
	return 0;
}

static int check(const char *root, const char *path, const struct policy_change *change,
		 struct qvm_err *err)
{
	cleanup_disk struct disk now = {.root = root};
	cleanup_disk struct disk then = {
		.root = root,
		.replaced = path,
		.text = change->text,
		.len = change->len,
	};
	cleanup_policy struct policy *before = disk_read_policy(&now);
	cleanup_policy struct policy *after = disk_read_policy(&then);

	/* hidden by one of the same name that comes first; it may not always be */
	if (change->text && !is_include(change->name) && !strv_has(&after->files, path))
		policy_parse_text(after, NULL,
				  &(struct policy_text){
					  .name = path,
					  .base = POLICY_DIR,
					  .text = change->text,
					  .len = change->len,
				  });
	return compare(before, after, path, err);
}

static int lock(const char *dir, int *ret, struct qvm_err *err)
{
	*ret = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret < 0)
		return err_errno(err, -errno, "cannot open the folder of the policy");
	if (flock(*ret, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(err, QVM_E_BUSY, "another command is changing the policy");
	return err_errno(err, -errno, "cannot lock the folder of the policy");
}

static int apply(const char *full, const struct policy_change *change,
		 struct qvm_err *err)
{
	struct stat st;
	mode_t mode = stat(full, &st) == 0 ? st.st_mode & 0777 : 0644;
	int r;

	if (change->text)
		r = file_replace(full, change->text, change->len, mode, 1);
	else
		r = unlink(full) < 0 ? -errno : 0;
	/* whatever the umask says: the daemons are in a group of their own */
	if (r == 0 && change->text && chmod(full, mode) < 0)
		r = -errno;
	return r < 0 ? err_errno(err, r, "cannot change the policy file '%s'",
				 change->name)
		     : 0;
}

static int prepare_dirs(const char *root, const struct policy_change *change,
			struct qvm_err *err)
{
	cleanup_free char *dir = xasprintf(
		"%s%s", root, is_include(change->name) ? POLICY_INCLUDE_DIR : POLICY_DIR);
	int r;

	if (!change->text || change->dry_run)
		return 0;
	r = dir_make(dir, 0755);
	return r < 0 ? err_errno(err, r, "cannot make the folder '%s'", dir) : 0;
}

int policy_file_change(const char *root, const struct policy_change *change,
		       struct qvm_err *err)
{
	cleanup_free char *path = NULL;
	cleanup_free char *full = NULL;
	cleanup_free char *dir = xasprintf("%s%s", root, POLICY_DIR);
	cleanup_close int fd = -1;
	int r;

	r = path_of(change->name, &path, err);
	if (r < 0)
		return r;
	if (change->len > POLICY_FILE_MAX)
		return err_set(err, QVM_E_VALUE, "the text is longer than %u bytes",
			       POLICY_FILE_MAX);
	full = xasprintf("%s%s", root, path);
	if (!change->text && access(full, F_OK) < 0)
		return err_set(err, QVM_E_NOT_FOUND, "there is no policy file '%s'",
			       change->name);
	r = prepare_dirs(root, change, err);
	if (r < 0)
		return r;
	if (!change->dry_run) {
		r = lock(dir, &fd, err);
		if (r < 0)
			return r;
	}
	r = check(root, path, change, err);
	if (r < 0 || change->dry_run)
		return r;
	return apply(full, change, err);
}
