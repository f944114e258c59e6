/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of logical volumes, as LVM and as device-mapper spell them. No side effects. */
#ifndef QVM_STORAGE_LVNAME_H
#define QVM_STORAGE_LVNAME_H

#include <stdbool.h>

#include "lib/macro.h"

#define LVNAME_MAX 128 /* of one part, with NUL */
#define LV_DM_MAX 128  /* of the name in device-mapper, with NUL */

/*
 * The one name that a volume of the scratch store has. The store overwrites it at each
 * boot, so nothing of another name is ever taken for it.
 */
#define SCRATCH_LV "qvm-scratch"

struct lv_location {
	char vg[LVNAME_MAX];
	char lv[LVNAME_MAX];
};

/* "vg/lv" of characters that LVM takes, none of them special to it; -EINVAL otherwise. */
int lv_location_parse(const char *text, struct lv_location *ret) must_check;

/*
 * "vg-lv" or "vg-lv-LAYER", dashes within the parts doubled; LAYER may be NULL.
 * -ENAMETOOLONG where device-mapper has no room for it.
 */
int lv_dm_name(const char *vg, const char *lv, const char *layer,
	       char ret[static LV_DM_MAX]) must_check;

/* Is that the device-mapper UUID of a visible volume, none of LVM's inner layers? */
bool lv_uuid_is_plain(const char *uuid);

/* An id of core/pool.h: letters, digits and '-', the first no '-'. */
bool vol_id_ok(const char *id);

#endif
