/*
 * The plant's hands on the emulated board: moves the inputs of the simulated chips, and tells what the firmware does to the
 * outputs, with the kernel's own time stamps.
 *
 *     pin-agent LINE GPIO-SIM-FOLDER GPIO-BASE [MARKER]
 *
 * LINE is a serial device, or the path of a Unix socket that is made for one bridge on the board itself. Into MARKER, a
 * trace_marker of the kernel's trace, goes "level CHANNEL RAW" directly before each change of a converter's count.
 *
 * Lines from the plant:
 *     i LINE 0|1            pull of a GPIO line
 *     a CHANNEL RAW         a converter's count
 *     t CHANNEL MILLIDEG    a temperature
 *     s                     asks for the time
 * Lines to the plant (NS: CLOCK_MONOTONIC of the board, in nanoseconds):
 *     ready NS              once, at the start
 *     o NS LINE 0|1         the firmware changed an output
 *     w NS ON PERIOD DUTY   the firmware set the PWM, in nanoseconds
 *     k NS PID              the kernel ran out of memory and kills this process
 *     f NS                  fault-maker makes its fault
 *     s NS                  the time
 *     e TEXT                a line that was not understood, or a file that could not be written
 *
 * The outputs are read from the kernel's trace (events gpio/gpio_value with get == 0, and pwm/pwm_apply), which logs every
 * write as it happens; a level that is written again is not told again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing/"
#define CONVERTER "/sys/devices/platform/adc-sim.0/"
#define LINES 64
/* With everything on one board the plant is told of outputs this late at most: each look at the trace costs as much as a
 * period of the firmware, and the moments are the kernel's. */
#define LOOK_MILLISECONDS 10

static int serial;
static int marker = -1;
static int base;
static int pulls[LINES];
static int levels[LINES];
static int voltages, temperatures;

