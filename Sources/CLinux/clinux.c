#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

int clinux_eventfd(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int clinux_read_clock_state(struct clinux_clock_state *state) {
    struct timex kernel = {0};
    int answer = adjtimex(&kernel);
    if (answer < 0) return -errno;
    state->is_synchronised = answer != TIME_ERROR && !(kernel.status & STA_UNSYNC);
    state->maximum_error_us = kernel.maxerror;
    return 0;
}

int clinux_name_this_thread(const char *name) { return -pthread_setname_np(pthread_self(), name); }

void clinux_touch_stack(void) {
    volatile unsigned char below[CLINUX_TOUCHED_STACK];
    for (unsigned long offset = 0; offset < sizeof below; offset += 1024) below[offset] = 0;
}

void clinux_return_large_buffers(void) {
    // A number of one's own also keeps glibc from raising it: with the first large buffer that was freed, it would serve those
    // behind it from the heap, which keeps what they were.
    mallopt(M_MMAP_THRESHOLD, CLINUX_LARGE_BUFFER);
    mallopt(M_TRIM_THRESHOLD, CLINUX_LARGE_BUFFER);
}

int clinux_lock_memory(void) {
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0 ? -errno : 0;
}

int clinux_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ? -errno : 0; }

int clinux_close_from(int first) { return close_range((unsigned)first, ~0U, 0) != 0 ? -errno : 0; }

static int limit_confined(const struct clinux_confined *confined) {
    const struct {
        __rlimit_resource_t resource;
        rlim_t most;
    } limits[] = {
        {RLIMIT_FSIZE, confined->longest_file},
        {RLIMIT_AS, 64 << 20},
        {RLIMIT_NOFILE, 16},
        // Counts the user's processes, so none is left for it to start.
        {RLIMIT_NPROC, 0},
        {RLIMIT_CORE, 0},
        {RLIMIT_MEMLOCK, 0},
        {RLIMIT_RTPRIO, 0},
    };
    for (unsigned long index = 0; index < sizeof limits / sizeof *limits; index++) {
        struct rlimit limit = {limits[index].most, limits[index].most};
        if (setrlimit(limits[index].resource, &limit) != 0) return errno;
    }
    return 0;
}

static int become_confined(const struct clinux_confined *confined, pid_t parent) {
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &usual, NULL);
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
    if (getppid() != parent) return ESRCH;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || chdir(confined->folder) != 0) return errno;
    // The processor and the memory are the charger's first; where the kernel refuses that, it is no harm.
    setpriority(PRIO_PROCESS, 0, 10);
    int score = open("/proc/self/oom_score_adj", O_WRONLY);
    if (score >= 0) {
        if (write(score, "1000", 4) < 0) errno = 0;
        close(score);
    }
    if (dup2(confined->line, 0) < 0 || dup2(confined->line, 1) < 0) return errno;
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0 || dup2(nowhere, 2) < 0 || close_range(3, ~0U, 0) != 0) return errno;
    int refusal = limit_confined(confined);
    if (refusal != 0) return refusal;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    char *const nothing[] = {NULL};
    execve(confined->program, confined->arguments, nothing);
    return errno;
}

int clinux_start_confined(const struct clinux_confined *confined) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t parent = getpid();
    volatile int refusal = 0;
    // vfork: a copy of the address space would have the control thread take its pages in anew, one fault each.
    pid_t child = vfork();
    if (child == 0) {
        refusal = become_confined(confined, parent);
        _exit(127);
    }
    if (child < 0) refusal = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (refusal == 0) return child;
    if (child > 0) waitpid(child, NULL, 0);
    return -refusal;
}
