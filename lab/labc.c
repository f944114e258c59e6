/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * labc holds the lab's machine: it starts QEMU, resumes it from a checkpoint or lets it
 * boot, runs commands in its dom0 through labd, and takes a checkpoint on request.
 * The machine never outlives labc, not even when labc is killed.
 */
#include "wire.h"

#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#define EXIT_TIMEOUT 124
#define EXIT_LAB 125
#define CMD_FD 3
#define QMP_FD 4
#define ABORT_KEY 0x1d /* Ctrl-], as in xl console */
#define TAIL_LINES 25

struct lab {
	const char *load; /* device state to resume from, or NULL: boot */
	const char *save; /* where to put it when the command has succeeded */
	const char *console;
	const char *log;    /* what QEMU itself says */
	const char *rundir; /* removed as soon as QEMU has opened all in it */
	const char *setup;  /* a shell line to run before the command */
	int setup_limit;
	int limit; /* seconds; 0: none */
	int tty;
	int with_parent; /* end when our parent does */
	pid_t pid;
	int cmd;
	int qmp;
	int signals;
	int console_fd;
	int log_fd;
};

static struct termios saved_termios;
static int terminal_is_raw;

static const char usage[] =
	"usage: labc [-l STATE] [-s STATE] [-c CONSOLE] [-q QEMU-LOG] [-r RUNDIR]\n"
	"            [-i SETUP] [-I SECONDS] [-t SECONDS] [-TP] QEMU... -- COMMAND...\n";

static void terminal_restore(void)
{
	if (terminal_is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_termios);
	terminal_is_raw = 0;
}

static void terminal_raw(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &saved_termios) < 0)
		return;
	t = saved_termios;
	cfmakeraw(&t);
	terminal_is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &t) == 0;
}

/* RUNDIR is flat: what QEMU holds open lives on without a name. */
static void rundir_remove(struct lab *lab)
{
	pid_t pid;

	if (!lab->rundir)
		return;
	pid = fork();
	if (!pid) {
		execlp("rm", "rm", "-rf", "--", lab->rundir, NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	lab->rundir = NULL;
}

static void machine_kill(struct lab *lab)
{
	if (lab->pid > 0) {
		kill(lab->pid, SIGKILL);
		waitpid(lab->pid, NULL, 0);
	}
	lab->pid = 0;
}

static void print_tail(int fd)
{
	static char buf[8192];
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(buf) ? size - (off_t)sizeof(buf) : 0;
	ssize_t n = pread(fd, buf, sizeof(buf), from);
	ssize_t at = n - 1;
	int lines = 0;

	while (at > 0 && (lines += buf[at - 1] == '\n') < TAIL_LINES)
		at--;
	if (n > 0)
		(void)write_full(STDERR_FILENO, buf + at, n - at);
}

static void finish(struct lab *lab, int code)
{
	terminal_restore();
	machine_kill(lab);
	rundir_remove(lab);
	exit(code);
}

__attribute__((format(printf, 3, 4))) static void fail(struct lab *lab, int code,
						       const char *fmt, ...)
{
	va_list ap;

	terminal_restore();
	fputs("lab: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (lab->console_fd >= 0 && lseek(lab->console_fd, 0, SEEK_END) > 0) {
		fputs("lab: the console's last lines:\n", stderr);
		print_tail(lab->console_fd);
		fputc('\n', stderr);
	}
	finish(lab, code);
}

static void machine_died(struct lab *lab)
{
	terminal_restore();
	if (lab->log_fd >= 0)
		print_tail(lab->log_fd);
	fail(lab, EXIT_LAB, "the machine has ended");
}

static void qemu_exec(struct lab *lab, int cmd, int qmp, char **argv)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	/* through high numbers: the pairs may themselves be 3 and 4 */
	cmd = fcntl(cmd, F_DUPFD, 10);
	qmp = fcntl(qmp, F_DUPFD, 10);
	if (null < 0 || dup2(null, 0) < 0 ||
	    dup2(lab->log_fd >= 0 ? lab->log_fd : null, 1) < 0 || dup2(1, 2) < 0 ||
	    dup2(cmd, CMD_FD) < 0 || dup2(qmp, QMP_FD) < 0)
		_exit(127);
	close(cmd);
	close(qmp);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* The arguments that carry the two channels, behind those that were given. */
static char **qemu_argv(char **given, int n)
{
	static char *const ours[] = {
		"-incoming", "defer",
		"-chardev",  "socket,id=qmp,fd=4",
		"-mon",	     "chardev=qmp,mode=control",
		"-chardev",  "socket,id=cmd,fd=3",
		"-device",   "virtserialport,chardev=cmd,name=" PORT_NAME,
	};
	const int all = sizeof(ours) / sizeof(ours[0]);
	char **argv = calloc(n + all + 1, sizeof(*argv));

	if (!argv)
		abort();
	memcpy(argv, given, n * sizeof(*argv));
	memcpy(argv + n, ours, sizeof(ours));
	return argv;
}

static void machine_start(struct lab *lab, char **given, int n)
{
	char **argv = qemu_argv(given, n);
	int cmd[2], qmp[2];
	pid_t parent = getpid();

	if (!lab->load) /* boot: leave out -incoming */
		memmove(argv + n, argv + n + 2, 9 * sizeof(*argv));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, cmd) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, qmp))
		fail(lab, EXIT_LAB, "socketpair: %s", strerror(errno));
	lab->pid = fork();
	if (lab->pid < 0)
		fail(lab, EXIT_LAB, "fork: %s", strerror(errno));
	if (!lab->pid) {
		if (getppid() != parent)
			_exit(127);
		qemu_exec(lab, cmd[1], qmp[1], argv);
	}
	close(cmd[1]);
	close(qmp[1]);
	free(argv);
	lab->cmd = cmd[0];
	lab->qmp = qmp[0];
}

