/* SPDX-License-Identifier: GPL-2.0-or-later */
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "lib/terminal.h"

enum { COLOURS = 256 };

static SCREEN *screen;
static bool coloured;
static int mouse_row;

/* ---- a crash: curses cannot be asked any more ---- */

static struct termios mode_before;

static void give_back_and_die(int sig)
{
	(void)!write(STDOUT_FILENO, TERMINAL_CALM "\r\n",
		     sizeof(TERMINAL_CALM "\r\n") - 1);
	tcsetattr(STDIN_FILENO, TCSANOW, &mode_before);
	raise(sig); /* the handler was for once */
}

static void catch_crashes(void)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct sigaction action = {
		.sa_handler = give_back_and_die,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};

	for (size_t i = 0; i < array_len(crashes); i++)
		sigaction(crashes[i], &action, NULL);
}

/* ---- the terminal ---- */

/* Red, green and blue of the colours from 16 on: a cube of 6 by 6 by 6, then grays. */
static void parts_of(int colour, int ret[static 3])
{
	const int cube[] = {(colour - 16) / 36, (colour - 16) / 6 % 6, (colour - 16) % 6};

	for (int i = 0; i < 3; i++) {
		if (colour > 231)
			ret[i] = 8 + 10 * (colour - 232);
		else
			ret[i] = cube[i] ? 55 + 40 * cube[i] : 0;
	}
}

/* One of the 256 as this terminal has it: as it is, by its parts, or the nearest of eight. */
static int here(int colour)
{
	int part[3];

	if (colour < 8 || COLORS == 256)
		return colour;
	if (colour < 16)
		return colour - 8;
	parts_of(colour, part);
	if (COLORS > 256)
		return part[0] << 16 | part[1] << 8 | part[2];
	return (part[0] > 127) | (part[1] > 127) << 1 | (part[2] > 127) << 2;
}

static void make_colours(void)
{
	use_default_colors();
	for (int i = 0; i < COLOURS && i + 1 < COLOR_PAIRS; i++)
		init_extended_pair(i + 1, here(i), -1);
}

int term_open(bool colour)
{
	if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &mode_before) < 0)
		return -ENOTTY;
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return -ENOTTY;
	catch_crashes();
	coloured = colour && has_colors() && start_color() != ERR;
	if (coloured)
		make_colours();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED,
		  NULL);
	curs_set(0);
	return 0;
}

void term_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void term_leave(void)
{
	curs_set(1);
	endwin();
}

void term_return(void)
{
	reset_prog_mode();
	curs_set(0);
	clearok(stdscr, TRUE);
	wrefresh(stdscr);
}

void term_size(int *ret_rows, int *ret_cols)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	getmaxyx(stdscr, *ret_rows, *ret_cols);
}

static attr_t attributes(const struct style *style)
{
	attr_t a = A_NORMAL;

	a |= style->bold ? A_BOLD : 0;
	a |= style->reverse ? A_REVERSE : 0;
	return a;
}

/* Of a terminal with few pairs, only the first eight have one each. */
static int pair_of(int colour)
{
	if (!coloured)
		return 0;
	return (colour + 1 < COLOR_PAIRS ? colour : here(colour)) + 1;
}

/* Curses itself compares with what is there. */
void term_draw(const struct screen *s, bool all)
{
	if (all)
		clearok(stdscr, TRUE);
	for (int row = 0; row < s->rows; row++) {
		wmove(stdscr, row, 0);
		for (int col = 0; col < s->cols; col++) {
			const struct cell *cell = &s->cells[row * s->cols + col];
			int pair = pair_of(cell->style.colour);

			/* more pairs than a short has go beside it */
			wattr_set(stdscr, attributes(&cell->style), (short)pair, &pair);
			waddstr(stdscr, cell->text);
		}
	}
	wrefresh(stdscr);
}

static int click(void)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return TERM_NONE;
	if (event.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED)) /* the wheel */
		return event.bstate & BUTTON4_PRESSED ? TERM_UP : TERM_DOWN;
	mouse_row = event.y;
	return TERM_CLICK;
}

int term_mouse_row(void)
{
	return mouse_row;
}

static const struct {
	int curses, ours;
} keys[] = {
	{KEY_UP, TERM_UP},	   {KEY_DOWN, TERM_DOWN},     {KEY_LEFT, TERM_LEFT},
	{KEY_RIGHT, TERM_RIGHT},   {KEY_PPAGE, TERM_PAGE_UP}, {KEY_NPAGE, TERM_PAGE_DOWN},
	{KEY_HOME, TERM_HOME},	   {KEY_END, TERM_END},	      {KEY_BACKSPACE, TERM_BACK},
	{KEY_RESIZE, TERM_RESIZE}, {KEY_F(1), TERM_F1},	      {KEY_ENTER, '\r'},
};

int term_key(void)
{
	wint_t c;
	int r = wget_wch(stdscr, &c);

	if (r == ERR)
		return TERM_NONE;
	if (r != KEY_CODE_YES)
		return c == 127 || c == 8 ? TERM_BACK : (int)c;
	if (c == KEY_MOUSE)
		return click();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((int)c == keys[i].curses)
			return keys[i].ours;
	return TERM_NONE;
}
