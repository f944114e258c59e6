/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PVH kernel of a few bytes, for domains that are only there to be listed. The note names
 * its 32-bit entry point (XEN_ELFNOTE_PHYS32_ENTRY, xen/include/public/elfnote.h).
 */
	.section .note.Xen, "a", @note
	.long 4, 4, 18
	.asciz "Xen"
	.long _start

	.text
	.globl _start
_start:
	hlt
	jmp _start
