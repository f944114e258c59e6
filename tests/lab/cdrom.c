/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cdrom iso		an image of a CD whose boot loader speaks on the first serial line
 * cdrom screen PATH	how the server of a screen on the socket PATH greets
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SECTOR = 2048, VOLUME = 16, RECORD, END, CATALOG, LOADER, SECTORS = 64 };

/* At 0:0x7c00, in real mode: writes a greeting, then each byte that comes as <byte>. */
static const uint8_t code[] = {
	0x31, 0xc0,	  /*		xor %ax,%ax */
	0x8e, 0xd8,	  /*		mov %ax,%ds */
	0xfc,		  /*		cld */
	0xbe, 0x48, 0x7c, /*		mov $greeting,%si */
	0xe8, 0x1c, 0x00, /*		call puts */
	0xba, 0xfd, 0x03, /* loop:	mov $0x3fd,%dx: the line's state */
	0xec,		  /*		in %dx,%al */
	0xa8, 0x01,	  /*		test $1,%al: something has come */
	0x74, 0xf8,	  /*		je loop */
	0xb2, 0xf8,	  /*		mov $0xf8,%dl */
	0xec,		  /*		in %dx,%al */
	0x50,		  /*		push %ax */
	0xb0, '<',	  /*		mov $'<',%al */
	0xe8, 0x15, 0x00, /*		call putc */
	0x58,		  /*		pop %ax */
	0xe8, 0x11, 0x00, /*		call putc */
	0xb0, '>',	  /*		mov $'>',%al */
	0xe8, 0x0c, 0x00, /*		call putc */
	0xeb, 0xe4,	  /*		jmp loop */
	0xac,		  /* puts:	lods %ds:(%si),%al */
	0x84, 0xc0,	  /*		test %al,%al */
	0x74, 0x14,	  /*		je done */
	0xe8, 0x02, 0x00, /*		call putc */
	0xeb, 0xf6,	  /*		jmp puts */
	0x88, 0xc4,	  /* putc:	mov %al,%ah */
	0xba, 0xfd, 0x03, /*		mov $0x3fd,%dx */
	0xec,		  /* wait:	in %dx,%al */
	0xa8, 0x20,	  /*		test $0x20,%al: it can be written to */
	0x74, 0xfb,	  /*		je wait */
	0xb2, 0xf8,	  /*		mov $0xf8,%dl */
	0x88, 0xe0,	  /*		mov %ah,%al */
	0xee,		  /*		out %al,(%dx) */
	0xc3,		  /* done:	ret */
};
static const char greeting[] = "\r\nthe CD's loader is here\r\n";

static uint8_t image[SECTORS][SECTOR];

static void describe(int sector, uint8_t type)
{
	image[sector][0] = type;
	memcpy(image[sector] + 1, "CD001\1", 6);
}

static int write_iso(void)
{
	uint8_t *catalog = image[CATALOG];
	unsigned sum = 0;

	describe(VOLUME, 1);
	describe(RECORD, 0);
	describe(END, 255);
	strcpy((char *)image[RECORD] + 7, "EL TORITO SPECIFICATION");
	image[RECORD][0x47] = CATALOG;
	catalog[0] = 1;
	catalog[0x1e] = 0x55;
	catalog[0x1f] = 0xaa;
	for (int i = 0; i < 0x20; i += 2)
		sum += catalog[i] + 256u * catalog[i + 1];
	catalog[0x1c] = (uint8_t)-sum;
	catalog[0x1d] = (uint8_t)((0x10000 - sum) >> 8);
	catalog[0x20] = 0x88; /* it can be booted; no drive is pretended */
	catalog[0x26] = 4;    /* sectors of 512 bytes */
	catalog[0x28] = LOADER;
	memcpy(image[LOADER], code, sizeof(code));
	memcpy(image[LOADER] + 0x48, greeting, sizeof(greeting));
	return fwrite(image, sizeof(image), 1, stdout) != 1;
}

static int greet(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char text[12];

	strncpy(at.sun_path, path, sizeof(at.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    read(fd, text, sizeof(text)) != sizeof(text)) {
		perror(path);
		return 1;
	}
	return fwrite(text, sizeof(text), 1, stdout) != 1;
}

int main(int argc, char **argv)
{
	return argc > 2 ? greet(argv[2]) : write_iso();
}
