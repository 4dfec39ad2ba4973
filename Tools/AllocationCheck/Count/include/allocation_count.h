#ifndef WATTSEAL_ALLOCATION_COUNT_H
#define WATTSEAL_ALLOCATION_COUNT_H

#include <stdint.h>

/// How many times malloc, calloc, realloc, free, posix_memalign, aligned_alloc, memalign, valloc or pvalloc were called since
/// the process began, by all threads. Linking this target puts its counting versions of them into the program, in front of
/// the C library's.
uint64_t wattseal_allocation_calls(void);

#endif
