/*
 * What systemd does for the charger on a board (Board/systemd), as far as watchdogs go: starts the daemon, starts it again when
 * it has ended or its loop stands still, and feeds the processor's watchdog for as long as it lives itself. It starts the machine
 * again once the updater's file asks for it, as wattseal-restart.path does: the daemon ends first.
 *
 *     supervisor PROGRAM [ARGUMENT...]
 *
 * The daemon speaks sd_notify(3). Its output goes to /run/wattseald.log, its process id to /run/wattseald.pid.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESTART_FILE "/run/wattseal-updater/restart"
#define NOTIFY_NAME "wattseal-notify"
/* WatchdogSec=, RestartSec= and TimeoutStartSec= of the unit, in seconds. */
#define SILENCE 10
#define PAUSE 5
#define START 90
/* The processor's watchdog, in seconds. */
#define HARDWARE 10

static void die(const char *what)
{
	fprintf(stderr, "supervisor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static int listen_for_words(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int end = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* A name in the abstract namespace. */
	strcpy(address.sun_path + 1, NOTIFY_NAME);
	if (end < 0 || bind(end, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(NOTIFY_NAME)) != 0)
		die("socket");
	return end;
}

static int open_watchdog(void)
{
	int seconds = HARDWARE, file = open("/dev/watchdog0", O_WRONLY | O_CLOEXEC);

	if (file < 0 || ioctl(file, WDIOC_SETTIMEOUT, &seconds) != 0)
		die("/dev/watchdog0");
	return file;
}

static pid_t start(char **program)
{
	char period[24];
	FILE *file;
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child == 0) {
		int log = open("/run/wattseald.log", O_WRONLY | O_CREAT | O_APPEND, 0644);

		dup2(log, 1);
		dup2(log, 2);
		snprintf(period, sizeof period, "%d000000", SILENCE);
		setenv("NOTIFY_SOCKET", "@" NOTIFY_NAME, 1);
		setenv("WATCHDOG_USEC", period, 1);
		execvp(program[0], program);
		die(program[0]);
	}
	if ((file = fopen("/run/wattseald.pid", "w")) == NULL || fprintf(file, "%d\n", child) < 0 || fclose(file) != 0)
		die("/run/wattseald.pid");
	return child;
}

int main(int count, char **words)
{
	int end, watchdog;
	long long deadline = 0, again = 0;
	pid_t child = 0;
	int is_restarting = 0;

	if (count < 2) {
		fprintf(stderr, "usage: supervisor PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	/* What the firmware drives before the plant listens would be lost to it. */
	while (access("/run/plant", F_OK) != 0)
		usleep(100000);
	end = listen_for_words();
	watchdog = open_watchdog();
	for (;;) {
		struct pollfd entry = { .fd = end, .events = POLLIN };
		char text[512];
		ssize_t length;

		if (write(watchdog, "1", 1) != 1)
			die("feeding the watchdog");
		if (!is_restarting && access(RESTART_FILE, F_OK) == 0) {
			is_restarting = 1;
			deadline = now() + START;
			if (child != 0)
				kill(child, SIGTERM);
		}
		if (child == 0 && is_restarting) {
			sync();
			reboot(RB_AUTOBOOT);
			die("reboot");
		}
		if (child == 0 && now() >= again) {
			child = start(words + 1);
			deadline = now() + START;
			printf("supervisor: started %d\n", child);
			fflush(stdout);
		}
		if (poll(&entry, 1, 500) > 0 && (length = recv(end, text, sizeof text - 1, 0)) > 0) {
			text[length] = 0;
			if (strstr(text, "READY=1") != NULL || strstr(text, "WATCHDOG=1") != NULL)
				deadline = now() + SILENCE;
			if (strstr(text, "STOPPING=1") != NULL)
				deadline = now() + START;
		}
		if (child != 0 && now() > deadline) {
			printf("supervisor: %d stands still, killed\n", child);
			fflush(stdout);
			kill(child, SIGKILL);
			deadline = now() + START;
		}
		if (child != 0 && waitpid(child, NULL, WNOHANG) == child) {
			child = 0;
			again = now() + PAUSE;
		}
	}
}
