/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/lvname.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/pool.h"

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

#define LVM_UUID_PREFIX "LVM-"
#define LVM_UUID_LEN 64 /* of group and volume together */

static bool part_ok(const char *at, size_t len)
{
	return len > 0 && len < LVNAME_MAX && *at != '-' && *at != '.' &&
	       strspn(at, ALNUM "+_.-") >= len;
}

int lv_location_parse(const char *text, struct lv_location *ret)
{
	const char *slash = strchr(text, '/');
	size_t vg;

	if (!slash)
		return -EINVAL;
	vg = (size_t)(slash - text);
	if (!part_ok(text, vg) || !part_ok(slash + 1, strlen(slash + 1)))
		return -EINVAL;
	snprintf(ret->vg, sizeof(ret->vg), "%.*s", (int)vg, text);
	snprintf(ret->lv, sizeof(ret->lv), "%s", slash + 1);
	return 0;
}

static int add_part(char *ret, size_t *len, const char *part)
{
	for (; *part; part++) {
		size_t need = *part == '-' ? 2 : 1;

		if (*len + need >= LV_DM_MAX)
			return -ENAMETOOLONG;
		ret[(*len)++] = *part;
		if (*part == '-')
			ret[(*len)++] = '-';
	}
	ret[*len] = '\0';
	return 0;
}

int lv_dm_name(const char *vg, const char *lv, const char *layer,
	       char ret[static LV_DM_MAX])
{
	const char *parts[] = {vg, lv, layer};
	size_t len = 0;

	for (size_t i = 0; i < 3 && parts[i]; i++) {
		int r;

		if (i > 0)
			ret[len++] = '-';
		r = add_part(ret, &len, parts[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

bool lv_uuid_is_plain(const char *uuid)
{
	return strncmp(uuid, LVM_UUID_PREFIX, strlen(LVM_UUID_PREFIX)) == 0 &&
	       strlen(uuid) == strlen(LVM_UUID_PREFIX) + LVM_UUID_LEN;
}

bool vol_id_ok(const char *id)
{
	size_t len = strnlen(id, POOL_ID_MAX);

	return len > 0 && len < POOL_ID_MAX && *id != '-' && strspn(id, ALNUM "-") == len;
}
