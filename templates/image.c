/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "templates/image.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "lib/alloc.h"
#include "templates/layer.h"

#define LAYERS_MAX 500
#define NESTED_MAX 3
#define JSON_DEPTH 32

#if defined(__x86_64__)
#define MACHINE "amd64"
#elif defined(__aarch64__)
#define MACHINE "arm64"
#else
#define MACHINE "unknown"
#endif

static void json_put_at(json_object **o)
{
	json_object_put(*o);
}
#define cleanup_json cleanup(json_put_at)

/* The layers of an image and what they unpack to, in order. */
struct image {
	json_object *layers;   /* descriptors, or (docker) names */
	json_object *config;   /* descriptor, or name */
	json_object *diff_ids; /* digests of the unpacked layers */
};

static int bad(struct qvm_err *err, const char *why)
{
	return err_set(err, QVM_E_VALUE, "bad image: %s", why);
}

/* ---- JSON ---- */

static json_object *member(json_object *in, const char *name, json_type type)
{
	json_object *o;

	return json_object_is_type(in, json_type_object) &&
			       json_object_object_get_ex(in, name, &o) &&
			       json_object_is_type(o, type)
		       ? o
		       : NULL;
}

static const char *text_of(json_object *in, const char *name)
{
	json_object *o = member(in, name, json_type_string);

	return o ? json_object_get_string(o) : NULL;
}

static int parse(const struct buf *text, const char *name, json_object **ret,
		 struct qvm_err *err)
{
	json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);

	*ret = json_tokener_parse_ex(tokener, buf_str(text), (int)text->len);
	json_tokener_free(tokener);
	if (!*ret)
		return err_set(err, QVM_E_VALUE, "bad image: '%.100s' is no JSON", name);
	return 0;
}

static int read_json(const struct parts *p, const char *name, json_object **ret,
		     char digest[static DIGEST_HEX], struct qvm_err *err)
{
	cleanup_buf struct buf text = BUF_INIT;
	int r = part_text(p, name, &text, digest, err);

	return r < 0 ? r : parse(&text, name, ret, err);
}

/* ---- digests ---- */

