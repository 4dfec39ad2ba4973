#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <unistd.h>

int clinux_eventfd(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int clinux_clock_is_synchronised(void) {
    struct timex state = {0};
    int answer = adjtimex(&state);
    if (answer < 0) return -errno;
    return answer != TIME_ERROR && !(state.status & STA_UNSYNC);
}

int clinux_name_this_thread(const char *name) { return -pthread_setname_np(pthread_self(), name); }

void clinux_touch_stack(void) {
    volatile unsigned char below[CLINUX_TOUCHED_STACK];
    for (unsigned long offset = 0; offset < sizeof below; offset += 1024) below[offset] = 0;
}

int clinux_lock_memory(void) {
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0 ? -errno : 0;
}

int clinux_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ? -errno : 0; }

int clinux_close_from(int first) { return close_range((unsigned)first, ~0U, 0) != 0 ? -errno : 0; }
