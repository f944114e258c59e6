/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/v4.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/alloc.h"
#include "lib/size.h"
#include "lib/strv.h"
#include "lib/utf8.h"

/* ---- filters ---- */

static const struct {
	const char *names; /* the first one is written */
	bool writes;
} filters[V4_FILTER_COUNT] = {
	[V4_NONE] = {"none", true},	      [V4_GZIP] = {"gzip pigz", true},
	[V4_BZIP2] = {"bzip2 pbzip2", false}, [V4_XZ] = {"xz", false},
	[V4_LZMA] = {"lzma", false},	      [V4_ZSTD] = {"zstd zstdmt", true},
};

bool v4_filter_find(const char *name, enum v4_filter *ret)
{
	for (int i = 0; i < V4_FILTER_COUNT; i++) {
		cleanup_strv struct strv names = STRV_INIT;

		strv_split(&names, filters[i].names, " ");
		if (!strv_has(&names, name))
			continue;
		*ret = (enum v4_filter)i;
		return true;
	}
	return false;
}

const char *v4_filter_name(enum v4_filter filter)
{
	static const char *const first[V4_FILTER_COUNT] = {"none", "gzip", "bzip2",
							   "xz",   "lzma", "zstd"};

	return first[filter];
}

bool v4_filter_writes(enum v4_filter filter)
{
	return filters[filter].writes;
}

/* ---- the header ---- */

void v4_header_format(const struct v4_header *h, struct buf *ret)
{
	buf_addf(ret,
		 "version=4\nencrypted=True\ncompressed=%s\ncompression-filter=%s\n"
		 "hmac-algorithm=scrypt\nbackup-id=%s\n",
		 h->filter == V4_NONE ? "False" : "True",
		 h->filter == V4_NONE ? "gzip" : v4_filter_name(h->filter), h->id);
	if (h->members[0])
		buf_addf(ret, "member-list=%s\n", h->members);
}

enum key {
	K_VERSION,
	K_ENCRYPTED,
	K_COMPRESSED,
	K_FILTER,
	K_HMAC,
	K_CRYPTO,
	K_ID,
	K_MEMBERS,
	K_COUNT
};

static const char *const keys[K_COUNT] = {
	"version",	  "encrypted",	      "compressed", "compression-filter",
	"hmac-algorithm", "crypto-algorithm", "backup-id",  "member-list",
};

static bool all_of(const char *text)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789-") == strlen(text);
}

static int bad(struct qvm_err *err, const char *why, const char *what)
{
	return err_set(err, QVM_E_VALUE, "its header is not understood: %s%s", why, what);
}

static int split_line(char *line, const char *values[static K_COUNT], struct qvm_err *err)
{
	size_t len = strlen(line);
	char *equals;

	if (len && line[len - 1] == '\r')
		line[len - 1] = '\0';
	equals = strchr(line, '=');
	if (!equals || strchr(equals + 1, '='))
		return bad(err, "a line is no KEY=VALUE", "");
	*equals = '\0';
	if (!all_of(line))
		return bad(err, "a key has odd characters", "");
	for (int i = 0; i < K_COUNT; i++) {
		if (strcmp(keys[i], line) != 0)
			continue;
		if (values[i])
			return bad(err, "twice there is ", keys[i]);
		if (!all_of(equals + 1))
			return bad(err, "odd characters in ", keys[i]);
		values[i] = equals + 1;
	}
	return 0;
}

static bool truth(const char *text)
{
	return strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 ||
	       strcmp(text, "1") == 0;
}

static int take_values(const char *const v[static K_COUNT], struct v4_header *ret,
		       struct qvm_err *err)
{
	long long version;

