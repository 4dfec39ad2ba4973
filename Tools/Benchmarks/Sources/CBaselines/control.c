#define _GNU_SOURCE
#include "baselines.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

static int64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int32_t baselines_bind_thread(int32_t processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : -errno;
}

int32_t baselines_loop(int64_t period, int64_t count, int64_t *begun) {
    int64_t planned = now(CLOCK_MONOTONIC);
    volatile int64_t sink = 0;
    for (int64_t number = 0; number < count; number++) {
        int64_t begin = now(CLOCK_MONOTONIC);
        // The wall clock for the schedules, the moment of the sample, the end of the step: the calls of the control thread.
        sink = now(CLOCK_REALTIME);
        begun[number] = now(CLOCK_MONOTONIC);
        sink = now(CLOCK_MONOTONIC) - begin;
        planned += period;
        if (planned < now(CLOCK_MONOTONIC)) planned = now(CLOCK_MONOTONIC) + period;
        struct timespec until = {planned / 1000000000, planned % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {}
    }
    (void)sink;
    return 0;
}
