/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/lvm.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/size.h"

static void object_put(struct json_object **object)
{
	json_object_put(*object);
}

static void tokener_free(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* A scalar column as text; "" when the report lacks it. */
static const char *column(struct json_object *row, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(row, key, &value) || !value ||
	    json_object_is_type(value, json_type_array) ||
	    json_object_is_type(value, json_type_object))
		return "";
	return json_object_get_string(value);
}

static bool copy(char *ret, size_t size, const char *text)
{
	return (size_t)snprintf(ret, size, "%s", text) < size;
}

/* Bytes; an empty column is 0. */
static bool bytes(const char *text, uint64_t *ret)
{
	long long n = 0;

	if (*text && num_parse(text, 0, LLONG_MAX, &n) < 0)
		return false;
	*ret = (uint64_t)n;
	return true;
}

/* "12.34", or "12,34" where LVM follows the locale: that part of SIZE. */
static bool share(const char *text, uint64_t size, uint64_t *ret)
{
	char *end = NULL;
	unsigned long whole = strtoul(text, &end, 10);
	uint64_t parts = whole * 100;

	*ret = 0;
	if (!*text)
		return true;
	if (end == text || whole > 100)
		return false;
	if (*end == '.' || *end == ',') {
		for (unsigned weight = 10; weight && *++end >= '0' && *end <= '9';
		     weight /= 10)
			parts += (uint64_t)(*end - '0') * weight;
		end += strspn(end, "0123456789");
	}
	if (*end)
		return false;
	*ret = size / 10000 * parts + size % 10000 * parts / 10000;
	return true;
}

/* A list is an array in newer reports and text with commas in older ones. */
static bool has_tag(struct json_object *row)
{
	struct json_object *tags = NULL;
	cleanup_strv struct strv list = STRV_INIT;

	if (json_object_object_get_ex(row, "lv_tags", &tags) &&
	    json_object_is_type(tags, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(tags); i++) {
			struct json_object *tag = json_object_array_get_idx(tags, i);

			if (json_object_is_type(tag, json_type_string))
				strv_add(&list, json_object_get_string(tag));
		}
	} else {
		strv_split(&list, column(row, "lv_tags"), ",");
	}
	return strv_has(&list, LVM_TAG);
}

static int row_parse(struct json_object *row, struct lvm_row *ret)
{
	struct lvm_row r = {0};

	if (!json_object_is_type(row, json_type_object))
		return -EINVAL;
	r.tagged = has_tag(row);
	if (!copy(r.name, sizeof(r.name), column(row, "lv_name")) || !r.name[0] ||
	    !copy(r.pool, sizeof(r.pool), column(row, "pool_lv")) ||
	    !bytes(column(row, "lv_size"), &r.size) ||
	    !bytes(column(row, "lv_metadata_size"), &r.meta_size) ||
	    !share(column(row, "data_percent"), r.size, &r.used) ||
	    !share(column(row, "metadata_percent"), r.meta_size, &r.meta_used))
		return -EINVAL;
	*ret = r;
	return 0;
}

static int rows_parse(struct json_object *rows, struct lvm_report *ret)
{
	if (!json_object_is_type(rows, json_type_array))
		return -EINVAL;
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct lvm_row row;
		int r = row_parse(json_object_array_get_idx(rows, i), &row);

		if (r < 0)
			return r;
		array_grow(ret->v, ret->n) = row;
		ret->n++;
	}
	return 0;
}

int lvm_report_parse(const char *text, size_t len, struct lvm_report *ret)
{
	struct json_tokener *tok cleanup(tokener_free) = json_tokener_new();
	struct json_object *root cleanup(object_put) = NULL;
	struct json_object *parts = NULL, *rows = NULL;
	cleanup_report struct lvm_report report = {0};

	if (!tok || len > INT_MAX)
		return -EINVAL;
	root = json_tokener_parse_ex(tok, text, (int)len);
	if (!json_object_is_type(root, json_type_object) ||
	    !json_object_object_get_ex(root, "report", &parts) ||
	    !json_object_is_type(parts, json_type_array))
		return -EINVAL;
	for (size_t i = 0; i < json_object_array_length(parts); i++) {
		struct json_object *part = json_object_array_get_idx(parts, i);
		int r;

		if (!json_object_is_type(part, json_type_object) ||
		    !json_object_object_get_ex(part, "lv", &rows))
			return -EINVAL;
		r = rows_parse(rows, &report);
		if (r < 0)
			return r;
	}
	*ret = report;
	report = (struct lvm_report){0};
	return 0;
}

void lvm_report_dispose(struct lvm_report *report)
{
	free(report->v);
	*report = (struct lvm_report){0};
}
