#define _GNU_SOURCE
#include "baselines.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

static int64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int32_t bind_task(int32_t task, const int32_t *processors, int32_t count) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int32_t number = 0; number < count; number++) CPU_SET(processors[number], &set);
    return sched_setaffinity(task, sizeof set, &set) == 0 ? 0 : -errno;
}

int32_t baselines_bind_thread(int32_t processor) { return bind_task(0, &processor, 1); }

int32_t baselines_processors(int32_t *processors, int32_t most) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -errno;
    int32_t found = 0;
    for (int32_t number = 0; number < CPU_SETSIZE && found < most; number++) {
        if (CPU_ISSET(number, &set)) processors[found++] = number;
    }
    return found;
}

int32_t baselines_bind_process(const int32_t *processors, int32_t count) {
    // A thread that another one starts meanwhile has the set of the one that starts it: the second pass finds it.
    for (int pass = 0; pass < 2; pass++) {
        DIR *tasks = opendir("/proc/self/task");
        if (tasks == NULL) return -errno;
        int32_t result = 0;
        for (struct dirent *entry; result == 0 && (entry = readdir(tasks)) != NULL;) {
            int32_t task = atoi(entry->d_name);
            if (task > 0) result = bind_task(task, processors, count);
            // It has ended.
            if (result == -ESRCH) result = 0;
        }
        closedir(tasks);
        if (result != 0) return result;
    }
    return 0;
}

int32_t baselines_loop(int64_t period, int64_t count, int64_t *late) {
    int64_t planned = now(CLOCK_MONOTONIC);
    volatile int64_t sink = 0;
    for (int64_t number = 0; number < count; number++) {
        int64_t begin = now(CLOCK_MONOTONIC);
        // The wall clock for the schedules, the moment of the sample, the end of the step: the calls of the control thread.
        sink = now(CLOCK_REALTIME);
        late[number] = now(CLOCK_MONOTONIC) - planned;
        sink = now(CLOCK_MONOTONIC) - begin;
        planned += period;
        if (planned < now(CLOCK_MONOTONIC)) planned = now(CLOCK_MONOTONIC) + period;
        struct timespec until = {planned / 1000000000, planned % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {}
    }
    (void)sink;
    return 0;
}
