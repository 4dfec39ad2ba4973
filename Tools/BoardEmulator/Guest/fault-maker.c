/*
 * What goes wrong on the emulated board on purpose.
 *
 *     fault-maker signal PID NUMBER  sends a signal
 *     fault-maker memory PID         takes memory until that process has none: the kernel kills it
 *     fault-maker thread PID NAME    stops one thread of a process for good, and leaves the others running
 *     fault-maker kernel KEY         does what a SysRq key does: c a panic, b a reset
 *
 * Each but the second puts a mark into the kernel's trace directly before it does it; of the second the kernel itself says when
 * it kills.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define CHUNK (1 << 20)
/* What the pin-agent needs at most to pass the mark on, before a kernel that dies. */
#define MARK_MICROSECONDS 20000

static void die(const char *what)
{
	fprintf(stderr, "fault-maker: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void mark(void)
{
	int file = open("/sys/kernel/tracing/trace_marker", O_WRONLY | O_CLOEXEC);

	if (file < 0 || write(file, "fault", 5) != 5)
		die("trace_marker");
	close(file);
}

static void send_signal(int pid, int number)
{
	mark();
	if (kill(pid, number) != 0)
		die("kill");
}

static void strike_kernel(const char *key)
{
	int file = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (file < 0)
		die("sysrq-trigger");
	mark();
	usleep(MARK_MICROSECONDS);
	if (write(file, key, 1) != 1)
		die("sysrq-trigger");
}

/* The first word of a file of /proc, or an empty text. */
static void word_of(const char *path, char *word, int size)
{
	FILE *file = fopen(path, "r");

	word[0] = 0;
	if (file != NULL) {
		if (fgets(word, size, file) == NULL)
			word[0] = 0;
		fclose(file);
	}
	word[strcspn(word, " \n")] = 0;
}

static void take_memory(const char *pid)
{
	char path[64], size[32];
	FILE *own = fopen("/proc/self/oom_score_adj", "w");

	/* Somebody else is to be killed. */
	if (own == NULL || fputs("-1000", own) < 0 || fclose(own) != 0)
		die("oom_score_adj");
	snprintf(path, sizeof path, "/proc/%s/statm", pid);
	for (;;) {
		void *chunk = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (chunk != MAP_FAILED)
			memset(chunk, 1, CHUNK);
		word_of(path, size, sizeof size);
		/* A process that was killed has no memory, also while nobody has asked for its status. */
		if (size[0] == 0 || strcmp(size, "0") == 0)
			return;
	}
}

static void stop_thread(const char *pid, const char *name)
{
	char path[300], found[32];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof path, "/proc/%s/task", pid);
	if ((tasks = opendir(path)) == NULL)
		die(path);
	while ((entry = readdir(tasks)) != NULL) {
		snprintf(path, sizeof path, "/proc/%s/task/%s/comm", pid, entry->d_name);
		word_of(path, found, sizeof found);
		if (strcmp(found, name) != 0)
			continue;
		if (ptrace(PTRACE_SEIZE, atoi(entry->d_name), NULL, NULL) != 0)
			die("PTRACE_SEIZE");
		mark();
		if (ptrace(PTRACE_INTERRUPT, atoi(entry->d_name), NULL, NULL) != 0)
			die("PTRACE_INTERRUPT");
		/* The thread stands still for as long as its tracer lives. */
		for (;;)
			pause();
	}
	fprintf(stderr, "fault-maker: expected a thread named %s in process %s, found none\n", name, pid);
	exit(1);
}

int main(int count, char **words)
{
	if (count == 3 && strcmp(words[1], "memory") == 0) {
		take_memory(words[2]);
	} else if (count == 4 && strcmp(words[1], "thread") == 0) {
		stop_thread(words[2], words[3]);
	} else if (count == 4 && strcmp(words[1], "signal") == 0) {
		send_signal(atoi(words[2]), atoi(words[3]));
	} else if (count == 3 && strcmp(words[1], "kernel") == 0) {
		strike_kernel(words[2]);
	} else {
		fprintf(stderr, "usage: fault-maker signal PID NUMBER | memory PID | thread PID NAME | kernel KEY\n");
		return 2;
	}
	return 0;
}
