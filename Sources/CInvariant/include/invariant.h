#ifndef WATTSEAL_INVARIANT_H
#define WATTSEAL_INVARIANT_H

#include <stddef.h>
#include <stdint.h>

/// What must happen before the process dies of a broken invariant: it opens the contactor.
/// Called at most once, on the thread that broke the invariant; it must not allocate, lock or return late.
typedef void (*wattseal_last_act)(void);

/// Registers the last act of this process; NULL removes it.
void wattseal_set_last_act(wattseal_last_act act);

/// Runs the last act, writes `file:line: invariant broken: message` to standard error, and traps.
_Noreturn void wattseal_invariant_broken(const uint8_t *message, size_t message_length,
                                         const uint8_t *file, size_t file_length, uint32_t line);

#endif