static struct winsz terminal_size(void)
{
	struct winsize ws = {.ws_row = 24, .ws_col = 80};

	(void)ioctl(STDIN_FILENO, TIOCGWINSZ, &ws);
	return (struct winsz){.rows = ws.ws_row, .cols = ws.ws_col};
}

static void take_signal(struct lab *lab)
{
	struct signalfd_siginfo info;
	struct winsz size;

	if (read(lab->signals, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGWINCH:
		size = terminal_size();
		(void)frame_write(lab->cmd, FRAME_WINSIZE, &size, sizeof(size));
		break;
	case SIGCHLD:
		if (waitpid(lab->pid, NULL, WNOHANG) == lab->pid) {
			lab->pid = 0;
			machine_died(lab);
		}
		break;
	default:
		finish(lab, 128 + (int)info.ssi_signo);
	}
}

static char qmp_byte(struct lab *lab)
{
	struct pollfd p[] = {
		{.fd = lab->qmp, .events = POLLIN},
		{.fd = lab->signals, .events = POLLIN},
	};
	char c;

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents && read(lab->qmp, &c, 1) == 1)
			return c;
		if (p[0].revents)
			machine_died(lab);
		if (p[1].revents)
			take_signal(lab);
	}
}

/* Reads QEMU's answers, one JSON object a line, until one holds what is waited for. */
static void qmp_wait(struct lab *lab, const char *what)
{
	char line[4096];
	size_t len = 0;

	while (len < sizeof(line) - 1) {
		line[len] = qmp_byte(lab);
		if (line[len++] != '\n')
			continue;
		line[len] = '\0';
		if (strstr(line, "\"error\"") || strstr(line, "\"failed\""))
			fail(lab, EXIT_LAB, "QEMU: %s", line);
		if (strstr(line, what))
			return;
		len = 0;
	}
	fail(lab, EXIT_LAB, "QEMU: answer too long");
}

static void qmp_do(struct lab *lab, const char *command)
{
	if (write_full(lab->qmp, command, strlen(command)) < 0)
		machine_died(lab);
	qmp_wait(lab, "\"return\"");
}

