/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Container images: an OCI layout (a folder, or a tar of one), and what `docker save`
 * writes. Every part is checked against the digest that names it. For qvm-fill only.
 */
#ifndef QVM_TEMPLATES_IMAGE_H
#define QVM_TEMPLATES_IMAGE_H

#include "templates/extract.h"
#include "templates/parts.h"

/* Puts all layers into x's folder. DIGEST becomes that of the image's manifest. */
int image_extract(const struct parts *parts, struct extract *x,
		  char digest[static DIGEST_HEX], struct qvm_err *err) must_check;

#endif