	for (int i = 0; i < K_COUNT; i++)
		if (!v[i] && i != K_CRYPTO && i != K_MEMBERS && i != K_FILTER)
			return bad(err, "there is no ", keys[i]);
	if (num_parse(v[K_VERSION], 0, 99, &version) < 0 || version != 4)
		return err_set(err, QVM_E_UNSUPPORTED,
			       "it is of version '%.16s', and only 4 can be read",
			       v[K_VERSION]);
	if (!*v[K_ID] || *v[K_ID] == '-' || strlen(v[K_ID]) >= sizeof(ret->id))
		return bad(err, "odd ", keys[K_ID]);
	if (v[K_MEMBERS] && strlen(v[K_MEMBERS]) != 64)
		return bad(err, "odd ", keys[K_MEMBERS]);
	*ret = (struct v4_header){0};
	memcpy(ret->id, v[K_ID], strlen(v[K_ID]));
	if (v[K_MEMBERS])
		memcpy(ret->members, v[K_MEMBERS], 64);
	if (!truth(v[K_COMPRESSED]))
		return 0;
	if (!v[K_FILTER] || !v4_filter_find(v[K_FILTER], &ret->filter) ||
	    ret->filter == V4_NONE)
		return err_set(err, QVM_E_UNSUPPORTED,
			       "its compression '%.32s' is not one of those known",
			       v[K_FILTER] ? v[K_FILTER] : "");
	return 0;
}

int v4_header_parse(const char *text, size_t len, struct v4_header *ret,
		    struct qvm_err *err)
{
	cleanup_free char *copy = xstrndup(text, len);
	const char *values[K_COUNT] = {NULL};
	char *at = copy, *line;
	int r = 0;

	if (len > V4_HEADER_MAX || strlen(copy) != len || !utf8_ok(text, len))
		return bad(err, "it is no text", "");
	if (len && copy[len - 1] == '\n')
		copy[len - 1] = '\0';
	while (r == 0 && (line = strsep(&at, "\n")))
		r = split_line(line, values, err);
	return r < 0 ? r : take_values(values, ret, err);
}

/* ---- names ---- */

static bool is_file_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* "qubes.xml", "vm7/private.img", "dom0-home/user". */
static bool is_path(const char *path)
{
	size_t slashes = 0;

	if (!is_file_char(*path) || *path == '.')
		return false;
	for (const char *at = path; *at; at++) {
		if (*at == '/' && (++slashes > 1 || at[1] == '.' || !at[1]))
			return false;
		if (*at != '/' && !is_file_char(*at))
			return false;
	}
	return true;
}

bool v4_name_parse(const char *name, char ret_path[static META_PATH_MAX],
		   unsigned *ret_part)
{
	size_t len = strlen(name), digits = 0;
	long long part;
	char number[8] = "";

	if (len < 9 || strcmp(name + len - 4, ".enc") != 0)
		return false;
	len -= 4;
	while (digits < len && digits < 6 && name[len - 1 - digits] >= '0' &&
	       name[len - 1 - digits] <= '9')
		digits++;
	if (digits < 3 || digits >= len || name[len - 1 - digits] != '.')
		return false;
	memcpy(number, name + len - digits, digits);
	if (num_parse(number, 0, 999999, &part) < 0 || (digits > 3 && number[0] == '0'))
		return false;
	len -= digits + 1;
	if (len >= META_PATH_MAX)
		return false;
	memcpy(ret_path, name, len);
	ret_path[len] = '\0';
	*ret_part = (unsigned)part;
	return is_path(ret_path);
}

/* ---- passphrases ---- */

void v4_pass(const char *id, const char *member, const struct secret *pass,
	     struct buf *ret)
{
	buf_addf(ret, "%s%s%s!", id ? id : "", id ? "!" : "", member);
	buf_add_mem(ret, pass->data, pass->len);
}

void v4_pass_wipe(struct buf *pass)
{
	if (pass->data)
		explicit_bzero(pass->data, pass->size);
	buf_dispose(pass);
}

int v4_pass_check(const struct secret *pass, struct qvm_err *err)
{
	if (!pass->len)
		return err_set(err, QVM_E_VALUE, "the passphrase is empty");
	if (pass->len > V4_PASS_MAX)
		return err_set(err, QVM_E_VALUE, "the passphrase has more than %d bytes",
			       V4_PASS_MAX);
	if (!utf8_ok(pass->data, pass->len))
		return err_set(err, QVM_E_VALUE, "the passphrase is not UTF-8");
	for (size_t i = 0; i < pass->len; i++)
		if ((unsigned char)pass->data[i] < ' ' || pass->data[i] == 0x7f)
			return err_set(err, QVM_E_VALUE,
				       "the passphrase has control characters in it");
	return 0;
}
