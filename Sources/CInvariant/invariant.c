// The end of the process when a fact that the code relies on does not hold.
//
// Swift's `precondition` prints nothing in a release build, and knows nothing of contactors. Order here: first the last
// act (which opens the contactor), then the words, then the trap. Only write(2) is used, so it works on any thread and
// with a broken heap.

#include "invariant.h"

#include <stdatomic.h>
#if __STDC_HOSTED__
#include <unistd.h>
#endif

static _Atomic(wattseal_last_act) last_act;

void wattseal_set_last_act(wattseal_last_act act) { atomic_store(&last_act, act); }

#if __STDC_HOSTED__
static void say(const uint8_t *text, size_t length) {
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, text, length);
        if (written <= 0) return;
        text += written;
        length -= (size_t)written;
    }
}
#else
static void say(const uint8_t *text, size_t length) { (void)text, (void)length; }
#endif

_Noreturn void wattseal_invariant_broken(const uint8_t *message, size_t message_length,
                                         const uint8_t *file, size_t file_length, uint32_t line) {
    wattseal_last_act act = atomic_exchange(&last_act, (wattseal_last_act)0);
    if (act) act();

    uint8_t digits[10];
    size_t first = sizeof digits;
    do digits[--first] = (uint8_t)('0' + line % 10);
    while ((line /= 10) > 0);
    say(file, file_length);
    say((const uint8_t *)":", 1);
    say(digits + first, sizeof digits - first);
    say((const uint8_t *)": invariant broken: ", 20);
    say(message, message_length);
    say((const uint8_t *)"\n", 1);
    __builtin_trap();
}
