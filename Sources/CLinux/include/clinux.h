#ifndef WATTSEAL_CLINUX_H
#define WATTSEAL_CLINUX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

// Linux calls that Swift's Glibc module does not show, because their headers hide them behind _GNU_SOURCE. Each returns
// -errno where the call fails.

/// A non-blocking, close-on-exec eventfd, or -errno.
int clinux_eventfd(void);

/// What the kernel knows of its clock (adjtimex).
struct clinux_clock_state {
    /// A time source disciplines the clock: no TIME_ERROR, no STA_UNSYNC.
    bool is_synchronised;
    /// The greatest error that its source vouches for, in microseconds; the kernel lets it grow between two updates.
    int64_t maximum_error_us;
};

/// Reads the kernel's clock state; 0 or -errno.
int clinux_read_clock_state(struct clinux_clock_state *state);

/// Names the calling thread, at most 15 bytes; 0 or -errno.
int clinux_name_this_thread(const char *name);

/// How much of its stack a thread touches beforehand.
#define CLINUX_TOUCHED_STACK (512 * 1024)

/// Touches the calling thread's stack, so that no later call faults a page in; the stack must be larger by a few pages.
void clinux_touch_stack(void);

/// The bytes from which on a buffer is large.
#define CLINUX_LARGE_BUFFER (128 * 1024)

/// From now on, a large buffer that is freed goes back to the kernel at once; at best before the first one.
void clinux_return_large_buffers(void);

/// Locks present and future pages as they are touched (mlockall, MCL_ONFAULT); 0 or -errno.
int clinux_lock_memory(void);

/// Forbids core dumps of this process and tracing by other processes of its user (PR_SET_DUMPABLE 0); 0 or -errno.
int clinux_forbid_dumps(void);

/// Closes every descriptor from this one up; 0 or -errno.
int clinux_close_from(int first);

/// A confined program, and what little it gets.
struct clinux_confined {
    const char *program;
    /// With the program's name, ended by a null pointer.
    char *const *arguments;
    /// Where it starts.
    const char *folder;
    /// Its standard input and output, and nothing else of this process; what it says on standard error is lost.
    int line;
    /// The longest file that it may write, in bytes; the kernel ends it where it writes more.
    uint64_t longest_file;
};

/// Starts a confined program: no environment, no other descriptor, no way to more rights or to another process, small memory, late
/// turn at the processor. It ends with the thread that started it. Its process, or -errno.
int clinux_start_confined(const struct clinux_confined *confined);

#endif
