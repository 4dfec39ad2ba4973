#ifndef WATTSEAL_CLINUX_H
#define WATTSEAL_CLINUX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

// Linux calls that Swift's Glibc module does not show, because their headers hide them behind _GNU_SOURCE. Each returns
// -errno where the call fails.

/// A non-blocking, close-on-exec eventfd, or -errno.
int clinux_eventfd(void);

/// 1 where a time source disciplines the kernel's clock (adjtimex without STA_UNSYNC), 0 where not, or -errno.
int clinux_clock_is_synchronised(void);

/// Names the calling thread, at most 15 bytes; 0 or -errno.
int clinux_name_this_thread(const char *name);

/// How much of its stack a thread touches beforehand.
#define CLINUX_TOUCHED_STACK (512 * 1024)

/// Touches the calling thread's stack, so that no later call faults a page in; the stack must be larger by a few pages.
void clinux_touch_stack(void);

/// Locks present and future pages as they are touched (mlockall, MCL_ONFAULT); 0 or -errno.
int clinux_lock_memory(void);

/// Forbids core dumps of this process and tracing by other processes of its user (PR_SET_DUMPABLE 0); 0 or -errno.
int clinux_forbid_dumps(void);

/// Closes every descriptor from this one up; 0 or -errno.
int clinux_close_from(int first);

#endif