/*
 * The memory is a file that is shared when a checkpoint is made and mapped privately
 * when one is resumed, so only the state of the devices has to be written and read.
 */
static void qmp_hello(struct lab *lab)
{
	qmp_wait(lab, "\"QMP\"");
	qmp_do(lab, "{\"execute\":\"qmp_capabilities\"}\n");
	qmp_do(lab, "{\"execute\":\"migrate-set-capabilities\",\"arguments\":"
		    "{\"capabilities\":[{\"capability\":\"x-ignore-shared\","
		    "\"state\":true},{\"capability\":\"events\",\"state\":true}]}}\n");
}

static void machine_resume(struct lab *lab)
{
	qmp_do(lab, "{\"execute\":\"migrate-incoming\",\"arguments\":"
		    "{\"uri\":\"exec:cat <\\\"$LAB_LOAD\\\"\"}}\n");
	qmp_wait(lab, "\"completed\"");
}

static void machine_save(struct lab *lab)
{
	qmp_do(lab, "{\"execute\":\"migrate\",\"arguments\":"
		    "{\"uri\":\"exec:cat >\\\"$LAB_SAVE\\\"\"}}\n");
	qmp_wait(lab, "\"completed\"");
	qmp_do(lab, "{\"execute\":\"quit\"}\n");
	if (waitpid(lab->pid, NULL, 0) == lab->pid)
		lab->pid = 0;
}

static size_t append(struct lab *lab, char *buf, size_t len, const char *s)
{
	size_t n = strlen(s) + 1;

	if (len + n > FRAME_MAX)
		fail(lab, EXIT_LAB, "the command line is too long");
	memcpy(buf + len, s, n);
	return len + n;
}

static void request(struct lab *lab, int tty, char *const *argv)
{
	char buf[FRAME_MAX];
	struct request req = {.tty = tty, .size = terminal_size()};
	size_t len = sizeof(req);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	req.sec = now.tv_sec;
	req.nsec = now.tv_nsec;
	if (getrandom(req.seed, sizeof(req.seed), 0) != sizeof(req.seed))
		fail(lab, EXIT_LAB, "getrandom: %s", strerror(errno));
	memcpy(buf, &req, sizeof(req));
	len = append(lab, buf, len, getenv("TERM") ? getenv("TERM") : "dumb");
	for (; *argv; argv++)
		len = append(lab, buf, len, *argv);
	if (frame_write(lab->cmd, FRAME_REQUEST, buf, len) < 0)
		machine_died(lab);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Takes one frame from dom0; returns the exit status once the command has ended. */
static int take_frame(struct lab *lab)
{
	char buf[FRAME_MAX];
	struct frame head;
	int code;

	if (frame_read(lab->cmd, &head, buf) < 0)
		machine_died(lab);
	if (head.type == FRAME_EXIT && head.len == sizeof(code)) {
		memcpy(&code, buf, sizeof(code));
		return code & 0xff;
	}
	if (head.type == FRAME_OUT || head.type == FRAME_ERR) {
		int fd = head.type == FRAME_OUT ? STDOUT_FILENO : STDERR_FILENO;

		if (write_full(fd, buf, head.len) < 0)
			finish(lab, EXIT_LAB);
	}
	return -1;
}

/* Returns 0 when the input has ended. */
static int send_input(struct lab *lab, int tty)
{
	char buf[4096];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n < 0)
		n = 0;
	if (tty && memchr(buf, ABORT_KEY, n))
		finish(lab, EXIT_LAB);
	if (frame_write(lab->cmd, FRAME_INPUT, buf, n) < 0)
		machine_died(lab);
	return n > 0;
}

struct command {
	char *const *argv;
	int tty;
	int input; /* hand on our standard input */
	int limit; /* seconds; 0: none */
};

static int time_left(struct lab *lab, const struct command *cmd, long long end)
{
	long long left = end - now_ms();

	if (!cmd->limit)
		return -1;
	if (left <= 0)
		fail(lab, EXIT_TIMEOUT, "time ran out after %d s", cmd->limit);
	return (int)left;
}

