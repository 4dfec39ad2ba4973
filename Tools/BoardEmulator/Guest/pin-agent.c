/*
 * The plant's hands on the emulated board: moves the inputs of the simulated chips, and tells what the firmware does to the
 * outputs, with the kernel's own time stamps.
 *
 *     pin-agent SERIAL-DEVICE GPIO-SIM-FOLDER GPIO-BASE
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
#include <time.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing/"
#define CONVERTER "/sys/devices/platform/adc-sim.0/"
#define LINES 64

static int serial;
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
	char path[256];

	if (count != 4) {
		fprintf(stderr, "usage: pin-agent SERIAL-DEVICE GPIO-SIM-FOLDER GPIO-BASE\n");
		return 2;
	}
	serial = open_or_die(words[1], O_RDWR | O_NOCTTY);
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
		if (poll(entries, 2, -1) < 0 && errno != EINTR)
			die("poll");
		if (entries[0].revents)
			lines_of(serial, from_plant, sizeof from_plant, &plant_held, obey);
		if (entries[1].revents)
			lines_of(entries[1].fd, from_kernel, sizeof from_kernel, &kernel_held, report);
	}
}
