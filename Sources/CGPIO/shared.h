// What the shims over both versions share. Not for Swift.
#ifndef WATTSEAL_CGPIO_SHARED_H
#define WATTSEAL_CGPIO_SHARED_H

#include "cgpio.h"

#include <errno.h>
#include <gpiod.h>

/// -errno, and -EIO where a failing call left errno at 0.
static inline int failure(void) { return errno != 0 ? -errno : -EIO; }

static inline struct gpiod_chip *chip_of(struct wattseal_gpio_chip *chip) { return (struct gpiod_chip *)chip; }

#endif