static bool is_hex(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* The hexadecimal part of "sha256:...", which is also a safe name. */
static int digest_hex(const char *text, const char **ret, struct qvm_err *err)
{
	if (!text || strncmp(text, "sha256:", 7) != 0 || !is_hex(text + 7))
		return bad(err, "a part of it is not named by a SHA-256");
	*ret = text + 7;
	return 0;
}

static int check_digest(const char *what, const char *wanted, const char *got,
			struct qvm_err *err)
{
	if (strcmp(wanted, got) == 0)
		return 0;
	return err_set(err, QVM_E_VALUE,
		       "bad image: %s is not what its digest says: %.12s, not %.12s",
		       what, got, wanted);
}

static int blob_json(const struct parts *p, json_object *descriptor, json_object **ret,
		     char digest[static DIGEST_HEX], struct qvm_err *err)
{
	cleanup_free char *name = NULL;
	const char *hex;
	int r = digest_hex(text_of(descriptor, "digest"), &hex, err);

	if (r < 0)
		return r;
	name = xasprintf("blobs/sha256/%s", hex);
	r = read_json(p, name, ret, digest, err);
	return r < 0 ? r : check_digest(name, hex, digest, err);
}

/* ---- which image ---- */

static bool fits(json_object *descriptor)
{
	json_object *platform = member(descriptor, "platform", json_type_object);
	const char *machine = text_of(platform, "architecture");
	const char *os = text_of(platform, "os");

	return (!machine || strcmp(machine, MACHINE) == 0) &&
	       (!os || strcmp(os, "linux") == 0);
}

/* Of several images (for several machines) the first that this one runs. */
static int choose(json_object *index, json_object **ret, struct qvm_err *err)
{
	json_object *all = member(index, "manifests", json_type_array);
	size_t n = all ? json_object_array_length(all) : 0;

	for (size_t i = 0; i < n; i++) {
		*ret = json_object_array_get_idx(all, i);
		if (json_object_is_type(*ret, json_type_object) && fits(*ret))
			return 0;
	}
	return bad(err, "it has none for this kind of machine (" MACHINE ")");
}

static int find_manifest(const struct parts *p, json_object **ret,
			 char digest[static DIGEST_HEX], struct qvm_err *err)
{
	cleanup_json json_object *index = NULL;
	int r = read_json(p, "index.json", &index, digest, err);

	for (int depth = 0; r == 0 && depth < NESTED_MAX; depth++) {
		json_object *descriptor = NULL, *next = NULL;

		r = choose(index, &descriptor, err);
		if (r == 0)
			r = blob_json(p, descriptor, &next, digest, err);
		if (r < 0)
			return r;
		json_object_put(index);
		index = next;
		if (member(index, "layers", json_type_array)) {
			*ret = steal(index);
			return 0;
		}
	}
	return r < 0 ? r : bad(err, "its lists of images go too deep");
}

/* ---- layers ---- */

static int put_layer(struct part *part, struct extract *x, const char *what,
		     const char *packed, const char *unpacked, struct qvm_err *err)
{
	cleanup(layer_dispose) struct layer layer = {.over = true};
	struct archive *filter = archive_read_new();
	struct stream *inner = xcalloc(1, sizeof(*inner));
	struct archive_entry *entry;
	char digest[DIGEST_HEX] = "";
	int r;

	x->layer = &layer;
	x->from = inner;
	r = stream_archive(&part->stream, filter, 1, err);
	if (r == 0 && archive_read_next_header(filter, &entry) != ARCHIVE_OK)
		r = err_set(err, QVM_E_VALUE, "bad image: %s: %s", what,
			    archive_error_string(filter));
	stream_init(inner, -1, filter);
	if (r == 0)
		r = extract(x, err);
	if (r == 0)
		r = stream_digest(inner, digest, err);
	if (r == 0 && unpacked)
		r = check_digest(what, unpacked, digest, err);
	if (r == 0 && packed)
		r = stream_digest(&part->stream, digest, err);
	if (r == 0 && packed)
		r = check_digest(what, packed, digest, err);
	x->layer = NULL;
	x->from = NULL;
	stream_dispose(inner);
	free(inner);
	archive_read_free(filter);
	return r;
}

static int one_layer(const struct parts *p, const struct image *im, size_t i,
		     struct extract *x, struct qvm_err *err)
{
	cleanup_part struct part *part = NULL;
	cleanup_free char *what = xasprintf("layer %zu", i + 1);
	cleanup_free char *name = NULL;
	json_object *layer = json_object_array_get_idx(im->layers, i);
	json_object *id =
		im->diff_ids ? json_object_array_get_idx(im->diff_ids, i) : NULL;
	const char *packed = NULL, *unpacked = NULL;
	int r = 0;

	if (json_object_is_type(layer, json_type_object)) {
		r = digest_hex(text_of(layer, "digest"), &packed, err);
		name = r < 0 ? NULL : xasprintf("blobs/sha256/%s", packed);
	} else if (json_object_is_type(layer, json_type_string)) {
		name = xstrdup(json_object_get_string(layer));
	} else {
		return bad(err, "its list of layers is broken");
	}
	if (r == 0)
		r = digest_hex(id ? json_object_get_string(id) : NULL, &unpacked, err);
	if (r == 0)
		r = part_open(p, name, &part, err);
	if (r == 0)
		r = put_layer(part, x, what, packed, unpacked, err);
	return r < 0 ? err_wrap(err, "%s", what) : 0;
}

static int all_layers(const struct parts *p, struct image *im, json_object *config,
		      struct extract *x, struct qvm_err *err)
{
	json_object *rootfs = member(config, "rootfs", json_type_object);
	const char *machine = text_of(config, "architecture");
	size_t n = json_object_array_length(im->layers);
	int r = 0;

	if (machine && strcmp(machine, MACHINE) != 0)
		return err_set(err, QVM_E_VALUE,
			       "the image is for another kind of machine: %.40s, not %s",
			       machine, MACHINE);
	im->diff_ids = member(rootfs, "diff_ids", json_type_array);
	if (!im->diff_ids || json_object_array_length(im->diff_ids) != n)
		return bad(err, "its layers and their digests differ in number");
	if (n == 0 || n > LAYERS_MAX)
		return bad(err, "it has no layers, or too many");
	for (size_t i = 0; r == 0 && i < n; i++)
		r = one_layer(p, im, i, x, err);
	return r;
}

/* ---- the two kinds ---- */

static int extract_oci(const struct parts *p, struct extract *x,
		       char digest[static DIGEST_HEX], struct qvm_err *err)
{
	cleanup_json json_object *manifest = NULL;
	cleanup_json json_object *config = NULL;
	char ignored[DIGEST_HEX];
	struct image im = {0};
	int r = find_manifest(p, &manifest, digest, err);

	if (r < 0)
		return r;
	im.layers = member(manifest, "layers", json_type_array);
	im.config = member(manifest, "config", json_type_object);
	r = blob_json(p, im.config, &config, ignored, err);
	return r < 0 ? r : all_layers(p, &im, config, x, err);
}

/* Its configuration is named by its digest, and that has the digests of the layers. */
static int docker_config(const struct parts *p, const char *name, json_object **ret,
			 char digest[static DIGEST_HEX], struct qvm_err *err)
{
	const char *base = strrchr(name, '/');
	cleanup_free char *hex = xstrndup(base ? base + 1 : name, 64);
	int r = read_json(p, name, ret, digest, err);

	if (r < 0)
		return r;
	return is_hex(hex) ? check_digest(name, hex, digest, err)
			   : bad(err, "its configuration is not named by its digest");
}

static int extract_docker(const struct parts *p, struct extract *x,
			  char digest[static DIGEST_HEX], struct qvm_err *err)
{
	cleanup_json json_object *list = NULL;
	cleanup_json json_object *config = NULL;
	json_object *first;
	struct image im = {0};
	int r = read_json(p, "manifest.json", &list, digest, err);

	if (r < 0)
		return r;
	first = json_object_is_type(list, json_type_array)
			? json_object_array_get_idx(list, 0)
			: NULL;
	im.layers = member(first, "Layers", json_type_array);
	im.config = member(first, "Config", json_type_string);
	if (!im.layers || !im.config)
		return bad(err, "its manifest names no layers");
	if (json_object_array_length(list) > 1)
		return bad(err, "it holds several; save one at a time");
	r = docker_config(p, json_object_get_string(im.config), &config, digest, err);
	return r < 0 ? r : all_layers(p, &im, config, x, err);
}

int image_extract(const struct parts *parts, struct extract *x,
		  char digest[static DIGEST_HEX], struct qvm_err *err)
{
	cleanup_part struct part *part = NULL;
	struct qvm_err ignored;
	int r = part_open(parts, "index.json", &part, &ignored);

	part_close(steal(part));
	return r == 0 ? extract_oci(parts, x, digest, err)
		      : extract_docker(parts, x, digest, err);
}