static void die(const char *what)
{
	fprintf(stderr, "pin-agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_or_die(const char *path, int flags)
{
	int file = open(path, flags | O_CLOEXEC);

	if (file < 0)
		die(path);
	return file;
}

static void put(const char *path, const char *text)
{
	int file = open_or_die(path, O_WRONLY);

	if (write(file, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(file);
}

static void tell(const char *format, ...)
{
	char line[160];
	va_list words;
	int length, done = 0;

	va_start(words, format);
	length = vsnprintf(line, sizeof line - 1, format, words);
	va_end(words);
	if (length > (int)sizeof line - 2)
		length = sizeof line - 2;
	line[length++] = '\n';
	while (done < length) {
		ssize_t count = write(serial, line + done, length - done);

		if (count < 0 && errno != EINTR)
			die("serial line");
		if (count > 0)
			done += count;
	}
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void set(int file, const char *text, const char *line)
{
	if (pwrite(file, text, strlen(text), 0) < 0)
		tell("e %s: %s", line, strerror(errno));
}

static void obey(const char *line)
{
	int number, value;
	char text[32];
	static int heard;

	/* Whoever waits for the plant looks for this file. */
	if (!heard)
		heard = open("/run/plant", O_WRONLY | O_CREAT | O_CLOEXEC, 0644) >= 0;
	if (sscanf(line, "i %d %d", &number, &value) == 2 && number >= 0 && number < LINES && pulls[number] >= 0) {
		set(pulls[number], value ? "pull-up" : "pull-down", line);
	} else if (sscanf(line, "a %d %d", &number, &value) == 2) {
		snprintf(text, sizeof text, "level %d %d", number, value);
		/* A trace that is off has no marker. */
		if (marker >= 0 && write(marker, text, strlen(text)) < 0 && errno != EBADF)
			die("marker");
		snprintf(text, sizeof text, "%d %d", number, value);
		set(voltages, text, line);
	} else if (sscanf(line, "t %d %d", &number, &value) == 2) {
		snprintf(text, sizeof text, "%d %d", number, value);
		set(temperatures, text, line);
	} else if (strcmp(line, "s") == 0) {
		tell("s %lld", now());
	} else {
		tell("e not understood: %.80s", line);
	}
}

/* "   wattseald-123   [000] d..1.    12.345678: gpio_value: 492 set 1", "…: pwm_apply: …: period=1 duty_cycle=1 polarity=0 enabled=1" */
static void report(const char *line)
{
	const char *event;
	long long seconds, microseconds, moment, period, duty;
	int number, value, polarity;

	if ((event = strstr(line, ": gpio_value: ")) == NULL && (event = strstr(line, ": pwm_apply: ")) == NULL
	    && (event = strstr(line, ": mark_victim: ")) == NULL && (event = strstr(line, ": tracing_mark_write: ")) == NULL)
		return;
	while (event > line && event[-1] != ' ')
		event--;
	if (sscanf(event, "%lld.%lld", &seconds, &microseconds) != 2)
		return;
	moment = seconds * 1000000000LL + microseconds * 1000LL;
	event = strchr(event, ':') + 2;
	if (sscanf(event, "gpio_value: %d set %d", &number, &value) == 2) {
		number -= base;
		if (number < 0 || number >= LINES || levels[number] == value)
			return;
		levels[number] = value;
		tell("o %lld %d %d", moment, number, value);
	} else if (strcmp(event, "tracing_mark_write: fault") == 0) {
		tell("f %lld", moment);
	} else if (sscanf(event, "mark_victim: pid=%d", &number) == 1) {
		tell("k %lld %d", moment, number);
	} else if ((event = strstr(event, "period=")) != NULL
		   && sscanf(event, "period=%lld duty_cycle=%lld polarity=%d enabled=%d", &period, &duty, &polarity, &value) == 4) {
		tell("w %lld %d %lld %lld", moment, value, period, polarity ? period - duty : duty);
	}
}

/* Hands out whole lines and keeps what follows the last one. */
static void lines_of(int file, char *buffer, size_t size, size_t *held, void (*each)(const char *))
{
	ssize_t count = read(file, buffer + *held, size - 1 - *held);
	char *start = buffer, *end;

	if (count < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		die("read");
	}
	/* A socket's end: the bridge has gone, and with it the plant. */
	if (count == 0 && file == serial)
		exit(0);
	*held += count;
	buffer[*held] = 0;
	while ((end = strchr(start, '\n')) != NULL) {
		*end = 0;
		each(start);
		start = end + 1;
	}
	*held = strlen(start);
	memmove(buffer, start, *held);
	if (*held == size - 1)
		*held = 0;
}

/* The line to the plant: a serial device, or a socket that one bridge connects to. */
static int open_line(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;
	int listener, line;

	if (stat(path, &status) == 0 && S_ISCHR(status.st_mode))
		return open_or_die(path, O_RDWR | O_NOCTTY);
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(address.sun_path, path);
	unlink(path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0)
		die(path);
	if ((line = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
		die(path);
	close(listener);
	return line;
}

static int start_trace(void)
{
	put(TRACING "tracing_on", "0");
	put(TRACING "trace_clock", "mono");
	put(TRACING "buffer_percent", "0");
	put(TRACING "events/gpio/gpio_value/filter", "get == 0");
	put(TRACING "events/gpio/gpio_value/enable", "1");
	put(TRACING "events/pwm/pwm_apply/enable", "1");
	put(TRACING "events/oom/mark_victim/enable", "1");
	put(TRACING "tracing_on", "1");
	return open_or_die(TRACING "trace_pipe", O_RDONLY | O_NONBLOCK);
}

int main(int count, char **words)
{
	/* The plant is hardware: nothing that the firmware does may hold it up. */
	struct sched_param priority = { .sched_priority = 95 };
	static char from_plant[4096], from_kernel[65536];
	size_t plant_held = 0, kernel_held = 0;
	struct pollfd entries[2];
	/* Of the board's milliseconds: when the trace is looked at next, where it does not wake us. */
	long long look = 0;
	char path[256];

	if (count != 4 && count != 5) {
		fprintf(stderr, "usage: pin-agent LINE GPIO-SIM-FOLDER GPIO-BASE [MARKER]\n");
		return 2;
	}
	if (count == 5)
		marker = open_or_die(words[4], O_WRONLY);
	serial = open_line(words[1]);
	base = atoi(words[3]);
	for (int line = 0; line < LINES; line++) {
		snprintf(path, sizeof path, "%s/sim_gpio%d/pull", words[2], line);
		pulls[line] = open(path, O_WRONLY | O_CLOEXEC);
		levels[line] = -1;
	}
	voltages = open_or_die(CONVERTER "set", O_WRONLY);
	temperatures = open_or_die(CONVERTER "set_temperature", O_WRONLY);
	entries[0] = (struct pollfd){ .fd = serial, .events = POLLIN };
	entries[1] = (struct pollfd){ .fd = start_trace(), .events = POLLIN };
	sched_setscheduler(0, SCHED_FIFO, &priority);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	put("/proc/self/oom_score_adj", "-1000");
	tell("ready %lld", now());
	for (;;) {
		long long wait = look - now() / 1000000;

		if (poll(entries, marker < 0 ? 2 : 1, marker < 0 ? -1 : wait < 0 ? 0 : (int)wait) < 0 && errno != EINTR)
			die("poll");
		if (entries[0].revents)
			lines_of(serial, from_plant, sizeof from_plant, &plant_held, obey);
		if (marker < 0 ? entries[1].revents : now() / 1000000 >= look) {
			look = now() / 1000000 + LOOK_MILLISECONDS;
			lines_of(entries[1].fd, from_kernel, sizeof from_kernel, &kernel_held, report);
		}
	}
}