static int run(struct lab *lab, const struct command *cmd)
{
	long long end = now_ms() + cmd->limit * 1000LL;
	struct pollfd p[] = {
		{.fd = lab->cmd, .events = POLLIN},
		{.fd = lab->signals, .events = POLLIN},
		{.fd = cmd->input ? STDIN_FILENO : -1, .events = POLLIN},
		{.fd = lab->qmp, .events = POLLIN},
	};
	int code = -1;

	request(lab, cmd->tty, cmd->argv);
	while (code < 0) {
		char events[4096];

		if (poll(p, sizeof(p) / sizeof(p[0]), time_left(lab, cmd, end)) < 0)
			continue;
		if (p[0].revents)
			code = take_frame(lab);
		if (code < 0 && p[1].revents)
			take_signal(lab);
		if (code < 0 && p[2].revents && !send_input(lab, cmd->tty))
			p[2].fd = -1;
		if (p[3].revents && read(lab->qmp, events, sizeof(events)) <= 0)
			p[3].fd = -1;
	}
	return code;
}

static int run_setup(struct lab *lab)
{
	char *argv[] = {"sh", "-c", (char *)lab->setup, NULL};
	struct command cmd = {.argv = argv, .limit = lab->setup_limit};

	return run(lab, &cmd);
}

static int run_command(struct lab *lab, char *const *argv)
{
	struct command cmd = {
		.argv = argv,
		.tty = lab->tty,
		.limit = lab->limit,
		.input = lab->tty || !isatty(STDIN_FILENO),
	};

	if (lab->tty)
		terminal_raw();
	return run(lab, &cmd);
}

static void catch_signals(struct lab *lab)
{
	static const int caught[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGWINCH};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	lab->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (lab->signals < 0)
		fail(lab, EXIT_LAB, "signalfd: %s", strerror(errno));
}

static void parse_options(struct lab *lab, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+l:s:c:q:r:i:I:t:TP")) != -1) {
		switch (c) {
		case 'l':
			lab->load = optarg;
			break;
		case 's':
			lab->save = optarg;
			break;
		case 'c':
			lab->console = optarg;
			break;
		case 'q':
			lab->log = optarg;
			break;
		case 'r':
			lab->rundir = optarg;
			break;
		case 'i':
			lab->setup = optarg;
			break;
		case 'I':
			lab->setup_limit = atoi(optarg);
			break;
		case 't':
			lab->limit = atoi(optarg);
			break;
		case 'T':
			lab->tty = 1;
			break;
		case 'P':
			lab->with_parent = 1;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
}

/* Where QEMU's arguments end and the command begins. */
static int find_command(int argc, char **argv)
{
	int i = optind;

	while (i < argc && strcmp(argv[i], "--"))
		i++;
	if (i == optind || i + 1 >= argc) {
		fputs(usage, stderr);
		exit(2);
	}
	return i;
}

static int open_log(const char *path)
{
	if (!path)
		return -1;
	return open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
}

static void export(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
}

int main(int argc, char **argv)
{
	struct lab lab = {.console_fd = -1, .log_fd = -1, .setup_limit = 300};
	int split, code = 0;

	parse_options(&lab, argc, argv);
	split = find_command(argc, argv);
	catch_signals(&lab);
	if (lab.with_parent)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	lab.console_fd = open_log(lab.console);
	lab.log_fd = open_log(lab.log);
	export("LAB_LOAD", lab.load);
	export("LAB_SAVE", lab.save);
	machine_start(&lab, argv + optind, split - optind);
	qmp_hello(&lab);
	if (lab.load)
		machine_resume(&lab);
	if (lab.load && !lab.save)
		rundir_remove(&lab);
	if (lab.setup)
		code = run_setup(&lab);
	if (code) {
		fprintf(stderr, "lab: dom0 could not be prepared (status %d)\n", code);
		finish(&lab, EXIT_LAB);
	}
	code = run_command(&lab, argv + split + 1);
	if (!code && lab.save)
		machine_save(&lab);
	finish(&lab, code);
}
